/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies of tests that mount: each runs in a child with a mount namespace of its own, over a fresh tmpfs, so
 * that nothing of it can be left. In the child, CHECK stands for cmocka's assertions, which must not jump
 * there. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/error.h"
#include "unit.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s (errno %d, error \"%s\")\n", __FILE__, __LINE__, #condition, errno,   \
                    test_error.message);                                                                     \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

enum { CHILD_SKIPPED = 77 };

/* Every fallible call of a body fills this one. */
static struct error test_error;

/* Where the fresh tmpfs is mounted: the body's working directory, and its absolute path. */
static char scratch[64];

static inline void in_private_namespace(void (*body)(void))
{
    if (geteuid() != 0) {
        print_message("skipped: needs root for a mount namespace\n");
        skip();
    }
    snprintf(scratch, sizeof(scratch), "/tmp/thwart-unit-XXXXXX");
    assert_non_null(mkdtemp(scratch));
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        CHECK(unshare(CLONE_NEWNS) == 0);
        CHECK(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
        CHECK(mount("scratch", scratch, "tmpfs", 0, "mode=755") == 0);
        CHECK(chdir(scratch) == 0);
        body();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(rmdir(scratch), 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == CHILD_SKIPPED)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Run a body in another child; true when it exited with 0. For what leaves the child in another root. */
static inline bool in_child(void (*body)(void))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        body();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* On standard output, in line with cmocka's own words: tests/run.sh reads the reason there. */
static inline void skip_child(const char *reason)
{
    printf("skipped: %s\n", reason);
    fflush(stdout);
    _exit(CHILD_SKIPPED);
}

static inline void write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    CHECK(file >= 0);
    CHECK(write(file, text, strlen(text)) == (ssize_t)strlen(text));
    CHECK(close(file) == 0);
}

/* At most size - 1 bytes of a file; "" when it cannot be read. */
static inline const char *read_file(const char *path)
{
    static char bytes[65536];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t count;
    while (file >= 0 && (count = read(file, bytes + length, sizeof(bytes) - 1 - length)) > 0)
        length += (size_t)count;
    if (file >= 0)
        close(file);
    bytes[length] = '\0';
    return bytes;
}

static inline bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static inline mode_t mode_of(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 ? status.st_mode : 0;
}

static inline const char *in_scratch(const char *path)
{
    static char bytes[4][256];
    static size_t next;
    next = (next + 1) % 4;
    snprintf(bytes[next], sizeof(bytes[next]), "%s/%s", scratch, path);
    return bytes[next];
}
