/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Data: system call numbers newer than libseccomp 2.5.4. */
#include "linux/seccomp_numbers.h"

#include <linux/audit.h>
#include <stddef.h>
#include "base/memory.h"

/* Linux's tables from 6.5 to 7.0. Distributions patch some of them into the library; its own answer is asked
 * first. */
static const struct {
    const char *name;
    int number;
    uint32_t only; /* AUDIT_ARCH_…; 0: all architectures */
} newer[] = {
    {"riscv_hwprobe", 258, AUDIT_ARCH_RISCV64},
    {"uretprobe", 335, AUDIT_ARCH_X86_64},
    {"uprobe", 336, AUDIT_ARCH_X86_64},
    {"set_mempolicy_home_node", 450, 0},
    {"cachestat", 451, 0},
    {"fchmodat2", 452, 0},
    {"map_shadow_stack", 453, 0},
    {"futex_wake", 454, 0},
    {"futex_wait", 455, 0},
    {"futex_requeue", 456, 0},
    {"statmount", 457, 0},
    {"listmount", 458, 0},
    {"lsm_get_self_attr", 459, 0},
    {"lsm_set_self_attr", 460, 0},
    {"lsm_list_modules", 461, 0},
    {"mseal", 462, 0},
    {"setxattrat", 463, 0},
    {"getxattrat", 464, 0},
    {"listxattrat", 465, 0},
    {"removexattrat", 466, 0},
    {"open_tree_attr", 467, 0},
    {"file_getattr", 468, 0},
    {"file_setattr", 469, 0},
    {"listns", 470, 0},
    {"rseq_slice_yield", 471, 0},
};

int seccomp_newer_number(const char *name, uint32_t *only)
{
    for (size_t i = 0; i < ARRAY_LENGTH(newer); i++) {
        if (strcmp(newer[i].name, name) == 0) {
            *only = newer[i].only;
            return newer[i].number;
        }
    }
    return -1;
}

const char *seccomp_newer_name(uint32_t number, uint32_t audit)
{
    for (size_t i = 0; i < ARRAY_LENGTH(newer); i++)
        if ((uint32_t)newer[i].number == number && (newer[i].only == 0 || newer[i].only == audit))
            return newer[i].name;
    return NULL;
}
