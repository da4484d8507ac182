// SPDX-License-Identifier: MIT
// mirrors.c: a file is fetched from mirrors, one after the other and in parts
// at the same time. Of several deadlines the cause tells which has passed; of
// several jobs the group tells which has failed.
#include <leat.h>

#include <stdio.h>

// Causes are numbers of the program's own.
enum { MIRROR_LATE = 1, USER_LATE };

struct mirror {
    const char *name;
    leat_chan(int) answer;
};

// The answer, or -1 when it has not come in time: *cause says whose time.
static int
fetch(struct leat_context *ctx, const struct mirror *m, int *cause)
{
    int bytes = -1;
    leat_set_context(ctx);
    if (leat_recv_until(m->answer, &bytes, LEAT_FOREVER) != 0)
        bytes = -1;
    leat_set_context(NULL);
    *cause = leat_context_cause(ctx);
    return bytes;
}

// A mirror that is late is left for the next. When the whole has taken too
// long, no other helps: its deadline is the parent's, and so is the cause.
static void
download(struct leat_context *user, const struct mirror *list, int n,
    int64_t mirror_ns)
{
    for (int i = 0; i < n; i++) {
        int cause;
        struct leat_context *ctx =
            leat_with_timeout_cause(user, mirror_ns, MIRROR_LATE);
        int bytes = fetch(ctx, &list[i], &cause);
        leat_context_release(ctx);
        if (bytes >= 0) {
            printf("%s: %d bytes\n", list[i].name, bytes);
            return;
        }
        printf("%s: %s\n", list[i].name,
            cause == MIRROR_LATE ? "late, the next" : "out of time, the end");
        if (cause != MIRROR_LATE)
            return;
    }
}

static void
show_deadlines(leat_chan(int) silent, leat_chan(int) quick)
{
    struct mirror list[] = {{"north", silent}, {"south", quick}};
    struct leat_context *user = leat_with_deadline_cause(
        NULL, leat_deadline(LEAT_HOUR), USER_LATE);
    leat_send(quick, 4096);
    download(user, list, 2, LEAT_MILLISECOND);
    leat_context_release(user);

    user = leat_with_deadline_cause(
        NULL, leat_deadline(LEAT_MILLISECOND), USER_LATE);
    download(user, list, 2, LEAT_HOUR);
    leat_context_release(user);
}

// A part of the file. What went wrong with it is more than a number tells.
struct part {
    const char *mirror;
    leat_chan(int) answer;
    int wanted, got;
    int error;
};

static int
fetch_part(void *arg)
{
    struct part *p = arg;
    p->error = leat_recv_until(p->answer, &p->got, LEAT_FOREVER);
    if (p->error == 0 && p->got != p->wanted)
        p->error = LEAT_EINVAL;
    return p->error; // the first that is not 0 ends the others
}

static void
gather(struct part *parts, int n)
{
    void *whose;
    struct leat_group *group = leat_new_group(NULL);
    for (int i = 0; i < n; i++)
        leat_group_go(group, fetch_part, &parts[i]);
    if (leat_group_wait_arg(group, &whose) == 0) {
        printf("all parts are there, no one is blamed: %s\n",
            whose == NULL ? "yes" : "no");
        return;
    }
    const struct part *bad = whose;
    printf("%s sent %d bytes in place of %d\n", bad->mirror, bad->got,
        bad->wanted);
    for (int i = 0; i < n; i++)
        if (&parts[i] != bad)
            printf("%s: %s\n", parts[i].mirror,
                leat_strerror(parts[i].error));
}

static void
show_parts(leat_chan(int) silent, leat_chan(int) quick)
{
    struct part stuck[] = {{"north", silent, 100, 0, 0},
        {"south", quick, 100, 0, 0}, {"west", silent, 100, 0, 0}};
    leat_send(quick, 73);
    gather(stuck, 3);
    struct part fine[] = {{"south", quick, 64, 0, 0},
        {"south", quick, 64, 0, 0}};
    leat_send(quick, 64);
    leat_send(quick, 64);
    gather(fine, 2);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_chan(int) silent = leat_make_chan(int);
    leat_chan(int) quick = leat_make_chan(int, 2);
    show_deadlines(silent, quick);
    show_parts(silent, quick);
    leat_free(quick);
    leat_free(silent);
    return 0;
}
