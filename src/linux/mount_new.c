/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_new.h. */
#include <string.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/mount_by_page.h"
#include "linux/mount_layers.h"
#include "linux/mount_new.h"
#include "linux/mount_syscalls.h"

/* The kernel copies fsconfig's strings with strndup_user(value, 256). */
enum { FSCONFIG_VALUE_MAX = 255 };

/* Lines of the context's log that are taken into a message. */
enum { LOG_LINES_MAX = 4 };

/* Append what the kernel said: lines such as "e tmpfs: Bad value for 'size'" (e error, w warning, i
 * information). */
static void append_log(int context, struct error *error)
{
    int number = error->system_errno;
    char message[ERROR_MESSAGE_MAX];
    struct text text = text_over(message, sizeof(message));
    for (int i = 0; i < LOG_LINES_MAX; i++) {
        char line[512];
        ssize_t length = read(context, line, sizeof(line) - 1);
        if (length < 2)
            break; /* ENODATA: no more lines */
        while (length > 0 && line[length - 1] == '\n')
            length--;
        line[length] = '\0';
        text_append(&text, text.length == 0 ? " (the kernel says: " : "; ");
        text_append(&text, line[1] == ' ' ? line + 2 : line);
    }
    if (text.length == 0)
        return;
    char before[ERROR_MESSAGE_MAX];
    struct text kept = text_over(before, sizeof(before));
    text_append(&kept, error->message);
    error_set(error, error->kind, "%s%s)", before, message);
    error->system_errno = number;
}

static int context_error(int context, struct error *error, int number, const char *what, const char *name)
{
    error_system(error, number, "%s %s", what, name);
    append_log(context, error);
    return -1;
}

static int set_option(int context, const struct plan_option *option, struct error *error)
{
    int result = option->value == NULL
                     ? fsconfig(context, FSCONFIG_SET_FLAG, option->key, NULL, 0)
                     : fsconfig(context, FSCONFIG_SET_STRING, option->key, option->value, 0);
    return result == 0 ? 0 : context_error(context, error, errno, "set mount option", option->key);
}

static bool needs_page(const struct new_filesystem *filesystem)
{
    if (filesystem->source != NULL && strlen(filesystem->source) > FSCONFIG_VALUE_MAX)
        return true;
    if (filesystem->label != NULL && strlen(filesystem->label) > FSCONFIG_VALUE_MAX)
        return true;
    for (size_t i = 0; i < filesystem->option_count; i++)
        if (filesystem->options[i].value != NULL && strlen(filesystem->options[i].value) > FSCONFIG_VALUE_MAX)
            return true;
    return false;
}

static int configure(int context, const struct new_filesystem *filesystem, struct error *error)
{
    const char *source = filesystem->source != NULL ? filesystem->source : filesystem->type;
    const struct plan_option source_option = {"source", source};
    if (set_option(context, &source_option, error) < 0)
        return -1;
    for (size_t i = 0; i < filesystem->option_count; i++)
        if (set_option(context, &filesystem->options[i], error) < 0)
            return -1;
    const struct plan_option label = {"context", filesystem->label};
    if (filesystem->label != NULL && set_option(context, &label, error) < 0)
        return -1;
    return 0;
}

int new_filesystem_make(const struct new_filesystem *filesystem, int *mount, struct error *error)
{
    *mount = -1;
    if (needs_page(filesystem))
        return mount_by_page(filesystem, mount, error);
    cleanup_fd int context = fsopen(filesystem->type, FSOPEN_CLOEXEC);
    if (context < 0 && errno == ENOSYS)
        return error_system(error, ENOSYS,
                            "mount %s: fsopen is missing (needs Linux 5.2 and a filter that allows it)",
                            filesystem->type);
    if (context < 0 && errno == ENODEV)
        return error_system(error, ENODEV, "mount file system type %s: this kernel does not know it",
                            filesystem->type);
    if (context < 0)
        return error_system(error, errno, "mount file system type %s", filesystem->type);
    if (configure(context, filesystem, error) < 0)
        return -1;
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return context_error(context, error, errno, "create file system", filesystem->type);
    *mount = fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)filesystem->attributes);
    if (*mount < 0)
        return context_error(context, error, errno, "mount file system", filesystem->type);
    return 0;
}

/* These have one super block for many mounts, the host's among them: what is read-only is a mount of it,
 * never the super block. The same word given to tmpfs would forbid to fill it. */
static bool shares_super_block(const char *type)
{
    static const char *const shared[] = {"proc", "sysfs", "cgroup2", "mqueue", "devpts", "tmpfs"};
    for (size_t i = 0; i < ARRAY_LENGTH(shared); i++)
        if (strcmp(type, shared[i]) == 0)
            return true;
    return false;
}

/* Options without "ro" where that is not the super block's to have, and with mode. */
static size_t choose_options(const struct new_filesystem *filesystem, const char *mode,
                             bool without_read_only, struct plan_option *options)
{
    size_t count = 0;
    for (size_t i = 0; i < filesystem->option_count; i++)
        if (!without_read_only || strcmp(filesystem->options[i].key, "ro") != 0)
            options[count++] = filesystem->options[i];
    if (mode != NULL)
        options[count++] = (struct plan_option){.key = "mode", .value = mode};
    return count;
}

static int make(const struct plan_mount *plan, const struct plan_option *options, const char *mode,
                bool selinux, bool read_only_later, int *mount, struct error *error)
{
    bool without_read_only = (shares_super_block(plan->type) || read_only_later) && plan->read_only;
    cleanup_free struct plan_option *kept = NULL;
    struct new_filesystem filesystem = {
        .type = plan->type,
        .source = plan->source,
        .options = options,
        .option_count = plan->option_count,
        .label = selinux ? plan->label : NULL,
        .attributes = plan->attributes_set | plan->recursive_set,
    };
    /* Two atime modes or-ed together would be a third one: the recursive word, which includes this mount,
     * decides. */
    if (((plan->recursive_set | plan->recursive_clear) & MOUNT_ATTR__ATIME) != 0)
        filesystem.attributes = (filesystem.attributes & ~(uint64_t)MOUNT_ATTR__ATIME) |
                                (plan->recursive_set & MOUNT_ATTR__ATIME);
    if (without_read_only || mode != NULL) {
        kept = malloc((plan->option_count + 1) * sizeof(*kept));
        if (kept == NULL)
            return error_set(error, ERROR_LIMIT, "mount %s: memory is exhausted", plan->type);
        filesystem.option_count = choose_options(&filesystem, mode, without_read_only, kept);
        filesystem.options = kept;
    }
    if (plan->read_only)
        filesystem.attributes |= MOUNT_ATTR_RDONLY;
    if (read_only_later)
        filesystem.attributes &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    return new_filesystem_make(&filesystem, mount, error);
}

int mount_new(const struct plan_mount *plan, const char *mode, bool selinux, bool read_only_later, int *mount,
              struct error *error)
{
    struct mount_layers layers;
    int result;

    *mount = -1;
    if (mount_layers_open(plan, &layers, error) < 0)
        return -1;
    result = make(plan, layers.count > 0 ? layers.options : plan->options, mode, selinux, read_only_later,
                  mount, error);
    mount_layers_close(&layers);
    return result;
}
