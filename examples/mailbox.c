// SPDX-License-Identifier: MIT
// mailbox.c: a service that would rather drop a letter than wait for ever: a
// channel is tried, asked how full it is, and waited for with a deadline.
#include <leat.h>

#include <stdio.h>

struct letter {
    int number;
    int64_t patience; // nanoseconds that its sender is ready to wait
};

typedef leat_chan(struct letter) mailbox;

// The size comes from outside. leat_make_chan would panic for one that cannot
// be; here it is answered with a size that can.
static mailbox
make_mailbox(int64_t size)
{
    mailbox box = leat_try_make_chan(struct letter, size);
    if (box == NULL) {
        printf("no mailbox of size %lld, take 2\n", (long long)size);
        box = leat_make_chan(struct letter, 2);
    }
    return box;
}

// A duration in the largest unit that leaves no rest.
static void
print_duration(int64_t ns)
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {{LEAT_SECOND, "s"}, {LEAT_MILLISECOND, "ms"},
        {LEAT_MICROSECOND, "us"}, {LEAT_NANOSECOND, "ns"}};
    int i = 0;
    while (ns % units[i].ns != 0)
        i++;
    printf("%lld %s", (long long)(ns / units[i].ns), units[i].name);
}

// Who has no patience tries; who has some waits that long at most.
static void
post(mailbox box, struct letter letter)
{
    int err = leat_try_send(box, letter);
    printf("letter %d: %s", letter.number, leat_strerror(err));
    if (err == LEAT_EAGAIN && letter.patience > 0) {
        err = leat_send_until(box, leat_deadline(letter.patience), letter);
        printf(", within ");
        print_duration(letter.patience);
        printf(": %s", leat_strerror(err));
    }
    printf("; %lld of %lld\n", (long long)leat_len(box),
        (long long)leat_cap(box));
}

// Takes letters until there is none for a while.
static void
empty_box(mailbox box, leat_chan(int) done)
{
    struct letter letter;
    int n = 0;
    while (leat_recv_until(box, &letter, leat_deadline(LEAT_SECOND)) == 0)
        n++;
    leat_send(done, n);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    mailbox box = make_mailbox(-1);
    post(box, (struct letter){1, 0});
    post(box, (struct letter){2, 0});
    post(box, (struct letter){3, 0}); // full
    post(box, (struct letter){4, 1500 * LEAT_MICROSECOND});
    post(box, (struct letter){5, 999 * LEAT_NANOSECOND});

    // What is in the box when it is closed is still delivered.
    leat_chan(int) done = leat_make_chan(int);
    leat_close(box);
    post(box, (struct letter){6, LEAT_SECOND});
    leat_go(empty_box, box, done);
    printf("delivered: %d\n", leat_recv(done));
    leat_free(done);
    leat_free(box);
    return 0;
}
