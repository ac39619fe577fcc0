/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scratch folder as a root, its seal, and what a comparison says. The current folder is the root. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "trust/walk.h"
#include "unit.h"

static char scratch_root[64];
static struct arena arena;
static const struct trust_root *root_facts; /* of the next comparisons */
static struct trust_seal seal;
static struct trust_binding binding;
static struct error error;

static inline int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline int enter_root(void **state)
{
    (void)state;
    (void)umask(022);
    snprintf(scratch_root, sizeof(scratch_root), "/tmp/thwart-walk-XXXXXX");
    error = (struct error){0};
    binding = (struct trust_binding){0};
    root_facts = NULL;
    return mkdtemp(scratch_root) != NULL && chmod(scratch_root, 0755) == 0 ? chdir(scratch_root) : -1;
}

static inline int leave_root(void **state)
{
    (void)state;
    arena_free(&arena);
    return chdir("/") == 0 ? nftw(scratch_root, remove_entry, 64, FTW_DEPTH | FTW_PHYS) : -1;
}

static inline void make_file(const char *path, const char *text)
{
    cleanup_fd int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (file < 0 || descriptor_write_all(file, text, strlen(text)) != 0)
        fail_msg("%s: %s", path, strerror(errno));
}

static inline void make_folder(const char *path)
{
    if (mkdir(path, 0755) != 0)
        fail_msg("%s: %s", path, strerror(errno));
}

static inline int try_seal(void)
{
    cleanup_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int output = memfd_create("list", MFD_CLOEXEC);
    struct trust_seal written;
    size_t length;
    char *bytes;

    if (trust_seal_write(root, output, &arena, &written, &error) != 0)
        return -1;
    assert_true(lseek(output, 0, SEEK_SET) == 0);
    assert_int_equal(descriptor_read_all(output, 1 << 27, "list", &arena, &bytes, &length, &error), 0);
    assert_int_equal(trust_seal_attach(&written, bytes, length, &seal, &error), 0);
    return 0;
}

static inline void make_seal(void)
{
    if (try_seal() != 0)
        fail_msg("%s", error.message);
}

static inline int try_compare(unsigned int threads)
{
    cleanup_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return walk_compare(root, root_facts, &seal, NULL, threads, &arena, &binding, &error);
}

static inline void compare_root(void)
{
    if (try_compare(0) != 0)
        fail_msg("%s", error.message);
}

static inline void it_holds(void)
{
    compare_root();
    if (!binding.holds)
        fail_msg("%s", binding.reason);
    assert_true(binding.difference_count == 0 && binding.reason == NULL);
}

/* Among the differences is this one; what: a part of the words. */
static inline void it_tells(enum trust_difference_kind kind, const char *path, const char *what)
{
    compare_root();
    assert_false(binding.holds);
    for (size_t i = 0; i < binding.difference_count; i++) {
        const struct trust_difference *difference = &binding.differences[i];

        if (difference->kind == kind && strcmp(difference->path, path) == 0 &&
            strstr(difference->what, what) != NULL)
            return;
    }
    fail_msg("%s of %s is told as: %s", what, path, binding.reason);
}

/* This difference and no other. */
static inline void it_tells_only(enum trust_difference_kind kind, const char *path, const char *what)
{
    it_tells(kind, path, what);
    if (binding.difference_count != 1 || binding.more != 0)
        fail_msg("%s, %s as well", binding.reason, binding.differences[1].path);
}
