// SPDX-License-Identifier: MIT
// ranking.c: sorting and searching: the results of a race, by time and by
// club, and sorts made for one type, which is what leat/sort.h writes.
#include <leat.h>

#include <stdio.h>

struct runner {
    leat_str name, club;
    int seconds;
};
LEAT_SLICE(runners, struct runner);

// A sort of one's own compares without a call. This one keeps the order of
// equal elements too: whoever is sorted by time first, and then by club, is
// sorted by time within each club.
#define LEAT_SORT_NAME sort_clubs
#define LEAT_SORT_TYPE struct runner
#define LEAT_SORT_LESS(a, b) (leat_str_compare((a).club, (b).club) < 0)
#define LEAT_SORT_STABLE
#include <leat/sort.h>

// Numbers are cheap to copy and to compare: a sort without branches, of
// descending order for a change.
#define LEAT_SORT_NAME sort_down
#define LEAT_SORT_TYPE int
#define LEAT_SORT_LESS(a, b) ((a) > (b))
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>

// Not the elements are sorted, but numbers of them: LESS needs to see the
// table, and the context is how it comes there.
#define LEAT_SORT_NAME sort_rows
#define LEAT_SORT_TYPE int
#define LEAT_SORT_LESS(a, b)                                                   \
    (leat_str_compare(context[a].name, context[b].name) < 0)
#define LEAT_SORT_CONTEXT const struct runner *
#include <leat/sort.h>

static int
by_time(const struct runner *a, const struct runner *b)
{
    return (a->seconds > b->seconds) - (a->seconds < b->seconds);
}

static void
print(const char *what, runners list)
{
    printf("%s:", what);
    leat_slice_range (i, r, list)
        printf(" %.*s/%.*s", LEAT_STR_ARG(r.name), LEAT_STR_ARG(r.club));
    printf("\n");
}

static void
show_clubs(runners list)
{
    struct runner room[4]; // for n / 2
    leat_slice_sort_func(list, by_time);
    print("by time", list);
    sort_clubs_stable(list.ptr, list.len, room);
    print("by club", list);
    printf("still by time: %s\n",
        leat_slice_is_sorted_func(list, by_time) ? "yes" : "no");
    // Where the order of equal ones is of no interest:
    sort_clubs(list.ptr, list.len);
    leat_slice_sort_func(list, by_time);
}

// In a sorted slice: where a time stands, or would stand.
static void
show_place(runners list, int seconds)
{
    struct runner wanted = {.seconds = seconds};
    bool found;
    int64_t place = leat_slice_search_func(list, &wanted, by_time, &found);
    printf("%d s: place %lld, %s\n", seconds, (long long)place + 1,
        found ? "taken" : "free");
}

static void
show_times(runners list)
{
    leat_slice(int) times = leat_slice_make(leat_slice(int), 0, list.len);
    leat_slice_range (i, r, list)
        leat_push(&times, r.seconds);
    printf("from %d to %d s, ascending: %s\n", leat_slice_min(times),
        leat_slice_max(times), leat_slice_is_sorted(times) ? "yes" : "no");
    sort_down(times.ptr, times.len);
    printf("slowest first:");
    leat_slice_range (i, time, times)
        printf(" %d", time);
    printf(", ascending: %s\n", leat_slice_is_sorted(times) ? "yes" : "no");
    leat_slice_free(times);
}

static void
show_index(runners list)
{
    leat_slice(int) row = leat_slice_make(leat_slice(int), list.len);
    leat_slice_range (i, r, list)
        leat_at(row, i) = (int)i;
    sort_rows(row.ptr, row.len, list.ptr);
    printf("index:");
    leat_slice_range (i, n, row)
        printf(" %.*s is %d.", LEAT_STR_ARG(leat_at(list, n).name), n + 1);
    printf("\n");
    leat_slice_free(row);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_str mill = LEAT_STR("mill"), weir = LEAT_STR("weir");
    runners list = leat_slice_of(runners, {LEAT_STR("Ida"), weir, 612},
        {LEAT_STR("Max"), mill, 655}, {LEAT_STR("Eva"), mill, 598},
        {LEAT_STR("Tom"), weir, 641}, {LEAT_STR("Lea"), mill, 630});
    show_clubs(list);
    show_place(list, 612);
    show_place(list, 635);
    show_times(list);
    show_index(list);
    leat_slice_free(list);
    return 0;
}
