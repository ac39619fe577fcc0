/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a bundle requests: OCI runtime-spec 1.3, Linux, as structs. Pure data; const once parsed.
 *
 * The structs mirror config.json member by member (names in our spelling); spec/tables_*.c holds the rows
 * that decode and encode them, spec/validate.c the rules that span members. Everything lives in the arena
 * given to spec_parse. Pointers to sub-objects are NULL when the member is absent; optional scalars have a
 * has_… flag.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "json/table.h"

struct spec_id_mapping {
    uint32_t container_id, host_id, size;
};

struct spec_user {
    uint32_t uid, gid; /* 0 when not given */
    uint32_t umask;
    bool has_uid, has_gid, has_umask;
    struct json_uint32s additional_gids;
    const char *username; /* Windows only: reported */
};

struct spec_console_size {
    uint64_t height, width;
};

/* Sets of capability names, as written ("CAP_CHOWN"). */
struct spec_capabilities {
    struct json_strings bounding, effective, inheritable, permitted, ambient;
};

struct spec_rlimit {
    const char *type;
    uint64_t hard, soft;
};

struct spec_scheduler {
    const char *policy;
    int32_t nice, priority;
    bool has_nice, has_priority;
    struct json_strings flags;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

struct spec_io_priority {
    const char *class_name;
    int64_t priority;
    bool has_priority;
};

struct spec_cpu_affinity {
    const char *initial, *final; /* lists such as "0-3,7" */
};

struct spec_process {
    bool terminal, has_terminal;
    const struct spec_console_size *console_size;
    const struct spec_user *user; /* NULL: user 0, group 0 */
    struct json_strings args;
    const char *command_line; /* Windows only: reported */
    struct json_strings environment;
    const char *cwd;
    const struct spec_capabilities *capabilities;
    struct json_structs rlimits; /* struct spec_rlimit */
    bool no_new_privileges, has_no_new_privileges;
    const char *apparmor_profile;
    int32_t oom_score_adj;
    bool has_oom_score_adj;
    const struct spec_scheduler *scheduler;
    const char *selinux_label;
    const struct spec_io_priority *io_priority;
    const struct spec_cpu_affinity *exec_cpu_affinity;
};

struct spec_root {
    const char *path;
    bool readonly, has_readonly;
};

struct spec_mount {
    const char *destination, *type, *source;
    struct json_strings options;
    struct json_structs uid_mappings, gid_mappings; /* struct spec_id_mapping */
    struct json_origin origin;
};

struct spec_hook {
    const char *path;
    struct json_strings args, environment;
    int64_t timeout_s;
    bool has_timeout;
};

struct spec_hooks {
    struct json_structs prestart, create_runtime, create_container, start_container, poststart,
        poststop; /* struct spec_hook */
};

struct spec_namespace {
    const char *type, *path;
    struct json_origin origin;
};

struct spec_device {
    const char *path, *type;
    int64_t major, minor;
    bool has_major, has_minor;
    uint32_t file_mode;
    bool has_file_mode;
    uint32_t uid, gid;
    bool has_uid, has_gid;
};

struct spec_net_device {
    const char *name; /* in the container; NULL: the key */
};

struct spec_device_rule {
    bool allow, has_allow;
    const char *type;     /* "a", "c", "b"; NULL: "a" */
    int64_t major, minor; /* absent or -1: any */
    bool has_major, has_minor;
    const char *access;
};

struct spec_memory {
    int64_t limit, reservation, swap, kernel, kernel_tcp; /* bytes; -1: unlimited; 0: unset */
    bool has_limit, has_reservation, has_swap, has_kernel, has_kernel_tcp;
    uint64_t swappiness;
    bool has_swappiness;
    bool disable_oom_killer, has_disable_oom_killer;
    bool use_hierarchy, has_use_hierarchy;
    bool check_before_update, has_check_before_update;
};

struct spec_cpu {
    uint64_t shares, burst, period, realtime_period;
    bool has_shares, has_burst, has_period, has_realtime_period;
    int64_t quota, realtime_runtime, idle;
    bool has_quota, has_realtime_runtime, has_idle;
    const char *cpus, *mems;
};

struct spec_pids {
    int64_t limit;
    bool has_limit;
};

struct spec_weight_device {
    int64_t major, minor;
    uint16_t weight, leaf_weight;
    bool has_weight, has_leaf_weight;
};

struct spec_throttle_device {
    int64_t major, minor;
    uint64_t rate;
};

struct spec_block_io {
    uint16_t weight, leaf_weight;
    bool has_weight, has_leaf_weight;
    struct json_structs weight_device; /* struct spec_weight_device */
    struct json_structs throttle_read_bps, throttle_write_bps, throttle_read_iops,
        throttle_write_iops; /* struct spec_throttle_device */
};

struct spec_hugepage_limit {
    const char *page_size; /* "2MB" */
    uint64_t limit;
};

struct spec_interface_priority {
    const char *name;
    uint32_t priority;
};

struct spec_network_resources {
    uint32_t class_id;
    bool has_class_id;
    struct json_structs priorities; /* struct spec_interface_priority */
};

struct spec_rdma {
    uint32_t hca_handles, hca_objects;
    bool has_hca_handles, has_hca_objects;
};

struct spec_resources {
    struct json_structs devices; /* struct spec_device_rule */
    const struct spec_memory *memory;
    const struct spec_cpu *cpu;
    const struct spec_pids *pids;
    const struct spec_block_io *block_io;
    struct json_structs hugepage_limits; /* struct spec_hugepage_limit */
    const struct spec_network_resources *network;
    struct json_struct_map rdma; /* struct spec_rdma */
    struct json_string_map unified;
};

struct spec_seccomp_argument {
    uint32_t index;
    uint64_t value, value_two;
    bool has_value_two;
    const char *operator_name; /* SCMP_CMP_… */
};

struct spec_seccomp_rule {
    struct json_strings names;
    const char *action; /* SCMP_ACT_… */
    uint32_t errno_return;
    bool has_errno_return;
    struct json_structs arguments; /* struct spec_seccomp_argument */
    struct json_origin origin;
};

struct spec_seccomp {
    const char *default_action;
    uint32_t default_errno_return;
    bool has_default_errno_return;
    struct json_strings architectures, flags;
    const char *listener_path, *listener_metadata;
    struct json_structs rules; /* struct spec_seccomp_rule */
};

struct spec_intel_rdt {
    const char *clos_id;
    struct json_strings schemata;
    const char *l3_cache_schema, *memory_bandwidth_schema;
    bool enable_monitoring, has_enable_monitoring;
    bool enable_cmt, has_enable_cmt, enable_mbm, has_enable_mbm; /* 1.2 and before */
};

struct spec_memory_policy {
    const char *mode, *nodes;
    struct json_strings flags;
};

struct spec_personality {
    const char *domain;
    struct json_strings flags;
};

struct spec_time_offset {
    int64_t seconds;
    uint32_t nanoseconds;
};

struct spec_linux {
    struct json_structs uid_mappings, gid_mappings; /* struct spec_id_mapping */
    struct json_string_map sysctl;
    const struct spec_resources *resources;
    const char *cgroups_path;
    struct json_structs namespaces;     /* struct spec_namespace */
    struct json_structs devices;        /* struct spec_device */
    struct json_struct_map net_devices; /* struct spec_net_device */
    const struct spec_seccomp *seccomp;
    const char *rootfs_propagation;
    struct json_strings masked_paths, readonly_paths;
    const char *mount_label;
    const struct spec_intel_rdt *intel_rdt;
    const struct spec_memory_policy *memory_policy;
    const struct spec_personality *personality;
    struct json_struct_map time_offsets; /* struct spec_time_offset; keys "monotonic", "boottime" */
};

struct spec {
    const char *oci_version;
    const struct spec_process *process;
    const struct spec_root *root;
    const char *hostname, *domainname;
    struct json_structs mounts; /* struct spec_mount */
    const struct spec_hooks *hooks;
    struct json_string_map annotations;
    const struct spec_linux *linux_part;
    const struct json_value *windows, *solaris, *vm, *zos, *freebsd; /* kept, reported, never acted on */
};

/* The items of a json_structs member as their type: SPEC_ITEMS(spec->mounts, struct spec_mount)[i]. */
#define SPEC_ITEMS(list, type) ((const type *)(list).items)

/*
 * Parse and validate one config.json. bytes: the whole document, read once by the caller. name: for messages.
 * notes: what was ignored (unknown members, parts for other platforms); may not be NULL. The result lives in
 * the arena. Errors: ERROR_INVALID / ERROR_LIMIT, one line with file:line:column and JSON pointer.
 */
int spec_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
               struct json_notes *notes, const struct spec **spec, struct error *error);

/* The same; *tree: what the document says as it stands there, for whoever wants to know where. */
int spec_parse_keeping(const char *bytes, size_t length, const char *name, struct arena *arena,
                       struct json_notes *notes, const struct spec **spec, const struct json_value **tree,
                       struct error *error);

/* Parse one process object (`exec --process FILE`), with the same rules. */
int spec_parse_process(const char *bytes, size_t length, const char *name, struct arena *arena,
                       struct json_notes *notes, const struct spec_process **process, struct error *error);

/* Parse one resources object (`update --resources FILE`). */
int spec_parse_resources(const char *bytes, size_t length, const char *name, struct arena *arena,
                         struct json_notes *notes, const struct spec_resources **resources,
                         struct error *error);

/* Write a spec as config.json; decoding the result gives an equal spec. */
void spec_encode(struct text *text, const struct spec *spec, unsigned int indent);
void spec_encode_process(struct text *text, const struct spec_process *process, unsigned int indent);

/* The tables, for other documents that contain these objects (state record, plan of hooks). */
extern const struct json_table spec_table, spec_process_table, spec_resources_table, spec_hooks_table,
    spec_hook_table, spec_id_mapping_table, spec_linux_table, spec_seccomp_table;

/* Rules that span members, each with its section of the specification; called by spec_parse. spec/validate.c.
 */
int spec_validate(const struct spec *spec, const char *name, struct error *error);
int spec_validate_process(const struct spec_process *process, const char *name, struct error *error);
int spec_validate_resources(const struct spec_resources *resources, const char *name, struct error *error);

/* A name as in capabilities(7), with its "CAP_". config.md leaves unknown ones to a warning: the plan's. */
bool spec_is_capability(const char *name);

/* The default configuration that `thwart spec` writes; rootless: with a user namespace mapping uid/gid to
 * root. */
const struct spec *spec_default(struct arena *arena, bool rootless, uint32_t uid, uint32_t gid);
