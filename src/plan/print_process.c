/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process as lines, in the order in which its properties are set. */
#include "plan/print_lines.h"

#include <string.h>
#include "base/memory.h"
#include "plan/number_list.h"

enum { IO_CLASS_SHIFT = 13, IO_LEVEL_MASK = 7 };

static void append_limit(struct text *text, uint64_t value)
{
    if (value == UINT64_MAX)
        text_append(text, "unlimited");
    else
        text_append_unsigned(text, value);
}

static void print_rlimits(struct text *text, const struct plan_process *process)
{
    for (size_t i = 0; i < process->rlimit_count; i++) {
        print_label(text, "rlimit");
        text_append(text, process->rlimits[i].name);
        text_append(text, " soft ");
        append_limit(text, process->rlimits[i].soft);
        text_append(text, " hard ");
        append_limit(text, process->rlimits[i].hard);
        text_append(text, "\n");
    }
}

static void print_scheduler(struct text *text, const struct plan_scheduler *scheduler)
{
    print_label(text, "scheduler");
    text_append_format(text, "%s nice %d priority %u",
                       kernel_word_name(&kernel_schedulers, scheduler->policy), scheduler->nice,
                       scheduler->priority);
    if (scheduler->runtime_ns != 0)
        text_append_format(text, " runtime %llu ns deadline %llu ns period %llu ns",
                           (unsigned long long)scheduler->runtime_ns,
                           (unsigned long long)scheduler->deadline_ns,
                           (unsigned long long)scheduler->period_ns);
    if (scheduler->flags != 0) {
        text_append(text, " ");
        kernel_words_append(text, &kernel_scheduler_flags, scheduler->flags, " ");
    }
    text_append(text, "\n");
}

static void print_memory_policy(struct text *text, const struct plan_memory_policy *policy)
{
    uint64_t flags = (uint64_t)policy->mode;

    print_label(text, "memory policy");
    for (size_t i = 0; i < kernel_memory_policies.count; i++)
        if ((flags & 0xff) == kernel_memory_policies.items[i].value)
            text_append(text, kernel_memory_policies.items[i].word);
    if ((flags & ~(uint64_t)0xff) != 0) {
        text_append(text, " ");
        kernel_words_append(text, &kernel_memory_policy_flags, flags & ~(uint64_t)0xff, " ");
    }
    if (policy->nodes.count > 0) {
        text_append(text, " nodes ");
        number_list_append(text, &policy->nodes);
    }
    text_append(text, "\n");
}

static void print_surroundings(struct text *text, const struct plan_process *process)
{
    if (process->new_keyring)
        print_row(text, "keyring", "new, named %s", process->keyring_name);
    if (process->has_oom_score_adj)
        print_row(text, "oom score", "%d", process->oom_score_adj);
    print_rlimits(text, process);
    if (process->scheduler != NULL)
        print_scheduler(text, process->scheduler);
    if (process->has_io_priority)
        print_row(
            text, "io priority", "%s %d",
            kernel_word_name(&kernel_io_priority_classes, (uint64_t)(process->io_priority >> IO_CLASS_SHIFT)),
            process->io_priority & IO_LEVEL_MASK);
    if (process->memory_policy != NULL)
        print_memory_policy(text, process->memory_policy);
    if (process->has_personality)
        print_row(text, "personality", "%s", kernel_word_name(&kernel_personalities, process->personality));
    if (process->terminal && process->has_console_size)
        print_row(text, "terminal", "%u columns, %u rows", process->console_columns, process->console_rows);
    else if (process->terminal)
        print_row(text, "terminal", "of the size that the other end sets");
}

static void print_capability_set(struct text *text, const char *label, uint64_t set)
{
    struct print_list list = print_list_begin(text, label);

    for (size_t i = 0; i < kernel_capabilities.count; i++)
        if ((set >> i & 1) != 0)
            print_list_add(&list, kernel_capabilities.items[i].word + strlen("CAP_"));
    print_list_end(&list);
}

/* Sets that are equal share a line: most of the time three of them are. */
static void print_capabilities(struct text *text, const struct plan_process *process)
{
    const struct plan_capabilities *sets = &process->capabilities;

    if (!process->has_capabilities) {
        print_row(text, "capabilities", "none in any set");
        return;
    }
    if (sets->bounding == sets->effective && sets->effective == sets->permitted) {
        print_row(text, "capabilities", "bounding, permitted and effective:");
        print_capability_set(text, "", sets->bounding);
    } else {
        print_capability_set(text, "cap bounding", sets->bounding);
        print_capability_set(text, "cap permitted", sets->permitted);
        print_capability_set(text, "cap effective", sets->effective);
    }
    print_capability_set(text, "cap inheritable", sets->inheritable);
    print_capability_set(text, "cap ambient", sets->ambient);
}

static void print_credentials(struct text *text, const struct plan_process *process)
{
    if (process->apparmor_profile != NULL) {
        print_label(text, "apparmor");
        print_string(text, process->apparmor_profile);
        text_append(text, "\n");
    }
    if (process->selinux_label != NULL) {
        print_label(text, "selinux");
        print_string(text, process->selinux_label);
        text_append(text, "\n");
    }
    print_capabilities(text, process);
    print_label(text, "user");
    text_append_format(text, "%u:%u", process->uid, process->gid);
    if (process->keep_groups)
        text_append(text, ", the caller's supplementary groups");
    for (size_t i = 0; i < process->group_count; i++)
        text_append_format(text, "%s%u", i == 0 ? ", groups " : " ", process->groups[i]);
    text_append(text, "\n");
    if (process->has_umask)
        print_row(text, "umask", "%04o", process->umask);
    print_row(text, "new privileges", "%s",
              process->no_new_privileges ? "never (no_new_privs)" : "by set-uid files and their like");
}

static void append_action(struct text *text, enum plan_seccomp_action action, uint16_t data)
{
    /* Lower case reads better in a list: SCMP_ACT_KILL_PROCESS becomes kill_process. */
    for (const char *word = kernel_word_name(&kernel_seccomp_actions, action) + strlen("SCMP_ACT_");
         *word != '\0'; word++)
        text_append_character(text, *word >= 'A' && *word <= 'Z' ? (char)(*word - 'A' + 'a') : *word);
    if (action == PLAN_SECCOMP_ERRNO || action == PLAN_SECCOMP_TRACE)
        text_append_format(text, " %u", data);
}

static void print_seccomp_rule(struct text *text, const struct plan_seccomp_rule *rule)
{
    static const char *const operators[] = {
        [PLAN_SECCOMP_NE] = "!=",       [PLAN_SECCOMP_LT] = "<",  [PLAN_SECCOMP_LE] = "<=",
        [PLAN_SECCOMP_EQ] = "==",       [PLAN_SECCOMP_GE] = ">=", [PLAN_SECCOMP_GT] = ">",
        [PLAN_SECCOMP_MASKED_EQ] = "&",
    };
    char buffer[32];
    struct text label = text_over(buffer, sizeof(buffer));
    struct print_list names;

    text_append(&label, "  ");
    append_action(&label, rule->action, rule->data);
    names = print_list_begin(text, label.bytes);
    for (size_t i = 0; i < rule->names.count; i++)
        print_list_add(&names, rule->names.items[i]);
    print_list_end(&names);
    for (size_t i = 0; i < rule->argument_count; i++) {
        const struct plan_seccomp_argument *argument = &rule->arguments[i];

        print_label(text, i == 0 ? "    where" : "    and");
        text_append_format(text, "argument %u %s 0x%llx", argument->index, operators[argument->operation],
                           (unsigned long long)argument->value);
        if (argument->operation == PLAN_SECCOMP_MASKED_EQ)
            text_append_format(text, " == 0x%llx", (unsigned long long)argument->value_two);
        text_append(text, "\n");
    }
}

static void print_filter(struct text *text, const struct plan_seccomp *seccomp)
{
    print_label(text, "filter");
    if (seccomp->policy != NULL)
        text_append_format(text, "of policy %s: ", seccomp->policy);
    text_append(text, "by default ");
    append_action(text, seccomp->default_action, seccomp->default_data);
    for (size_t i = 0; i < seccomp->architectures.count; i++) {
        text_append(text, i == 0 ? ", for " : " ");
        print_string(text, seccomp->architectures.items[i]);
    }
    if (seccomp->flags != 0) {
        text_append(text, ", ");
        kernel_words_append(text, &kernel_seccomp_flags, seccomp->flags, " ");
    }
    text_append(text, "\n");
    for (size_t i = 0; i < seccomp->rule_count; i++)
        print_seccomp_rule(text, &seccomp->rules[i]);
    if (seccomp->notify) {
        print_label(text, "  listener");
        print_string(text, seccomp->listener_path.text);
        text_append(text, "\n");
    }
}

/* The strictest answer of all of them counts; so the reader sees all of them. */
void print_seccomp(struct text *text, const struct plan_seccomp *seccomp)
{
    for (; seccomp != NULL; seccomp = seccomp->also)
        print_filter(text, seccomp);
}

static void print_command(struct text *text, const struct plan_process *process)
{
    struct print_list environment;

    print_label(text, "directory");
    print_string(text, process->cwd.text);
    text_append(text, "\n");
    if (process->preserve_fds > 0)
        print_row(text, "descriptors", "0 to %u are handed on", 2 + process->preserve_fds);
    environment = print_list_begin(text, "environment");
    for (size_t i = 0; i < process->environment.count; i++)
        print_list_add(&environment, process->environment.items[i]);
    if (process->find_home)
        print_list_add(&environment, "HOME as the container's /etc/passwd has it");
    print_list_end(&environment);
    print_landlock(text, process);
    if (process->seccomp != NULL)
        print_seccomp(text, process->seccomp);
    print_label(text, "program");
    for (size_t i = 0; i < process->args.count; i++) {
        text_append(text, i > 0 ? " " : "");
        print_string(text, process->args.items[i]);
    }
    text_append(text, "\n");
}

void print_process(struct text *text, const struct plan_process *process)
{
    print_surroundings(text, process);
    print_credentials(text, process);
    print_command(text, process);
}
