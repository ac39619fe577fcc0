/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of linux.resources (config-linux.md, "Control groups" and on). */
#include "spec/spec.h"

#include <stddef.h>
#include "base/memory.h"
#include "spec/tables.h"

/* The kernel's dev_t: 12 bits of major, 20 bits of minor. -1 in a rule: any. */
enum { MAJOR_MAX = 4095, MINOR_MAX = 1048575 };

static const struct json_field device_rule_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_device_rule, allow, "allow", JSON_KIND_BOOLEAN, .required = true),
    JSON_FIELD(struct spec_device_rule, type, "type", JSON_KIND_STRING),
    JSON_FIELD_FLAGGED(struct spec_device_rule, major, "major", JSON_KIND_INT64, .minimum = -1,
                       .maximum = MAJOR_MAX),
    JSON_FIELD_FLAGGED(struct spec_device_rule, minor, "minor", JSON_KIND_INT64, .minimum = -1,
                       .maximum = MINOR_MAX),
    JSON_FIELD(struct spec_device_rule, access, "access", JSON_KIND_STRING),
};
static const struct json_table device_rule_table =
    JSON_TABLE(struct spec_device_rule, "device rule", device_rule_rows);

/* Bytes; -1 means no limit. */
#define BYTES .minimum = -1, .maximum = INT64_MAX
static const struct json_field memory_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_memory, limit, "limit", JSON_KIND_INT64, BYTES),
    JSON_FIELD_FLAGGED(struct spec_memory, reservation, "reservation", JSON_KIND_INT64, BYTES),
    JSON_FIELD_FLAGGED(struct spec_memory, swap, "swap", JSON_KIND_INT64, BYTES),
    JSON_FIELD_FLAGGED(struct spec_memory, kernel, "kernel", JSON_KIND_INT64, BYTES),
    JSON_FIELD_FLAGGED(struct spec_memory, kernel_tcp, "kernelTCP", JSON_KIND_INT64, BYTES),
    JSON_FIELD_FLAGGED(struct spec_memory, swappiness, "swappiness", JSON_KIND_UINT64,
                       .maximum_unsigned = 100),
    JSON_FIELD_FLAGGED(struct spec_memory, disable_oom_killer, "disableOOMKiller", JSON_KIND_BOOLEAN),
    JSON_FIELD_FLAGGED(struct spec_memory, use_hierarchy, "useHierarchy", JSON_KIND_BOOLEAN),
    JSON_FIELD_FLAGGED(struct spec_memory, check_before_update, "checkBeforeUpdate", JSON_KIND_BOOLEAN),
};
static const struct json_table memory_table = JSON_TABLE(struct spec_memory, "memory", memory_rows);

static const struct json_field cpu_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_cpu, shares, "shares", JSON_KIND_UINT64),
    JSON_FIELD_FLAGGED(struct spec_cpu, quota, "quota", JSON_KIND_INT64, .minimum = -1, .maximum = INT64_MAX),
    JSON_FIELD_FLAGGED(struct spec_cpu, burst, "burst", JSON_KIND_UINT64),
    JSON_FIELD_FLAGGED(struct spec_cpu, period, "period", JSON_KIND_UINT64),
    JSON_FIELD_FLAGGED(struct spec_cpu, realtime_runtime, "realtimeRuntime", JSON_KIND_INT64, .minimum = -1,
                       .maximum = INT64_MAX),
    JSON_FIELD_FLAGGED(struct spec_cpu, realtime_period, "realtimePeriod", JSON_KIND_UINT64),
    JSON_FIELD(struct spec_cpu, cpus, "cpus", JSON_KIND_STRING),
    JSON_FIELD(struct spec_cpu, mems, "mems", JSON_KIND_STRING),
    JSON_FIELD_FLAGGED(struct spec_cpu, idle, "idle", JSON_KIND_INT64, .minimum = 0, .maximum = 1),
};
static const struct json_table cpu_table = JSON_TABLE(struct spec_cpu, "cpu", cpu_rows);

static const struct json_field pids_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_pids, limit, "limit", JSON_KIND_INT64, .minimum = -1,
                       .maximum = INT64_MAX),
};
static const struct json_table pids_table = JSON_TABLE(struct spec_pids, "pids", pids_rows);

#define NUMBERS(type)                                                                                        \
    JSON_FIELD(type, major, "major", JSON_KIND_INT64, .required = true, .minimum = 0, .maximum = MAJOR_MAX), \
        JSON_FIELD(type, minor, "minor", JSON_KIND_INT64, .required = true, .minimum = 0,                    \
                   .maximum = MINOR_MAX)

static const struct json_field weight_device_rows[] = {
    NUMBERS(struct spec_weight_device),
    JSON_FIELD_FLAGGED(struct spec_weight_device, weight, "weight", JSON_KIND_UINT16),
    JSON_FIELD_FLAGGED(struct spec_weight_device, leaf_weight, "leafWeight", JSON_KIND_UINT16),
};
static const struct json_table weight_device_table =
    JSON_TABLE(struct spec_weight_device, "weightDevice entry", weight_device_rows);

static const struct json_field throttle_device_rows[] = {
    NUMBERS(struct spec_throttle_device),
    JSON_FIELD(struct spec_throttle_device, rate, "rate", JSON_KIND_UINT64, .required = true),
};
static const struct json_table throttle_device_table =
    JSON_TABLE(struct spec_throttle_device, "throttle entry", throttle_device_rows);

static const struct json_field block_io_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_block_io, weight, "weight", JSON_KIND_UINT16),
    JSON_FIELD_FLAGGED(struct spec_block_io, leaf_weight, "leafWeight", JSON_KIND_UINT16),
    JSON_FIELD(struct spec_block_io, weight_device, "weightDevice", JSON_KIND_STRUCTS,
               .table = &weight_device_table),
    JSON_FIELD(struct spec_block_io, throttle_read_bps, "throttleReadBpsDevice", JSON_KIND_STRUCTS,
               .table = &throttle_device_table),
    JSON_FIELD(struct spec_block_io, throttle_write_bps, "throttleWriteBpsDevice", JSON_KIND_STRUCTS,
               .table = &throttle_device_table),
    JSON_FIELD(struct spec_block_io, throttle_read_iops, "throttleReadIOPSDevice", JSON_KIND_STRUCTS,
               .table = &throttle_device_table),
    JSON_FIELD(struct spec_block_io, throttle_write_iops, "throttleWriteIOPSDevice", JSON_KIND_STRUCTS,
               .table = &throttle_device_table),
};
static const struct json_table block_io_table = JSON_TABLE(struct spec_block_io, "blockIO", block_io_rows);

static const struct json_field hugepage_limit_rows[] = {
    JSON_FIELD(struct spec_hugepage_limit, page_size, "pageSize", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_hugepage_limit, limit, "limit", JSON_KIND_UINT64, .required = true),
};
static const struct json_table hugepage_limit_table =
    JSON_TABLE(struct spec_hugepage_limit, "hugepage limit", hugepage_limit_rows);

/* These numbers are no ids: all 32 bits are good. */
#define ALL_32_BITS .maximum_unsigned = UINT32_MAX
static const struct json_field interface_priority_rows[] = {
    JSON_FIELD(struct spec_interface_priority, name, "name", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_interface_priority, priority, "priority", JSON_KIND_UINT32, .required = true,
               ALL_32_BITS),
};
static const struct json_table interface_priority_table =
    JSON_TABLE(struct spec_interface_priority, "interface priority", interface_priority_rows);

static const struct json_field network_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_network_resources, class_id, "classID", JSON_KIND_UINT32, ALL_32_BITS),
    JSON_FIELD(struct spec_network_resources, priorities, "priorities", JSON_KIND_STRUCTS,
               .table = &interface_priority_table),
};
static const struct json_table network_table =
    JSON_TABLE(struct spec_network_resources, "network", network_rows);

static const struct json_field rdma_rows[] = {
    JSON_FIELD_FLAGGED(struct spec_rdma, hca_handles, "hcaHandles", JSON_KIND_UINT32, ALL_32_BITS),
    JSON_FIELD_FLAGGED(struct spec_rdma, hca_objects, "hcaObjects", JSON_KIND_UINT32, ALL_32_BITS),
};
static const struct json_table rdma_table = JSON_TABLE(struct spec_rdma, "rdma entry", rdma_rows);

static const struct json_field resources_rows[] = {
    JSON_FIELD(struct spec_resources, devices, "devices", JSON_KIND_STRUCTS, .table = &device_rule_table),
    JSON_FIELD(struct spec_resources, memory, "memory", JSON_KIND_STRUCT, .table = &memory_table),
    JSON_FIELD(struct spec_resources, cpu, "cpu", JSON_KIND_STRUCT, .table = &cpu_table),
    JSON_FIELD(struct spec_resources, pids, "pids", JSON_KIND_STRUCT, .table = &pids_table),
    JSON_FIELD(struct spec_resources, block_io, "blockIO", JSON_KIND_STRUCT, .table = &block_io_table),
    JSON_FIELD(struct spec_resources, hugepage_limits, "hugepageLimits", JSON_KIND_STRUCTS,
               .table = &hugepage_limit_table),
    JSON_FIELD(struct spec_resources, network, "network", JSON_KIND_STRUCT, .table = &network_table),
    JSON_FIELD(struct spec_resources, rdma, "rdma", JSON_KIND_STRUCT_MAP, .table = &rdma_table),
    JSON_FIELD(struct spec_resources, unified, "unified", JSON_KIND_STRING_MAP),
};
const struct json_table spec_resources_table = JSON_TABLE(struct spec_resources, "resources", resources_rows);
