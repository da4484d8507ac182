// SPDX-License-Identifier: MIT
// maps.c: maps: words counted, structs as keys, deleting while iterating, and
// one map for many goroutines.
#include <leat.h>

#include <stdio.h>

static void
count_words(leat_str text)
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

// A struct is a key by its fields; what is between them does not count.
struct square {
    char column;
    int row;
};
LEAT_MAP_KEY(square_key, struct square, column, row);

static void
set_up_board(void)
{
    leat_map(struct square, const char *) board =
        leat_make_map_key(square_key, const char *);
    leat_map_put(board, ((struct square){'e', 1}), "king");
    leat_map_put(board, ((struct square){'d', 1}), "queen");
    const char *piece;
    if (leat_map_get_ok(board, ((struct square){'e', 1}), &piece))
        printf("e1: %s\n", piece);
    if (!leat_map_get_ok(board, ((struct square){'e', 4}), &piece))
        printf("e4: empty\n");
    leat_map_free(board);
}

static void
sieve(int n)
{
    leat_map(int, bool) left = leat_make_map(int, bool, n);
    for (int i = 2; i <= n; i++)
        leat_map_put(left, i, true);
    leat_map_range (int, p, bool, there, left) {
        for (int i = 2 * p; there && i <= n; i += p)
            leat_map_delete(left, i); // those do not come any more
    }
    printf("primes up to %d: %lld\n", n, (long long)leat_map_len(left));
    leat_map_free(left);
}

typedef leat_syncmap(int, int) shared;

static void
visit(shared seen, leat_chan(int) first)
{
    int news = 0;
    for (int page = 0; page < 1000; page++)
        news += !leat_syncmap_load_or_store(seen, page, NULL, 1);
    leat_send(first, news);
}

static void
share(void)
{
    shared seen = leat_make_syncmap(int, int);
    leat_chan(int) first = leat_make_chan(int);
    for (int i = 0; i < 4; i++)
        leat_go(visit, seen, first);
    int total = 0;
    for (int i = 0; i < 4; i++)
        total += leat_recv(first);
    printf("pages seen first by somebody: %d\n", total);
    leat_free(first);
    leat_syncmap_free(seen);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    count_words(LEAT_STR("the leat brings the water to the mill"));
    set_up_board();
    sieve(100);
    share();
    return 0;
}
