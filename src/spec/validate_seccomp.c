/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of linux.seccomp (config-linux.md, "Seccomp"). Names of system calls are judged where libseccomp is,
 * in linux/. */
#include "spec/check.h"

#include <string.h>
#include <sys/un.h>
#include "base/memory.h"

static const char *const actions[] = {
    "SCMP_ACT_KILL",  "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",   "SCMP_ACT_ERRNO",
    "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW",        "SCMP_ACT_LOG",         "SCMP_ACT_NOTIFY", NULL};
static const char *const operators[] = {"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",        "SCMP_CMP_EQ",
                                        "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", NULL};
static const char *const flags[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                    "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                                    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL};
static const char *const architectures[] = {
    "SCMP_ARCH_X86",     "SCMP_ARCH_X86_64",   "SCMP_ARCH_X32",         "SCMP_ARCH_ARM",
    "SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPS",     "SCMP_ARCH_MIPS64",      "SCMP_ARCH_MIPS64N32",
    "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
    "SCMP_ARCH_PPC64",   "SCMP_ARCH_PPC64LE",  "SCMP_ARCH_S390",        "SCMP_ARCH_S390X",
    "SCMP_ARCH_PARISC",  "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",     "SCMP_ARCH_LOONGARCH64",
    "SCMP_ARCH_M68K",    "SCMP_ARCH_SH",       "SCMP_ARCH_SHEB",        NULL};

/* "When the action doesn't support an errno, the runtime MUST print and error and fail." */
static int check_errno(const struct spec_check *check, const char *action, bool has_errno,
                       const struct json_place *place)
{
    if (has_errno && strcmp(action, "SCMP_ACT_ERRNO") != 0 && strcmp(action, "SCMP_ACT_TRACE") != 0)
        return spec_refuse(check, place, "%s has no errno: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE do",
                           action);
    return 0;
}

static int check_rule(const struct spec_check *check, const struct spec_seccomp_rule *rule,
                      const struct json_place *place)
{
    const struct json_place *names = PLACE_MEMBER(place, "names"), *arguments = PLACE_MEMBER(place, "args");

    if (rule->names.count == 0)
        return spec_refuse(check, names, "expected at least one name of a system call");
    for (size_t i = 0; i < rule->names.count; i++)
        if (rule->names.items[i][0] == '\0')
            return spec_refuse(check, PLACE_ITEM(names, i), "the name of a system call is empty");
    if (spec_check_word(check, PLACE_MEMBER(place, "action"), rule->action, actions, "a seccomp action") <
            0 ||
        check_errno(check, rule->action, rule->has_errno_return, PLACE_MEMBER(place, "errnoRet")) < 0)
        return -1;
    for (size_t i = 0; i < rule->arguments.count; i++) {
        const struct spec_seccomp_argument *argument =
            &SPEC_ITEMS(rule->arguments, struct spec_seccomp_argument)[i];

        if (spec_check_word(check, PLACE_MEMBER(PLACE_ITEM(arguments, i), "op"), argument->operator_name,
                            operators, "a seccomp comparison") < 0)
            return -1;
    }
    return 0;
}

/* listenerMetadata MUST NOT be set without listenerPath; notifications without a listener would never be
 * answered. */
static int check_listener(const struct spec_check *check, const struct spec_seccomp *seccomp,
                          const struct json_place *place)
{
    const struct json_place *path = PLACE_MEMBER(place, "listenerPath");
    bool given = seccomp->listener_path != NULL && seccomp->listener_path[0] != '\0';

    if (given && seccomp->listener_path[0] != '/')
        return spec_refuse(check, path, "expected an absolute path, found \"%.200s\"",
                           seccomp->listener_path);
    if (given && strlen(seccomp->listener_path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return spec_refuse(check, path, "%zu bytes are more than a socket's path can have, %zu",
                           strlen(seccomp->listener_path), sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
    if (!given && seccomp->listener_metadata != NULL && seccomp->listener_metadata[0] != '\0')
        return spec_refuse(check, PLACE_MEMBER(place, "listenerMetadata"),
                           "listenerMetadata needs listenerPath");
    for (size_t i = 0; !given && i < seccomp->rules.count; i++)
        if (strcmp(SPEC_ITEMS(seccomp->rules, struct spec_seccomp_rule)[i].action, "SCMP_ACT_NOTIFY") == 0)
            return spec_refuse(check, PLACE_MEMBER(PLACE_ITEM(PLACE_MEMBER(place, "syscalls"), i), "action"),
                               "SCMP_ACT_NOTIFY needs listenerPath");
    return 0;
}

int spec_check_seccomp(const struct spec_check *check, const struct spec_seccomp *seccomp,
                       const struct json_place *place)
{
    const struct json_place *action = PLACE_MEMBER(place, "defaultAction");
    const struct json_place *rules = PLACE_MEMBER(place, "syscalls");

    if (spec_check_word(check, action, seccomp->default_action, actions, "a seccomp action") < 0 ||
        check_errno(check, seccomp->default_action, seccomp->has_default_errno_return,
                    PLACE_MEMBER(place, "defaultErrnoRet")) < 0 ||
        spec_check_words(check, PLACE_MEMBER(place, "architectures"), &seccomp->architectures, architectures,
                         "a seccomp architecture") < 0 ||
        spec_check_words(check, PLACE_MEMBER(place, "flags"), &seccomp->flags, flags, "a seccomp flag") < 0)
        return -1;
    /* The runtime's own calls behind the filter, execve first, would wait for an answer that needs them. */
    if (strcmp(seccomp->default_action, "SCMP_ACT_NOTIFY") == 0)
        return spec_refuse(check, action, "SCMP_ACT_NOTIFY cannot be the default action");
    for (size_t i = 0; i < seccomp->rules.count; i++)
        if (check_rule(check, &SPEC_ITEMS(seccomp->rules, struct spec_seccomp_rule)[i],
                       PLACE_ITEM(rules, i)) < 0)
            return -1;
    return check_listener(check, seccomp, place);
}
