// SPDX-License-Identifier: MIT
// select.c: waiting for several channels at once.
#include <leat.h>

#include <stdio.h>

static void
count_to(int n, leat_chan(int) out)
{
    for (int i = 1; i <= n; i++)
        leat_send(out, i);
    leat_close(out);
}

// Two producers into one consumer. A channel that is closed and drained
// would be ready for ever: setting the variable to NULL (a nil channel is
// never ready) takes it out of the select.
static void
show_fan_in(void)
{
    leat_chan(int) a = leat_make_chan(int);
    leat_chan(int) b = leat_make_chan(int);
    int sum_a = 0, sum_b = 0, v;
    bool ok;

    leat_go(count_to, 10, a);
    leat_go(count_to, 100, b);
    while (a != NULL || b != NULL) {
        switch (leat_select(leat_case_recv_ok(a, &v, &ok),
            leat_case_recv_ok(b, &v, &ok))) {
        case 0:
            sum_a += v; // 0 when closed
            if (!ok)
                a = NULL;
            break;
        case 1:
            sum_b += v;
            if (!ok)
                b = NULL;
            break;
        }
    }
    printf("a brought %d, b brought %d\n", sum_a, sum_b);
}

// With leat_default select does not wait.
static void
show_default(void)
{
    leat_chan(int) slot = leat_make_chan(int, 1);
    int dropped = 0;
    for (int i = 0; i < 5; i++)
        if (leat_select(leat_case_send(slot, i), leat_default) == 1)
            dropped++;
    printf("kept %d, dropped %d\n", leat_recv(slot), dropped);
    leat_free(slot);
}

// Of several ready cases select takes any, each as likely; the priority form
// takes the first listed.
static void
show_priority(void)
{
    leat_chan(int) urgent = leat_make_chan(int, 1);
    leat_chan(int) normal = leat_make_chan(int, 1);
    int v;
    leat_send(normal, 1);
    leat_send(urgent, 2);
    int first = leat_select_priority(
        leat_case_recv(urgent, &v), leat_case_recv(normal, &v));
    printf("first came the %s one\n", first == 0 ? "urgent" : "normal");
    leat_free(urgent);
    leat_free(normal);
}

// And a deadline.
static void
show_deadline(void)
{
    leat_chan(int) silent = leat_make_chan(int);
    int result = leat_select_until(leat_deadline(5 * LEAT_MILLISECOND),
        leat_case_recv(silent, NULL));
    printf("nobody sent: %s\n", leat_strerror(result));
    leat_free(silent);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_fan_in();
    show_default();
    show_priority();
    show_deadline();
    return 0;
}
