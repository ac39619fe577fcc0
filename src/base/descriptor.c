/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File descriptors: ownership, whole reads and writes, and the three standard ones. */
#include "base/descriptor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/memory.h"
#include "base/number.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

void descriptor_close(int *descriptor)
{
    int saved_errno = errno;

    /* close(2) frees the number even when it reports EINTR: never again. */
    if (*descriptor >= 0)
        (void)close(*descriptor);
    *descriptor = -1;
    errno = saved_errno;
}

/* A first guess of the buffer's size: the file's, where it tells one, plus the byte that shows its end. */
static size_t read_size_guess(int descriptor, size_t limit)
{
    const size_t unknown = 16 * 1024;
    struct stat status;
    size_t guess = unknown;

    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        guess = (uintmax_t)status.st_size > limit ? limit : (size_t)status.st_size;
    else if (guess > limit)
        guess = limit;
    return guess + 1;
}

int descriptor_read_all(int descriptor, size_t limit, const char *name, struct arena *arena, char **bytes,
                        size_t *length, struct error *error)
{
    size_t capacity = read_size_guess(descriptor, limit);
    char *buffer = arena_allocate(arena, capacity + 1);
    size_t used = 0;

    for (;;) {
        ssize_t got = read(descriptor, buffer + used, capacity - used);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_system(error, errno, "cannot read %s", name);
        if (got == 0)
            break;
        used += (size_t)got;
        /* Judged by what was read, not by fstat: the file may grow meanwhile. */
        if (used > limit)
            return error_set(error, ERROR_LIMIT, "%s is larger than the limit of %zu bytes", name, limit);
        if (used == capacity) {
            size_t larger = capacity > limit / 2 ? limit + 1 : capacity * 2;
            char *moved = arena_allocate(arena, larger + 1);

            memcpy(moved, buffer, used);
            buffer = moved;
            capacity = larger;
        }
    }
    buffer[used] = '\0';
    *bytes = buffer;
    *length = used;
    return 0;
}

int descriptor_write_all(int descriptor, const void *bytes, size_t length)
{
    const char *next = bytes;

    while (length > 0) {
        ssize_t put = write(descriptor, next, length);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        if (put == 0) {
            errno = EIO;
            return -1;
        }
        next += put;
        length -= (size_t)put;
    }
    return 0;
}

int descriptor_write_file_at(int directory, const char *path, const char *text)
{
    cleanup_fd int file = openat(directory, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    size_t length = strlen(text);
    ssize_t put;

    if (file < 0)
        return -1;
    do
        put = write(file, text, length);
    while (put < 0 && errno == EINTR); /* nothing was taken: still one write for the kernel */
    if (put < 0)
        return -1;
    if ((size_t)put != length) {
        errno = EIO;
        return -1;
    }
    return 0;
}

ssize_t descriptor_read_file_at(int directory, const char *path, char *buffer, size_t size)
{
    cleanup_fd int file = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t used = 0;

    if (file < 0)
        return -1;
    for (;;) {
        char beyond;
        bool full = used + 1 >= size;
        ssize_t got = full ? read(file, &beyond, 1) : read(file, buffer + used, size - used - 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        if (full) {
            errno = EFBIG;
            return -1;
        }
        used += (size_t)got;
    }
    if (size == 0) {
        errno = EFBIG;
        return -1;
    }
    if (used > 0 && buffer[used - 1] == '\n')
        used--;
    buffer[used] = '\0';
    return (ssize_t)used;
}

int descriptor_ensure_standard(void)
{
    for (int standard = 0; standard <= 2; standard++) {
        int opened;

        if (fcntl(standard, F_GETFD) >= 0)
            continue;
        if (errno != EBADF)
            return -1;
        /* The lowest free number is this one, as those below are open. Not close-on-exec: a payload needs
         * them too. */
        opened = open("/dev/null", O_RDWR); /* NOLINT: see above */
        if (opened < 0)
            return -1;
        if (opened != standard) {
            descriptor_close(&opened);
            errno = EBUSY;
            return -1;
        }
    }
    return 0;
}

/* What close_range does, for kernels before 5.11 and filters that do not know the call: a walk of
 * /proc/self/fd. */
static int cloexec_by_walk(unsigned int first)
{
    DIR *directory = opendir("/proc/self/fd");
    int result = 0;

    if (directory == NULL)
        return -1;
    for (;;) {
        const struct dirent *entry;
        uint64_t number;

        errno = 0;
        entry = readdir(directory);
        if (entry == NULL) {
            if (errno != 0)
                result = -1;
            break;
        }
        if (!number_unsigned(entry->d_name, INT32_MAX, &number) || number < first)
            continue;
        if (fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0) {
            result = -1;
            break;
        }
    }
    if (result == 0) {
        closedir(directory);
    } else {
        int saved_errno = errno;
        closedir(directory);
        errno = saved_errno;
    }
    return result;
}

int descriptor_cloexec_from(unsigned int first)
{
    if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return 0;
    /* ENOSYS: before 5.9. EINVAL: before 5.11, which added the flag. EPERM: a filter older than the call. */
    if (errno != ENOSYS && errno != EINVAL && errno != EPERM)
        return -1;
    return cloexec_by_walk(first);
}
