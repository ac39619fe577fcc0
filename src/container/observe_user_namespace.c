/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See observe_user_namespace.h. */
#include "container/observe_user_namespace.h"

#include <string.h>
#include "linux/id_map_facts.h"

static struct json_structs mappings_of(const struct id_map_line *lines, size_t count, struct arena *arena)
{
    struct spec_id_mapping *items = arena_array(arena, count, sizeof(*items));

    for (size_t i = 0; i < count; i++)
        items[i] = (struct spec_id_mapping){
            .container_id = lines[i].inside, .host_id = lines[i].outside, .size = lines[i].size};
    return (struct json_structs){.items = items, .count = count, .present = true};
}

static void take_maps(const struct id_map_facts *maps, struct arena *arena,
                      struct policy_namespace_fact *fact)
{
    fact->uid_mappings = mappings_of(maps->uids, maps->uid_count, arena);
    fact->gid_mappings = mappings_of(maps->gids, maps->gid_count, arena);
    fact->has_mappings = true;
}

void observe_user_namespace(struct policy_namespace_fact *fact, struct arena *arena)
{
    struct id_map_facts maps;

    if (fact->is_of_type && !fact->is_host &&
        id_map_facts_of_namespace(fact->path, fact->device, fact->inode, &maps))
        take_maps(&maps, arena, fact);
}

bool observe_asks_users(const struct policy_set *policies)
{
    for (size_t i = 0; i < policies->count; i++)
        if (policies->items[i].policy->process.user.rule.present)
            return true;
    return false;
}

void observe_user_namespace_of(const struct spec *granted, pid_t pid, const struct policy_set *policies,
                               struct arena *arena, struct policy_observed *observed)
{
    const struct spec_linux *linux_part = granted->linux_part;
    struct policy_namespace_fact *fact;
    struct id_map_facts maps;

    for (size_t i = 0; linux_part != NULL && i < linux_part->namespaces.count; i++) {
        const struct spec_namespace *namespace =
            &SPEC_ITEMS(linux_part->namespaces, struct spec_namespace)[i];

        if (strcmp(namespace->type, "user") != 0 || namespace->path == NULL || namespace->path[0] == '\0' ||
            !observe_asks_users(policies) || !id_map_facts_of_process(pid, &maps))
            continue;
        fact = arena_allocate(arena, sizeof(*fact));
        *fact = (struct policy_namespace_fact){
            .type = "user", .path = namespace->path, .exists = true, .is_of_type = true};
        take_maps(&maps, arena, fact);
        observed->namespaces = fact;
        observed->namespace_count = 1;
    }
}
