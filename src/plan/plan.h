/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every effect that a container needs, resolved and in order, as data.
 *
 * plan_build() turns a granted request and host facts into this; linux/ walks it and looks at nothing else;
 * `thwart plan` prints it. It holds intents (paths, names, numbers), never descriptors; inodes only of what a
 * policy has judged, to be compared. Strings are borrowed from the grant and the facts or live in the arena
 * given to plan_build: all three must outlive the plan. const once built. Kernel numbers (CLONE_NEW*,
 * MOUNT_ATTR_*, MS_*, RLIMIT_*, capability bits) are already resolved here, names are kept beside them for
 * messages.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"

struct plan_strings {
    const char *const *items; /* NULL-terminated: usable as argv and envp */
    size_t count;
};

struct plan_id_mapping {
    uint32_t container_id, host_id, size;
};

struct plan_id_mappings {
    const struct plan_id_mapping *items;
    size_t count;
};

/* ---- namespaces ---- */

struct plan_note;

struct plan_namespace {
    uint64_t flag;         /* CLONE_NEW… */
    const char *name;      /* "network", the specification's word */
    struct host_path path; /* join this one; text NULL: make a new one */
    bool judged;           /* a policy has decided on this very namespace: another one at path is refused */
    uint64_t judged_device, judged_inode;
};

struct plan_time_offset {
    const char *clock; /* "monotonic", "boottime" */
    int64_t seconds;
    uint32_t nanoseconds;
};

struct plan_namespaces {
    const struct plan_namespace *items; /* user first, then in the order they are entered */
    size_t count;
    uint64_t new_flags;                                 /* of those that are made */
    uint64_t join_flags;                                /* of those that are joined */
    struct plan_id_mappings uid_mappings, gid_mappings; /* for a new user namespace */
    bool deny_setgroups; /* written before gid_map where the runtime lacks the right to map groups freely */
    bool use_mapping_helpers; /* newuidmap / newgidmap write the maps */
    const char *newuidmap, *newgidmap;
    const struct plan_time_offset *time_offsets;
    size_t time_offset_count;
};

/* ---- file systems ---- */

enum plan_mount_kind {
    PLAN_MOUNT_FILESYSTEM, /* a new instance of `type` by fsopen */
    PLAN_MOUNT_BIND,       /* a clone of `source` by open_tree */
    PLAN_MOUNT_CGROUP,     /* cgroup v2: a new mount in a cgroup namespace, else a clone of the host's tree */
    PLAN_MOUNT_REMOUNT,    /* change the attributes of what is mounted at the destination */
};

enum plan_idmap {
    PLAN_IDMAP_NONE,
    PLAN_IDMAP_CONTAINER /* the container's own mappings */,
    PLAN_IDMAP_GIVEN
};

struct plan_option {
    const char *key;
    const char *value; /* NULL: a flag */
};

/* A directory of an overlay that a policy has decided on: another one in its place is not used. */
struct plan_judged_layer {
    const char *path;
    size_t option, offset;  /* where it stands: in the value of options[option] */
    uint64_t device, inode; /* 0, 0: there was none */
};

struct plan_mount {
    enum plan_mount_kind kind;
    const char *type;             /* file system type; "bind" for binds */
    const char *source;           /* for new file systems: the source string, may be NULL */
    struct host_path source_path; /* for binds */
    bool source_no_follow;        /* the source's last component must not be a symlink */
    bool source_judged; /* a policy has decided on this very object: another one at source_path is refused */
    uint64_t judged_device, judged_inode; /* 0, 0: there was none */
    struct container_path destination;    /* normalised */
    bool recursive;                       /* rbind */
    const struct plan_option
        *options; /* fsconfig strings and flags, in order; super block flags ("ro", "sync", …) included */
    size_t option_count;
    const struct plan_judged_layer *judged_layers; /* ordered by option and offset */
    size_t judged_layer_count;
    bool read_only;      /* asked for, whichever layer carries it */
    bool read_only_late; /* a later mount, device or link is made beneath this new file system:
                          * MOUNT_ATTR_RDONLY of attributes_set is applied when all of them are in place,
                          * instead of while detached */
    uint64_t attributes_set, attributes_clear; /* MOUNT_ATTR_*, this mount only */
    uint64_t recursive_set, recursive_clear;   /* MOUNT_ATTR_*, the whole tree (rro, rnosuid, …) */
    const uint64_t
        *propagation; /* MS_SHARED|MS_PRIVATE|MS_SLAVE|MS_UNBINDABLE each with or without MS_REC, in order */
    size_t propagation_count;
    bool copy_up; /* tmpcopyup: the new tmpfs starts with what the rootfs has there */
    enum plan_idmap idmap;
    bool idmap_recursive;                               /* ridmap */
    struct plan_id_mappings uid_mappings, gid_mappings; /* PLAN_IDMAP_GIVEN */
    const char *label;                                  /* SELinux context= value, NULL: none */
    bool optional_fallback_bind_sys; /* sysfs: the network namespace is not ours: bind the host's /sys instead
                                        (rootless) */
    size_t
        index; /* in the configuration's mounts, for messages ("mounts/3"); PLAN_NO_INDEX: made by the plan */
};

#define PLAN_NO_INDEX ((size_t)-1)

enum plan_device_type { PLAN_DEVICE_CHARACTER, PLAN_DEVICE_BLOCK, PLAN_DEVICE_FIFO };

struct plan_device {
    struct container_path path;
    enum plan_device_type type;
    uint32_t major, minor;
    uint32_t mode; /* permission bits only */
    uint32_t uid, gid;
    bool is_default; /* one of the specification's default devices: an existing right node is left alone */
    bool bind_from_host; /* no right to mknod: bind host_path, checked by type and number */
    struct host_path host_path;
};

struct plan_symlink {
    struct container_path path;
    const char *target;
};

/* Files of the kernel to be hidden, or made read-only, in every mount that shows them. */
struct plan_kernel_mask {
    const char *type; /* of the file system: "proc" */
    const char *path; /* in it: "/kcore"; "/": all of it */
    bool read_only;   /* else: hidden */
};

struct plan_rootfs {
    struct host_path path;
    bool judged; /* a policy has decided on this very directory: another one at path is refused */
    uint64_t judged_device, judged_inode;
    bool read_only;
    bool new_mount_namespace; /* false: no mount namespace of its own; then nothing is mounted, only the root
                                 is changed */
    uint64_t
        propagation;            /* MS_… | MS_REC for the old tree before the first mount: MS_SLAVE unless
                                 * configured. With MS_SHARED the old tree's mounts     stay peers of the host's:
                                 * the     rootfs' own mount must be made private before anything is mounted on it */
    uint64_t final_propagation; /* set on "/" after the pivot; 0: none */
    bool no_pivot;              /* MS_MOVE and chroot, for an initramfs: asked for by --no-pivot only */
    bool sources_opened_early;  /* in a user namespace the host's paths may be out of reach: the parent opens
                                   sources before the clone */
    const struct plan_mount *mounts;
    size_t mount_count;
    const struct plan_device *devices;
    size_t device_count;
    const struct plan_symlink *symlinks; /* /dev/fd, /dev/stdin, …, /dev/ptmx */
    size_t symlink_count;
    const struct container_path *masked, *readonly;
    size_t masked_count, readonly_count;
    const struct plan_kernel_mask *kernel_masks; /* policies': wherever the files turn out to be */
    size_t kernel_mask_count;
    const char *mount_label;
};

/* ---- cgroup ---- */

enum plan_cgroup_manager { PLAN_CGROUP_DISABLED, PLAN_CGROUP_FILES, PLAN_CGROUP_SYSTEMD };

struct plan_cgroup_write {
    const char *controller; /* "memory"; "cgroup" for core files */
    const char *file;       /* "memory.max" */
    const char *value;
    const char *pointer;           /* what asked for it: "/linux/resources/memory/limit" */
    bool best_effort_missing_file; /* the file may be absent: an older kernel, or nothing that it could limit
                                      (swap) */
    const struct plan_cgroup_write
        *otherwise; /* written instead where `file` does not exist (io.bfq.weight); NULL: nothing */
};

struct plan_device_rule {
    bool allow;
    char type;            /* 'a', 'c', 'b' */
    int64_t major, minor; /* -1: any */
    uint32_t access;      /* BPF_DEVCG_ACC_* bits */
};

/* A property of a systemd unit, as its D-Bus interface takes it. */
struct plan_unit_property {
    const char *name;           /* "MemoryMax" */
    const char *signature;      /* "t", "s", "b", "as", "ay", "a(st)", "a(ss)": what values are read as */
    struct plan_strings values; /* "t", "i", "b" ("true", "false"), "s": one; "as": each; "ay": each byte as a
                                   number; "a(st)", "a(ss)": two an element */
    const char *pointer;        /* what asked for it; NULL: the plan */
    bool required;  /* a systemd that does not know it is an error; else it is left out and told: the cgroup's
                       files hold the limit in any case */
    uint32_t since; /* the least version of systemd that takes this value; 0: any that knows the property */
};

/* The transient scope that systemd makes and owns (org.freedesktop.systemd1(5)). */
struct plan_systemd_scope {
    bool user_manager; /* of the user's own manager, by the session bus */
    const char *slice, *unit;
    const char *description; /* ours, and tells this container's unit from another's of the same name */
    const struct plan_unit_property *properties;
    size_t property_count;
};

struct plan_cgroup {
    enum plan_cgroup_manager manager;
    const struct plan_systemd_scope *scope; /* PLAN_CGROUP_SYSTEMD only */
    const char *mount;                      /* "/sys/fs/cgroup" */
    const char *path; /* beneath mount, absolute, normalised: "/libpod_parent/libpod-ID"; NULL with systemd,
                         which chooses it */
    bool own_user_namespace_delegate;    /* chown the cgroup to the container's root (rootless, userns with a
                                            cgroup namespace) */
    uint32_t delegate_uid, delegate_gid; /* who that is on the host */
    bool optional; /* rootless without cgroupsPath: no right to make one is not an error, a note says so */
    const char *const *controllers; /* needed, each once */
    size_t controller_count;
    const struct plan_cgroup_write *writes;
    size_t write_count;
    bool has_device_rules;
    const struct plan_device_rule *device_rules; /* in order; the last match wins; nothing matching: denied */
    size_t device_rule_count;
    bool check_memory_usage;       /* update: refuse a memory.max below memory.current (checkBeforeUpdate) */
    const struct plan_note *notes; /* of plan_build_resources only; plan_build puts its own into plan.notes */
    size_t note_count;
};

/* ---- seccomp ---- */

enum plan_seccomp_action {
    PLAN_SECCOMP_KILL_PROCESS,
    PLAN_SECCOMP_KILL_THREAD,
    PLAN_SECCOMP_TRAP,
    PLAN_SECCOMP_ERRNO,
    PLAN_SECCOMP_TRACE,
    PLAN_SECCOMP_LOG,
    PLAN_SECCOMP_ALLOW,
    PLAN_SECCOMP_NOTIFY,
};

enum plan_seccomp_operator {
    PLAN_SECCOMP_NE,
    PLAN_SECCOMP_LT,
    PLAN_SECCOMP_LE,
    PLAN_SECCOMP_EQ,
    PLAN_SECCOMP_GE,
    PLAN_SECCOMP_GT,
    PLAN_SECCOMP_MASKED_EQ,
};

struct plan_seccomp_argument {
    uint32_t index;
    enum plan_seccomp_operator operation;
    uint64_t value, value_two;
};

struct plan_seccomp_rule {
    struct plan_strings names;
    enum plan_seccomp_action action;
    uint16_t data; /* errno or trace number */
    const struct plan_seccomp_argument *arguments;
    size_t argument_count;
    size_t index; /* in the configuration's list, for messages */
};

struct plan_seccomp {
    enum plan_seccomp_action default_action;
    uint16_t default_data;
    bool default_data_given;           /* defaultErrnoRet was set: then unknown calls get it too */
    struct plan_strings architectures; /* SCMP_ARCH_…; empty: the native one */
    uint64_t flags;                    /* SECCOMP_FILTER_FLAG_* of the kernel */
    bool allow_socketcall; /* keep libseccomp's socketcall rule although socket() is filtered by argument
                              (named switch) */
    const struct plan_seccomp_rule *rules;
    size_t rule_count;
    bool notify; /* some action is NOTIFY */
    struct host_path listener_path;
    const char *listener_metadata;
    const struct plan_seccomp
        *also;          /* another filter, of a policy: of all answers the strictest counts; NULL: no more */
    const char *policy; /* whose filter this is: "baseline"; NULL: the bundle's */
};

/* ---- Landlock ---- */

struct plan_landlock_path {
    struct container_path path;
    uint64_t access; /* LANDLOCK_FS_* (plan/landlock_rights.h) */
};
struct plan_landlock_ports {
    uint16_t first, last;
    uint64_t access; /* LANDLOCK_NET_* */
};

/* One layer (landlock(7)): what it handles is refused unless a rule allows it. */
struct plan_landlock {
    const char *policy, *file; /* whose, and where its section stands */
    uint32_t line;
    uint32_t abi; /* pinned: the rights are those of this one, on whatever kernel */
    uint64_t handled_fs, handled_net, scoped;
    uint32_t restrict_flags; /* for landlock_restrict_self(2) */
    const struct plan_landlock_path *paths;
    size_t path_count;
    const struct plan_landlock_ports *ports;
    size_t port_count;
    bool add_loader;   /* what the loader of a dynamic program needs is allowed as well, and told */
    bool skip_missing; /* a path that the container has not got is told and left out; else an error */
};

/* ---- the process ---- */

struct plan_rlimit {
    int resource;        /* RLIMIT_… */
    const char *name;    /* "RLIMIT_NOFILE" */
    uint64_t soft, hard; /* UINT64_MAX: infinity */
};

/* A bit for each capability number. */
struct plan_capabilities {
    uint64_t bounding, effective, inheritable, permitted, ambient;
};

struct plan_scheduler {
    uint32_t policy; /* SCHED_… */
    int32_t nice;
    uint32_t priority;
    uint64_t flags; /* SCHED_FLAG_… */
    uint64_t runtime_ns, deadline_ns, period_ns;
};

struct plan_cpu_set {
    const uint64_t *words; /* bit n: CPU n */
    size_t count;          /* of words; 0: not given */
};

struct plan_memory_policy {
    int mode; /* MPOL_… with MPOL_F_… flags or-ed in */
    struct plan_cpu_set nodes;
};

struct plan_process {
    struct plan_strings args, environment;
    bool find_home; /* HOME is missing or empty: it is what the container's /etc/passwd says of uid */
    const char *search_path; /* PATH of the environment, or the default */
    struct container_path cwd;
    bool create_cwd; /* made after the pivot where missing (init only) */
    bool terminal;
    bool has_console_size;
    uint16_t console_rows, console_columns;
    uint32_t uid, gid;
    const uint32_t *groups;
    size_t group_count;
    bool keep_groups; /* the caller's stay: setgroups is denied in this user namespace (rootless, single id),
                         or the annotation run.oci.keep_original_groups of a rootless container asks for it */
    bool has_umask;
    uint32_t umask;
    bool has_capabilities; /* false: all sets are emptied but for root's bounding set as the specification's
                              default: none */
    struct plan_capabilities capabilities;
    const struct plan_rlimit *rlimits;
    size_t rlimit_count;
    bool no_new_privileges;
    const char *apparmor_profile, *selinux_label; /* NULL: none */
    bool has_oom_score_adj;
    int32_t oom_score_adj;
    const struct plan_scheduler *scheduler; /* NULL: inherited */
    bool has_io_priority;
    int io_priority; /* ioprio value: class << 13 | level */
    struct plan_cpu_set affinity_initial,
        affinity_final; /* of a process that joins; empty for the container's own */
    bool has_personality;
    uint64_t personality;
    const struct plan_memory_policy *memory_policy; /* NULL: inherited */
    const struct plan_seccomp *seccomp;             /* NULL: none */
    const struct plan_landlock *landlock;           /* layers, outermost first */
    size_t landlock_count;
    bool new_keyring;
    const char *keyring_name;
    uint32_t preserve_fds; /* descriptors 3 … 2+n reach the program; LISTEN_FDS' come first and are counted */
    const struct plan_note *notes; /* of plan_build_exec only; plan_build puts its own into plan.notes */
    size_t note_count;
};

/* ---- hooks ---- */

/* A program that a policy has decided on: another one in its place is not run. */
struct plan_judged_program {
    bool present;
    uint64_t device, inode; /* this object; 0, 0: any (by the time of a later command a package may have been
                               updated) */
    const char *place;      /* where it must be, without symlinks; NULL: anywhere */
    const char *sha256;     /* of its contents, hex; NULL: they were no part of the decision */
};

struct plan_hook {
    struct host_path
        path; /* in the runtime's namespaces for host hooks; a container path for startContainer */
    struct plan_strings args, environment; /* environment is all that the hook gets */
    int64_t timeout_ms;                    /* 0: PLAN_HOOK_DEFAULT_TIMEOUT_MS */
    struct plan_judged_program judged;
};

#define PLAN_HOOK_DEFAULT_TIMEOUT_MS                                                                         \
    0 /* the specification sets none: without `timeout` a hook may run for ever */

struct plan_hook_list {
    const struct plan_hook *items;
    size_t count;
};

struct plan_hooks {
    struct plan_hook_list prestart, create_runtime, create_container, start_container, poststart, poststop;
};

/* ---- the rest ---- */

struct plan_sysctl {
    const char *path; /* beneath /proc/sys, '/'-separated: "net/ipv4/ip_forward" */
    const char *key;  /* as configured */
    const char *value;
};

struct plan_net_device {
    const char *host_name, *container_name;
};

struct plan_intel_rdt {
    const char *clos_id;
    struct plan_strings schemata;
    bool create;            /* a class of our own, removed at delete */
    bool create_if_missing; /* a named class with schemata: made where missing, must agree where it exists,
                               never removed */
    bool enable_monitoring;
};

enum plan_note_kind {
    PLAN_NOTE,
    PLAN_NOTE_FOR_LOG, /* a warning that engines cause with every container: not for stderr, which is theirs
                        */
    PLAN_NOTE_WARNING, /* the specification wants it logged as one */
};

/* Something that will not be done, or not in the way it was asked: never silent. */
struct plan_note {
    const char *pointer; /* into the configuration */
    const char *text;
    enum plan_note_kind kind;
};

struct plan {
    const char *id;
    struct host_path bundle; /* absolute */
    const char *oci_version;
    struct plan_namespaces namespaces;
    struct plan_cgroup cgroup;
    struct plan_rootfs rootfs;
    const char *hostname, *domainname; /* NULL: not set */
    const struct plan_sysctl *sysctls;
    size_t sysctl_count;
    const struct plan_net_device *net_devices;
    size_t net_device_count;
    const struct plan_intel_rdt *intel_rdt; /* NULL: none */
    struct plan_hooks hooks;
    const struct plan_process
        *process; /* NULL: the configuration has none (create succeeds, start refuses) */
    struct plan_cpu_set exec_affinity_initial,
        exec_affinity_final;               /* execCPUAffinity: of processes that join and say nothing */
    const struct plan_option *annotations; /* for the state given to hooks and listeners */
    size_t annotation_count;
    const struct plan_note *notes;
    size_t note_count;
};

/* What the command line adds to the request. */
struct plan_inputs {
    const char *id;
    struct host_path bundle; /* absolute */
    enum plan_cgroup_manager cgroup_manager;
    bool no_pivot, no_new_keyring;
    uint32_t preserve_fds; /* --preserve-fds */
    uint32_t
        listen_fds; /* LISTEN_FDS of the caller, 0: none; these come first and are announced to the program */
    const char *notify_socket; /* NOTIFY_SOCKET of the caller, NULL: none; bound at PLAN_NOTIFY_SOCKET */
    bool seccomp_allow_socketcall;
    const struct policy_layers *layers;     /* what policies add to the grant; NULL: nothing */
    const struct policy_observed *observed; /* what policies have judged by; NULL: nothing was looked at */
};

/* Where the program finds the service manager's socket, and what NOTIFY_SOCKET is set to; runc's place. */
#define PLAN_NOTIFY_SOCKET "/run/notify/notify.sock"

struct policy_layers;
struct policy_observed;
struct spec;
struct spec_process;
struct spec_resources;
struct spec_seccomp;
struct host_facts;

/*
 * Resolve a grant into effects. Pure: no file is looked at. Errors: ERROR_UNSUPPORTED for what this host
 * cannot do (naming what is missing and the cure), ERROR_INVALID for what only shows when values are
 * resolved. notes[] holds what is left out.
 */
int plan_build(const struct spec *grant, const struct host_facts *facts, const struct plan_inputs *inputs,
               struct arena *arena, const struct plan **plan, struct error *error);

/* The filters alone: own (NULL: none) and those of layers, chained. For whoever shows a filter; NULL in
 * *plan: there is none. */
int plan_build_filters(const struct spec_seccomp *own, const struct policy_layers *layers,
                       const struct host_facts *facts, struct arena *arena, const struct plan_seccomp **plan,
                       struct error *error);

/* The plan of a process that joins a container: `container` is the container's own plan (its grant, same
 * facts). */
int plan_build_exec(const struct spec_process *process, const struct plan *container,
                    const struct host_facts *facts, const struct plan_inputs *inputs, struct arena *arena,
                    const struct plan_process **plan, struct error *error);

/*
 * Resources alone: the writes that change a running container (`update`), in an order in which no step takes
 * more than the end does. granted: what the container has so far; it completes what v2 keeps in one file
 * (quota and period) or as a difference (swap). The device rules are left out, with a note. cgroup->path is
 * the caller's to fill in.
 */
int plan_build_resources(const struct spec_resources *resources, const struct spec_resources *granted,
                         const struct host_facts *facts, struct arena *arena, struct plan_cgroup *cgroup,
                         struct error *error);

/*
 * The properties of a systemd unit that hold what cgroup->writes writes, for SetUnitProperties beside the
 * files: else systemd would write its own idea again (daemon-reload, systemctl set-property). Files that have
 * no property, and values that none can hold, are left to the files.
 */
void plan_build_unit_properties(const struct plan_cgroup *cgroup, struct arena *arena,
                                const struct plan_unit_property **properties, size_t *count);

/* Every effect in the order in which it will happen: one line each, or one JSON document (docs:
 * thwart-plan.1). */
void plan_print_text(const struct plan *plan, struct text *text);
void plan_print_json(const struct plan *plan, struct text *text);
