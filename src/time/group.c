// SPDX-License-Identifier: MIT
// time/group.c: goroutines that belong together, after Go's errgroup. It
// stands in this room and not in sync because it stands on contexts.
//
// Invariants: error is set once, by the first that fails, who then cancels
// the context. The last step of a member is the waitgroup's done: whoever
// waits may free the group from then on.
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
    _Atomic int running;  // members that have not ended
    _Atomic int error;
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
group_fail(struct leat_group *group, int error)
{
    int none = 0;
    if (atomic_compare_exchange_strong(&group->error, &none, error))
        leat_context_cancel(group->ctx, error);
}

static void
group_leave(struct leat_group *group)
{
    atomic_fetch_sub(&group->running, 1);
    if (group->limit != 0)
        leat_sem_release(&group->room, 1);
    leat_waitgroup_done(&group->members);
}

// Also after leat_goexit, but not when a panic passes through.
static void
group_leave_unless_panicking(void *group)
{
    if (!leat__sync_panicking())
        group_leave(group);
}

static void
group_run(struct leat_group *group, int (*fn)(void *arg), void *arg)
{
    leat_defer(group_leave_unless_panicking, group);
    leat_set_context(group->ctx);
    int error = fn(arg);
    if (error != 0)
        group_fail(group, error);
}

// The caller has made room.
static void
group_start(struct leat_group *group, int (*fn)(void *arg), void *arg)
{
    leat_waitgroup_add(&group->members, 1);
    atomic_fetch_add(&group->running, 1);
    int err = leat_try_go(group_run, group, fn, arg);
    if (err != 0) {
        group_fail(group, err);
        group_leave(group);
    }
}

void
leat_group_go(struct leat_group *group, int (*fn)(void *arg), void *arg)
{
    if (group->limit != 0)
        leat_sem_acquire(&group->room, 1);
    group_start(group, fn, arg);
}

bool
leat_group_try_go(struct leat_group *group, int (*fn)(void *arg), void *arg)
{
    if (group->limit != 0 && !leat_sem_try_acquire(&group->room, 1))
        return false;
    group_start(group, fn, arg);
    return true;
}

struct leat_context *
leat_group_context(struct leat_group *group)
{
    return group->ctx;
}

int
leat_group_wait(struct leat_group *group)
{
    leat_waitgroup_wait(&group->members);
    leat_context_cancel(group->ctx, 0);
    leat_context_release(group->ctx);
    int error = atomic_load(&group->error);
    leat__mem_free(group, 0);
    return error;
}
