/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things about files and numbers that several parts of the probe share. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

long read_small_file(const char *path, char *buffer, size_t capacity)
{
    size_t length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    while (length < capacity - 1) {
        ssize_t count = read(fd, buffer + length, capacity - 1 - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            int saved = errno;
            close(fd);
            errno = saved;
            return -1;
        }
        if (count == 0)
            break;
        length += (size_t)count;
    }
    close(fd);
    buffer[length] = '\0';
    return (long)length;
}

long long parse_number(const char *text)
{
    char *end = NULL;

    errno = 0;
    /* Values above LLONG_MAX are wanted too: the upper half of a 64-bit syscall argument. */
    long long value = text[0] == '-' ? strtoll(text, &end, 0) : (long long)strtoull(text, &end, 0);
    if (errno != 0 || end == text || *end != '\0')
        _exit(112);
    return value;
}

const char *file_type_name(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "directory";
    case S_IFLNK:
        return "symlink";
    case S_IFCHR:
        return "character";
    case S_IFBLK:
        return "block";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    default:
        return "other"; /* anonymous inodes: pidfds, eventfds, BPF objects */
    }
}

void describe_path(const char *path)
{
    struct stat status;
    struct statfs file_system;
    char target[PATH_MAX];

    json_open(NULL, '{');
    json_text("path", path);
    if (lstat(path, &status) < 0) {
        json_error("error", errno);
        json_close('}');
        return;
    }
    json_error("error", 0);
    json_text("type", file_type_name(status.st_mode));
    json_octal("mode", status.st_mode & 07777);
    json_number("uid", status.st_uid);
    json_number("gid", status.st_gid);
    json_device("dev", status.st_dev);
    json_unsigned("ino", status.st_ino);
    json_device("rdev", status.st_rdev);
    json_number("size", status.st_size);
    json_unsigned("links", status.st_nlink);
    if (S_ISLNK(status.st_mode)) {
        ssize_t length = readlink(path, target, sizeof target);
        json_bytes("target", target, length > 0 ? (size_t)length : 0);
    } else if (statfs(path, &file_system) == 0) {
        json_unsigned("magic", (unsigned long long)file_system.f_type);
    }
    json_close('}');
}
