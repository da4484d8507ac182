// SPDX-License-Identifier: MIT
// sessions.c: a store of sessions that many goroutines use at once: a syncmap,
// values that change only if nobody else was faster, and a group that does not
// start more than may run.
#include <leat.h>

#include <stdio.h>

enum { USERS = 40, CLERKS = 4, VISITS = 25 };

typedef leat_syncmap(int, int) visits; // user to number of visits

// Adds one to the visits of a user, whoever else does.
static void
count_visit(visits all, int user)
{
    int seen;
    if (!leat_syncmap_load_or_store(all, user, &seen, 1))
        return; // the first
    while (!leat_syncmap_compare_and_swap(all, user, seen, seen + 1))
        leat_syncmap_load(all, user, &seen);
}

static int
clerk(void *arg)
{
    visits all = arg;
    for (int i = 0; i < VISITS; i++)
        for (int user = 0; user < USERS; user++)
            count_visit(all, user);
    return 0;
}

static void
show_counting(visits all)
{
    struct leat_group *group = leat_new_group(NULL);
    int total = 0;
    leat_group_limit(group, 2); // at once
    for (int i = 0; i < CLERKS; i++)
        leat_group_go(group, clerk, all); // waits for one of them to end
    if (leat_group_wait(group) != 0)
        leat_throw("a clerk has failed");
    leat_syncmap_range(int, user, int, n, all) {
        (void)user;
        total += n;
    }
    printf("counting: %d users, %d visits\n", (int)leat_syncmap_len(all),
        total);
}

static void
show_changing(visits all)
{
    int before = 0, gone = 0;
    leat_syncmap_store(all, 1000, 7);
    bool had = leat_syncmap_swap(all, 1000, &before, 8);
    printf("changing: user 1000 had %d (%s)\n", before,
        had ? "replaced" : "new");
    bool wrong = leat_syncmap_compare_and_delete(all, 1000, 7);
    bool removed = leat_syncmap_load_and_delete(all, 1000, &gone);
    printf("changing: deleted as 7: %s, then with %d: %s\n",
        wrong ? "yes" : "no", gone, removed ? "yes" : "no");
    leat_syncmap_range(int, user, int, n, all) {
        (void)n;
        if (user % 2 == 1)
            leat_syncmap_delete(all, user); // while it is walked over
    }
    printf("changing: %d users are even\n", (int)leat_syncmap_len(all));
    leat_syncmap_clear(all);
    printf("changing: and %d in the end\n", (int)leat_syncmap_len(all));
}

// With a struct as the key, by the fields that make it up.
struct place {
    int row, seat;
};
LEAT_MAP_KEY(place_key, struct place, row, seat);

typedef leat_syncmap(struct place, int) hall;

static void
book(hall seats, int user, struct leat_waitgroup *wg)
{
    for (int row = 0; row < 3; row++) {
        for (int seat = 0; seat < 5; seat++) {
            struct place p = {row, seat};
            leat_syncmap_load_or_store(seats, p, NULL, user);
        }
    }
    leat_waitgroup_done(wg);
}

static void
show_booking(void)
{
    hall seats = leat_make_syncmap_key(place_key, int);
    struct leat_waitgroup wg = LEAT_ZERO;
    for (int user = 1; user <= 4; user++) {
        leat_waitgroup_add(&wg, 1);
        leat_go(book, seats, user, &wg);
    }
    int err = leat_waitgroup_wait_until(&wg, leat_deadline(LEAT_MINUTE));
    int user = 0;
    bool taken = leat_syncmap_load(seats, ((struct place){2, 4}), &user);
    printf("booking: %s, %d places, the last is %s\n", leat_strerror(err),
        (int)leat_syncmap_len(seats),
        taken && user >= 1 && user <= 4 ? "taken" : "free");
    leat_syncmap_free(seats);
}

// As many as there is room for, and who does not find room is told at once.
struct door {
    struct leat_sem room;
    leat_chan(bool) leave;
};

static int
visitor(void *arg)
{
    struct door *d = arg;
    leat_recv(d->leave);
    leat_sem_release(&d->room, 1);
    return 0;
}

static void
show_door(void)
{
    struct door d = {.leave = leat_make_chan(bool)};
    struct leat_group *group = leat_new_group(NULL);
    int in = 0, turned_away = 0;
    leat_sem_init(&d.room, 2);
    for (int i = 0; i < 3; i++) {
        if (leat_sem_acquire_until(&d.room, 1, leat_now()) == 0 &&
            leat_group_try_go(group, visitor, &d))
            in++;
        else
            turned_away++;
    }
    leat_close(d.leave);
    int err = leat_group_wait(group);
    printf("door: %d in, %d turned away, %s\n", in, turned_away,
        leat_strerror(err));
    leat_free(d.leave);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    visits all = leat_make_syncmap(int, int);
    show_counting(all);
    show_changing(all);
    leat_syncmap_free(all);
    show_booking();
    show_door();
    return 0;
}
