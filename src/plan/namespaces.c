/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces: which are made, which joined, in what order, and who may write the id maps of a new user
 * namespace. */
#include "plan/builder.h"

#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include "plan/kernel_words.h"
#include "policy/observed.h"

static const struct spec_namespace *find_namespace(const struct spec_linux *linux_part, const char *type)
{
    const struct spec_namespace *items = SPEC_ITEMS(linux_part->namespaces, struct spec_namespace);

    for (size_t i = 0; i < linux_part->namespaces.count; i++)
        if (strcmp(items[i].type, type) == 0)
            return &items[i];
    return NULL;
}

/* As for binds: what was judged is joined, or nothing is (class A of attacks). */
static void bind_decision(const struct plan_builder *builder, const struct spec_namespace *from,
                          struct plan_namespace *namespace)
{
    const struct policy_observed *observed = builder->inputs->observed;
    const struct policy_namespace_fact *fact =
        observed != NULL ? policy_observed_namespace(observed, from->type, from->path) : NULL;

    if (fact == NULL)
        return;
    namespace->judged = true;
    namespace->judged_device = fact->device;
    namespace->judged_inode = fact->inode;
}

static int build_list(struct plan_builder *builder, struct error *error)
{
    struct plan_namespaces *namespaces = &builder->plan->namespaces;
    struct plan_namespace *items = arena_array(builder->arena, kernel_namespaces.count, sizeof(*items));

    for (size_t i = 0; i < kernel_namespaces.count; i++) {
        const struct kernel_word *kind = &kernel_namespaces.items[i];
        const struct spec_namespace *from = find_namespace(builder->linux_part, kind->word);
        bool join;

        if (from == NULL)
            continue;
        join = from->path != NULL && from->path[0] != '\0';
        if (kind->value == CLONE_NEWTIME && !join && !builder->facts->has_time_namespace)
            return error_set(
                error, ERROR_UNSUPPORTED,
                "/linux/namespaces: this kernel has no time namespaces (they came with Linux 5.6)");
        items[namespaces->count] = (struct plan_namespace){
            .flag = kind->value, .name = kind->word, .path = {join ? from->path : NULL}};
        if (join)
            bind_decision(builder, from, &items[namespaces->count]);
        namespaces->count++;
        *(join ? &namespaces->join_flags : &namespaces->new_flags) |= kind->value;
    }
    namespaces->items = items;
    return 0;
}

/* The one mapping that user_namespaces(7) allows everybody: one id, the writer's own. */
static bool is_own_single_id(const struct plan_id_mappings *mappings, uint32_t id)
{
    return mappings->count == 1 && mappings->items[0].size == 1 && mappings->items[0].host_id == id;
}

/*
 * Who writes the maps. user_namespaces(7): CAP_SETUID (CAP_SETGID) in the parent namespace maps anything;
 * without it one's own single id can be mapped, groups only after setgroups is denied; everything else takes
 * the set-uid helpers and their /etc/subuid.
 */
static int choose_map_writer(struct plan_builder *builder, struct error *error)
{
    const struct host_facts *facts = builder->facts;
    struct plan_namespaces *namespaces = &builder->plan->namespaces;
    bool users_direct =
        plan_has_capability(facts, CAP_SETUID) || is_own_single_id(&namespaces->uid_mappings, facts->uid);
    bool groups_direct =
        plan_has_capability(facts, CAP_SETGID) || is_own_single_id(&namespaces->gid_mappings, facts->gid);

    if (users_direct && groups_direct) {
        namespaces->deny_setgroups = !plan_has_capability(facts, CAP_SETGID);
        return 0;
    }
    if (facts->newuidmap == NULL || facts->newgidmap == NULL)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "/linux/%s: user %u may map only the own id without help, and %s is not installed: install it "
            "(package uidmap) and give the user ranges in /etc/subuid and /etc/subgid",
            users_direct ? "gidMappings" : "uidMappings", facts->uid,
            facts->newuidmap == NULL ? "newuidmap" : "newgidmap");
    namespaces->use_mapping_helpers = true;
    namespaces->newuidmap = facts->newuidmap;
    namespaces->newgidmap = facts->newgidmap;
    return 0;
}

/* `crun spec --rootless` writes a user namespace without mappings and means this: root inside is the caller.
 */
static void map_own_id_alone(struct plan_builder *builder)
{
    struct plan_id_mapping *own = arena_array(builder->arena, 2, sizeof(*own));

    own[0] = (struct plan_id_mapping){.container_id = 0, .host_id = builder->facts->uid, .size = 1};
    own[1] = (struct plan_id_mapping){.container_id = 0, .host_id = builder->facts->gid, .size = 1};
    builder->plan->namespaces.uid_mappings = (struct plan_id_mappings){.items = &own[0], .count = 1};
    builder->plan->namespaces.gid_mappings = (struct plan_id_mappings){.items = &own[1], .count = 1};
    plan_builder_note(builder, "/linux/uidMappings",
                      "none are given: root inside is user %u, group %u, and nobody else is mapped",
                      builder->facts->uid, builder->facts->gid);
}

static int build_mappings(struct plan_builder *builder, struct error *error)
{
    const struct spec_linux *linux_part = builder->linux_part;
    struct plan_namespaces *namespaces = &builder->plan->namespaces;

    if ((namespaces->new_flags & (uint64_t)CLONE_NEWUSER) == 0) {
        if (linux_part->uid_mappings.count > 0 || linux_part->gid_mappings.count > 0)
            plan_builder_note(builder, "/linux/uidMappings", "mappings are left out: %s",
                              (namespaces->join_flags & (uint64_t)CLONE_NEWUSER) != 0
                                  ? "the joined user namespace has its own"
                                  : "the container has no user namespace");
        return 0;
    }
    if (linux_part->uid_mappings.count == 0 && linux_part->gid_mappings.count == 0) {
        map_own_id_alone(builder);
        return choose_map_writer(builder, error);
    }
    if (linux_part->uid_mappings.count == 0 || linux_part->gid_mappings.count == 0)
        return error_set(error, ERROR_INVALID, "/linux/%s: the new user namespace needs them as well",
                         linux_part->uid_mappings.count == 0 ? "uidMappings" : "gidMappings");
    namespaces->uid_mappings = plan_builder_mappings(builder, &linux_part->uid_mappings);
    namespaces->gid_mappings = plan_builder_mappings(builder, &linux_part->gid_mappings);
    return choose_map_writer(builder, error);
}

static int build_time_offsets(struct plan_builder *builder, struct error *error)
{
    const struct json_struct_map *from = &builder->linux_part->time_offsets;
    const struct spec_time_offset *values = from->items;
    struct plan_namespaces *namespaces = &builder->plan->namespaces;
    struct plan_time_offset *offsets;

    if (from->count == 0)
        return 0;
    if ((namespaces->new_flags & CLONE_NEWTIME) == 0)
        return error_set(error, ERROR_INVALID,
                         "/linux/timeOffsets: the clocks can be set only in a new time namespace: add it to "
                         "/linux/namespaces");
    offsets = arena_array(builder->arena, from->count, sizeof(*offsets));
    for (size_t i = 0; i < from->count; i++)
        offsets[i] = (struct plan_time_offset){from->keys[i], values[i].seconds, values[i].nanoseconds};
    namespaces->time_offsets = offsets;
    namespaces->time_offset_count = from->count;
    return 0;
}

int plan_build_namespaces(struct plan_builder *builder, struct error *error)
{
    if (build_list(builder, error) < 0 || build_mappings(builder, error) < 0)
        return -1;
    return build_time_offsets(builder, error);
}
