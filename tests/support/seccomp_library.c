/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See seccomp_library.h. */
#include "seccomp_library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <seccomp.h>
#include <cmocka.h>
#include "seccomp_evaluator.h"

size_t seccomp_library_program(const struct plan_seccomp *plan, struct sock_filter *program, size_t room)
{
    static const enum scmp_compare operators[] = {SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE,       SCMP_CMP_EQ,
                                                  SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ};
    uint32_t default_action = evaluator_action(plan->default_action, plan->default_data);
    scmp_filter_ctx context = seccomp_init(default_action);
    int file = memfd_create("library", MFD_CLOEXEC);
    ssize_t length;

    assert_non_null(context);
    for (size_t i = 0; i < plan->architectures.count; i++) {
        if (strcmp(plan->architectures.items[i], "SCMP_ARCH_X86") == 0)
            assert_int_equal(seccomp_arch_add(context, SCMP_ARCH_X86), 0);
        if (strcmp(plan->architectures.items[i], "SCMP_ARCH_X32") == 0)
            assert_int_equal(seccomp_arch_add(context, SCMP_ARCH_X32), 0);
    }
    for (size_t r = 0; r < plan->rule_count; r++) {
        const struct plan_seccomp_rule *rule = &plan->rules[r];
        uint32_t action = evaluator_action(rule->action, rule->data);
        struct scmp_arg_cmp arguments[6];

        for (size_t a = 0; a < rule->argument_count; a++)
            arguments[a] = (struct scmp_arg_cmp){.arg = rule->arguments[a].index,
                                                 .op = operators[rule->arguments[a].operation],
                                                 .datum_a = rule->arguments[a].value,
                                                 .datum_b = rule->arguments[a].value_two};
        for (size_t n = 0; action != default_action && n < rule->names.count; n++) {
            int number = seccomp_syscall_resolve_name(rule->names.items[n]), added;

            if (number == __NR_SCMP_ERROR)
                continue;
            added = seccomp_rule_add_array(context, action, number, (unsigned int)rule->argument_count,
                                           arguments);
            if (added != 0)
                fail_msg("libseccomp refuses rule %zu on %s: %s", r, rule->names.items[n], strerror(-added));
        }
    }
    assert_int_equal(seccomp_export_bpf(context, file), 0);
    seccomp_release(context);
    length = pread(file, program, room * sizeof(*program), 0);
    (void)close(file);
    assert_true(length > 0 && (size_t)length < room * sizeof(*program) &&
                length % (ssize_t)sizeof(*program) == 0);
    return (size_t)length / sizeof(*program);
}
