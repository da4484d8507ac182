// SPDX-License-Identifier: MIT
// tap.c: code for channels of any type. A tap is put between two ends of a
// pipe, of whatever it carries, passes everything on, and counts.
//
// Behind the typed macros are calls that know of an element its size only.
// They are for such code, and for bindings; a macro gives the types back.
#include <leat.h>

#include <stdio.h>
#include <stdlib.h>

struct tap {
    struct leat_chan *from, *to;
    size_t elem_size;
    struct leat_waitgroup closed;
    int passed, held_up; // to be read when it is closed
    leat_chan(bool) late; // told of the first time that it is held up
};

// For who does not read at once there is a deadline, so that it is noticed.
static void
pass_on(struct tap *t, const void *elem)
{
    int64_t deadline = leat_deadline(LEAT_MILLISECOND);
    if (leat_chan_send_until(t->to, elem, deadline) == LEAT_ETIMEDOUT) {
        t->held_up++;
        leat_try_send(t->late, true);
        leat_chan_send(t->to, elem);
    }
    t->passed++;
}

static void
run_tap(void *arg)
{
    struct tap *t = arg;
    void *elem = malloc(t->elem_size + 1); // the size may be 0
    if (elem == NULL)
        leat_throw("no memory for an element of %zu bytes", t->elem_size);
    while (leat_chan_recv(t->from, elem))
        pass_on(t, elem);
    leat_chan_close(t->to);
    free(elem);
}

// The tap's own end: with as much room as the channel it is put on.
static struct leat_chan *
open_tap(struct tap *t, struct leat_chan *from, size_t elem_size)
{
    *t = (struct tap){.from = from, .elem_size = elem_size};
    t->to = leat_chan_make(elem_size, leat_chan_cap(from), 0);
    t->late = leat_make_chan(bool, 1);
    leat_waitgroup_go(&t->closed, run_tap, t);
    return t->to;
}

// TAP(t, ch) is a channel of the type of ch, behind a tap.
#define TAP(t, ch)                                                             \
    ((leat_chan(leat_elem(ch)))open_tap(                                       \
        t, (struct leat_chan *)(ch), sizeof(leat_elem(ch))))

static void
close_tap(struct tap *t, const char *what)
{
    leat_waitgroup_wait(&t->closed);
    struct leat_chan *ends[] = {t->from, t->to};
    for (int i = 0; i < 2; i++) {
        if (leat_chan_len(ends[i]) != 0 ||
            leat_chan_recv_until(ends[i], NULL, leat_now()) != LEAT_ECLOSED)
            leat_throw("%s: something is left", what);
        leat_chan_free(ends[i]);
    }
    leat_free(t->late);
    printf("%s: %d passed, of %zu bytes each%s\n", what, t->passed,
        t->elem_size, t->held_up > 0 ? ", the reader was late" : "");
}

struct grain {
    char kind;
    double kilos;
};

static void
deliver(leat_chan(struct grain) out)
{
    static const struct grain sacks[] = {{'r', 50}, {'w', 25}, {'w', 12.5}};
    for (int i = 0; i < 3; i++)
        leat_send(out, sacks[i]);
    leat_close(out);
}

static void
ring(leat_chan(bool) out)
{
    leat_send(out, true);
    leat_close(out);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct tap of_sacks, of_bells;
    leat_chan(struct grain) sacks = leat_make_chan(struct grain, 8);
    leat_chan(struct grain) counted = TAP(&of_sacks, sacks);
    leat_go(deliver, sacks);
    double kilos = 0;
    leat_range (struct grain, sack, counted)
        kilos += sack.kilos;
    printf("got %.1f kg\n", kilos);
    close_tap(&of_sacks, "sacks");

    leat_chan(bool) bell = leat_make_chan(bool);
    leat_chan(bool) heard = TAP(&of_bells, bell);
    leat_go(ring, bell);
    leat_recv(of_bells.late); // nobody listens until then
    leat_range (bool, rung, heard)
        printf("the bell %s\n", rung ? "rings" : "is silent");
    close_tap(&of_bells, "bell");
    return 0;
}
