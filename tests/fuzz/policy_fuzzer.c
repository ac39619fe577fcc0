/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies, files of waivers and thwart.json: any bytes are refused with a place and one line, or are read;
 * and what is read as a policy means the same after it was printed.
 */
#include "fuzzer.h"

#include <string.h>
#include "base/arena.h"
#include "base/text.h"
#include "policy/configuration.h"
#include "policy/read.h"
#include "policy/waiver.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

static void check_problems(const struct policy_problems *problems, const struct error *error)
{
    LAW(error->kind == ERROR_INVALID || error->kind == ERROR_LIMIT);
    LAW(text_starts_with(error->message, "input.json:") && !text_has_control(error->message));
    LAW(problems->count > 0);
    for (size_t i = 0; i < problems->count; i++) {
        const struct policy_problem *problem = &problems->items[i];

        LAW(problem->line >= 1 && problem->column >= 1 && problem->advice == NULL);
        LAW(*problem->text != '\0' && !text_has_control(problem->text));
        LAW(*problem->pointer == '\0' || *problem->pointer == '/');
        LAW(i == 0 || problem->line >= problems->items[i - 1].line);
    }
}

static void check_policy(const struct policy *policy, struct arena *arena)
{
    cleanup_text struct text first = text_growing(TEXT_MAX), second = text_growing(TEXT_MAX);
    struct policy_problems advice = {0};
    const struct policy *again;
    struct error error = {0};

    LAW(policy->name != NULL);
    policy_print(&first, policy, 2);
    LAW(policy_read(first.bytes, first.length, "printed.json", NULL, arena, NULL, &again, &error) == 0);
    LAW(policy_equal(policy, again));
    policy_print(&second, again, 2);
    LAW(first.length == second.length && memcmp(first.bytes, second.bytes, first.length) == 0);
    policy_lint(policy, arena, &advice);
    for (size_t i = 0; i < advice.count; i++)
        LAW(advice.items[i].line >= 1 && !text_has_control(advice.items[i].text));
}

static void check_waivers(const char *bytes, size_t length, struct arena *arena)
{
    struct policy_problems problems = {0};
    const struct policy_waiver *waivers;
    struct error error = {0};
    size_t count;

    if (policy_waivers_read(bytes, length, "input.json", arena, &problems, &waivers, &count, &error) != 0) {
        check_problems(&problems, &error);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        cleanup_text struct text text = text_growing(TEXT_MAX);
        const struct policy_waiver *again;
        size_t again_count;

        LAW(waivers[i].expires_s > 0);
        text_append(&text, "{\"thwart\":1,\"waivers\":[");
        policy_waiver_print(&text, &waivers[i], 0);
        text_append(&text, "]}");
        LAW(policy_waivers_read(text.bytes, text.length, "printed.json", arena, NULL, &again, &again_count,
                                &error) == 0);
        LAW(again_count == 1 && again->expires_s == waivers[i].expires_s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena arena = {0};
    const char *bytes = arena_copy(&arena, (const char *)data, size);
    struct policy_problems problems = {0};
    struct configuration configuration;
    const struct policy *policy;
    struct error error = {0};

    if (policy_read(bytes, size, "input.json", NULL, &arena, &problems, &policy, &error) == 0)
        check_policy(policy, &arena);
    else
        check_problems(&problems, &error);
    check_waivers(bytes, size, &arena);
    if (configuration_parse(bytes, size, "input.json", &arena, NULL, &configuration, &error) != 0)
        LAW(text_starts_with(error.message, "input.json:") && !text_has_control(error.message));
    else
        LAW(configuration.policies.count > 0 || configuration.policies.present);
    return 0;
}
