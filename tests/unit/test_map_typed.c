// SPDX-License-Identifier: MIT
// test_map_typed.c: leat/map.h: keys and values of all kinds through the
// macros.
#include "unit/test_map_util.h"

enum map_colour { MAP_RED, MAP_GREEN };
struct map_point {
    short x; // two bytes of padding behind
    int y;
};
LEAT_MAP_KEY(map_point_key, struct map_point, x, y);
struct map_name {
    leat_str first;
    const char *last;
    char code[4];
    double weight;
};
LEAT_MAP_KEY(map_name_key, struct map_name, first, last, code, weight);
struct map_big {
    char bytes[300];
};

// A key of one's own: numbers equal modulo 100.
struct map_mod {
    int k;
};
static uint64_t
map_hash_mod(const struct map_mod *key, uint64_t seed)
{
    int k = key->k % 100;
    return leat_hash(&k, sizeof k, seed);
}
static bool
map_equal_mod(const struct map_mod *a, const struct map_mod *b)
{
    return a->k % 100 == b->k % 100;
}
LEAT_MAP_KEY_FUNC(map_mod_key, struct map_mod, map_hash_mod, map_equal_mod);

static leat_map(leat_str, int)
map_pass_on(leat_map(leat_str, int) m)
{
    return m;
}

PLAIN_TEST(map_typed, put_get_delete_and_len)
{
    leat_map(leat_str, int) m = leat_make_map(leat_str, int);
    CHECK_EQ(leat_map_len(m), 0);
    leat_map_put(m, LEAT_STR("one"), 1);
    leat_map_put(map_pass_on(m), LEAT_STR("two"), 2);
    leat_map_put(m, LEAT_STR("one"), 11);
    int v = 7;
    CHECK_EQ(leat_map_len(m), 2);
    CHECK_EQ(leat_map_get(m, LEAT_STR("one")), 11);
    CHECK_EQ(leat_map_get(m, LEAT_STR("three")), 0);
    CHECK(leat_map_get_ok(m, LEAT_STR("two"), &v));
    CHECK_EQ(v, 2);
    CHECK(!leat_map_get_ok(m, LEAT_STR("three"), &v));
    CHECK_EQ(v, 0);
    CHECK(leat_map_get_ok(m, LEAT_STR("two"), NULL));
    CHECK(leat_map_find(m, LEAT_STR("three")) == NULL);
    *leat_map_at(m, LEAT_STR("two")) += 5;
    *leat_map_at(m, LEAT_STR("three")) += 3;
    CHECK_EQ(*leat_map_find(m, LEAT_STR("two")), 7);
    CHECK_EQ(leat_map_get(m, LEAT_STR("three")), 3);
    CHECK(leat_map_delete(m, LEAT_STR("one")));
    CHECK(!leat_map_delete(m, LEAT_STR("one")));
    CHECK_EQ(leat_map_len(m), 2);
    leat_map_clear(m);
    CHECK_EQ(leat_map_len(m), 0);
    leat_map_free(m);
}

// What a hint asks for is given or not, but the map is made, is empty, and
// works. (From some 2^40 on no machine has the memory; the last are too many
// for a table of any size.)
#define MAP_HINT(K, V, hint, key)                                              \
    do {                                                                       \
        leat_map(K, V) m_ = leat_make_map(K, V, hint);                         \
        CHECK_EQ(leat_map_len(m_), 0);                                         \
        CHECK(leat_map_at(m_, key) != NULL);                                   \
        CHECK(leat_map_find(m_, key) != NULL);                                 \
        CHECK_EQ(leat_map_len(m_), 1);                                         \
        leat_map_free(m_);                                                     \
        m_ = leat_try_make_map(K, V, hint);                                    \
        CHECK(m_ != NULL);                                                     \
        leat_map_free(m_);                                                     \
    } while (0)

PLAIN_TEST(map_typed, a_hint_is_only_a_hint)
{
    static const int64_t hints[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, 8, 9,
        (int64_t)1 << 20, (int64_t)1 << 40, (int64_t)1 << 50,
        (int64_t)1 << 62, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        MAP_HINT(uint8_t, uint8_t, hints[i], 3);
        MAP_HINT(int64_t, int64_t, hints[i], 3);
        MAP_HINT(leat_str, struct map_big, hints[i], LEAT_STR("three"));
    }
}

// n keys from an expression of i, in a map of its own.
#define MAP_TRY(K, key_of_i, n)                                                \
    do {                                                                       \
        leat_map(K, int) m_ = leat_make_map(K, int);                           \
        for (int i = 0; i < (n); i++)                                          \
            leat_map_put(m_, key_of_i, i);                                     \
        CHECK_EQ(leat_map_len(m_), n);                                         \
        for (int i = 0; i < (n); i++)                                          \
            CHECK_EQ(leat_map_get(m_, key_of_i), i);                           \
        int sum_ = 0;                                                          \
        leat_map_range (K, k_, int, v_, m_) {                                  \
            int i = v_;                                                        \
            __typeof__(K) want_ = key_of_i;                                    \
            CHECK(memcmp(&k_, &want_, sizeof k_) == 0);                        \
            sum_ += v_;                                                        \
        }                                                                      \
        CHECK_EQ(sum_, (n) * ((n)-1) / 2);                                     \
        for (int i = 0; i < (n); i += 2)                                       \
            CHECK(leat_map_delete(m_, key_of_i));                              \
        for (int i = 0; i < (n); i++)                                          \
            CHECK_EQ(leat_map_get_ok(m_, key_of_i, NULL), i % 2);              \
        leat_map_free(m_);                                                     \
    } while (0)

static char map_somewhere[1000];

PLAIN_TEST(map_typed, every_scalar_can_be_a_key)
{
    MAP_TRY(bool, i != 0, 2);
    MAP_TRY(char, (char)i, 100);
    MAP_TRY(signed char, (signed char)-i, 128);
    MAP_TRY(unsigned char, (unsigned char)i, 256);
    MAP_TRY(short, (short)(-i * 30), 1000);
    MAP_TRY(unsigned short, (unsigned short)(i * 60), 1000);
    MAP_TRY(int, -i, 1000);
    MAP_TRY(unsigned, (unsigned)i << 20, 1000);
    MAP_TRY(long, -i, 1000);
    MAP_TRY(unsigned long, (unsigned long)i << 50, 1000);
    MAP_TRY(long long, i, 1000);
    MAP_TRY(unsigned long long, i, 1000); // an int is converted
    MAP_TRY(int64_t, i, 1000);
    MAP_TRY(uint8_t, i, 200);
    MAP_TRY(float, (float)i / 4, 1000);
    MAP_TRY(double, i / 8.0, 1000);
    MAP_TRY(enum map_colour, (enum map_colour)i, 1000);
    MAP_TRY(void *, &map_somewhere[i], 1000);
    MAP_TRY(const void *, &map_somewhere[i], 1000);
    MAP_TRY(struct map_big *, (struct map_big *)&map_somewhere[i], 1000);
    MAP_TRY(__int128, (__int128)i << 100, 20);
}

PLAIN_TEST(map_typed, c_strings_are_keys_by_their_text)
{
    char texts[200][16];
    leat_map(const char *, int) m = leat_make_map(const char *, int);
    leat_map(char *, int) w = leat_make_map(char *, int);
    for (int i = 0; i < 200; i++) {
        snprintf(texts[i], sizeof texts[i], "k%d", i);
        leat_map_put(m, texts[i], i);
        leat_map_put(w, texts[i], i);
    }
    char again[16];
    for (int i = 0; i < 200; i++) {
        snprintf(again, sizeof again, "k%d", i);
        CHECK_EQ(leat_map_get(m, again), i);
        CHECK_EQ(leat_map_get(w, again), i);
    }
    CHECK_EQ(leat_map_get(m, "k77"), 77);
    CHECK(!leat_map_get_ok(m, "", NULL));
    leat_map_free(m);
    leat_map_free(w);
}

PLAIN_TEST(map_typed, padding_of_a_struct_key_does_not_count)
{
    leat_map(struct map_point, int) m = leat_make_map_key(map_point_key, int);
    for (int i = 0; i < 1000; i++) {
        struct map_point p, q;
        memset(&p, 0x55, sizeof p);
        memset(&q, 0xaa, sizeof q);
        p.x = q.x = (short)(i % 10);
        p.y = q.y = i / 10;
        leat_map_put(m, p, i);
        CHECK_EQ(leat_map_get(m, q), i);
        leat_map_put(m, q, i);
    }
    CHECK_EQ(leat_map_len(m), 1000);
    CHECK_EQ(leat_map_get(m, (struct map_point){3, 4}), 43);
    leat_map_free(m);
}

PLAIN_TEST(map_typed, fields_of_a_struct_key_are_compared_as_they_are)
{
    leat_map(struct map_name, int) m = leat_make_map_key(map_name_key, int);
    char ada[] = "ada", one[] = "lovelace", two[] = "lovelace";
    struct map_name a = {LEAT_STR("ada"), one, "abc", 0.0};
    struct map_name b = {leat_str_from_c(ada), two, "abc", -0.0};
    leat_map_put(m, a, 1);
    CHECK_EQ(leat_map_get(m, b), 1);
    b.code[2] = 'd';
    CHECK_EQ(leat_map_get(m, b), 0);
    // A NaN in it is equal to nothing.
    a.weight = NAN;
    leat_map_put(m, a, 2);
    leat_map_put(m, a, 3);
    CHECK_EQ(leat_map_len(m), 3);
    CHECK(!leat_map_get_ok(m, a, NULL));
    leat_map_free(m);
}

struct map_text {
    const char *text;
    double weight;
};
LEAT_MAP_KEY(map_text_key, struct map_text, text, weight);
struct map_pair {
    double x, y;
};
LEAT_MAP_KEY(map_pair_key, struct map_pair, x, y);

// Who owns the text of keys knows the pointer that was stored.
PLAIN_TEST(map_typed, text_of_the_key_stored_first_stays)
{
    char first[] = "apple", then[] = "apple";
    leat_str view = leat_str_from_c(then);
    leat_map(leat_str, int) s = leat_make_map(leat_str, int);
    leat_map(char *, int) c = leat_make_map(char *, int);
    leat_map(struct map_text, int) t = leat_make_map_key(map_text_key, int);
    leat_map_put(s, leat_str_from_c(first), 1);
    leat_map_put(c, first, 1);
    leat_map_put(t, ((struct map_text){first, 0.0}), 1);
    *leat_map_at(s, view) += 1;
    *leat_map_at(c, then) += 1;
    *leat_map_at(t, (struct map_text){then, -0.0}) += 1;
    leat_map_put(s, view, leat_map_get(s, view) + 1);
    leat_map_put(c, then, leat_map_get(c, then) + 1);
    CHECK_EQ(leat_map_try_put(s, view, leat_map_get(s, view) + 1), 0);
    memset(then, 'X', 5);
    CHECK_EQ(leat_map_get(s, LEAT_STR("apple")), 4);
    CHECK_EQ(leat_map_get(c, (char *)"apple"), 3);
    CHECK_EQ(leat_map_get(t, (struct map_text){"apple", 0.0}), 2);
    leat_map_range (leat_str, k, int, v, s)
        CHECK(k.ptr == first && v == 4);
    leat_map_range (char *, k, int, v, c)
        CHECK(k == first && v == 3);
    leat_map_range (struct map_text, k, int, v, t)
        CHECK(k.text == first && v == 2);
    leat_map_free(s);
    leat_map_free(c);
    leat_map_free(t);
}

PLAIN_TEST(map_typed, text_stays_in_a_map_that_grows)
{
    enum { N = 500 };
    char first[N][16], then[16];
    leat_map(leat_str, int) m = leat_make_map(leat_str, int);
    for (int i = 0; i < N; i++) {
        snprintf(first[i], sizeof first[i], "k%d", i);
        leat_map_put(m, leat_str_from_c(first[i]), i);
        for (int k = 0; k <= i; k++) {
            snprintf(then, sizeof then, "k%d", k);
            *leat_map_at(m, leat_str_from_c(then)) = k;
        }
    }
    memset(then, 'X', sizeof then);
    leat_map_range (leat_str, k, int, v, m)
        CHECK(k.ptr == first[v]);
    leat_map_free(m);
}

PLAIN_TEST(map_typed, zero_written_over_minus_zero_is_the_key)
{
    leat_map(double, int) d = leat_make_map(double, int);
    leat_map(struct map_pair, int) p = leat_make_map_key(map_pair_key, int);
    leat_map_put(d, 0.0, 1);
    leat_map_put(d, -0.0, 2);
    leat_map_put(p, ((struct map_pair){0.0, 1}), 1);
    leat_map_put(p, ((struct map_pair){-0.0, 1}), 2);
    CHECK_EQ(leat_map_len(d), 1);
    CHECK_EQ(leat_map_len(p), 1);
    leat_map_range (double, k, int, v, d)
        CHECK(signbit(k) && v == 2);
    leat_map_range (struct map_pair, k, int, v, p)
        CHECK(signbit(k.x) && v == 2);
    leat_map_free(d);
    leat_map_free(p);
}

// By the text alone, which is the owner's.
static uint64_t
map_hash_owned(const struct map_text *key, uint64_t seed)
{
    return leat_hash(key->text, strlen(key->text), seed) >> 3 | 1;
}
static bool
map_equal_owned(const struct map_text *a, const struct map_text *b)
{
    return strcmp(a->text, b->text) == 0;
}
LEAT_MAP_KEY_FUNC(
    map_owned_key, struct map_text, map_hash_owned, map_equal_owned);

static bool
map_gives_back(const struct map_text *k, const int *v)
{
    if (*v % 3 == 0)
        return false;
    char *text = (char *)(uintptr_t)k->text;
    memset(text, '?', strlen(text));
    free(text);
    return true;
}
static bool
map_gives_back_all(const struct map_text *k, const int *v)
{
    (void)v;
    free((char *)(uintptr_t)k->text);
    return true;
}

PLAIN_TEST(map_typed, delete_if_may_free_the_text_of_what_it_removes)
{
    enum { N = 3000 };
    for (int n = 1; n < N; n += n / 2 + 1) {
        leat_map(struct map_text, int) m =
            leat_make_map_key(map_owned_key, int);
        char text[16];
        for (int i = 0; i < n; i++) {
            snprintf(text, sizeof text, "%d", i);
            leat_map_put(m, ((struct map_text){strdup(text), 0}), i);
        }
        leat_map_delete_if(struct map_text, int, m, map_gives_back);
        CHECK_EQ(leat_map_len(m), (n + 2) / 3);
        leat__map_check(((struct hmap *)m)->extra->t, (struct hmap *)m);
        for (int i = 0; i < n; i++) {
            snprintf(text, sizeof text, "%d", i);
            CHECK_EQ(
                leat_map_get_ok(m, ((struct map_text){text, 0}), NULL),
                i % 3 == 0);
        }
        leat_map_delete_if(struct map_text, int, m, map_gives_back_all);
        CHECK_EQ(leat_map_len(m), 0);
        leat_map_free(m);
    }
}

static bool
map_is_third(const struct map_big *k, const struct map_big *v)
{
    return k->bytes[0] % 3 == 0 && v->bytes[0] == k->bytes[0];
}
static uint64_t
map_hash_big(const struct map_big *key, uint64_t seed)
{
    return leat_hash(key, sizeof *key, seed);
}
static bool
map_equal_big(const struct map_big *a, const struct map_big *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}
LEAT_MAP_KEY_FUNC(map_big_key, struct map_big, map_hash_big, map_equal_big);

PLAIN_TEST(map_typed, delete_if_gives_large_keys_and_values_back)
{
    leat_map(struct map_big, struct map_big) m =
        leat_make_map_key(map_big_key, struct map_big);
    struct map_big b;
    for (int i = 0; i < 120; i++) {
        memset(&b, i, sizeof b);
        leat_map_put(m, b, b);
    }
    leat_map_delete_if(struct map_big, struct map_big, m, map_is_third);
    CHECK_EQ(leat_map_len(m), 80);
    memset(&b, 1, sizeof b);
    CHECK_EQ(leat_map_get(m, b).bytes[299], 1);
    leat_map_free(m);
}

PLAIN_TEST(map_typed, null_is_a_string_key_of_its_own)
{
    leat_map(char *, int) m = leat_make_map(char *, int);
    leat_map(struct map_text, int) t = leat_make_map_key(map_text_key, int);
    char *none = NULL, empty[] = "";
    CHECK(!leat_map_get_ok(m, none, NULL));
    leat_map_put(m, none, 1);
    leat_map_put(m, empty, 2);
    leat_map_put(m, none, 3);
    CHECK_EQ(leat_map_len(m), 2);
    CHECK_EQ(leat_map_get(m, none), 3);
    CHECK_EQ(leat_map_get(m, empty), 2);
    CHECK(leat_map_delete(m, none));
    CHECK_EQ(leat_map_len(m), 1);
    leat_map_put(t, ((struct map_text){none, 1}), 1);
    leat_map_put(t, ((struct map_text){empty, 1}), 2);
    CHECK_EQ(leat_map_get(t, (struct map_text){none, 1}), 1);
    leat_map_free(m);
    leat_map_free(t);
}

PLAIN_TEST(map_typed, field_without_bytes_counts_for_nothing)
{
    uint64_t behind[] = {1, 2};
    CHECK_EQ(leat__key_hash_field(&behind[0], 0, LEAT__KEY_BYTES, 7),
        leat__key_hash_field(&behind[1], 0, LEAT__KEY_BYTES, 7));
    CHECK(leat__key_equal_field(&behind[0], &behind[1], 0, LEAT__KEY_BYTES));
}

PLAIN_TEST(map_typed, hash_and_equality_can_be_chosen)
{
    leat_map(struct map_mod, int) m = leat_make_map_key(map_mod_key, int, 50);
    for (int i = 0; i < 1000; i++)
        *leat_map_at(m, (struct map_mod){i}) += 1;
    CHECK_EQ(leat_map_len(m), 100);
    CHECK_EQ(leat_map_get(m, (struct map_mod){107}), 10);
    leat_map_free(m);
}

PLAIN_TEST(map_typed, floats_have_gos_rules)
{
    leat_map(float, int) f = leat_make_map(float, int);
    leat_map(double, int) d = leat_make_map(double, int);
    leat_map_put(f, 0.0f, 1);
    leat_map_put(f, -0.0f, 2);
    leat_map_put(d, 0.0, 1);
    leat_map_put(d, -0.0, 2);
    CHECK_EQ(leat_map_len(f), 1);
    CHECK_EQ(leat_map_get(d, 0), 2);
    for (int i = 0; i < 100; i++) {
        leat_map_put(f, NAN, i);
        leat_map_put(d, NAN, i);
    }
    CHECK_EQ(leat_map_len(f), 101);
    CHECK_EQ(leat_map_len(d), 101);
    CHECK(!leat_map_delete(d, NAN));
    leat_map_clear(d);
    CHECK_EQ(leat_map_len(d), 0);
    leat_map_free(f);
    leat_map_free(d);
}

PLAIN_TEST(map_typed, large_keys_and_values_are_kept_apart)
{
    leat_map(int, struct map_big) m = leat_make_map(int, struct map_big);
    struct map_big b;
    for (int i = 0; i < 300; i++) {
        memset(&b, i, sizeof b);
        leat_map_put(m, i, b);
    }
    struct map_big *one = leat_map_find(m, 1);
    CHECK(leat_map_find(m, 1) == one);
    int n = 0;
    leat_map_range (int, k, struct map_big, v, m) {
        CHECK_EQ(v.bytes[299], (char)k);
        n++;
    }
    CHECK_EQ(n, 300);
    CHECK_EQ(leat_map_get(m, 299).bytes[0], (char)299);
    CHECK_EQ(leat_map_get(m, 300).bytes[0], 0);
    leat_map_free(m);
}

PLAIN_TEST(map_typed, nil_map_reads_as_empty)
{
    leat_map(int, int) m = NULL;
    int n = 0;
    CHECK_EQ(leat_map_len(m), 0);
    CHECK_EQ(leat_map_get(m, 1), 0);
    CHECK(!leat_map_delete(m, 1));
    leat_map_range (int, k, int, v, m)
        n += k + v + 1;
    CHECK_EQ(n, 0);
    CHECK(leat_map_clone(m) == NULL);
    CHECK(leat_map_keys(test_ints, m).ptr == NULL);
    leat_map_clear(m);
    leat_map_free(m);
}

TEST(map_typed, writing_to_a_nil_map_panics)
{
    leat_map(int, int) i = NULL;
    leat_map(long, int) l = NULL;
    leat_map(leat_str, int) s = NULL;
    leat_map(double, int) d = NULL;
    const char *text = "assignment to entry in nil map";
    CHECK_PANICS(text, leat_map_put(i, 1, 1));
    CHECK_PANICS(text, leat_map_put(l, 1, 1));
    CHECK_PANICS(text, leat_map_put(s, LEAT_STR("a"), 1));
    CHECK_PANICS(text, leat_map_put(d, 1, 1));
    CHECK_PANICS(text, leat_map_at(i, 1));
    CHECK_PANICS(text, leat_map_try_put(d, 1, 1));
}

PLAIN_TEST(map_typed, range_stops_at_break_and_goes_on_at_continue)
{
    leat_map(int, int) m = leat_make_map(int, int);
    for (int i = 0; i < 100; i++)
        leat_map_put(m, i, i);
    int n = 0, odd = 0;
    leat_map_range (int, k, int, v, m) {
        if (++n == 10)
            break;
        CHECK_EQ(k, v);
    }
    CHECK_EQ(n, 10);
    leat_map_range (int, k, int, v, m) {
        if (v % 2 == 0)
            continue;
        odd += k % 2;
    }
    CHECK_EQ(odd, 50);
    leat_map_free(m);
}

static bool
map_is_odd(const int *k, const double *v)
{
    CHECK(*v == *k / 2.0);
    return *k % 2;
}

PLAIN_TEST(map_typed, functions_of_gos_package_maps)
{
    leat_map(int, double) m = leat_make_map(int, double);
    for (int i = 0; i < 100; i++)
        leat_map_put(m, i, i / 2.0);
    test_ints keys = leat_map_keys(test_ints, m);
    leat_slice(double) values = leat_map_values(leat_slice(double), m);
    CHECK_EQ(keys.len, 100);
    CHECK_EQ(values.len, 100);
    leat_slice_sort(keys);
    leat_slice_sort(values);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(leat_at(keys, i), i);
        CHECK(leat_at(values, i) == i / 2.0);
    }
    leat_slice_free(keys);
    leat_slice_free(values);
    leat_map(int, double) c = leat_map_clone(m);
    CHECK(leat_map_equal(int, double, m, c));
    leat_map_put(c, 5, 1.0);
    CHECK(!leat_map_equal(int, double, m, c));
    leat_map_put(c, 5, 2.5);
    CHECK(leat_map_equal(int, double, m, c));
    leat_map_delete(c, 5);
    leat_map_put(c, 500, 2.5);
    CHECK(!leat_map_equal(int, double, m, c));
    leat_map_delete_if(int, double, m, map_is_odd);
    CHECK_EQ(leat_map_len(m), 50);
    CHECK_EQ(leat_map_len(c), 100);
    leat_map_free(m);
    leat_map_free(c);
}

static int map_asked;

static bool
map_same_half(const double *a, const double *b)
{
    map_asked++;
    return (int)*a == (int)*b;
}

PLAIN_TEST(map_typed, copy_sets_what_the_other_has)
{
    leat_map(int, double) m = leat_make_map(int, double);
    leat_map(int, double) c = leat_make_map(int, double), none = NULL;
    for (int i = 0; i < 1000; i++)
        leat_map_put(m, i, i / 2.0);
    for (int i = 900; i < 1100; i++)
        leat_map_put(c, i, -1);
    leat_map_copy(c, m);
    CHECK_EQ(leat_map_len(c), 1100);
    for (int i = 0; i < 1100; i++)
        CHECK(leat_map_get(c, i) == (i < 1000 ? i / 2.0 : -1));
    CHECK_EQ(leat_map_len(m), 1000);
    leat_map_copy(c, none);
    leat_map_copy(c, c);
    leat_map_copy(none, none);
    CHECK_EQ(leat_map_len(c), 1100);
    leat_map_free(m);
    leat_map_free(c);
}

PLAIN_TEST(map_typed, copy_takes_keys_and_values_that_lie_elsewhere)
{
    leat_map(struct map_big, struct map_big) m =
        leat_make_map_key(map_big_key, struct map_big);
    leat_map(struct map_big, struct map_big) c =
        leat_try_make_map_key(map_big_key, struct map_big, 10);
    struct map_big v;
    memset(&v, 0, sizeof v);
    for (int i = 0; i < 50; i++) {
        v.bytes[0] = (char)i;
        leat_map_put(m, v, v);
    }
    leat_map_copy(c, m);
    leat_map_free(m);
    CHECK_EQ(leat_map_len(c), 50);
    for (int i = 0; i < 50; i++) {
        v.bytes[0] = (char)i;
        CHECK_EQ(memcmp(leat_map_find(c, v), &v, sizeof v), 0);
    }
    leat_map_free(c);
}

TEST(map_typed, copy_to_a_nil_map_panics)
{
    leat_map(int, int) m = leat_make_map(int, int), none = NULL;
    struct leat_caught caught = {.kind = 0};
    leat_map_copy(none, m); // nothing is assigned
    leat_map_put(m, 1, 2);
    leat_try {
        leat_catch(&caught);
        leat_map_copy(none, m);
    }
    CHECK_STR(caught.text, "assignment to entry in nil map");
    leat_map_free(m);
}

PLAIN_TEST(map_typed, a_function_says_which_values_are_equal)
{
    leat_map(int, double) m = leat_make_map(int, double);
    leat_map(int, double) c = leat_make_map(int, double), none = NULL;
    for (int i = 0; i < 100; i++) {
        leat_map_put(m, i, i + 0.25);
        leat_map_put(c, i, i + 0.5);
    }
    CHECK(!leat_map_equal(int, double, m, c));
    CHECK(leat_map_equal_func(int, double, m, c, map_same_half));
    CHECK_EQ(map_asked, 100);
    leat_map_put(c, 50, 3.0);
    CHECK(!leat_map_equal_func(int, double, m, c, map_same_half));
    leat_map_delete(c, 50);
    map_asked = 0;
    CHECK(!leat_map_equal_func(int, double, m, c, map_same_half));
    CHECK(!leat_map_equal_func(int, double, m, none, map_same_half));
    CHECK(leat_map_equal_func(int, double, none, none, map_same_half));
    CHECK_EQ(map_asked, 0);
    leat_map_free(m);
    leat_map_free(c);
}

PLAIN_TEST(map_typed, strings_as_values_are_compared_by_text)
{
    char a[] = "x", b[] = "x";
    leat_map(int, leat_str) m = leat_make_map(int, leat_str);
    leat_map(int, leat_str) c = leat_make_map(int, leat_str);
    leat_map_put(m, 1, leat_str_from_c(a));
    leat_map_put(c, 1, leat_str_from_c(b));
    CHECK(leat_map_equal(int, leat_str, m, c));
    b[0] = 'y';
    CHECK(!leat_map_equal(int, leat_str, m, c));
    leat_map_free(m);
    leat_map_free(c);
}

static int map_calls;
static leat_map(int, int)
map_once(leat_map(int, int) m)
{
    map_calls++;
    return m;
}
static int
map_number(int i)
{
    map_calls++;
    return i;
}

PLAIN_TEST(map_typed, operands_are_evaluated_once)
{
    leat_map(int, int) m = leat_make_map(int, int), none = NULL;
    int v;
    leat_map_put(map_once(m), map_number(1), map_number(2));
    CHECK_EQ(map_calls, 3);
    CHECK_EQ(leat_map_get(map_once(m), map_number(1)), 2);
    CHECK(leat_map_get_ok(map_once(m), map_number(1), &v));
    CHECK_EQ(*leat_map_at(map_once(m), map_number(1)), 2);
    CHECK_EQ(map_calls, 9);
    CHECK(leat_map_delete(map_once(m), map_number(1)));
    leat_map_range (int, k, int, w, map_once(m))
        CHECK(k + w == 0);
    CHECK_EQ(leat_map_len(map_once(m)), 0);
    CHECK(!leat_map_equal(int, int, map_once(m), none) || map_calls > 0);
    CHECK_EQ(map_calls, 14);
    leat_map_free(map_once(m));
    CHECK_EQ(map_calls, 15);
}

// The fast paths against the untyped map, in all its states.
PLAIN_TEST(map_typed, fast_paths_agree_with_the_untyped_map)
{
    leat_map(uint64_t, uint64_t) m = leat_make_map(uint64_t, uint64_t);
    leat_map(uint32_t, uint32_t) w = leat_make_map(uint32_t, uint32_t);
    struct leat__hiter it;
    for (uint64_t i = 0; i < 20000; i++) {
        leat_map_put(m, i * 64, i);
        leat_map_put(w, (uint32_t)i << 12, (uint32_t)i);
        uint64_t k = test_next(&(uint64_t){i}) % (i + 1);
        CHECK_EQ(leat_map_get(m, k * 64), k);
        CHECK_EQ(leat_map_get(w, (uint32_t)k << 12), k);
        CHECK(leat_map_find(m, i * 64 + 1) == NULL);
        if (i % 1000 != 0)
            continue;
        uint64_t n = 0;
        leat_map_range (uint64_t, key, uint64_t, v, m) {
            CHECK_EQ(key, v * 64);
            n += v;
        }
        CHECK_EQ(n, i * (i + 1) / 2);
        for (leat__map_begin((struct leat_map *)m, &it); it.key != NULL;
             leat__mapiternext(&it))
            n -= *(uint64_t *)it.elem;
        CHECK_EQ(n, 0);
    }
    leat__map_check(((struct hmap *)m)->extra->t, (struct hmap *)m);
    leat__map_check(((struct hmap *)w)->extra->t, (struct hmap *)w);
    leat_map_free(m);
    leat_map_free(w);
}

PLAIN_TEST(map_typed, fast_deleting_agrees_with_the_untyped_map)
{
    leat_map(uint64_t, uint64_t) m = leat_make_map(uint64_t, uint64_t);
    struct hmap *h = (struct hmap *)m;
    const struct leat__maptype *t = h->extra->t;
    enum { N = 6000 }; // chains of more than one bucket among them
    CHECK(!leat_map_delete(m, 1));
    for (uint64_t i = 0; i < N; i++)
        leat_map_put(m, i, i + 1);
    for (uint64_t i = 0; i < N; i += 2) {
        CHECK(leat_map_delete(m, i));
        CHECK(!leat_map_delete(m, i));
        CHECK(leat__mapaccess2(t, h, &i) == NULL);
    }
    CHECK_EQ(leat_map_len(m), N / 2);
    leat__map_check(t, h);
    for (uint64_t i = 1; i < N; i += 2)
        CHECK(leat_map_delete(m, i));
    CHECK_EQ(leat_map_len(m), 0);
    leat__map_check(t, h);
    leat_map_free(m);
}

// Concurrent use, in the paths that stand in the program ------------------

// Of 1 entry, as another goroutine in the middle of a write leaves it.
static leat_map(uint64_t, uint64_t)
map_typed_being_written(void)
{
    leat_map(uint64_t, uint64_t) m = leat_make_map(uint64_t, uint64_t);
    leat_map_put(m, 1, 1);
    ((struct hmap *)m)->flags |= hashWriting;
    return m;
}

#define MAP_TYPED_ENDS(text)                                                   \
    .exit_status = 2, .stderr_has = {"fatal error: concurrent map " text "\n",  \
        "test_map_typed.c:"}

TEST_WITH(map_typed, a_put_during_a_write_is_fatal, MAP_TYPED_ENDS("writes"))
{
    leat_map_put(map_typed_being_written(), 1, 2);
}

TEST_WITH(map_typed, a_new_key_during_a_write_is_fatal,
    MAP_TYPED_ENDS("writes"))
{
    leat_map_put(map_typed_being_written(), 2, 2);
}

TEST_WITH(map_typed, a_deletion_during_a_write_is_fatal,
    MAP_TYPED_ENDS("writes"))
{
    leat_map_delete(map_typed_being_written(), 1);
}

TEST_WITH(map_typed, deleting_what_is_not_there_during_a_write_is_fatal,
    MAP_TYPED_ENDS("writes"))
{
    leat_map_delete(map_typed_being_written(), 2);
}

TEST_WITH(map_typed, a_get_during_a_write_is_fatal,
    MAP_TYPED_ENDS("read and map write"))
{
    CHECK_EQ(leat_map_get(map_typed_being_written(), 1), 1);
}

static leat_map(int, int) map_written_to;
static bool
map_writes_meanwhile(const int *k, const int *v)
{
    for (int i = 0; i < 1000; i++)
        leat_map_put(map_written_to, i, *k + *v);
    return true;
}

TEST_WITH(map_typed, delete_if_of_a_function_that_writes_is_fatal,
    .exit_status = 2,
    .stderr_has = {"fatal error: concurrent map iteration and map write\n"})
{
    map_written_to = leat_make_map(int, int);
    leat_map_put(map_written_to, 1, 1);
    leat_map_delete_if(int, int, map_written_to, map_writes_meanwhile);
}

// Another write in the middle of this one, played by the entry: its slot is
// where the flags are.
TEST_WITH(map_typed, a_put_that_another_write_ended_is_fatal,
    MAP_TYPED_ENDS("writes"))
{
    leat_map(uint64_t, uint64_t) m = leat_make_map(uint64_t, uint64_t);
    struct hmap *h = (struct hmap *)m;
    leat_map_put(m, 1, 1);
    ((struct leat__bucket *)h->buckets)->tags = 0;
    h->flags &= (uint8_t)~hmapChecked;
    h->extra->slots = (char *)&h->flags;
    leat_map_put(m, (uint64_t)h->hash0 << 32 | h->flags, 1);
}

PLAIN_TEST(map_typed, layout_known_to_the_compiler_is_that_of_the_map)
{
#define MAP_LAYOUT(k, e)                                                       \
    do {                                                                       \
        struct leat__maptype t = {.key_size = k, .elem_size = e};              \
        leat__maptype_layout(&t);                                              \
        CHECK_EQ(t.slot_size, (uint32_t)LEAT__MAP_SLOT((size_t)k, (size_t)e)); \
        CHECK_EQ(t.elem_offset,                                                \
            (uint32_t)LEAT__MAP_OFFSET((size_t)k, (size_t)e));                 \
        CHECK_EQ(t.flags, LEAT__MAP_INDIRECT(k, e));                           \
    } while (0)
    for (int k = 1; k <= 140; k++) {
        for (int e = 0; e <= 140; e++)
            MAP_LAYOUT(k, e);
    }
}

// The text of a key is read before the map is marked as being written.
TEST_WITH(map_typed, a_key_that_faults_leaves_no_write_behind,
    .env = {"LEATDEBUG=profile=go"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_VALGRIND)
{
    leat_map(leat_str, int) m = leat_make_map(leat_str, int);
    struct leat_caught caught = {.value = NULL};
    leat_map_put(m, LEAT_STR("a"), 1);
    leat_try {
        leat_catch(&caught);
        leat_map_put(m, ((leat_str){(const char *)8, 5}), 2);
    }
    CHECK(caught.kind != 0);
    leat_map_put(m, LEAT_STR("b"), 3);
    CHECK_EQ(leat_map_len(m), 2);
    leat_map_free(m);
}
