/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles for tests; see seccomp_profile.h. */
#include "seccomp_profile.h"

#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>
#include <cmocka.h>
#include "base/memory.h"

/* ---- numbers ---- */

/* Direct numbers of i386 for calls that libseccomp only names behind a multiplexer
 * (arch/x86/entry/syscalls/syscall_32.tbl). */
static const struct {
    const char *name;
    int number;
} i386_direct[] = {
    {"socket", 359},   {"socketpair", 360}, {"bind", 361},       {"connect", 362},     {"listen", 363},
    {"accept4", 364},  {"getsockopt", 365}, {"setsockopt", 366}, {"getsockname", 367}, {"getpeername", 368},
    {"sendto", 369},   {"sendmsg", 370},    {"recvfrom", 371},   {"recvmsg", 372},     {"shutdown", 373},
    {"recvmmsg", 337}, {"sendmmsg", 345},   {"semget", 393},     {"semctl", 394},      {"shmget", 395},
    {"shmctl", 396},   {"shmat", 397},      {"shmdt", 398},      {"msgget", 399},      {"msgsnd", 400},
    {"msgrcv", 401},   {"msgctl", 402},
};

/* Calls that libseccomp 2.5.4 does not know. */
static const struct {
    const char *name;
    int number;
} recent[] = {
    {"statmount", 457},         {"listmount", 458},    {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460}, {"mseal", 462},        {"setxattrat", 463},
    {"open_tree_attr", 467},    {"file_getattr", 468}, {"listns", 470},
};

static int resolve(uint32_t architecture, const char *name)
{
    int number = seccomp_syscall_resolve_name_arch(architecture, name);

    if (number == __NR_SCMP_ERROR) {
        for (size_t i = 0; i < ARRAY_LENGTH(recent); i++) {
            if (strcmp(recent[i].name, name) == 0)
                return recent[i].number + (architecture == SCMP_ARCH_X32 ? 0x40000000 : 0);
        }
    }
    if (number < 0 && architecture == SCMP_ARCH_X86) {
        for (size_t i = 0; i < ARRAY_LENGTH(i386_direct); i++) {
            if (strcmp(i386_direct[i].name, name) == 0)
                return i386_direct[i].number;
        }
    }
    return number < 0 ? -1 : number;
}

/* Profiles are asked about the same strings a million times: remembered by their address. */
enum { MEMORY_SLOTS = 8192 };

struct memory {
    const char *names[MEMORY_SLOTS];
    char first[MEMORY_SLOTS][24]; /* the address may be another string by now */
    int numbers[MEMORY_SLOTS];
};

static int remembered(struct memory *memory, uint32_t architecture, const char *name)
{
    size_t slot = ((uintptr_t)name * 0x9e3779b97f4a7c15ULL) >> 51;

    if (memory->names[slot] != name || strncmp(memory->first[slot], name, 23) != 0) {
        memory->names[slot] = name;
        (void)snprintf(memory->first[slot], sizeof(memory->first[slot]), "%.23s", name);
        memory->numbers[slot] = resolve(architecture, name);
    }
    return memory->numbers[slot];
}

static int number_x86_64(const char *name)
{
    static struct memory memory;

    return remembered(&memory, SCMP_ARCH_X86_64, name);
}

static int number_i386(const char *name)
{
    static struct memory memory;

    return remembered(&memory, SCMP_ARCH_X86, name);
}

static int number_x32(const char *name)
{
    static struct memory memory;

    return remembered(&memory, SCMP_ARCH_X32, name);
}

static bool multiplexed_nowhere(const char *name, uint32_t *multiplexer, uint32_t *subcall, bool *is_socket)
{
    (void)name, (void)multiplexer, (void)subcall, (void)is_socket;
    return false;
}

/* include/uapi/linux/net.h and ipc.h. */
static bool multiplexed_i386(const char *name, uint32_t *multiplexer, uint32_t *subcall, bool *is_socket)
{
    static const char *const sockets[] = {
        NULL,          "socket",     "bind",    "connect", "listen",  "accept",   "getsockname",
        "getpeername", "socketpair", "send",    "recv",    "sendto",  "recvfrom", "shutdown",
        "setsockopt",  "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg"};
    static const char *const ipcs[] = {
        NULL, "semop", "semget", "semctl", "semtimedop", NULL,     NULL,    NULL, NULL,
        NULL, NULL,    "msgsnd", "msgrcv", "msgget",     "msgctl", NULL,    NULL, NULL,
        NULL, NULL,    NULL,     "shmat",  "shmdt",      "shmget", "shmctl"};

    for (uint32_t i = 1; i < ARRAY_LENGTH(sockets); i++) {
        if (strcmp(sockets[i], name) == 0) {
            *multiplexer = 102;
            *subcall = i;
            *is_socket = true;
            return seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name) < 0;
        }
    }
    for (uint32_t i = 1; i < ARRAY_LENGTH(ipcs); i++) {
        if (ipcs[i] != NULL && strcmp(ipcs[i], name) == 0) {
            *multiplexer = 117;
            *subcall = i;
            *is_socket = false;
            return true;
        }
    }
    return false;
}

const struct evaluator_abi seccomp_profile_abis[PROFILE_ABIS] = {
    [PROFILE_X86_64] = {.audit = 0xc000003eU, .number = number_x86_64, .multiplexed = multiplexed_nowhere},
    [PROFILE_I386] = {.audit = 0x40000003U,
                      .narrow = true,
                      .number = number_i386,
                      .multiplexed = multiplexed_i386},
    [PROFILE_X32] = {.audit = 0xc000003eU,
                     .x32 = true,
                     .number = number_x32,
                     .multiplexed = multiplexed_nowhere},
};

static size_t add_edge(uint64_t value, uint64_t *values, size_t count, size_t room)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] == value)
            return count;
    }
    if (count < room)
        values[count++] = value;
    return count;
}

size_t seccomp_profile_edges(const struct plan_seccomp *plan, uint32_t index, uint64_t *values, size_t room)
{
    size_t count = 0;

    count = add_edge(0, values, count, room);
    count = add_edge(UINT64_MAX, values, count, room);
    for (size_t r = 0; r < plan->rule_count; r++) {
        for (size_t a = 0; a < plan->rules[r].argument_count; a++) {
            const struct plan_seccomp_argument *argument = &plan->rules[r].arguments[a];
            const uint64_t constants[] = {argument->value, argument->value_two};

            if (argument->index != index)
                continue;
            for (size_t c = 0; c < 2; c++) {
                count = add_edge(constants[c] - 1, values, count, room);
                count = add_edge(constants[c], values, count, room);
                count = add_edge(constants[c] + 1, values, count, room);
                count = add_edge(constants[c] | 1ULL << 32, values, count, room);
                count = add_edge(constants[c] ^ 1ULL << 40, values, count, room);
                count = add_edge((uint32_t)constants[c], values, count, room);
                count = add_edge(~constants[c], values, count, room);
            }
        }
    }
    return count;
}

/* ---- profiles ---- */

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
    size_t count = list == NULL ? 0 : YAJL_GET_ARRAY(list)->len;
    const char **items = arena_array(arena, count + 1, sizeof(*items));

    for (size_t i = 0; i < count; i++)
        items[i] = arena_string(arena, YAJL_GET_STRING(YAJL_GET_ARRAY(list)->values[i]));
    return (struct plan_strings){.items = items, .count = count};
}

static struct plan_seccomp_rule rule_of(yajl_val value, size_t index, struct arena *arena)
{
    yajl_val arguments = member(value, "args"), errno_value = member(value, "errnoRet");
    struct plan_seccomp_rule rule = {.names = strings_of(member(value, "names"), arena), .index = index};
    size_t count = arguments != NULL && YAJL_IS_ARRAY(arguments) ? YAJL_GET_ARRAY(arguments)->len : 0;
    struct plan_seccomp_argument *items = arena_array(arena, count, sizeof(*items));

    rule.action = action_of(YAJL_GET_STRING(member(value, "action")));
    rule.data = errno_value == NULL ? 1 : (uint16_t)number_of(errno_value);
    for (size_t i = 0; i < count; i++) {
        yajl_val argument = YAJL_GET_ARRAY(arguments)->values[i];

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
    plan->rule_count = YAJL_GET_ARRAY(rules)->len;
    struct plan_seccomp_rule *items = arena_array(arena, plan->rule_count, sizeof(*items));
    for (size_t i = 0; i < plan->rule_count; i++)
        items[i] = rule_of(YAJL_GET_ARRAY(rules)->values[i], i, arena);
    plan->rules = items;
    yajl_tree_free(tree);
    return plan;
}
