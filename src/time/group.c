// SPDX-License-Identifier: MIT
// time/group.c: goroutines that belong together, after Go's errgroup. It
// stands in this room and not in sync because it stands on contexts.
//
// Invariants: error is set once, by the first that fails, who then notes its
// arg and cancels the context. Whoever holds a place in room, or waits for
// one, is counted in running. The last step of a member is the waitgroup's
// done: whoever waits may free the group from then on.
#include "mem/alloc.h"
#include "sync/sync_int.h"

#include <leat/context.h>
#include <leat/go.h>
#include <leat/panic.h>
#include <leat/sync.h>

struct leat_group {
    struct leat_context *ctx; // counted
    struct leat_waitgroup members;
    struct leat_sem room; // as large as limit
    int limit;            // 0: none
    // Members that have not ended, and calls that are about to make one. While
    // it is not 0 neither room nor limit changes but by members.
    _Atomic int running;
    _Atomic int error;
    void *failed; // arg of whose error it is: for who has waited for all
};

struct leat_group *
leat_new_group(struct leat_context *parent)
{
    struct leat_group *group = leat__mem_alloc(sizeof *group, LEAT__MEM_ZERO);
    if (group == NULL)
        return NULL;
    group->ctx =
        leat_with_cancel(parent != NULL ? parent : leat_get_context());
    if (group->ctx == NULL) {
        leat__mem_free(group, 0);
        return NULL;
    }
    return group;
}

int
leat_group_limit(struct leat_group *group, int n)
{
    if (n < 0)
        return LEAT_EINVAL;
    if (atomic_load(&group->running) != 0)
        return LEAT_EBUSY;
    group->limit = n;
    leat_sem_init(&group->room, n);
    return 0;
}

static void
group_fail(struct leat_group *group, int error, void *arg)
{
    int none = 0;
    if (!atomic_compare_exchange_strong(&group->error, &none, error))
        return;
    group->failed = arg;
    leat_context_cancel(group->ctx, error);
}

// placed: the member had a place under the limit.
static void
group_leave(struct leat_group *group, bool placed)
{
    if (placed)
        leat_sem_release(&group->room, 1);
    // Only now: at 0 leat_group_limit makes the room anew.
    atomic_fetch_sub(&group->running, 1);
    leat_waitgroup_done(&group->members);
}

// Also after leat_goexit, but not when a panic passes through.
static void
group_end(void *group)
{
    if (!leat__sync_panicking())
        group_leave(group, false);
}

static void
group_end_placed(void *group)
{
    if (!leat__sync_panicking())
        group_leave(group, true);
}

static void
group_run(struct leat_group *group, bool placed, int (*fn)(void *arg),
    void *arg)
{
    leat_defer(placed ? group_end_placed : group_end, group);
    leat_set_context(group->ctx);
    int error = fn(arg);
    if (error != 0)
        group_fail(group, error, arg);
}

static void
group_start(struct leat_group *group, bool placed, int (*fn)(void *arg),
    void *arg)
{
    leat_waitgroup_add(&group->members, 1);
    int err = leat_try_go(group_run, group, placed, fn, arg);
    if (err != 0) {
        group_fail(group, err, arg);
        group_leave(group, placed);
    }
}

// deadline: how long to wait for a place; NULL as long as it takes, whatever
// the context.
static int
group_go(struct leat_group *group, int (*fn)(void *arg), void *arg,
    const int64_t *deadline)
{
    leat__sync_check_fn(fn != NULL);
    // First, so that from here on the limit stays what it is.
    atomic_fetch_add(&group->running, 1);
    bool placed = group->limit != 0;
    int err = 0;
    if (placed)
        err = deadline == NULL
            ? leat_sem_acquire(&group->room, 1)
            : leat_sem_acquire_until(&group->room, 1, *deadline);
    if (err == 0)
        group_start(group, placed, fn, arg);
    else
        atomic_fetch_sub(&group->running, 1);
    return err;
}

void
leat_group_go(struct leat_group *group, int (*fn)(void *arg), void *arg)
{
    group_go(group, fn, arg, NULL);
}

int
leat_group_go_until(struct leat_group *group, int (*fn)(void *arg), void *arg,
    int64_t deadline)
{
    return group_go(group, fn, arg, &deadline);
}

bool
leat_group_try_go(struct leat_group *group, int (*fn)(void *arg), void *arg)
{
    const int64_t past = INT64_MIN;
    return group_go(group, fn, arg, &past) == 0;
}

struct leat_context *
leat_group_context(struct leat_group *group)
{
    return group->ctx;
}

// Nobody is left: the group's error.
static int
group_free(struct leat_group *group)
{
    leat_context_cancel(group->ctx, 0);
    leat_context_release(group->ctx);
    int error = atomic_load(&group->error);
    leat__mem_free(group, 0);
    return error;
}

int
leat_group_wait(struct leat_group *group)
{
    leat_waitgroup_wait(&group->members);
    return group_free(group);
}

int
leat_group_wait_arg(struct leat_group *group, void **arg)
{
    leat_waitgroup_wait(&group->members);
    if (arg != NULL)
        *arg = group->failed;
    return group_free(group);
}

int
leat_group_wait_until(struct leat_group *group, int *error, int64_t deadline)
{
    int err = leat_waitgroup_wait_until(&group->members, deadline);
    if (err != 0)
        return err;
    int result = group_free(group);
    if (error != NULL)
        *error = result;
    return 0;
}
