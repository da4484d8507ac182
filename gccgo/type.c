// SPDX-License-Identifier: MIT
// gccgo/type.c: equality and hashes.
//
// Type descriptors carry function values for both; the compiler takes those
// of the basic kinds from the runtime, under the names NAME..f: a function
// value that closes over nothing. For structs and arrays it makes its own.
//
// The linker merges equal descriptors, so that types are the same if and
// only if their addresses are.
#include "gccgo/abi.h"

#include <string.h>

// Hashing bytes

// Folded 64x64 multiplication, as in wyhash.
static uint64_t
type_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#define TYPE_K0 0xa0761d6478bd642full
#define TYPE_K1 0xe7037ed1a0b428dbull

static uint64_t
type_load(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

uintptr_t leat__go_memhash(const void *p, uintptr_t h, uintptr_t n)
    GO_NAME("runtime.memhash");
uintptr_t
leat__go_memhash(const void *p, uintptr_t h, uintptr_t n)
{
    const unsigned char *at = p;
    uint64_t x = h ^ TYPE_K0;
    size_t left = n;
    for (; left > 16; left -= 16, at += 16)
        x = type_mix(type_load(at, 8) ^ x, type_load(at + 8, 8) ^ TYPE_K1);
    uint64_t a = type_load(at, left < 8 ? left : 8);
    uint64_t b = left > 8 ? type_load(at + 8, left - 8) : 0;
    return type_mix(TYPE_K1 ^ n, type_mix(a ^ TYPE_K1, b ^ x));
}

// The basic kinds: memhash8 and its like

// Defines runtime.NAME and its function value.
#define TYPE_HASH(c_name, go, body)                                           \
    uintptr_t c_name(const void *p, uintptr_t h) GO_NAME("runtime." go);      \
    uintptr_t c_name(const void *p, uintptr_t h)                              \
    {                                                                         \
        return body;                                                          \
    }                                                                         \
    GO_VALUE(c_name, "runtime." go)
#define TYPE_EQUAL(c_name, go, body)                                          \
    bool c_name(const void *a, const void *b) GO_NAME("runtime." go);         \
    bool c_name(const void *a, const void *b)                                 \
    {                                                                         \
        return body;                                                          \
    }                                                                         \
    GO_VALUE(c_name, "runtime." go)

static uintptr_t
type_hash_float(double v, uintptr_t h)
{
    static _Atomic uint64_t nans;
    if (v == 0) // +0 and -0 are equal
        return type_mix(h ^ TYPE_K0, TYPE_K1);
    if (v != v) // no two are equal: any number will do
        return type_mix(h ^ ++nans, TYPE_K0);
    return leat__go_memhash(&v, h, sizeof v);
}

static uintptr_t
type_hash_string(const struct go_string *s, uintptr_t h)
{
    return leat__go_memhash(s->ptr, h, (uintptr_t)s->len);
}

static uintptr_t
type_hash_eface(struct go_eface e, uintptr_t h)
{
    if (e.type == NULL)
        return h;
    if (e.type->equal == NULL)
        leat__go_panic_unhashable(e.type);
    const void *p = leat__go_direct(e.type) ? (const void *)&e.data : e.data;
    return leat__go_hash(e.type, p, h);
}

#define TYPE_AT(T, p) (*(const T *)(p))

TYPE_HASH(leat__go_memhash0, "memhash0", ((void)p, h))
TYPE_HASH(leat__go_memhash8, "memhash8", leat__go_memhash(p, h, 1))
TYPE_HASH(leat__go_memhash16, "memhash16", leat__go_memhash(p, h, 2))
TYPE_HASH(leat__go_memhash32, "memhash32", leat__go_memhash(p, h, 4))
TYPE_HASH(leat__go_memhash64, "memhash64", leat__go_memhash(p, h, 8))
TYPE_HASH(leat__go_memhash128, "memhash128", leat__go_memhash(p, h, 16))
TYPE_HASH(leat__go_strhash, "strhash", type_hash_string(p, h))
TYPE_HASH(
    leat__go_f32hash, "f32hash", type_hash_float(TYPE_AT(float, p), h))
TYPE_HASH(
    leat__go_f64hash, "f64hash", type_hash_float(TYPE_AT(double, p), h))
TYPE_HASH(leat__go_c64hash, "c64hash",
    type_hash_float(
        TYPE_AT(float, p), type_hash_float(((const float *)p)[1], h)))
TYPE_HASH(leat__go_c128hash, "c128hash",
    type_hash_float(
        TYPE_AT(double, p), type_hash_float(((const double *)p)[1], h)))
TYPE_HASH(leat__go_nilinterhash, "nilinterhash",
    type_hash_eface(TYPE_AT(struct go_eface, p), h))
TYPE_HASH(leat__go_interhash, "interhash",
    type_hash_eface(leat__go_to_eface(TYPE_AT(struct go_iface, p)), h))

// Hashes of any type

static uintptr_t
type_hash_struct(const struct go_struct_type *t, const char *p, uintptr_t h)
{
    for (go_int i = 0; i < t->fields_len; i++) {
        const struct go_field *f = &t->fields[i];
        if (leat__go_same(*f->name, (struct go_string){"_", 1}))
            continue;
        h = leat__go_hash(f->type, p + (f->offset_embedded >> 1), h);
    }
    return h;
}

static uintptr_t
type_hash_array(const struct go_array_type *t, const char *p, uintptr_t h)
{
    for (uintptr_t i = 0; i < t->len; i++)
        h = leat__go_hash(t->elem, p + i * t->elem->size, h);
    return h;
}

uintptr_t
leat__go_hash(const struct go_type *t, const void *p, uintptr_t h)
{
    switch (t->kind & GO_KIND_MASK) {
    case GO_FLOAT32:
        return leat__go_f32hash(p, h);
    case GO_FLOAT64:
        return leat__go_f64hash(p, h);
    case GO_COMPLEX64:
        return leat__go_c64hash(p, h);
    case GO_COMPLEX128:
        return leat__go_c128hash(p, h);
    case GO_STRING:
        return leat__go_strhash(p, h);
    case GO_INTERFACE:
        if (((const struct go_interface_type *)t)->methods_len == 0)
            return leat__go_nilinterhash(p, h);
        return leat__go_interhash(p, h);
    case GO_ARRAY:
        return type_hash_array((const struct go_array_type *)t, p, h);
    case GO_STRUCT:
        return type_hash_struct((const struct go_struct_type *)t, p, h);
    case GO_FUNC:
    case GO_MAP:
    case GO_SLICE:
        leat__go_panic_unhashable(t);
    default:
        return leat__go_memhash(p, h, t->size);
    }
}

uintptr_t leat__go_typehash(const struct go_type *t, const void *p,
    uintptr_t h) GO_NAME("reflect.typehash");
uintptr_t
leat__go_typehash(const struct go_type *t, const void *p, uintptr_t h)
{
    return leat__go_hash(t, p, h);
}

// Equality

bool leat__go_memequal(const void *a, const void *b, uintptr_t n)
    GO_NAME("runtime.memequal");
bool
leat__go_memequal(const void *a, const void *b, uintptr_t n)
{
    return a == b || memcmp(a, b, n) == 0;
}

bool
leat__go_eface_equal(struct go_eface a, struct go_eface b)
{
    if (a.type != b.type)
        return false;
    if (a.type == NULL)
        return true;
    if (a.type->equal == NULL)
        leat__go_panic_uncomparable(a.type);
    if (leat__go_direct(a.type))
        return a.data == b.data;
    return GO_CALL(a.type->equal, go_equal_fn, a.data, b.data);
}

static bool
type_equal_iface(struct go_iface a, struct go_iface b)
{
    return leat__go_eface_equal(leat__go_to_eface(a), leat__go_to_eface(b));
}

TYPE_EQUAL(leat__go_memequal0, "memequal0", ((void)a, (void)b, true))
TYPE_EQUAL(leat__go_memequal8, "memequal8",
    TYPE_AT(uint8_t, a) == TYPE_AT(uint8_t, b))
TYPE_EQUAL(leat__go_memequal16, "memequal16", memcmp(a, b, 2) == 0)
TYPE_EQUAL(leat__go_memequal32, "memequal32", memcmp(a, b, 4) == 0)
TYPE_EQUAL(leat__go_memequal64, "memequal64", memcmp(a, b, 8) == 0)
TYPE_EQUAL(leat__go_pointerequal, "pointerequal", memcmp(a, b, 8) == 0)
TYPE_EQUAL(leat__go_memequal128, "memequal128", memcmp(a, b, 16) == 0)
TYPE_EQUAL(
    leat__go_f32equal, "f32equal", TYPE_AT(float, a) == TYPE_AT(float, b))
TYPE_EQUAL(
    leat__go_f64equal, "f64equal", TYPE_AT(double, a) == TYPE_AT(double, b))
TYPE_EQUAL(leat__go_c64equal, "c64equal",
    TYPE_AT(_Complex float, a) == TYPE_AT(_Complex float, b))
TYPE_EQUAL(leat__go_c128equal, "c128equal",
    TYPE_AT(_Complex double, a) == TYPE_AT(_Complex double, b))
TYPE_EQUAL(leat__go_strequal, "strequal",
    leat__go_same(
        TYPE_AT(struct go_string, a), TYPE_AT(struct go_string, b)))
TYPE_EQUAL(leat__go_nilinterequal, "nilinterequal",
    leat__go_eface_equal(
        TYPE_AT(struct go_eface, a), TYPE_AT(struct go_eface, b)))
TYPE_EQUAL(leat__go_interequal, "interequal",
    type_equal_iface(
        TYPE_AT(struct go_iface, a), TYPE_AT(struct go_iface, b)))

// Comparisons of interfaces, as the compiler calls them ---------------------

bool leat__go_efaceeq(struct go_eface a, struct go_eface b)
    GO_NAME("runtime.efaceeq");
bool
leat__go_efaceeq(struct go_eface a, struct go_eface b)
{
    return leat__go_eface_equal(a, b);
}

bool leat__go_ifaceeq(struct go_iface a, struct go_iface b)
    GO_NAME("runtime.ifaceeq");
bool
leat__go_ifaceeq(struct go_iface a, struct go_iface b)
{
    return type_equal_iface(a, b);
}

bool leat__go_ifaceefaceeq(struct go_iface a, struct go_eface b)
    GO_NAME("runtime.ifaceefaceeq");
bool
leat__go_ifaceefaceeq(struct go_iface a, struct go_eface b)
{
    return leat__go_eface_equal(leat__go_to_eface(a), b);
}

// With a value that lies at p; of a pointer type p is the value.
bool leat__go_efacevaleq(struct go_eface e, const struct go_type *t, void *p)
    GO_NAME("runtime.efacevaleq");
bool
leat__go_efacevaleq(struct go_eface e, const struct go_type *t, void *p)
{
    return e.type == t &&
        leat__go_eface_equal(e, (struct go_eface){t, p});
}

bool leat__go_ifacevaleq(struct go_iface i, const struct go_type *t, void *p)
    GO_NAME("runtime.ifacevaleq");
bool
leat__go_ifacevaleq(struct go_iface i, const struct go_type *t, void *p)
{
    return leat__go_efacevaleq(leat__go_to_eface(i), t, p);
}
