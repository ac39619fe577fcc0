/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advice on the section "syscalls". */
#include "policy/linter.h"

#include <errno.h>
#include <string.h>
#include "base/memory.h"
#include "base/suggest.h"
#include "policy/syscalls.h"

/* Each opens a way around other bounds, or a part of the kernel that few have looked at. */
static const char *const dangerous[] = {
    "add_key",
    "bpf",
    "clone",
    "clone3",
    "delete_module",
    "finit_module",
    "init_module",
    "io_uring_setup",
    "iopl",
    "ioperm",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "mount",
    "move_mount",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pivot_root",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "setns",
    "swapon",
    "umount2",
    "unshare",
    "userfaultfd",
};

/* Without these nothing can end, or return from a signal handler. */
static const char *const essential[] = {"exit", "exit_group", "rt_sigreturn", "restart_syscall"};

static struct linter_place entry_place(const struct linter *linter, const char *pointer, size_t index,
                                       const struct policy_syscall *entry)
{
    return linter_item_place(linter, pointer, index, entry->line, entry->column);
}

static bool is_unconditional(const struct policy_syscall *entry)
{
    return entry->when_count == 0 && entry->unless_count == 0;
}

static void lint_group(const struct linter *linter, const char *pointer, size_t index,
                       const struct policy_syscall *entry)
{
    const char *suggestion;

    if (syscall_is_known(entry->name, linter->arena, &suggestion))
        return;
    linter_say(linter, entry_place(linter, pointer, index, entry), NULL, "there is no group \"%s\"%s%s%s",
               entry->name, suggestion != NULL ? ": did you mean \"" : "",
               suggestion != NULL ? suggestion : "", suggestion != NULL ? "\"?" : "");
}

static void lint_name(const struct linter *linter, const char *pointer, size_t index,
                      const struct policy_syscall *entry, const struct syscall_known *known)
{
    const char *suggestion;

    if (name_set_find(&known->names, entry->name) != NAME_SET_NONE)
        return;
    suggestion =
        suggest_word(entry->name, known->names.names, known->names.count, sizeof(*known->names.names));
    linter_say(linter, entry_place(linter, pointer, index, entry), NULL,
               "there is no system call \"%s\" that thwart knows%s%s%s", entry->name,
               suggestion != NULL ? ": did you mean \"" : "", suggestion != NULL ? suggestion : "",
               suggestion != NULL ? "\"?" : "");
}

static void lint_names(const struct linter *linter, const char *pointer, const struct policy_syscall *entries,
                       size_t count, const struct syscall_known *known)
{
    for (size_t i = 0; i < count; i++) {
        if (*entries[i].name == '@')
            lint_group(linter, pointer, i, &entries[i]);
        else if (known->names.count > 0)
            lint_name(linter, pointer, i, &entries[i], known);
    }
}

/* A name twice without a condition says it once too often. */
static void lint_doubles(const struct linter *linter, const struct policy_syscalls *syscalls)
{
    struct name_set allowed = {.arena = linter->arena}, denied = {.arena = linter->arena};
    bool added;

    for (size_t i = 0; i < syscalls->allow_count; i++) {
        if (!is_unconditional(&syscalls->allow[i]))
            continue;
        name_set_add(&allowed, syscalls->allow[i].name, &added);
        if (!added)
            linter_say(linter, entry_place(linter, "/syscalls/allow", i, &syscalls->allow[i]),
                       "syscall-twice", "\"%s\" is in the list already", syscalls->allow[i].name);
    }
    for (size_t i = 0; i < syscalls->deny_count; i++) {
        const struct policy_syscall *entry = &syscalls->deny[i];

        if (!is_unconditional(entry))
            continue;
        if (name_set_find(&allowed, entry->name) != NAME_SET_NONE)
            linter_say(linter, entry_place(linter, "/syscalls/deny", i, entry), "allow-list-and-deny",
                       "\"%s\" is allowed as well: it is denied", entry->name);
        name_set_add(&denied, entry->name, &added);
        if (!added)
            linter_say(linter, entry_place(linter, "/syscalls/deny", i, entry), "syscall-twice",
                       "\"%s\" is in the list already", entry->name);
    }
}

static void lint_dangerous(const struct linter *linter, const struct policy_syscalls *syscalls)
{
    for (size_t i = 0; i < syscalls->allow_count; i++) {
        const struct policy_syscall *entry = &syscalls->allow[i];

        for (size_t k = 0; k < ARRAY_LENGTH(dangerous); k++)
            if (is_unconditional(entry) && entry->comment == NULL && strcmp(entry->name, dangerous[k]) == 0)
                linter_say(
                    linter, entry_place(linter, "/syscalls/allow", i, entry), "dangerous-syscall-uncommented",
                    "\"%s\" is dangerous: say why in a \"comment\", or under which conditions (\"when\")",
                    entry->name);
    }
}

/* Everything that is allowed, groups resolved. False: a group is unknown, which was told. */
static bool collect_allowed(const struct linter *linter, const struct policy_syscalls *syscalls,
                            struct name_set *allowed)
{
    for (size_t i = 0; i < syscalls->allow_count; i++) {
        const struct syscall_group *group;
        struct error error;

        if (*syscalls->allow[i].name != '@') {
            name_set_add(allowed, syscalls->allow[i].name, NULL);
            continue;
        }
        if (syscall_group_find(syscalls->allow[i].name, linter->arena, &group, &error) != 0)
            return false;
        for (size_t k = 0; k < group->call_count; k++)
            name_set_add(allowed, group->calls[k], NULL);
    }
    return true;
}

static void lint_essential(const struct linter *linter, const struct policy_syscalls *syscalls)
{
    char buffer[128];
    struct text missing = text_over(buffer, sizeof(buffer));
    struct name_set allowed = {.arena = linter->arena};

    if (!collect_allowed(linter, syscalls, &allowed))
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(essential); i++)
        if (name_set_find(&allowed, essential[i]) == NAME_SET_NONE)
            text_append_format(&missing, "%s%s", missing.length > 0 ? ", " : "", essential[i]);
    if (missing.length > 0)
        linter_say(linter, linter_rule_place(&syscalls->rule, "/syscalls/allow"),
                   "essential-syscalls-missing",
                   "%s: without them no program ends or returns from a signal handler (\"@essential\")",
                   missing.bytes);
}

static void lint_answers(const struct linter *linter, const struct policy_syscalls *syscalls)
{
    bool answers_enosys = !syscalls->has_default || (syscalls->default_action == POLICY_SYSCALL_ERRNO &&
                                                     syscalls->default_errno == ENOSYS);
    struct linter_place place = linter_rule_place(&syscalls->rule, "/syscalls");

    if (syscalls->has_default && syscalls->default_action == POLICY_SYSCALL_LOG)
        linter_say(linter, place, "default-permits",
                   "\"log\" lets happen what is not allowed, and the kernel logs it");
    else if (syscalls->knows == NULL && !answers_enosys)
        linter_say(linter, place, "knows-missing",
                   "calls of later kernels get the default answer, where programs expect ENOSYS: say which "
                   "kernel the list \"knows\"");
    if (syscalls->has_default && !syscalls->has_allow && syscalls->deny_count == 0)
        linter_say(linter, place, "rule-without-effect",
                   "\"default\" answers what is neither allowed nor denied: there is no list");
}

void lint_syscalls(const struct linter *linter)
{
    const struct policy_syscalls *syscalls = &linter->policy->syscalls;
    struct syscall_known known = {0};
    struct error error;

    if (!syscalls->rule.present)
        return;
    /* The list is built in: without it names are not judged, which a test of the list would tell. */
    if (syscall_known_load(linter->arena, &known, &error) != 0)
        linter_say(linter, linter_rule_place(&syscalls->rule, "/syscalls"), NULL, "%s", error.message);
    lint_names(linter, "/syscalls/allow", syscalls->allow, syscalls->allow_count, &known);
    lint_names(linter, "/syscalls/deny", syscalls->deny, syscalls->deny_count, &known);
    lint_doubles(linter, syscalls);
    lint_dangerous(linter, syscalls);
    if (syscalls->has_allow)
        lint_essential(linter, syscalls);
    lint_answers(linter, syscalls);
}
