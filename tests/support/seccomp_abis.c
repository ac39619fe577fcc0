/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of system calls for an evaluator, and values at which conditions change their mind; see
 * seccomp_profile.h. */
#include "seccomp_profile.h"

#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"

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
    for (; plan != NULL; plan = plan->also)
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
