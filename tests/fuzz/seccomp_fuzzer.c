/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seccomp rules made of bytes: they are refused with a message, or become a program that the kernel's checker
 * takes and that decides like the rules read one by one, for calls made of the bytes that are left.
 */
#include "fuzzer.h"

#include <string.h>
#include "base/memory.h"
#include "bpf_interpreter.h"
#include "linux/seccomp.h"
#include "seccomp_evaluator.h"
#include "seccomp_profile.h"

struct bytes {
    const uint8_t *next, *end;
};

static uint64_t take(struct bytes *bytes, size_t count)
{
    uint64_t value = 0;

    for (size_t i = 0; i < count; i++)
        value |= (bytes->next < bytes->end ? (uint64_t)*bytes->next++ : 0) << (8 * i);
    return value;
}

static const char *take_name(struct bytes *bytes, struct arena *arena)
{
    static const char *const names[] = {"read",  "write",   "socket", "bind",       "socketcall",
                                        "ipc",   "shmat",   "clone",  "clone3",     "ioctl",
                                        "mseal", "fcntl64", "recv",   "personality"};
    size_t choice = (size_t)take(bytes, 1) % (ARRAY_LENGTH(names) + 1), length;

    if (choice < ARRAY_LENGTH(names))
        return names[choice];
    length = (size_t)take(bytes, 1) % 12;
    if (length > (size_t)(bytes->end - bytes->next))
        length = (size_t)(bytes->end - bytes->next);
    bytes->next += length;
    return arena_copy(arena, (const char *)bytes->next - length, length);
}

/* A few constants come again and again, so that rules meet each other. */
static uint64_t take_value(struct bytes *bytes)
{
    static const uint64_t values[] = {0, 1, 2, 40, 0x5412, 0x80000000, 0xffffffff, 1ULL << 32, UINT64_MAX};
    size_t choice = (size_t)take(bytes, 1) % (ARRAY_LENGTH(values) + 1);

    return choice < ARRAY_LENGTH(values) ? values[choice] : take(bytes, 8);
}

static struct plan_seccomp_rule take_rule(struct bytes *bytes, size_t index, struct arena *arena)
{
    size_t name_count = 1 + take(bytes, 1) % 3, argument_count = (size_t)take(bytes, 1) % 4;
    const char **names = arena_array(arena, name_count + 1, sizeof(*names));
    struct plan_seccomp_argument *arguments = arena_array(arena, argument_count, sizeof(*arguments));

    for (size_t i = 0; i < name_count; i++)
        names[i] = take_name(bytes, arena);
    for (size_t i = 0; i < argument_count; i++)
        arguments[i] = (struct plan_seccomp_argument){.index = (uint32_t)take(bytes, 1) % 7,
                                                      .operation = take(bytes, 1) % 7,
                                                      .value = take_value(bytes),
                                                      .value_two = take_value(bytes)};
    return (struct plan_seccomp_rule){.names = {.items = names, .count = name_count},
                                      .action = take(bytes, 1) % 8,
                                      .data = (uint16_t)take(bytes, 2),
                                      .arguments = arguments,
                                      .argument_count = argument_count,
                                      .index = index};
}

static struct plan_seccomp take_plan(struct bytes *bytes, struct arena *arena)
{
    static const char *const architectures[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
    uint8_t head = (uint8_t)take(bytes, 1), listed = (uint8_t)take(bytes, 1);
    struct plan_seccomp plan = {.default_action = head % 8,
                                .default_data = (uint16_t)take(bytes, 1),
                                .default_data_given = (head & 8) != 0,
                                .allow_socketcall = (head & 16) != 0};
    const char **names = arena_array(arena, ARRAY_LENGTH(architectures), sizeof(*names));
    struct plan_seccomp_rule *rules;

    for (size_t i = 0; i < ARRAY_LENGTH(architectures); i++) {
        if (listed & 1U << i)
            names[plan.architectures.count++] = architectures[i];
    }
    plan.architectures.items = names;
    plan.rule_count = (size_t)take(bytes, 1) % 16;
    rules = arena_array(arena, plan.rule_count, sizeof(*rules));
    for (size_t i = 0; i < plan.rule_count; i++)
        rules[i] = take_rule(bytes, i, arena);
    plan.rules = rules;
    return plan;
}

static struct evaluator evaluator_for(const struct plan_seccomp *plan, struct evaluator_abi *abis)
{
    static const char *const names[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
    struct evaluator evaluator = {.plan = plan, .abis = abis};

    for (size_t i = 0; i < PROFILE_ABIS; i++) {
        bool listed = i == PROFILE_X86_64;

        for (size_t a = 0; a < plan->architectures.count; a++)
            listed |= strcmp(plan->architectures.items[a], names[i]) == 0;
        if (listed)
            abis[evaluator.abi_count++] = seccomp_profile_abis[i];
    }
    return evaluator;
}

static void compare(const struct evaluator *evaluator, const struct seccomp_program *program,
                    const struct seccomp_data *data)
{
    uint32_t got;

    LAW(classic_bpf_run(program->instructions, program->count, data, &got, NULL, NULL));
    LAW(got == evaluator_decide(evaluator, data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena arena = {.limit = (size_t)64 * 1024 * 1024};
    struct bytes bytes = {.next = data, .end = data + size};
    const struct plan_seccomp plan = take_plan(&bytes, &arena);
    struct evaluator_abi abis[PROFILE_ABIS];
    struct evaluator evaluator = evaluator_for(&plan, abis);
    struct seccomp_program program;
    struct error error = {0};

    if (seccomp_compile(&plan, &arena, &program, &error) != 0) {
        LAW(error.kind != ERROR_NONE && error.message[0] != '\0');
        return 0;
    }
    LAW(classic_bpf_valid(program.instructions, program.count));
    for (size_t i = 0; i < PROFILE_ABIS; i++) {
        for (size_t r = 0; r < plan.rule_count; r++) {
            for (size_t n = 0; n < plan.rules[r].names.count; n++) {
                struct seccomp_data call = {.arch = seccomp_profile_abis[i].audit,
                                            .nr =
                                                seccomp_profile_abis[i].number(plan.rules[r].names.items[n])};
                const struct plan_seccomp_rule *rule = &plan.rules[r];

                compare(&evaluator, &program, &call);
                for (size_t a = 0; a < rule->argument_count; a++) {
                    call.args[rule->arguments[a].index] = rule->arguments[a].value;
                    compare(&evaluator, &program, &call);
                }
            }
        }
    }
    while (bytes.next < bytes.end) {
        struct seccomp_data call = {.nr = (int)take(&bytes, 2),
                                    .arch = seccomp_profile_abis[take(&bytes, 1) % 3].audit};

        if (take(&bytes, 1) & 1)
            call.nr |= 0x40000000;
        for (size_t i = 0; i < 3; i++)
            call.args[i] = take_value(&bytes);
        compare(&evaluator, &program, &call);
    }
    return 0;
}
