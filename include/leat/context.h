// SPDX-License-Identifier: MIT
// leat/context.h: cancellation, deadlines and values that travel down a tree
// of calls, as Go's context package.
//
// A context is reference counted: every function that returns one gives the
// caller a reference, to be dropped with leat_context_release. A child keeps
// its parent alive. Cancelling a context cancels all its descendants.
// Everything here may be called from any goroutine or thread; none parks.
// NULL stands for the background wherever a context is asked for. Deadlines
// are seen to by the running runtime; before leat_run, by plain threads while
// they wait.
#ifndef LEAT_CONTEXT_H
#define LEAT_CONTEXT_H

#include <leat/chan.h>

struct leat_context;

// A zero-size element: a done channel only ever closes.
struct leat_done {
    char none[0];
};

LEAT__BEGIN

// The root: never cancelled, no deadline, no values. Needs no release (one
// is harmless).
LEAT_API struct leat_context *leat_background(void);

// A child of parent (NULL: background) that ends when it is cancelled or
// its parent ends. NULL when out of memory.
LEAT_API LEAT__MUST_USE
struct leat_context *leat_with_cancel(struct leat_context *parent);

// The same, ending by itself with LEAT_ETIMEDOUT at the deadline, or ns
// from now.
LEAT_API LEAT__MUST_USE
struct leat_context *leat_with_deadline(
    struct leat_context *parent, int64_t deadline);
LEAT_API LEAT__MUST_USE
struct leat_context *leat_with_timeout(
    struct leat_context *parent, int64_t ns);

// The same with a cause, any number of the program's, that leat_context_cause
// tells when that deadline has passed; so it can be told which of several has.
// 0 stands for LEAT_ETIMEDOUT. It does not count for a parent's deadline that
// is as early or earlier, nor when the context is cancelled before.
LEAT_API LEAT__MUST_USE
struct leat_context *leat_with_deadline_cause(
    struct leat_context *parent, int64_t deadline, int cause);
LEAT_API LEAT__MUST_USE
struct leat_context *leat_with_timeout_cause(
    struct leat_context *parent, int64_t ns, int cause);

// A child that carries value under key; keys are compared as pointers (the
// address of a static is unique). The value is the caller's.
LEAT_API LEAT__MUST_USE
struct leat_context *leat_with_value(
    struct leat_context *parent, const void *key, void *value);

// A child with parent's values that does not end when parent ends.
LEAT_API LEAT__MUST_USE
struct leat_context *leat_without_cancel(
    struct leat_context *parent);

// Ends the context and its descendants with LEAT_ECANCELED. cause, an error
// code or any other number of the program's, is what leat_context_cause
// tells; 0 stands for LEAT_ECANCELED. The first call wins, later ones do
// nothing. Only what was made with cancel, deadline or timeout can be ended;
// for others (values, background) this does nothing.
LEAT_API void leat_context_cancel(struct leat_context *ctx, int cause);

// 0 while the context lives, then LEAT_ECANCELED or LEAT_ETIMEDOUT.
LEAT_API int leat_context_error(const struct leat_context *ctx);
// 0 while it lives, then the cause given to cancel or with the deadline (of
// the ancestor that ended it), or LEAT_ECANCELED or LEAT_ETIMEDOUT.
LEAT_API int leat_context_cause(const struct leat_context *ctx);
// LEAT_FOREVER when there is none.
LEAT_API int64_t leat_context_deadline(const struct leat_context *ctx);
// The value under key in ctx or the nearest ancestor, or NULL.
LEAT_API void *leat_context_value(
    const struct leat_context *ctx, const void *key);

// Closed when the context ends; NULL for one that never can. Owned by the
// context: do not close or free it. Being out of memory is fatal.
LEAT_API leat_chan(struct leat_done) leat_context_done(
    struct leat_context *ctx);

// Calls fn(arg) in a goroutine of its own, which has the background as its
// context, once ctx ends (at once if it has). stop is true when it kept fn
// from being called; it does not wait for fn, frees the handle and must be
// called exactly once. Nobody frees arg: fn does, or who stopped it. NULL when
// out of memory (then stop does nothing); not being able to start the
// goroutine is fatal.
struct leat_context_func;
LEAT_API struct leat_context_func *leat_context_after_func(
    struct leat_context *ctx, void (*fn)(void *arg), void *arg);
LEAT_API bool leat_context_func_stop(struct leat_context_func *f);

// Takes and drops a reference; retain returns ctx. Nobody may wait on the
// done channel of a context whose last reference is dropped, nor use it after
// that: one release too many is not found, it frees what others use.
LEAT_API struct leat_context *leat_context_retain(struct leat_context *ctx);
LEAT_API void leat_context_release(struct leat_context *ctx);

// The calling goroutine's context (background if none was set), borrowed.
// The _until calls of this library, and leat_wait_fd, return LEAT_ECANCELED
// when it ends, be it by a cancel or by its deadline: LEAT_ETIMEDOUT is for the
// deadline given to the call. Which it was, Go's ctx.Err(), says
// leat_context_error(leat_get_context()). Under one that has ended they still
// do what can be done without waiting, and return LEAT_ECANCELED instead of
// waiting. So who is to wait for an orderly end after a cancel sets the context
// aside:
//
//     leat_set_context(NULL);
//     int err = leat_waitgroup_wait_until(&wg, leat_deadline(LEAT_SECOND));
//
// A new goroutine starts with its creator's.
LEAT_API struct leat_context *leat_get_context(void);
// Sets it, taking a reference of its own, and drops the one before.
LEAT_API void leat_set_context(struct leat_context *ctx);

LEAT__END

#endif
