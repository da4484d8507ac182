// SPDX-License-Identifier: MIT
// gccgo/abi.h: how gccgo 12 lays out what Go programs hand to their runtime:
// strings, slices, interfaces, functions, type descriptors.
//
// gccgo calls by the platform's C convention: a result of several values is
// a struct, a function value is a pointer to a block whose first word is the
// code, and the code gets that block in the static chain register. So every
// entry of the runtime is a C function with the right prototype and, by an
// asm label, the right name: GO_NAME("runtime.chansend1").
//
// The layouts are gccgo's, learnt from its -S output and the interface of
// its reflect package; tests/go/abi.go checks the ones programs can see.
#ifndef LEAT_GCCGO_ABI_H
#define LEAT_GCCGO_ABI_H

#include "base/check.h"

#include <leat.h>

#define GO_NAME(name) __asm__(name)

typedef intptr_t go_int;

struct go_string {
    const char *ptr;
    go_int len;
};

struct go_slice {
    void *ptr;
    go_int len, cap;
};

// A function value: what it closes over follows the code.
struct go_func {
    void (*code)(void);
};

// Calls the function value f, whose code has the type of `type`.
#define GO_CALL(f, type, ...)                                                 \
    __builtin_call_with_static_chain(                                         \
        ((type *)(f)->code)(__VA_ARGS__), (void *)(f))

// The function value of the entry c_name: gccgo calls it NAME..f.
#define GO_VALUE(c_name, name)                                                \
    const struct go_func c_name##_value GO_NAME(name "..f");                  \
    const struct go_func c_name##_value = {(void (*)(void))c_name};

typedef bool go_equal_fn(const void *, const void *);
typedef uintptr_t go_hash_fn(const void *, uintptr_t);

enum go_kind {
    GO_BOOL = 1,
    GO_INT,
    GO_INT8,
    GO_INT16,
    GO_INT32,
    GO_INT64,
    GO_UINT,
    GO_UINT8,
    GO_UINT16,
    GO_UINT32,
    GO_UINT64,
    GO_UINTPTR,
    GO_FLOAT32,
    GO_FLOAT64,
    GO_COMPLEX64,
    GO_COMPLEX128,
    GO_ARRAY,
    GO_CHAN,
    GO_FUNC,
    GO_INTERFACE,
    GO_MAP,
    GO_POINTER,
    GO_SLICE,
    GO_STRING,
    GO_STRUCT,
    GO_UNSAFE_POINTER,
    GO_KIND_MASK = 31,
    GO_DIRECT = 32 // an interface holds the value itself, not its address
};

struct go_method {
    const struct go_string *name;
    const struct go_string *pkgpath; // NULL: exported
    const struct go_type *type;      // without the receiver
    const struct go_type *full_type;
    void *code;
};

struct go_uncommon {
    const struct go_string *name;
    const struct go_string *pkgpath;
    struct go_method *methods; // sorted by name
    go_int methods_len, methods_cap;
};

struct go_type {
    uintptr_t size;
    uintptr_t ptrdata; // bytes of the part with pointers
    uint32_t hash;
    uint8_t tflag, align, field_align, kind;
    const struct go_func *equal; // NULL: not comparable
    const uint8_t *gcdata;
    const struct go_string *string;
    const struct go_uncommon *uncommon;
    const struct go_type *ptr_to_this;
};

struct go_array_type {
    struct go_type t;
    const struct go_type *elem, *slice;
    uintptr_t len;
};

struct go_chan_type {
    struct go_type t;
    const struct go_type *elem;
    uintptr_t dir;
};

struct go_imethod {
    const struct go_string *name;
    const struct go_string *pkgpath;
    const struct go_type *type;
};

struct go_interface_type {
    struct go_type t;
    const struct go_imethod *methods; // sorted by name
    go_int methods_len, methods_cap;
};

struct go_map_type {
    struct go_type t;
    const struct go_type *key, *elem, *bucket;
    const struct go_func *hasher;
    uint8_t key_size, elem_size;
    uint16_t bucket_size;
    uint32_t flags;
};

struct go_field {
    const struct go_string *name;
    const struct go_string *pkgpath;
    const struct go_type *type;
    const struct go_string *tag;
    uintptr_t offset_embedded; // offset << 1 | embedded
};

struct go_struct_type {
    struct go_type t;
    const struct go_field *fields;
    go_int fields_len, fields_cap;
};

// An interface without methods, and one with: there the first word points
// to a table of the type and then the methods, in the interface's order.
struct go_eface {
    const struct go_type *type;
    void *data;
};

struct go_iface {
    const struct go_type **table;
    void *data;
};

// Results of two values.
struct go_ptr_bool {
    void *ptr;
    bool ok;
};
struct go_eface_bool {
    struct go_eface value;
    bool ok;
};
struct go_iface_bool {
    struct go_iface value;
    bool ok;
};
struct go_int_bool {
    go_int value;
    bool ok;
};
struct go_bool_bool {
    bool first, second;
};

static inline bool
leat__go_direct(const struct go_type *t)
{
    return (t->kind & GO_DIRECT) != 0;
}

static inline bool
leat__go_same(struct go_string a, struct go_string b)
{
    return a.len == b.len &&
        __builtin_memcmp(a.ptr, b.ptr, (size_t)a.len) == 0;
}

static inline struct go_eface
leat__go_to_eface(struct go_iface i)
{
    return (struct go_eface){i.table != NULL ? *i.table : NULL, i.data};
}

// memory.c: memory is never given back (there is no collector yet), so that
// every pointer stays good. Out of memory is fatal, as in Go.
void *leat__go_alloc(uintptr_t bytes, bool zero) __attribute__((malloc));

// iface.c: the table of methods that type `have` has for the interface
// `want`, which has some; NULL if it lacks one, with its name in *missing
// unless that is NULL.
const struct go_type **leat__go_itab(const struct go_interface_type *want,
    const struct go_type *have, struct go_string *missing);

// type.c: hash and equality of what lies at p, of any type. Panics as Go does
// for a type that has none.
uintptr_t leat__go_hash(const struct go_type *t, const void *p, uintptr_t h);
bool leat__go_eface_equal(struct go_eface a, struct go_eface b);

// system.c: the same text, ended by a NUL.
const char *leat__go_c_string(struct go_string s);

// string.c
struct go_string leat__go_string_copy(const char *text, size_t len);

// The part in Go (runtime/): panics with a value of a type of Go's.
_Noreturn void leat__go_panic_uncomparable(const struct go_type *t)
    GO_NAME("runtime.panicUncomparable");
_Noreturn void leat__go_panic_unhashable(const struct go_type *t)
    GO_NAME("runtime.panicUnhashable");
_Noreturn void leat__go_panic_assert(const struct go_type *iface,
    const struct go_type *have, const struct go_type *want,
    struct go_string missing) GO_NAME("runtime.panicAssert");
// What print would show of a panic's value.
struct go_string leat__go_panic_text(struct go_eface e)
    GO_NAME("runtime.panicText");
// The value of type runtime.Error that stands for the runtime's own panic.
struct go_eface leat__go_runtime_error(struct go_string text)
    GO_NAME("runtime.makeError");

// panic.c
void leat__go_panic_init(void);
// symbol.c
// Whether the call before pc is one of libffi or package reflect; and, called
// from what a closure of libffi calls, the return address of the closure's
// call.
bool leat__go_is_reflect(uintptr_t pc);
uintptr_t leat__go_caller_of_ffi(void);
void leat__go_symbol_init(void);
// The name Go gives the function of an assembler name.
size_t leat__go_demangle(const char *symbol, char *buf, size_t size);

#endif
