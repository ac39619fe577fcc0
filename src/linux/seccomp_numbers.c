/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Data: system call numbers newer than libseccomp 2.5.4, and widths of arguments. */
#include "linux/seccomp_numbers.h"

#include <stddef.h>
#include "base/memory.h"

/* Linux's tables from 6.5 to 7.0. Distributions patch some of them into the library; its own answer is asked
 * first. */
static const struct {
    const char *name;
    int number;
    bool x86_64_only;
} newer[] = {
    {"uretprobe", 335, true},
    {"uprobe", 336, true},
    {"set_mempolicy_home_node", 450, false},
    {"cachestat", 451, false},
    {"fchmodat2", 452, false},
    {"map_shadow_stack", 453, false},
    {"futex_wake", 454, false},
    {"futex_wait", 455, false},
    {"futex_requeue", 456, false},
    {"statmount", 457, false},
    {"listmount", 458, false},
    {"lsm_get_self_attr", 459, false},
    {"lsm_set_self_attr", 460, false},
    {"lsm_list_modules", 461, false},
    {"mseal", 462, false},
    {"setxattrat", 463, false},
    {"getxattrat", 464, false},
    {"listxattrat", 465, false},
    {"removexattrat", 466, false},
    {"open_tree_attr", 467, false},
    {"file_getattr", 468, false},
    {"file_setattr", 469, false},
    {"listns", 470, false},
    {"rseq_slice_yield", 471, false},
};

int seccomp_newer_number(const char *name, bool *x86_64_only)
{
    for (size_t i = 0; i < ARRAY_LENGTH(newer); i++) {
        if (strcmp(newer[i].name, name) == 0) {
            *x86_64_only = newer[i].x86_64_only;
            return newer[i].number;
        }
    }
    return -1;
}

/* A bit for each argument that is an int, an unsigned int or a type of that size in the kernel, or whose
 * upper half it ignores. */
static const struct {
    const char *name;
    uint8_t narrow;
} widths[] = {
    {"bpf", 0x05},         {"chmod", 0x02},           {"clone", 0x01}, /* the legacy call takes the flags'
                                                                          lower half; not so on s390, where
                                                                          they come second */
    {"fchmod", 0x03},      {"fchmodat", 0x05},        {"fcntl", 0x03},       {"fcntl64", 0x03},
    {"getsockopt", 0x07},  {"ioctl", 0x03},           {"kcmp", 0x07},        {"keyctl", 0x01},
    {"kill", 0x03},        {"mknod", 0x06},           {"mknodat", 0x0d},     {"open", 0x06},
    {"openat", 0x0d},      {"perf_event_open", 0x0e}, {"personality", 0x01}, {"prctl", 0x01},
    {"quotactl", 0x05},    {"reboot", 0x07},          {"seccomp", 0x03},     {"setns", 0x03},
    {"setpriority", 0x07}, {"setsockopt", 0x17},      {"socket", 0x07},      {"socketpair", 0x07},
    {"syslog", 0x05},      {"tgkill", 0x07},          {"tkill", 0x03},
};

bool seccomp_argument_narrow(const char *name, uint32_t index)
{
    for (size_t i = 0; i < ARRAY_LENGTH(widths); i++) {
        if (strcmp(widths[i].name, name) == 0)
            return (widths[i].narrow >> index) & 1;
    }
    return false;
}
