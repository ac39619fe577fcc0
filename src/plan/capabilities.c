/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The five sets, as numbers, and only what the kernel will grant. OCI config.md, "Linux Process",
 * capabilities: what cannot be granted is a warning, not an error: docker --privileged lists every capability
 * there is.
 */
#include "plan/capabilities.h"

#include <string.h>
#include "plan/kernel_words.h"

/* Engines repeat the same dozen names in four sets: the place of the last one found is where the search goes
 * on. */
static int find_capability(const char *name, size_t *hint)
{
    for (size_t i = 0; i < kernel_capabilities.count; i++) {
        size_t place = (*hint + i) % kernel_capabilities.count;

        if (strcmp(kernel_capabilities.items[place].word, name) == 0) {
            *hint = place + 1;
            return (int)place;
        }
    }
    return -1;
}

static uint64_t read_set(struct plan_builder *builder, const struct json_strings *names, const char *pointer)
{
    uint64_t set = 0;
    size_t hint = 0;

    for (size_t i = 0; i < names->count; i++) {
        int number = find_capability(names->items[i], &hint);

        if (number < 0)
            plan_builder_warning(builder, pointer, "%s is left out: no such capability", names->items[i]);
        else
            set |= (uint64_t)1 << number;
    }
    return set;
}

/* Keep what is in `allowed`; say why the rest is dropped, by `tell`. */
static void keep_only(struct plan_builder *builder, uint64_t *set, uint64_t allowed, const char *pointer,
                      const char *reason,
                      void (*tell)(struct plan_builder *, const char *pointer, const char *format, ...))
{
    uint64_t dropped = *set & ~allowed;
    char buffer[400];
    struct text names = text_over(buffer, sizeof(buffer));

    if (dropped == 0)
        return;
    *set &= allowed;
    for (size_t i = 0; i < kernel_capabilities.count; i++) {
        if ((dropped >> i & 1) == 0)
            continue;
        text_append(&names, names.length > 0 ? ", " : "");
        text_append(&names, kernel_capabilities.items[i].word);
    }
    tell(builder, pointer, "%s%s: left out: %s", names.bytes, names.overflow ? "…" : "", reason);
}

/* A new user namespace begins with every capability in its bounding set, whatever the runtime's own is
 * (user_namespaces(7)). */
static uint64_t grantable(const struct plan_builder *builder)
{
    uint64_t all = builder->facts->last_capability >= 63
                       ? UINT64_MAX
                       : ((uint64_t)1 << (builder->facts->last_capability + 1)) - 1;

    return plan_has_user_namespace(builder->plan) ? all : all & builder->facts->capabilities_bounding;
}

void plan_read_capabilities(struct plan_builder *builder, const struct spec_capabilities *from,
                            struct plan_capabilities *sets)
{
    static const char *const beyond = "this kernel lacks it, or the runtime's own bounding set does";
    uint64_t allowed = grantable(builder);

    sets->bounding = read_set(builder, &from->bounding, "/process/capabilities/bounding");
    sets->effective = read_set(builder, &from->effective, "/process/capabilities/effective");
    sets->inheritable = read_set(builder, &from->inheritable, "/process/capabilities/inheritable");
    sets->permitted = read_set(builder, &from->permitted, "/process/capabilities/permitted");
    sets->ambient = read_set(builder, &from->ambient, "/process/capabilities/ambient");

    keep_only(builder, &sets->bounding, allowed, "/process/capabilities/bounding", beyond,
              plan_builder_warning);
    keep_only(builder, &sets->permitted, allowed, "/process/capabilities/permitted", beyond,
              plan_builder_warning);
    /* capset(2): effective within permitted; capabilities(7): nothing inheritable that is not bounding,
     * ambient within both others. Buildah and crun's own `spec` send ambient sets without inheritable ones.
     */
    keep_only(builder, &sets->effective, sets->permitted, "/process/capabilities/effective",
              "not in the permitted set", plan_builder_note_for_log);
    keep_only(builder, &sets->inheritable, sets->bounding, "/process/capabilities/inheritable",
              "not in the bounding set", plan_builder_note_for_log);
    keep_only(builder, &sets->ambient, sets->permitted & sets->inheritable, "/process/capabilities/ambient",
              "the kernel wants it in the permitted and the inheritable set too", plan_builder_note_for_log);
}
