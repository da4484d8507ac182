// SPDX-License-Identifier: MIT
// tour.c: the code of the README's tour, in one program.
//
// The README quotes this file word for word; a test compares the two and what
// the program prints. Change one and you have to change the other.
#include <leat.h>

#include <stdio.h>
#include <unistd.h>

// Goroutines and channels ------------------------------------------------

struct square {
    int n;
    long result;
};

static void
square_worker(leat_chan(int) jobs, leat_chan(struct square) results,
    struct leat_waitgroup *wg)
{
    leat_range(int, n, jobs)
        leat_send(results, (struct square){n, (long)n * n});
    leat_waitgroup_done(wg);
}

static void
show_workers(void)
{
    leat_chan(int) jobs = leat_make_chan(int, 4);
    leat_chan(struct square) results = leat_make_chan(struct square, 10);
    struct leat_waitgroup wg = LEAT_ZERO;

    for (int i = 0; i < 3; i++) {
        leat_waitgroup_add(&wg, 1);
        leat_go(square_worker, jobs, results, &wg);
    }
    for (int n = 1; n <= 10; n++)
        leat_send(jobs, n);
    leat_close(jobs); // the workers' loops end when it is drained
    leat_waitgroup_wait(&wg);
    leat_close(results);

    long sum = 0;
    leat_range(struct square, s, results)
        sum += s.result;
    printf("workers: the squares of 1 to 10 add up to %ld\n", sum);
    leat_free(jobs);
    leat_free(results);
}

// Select and time ----------------------------------------------------------

static void
show_select(void)
{
    struct leat_timer *ticker = leat_new_ticker(5 * LEAT_MILLISECOND);
    struct leat_timer *limit = leat_new_timer(10 * LEAT_SECOND);
    leat_chan(int) log = leat_make_chan(int, 2);
    int ticks = 0, dropped = 0;
    bool late = false;

    while (ticks < 3 && !late) {
        switch (leat_select(leat_case_recv(leat_timer_chan(ticker), NULL),
            leat_case_recv(leat_timer_chan(limit), NULL))) {
        case 0:
            ticks++;
            break;
        case 1:
            late = true;
            break;
        }
        if (leat_select(leat_case_send(log, ticks), leat_default) == 1)
            dropped++;
    }
    printf("select: %d ticks, %ld in the log, %d dropped\n", ticks,
        (long)leat_len(log), dropped);
    leat_free(log);
    leat_timer_free(limit);
    leat_timer_free(ticker);
}

// Deadlines and cancellation -----------------------------------------------

static void
patient(leat_chan(int) never, leat_chan(int) result)
{
    int n;
    leat_send(result, leat_recv_until(never, &n, LEAT_FOREVER));
}

static void
show_context(void)
{
    leat_chan(int) never = leat_make_chan(int);
    leat_chan(int) result = leat_make_chan(int);
    struct leat_context *ctx = leat_with_cancel(NULL);
    int n;

    int err = leat_recv_until(never, &n, leat_deadline(LEAT_MILLISECOND));
    printf("deadline: %s\n", leat_strerror(err));

    leat_set_context(ctx); // what is started from here on inherits it
    leat_go(patient, never, result);
    leat_set_context(NULL);
    leat_context_cancel(ctx, 0);
    printf("context: %s\n", leat_strerror(leat_recv(result)));

    leat_context_release(ctx);
    leat_free(result);
    leat_free(never);
}

// Shared memory ------------------------------------------------------------

struct account {
    struct leat_mutex lock;
    long balance;
};

static void
deposit(void *arg)
{
    struct account *a = arg;
    for (int i = 0; i < 1000; i++) {
        leat_mutex_lock(&a->lock);
        a->balance++;
        leat_mutex_unlock(&a->lock);
    }
}

static void
show_sync(void)
{
    struct account a = LEAT_ZERO;
    struct leat_waitgroup wg = LEAT_ZERO;

    for (int i = 0; i < 8; i++)
        leat_waitgroup_go(&wg, deposit, &a);
    leat_waitgroup_wait(&wg);
    printf("sync: 8 goroutines paid in %ld\n", a.balance);
}

// Panic, defer, recover ----------------------------------------------------

static void
say(void *text)
{
    printf("defer: %s\n", (const char *)text);
}

static int
divide(int a, int b)
{
    leat_defer(say, "divide is left");
    if (b == 0)
        leat_panic("%d divided by zero", a);
    return a / b;
}

static bool
try_divide(int a, int b, struct leat_caught *caught)
{
    leat_try {
        leat_catch(caught);
        printf("%d / %d = %d\n", a, b, divide(a, b));
    }
    return caught->kind == 0;
}

static void
show_panic(void)
{
    struct leat_caught caught = LEAT_ZERO;
    try_divide(6, 3, &caught);
    if (!try_divide(1, 0, &caught))
        printf("recovered: %s\n", caught.text);
}

// Blocking calls and descriptors -------------------------------------------

static void
ring(int fd)
{
    if (write(fd, "ding", 4) != 4)
        leat_panic("write to a pipe failed");
}

static void
show_descriptors(void)
{
    char text[8] = "";
    int pipe_fds[2];
    if (pipe(pipe_fds) != 0)
        leat_panic("no pipe");

    leat_go(ring, pipe_fds[1]);
    int ready = leat_wait_fd(pipe_fds[0], LEAT_READ, LEAT_FOREVER);
    if (ready == LEAT_READ && read(pipe_fds[0], text, 4) == 4)
        printf("descriptor: %s\n", text);
    leat_close_fd(pipe_fds[0]);
    leat_close_fd(pipe_fds[1]);
}

static void
show_words(leat_str text)
{
    leat_map(leat_str, int) count = leat_make_map(leat_str, int);
    leat_strs words = leat_str_fields(text);
    leat_slice_range (i, word, words)
        *leat_map_at(count, word) += 1; // added with 0 the first time

    // A map has no order.
    leat_strs keys = leat_map_keys(leat_strs, count);
    leat_slice_sort(keys);
    leat_slice_range (i, key, keys)
        printf("%.*s: %d\n", LEAT_STR_ARG(key), leat_map_get(count, key));

    leat_slice_free(keys);
    leat_slice_free(words);
    leat_map_free(count);
}

int
leat_main(int argc, char **argv)
{
    (void)argc, (void)argv;
    show_workers();
    show_select();
    show_context();
    show_sync();
    show_panic();
    show_descriptors();
    show_words(LEAT_STR("the leat and the mill"));
    return 0;
}
