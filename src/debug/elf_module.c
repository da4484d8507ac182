// SPDX-License-Identifier: MIT
// debug/elf_module.c: which loaded object a pc belongs to.
//
// The idea: dl_iterate_phdr knows the program, its libraries and the vdso, in
// static programs too. Nothing is kept between calls, so nothing can be stale.
//
// Locks: the loader's own, recursive, which it holds over list changes only
// and not while constructors run; a signal that interrupts its holder may
// call again.
//
// Rejected: reading /proc/self/maps (slow, and files named twice in it look
// like two objects); _dl_find_object (only glibc 2.35 and newer).

#include "debug/elf_module.h"

#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <sys/auxv.h>

struct module_search {
    uintptr_t pc;
    struct leat__module *out;
};

static bool
module_segment_of(uintptr_t bias, const Elf64_Phdr *phdr, unsigned count,
    uintptr_t addr, const Elf64_Phdr **out)
{
    for (unsigned i = 0; i < count; i++) {
        uintptr_t lo = bias + phdr[i].p_vaddr;
        if (phdr[i].p_type == PT_LOAD && addr - lo < phdr[i].p_memsz) {
            *out = &phdr[i];
            return true;
        }
    }
    return false;
}

static int
module_visit(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct module_search *s = arg;
    struct leat__module *m = s->out;
    const Elf64_Phdr *seg;
    if (!module_segment_of(
            info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum, s->pc, &seg))
        return 0;
    uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
    m->bias = info->dlpi_addr;
    m->phdr = info->dlpi_phdr;
    m->phdr_count = info->dlpi_phnum;
    m->name = info->dlpi_name ? info->dlpi_name : "";
    m->seg_lo = m->bias + seg->p_vaddr;
    m->seg_hi = m->seg_lo + seg->p_memsz;
    m->seg_exec = (seg->p_flags & PF_X) != 0;
    m->is_vdso = vdso != 0 && vdso >= m->seg_lo && vdso < m->seg_hi;
    m->unload_count = 0;
    // Older loaders pass a shorter struct.
    if (size >= offsetof(struct dl_phdr_info, dlpi_subs) + 8)
        m->unload_count = info->dlpi_subs;
    return 1;
}

bool
leat__module_find(uintptr_t pc, struct leat__module *out)
{
    struct module_search s = {.pc = pc, .out = out};
    int saved_errno = errno; // getauxval reports what it lacks
    bool found = pc != 0 && dl_iterate_phdr(module_visit, &s) == 1;
    errno = saved_errno;
    return found;
}

bool
leat__module_segment(
    const struct leat__module *m, uintptr_t addr, uintptr_t *lo, uintptr_t *hi)
{
    const Elf64_Phdr *seg;
    if (!module_segment_of(m->bias, m->phdr, m->phdr_count, addr, &seg))
        return false;
    *lo = m->bias + seg->p_vaddr;
    *hi = *lo + seg->p_memsz;
    return true;
}

const Elf64_Phdr *
leat__module_phdr(const struct leat__module *m, uint32_t type)
{
    for (unsigned i = 0; i < m->phdr_count; i++) {
        if (m->phdr[i].p_type == type)
            return &m->phdr[i];
    }
    return NULL;
}
