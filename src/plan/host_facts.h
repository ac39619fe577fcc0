/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host is and can do, as data: linux/host_probe.c observes it, a file can stand in for it
 * (`--host-facts`), and the plan is built from nothing else. Only facts that change a plan or that `features`
 * shows belong here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "json/table.h"

enum cgroup_layout {
    CGROUP_LAYOUT_NONE,    /* no cgroup v2 anywhere */
    CGROUP_LAYOUT_UNIFIED, /* pure v2, mounted at cgroup_mount */
    CGROUP_LAYOUT_HYBRID,  /* v1 hierarchies, and a v2 tree at cgroup_mount */
};

struct host_facts {
    uint32_t version; /* of this document: 1 */
    const char *kernel_release;
    const char *architecture; /* seccomp's native name: "SCMP_ARCH_X86_64" */

    uint32_t uid, gid;              /* effective ids of the runtime */
    bool in_user_namespace;         /* uid_map is not the identity over all ids */
    uint64_t capabilities;          /* effective set of the runtime, a bit each */
    uint64_t capabilities_bounding; /* its bounding set */
    uint32_t last_capability;
    bool setgroups_allowed;       /* /proc/self/setgroups */
    uint32_t lowest_unmapped_gid; /* the first group id that our user namespace does not map; 0: not observed,
                                     or all are */

    int cgroup_layout;        /* enum cgroup_layout */
    const char *cgroup_mount; /* where v2 is mounted, "/sys/fs/cgroup" */
    const char *cgroup_own;   /* the runtime's own v2 cgroup, "/user.slice/…"; "/" when unknown */
    struct json_strings cgroup_controllers; /* of the v2 root */
    struct json_strings hugepage_sizes;     /* "2MB", "1GB" */
    bool cgroup_writable;                   /* a cgroup can be made beneath the default parent */

    bool apparmor, selinux; /* active, not only compiled in */
    bool landlock;
    uint32_t landlock_abi;
    bool memfd_noexec; /* vm.memfd_noexec forbids executable memfds */

    /* Kernel interfaces; each missing one has a named fallback or a clear error. */
    bool has_clone3, has_clone_into_cgroup, has_openat2, has_mount_api, has_mount_setattr,
        has_idmapped_mounts, has_close_range, has_pidfd, has_cgroup_kill, has_time_namespace,
        has_seccomp_notify, has_seccomp_wait_killable, has_cgroup_device_bpf, has_procfs_subset;
    const char *newuidmap, *newgidmap; /* host paths of the helpers, NULL: none */
};

extern const struct json_table host_facts_table;

/* Read a host facts document (strict: an unknown member is an error). */
int host_facts_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                     struct host_facts *facts, struct error *error);
