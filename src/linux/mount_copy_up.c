/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_copy_up.h. The tree belongs to the image: nothing in it is opened but directories and regular
 * files, never through a symlink. */
#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/mount_copy_up.h"
#include "linux/mount_syscalls.h"

enum {
    DEPTH_MAX = 128,
    HARD_LINKS_MAX = 128,
    ENTRIES_BUFFER = 16384,
    NAMES_BUFFER = 4096,
    VALUE_BUFFER = 4096
};

/* One step, never out, never across a mount. */
#define ENTRY_RESOLVE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

struct hard_link {
    dev_t device;
    ino_t inode;
    int directory; /* a descriptor in `to` that holds the first name; -1: unused */
    char name[NAME_MAX + 1];
};

struct copy {
    struct hard_link *links;
    size_t link_count;
    struct error *error;
};

/* What linux_dirent64 looks like; glibc's struct dirent64 is the same on all 64-bit and 32-bit ports. */
typedef struct dirent64 entry;

static int failed(struct copy *copy, const char *what, const char *name)
{
    int number = errno;
    if (number == ENOSPC)
        return error_system(copy->error, number,
                            "copy up %s: the tmpfs is too small for what the image has there", name);
    return error_system(copy->error, number, "copy up %s: %s", name, what);
}

/* EINVAL: the id has no mapping here. EPERM: no right over other owners (a user namespace with one id). Then
 * it is ours. */
static int copy_owner(int to, const struct stat *status)
{
    if (status->st_uid == geteuid() && status->st_gid == getegid())
        return 0;
    if (fchownat(to, "", status->st_uid, status->st_gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    return errno == EINVAL || errno == EPERM ? 0 : -1;
}

/* What this tmpfs or kernel does not take is left out (user.* before 6.6, security.* without the right: fewer
 * rights, not more). */
static void copy_xattrs(int from, int to)
{
    char names[NAMES_BUFFER], value[VALUE_BUFFER];
    ssize_t length = flistxattr(from, names, sizeof(names));
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        if (strcmp(names + at, "security.selinux") == 0)
            continue; /* the mount's context= decides */
        ssize_t size = fgetxattr(from, names + at, value, sizeof(value));
        if (size >= 0)
            (void)fsetxattr(to, names + at, value, (size_t)size, 0);
    }
}

/* Owner before mode: chown clears the set-id bits. */
static int copy_metadata(int from, int to, const struct stat *status)
{
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    if (copy_owner(to, status) < 0 || fchmod(to, status->st_mode & 07777) < 0)
        return -1;
    copy_xattrs(from, to);
    return futimens(to, times);
}

static int copy_bytes(int from, int to, off_t size)
{
    /* Holes stay holes: an image's sparse file of terabytes must not fill the tmpfs. */
    off_t data = lseek(from, 0, SEEK_DATA);
    while (data >= 0) {
        off_t hole = lseek(from, data, SEEK_HOLE);
        if (hole < 0)
            return -1;
        if (lseek(from, data, SEEK_SET) < 0 || lseek(to, data, SEEK_SET) < 0)
            return -1;
        while (data < hole) {
            ssize_t count = sendfile(to, from, NULL, (size_t)(hole - data));
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                return -1;
            if (count == 0)
                break; /* shorter than it was: the size is set below */
            data += count;
        }
        off_t next = lseek(from, hole, SEEK_DATA);
        if (next >= 0 && next <= data)
            break;
        data = next;
    }
    if (data < 0 && errno != ENXIO)
        return -1;
    return ftruncate(to, size);
}

/* A second name of a file that was copied before. 1: linked, 0: not known, -1 error. */
static int link_known(struct copy *copy, const struct stat *status, int to, const char *name)
{
    for (size_t i = 0; i < copy->link_count; i++) {
        const struct hard_link *known = &copy->links[i];
        if (known->device == status->st_dev && known->inode == status->st_ino)
            return linkat(known->directory, known->name, to, name, 0) == 0 ? 1 : -1;
    }
    return 0;
}

static int link_remember(struct copy *copy, const struct stat *status, int to, const char *name)
{
    if (copy->link_count == HARD_LINKS_MAX)
        return 0;
    if (copy->links == NULL) {
        copy->links = calloc(HARD_LINKS_MAX, sizeof(*copy->links));
        if (copy->links == NULL)
            return -1;
    }
    struct hard_link *link = &copy->links[copy->link_count];
    link->directory = fcntl(to, F_DUPFD_CLOEXEC, 0);
    /* Out of descriptors: later names become files of their own, as after HARD_LINKS_MAX. */
    if (link->directory < 0)
        return errno == EMFILE ? 0 : -1;
    link->device = status->st_dev;
    link->inode = status->st_ino;
    memcpy(link->name, name, strlen(name) + 1);
    copy->link_count++;
    return 0;
}

static int copy_file(struct copy *copy, int from, int to, const char *name)
{
    struct stat status;
    /* O_NONBLOCK: should somebody put a fifo here meanwhile, we do not wait for its writer. */
    cleanup_fd int source =
        syscall_openat2(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, ENTRY_RESOLVE);
    if (source < 0 && errno == EXDEV)
        return 0; /* something is mounted on it: a mount point of a file is left out */
    if (source < 0 || fstat(source, &status) < 0)
        return failed(copy, "open it", name);
    if (!S_ISREG(status.st_mode))
        return 0; /* replaced while we looked */
    if (status.st_nlink > 1) {
        int linked = link_known(copy, &status, to, name);
        if (linked != 0)
            return linked > 0 ? 0 : failed(copy, "link it", name);
    }
    cleanup_fd int target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (target < 0)
        return failed(copy, "make it", name);
    if (copy_bytes(source, target, status.st_size) < 0)
        return failed(copy, "copy its contents", name);
    if (copy_metadata(source, target, &status) < 0)
        return failed(copy, "set its owner and mode", name);
    if (status.st_nlink > 1 && link_remember(copy, &status, to, name) < 0)
        return failed(copy, "remember its name", name);
    return 0;
}

static int copy_symlink(struct copy *copy, int from, int to, const char *name, const struct stat *status)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(from, name, target, sizeof(target) - 1);
    if (length < 0)
        return errno == EINVAL ? 0 : failed(copy, "read the link", name);
    target[length] = '\0';
    if (symlinkat(target, to, name) < 0)
        return failed(copy, "make the link", name);
    cleanup_fd int made = openat(to, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (made < 0 || copy_owner(made, status) < 0)
        return failed(copy, "set the link's owner", name);
    return 0;
}

static int copy_fifo(struct copy *copy, int to, const char *name, const struct stat *status)
{
    if (mknodat(to, name, S_IFIFO | 0600, 0) < 0)
        return failed(copy, "make the fifo", name);
    cleanup_fd int made = openat(to, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    /* The tmpfs is attached nowhere yet: nobody can have replaced the name. */
    if (made < 0 || copy_owner(made, status) < 0 || fchmodat(to, name, status->st_mode & 07777, 0) < 0)
        return failed(copy, "set the fifo's owner and mode", name);
    return 0;
}

static int copy_directory(struct copy *copy, int from, int to, int depth);

static int copy_subdirectory(struct copy *copy, int from, int to, const char *name, const struct stat *status,
                             int depth)
{
    if (depth == DEPTH_MAX)
        return error_set(copy->error, ERROR_LIMIT, "copy up %s: directories are nested more than %d deep",
                         name, DEPTH_MAX);
    if (mkdirat(to, name, 0700) < 0)
        return failed(copy, "make the directory", name);
    cleanup_fd int target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0)
        return failed(copy, "open the copy", name);
    cleanup_fd int source = syscall_openat2(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, ENTRY_RESOLVE);
    if (source < 0 && errno == EXDEV)
        return fchmod(target, 0755) == 0 ? 0 : failed(copy, "set the mount point's mode", name);
    if (source < 0)
        return failed(copy, "open the directory", name);
    if (copy_directory(copy, source, target, depth + 1) < 0)
        return error_prefix(copy->error, "%s", name);
    return copy_metadata(source, target, status) == 0 ? 0 : failed(copy, "set its owner and mode", name);
}

static int copy_entry(struct copy *copy, int from, int to, const char *name, int depth)
{
    struct stat status;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
        return errno == ENOENT ? 0 : failed(copy, "look at it", name);
    switch (status.st_mode & S_IFMT) {
    case S_IFREG:
        return copy_file(copy, from, to, name);
    case S_IFDIR:
        return copy_subdirectory(copy, from, to, name, &status, depth);
    case S_IFLNK:
        return copy_symlink(copy, from, to, name, &status);
    case S_IFIFO:
        return copy_fifo(copy, to, name, &status);
    default:
        return 0; /* devices and sockets: see the header */
    }
}

static int copy_directory(struct copy *copy, int from, int to, int depth)
{
    cleanup_free char *buffer = malloc(ENTRIES_BUFFER);
    if (buffer == NULL)
        return error_set(copy->error, ERROR_LIMIT, "copy up: memory is exhausted");
    for (;;) {
        ssize_t length = getdents64(from, buffer, ENTRIES_BUFFER);
        if (length < 0)
            return failed(copy, "read the directory", ".");
        if (length == 0)
            return 0;
        for (ssize_t at = 0; at < length;) {
            const entry *here = (const entry *)(const void *)(buffer + at);
            if (copy_entry(copy, from, to, here->d_name, depth) < 0)
                return -1;
            at += here->d_reclen;
        }
    }
}

int mount_copy_up(int from, int to, bool with_root, struct error *error)
{
    struct copy copy = {.error = error};
    struct stat status;
    cleanup_fd int source = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int target = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (source < 0 || target < 0 || fstat(source, &status) < 0)
        return error_system(error, errno, "copy up: open the directory");
    int result = copy_directory(&copy, source, target, 0);
    if (result == 0 && with_root && copy_metadata(source, target, &status) < 0)
        result = error_system(error, errno, "copy up: set owner and mode of the mount");
    for (size_t i = 0; i < copy.link_count; i++)
        descriptor_close(&copy.links[i].directory);
    free(copy.links);
    return result;
}
