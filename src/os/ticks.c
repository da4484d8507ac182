// SPDX-License-Identifier: MIT
// os/ticks.c: noting counter and clock together, and whether that can be
// trusted.
//
// It can where the kernel's own clock is this counter: then it counts evenly,
// and alike on all processors. Each new note is held against the last; when
// they do not fit, the counter is not used any more.
#include "os/ticks.h"
#include "os/clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// What the kernel calls the counter. An emulator of another processor shows
// the name of its host's.
#if defined(__x86_64__)
#define TICKS_SOURCE "tsc"
#else
#define TICKS_SOURCE "arch_sys_counter"
#endif

enum {
    TICKS_BASELINE_NS = 20 * 1000 * 1000, // to find the rate by
    TICKS_BASELINE_MAX_NS = 1000 * 1000 * 1000,
    TICKS_BASELINE_SHARE = 5000, // a note at its ends may be so wide
    TICKS_SPAN_NS = 5 * 1000 * 1000,      // a note is good for
    TICKS_TOGETHER_NS = 1000,             // between the two of a note
    TICKS_TRIES = 4                       // to make one
};

struct leat__ticks leat__ticks;

enum ticks_state {
    TICKS_UNKNOWN,
    TICKS_NEW,
    TICKS_MEASURING,
    TICKS_GOOD,
    TICKS_BAD
};

struct ticks_note {
    uint64_t tick, width; // width: ticks until the clock was surely read
    int64_t ns;
};

// Of the monitor thread only.
static enum ticks_state ticks_state;
static struct ticks_note ticks_first, ticks_last;
static uint64_t ticks_rate; // ns a tick, by 2^32

static bool
ticks_are_the_clock(void)
{
    static const char path[] =
        "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    char name[32] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, name, sizeof name - 1);
    close(fd);
    name[n > 0 ? n : 0] = 0;
    return strcmp(name, TICKS_SOURCE "\n") == 0;
}

// The narrowest of a few: a thread may be interrupted between the two.
static struct ticks_note
ticks_take(void)
{
    struct ticks_note best = {.width = UINT64_MAX};
    for (int i = 0; i < TICKS_TRIES; i++) {
        struct ticks_note n = {.tick = leat__ticks_read()};
        n.ns = leat__os_clock();
        n.width = leat__ticks_read() - n.tick;
        if (n.width < best.width)
            best = n;
    }
    return best;
}

static void
ticks_store(uint64_t span, const struct ticks_note *n, uint64_t rate)
{
    struct leat__ticks *t = &leat__ticks;
    uint32_t turn = atomic_load_explicit(&t->turn, memory_order_relaxed);
    atomic_store_explicit(&t->turn, turn + 1, memory_order_relaxed);
    // Releases, so that who sees one of these sees that turn is odd; pairs
    // with the loads in leat__ticks_late.
    atomic_store_explicit(&t->span, span, memory_order_release);
    atomic_store_explicit(&t->tick, n->tick, memory_order_release);
    atomic_store_explicit(&t->ns, n->ns, memory_order_release);
    atomic_store_explicit(&t->rate, rate, memory_order_release);
    atomic_store_explicit(&t->turn, turn + 2, memory_order_release);
}

static void
ticks_measure(const struct ticks_note *n)
{
    int64_t ns = n->ns - ticks_first.ns;
    if (ns < TICKS_BASELINE_NS)
        return;
    uint64_t ticks = n->tick - ticks_first.tick;
    uint64_t wide = ticks / TICKS_BASELINE_SHARE;
    // Asleep for long, or interrupted between the counter and the clock: then
    // the rate would be wrong by more than the readings add. Begin again.
    if (ticks == 0 || ns > TICKS_BASELINE_MAX_NS || n->width > wide ||
        ticks_first.width > wide) {
        ticks_state = TICKS_NEW;
        return;
    }
    ticks_rate = ((uint64_t)ns << 32) / ticks;
    ticks_state = TICKS_GOOD;
}

static bool
ticks_is_wide(const struct ticks_note *n)
{
    return n->width * ticks_rate >> 32 > TICKS_TOGETHER_NS;
}

// Whether the counter has run since the last note as the clock has.
static bool
ticks_fit(const struct ticks_note *n)
{
    int64_t ns = n->ns - ticks_last.ns;
    if (ns > TICKS_SPAN_NS)
        return true; // longer ago than a note is used
    uint64_t counted;
    if (__builtin_mul_overflow(
            n->tick - ticks_last.tick, ticks_rate, &counted))
        return false;
    int64_t off = (int64_t)(counted >> 32) - ns;
    int64_t most = ns / 1000 + 2 * TICKS_TOGETHER_NS;
    // A wide note says nothing: its clock may be much later than its tick.
    return (off <= most && off >= -most) || ticks_is_wide(n) ||
        ticks_is_wide(&ticks_last);
}

void
leat__ticks_note(void)
{
    if (ticks_state == TICKS_UNKNOWN)
        ticks_state = ticks_are_the_clock() ? TICKS_NEW : TICKS_BAD;
    if (ticks_state == TICKS_BAD)
        return;
    struct ticks_note n = ticks_take();
    if (ticks_state == TICKS_NEW) {
        ticks_first = n;
        ticks_state = TICKS_MEASURING;
    } else if (ticks_state == TICKS_MEASURING) {
        ticks_measure(&n);
    } else if (!ticks_fit(&n)) {
        ticks_state = TICKS_BAD;
        ticks_store(0, &n, 0);
    } else if (!ticks_is_wide(&n)) {
        uint64_t span = ((uint64_t)TICKS_SPAN_NS << 32) / ticks_rate;
        ticks_store(span, &n, ticks_rate + ticks_rate / 1000);
    }
    ticks_last = n;
}
