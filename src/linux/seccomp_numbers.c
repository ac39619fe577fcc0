/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Data: system call numbers newer than libseccomp 2.5.4. */
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

const char *seccomp_newer_name(uint32_t number)
{
    for (size_t i = 0; i < ARRAY_LENGTH(newer); i++)
        if ((uint32_t)newer[i].number == number)
            return newer[i].name;
    return NULL;
}
