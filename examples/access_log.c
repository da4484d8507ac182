// SPDX-License-Identifier: MIT
// access_log.c: a web server's log is read: lines are taken apart by finding,
// cutting and trimming. All of it are views of the log; what is to outlive
// that is cloned.
#include <leat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char log_text[] =
    "www.mill.example ada \"GET /wheel.html?speed=3 HTTP/1.1\" 200 000326\r\n"
    "mill.example - \"GET /img/../../etc/passwd HTTP/1.1\" 403 000000\r\n"
    "www.mill.example bob \"POST /order%20form HTTP/1.1\" 500 000089\r\n"
    "mill.example eve \"GET /price-list.html#flour HTTP/1.1\" 200 104020\r\n"
    "cut off in the mid";

struct visit {
    leat_str host, user, method, path, query, status, bytes;
};

static bool
is_digit(int32_t r)
{
    return r >= '0' && r <= '9';
}

static bool
is_no_letter(int32_t r)
{
    return !((r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z'));
}

// The path and what is behind it: a query, or a fragment.
static void
read_target(struct visit *v, leat_str target)
{
    int64_t at = leat_str_index_any(target, LEAT_STR("?#"));
    v->path = at < 0 ? target : leat_str_sub_to(target, at);
    v->query = at < 0 ? LEAT_STR("") : leat_str_sub_from(target, at + 1);
}

// False for a line that is not whole.
static bool
read_line(struct visit *v, leat_str line)
{
    int64_t from = leat_str_index_byte(line, '"');
    int64_t to = leat_str_last_index_byte(line, '"');
    if (from < 0 || to == from)
        return false;
    leat_str request = leat_str_sub(line, from + 1, to);
    leat_str rest = leat_str_sub_from(line, to + 1);
    if (!leat_str_cut_suffix(request, LEAT_STR(" HTTP/1.1"), &request) ||
        !leat_str_cut(request, LEAT_STR(" "), &v->method, &request))
        return false;
    read_target(v, request);
    leat_str_cut(leat_str_sub_to(line, from), LEAT_STR(" "), &v->host,
        &v->user);
    v->host = leat_str_trim_prefix(v->host, LEAT_STR("www."));
    v->user = leat_str_trim_right(v->user, LEAT_STR(" "));
    v->status = leat_str_sub_from(rest, leat_str_index_func(rest, is_digit));
    leat_str_cut(v->status, LEAT_STR(" "), &v->status, &v->bytes);
    v->bytes = leat_str_trim_left(v->bytes, LEAT_STR("0"));
    return true;
}

static const char *
judge(const struct visit *v)
{
    if (leat_str_index(v->path, LEAT_STR("/../")) >= 0)
        return "leads out of the site";
    if (leat_str_contains_rune(v->path, '%') ||
        leat_str_contains_any(v->path, LEAT_STR("<>\"'")))
        return "is escaped";
    return leat_str_has_suffix(v->path, LEAT_STR(".html")) ? "is a page"
                                                           : "is something";
}

static void
print_visit(const struct visit *v)
{
    leat_str name;
    leat_str user =
        leat_str_equal(v->user, LEAT_STR("-")) ? LEAT_STR("nobody") : v->user;
    printf("%.*s at %.*s: %.*s %s", LEAT_STR_ARG(user), LEAT_STR_ARG(v->host),
        LEAT_STR_ARG(v->path), judge(v));
    if (leat_str_cut_prefix(v->query, LEAT_STR("speed="), &name))
        printf(", speed %.*s", LEAT_STR_ARG(name));
    if (v->bytes.len > 0)
        printf(", %.*s bytes", LEAT_STR_ARG(v->bytes));
    printf("\n");
}

// The words of a path's last part: /price-list.html has three.
static void
print_words(leat_str path)
{
    int64_t slash = leat_str_last_index(path, LEAT_STR("/"));
    leat_strs words =
        leat_str_fields_func(leat_str_sub_from(path, slash + 1), is_no_letter);
    printf("words:");
    leat_slice_range (i, word, words)
        printf(" %.*s", LEAT_STR_ARG(word));
    printf(", with dashes: %s\n",
        leat_str_index_rune(path, '-') >= 0 ? "yes" : "no");
    leat_slice_free(words);
}

// Reads the log, whose memory is the caller's. The path that sorts last is
// returned as a new string: it is needed longer than the log.
static leat_str
read_log(leat_str text)
{
    leat_str last = {0};
    int64_t position = 0;
    // Each part keeps its end, so that their lengths add up to the whole.
    leat_strs lines = leat_str_split_after(text, LEAT_STR("\n"));
    leat_slice_range (i, line, lines) {
        struct visit v;
        int64_t begin = position;
        position += line.len;
        if (!read_line(&v, leat_str_trim_right(line, LEAT_STR("\r\n")))) {
            leat_str word = leat_str_trim_func(line, is_no_letter);
            printf("byte %lld: no request: %.*s\n", (long long)begin,
                LEAT_STR_ARG(word));
            continue;
        }
        print_visit(&v);
        if (leat_str_compare(v.path, last) > 0) {
            leat_str_free(last);
            last = leat_str_clone(v.path);
        }
    }
    leat_slice_free(lines);
    return last;
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    char *buffer = strdup(log_text);
    leat_str last = read_log(leat_str_from_c(buffer));
    free(buffer);
    printf("last: %s\n", last.ptr); // a new string ends in a NUL
    print_words(last);
    leat_str_free(last);
    return 0;
}
