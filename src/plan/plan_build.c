/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A grant and host facts become a plan: the parts in an order in which each finds what it reads. */
#include "plan/builder.h"

#include <sched.h>
#include <string.h>

/* A name can be set only where it does not change the host's. */
static void build_names(struct plan_builder *builder)
{
    const struct spec *grant = builder->grant;
    struct plan *plan = builder->plan;
    bool own = ((plan->namespaces.new_flags | plan->namespaces.join_flags) & CLONE_NEWUTS) != 0;
    bool hostname = grant->hostname != NULL && grant->hostname[0] != '\0';
    bool domainname = grant->domainname != NULL && grant->domainname[0] != '\0';

    if (!own) {
        if (hostname)
            plan_builder_note(builder, "/hostname",
                              "left out: the container has no UTS namespace of its own");
        if (domainname)
            plan_builder_note(builder, "/domainname",
                              "left out: the container has no UTS namespace of its own");
        return;
    }
    plan->hostname = hostname ? grant->hostname : NULL;
    plan->domainname = domainname ? grant->domainname : NULL;
}

static void build_annotations(struct plan_builder *builder)
{
    const struct json_string_map *from = &builder->grant->annotations;
    struct plan_option *annotations;

    if (from->count == 0)
        return;
    annotations = arena_array(builder->arena, from->count, sizeof(*annotations));
    for (size_t i = 0; i < from->count; i++)
        annotations[i] = (struct plan_option){from->items[i].key, from->items[i].value};
    builder->plan->annotations = annotations;
    builder->plan->annotation_count = from->count;
}

/* Namespaces decide over everything else; the process is known before devices, whose /dev/console belongs to
 * its terminal; the cgroup reads the mounts. */
static int build_parts(struct plan_builder *builder, struct error *error)
{
    if (plan_build_namespaces(builder, error) < 0 || plan_build_rootfs(builder, error) < 0 ||
        plan_build_process(builder, error) < 0 || plan_build_mounts(builder, error) < 0 ||
        plan_build_devices(builder, error) < 0 || plan_build_cgroup(builder, error) < 0 ||
        plan_build_sysctl(builder, error) < 0 || plan_build_net_devices(builder, error) < 0 ||
        plan_build_intel_rdt(builder, error) < 0)
        return -1;
    plan_build_hooks(builder);
    build_names(builder);
    build_annotations(builder);
    return 0;
}

int plan_build(const struct spec *grant, const struct host_facts *facts, const struct plan_inputs *inputs,
               struct arena *arena, const struct plan **plan, struct error *error)
{
    static const struct spec_linux no_linux_part = {0};
    struct plan *built = arena_allocate(arena, sizeof(*built));
    struct plan_builder builder = {
        .grant = grant,
        .linux_part = grant->linux_part != NULL ? grant->linux_part : &no_linux_part,
        .facts = facts,
        .inputs = inputs,
        .arena = arena,
        .plan = built,
    };

    *plan = NULL;
    built->id = inputs->id;
    built->bundle = inputs->bundle;
    built->oci_version = grant->oci_version;
    if (build_parts(&builder, error) < 0)
        return -1;
    built->notes = builder.notes;
    built->note_count = builder.note_count;
    *plan = built;
    return 0;
}

int plan_build_exec(const struct spec_process *process, const struct plan *container,
                    const struct host_facts *facts, const struct plan_inputs *inputs, struct arena *arena,
                    const struct plan_process **plan, struct error *error)
{
    struct plan joined = *container;
    struct plan_process *built;
    struct plan_builder builder = {.facts = facts, .inputs = inputs, .arena = arena, .plan = &joined};

    *plan = NULL;
    /* Its filter and labels bound what joins; without them a join would be unconfined. */
    if (container->process == NULL)
        return error_set(error, ERROR_STATE,
                         "container \"%s\" has no process in its configuration: nothing can join it",
                         container->id);
    built = arena_allocate(arena, sizeof(*built));
    if (plan_fill_process(&builder, process, container->process, built, error) < 0)
        return -1;
    built->notes = builder.notes;
    built->note_count = builder.note_count;
    *plan = built;
    return 0;
}
