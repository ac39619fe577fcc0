/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks. OCI config.md, "POSIX-platform Hooks". */
#include "plan/builder.h"

enum { MILLISECONDS = 1000 };

static struct plan_hook_list build_list(struct plan_builder *builder, const struct json_structs *from)
{
    const struct spec_hook *hooks = SPEC_ITEMS(*from, struct spec_hook);
    struct plan_hook *items;

    if (from->count == 0)
        return (struct plan_hook_list){0};
    items = arena_array(builder->arena, from->count, sizeof(*items));
    for (size_t i = 0; i < from->count; i++) {
        items[i] = (struct plan_hook){
            .path = {hooks[i].path},
            .args = plan_builder_copy(builder, &hooks[i].args),
            .environment = plan_builder_copy(builder, &hooks[i].environment),
            .timeout_ms =
                hooks[i].has_timeout ? hooks[i].timeout_s * MILLISECONDS : PLAN_HOOK_DEFAULT_TIMEOUT_MS,
        };
        /* execv's argv has the same meaning as args: its first is the program's own name for itself. */
        if (items[i].args.count == 0) {
            const char **args = arena_array(builder->arena, 2, sizeof(*args));

            args[0] = hooks[i].path;
            items[i].args = (struct plan_strings){.items = args, .count = 1};
        }
    }
    return (struct plan_hook_list){.items = items, .count = from->count};
}

void plan_build_hooks(struct plan_builder *builder)
{
    const struct spec_hooks *from = builder->grant->hooks;
    struct plan_hooks *hooks = &builder->plan->hooks;

    if (from == NULL)
        return;
    hooks->prestart = build_list(builder, &from->prestart);
    hooks->create_runtime = build_list(builder, &from->create_runtime);
    hooks->create_container = build_list(builder, &from->create_container);
    hooks->start_container = build_list(builder, &from->start_container);
    hooks->poststart = build_list(builder, &from->poststart);
    hooks->poststop = build_list(builder, &from->poststop);
}
