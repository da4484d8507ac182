// SPDX-License-Identifier: MIT
// debug/elf_file.c: the file a module was loaded from, mapped for reading.
//
// The idea: sections (symbols, line tables) are not loaded into a process, so
// they are read from the file. The file may have been replaced since, by a
// rebuild for example; it is taken only when its program headers and its
// notes, where the build id is, equal those in memory.
//
// Invariants: no byte outside [map, map + size) is read; every offset that
// comes from the file is checked before use.
// Locks: none. The file must not be truncated while mapped; a linker writes a
// new file instead.
//
// Rejected: separate debug files (/usr/lib/debug): a library's frames show its
// exported names, which is enough to see where one's own code called it.

#include "debug/elf_file.h"

#include "os/open.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char elf_self_path[] = "/proc/self/exe";

static const char *
elf_open_path(const struct leat__module *m)
{
    if (m->is_vdso)
        return NULL;
    if (m->name[0] == '\0')
        return elf_self_path;
    // A name without a slash is no path: it would be opened from whatever
    // directory the program is in now.
    return strchr(m->name, '/') ? m->name : NULL;
}

static bool
elf_range(const struct leat__elf_file *f, uint64_t offset, uint64_t len)
{
    return offset <= f->size && len <= f->size - offset;
}

static bool
elf_header(const struct leat__elf_file *f, Elf64_Ehdr *h)
{
    if (!elf_range(f, 0, sizeof(*h)))
        return false;
    memcpy(h, f->map, sizeof(*h));
    return memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 &&
           h->e_ident[EI_CLASS] == ELFCLASS64 &&
           h->e_ident[EI_DATA] == ELFDATA2LSB;
}

// Whether a note segment, which no loader changes, is the same in both.
static bool
elf_same_note(const struct leat__elf_file *f, const struct leat__module *m,
    const Elf64_Phdr *note)
{
    uintptr_t addr = m->bias + note->p_vaddr, lo, hi;
    if (!leat__module_segment(m, addr, &lo, &hi) || note->p_filesz > hi - addr)
        return true;
    return elf_range(f, note->p_offset, note->p_filesz) &&
           memcmp(f->map + note->p_offset, (const void *)addr,
               note->p_filesz) == 0;
}

static bool
elf_is_loaded(const struct leat__elf_file *f, const struct leat__module *m)
{
    Elf64_Ehdr h;
    if (!elf_header(f, &h) || h.e_phnum != m->phdr_count)
        return false;
    size_t len = m->phdr_count * sizeof(Elf64_Phdr);
    if (!elf_range(f, h.e_phoff, len) ||
        memcmp(f->map + h.e_phoff, m->phdr, len) != 0)
        return false;
    for (unsigned i = 0; i < m->phdr_count; i++) {
        if (m->phdr[i].p_type == PT_NOTE && !elf_same_note(f, m, &m->phdr[i]))
            return false;
    }
    return true;
}

static bool
elf_map(const char *path, struct leat__elf_file *out)
{
    struct stat st;
    int fd = leat__os_open(path, 0);
    if (fd < 0)
        return false;
    void *map = MAP_FAILED;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return false;
    out->map = map;
    out->size = (size_t)st.st_size;
    return true;
}

// Maps the file unless it is another one.
static bool
elf_take(const char *path, const struct leat__module *m,
    struct leat__elf_file *out)
{
    if (path == NULL || !elf_map(path, out))
        return false;
    if (elf_is_loaded(out, m))
        return true;
    leat__elf_close(out);
    return false;
}

// Without /proc the program is where exec was told that it is, unless it has
// changed its directory since.
bool
leat__elf_open(const struct leat__module *m, struct leat__elf_file *out)
{
    const char *path = elf_open_path(m);
    int saved_errno = errno;
    *out = (struct leat__elf_file){0};
    bool ok = path != NULL && elf_take(path, m, out);
    if (!ok && path == elf_self_path)
        ok = elf_take((const char *)getauxval(AT_EXECFN), m, out);
    errno = saved_errno;
    return ok;
}

void
leat__elf_close(struct leat__elf_file *f)
{
    if (f->map != NULL)
        munmap((void *)(uintptr_t)f->map, f->size);
    *f = (struct leat__elf_file){0};
}

static bool
elf_shdr(const struct leat__elf_file *f, const Elf64_Ehdr *h, uint64_t index,
    Elf64_Shdr *out)
{
    if (h->e_shoff == 0 || h->e_shentsize != sizeof(*out) ||
        index > f->size / sizeof(*out))
        return false;
    uint64_t offset = h->e_shoff + index * sizeof(*out);
    if (offset < h->e_shoff || !elf_range(f, offset, sizeof(*out)))
        return false;
    memcpy(out, f->map + offset, sizeof(*out));
    return true;
}

// Counts above 65,279 are kept in section 0, says the ELF specification.
static uint64_t
elf_shdr_count(const struct leat__elf_file *f, const Elf64_Ehdr *h)
{
    Elf64_Shdr first;
    if (h->e_shnum != 0)
        return h->e_shnum;
    return elf_shdr(f, h, 0, &first) ? first.sh_size : 0;
}

static struct leat__bytes
elf_content(const struct leat__elf_file *f, const Elf64_Shdr *s)
{
    if (s->sh_type == SHT_NOBITS || (s->sh_flags & SHF_COMPRESSED) ||
        !elf_range(f, s->sh_offset, s->sh_size))
        return (struct leat__bytes){0};
    return (struct leat__bytes){f->map + s->sh_offset, s->sh_size};
}

static void
elf_section_fill(const struct leat__elf_file *f, const Elf64_Shdr *s,
    struct leat__elf_section *out)
{
    out->bytes = elf_content(f, s);
    out->addr = s->sh_addr;
    out->size = s->sh_size;
    out->link = s->sh_link;
}

static struct leat__bytes
elf_section_names(const struct leat__elf_file *f, const Elf64_Ehdr *h)
{
    Elf64_Shdr s;
    uint64_t index = h->e_shstrndx;
    if (index == SHN_XINDEX)
        index = elf_shdr(f, h, 0, &s) ? s.sh_link : 0;
    if (index == 0 || !elf_shdr(f, h, index, &s))
        return (struct leat__bytes){0};
    return elf_content(f, &s);
}

bool
leat__elf_section_find(const struct leat__elf_file *f, const char *name,
    struct leat__elf_section *out)
{
    Elf64_Ehdr h;
    Elf64_Shdr s;
    *out = (struct leat__elf_section){0};
    if (f->map == NULL || !elf_header(f, &h))
        return false;
    struct leat__bytes names = elf_section_names(f, &h);
    uint64_t count = elf_shdr_count(f, &h);
    for (uint64_t i = 1; i < count && elf_shdr(f, &h, i, &s); i++) {
        if (strcmp(leat__bytes_str(names, s.sh_name), name) == 0) {
            elf_section_fill(f, &s, out);
            return true;
        }
    }
    return false;
}

bool
leat__elf_section_at(const struct leat__elf_file *f, uint32_t index,
    struct leat__elf_section *out)
{
    Elf64_Ehdr h;
    Elf64_Shdr s;
    *out = (struct leat__elf_section){0};
    if (f->map == NULL || !elf_header(f, &h) || !elf_shdr(f, &h, index, &s))
        return false;
    elf_section_fill(f, &s, out);
    return true;
}

void
leat__elf_path(const struct leat__module *m, char *buf, size_t size)
{
    char link[512];
    const char *name = m->name;
    if (name[0] == '\0') {
        int saved_errno = errno;
        ssize_t len = readlink(elf_self_path, link, sizeof(link) - 1);
        errno = saved_errno;
        link[len < 0 ? 0 : len] = '\0';
        const char *execfn = (const char *)getauxval(AT_EXECFN);
        name = len < 0 && execfn != NULL ? execfn : link;
    }
    size_t len = strlen(name);
    if (len >= size)
        name += len - (size - 1);
    memcpy(buf, name, strlen(name) + 1);
}
