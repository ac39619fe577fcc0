/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See path_facts.h. */
#include "linux/path_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/host_proc.h"

#ifndef SELINUX_MAGIC
#define SELINUX_MAGIC 0xf97cff8c
#endif
#ifndef CONFIGFS_MAGIC
#define CONFIGFS_MAGIC 0x62656570
#endif
#ifndef EFIVARFS_MAGIC
#define EFIVARFS_MAGIC 0xde5e81e4
#endif

static bool is_kernels_type(uint64_t type)
{
    static const uint64_t types[] = {
        PROC_SUPER_MAGIC, SYSFS_MAGIC,  CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
        SECURITYFS_MAGIC, BPF_FS_MAGIC, CONFIGFS_MAGIC,     EFIVARFS_MAGIC,      SELINUX_MAGIC, SMACK_MAGIC,
    };

    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        if (types[i] == type)
            return true;
    return false;
}

static uint64_t file_system_type(int descriptor)
{
    struct statfs status;

    return fstatfs(descriptor, &status) == 0 ? (uint64_t)status.f_type : 0;
}

/* Without asking a server: device and inode do not change. */
static int look_at(int descriptor, struct statx *status)
{
    return statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_INO,
                 status);
}

int path_object_of(int descriptor, uint64_t *device, uint64_t *inode)
{
    struct statx status;

    if (look_at(descriptor, &status) < 0)
        return -1;
    *device = makedev(status.stx_dev_major, status.stx_dev_minor);
    *inode = status.stx_ino;
    return 0;
}

/* The path that the kernel has for a descriptor. What is deleted, or is in another mount namespace, has a
 * text too, so that it is followed again: "" unless it leads to the same object. */
static void resolve(int descriptor, const char *path, struct path_fact *fact)
{
    char link[HOST_PROC_DESCRIPTOR_PATH_SIZE];
    uint64_t device, inode;
    ssize_t length;

    host_proc_descriptor_path(link, descriptor, NULL);
    length = readlink(link, fact->resolved, sizeof(fact->resolved) - 1);
    if (length < 0 || (size_t)length >= sizeof(fact->resolved) - 1)
        length = 0;
    fact->resolved[length] = '\0';
    if (length == 0 || strcmp(fact->resolved, path) == 0)
        return;
    cleanup_fd int again = open(fact->resolved, O_PATH | O_CLOEXEC);
    if (again < 0 || path_object_of(again, &device, &inode) < 0 || device != fact->device ||
        inode != fact->inode)
        fact->resolved[0] = '\0';
}

static void take_status(const struct statx *status, struct path_fact *fact)
{
    fact->exists = true;
    fact->mode = status->stx_mode;
    fact->device = makedev(status->stx_dev_major, status->stx_dev_minor);
    fact->inode = status->stx_ino;
    fact->node_major = status->stx_rdev_major;
    fact->node_minor = status->stx_rdev_minor;
}

static void look_inside(int descriptor, const char *path, struct path_fact *fact)
{
    struct statx status;

    if (look_at(descriptor, &status) < 0)
        return;
    take_status(&status, fact);
    /* The kernel's own file systems have no device; a disk's need not be asked. */
    fact->is_kernels = status.stx_dev_major == 0 && is_kernels_type(file_system_type(descriptor));
    resolve(descriptor, path, fact);
}

static void join(const char *directory, const char *rest, struct path_fact *fact)
{
    struct text text = text_over(fact->resolved, sizeof(fact->resolved));

    text_append(&text, directory);
    if (text.length > 0 && fact->resolved[text.length - 1] != '/')
        text_append_character(&text, '/');
    text_append(&text, rest);
    if (text.overflow)
        fact->resolved[0] = '\0';
}

/* What is not there: the directory above, as it is, and the rest of the text. */
static void resolve_above(const char *path, struct path_fact *fact)
{
    char above[PATH_MAX];
    struct path_fact *found = &(struct path_fact){0};
    size_t length = strlen(path);

    memcpy(above, path, length + 1);
    while (length > 1 && !found->exists) {
        while (length > 1 && above[length - 1] == '/')
            length--;
        while (length > 1 && above[length - 1] != '/')
            length--;
        above[length] = '\0';
        cleanup_fd int directory = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory >= 0)
            look_inside(directory, above, found);
    }
    if (found->exists && found->resolved[0] != '\0')
        join(found->resolved, path + length, fact);
}

int path_fact_open(const char *path, struct path_fact *fact, int *found, struct error *error)
{
    *fact = (struct path_fact){0};
    *found = -1;
    if (host_proc_require(error) < 0)
        return -1;
    if (strlen(path) >= PATH_MAX)
        return error_set(error, ERROR_LIMIT, "a path of %zu bytes: the kernel takes %d", strlen(path),
                         PATH_MAX - 1);
    *found = open(path, O_PATH | O_CLOEXEC);
    if (*found >= 0)
        look_inside(*found, path, fact);
    return 0;
}

int path_fact_look(const char *path, struct path_fact *fact, struct error *error)
{
    cleanup_fd int found = -1;

    if (path_fact_open(path, fact, &found, error) < 0)
        return -1;
    if (!fact->exists)
        resolve_above(path, fact);
    return 0;
}

int path_fact_look_in(const char *parent, const char *path, struct path_fact *fact, struct error *error)
{
    const char *slash = strrchr(path, '/');
    struct statx status;
    bool found;

    if (slash == NULL || slash[1] == '\0')
        return path_fact_look(path, fact, error);
    *fact = (struct path_fact){0};
    found = statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
                  STATX_TYPE | STATX_INO, &status) == 0;
    if (found ? S_ISLNK(status.stx_mode) : errno != ENOENT)
        return path_fact_look(path, fact, error);
    if (found)
        take_status(&status, fact);
    join(parent, slash + 1, fact);
    return 0;
}

/* ---- contents ---- */

static bool digest_file(int file, struct digest *digest)
{
    unsigned char buffer[32768];
    struct digest_state state;
    uint64_t total = 0;

    digest_begin(&state);
    for (;;) {
        ssize_t count = read(file, buffer, sizeof(buffer));

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 || (total += (uint64_t)count) > PATH_DIGEST_BYTES_MAX)
            return false;
        if (count == 0)
            break;
        digest_add(&state, buffer, (size_t)count);
    }
    *digest = digest_end(&state);
    return true;
}

bool path_fact_digest(int found, const struct path_fact *fact, struct digest *digest)
{
    char link[HOST_PROC_DESCRIPTOR_PATH_SIZE];
    cleanup_fd int file = -1;

    /* Only what is known to be a regular file is opened: a fifo would wait, a device could act. */
    if (!S_ISREG(fact->mode) || fact->is_kernels)
        return false;
    host_proc_descriptor_path(link, found, NULL);
    file = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return file >= 0 && digest_file(file, digest);
}

/* ---- namespaces ---- */

static bool is_namespace_of(const char *path, uint64_t device, uint64_t inode)
{
    uint64_t other_device, other_inode;
    cleanup_fd int other = open(path, O_PATH | O_CLOEXEC);

    return other >= 0 && path_object_of(other, &other_device, &other_inode) == 0 && device == other_device &&
           inode == other_inode;
}

/* nsfs opens without effect, but only then: the type is seen first. */
static bool is_of_kind(int found, uint64_t flag)
{
    int kind;
    char link[HOST_PROC_DESCRIPTOR_PATH_SIZE];

    if (file_system_type(found) != NSFS_MAGIC)
        return false;
    host_proc_descriptor_path(link, found, NULL);
    cleanup_fd int namespace = open(link, O_RDONLY | O_CLOEXEC);
    kind = namespace >= 0 ? ioctl(namespace, NS_GET_NSTYPE) : -1;
    return kind >= 0 && (uint64_t)kind == flag;
}

void namespace_fact_look(const char *path, const char *name, uint64_t flag, struct namespace_fact *fact)
{
    static const char *const processes[] = {"self", "1"};
    cleanup_fd int found = open(path, O_PATH | O_CLOEXEC);

    *fact = (struct namespace_fact){0};
    if (found < 0 || path_object_of(found, &fact->device, &fact->inode) < 0)
        return;
    fact->exists = true;
    fact->is_of_type = is_of_kind(found, flag);
    for (size_t i = 0; i < ARRAY_LENGTH(processes) && !fact->is_host; i++) {
        char own[32];

        (void)text_print(own, sizeof(own), "/proc/%s/ns/%s", processes[i], name);
        fact->is_host = is_namespace_of(own, fact->device, fact->inode);
    }
}
