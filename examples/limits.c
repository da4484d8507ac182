// SPDX-License-Identifier: MIT
// limits.c: how long things may take, from a file: durations are read as people
// write them, reckoned with in nanoseconds, and written again.
#include <leat.h>

#include <stdio.h>

static const char file[] =
    "limits of the mill, in Go's way\n"
    "connect 250ms\n"
    "read 1m30s\n"
    "idle 1.5h\n"
    "keep 36h\n"
    "poll 40us\n"
    "tick 1000\u03bcs\n" // a Greek mu; the sign for micro does as well
    "skew -.5s\n"
    "off 0\n"
    "retry 10\n" // of what?
    "grace 1d\n" // a day is not always as long
    "ever 9999999h\n";

typedef leat_map(leat_str, int64_t) limits;

// The title, and the rest as it is: positions in it are those of the file.
static limits
read_limits(leat_str text)
{
    limits all = leat_make_map(leat_str, int64_t);
    leat_strs parts = leat_str_split_after_n(text, LEAT_STR("\n"), 2);
    printf("%.*s", LEAT_STR_ARG(leat_at(parts, 0))); // with its end of line
    leat_strs lines = leat_str_split(
        leat_str_trim_space(leat_at(parts, 1)), LEAT_STR("\n"));
    leat_slice_range (i, line, lines) {
        leat_str name, value;
        int64_t ns;
        leat_str_cut(line, LEAT_STR(" "), &name, &value);
        if (leat_str_parse_duration(value, &ns) != 0) {
            printf("%.*s: %.*s is no duration\n", LEAT_STR_ARG(name),
                LEAT_STR_ARG(value));
            continue;
        }
        leat_str written = leat_str_from_duration(ns);
        printf("%.*s: %s\n", LEAT_STR_ARG(name), written.ptr);
        leat_str_free(written);
        leat_map_put(all, name, ns);
    }
    leat_slice_free(lines);
    leat_slice_free(parts);
    return all;
}

// Each wait is twice as long as the one before, up to a limit.
static void
show_backoff(int64_t first, int64_t limit)
{
    struct leat_builder b = {0};
    int64_t sum = 0;
    for (int64_t ns = first;; ns *= 2) {
        ns = ns < limit ? ns : limit;
        sum += ns;
        leat_builder_duration(&b, ns);
        leat_builder_byte(&b, ' ');
        if (ns == limit)
            break;
    }
    leat_builder_str(&b, LEAT_STR("are "));
    leat_builder_duration(&b, sum);
    printf("waits: %.*s\n", LEAT_STR_ARG(leat_builder_view(&b)));
    leat_builder_free(&b);
}

// It is nanoseconds that deadlines are made of.
static void
show_poll(int64_t poll)
{
    leat_chan(int) never = leat_make_chan(int);
    int64_t start = leat_now();
    int n, err = leat_recv_until(never, &n, leat_deadline(poll));
    printf("poll: %s, not too early: %s\n", leat_strerror(err),
        leat_now() - start >= poll ? "yes" : "no");
    leat_free(never);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    limits all = read_limits(leat_str_from_c(file));
    show_backoff(leat_map_get(all, LEAT_STR("connect")), 3 * LEAT_SECOND);
    show_poll(leat_map_get(all, LEAT_STR("poll")));
    leat_map_free(all);
    return 0;
}
