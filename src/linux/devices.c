/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See devices.h. Peers made nodes and links by path: a rootfs whose /dev is a symlink then gets them made on
 * the host (crun CVE-2026-47766, runc CVE-2026-41579), and a null device known by its number alone is
 * confused with a pipe (crun CVE-2026-88265).
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/devices.h"
#include "linux/mount_attributes.h"
#include "linux/mount_syscalls.h"
#include "linux/rootfs_internal.h"
#include "linux/rootfs_path.h"

#define FALLBACK_BIND_NODES "devices: nodes may not be made here, the host's are bound"

enum { NULL_MAJOR = 1, NULL_MINOR = 3, PTMX_MAJOR = 5, PTMX_MINOR = 2 };

static mode_t device_type(const struct plan_device *device)
{
    switch (device->type) {
    case PLAN_DEVICE_BLOCK:
        return S_IFBLK;
    case PLAN_DEVICE_FIFO:
        return S_IFIFO;
    case PLAN_DEVICE_CHARACTER:
    default:
        return S_IFCHR;
    }
}

/* Type and number: a pipe and a regular file both have the number 0. */
static bool is_device(const struct stat *status, const struct plan_device *device)
{
    if ((status->st_mode & S_IFMT) != device_type(device))
        return false;
    return device->type == PLAN_DEVICE_FIFO || status->st_rdev == makedev(device->major, device->minor);
}

static bool is_character_device(int descriptor, unsigned int major_number, unsigned int minor_number)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISCHR(status.st_mode) &&
           status.st_rdev == makedev(major_number, minor_number);
}

/* Several devices in a row live in one directory: its descriptor is kept, and the path is not walked again.
 */
struct parent {
    int descriptor;
    const char *path; /* a path of the plan whose first `length` bytes name the directory */
    size_t length;
    bool own_tmpfs;
};

static int parent_open(struct parent *parent, struct rootfs *rootfs, struct container_path path,
                       const char **name, struct error *error)
{
    const char *slash = strrchr(path.text, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path.text);
    if (parent->descriptor >= 0 && slash != NULL && slash[1] != '\0' && length == parent->length &&
        memcmp(path.text, parent->path, length) == 0) {
        *name = slash + 1;
        return 0;
    }
    descriptor_close(&parent->descriptor);
    if (rootfs_path_make_parent(rootfs->root, path, &parent->descriptor, name, error) < 0)
        return -1;
    parent->path = path.text;
    parent->length = length;
    parent->own_tmpfs = rootfs_is_own_tmpfs(rootfs, parent->descriptor);
    return 0;
}

/* Remove what is in the way if it is in a tmpfs of ours; elsewhere it is the image's or the host's, and
 * refused by name. */
static int clear_way(const struct parent *parent, const char *name, const char *path, const char *wanted,
                     struct error *error)
{
    if (!parent->own_tmpfs)
        return error_set(
            error, ERROR_SYSTEM,
            "%s in the container is something else than the %s that has to be there: remove it from the "
            "image, or mount a tmpfs on its directory",
            path, wanted);
    if (unlinkat(parent->descriptor, name, 0) < 0)
        return error_system(error, errno, "replace %s in the container", path);
    return 0;
}

/* A default ACL of the directory can have changed what mknod was given. */
static int set_owner_and_mode(int node, const struct plan_device *device, const struct stat *status)
{
    if ((status->st_uid != device->uid || status->st_gid != device->gid) &&
        fchownat(node, "", device->uid, device->gid, AT_EMPTY_PATH) < 0)
        return -1;
    if ((status->st_mode & 07777) == device->mode)
        return 0;
    return syscall_chmod_descriptor(node, device->mode);
}

static int check_node(const struct parent *parent, const char *name, const struct plan_device *device,
                      bool set_attributes, struct error *error)
{
    struct stat status;
    cleanup_fd int node = openat(parent->descriptor, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (node < 0 || fstat(node, &status) < 0)
        return error_system(error, errno, "look at %s in the container", device->path.text);
    if (!is_device(&status, device))
        return error_set(error, ERROR_SYSTEM, "%s in the container was replaced while it was made",
                         device->path.text);
    if (set_attributes && set_owner_and_mode(node, device, &status) < 0)
        return error_system(error, errno, "set owner and mode of %s in the container", device->path.text);
    return 0;
}

/* By its path, or where that is the container's name for it alone: by its number, as udev links it. */
static int clone_host_node(const struct plan_device *device, int *clone, struct error *error)
{
    struct error missing = {0};
    char by_number[64];
    mode_t kind;
    if (host_path_clone(device->host_path, false, false, clone, &kind, &missing) == 0)
        return 0;
    text_print(by_number, sizeof(by_number), "/dev/%s/%u:%u",
               device->type == PLAN_DEVICE_BLOCK ? "block" : "char", device->major, device->minor);
    if (missing.system_errno == ENOENT &&
        host_path_clone((struct host_path){by_number}, false, false, clone, &kind, NULL) == 0)
        return 0;
    *error = missing;
    return -1;
}

static int bind_host_node(const struct plan_device *device, struct rootfs *rootfs, struct error *error)
{
    struct stat status;
    cleanup_fd int clone = -1, target = -1;
    if (clone_host_node(device, &clone, error) < 0)
        return -1;
    if (fstat(clone, &status) < 0)
        return error_system(error, errno, "look at %s of the host", device->host_path.text);
    if (!is_device(&status, device))
        return error_set(error, ERROR_SYSTEM, "%s of the host is not the device that %s should be",
                         device->host_path.text, device->path.text);
    /* A device and nothing else: what the host may put in its place is not executed and gains nobody rights.
     */
    if (mount_attributes_apply(clone, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, false, NULL, error) < 0)
        return error_prefix(error, "device %s", device->path.text);
    if (rootfs_path_make_file(rootfs->root, device->path, &target, error) < 0)
        return -1;
    if (mount_attach(clone, target, error) < 0)
        return error_prefix(error, "device %s", device->path.text);
    return 0;
}

/* 1: the right node is there, 0: nothing is there (any more). */
static int look_at_place(const struct parent *parent, const char *name, const struct plan_device *device,
                         bool bind, struct error *error)
{
    struct stat status;
    if (fstatat(parent->descriptor, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0
                               : error_system(error, errno, "look at %s in the container", device->path.text);
    if (is_device(&status, device))
        return 1;
    /* A plain empty file is the place that an earlier bind, ours or another runtime's, was made on. */
    if (bind && S_ISREG(status.st_mode))
        return 0;
    /* OCI config-linux.md, "Devices": what exists and does not match is an error. The defaults are the
     * runtime's own. */
    if (!device->is_default)
        return error_set(error, ERROR_INVALID,
                         "linux/devices: %s exists in the container and is not the requested device",
                         device->path.text);
    return clear_way(parent, name, device->path.text, "device", error);
}

/* 1: made. 0: something is there. */
static int make_node(const struct plan_device *device, int parent, const char *name, bool *bind_instead,
                     struct error *error)
{
    dev_t number = makedev(device->major, device->minor);
    if (mknodat(parent, name, device_type(device) | device->mode, number) == 0)
        return 1;
    if (errno == EEXIST)
        return 0;
    if (errno == EPERM && device->host_path.text != NULL) {
        *bind_instead = true;
        return 0;
    }
    return error_system(error, errno, "make device %s in the container", device->path.text);
}

static int make_device(const struct plan_device *device, struct parent *parent, struct rootfs *rootfs,
                       struct error *error)
{
    const char *name;
    bool bind = device->bind_from_host;
    if (parent_open(parent, rootfs, device->path, &name, error) < 0)
        return -1;
    int made = bind ? 0 : make_node(device, parent->descriptor, name, &bind, error);
    if (made == 0) {
        int place = look_at_place(parent, name, device, bind, error);
        if (place < 0)
            return -1;
        /* An existing node's owner is changed in our own tmpfs alone: elsewhere it can be the host's own
         * node, bound. */
        if (place == 1)
            return check_node(parent, name, device, parent->own_tmpfs && !device->is_default, error);
        if (bind && !device->bind_from_host)
            rootfs_note_fallback(rootfs, FALLBACK_BIND_NODES);
        if (bind)
            return bind_host_node(device, rootfs, error);
        made = make_node(device, parent->descriptor, name, &bind, error);
        if (made == 0)
            return error_set(error, ERROR_SYSTEM, "%s in the container was replaced while it was made",
                             device->path.text);
    }
    return made < 0 ? -1 : check_node(parent, name, device, true, error);
}

/* The same link, or for ptmx the multiplexer's own node, which a /dev of another origin has. */
static bool is_good_link(int parent, const char *name, const struct plan_symlink *link)
{
    char target[256];
    ssize_t length = readlinkat(parent, name, target, sizeof(target) - 1);
    if (length >= 0) {
        target[length] = '\0';
        return strcmp(target, link->target) == 0;
    }
    if (strcmp(name, "ptmx") != 0)
        return false;
    cleanup_fd int node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return node >= 0 && is_character_device(node, PTMX_MAJOR, PTMX_MINOR);
}

static int make_symlink(const struct plan_symlink *link, struct parent *parent, struct rootfs *rootfs,
                        struct error *error)
{
    const char *name;
    if (parent_open(parent, rootfs, link->path, &name, error) < 0)
        return -1;
    if (symlinkat(link->target, parent->descriptor, name) == 0)
        return 0;
    if (errno != EEXIST)
        return error_system(error, errno, "make link %s in the container", link->path.text);
    if (is_good_link(parent->descriptor, name, link))
        return 0;
    if (clear_way(parent, name, link->path.text, "symbolic link", error) < 0)
        return -1;
    if (symlinkat(link->target, parent->descriptor, name) < 0)
        return error_system(error, errno, "make link %s in the container", link->path.text);
    return 0;
}

static int make_all(const struct plan_rootfs *plan, struct parent *parent, struct rootfs *rootfs,
                    struct error *error)
{
    for (size_t i = 0; i < plan->device_count; i++)
        if (make_device(&plan->devices[i], parent, rootfs, error) < 0)
            return -1;
    for (size_t i = 0; i < plan->symlink_count; i++)
        if (make_symlink(&plan->symlinks[i], parent, rootfs, error) < 0)
            return -1;
    return 0;
}

int devices_make(const struct plan *plan, struct rootfs *rootfs, struct error *error)
{
    struct parent parent = {.descriptor = -1};
    /* Modes are the plan's, whatever mask the caller gave us (one thread). */
    mode_t caller_mask = umask(0);
    int result = make_all(&plan->rootfs, &parent, rootfs, error);
    umask(caller_mask);
    descriptor_close(&parent.descriptor);
    return result;
}

int devices_find_null(struct rootfs *rootfs, struct error *error)
{
    const struct container_path own = {"/dev/null"};
    const struct host_path host = {"/dev/null"};
    cleanup_fd int found = -1, clone = -1;
    mode_t kind;
    /* Not followed: runc CVE-2025-31133 took a symlink for the device, and masked with a writable file of
     * procfs. */
    if (rootfs_path_find(rootfs->root, own, false, &found, NULL) == 0 &&
        is_character_device(found, NULL_MAJOR, NULL_MINOR)) {
        rootfs->null_device = take_fd(&found);
        rootfs->null_is_detached = false;
        return 0;
    }
    if (host_path_clone(host, false, true, &clone, &kind, error) < 0)
        return error_prefix(error, "mask files");
    if (!is_character_device(clone, NULL_MAJOR, NULL_MINOR))
        return error_set(error, ERROR_SYSTEM,
                         "mask files: neither the container's nor the host's /dev/null is a null device");
    rootfs->null_device = take_fd(&clone);
    rootfs->null_is_detached = true;
    return 0;
}
