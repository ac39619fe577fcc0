/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proofs by an interpreter: random `syscalls` sections mean what a direct evaluation says of them, for every
 * call that is known and values around every constant; and one filter made of several, compiled by libseccomp
 * as another runtime would, answers what the stack of them answers.
 */
#include "unit.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/number.h"
#include "linux/seccomp_numbers.h"
#include "plan/host_facts.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "policy/read.h"
#include "policy/shipped.h"
#include "policy/syscalls.h"
#include "policy/syscalls_meet.h"
#include "policy_program.h"
#include "seccomp_library.h"
#include "seccomp_profile.h"

/* POLICY_FILTER_ROUNDS in the environment: how often as much, for long runs. */
enum {
    ENTRIES = 5,
    TESTS = 2,
    ROUNDS = 150,
    MEET_ROUNDS = 50,
    NUMBERS = 600,
    EDGES = 400,
    PROGRAM_MAX = 32768
};

#define X86_64        0xc000003eU
#define I386          0x40000003U
#define X32           0x40000000U
#define ENOSYS_ACTION (SECCOMP_RET_ERRNO | ENOSYS)

static const char *samples;
static uint64_t longer = 1;
/* Conditions on one argument alone: libseccomp takes minutes for a call that has a hundred of them. */
static bool simple;

static uint64_t random_state = 88172645463325252ULL;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 11) % limit;
}

/* The calls that random sections speak of, and the bits of each argument that the kernel looks at (linux's
 * SYSCALL_DEFINE lines). */
static const struct {
    const char *name;
    unsigned int width[3];
} calls[] = {{"read", {32, 64, 64}},   {"openat", {32, 64, 32}},      {"socket", {32, 32, 32}},
             {"clone", {32, 64, 64}},  {"clone3", {64, 64, 64}},      {"ioctl", {32, 32, 64}},
             {"chmod", {64, 16, 64}},  {"personality", {32, 64, 64}}, {"mmap", {64, 64, 64}},
             {"prctl", {32, 64, 64}},  {"unshare", {64, 64, 64}},     {"mseal", {64, 64, 64}},
             {"keyctl", {32, 64, 64}}, {"add_key", {64, 64, 64}}};

static const char *const groups[] = {"@keyring", "@keyring/1"};
static const char *const in_groups[] = {"keyctl", "add_key", "request_key"};

static uint64_t random_value(unsigned int width)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      5,
                                      8,
                                      38,
                                      40,
                                      0x5412,
                                      0x7fff,
                                      0xffff,
                                      0x20008,
                                      0x7e020000,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      1ULL << 32,
                                      UINT64_MAX - 1,
                                      UINT64_MAX};
    uint64_t top = width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;

    for (;;) {
        uint64_t value = values[random_below(ARRAY_LENGTH(values))];

        if (value <= top)
            return value;
    }
}

/* ---- random sections ---- */

static const struct policy_argument_test *random_tests(size_t call, size_t *count, struct arena *arena)
{
    struct policy_argument_test *tests = arena_array(arena, TESTS, sizeof(*tests));

    *count = random_below(simple ? 2 : TESTS + 1);
    for (size_t i = 0; i < *count; i++) {
        uint32_t argument = simple ? 0 : random_below(3);
        unsigned int width = calls[call].width[argument];

        tests[i] = (struct policy_argument_test){.argument = argument,
                                                 .comparison = (enum policy_comparison)random_below(7),
                                                 .mask = random_value(width),
                                                 .value = random_value(width)};
        if (tests[i].comparison == POLICY_COMPARE_MASKED)
            tests[i].value &= tests[i].mask;
    }
    return tests;
}

static const struct policy_syscall *random_entries(size_t *count, bool deny, struct arena *arena)
{
    static const enum policy_syscall_action actions[] = {POLICY_SYSCALL_ERRNO, POLICY_SYSCALL_KILL,
                                                         POLICY_SYSCALL_TRAP, POLICY_SYSCALL_LOG};
    struct policy_syscall *entries = arena_array(arena, ENTRIES, sizeof(*entries));

    *count = random_below(ENTRIES + 1);
    for (size_t i = 0; i < *count; i++) {
        size_t call = random_below(ARRAY_LENGTH(calls));

        entries[i] = (struct policy_syscall){.name = calls[call].name};
        if (random_below(6) == 0) {
            entries[i].name = groups[random_below(ARRAY_LENGTH(groups))];
        } else if (random_below(2) == 0) {
            entries[i].when = random_tests(call, &entries[i].when_count, arena);
            entries[i].unless = random_tests(call, &entries[i].unless_count, arena);
        }
        if (deny && random_below(2) == 0) {
            entries[i].has_action = true;
            entries[i].action = actions[random_below(ARRAY_LENGTH(actions))];
            entries[i].errno_value = EACCES;
        }
    }
    return entries;
}

static struct policy random_policy(struct arena *arena)
{
    static const enum policy_syscall_action defaults[] = {POLICY_SYSCALL_ERRNO, POLICY_SYSCALL_ERRNO,
                                                          POLICY_SYSCALL_KILL, POLICY_SYSCALL_LOG};
    static const char *const kernels[] = {NULL, NULL, "5.2", "6.1", "6.18"};
    struct policy policy = {.name = "random", .file = "random.json"};
    struct policy_syscalls *section = &policy.syscalls;

    section->rule.present = true;
    section->has_default = random_below(2) == 0;
    section->default_action = defaults[random_below(ARRAY_LENGTH(defaults))];
    section->default_errno = (uint16_t)(random_below(2) == 0 ? EACCES : EPERM);
    section->has_allow = random_below(3) != 0;
    if (section->has_allow)
        section->allow = random_entries(&section->allow_count, false, arena);
    section->deny = random_entries(&section->deny_count, true, arena);
    section->knows = kernels[random_below(ARRAY_LENGTH(kernels))];
    return policy;
}

/* ---- what they mean ---- */

static bool test_holds(const struct policy_argument_test *test, size_t call, const uint64_t *arguments)
{
    unsigned int width = calls[call].width[test->argument];
    uint64_t top = width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
    uint64_t argument = arguments[test->argument] & top;

    switch (test->comparison) {
    case POLICY_COMPARE_EQ:
        return argument == test->value;
    case POLICY_COMPARE_NE:
        return argument != test->value;
    case POLICY_COMPARE_LT:
        return argument < test->value;
    case POLICY_COMPARE_LE:
        return argument <= test->value;
    case POLICY_COMPARE_GT:
        return argument > test->value;
    case POLICY_COMPARE_GE:
        return argument >= test->value;
    case POLICY_COMPARE_MASKED:
        return (argument & test->mask) == test->value;
    }
    return false;
}

static bool in_group(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(in_groups); i++)
        if (strcmp(in_groups[i], name) == 0)
            return true;
    return false;
}

static bool entry_holds(const struct policy_syscall *entry, size_t call, const uint64_t *arguments)
{
    if (entry->name[0] == '@' ? !in_group(calls[call].name) : strcmp(entry->name, calls[call].name) != 0)
        return false;
    for (size_t i = 0; i < entry->when_count; i++)
        if (!test_holds(&entry->when[i], call, arguments))
            return false;
    for (size_t i = 0; i < entry->unless_count; i++)
        if (test_holds(&entry->unless[i], call, arguments))
            return false;
    return true;
}

static uint32_t action_value(enum policy_syscall_action action, uint16_t number)
{
    switch (action) {
    case POLICY_SYSCALL_KILL:
        return SECCOMP_RET_KILL_PROCESS;
    case POLICY_SYSCALL_TRAP:
        return SECCOMP_RET_TRAP;
    case POLICY_SYSCALL_ERRNO:
        return SECCOMP_RET_ERRNO | number;
    case POLICY_SYSCALL_LOG:
        return SECCOMP_RET_LOG;
    default:
        return SECCOMP_RET_ALLOW;
    }
}

static int32_t strictness(uint32_t action)
{
    return (int32_t)(action & SECCOMP_RET_ACTION_FULL);
}

/* Neither a user namespace nor CAP_SYS_ADMIN: no namespaces by clone, unshare, clone3. */
static void consider_implied(const struct policy_syscalls *section, size_t call, const uint64_t *arguments,
                             bool *denied, uint32_t *answer)
{
    const char *name = calls[call].name;
    uint32_t implied;

    /* Among these calls a list allows them by name, and then means it, or not at all. */
    if (section->has_allow)
        return;
    if (strcmp(name, "clone3") == 0)
        implied = ENOSYS_ACTION;
    else if ((strcmp(name, "clone") == 0 && (arguments[0] & 0x7e020000) != 0) ||
             (strcmp(name, "unshare") == 0 && (arguments[0] & 0x7e020080) != 0))
        implied = SECCOMP_RET_ERRNO | EPERM;
    else
        return;
    if (!*denied || strictness(implied) < strictness(*answer))
        *answer = implied;
    *denied = true;
}

static uint32_t expected_answer(const struct policy_syscalls *section, size_t call, const uint64_t *arguments)
{
    uint32_t refusal = section->has_default ? action_value(section->default_action, section->default_errno)
                                            : (uint32_t)SECCOMP_RET_ERRNO | EPERM;
    bool is_new = strcmp(calls[call].name, "mseal") == 0 ||
                  (strcmp(calls[call].name, "clone3") == 0 && section->knows != NULL &&
                   strcmp(section->knows, "5.2") == 0);
    uint32_t answer = section->has_allow ? refusal : SECCOMP_RET_ALLOW;
    bool denied = false;

    if (section->knows != NULL && is_new && strcmp(section->knows, "6.18") != 0)
        answer = ENOSYS_ACTION;
    for (size_t i = 0; i < section->allow_count; i++)
        if (entry_holds(&section->allow[i], call, arguments))
            answer = SECCOMP_RET_ALLOW;
    for (size_t i = 0; i < section->deny_count; i++) {
        const struct policy_syscall *entry = &section->deny[i];
        uint32_t said = entry->has_action ? action_value(entry->action, entry->errno_value) : refusal;

        if (!entry_holds(entry, call, arguments))
            continue;
        if (!denied || strictness(said) < strictness(answer))
            answer = said;
        denied = true;
    }
    consider_implied(section, call, arguments, &denied, &answer);
    /* clone3 is refused by ENOSYS alone, unless the author says otherwise of it. */
    if (strcmp(calls[call].name, "clone3") == 0 && strictness(answer) <= strictness(SECCOMP_RET_ERRNO)) {
        for (size_t i = 0; i < section->deny_count; i++)
            if (section->deny[i].has_action && strcmp(section->deny[i].name, "clone3") == 0 &&
                action_value(section->deny[i].action, section->deny[i].errno_value) == answer)
                return answer;
        return ENOSYS_ACTION;
    }
    return answer;
}

/* ---- programs ---- */

static int number_of(const char *name)
{
    uint32_t elsewhere = 0;
    int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name);

    return number >= 0 ? number : seccomp_newer_number(name, &elsewhere);
}

static struct syscall_circumstances circumstances(void)
{
    return (struct syscall_circumstances){
        .kernel_major = 6, .kernel_minor = 1, .architecture = "SCMP_ARCH_X86_64", .capabilities = 0};
}

static uint64_t random_argument(unsigned int width)
{
    uint64_t value = random_value(random_below(2) == 0 ? width : 64);

    switch (random_below(6)) {
    case 0:
        return value + 1;
    case 1:
        return value - 1;
    case 2:
        return value | 1ULL << 32;
    case 3:
        return value | 1ULL << 16;
    default:
        return value;
    }
}

static bool check_section(const struct policy *policy, const struct spec_seccomp *filter, struct arena *arena)
{
    struct seccomp_program program;

    if (!policy_program_compile(&filter, 1, arena, &program))
        return false;
    for (size_t call = 0; call < ARRAY_LENGTH(calls); call++) {
        for (int i = 0; i < 120; i++) {
            struct seccomp_data data = {.nr = number_of(calls[call].name), .arch = X86_64};
            uint32_t expected, got;

            for (size_t a = 0; a < 3; a++)
                data.args[a] = random_argument(calls[call].width[a]);
            expected = expected_answer(&policy->syscalls, call, (const uint64_t *)data.args);
            got = policy_program_run(program.instructions, program.count, &data);
            if (got != expected)
                fail_msg("%s(%#llx, %#llx, %#llx): expected %08x, got %08x", calls[call].name,
                         (unsigned long long)data.args[0], (unsigned long long)data.args[1],
                         (unsigned long long)data.args[2], expected, got);
        }
    }
    return true;
}

static void random_sections_mean_what_they_say(void **state)
{
    size_t checked = 0, too_many = 0;

    (void)state;
    for (uint64_t round = 0; round < ROUNDS * longer; round++) {
        cleanup_arena struct arena arena = {0};
        struct policy policy = random_policy(&arena);
        const struct syscall_circumstances follow = circumstances();
        struct syscall_filters filters;
        struct error error;

        if (policy_syscall_filters(&policy, &follow, &arena, &filters, &error) != 0) {
            /* Inequalities of several narrow arguments at once: thousands of rules. An error, never a looser
             * filter. */
            if (strstr(error.message, "too many conditions for one filter") == NULL)
                fail_msg("%s", error.message);
            too_many++;
            continue;
        }
        assert_int_equal(filters.count, 1);
        if (check_section(&policy, filters.items[0].seccomp, &arena))
            checked++;
        else
            too_many++;
    }
    print_message("%zu sections checked, %zu had too many conditions\n", checked, too_many);
    assert_true(checked > ROUNDS * longer * 9 / 10);
}

/* ---- one filter for several ---- */

/* Numbers that libseccomp has no name for, and the multiplexers, whose refusal may have another errno. */
static bool means_to_differ(const struct seccomp_data *data, uint32_t stack, uint32_t one)
{
    bool x32 = data->arch == X86_64 && ((uint32_t)data->nr & X32) != 0;
    char *name = seccomp_syscall_resolve_num_arch(x32 ? SCMP_ARCH_X32 : data->arch, data->nr);
    bool is_named = name != NULL;
    bool both_refuse = strictness(stack) <= strictness(SECCOMP_RET_ERRNO) &&
                       strictness(one) <= strictness(SECCOMP_RET_ERRNO);

    free(name);
    if (data->arch == I386 && (data->nr == 102 || data->nr == 117))
        return both_refuse || strictness(one) <= strictness(stack);
    /* The last numbers of libseccomp 2.5.4's tables have names on some architectures alone. */
    return (!is_named || ((uint32_t)data->nr & ~X32) >= 449) &&
           (both_refuse || strictness(one) <= strictness(stack));
}

/* A stack of filters, and one filter for it as the library made it. */
struct comparison {
    struct seccomp_program stack;
    struct sock_filter *library;
    size_t library_count;
    const struct plan_seccomp *stacked;
    uint64_t edges[3][EDGES];
    size_t edge_count[3];
};

static size_t compared, met, blunt, inexpressible;

static void check_same(const struct comparison *comparison, const struct seccomp_data *data, bool judged)
{
    uint32_t expected = policy_program_run(comparison->stack.instructions, comparison->stack.count, data),
             got = policy_program_run(comparison->library, comparison->library_count, data);

    /* The library compares x32's arguments by their lower halves. */
    for (size_t i = 0; ((uint32_t)data->nr & X32) != 0 && i < 3; i++)
        if (data->args[i] > UINT32_MAX)
            return;
    compared++;
    /* Refusals of a call with conditions that the library cannot tell apart have one errno. */
    if (judged && expected != got && strictness(got) == strictness(SECCOMP_RET_ERRNO) &&
        strictness(expected) == strictness(SECCOMP_RET_ERRNO))
        blunt++;
    else if (expected != got && !means_to_differ(data, expected, got))
        fail_msg("arch %08x nr %d (%#llx, %#llx, %#llx): the stack answers %08x, the one filter %08x",
                 data->arch, data->nr, (unsigned long long)data->args[0], (unsigned long long)data->args[1],
                 (unsigned long long)data->args[2], expected, got);
}

static bool looks_at_arguments(const struct plan_seccomp *plan, const struct evaluator_abi *abi, int number)
{
    for (; plan != NULL; plan = plan->also)
        for (size_t r = 0; r < plan->rule_count; r++)
            for (size_t n = 0; plan->rules[r].argument_count > 0 && n < plan->rules[r].names.count; n++)
                if (abi->number(plan->rules[r].names.items[n]) == number)
                    return true;
    return false;
}

/* One argument at a time has each value that may matter; then all have any of them. */
static void check_call(const struct comparison *comparison, struct seccomp_data data, bool judged)
{
    for (uint32_t argument = 0; argument < 3; argument++) {
        for (size_t edge = 0; edge < (judged ? comparison->edge_count[argument] : 2); edge++) {
            struct seccomp_data varied = data;

            varied.args[argument] = comparison->edges[argument][edge];
            check_same(comparison, &varied, judged);
        }
    }
    for (int i = 0; judged && i < 100; i++) {
        for (uint32_t argument = 0; argument < 3; argument++)
            data.args[argument] =
                comparison->edges[argument][random_below((uint32_t)comparison->edge_count[argument])];
        check_same(comparison, &data, judged);
    }
}

static void check_meet(const struct spec_seccomp *const *filters, size_t count, struct arena *arena)
{
    const struct host_facts facts = {.has_seccomp_notify = true};
    const struct policy_layers layers = {.filters = filters, .filter_count = count};
    struct comparison *comparison = arena_allocate(arena, sizeof(*comparison));
    const struct spec_seccomp *one = NULL;
    const struct plan_seccomp *plan;
    struct error error;

    if (!policy_program_compile(filters, count, arena, &comparison->stack))
        return;
    if (policy_filter_meet(filters, count, "SCMP_ARCH_X86_64", arena, &one, &error) != 0) {
        if (strstr(error.message, "too many for one") == NULL &&
            strstr(error.message, "a comparison with a negative number") == NULL)
            fail_msg("%s", error.message);
        inexpressible++;
        return;
    }
    if (plan_build_filters(one, NULL, &facts, arena, &plan, &error) != 0 ||
        plan_build_filters(NULL, &layers, &facts, arena, &comparison->stacked, &error) != 0)
        fail_msg("%s", error.message);
    comparison->library = arena_array(arena, PROGRAM_MAX, sizeof(*comparison->library));
    comparison->library_count = seccomp_library_program(plan, comparison->library, PROGRAM_MAX);
    met++;
    for (uint32_t argument = 0; argument < 3; argument++)
        comparison->edge_count[argument] =
            seccomp_profile_edges(comparison->stacked, argument, comparison->edges[argument], EDGES);
    for (size_t abi = 0; abi < PROFILE_ABIS; abi++) {
        for (uint32_t number = 0; number < NUMBERS; number++) {
            struct seccomp_data data = {.arch = seccomp_profile_abis[abi].audit,
                                        .nr = (int)(number | (abi == PROFILE_X32 ? X32 : 0))};

            check_call(comparison, data,
                       looks_at_arguments(comparison->stacked, &seccomp_profile_abis[abi], data.nr));
        }
    }
}

static void one_filter_answers_as_the_stack(void **state)
{
    static const char *const names[] = {"docker-default.json", "docker-caps.json", "podman-default.json",
                                        "cri-container.json"};
    (void)state;
    for (uint64_t round = 0; round < MEET_ROUNDS * longer; round++) {
        cleanup_arena struct arena arena = {0};
        struct syscall_circumstances follow = circumstances();
        const struct spec_seccomp *filters[3];
        size_t count = 0, policies = 1 + random_below(2);

        simple = round % 2 == 0;
        filters[count] =
            policy_program_bundle(samples, names[round % ARRAY_LENGTH(names)], &arena)->linux_part->seccomp;
        follow.bundle_architectures = &filters[count++]->architectures;
        while (policies-- > 0) {
            struct policy policy = random_policy(&arena);
            struct syscall_filters made;
            struct error error;

            if (policy_syscall_filters(&policy, &follow, &arena, &made, &error) == 0)
                filters[count++] = made.items[0].seccomp;
            else if (strstr(error.message, "too many conditions for one filter") == NULL)
                fail_msg("%s", error.message);
        }
        check_meet(filters, count, &arena);
    }
    print_message("%zu decisions of %zu filters compared, %zu with another errno; %zu stacks cannot be "
                  "one filter\n",
                  compared, met, blunt, inexpressible);
    assert_true(met > MEET_ROUNDS * longer / 4);
    assert_true(compared > 100000);
}

/* ---- what is shipped ---- */

/* Whoever uses a shipped policy with another runtime gets one filter, and the same answers. */
static void shipped_policies_can_be_one_filter(void **state)
{
    static const char *const policies[] = {"baseline", "restricted", "web-service",
                                           "offline",  "batch-job",  "build"};
    static const char *const names[] = {"docker-default.json", "docker-caps.json", "podman-default.json",
                                        "cri-container.json", NULL};
    static const char *architectures[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
    static const struct json_strings all = {architectures, ARRAY_LENGTH(architectures), true};

    (void)state;
    inexpressible = met = 0;
    for (size_t p = 0; p < ARRAY_LENGTH(policies); p++) {
        const struct shipped_file *file = shipped_file(policies[p]);

        assert_non_null(file);
        for (size_t n = 0; n < ARRAY_LENGTH(names); n++) {
            cleanup_arena struct arena arena = {0};
            struct syscall_circumstances follow = circumstances();
            struct policy_problems problems = {0};
            const struct spec_seccomp *filters[3];
            const struct policy *policy;
            struct syscall_filters made;
            struct error error;
            size_t count = 0;

            follow.bundle_architectures = &all;
            if (names[n] != NULL) {
                filters[count] = policy_program_bundle(samples, names[n], &arena)->linux_part->seccomp;
                follow.bundle_architectures = &filters[count++]->architectures;
            }
            if (policy_read(file->bytes, file->length, file->name, NULL, &arena, &problems, &policy,
                            &error) != 0 ||
                policy_syscall_filters(policy, &follow, &arena, &made, &error) != 0)
                fail_msg("%s", error.message);
            if (made.count == 0)
                continue;
            filters[count++] = made.items[0].seccomp;
            check_meet(filters, count, &arena);
        }
    }
    assert_int_equal(inexpressible, 0);
    assert_true(met >= ARRAY_LENGTH(names));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_sections_mean_what_they_say),
        cmocka_unit_test(one_filter_answers_as_the_stack),
        cmocka_unit_test(shipped_policies_can_be_one_filter),
    };

    const char *rounds = getenv("POLICY_FILTER_ROUNDS");

    if (argc != 2) {
        print_error("usage: %s SAMPLES\n", argv[0]);
        return 2;
    }
    samples = argv[1];
    if (rounds != NULL && (!number_unsigned(rounds, 100000, &longer) || longer == 0)) {
        print_error("POLICY_FILTER_ROUNDS: not a number: %s\n", rounds);
        return 2;
    }
    return cmocka_run_group_tests_name("policy_filters", tests, NULL, NULL);
}
