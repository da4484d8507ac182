// SPDX-License-Identifier: MIT
// retry_test.c: a test of code that waits: a client that tries again after a
// second, then after two, four and so on. In leat_test_run the clock stands
// still while anything runs, so a test says exactly when what happens, and
// a minute of waiting takes no time.
#include <leat.h>

#include <stdio.h>

// The code under test, and a server that is up from some time on.
struct client {
    int64_t server_up_at;
    int tries;
    int64_t done_at; // 0: not yet
};

static bool
ask_server(const struct client *c)
{
    return leat_now() >= c->server_up_at;
}

static void
run_client(struct client *c)
{
    for (int64_t pause = LEAT_SECOND;; pause *= 2) {
        c->tries++;
        if (ask_server(c))
            break;
        leat_sleep(pause);
    }
    c->done_at = leat_now();
}

static void
expect(const struct client *c, const char *when, int tries)
{
    printf("%s: %d tries, %s\n", when, c->tries,
        c->tries == tries ? "as expected" : "WRONG");
}

// The client and the test sleep beside each other. leat_test_wait lets the
// client do all it can before it is looked at, and no time passes.
static void
test_pauses(void *arg)
{
    struct client c = {.server_up_at = leat_now() + LEAT_MINUTE};
    (void)arg;
    leat_go(run_client, &c);
    leat_test_wait();
    expect(&c, "at the start", 1);
    leat_sleep(LEAT_SECOND - LEAT_NANOSECOND);
    leat_test_wait();
    expect(&c, "just before a second", 1);
    leat_sleep(LEAT_NANOSECOND);
    leat_test_wait();
    expect(&c, "after a second", 2);
    leat_sleep(2 * LEAT_SECOND);
    leat_test_wait();
    expect(&c, "after three seconds", 3);
    leat_sleep(LEAT_MINUTE); // tries at 7, 15, 31 and 63 seconds
    leat_test_wait();
    expect(&c, "after 63 seconds", 7);
}

// What holds for any time: the tries are 0, 1, 3, 7... seconds from the start,
// so who waits longest waits twice as long as the server was down, and a
// second. The times are the seed's too: one that fails can be run again.
static void
test_any_outage(void *arg)
{
    int64_t start = leat_now();
    int64_t down =
        (int64_t)(leat_test_random() % (uint64_t)(10 * LEAT_MINUTE));
    struct client c = {.server_up_at = start + down};
    leat_go(run_client, &c);
    leat_sleep(2 * down + LEAT_SECOND);
    leat_test_wait();
    if (c.done_at == 0)
        (*(int *)arg)++;
}

int
main(void)
{
    enum { SEEDS = 500 };
    int too_late = 0;
    leat_test_run(1, test_pauses, NULL);
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        leat_test_run(seed, test_any_outage, &too_late);
    printf("%d outages, %d clients too late\n", SEEDS, too_late);
    return 0;
}
