/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Section "syscalls" as text. A profile's file is written in place: its path would be read from elsewhere. */
#include "policy/printer.h"

#include "base/memory.h"

static void print_action(struct printer *printer, const char *key, enum policy_syscall_action action,
                         uint16_t errno_value)
{
    const char *name;

    switch (action) {
    case POLICY_SYSCALL_ALLOW:
        printer_string(printer, key, "allow");
        return;
    case POLICY_SYSCALL_KILL:
        printer_string(printer, key, "kill");
        return;
    case POLICY_SYSCALL_TRAP:
        printer_string(printer, key, "trap");
        return;
    case POLICY_SYSCALL_LOG:
        printer_string(printer, key, "log");
        return;
    case POLICY_SYSCALL_NOTIFY:
        printer_string(printer, key, "notify");
        return;
    case POLICY_SYSCALL_ERRNO:
        name = policy_errno_name(errno_value);
        printer_key(printer, key);
        text_append_format(printer->text, "\"errno:%s\"", name != NULL ? name : "EPERM");
        return;
    }
}

static void print_tests(struct printer *printer, const char *key, const struct policy_argument_test *tests,
                        size_t count)
{
    static const char *const comparisons[] = {
        [POLICY_COMPARE_EQ] = "eq",    [POLICY_COMPARE_NE] = "ne", [POLICY_COMPARE_LT] = "lt",
        [POLICY_COMPARE_LE] = "le",    [POLICY_COMPARE_GT] = "gt", [POLICY_COMPARE_GE] = "ge",
        [POLICY_COMPARE_MASKED] = "eq"};

    if (count == 0)
        return;
    printer_open(printer, key, '[');
    for (size_t i = 0; i < count; i++) {
        printer_open(printer, NULL, '{');
        printer_number(printer, "arg", tests[i].argument);
        if (tests[i].comparison == POLICY_COMPARE_MASKED)
            printer_number(printer, "mask", tests[i].mask);
        printer_number(printer, comparisons[tests[i].comparison], tests[i].value);
        printer_close(printer, '}');
    }
    printer_close(printer, ']');
}

static void print_entry(struct printer *printer, const struct policy_syscall *entry)
{
    if (entry->when_count == 0 && entry->unless_count == 0 && !entry->has_action && entry->comment == NULL) {
        printer_string(printer, NULL, entry->name);
        return;
    }
    printer_open(printer, NULL, '{');
    printer_string(printer, "name", entry->name);
    print_tests(printer, "when", entry->when, entry->when_count);
    print_tests(printer, "unless", entry->unless, entry->unless_count);
    if (entry->has_action)
        print_action(printer, "action", entry->action, entry->errno_value);
    if (entry->comment != NULL)
        printer_string(printer, "comment", entry->comment);
    printer_close(printer, '}');
}

static void print_entries(struct printer *printer, const char *key, const struct policy_syscall *entries,
                          size_t count)
{
    printer_open(printer, key, '[');
    for (size_t i = 0; i < count; i++)
        print_entry(printer, &entries[i]);
    printer_close(printer, ']');
}

void printer_syscalls(struct printer *printer, const struct policy_syscalls *syscalls)
{
    static const char *const filters[] = {[POLICY_FILTER_ANY] = "any",
                                          [POLICY_FILTER_ENGINE] = "engine",
                                          [POLICY_FILTER_REQUIRED] = "required"};
    struct printer_mark mark = printer_begin_section(printer, "syscalls");
    const char *inner;

    if (syscalls->has_default)
        print_action(printer, "default", syscalls->default_action, syscalls->default_errno);
    if (syscalls->has_allow)
        print_entries(printer, "allow", syscalls->allow, syscalls->allow_count);
    if (syscalls->deny_count > 0)
        print_entries(printer, "deny", syscalls->deny, syscalls->deny_count);
    printer_words(printer, "architectures", &syscalls->architectures);
    if (syscalls->knows != NULL)
        printer_string(printer, "knows", syscalls->knows);
    if (syscalls->profile != NULL)
        printer_tree(printer, "profile", syscalls->profile);
    inner = printer_begin_rule(printer, "filter", &syscalls->filter_rule);
    if (inner != NULL) {
        printer_string(printer, inner, filters[syscalls->filter]);
        printer_end_rule(printer, &syscalls->filter_rule);
    }
    if (syscalls->rule.present)
        printer_modifiers(printer, &syscalls->rule);
    printer_end_section(printer, mark);
}
