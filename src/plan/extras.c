/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What few containers ask for: network devices that move in, and a class of Intel's resource control. */
#include "plan/builder.h"

#include <sched.h>
#include <string.h>

int plan_build_net_devices(struct plan_builder *builder, struct error *error)
{
    const struct json_struct_map *from = &builder->linux_part->net_devices;
    const struct spec_net_device *values = from->items;
    uint64_t own = builder->plan->namespaces.new_flags | builder->plan->namespaces.join_flags;
    struct plan_net_device *devices;

    if (from->count == 0)
        return 0;
    if ((own & CLONE_NEWNET) == 0)
        return error_set(
            error, ERROR_INVALID,
            "/linux/netDevices: \"%s\" cannot be moved: the container has no network namespace of its own",
            from->keys[0]);
    devices = arena_array(builder->arena, from->count, sizeof(*devices));
    for (size_t i = 0; i < from->count; i++) {
        const char *name = values[i].name;

        devices[i] = (struct plan_net_device){
            .host_name = from->keys[i],
            .container_name = name != NULL && name[0] != '\0' ? name : from->keys[i],
        };
    }
    builder->plan->net_devices = devices;
    builder->plan->net_device_count = from->count;
    return 0;
}

static size_t add_schema(const char **items, size_t count, const char *schema)
{
    if (schema != NULL && schema[0] != '\0')
        items[count++] = schema;
    return count;
}

/* OCI config-linux.md, "IntelRdt": the two old members first, schemata last; a class without a name is ours,
 * by the container's id. */
int plan_build_intel_rdt(struct plan_builder *builder, struct error *error)
{
    const struct spec_intel_rdt *from = builder->linux_part->intel_rdt;
    struct plan_intel_rdt *plan;
    const char **schemata;
    size_t count = 0;

    if (from == NULL)
        return 0;
    plan = arena_allocate(builder->arena, sizeof(*plan));
    plan->create = from->clos_id == NULL || from->clos_id[0] == '\0';
    plan->clos_id = plan->create ? builder->inputs->id : from->clos_id;
    if (strcmp(plan->clos_id, ".") == 0 || strcmp(plan->clos_id, "..") == 0 ||
        (strchr(plan->clos_id, '/') != NULL && strcmp(plan->clos_id, "/") != 0))
        return error_set(error, ERROR_INVALID, "/linux/intelRdt/closID: \"%s\" is no name of a class",
                         plan->clos_id);
    schemata = arena_array(builder->arena, from->schemata.count + 3, sizeof(*schemata));
    count = add_schema(schemata, count, from->l3_cache_schema);
    count = add_schema(schemata, count, from->memory_bandwidth_schema);
    for (size_t i = 0; i < from->schemata.count; i++)
        count = add_schema(schemata, count, from->schemata.items[i]);
    plan->schemata = (struct plan_strings){.items = schemata, .count = count};
    plan->create_if_missing = !plan->create && count > 0;
    plan->enable_monitoring = from->enable_monitoring;
    if (from->enable_cmt || from->enable_mbm)
        plan_builder_note(
            builder, "/linux/intelRdt",
            "enableCMT and enableMBM are left out: OCI 1.3 has enableMonitoring in their place");
    builder->plan->intel_rdt = plan;
    return 0;
}
