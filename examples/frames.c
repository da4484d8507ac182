// SPDX-License-Identifier: MIT
// frames.c: messages in arrays of fixed size, as they come over a wire: views
// of arrays with bounds, text in and out, and a length that lies.
//
// A frame is "MILL", a version, two bytes of length, the text, and a byte
// that makes the sum of all zero.
#include <leat.h>

#include <stdio.h>
#include <string.h>

enum { VERSION_AT = 4, LENGTH_AT = 5, TEXT_AT = 7, FRAME_MAX = 32 };

struct frame {
    unsigned char bytes[FRAME_MAX];
};

// The sum of n bytes: the whole range is checked before, by the view.
static unsigned char
sum_of(leat_bytes s)
{
    unsigned char sum = 0;
    for (int64_t i = 0; i < s.len; i++)
        sum = (unsigned char)(sum + leat_at_unchecked(s, i));
    return sum;
}

// Writes the text; LEAT_EINVAL when it does not fit. The view of what is to be
// filled is empty and its capacity ends before the last byte: what would go
// further is put into a new array instead, and the frame is as it was.
static int
encode(struct frame *f, leat_str text)
{
    leat_bytes body = leat_array_sub_max(
        leat_bytes, f->bytes, TEXT_AT, TEXT_AT, FRAME_MAX - 1);
    body = leat_append_str(body, text);
    if (body.ptr != f->bytes + TEXT_AT) {
        leat_slice_free(body);
        return LEAT_EINVAL;
    }
    leat_copy_str(leat_array_sub(leat_bytes, f->bytes, 0, VERSION_AT),
        LEAT_STR("MILL"));
    leat_array_at(f->bytes, VERSION_AT) = 1; // costs nothing: a constant
    leat_array_at(f->bytes, LENGTH_AT) = (unsigned char)(text.len >> 8);
    leat_array_at(f->bytes, LENGTH_AT + 1) = (unsigned char)text.len;
    int64_t end = TEXT_AT + text.len;
    leat_array_at(f->bytes, end) = (unsigned char)-sum_of(
        leat_array_sub(leat_bytes, f->bytes, 0, end));
    return 0;
}

// The text of a frame, as a view of it: nothing is copied. Panics when the
// length leads out of the frame.
static leat_str
decode(struct frame *f)
{
    leat_bytes all = leat_slice_array(leat_bytes, f->bytes);
    unsigned char(*magic)[VERSION_AT] = leat_slice_to_array(all, VERSION_AT);
    if (memcmp(*magic, "MILL", sizeof *magic) != 0)
        return LEAT_STR("");
    int length = leat_at(all, LENGTH_AT) << 8 | leat_at(all, LENGTH_AT + 1);
    leat_bytes text = leat_sub(all, TEXT_AT, TEXT_AT + length);
    if (sum_of(leat_sub_to(all, TEXT_AT + length + 1)) != 0)
        return LEAT_STR("");
    return leat_str_view(text.ptr, text.len);
}

// What is kept beyond the frame is a copy; and who wants to change a text
// takes it as bytes.
static leat_str
in_capitals(leat_str text)
{
    leat_bytes bytes = leat_str_to_bytes(text);
    leat_slice_range (i, c, bytes)
        if (c >= 'a' && c <= 'z')
            leat_at(bytes, i) = (unsigned char)(c - 'a' + 'A');
    leat_str changed = leat_str_from_bytes(bytes);
    leat_slice_free(bytes);
    return changed;
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct frame f = {{0}};
    struct leat_caught caught = {.kind = 0};
    printf("sent: %s\n", leat_strerror(encode(&f, LEAT_STR("grind corn"))));
    leat_str text = decode(&f);
    leat_str shout = in_capitals(text);
    printf("sent: %s\n", leat_strerror(encode(&f,
        LEAT_STR("far more corn than any frame has room for"))));
    printf("got: %.*s, kept: %s\n", LEAT_STR_ARG(text), shout.ptr);

    leat_array_at(f.bytes, TEXT_AT) = 'G'; // and the sum is wrong
    printf("damaged: %lld bytes\n", (long long)decode(&f).len);

    leat_array_at(f.bytes, LENGTH_AT) = 1; // 256 more than there are
    leat_try {
        leat_catch(&caught);
        text = decode(&f);
    }
    printf("forged: %s\n", caught.text);
    leat_str_free(shout);
    return 0;
}
