// SPDX-License-Identifier: MIT
// headers.c: a map whose keys are equal by a rule of one's own: the headers of
// an HTTP message, where Content-Length and content-length are the same. And
// maps where no memory is an error and not the end.
#include <leat.h>

#include <stdio.h>

struct field {
    leat_str name; // equal if only the case differs
};

static unsigned char
lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

// Equal keys have equal hashes, so the hash is that of the lower case: of one
// byte after the other, where each hash is the seed of the next.
static uint64_t
hash_field(const struct field *f, uint64_t seed)
{
    for (int64_t i = 0; i < f->name.len; i++) {
        unsigned char c = lower(leat_str_at(f->name, i));
        seed = leat_hash(&c, 1, seed);
    }
    return seed;
}

static bool
equal_fields(const struct field *a, const struct field *b)
{
    if (a->name.len != b->name.len)
        return false;
    for (int64_t i = 0; i < a->name.len; i++)
        if (lower(leat_str_at(a->name, i)) != lower(leat_str_at(b->name, i)))
            return false;
    return true;
}

LEAT_MAP_KEY_FUNC(field, struct field, hash_field, equal_fields);

struct value {
    leat_str text;
    int times; // how often the header was there
};
typedef leat_map(struct field, struct value) headers;

static headers
read_headers(leat_str message)
{
    headers all = leat_make_map_key(field, struct value);
    leat_strs lines = leat_str_split(message, LEAT_STR("\r\n"));
    leat_slice_range (i, line, lines) {
        struct field name;
        leat_str text;
        if (!leat_str_cut(line, LEAT_STR(":"), &name.name, &text))
            continue;
        // One look for the key, whether it is there or not.
        struct value *v = leat_map_at(all, name);
        v->text = leat_str_trim_space(text);
        v->times++;
    }
    leat_slice_free(lines);
    return all;
}

// A pointer to what is there, or NULL; nothing is added.
static void
print_header(headers all, leat_str name)
{
    struct value *v = leat_map_find(all, (struct field){name});
    if (v == NULL)
        printf("%.*s: none\n", LEAT_STR_ARG(name));
    else
        printf("%.*s: %.*s (%d times)\n", LEAT_STR_ARG(name),
            LEAT_STR_ARG(v->text), v->times);
}

// A cache goes on without what there is no memory for. Its size is given, so
// that it does not grow while it is in use.
static void
show_cache(void)
{
    leat_map(leat_str, int) sizes = leat_try_make_map(leat_str, int, 100);
    if (sizes == NULL) {
        printf("cache: none\n");
        return;
    }
    static const char *const pages[] = {"/", "/wheel", "/flour", "/wheel"};
    for (int i = 0; i < 4; i++) {
        leat_str page = leat_str_from_c(pages[i]);
        if (leat_map_try_put(sizes, page, 100 * (int)page.len) != 0)
            printf("cache: no memory for %s\n", pages[i]);
    }
    leat_slice(int) all = leat_map_values(leat_slice(int), sizes);
    leat_slice_sort(all); // a map has no order
    printf("cache: sizes");
    leat_slice_range (i, size, all)
        printf(" %d", size);
    printf("\n");
    leat_slice_free(all);
    leat_map_free(sizes);
}

static bool
same_text(const struct value *a, const struct value *b)
{
    return leat_str_equal(a->text, b->text);
}

// What a later message says counts; what it leaves out stays. Without memory
// for a map of its own there is no answer.
static void
show_update(headers all, leat_str message)
{
    headers later = read_headers(message);
    headers now = leat_try_make_map_key(field, struct value, 8);
    if (now != NULL) {
        leat_map_copy(now, all);
        leat_map_copy(now, later);
        print_header(now, LEAT_STR("host"));
        printf("update: %lld headers, %s\n", (long long)leat_map_len(now),
            leat_map_equal_func(
                struct field, struct value, all, now, same_text)
                ? "nothing new"
                : "something new");
    }
    leat_map_free(now);
    leat_map_free(later);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    headers all = read_headers(LEAT_STR("Host: mill.example\r\n"
                                        "Content-Length: 31\r\n"
                                        "Accept: text/html\r\n"
                                        "ACCEPT: text/plain\r\n\r\n"));
    print_header(all, LEAT_STR("host"));
    print_header(all, LEAT_STR("content-length"));
    print_header(all, LEAT_STR("Accept"));
    print_header(all, LEAT_STR("Cookie"));
    printf("headers: %lld\n", (long long)leat_map_len(all));
    show_update(all, LEAT_STR("HOST: old.mill.example\r\n\r\n"));
    leat_map_free(all);
    show_cache();
    return 0;
}
