// SPDX-License-Identifier: MIT
// leat/map.h: maps with Go's semantics.
//
// leat_map(K, V) is the type of a map from K to V; nothing is declared first
// and it is the same type in every file. It is an opaque pointer: compare it,
// copy it, leave it NULL (a nil map, which reads as empty). A key or value of
// a wrong struct or pointer type does not compile. (A map of another type
// assigned to a variable is what the compiler makes of two pointer types, as
// with channels: see leat/chan.h.)
//
//     leat_map(leat_str, int) ages = leat_make_map(leat_str, int);
//     leat_map_put(ages, LEAT_STR("ada"), 36);
//     *leat_map_at(ages, LEAT_STR("ada")) += 1;
//     leat_map_range (leat_str, name, int, age, ages) { ... }
//     leat_map_free(ages);
//
// Keys: bool, the integers, enums, pointers (by address), float and double
// (a NaN equals nothing, itself included), leat_str and char * (by their
// text; a NULL char * equals NULL only). A struct needs one line that says
// what of it counts, LEAT_MAP_KEY, because its padding must not. Keys and
// values may be aligned to up to 16 bytes. In C a NULL as the key needs a cast
// to the type of the map's keys.
//
// Memory. A map copies keys and values, but not what they point to. The map
// itself: leat_map_free. Out of memory is fatal, but for the forms with try.
// No call parks.
//
// The text of a leat_str or char * key is not copied either: it has to stay as
// it is while the entry is there, and is the caller's to give back. It is the
// text of the key that made the entry: a later put or at with an equal key
// changes the value only, so that key's text may go away right after. (Only
// float and double keys are written anew, for 0 and -0 are equal and differ;
// so are structs that have such a field, and no text, among those that count.)
// An entry that needs a text of its own is made so:
//
//     if (leat_map_find(ages, name) == NULL)
//         leat_map_put(ages, leat_str_clone(name), 0);
//
// Such texts are given back by the function of leat_map_delete_if, which
// returns true then. The body of leat_map_range must not: for the iteration
// what was given still is a key. (Or: leat_map_keys, leat_map_clear, and then
// what is in the slice.) Who deletes single entries keeps the text in the
// value too, for leat_map_delete does not tell it.
//
// Iterating. Every iteration begins at a random place. The body may change
// the map: what is there all the time comes once, what is deleted before its
// turn does not come, what is added may come or not.
//
// Concurrent use. Several goroutines may read a map at once. One that writes
// has to be alone; the runtime often notices when it is not, and ends the
// program: "fatal error: concurrent map writes". For maps that many share and
// write to see leat/syncmap.h.
//
// The preprocessor cuts operands at commas that no parentheses hold together.
// So a struct that is written out as a key needs them where another operand
// follows, in put, try_put and get_ok: leat_map_put(m, ((struct point){1, 2}),
// 3). The last operand needs none: *leat_map_at(m, (struct point){1, 2}) = 3.
#ifndef LEAT_MAP_H
#define LEAT_MAP_H

#include <leat/str.h>

struct leat_map;

// Nothing is ever called through this type: __typeof__ reads V back, and a
// pointer to a key of another type does not fit.
#define leat_map(K, V)                                                        \
    __typeof__(__typeof__(V) (**)(struct leat_map *, __typeof__(K) *))

// Making -----------------------------------------------------------------

// leat_make_map(K, V) or leat_make_map(K, V, hint): a new map, with room for
// `hint` entries. Any number will do: below 1 it asks for nothing, and if there
// is no memory for so many it is dropped. leat_try_make_map is NULL when there
// is none for the map itself.
#define leat_make_map(K, V, ...)                                              \
    leat__make_map(K, V, 0 __VA_OPT__(+ (__VA_ARGS__)), 0, __COUNTER__)
#define leat_try_make_map(K, V, ...)                                          \
    leat__make_map(K, V, 0 __VA_OPT__(+ (__VA_ARGS__)), 1, __COUNTER__)

// LEAT_MAP_KEY(name, T, fields...), at file scope, makes `name` a way to use
// the struct T as a key: two are equal if these fields are, 1 to 8 of them,
// each of a type that could be a key itself, or an array of integers (by its
// bytes), and none a bit-field. leat_make_map_key(name, V) makes the map, from
// T to V, leat_try_make_map_key too, which is NULL when there is no memory for
// it; both take a hint, as leat_make_map does. `name` is a prefix of what is
// declared (name__key and others), and may be T's own.
//
//     struct point { short x; long y; };
//     LEAT_MAP_KEY(point_key, struct point, x, y);
//     leat_map(struct point, int) m = leat_make_map_key(point_key, int);
//
// LEAT_MAP_KEY_FUNC does the same with functions of one's own: `uint64_t
// hash(const T *key, uint64_t seed)`, whose result must depend on the seed to
// be safe from chosen keys, see leat_hash; and `bool equal(const T *a, const T
// *b)`, true for a key and itself. Neither may touch the map. (A number with
// an equality of its own has to be put in a struct.)
#define LEAT_MAP_KEY(name, T, ...) LEAT__MAP_KEY(name, T, __VA_ARGS__)
#define LEAT_MAP_KEY_FUNC(name, T, hash, equal)                               \
    LEAT__MAP_KEY_FUNC(name, T, hash, equal)
#define leat_make_map_key(name, V, ...)                                       \
    leat__make_map_key(name, V, 0 __VA_OPT__(+ (__VA_ARGS__)), 0, __COUNTER__)
#define leat_try_make_map_key(name, V, ...)                                   \
    leat__make_map_key(name, V, 0 __VA_OPT__(+ (__VA_ARGS__)), 1, __COUNTER__)

// Gives the map's memory back. NULL is ignored.
#define leat_map_free(m) leat__map_free(LEAT__MAP(m))

// Entries -----------------------------------------------------------------

// The number of entries; 0 for a nil map.
#define leat_map_len(m) leat__map_len(LEAT__MAP(m))

// leat_map_get(m, k) is the value for k, or a zero value if there is none.
#define leat_map_get(m, ...) leat__map_get(m, __COUNTER__, __VA_ARGS__)

// leat_map_get_ok(m, k, &v) stores the value for k and is true, or clears v
// and is false when there is none. The pointer may be NULL.
#define leat_map_get_ok(m, k, ptr) leat__map_get_ok(m, k, ptr, __COUNTER__)

// leat_map_find(m, k) is a pointer to the value for k, or NULL;
// leat_map_at(m, k) one that is never NULL, for it adds a zero value when
// there is none. Valid until the map is written to by anything but such a
// pointer. leat_map_at panics like leat_map_put.
#define leat_map_find(m, ...) leat__map_find_key(m, __COUNTER__, __VA_ARGS__)
#define leat_map_at(m, ...) leat__map_at(m, __COUNTER__, __VA_ARGS__)

// leat_map_put(m, k, v) sets the value for k; a k with a comma in it stands in
// parentheses. Panics with "assignment to entry in nil map".
// leat_map_try_put is 0, or LEAT_ENOMEM when out of memory and m is unchanged.
#define leat_map_put(m, k, ...) leat__map_put(m, k, __COUNTER__, __VA_ARGS__)
#define leat_map_try_put(m, k, ...)                                           \
    leat__map_try_put(m, k, __COUNTER__, __VA_ARGS__)

// leat_map_delete(m, k) removes the entry for k; true if there was one.
// leat_map_clear(m) removes all, those with NaN keys too.
#define leat_map_delete(m, ...)                                               \
    leat__map_delete_key(m, __COUNTER__, __VA_ARGS__)
#define leat_map_clear(m) leat__map_clear(LEAT__MAP(m))

// leat_map_range(K, k, V, v, m) { ... } runs its body for every entry, with
// copies of its key in k and of its value in v.
#define leat_map_range(K, k, V, v, m)                                         \
    leat__map_range(K, k, V, v, m, __COUNTER__)

// As Go's package maps ------------------------------------------------------

// A new map with the same entries; nil for nil.
#define leat_map_clone(m) ((__typeof__(m))leat__map_clone(LEAT__MAP(m)))

// leat_map_copy(dst, src), two maps of one type, sets in dst what src has; the
// rest of dst stays. What keys and values point to is shared from then on.
// Panics like leat_map_put, unless src is empty. A map is not copied to itself:
// it stays as it is.
#define leat_map_copy(dst, src) leat__map_copy_typed(dst, src, __COUNTER__)

// leat_map_keys(S, m) is a new slice, of type S, of all keys in no order,
// leat_map_values(S, m) of all values; nil if there is none.
#define leat_map_keys(S, m) leat__map_keys(S, m, __COUNTER__)
#define leat_map_values(S, m) leat__map_values(S, m, __COUNTER__)

// leat_map_equal(K, V, a, b): whether both have the same keys with equal
// values (by ==, or leat_str_equal).
#define leat_map_equal(K, V, a, b) leat__map_equal_by(K, V, a, b, __COUNTER__)

// leat_map_equal_func(K, V, a, b, same): whether both have the same keys, with
// values that `bool same(const V *a, const V *b)` says true of; for values of
// any type. It is not called when the lengths differ, and must not write to
// either map.
#define leat_map_equal_func(K, V, a, b, same)                                 \
    leat__map_equal_func(K, V, a, b, same, __COUNTER__)

// leat_map_delete_if(K, V, m, fn) removes the entries for which
// `bool fn(const K *k, const V *v)` is true, NaN keys too. fn must not write
// to the map, which is fatal when the runtime notices; if it returns true it
// may give back what *k and *v point to.
#define leat_map_delete_if(K, V, m, fn)                                       \
    leat__map_delete_if(K, V, m, fn, __COUNTER__)

// Hashing -----------------------------------------------------------------

LEAT__BEGIN

// A hash of n bytes, for hash functions of one's own: it cannot be foreseen
// without the seed. To combine several, use one as the seed of the next.
LEAT_API uint64_t leat_hash(const void *p, size_t n, uint64_t seed);

LEAT__END

#include <leat/map_make_macros.h>
#include <leat/map_macros.h>

#endif
