/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The global options and what is printed without a command. */
#include "cli/global_options.h"

#include <string.h>
#include "base/memory.h"
#include "cli/command.h"
#include "config.h"

static const char *const log_formats[] = {"text", "json", NULL};
static const char *const log_levels[] = {"error", "warning", "debug", NULL};
static const char *const managers[] = {"cgroupfs", "systemd", "disabled", NULL};
static const char *const rootless_words[] = {"true", "false", "auto", NULL};

#define PLACE(member) offsetof(struct global_options, member)

static const struct option rows[] = {
    {"root", 0, OPTION_STRING, PLACE(root), "DIR",
     "where container states are kept (/run/thwart, or below XDG_RUNTIME_DIR)"},
    {"log", 0, OPTION_STRING, PLACE(log), "FILE",
     "write errors to FILE too (or to journald:NAME, syslog:NAME)"},
    {"log-format", 0, OPTION_WORD, PLACE(log_format), "FORMAT", "of that file: text or json",
     .words = log_formats},
    {"log-level", 0, OPTION_WORD, PLACE(log_level), "LEVEL",
     "what stderr shows: error, warning (default) or debug", .words = log_levels},
    {"debug", 0, OPTION_FLAG, PLACE(debug), NULL, "show on stderr what is left out or done another way"},
    {"cgroup-manager", 0, OPTION_WORD, PLACE(cgroup_manager), "MANAGER",
     "cgroupfs (default), systemd or disabled", .words = managers},
    {"systemd-cgroup", 0, OPTION_BOOLEAN, PLACE(systemd_cgroup), "BOOL",
     "the same as --cgroup-manager systemd"},
    {"allow-socketcall", 0, OPTION_FLAG, PLACE(allow_socketcall), NULL,
     "let 32-bit programs pass a filter on socket() through socketcall()"},
    {"policy", 0, OPTION_LIST, PLACE(policies), "POLICY",
     "a policy that applies, by name or path; may be given again (thwart-policy(5))"},
    {"configuration", 0, OPTION_STRING, PLACE(configuration), "FILE",
     "in place of /etc/thwart/thwart.json (thwart.json(5))"},
    {"delegate", 0, OPTION_STRING, PLACE(delegate), "PROGRAM",
     "decide, and hand what is granted on to this OCI runtime"},
    {"delegate-root", 0, OPTION_STRING, PLACE(delegate_root), "DIR",
     "where that runtime keeps its states (@delegate below ours)"},
    {"delegate-option", 0, OPTION_LIST, PLACE(delegate_options), "OPTION",
     "a global option of that runtime; may be given again"},
    {"rootless", 0, OPTION_WORD, PLACE(rootless), "BOOL",
     "accepted as runc does; rights are looked at, not claimed", .words = rootless_words},
    {"criu", 0, OPTION_REFUSED, 0, NULL,
     "criu is found where programs are, as by runc 1.2 and later: leave the option out (containerd: "
     "CriuPath)"},
    {"version", 'v', OPTION_FLAG, PLACE(version), NULL, "show the version", .other_short_name = 'V'},
};

const struct option_table global_option_table = OPTION_TABLE(rows);

int global_cgroup_manager(const struct global_options *options, enum plan_cgroup_manager *manager,
                          struct error *error)
{
    const char *word = options->cgroup_manager;

    *manager = word != NULL && strcmp(word, "disabled") == 0 ? PLAN_CGROUP_DISABLED : PLAN_CGROUP_FILES;
    if (!options->systemd_cgroup && (word == NULL || strcmp(word, "systemd") != 0))
        return 0;
    *manager = PLAN_CGROUP_SYSTEMD;
    if (!THWART_SYSTEMD)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "this build drives cgroups by files only (it was made without libsystemd) and cannot ask "
            "systemd for them: leave out --systemd-cgroup (Podman: --cgroup-manager=cgroupfs, "
            "containerd: SystemdCgroup=false)");
    return 0;
}

void global_version(struct text *text)
{
    text_append(text, "thwart version " THWART_VERSION "\n");
    text_append(text, "commit: " THWART_COMMIT "\n");
    text_append(text, "spec: 1.3.0\n");
    /* Words as crun has them, for scripts that look for them. */
    text_append(text, "+SELINUX +APPARMOR +CAP +SECCOMP +EBPF +YAJL");
#if THWART_SYSTEMD
    text_append(text, " +SYSTEMD");
#endif
#if THWART_CRIU
    text_append(text, " +CRIU");
#endif
    text_append(text, THWART_STATIC ? " +STATIC\n" : "\n");
}

void global_help(struct text *text)
{
    size_t count;
    const struct command *const *commands = command_all(&count);

    text_append(text, "Usage: thwart [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\nAn OCI runtime that "
                      "enforces policy.\n\nCommands:\n");
    for (size_t i = 0; i < count; i++)
        text_append_format(text, "  %-12s%s\n", commands[i]->name, commands[i]->summary);
    text_append(text, "\nOptions:\n");
    options_describe(&global_option_table, text);
    text_append(text, "\nthwart COMMAND --help says more about a command.\n");
}
