/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See layer_tree.h. How engines unpack: containers/storage pkg/archive (Unpack with overlay's whiteouts),
 * containerd pkg/archive (applyNaive). */
#include "trust/layer_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/layer_attributes.h"

enum {
    OPEN_ATTEMPTS = 16,
    TOLD_MAX = 1000, /* a hostile record could have us tell and forget without end */
};

int layer_open(int folder, const char *path, int what)
{
    /* O_NONBLOCK: what was a file a moment ago may be a fifo now. openat2 wants O_PATH without. */
    const int calm = (what & O_PATH) != 0 ? 0 : O_NONBLOCK | O_NOCTTY;
    struct open_how how = {
        .flags = (unsigned int)(what | calm | O_CLOEXEC | O_NOFOLLOW),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    int file = -1;

    /* EAGAIN: something was renamed while the path was walked (openat2(2)). */
    for (int attempt = 0; attempt < OPEN_ATTEMPTS && file < 0; attempt++) {
        file = (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
        if (file < 0 && errno != EAGAIN && errno != EINTR)
            break;
    }
    return file;
}

int layer_tree_begin(struct layer_tree *tree, int folder, struct error *error)
{
    struct stat status;

    tree->folder = folder;
    tree->file = tree->parent = -1;
    tree->has_parent = false;
    if (fstat(folder, &status) < 0)
        return error_system(error, errno, "look at its directory");
    tree->device = status.st_dev;
    return 0;
}

void layer_tree_free(struct layer_tree *tree)
{
    descriptor_close(&tree->file);
    descriptor_close(&tree->parent);
    path_set_free(&tree->names);
}

enum { SHOWN_MAX = 4 * TAR_NAME_MAX + 2 };

/* As the container sees it, and safe to print. */
static const char *shown(const char *path, char words[SHOWN_MAX])
{
    struct text text = text_over(words, SHOWN_MAX);

    text_append(&text, "/");
    if (strcmp(path, ".") != 0)
        text_append_escaped(&text, path, strlen(path));
    return words;
}

void layer_tree_differs(struct layer_tree *tree, enum trust_difference_kind kind, const char *path,
                        const char *format, ...)
{
    struct path_slot *slot = path_set_find(&tree->names, path, strlen(path));
    char words[1024], escaped[2048], name[SHOWN_MAX];
    struct text text = text_over(words, sizeof(words)), safe = text_over(escaped, sizeof(escaped));
    va_list arguments;

    if (slot != NULL && (slot->flags & LAYER_NAME_DIFFERS) != 0)
        return;
    if (slot != NULL)
        slot->flags |= LAYER_NAME_DIFFERS;
    if (tree->difference_count == BINDING_DIFFERENCES || tree->told == TOLD_MAX) {
        tree->more++;
        return;
    }
    tree->told++;
    va_start(arguments, format);
    text_append_format_list(&text, format, arguments);
    va_end(arguments);
    text_append_escaped(&safe, text.bytes, text.length);
    tree->differences[tree->difference_count++] = (struct trust_difference){
        .kind = kind,
        .path = arena_string(tree->arena, shown(path, name)),
        .what =
            arena_format(tree->arena, "layer %zu%s%s", tree->number, safe.length > 0 ? ": " : "", safe.bytes),
    };
}

/* The tar has the path once more: what was said of it the first time counts no longer. */
static void forget(struct layer_tree *tree, const char *path)
{
    char words[SHOWN_MAX];

    shown(path, words);
    for (size_t i = 0; i < tree->difference_count; i++)
        if (strcmp(tree->differences[i].path, words) == 0) {
            tree->difference_count--;
            memmove(&tree->differences[i], &tree->differences[i + 1],
                    (tree->difference_count - i) * sizeof(tree->differences[0]));
            return;
        }
    tree->more--;
}

/* Remember a name. -1: no room. */
static int note(struct layer_tree *tree, const char *path, size_t length, uint32_t flags, struct error *error)
{
    struct path_slot *slot = path_set_add(&tree->names, path, length);

    if (slot == NULL)
        return error_set(error, ERROR_LIMIT, "it has more names than there is memory for");
    if ((flags & LAYER_NAME_SIGNED) != 0) {
        const bool again = (slot->flags & LAYER_NAME_DIFFERS) != 0;

        slot->flags &=
            ~(uint32_t)(LAYER_NAME_DIFFERS | LAYER_NAME_OTHER_MODE | LAYER_NAME_WHITEOUT | LAYER_NAME_FOLDER);
        if (again)
            forget(tree, path);
    }
    slot->flags |= flags;
    return 0;
}

/* The folder that path is in; name: its last component. Entries come folder by folder, so the last one is
 * kept. -1: no room; that the folder cannot be opened is in parent and parent_errno. */
static int enter_parent(struct layer_tree *tree, const char *path, const char **name, struct error *error)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash - path) : 0;

    *name = slash != NULL ? slash + 1 : path;
    if (tree->has_parent && strlen(tree->parent_path) == length &&
        memcmp(tree->parent_path, path, length) == 0)
        return 0;
    for (size_t end = length; end > 0; end--)
        if (end == length || path[end] == '/')
            if (note(tree, path, end, LAYER_NAME_PARENT, error) < 0)
                return -1;
    descriptor_close(&tree->parent);
    memcpy(tree->parent_path, path, length);
    tree->parent_path[length] = '\0';
    tree->has_parent = true;
    tree->parent = layer_open(tree->folder, length > 0 ? tree->parent_path : ".", O_PATH | O_DIRECTORY);
    tree->parent_errno = errno;
    return 0;
}

static const char *type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "a file";
    case S_IFDIR:
        return "a directory";
    case S_IFLNK:
        return "a symbolic link";
    case S_IFCHR:
        return "a character device";
    case S_IFBLK:
        return "a block device";
    case S_IFIFO:
        return "a fifo";
    default:
        return "a socket";
    }
}

static mode_t type_of(enum tar_type type)
{
    switch (type) {
    case TAR_DIRECTORY:
        return S_IFDIR;
    case TAR_SYMLINK:
        return S_IFLNK;
    case TAR_CHARACTER:
        return S_IFCHR;
    case TAR_BLOCK_DEVICE:
        return S_IFBLK;
    case TAR_FIFO:
        return S_IFIFO;
    case TAR_FILE:
    case TAR_HARD_LINK:
    default:
        return S_IFREG;
    }
}

static bool is_whiteout(const struct stat *status)
{
    return S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0);
}

/* What stands at the path. 1, 0 (a difference was told), or -1. */
static int look(struct layer_tree *tree, const char *path, struct stat *status, const char **name,
                struct error *error)
{
    if (enter_parent(tree, path, name, error) < 0)
        return -1;

    int number = tree->parent >= 0 ? 0 : tree->parent_errno;
    if (number == 0 && fstatat(tree->parent, *name, status, AT_SYMLINK_NOFOLLOW) < 0)
        number = errno;
    if (number == 0 && status->st_dev == tree->device)
        return 1;
    if (number == 0 || number == EXDEV)
        layer_tree_differs(tree, TRUST_CHANGED, path, "something is mounted over it");
    else if (number == ENOENT)
        layer_tree_differs(tree, TRUST_MISSING, path, "%s", "");
    else if (number == ELOOP || number == ENOTDIR)
        layer_tree_differs(tree, TRUST_CHANGED, path, "a folder above it is no directory");
    else
        layer_tree_differs(tree, TRUST_CHANGED, path, "it cannot be looked at: %s", error_errno_text(number));
    return 0;
}

static void compare_link(struct layer_tree *tree, const struct tar_entry *entry, const char *name)
{
    ssize_t length = readlinkat(tree->parent, name, (char *)tree->buffer, (size_t)LAYER_TREE_BUFFER);

    if (length != (ssize_t)strlen(entry->link) || memcmp(tree->buffer, entry->link, (size_t)length) != 0)
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "it leads elsewhere, signed is %s", entry->link);
}

static void open_contents(struct layer_tree *tree, const struct tar_entry *entry, const char *name,
                          const struct stat *status)
{
    struct stat opened;

    if (status->st_size < 0 || (uint64_t)status->st_size != entry->size) {
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "%lld bytes, signed %llu",
                           (long long)status->st_size, (unsigned long long)entry->size);
        return;
    }
    tree->file = layer_open(tree->parent, name, O_RDONLY | (tree->no_atime_refused ? 0 : O_NOATIME));
    if (tree->file < 0 && errno == EPERM && !tree->no_atime_refused) {
        tree->no_atime_refused = true; /* only owners may ask for it */
        tree->file = layer_open(tree->parent, name, O_RDONLY);
    }
    if (tree->file < 0) {
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "it cannot be read: %s",
                           error_errno_text(errno));
        return;
    }
    if (fstat(tree->file, &opened) < 0 || opened.st_ino != status->st_ino || !S_ISREG(opened.st_mode)) {
        descriptor_close(&tree->file);
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "it is being replaced");
        return;
    }
    layer_attributes_compare(tree, tree->file, entry->name, entry->xattrs, entry->xattr_count);
}

static void compare_folder(struct layer_tree *tree, const struct tar_entry *entry, const char *name)
{
    cleanup_fd int folder = layer_open(tree->parent, name, O_RDONLY | O_DIRECTORY);

    if (folder < 0)
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "it cannot be read: %s",
                           error_errno_text(errno));
    else
        layer_attributes_compare(tree, folder, entry->name, entry->xattrs, entry->xattr_count);
}

static bool has_mode(const struct tar_entry *entry, const struct stat *status)
{
    return (entry->type == TAR_SYMLINK || (status->st_mode & 07777) == entry->mode) &&
           status->st_uid == entry->user && status->st_gid == entry->group;
}

/* Last of all, so that what is told of it differs in nothing else. */
static void compare_mode(struct layer_tree *tree, const struct tar_entry *entry, const struct stat *status)
{
    struct path_slot *slot = path_set_find(&tree->names, entry->name, strlen(entry->name));

    if (has_mode(entry, status) || slot == NULL || (slot->flags & LAYER_NAME_DIFFERS) != 0)
        return;
    slot->flags |= LAYER_NAME_OTHER_MODE;
    if (status->st_uid == entry->user && status->st_gid == entry->group)
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "mode %04o, signed %04o",
                           status->st_mode & 07777, entry->mode);
    else
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "owner %u:%u, signed %llu:%llu", status->st_uid,
                           status->st_gid, (unsigned long long)entry->user, (unsigned long long)entry->group);
}

/* All but a hard link: its file is compared where the tar has it. */
static void compare_entry(struct layer_tree *tree, const struct tar_entry *entry, const char *name,
                          const struct stat *status)
{
    const char *path = entry->name;

    if ((status->st_mode & S_IFMT) != type_of(entry->type)) {
        layer_tree_differs(tree, TRUST_CHANGED, path, "%s, signed %s",
                           is_whiteout(status) ? "a whiteout" : type_name(status->st_mode),
                           type_name(type_of(entry->type)));
        return;
    }
    if ((entry->type == TAR_CHARACTER || entry->type == TAR_BLOCK_DEVICE) &&
        (major(status->st_rdev) != entry->major || minor(status->st_rdev) != entry->minor))
        layer_tree_differs(tree, TRUST_CHANGED, path, "device %u:%u, signed %llu:%llu",
                           major(status->st_rdev), minor(status->st_rdev), (unsigned long long)entry->major,
                           (unsigned long long)entry->minor);
    if (entry->type == TAR_SYMLINK)
        compare_link(tree, entry, name);
    else if (entry->type == TAR_FILE)
        open_contents(tree, entry, name, status);
    else if (entry->type == TAR_DIRECTORY)
        compare_folder(tree, entry, name);
    compare_mode(tree, entry, status);
}

/* Is it one file under both names? */
static void compare_hard_link(struct layer_tree *tree, const struct tar_entry *entry,
                              const struct stat *status)
{
    cleanup_fd int target = layer_open(tree->folder, entry->link, O_PATH);
    struct path_slot *slot = path_set_find(&tree->names, entry->link, strlen(entry->link));
    struct stat linked;

    /* A link to what the tar has not had yet, or to itself, says nothing of what the file is. */
    if (slot == NULL || (slot->flags & LAYER_NAME_SIGNED) == 0 || strcmp(entry->link, entry->name) == 0)
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "it is a link to /%s, which is not in the tar",
                           entry->link);
    else if (target < 0 || fstat(target, &linked) < 0 || linked.st_ino != status->st_ino ||
             linked.st_dev != status->st_dev)
        layer_tree_differs(tree, TRUST_CHANGED, entry->name, "it is not the same file as /%s, as signed",
                           entry->link);
    else if ((slot->flags & LAYER_NAME_OTHER_MODE) != 0 && has_mode(entry, status)) {
        slot->flags &= ~(uint32_t)(LAYER_NAME_DIFFERS | LAYER_NAME_OTHER_MODE);
        forget(tree, entry->link);
    }
}

/* Is the path hidden in this layer by a whiteout of a folder above it? Some tools write both. */
static bool is_beneath_a_whiteout(const struct layer_tree *tree, const char *path)
{
    char above[TAR_NAME_MAX + 1];
    struct stat status;

    memcpy(above, path, strlen(path) + 1);
    for (char *slash; (slash = strrchr(above, '/')) != NULL;) {
        *slash = '\0';
        cleanup_fd int file = layer_open(tree->folder, above, O_PATH);
        if (file >= 0)
            return fstat(file, &status) == 0 && is_whiteout(&status);
    }
    return false;
}

static int compare_whiteout(struct layer_tree *tree, const char *path, struct error *error)
{
    const char *name;
    struct stat status;

    if (note(tree, path, strlen(path), LAYER_NAME_SIGNED | LAYER_NAME_WHITEOUT, error) < 0 ||
        enter_parent(tree, path, &name, error) < 0)
        return -1;
    if (tree->parent >= 0 && fstatat(tree->parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!is_whiteout(&status))
            layer_tree_differs(tree, TRUST_CHANGED, path, "%s, signed a whiteout", type_name(status.st_mode));
        return 0;
    }
    /* Below the lowest layer nothing is: containerd makes none there. */
    if (tree->number > 1 && !is_beneath_a_whiteout(tree, path))
        layer_tree_differs(tree, TRUST_MISSING, path, "the whiteout");
    return 0;
}

/* ".wh.NAME" and ".wh..wh..opq" (OCI image-spec, layer.md). 1: it was one, 0, -1. */
static int take_whiteout(struct layer_tree *tree, const struct tar_entry *entry, struct error *error)
{
    static const char prefix[] = ".wh.";
    const char *slash = strrchr(entry->name, '/'), *name = slash != NULL ? slash + 1 : entry->name;
    size_t folder = (size_t)(name - entry->name);
    char path[TAR_NAME_MAX + 1];

    if (!text_starts_with(name, prefix) || name[sizeof(prefix) - 1] == '\0')
        return 0;
    memcpy(path, entry->name, folder);
    if (strcmp(name, ".wh..wh..opq") == 0) {
        const char *ignored;

        if (enter_parent(tree, entry->name, &ignored, error) < 0)
            return -1;
        path[folder > 0 ? folder - 1 : 0] = '\0';
        return note(tree, folder > 0 ? path : ".", folder > 0 ? folder - 1 : 1,
                    LAYER_NAME_PARENT | LAYER_NAME_OPAQUE, error) < 0
                   ? -1
                   : 1;
    }
    memcpy(path + folder, name + sizeof(prefix) - 1, strlen(name) - sizeof(prefix) + 2);
    return compare_whiteout(tree, path, error) < 0 ? -1 : 1;
}

int layer_tree_entry(struct layer_tree *tree, const struct tar_entry *entry, struct error *error)
{
    const bool is_device = entry->type == TAR_CHARACTER || entry->type == TAR_BLOCK_DEVICE;
    const char *name;
    struct stat status;
    int found;

    descriptor_close(&tree->file);
    memcpy(tree->path, entry->name, strlen(entry->name) + 1);
    tree->size = entry->size;
    found = take_whiteout(tree, entry, error);
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (note(tree, entry->name, strlen(entry->name),
             LAYER_NAME_SIGNED | (entry->type == TAR_DIRECTORY ? LAYER_NAME_FOLDER : 0), error) < 0)
        return -1;
    /* No engine gives the directory itself what the tar says of ".". */
    if (strcmp(entry->name, ".") == 0) {
        if (entry->type != TAR_DIRECTORY)
            layer_tree_differs(tree, TRUST_CHANGED, ".", "the tar has no directory there");
        return 0;
    }
    if (is_device && tree->setting->user_namespace) {
        if (enter_parent(tree, entry->name, &name, error) < 0)
            return -1;
        if (tree->parent >= 0 && fstatat(tree->parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0 &&
            errno == ENOENT)
            return 0;
    }
    found = look(tree, entry->name, &status, &name, error);
    if (found > 0 && entry->type == TAR_HARD_LINK)
        compare_hard_link(tree, entry, &status);
    else if (found > 0)
        compare_entry(tree, entry, name, &status);
    return found < 0 ? -1 : 0;
}

void layer_tree_contents(struct layer_tree *tree, const void *bytes, size_t length)
{
    const uint8_t *next = bytes;

    while (length > 0 && tree->file >= 0) {
        size_t part = length < (size_t)LAYER_TREE_BUFFER ? length : (size_t)LAYER_TREE_BUFFER;
        ssize_t got;

        do
            got = read(tree->file, tree->buffer, part);
        while (got < 0 && errno == EINTR);
        if (got <= 0 || memcmp(tree->buffer, next, (size_t)got) != 0) {
            descriptor_close(&tree->file);
            layer_tree_differs(tree, TRUST_CHANGED, tree->path, "contents");
            return;
        }
        next += got;
        length -= (size_t)got;
    }
}
