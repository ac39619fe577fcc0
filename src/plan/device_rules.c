/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of /linux/resources/devices the cgroup's program enforces: normalised, and completed with what every
 * container needs, because engines send "deny all" and count on that.
 */
#include "plan/builder.h"

#include <linux/bpf.h>
#include <string.h>
#include "base/memory.h"

#define MKNOD      BPF_DEVCG_ACC_MKNOD
#define ALL_ACCESS (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)

enum { ANY = -1 };

/*
 * The default devices and terminals. To make a node is not to use it: mknod is allowed for all, so that
 * configured devices can be made and images unpacked, and opening is judged by itself. A configured device
 * adds nothing: the engine's rules say how it may be used (`--device /dev/x:/dev/x:r`). 10:200, /dev/net/tun,
 * is allowed by runc and crun without being asked; here it takes a rule.
 */
static const struct plan_device_rule default_rules[] = {
    {true, 'c', ANY, ANY, MKNOD},      {true, 'b', ANY, ANY, MKNOD}, {true, 'c', 1, 3, ALL_ACCESS}, /* null */
    {true, 'c', 1, 5, ALL_ACCESS},                                                                  /* zero */
    {true, 'c', 1, 7, ALL_ACCESS},                                                                  /* full */
    {true, 'c', 1, 8, ALL_ACCESS},     /* random */
    {true, 'c', 1, 9, ALL_ACCESS},     /* urandom */
    {true, 'c', 5, 0, ALL_ACCESS},     /* tty */
    {true, 'c', 5, 1, ALL_ACCESS},     /* console */
    {true, 'c', 5, 2, ALL_ACCESS},     /* ptmx */
    {true, 'c', 136, ANY, ALL_ACCESS}, /* pts/N */
};

static int read_access(const struct spec_device_rule *from, size_t index, uint32_t *access,
                       struct error *error)
{
    const char *letters = from->access != NULL ? from->access : "";

    *access = 0;
    for (; *letters != '\0'; letters++) {
        uint32_t bit = *letters == 'r'   ? (uint32_t)BPF_DEVCG_ACC_READ
                       : *letters == 'w' ? (uint32_t)BPF_DEVCG_ACC_WRITE
                       : *letters == 'm' ? (uint32_t)BPF_DEVCG_ACC_MKNOD
                                         : 0;

        if (bit == 0)
            return error_set(error, ERROR_INVALID,
                             "/linux/resources/devices/%zu/access: \"%s\": only r, w and m are known", index,
                             from->access);
        *access |= bit;
    }
    if (*access != 0)
        return 0;
    if (from->allow)
        return error_set(
            error, ERROR_INVALID,
            "/linux/resources/devices/%zu: a rule that allows must say what, in access (some of r, w, m)",
            index);
    *access = ALL_ACCESS;
    return 0;
}

static int read_number(int64_t number, bool given, const char *name, size_t index, int64_t *result,
                       struct error *error)
{
    *result = given ? number : ANY;
    if (*result < ANY || *result > UINT32_MAX)
        return error_set(error, ERROR_INVALID,
                         "/linux/resources/devices/%zu/%s: %lld is no device number (-1: any)", index, name,
                         (long long)number);
    return 0;
}

static int read_rule(const struct spec_device_rule *from, size_t index, struct plan_device_rule *rule,
                     struct error *error)
{
    char type = from->type != NULL && from->type[0] != '\0' ? from->type[0] : 'a';

    if (type != 'a' && type != 'b' && type != 'c')
        return error_set(error, ERROR_INVALID, "/linux/resources/devices/%zu/type: \"%s\" is none of a, b, c",
                         index, from->type);
    rule->allow = from->allow;
    rule->type = type;
    if (read_number(from->major, from->has_major, "major", index, &rule->major, error) < 0 ||
        read_number(from->minor, from->has_minor, "minor", index, &rule->minor, error) < 0)
        return -1;
    return read_access(from, index, &rule->access, error);
}

static bool is_catch_all(const struct plan_device_rule *rule)
{
    return rule->type == 'a' && rule->major == ANY && rule->minor == ANY && rule->access == ALL_ACCESS;
}

/* The last match wins, so nothing before a catch-all rule is ever seen; and to deny all is what the program
 * does anyhow. */
static const struct plan_device_rule *drop_unseen(const struct plan_device_rule *rules, size_t *count)
{
    for (size_t i = *count; i-- > 0;) {
        if (!is_catch_all(&rules[i]))
            continue;
        if (!rules[i].allow)
            i++;
        *count -= i;
        return rules + i;
    }
    return rules;
}

static bool allows_everything(const struct plan_device_rule *rules, size_t count)
{
    if (count == 0 || !is_catch_all(&rules[0]))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!rules[i].allow)
            return false;
    return true;
}

int plan_build_device_rules(struct plan_builder *builder, const struct spec_resources *resources,
                            struct plan_cgroup *cgroup, struct error *error)
{
    const struct spec_device_rule *from = SPEC_ITEMS(resources->devices, struct spec_device_rule);
    size_t count = resources->devices.count;
    struct plan_device_rule *rules;

    /* OCI config-linux.md, "Allowed Device list": what is not there restricts nothing. */
    if (count == 0)
        return 0;
    rules = arena_array(builder->arena, count + ARRAY_LENGTH(default_rules), sizeof(*rules));
    for (size_t i = 0; i < count; i++)
        if (read_rule(&from[i], i, &rules[i], error) < 0)
            return -1;
    rules = (struct plan_device_rule *)(uintptr_t)drop_unseen(rules, &count); /* still ours to write */
    if (allows_everything(rules, count))
        return 0;
    memcpy(rules + count, default_rules, sizeof(default_rules));
    cgroup->has_device_rules = true;
    cgroup->device_rules = rules;
    cgroup->device_rule_count = count + ARRAY_LENGTH(default_rules);
    return 0;
}
