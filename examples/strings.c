// SPDX-License-Identifier: MIT
// strings.c: strings that know their length: parts without copies, runes,
// and a builder.
#include <leat.h>

#include <stdio.h>

// Whatever the value is, the message is one line and shows where it ends.
static void
complain(leat_str name, leat_str value, int error)
{
    leat_str quoted = leat_str_quote(value);
    printf("%.*s has no number, but %s: %s\n", LEAT_STR_ARG(name), quoted.ptr,
        leat_strerror(error));
    leat_str_free(quoted);
}

static void
show_switch(leat_str name, bool on)
{
    leat_str text = leat_str_from_bool(on);
    printf("%.*s is %s\n", LEAT_STR_ARG(name), text.ptr);
    leat_str_free(text);
}

// Reads `name = number, ...` and prints it. Nothing here is copied.
static void
show_parts(leat_str line)
{
    leat_strs items = leat_str_split(line, LEAT_STR(","));
    leat_slice_range (i, item, items) {
        leat_str name, value;
        int64_t number;
        bool on;
        leat_str_cut(item, LEAT_STR("="), &name, &value);
        name = leat_str_trim_space(name);
        value = leat_str_trim_space(value);
        int error = leat_str_parse_int(value, 0, 64, &number);
        if (error == 0)
            printf("%.*s is %lld\n", LEAT_STR_ARG(name), (long long)number);
        else if (leat_str_parse_bool(value, &on) == 0)
            show_switch(name, on);
        else
            complain(name, value, error);
    }
    leat_slice_free(items);
}

// Bytes are not letters; what is not UTF-8 does no harm.
static void
show_runes(leat_str text)
{
    printf("%lld bytes, %lld runes:", (long long)text.len,
        (long long)leat_str_rune_count(text));
    leat_str_range (i, r, text)
        printf(" %lld:U+%04X", (long long)i, (unsigned)r);
    printf("\n");
}

static void
show_builder(void)
{
    struct leat_builder b = {0};
    leat_builder_str(&b, LEAT_STR("0.1 + 0.2 = "));
    leat_builder_float(&b, 0.1 + 0.2, 'g', -1, 64);
    leat_builder_str(&b, LEAT_STR(", to the bit "));
    leat_builder_float(&b, 0.1 + 0.2, 'x', -1, 64);
    leat_builder_printf(&b, ", and %d in hex is ", 48879);
    leat_builder_uint(&b, 48879, 16);
    leat_builder_rune(&b, 0x2713);
    leat_builder_quote(&b, LEAT_STR("tab:\t"));
    leat_str s = leat_builder_finish(&b); // takes the memory over
    puts(s.ptr);                          // a new string ends in a NUL
    leat_str shout = leat_str_replace(s, LEAT_STR("beef"), LEAT_STR("BEEF"), 1);
    puts(shout.ptr);
    leat_str_free(shout);
    leat_str_free(s);
}

// What was written by leat_str_quote, or stands in a program, is read back.
static void
show_literals(void)
{
    leat_str lines, ascii = leat_str_quote_ascii(LEAT_STR("m\u00fchle\n"));
    leat_str rune = leat_rune_quote('\'');
    printf("in ASCII %s, a quote %s\n", ascii.ptr, rune.ptr);
    if (leat_str_unquote(ascii, &lines) == 0)
        printf("read back: %s", lines.ptr);
    leat_str_free(lines);
    if (leat_str_unquote(LEAT_STR("\"no end"), &lines) != 0)
        printf("no literal\n");
    leat_str_free(rune);
    leat_str_free(ascii);
}

// For people: how long something took, or is late, to the tenth of a second.
static void
show_durations(int64_t ns)
{
    leat_str near = leat_str_from_duration(
        leat_duration_round(leat_duration_abs(ns), 100 * LEAT_MILLISECOND));
    leat_str whole =
        leat_str_from_duration(leat_duration_truncate(ns, LEAT_SECOND));
    printf("about %s, in whole seconds %s\n", near.ptr, whole.ptr);
    leat_str_free(near);
    leat_str_free(whole);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_parts(
        LEAT_STR("width = 80, height=0x18 , lit = T, depth = ?\x07\xFF"));
    show_runes(LEAT_STR("gr\xC3\xBC\xC3\x9F" "e \xFF!"));
    show_builder();
    show_literals();
    show_durations(-83456 * LEAT_MILLISECOND);
    return 0;
}
