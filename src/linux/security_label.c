/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AppArmor and SELinux labels for the next execve and for new keys. */
#include "linux/security_label.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/procfs.h"

/* From <linux/lsm.h> of Linux 6.8, which Debian 12's headers lack. The numbers are the same on all
 * architectures but alpha. */
#ifndef SYS_lsm_get_self_attr
#define SYS_lsm_get_self_attr 459
#endif
#ifndef SYS_lsm_set_self_attr
#define SYS_lsm_set_self_attr 460
#endif

enum { LSM_SELINUX = 101, LSM_APPARMOR = 104 };
enum { ATTRIBUTE_EXEC = 101, ATTRIBUTE_KEYS = 103 };

struct lsm_context {
    uint64_t id;
    uint64_t flags;
    uint64_t length;         /* of all, padding included */
    uint64_t context_length; /* of text, its NUL included */
    char text[];
};

enum { LABEL_MAX = 4096, CONTEXT_SIZE = LABEL_MAX + sizeof(struct lsm_context) };

/* One attribute of one security module, by both ways that lead to it. */
struct label_attribute {
    const char *module;
    const char *pointer; /* into the configuration */
    uint64_t id;
    unsigned int attribute;
    const char *files[2]; /* in procfs, tried in this order; the second may be NULL */
};

static const struct label_attribute apparmor_exec = {
    "AppArmor",
    "process.apparmorProfile",
    LSM_APPARMOR,
    ATTRIBUTE_EXEC,
    {"thread-self/attr/apparmor/exec", "thread-self/attr/exec"},
};
static const struct label_attribute selinux_exec = {
    "SELinux", "process.selinuxLabel", LSM_SELINUX, ATTRIBUTE_EXEC, {"thread-self/attr/exec", NULL},
};
static const struct label_attribute selinux_keys = {
    "SELinux", "process.selinuxLabel", LSM_SELINUX, ATTRIBUTE_KEYS, {"thread-self/attr/keycreate", NULL},
};

static const char used_file[] =
    "the security label was written to a procfs attribute (no lsm_set_self_attr, Linux 6.8)";

/* Set by system call. 0, or -1 with errno. */
static int set_by_call(const struct label_attribute *attribute, const char *text)
{
    union {
        struct lsm_context context;
        char bytes[CONTEXT_SIZE];
    } buffer;
    size_t length = strlen(text) + 1;

    if (length > LABEL_MAX) {
        errno = E2BIG;
        return -1;
    }
    memset(&buffer.context, 0, sizeof(buffer.context));
    buffer.context.id = attribute->id;
    buffer.context.length = sizeof(buffer.context) + length;
    buffer.context.context_length = length;
    memcpy(buffer.bytes + offsetof(struct lsm_context, text), text, length);
    return (int)syscall(SYS_lsm_set_self_attr, attribute->attribute, &buffer, (uint32_t)buffer.context.length,
                        0);
}

/* Read back by system call into label. 0, or -1 with errno. */
static int get_by_call(const struct label_attribute *attribute, char *label, size_t size)
{
    enum { SINGLE = 1 }; /* LSM_FLAG_SINGLE: only the module that the buffer names */
    union {
        struct lsm_context context;
        char bytes[CONTEXT_SIZE];
    } buffer;
    uint32_t room = sizeof(buffer);

    memset(&buffer.context, 0, sizeof(buffer.context));
    buffer.context.id = attribute->id;
    if (syscall(SYS_lsm_get_self_attr, attribute->attribute, &buffer, &room, SINGLE) < 0)
        return -1;
    if (buffer.context.context_length >= size || buffer.context.context_length > LABEL_MAX) {
        errno = E2BIG;
        return -1;
    }
    memcpy(label, buffer.bytes + offsetof(struct lsm_context, text), buffer.context.context_length);
    label[buffer.context.context_length] = '\0';
    return 0;
}

static int label_error(const struct label_attribute *attribute, int number, const char *label,
                       struct error *error)
{
    switch (number) {
    case EOPNOTSUPP:
    case EINVAL:
        return error_set(
            error, ERROR_UNSUPPORTED,
            "%s: \"%s\" cannot be set: %s is not active in this kernel, or it does not take this label",
            attribute->pointer, label, attribute->module);
    case ENOENT:
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: the profile \"%s\" is not loaded (apparmor_parser loads it)",
                         attribute->pointer, label);
    default:
        return error_system(error, number, "%s: set \"%s\" for the program", attribute->pointer, label);
    }
}

/* AppArmor answers "profile (mode)". A profile named through a namespace or a stack is shown in another form
 * than it was given. */
static bool label_matches(const char *label, const char *actual)
{
    size_t length = strlen(label);

    if (label[0] == ':' || strstr(label, "//&") != NULL)
        return actual[0] != '\0';
    return strncmp(actual, label, length) == 0 &&
           (actual[length] == '\0' || actual[length] == ' ' || actual[length] == '\n');
}

static int compare(const struct label_attribute *attribute, const char *label, const char *actual,
                   struct error *error)
{
    if (label_matches(label, actual))
        return 0;
    return error_set(error, ERROR_SYSTEM, "%s: \"%s\" was set, \"%s\" is in effect", attribute->pointer,
                     label, actual);
}

static int set_by_file(const struct label_attribute *attribute, const char *text, const char *label,
                       struct error *error)
{
    cleanup_fd int procfs = procfs_open(PROCFS_PROCESSES, NULL, error);
    char actual[LABEL_MAX];

    if (procfs < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LENGTH(attribute->files) && attribute->files[i] != NULL; i++) {
        const char *file = attribute->files[i];
        bool last = i + 1 == ARRAY_LENGTH(attribute->files) || attribute->files[i + 1] == NULL;
        struct error problem = {0};

        if (procfs_write(procfs, file, text, &problem) < 0) {
            /* Kernels before 5.1 have no directory for each module. */
            if (problem.system_errno == ENOENT && !last)
                continue;
            if (problem.system_errno != 0)
                return label_error(attribute, problem.system_errno, label, error);
            *error = problem;
            return -1;
        }
        if (procfs_read(procfs, file, actual, sizeof(actual), error) < 0)
            return -1;
        return compare(attribute, label, actual, error);
    }
    return label_error(attribute, ENOENT, label, error);
}

static int set_label(const struct label_attribute *attribute, const char *text, const char *label,
                     const char **fallback, struct error *error)
{
    char actual[LABEL_MAX];

    if (set_by_call(attribute, text) < 0) {
        if (errno != ENOSYS)
            return label_error(attribute, errno, label, error);
        *fallback = used_file;
        return set_by_file(attribute, text, label, error);
    }
    if (get_by_call(attribute, actual, sizeof(actual)) < 0)
        return error_system(error, errno, "%s: read the label back", attribute->pointer);
    return compare(attribute, label, actual, error);
}

int security_label_keys(const struct plan_process *plan, struct error *error)
{
    const char *fallback = NULL;

    if (plan->selinux_label == NULL)
        return 0;
    return set_label(&selinux_keys, plan->selinux_label, plan->selinux_label, &fallback, error);
}

int security_label_set(const struct plan_process *plan, const char **fallback, struct error *error)
{
    char command[LABEL_MAX];

    if (plan->selinux_label != NULL &&
        set_label(&selinux_exec, plan->selinux_label, plan->selinux_label, fallback, error) < 0)
        return -1;
    if (plan->apparmor_profile == NULL)
        return 0;
    /* AppArmor's attribute takes a command: "exec" changes at execve, "stack" would add to what there is. */
    if (text_print(command, sizeof(command), "exec %s", plan->apparmor_profile) < 0)
        return error_set(error, ERROR_INVALID, "process.apparmorProfile: longer than %d bytes", LABEL_MAX);
    return set_label(&apparmor_exec, command, plan->apparmor_profile, fallback, error);
}
