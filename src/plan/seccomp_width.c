/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which arguments of which calls the kernel reads as 32 bits. Sources: the kernel's SYSCALL_DEFINE lines
 * (int, unsigned int, umode_t, uid_t, socket's int triple); for clone(2) the flags' lower half alone is used.
 */
#include "plan/seccomp_width.h"

#include <string.h>
#include "base/memory.h"

enum { ARGUMENT_0 = 1, ARGUMENT_1 = 2, ARGUMENT_2 = 4, ARGUMENT_3 = 8, ARGUMENT_4 = 16 };

static const struct {
    const char *name;
    unsigned int narrow; /* a bit for each 32-bit argument */
} calls[] = {
    {"accept4", ARGUMENT_0 | ARGUMENT_3},
    {"bpf", ARGUMENT_0 | ARGUMENT_2},
    {"chmod", ARGUMENT_1},
    {"clone", ARGUMENT_0},
    {"fchmod", ARGUMENT_0 | ARGUMENT_1},
    {"fchmodat", ARGUMENT_0 | ARGUMENT_2},
    {"fchmodat2", ARGUMENT_0 | ARGUMENT_2 | ARGUMENT_3},
    {"fcntl", ARGUMENT_0 | ARGUMENT_1},
    {"fcntl64", ARGUMENT_0 | ARGUMENT_1},
    {"futex", ARGUMENT_1},
    {"getsockopt", ARGUMENT_0 | ARGUMENT_1 | ARGUMENT_2},
    {"ioctl", ARGUMENT_0 | ARGUMENT_1},
    {"keyctl", ARGUMENT_0},
    {"kill", ARGUMENT_0 | ARGUMENT_1},
    {"madvise", ARGUMENT_2},
    {"mkdir", ARGUMENT_1},
    {"mkdirat", ARGUMENT_0 | ARGUMENT_2},
    {"mknod", ARGUMENT_1 | ARGUMENT_2},
    {"mknodat", ARGUMENT_0 | ARGUMENT_2 | ARGUMENT_3},
    {"open", ARGUMENT_1 | ARGUMENT_2},
    {"openat", ARGUMENT_0 | ARGUMENT_2 | ARGUMENT_3},
    {"personality", ARGUMENT_0},
    {"prctl", ARGUMENT_0},
    {"quotactl", ARGUMENT_0},
    {"setgid", ARGUMENT_0},
    {"setns", ARGUMENT_0 | ARGUMENT_1},
    {"setsockopt", ARGUMENT_0 | ARGUMENT_1 | ARGUMENT_2},
    {"setuid", ARGUMENT_0},
    {"socket", ARGUMENT_0 | ARGUMENT_1 | ARGUMENT_2},
    {"socketpair", ARGUMENT_0 | ARGUMENT_1 | ARGUMENT_2},
    {"tgkill", ARGUMENT_0 | ARGUMENT_1 | ARGUMENT_2},
    {"tkill", ARGUMENT_0 | ARGUMENT_1},
};

static unsigned int narrow_arguments(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(calls); i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].narrow;
    return 0;
}

/* Does some value with the same lower half get past the comparison that this one matches? */
static bool upper_half_evades(const struct plan_seccomp_argument *argument)
{
    switch (argument->operation) {
    case PLAN_SECCOMP_EQ:
    case PLAN_SECCOMP_LT:
    case PLAN_SECCOMP_LE:
        return true;
    case PLAN_SECCOMP_MASKED_EQ:
        return argument->value > UINT32_MAX; /* the mask looks at the upper half */
    case PLAN_SECCOMP_NE:
    case PLAN_SECCOMP_GE:
    case PLAN_SECCOMP_GT:
        return false; /* a set upper half matches all the more */
    }
    return true;
}

void plan_seccomp_note_widths(struct plan_builder *builder, const struct plan_seccomp_rule *rule)
{
    if (rule->action == PLAN_SECCOMP_ALLOW || rule->action == PLAN_SECCOMP_LOG)
        return;
    for (size_t i = 0; i < rule->argument_count; i++) {
        const struct plan_seccomp_argument *argument = &rule->arguments[i];

        for (size_t j = 0; upper_half_evades(argument) && j < rule->names.count; j++) {
            if ((narrow_arguments(rule->names.items[j]) & 1U << argument->index) == 0)
                continue;
            plan_builder_note(
                builder, arena_format(builder->arena, "/linux/seccomp/syscalls/%zu/args/%zu", rule->index, i),
                "a 64-bit comparison, as written, of an argument that %s reads as 32-bit: a value with "
                "its upper half set passes it; SCMP_CMP_MASKED_EQ with value 4294967295 does not let it",
                rule->names.items[j]);
            break;
        }
    }
}
