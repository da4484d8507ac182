// SPDX-License-Identifier: MIT
// walk.c: the goroutine that finds the files.
//
// The idea: a stack of directories still to be read, so that depth costs no
// descriptors: one directory is open at a time. Symbolic links below the
// roots are not followed and count for nothing; a root may be one.
#include "words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk_state {
    struct job *job;
    struct tally *tally; // of what cannot be read
    struct seen dirs;
    struct batch batch; // not sent yet
    leat_slice(char *) stack;
};

static void
walk_push(struct walk_state *w, char *path)
{
    if (leat_try_push(&w->stack, path) != 0)
        names_add(&w->tally->failed, path, ENOMEM);
}

static void
walk_flush(struct walk_state *w)
{
    if (w->batch.len > 0)
        leat_send(w->job->paths, w->batch);
    w->batch.len = 0;
}

static void
walk_send(struct walk_state *w, char *path)
{
    w->batch.path[w->batch.len++] = path;
    if (w->batch.len == BATCH_PATHS)
        walk_flush(w);
}

static char *
walk_join(const char *dir, const char *name)
{
    size_t n = strlen(dir), m = strlen(name);
    bool slash = n > 0 && dir[n - 1] != '/';
    char *path = malloc(n + slash + m + 1);
    if (path == NULL)
        return NULL;
    memcpy(path, dir, n);
    path[n] = '/';
    memcpy(path + n + slash, name, m + 1);
    return path;
}

// What an entry is: DT_DIR, DT_REG or something that does not count.
static int
walk_type(int dir, const struct dirent *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN)
        return e->d_type;
    // Some file systems do not say.
    if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return DT_REG; // its reader will find out why and say so
    return IFTODT(st.st_mode);
}

static void
walk_entry(struct walk_state *w, const char *dir_path, int dir,
    const struct dirent *e)
{
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
        return;
    int type = walk_type(dir, e);
    if (type != DT_DIR && type != DT_REG)
        return;
    char *path = walk_join(dir_path, e->d_name);
    if (path == NULL)
        names_add(&w->tally->failed, strdup(dir_path), ENOMEM);
    else if (type == DT_DIR)
        walk_push(w, path);
    else
        walk_send(w, path);
}

// What touches errno stands in functions of its own that do not park: after
// a park the goroutine may be on another thread, whose errno lies elsewhere,
// and a compiler that inlines them may still use the old address.

// Opens a directory; 0 or an errno. flags: O_NOFOLLOW or 0.
static __attribute__((noinline)) int
walk_open(const char *path, int flags, DIR **dir)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    if (fd < 0)
        return errno;
    *dir = fdopendir(fd);
    if (*dir != NULL)
        return 0;
    int err = errno;
    close(fd);
    return err;
}

// The next entry, or NULL at the end and after an error, with its errno.
static __attribute__((noinline)) struct dirent *
walk_next(DIR *dir, int *err)
{
    errno = 0;
    struct dirent *e = readdir(dir);
    *err = e == NULL ? errno : 0;
    return e;
}

static __attribute__((noinline)) int
walk_stat(const char *path, struct stat *st)
{
    return stat(path, st) == 0 ? 0 : errno;
}

// Reads one directory and takes over its path.
static void
walk_dir(struct walk_state *w, char *path, int flags)
{
    struct stat st;
    struct dirent *e;
    DIR *dir;
    int err = walk_open(path, flags, &dir);
    if (err != 0) {
        names_add(&w->tally->failed, path, err);
        return;
    }
    int fd = dirfd(dir);
    if (fstat(fd, &st) != 0 || seen_first(&w->dirs, st.st_dev, st.st_ino))
        while ((e = walk_next(dir, &err)) != NULL)
            walk_entry(w, path, fd, e);
    closedir(dir);
    if (err != 0)
        names_add(&w->tally->failed, path, err);
    else
        free(path);
}

static void
walk_root(struct walk_state *w, const char *root)
{
    struct stat st;
    char *path = strdup(root);
    if (path == NULL)
        return;
    int err = walk_stat(path, &st);
    if (err != 0)
        names_add(&w->tally->failed, path, err);
    else if (S_ISDIR(st.st_mode))
        walk_dir(w, path, 0);
    else
        walk_send(w, path);
    while (w->stack.len > 0) {
        char *dir = leat_at(w->stack, w->stack.len - 1);
        w->stack.len--;
        walk_dir(w, dir, O_NOFOLLOW);
    }
}

void
walk(struct job *job)
{
    leat_set_name("walk");
    struct walk_state w = {.job = job, .tally = calloc(1, sizeof *w.tally)};
    if (w.tally == NULL)
        leat_panic("out of memory");
    for (size_t i = 0; i < job->root_count; i++)
        walk_root(&w, job->roots[i]);
    walk_flush(&w);
    leat_close(job->paths);
    leat_slice_free(w.stack);
    leat_map_free(w.dirs.files);
    leat_send(job->tallies, w.tally);
}
