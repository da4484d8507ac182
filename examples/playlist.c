// SPDX-License-Identifier: MIT
// playlist.c: slices that change: songs are put in, thrown out and replaced,
// by who makes room once and so knows where everything is; and parts are
// given to others who must not write over what is behind them.
#include <leat.h>

#include <stdio.h>

struct song {
    leat_str title;
    int seconds;
};
LEAT_SLICE(songs, struct song);

enum { LONG_S = 600, LIST_MAX = 16 };

static void
print(const char *what, songs list)
{
    printf("%s:", what);
    leat_slice_range (i, song, list)
        printf(" %.*s", LEAT_STR_ARG(song.title));
    printf("\n");
}

static bool
is_advert(const struct song *s)
{
    return s->seconds < 60;
}

static bool
is_long(const struct song *s)
{
    return s->seconds >= LONG_S;
}

static bool
same_title(const struct song *a, const struct song *b)
{
    return leat_str_equal(a->title, b->title);
}

// What puts something in may return a new array and then leaves the old one
// to who owns it. With room for all there ever is it never does.
static void
show_editing(void)
{
    songs album = leat_slice_of(songs, {LEAT_STR("Rain"), 200},
        {LEAT_STR("Mill"), 260}, {LEAT_STR("Epic"), 900});
    songs spots = leat_slice_of(songs, {LEAT_STR("(ad)"), 20},
        {LEAT_STR("(ad)"), 20}, {LEAT_STR("(news)"), 45});
    songs list = leat_slice_grow((songs){0}, LIST_MAX);
    struct song *array = list.ptr;

    list = leat_append_slice(list, album);
    list = leat_append_values(
        list, {LEAT_STR("Weir"), 180}, {LEAT_STR("Sea"), 240});
    list = leat_slice_insert_slice(list, 1, spots);
    print("sold", list);
    list = leat_slice_compact_func(list, same_title); // no ad twice in a row
    print("compact", list);
    list = leat_slice_delete_func(list, is_advert);
    print("no ads", list);
    int64_t at = leat_slice_index_func(list, is_long);
    list = leat_slice_replace(list, at, at + 1, leat_sub_to(album, 2));
    print("no epic", list);
    printf("long ones left: %s, moved: %s\n",
        leat_slice_contains_func(list, is_long) ? "yes" : "no",
        list.ptr == array ? "never" : "yes");

    leat_slice_free(list);
    leat_slice_free(spots);
    leat_slice_free(album);
}

// A part can reach into what is behind it, unless its capacity ends with it.
static void
show_parts(void)
{
    songs mine = leat_slice_of(songs, {LEAT_STR("One"), 60},
        {LEAT_STR("Two"), 60}, {LEAT_STR("Three"), 60});
    songs lent = leat_sub_max(mine, 0, 2, 2);
    songs theirs = leat_append(lent, (struct song){LEAT_STR("Four"), 60});
    print("mine", mine);
    print("theirs", theirs);

    // The same said later of any slice: no room, so no surprise.
    songs head = leat_slice_clip(leat_sub_to(mine, 1));
    songs both = leat_slice_concat(songs, head, leat_sub_from(theirs, 1));
    print("both", both);
    printf("the same songs: %s\n",
        leat_slice_equal_func(both, theirs, same_title) ? "yes" : "no");
    leat_slice_free(both);
    leat_slice_free(theirs);
    leat_slice_free(mine); // lent and head are parts of it
}

// A player that keeps what is not played yet at the front of one array.
static void
show_queue(void)
{
    leat_slice(int) queue = leat_slice_of(leat_slice(int), 11, 12, 13, 14);
    leat_slice(int) left = leat_sub_from(queue, 3); // three are played
    int64_t n = leat_copy(queue, left);             // they may overlap
    leat_slice_clear(leat_sub_from(queue, n));
    printf("queue:");
    leat_slice_range (i, number, queue)
        printf(" %d", number);
    printf(", %lld waiting\n", (long long)n);
    leat_slice_free(queue);
}

// One owner that grows: the push forms give back what they outgrow.
static void
show_pattern(int64_t claimed)
{
    leat_slice(char) bar = leat_slice_of(leat_slice(char), 'x', '.', 'o', '.');
    leat_slice(char) beat = leat_slice_repeat(bar, 3);
    leat_push_slice(&beat, leat_sub_to(beat, 2)); // even a part of itself
    if (leat_try_push(&beat, '!') != 0)
        printf("pattern: no memory\n");
    printf("pattern: %.*s\n", (int)beat.len, beat.ptr);

    // A length from outside: a nil slice is easier to live with than a panic.
    leat_slice(char) samples = leat_slice_try_make(leat_slice(char), claimed);
    if (samples.ptr == NULL)
        printf("pattern: the file lies about its length\n");
    leat_slice_free(samples);
    leat_slice_free(beat);
    leat_slice_free(bar);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_editing();
    show_parts();
    show_queue();
    show_pattern(-5);
    return 0;
}
