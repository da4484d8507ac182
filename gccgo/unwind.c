// SPDX-License-Identifier: MIT
// gccgo/unwind.c: the personality routine of gccgo's functions: where in a
// function an exception continues.
//
// A function with deferred calls has a table of its calls (the LSDA of the
// Itanium C++ ABI): ranges of code, each with a landing pad or none, and an
// action: 0 for a cleanup, which is passed in the second phase only, else a
// handler, which for gccgo catches everything.
//
// Rejected: libgcc's routine for C, which knows cleanups only, so that the
// first phase would find nobody.
#include "gccgo/abi.h"

#include <string.h>
#include <unwind.h>

enum {
    UNWIND_OMIT = 0xff,     // DW_EH_PE_omit
    UNWIND_ULEB128 = 0x01,  // DW_EH_PE_uleb128
    UNWIND_UDATA4 = 0x03    // DW_EH_PE_udata4
};

static uintptr_t
unwind_uleb128(const unsigned char **p)
{
    uintptr_t v = 0;
    unsigned shift = 0;
    unsigned char byte;
    do {
        byte = *(*p)++;
        v |= (uintptr_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return v;
}

// A number of the table of calls; gcc writes it in one of two ways.
static uintptr_t
unwind_number(const unsigned char **p, unsigned char encoding)
{
    if (encoding == UNWIND_ULEB128)
        return unwind_uleb128(p);
    LEAT_CHECK(encoding == UNWIND_UDATA4);
    uint32_t v;
    memcpy(&v, *p, sizeof v);
    *p += sizeof v;
    return v;
}

// The landing pad for the pc at offset `at` of its function, as an offset; 0
// if there is none. *handles: it is a handler, not a cleanup.
static uintptr_t
unwind_pad(const unsigned char *p, uintptr_t at, bool *handles)
{
    // Pads are relative to the function's start; the types caught do not
    // matter.
    LEAT_CHECK(*p == UNWIND_OMIT);
    if (*++p != UNWIND_OMIT) {
        p++;
        unwind_uleb128(&p);
    } else {
        p++;
    }
    unsigned char encoding = *p++;
    uintptr_t bytes = unwind_uleb128(&p);
    const unsigned char *end = p + bytes;
    while (p < end) {
        uintptr_t start = unwind_number(&p, encoding);
        uintptr_t size = unwind_number(&p, encoding);
        uintptr_t pad = unwind_number(&p, encoding);
        uintptr_t action = unwind_uleb128(&p);
        if (at < start)
            break;
        if (at < start + size) {
            *handles = action != 0;
            return pad;
        }
    }
    return 0;
}

_Unwind_Reason_Code leat__go_personality(int version,
    _Unwind_Action actions, _Unwind_Exception_Class class,
    struct _Unwind_Exception *e, struct _Unwind_Context *c)
    GO_NAME("__gccgo_personality_v0");
_Unwind_Reason_Code
leat__go_personality(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *e,
    struct _Unwind_Context *c)
{
    const unsigned char *lsda =
        (const unsigned char *)_Unwind_GetLanguageSpecificData(c);
    int before = 0;
    bool handles = false;
    (void)class;
    if (version != 1)
        return _URC_FATAL_PHASE1_ERROR;
    if (lsda == NULL)
        return _URC_CONTINUE_UNWIND;
    uintptr_t start = _Unwind_GetRegionStart(c);
    uintptr_t pc = _Unwind_GetIPInfo(c, &before);
    uintptr_t pad = unwind_pad(lsda, pc - !before - start, &handles);
    if (pad == 0)
        return _URC_CONTINUE_UNWIND;
    if (actions & _UA_SEARCH_PHASE)
        return handles ? _URC_HANDLER_FOUND : _URC_CONTINUE_UNWIND;
    _Unwind_SetGR(c, __builtin_eh_return_data_regno(0), (uintptr_t)e);
    _Unwind_SetGR(c, __builtin_eh_return_data_regno(1), 0);
    _Unwind_SetIP(c, start + pad);
    return _URC_INSTALL_CONTEXT;
}
