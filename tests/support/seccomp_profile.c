/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles for tests; see seccomp_profile.h. */
#include "seccomp_profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>
#include <cmocka.h>
#include "base/memory.h"

static yajl_val member(yajl_val object, const char *name)
{
    const char *path[] = {name, NULL};

    return object == NULL ? NULL : yajl_tree_get(object, path, yajl_t_any);
}

static uint64_t number_of(yajl_val value)
{
    return value == NULL ? 0 : strtoull(YAJL_GET_NUMBER(value), NULL, 10);
}

static enum plan_seccomp_action action_of(const char *name)
{
    static const char *const names[] = {
        [PLAN_SECCOMP_KILL_PROCESS] = "SCMP_ACT_KILL_PROCESS",
        [PLAN_SECCOMP_KILL_THREAD] = "SCMP_ACT_KILL",
        [PLAN_SECCOMP_TRAP] = "SCMP_ACT_TRAP",
        [PLAN_SECCOMP_ERRNO] = "SCMP_ACT_ERRNO",
        [PLAN_SECCOMP_TRACE] = "SCMP_ACT_TRACE",
        [PLAN_SECCOMP_LOG] = "SCMP_ACT_LOG",
        [PLAN_SECCOMP_ALLOW] = "SCMP_ACT_ALLOW",
        [PLAN_SECCOMP_NOTIFY] = "SCMP_ACT_NOTIFY",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(names[i], name) == 0)
            return (enum plan_seccomp_action)i;
    }
    fail_msg("unknown action %s", name);
    return PLAN_SECCOMP_KILL_PROCESS;
}

static enum plan_seccomp_operator operator_of(const char *name)
{
    static const char *const names[] = {
        [PLAN_SECCOMP_NE] = "SCMP_CMP_NE",
        [PLAN_SECCOMP_LT] = "SCMP_CMP_LT",
        [PLAN_SECCOMP_LE] = "SCMP_CMP_LE",
        [PLAN_SECCOMP_EQ] = "SCMP_CMP_EQ",
        [PLAN_SECCOMP_GE] = "SCMP_CMP_GE",
        [PLAN_SECCOMP_GT] = "SCMP_CMP_GT",
        [PLAN_SECCOMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(names[i], name) == 0)
            return (enum plan_seccomp_operator)i;
    }
    fail_msg("unknown operator %s", name);
    return PLAN_SECCOMP_EQ;
}

static struct plan_strings strings_of(yajl_val list, struct arena *arena)
{
    size_t count = list == NULL ? 0 : list->u.array.len;
    const char **items = arena_array(arena, count + 1, sizeof(*items));

    for (size_t i = 0; i < count; i++)
        items[i] = arena_string(arena, YAJL_GET_STRING(list->u.array.values[i]));
    return (struct plan_strings){.items = items, .count = count};
}

static struct plan_seccomp_rule rule_of(yajl_val value, size_t index, struct arena *arena)
{
    yajl_val arguments = member(value, "args"), errno_value = member(value, "errnoRet");
    struct plan_seccomp_rule rule = {.names = strings_of(member(value, "names"), arena), .index = index};
    size_t count = arguments != NULL && YAJL_IS_ARRAY(arguments) ? arguments->u.array.len : 0;
    struct plan_seccomp_argument *items = arena_array(arena, count, sizeof(*items));

    rule.action = action_of(YAJL_GET_STRING(member(value, "action")));
    rule.data = errno_value == NULL ? 1 : (uint16_t)number_of(errno_value);
    for (size_t i = 0; i < count; i++) {
        yajl_val argument = arguments->u.array.values[i];

        items[i].index = (uint32_t)number_of(member(argument, "index"));
        items[i].operation = operator_of(YAJL_GET_STRING(member(argument, "op")));
        items[i].value = number_of(member(argument, "value"));
        items[i].value_two = number_of(member(argument, "valueTwo"));
    }
    rule.arguments = items;
    rule.argument_count = count;
    return rule;
}

struct plan_seccomp *seccomp_profile_load(const char *directory, const char *name, struct arena *arena)
{
    static const char *const path[] = {"linux", "seccomp", NULL};
    char *file = arena_format(arena, "%s/%s", directory, name), *text = arena_allocate(arena, 1 << 20);
    struct plan_seccomp *plan = arena_allocate(arena, sizeof(*plan));
    FILE *stream = fopen(file, "re");
    char message[128];
    yajl_val tree, seccomp, rules;

    if (stream == NULL)
        fail_msg("cannot open %s", file);
    assert_true(fread(text, 1, (1 << 20) - 1, stream) > 0);
    (void)fclose(stream);
    tree = yajl_tree_parse(text, message, sizeof(message));
    if (tree == NULL)
        fail_msg("%s: %s", file, message);
    seccomp = yajl_tree_get(tree, (const char **)(uintptr_t)path, yajl_t_object);
    assert_non_null(seccomp);
    plan->default_action = action_of(YAJL_GET_STRING(member(seccomp, "defaultAction")));
    plan->default_data_given = member(seccomp, "defaultErrnoRet") != NULL;
    plan->default_data =
        plan->default_data_given ? (uint16_t)number_of(member(seccomp, "defaultErrnoRet")) : 1;
    plan->architectures = strings_of(member(seccomp, "architectures"), arena);
    rules = member(seccomp, "syscalls");
    plan->rule_count = rules == NULL ? 0 : rules->u.array.len;
    struct plan_seccomp_rule *items = arena_array(arena, plan->rule_count, sizeof(*items));
    for (size_t i = 0; i < plan->rule_count; i++)
        items[i] = rule_of(rules->u.array.values[i], i, arena);
    plan->rules = items;
    yajl_tree_free(tree);
    return plan;
}
