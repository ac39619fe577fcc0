/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of process (config.md, "Process", "POSIX process", "Linux Process"); the same for `exec --process`.
 */
#include "spec/check.h"

#include <string.h>
#include "base/memory.h"

enum {
    GROUPS_MAX = 65536,        /* NGROUPS_MAX */
    TERMINAL_SIZE_MAX = 65535, /* unsigned short in struct winsize */
};

/* config.md, "Process": cwd MUST be absolute; args: at least one entry is REQUIRED, used as execvp's file. */
static int check_command(const struct spec_check *check, const struct spec_process *process,
                         const struct json_place *place)
{
    const struct json_place *args = PLACE_MEMBER(place, "args");

    if (process->cwd[0] != '/')
        return spec_refuse(check, PLACE_MEMBER(place, "cwd"), "expected an absolute path, found \"%.200s\"",
                           process->cwd);
    if (process->args.count == 0)
        return spec_refuse(check, args, "expected at least one string, the program to run");
    if (process->args.items[0][0] == '\0')
        return spec_refuse(check, PLACE_ITEM(args, 0), "the program to run is an empty string");
    return 0;
}

/* HOME and USER are copied by engines into passwd files: a colon or a line's end would forge an entry
 * (CVE-2022-4318). */
static int check_environment(const struct spec_check *check, const struct spec_process *process,
                             const struct json_place *place)
{
    const struct json_place *environment = PLACE_MEMBER(place, "env");

    if (spec_check_environment(check, environment, &process->environment) < 0)
        return -1;
    for (size_t i = 0; i < process->environment.count; i++) {
        const char *entry = process->environment.items[i];

        if (!text_starts_with(entry, "HOME=") && !text_starts_with(entry, "USER="))
            continue;
        if (text_has_control(entry) || strchr(entry, ':') != NULL)
            return spec_refuse(check, PLACE_ITEM(environment, i),
                               "%.4s must not contain control characters or ':': \"%.100s\"", entry, entry);
    }
    return 0;
}

/* config.md, "Process": consoleSize is ignored without a terminal. */
static int check_console_size(const struct spec_check *check, const struct spec_process *process,
                              const struct json_place *place)
{
    const struct json_place *size = PLACE_MEMBER(place, "consoleSize");

    if (!process->terminal || process->console_size == NULL)
        return 0;
    if (process->console_size->height > TERMINAL_SIZE_MAX)
        return spec_refuse(check, PLACE_MEMBER(size, "height"), "expected at most %d characters",
                           TERMINAL_SIZE_MAX);
    if (process->console_size->width > TERMINAL_SIZE_MAX)
        return spec_refuse(check, PLACE_MEMBER(size, "width"), "expected at most %d characters",
                           TERMINAL_SIZE_MAX);
    return 0;
}

static int check_groups(const struct spec_check *check, const struct spec_process *process,
                        const struct json_place *place)
{
    if (process->user != NULL && process->user->additional_gids.count > GROUPS_MAX)
        return spec_refuse(check, PLACE_MEMBER(PLACE_MEMBER(place, "user"), "additionalGids"),
                           "%zu groups are more than the %d that Linux takes",
                           process->user->additional_gids.count, GROUPS_MAX);
    return 0;
}

/* capabilities(7), up to Linux 5.9 and unchanged since. */
static const char *const capability_names[] = {
    "CAP_AUDIT_CONTROL",   "CAP_AUDIT_READ",   "CAP_AUDIT_WRITE",
    "CAP_BLOCK_SUSPEND",   "CAP_BPF",          "CAP_CHECKPOINT_RESTORE",
    "CAP_CHOWN",           "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",          "CAP_FSETID",       "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",       "CAP_KILL",         "CAP_LEASE",
    "CAP_LINUX_IMMUTABLE", "CAP_MAC_ADMIN",    "CAP_MAC_OVERRIDE",
    "CAP_MKNOD",           "CAP_NET_ADMIN",    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",   "CAP_NET_RAW",      "CAP_PERFMON",
    "CAP_SETFCAP",         "CAP_SETGID",       "CAP_SETPCAP",
    "CAP_SETUID",          "CAP_SYSLOG",       "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",        "CAP_SYS_CHROOT",   "CAP_SYS_MODULE",
    "CAP_SYS_NICE",        "CAP_SYS_PACCT",    "CAP_SYS_PTRACE",
    "CAP_SYS_RAWIO",       "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",  "CAP_WAKE_ALARM",
};

bool spec_is_capability(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(capability_names); i++)
        if (strcmp(name, capability_names[i]) == 0)
            return true;
    return false;
}

/* getrlimit(2) */
static const char *const rlimit_types[] = {
    "RLIMIT_AS",      "RLIMIT_CORE",     "RLIMIT_CPU",        "RLIMIT_DATA",   "RLIMIT_FSIZE", "RLIMIT_LOCKS",
    "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE",       "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS",
    "RLIMIT_RTPRIO",  "RLIMIT_RTTIME",   "RLIMIT_SIGPENDING", "RLIMIT_STACK",  NULL,
};

/* config.md, "POSIX process": unknown types and duplicates are errors; setrlimit(2): soft is at most hard. */
static int check_rlimits(const struct spec_check *check, const struct spec_process *process,
                         const struct json_place *above)
{
    const struct spec_rlimit *items = process->rlimits.items;
    const struct json_place *place = PLACE_MEMBER(above, "rlimits");
    bool seen[ARRAY_LENGTH(rlimit_types)] = {false};

    for (size_t i = 0; i < process->rlimits.count; i++) {
        const struct json_place *here = PLACE_ITEM(place, i);
        size_t type = 0;

        if (spec_check_word(check, PLACE_MEMBER(here, "type"), items[i].type, rlimit_types,
                            "a resource limit") < 0)
            return -1;
        while (strcmp(rlimit_types[type], items[i].type) != 0)
            type++;
        if (seen[type])
            return spec_refuse(check, PLACE_MEMBER(here, "type"), "%s is given twice", items[i].type);
        seen[type] = true;
        if (items[i].soft > items[i].hard)
            return spec_refuse(
                check, PLACE_MEMBER(here, "soft"),
                "the soft limit of %s, %llu, is above the hard limit, %llu: setrlimit(2) refuses that",
                items[i].type, (unsigned long long)items[i].soft, (unsigned long long)items[i].hard);
    }
    return 0;
}

static const char *const scheduler_policies[] = {"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR",       "SCHED_BATCH",
                                                 "SCHED_ISO",   "SCHED_IDLE", "SCHED_DEADLINE", NULL};
static const char *const scheduler_flags[] = {"SCHED_FLAG_RESET_ON_FORK",  "SCHED_FLAG_RECLAIM",
                                              "SCHED_FLAG_DL_OVERRUN",     "SCHED_FLAG_KEEP_POLICY",
                                              "SCHED_FLAG_KEEP_PARAMS",    "SCHED_FLAG_UTIL_CLAMP_MIN",
                                              "SCHED_FLAG_UTIL_CLAMP_MAX", NULL};

/* config.md, "Linux Process", scheduler; sched_setattr(2): which members go with which policy. */
static int check_scheduler(const struct spec_check *check, const struct spec_process *process,
                           const struct json_place *above)
{
    const struct spec_scheduler *scheduler = process->scheduler;
    const struct json_place *place = PLACE_MEMBER(above, "scheduler");
    bool realtime, deadline;

    if (scheduler == NULL)
        return 0;
    if (spec_check_word(check, PLACE_MEMBER(place, "policy"), scheduler->policy, scheduler_policies,
                        "a scheduling policy") < 0 ||
        spec_check_words(check, PLACE_MEMBER(place, "flags"), &scheduler->flags, scheduler_flags,
                         "a scheduling flag") < 0)
        return -1;
    if (strcmp(scheduler->policy, "SCHED_ISO") == 0)
        return spec_refuse(check, PLACE_MEMBER(place, "policy"),
                           "Linux reserves SCHED_ISO and has never implemented it");
    realtime = strcmp(scheduler->policy, "SCHED_FIFO") == 0 || strcmp(scheduler->policy, "SCHED_RR") == 0;
    deadline = strcmp(scheduler->policy, "SCHED_DEADLINE") == 0;
    if (realtime && scheduler->priority == 0)
        return spec_refuse(check, PLACE_MEMBER(place, "priority"), "%s needs a priority from 1 to 99",
                           scheduler->policy);
    if (!realtime && scheduler->priority != 0)
        return spec_refuse(check, PLACE_MEMBER(place, "priority"),
                           "only SCHED_FIFO and SCHED_RR have a priority");
    if (!deadline && (scheduler->runtime_ns != 0 || scheduler->deadline_ns != 0 || scheduler->period_ns != 0))
        return spec_refuse(check, place, "only SCHED_DEADLINE has runtime, deadline and period");
    if (!deadline)
        return 0;
    if (scheduler->runtime_ns == 0 || scheduler->deadline_ns == 0)
        return spec_refuse(check, place, "SCHED_DEADLINE needs runtime and deadline");
    /* A period of 0 means: the deadline. */
    if (scheduler->runtime_ns > scheduler->deadline_ns ||
        (scheduler->period_ns != 0 && scheduler->deadline_ns > scheduler->period_ns))
        return spec_refuse(check, place, "SCHED_DEADLINE needs runtime <= deadline <= period");
    return 0;
}

static const char *const io_classes[] = {"IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE", NULL};

/* config.md, "Linux Process", ioPriority and execCPUAffinity */
static int check_io_and_affinity(const struct spec_check *check, const struct spec_process *process,
                                 const struct json_place *place)
{
    const struct spec_cpu_affinity *affinity = process->exec_cpu_affinity;
    const struct json_place *affinity_place = PLACE_MEMBER(place, "execCPUAffinity");

    if (process->io_priority != NULL &&
        spec_check_word(check, PLACE_MEMBER(PLACE_MEMBER(place, "ioPriority"), "class"),
                        process->io_priority->class_name, io_classes, "an I/O scheduling class") < 0)
        return -1;
    if (affinity == NULL)
        return 0;
    if (affinity->initial != NULL && spec_check_number_list(check, PLACE_MEMBER(affinity_place, "initial"),
                                                            affinity->initial, SPEC_CPU_MAX) < 0)
        return -1;
    if (affinity->final != NULL && spec_check_number_list(check, PLACE_MEMBER(affinity_place, "final"),
                                                          affinity->final, SPEC_CPU_MAX) < 0)
        return -1;
    return 0;
}

/* Labels are written into attribute files: one line each. */
static int check_labels(const struct spec_check *check, const struct spec_process *process,
                        const struct json_place *place)
{
    if (process->apparmor_profile != NULL &&
        spec_check_plain(check, PLACE_MEMBER(place, "apparmorProfile"), process->apparmor_profile,
                         "the profile's name") < 0)
        return -1;
    if (process->selinux_label != NULL &&
        spec_check_plain(check, PLACE_MEMBER(place, "selinuxLabel"), process->selinux_label, "the label") < 0)
        return -1;
    return 0;
}

int spec_check_process(const struct spec_check *check, const struct spec_process *process,
                       const struct json_place *place)
{
    if (check_command(check, process, place) < 0 || check_environment(check, process, place) < 0 ||
        check_console_size(check, process, place) < 0 || check_groups(check, process, place) < 0 ||
        check_rlimits(check, process, place) < 0 || check_scheduler(check, process, place) < 0 ||
        check_io_and_affinity(check, process, place) < 0 || check_labels(check, process, place) < 0)
        return -1;
    if (process->command_line != NULL)
        spec_note(check, PLACE_MEMBER(place, "commandLine"), "for another platform: ignored");
    /* The specification's schema requires neither the object nor its ids; peers take 0 for what is missing.
     */
    if (process->user == NULL)
        spec_note(check, PLACE_MEMBER(place, "user"), "missing: user 0, group 0");
    else if (process->user->username != NULL)
        spec_note(check, PLACE_MEMBER(PLACE_MEMBER(place, "user"), "username"),
                  "for another platform: ignored");
    return 0;
}
