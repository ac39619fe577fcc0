/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the member "linux" without resources and seccomp (config-linux.md). */
#include "spec/spec.h"

#include <stddef.h>
#include "base/memory.h"
#include "spec/tables.h"

/* A mapping's size may be the whole range of ids but (uid_t)-1: 4294967295 of them. */
static const struct json_field id_mapping_rows[] = {
    JSON_FIELD(struct spec_id_mapping, container_id, "containerID", JSON_KIND_UINT32, .required = true),
    JSON_FIELD(struct spec_id_mapping, host_id, "hostID", JSON_KIND_UINT32, .required = true),
    JSON_FIELD(struct spec_id_mapping, size, "size", JSON_KIND_UINT32, .required = true,
               .maximum_unsigned = UINT32_MAX),
};
const struct json_table spec_id_mapping_table =
    JSON_TABLE(struct spec_id_mapping, "ID mapping", id_mapping_rows);

static const struct json_field namespace_rows[] = {
    JSON_FIELD(struct spec_namespace, type, "type", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_namespace, path, "path", JSON_KIND_STRING),
};
const struct json_table spec_namespace_table =
    JSON_TABLE_PLACED(struct spec_namespace, "namespace", namespace_rows);

/* fileMode: permissions, and as engines write it, the file type too (S_IFMT: 0170000). */
static const struct json_field device_rows[] = {
    JSON_FIELD(struct spec_device, path, "path", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_device, type, "type", JSON_KIND_STRING, .required = true),
    JSON_FIELD_FLAGGED(struct spec_device, major, "major", JSON_KIND_INT64),
    JSON_FIELD_FLAGGED(struct spec_device, minor, "minor", JSON_KIND_INT64),
    JSON_FIELD_FLAGGED(struct spec_device, file_mode, "fileMode", JSON_KIND_UINT32,
                       .maximum_unsigned = 0177777),
    JSON_FIELD_FLAGGED(struct spec_device, uid, "uid", JSON_KIND_UINT32),
    JSON_FIELD_FLAGGED(struct spec_device, gid, "gid", JSON_KIND_UINT32),
};
const struct json_table spec_device_table = JSON_TABLE(struct spec_device, "device", device_rows);

static const struct json_field net_device_rows[] = {
    JSON_FIELD(struct spec_net_device, name, "name", JSON_KIND_STRING),
};
const struct json_table spec_net_device_table =
    JSON_TABLE(struct spec_net_device, "network device", net_device_rows);

static const struct json_field intel_rdt_rows[] = {
    JSON_FIELD(struct spec_intel_rdt, clos_id, "closID", JSON_KIND_STRING),
    JSON_FIELD(struct spec_intel_rdt, schemata, "schemata", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_intel_rdt, l3_cache_schema, "l3CacheSchema", JSON_KIND_STRING),
    JSON_FIELD(struct spec_intel_rdt, memory_bandwidth_schema, "memBwSchema", JSON_KIND_STRING),
    JSON_FIELD_FLAGGED(struct spec_intel_rdt, enable_monitoring, "enableMonitoring", JSON_KIND_BOOLEAN),
    JSON_FIELD_FLAGGED(struct spec_intel_rdt, enable_cmt, "enableCMT", JSON_KIND_BOOLEAN),
    JSON_FIELD_FLAGGED(struct spec_intel_rdt, enable_mbm, "enableMBM", JSON_KIND_BOOLEAN),
};
const struct json_table spec_intel_rdt_table = JSON_TABLE(struct spec_intel_rdt, "intelRdt", intel_rdt_rows);

static const struct json_field memory_policy_rows[] = {
    JSON_FIELD(struct spec_memory_policy, mode, "mode", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_memory_policy, nodes, "nodes", JSON_KIND_STRING),
    JSON_FIELD(struct spec_memory_policy, flags, "flags", JSON_KIND_STRINGS),
};
const struct json_table spec_memory_policy_table =
    JSON_TABLE(struct spec_memory_policy, "memoryPolicy", memory_policy_rows);

static const struct json_field personality_rows[] = {
    JSON_FIELD(struct spec_personality, domain, "domain", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_personality, flags, "flags", JSON_KIND_STRINGS),
};
const struct json_table spec_personality_table =
    JSON_TABLE(struct spec_personality, "personality", personality_rows);

static const struct json_field time_offset_rows[] = {
    JSON_FIELD(struct spec_time_offset, seconds, "secs", JSON_KIND_INT64),
    JSON_FIELD(struct spec_time_offset, nanoseconds, "nanosecs", JSON_KIND_UINT32,
               .maximum_unsigned = 999999999),
};
const struct json_table spec_time_offset_table =
    JSON_TABLE(struct spec_time_offset, "time offset", time_offset_rows);

static const struct json_field linux_rows[] = {
    JSON_FIELD(struct spec_linux, uid_mappings, "uidMappings", JSON_KIND_STRUCTS,
               .table = &spec_id_mapping_table),
    JSON_FIELD(struct spec_linux, gid_mappings, "gidMappings", JSON_KIND_STRUCTS,
               .table = &spec_id_mapping_table),
    JSON_FIELD(struct spec_linux, sysctl, "sysctl", JSON_KIND_STRING_MAP),
    JSON_FIELD(struct spec_linux, resources, "resources", JSON_KIND_STRUCT, .table = &spec_resources_table),
    JSON_FIELD(struct spec_linux, cgroups_path, "cgroupsPath", JSON_KIND_STRING),
    JSON_FIELD(struct spec_linux, namespaces, "namespaces", JSON_KIND_STRUCTS,
               .table = &spec_namespace_table),
    JSON_FIELD(struct spec_linux, devices, "devices", JSON_KIND_STRUCTS, .table = &spec_device_table),
    JSON_FIELD(struct spec_linux, net_devices, "netDevices", JSON_KIND_STRUCT_MAP,
               .table = &spec_net_device_table),
    JSON_FIELD(struct spec_linux, seccomp, "seccomp", JSON_KIND_STRUCT, .table = &spec_seccomp_table),
    JSON_FIELD(struct spec_linux, rootfs_propagation, "rootfsPropagation", JSON_KIND_STRING),
    JSON_FIELD(struct spec_linux, masked_paths, "maskedPaths", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_linux, readonly_paths, "readonlyPaths", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_linux, mount_label, "mountLabel", JSON_KIND_STRING),
    JSON_FIELD(struct spec_linux, intel_rdt, "intelRdt", JSON_KIND_STRUCT, .table = &spec_intel_rdt_table),
    JSON_FIELD(struct spec_linux, memory_policy, "memoryPolicy", JSON_KIND_STRUCT,
               .table = &spec_memory_policy_table),
    JSON_FIELD(struct spec_linux, personality, "personality", JSON_KIND_STRUCT,
               .table = &spec_personality_table),
    JSON_FIELD(struct spec_linux, time_offsets, "timeOffsets", JSON_KIND_STRUCT_MAP,
               .table = &spec_time_offset_table),
};
const struct json_table spec_linux_table = JSON_TABLE(struct spec_linux, "linux", linux_rows);
