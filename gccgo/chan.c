// SPDX-License-Identifier: MIT
// gccgo/chan.c: the channel statements of Go, by src/chan.
//
// Everything here translates: Go's channel is struct hchan itself, its select
// cases become struct leat_case.
#include "chan/chan_int.h"
#include "gccgo/abi.h"

#include <string.h>

enum { CHAN_CASES_ON_STACK = 8 }; // more come from the heap

// Making, len, cap, close ---------------------------------------------------

struct leat_chan *leat__go_makechan(const struct go_chan_type *t, go_int n)
    GO_NAME("runtime.makechan");
struct leat_chan *
leat__go_makechan(const struct go_chan_type *t, go_int n)
{
    struct leat_chan *c = leat_chan_make(t->elem->size, n, 0);
    ((struct hchan *)(void *)c)->elemtype = (void *)(uintptr_t)t->elem;
    return c;
}

struct leat_chan *leat__go_makechan64(
    const struct go_chan_type *t, int64_t n) GO_NAME("runtime.makechan64");
struct leat_chan *
leat__go_makechan64(const struct go_chan_type *t, int64_t n)
{
    return leat__go_makechan(t, n);
}

struct leat_chan *leat__go_reflect_makechan(
    const struct go_chan_type *t, go_int n) GO_NAME("reflect.makechan");
struct leat_chan *
leat__go_reflect_makechan(const struct go_chan_type *t, go_int n)
{
    return leat__go_makechan(t, n);
}

void leat__go_closechan(struct leat_chan *c) GO_NAME("runtime.closechan");
void
leat__go_closechan(struct leat_chan *c)
{
    leat_chan_close(c);
}

void leat__go_reflect_chanclose(struct leat_chan *c)
    GO_NAME("reflect.chanclose");
void
leat__go_reflect_chanclose(struct leat_chan *c)
{
    leat_chan_close(c);
}

go_int leat__go_reflect_chanlen(struct leat_chan *c)
    GO_NAME("reflect.chanlen");
go_int
leat__go_reflect_chanlen(struct leat_chan *c)
{
    return leat_chan_len(c);
}

go_int leat__go_reflectlite_chanlen(struct leat_chan *c)
    GO_NAME("internal_1reflectlite.chanlen");
go_int
leat__go_reflectlite_chanlen(struct leat_chan *c)
{
    return leat_chan_len(c);
}

go_int leat__go_reflect_chancap(struct leat_chan *c)
    GO_NAME("reflect.chancap");
go_int
leat__go_reflect_chancap(struct leat_chan *c)
{
    return leat_chan_cap(c);
}

// Send and receive ----------------------------------------------------------

void leat__go_chansend1(struct leat_chan *c, const void *elem)
    GO_NAME("runtime.chansend1");
void
leat__go_chansend1(struct leat_chan *c, const void *elem)
{
    leat_chan_send(c, elem);
}

void leat__go_chanrecv1(struct leat_chan *c, void *elem)
    GO_NAME("runtime.chanrecv1");
void
leat__go_chanrecv1(struct leat_chan *c, void *elem)
{
    leat_chan_recv(c, elem);
}

bool leat__go_chanrecv2(struct leat_chan *c, void *elem)
    GO_NAME("runtime.chanrecv2");
bool
leat__go_chanrecv2(struct leat_chan *c, void *elem)
{
    return leat_chan_recv(c, elem);
}

bool leat__go_selectnbsend(struct leat_chan *c, const void *elem)
    GO_NAME("runtime.selectnbsend");
bool
leat__go_selectnbsend(struct leat_chan *c, const void *elem)
{
    int err = leat_chan_send_until(c, elem, LEAT__TRY);
    if (err == LEAT_ECLOSED)
        leat__chan_misuse("send on closed channel");
    return err == 0;
}

struct go_bool_bool leat__go_selectnbrecv(void *elem, struct leat_chan *c)
    GO_NAME("runtime.selectnbrecv");
struct go_bool_bool
leat__go_selectnbrecv(void *elem, struct leat_chan *c)
{
    int err = leat_chan_recv_until(c, elem, LEAT__TRY);
    return (struct go_bool_bool){err != LEAT_EAGAIN, err == 0};
}

bool leat__go_reflect_chansend(struct leat_chan *c, const void *elem,
    bool no_wait) GO_NAME("reflect.chansend");
bool
leat__go_reflect_chansend(
    struct leat_chan *c, const void *elem, bool no_wait)
{
    if (no_wait)
        return leat__go_selectnbsend(c, elem);
    leat_chan_send(c, elem);
    return true;
}

struct go_bool_bool leat__go_reflect_chanrecv(struct leat_chan *c,
    bool no_wait, void *elem) GO_NAME("reflect.chanrecv");
struct go_bool_bool
leat__go_reflect_chanrecv(struct leat_chan *c, bool no_wait, void *elem)
{
    if (no_wait)
        return leat__go_selectnbrecv(elem, c);
    return (struct go_bool_bool){true, leat_chan_recv(c, elem)};
}

// Select --------------------------------------------------------------------

// gccgo's case: the sends come first, then the receives.
struct go_case {
    struct leat_chan *ch;
    void *elem;
};

static go_int
chan_select(const struct leat_case *cases, size_t n)
{
    int i = leat_select_cases(cases, n, 0, LEAT_FOREVER);
    LEAT_CHECK(i >= 0);
    return i;
}

static struct go_int_bool
chan_select_in(struct leat_case *out, const struct go_case *in, go_int sends,
    go_int n, bool block)
{
    bool ok = false;
    for (go_int i = 0; i < n; i++)
        out[i] = (struct leat_case){in[i].ch, in[i].elem,
            i < sends ? NULL : &ok,
            i < sends ? LEAT_CASE_SEND : LEAT_CASE_RECV, 0};
    if (!block)
        out[n] = (struct leat_case){.op = LEAT_CASE_DEFAULT};
    go_int i = chan_select(out, (size_t)n + !block);
    return (struct go_int_bool){i == n ? -1 : i, ok};
}

struct go_int_bool leat__go_selectgo(const struct go_case *cases,
    void *order, go_int sends, go_int receives, bool block)
    GO_NAME("runtime.selectgo");
struct go_int_bool
leat__go_selectgo(const struct go_case *cases, void *order, go_int sends,
    go_int receives, bool block)
{
    struct leat_case small[CHAN_CASES_ON_STACK + 1];
    go_int n = sends + receives;
    (void)order;
    if (n <= CHAN_CASES_ON_STACK)
        return chan_select_in(small, cases, sends, n, block);
    struct leat_case *large =
        leat__go_alloc((uintptr_t)(n + 1) * sizeof *large, false);
    return chan_select_in(large, cases, sends, n, block);
}

void leat__go_block(void) GO_NAME("runtime.block");
void
leat__go_block(void)
{
    leat_select_cases(NULL, 0, 0, LEAT_FOREVER);
}

// reflect.Select: the direction is reflect.SelectDir.
struct go_reflect_case {
    uintptr_t dir; // 1 send, 2 receive, 3 default
    const struct go_type *type;
    struct leat_chan *ch;
    void *elem;
};

struct go_int_bool leat__go_rselect(struct go_slice cases)
    GO_NAME("reflect.rselect");
struct go_int_bool
leat__go_rselect(struct go_slice cases)
{
    static const uint32_t ops[] = {
        0, LEAT_CASE_SEND, LEAT_CASE_RECV, LEAT_CASE_DEFAULT};
    const struct go_reflect_case *in = cases.ptr;
    struct leat_case *out = leat__go_alloc(
        (uintptr_t)(cases.len + 1) * sizeof *out, true);
    bool ok = false;
    for (go_int i = 0; i < cases.len; i++) {
        out[i].op = ops[in[i].dir];
        if (in[i].dir != 3) {
            out[i].ch = in[i].ch;
            out[i].elem = in[i].elem;
        }
        if (in[i].dir == 2)
            out[i].ok = &ok;
    }
    go_int i = chan_select(out, (size_t)cases.len);
    return (struct go_int_bool){i, ok};
}
