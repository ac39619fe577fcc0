/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device rules as systemd can say them. The container's own program stays attached and is exact;
 * systemd's is one more, and the kernel asks both. So systemd's may be wider, never narrower: rules that deny
 * are left out of it, and when one that allows cannot be said, systemd is given no rules at all.
 */
#include "plan/systemd.h"

#include <linux/bpf.h>
#include <string.h>
#include "base/memory.h"

#define DEVICES "/linux/resources/devices"

enum { ANY = -1 };

struct allowed {
    const char *node;
    uint32_t access;
};

/* DeviceAllow's first word. NULL: none says it. */
static const char *node_of(struct arena *arena, char type, const struct plan_device_rule *rule)
{
    const char *kind = type == 'c' ? "char" : "block";

    if (rule->major == ANY)
        return rule->minor == ANY ? arena_format(arena, "%s-*", kind) : NULL;
    if (rule->minor == ANY)
        return arena_format(arena, "%s-%lld", kind, (long long)rule->major);
    return arena_format(arena, "/dev/%s/%lld:%lld", kind, (long long)rule->major, (long long)rule->minor);
}

static const char *letters_of(struct arena *arena, uint32_t access)
{
    return arena_format(arena, "%s%s%s", (access & BPF_DEVCG_ACC_READ) != 0 ? "r" : "",
                        (access & BPF_DEVCG_ACC_WRITE) != 0 ? "w" : "",
                        (access & BPF_DEVCG_ACC_MKNOD) != 0 ? "m" : "");
}

/* A second entry of the same node would replace the first: they are joined. */
static void allow(struct allowed *list, size_t *count, const char *node, uint32_t access)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i].node, node) == 0) {
            list[i].access |= access;
            return;
        }
    }
    list[(*count)++] = (struct allowed){node, access};
}

void unit_properties_of_devices(struct plan_builder *builder, struct unit_properties *properties,
                                const struct plan_cgroup *cgroup)
{
    static const char types[] = "cb";
    struct arena *arena = builder->arena;
    struct allowed *list;
    size_t count = 0;

    /* A user's manager cannot load the program; ours is not there then either. */
    if (!cgroup->has_device_rules || plan_is_rootless(builder->facts))
        return;
    list = arena_array(arena, 2 * cgroup->device_rule_count, sizeof(*list));
    for (size_t i = 0; i < cgroup->device_rule_count; i++) {
        const struct plan_device_rule *rule = &cgroup->device_rules[i];

        for (const char *type = types; rule->allow && *type != '\0'; type++) {
            const char *node = node_of(arena, *type, rule);

            if (rule->type != 'a' && rule->type != *type)
                continue;
            if (node == NULL) {
                plan_builder_note(builder, DEVICES,
                                  "not told to systemd, which has no words for any major with one minor "
                                  "number: the container's own program enforces them alone");
                return;
            }
            allow(list, &count, node, rule->access);
        }
    }
    unit_properties_set(properties, "DevicePolicy", "s", "strict", DEVICES);
    for (size_t i = 0; i < count; i++)
        unit_properties_add_pair(properties, "DeviceAllow", "a(ss)", list[i].node,
                                 letters_of(arena, list[i].access), DEVICES);
}
