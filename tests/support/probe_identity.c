/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who this process is and what it may do: ids, groups, capabilities, securebits, no_new_privs, seccomp,
 * keyring. */
#include "probe.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const capability_names[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

static void report_set(const char *key, uint64_t set)
{
    char number[16];

    json_open(key, '[');
    for (unsigned bit = 0; bit < 64; bit++) {
        if (!(set >> bit & 1))
            continue;
        if (bit < sizeof capability_names / sizeof *capability_names) {
            json_text(NULL, capability_names[bit]);
        } else {
            snprintf(number, sizeof number, "%u", bit);
            json_text(NULL, number);
        }
    }
    json_close(']');
}

static void report_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}, {0}};
    uint64_t bounding = 0;
    uint64_t ambient = 0;

    if (syscall(SYS_capget, &header, data) < 0)
        _exit(113);
    for (unsigned long bit = 0; bit < 64; bit++) {
        if (prctl(PR_CAPBSET_READ, bit, 0UL, 0UL, 0UL) == 1)
            bounding |= UINT64_C(1) << bit;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, bit, 0UL, 0UL) == 1)
            ambient |= UINT64_C(1) << bit;
    }
    json_open("capabilities", '{');
    report_set("effective", data[0].effective | (uint64_t)data[1].effective << 32);
    report_set("permitted", data[0].permitted | (uint64_t)data[1].permitted << 32);
    report_set("inheritable", data[0].inheritable | (uint64_t)data[1].inheritable << 32);
    report_set("bounding", bounding);
    report_set("ambient", ambient);
    json_close('}');
    json_number("securebits", prctl(PR_GET_SECUREBITS, 0UL, 0UL, 0UL, 0UL));
}

static void report_four_ids(const char *key, unsigned real, unsigned effective, unsigned saved,
                            unsigned file_system)
{
    json_open(key, '{');
    json_unsigned("real", real);
    json_unsigned("effective", effective);
    json_unsigned("saved", saved);
    json_unsigned("fs", file_system);
    json_close('}');
}

static int compare_groups(const void *left, const void *right)
{
    gid_t first = *(const gid_t *)left;
    gid_t second = *(const gid_t *)right;

    return (first > second) - (first < second);
}

static void report_ids(void)
{
    uid_t user[3];
    gid_t group[3];
    static gid_t groups[65536];

    if (getresuid(&user[0], &user[1], &user[2]) < 0 || getresgid(&group[0], &group[1], &group[2]) < 0)
        _exit(113);
    /* An id that the kernel refuses makes setfs[ug]id a question. */
    report_four_ids("uids", user[0], user[1], user[2], (unsigned)setfsuid((uid_t)-1));
    report_four_ids("gids", group[0], group[1], group[2], (unsigned)setfsgid((gid_t)-1));
    int count = getgroups((int)(sizeof groups / sizeof *groups), groups);
    if (count > 0)
        qsort(groups, (size_t)count, sizeof *groups, compare_groups);
    json_open("groups", '[');
    for (int index = 0; index < count; index++)
        json_unsigned(NULL, groups[index]);
    json_close(']');
}

/* The number after "NAME:" in /proc/self/status, -1 when there is none. */
static long status_field(const char *status, const char *name)
{
    const char *line = strstr(status, name);

    return line ? strtol(line + strlen(name), NULL, 10) : -1;
}

static void report_filters(void)
{
    static char status[16384];

    if (read_small_file("/proc/self/status", status, sizeof status) < 0)
        status[0] = '\0';
    json_number("seccomp_mode", status_field(status, "\nSeccomp:"));
    json_number("seccomp_filters", status_field(status, "\nSeccomp_filters:"));
    json_number("threads", status_field(status, "\nThreads:"));
}

static void report_keyring(void)
{
    static char description[512];
    long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

    json_open("session_keyring", '{');
    json_number("id", id);
    json_error("error", id < 0 ? errno : 0);
    if (id >= 0) {
        long length = syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, description, sizeof description - 1);
        json_text("description", length > 0 ? description : NULL);
    }
    json_close('}');
}

void report_identity(void)
{
    report_ids();
    report_capabilities();
    json_bool("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) == 1);
    json_number("dumpable", prctl(PR_GET_DUMPABLE, 0UL, 0UL, 0UL, 0UL));
    report_filters();
    report_keyring();
}
