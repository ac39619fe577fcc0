/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a decision needs to know of the host beyond the request, as data: container/observe_request.c gathers
 * it (one fstat or readlink a path, nothing for what no policy asks about), tests write it down. So deciding
 * stays pure. What was not observed is judged by its words alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/digest.h"
#include "json/table.h"

struct policy_path_fact {
    const char *path; /* as the request has it; relative ones made absolute by the bundle */
    bool exists;
    /* Without symlinks; of what does not exist: the nearest directory above that does, and the rest as
     * written. NULL: unknown. Then something that exists is where no path of ours leads to it (another mount
     * namespace's, deleted). */
    const char *resolved;
    uint64_t device, inode; /* the same object however it is named; 0, 0 when it does not exist */
    bool is_socket, is_directory, is_device;
    char device_type; /* of a device: 'c' or 'b' */
    uint32_t device_major, device_minor;
    bool
        is_proc_or_sys; /* lies on a file system that is the kernel itself: proc, sysfs, cgroup, debugfs, … */
    bool has_digest;    /* hooks only */
    struct digest digest;
    bool digest_is_named; /* a policy names it: what was decided may hang on the contents */
};

/* A mount of the host whose file system is the kernel itself (policy/kernel_files.h). */
struct policy_mount_fact {
    const char *type;  /* "proc" */
    const char *root;  /* what of the file system is mounted: "/" is all of it */
    const char *point; /* where */
};

struct policy_namespace_fact {
    const char *type, *path; /* as the request has them */
    bool exists;
    bool is_host;           /* the same namespace as the host's init or as the runtime's own */
    bool is_of_type;        /* it is a namespace of that type */
    uint64_t device, inode; /* of the namespace; 0, 0: it could not be looked at */
    bool has_mappings;      /* a user namespace's, as the runtime's own has them */
    struct json_structs uid_mappings, gid_mappings; /* struct spec_id_mapping */
};

struct policy_rlimit_fact {
    const char *type;    /* "RLIMIT_NOFILE" */
    uint64_t soft, hard; /* UINT64_MAX: unlimited */
};

struct policy_host {
    uint32_t kernel_major, kernel_minor;
    const char *architecture; /* "SCMP_ARCH_X86_64"; NULL: unknown */
    uint32_t landlock_abi;    /* 0: none */
    bool apparmor, selinux;
    bool device_program;             /* cgroup device BPF can be loaded */
    struct json_strings controllers; /* of cgroup v2 */
    bool rootless;                   /* the runtime is not root on the host */
    /* The runtime's own limits, which a process has that asks for none; none: not observed. */
    const struct policy_rlimit_fact *rlimits;
    size_t rlimit_count;
    struct json_strings hugepage_sizes; /* "2MB"; not present: not observed */
    int32_t oom_score_adj;              /* the runtime's own, likewise */
    bool has_oom_score_adj;
    bool known; /* false: nothing was observed; then nothing is unsupported */
};

struct policy_observed {
    const char *bundle; /* what relative mount sources are relative to; NULL: unknown, they stay relative */
    const struct policy_path_fact *paths; /* mount sources, hooks, and literal paths that policies name */
    size_t path_count;
    bool paths_ordered; /* by strcmp: they are looked up by halves */
    const struct policy_mount_fact
        *kernel_mounts; /* in the mount table's order: what comes later lies on top */
    size_t kernel_mount_count;
    bool kernel_mounts_known; /* false: not looked at, no source could bring some along */
    const struct policy_namespace_fact *namespaces;
    size_t namespace_count;
    struct policy_host host;
    const struct json_notes *notes; /* unknown fields of the request; NULL: none */
    int64_t now_s;                  /* seconds since the epoch, for waivers */
    /* The directory that something was proven of, as the root: nothing is mounted in its place. */
    bool root_proven;
    uint64_t root_device, root_inode;
    bool cgroup_disabled; /* no cgroup will be made: no resource can be bounded */
    bool delegated;       /* another runtime is given what is granted */
};

const struct policy_path_fact *policy_observed_path(const struct policy_observed *observed, const char *path);
const struct policy_namespace_fact *policy_observed_namespace(const struct policy_observed *observed,
                                                              const char *type, const char *path);
