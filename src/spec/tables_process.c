/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of process and what is below it (config.md, "Process"). Ranges that concern one member alone stand
 * here. */
#include "spec/spec.h"

#include <stddef.h>
#include "base/memory.h"
#include "spec/tables.h"

static const struct json_field user_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_user, uid, "uid", JSON_KIND_UINT32),
    JSON_FIELD_FLAGGED(struct spec_user, gid, "gid", JSON_KIND_UINT32),
    JSON_FIELD_FLAGGED(struct spec_user, umask, "umask", JSON_KIND_UINT32, .maximum_unsigned = 0777),
    JSON_FIELD(struct spec_user, additional_gids, "additionalGids", JSON_KIND_UINT32S),
    JSON_FIELD(struct spec_user, username, "username", JSON_KIND_STRING),
};
static const struct json_table user_table = JSON_TABLE(struct spec_user, "user", user_rows);

static const struct json_field console_size_rows[] = {
    JSON_FIELD(struct spec_console_size, height, "height", JSON_KIND_UINT64, .required = true),
    JSON_FIELD(struct spec_console_size, width, "width", JSON_KIND_UINT64, .required = true),
};
static const struct json_table console_size_table =
    JSON_TABLE(struct spec_console_size, "consoleSize", console_size_rows);

static const struct json_field capabilities_rows[] = {
    JSON_FIELD(struct spec_capabilities, bounding, "bounding", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_capabilities, effective, "effective", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_capabilities, inheritable, "inheritable", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_capabilities, permitted, "permitted", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_capabilities, ambient, "ambient", JSON_KIND_STRINGS),
};
static const struct json_table capabilities_table =
    JSON_TABLE(struct spec_capabilities, "capabilities", capabilities_rows);

static const struct json_field rlimit_rows[] = {
    JSON_FIELD(struct spec_rlimit, type, "type", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_rlimit, hard, "hard", JSON_KIND_UINT64, .required = true),
    JSON_FIELD(struct spec_rlimit, soft, "soft", JSON_KIND_UINT64, .required = true),
};
static const struct json_table rlimit_table = JSON_TABLE(struct spec_rlimit, "rlimit", rlimit_rows);

static const struct json_field scheduler_rows[] = {
    JSON_FIELD(struct spec_scheduler, policy, "policy", JSON_KIND_STRING, .required = true),
    JSON_FIELD_FLAGGED(struct spec_scheduler, nice, "nice", JSON_KIND_INT32, .minimum = -20, .maximum = 19),
    JSON_FIELD_FLAGGED(struct spec_scheduler, priority, "priority", JSON_KIND_INT32, .minimum = 0,
                       .maximum = 99),
    JSON_FIELD(struct spec_scheduler, flags, "flags", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_scheduler, runtime_ns, "runtime", JSON_KIND_UINT64),
    JSON_FIELD(struct spec_scheduler, deadline_ns, "deadline", JSON_KIND_UINT64),
    JSON_FIELD(struct spec_scheduler, period_ns, "period", JSON_KIND_UINT64),
};
static const struct json_table scheduler_table =
    JSON_TABLE(struct spec_scheduler, "scheduler", scheduler_rows);

static const struct json_field io_priority_rows[] = {
    JSON_FIELD(struct spec_io_priority, class_name, "class", JSON_KIND_STRING, .required = true),
    JSON_FIELD_FLAGGED(struct spec_io_priority, priority, "priority", JSON_KIND_INT64, .minimum = 0,
                       .maximum = 7),
};
static const struct json_table io_priority_table =
    JSON_TABLE(struct spec_io_priority, "ioPriority", io_priority_rows);

static const struct json_field cpu_affinity_rows[] = {
    JSON_FIELD(struct spec_cpu_affinity, initial, "initial", JSON_KIND_STRING),
    JSON_FIELD(struct spec_cpu_affinity, final, "final", JSON_KIND_STRING),
};
static const struct json_table cpu_affinity_table =
    JSON_TABLE(struct spec_cpu_affinity, "execCPUAffinity", cpu_affinity_rows);

static const struct json_field process_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_process, terminal, "terminal", JSON_KIND_BOOLEAN),
    JSON_FIELD(struct spec_process, console_size, "consoleSize", JSON_KIND_STRUCT,
               .table = &console_size_table),
    JSON_FIELD(struct spec_process, user, "user", JSON_KIND_STRUCT, .table = &user_table),
    JSON_FIELD(struct spec_process, args, "args", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_process, command_line, "commandLine", JSON_KIND_STRING),
    JSON_FIELD(struct spec_process, environment, "env", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_process, cwd, "cwd", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_process, capabilities, "capabilities", JSON_KIND_STRUCT,
               .table = &capabilities_table),
    JSON_FIELD(struct spec_process, rlimits, "rlimits", JSON_KIND_STRUCTS, .table = &rlimit_table),
    JSON_FIELD_FLAGGED(struct spec_process, no_new_privileges, "noNewPrivileges", JSON_KIND_BOOLEAN),
    JSON_FIELD(struct spec_process, apparmor_profile, "apparmorProfile", JSON_KIND_STRING),
    JSON_FIELD_FLAGGED(struct spec_process, oom_score_adj, "oomScoreAdj", JSON_KIND_INT32, .minimum = -1000,
                       .maximum = 1000),
    JSON_FIELD(struct spec_process, scheduler, "scheduler", JSON_KIND_STRUCT, .table = &scheduler_table),
    JSON_FIELD(struct spec_process, selinux_label, "selinuxLabel", JSON_KIND_STRING),
    JSON_FIELD(struct spec_process, io_priority, "ioPriority", JSON_KIND_STRUCT, .table = &io_priority_table),
    JSON_FIELD(struct spec_process, exec_cpu_affinity, "execCPUAffinity", JSON_KIND_STRUCT,
               .table = &cpu_affinity_table),
};
const struct json_table spec_process_table = JSON_TABLE(struct spec_process, "process", process_rows);
