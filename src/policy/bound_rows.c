/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table: what each key of the language bounds, and how two of its values meet. */
#include "policy/bound_rows.h"

#include "base/memory.h"

/* Rows: id, rule, member, place in struct policy, …. */
#define LEVEL(id, rule, member, place, ...)                                                                  \
    {                                                                                                        \
        id, rule, member, offsetof(struct policy, place), POLICY_BOUND_LEVEL, POLICY_BOUND_EXACT,            \
            {__VA_ARGS__}, false                                                                             \
    }
#define NUMBER(id, rule, member, place, kind)                                                                \
    {                                                                                                        \
        id, rule, member, offsetof(struct policy, place), POLICY_BOUND_##kind, POLICY_BOUND_EXACT, {NULL},   \
            false                                                                                            \
    }
#define ALLOW(id, rule, member, place, match)                                                                \
    {                                                                                                        \
        id, rule, member, offsetof(struct policy, place), POLICY_BOUND_ALLOW, POLICY_BOUND_##match, {NULL},  \
            false                                                                                            \
    }
#define FORBID(id, rule, member, place)                                                                      \
    {                                                                                                        \
        id, rule, member, offsetof(struct policy, place), POLICY_BOUND_FORBID, POLICY_BOUND_EXACT, {NULL},   \
            false                                                                                            \
    }
#define WHOLE(id, rule, place)                                                                               \
    {                                                                                                        \
        id, rule, "", offsetof(struct policy, place), POLICY_BOUND_WHOLE, POLICY_BOUND_EXACT, {NULL}, false  \
    }
#define COMMAND(id, rule, place)                                                                             \
    {                                                                                                        \
        id, rule, "commands", offsetof(struct policy, place), POLICY_BOUND_ALLOW, POLICY_BOUND_NAMES,        \
            {NULL}, true                                                                                     \
    }

static const struct policy_bound_row rows[] = {
    FORBID("TW0101", "image.signature", "", image.signature.rule),
    ALLOW("TW0102", "image.digests", "", image.digests.rule, EXACT),
    LEVEL("TW0103", "image.integrity", "value", image.integrity.rule, "\"none\"", "\"manifest-only\"",
          "\"bound-walk\"", "\"bound-layers\"", "\"bound-verity\""),
    LEVEL("TW0103", "image.integrity", "reread", image.integrity.rule, "", "\"once-per-boot\"", "\"always\""),
    LEVEL("TW0201", "process.user", "root", process.user.rule, "\"allow\"", "\"deny\""),
    ALLOW("TW0202", "process.user", "uids", process.user.rule, RANGES),
    ALLOW("TW0203", "process.user", "gids", process.user.rule, RANGES),
    LEVEL("TW0204", "process.noNewPrivileges", "", process.no_new_privileges.rule, "false", "true"),
    ALLOW("TW0205", "process.capabilities", "allow", process.capabilities.rule, EXACT),
    FORBID("TW0205", "process.capabilities", "deny", process.capabilities.rule),
    NUMBER("TW0206", "process.rlimits", "*", process.rlimits.rule, MOST),
    FORBID("TW0207", "process.environment", "deny", process.environment.rule),
    LEVEL("TW0208", "process.apparmor", "require", process.apparmor.rule, "", "\"confined\""),
    ALLOW("TW0208", "process.apparmor", "allow", process.apparmor.rule, NAMES),
    LEVEL("TW0209", "process.selinux", "require", process.selinux.rule, "", "\"confined\""),
    ALLOW("TW0209", "process.selinux", "allow", process.selinux.rule, NAMES),
    NUMBER("TW0210", "process.oomScoreAdj", "min", process.oom_score_adj.rule, LEAST),
    LEVEL("TW0212", "process.privileged", "", process.privileged.rule, "\"allow\"", "\"deny\""),
    FORBID("TW0301", "namespaces.private", "", namespaces.private_types.rule),
    ALLOW("TW0302", "namespaces.join", "allow", namespaces.join.rule, PATHS),
    LEVEL("TW0401", "filesystem.rootReadonly", "", filesystem.root_readonly.rule, "false", "true"),
    ALLOW("TW0402", "filesystem.mounts", "types", filesystem.mounts.rule, EXACT),
    ALLOW("TW0403", "filesystem.mounts", "sources", filesystem.mounts.rule, TREES),
    FORBID("TW0403", "filesystem.mounts", "deny", filesystem.mounts.rule),
    FORBID("TW0406", "filesystem.options", "", filesystem.options.rule),
    FORBID("TW0407", "filesystem.maskedPaths", "", filesystem.masked_paths.rule),
    FORBID("TW0408", "filesystem.readonlyPaths", "", filesystem.readonly_paths.rule),
    ALLOW("TW0409", "filesystem.propagation", "", filesystem.propagation.rule, REACHES),
    ALLOW("TW0501", "devices.allow", "", devices.rule, EXACT),
    NUMBER("TW0601", "resources.memory", "", resources.memory.rule, MOST),
    NUMBER("TW0602", "resources.swap", "", resources.swap.rule, MOST),
    NUMBER("TW0603", "resources.pids", "", resources.pids.rule, MOST),
    NUMBER("TW0604", "resources.cpu", "", resources.cpu.rule, MOST),
    FORBID("TW0605", "resources.io", "", resources.io.rule),
    NUMBER("TW0606", "resources.hugepages", "*", resources.hugepages.rule, MOST),
    ALLOW("TW0701", "sysctls.allow", "", sysctls.rule, NAMES),
    WHOLE("TW0801", "syscalls", syscalls.rule),
    LEVEL("TW0802", "syscalls.filter", "", syscalls.filter_rule, "\"any\"", "\"engine\"", "\"required\""),
    ALLOW("TW1001", "hooks.allow", "", hooks.rule, EXACT),
    ALLOW("TW1101", "annotations.acting", "allow", annotations.rule, NAMES),
    WHOLE("TW1301", "landlock", landlock.rule),
    COMMAND("TW1401", "lifecycle.exec", lifecycle.exec.rule),
    COMMAND("TW1402", "lifecycle.update", lifecycle.update.rule),
    COMMAND("TW1403", "lifecycle.checkpoint", lifecycle.checkpoint.rule),
    NUMBER("TW0003", "lifecycle.maxLifetime", "", lifecycle.max_lifetime_rule, MOST),
    WHOLE("TW0003", "network", network.rule),
    WHOLE("TW0003", "drift", drift.rule),
    WHOLE("TW0003", "onViolation", on_violation.rule),
    LEVEL("TW0002", "unknownFields", "", unknown_fields.rule, "\"note\"", "\"refuse\""),
};

const struct policy_bound_row *policy_bound_rows(size_t *count)
{
    *count = ARRAY_LENGTH(rows);
    return rows;
}
