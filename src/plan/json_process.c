/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process of the plan as JSON. */
#include "plan/json_writer.h"

#include "plan/kernel_words.h"
#include "plan/number_list.h"

enum { IO_CLASS_SHIFT = 13, IO_LEVEL_MASK = 7, LIST_SIZE = 40000 /* every other of 8192 CPUs */ };

static void write_words(struct json_writer *writer, const char *key, const struct kernel_words *words,
                        uint64_t value)
{
    if (value == 0)
        return;
    json_writer_open(writer, key, '[');
    for (size_t i = 0; i < words->count; i++)
        if ((value & words->items[i].value) != 0)
            json_writer_string(writer, NULL, words->items[i].word);
    json_writer_close(writer, ']');
}

static void write_capability_set(struct json_writer *writer, const char *key, uint64_t set)
{
    json_writer_open(writer, key, '[');
    for (size_t i = 0; i < kernel_capabilities.count; i++)
        if ((set >> i & 1) != 0)
            json_writer_string(writer, NULL, kernel_capabilities.items[i].word);
    json_writer_close(writer, ']');
}

static void write_capabilities(struct json_writer *writer, const struct plan_capabilities *sets)
{
    json_writer_open(writer, "capabilities", '{');
    write_capability_set(writer, "bounding", sets->bounding);
    write_capability_set(writer, "effective", sets->effective);
    write_capability_set(writer, "inheritable", sets->inheritable);
    write_capability_set(writer, "permitted", sets->permitted);
    write_capability_set(writer, "ambient", sets->ambient);
    json_writer_close(writer, '}');
}

/* JSON readers lose numbers above 2^53: no limit is a word. */
static void write_limit(struct json_writer *writer, const char *key, uint64_t value)
{
    if (value == UINT64_MAX)
        json_writer_string(writer, key, "unlimited");
    else
        json_writer_unsigned(writer, key, value);
}

static void write_rlimits(struct json_writer *writer, const struct plan_process *process)
{
    json_writer_open(writer, "rlimits", '[');
    for (size_t i = 0; i < process->rlimit_count; i++) {
        json_writer_open(writer, NULL, '{');
        json_writer_string(writer, "type", process->rlimits[i].name);
        write_limit(writer, "soft", process->rlimits[i].soft);
        write_limit(writer, "hard", process->rlimits[i].hard);
        json_writer_close(writer, '}');
    }
    json_writer_close(writer, ']');
}

void write_number_set(struct json_writer *writer, const char *key, const struct plan_cpu_set *set)
{
    cleanup_text struct text list = text_growing(LIST_SIZE);

    if (set->count == 0)
        return;
    number_list_append(&list, set);
    json_writer_string(writer, key, list.bytes);
}

static void write_scheduling(struct json_writer *writer, const struct plan_process *process)
{
    const struct plan_scheduler *scheduler = process->scheduler;
    const struct plan_memory_policy *policy = process->memory_policy;

    if (scheduler != NULL) {
        json_writer_open(writer, "scheduler", '{');
        json_writer_string(writer, "policy", kernel_word_name(&kernel_schedulers, scheduler->policy));
        json_writer_number(writer, "nice", scheduler->nice);
        json_writer_unsigned(writer, "priority", scheduler->priority);
        write_words(writer, "flags", &kernel_scheduler_flags, scheduler->flags);
        json_writer_unsigned(writer, "runtime", scheduler->runtime_ns);
        json_writer_unsigned(writer, "deadline", scheduler->deadline_ns);
        json_writer_unsigned(writer, "period", scheduler->period_ns);
        json_writer_close(writer, '}');
    }
    if (process->has_io_priority) {
        json_writer_open(writer, "ioPriority", '{');
        json_writer_string(writer, "class",
                           kernel_word_name(&kernel_io_priority_classes,
                                            (uint64_t)(process->io_priority >> IO_CLASS_SHIFT)));
        json_writer_number(writer, "priority", process->io_priority & IO_LEVEL_MASK);
        json_writer_close(writer, '}');
    }
    if (policy != NULL) {
        json_writer_open(writer, "memoryPolicy", '{');
        json_writer_string(writer, "mode",
                           kernel_word_name(&kernel_memory_policies, (uint64_t)policy->mode & 0xff));
        write_words(writer, "flags", &kernel_memory_policy_flags, (uint64_t)policy->mode & ~(uint64_t)0xff);
        write_number_set(writer, "nodes", &policy->nodes);
        json_writer_close(writer, '}');
    }
}

static void write_seccomp_rule(struct json_writer *writer, const struct plan_seccomp_rule *rule)
{
    json_writer_open(writer, NULL, '{');
    json_writer_strings(writer, "names", &rule->names);
    json_writer_string(writer, "action", kernel_word_name(&kernel_seccomp_actions, rule->action));
    if (rule->action == PLAN_SECCOMP_ERRNO || rule->action == PLAN_SECCOMP_TRACE)
        json_writer_unsigned(writer, "data", rule->data);
    if (rule->argument_count > 0) {
        json_writer_open(writer, "args", '[');
        for (size_t i = 0; i < rule->argument_count; i++) {
            json_writer_open(writer, NULL, '{');
            json_writer_unsigned(writer, "index", rule->arguments[i].index);
            json_writer_string(writer, "op",
                               kernel_word_name(&kernel_seccomp_operators, rule->arguments[i].operation));
            json_writer_unsigned(writer, "value", rule->arguments[i].value);
            if (rule->arguments[i].operation == PLAN_SECCOMP_MASKED_EQ)
                json_writer_unsigned(writer, "valueTwo", rule->arguments[i].value_two);
            json_writer_close(writer, '}');
        }
        json_writer_close(writer, ']');
    }
    json_writer_close(writer, '}');
}

static void write_filter(struct json_writer *writer, const struct plan_seccomp *seccomp, const char *key)
{
    json_writer_open(writer, key, '{');
    json_writer_optional_string(writer, "policy", seccomp->policy);
    json_writer_string(writer, "defaultAction",
                       kernel_word_name(&kernel_seccomp_actions, seccomp->default_action));
    if (seccomp->default_action == PLAN_SECCOMP_ERRNO || seccomp->default_action == PLAN_SECCOMP_TRACE)
        json_writer_unsigned(writer, "defaultData", seccomp->default_data);
    json_writer_strings(writer, "architectures", &seccomp->architectures);
    write_words(writer, "flags", &kernel_seccomp_flags, seccomp->flags);
    json_writer_flag(writer, "allowSocketcall", seccomp->allow_socketcall);
    json_writer_open(writer, "rules", '[');
    for (size_t i = 0; i < seccomp->rule_count; i++)
        write_seccomp_rule(writer, &seccomp->rules[i]);
    json_writer_close(writer, ']');
    json_writer_optional_string(writer, "listenerPath", seccomp->listener_path.text);
    json_writer_optional_string(writer, "listenerMetadata", seccomp->listener_metadata);
    json_writer_close(writer, '}');
}

/* The first filter, and beside it those whose answers count as well. */
static void write_seccomp(struct json_writer *writer, const struct plan_seccomp *seccomp)
{
    write_filter(writer, seccomp, "seccomp");
    if (seccomp->also == NULL)
        return;
    json_writer_open(writer, "seccompAlso", '[');
    while ((seccomp = seccomp->also) != NULL)
        write_filter(writer, seccomp, NULL);
    json_writer_close(writer, ']');
}

static void write_user(struct json_writer *writer, const struct plan_process *process)
{
    json_writer_open(writer, "user", '{');
    json_writer_unsigned(writer, "uid", process->uid);
    json_writer_unsigned(writer, "gid", process->gid);
    if (process->group_count > 0) {
        json_writer_open(writer, "groups", '[');
        for (size_t i = 0; i < process->group_count; i++)
            json_writer_unsigned(writer, NULL, process->groups[i]);
        json_writer_close(writer, ']');
    }
    json_writer_flag(writer, "keepGroups", process->keep_groups);
    if (process->has_umask)
        json_writer_unsigned(writer, "umask", process->umask);
    json_writer_close(writer, '}');
}

void write_process(struct json_writer *writer, const struct plan_process *process)
{
    json_writer_open(writer, "process", '{');
    json_writer_strings(writer, "args", &process->args);
    json_writer_strings(writer, "env", &process->environment);
    if (process->find_home)
        json_writer_boolean(writer, "findHome", true);
    json_writer_string(writer, "searchPath", process->search_path);
    json_writer_string(writer, "cwd", process->cwd.text);
    json_writer_boolean(writer, "terminal", process->terminal);
    if (process->has_console_size) {
        json_writer_unsigned(writer, "consoleRows", process->console_rows);
        json_writer_unsigned(writer, "consoleColumns", process->console_columns);
    }
    write_user(writer, process);
    if (process->has_capabilities)
        write_capabilities(writer, &process->capabilities);
    write_rlimits(writer, process);
    json_writer_boolean(writer, "noNewPrivileges", process->no_new_privileges);
    json_writer_optional_string(writer, "apparmorProfile", process->apparmor_profile);
    json_writer_optional_string(writer, "selinuxLabel", process->selinux_label);
    if (process->has_oom_score_adj)
        json_writer_number(writer, "oomScoreAdj", process->oom_score_adj);
    write_scheduling(writer, process);
    if (process->has_personality)
        json_writer_string(writer, "personality",
                           kernel_word_name(&kernel_personalities, process->personality));
    if (process->new_keyring)
        json_writer_string(writer, "keyring", process->keyring_name);
    json_writer_unsigned(writer, "preserveFds", process->preserve_fds);
    write_landlock(writer, process);
    if (process->seccomp != NULL)
        write_seccomp(writer, process->seccomp);
    json_writer_close(writer, '}');
}
