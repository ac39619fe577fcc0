/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device programs in an interpreter, against the rules read as cgroup v1 kept them: access by access, the
 * last rule decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/memory.h"
#include "bpf_interpreter.h"
#include "linux/device_program.h"

enum { R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE, M = BPF_DEVCG_ACC_MKNOD, RWM = R | W | M };
enum { CHARACTER = BPF_DEVCG_DEV_CHAR, BLOCK = BPF_DEVCG_DEV_BLOCK };

static bool matches(const struct plan_device_rule *rule, uint32_t type, uint32_t major, uint32_t minor)
{
    return (rule->type == 'a' || rule->type == (type == BLOCK ? 'b' : 'c')) &&
           (rule->major < 0 || rule->major == major) && (rule->minor < 0 || rule->minor == minor);
}

/* Each kind of access by itself, forward through the list. */
static bool permitted(const struct plan_device_rule *rules, size_t count, uint32_t type, uint32_t major,
                      uint32_t minor, uint32_t access)
{
    uint32_t granted = 0;

    for (size_t i = 0; i < count; i++) {
        if (!matches(&rules[i], type, major, minor))
            continue;
        if (rules[i].allow)
            granted |= rules[i].access;
        else
            granted &= ~rules[i].access;
    }
    return (access & ~granted) == 0;
}

static bool run(const struct bpf_insn *program, size_t count, uint32_t type, uint32_t major, uint32_t minor,
                uint32_t access)
{
    const struct bpf_cgroup_dev_ctx context = {
        .access_type = access << 16 | type, .major = major, .minor = minor};
    uint64_t result;

    if (!extended_bpf_run(program, count, &context, &result))
        fail_msg("the program ran away");
    assert_true(result <= 1);
    return result == 1;
}

static void compare(const struct plan_device_rule *rules, size_t count)
{
    static const uint32_t numbers[] = {0, 1, 2, 3, 5, 8, 9, 136, 255, 256, 4095, 0xfffff};
    cleanup_arena struct arena arena = {0};
    struct bpf_insn *program;
    size_t length;

    device_program_make(rules, count, &arena, &program, &length);
    for (uint32_t type = BLOCK; type <= CHARACTER; type++)
        for (size_t major = 0; major < ARRAY_LENGTH(numbers); major++)
            for (size_t minor = 0; minor < ARRAY_LENGTH(numbers); minor++)
                for (uint32_t access = 1; access <= RWM; access++) {
                    bool expected = permitted(rules, count, type, numbers[major], numbers[minor], access);
                    bool got = run(program, length, type, numbers[major], numbers[minor], access);

                    if (got != expected)
                        fail_msg("type %u device %u:%u access %u: expected %d, got %d", type, numbers[major],
                                 numbers[minor], access, expected, got);
                }
}

static void test_usual_rules(void **state)
{
    const struct plan_device_rule rules[] = {
        {.allow = false, .type = 'a', .major = -1, .minor = -1, .access = RWM},
        {.allow = true, .type = 'c', .major = -1, .minor = -1, .access = M},
        {.allow = true, .type = 'b', .major = -1, .minor = -1, .access = M},
        {.allow = true, .type = 'c', .major = 1, .minor = 3, .access = RWM},
        {.allow = true, .type = 'c', .major = 1, .minor = 5, .access = RWM},
        {.allow = true, .type = 'c', .major = 136, .minor = -1, .access = RWM},
    };

    (void)state;
    compare(rules, ARRAY_LENGTH(rules));
}

static void test_nothing_is_permitted_without_rules(void **state)
{
    (void)state;
    compare(NULL, 0);
}

static void test_privileged(void **state)
{
    const struct plan_device_rule rules[] = {
        {.allow = false, .type = 'c', .major = 1, .minor = 3, .access = RWM},
        {.allow = true, .type = 'a', .major = -1, .minor = -1, .access = RWM},
    };
    cleanup_arena struct arena arena = {0};
    struct bpf_insn *program;
    size_t length;

    (void)state;
    compare(rules, ARRAY_LENGTH(rules));
    /* What stands before a rule that decides everything is not even looked at. */
    device_program_make(rules, 2, &arena, &program, &length);
    assert_int_equal(length, 8);
}

static void test_partial_denial(void **state)
{
    /* Writing was taken away: opening for reading and writing is refused although reading is not. */
    const struct plan_device_rule rules[] = {
        {.allow = true, .type = 'c', .major = 1, .minor = 3, .access = RWM},
        {.allow = false, .type = 'c', .major = 1, .minor = 3, .access = W},
    };
    cleanup_arena struct arena arena = {0};
    struct bpf_insn *program;
    size_t length;

    (void)state;
    compare(rules, ARRAY_LENGTH(rules));
    device_program_make(rules, 2, &arena, &program, &length);
    assert_true(run(program, length, CHARACTER, 1, 3, R));
    assert_false(run(program, length, CHARACTER, 1, 3, R | W));
}

static void test_accesses_of_two_rules(void **state)
{
    const struct plan_device_rule rules[] = {
        {.allow = true, .type = 'c', .major = 1, .minor = -1, .access = R},
        {.allow = true, .type = 'c', .major = 1, .minor = 3, .access = W},
    };

    (void)state;
    compare(rules, ARRAY_LENGTH(rules));
}

static void test_numbers_out_of_range(void **state)
{
    /* As 32 bits these would be 1:3. */
    const struct plan_device_rule rules[] = {
        {.allow = true, .type = 'c', .major = 0x100000001, .minor = 0x100000003, .access = RWM},
        {.allow = true, .type = 'c', .major = 1, .minor = 0x80000003, .access = RWM},
    };

    (void)state;
    compare(rules, ARRAY_LENGTH(rules));
}

static uint64_t random_state = 0x9e3779b97f4a7c15ULL;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 11) % limit;
}

static void test_random_rules(void **state)
{
    static const int64_t numbers[] = {-1, -1, 0, 1, 3, 5, 8, 136, 256};

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct plan_device_rule rules[24];
        size_t count = random_below(ARRAY_LENGTH(rules));

        for (size_t i = 0; i < count; i++)
            rules[i] = (struct plan_device_rule){.allow = random_below(2),
                                                 .type = "abc"[random_below(3)],
                                                 .major = numbers[random_below(ARRAY_LENGTH(numbers))],
                                                 .minor = numbers[random_below(ARRAY_LENGTH(numbers))],
                                                 .access = 1 + random_below(RWM)};
        compare(rules, count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_rules),
        cmocka_unit_test(test_nothing_is_permitted_without_rules),
        cmocka_unit_test(test_privileged),
        cmocka_unit_test(test_partial_denial),
        cmocka_unit_test(test_accesses_of_two_rules),
        cmocka_unit_test(test_numbers_out_of_range),
        cmocka_unit_test(test_random_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
