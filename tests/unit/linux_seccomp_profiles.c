/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiled filters against a direct evaluation of the rules, in an interpreter: random rules, and the
 * profiles that Docker, Podman and containerd send, for every number, edge of an argument and ABI; the
 * profiles also against the filter that libseccomp makes of them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/memory.h"
#include "bpf_interpreter.h"
#include "linux/seccomp.h"
#include "seccomp_evaluator.h"
#include "seccomp_library.h"
#include "seccomp_profile.h"

enum { EDGES = 400, NUMBERS = 600, STACK_MAX = 4 };

#define X86_64 0xc000003eU
#define I386   0x40000003U
#define X32    0x40000000U

static const char *samples;

#define ENOSYS_ACTION (SECCOMP_RET_ERRNO | ENOSYS)

static struct seccomp_program compile(const struct plan_seccomp *plan, struct arena *arena)
{
    struct seccomp_program program;
    struct error error;

    if (seccomp_compile(plan, arena, &program, &error) != 0)
        fail_msg("%s", error.message);
    assert_true(classic_bpf_valid(program.instructions, program.count));
    return program;
}

/* ---- against the evaluator ---- */

static struct evaluator evaluator_for(const struct plan_seccomp *plan, struct evaluator_abi *abis)
{
    static const char *const names[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
    struct evaluator evaluator = {.plan = plan, .abis = abis};

    for (size_t i = 0; i < PROFILE_ABIS; i++) {
        bool listed = i == PROFILE_X86_64; /* the native one always is */

        for (size_t a = 0; a < plan->architectures.count; a++)
            listed |= strcmp(plan->architectures.items[a], names[i]) == 0;
        if (listed)
            abis[evaluator.abi_count++] = seccomp_profile_abis[i];
    }
    return evaluator;
}

/* The evaluators of a plan and of what is stacked with it. */
struct stack {
    struct evaluator evaluators[STACK_MAX];
    struct evaluator_abi abis[STACK_MAX][PROFILE_ABIS];
    size_t count;
};

static void stack_of(const struct plan_seccomp *plan, struct stack *stack)
{
    stack->count = 0;
    for (; plan != NULL; plan = plan->also) {
        assert_true(stack->count < STACK_MAX);
        stack->evaluators[stack->count] = evaluator_for(plan, stack->abis[stack->count]);
        stack->count++;
    }
}

struct sweep {
    const struct seccomp_program *program;
    const struct plan_seccomp *plan;
    const struct stack *stack;
    uint8_t *covered;
    size_t longest; /* instructions for one decision */
    size_t runs;
};

static void check_one(struct sweep *sweep, const struct seccomp_data *data)
{
    uint32_t expected = evaluator_decide_stack(sweep->stack->evaluators, sweep->stack->count, data), got;
    size_t steps;

    if (!classic_bpf_run(sweep->program->instructions, sweep->program->count, data, &got, sweep->covered,
                         &steps))
        fail_msg("the program ran away");
    if (got != expected)
        fail_msg("arch %08x nr %d (%#x) args %#llx %#llx %#llx: expected %08x, got %08x", data->arch,
                 data->nr, (unsigned int)data->nr, (unsigned long long)data->args[0],
                 (unsigned long long)data->args[1], (unsigned long long)data->args[2], expected, got);
    if (steps > sweep->longest)
        sweep->longest = steps;
    sweep->runs++;
}

static bool judged_by_arguments(const struct plan_seccomp *plan, const struct evaluator_abi *abi, int number)
{
    if (abi->narrow && (number == 102 || number == 117))
        return true;
    for (; plan != NULL; plan = plan->also) {
        for (size_t r = 0; r < plan->rule_count; r++) {
            for (size_t n = 0; plan->rules[r].argument_count > 0 && n < plan->rules[r].names.count; n++) {
                if (abi->number(plan->rules[r].names.items[n]) == number)
                    return true;
            }
        }
    }
    return false;
}

/* Every edge of every argument that any rule judges, the others crossed with a second argument's edges. */
static void check_edges(struct sweep *sweep, struct seccomp_data data)
{
    uint64_t first[EDGES], second[EDGES];

    for (uint32_t a = 0; a < 6; a++) {
        uint32_t other = (a + 1) % 3;
        size_t first_count = seccomp_profile_edges(sweep->plan, a, first, EDGES);
        size_t second_count = seccomp_profile_edges(sweep->plan, other, second, EDGES);

        for (size_t i = 0; i < first_count; i++) {
            /* Random rules: a dozen of the second argument's, which ones moves on with the first's. */
            size_t step = sweep->covered != NULL ? 1 : second_count / 12 + 1;

            for (size_t k = i % step; k < second_count; k += step) {
                struct seccomp_data one = data;

                one.args[a] = first[i];
                if (other != a)
                    one.args[other] = second[k];
                check_one(sweep, &one);
            }
        }
    }
    for (uint64_t subcall = 0; subcall < 30; subcall++) {
        data.args[0] = subcall;
        check_one(sweep, &data);
    }
}

static void check_numbers(struct sweep *sweep, const struct evaluator_abi *abi, uint32_t base)
{
    for (uint32_t number = 0; number < NUMBERS; number++) {
        struct seccomp_data data = {.nr = (int)(base + number), .arch = abi->audit};

        check_one(sweep, &data);
        data.args[0] = data.args[1] = data.args[2] = UINT64_MAX;
        check_one(sweep, &data);
        if (judged_by_arguments(sweep->plan, abi, data.nr))
            check_edges(sweep, (struct seccomp_data){.nr = data.nr, .arch = abi->audit});
    }
}

static void sweep_all(struct sweep *sweep)
{
    static const uint32_t odd_numbers[] = {0x3fffffff, 0x40000000, 0x7fffffff,
                                           0x80000000, 0xbfffffff, 0xffffffff};
    static const uint32_t odd_architectures[] = {0, 0xc00000b7, 0x40000028, X86_64 ^ 0x80000000U, UINT32_MAX};

    for (size_t i = 0; i < PROFILE_ABIS; i++)
        check_numbers(sweep, &seccomp_profile_abis[i], i == PROFILE_X32 ? X32 : 0);
    for (size_t i = 0; i < ARRAY_LENGTH(odd_numbers); i++) {
        check_one(sweep, &(struct seccomp_data){.nr = (int)odd_numbers[i], .arch = X86_64});
        check_one(sweep, &(struct seccomp_data){.nr = (int)odd_numbers[i], .arch = I386});
    }
    for (size_t i = 0; i < ARRAY_LENGTH(odd_architectures); i++) {
        for (int number = 0; number < 4; number++)
            check_one(sweep, &(struct seccomp_data){.nr = number, .arch = odd_architectures[i]});
    }
}

static uint64_t random_state = 88172645463325252ULL;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 11) % limit;
}

static uint64_t random_value(void)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      40,
                                      0x5412,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      1ULL << 32,
                                      0x7e020000,
                                      0x100005412ULL,
                                      UINT64_MAX,
                                      UINT64_MAX - 1,
                                      0xffffffff00000000ULL};

    return values[random_below(ARRAY_LENGTH(values))];
}

static struct plan_seccomp random_plan(struct arena *arena)
{
    static const char *const names[] = {"read",   "write",       "socket",  "bind",    "socketcall",
                                        "ipc",    "shmat",       "semop",   "clone",   "clone3",
                                        "ioctl",  "mseal",       "fcntl64", "recv",    "listns",
                                        "stat64", "personality", "exit",    "accept4", "restart_syscall"};
    static const char *const architectures[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
    struct plan_seccomp plan = {.default_action = random_below(8),
                                .default_data = (uint16_t)random_below(100)};
    struct plan_seccomp_rule *rules = arena_array(arena, 12, sizeof(*rules));
    const char **listed = arena_array(arena, 4, sizeof(*listed));

    plan.default_data_given = random_below(4) == 0;
    plan.allow_socketcall = random_below(3) == 0;
    for (size_t i = 0; i < 3; i++) {
        if (random_below(2) == 0)
            listed[plan.architectures.count++] = architectures[i];
    }
    plan.architectures.items = listed;
    plan.rule_count = random_below(12);
    plan.rules = rules;
    for (size_t i = 0; i < plan.rule_count; i++) {
        size_t name_count = 1 + random_below(3), argument_count = random_below(2) ? random_below(4) : 0;
        const char **list = arena_array(arena, name_count + 1, sizeof(*list));
        struct plan_seccomp_argument *arguments = arena_array(arena, argument_count, sizeof(*arguments));

        for (size_t n = 0; n < name_count; n++)
            list[n] = names[random_below(ARRAY_LENGTH(names))];
        for (size_t a = 0; a < argument_count; a++)
            arguments[a] = (struct plan_seccomp_argument){.index = random_below(3),
                                                          .operation = random_below(7),
                                                          .value = random_value(),
                                                          .value_two = random_value()};
        rules[i] = (struct plan_seccomp_rule){.names = {.items = list, .count = name_count},
                                              .action = random_below(8),
                                              .data = (uint16_t)random_below(4095),
                                              .arguments = arguments,
                                              .argument_count = argument_count,
                                              .index = i};
    }
    return plan;
}

static void test_random_rules(void **state)
{
    (void)state;
    for (int round = 0; round < 120; round++) {
        cleanup_arena struct arena arena = {0};
        const struct plan_seccomp plan = random_plan(&arena);
        struct stack stack;
        struct seccomp_program program = compile(&plan, &arena);
        struct sweep sweep = {.program = &program, .plan = &plan, .stack = &stack};

        stack_of(&plan, &stack);
        sweep_all(&sweep);
    }
}

/* ---- stacks ---- */

/* Random filters upon each other, two and three at a time. */
static void test_random_stacks(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        cleanup_arena struct arena arena = {0};
        struct plan_seccomp plans[3];
        size_t count = 2 + random_below(2);
        struct stack stack;

        for (size_t i = 0; i < count; i++) {
            plans[i] = random_plan(&arena);
            plans[i].policy = i > 0 ? "web" : NULL;
            plans[i].also = i + 1 < count ? &plans[i + 1] : NULL;
        }
        struct seccomp_program program = compile(&plans[0], &arena);
        struct sweep sweep = {.program = &program, .plan = &plans[0], .stack = &stack};

        stack_of(&plans[0], &stack);
        sweep_all(&sweep);
    }
}

/* What a policy might stack upon an engine's filter. */
static const struct plan_seccomp_argument no_namespaces = {
    .operation = PLAN_SECCOMP_MASKED_EQ, .value = 0x7e020080, .value_two = 0};
static const struct plan_seccomp_argument families[] = {
    {.operation = PLAN_SECCOMP_MASKED_EQ, .value = UINT32_MAX, .value_two = 1},
    {.operation = PLAN_SECCOMP_MASKED_EQ, .value = UINT32_MAX, .value_two = 2},
    {.operation = PLAN_SECCOMP_MASKED_EQ, .value = UINT32_MAX, .value_two = 10}};
static const struct plan_seccomp_argument linux_or_bsd = {
    .operation = PLAN_SECCOMP_MASKED_EQ, .value = 0xfffffff7, .value_two = 0};

static const char *const unshare_and_keys[] = {"unshare", "keyctl", "add_key", "personality", NULL};
static const char *const clone_alone[] = {"clone", NULL}, *const socket_alone[] = {"socket", NULL};
static const char *const personality_alone[] = {"personality", NULL};

/* Everything but a few calls, and some calls by their arguments. */
static const struct plan_seccomp_rule deny_rules[] = {
    {.names = {unshare_and_keys, 3}, .action = PLAN_SECCOMP_ERRNO, .data = EPERM},
    {.names = {clone_alone, 1}, .action = PLAN_SECCOMP_LOG, .arguments = &no_namespaces, .argument_count = 1},
    {.names = {socket_alone, 1},
     .action = PLAN_SECCOMP_KILL_PROCESS,
     .arguments = &families[2],
     .argument_count = 1},
};
static const struct plan_seccomp deny = {
    .default_action = PLAN_SECCOMP_ALLOW, .policy = "deny", .rules = deny_rules, .rule_count = 3};

/* Only a few calls. */
static const struct plan_seccomp_rule allow_rules[] = {
    {.names = {unshare_and_keys, 3}, .action = PLAN_SECCOMP_ALLOW},
    {.names = {socket_alone, 1},
     .action = PLAN_SECCOMP_ALLOW,
     .arguments = &families[0],
     .argument_count = 1},
    {.names = {socket_alone, 1},
     .action = PLAN_SECCOMP_ALLOW,
     .arguments = &families[1],
     .argument_count = 1},
    {.names = {personality_alone, 1},
     .action = PLAN_SECCOMP_ALLOW,
     .arguments = &linux_or_bsd,
     .argument_count = 1},
    {.names = {clone_alone, 1},
     .action = PLAN_SECCOMP_ALLOW,
     .arguments = &no_namespaces,
     .argument_count = 1},
};
static const struct plan_seccomp allow = {.default_action = PLAN_SECCOMP_ERRNO,
                                          .default_data = ENOSYS,
                                          .default_data_given = true,
                                          .policy = "allow",
                                          .rules = allow_rules,
                                          .rule_count = 5};

static void check_stack(const char *name, const struct plan_seccomp *first, const struct plan_seccomp *second)
{
    cleanup_arena struct arena arena = {0};
    struct plan_seccomp *plan = seccomp_profile_load(samples, name, &arena), policies[2];
    struct stack stack;

    policies[0] = *first;
    plan->also = &policies[0];
    if (second != NULL) {
        policies[1] = *second;
        policies[0].also = &policies[1];
    }
    struct seccomp_program program = compile(plan, &arena);
    struct sweep sweep = {.program = &program, .plan = plan, .stack = &stack};

    stack_of(plan, &stack);
    sweep_all(&sweep);
    print_message("%s with %s%s%s: %u instructions, at most %zu for one decision, %zu decisions compared\n",
                  name, first->policy, second != NULL ? " and " : "", second != NULL ? second->policy : "",
                  program.count, sweep.longest, sweep.runs);
    assert_true(sweep.longest < 120);
}

static void test_profiles_under_policies(void **state)
{
    static const char *const names[] = {"docker-default.json", "docker-caps.json", "podman-default.json",
                                        "cri-container.json"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        cleanup_arena struct arena arena = {0};

        check_stack(names[i], &deny, NULL);
        check_stack(names[i], &allow, NULL);
        check_stack(names[i], &allow, &deny);
        check_stack(names[i], seccomp_profile_load(samples, names[(i + 1) % ARRAY_LENGTH(names)], &arena),
                    &deny);
    }
}

/* ---- real profiles ---- */

static void check_profile(const char *name)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp *plan = seccomp_profile_load(samples, name, &arena);
    struct stack stack;
    struct seccomp_program program = compile(plan, &arena);
    uint8_t *covered = arena_allocate(&arena, program.count);
    struct sweep sweep = {.program = &program, .plan = plan, .stack = &stack, .covered = covered};

    stack_of(plan, &stack);
    sweep_all(&sweep);
    for (size_t i = 0; i < program.count; i++) {
        if (!covered[i])
            fail_msg("%s: instruction %zu of %u was never reached", name, i, program.count);
    }
    print_message("%s: %u instructions, at most %zu for one decision, %zu decisions compared\n", name,
                  program.count, sweep.longest, sweep.runs);
    assert_true(sweep.longest < 60);
}

static void test_docker_profile(void **state)
{
    (void)state;
    check_profile("docker-default.json");
}

static void test_docker_capabilities_profile(void **state)
{
    (void)state;
    check_profile("docker-caps.json");
}

static void test_podman_profile(void **state)
{
    (void)state;
    check_profile("podman-default.json");
}

static void test_cri_profile(void **state)
{
    (void)state;
    check_profile("cri-container.json");
}

/* Where we mean to differ: calls newer than the profile, what libseccomp does not know, and the multiplexers.
 */
static bool means_to_differ(const struct seccomp_data *data, uint32_t ours)
{
    return ours == ENOSYS_ACTION || (data->arch == I386 && (data->nr == 102 || data->nr == 117)) ||
           ((uint32_t)data->nr & ~X32) >= 455;
}

static void compare_with_library(const char *name)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_seccomp *plan = seccomp_profile_load(samples, name, &arena);
    struct seccomp_program program = compile(plan, &arena);
    struct sock_filter *reference = arena_array(&arena, 32768, sizeof(*reference));
    size_t reference_count = seccomp_library_program(plan, reference, 32768), same = 0;
    uint64_t edges[EDGES];
    size_t edge_count = seccomp_profile_edges(plan, 0, edges, EDGES);

    for (size_t abi = 0; abi < PROFILE_ABIS; abi++) {
        for (uint32_t number = 0; number < NUMBERS; number++) {
            for (size_t edge = 0; edge < edge_count * 4; edge++) {
                struct seccomp_data data = {.arch = seccomp_profile_abis[abi].audit,
                                            .nr = (int)(number | (abi == PROFILE_X32 ? X32 : 0))};
                uint32_t ours, theirs;

                data.args[0] = edges[edge / 4];
                data.args[2] = (const uint64_t[]){0, 8, 9, 10}[edge % 4];
                assert_true(classic_bpf_run(program.instructions, program.count, &data, &ours, NULL, NULL));
                assert_true(classic_bpf_run(reference, reference_count, &data, &theirs, NULL, NULL));
                /* The library compares x32's arguments by their low halves. */
                if (means_to_differ(&data, ours) || (abi == PROFILE_X32 && data.args[0] > UINT32_MAX))
                    continue;
                if (ours != theirs)
                    fail_msg("%s: arch %08x nr %#x arg %#llx: ours %08x, libseccomp's %08x", name, data.arch,
                             (unsigned int)data.nr, (unsigned long long)data.args[0], ours, theirs);
                same++;
            }
        }
    }
    print_message("%s: %zu decisions equal libseccomp's (%zu instructions there, %u here)\n", name, same,
                  reference_count, program.count);
    assert_true(same > 10000);
}

static void test_agrees_with_libseccomp(void **state)
{
    (void)state;
    compare_with_library("docker-default.json");
    compare_with_library("docker-caps.json");
    compare_with_library("cri-container.json");
    compare_with_library("podman-default.json");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_rules),
        cmocka_unit_test(test_random_stacks),
        cmocka_unit_test(test_profiles_under_policies),
        cmocka_unit_test(test_docker_profile),
        cmocka_unit_test(test_docker_capabilities_profile),
        cmocka_unit_test(test_podman_profile),
        cmocka_unit_test(test_cri_profile),
        cmocka_unit_test(test_agrees_with_libseccomp),
    };

    if (argc != 2) {
        print_error("usage: %s SAMPLES\n", argv[0]);
        return 2;
    }
    samples = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
