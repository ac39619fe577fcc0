/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of linux.resources (config-linux.md); the same for `update --resources`. Zero means "not set" where
 * engines write it so. */
#include "spec/check.h"

#include <string.h>
#include "base/memory.h"

enum {
    WEIGHT_MIN = 10, /* of blkio (cgroup v1), whose numbers OCI uses */
    WEIGHT_MAX = 1000,
    PERIOD_MIN_US = 1000, /* kernel/sched: min_cfs_quota_period, max_cfs_quota_period */
    PERIOD_MAX_US = 1000000,
};

/* config-linux.md, "Allowed Device list" */
static int check_device_rules(const struct spec_check *check, const struct spec_resources *resources,
                              const struct json_place *above)
{
    static const char *const types[] = {"a", "c", "b", NULL};
    const struct json_place *place = PLACE_MEMBER(above, "devices");

    for (size_t i = 0; i < resources->devices.count; i++) {
        const struct spec_device_rule *rule = &SPEC_ITEMS(resources->devices, struct spec_device_rule)[i];
        const struct json_place *here = PLACE_ITEM(place, i);

        if (rule->type != NULL && rule->type[0] != '\0' &&
            spec_check_word(check, PLACE_MEMBER(here, "type"), rule->type, types, "a device type of a rule") <
                0)
            return -1;
        if (rule->access != NULL && rule->access[strspn(rule->access, "rwm")] != '\0')
            return spec_refuse(check, PLACE_MEMBER(here, "access"),
                               "expected some of the letters r, w and m, found \"%.100s\"", rule->access);
    }
    return 0;
}

/* config-linux.md, "Memory": swap is memory plus swap, so it cannot be below the limit. */
static int check_memory(const struct spec_check *check, const struct spec_resources *resources,
                        const struct json_place *above)
{
    const struct spec_memory *memory = resources->memory;
    const struct json_place *place = PLACE_MEMBER(above, "memory");

    if (memory == NULL)
        return 0;
    if (memory->swap > 0 && memory->limit > 0 && memory->swap < memory->limit)
        return spec_refuse(check, PLACE_MEMBER(place, "swap"),
                           "swap, %lld, is memory and swap together: it cannot be below limit, %lld",
                           (long long)memory->swap, (long long)memory->limit);
    if (memory->swap > 0 && memory->limit == -1)
        return spec_refuse(check, PLACE_MEMBER(place, "swap"), "a limit of swap needs a limit of memory");
    return 0;
}

static int check_period(const struct spec_check *check, uint64_t period_us, const struct json_place *place)
{
    if (period_us != 0 && (period_us < PERIOD_MIN_US || period_us > PERIOD_MAX_US))
        return spec_refuse(check, place, "expected 0 or %d to %d microseconds, found %llu", PERIOD_MIN_US,
                           PERIOD_MAX_US, (unsigned long long)period_us);
    return 0;
}

/* config-linux.md, "CPU": burst is no larger than quota; the kernel's bounds of the period. */
static int check_cpu(const struct spec_check *check, const struct spec_resources *resources,
                     const struct json_place *above)
{
    const struct spec_cpu *cpu = resources->cpu;
    const struct json_place *place = PLACE_MEMBER(above, "cpu");

    if (cpu == NULL)
        return 0;
    if (check_period(check, cpu->period, PLACE_MEMBER(place, "period")) < 0)
        return -1;
    if (cpu->quota > 0 && cpu->quota < PERIOD_MIN_US)
        return spec_refuse(check, PLACE_MEMBER(place, "quota"),
                           "expected -1, 0 or at least %d microseconds, found %lld", PERIOD_MIN_US,
                           (long long)cpu->quota);
    if (cpu->quota > 0 && cpu->burst > (uint64_t)cpu->quota)
        return spec_refuse(check, PLACE_MEMBER(place, "burst"), "burst, %llu, is larger than quota, %lld",
                           (unsigned long long)cpu->burst, (long long)cpu->quota);
    if (cpu->realtime_runtime > 0 && cpu->realtime_period != 0 &&
        (uint64_t)cpu->realtime_runtime > cpu->realtime_period)
        return spec_refuse(check, PLACE_MEMBER(place, "realtimeRuntime"),
                           "realtimeRuntime is larger than realtimePeriod");
    if (cpu->cpus != NULL &&
        spec_check_number_list(check, PLACE_MEMBER(place, "cpus"), cpu->cpus, SPEC_CPU_MAX) < 0)
        return -1;
    if (cpu->mems != NULL &&
        spec_check_number_list(check, PLACE_MEMBER(place, "mems"), cpu->mems, SPEC_NODE_MAX) < 0)
        return -1;
    return 0;
}

static int check_weight(const struct spec_check *check, uint16_t weight, const struct json_place *place)
{
    if (weight != 0 && (weight < WEIGHT_MIN || weight > WEIGHT_MAX))
        return spec_refuse(check, place, "expected 0 (not set) or %d to %d, found %u", WEIGHT_MIN, WEIGHT_MAX,
                           weight);
    return 0;
}

/* config-linux.md, "Block IO": a weightDevice entry MUST have weight or leafWeight. */
static int check_block_io(const struct spec_check *check, const struct spec_resources *resources,
                          const struct json_place *above)
{
    const struct spec_block_io *io = resources->block_io;
    const struct json_place *place = PLACE_MEMBER(above, "blockIO");
    const struct json_place *devices = PLACE_MEMBER(place, "weightDevice");

    if (io == NULL)
        return 0;
    if (check_weight(check, io->weight, PLACE_MEMBER(place, "weight")) < 0 ||
        check_weight(check, io->leaf_weight, PLACE_MEMBER(place, "leafWeight")) < 0)
        return -1;
    for (size_t i = 0; i < io->weight_device.count; i++) {
        const struct spec_weight_device *device =
            &SPEC_ITEMS(io->weight_device, struct spec_weight_device)[i];
        const struct json_place *here = PLACE_ITEM(devices, i);

        if (!device->has_weight && !device->has_leaf_weight)
            return spec_refuse(check, here, "expected weight, leafWeight or both");
        if (check_weight(check, device->weight, PLACE_MEMBER(here, "weight")) < 0 ||
            check_weight(check, device->leaf_weight, PLACE_MEMBER(here, "leafWeight")) < 0)
            return -1;
    }
    return 0;
}

/* "64KB", "2MB", "1GB": it becomes a part of a file's name. */
static bool is_page_size(const char *size)
{
    size_t digits = strspn(size, "0123456789");

    return digits > 0 && digits < 10 && size[0] != '0' && strchr("KMG", size[digits]) != NULL &&
           size[digits] != '\0' && strcmp(size + digits + 1, "B") == 0;
}

/* config-linux.md, "Huge page limits" */
static int check_hugepages(const struct spec_check *check, const struct spec_resources *resources,
                           const struct json_place *above)
{
    const struct json_place *place = PLACE_MEMBER(above, "hugepageLimits");

    for (size_t i = 0; i < resources->hugepage_limits.count; i++) {
        const char *size = SPEC_ITEMS(resources->hugepage_limits, struct spec_hugepage_limit)[i].page_size;

        if (!is_page_size(size))
            return spec_refuse(check, PLACE_MEMBER(PLACE_ITEM(place, i), "pageSize"),
                               "expected a page size such as \"64KB\", \"2MB\" or \"1GB\", found \"%.100s\"",
                               size);
    }
    return 0;
}

/* config-linux.md, "Network" and "RDMA": names go into lines with blanks between the fields. */
static int check_network_and_rdma(const struct spec_check *check, const struct spec_resources *resources,
                                  const struct json_place *above)
{
    const struct json_place *priorities = PLACE_MEMBER(PLACE_MEMBER(above, "network"), "priorities");
    const struct json_place *rdma = PLACE_MEMBER(above, "rdma");

    for (size_t i = 0; resources->network != NULL && i < resources->network->priorities.count; i++) {
        const char *name = SPEC_ITEMS(resources->network->priorities, struct spec_interface_priority)[i].name;

        if (!spec_is_interface_name(name))
            return spec_refuse(check, PLACE_MEMBER(PLACE_ITEM(priorities, i), "name"),
                               "\"%.100s\" is no name of a network interface", name);
    }
    for (size_t i = 0; i < resources->rdma.count; i++) {
        const struct spec_rdma *limits = &SPEC_ITEMS(resources->rdma, struct spec_rdma)[i];
        const char *name = resources->rdma.keys[i];
        const struct json_place *here = PLACE_MEMBER(rdma, name);

        if (name[0] == '\0' || strpbrk(name, " =/") != NULL || text_has_control(name))
            return spec_refuse(check, here, "\"%.100s\" is no name of an RDMA device", name);
        if (!limits->has_hca_handles && !limits->has_hca_objects)
            return spec_refuse(check, here, "expected hcaHandles, hcaObjects or both");
    }
    return 0;
}

/* config-linux.md, "Unified": each key is a file of the container's own cgroup. Those that the runtime works
 * with are not for bundles. */
static int check_unified(const struct spec_check *check, const struct spec_resources *resources,
                         const struct json_place *above)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    static const char *const reserved[] = {"cgroup.procs",  "cgroup.threads",         "cgroup.kill",
                                           "cgroup.freeze", "cgroup.subtree_control", "cgroup.type"};
    const struct json_place *place = PLACE_MEMBER(above, "unified");

    for (size_t i = 0; i < resources->unified.count; i++) {
        const char *key = resources->unified.items[i].key;
        const struct json_place *here = PLACE_MEMBER(place, key);

        if (key[0] == '.' || strchr(key, '.') == NULL || key[strspn(key, allowed)] != '\0')
            return spec_refuse(check, here,
                               "\"%.100s\" is no cgroup file: expected a name such as \"memory.high\"", key);
        for (size_t j = 0; j < ARRAY_LENGTH(reserved); j++)
            if (strcmp(key, reserved[j]) == 0)
                return spec_refuse(check, here, "%s belongs to the runtime", key);
    }
    return 0;
}

int spec_check_resources(const struct spec_check *check, const struct spec_resources *resources,
                         const struct json_place *place)
{
    if (check_device_rules(check, resources, place) < 0 || check_memory(check, resources, place) < 0 ||
        check_cpu(check, resources, place) < 0 || check_block_io(check, resources, place) < 0 ||
        check_hugepages(check, resources, place) < 0 || check_network_and_rdma(check, resources, place) < 0 ||
        check_unified(check, resources, place) < 0)
        return -1;
    return 0;
}
