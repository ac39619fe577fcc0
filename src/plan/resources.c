/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources as files of cgroup v2, in the order in which they are written, and the controllers that
 * they need. Zero means "not set" where engines write it so; `unified` comes
 * last and wins.
 */
#include "plan/cgroup_writes.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { WRITES_AT_FIRST = 8, CONTROLLERS_MAX = 16 };

struct plan_cgroup_write *cgroup_writes_add(struct cgroup_writes *writes, const char *file, const char *value,
                                            const char *pointer)
{
    static const char *const known[] = {"cgroup", "memory", "cpu", "cpuset", "io", "pids", "hugetlb", "rdma"};
    struct arena *arena = writes->builder->arena;
    size_t length = strcspn(file, ".");
    const char *controller = NULL;
    struct plan_cgroup_write *write;

    for (size_t i = 0; i < ARRAY_LENGTH(known) && controller == NULL; i++)
        if (strncmp(known[i], file, length) == 0 && known[i][length] == '\0')
            controller = known[i];
    if (writes->count == writes->capacity) {
        size_t capacity = writes->capacity > 0 ? 2 * writes->capacity : WRITES_AT_FIRST;
        struct plan_cgroup_write *items = arena_array(arena, capacity, sizeof(*items));

        if (writes->count > 0)
            memcpy(items, writes->items, writes->count * sizeof(*items));
        writes->items = items;
        writes->capacity = capacity;
    }
    write = &writes->items[writes->count++];
    *write = (struct plan_cgroup_write){
        .controller = controller != NULL ? controller : arena_copy(arena, file, length),
        .file = file,
        .value = value,
        .pointer = pointer,
    };
    return write;
}

struct plan_cgroup_write *cgroup_writes_add_limit(struct cgroup_writes *writes, const char *file,
                                                  int64_t value, const char *pointer)
{
    const char *text = value < 0 ? "max" : arena_format(writes->builder->arena, "%lld", (long long)value);

    return cgroup_writes_add(writes, file, text, pointer);
}

const char *cgroup_writes_granted_file(const struct cgroup_writes *writes, const char *file)
{
    const struct json_string_map *unified = &writes->granted->unified;

    for (size_t i = 0; i < unified->count; i++)
        if (strcmp(unified->items[i].key, file) == 0)
            return unified->items[i].value;
    return NULL;
}

/*
 * OCI 1.3: zero is a limit here, not "unset". With 0 the container's first process could not be made in the
 * cgroup; 1 lets it be and forbids every other, which is what the number asks for.
 */
static void add_pids(struct cgroup_writes *writes, const struct spec_pids *pids)
{
    if (pids == NULL || !pids->has_limit)
        return;
    cgroup_writes_add_limit(writes, "pids.max", pids->limit == 0 ? 1 : pids->limit, RESOURCES "/pids/limit");
}

static bool has_string(const struct json_strings *strings, const char *wanted)
{
    for (size_t i = 0; i < strings->count; i++)
        if (strcmp(strings->items[i], wanted) == 0)
            return true;
    return false;
}

/* Reservations are limited like pages in use, where the kernel can (5.7). */
static int add_huge_pages(struct cgroup_writes *writes, const struct json_structs *limits,
                          struct error *error)
{
    const struct spec_hugepage_limit *items = SPEC_ITEMS(*limits, struct spec_hugepage_limit);
    const struct host_facts *facts = writes->builder->facts;
    struct arena *arena = writes->builder->arena;

    for (size_t i = 0; i < limits->count; i++) {
        const char *pointer = arena_format(arena, RESOURCES "/hugepageLimits/%zu", i);
        const char *value = arena_format(arena, "%llu", (unsigned long long)items[i].limit);
        const char *size = items[i].page_size;

        if (facts->hugepage_sizes.present && !has_string(&facts->hugepage_sizes, size))
            return error_set(error, ERROR_UNSUPPORTED, "%s: this host has no huge pages of %s", pointer,
                             size);
        cgroup_writes_add(writes, arena_format(arena, "hugetlb.%s.max", size), value, pointer);
        cgroup_writes_add(writes, arena_format(arena, "hugetlb.%s.rsvd.max", size), value, pointer)
            ->best_effort_missing_file = true;
    }
    return 0;
}

static void add_rdma(struct cgroup_writes *writes, const struct json_struct_map *rdma)
{
    const struct spec_rdma *limits = rdma->items;

    for (size_t i = 0; i < rdma->count; i++) {
        char buffer[128];
        struct text text = text_over(buffer, sizeof(buffer));

        if (limits[i].has_hca_handles)
            text_append_format(&text, " hca_handle=%u", limits[i].hca_handles);
        if (limits[i].has_hca_objects)
            text_append_format(&text, " hca_object=%u", limits[i].hca_objects);
        cgroup_writes_add(writes, "rdma.max",
                          arena_format(writes->builder->arena, "%s%s", rdma->keys[i], text.bytes),
                          arena_format(writes->builder->arena, RESOURCES "/rdma/%s", rdma->keys[i]));
    }
}

/* v1 marked packets by cgroup; on v2 that is a matter of BPF or netfilter's cgroup match. */
static int refuse_network(const struct spec_network_resources *network, struct error *error)
{
    if (network == NULL)
        return 0;
    if (network->has_class_id && network->class_id != 0)
        return error_set(
            error, ERROR_UNSUPPORTED,
            RESOURCES
            "/network/classID: cgroup v2 has no net_cls: match the cgroup's path in nftables instead");
    if (network->priorities.count > 0)
        return error_set(
            error, ERROR_UNSUPPORTED,
            RESOURCES
            "/network/priorities: cgroup v2 has no net_prio: match the cgroup's path in nftables instead");
    return 0;
}

/* Files that steer the cgroup itself are the runtime's: a bundle could move, freeze or kill its own start. */
static bool is_steering(const char *file)
{
    static const char *const names[] = {"cgroup.procs",  "cgroup.threads", "cgroup.subtree_control",
                                        "cgroup.freeze", "cgroup.kill",    "cgroup.type"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(file, names[i]) == 0)
            return true;
    return false;
}

/* A kernel that has no swap has no file for it, and nothing to limit: a policy's bound is written so. */
static bool limits_what_may_be_missing(const char *file, const char *value)
{
    return strcmp(file, "memory.swap.max") == 0 && (strcmp(value, "0") == 0 || strcmp(value, "max") == 0);
}

/* A value of several lines ("io.max") is several writes: the kernel reads one line a write. */
static int add_unified(struct cgroup_writes *writes, const struct json_string_map *unified,
                       struct error *error)
{
    struct arena *arena = writes->builder->arena;

    for (size_t i = 0; i < unified->count; i++) {
        const char *file = unified->items[i].key;
        const char *line = unified->items[i].value;
        const char *pointer = arena_format(arena, RESOURCES "/unified/%s", file);
        size_t prefix = strcspn(file, ".");

        if (prefix == 0 || file[prefix] == '\0' || strchr(file, '/') != NULL)
            return error_set(error, ERROR_INVALID, "%s: not the name of a cgroup file (CONTROLLER.FILE)",
                             pointer);
        if (is_steering(file))
            return error_set(error, ERROR_INVALID, "%s: this file is the runtime's to write", pointer);
        for (;;) {
            size_t length = strcspn(line, "\n");

            if (length > 0)
                cgroup_writes_add(writes, file, line[length] == '\0' ? line : arena_copy(arena, line, length),
                                  pointer)
                    ->best_effort_missing_file = limits_what_may_be_missing(file, line);
            if (line[length] == '\0')
                break;
            line += length + 1;
        }
    }
    return 0;
}

/* "max", and "max PERIOD" of cpu.max. */
static bool lifts_limit(const struct plan_cgroup_write *write)
{
    return strcmp(write->value, "max") == 0 || strncmp(write->value, "max ", 4) == 0;
}

/* Where there is no controller nothing is limited: engines ask for that as well (docker --pids-limit -1). */
static void leave_out_what_is_unlimited(struct cgroup_writes *writes)
{
    const struct json_strings *host = &writes->builder->facts->cgroup_controllers;
    size_t kept = 0;

    for (size_t i = 0; i < writes->count; i++) {
        const struct plan_cgroup_write *write = &writes->items[i];

        if (host->present && lifts_limit(write) && strcmp(write->controller, "cgroup") != 0 &&
            !has_string(host, write->controller))
            plan_builder_note(writes->builder, write->pointer,
                              "%s is left alone: without the cgroup controller \"%s\" nothing is limited",
                              write->file, write->controller);
        else
            writes->items[kept++] = *write;
    }
    writes->count = kept;
}

/* Each controller once; those that the host's v2 tree lacks are the error that this file is there to prevent:
 * a limit that nobody enforces. */
static int collect_controllers(struct plan_builder *builder, struct plan_cgroup *cgroup, struct error *error)
{
    const struct json_strings *host = &builder->facts->cgroup_controllers;
    const char **controllers = arena_array(builder->arena, CONTROLLERS_MAX, sizeof(*controllers));

    for (size_t i = 0; i < cgroup->write_count; i++) {
        const struct plan_cgroup_write *write = &cgroup->writes[i];
        bool known = strcmp(write->controller, "cgroup") == 0;

        for (size_t j = 0; j < cgroup->controller_count && !known; j++)
            known = strcmp(controllers[j], write->controller) == 0;
        if (known)
            continue;
        if (host->present && !has_string(host, write->controller))
            return error_set(
                error, ERROR_UNSUPPORTED,
                "%s: %s: the requested cgroup controller `%s` is not available: this host's cgroup v2 does "
                "not offer it: enable it "
                "(kernel option, cgroup_disable=, or a cgroup v1 hierarchy that holds it), or "
                "leave the limit out",
                write->pointer, write->file, write->controller);
        if (cgroup->controller_count == CONTROLLERS_MAX)
            return error_set(error, ERROR_LIMIT, "%s: more than %d cgroup controllers", write->pointer,
                             CONTROLLERS_MAX);
        controllers[cgroup->controller_count++] = write->controller;
    }
    cgroup->controllers = controllers;
    return 0;
}

int plan_build_cgroup_writes(struct plan_builder *builder, const struct spec_resources *resources,
                             const struct spec_resources *granted, struct plan_cgroup *cgroup,
                             struct error *error)
{
    static const struct spec_resources nothing = {0};
    const bool update = granted != NULL;
    struct cgroup_writes writes = {
        .builder = builder, .update = update, .granted = update ? granted : &nothing};

    if (refuse_network(resources->network, error) < 0 ||
        cgroup_writes_memory(&writes, resources->memory, error) < 0 ||
        cgroup_writes_cpu(&writes, resources->cpu, error) < 0 ||
        cgroup_writes_block_io(&writes, resources->block_io, error) < 0)
        return -1;
    add_pids(&writes, resources->pids);
    if (add_huge_pages(&writes, &resources->hugepage_limits, error) < 0)
        return -1;
    add_rdma(&writes, &resources->rdma);
    if (add_unified(&writes, &resources->unified, error) < 0)
        return -1;
    leave_out_what_is_unlimited(&writes);
    cgroup->writes = writes.items;
    cgroup->write_count = writes.count;
    cgroup->check_memory_usage =
        update && resources->memory != NULL && resources->memory->check_before_update;
    return collect_controllers(builder, cgroup, error);
}

int plan_build_resources(const struct spec_resources *resources, const struct spec_resources *granted,
                         const struct host_facts *facts, struct arena *arena, struct plan_cgroup *cgroup,
                         struct error *error)
{
    struct plan_builder builder = {.facts = facts, .arena = arena};

    *cgroup = (struct plan_cgroup){.manager = PLAN_CGROUP_FILES, .mount = facts->cgroup_mount};
    /* CRI sends "deny all" with every update of a limit: the device program is the one that the container
     * started with. */
    if (resources->devices.count > 0)
        plan_builder_note(&builder, RESOURCES "/devices",
                          "device rules do not change in a running container");
    if (plan_build_cgroup_writes(&builder, resources, granted, cgroup, error) < 0)
        return -1;
    cgroup->notes = builder.notes;
    cgroup->note_count = builder.note_count;
    return 0;
}
