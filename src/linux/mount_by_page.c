/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_by_page.h. */
#include <string.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/mount_by_page.h"
#include "linux/mount_syscalls.h"

/* One page with its terminating NUL, on every architecture that has pages of 4 KiB or more. */
enum { PAGE_OPTIONS_SIZE = 4096 };

static const struct {
    const char *word;
    unsigned long flag;
} word_flags[] = {
    {"ro", MS_RDONLY},          {"rw", 0},
    {"sync", MS_SYNCHRONOUS},   {"async", 0},
    {"dirsync", MS_DIRSYNC},    {"mand", MS_MANDLOCK},
    {"lazytime", MS_LAZYTIME},  {"silent", MS_SILENT},
    {"iversion", MS_I_VERSION},
};

static const struct {
    uint64_t attribute;
    unsigned long flag;
} attribute_flags[] = {
    {MOUNT_ATTR_RDONLY, MS_RDONLY},         {MOUNT_ATTR_NOSUID, MS_NOSUID},
    {MOUNT_ATTR_NODEV, MS_NODEV},           {MOUNT_ATTR_NOEXEC, MS_NOEXEC},
    {MOUNT_ATTR_NOATIME, MS_NOATIME},       {MOUNT_ATTR_STRICTATIME, MS_STRICTATIME},
    {MOUNT_ATTR_NODIRATIME, MS_NODIRATIME}, {MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW},
};

static bool take_word(const struct plan_option *option, unsigned long *flags)
{
    for (size_t i = 0; i < ARRAY_LENGTH(word_flags); i++)
        if (option->value == NULL && strcmp(option->key, word_flags[i].word) == 0) {
            *flags |= word_flags[i].flag;
            return true;
        }
    return false;
}

static bool has_bare_comma(const char *value)
{
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == ',')
            return true;
    }
    return false;
}

static int write_option(struct text *page, const char *key, const char *value, struct error *error)
{
    if (value != NULL && has_bare_comma(value))
        return error_set(
            error, ERROR_INVALID,
            "mount option %s: options with a value of more than 255 bytes may not hold a bare comma", key);
    if (page->length > 0)
        text_append_character(page, ',');
    text_append(page, key);
    if (value != NULL) {
        text_append_character(page, '=');
        text_append(page, value);
    }
    return 0;
}

/* "/.." does not leave the root, but crosses what is mounted on it: the top of the stack. */
static int open_top_of_root(int *top, struct error *error)
{
    struct statx root, stacked;
    cleanup_fd int tree = open_tree(AT_FDCWD, "/..", OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT);
    if (tree < 0)
        return error_system(error, errno, "open the new mount");
    if (statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &root) < 0 ||
        statx(tree, "", AT_EMPTY_PATH, STATX_MNT_ID, &stacked) < 0)
        return error_system(error, errno, "look at the new mount");
    if (root.stx_mnt_id == stacked.stx_mnt_id || (stacked.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)
        return error_set(error, ERROR_SYSTEM, "the new mount is not where it was made");
    *top = take_fd(&tree);
    return 0;
}

int mount_by_page(const struct new_filesystem *filesystem, int *mount_descriptor, struct error *error)
{
    char bytes[PAGE_OPTIONS_SIZE];
    struct text page = text_over(bytes, sizeof(bytes));
    unsigned long flags = 0;
    *mount_descriptor = -1;
    for (size_t i = 0; i < filesystem->option_count; i++) {
        const struct plan_option *option = &filesystem->options[i];
        if (!take_word(option, &flags) && write_option(&page, option->key, option->value, error) < 0)
            return -1;
    }
    if (filesystem->label != NULL) {
        /* In a page the label's own commas (categories) are kept together by quotes. */
        if (page.length > 0)
            text_append_character(&page, ',');
        text_append_format(&page, "context=\"%s\"", filesystem->label);
    }
    if (text_complete(&page, "the mount's options", error) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LENGTH(attribute_flags); i++)
        if ((filesystem->attributes & attribute_flags[i].attribute) != 0)
            flags |= attribute_flags[i].flag;
    const char *source = filesystem->source != NULL ? filesystem->source : filesystem->type;
    if (mount(source, "/", filesystem->type, flags, bytes) < 0)
        return error_system(error, errno, "mount file system type %s", filesystem->type);
    return open_top_of_root(mount_descriptor, error);
}
