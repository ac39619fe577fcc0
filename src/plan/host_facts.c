/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host facts as a document: `thwart features --host-facts` writes it, `--host-facts FILE` reads it. */
#include "plan/host_facts.h"

#include "base/memory.h"
#include "json/json.h"

enum { DOCUMENT_VERSION = 1, CAPABILITY_MAX = 63, DOCUMENT_BYTES_MAX = 1024 * 1024 };

static const struct json_word layouts[] = {{"none", CGROUP_LAYOUT_NONE},
                                           {"unified", CGROUP_LAYOUT_UNIFIED},
                                           {"hybrid", CGROUP_LAYOUT_HYBRID},
                                           {NULL, 0}};

/* key, kind, member, and what else the row says */
#define ROW(name, type, member, ...)                                                                         \
    {                                                                                                        \
        .key = name, .kind = type, .offset = offsetof(struct host_facts, member),                            \
        .presence = JSON_NO_PRESENCE, ##__VA_ARGS__                                                          \
    }

static const struct json_field fields[] = {
    ROW("version", JSON_KIND_UINT32, version, .required = true, .maximum_unsigned = DOCUMENT_VERSION),
    ROW("kernelRelease", JSON_KIND_STRING, kernel_release),
    ROW("architecture", JSON_KIND_STRING, architecture),
    ROW("uid", JSON_KIND_UINT32, uid, .required = true),
    ROW("gid", JSON_KIND_UINT32, gid, .required = true),
    ROW("inUserNamespace", JSON_KIND_BOOLEAN, in_user_namespace),
    ROW("capabilities", JSON_KIND_UINT64, capabilities, .required = true),
    ROW("capabilitiesBounding", JSON_KIND_UINT64, capabilities_bounding, .required = true),
    ROW("lastCapability", JSON_KIND_UINT32, last_capability, .required = true,
        .maximum_unsigned = CAPABILITY_MAX),
    ROW("setgroupsAllowed", JSON_KIND_BOOLEAN, setgroups_allowed),
    ROW("lowestUnmappedGid", JSON_KIND_UINT32, lowest_unmapped_gid),
    ROW("cgroupLayout", JSON_KIND_ENUM, cgroup_layout, .required = true, .words = layouts),
    ROW("cgroupMount", JSON_KIND_STRING, cgroup_mount),
    ROW("cgroupOwn", JSON_KIND_STRING, cgroup_own),
    ROW("cgroupControllers", JSON_KIND_STRINGS, cgroup_controllers),
    ROW("hugepageSizes", JSON_KIND_STRINGS, hugepage_sizes),
    ROW("cgroupWritable", JSON_KIND_BOOLEAN, cgroup_writable),
    ROW("apparmor", JSON_KIND_BOOLEAN, apparmor),
    ROW("selinux", JSON_KIND_BOOLEAN, selinux),
    ROW("landlock", JSON_KIND_BOOLEAN, landlock),
    ROW("landlockAbi", JSON_KIND_UINT32, landlock_abi),
    ROW("memfdNoexec", JSON_KIND_BOOLEAN, memfd_noexec),
    ROW("hasClone3", JSON_KIND_BOOLEAN, has_clone3),
    ROW("hasCloneIntoCgroup", JSON_KIND_BOOLEAN, has_clone_into_cgroup),
    ROW("hasOpenat2", JSON_KIND_BOOLEAN, has_openat2),
    ROW("hasMountApi", JSON_KIND_BOOLEAN, has_mount_api),
    ROW("hasMountSetattr", JSON_KIND_BOOLEAN, has_mount_setattr),
    ROW("hasIdmappedMounts", JSON_KIND_BOOLEAN, has_idmapped_mounts),
    ROW("hasCloseRange", JSON_KIND_BOOLEAN, has_close_range),
    ROW("hasPidfd", JSON_KIND_BOOLEAN, has_pidfd),
    ROW("hasCgroupKill", JSON_KIND_BOOLEAN, has_cgroup_kill),
    ROW("hasTimeNamespace", JSON_KIND_BOOLEAN, has_time_namespace),
    ROW("hasSeccompNotify", JSON_KIND_BOOLEAN, has_seccomp_notify),
    ROW("hasSeccompWaitKillable", JSON_KIND_BOOLEAN, has_seccomp_wait_killable),
    ROW("hasCgroupDeviceBpf", JSON_KIND_BOOLEAN, has_cgroup_device_bpf),
    ROW("hasProcfsSubset", JSON_KIND_BOOLEAN, has_procfs_subset),
    ROW("newuidmap", JSON_KIND_STRING, newuidmap),
    ROW("newgidmap", JSON_KIND_STRING, newgidmap),
};

const struct json_table host_facts_table = {
    .name = "host facts",
    .size = sizeof(struct host_facts),
    .fields = fields,
    .count = ARRAY_LENGTH(fields),
    .origin = JSON_NO_PRESENCE,
};

int host_facts_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                     struct host_facts *facts, struct error *error)
{
    const struct json_limits limits = {.bytes = DOCUMENT_BYTES_MAX};
    const struct json_decoding decoding = {.name = name, .arena = arena};
    struct json_value *root;

    if (json_read(bytes, length, name, &limits, arena, &root, error) < 0 ||
        json_decode(&decoding, &host_facts_table, root, facts, error) < 0)
        return -1;
    if (facts->version != DOCUMENT_VERSION)
        return error_set(error, ERROR_INVALID,
                         "%s: /version: %u is not %d, the only version of host facts there is", name,
                         facts->version, DOCUMENT_VERSION);
    return 0;
}
