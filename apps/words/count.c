// SPDX-License-Identifier: MIT
// count.c: a reader: takes files, finds their words, counts them.
//
// The idea: 64 bytes at a time become 64 bits that say which are letters;
// words then begin and end where neighbouring bits differ, and only those
// places cost a step. A file is read in blocks; a word cut by the end of a
// block moves to the front and is joined by the next one, and a word longer
// than the buffer makes it grow.
//
// A file is binary when its first 8 KiB hold a zero byte, which is what git
// and grep go by. Zero bytes further on separate words as any other.
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    COUNT_BLOCK = 64, // bytes looked at in one go
    // Bytes read at once: it has to stay in the second-level cache. Tried
    // on 900 MB: 64 KiB to 512 KiB are equal, 4 MiB is 10% slower.
    COUNT_BUFFER = 256 << 10,
    COUNT_BINARY = 8 << 10 // bytes looked through for a zero
};

_Static_assert((int)COUNT_BLOCK >= TABLE_READS, "room behind a last word");

struct reader {
    struct job *job;
    struct tally *tally;
    char *buf; // room bytes and COUNT_BLOCK more
    size_t room;
};

// One bit for each of eight bytes: whether it is an ASCII letter.
static inline uint64_t
letter_bits(const char *p)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t x;
    memcpy(&x, p, sizeof x);
    uint64_t low = (x | 0x20 * ones) & ~tops;
    // The top bit of each byte: at least 'a', but not beyond 'z'.
    uint64_t from_a = low + (0x80 - 'a') * ones;
    uint64_t past_z = low + (0x80 - 'z' - 1) * ones;
    uint64_t letter = from_a & ~past_z & ~x & tops;
    // Gathers the eight top bits, the first byte's lowest.
    return ((letter >> 7) * 0x0102040810204080u) >> 56;
}

static inline uint64_t
block_bits(const char *p)
{
    uint64_t bits = 0;
    for (int i = 0; i < COUNT_BLOCK / 8; i++)
        bits |= letter_bits(p + 8 * i) << (8 * i);
    return bits;
}

// Counts the words between p and end. A word that reaches end may go on
// behind it: its start is returned, or end if there is none. NULL when out
// of memory.
static const char *
count_span(struct tally *t, const char *p, const char *end)
{
    const char *start = NULL;
    uint64_t before = 0;
    for (; p < end; p += COUNT_BLOCK) {
        uint64_t bits = block_bits(p);
        uint64_t edges = bits ^ (bits << 1 | before);
        before = bits >> 63;
        if (end - p < COUNT_BLOCK)
            edges &= (UINT64_C(1) << (end - p)) - 1;
        for (; edges != 0; edges &= edges - 1) {
            const char *at = p + __builtin_ctzll(edges);
            if (start == NULL) {
                start = at;
                continue;
            }
            if (!table_add(&t->table, start, (size_t)(at - start), 1))
                return NULL;
            t->words++;
            start = NULL;
        }
    }
    return start == NULL ? end : start;
}

// Reads behind the `have` bytes of buf until there are `want`, or the file
// ends. Returns all there is in buf, or an errno, negative. Not inlined, see
// walk.c: it touches errno.
static __attribute__((noinline)) ssize_t
read_block(struct reader *r, int fd, size_t have, size_t want, bool *at_end)
{
    while (have < want) {
        ssize_t n = read(fd, r->buf + have, want - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        have += (size_t)n;
        *at_end = n == 0;
        if (n == 0)
            break;
    }
    return (ssize_t)have;
}

// A word fills the buffer: makes it larger, keeping what is in it.
static bool
reader_grow(struct reader *r)
{
    size_t room = r->room == 0 ? COUNT_BUFFER : 2 * r->room;
    char *buf = realloc(r->buf, room + COUNT_BLOCK);
    if (buf == NULL)
        return false;
    r->buf = buf;
    r->room = room;
    return true;
}

// Counts what is in buf and moves a cut word to its front; returns how much
// of it there is, or -1 when out of memory.
static ssize_t
count_block(struct reader *r, size_t have, bool at_end)
{
    // At the end of the file a blank ends the last word.
    memset(r->buf + have, ' ', COUNT_BLOCK);
    const char *end = r->buf + have + (at_end ? 1 : 0);
    const char *rest = count_span(r->tally, r->buf, end);
    if (rest == NULL)
        return -1;
    size_t left = rest < r->buf + have ? (size_t)(r->buf + have - rest) : 0;
    memmove(r->buf, rest, left);
    if (left == r->room && !reader_grow(r))
        return -1;
    return (ssize_t)left;
}

// 0, an errno, or -1 for a binary file. The first bytes are read by
// themselves: a tree is often half full of binary files, and large ones.
static int
count_open_file(struct reader *r, int fd)
{
    bool at_end = false;
    ssize_t have = read_block(r, fd, 0, COUNT_BINARY, &at_end);
    if (have < 0)
        return (int)-have;
    if (memchr(r->buf, 0, (size_t)have) != NULL)
        return -1;
    ssize_t kept = 0;
    for (;;) {
        if (!at_end)
            have = read_block(r, fd, (size_t)have, r->room, &at_end);
        if (have < 0)
            return (int)-have;
        r->tally->bytes += have - kept;
        if ((kept = count_block(r, (size_t)have, at_end)) < 0)
            return ENOMEM;
        if (at_end)
            return 0;
        have = kept;
    }
}

// Opens what must be a plain file: a descriptor, or an errno, negative. Not
// inlined: it touches errno.
static __attribute__((noinline)) int
open_plain(const char *path, struct stat *st)
{
    // Not to hang on a pipe that has taken the file's place.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    int err = fstat(fd, st) != 0 ? errno : 0;
    if (err == 0 && !S_ISREG(st->st_mode))
        err = EINVAL;
    if (err == 0)
        return fd;
    close(fd);
    return -err;
}

static void
count_file(struct reader *r, char *path)
{
    struct tally *t = r->tally;
    struct stat st;
    int64_t bytes = t->bytes;
    int fd = open_plain(path, &st), err = -fd;
    // Another name of a file that was counted?
    bool again = fd >= 0 && st.st_nlink > 1 &&
        !seen_first(&r->job->files, st.st_dev, st.st_ino);
    if (fd >= 0) {
        err = again ? 0 : count_open_file(r, fd);
        close(fd);
    }
    if (again) {
        free(path);
        return;
    }
    atomic_fetch_add_explicit(
        &r->job->progress.files, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(
        &r->job->progress.bytes, t->bytes - bytes, memory_order_relaxed);
    if (err == 0) {
        t->files++;
        free(path);
    } else if (err < 0) {
        names_add(&t->binary, path, 0);
    } else {
        names_add(&t->failed, path, err);
    }
}

void
count_files(struct job *job)
{
    leat_set_name("reader");
    struct reader r = {.job = job, .tally = calloc(1, sizeof *r.tally)};
    if (r.tally == NULL || !reader_grow(&r))
        leat_panic("out of memory");
    struct batch batch;
    while (leat_recv_ok(job->paths, &batch))
        for (size_t i = 0; i < batch.len; i++)
            count_file(&r, batch.path[i]);
    free(r.buf);
    if (!table_settle(&r.tally->table))
        leat_panic("out of memory");
    leat_send(job->tallies, r.tally);
}
