// SPDX-License-Identifier: MIT
// test_mem.c: the allocator: sizes, contents against a model, zeroing,
// layouts, misuse, threads, fork, and memory given back. Under a sanitizer
// objects come from malloc; the tests here ask for the heap itself.
#include "base/rand.h"
#include "lib/test.h"
#include "mem/alloc.h"
#include "os/fault.h"
#include "sched/sched.h"
#include "test_page_faults.h"

#include <leat.h>

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN_HEAP .env = {"LEATDEBUG=heap=own"}

static size_t
in_use(void)
{
    struct leat__heap_stats stats;
    leat__heap_get_stats(&stats);
    return stats.in_use;
}

// Size classes --------------------------------------------------------------

// Every size up to the largest class gets the smallest class that holds it.
TEST(mem, sizes_are_rounded_to_the_next_class)
{
    uint32_t class = 1;
    for (size_t size = 1; size <= LEAT__SMALL_MAX; size++) {
        while (leat__class_size(class) < size)
            class++;
        if (leat__size_class(size) != class)
            FAIL("size %zu: class %u instead of %u", size,
                leat__size_class(size), class);
        if (leat__mem_round(size) != leat__class_size(class))
            FAIL("size %zu is rounded to %zu", size, leat__mem_round(size));
    }
    CHECK_EQ(class, LEAT__SIZE_CLASSES - 1);
    CHECK_EQ(leat__mem_round(LEAT__SMALL_MAX + 1), 40960);
    CHECK_EQ(leat__mem_round(40961), 49152);
    CHECK(leat__mem_round(SIZE_MAX) == SIZE_MAX);
}

// As Go's mksizeclasses.go: at most an eighth of a span is left over, and the
// index of an object comes from a multiplication.
TEST(mem, spans_lose_an_eighth_at_most_and_divide_exactly)
{
    for (uint32_t c = 1; c < LEAT__SIZE_CLASSES; c++) {
        uint32_t size = leat__class_size(c);
        uint32_t bytes = leat__class_pages(c) * LEAT__CLASS_PAGE;
        CHECK(bytes % size <= bytes / 8);
        CHECK(bytes / size <= LEAT__SPAN_OBJECTS_MAX);
        struct leat__span s = {.divmagic = UINT32_MAX / size + 1};
        for (uintptr_t at = 0; at < bytes; at++)
            if (leat__span_index(&s, (void *)at) != at / size)
                FAIL("size %u: offset %zu", size, (size_t)at);
    }
}

// Contents --------------------------------------------------------------------

enum { MODEL_OBJECTS = 2000, MODEL_STEPS = 300000 };

struct model_object {
    unsigned char *p;
    size_t size;
    unsigned char fill;
};

static size_t
model_size(struct leat__rand *r)
{
    // Small ones are common, all kinds occur.
    switch (leat__rand_below(r, 16)) {
    case 0:
        return 1 + leat__rand_below(r, 200000);
    case 1:
    case 2:
        return 1 + leat__rand_below(r, LEAT__SMALL_MAX);
    default:
        return 1 + leat__rand_below(r, 1500);
    }
}

static void
model_check(const struct model_object *o, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (o->p[i] != o->fill)
            FAIL("byte %zu of %zu at %p has changed", i, o->size,
                (void *)o->p);
}

static void
model_fill(struct model_object *o, struct leat__rand *r)
{
    o->fill = (unsigned char)leat__rand_below(r, 256);
    memset(o->p, o->fill, o->size);
}

static void
model_new(struct model_object *o, struct leat__rand *r)
{
    bool zero = leat__rand_below(r, 2) == 0;
    o->size = model_size(r);
    o->p = leat__mem_alloc(o->size,
        (zero ? LEAT__MEM_ZERO : 0) |
            (leat__rand_below(r, 2) == 0 ? LEAT__MEM_PLAIN : 0));
    if (o->p == NULL)
        FAIL("no memory");
    o->fill = 0;
    if (zero)
        model_check(o, o->size);
    model_fill(o, r);
}

static void
model_move(struct model_object *o, struct leat__rand *r)
{
    size_t size = model_size(r), kept = size < o->size ? size : o->size;
    o->p = leat__mem_realloc(o->p, o->size, size);
    if (o->p == NULL)
        FAIL("no memory");
    o->size = size;
    model_check(o, kept);
    model_fill(o, r);
}

static void
model_step(struct model_object *o, struct leat__rand *r)
{
    if (o->p == NULL) {
        model_new(o, r);
    } else if (leat__rand_below(r, 8) == 0) {
        model_move(o, r);
    } else {
        model_check(o, o->size);
        leat__mem_free(o->p, leat__rand_below(r, 2) == 0 ? o->size : 0);
        o->p = NULL;
    }
}

static void
model_run(uint64_t seed, int steps)
{
    struct leat__rand r;
    leat__rand_seed(&r, seed);
    struct model_object *all = calloc(MODEL_OBJECTS, sizeof *all);
    for (int i = 0; i < steps; i++)
        model_step(&all[leat__rand_below(&r, MODEL_OBJECTS)], &r);
    for (int i = 0; i < MODEL_OBJECTS; i++)
        leat__mem_free(all[i].p, all[i].size);
    free(all);
}

// No object overlaps another, what is asked for as zero is zero, and what
// moves keeps its contents, whatever came before.
TEST_WITH(mem, objects_keep_what_is_in_them, OWN_HEAP)
{
    model_run(test_seed(), MODEL_STEPS / test_slowness());
    leat__objects_check();
    CHECK(in_use() > 0);
}

// Locks and caches are the same with plain threads beside goroutines.
static void *
model_thread(void *arg)
{
    model_run((uint64_t)(uintptr_t)arg, MODEL_STEPS / 10 / test_slowness());
    return NULL;
}

static void
model_goroutine(uint64_t seed, struct leat_waitgroup *wg)
{
    model_run(seed, MODEL_STEPS / 10 / test_slowness());
    leat_waitgroup_done(wg);
}

TEST_WITH(mem, goroutines_and_threads_share_one_heap, OWN_HEAP)
{
    pthread_t t[3];
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_gomaxprocs(4);
    leat_waitgroup_add(&wg, 4);
    for (uintptr_t i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, model_thread, (void *)i), 0);
    for (uint64_t i = 0; i < 4; i++)
        leat_go(model_goroutine, 100 + i, &wg);
    leat_waitgroup_wait(&wg);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    leat__objects_check();
}

// One allocates, the other frees: what piles up in one cache must reach the
// other, or memory grows with the number of objects.
enum { PASSED_BATCH = 1000, PASSED_ROUNDS = 200, PASSED_SIZE = 512 };

static void
pass_on(leat_chan(void *) to)
{
    for (int i = 0; i < PASSED_ROUNDS * PASSED_BATCH; i++)
        leat_send(to, leat__mem_alloc(PASSED_SIZE, 0));
    leat_close(to);
}

TEST_WITH(mem, objects_may_be_freed_by_another, OWN_HEAP)
{
    leat_chan(void *) c = leat_make_chan(void *, PASSED_BATCH);
    void *p;
    leat_gomaxprocs(2);
    leat_go(pass_on, c);
    while (leat_recv_ok(c, &p))
        leat__mem_free(p, PASSED_SIZE);
    leat_chan_free((struct leat_chan *)(void *)c);
    CHECK(in_use() < 8u * PASSED_BATCH * PASSED_SIZE);
    leat__objects_check();
}

// Layouts ---------------------------------------------------------------------

TEST_WITH(mem, spans_know_the_layout_of_their_objects, OWN_HEAP)
{
    static const uint8_t bitmap[] = {0x05};
    char *plain = leat__mem_alloc(100, LEAT__MEM_PLAIN);
    char *any = leat__mem_alloc(100, 0);
    char *typed = leat__mem_alloc_typed(24, bitmap, LEAT__MEM_ZERO);
    char *big = leat__mem_alloc_typed(100000, bitmap, 0);
    CHECK_EQ(leat__span_of(plain)->layout, LAYOUT_NONE);
    CHECK_EQ(leat__span_of(any)->layout, LAYOUT_CONSERVATIVE);
    // From an address inside, as a collector finds it.
    struct leat__span *s = leat__span_of(typed + 17);
    CHECK_EQ(s->layout, LAYOUT_BITMAP);
    CHECK(s->bitmaps[leat__span_index(s, typed + 17)] == bitmap);
    s = leat__span_of(big + 99999);
    CHECK_EQ(s->state, SPAN_LARGE);
    CHECK(s->bitmaps[leat__span_index(s, big + 99999)] == bitmap);
    CHECK(leat__span_base(s) == big);
    // A typed object stays one when it moves.
    typed = leat__mem_realloc(typed, 24, 400);
    s = leat__span_of(typed);
    CHECK_EQ(s->layout, LAYOUT_BITMAP);
    CHECK(s->bitmaps[leat__span_index(s, typed)] == bitmap);
    leat__mem_free(plain, 100);
    leat__mem_free(any, 100);
    leat__mem_free(typed, 400);
    leat__mem_free(big, 100000);
    leat__objects_check();
}

TEST_WITH(mem, realloc_stays_where_it_can, OWN_HEAP)
{
    char *p = leat__mem_alloc(100, 0);
    CHECK(leat__mem_realloc(p, 100, 112) == p);
    CHECK(leat__mem_realloc(p, 112, 97) == p);
    char *q = leat__mem_realloc(p, 97, 113);
    CHECK(q != p);
    leat__mem_free(q, 113);
    // Nothing has been allocated behind this one.
    char *big = leat__mem_alloc(1 << 20, 0);
    memset(big, 7, 1 << 20);
    char *bigger = leat__mem_realloc(big, 1 << 20, 2 << 20);
    CHECK(bigger == big);
    CHECK_EQ(bigger[(1 << 20) - 1], 7);
    CHECK_EQ(leat__object_size(bigger), 2 << 20);
    leat__mem_free(bigger, 2 << 20);
    leat__objects_check();
}

// Misuse ----------------------------------------------------------------------

TEST_WITH(mem, a_foreign_address_is_refused, OWN_HEAP, .exit_status = 2,
    .stderr_has = {"not memory of Leat's heap"})
{
    int local;
    leat__mem_free(&local, 0);
}

TEST_WITH(mem, a_large_object_freed_twice_is_found, OWN_HEAP,
    .exit_status = 2, .stderr_has = {"fatal error: free of 0x", "free already",
        "\ngoroutine 1 [running]:\n"})
{
    char *p = leat__mem_alloc(100000, 0);
    leat__mem_free(p, 0);
    leat__mem_free(p, 0);
}

TEST_WITH(mem, an_object_freed_twice_in_a_row_is_found, OWN_HEAP,
    .exit_status = 2, .stderr_has = {"it is free already"})
{
    char *p = leat__mem_alloc(100, 0);
    leat__mem_free(p, 100);
    leat__mem_free(p, 100);
}

#if LEAT_DEBUG >= 1
TEST_WITH(mem, an_object_freed_twice_is_found_later, OWN_HEAP,
    .exit_status = 2, .stderr_has = {"it is free already"})
{
    char *p = leat__mem_alloc(100, 0), *q = leat__mem_alloc(100, 0);
    leat__mem_free(p, 100);
    leat__mem_free(q, 100);
    leat__mem_free(p, 100);
}

TEST_WITH(mem, a_channel_freed_twice_is_found, OWN_HEAP, .exit_status = 2,
    .stderr_has = {"it is free already"})
{
    leat_chan(int) c = leat_make_chan(int), d = leat_make_chan(int);
    leat_free(c);
    leat_free(d);
    leat_free(c);
}

TEST_WITH(mem, a_timer_freed_twice_is_found, OWN_HEAP, .exit_status = 2,
    .stderr_has = {"it is free already"})
{
    struct leat_timer *t = leat_new_timer(1), *u = leat_new_timer(1);
    leat_timer_free(t);
    leat_timer_free(u);
    leat_timer_free(t);
}

TEST_WITH(mem, an_address_inside_an_object_is_refused, OWN_HEAP,
    .exit_status = 2, .stderr_has = {"not the start of an object"})
{
    char *p = leat__mem_alloc(100, 0);
    leat__mem_free(p + 8, 0);
}

TEST_WITH(mem, a_size_beyond_the_object_is_found, OWN_HEAP,
    .exit_status = 2, .stderr_has = {"it has fewer bytes than that"})
{
    // The list of the class is full first: only then is the size looked at.
    static void *p[1000];
    for (int i = 0; i < 1000; i++)
        p[i] = leat__mem_alloc(100, 0);
    for (int i = 0; i < 1000; i++)
        leat__mem_free(p[i], 113);
}
#endif

// Giving back -----------------------------------------------------------------

enum { GIVE_BACK_OBJECTS = 20000, GIVE_BACK_SIZE = 2000 };

static void
use_and_free(void)
{
    static void *p[GIVE_BACK_OBJECTS];
    for (int i = 0; i < GIVE_BACK_OBJECTS; i++) {
        p[i] = leat__mem_alloc(GIVE_BACK_SIZE, 0);
        memset(p[i], 1, GIVE_BACK_SIZE);
    }
    for (int i = 0; i < GIVE_BACK_OBJECTS; i++)
        leat__mem_free(p[i], GIVE_BACK_SIZE);
}

// Waits until all that is left of the heap is below `bytes`.
static void
wait_until_given_back(size_t bytes)
{
    struct leat__heap_stats stats;
    do {
        leat_sleep(10 * LEAT_MILLISECOND);
        leat__heap_get_stats(&stats);
    } while (stats.idle + stats.in_use > bytes);
}

// The main goroutine sleeps, every P is idle: caches are emptied and free
// spans go back to the system. The time limit of the test is the failure.
TEST_WITH(mem, an_idle_program_gives_memory_back, OWN_HEAP)
{
    leat_gomaxprocs(2);
    use_and_free();
    wait_until_given_back(2 << 20);
    leat__objects_check();
    // And it can be used again.
    use_and_free();
    CHECK(in_use() < 2 << 20);
}

static char *
fill_new(size_t bytes)
{
    char *p = leat__mem_alloc(bytes, 0);
    memset(p, 1, bytes);
    return p;
}

// What a program has used and freed stays while that is not long ago, but for
// more than 32 MiB and an eighth beyond it. (Each call is a tick of sysmon's, of
// which there are 400 a second.)
TEST_WITH(mem, a_busy_program_gives_the_excess_back, OWN_HEAP)
{
    enum { PEAK = 256 << 20, KEPT = 32 << 20, SLACK = 1 << 20 };
    struct leat__heap_stats stats;
    leat__mem_free(fill_new(PEAK), PEAK);
    leat__heap_get_stats(&stats);
    CHECK(stats.idle >= PEAK);
    for (int i = 0; i < 4000; i++)
        leat__heap_scavenge_excess();
    leat__heap_get_stats(&stats);
    CHECK_MSG(stats.idle <= KEPT + SLACK, "%zu bytes", stats.idle);
    CHECK_EQ(stats.reserved >= PEAK, 1);
    leat__objects_check();
}

// Pieces that do not fit where others were are not kept for ever, ticks or no
// ticks: twice the excess is given back by who frees.
TEST_WITH(mem, who_frees_gives_back_what_nobody_needed, OWN_HEAP)
{
    enum { PIECE = 4 << 20, PIECES = 24, KEPT = 2 * (32 << 20), SLACK = 12 << 20 };
    struct leat__heap_stats stats;
    size_t most = 0;
    for (int i = 1; i <= PIECES; i++) {
        // Each is longer than all that was before, so that none fits.
        size_t bytes = (size_t)i * PIECE;
        leat__mem_free(fill_new(bytes), bytes);
        leat__heap_get_stats(&stats);
        most = stats.idle > most ? stats.idle : most;
    }
    size_t peak = (size_t)PIECES * PIECE;
    CHECK_MSG(most <= peak + peak / 4 + KEPT + SLACK, "%zu bytes", most);
    leat__objects_check();
}

// 96 MiB that are filled and freed again and again are there from the second
// time on.
TEST_WITH(mem, what_is_used_again_and_again_stays, OWN_HEAP,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_VALGRIND)
{
    enum { PIECE = 1 << 20, PIECES = 96, ROUNDS = 10 };
    char *pieces[PIECES];
    long least = LONG_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        long before = page_faults();
        for (int k = 0; k < PIECES; k++)
            pieces[k] = fill_new(PIECE);
        for (int k = 0; k < PIECES; k++)
            leat__mem_free(pieces[k], PIECE);
        long faults = page_faults() - before;
        least = faults < least ? faults : least;
    }
    // A megabyte would be 256. (A machine that keeps the program from running
    // for long looks idle, and then it all goes: so not every round.)
    CHECK_MSG(least < 256, "%ld page faults in each round", least);
}

// Uses the heap for half a second; the longest time it did not get to it.
static int64_t
use_heap_for_long(void)
{
    enum { USED = 1 << 20 };
    int64_t now = leat_now(), end = now + 500 * LEAT_MILLISECOND, gap = 0;
    while (now < end) {
        leat__mem_free(fill_new(USED), USED);
        int64_t next = leat_now();
        gap = next - now > gap ? next - now : gap;
        now = next;
    }
    return gap;
}

// The P of a goroutine that computes is taken, and then every P is idle. What it
// has freed stays all the same, while it uses the heap. (A machine that keeps
// it from that for long looks idle: then once more.)
TEST_WITH(mem, a_goroutine_that_computes_keeps_its_memory,
    .env = {"LEATDEBUG=heap=own", "LEATPROCS=1"}, .serial = 1, .timeout_s = 60)
{
    enum { KEPT = 24 << 20, SLACK = 4 << 20 };
    struct leat__heap_stats stats;
    do
        leat__mem_free(fill_new(KEPT), KEPT);
    while (use_heap_for_long() > 20 * LEAT_MILLISECOND);
    leat__heap_get_stats(&stats);
    CHECK(stats.idle >= KEPT - SLACK);
}

// Of free spans that are long enough: for zeroes the one that went back to the
// system, else the one whose memory is there, though it is longer.
TEST_WITH(mem, memory_that_is_there_is_taken_first, OWN_HEAP)
{
    enum { LESS = 6 << 20, MORE = 8 << 20, WANTED = 5 << 20, WALL = 2 << 20 };
    char *less = fill_new(LESS), *wall = fill_new(WALL);
    char *more = fill_new(MORE), *end = fill_new(WALL);
    leat__mem_free(less, LESS);
    leat__heap_scavenge(SIZE_MAX);
    leat__mem_free(more, MORE);
    char *p = leat__mem_alloc(WANTED, 0);
    CHECK(p >= more && p < more + MORE);
    char *zero = leat__mem_alloc(WANTED, LEAT__MEM_ZERO);
    CHECK(zero < more || zero >= more + MORE);
    CHECK_EQ(zero[0] | zero[WANTED - 1], 0);
    leat__mem_free(p, WANTED);
    leat__mem_free(zero, WANTED);
    leat__mem_free(wall, WALL);
    leat__mem_free(end, WALL);
    leat__objects_check();
}

// The bytes of p that are not 0.
static size_t
count_dirty(const char *p, size_t bytes)
{
    size_t dirty = 0;
    for (size_t i = 0; i < bytes; i++)
        dirty += p[i] != 0;
    return dirty;
}

// The system does not take locked memory (madvise(2)), so it reads as it was;
// what lies around it can go all the same.
TEST_WITH(mem, locked_memory_is_kept_and_cleared_for_who_wants_zeroes, OWN_HEAP)
{
    enum { BYTES = 3 << 20, LOCKED = 32 << 10 };
    struct leat__heap_stats stats;
    char *p = fill_new(BYTES), *wall = fill_new(BYTES);
    char *other = fill_new(BYTES);
    // By its number: sanitizers make mlock do nothing.
    if (syscall(SYS_mlock, p, (size_t)LOCKED) != 0)
        test_skip("memory cannot be locked here");
    leat__mem_free(p, BYTES);
    leat__mem_free(other, BYTES);
    leat__heap_scavenge(SIZE_MAX);
    leat__heap_get_stats(&stats);
    CHECK(stats.idle >= LOCKED && stats.idle <= BYTES);
    leat__objects_check();
    for (int i = 0; i < 2; i++) {
        char *zero = leat__mem_alloc(BYTES, LEAT__MEM_ZERO);
        CHECK_EQ(count_dirty(zero, BYTES), 0);
        memset(zero, 1, BYTES);
    }
    leat__mem_free(wall, BYTES);
    leat__objects_check();
}

static void *
thread_uses_and_ends(void *arg)
{
    use_and_free();
    return arg;
}

PLAIN_TEST_WITH(mem, a_thread_leaves_nothing_behind, .timeout_s = 0)
{
    pthread_t t;
    leat__object_source = OBJECTS_OWN;
    CHECK_EQ(pthread_create(&t, NULL, thread_uses_and_ends, NULL), 0);
    pthread_join(t, NULL);
    // One empty span may stay on the list of the class.
    CHECK(in_use() <= LEAT__HEAP_PAGE);
    leat__objects_check();
}

// Fork ------------------------------------------------------------------------

static _Atomic bool fork_stop;

static void *
fork_disturb(void *arg)
{
    for (uint64_t i = 0; !fork_stop; i++)
        model_run(i, 2000);
    return arg;
}

static void
fork_child(void)
{
    model_run(1, 2000);
    leat__objects_check();
    _exit(7);
}

// Other threads are anywhere in the allocator; the child finds it usable.
PLAIN_TEST_WITH(mem, a_child_can_allocate, .timeout_s = 60,
    .skip_under = TEST_TSAN)
{
    pthread_t t[2];
    leat__object_source = OBJECTS_OWN;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, fork_disturb, NULL), 0);
    for (int i = 0; i < 10; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            fork_child();
        CHECK(pid > 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), 7);
    }
    fork_stop = true;
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
}

// Refusals --------------------------------------------------------------------

TEST_WITH(mem, every_allocation_can_be_made_to_fail,
    .env = {"LEATDEBUG=heap=own"})
{
    char *p = leat__mem_alloc(100, 0);
    CHECK(leat__fault_parse("malloc:1+"));
    uint64_t before = leat__fault_calls();
    CHECK(leat__mem_alloc(100, 0) == NULL);
    CHECK(leat__mem_alloc(100, LEAT__MEM_ZERO) == NULL);
    CHECK(leat__mem_alloc(100000, 0) == NULL);
    CHECK(leat__mem_realloc(p, 100, 200) == NULL);
    CHECK(leat__mem_realloc(NULL, 0, 200) == NULL);
    CHECK_EQ(leat__fault_calls() - before, 5);
    CHECK(leat__fault_parse("malloc:1000000"));
    leat__mem_free(p, 100);
    CHECK(leat_try_make_chan(int, 4) != NULL);
}

// The system refuses address space at each place in turn; the heap says no,
// and goes on when there is some again.
TEST_WITH(mem, a_heap_that_cannot_grow_says_so, OWN_HEAP)
{
    static void *p[4000];
    for (int n = 1; n <= 12; n++) {
        int made = 0;
        char text[32];
        snprintf(text, sizeof text, "mmap:%llu",
            (unsigned long long)leat__fault_calls() + (unsigned)n);
        CHECK(leat__fault_parse(text));
        // 32 MiB, in pieces that need new chunks, descriptors and tables.
        for (; made < 4000; made++) {
            p[made] = leat__mem_alloc(made % 2 == 0 ? 8192 : 8, 0);
            if (p[made] == NULL)
                break;
        }
        leat__objects_check();
        while (made > 0) {
            made--;
            leat__mem_free(p[made], 0);
        }
    }
    CHECK(leat__fault_parse("mmap:1+"));
    CHECK(leat__mem_alloc((size_t)1 << 40, 0) == NULL);
    CHECK(leat__mem_alloc(SIZE_MAX - 4096, 0) == NULL);
}

// Until it says no, from the first object on.
TEST_WITH(mem, a_full_heap_refuses_small_objects_and_goes_on_later, OWN_HEAP)
{
    enum { SIZE = 8192, MOST = 1 << 16 };
    static void *p[MOST];
    int made = 0;
    CHECK(leat__fault_parse("mmap:1+"));
    while (made < MOST && (p[made] = leat__mem_alloc(SIZE, 0)) != NULL)
        made++;
    CHECK_MSG(made < MOST, "%d objects without new memory", made);
    CHECK(leat__mem_alloc(SIZE, 0) == NULL);
    leat__objects_check();
    leat__fault_on = false;
    p[made] = leat__mem_alloc(SIZE, 0);
    CHECK(p[made] != NULL);
    for (; made >= 0; made--)
        leat__mem_free(p[made], 0);
    leat__objects_check();
}

static long
mem_overcommit(void)
{
    long mode = -1;
    FILE *f = fopen("/proc/sys/vm/overcommit_memory", "r");
    if (f != NULL && fscanf(f, "%ld", &mode) != 1)
        mode = -1;
    if (f != NULL)
        fclose(f);
    return mode;
}

// Its tables alone would be gigabytes.
TEST_WITH(mem, what_no_machine_has_is_refused_at_once,
    .skip_under = TEST_ASAN | TEST_TSAN)
{
    if (mem_overcommit() != 0)
        test_skip("the system promises memory it has not");
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    CHECK(leat__mem_alloc((size_t)1 << 42, 0) == NULL);
    CHECK(leat__mem_alloc((size_t)1 << 46, 0) == NULL);
    getrusage(RUSAGE_SELF, &after);
    CHECK_MSG(after.ru_maxrss - before.ru_maxrss < 1 << 10, "%ld KiB",
        after.ru_maxrss - before.ru_maxrss);
    leat__objects_check();
}

// Where the heap is not used ---------------------------------------------------

TEST_WITH(mem, malloc_can_serve_instead, .env = {"LEATDEBUG=heap=malloc"})
{
    size_t before = in_use();
    char *p = leat__mem_alloc(100, LEAT__MEM_ZERO);
    char *q = leat__mem_alloc(100000, 0);
    CHECK(leat__span_of(p) == NULL);
    CHECK(leat__span_of(q) == NULL);
    memset(p, 5, 100);
    p = leat__mem_realloc(p, 100, 5000);
    CHECK_EQ(p[99], 5);
    leat__mem_free(p, 5000);
    leat__mem_free(q, 0);
    CHECK_EQ(in_use(), before);
}
