/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each promise of linux/seccomp.h by itself, in an interpreter. linux_seccomp_profiles.c compares whole
 * profiles. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <seccomp.h>
#include <cmocka.h>
#include "base/memory.h"
#include "bpf_interpreter.h"
#include "linux/seccomp.h"
#include "seccomp_evaluator.h"

#define X86_64 0xc000003eU
#define I386   0x40000003U
#define X32    0x40000000U

/* ---- small plans ---- */

#define NAMES(...)                                                                                           \
    {                                                                                                        \
        .items = (const char *const[]){__VA_ARGS__, NULL},                                                   \
        .count = ARRAY_LENGTH(((const char *const[]){__VA_ARGS__}))                                          \
    }
#define ARGUMENTS(...)                                                                                       \
    .arguments = (const struct plan_seccomp_argument[]){__VA_ARGS__},                                        \
    .argument_count = ARRAY_LENGTH(((const struct plan_seccomp_argument[]){__VA_ARGS__}))
#define RULES(...)                                                                                           \
    .rules = (const struct plan_seccomp_rule[]){__VA_ARGS__},                                                \
    .rule_count = ARRAY_LENGTH(((const struct plan_seccomp_rule[]){__VA_ARGS__}))

static uint32_t run(const struct seccomp_program *program, uint32_t architecture, uint32_t number,
                    uint64_t first, uint64_t second)
{
    struct seccomp_data data = {.nr = (int)number, .arch = architecture, .args = {first, second}};
    uint32_t result;

    assert_true(classic_bpf_run(program->instructions, program->count, &data, &result, NULL, NULL));
    return result;
}

static struct seccomp_program compile(const struct plan_seccomp *plan, struct arena *arena)
{
    struct seccomp_program program;
    struct error error;

    if (seccomp_compile(plan, arena, &program, &error) != 0)
        fail_msg("%s", error.message);
    assert_true(classic_bpf_valid(program.instructions, program.count));
    return program;
}

static void expect_refused(const struct plan_seccomp *plan, const char *words)
{
    cleanup_arena struct arena arena = {0};
    struct seccomp_program program;
    struct error error;

    assert_int_equal(seccomp_compile(plan, &arena, &program, &error), -1);
    if (strstr(error.message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, words);
}

static bool has_note(const struct seccomp_program *program, const char *words)
{
    for (size_t i = 0; i < program->note_count; i++) {
        if (strstr(program->notes[i].text, words) != NULL)
            return true;
    }
    return false;
}

#define ENOSYS_ACTION (SECCOMP_RET_ERRNO | ENOSYS)
#define EPERM_ACTION  (SECCOMP_RET_ERRNO | EPERM)

/* ---- promises ---- */

static void test_no_rules(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp plan = {.default_action = PLAN_SECCOMP_ALLOW};
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, X86_64, 0, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, 0x3fffffff, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, I386, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
}

static void test_64_bit_comparison(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ALLOW,
        .architectures = NAMES("SCMP_ARCH_X86_64", "SCMP_ARCH_X86"),
        RULES({.names = NAMES("ioctl"),
               .action = PLAN_SECCOMP_ERRNO,
               .data = EPERM,
               ARGUMENTS({.index = 1, .operation = PLAN_SECCOMP_EQ, .value = 0x5412})}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, X86_64, 16, 0, 0x5412), EPERM_ACTION);
    /* As written, and said so. */
    assert_int_equal(run(&program, X86_64, 16, 0, 0x100005412), SECCOMP_RET_ALLOW);
    assert_true(has_note(&program, "argument 1 of ioctl has 32 bits"));
    /* int 0x80 from 64-bit code may have anything in the upper halves, which the kernel ignores. */
    assert_int_equal(run(&program, I386, 54, 0, 0x100005412), EPERM_ACTION);
}

static void test_masked_comparison_has_no_gap(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ALLOW,
        RULES({.names = NAMES("ioctl"),
               .action = PLAN_SECCOMP_ERRNO,
               .data = EPERM,
               ARGUMENTS({.index = 1,
                          .operation = PLAN_SECCOMP_MASKED_EQ,
                          .value = UINT32_MAX,
                          .value_two = 0x5412})}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, X86_64, 16, 0, 0x100005412), EPERM_ACTION);
    assert_int_equal(run(&program, X86_64, 16, 0, 0x5413), SECCOMP_RET_ALLOW);
    assert_int_equal(program.note_count, 0);
}

static void test_unknown_calls(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ERRNO,
        .default_data = EPERM,
        .architectures = NAMES("SCMP_ARCH_X86", "SCMP_ARCH_X32"),
        RULES({.names = NAMES("read", "clone3"), .action = PLAN_SECCOMP_ALLOW}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    /* Known and denied; the newest that is named; newer than that. */
    assert_int_equal(run(&program, X86_64, 434, 0, 0), EPERM_ACTION);
    assert_int_equal(run(&program, X86_64, 435, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, 436, 0, 0), ENOSYS_ACTION);
    assert_int_equal(run(&program, X86_64, 10000, 0, 0), ENOSYS_ACTION);
    assert_int_equal(run(&program, I386, 436, 0, 0), ENOSYS_ACTION);
    assert_int_equal(run(&program, X86_64, X32 | 436, 0, 0), ENOSYS_ACTION);
    assert_int_equal(run(&program, X86_64, UINT32_MAX, 0, 0), ENOSYS_ACTION);

    plan.default_data_given = true;
    program = compile(&plan, &arena);
    assert_int_equal(run(&program, X86_64, 436, 0, 0), EPERM_ACTION);

    plan.default_data_given = false;
    plan.default_action = PLAN_SECCOMP_KILL_PROCESS;
    program = compile(&plan, &arena);
    assert_int_equal(run(&program, X86_64, 434, 0, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(run(&program, X86_64, 436, 0, 0), ENOSYS_ACTION);

    for (int i = 0; i < 3; i++) {
        plan.default_action =
            (const enum plan_seccomp_action[]){PLAN_SECCOMP_ALLOW, PLAN_SECCOMP_LOG, PLAN_SECCOMP_TRACE}[i];
        program = compile(&plan, &arena);
        assert_int_equal(run(&program, X86_64, 436, 0, 0), evaluator_action(plan.default_action, EPERM));
    }
}

static void test_calls_newer_than_the_library(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ALLOW,
        .architectures = NAMES("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_MIPS64"),
        RULES({.names = NAMES("mseal", "open_tree_attr", "uretprobe"),
               .action = PLAN_SECCOMP_ERRNO,
               .data = EPERM}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, X86_64, 462, 0, 0), EPERM_ACTION);
    assert_int_equal(run(&program, X86_64, 467, 0, 0), EPERM_ACTION);
    assert_int_equal(run(&program, X86_64, 466, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, 335, 0, 0), EPERM_ACTION);
    assert_int_equal(run(&program, I386, 462, 0, 0), EPERM_ACTION);
    assert_int_equal(run(&program, I386, 335, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, X32 | 462, 0, 0), EPERM_ACTION);
    assert_int_equal(run(&program, SCMP_ARCH_MIPS64, 5462, 0, 0), EPERM_ACTION);
}

static void test_action_equal_to_default_is_kept(void **state)
{
    cleanup_arena struct arena arena = {0};
    /* containerd #13330: an explicit refusal of socketcall, equal to the default, against the permission that
     * comes of "socket". */
    const struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ERRNO,
        .default_data = EPERM,
        .architectures = NAMES("SCMP_ARCH_X86"),
        RULES({.names = NAMES("socket"), .action = PLAN_SECCOMP_ALLOW},
              {.names = NAMES("socketcall"), .action = PLAN_SECCOMP_ERRNO, .data = EPERM, .index = 1}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, I386, 359, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, I386, 102, 1, 0), EPERM_ACTION);
}

static void test_socketcall_is_closed(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ERRNO,
        .default_data = EPERM,
        .architectures = NAMES("SCMP_ARCH_X86_64", "SCMP_ARCH_X86"),
        RULES({.names = NAMES("socket"),
               .action = PLAN_SECCOMP_ALLOW,
               ARGUMENTS({.index = 0, .operation = PLAN_SECCOMP_NE, .value = 40})},
              {.names = NAMES("socketcall", "bind"), .action = PLAN_SECCOMP_ALLOW, .index = 1}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, I386, 359, 2, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, I386, 359, 40, 0), EPERM_ACTION);
    assert_int_equal(run(&program, I386, 102, 1, 0), ENOSYS_ACTION);
    assert_int_equal(run(&program, I386, 102, 2, 0), ENOSYS_ACTION);
    assert_true(has_note(&program, "socketcall answers ENOSYS"));

    plan.allow_socketcall = true;
    program = compile(&plan, &arena);
    assert_int_equal(run(&program, I386, 102, 1, 0), SECCOMP_RET_ALLOW);
    assert_false(has_note(&program, "socketcall"));
}

static void test_socketcall_follows_plain_rules(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ERRNO,
        .default_data = EPERM,
        .architectures = NAMES("SCMP_ARCH_X86"),
        RULES({.names = NAMES("socket", "recv", "shmat"), .action = PLAN_SECCOMP_ALLOW}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, I386, 102, 1, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, I386, 102, 10, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, I386, 102, 2, 0), EPERM_ACTION);
    assert_int_equal(run(&program, I386, 117, 21, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, I386, 117, 0x10000 | 21, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, I386, 117, 22, 0), EPERM_ACTION);
}

static void test_foreign_abis(void **state)
{
    static const enum plan_seccomp_action defaults[] = {
        PLAN_SECCOMP_KILL_THREAD, PLAN_SECCOMP_TRAP,  PLAN_SECCOMP_ERRNO, PLAN_SECCOMP_ALLOW,
        PLAN_SECCOMP_LOG,         PLAN_SECCOMP_TRACE, PLAN_SECCOMP_NOTIFY};
    static const uint32_t expected[] = {
        SECCOMP_RET_KILL_THREAD,  SECCOMP_RET_TRAP,         EPERM_ACTION,
        SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS,
        SECCOMP_RET_KILL_PROCESS};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(defaults); i++) {
        cleanup_arena struct arena arena = {0};
        const struct plan_seccomp plan = {
            .default_action = defaults[i],
            .default_data = EPERM,
            RULES({.names = NAMES("read"), .action = PLAN_SECCOMP_ALLOW}),
        };
        struct seccomp_program program = compile(&plan, &arena);

        assert_int_equal(run(&program, I386, 3, 0, 0), expected[i]);
        assert_int_equal(run(&program, 0, 0, 0, 0), expected[i]);
        assert_int_equal(run(&program, X86_64, X32, 0, 0), expected[i]);
        assert_int_equal(run(&program, X86_64, 0, 0, 0), SECCOMP_RET_ALLOW);
    }
}

static void test_strictest_wins(void **state)
{
    cleanup_arena struct arena arena = {0};
    /* Rules are alternatives: "not VSOCK" or "not ALG" allows all; a refusal beside an unconditional
     * permission holds. */
    const struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ERRNO,
        .default_data = EPERM,
        RULES({.names = NAMES("socket", "setns"), .action = PLAN_SECCOMP_ALLOW},
              {.names = NAMES("socket"),
               .action = PLAN_SECCOMP_ERRNO,
               .data = EINVAL,
               ARGUMENTS({.index = 0, .operation = PLAN_SECCOMP_EQ, .value = 38}),
               .index = 1},
              {.names = NAMES("setns"), .action = PLAN_SECCOMP_ERRNO, .data = EACCES, .index = 2},
              {.names = NAMES("socketpair"),
               .action = PLAN_SECCOMP_ALLOW,
               ARGUMENTS({.index = 0, .operation = PLAN_SECCOMP_NE, .value = 40}),
               .index = 3},
              {.names = NAMES("socketpair"),
               .action = PLAN_SECCOMP_ALLOW,
               ARGUMENTS({.index = 0, .operation = PLAN_SECCOMP_NE, .value = 38}),
               .index = 4}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, X86_64, 41, 38, 0), SECCOMP_RET_ERRNO | EINVAL);
    assert_int_equal(run(&program, X86_64, 41, 2, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, 308, 0, 0), SECCOMP_RET_ALLOW);
    assert_true(has_note(&program, "no effect on setns"));
    assert_int_equal(run(&program, X86_64, 53, 38, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, 53, 40, 0), SECCOMP_RET_ALLOW);
}

static void test_two_conditions_on_one_argument(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ERRNO,
        .default_data = EPERM,
        RULES({.names = NAMES("personality"),
               .action = PLAN_SECCOMP_ALLOW,
               ARGUMENTS({.index = 0, .operation = PLAN_SECCOMP_EQ, .value = 0},
                         {.index = 0, .operation = PLAN_SECCOMP_EQ, .value = 8})},
              {.names = NAMES("ioctl"),
               .action = PLAN_SECCOMP_ALLOW,
               ARGUMENTS({.index = 0, .operation = PLAN_SECCOMP_EQ, .value = 0},
                         {.index = 1, .operation = PLAN_SECCOMP_EQ, .value = 8}),
               .index = 1}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(run(&program, X86_64, 135, 0, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, 135, 8, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, 135, 4, 0), EPERM_ACTION);
    assert_int_equal(run(&program, X86_64, 16, 0, 8), SECCOMP_RET_ALLOW);
    assert_int_equal(run(&program, X86_64, 16, 0, 7), EPERM_ACTION);
    assert_int_equal(run(&program, X86_64, 16, 8, 8), EPERM_ACTION);
    assert_true(has_note(&program, "as alternatives"));
}

static void test_unknown_names(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp allowing = {
        .default_action = PLAN_SECCOMP_ERRNO,
        .default_data = EPERM,
        RULES({.names = NAMES("read", "no_such_call", "arm_fadvise64_64"), .action = PLAN_SECCOMP_ALLOW}),
    };
    const struct plan_seccomp refusing = {
        .default_action = PLAN_SECCOMP_ALLOW,
        RULES({.names = NAMES("read"), .action = PLAN_SECCOMP_ERRNO},
              {.names = NAMES("no_such_call"), .action = PLAN_SECCOMP_ERRNO, .index = 1}),
    };
    const struct plan_seccomp elsewhere = {
        .default_action = PLAN_SECCOMP_ALLOW,
        RULES({.names = NAMES("arm_fadvise64_64"), .action = PLAN_SECCOMP_ERRNO}),
    };
    struct seccomp_program program = compile(&allowing, &arena);

    (void)state;
    assert_true(has_note(&program, "no_such_call"));
    assert_false(has_note(&program, "arm_fadvise64_64"));
    expect_refused(&refusing, "linux/seccomp/syscalls/1: this build knows no system call no_such_call");
    program = compile(&elsewhere, &arena);
    assert_int_equal(program.note_count, 0);
}

static void test_bad_values(void **state)
{
    const struct plan_seccomp errno_large = {.default_action = PLAN_SECCOMP_ERRNO, .default_data = 4096};
    const struct plan_seccomp rule_errno_large = {
        .default_action = PLAN_SECCOMP_ALLOW,
        RULES({.names = NAMES("read"), .action = PLAN_SECCOMP_ERRNO, .data = 5000, .index = 7})};
    const struct plan_seccomp index_large = {.default_action = PLAN_SECCOMP_ALLOW,
                                             RULES({.names = NAMES("read"),
                                                    .action = PLAN_SECCOMP_ERRNO,
                                                    ARGUMENTS({.index = 6, .operation = PLAN_SECCOMP_EQ})})};
    const struct plan_seccomp architecture = {.default_action = PLAN_SECCOMP_ALLOW,
                                              .architectures = NAMES("SCMP_ARCH_PDP11")};

    (void)state;
    expect_refused(&errno_large, "linux/seccomp/defaultAction: errno 4096");
    expect_refused(&rule_errno_large, "linux/seccomp/syscalls/7: errno 5000");
    expect_refused(&index_large, "linux/seccomp/syscalls/0/args/0: index 6");
    expect_refused(&architecture, "SCMP_ARCH_PDP11");
}

static const char *const ioctl_name[] = {"ioctl", NULL};

static void test_instruction_limit(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct plan_seccomp_argument *arguments = arena_array(&arena, 2000, sizeof(*arguments));
    struct plan_seccomp_rule *rules = arena_array(&arena, 2000, sizeof(*rules));
    struct plan_seccomp plan = {.default_action = PLAN_SECCOMP_ALLOW, .rules = rules, .rule_count = 2000};

    (void)state;
    for (size_t i = 0; i < plan.rule_count; i++) {
        arguments[i] = (struct plan_seccomp_argument){.operation = PLAN_SECCOMP_EQ, .value = i};
        rules[i] = (struct plan_seccomp_rule){.names = {.items = ioctl_name, .count = 1},
                                              .action = PLAN_SECCOMP_ERRNO,
                                              .arguments = &arguments[i],
                                              .argument_count = 1,
                                              .index = i};
    }
    expect_refused(&plan, "more than the 4096 instructions");
    plan.rule_count = 900;
    struct seccomp_program program = compile(&plan, &arena);
    assert_int_equal(run(&program, X86_64, 16, 899, 0), SECCOMP_RET_ERRNO);
    assert_int_equal(run(&program, X86_64, 16, 900, 0), SECCOMP_RET_ALLOW);
}

static void test_flags(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct plan_seccomp plan = {
        .default_action = PLAN_SECCOMP_ALLOW,
        .flags = SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
        RULES({.names = NAMES("mknod"), .action = PLAN_SECCOMP_NOTIFY}),
    };
    struct seccomp_program program = compile(&plan, &arena);

    (void)state;
    assert_int_equal(program.flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC |
                                        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV |
                                        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
    plan.rule_count = 0;
    program = compile(&plan, &arena);
    assert_int_equal(program.flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_rules),
        cmocka_unit_test(test_64_bit_comparison),
        cmocka_unit_test(test_masked_comparison_has_no_gap),
        cmocka_unit_test(test_unknown_calls),
        cmocka_unit_test(test_calls_newer_than_the_library),
        cmocka_unit_test(test_action_equal_to_default_is_kept),
        cmocka_unit_test(test_socketcall_is_closed),
        cmocka_unit_test(test_socketcall_follows_plain_rules),
        cmocka_unit_test(test_foreign_abis),
        cmocka_unit_test(test_strictest_wins),
        cmocka_unit_test(test_two_conditions_on_one_argument),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_instruction_limit),
        cmocka_unit_test(test_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
