// SPDX-License-Identifier: MIT
// gccgo/ffi.c: how functions that are known at run time only are called:
// reflect's Call and MakeFunc, by the libffi that is part of libgo.
//
// libffi wants a description of the arguments and the result in its own types,
// which are made here from Go's. Libffi's header is not installed with gccgo;
// what is used of it, a stable interface, is declared here.
#include "gccgo/abi.h"

#include "sched/sched.h"

struct go_func_type {
    struct go_type t;
    bool dots;
    const struct go_type **in;
    go_int in_len, in_cap;
    const struct go_type **out;
    go_int out_len, out_cap;
};

struct ffi_type {
    size_t size;
    unsigned short align, kind;
    const struct ffi_type **elements; // ended by NULL
};

struct ffi_cif {
    int abi;
    unsigned nargs;
    const struct ffi_type **args;
    const struct ffi_type *result;
    unsigned bytes, flags;
    unsigned more[2]; // some ports have more
};

enum {
#if defined(__x86_64__)
    FFI_ABI = 2, // FFI_UNIX64
#else
    FFI_ABI = 1, // FFI_SYSV
#endif
    FFI_STRUCT = 13
};

extern const struct ffi_type ffi_type_void, ffi_type_uint8, ffi_type_sint8,
    ffi_type_uint16, ffi_type_sint16, ffi_type_uint32, ffi_type_sint32,
    ffi_type_uint64, ffi_type_sint64, ffi_type_float, ffi_type_double,
    ffi_type_pointer, ffi_type_complex_float, ffi_type_complex_double;
int ffi_prep_cif(struct ffi_cif *cif, int abi, unsigned nargs,
    const struct ffi_type *result, const struct ffi_type **args);

static const struct ffi_type *ffi_of(const struct go_type *t);

// A struct of n elements, to be filled in.
static struct ffi_type *
ffi_struct(go_int n)
{
    struct ffi_type *f = leat__go_alloc(sizeof *f, true);
    f->kind = FFI_STRUCT;
    f->elements =
        leat__go_alloc((uintptr_t)(n + 2) * sizeof *f->elements, true);
    if (n == 0)
        f->elements[0] = &ffi_type_void;
    return f;
}

static const struct ffi_type *
ffi_of_words(go_int pointers, go_int ints)
{
    struct ffi_type *f = ffi_struct(pointers + ints);
    for (go_int i = 0; i < pointers; i++)
        f->elements[i] = &ffi_type_pointer;
    for (go_int i = 0; i < ints; i++)
        f->elements[pointers + i] = &ffi_type_sint64;
    return f;
}

static const struct ffi_type *
ffi_of_struct(const struct go_struct_type *t)
{
    struct ffi_type *f = ffi_struct(t->fields_len);
    for (go_int i = 0; i < t->fields_len; i++)
        f->elements[i] = ffi_of(t->fields[i].type);
    return f;
}

static const struct ffi_type *
ffi_of_array(const struct go_array_type *t)
{
    struct ffi_type *f = ffi_struct((go_int)t->len);
    for (uintptr_t i = 0; i < t->len; i++)
        f->elements[i] = ffi_of(t->elem);
    return f;
}

static const struct ffi_type *
ffi_of(const struct go_type *t)
{
    static const struct ffi_type *const basic[] = {
        [GO_BOOL] = &ffi_type_uint8,
        [GO_INT] = &ffi_type_sint64,
        [GO_INT8] = &ffi_type_sint8,
        [GO_INT16] = &ffi_type_sint16,
        [GO_INT32] = &ffi_type_sint32,
        [GO_INT64] = &ffi_type_sint64,
        [GO_UINT] = &ffi_type_uint64,
        [GO_UINT8] = &ffi_type_uint8,
        [GO_UINT16] = &ffi_type_uint16,
        [GO_UINT32] = &ffi_type_uint32,
        [GO_UINT64] = &ffi_type_uint64,
        [GO_UINTPTR] = &ffi_type_uint64,
        [GO_FLOAT32] = &ffi_type_float,
        [GO_FLOAT64] = &ffi_type_double,
        [GO_COMPLEX64] = &ffi_type_complex_float,
        [GO_COMPLEX128] = &ffi_type_complex_double,
        [GO_CHAN] = &ffi_type_pointer,
        [GO_FUNC] = &ffi_type_pointer,
        [GO_MAP] = &ffi_type_pointer,
        [GO_POINTER] = &ffi_type_pointer,
        [GO_UNSAFE_POINTER] = &ffi_type_pointer,
    };
    switch (t->kind & GO_KIND_MASK) {
    case GO_ARRAY:
        return ffi_of_array((const struct go_array_type *)t);
    case GO_STRUCT:
        return ffi_of_struct((const struct go_struct_type *)t);
    case GO_INTERFACE:
        return ffi_of_words(2, 0);
    case GO_SLICE:
        return ffi_of_words(1, 2);
    case GO_STRING:
        return ffi_of_words(1, 1);
    default:
        return basic[t->kind & GO_KIND_MASK];
    }
}

static const struct ffi_type *
ffi_of_result(const struct go_func_type *t)
{
    uintptr_t bytes = 0;
    for (go_int i = 0; i < t->out_len; i++)
        bytes += t->out[i]->size;
    if (bytes == 0)
        return &ffi_type_void;
    if (t->out_len == 1)
        return ffi_of(t->out[0]);
    struct ffi_type *f = ffi_struct(t->out_len);
    for (go_int i = 0; i < t->out_len; i++)
        f->elements[i] = ffi_of(t->out[i]);
    return f;
}

// is_interface: the receiver comes first and is not in the type; is_method:
// it is, and is passed as a pointer.
void leat__go_ffi_func(const struct go_func_type *t, bool is_interface,
    bool is_method, struct ffi_cif *cif) GO_NAME("runtime.ffiFuncToCIF");
void
leat__go_ffi_func(const struct go_func_type *t, bool is_interface,
    bool is_method, struct ffi_cif *cif)
{
    go_int n = t->in_len + is_interface, at = 0;
    const struct ffi_type **args =
        leat__go_alloc((uintptr_t)(n + 1) * sizeof *args, true);
    if (is_interface)
        args[at++] = &ffi_type_pointer;
    for (go_int i = 0; i < t->in_len; i++)
        args[at++] = ffi_of(t->in[i]);
    if (is_method && !is_interface && n > 0)
        args[0] = &ffi_type_pointer;
    if (ffi_prep_cif(cif, FFI_ABI, (unsigned)n, ffi_of_result(t), args) != 0)
        leat__throw("runtime: a function type that cannot be called");
}

struct ffi_cif *leat__go_make_cif(const struct go_func_type *t)
    GO_NAME("reflect.makeCIF");
struct ffi_cif *
leat__go_make_cif(const struct go_func_type *t)
{
    struct ffi_cif *cif = leat__go_alloc(sizeof *cif, true);
    leat__go_ffi_func(t, false, false, cif);
    return cif;
}

// libgo's call of libffi asserts.
_Noreturn void __go_assert_fail(const char *file, unsigned line);
_Noreturn void
__go_assert_fail(const char *file, unsigned line)
{
    leat__throw("runtime: %s:%u: assertion failed", file, line);
}
