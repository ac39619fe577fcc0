/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks. OCI config.md, "POSIX-platform Hooks". */
#include "plan/builder.h"

#include "policy/observed.h"

enum { MILLISECONDS = 1000 };

static const char *hex_text(const struct plan_builder *builder, const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    digest_hex(digest, hex);
    return arena_string(builder->arena, hex);
}

/* What a policy has decided on is run, or nothing is. What was not there no policy has allowed: then it has
 * no say (audit mode, a waiver). */
static struct plan_judged_program judged_program(const struct plan_builder *builder, const char *path)
{
    const struct policy_observed *observed = builder->inputs->observed;
    const struct policy_path_fact *fact = observed != NULL ? policy_observed_path(observed, path) : NULL;

    if (fact == NULL || !fact->exists)
        return (struct plan_judged_program){0};
    return (struct plan_judged_program){
        .present = true,
        .device = fact->device,
        .inode = fact->inode,
        .sha256 = fact->digest_is_named ? hex_text(builder, &fact->digest) : NULL,
    };
}

static struct plan_hook_list build_list(struct plan_builder *builder, const struct json_structs *from,
                                        bool in_container)
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
        if (!in_container)
            items[i].judged = judged_program(builder, hooks[i].path);
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
    hooks->prestart = build_list(builder, &from->prestart, false);
    hooks->create_runtime = build_list(builder, &from->create_runtime, false);
    hooks->create_container = build_list(builder, &from->create_container, false);
    hooks->start_container = build_list(builder, &from->start_container, true);
    hooks->poststart = build_list(builder, &from->poststart, false);
    hooks->poststop = build_list(builder, &from->poststop, false);
}
