// SPDX-License-Identifier: MIT
// newspaper.c: as many subscribers as there happen to be: a select whose cases
// are filled in by hand, once to send to all of them, once to collect what is
// there from all of them.
#include <leat.h>

#include <stdio.h>

enum { SUBSCRIBERS = 4 };

struct subscriber {
    const char *name;
    leat_chan(int) mail; // numbers of issues
};

// Gives the issue to everybody who takes it before the deadline, the first
// listed first where there is a choice, and says who did not.
static void
publish(struct subscriber *list, int n, int issue, int64_t deadline)
{
    struct leat_case cases[SUBSCRIBERS] = {{0}};
    bool has[SUBSCRIBERS] = {false};
    int done = 0;
    for (int i = 0; i < n; i++)
        cases[i] = (struct leat_case){.ch = (struct leat_chan *)list[i].mail,
            .elem = &issue, // what is sent: read when it is
            .op = LEAT_CASE_SEND};
    while (done < n) {
        int i = leat_select_cases(cases, (size_t)n,
            LEAT_SELECT_PRIORITY | LEAT_SELECT_UNTIL, deadline);
        if (i < 0)
            break; // LEAT_ETIMEDOUT
        cases[i].ch = NULL; // never ready from here on
        has[i] = true;
        done++;
    }
    printf("issue %d: %d have it", issue, done);
    for (int i = 0; i < n; i++)
        if (!has[i])
            printf(", %s does not", list[i].name);
    printf("\n");
}

// Takes what is in any of the boxes, without waiting: the default, which is
// chosen when nothing else is ready, ends it.
static int
collect(struct subscriber *list, int n)
{
    struct leat_case cases[SUBSCRIBERS + 1] = {{0}};
    int issue, sum = 0;
    bool ok;
    for (int i = 0; i < n; i++)
        cases[i] = (struct leat_case){.ch = (struct leat_chan *)list[i].mail,
            .elem = &issue,
            .ok = &ok,
            .op = LEAT_CASE_RECV};
    cases[n].op = LEAT_CASE_DEFAULT;
    for (int i; (i = leat_select_cases(cases, (size_t)n + 1, 0, 0)) != n;) {
        if (ok)
            sum++;
        else
            cases[i].ch = NULL; // closed, and always ready
    }
    return sum;
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct subscriber list[SUBSCRIBERS] = {{"Ada", leat_make_chan(int, 2)},
        {"Bob", leat_make_chan(int, 1)}, {"Eve", leat_make_chan(int, 2)},
        {"Tim", NULL}}; // has moved: a nil channel takes nothing
    for (int issue = 1; issue <= 2; issue++)
        publish(list, SUBSCRIBERS, issue, leat_deadline(LEAT_MILLISECOND));

    leat_close(list[2].mail); // with two issues in it
    printf("collected: %d\n", collect(list, SUBSCRIBERS));
    for (int i = 0; i < SUBSCRIBERS; i++)
        leat_free(list[i].mail);
    return 0;
}
