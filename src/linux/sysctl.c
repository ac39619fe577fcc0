/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sysctl.h. The keys were checked and turned into paths by the plan; openat2 beneath procfs is what
 * bounds them here. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "base/descriptor.h"
#include "linux/mount_syscalls.h"
#include "linux/procfs.h"
#include "linux/sysctl.h"

enum { SYSCTL_VALUE_SIZE = 4096 };

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* One word of each: the same text, or the same number in another notation ("0x10" is read back as "16"). */
static bool words_equal(const char *one, size_t one_length, const char *other, size_t other_length)
{
    if (one_length == other_length && memcmp(one, other, one_length) == 0)
        return true;
    char *one_end, *other_end;
    long long first = strtoll(one, &one_end, 0);
    long long second = strtoll(other, &other_end, 0);
    return one_end == one + one_length && other_end == other + other_length && first == second;
}

/* The kernel writes lists with tabs, whatever it read. */
static bool values_equal(const char *written, const char *read_back)
{
    for (;;) {
        written = skip_space(written);
        read_back = skip_space(read_back);
        size_t one = strcspn(written, " \t\n\r\v\f");
        size_t other = strcspn(read_back, " \t\n\r\v\f");
        if (one == 0 || other == 0)
            return one == other;
        if (!words_equal(written, one, read_back, other))
            return false;
        written += one;
        read_back += other;
    }
}

/* parameters: the directory sys of procfs. Beneath it, not beneath procfs: "../sysrq-trigger" would be on
 * procfs too. */
static int apply_one(int parameters, const struct plan_sysctl *sysctl, struct error *error)
{
    char value[SYSCTL_VALUE_SIZE];
    if (procfs_write(parameters, sysctl->path, sysctl->value, error) < 0)
        return error_prefix(error, "sysctl %s", sysctl->key);
    struct error read_error = {0};
    if (procfs_read(parameters, sysctl->path, value, sizeof(value), &read_error) < 0) {
        /* Some are orders and can only be written (net.ipv4.route.flush). */
        if (read_error.system_errno == EACCES || read_error.system_errno == EPERM)
            return 0;
        *error = read_error;
        return error_prefix(error, "sysctl %s", sysctl->key);
    }
    if (!values_equal(sysctl->value, value))
        return error_set(error, ERROR_SYSTEM, "sysctl %s: \"%s\" was written, but the kernel says \"%s\"",
                         sysctl->key, sysctl->value, value);
    return 0;
}

int sysctl_apply(const struct plan *plan, struct error *error)
{
    if (plan->sysctl_count == 0)
        return 0;
    /* The whole procfs, with sysrq-trigger and core_pattern in it, is open in this function alone. */
    cleanup_fd int procfs = procfs_open(PROCFS_WHOLE, NULL, error);
    if (procfs < 0)
        return error_prefix(error, "set sysctls");
    cleanup_fd int parameters = syscall_openat2(procfs, "sys", O_PATH | O_DIRECTORY,
                                                RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    if (parameters < 0)
        return error_system(error, errno, "set sysctls: open the directory sys of procfs");
    for (size_t i = 0; i < plan->sysctl_count; i++)
        if (apply_one(parameters, &plan->sysctls[i], error) < 0)
            return -1;
    return 0;
}
