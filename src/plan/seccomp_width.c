/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 64-bit comparisons of narrower arguments; see seccomp_width.h. */
#include "plan/seccomp_width.h"

#include "base/syscall_arguments.h"

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
            unsigned int width = syscall_argument_width(rule->names.items[j], argument->index);

            if (width == 64)
                continue;
            plan_builder_note(
                builder, arena_format(builder->arena, "/linux/seccomp/syscalls/%zu/args/%zu", rule->index, i),
                "a 64-bit comparison, as written, of an argument that %s reads as %u-bit: a value with "
                "its upper half set passes it; SCMP_CMP_MASKED_EQ with value %u does not let it",
                rule->names.items[j], width, width == 16 ? 0xffffU : UINT32_MAX);
            break;
        }
    }
}
