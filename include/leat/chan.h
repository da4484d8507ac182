// SPDX-License-Identifier: MIT
// leat/chan.h: typed channels and select, with Go's semantics.
//
// leat_chan(T) is the type of a channel of T; nothing is declared first and
// it is the same type in every file. It is an opaque pointer: compare it,
// copy it, leave it NULL (a nil channel). A value of a wrong struct or
// pointer type does not compile. (A channel of another type assigned to a
// variable is what the compiler makes of two pointer types: in C a warning,
// unless with -Werror=incompatible-pointer-types. Only in the operands of a
// macro can it be made an error; an assignment stands in the program itself.)
// Values are copied in and out; the slot a value leaves is cleared. In C++ T
// is trivially copyable: of anything else, such as std::string, send a pointer.
//
// Every call works from a goroutine, which parks, and from a plain thread,
// which blocks. Misuse (closing twice, sending on a closed channel, using a
// nil channel) is fatal or panics as the profile says; the try forms report
// LEAT_ECLOSED instead.
#ifndef LEAT_CHAN_H
#define LEAT_CHAN_H

#include <leat/chan_impl.h>

// Nothing is ever called through this type: __typeof__ reads T back.
#define leat_chan(T) __typeof__(__typeof__(T) (**)(struct leat_chan *))
#define leat_elem(ch) __typeof__((*(ch))((struct leat_chan *)0))

// Limits of Go's makechan.
enum { LEAT_ELEM_MAX = (64 << 10) - 1 }; // bytes of one element

// leat_make_chan(T) makes an unbuffered channel of T, leat_make_chan(T, n)
// one with room for n values. T is any object type up to LEAT_ELEM_MAX
// bytes, also one of size zero. A negative or too large n panics with
// "makechan: size out of range"; being out of memory is fatal.
// leat_try_make_chan returns NULL in both cases. The caller owns the
// channel: leat_free. Does not park.
#define leat_make_chan(T, ...)                                                \
    leat__make_chan(T, 0 __VA_OPT__(+ (__VA_ARGS__)), 0)
#define leat_try_make_chan(T, ...)                                            \
    leat__make_chan(T, 0 __VA_OPT__(+ (__VA_ARGS__)), 1)

// leat_send(ch, v) sends v, parking until there is room or a receiver.
#define leat_send(ch, ...) leat__send(ch, __COUNTER__, __VA_ARGS__)

// leat_recv(ch) is the next value, or a zero value when ch is closed and
// drained. Parks until there is one or the other.
#define leat_recv(ch) leat__recv(ch, __COUNTER__)

// leat_recv_ok(ch, &v) stores the next value and is true, or clears v and
// is false when ch is closed and drained: `while (leat_recv_ok(ch, &v))`
// ranges over the channel. The pointer may be NULL to drop the value.
#define leat_recv_ok(ch, ptr) leat__recv_ok(ch, ptr, __COUNTER__)

// leat_range(T, v, ch) { ... } runs its body for every value until ch is
// closed and drained, as Go's `for v := range ch`.
#define leat_range(T, v, ch) leat__range(T, v, ch, __COUNTER__)

// The forms that do not park: 0, or LEAT_EAGAIN when the operation would
// have to wait, or LEAT_ECLOSED when ch is closed (for a receive: and
// drained; the value is then cleared). A nil channel is never ready.
#define leat_try_send(ch, ...)                                                \
    leat__send_until(ch, LEAT__TRY, __COUNTER__, __VA_ARGS__)
#define leat_try_recv(ch, ptr) leat__recv_until(ch, ptr, LEAT__TRY, __COUNTER__)

// The forms with a deadline (see leat_now; LEAT_FOREVER for none): 0, or
// LEAT_ETIMEDOUT, or LEAT_ECLOSED as above, or LEAT_ECANCELED when the
// goroutine's context ends first. A deadline that has passed still takes
// what is ready at once, and so does an ended context. A nil channel is never
// ready: on it they wait for the deadline, in both profiles. May park.
#define leat_send_until(ch, deadline, ...)                                    \
    leat__send_until(ch, deadline, __COUNTER__, __VA_ARGS__)
#define leat_recv_until(ch, ptr, deadline)                                    \
    leat__recv_until(ch, ptr, deadline, __COUNTER__)

// Closes ch: receivers drain what is buffered and then get zero values.
#define leat_close(ch) leat_chan_close(LEAT__CHAN(ch))

// Values now in the buffer, and room in all; 0 for a nil channel.
#define leat_len(ch) leat_chan_len(LEAT__CHAN_ONLY(ch))
#define leat_cap(ch) leat_chan_cap(LEAT__CHAN_ONLY(ch))

// Gives the channel's memory back; NULL is ignored. Values still in the buffer
// are dropped. Fatal while somebody waits on it; who was woken from it (served,
// through another channel of its select, or by its deadline) no longer waits,
// even if it has not run since. So who receives the last value may free, and
// who closes after the last receiver was told to end.
#define leat_free(ch) leat_chan_free(LEAT__CHAN(ch))

// Select --------------------------------------------------------------

// One case. Made by the macros below, or filled in by hand for
// leat_select_cases.
struct leat_case {
    struct leat_chan *ch; // NULL: never ready
    void *elem;           // value to send, or room for one; may be NULL
    bool *ok;             // receive: false when closed and drained; or NULL
    uint32_t op;          // enum leat_case_op
    uint32_t reserved;    // 0
};

enum leat_case_op {
    LEAT_CASE_SEND = 1,
    LEAT_CASE_RECV = 2,
    LEAT_CASE_DEFAULT = 3 // chosen when nothing else is ready
};

enum { LEAT_CASES_MAX = 65536 }; // cases of one select, as in Go

// leat_select(cases...) waits until one of the cases can proceed, does it,
// and is its position, from 0. Of several that can, one is chosen at
// random, each as likely. With leat_default it never parks. A lone
// leat_select() parks for ever. Operands are evaluated once.
//
//     switch (leat_select(leat_case_recv(jobs, &job),
//         leat_case_send(done, r), leat_default)) {
#define leat_select(...) leat__select(0, LEAT_FOREVER, ##__VA_ARGS__)

// The same, but of several ready cases the first listed wins.
#define leat_select_priority(...)                                             \
    leat__select(LEAT_SELECT_PRIORITY, LEAT_FOREVER, ##__VA_ARGS__)

// The same with a deadline: LEAT_ETIMEDOUT when it passes first,
// LEAT_ECANCELED when the goroutine's context ends first.
#define leat_select_until(deadline, ...)                                      \
    leat__select(LEAT_SELECT_UNTIL, deadline, ##__VA_ARGS__)

// leat_case_recv(ch, &v) and leat_case_recv_ok(ch, &v, &ok) receive, as
// leat_recv_ok; both pointers may be NULL. leat_case_send(ch, v) sends v.
#define leat_case_recv(ch, ptr) leat_case_recv_ok(ch, ptr, NULL)
#define leat_default leat__case(NULL, NULL, NULL, LEAT_CASE_DEFAULT)

enum leat_select_flags {
    LEAT_SELECT_PRIORITY = 1, // first ready case in the order listed
    LEAT_SELECT_UNTIL = 2     // deadline and the goroutine's context count
};

LEAT__BEGIN

// Select with n cases, 0 to LEAT_CASES_MAX; at most one of them may be
// LEAT_CASE_DEFAULT. deadline counts only with LEAT_SELECT_UNTIL. Returns
// the index of the case that was done, or LEAT_ETIMEDOUT, LEAT_ECANCELED,
// or LEAT_EINVAL for a bad case or too many. May park.
LEAT_API int leat_select_cases(
    const struct leat_case *cases, size_t n, unsigned flags, int64_t deadline);

// The calls behind the macros, for bindings and for code that handles
// channels without knowing their element type. A deadline of INT64_MIN means
// try.
LEAT_API struct leat_chan *leat_chan_make(
    size_t elem_size, int64_t capacity, int may_fail);
LEAT_API void leat_chan_send(struct leat_chan *ch, const void *elem);
LEAT_API bool leat_chan_recv(struct leat_chan *ch, void *elem);
LEAT_API int leat_chan_send_until(
    struct leat_chan *ch, const void *elem, int64_t deadline);
LEAT_API int leat_chan_recv_until(
    struct leat_chan *ch, void *elem, int64_t deadline);
LEAT_API void leat_chan_close(struct leat_chan *ch);
LEAT_API int64_t leat_chan_len(const struct leat_chan *ch);
LEAT_API int64_t leat_chan_cap(const struct leat_chan *ch);
LEAT_API void leat_chan_free(struct leat_chan *ch);

LEAT__END

// Behind the macros ----------------------------------------------------

// The bytes a channel, a map or a slice copies for each value. C++ values
// that need more than their bytes copied would be owned by two.
#ifdef __cplusplus
#define LEAT__COPY_CHECK(T)                                                   \
    LEAT__ASSERT(__is_trivially_copyable(T),                                  \
        "leat: values in channels, maps and slices, and the keys of maps, "   \
        "are copied byte by byte, put pointers to them there")
template <class Type> struct leat__element {
    LEAT__COPY_CHECK(Type);
    static constexpr size_t size = __is_empty(Type) ? 0 : sizeof(Type);
};
#define LEAT__ELEM_SIZE(T) (leat__element<T>::size)
#else
#define LEAT__COPY_CHECK(T) (void)0
#define LEAT__ELEM_SIZE(T) sizeof(T)
#endif

// Takes typed channels only: anything else does not convert.
#define LEAT__CHAN(ch)                                                        \
    ((void)sizeof(leat_elem(ch) *), (struct leat_chan *)(ch))

// Go's len and cap are for slices too: who tries is told of what there is.
#define LEAT__LEN_TEXT                                                        \
    "leat_len and leat_cap are of channels: slices and strings have "         \
    "members len and cap, maps leat_map_len"
#ifdef __cplusplus
LEAT__HANDLE_ONLY(leat__chan_only, struct leat_chan, LEAT__LEN_TEXT);
#define LEAT__CHAN_ONLY(ch) leat__chan_only(ch)
#else
#define LEAT__CHAN_ONLY(ch)                                                   \
    (LEAT__HANDLE_CHECK(ch, LEAT__LEN_TEXT, leat__maps_have_leat_map_len,     \
        (struct leat_chan *)0), LEAT__CHAN(ch))
#endif

// The deadline that asks for LEAT_EAGAIN in place of LEAT_ETIMEDOUT.
#define LEAT__TRY INT64_MIN

// Whether the compiler knows that the deadline is it.
#define LEAT__IS_TRY(deadline)                                                \
    (!LEAT__CALLS_ONLY && __builtin_constant_p(deadline) &&                   \
        (deadline) == LEAT__TRY)

// The channel of statement n, and the size of its elements.
#define LEAT__C(n) ((struct leat_chan *)LEAT__CAT(leat__c, n))
#define LEAT__C_SIZE(n) LEAT__ELEM_SIZE(leat_elem(LEAT__CAT(leat__c, n)))

#define leat__make_chan(T, capacity, may_fail)                                \
    ((leat_chan(T))leat_chan_make(LEAT__ELEM_SIZE(T), capacity, may_fail))

// The common case (leat/chan_impl.h), or the call: it stands here, on the line
// of the program, so that a trace shows that line.
#define leat__send(channel, n, ...)                                           \
    ({                                                                        \
        LEAT__AUTO LEAT__CAT(leat__c, n) = (channel);                         \
        LEAT__STRICT                                                          \
        leat_elem(LEAT__CAT(leat__c, n)) LEAT__CAT(leat__v, n) =              \
            (__VA_ARGS__);                                                    \
        LEAT__STRICT_END                                                      \
        if (!leat__chan_put(LEAT__C(n), &LEAT__CAT(leat__v, n),               \
                LEAT__C_SIZE(n)))                                             \
            leat_chan_send(LEAT__C(n), &LEAT__CAT(leat__v, n));               \
    })

#define leat__recv(channel, n)                                                \
    ({                                                                        \
        LEAT__AUTO LEAT__CAT(leat__c, n) = (channel);                         \
        leat_elem(LEAT__CAT(leat__c, n)) LEAT__CAT(leat__v, n);               \
        if (!leat__chan_get(LEAT__C(n), &LEAT__CAT(leat__v, n),               \
                LEAT__C_SIZE(n)))                                             \
            leat_chan_recv(LEAT__C(n), &LEAT__CAT(leat__v, n));               \
        LEAT__CAT(leat__v, n);                                                \
    })

#define leat__recv_ok(channel, ptr, n)                                        \
    ({                                                                        \
        LEAT__AUTO LEAT__CAT(leat__c, n) = (channel);                         \
        LEAT__STRICT                                                          \
        leat_elem(LEAT__CAT(leat__c, n)) *LEAT__CAT(leat__p, n) = (ptr);      \
        LEAT__STRICT_END                                                      \
        leat__chan_get(LEAT__C(n), LEAT__CAT(leat__p, n), LEAT__C_SIZE(n)) || \
            leat_chan_recv(LEAT__C(n), LEAT__CAT(leat__p, n));                \
    })

// The outer loop runs once; a break ends the inner one, and with it both.
#define leat__range(T, v, channel, n)                                         \
    for (__typeof__(channel) LEAT__CAT(leat__r, n) = (channel),               \
                             *LEAT__CAT(leat__o, n) = &LEAT__CAT(leat__r, n); \
         LEAT__CAT(leat__o, n) != NULL; LEAT__CAT(leat__o, n) = NULL)         \
        for (__typeof__(T) v, *LEAT__CAT(leat__p, n) = &v;                    \
             leat_recv_ok(LEAT__CAT(leat__r, n), LEAT__CAT(leat__p, n));)

#define leat__send_until(channel, deadline, n, ...)                           \
    ({                                                                        \
        LEAT__AUTO LEAT__CAT(leat__c, n) = (channel);                         \
        int64_t LEAT__CAT(leat__d, n) = (deadline);                           \
        LEAT__STRICT                                                          \
        leat_elem(LEAT__CAT(leat__c, n)) LEAT__CAT(leat__v, n) =              \
            (__VA_ARGS__);                                                    \
        LEAT__STRICT_END                                                      \
        int LEAT__CAT(leat__e, n) = LEAT__IS_TRY(LEAT__CAT(leat__d, n))       \
            ? leat__chan_full(LEAT__C(n)) : 0;                                \
        if (LEAT__CAT(leat__e, n) == 0 &&                                     \
            !leat__chan_put(LEAT__C(n), &LEAT__CAT(leat__v, n),               \
                LEAT__C_SIZE(n)))                                             \
            LEAT__CAT(leat__e, n) = leat_chan_send_until(LEAT__C(n),          \
                &LEAT__CAT(leat__v, n), LEAT__CAT(leat__d, n));               \
        LEAT__CAT(leat__e, n);                                                \
    })

#define leat__recv_until(channel, ptr, deadline, n)                           \
    ({                                                                        \
        LEAT__AUTO LEAT__CAT(leat__c, n) = (channel);                         \
        int64_t LEAT__CAT(leat__d, n) = (deadline);                           \
        LEAT__STRICT                                                          \
        leat_elem(LEAT__CAT(leat__c, n)) *LEAT__CAT(leat__p, n) = (ptr);      \
        LEAT__STRICT_END                                                      \
        int LEAT__CAT(leat__e, n) = LEAT__IS_TRY(LEAT__CAT(leat__d, n))       \
            ? leat__chan_empty(LEAT__C(n), LEAT__CAT(leat__p, n),             \
                  LEAT__C_SIZE(n)) : 0;                                       \
        if (LEAT__CAT(leat__e, n) == 0 &&                                     \
            !leat__chan_get(LEAT__C(n), LEAT__CAT(leat__p, n),                \
                LEAT__C_SIZE(n)))                                             \
            LEAT__CAT(leat__e, n) = leat_chan_recv_until(LEAT__C(n),          \
                LEAT__CAT(leat__p, n), LEAT__CAT(leat__d, n));                \
        LEAT__CAT(leat__e, n);                                                \
    })

#ifdef __cplusplus
// C++ has no compound literals: the value to send lives in a temporary of
// the full expression, and the cases in the parameters of a template.
#define leat__case(ch, elem, ok, op)                                          \
    (leat_case{(struct leat_chan *)(ch), (elem), (ok), (op), 0})
#define leat_case_recv_ok(ch, ptr, okp)                                       \
    leat__case_recv<leat_elem(ch)>((struct leat_chan *)(ch), ptr, okp)
#define leat_case_send(ch, ...)                                               \
    leat__case(ch, leat__temporary<leat_elem(ch)>((__VA_ARGS__)).address(),   \
        NULL, LEAT_CASE_SEND)
#define leat__select(flags, deadline, ...)                                    \
    leat__select_of(flags, deadline, ##__VA_ARGS__)

template <class Type> struct leat__temporary {
    Type value;
    explicit leat__temporary(Type v) : value(v) {}
    void *address() { return &value; }
};
template <class Type>
inline leat_case
leat__case_recv(struct leat_chan *ch, Type *elem, bool *ok)
{
    return leat_case{ch, elem, ok, LEAT_CASE_RECV, 0};
}
template <class... Case>
inline int
leat__select_of(unsigned flags, int64_t deadline, Case... cases)
{
    leat_case list[sizeof...(cases) + 1] = {cases..., leat_case()};
    return leat_select_cases(list, sizeof...(cases), flags, deadline);
}
#else
#define leat__case(channel, element, okay, operation)                         \
    ((struct leat_case){.ch = (struct leat_chan *)(channel),                  \
        .elem = (element), .ok = (okay), .op = (operation)})
#define leat_case_recv_ok(ch, ptr, okp)                                       \
    leat__case_recv(ch, ptr, okp, __COUNTER__)
#define leat__case_recv(ch, ptr, okp, n)                                      \
    leat__case(ch, ({                                                         \
        LEAT__STRICT                                                          \
        leat_elem(ch) *LEAT__CAT(leat__p, n) = (ptr);                         \
        LEAT__STRICT_END                                                      \
        LEAT__CAT(leat__p, n);                                                \
    }), okp, LEAT_CASE_RECV)
#define leat_case_send(ch, ...)                                               \
    leat__case_send(ch, __COUNTER__, __VA_ARGS__)
// The value must live as long as the select, so it cannot be a variable of a
// statement expression; sizeof checks its type as leat_send does, without
// evaluating it.
#define leat__case_send(ch, n, ...)                                           \
    leat__case(ch,                                                            \
        ((leat_elem(ch)[1 + 0 * sizeof(({                                     \
            LEAT__STRICT                                                      \
            leat_elem(ch) LEAT__CAT(leat__v, n) = (__VA_ARGS__);              \
            LEAT__STRICT_END                                                  \
            (void)LEAT__CAT(leat__v, n);                                      \
            0;                                                                \
        }))]){__VA_ARGS__}), NULL, LEAT_CASE_SEND)
// A channel in place of a case would begin one, for C needs no inner braces,
// with a warning only.
#define leat__select(flags, deadline, ...)                                    \
    leat__select_cases(                                                       \
        LEAT__CAT(leat__i, __COUNTER__), flags, deadline, ##__VA_ARGS__)
#define leat__select_cases(chosen, flags, deadline, ...)                      \
    ({                                                                        \
        LEAT__STRICT                                                          \
        int chosen =                                                          \
            leat_select_cases((struct leat_case[]){__VA_ARGS__},              \
                sizeof((struct leat_case[]){__VA_ARGS__}) /                   \
                    sizeof(struct leat_case),                                 \
                flags, deadline);                                             \
        LEAT__STRICT_END                                                      \
        chosen;                                                               \
    })
#endif

#endif
