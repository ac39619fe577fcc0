/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See verity.h. */
#include "trust/verity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/engine_files.h"
#include "trust/walk.h"

enum {
    DIGEST_SPACE = 64,
    LOWERS_MAX = 500 /* overlay's own bound */,
    PARAMETER_SIZE = 16,
    PROC_PATH_SIZE = 32
};

/* The question goes to the file system, and a program may be one: FUSE's answers whatever it likes to (Linux
 * 6.10), and shows other contents. Only the kernel's own check what they read. */
static bool is_the_kernels(int file)
{
    static const unsigned int kernels[] = {EXT4_SUPER_MAGIC, F2FS_SUPER_MAGIC, BTRFS_SUPER_MAGIC};
    struct statfs status;

    if (fstatfs(file, &status) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(kernels); i++)
        if ((unsigned int)status.f_type == kernels[i])
            return true;
    return false;
}

int verity_measure(int file, struct digest *digest)
{
    union {
        struct fsverity_digest head;
        uint8_t room[sizeof(struct fsverity_digest) + DIGEST_SPACE];
    } answer = {.head = {.digest_size = DIGEST_SPACE}};

    if (!is_the_kernels(file)) {
        errno = EMEDIUMTYPE;
        return -1;
    }
    if (ioctl(file, FS_IOC_MEASURE_VERITY, &answer) != 0)
        return -1;
    if (answer.head.digest_algorithm != FS_VERITY_HASH_ALG_SHA256 ||
        answer.head.digest_size != DIGEST_BYTES) {
        errno = ENOMSG;
        return -1;
    }
    memcpy(digest->bytes, answer.room + sizeof(answer.head), DIGEST_BYTES);
    return 0;
}

int (*verity_measure_call)(int file, struct digest *digest) = verity_measure;

static const char *measure(int file, struct digest *digest)
{
    if (verity_measure_call(file, digest) == 0)
        return NULL;
    switch (errno) {
    case ENODATA:
        return "it has no fs-verity";
    case ENOTTY:
    case EOPNOTSUPP:
        return "its file system has no fs-verity";
    case EMEDIUMTYPE:
        return "its file system is not of those whose fs-verity the kernel itself enforces (ext4, f2fs, "
               "btrfs)";
    case ENOMSG:
        return "its fs-verity digest is not of SHA-256";
    default:
        return "its fs-verity digest cannot be read";
    }
}

static const char *measure_plain(void *context, const struct tree_path *path, int file,
                                 const struct stat *status, struct digest *digest)
{
    (void)context;
    (void)path;
    (void)status;
    return measure(file, digest);
}

/* ---- overlay ---- */

struct overlay {
    int lowers[LOWERS_MAX]; /* topmost first */
    size_t count;
};

static int open_lower(int lower, const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };

    return (int)syscall(SYS_openat2, lower, path, &how, sizeof(how));
}

static bool may_have_attribute(int file, const char *name)
{
    return fgetxattr(file, name, NULL, 0) >= 0 || (errno != ENODATA && errno != ENOTSUP);
}

/* Whose contents are another file's. Both spellings: the mount's options are not what the folder says. */
static bool is_metacopy(int file)
{
    return may_have_attribute(file, "trusted.overlay.metacopy") ||
           may_have_attribute(file, "user.overlay.metacopy");
}

static const char *measure_lower(int found, struct digest *digest)
{
    char path[PROC_PATH_SIZE];
    cleanup_fd int file = -1;

    (void)text_print(path, sizeof(path), "/proc/self/fd/%d", found);
    file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return "its file in the lower folder cannot be opened";
    if (is_metacopy(file))
        return "its contents are another file's (metacopy)";
    return measure(file, digest);
}

static const char *measure_overlay(void *context, const struct tree_path *path, int file,
                                   const struct stat *status, struct digest *digest)
{
    const struct overlay *overlay = context;

    (void)file;
    for (size_t i = 0; i < overlay->count; i++) {
        cleanup_fd int found = open_lower(overlay->lowers[i], path->bytes);
        struct stat real;

        if (found >= 0 && fstat(found, &real) == 0 && S_ISREG(real.st_mode) &&
            real.st_ino == status->st_ino && real.st_size == status->st_size)
            return measure_lower(found, digest);
    }
    return "no lower folder has the file that the overlay shows";
}

/* An option that is the module's own default is not shown. */
static bool is_metacopy_off(const char *options)
{
    char value[PARAMETER_SIZE];

    if (trust_has_option(options, "metacopy=off") || trust_has_option(options, "userxattr"))
        return true;
    return !trust_has_option(options, "metacopy=on") &&
           descriptor_read_file_at(AT_FDCWD, "/sys/module/overlay/parameters/metacopy", value,
                                   sizeof(value)) > 0 &&
           strcmp(value, "N") == 0;
}

/* Any file in the upper folder could stand for a lower one under its inode number. */
static const char *check_upper(const struct trust_root *facts, struct arena *arena)
{
    const char *other = facts->upper != NULL ? trust_engine_directory(facts, 0, arena) : NULL;

    return other != NULL ? arena_format(arena, "the upper folder is not empty: %s", other) : NULL;
}

static const char *open_lowers(const struct trust_root *facts, struct overlay *overlay)
{
    dev_t device = 0;

    if (facts->lower_count == 0 || facts->lower_count > LOWERS_MAX)
        return "its lower folders are not known";
    for (; overlay->count < facts->lower_count; overlay->count++) {
        int lower = open(facts->lowers[overlay->count], O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct stat status;

        if (lower < 0)
            return "a lower folder cannot be opened";
        overlay->lowers[overlay->count] = lower;
        if (fstat(lower, &status) != 0 || (overlay->count > 0 && status.st_dev != device)) {
            overlay->count++;
            return "its lower folders are of several file systems: inode numbers do not tell their files";
        }
        device = status.st_dev;
    }
    return NULL;
}

static const char *check_overlay(const struct trust_root *facts, struct overlay *overlay, struct arena *arena)
{
    const char *why = NULL;

    if (facts->unclear != NULL)
        return facts->unclear;
    if (facts->options == NULL || !is_metacopy_off(facts->options))
        return trust_has_option(facts->options, "verity=require")
                   ? "with verity=require contents are held to digests in the metadata's image, and nothing "
                     "signed says which image that is"
                   : "metacopy is on: contents may be other files' than the overlay's paths say";
    why = check_upper(facts, arena);
    return why != NULL ? why : open_lowers(facts, overlay);
}

static int refuse(const char *why, struct arena *arena, struct trust_binding *binding)
{
    *binding = (struct trust_binding){.reason = arena_string(arena, why)};
    return 0;
}

static int bind_overlay(int root, const struct trust_root *facts, const struct trust_seal *seal,
                        struct arena *arena, struct trust_binding *binding, struct error *error)
{
    struct overlay *overlay = arena_allocate(arena, sizeof(*overlay));
    const struct walk_measure way = {measure_overlay, overlay};
    const char *why = check_overlay(facts, overlay, arena);
    int status = why != NULL ? refuse(why, arena, binding)
                             : walk_compare(root, facts, seal, &way, 0, arena, binding, error);

    for (size_t i = 0; i < overlay->count; i++)
        descriptor_close(&overlay->lowers[i]);
    return status;
}

int trust_bind_verity(int root, const struct trust_root *facts, const struct trust_seal *seal,
                      struct arena *arena, struct trust_binding *binding, struct error *error)
{
    static const struct walk_measure plain = {measure_plain, NULL};

    if (facts->covered != NULL)
        return refuse(arena_format(arena, "%s is mounted beneath the root", facts->covered), arena, binding);
    if (facts->type == NULL)
        return refuse("the root's file system is not known", arena, binding);
    if (strcmp(facts->type, "erofs") == 0 || strcmp(facts->type, "squashfs") == 0)
        return refuse("the root is a file system image, and the list does not name its digest", arena,
                      binding);
    return strcmp(facts->type, "overlay") == 0
               ? bind_overlay(root, facts, seal, arena, binding, error)
               : walk_compare(root, facts, seal, &plain, 0, arena, binding, error);
}
