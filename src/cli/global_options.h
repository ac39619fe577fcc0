/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options before the command: the same for all of them. */
#pragma once

#include <stdbool.h>
#include "cli/options.h"
#include "json/table.h"
#include "plan/plan.h"

struct global_options {
    const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless, *configuration;
    const char *delegate, *delegate_root;
    struct json_strings policies, delegate_options;
    bool debug, systemd_cgroup, allow_socketcall, version;
};

extern const struct option_table global_option_table;

/* The manager that --cgroup-manager and --systemd-cgroup ask for; ERROR_UNSUPPORTED for what this build
 * cannot do. */
int global_cgroup_manager(const struct global_options *options, enum plan_cgroup_manager *manager,
                          struct error *error);

/* What --version and --help print. */
void global_version(struct text *text);
void global_help(struct text *text);
