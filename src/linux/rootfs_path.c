/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See rootfs_path.h. Fast ways first (everything exists; only the last component is missing), then a walk
 * that knows dangling symlinks. */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/mount_syscalls.h"
#include "linux/rootfs_path.h"

/* EAGAIN means that somebody renamed or mounted while ".." was resolved. Somebody who does so for ever must
 * not hold us for ever. */
enum { RESOLVE_ATTEMPTS_MAX = 256 };

/* As many symlinks as the kernel follows in one path (MAXSYMLINKS). */
enum { SYMLINKS_MAX = 40 };

enum { DIRECTORY_MODE = 0755, FILE_MODE = 0644 };

/* Resolve in the root; errno tells. */
static int open_in_root(int root, const char *path, uint64_t flags)
{
    for (int attempt = 0;; attempt++) {
        int found = syscall_openat2(root, path, O_PATH | flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        if (found >= 0 || errno != EAGAIN || attempt == RESOLVE_ATTEMPTS_MAX)
            return found;
    }
}

static int resolve_error(struct error *error, const char *path)
{
    int number = errno;
    if (error == NULL) {
        errno = number;
        return -1;
    }
    if (number == ENOSYS) {
        error_set(
            error, ERROR_UNSUPPORTED,
            "resolve %s in the container: openat2 is missing (needs Linux 5.6 and a filter that allows it)",
            path);
        error->system_errno = number;
    } else if (number == EAGAIN) {
        error_system(error, number, "resolve %s in the container: somebody keeps moving its parts", path);
    } else {
        error_system(error, number, "resolve %s in the container", path);
    }
    errno = number;
    return -1;
}

int rootfs_path_find(int root, struct container_path path, bool follow, int *found, struct error *error)
{
    *found = open_in_root(root, path.text, follow ? 0 : O_NOFOLLOW);
    return *found >= 0 ? 0 : resolve_error(error, path.text);
}

int rootfs_path_open_file(int root, struct container_path path, int *file)
{
    cleanup_fd int found = open_in_root(root, path.text, 0), opened = -1;
    struct stat seen, status;

    if (found < 0 || fstat(found, &seen) < 0)
        return -1;
    /* Files of procfs and their like say that they are empty, and act when they are read: the kernel's log
     * (/proc/kmsg) is used up. An image can link to them. */
    if (!S_ISREG(seen.st_mode) || seen.st_size == 0) {
        errno = EINVAL;
        return -1;
    }
    opened = syscall_openat2(root, path.text, O_RDONLY | O_NONBLOCK | O_NOCTTY,
                             RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (opened < 0 || fstat(opened, &status) < 0)
        return -1;
    if (status.st_dev != seen.st_dev || status.st_ino != seen.st_ino) {
        errno = EAGAIN; /* replaced meanwhile */
        return -1;
    }
    *file = take_fd(&opened);
    return 0;
}

/* Modes must not depend on the caller's umask; this process has one thread. */
static int make_directory_at(int parent, const char *name)
{
    mode_t caller_mask = umask(0);
    int result = mkdirat(parent, name, DIRECTORY_MODE);
    int number = errno;
    umask(caller_mask);
    errno = number;
    return result;
}

static int make_file_at(int parent, const char *name)
{
    mode_t caller_mask = umask(0);
    /* Not open(O_CREAT): that follows a symlink, and opens a fifo or a device that was put there meanwhile.
     */
    int result = mknodat(parent, name, S_IFREG | FILE_MODE, 0);
    int number = errno;
    umask(caller_mask);
    errno = number;
    return result;
}

/* Set-group-id parents and default ACLs change the mode that mkdirat was given: put it right, by the
 * descriptor. */
static int correct_directory_mode(int directory)
{
    struct stat status;
    if (fstat(directory, &status) < 0)
        return -1;
    if ((status.st_mode & 07777) == DIRECTORY_MODE)
        return 0;
    cleanup_fd int readable = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (readable < 0)
        return -1;
    return fchmod(readable, DIRECTORY_MODE);
}

/* Open one component that should be a directory; what replaced it meanwhile is refused by O_NOFOLLOW and
 * O_DIRECTORY. */
static int open_component(int parent, const char *name)
{
    return syscall_openat2(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW,
                           RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static int open_made_directory(int parent, const char *name)
{
    cleanup_fd int made = open_component(parent, name);
    if (made < 0 || correct_directory_mode(made) < 0)
        return -1;
    return take_fd(&made);
}

/* The walk's state: `path` is what remains to be resolved from the root, `done` bytes of it lead to `parent`.
 */
struct walk {
    char path[PATH_MAX];
    size_t done;
    int symlinks;
};

/* The component from start to end is a symlink to nowhere: put its target in its place. */
static int walk_substitute(struct walk *walk, int parent, const char *name, size_t start, size_t end)
{
    char target[PATH_MAX], whole[PATH_MAX];
    ssize_t length = readlinkat(parent, name, target, sizeof(target) - 1);
    if (length < 0)
        return -1;
    target[length] = '\0';
    if (++walk->symlinks > SYMLINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    /* Relative targets start at the link's own directory: what has been resolved so far stays in front. The
     * kernel walks it again from the root, so that ".." goes up from where the links lead and not from what
     * the text says. */
    struct text text = text_over(whole, sizeof(whole));
    if (target[0] != '/')
        text_append_bytes(&text, walk->path, start);
    text_append(&text, target);
    text_append(&text, walk->path + end);
    if (text.overflow) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(walk->path, whole, text.length + 1);
    walk->done = 0;
    return 0;
}

/* One component further, made where it is missing. *parent is replaced. 1: the end was reached. */
static int walk_step(struct walk *walk, int root, int *parent)
{
    size_t start = walk->done;
    while (walk->path[start] == '/')
        start++;
    size_t end = start + strcspn(walk->path + start, "/");
    if (end == start)
        return 1;
    char kept = walk->path[end];
    walk->path[end] = '\0';
    const char *name = walk->path + start;
    cleanup_fd int next = open_in_root(root, walk->path, O_DIRECTORY);
    if (next < 0 && errno == ENOENT) {
        char component[NAME_MAX + 1];
        if (text_print(component, sizeof(component), "%s", name) < 0) {
            errno = ENAMETOOLONG;
            return -1;
        }
        struct stat status;
        bool is_link =
            fstatat(*parent, component, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
        if (is_link) {
            walk->path[end] = kept;
            if (walk_substitute(walk, *parent, component, start, end) < 0)
                return -1;
            descriptor_close(parent);
            *parent = open_in_root(root, "/", O_DIRECTORY);
            return *parent < 0 ? -1 : 0;
        }
        if (make_directory_at(*parent, component) == 0)
            next = open_made_directory(*parent, component);
        else if (errno == EEXIST) /* by somebody else, just now: its mode is not ours to change */
            next = open_component(*parent, component);
    }
    if (next < 0)
        return -1;
    walk->path[end] = kept;
    walk->done = end;
    descriptor_close(parent);
    *parent = take_fd(&next);
    return 0;
}

/* Make the chain of directories of path, knowing dangling links. Returns the last one's descriptor or -1 with
 * errno. */
static int walk_directories(int root, const char *path, size_t length)
{
    struct walk walk = {0};
    if (length >= sizeof(walk.path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(walk.path, path, length);
    cleanup_fd int parent = open_in_root(root, "/", O_DIRECTORY);
    if (parent < 0)
        return -1;
    for (;;) {
        int step = walk_step(&walk, root, &parent);
        if (step < 0)
            return -1;
        if (step == 1)
            return take_fd(&parent);
    }
}

/* Directory at the first `length` bytes of path: found, or made. */
static int find_or_make_directory(int root, const char *path, size_t length)
{
    char prefix[PATH_MAX];
    if (length >= sizeof(prefix)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(prefix, path, length);
    prefix[length] = '\0';
    int directory = open_in_root(root, length == 0 ? "/" : prefix, O_DIRECTORY);
    if (directory >= 0 || errno != ENOENT)
        return directory;
    /* Most often only the last component is missing. */
    const char *slash = strrchr(prefix, '/');
    if (slash != NULL && slash[1] != '\0') {
        char parent_path[PATH_MAX];
        size_t parent_length = (size_t)(slash - prefix);
        memcpy(parent_path, prefix, parent_length);
        parent_path[parent_length] = '\0';
        cleanup_fd int parent = open_in_root(root, parent_length == 0 ? "/" : parent_path, O_DIRECTORY);
        if (parent >= 0 && make_directory_at(parent, slash + 1) == 0)
            return open_made_directory(parent, slash + 1);
        /* EEXIST: a link to nowhere. ENOENT: more is missing. The walk finds out, and words other errors. */
    }
    return walk_directories(root, path, length);
}

int rootfs_path_make_directory(int root, struct container_path path, int *directory, struct error *error)
{
    *directory = find_or_make_directory(root, path.text, strlen(path.text));
    if (*directory >= 0)
        return 0;
    if (errno == ENOTDIR && error != NULL)
        return error_system(error, ENOTDIR, "make directory %s in the container: something else is there",
                            path.text);
    return resolve_error(error, path.text);
}

int rootfs_path_make_parent(int root, struct container_path path, int *parent, const char **name,
                            struct error *error)
{
    const char *slash = strrchr(path.text, '/');
    *parent = -1;
    if (slash == NULL || slash[1] == '\0') {
        error_set(error, ERROR_INVALID, "%s names no file in the container", path.text);
        error->system_errno = EINVAL;
        return -1;
    }
    *name = slash + 1;
    *parent = find_or_make_directory(root, path.text, (size_t)(slash - path.text));
    return *parent >= 0 ? 0 : resolve_error(error, path.text);
}

/* A dangling symlink as the last component of a file: follow it in the root, as often as the kernel would. */
static int make_file_behind_link(int root, const char *path, int depth, struct error *error);

static int make_file(int root, const char *path, int depth, struct error *error)
{
    const char *name;
    cleanup_fd int parent = -1;
    struct container_path container_path = {path};
    if (rootfs_path_make_parent(root, container_path, &parent, &name, error) < 0)
        return -1;
    if (make_file_at(parent, name) < 0) {
        if (errno != EEXIST) {
            error_system(error, errno, "make file %s in the container", path);
            return -1;
        }
        return make_file_behind_link(root, path, depth, error);
    }
    int made = syscall_openat2(parent, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (made < 0)
        error_system(error, errno, "open file %s in the container", path);
    return made;
}

static int make_file_behind_link(int root, const char *path, int depth, struct error *error)
{
    struct walk walk = {.symlinks = depth};
    cleanup_fd int link = open_in_root(root, path, O_NOFOLLOW);
    struct stat status;
    if (link < 0 || fstat(link, &status) < 0) {
        resolve_error(error, path);
        return -1;
    }
    if (!S_ISLNK(status.st_mode))
        return take_fd(&link); /* somebody made it between our two looks: then it is there */
    size_t length = strlen(path);
    memcpy(walk.path, path, length < sizeof(walk.path) ? length : 0);
    size_t start = (size_t)(strrchr(path, '/') - path) + 1;
    /* readlinkat("") reads the link that the descriptor itself refers to. */
    if (walk_substitute(&walk, link, "", start, length) < 0) {
        resolve_error(error, path);
        return -1;
    }
    return make_file(root, walk.path, walk.symlinks, error);
}

int rootfs_path_make_file(int root, struct container_path path, int *file, struct error *error)
{
    cleanup_fd int found = open_in_root(root, path.text, 0);
    *file = -1;
    if (found < 0 && errno != ENOENT)
        return resolve_error(error, path.text);
    if (found < 0)
        found = make_file(root, path.text, 0, error);
    if (found < 0)
        return -1;
    struct stat status;
    if (fstat(found, &status) < 0)
        return error_system(error, errno, "look at %s in the container", path.text);
    if (S_ISDIR(status.st_mode))
        return error_system(error, EISDIR, "make file %s in the container: a directory is there", path.text);
    *file = take_fd(&found);
    return 0;
}

int host_path_clone(struct host_path path, bool recursive, bool no_follow, int *clone, mode_t *kind,
                    struct error *error)
{
    unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT;
    if (recursive)
        flags |= AT_RECURSIVE;
    if (no_follow)
        flags |= AT_SYMLINK_NOFOLLOW;
    *clone = -1;
    cleanup_fd int tree = open_tree(AT_FDCWD, path.text, flags);
    if (tree < 0 && errno == ENOSYS)
        return error_system(error, ENOSYS,
                            "bind %s: open_tree is missing (needs Linux 5.2 and a filter that allows it)",
                            path.text);
    if (tree < 0 && errno == EINVAL && !recursive)
        return error_system(error, EINVAL,
                            "bind %s: it is unbindable, or has mounts below that may not be uncovered (then "
                            "bind it recursively)",
                            path.text);
    if (tree < 0)
        return error_system(error, errno, "bind %s of the host", path.text);
    struct stat status;
    if (fstat(tree, &status) < 0)
        return error_system(error, errno, "look at %s of the host", path.text);
    if (S_ISLNK(status.st_mode))
        return error_system(error, ELOOP, "bind %s of the host: it is a symbolic link", path.text);
    *kind = status.st_mode & S_IFMT;
    *clone = take_fd(&tree);
    return 0;
}

int host_path_open_directory(struct host_path path, int *directory, struct error *error)
{
    *directory = open(path.text, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *directory >= 0 ? 0 : error_system(error, errno, "open directory %s", path.text);
}
