/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding cgroups beneath their mount, and their events; see cgroup_files.h. */
#include "linux/cgroup_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/procfs.h"

enum { LINE_MAX_BYTES = 4096, CGROUPS_TABLE_BYTES = 8192 };

int cgroup_path_split(const char *path, struct cgroup_path *split, struct error *error)
{
    char *next = split->text;

    split->count = 0;
    if (text_print(split->text, sizeof(split->text), "%s", path) != 0)
        return error_set(error, ERROR_LIMIT, "the cgroup's path is longer than %d bytes",
                         CGROUP_PATH_MAX - 1);
    for (;;) {
        while (*next == '/')
            *next++ = '\0';
        if (*next == '\0')
            return 0;
        if (split->count == CGROUP_COMPONENTS_MAX)
            return error_set(error, ERROR_LIMIT, "the cgroup's path %s has more than %d components", path,
                             (int)CGROUP_COMPONENTS_MAX);
        split->names[split->count++] = next;
        while (*next != '/' && *next != '\0')
            next++;
        if (*next == '/')
            *next++ = '\0';
        const char *name = split->names[split->count - 1];
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            return error_set(error, ERROR_INVALID, "the cgroup's path %s must not have \"%s\" in it", path,
                             name);
    }
}

int cgroup_mount_open(const char *mount, struct error *error)
{
    cleanup_fd int directory = open(mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct statfs information;

    if (directory < 0 || fstatfs(directory, &information) != 0)
        return error_system(error, errno, "cannot open the cgroup mount %s", mount);
    if (information.f_type != CGROUP2_SUPER_MAGIC)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s is not a cgroup v2 file system: mount one there (mount -t cgroup2 cgroup2 %s)",
                         mount, mount);
    return take_fd(&directory);
}

int cgroup_open_beneath(int mount, const struct cgroup_path *path, size_t count, int *directory,
                        struct error *error)
{
    cleanup_fd int current = -1;

    *directory = -1;
    for (size_t i = 0; i < count; i++) {
        int next =
            openat(i == 0 ? mount : current, path->names[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (next < 0 && cgroup_errno_gone(errno))
            return 0;
        if (next < 0)
            return error_system(error, errno, "cannot open the cgroup \"%s\"", path->names[i]);
        descriptor_close(&current);
        current = next;
    }
    *directory = take_fd(&current);
    return 0;
}

int cgroup_open(const char *mount, const char *path, int *directory, struct error *error)
{
    cleanup_fd int root = cgroup_mount_open(mount, error);
    struct cgroup_path split;

    *directory = -1;
    if (root < 0 || cgroup_path_split(path, &split, error) != 0)
        return -1;
    /* Signals and removal never mean the whole host. */
    if (split.count == 0)
        return error_set(error, ERROR_INVALID, "the root of all cgroups is not a container's");
    return cgroup_open_beneath(root, &split, split.count, directory, error);
}

int cgroup_exists(const char *mount, const char *path, uint64_t inode, bool *exists, struct error *error)
{
    cleanup_fd int directory = -1;
    struct stat status;

    *exists = false;
    if (cgroup_open(mount, path, &directory, error) != 0)
        return -1;
    if (directory < 0)
        return 0;
    if (fstat(directory, &status) != 0)
        return error_system(error, errno, "cannot look at the cgroup %s", path);
    *exists = inode == 0 || status.st_ino == inode;
    return 0;
}

bool cgroup_errno_gone(int number)
{
    return number == ENOENT || number == ENODEV;
}

bool cgroup_events_parse(const char *text, struct cgroup_events *events)
{
    bool found = false;

    *events = (struct cgroup_events){0};
    while (*text != '\0') {
        if (text_starts_with(text, "populated ")) {
            events->populated = text[sizeof("populated ") - 1] == '1';
            found = true;
        } else if (text_starts_with(text, "frozen ")) {
            events->frozen = text[sizeof("frozen ") - 1] == '1';
        }
        text = strchrnul(text, '\n');
        text += *text == '\n';
    }
    return found;
}

int cgroup_events_read(int directory, struct cgroup_events *events)
{
    char text[256];

    if (descriptor_read_file_at(directory, "cgroup.events", text, sizeof(text)) < 0)
        return -1;
    if (!cgroup_events_parse(text, events)) {
        errno = EPROTO;
        return -1;
    }
    return 0;
}

int64_t cgroup_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int cgroup_wait(int directory, enum cgroup_event event, bool value, int timeout_ms)
{
    cleanup_fd int file = openat(directory, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int64_t deadline = cgroup_now_ms() + timeout_ms;

    if (file < 0)
        return cgroup_errno_gone(errno) ? !value : -1;
    for (;;) {
        struct pollfd wait = {.fd = file, .events = POLLPRI};
        struct cgroup_events events;
        int64_t left = deadline - cgroup_now_ms();
        char text[256];
        ssize_t length = pread(file, text, sizeof(text) - 1, 0);

        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return cgroup_errno_gone(errno) ? !value : -1;
        text[length] = '\0';
        if (!cgroup_events_parse(text, &events)) {
            errno = EPROTO;
            return -1;
        }
        if ((event == CGROUP_POPULATED ? events.populated : events.frozen) == value)
            return 1;
        if (left <= 0)
            return 0;
        /* Not longer than a moment: a removal between read and poll wakes nobody. */
        if (poll(&wait, 1, left > 100 ? 100 : (int)left) < 0 && errno != EINTR)
            return -1;
    }
}

bool cgroup_has_word(const char *line, const char *word)
{
    size_t length = strlen(word);

    while (*line != '\0') {
        size_t here = strcspn(line, " \n");

        if (here == length && memcmp(line, word, length) == 0)
            return true;
        line += here;
        line += strspn(line, " \n");
    }
    return false;
}

/* What /proc/cgroups tells of a controller. */
enum v1_use { V1_UNKNOWN, V1_ABSENT, V1_DISABLED, V1_USED, V1_FREE };

static enum v1_use v1_use_of(const char *controller)
{
    const char *fallback;
    cleanup_fd int procfs = procfs_open(PROCFS_WHOLE, &fallback, NULL);
    char table[CGROUPS_TABLE_BYTES];

    if (procfs < 0 || procfs_read(procfs, "cgroups", table, sizeof(table), NULL) < 0)
        return V1_UNKNOWN;
    if (strcmp(controller, "io") == 0)
        controller = "blkio"; /* its name there */
    for (const char *line = table; *line != '\0'; line += *line == '\n') {
        size_t length = strcspn(line, "\t\n");
        const char *next = line + length + 1;
        uint64_t fields[3]; /* hierarchy, cgroups, enabled */
        bool ours =
            length == strlen(controller) && memcmp(line, controller, length) == 0 && line[length] == '\t';

        for (size_t i = 0; ours && i < ARRAY_LENGTH(fields); i++, next++) {
            if (!number_scan_unsigned(&next, &fields[i]))
                return V1_UNKNOWN;
        }
        if (ours && fields[2] == 0)
            return V1_DISABLED;
        if (ours)
            return fields[0] != 0 ? V1_USED : V1_FREE;
        line = strchrnul(line, '\n');
    }
    return V1_ABSENT;
}

int cgroup_explain_controller(int mount, const char *controller, const char *where, const char *pointer,
                              struct error *error)
{
    char available[LINE_MAX_BYTES];
    const char *asked = pointer != NULL ? pointer : "/linux/resources";

    if (descriptor_read_file_at(mount, "cgroup.controllers", available, sizeof(available)) < 0)
        return error_system(error, errno, "%s: cannot read which cgroup controllers this host has", asked);
    if (cgroup_has_word(available, controller))
        return error_set(
            error, ERROR_UNSUPPORTED,
            "%s: the cgroup controller \"%s\" is not handed down to %s: delegate it there "
            "(echo +%s > cgroup.subtree_control in each cgroup above it; with systemd: Delegate=yes)",
            asked, controller, where, controller);
    switch (v1_use_of(controller)) {
    case V1_USED:
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: the cgroup controller \"%s\" is bound to cgroup v1 on this host: boot with "
                         "systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=%s, or leave the limit out",
                         asked, controller, controller);
    case V1_DISABLED:
        return error_set(
            error, ERROR_UNSUPPORTED,
            "%s: the cgroup controller \"%s\" is switched off on this host: boot without cgroup_disable=%s, "
            "or leave the limit out",
            asked, controller, controller);
    case V1_ABSENT:
        return error_set(
            error, ERROR_UNSUPPORTED,
            "%s: this kernel has no cgroup controller \"%s\": use one that is built with it, or leave the "
            "limit out",
            asked, controller);
    case V1_FREE:
    case V1_UNKNOWN:
        break;
    }
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s: the cgroup controller \"%s\" is not available here: the cgroup namespace or the "
                     "container around "
                     "this host was not given it; delegate it or leave the limit out",
                     asked, controller);
}

/* ---- marks ---- */

static const char *const mark_names[] = {"user.thwart.made", "trusted.thwart.made"};

void cgroup_mark_set(int directory)
{
    cleanup_fd int readable = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (size_t i = 0; readable >= 0 && i < ARRAY_LENGTH(mark_names); i++) {
        if (fsetxattr(readable, mark_names[i], "1", 1, 0) == 0)
            return;
    }
}

bool cgroup_mark_is_set(int directory)
{
    cleanup_fd int readable = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char value;

    for (size_t i = 0; readable >= 0 && i < ARRAY_LENGTH(mark_names); i++) {
        if (fgetxattr(readable, mark_names[i], &value, 1) == 1)
            return true;
    }
    return false;
}
