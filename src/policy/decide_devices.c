/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices.allow: nodes in /linux/devices, devices that are bound as files, and what the cgroup lets through.
 *
 * To make a node is not to use it: mknod alone (access "m") is not judged, and the plan gives it to all.
 * Rules that no device gets to, because a later one matches everything, are not looked at. No rules at all
 * mean every device: then a rule that denies all is added. FIFOs are no devices.
 */
#include "policy/decider.h"

#include <string.h>
#include "base/memory.h"
#include "base/path.h"
#include "policy/device_bound.h"
#include "policy/mount_request.h"

struct devices_judge {
    struct decider *decider;
    const struct policy_rule *rule;
    struct device_bound bound;
};

static const char *number_text(int64_t number, struct arena *arena)
{
    return number == DEVICE_ANY ? "*" : arena_format(arena, "%lld", (long long)number);
}

/* "c 10:229" */
static const char *device_text(char type, int64_t major, int64_t minor, struct arena *arena)
{
    return arena_format(arena, "%c %s:%s", type, number_text(major, arena), number_text(minor, arena));
}

/* ---- nodes ---- */

static char node_type(const struct spec_device *device)
{
    char type = device->type != NULL ? device->type[0] : '\0';

    return type == 'u' ? 'c' : type;
}

/* By value: equal nodes are judged alike, so that it does not matter which of them is found. */
static void remove_node(struct decider *decider, const struct spec_device *device)
{
    struct spec_linux *granted = decider_linux(decider);
    struct spec_device *kept = arena_array(decider->arena, granted->devices.count, sizeof(*kept));
    size_t count = 0;

    for (size_t i = 0; i < granted->devices.count; i++) {
        const struct spec_device *item = &SPEC_ITEMS(granted->devices, struct spec_device)[i];

        if (strcmp(item->path, device->path) != 0 || node_type(item) != node_type(device) ||
            item->major != device->major || item->minor != device->minor)
            kept[count++] = *item;
    }
    granted->devices.items = kept;
    granted->devices.count = count;
}

static void judge_nodes(struct devices_judge *judge)
{
    struct arena *arena = judge->decider->arena;
    const struct spec_linux *linux_part = judge->decider->spec->linux_part;

    for (size_t i = 0; linux_part != NULL && i < linux_part->devices.count; i++) {
        const struct spec_device *device = &SPEC_ITEMS(linux_part->devices, struct spec_device)[i];
        struct policy_finding finding = {.rule = "TW0501"};
        char type = node_type(device);

        if (type == 'p' || (device_bound_access(&judge->bound, type, device->major, device->minor) &
                            (DEVICE_READ | DEVICE_WRITE)) != 0)
            continue;
        finding.pointer = arena_format(arena, "/linux/devices/%zu", i);
        finding.subject = device->path;
        finding.requested = device_text(type, device->major, device->minor, arena);
        finding.reason = arena_format(arena, "the device %s (%s) is not in devices.allow", device->path,
                                      finding.requested);
        if (decider_judge(judge->decider, judge->rule, &finding)) {
            remove_node(judge->decider, device);
            decider_granted(judge->decider, "no such node");
        }
    }
}

/* ---- devices that are bound ---- */

static bool allows_all(const struct devices_judge *judge)
{
    return (device_bound_access(&judge->bound, 'a', DEVICE_ANY, DEVICE_ANY) & DEVICE_WRITE) != 0;
}

/* Directories of /dev that hold no devices. */
static bool is_free_of_devices(const char *path)
{
    static const char *const places[] = {"/dev/shm", "/dev/mqueue", "/dev/hugepages"};

    for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
        if (path_is_beneath(path, places[i]))
            return true;
    return false;
}

/* Why a source is not allowed as a device or as a directory of devices; NULL: it is, or is neither. */
static const char *source_verdict(const struct devices_judge *judge, const struct mount_path *source)
{
    const struct policy_path_fact *fact = source->fact;
    const char *place = fact != NULL && fact->resolved != NULL ? fact->resolved : source->written;
    int64_t major = 0, minor = 0;
    char type = '\0';

    if (fact != NULL && fact->is_device) {
        type = fact->device_type;
        major = fact->device_major;
        minor = fact->device_minor;
    } else if ((fact != NULL && fact->exists && !fact->is_directory) || !path_is_beneath(place, "/dev") ||
               is_free_of_devices(place)) {
        return NULL;
    } else if ((fact != NULL && fact->exists) || !device_known_by_name(place, &type, &major, &minor)) {
        return allows_all(judge) ? NULL
                                 : arena_format(judge->decider->arena,
                                                "%s holds, or is, devices that devices.allow does not list",
                                                source->written);
    }
    if ((device_bound_access(&judge->bound, type, major, minor) & (DEVICE_READ | DEVICE_WRITE)) != 0)
        return NULL;
    return arena_format(judge->decider->arena, "the device %s (%s) is not in devices.allow", source->written,
                        device_text(type, major, minor, judge->decider->arena));
}

static void judge_binds(struct devices_judge *judge)
{
    const struct mount_request *requests = mount_requests(judge->decider);

    for (size_t i = 0; i < judge->decider->spec->mounts.count; i++) {
        struct policy_finding finding = {.rule = "TW0501"};

        if (requests[i].kind != MOUNT_KIND_BIND || requests[i].path_count == 0)
            continue;
        finding.reason = source_verdict(judge, &requests[i].paths[0]);
        if (finding.reason == NULL)
            continue;
        finding.pointer = arena_format(judge->decider->arena, "/mounts/%zu/source", i);
        finding.subject = requests[i].paths[0].path;
        finding.requested = requests[i].paths[0].written;
        decider_refuse(judge->decider, judge->rule, &finding);
    }
}

/* ---- rules of the cgroup ---- */

struct request_rule {
    char type;
    int64_t major, minor;
    uint32_t access;
};

static uint32_t read_access(const char *letters)
{
    uint32_t access = 0;

    for (; letters != NULL && *letters != '\0'; letters++)
        access |= *letters == 'r' ? DEVICE_READ : *letters == 'w' ? DEVICE_WRITE : DEVICE_MKNOD;
    return access != 0 ? access : DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD;
}

static struct request_rule read_rule(const struct spec_device_rule *from)
{
    return (struct request_rule){
        .type = from->type != NULL && from->type[0] != '\0' ? from->type[0] : 'a',
        .major = from->has_major ? from->major : DEVICE_ANY,
        .minor = from->has_minor ? from->minor : DEVICE_ANY,
        .access = read_access(from->access),
    };
}

static bool is_catch_all(const struct request_rule *rule)
{
    return rule->type == 'a' && rule->major == DEVICE_ANY && rule->minor == DEVICE_ANY &&
           rule->access == (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD);
}

static const char *access_text(uint32_t access)
{
    static const char *const texts[] = {"", "r", "w", "rw", "m", "rm", "wm", "rwm"};

    return texts[access & 7];
}

static bool same_rule(const struct spec_device_rule *one, const struct spec_device_rule *other)
{
    struct request_rule first = read_rule(one), second = read_rule(other);

    return one->allow == other->allow && first.type == second.type && first.major == second.major &&
           first.minor == second.minor && first.access == second.access;
}

/* The grant's rules without one (NULL: none goes), behind a rule that denies all: without it what is left
 * might be no rules at all, which is everything. */
static void narrow_rules(struct decider *decider, const struct spec_device_rule *removed)
{
    static const struct spec_device_rule deny_all = {.has_allow = true, .access = "rwm"};
    struct spec_resources *granted = decider_resources(decider);
    const struct spec_device_rule *items = SPEC_ITEMS(granted->devices, struct spec_device_rule);
    struct spec_device_rule *kept = arena_array(decider->arena, granted->devices.count + 1, sizeof(*kept));
    size_t count = 0;

    if (granted->devices.count == 0 || !same_rule(&items[0], &deny_all))
        kept[count++] = deny_all;
    for (size_t i = 0; i < granted->devices.count; i++)
        if (removed == NULL || !same_rule(&items[i], removed))
            kept[count++] = items[i];
    granted->devices = (struct json_structs){.items = kept, .count = count, .present = true};
}

/* The first rule that a device can get to. */
static size_t first_seen(const struct json_structs *rules)
{
    for (size_t i = rules->count; i-- > 0;) {
        struct request_rule rule = read_rule(&SPEC_ITEMS(*rules, struct spec_device_rule)[i]);

        if (is_catch_all(&rule))
            return i;
    }
    return 0;
}

static void judge_rule(struct devices_judge *judge, const struct spec_device_rule *from, size_t index)
{
    struct request_rule rule = read_rule(from);
    uint32_t beyond = rule.access & (DEVICE_READ | DEVICE_WRITE) &
                      ~device_bound_access(&judge->bound, rule.type, rule.major, rule.minor);
    struct arena *arena = judge->decider->arena;
    struct policy_finding finding = {.rule = "TW0502"};

    if (!from->allow || beyond == 0)
        return;
    finding.pointer = arena_format(arena, "/linux/resources/devices/%zu", index);
    finding.requested = arena_format(arena, "%s %s", device_text(rule.type, rule.major, rule.minor, arena),
                                     access_text(rule.access));
    finding.subject = finding.requested;
    finding.reason =
        is_catch_all(&rule)
            ? "every device of the host may be opened"
            : arena_format(arena, "devices.allow does not give access %s to %s", access_text(beyond),
                           device_text(rule.type, rule.major, rule.minor, arena));
    if (decider_judge(judge->decider, judge->rule, &finding)) {
        narrow_rules(judge->decider, from);
        decider_granted(judge->decider, "no such rule");
    }
}

/*
 * No rules. That is what runtimes' own defaults and engines with a user namespace send, so it is narrowed
 * unless the policy says "refuse": the devices that every container needs are let through in any case.
 */
static void judge_no_rules(struct devices_judge *judge)
{
    struct policy_rule rule = *judge->rule;
    const struct policy_finding finding = {
        .rule = "TW0502",
        .pointer = "/linux/resources/devices",
        .requested = "no rules",
        .reason = "without rules every device of the host may be opened",
    };

    if (allows_all(judge))
        return;
    if (rule.otherwise == POLICY_OTHERWISE_DEFAULT)
        rule.otherwise = POLICY_OTHERWISE_NARROW;
    if (decider_judge(judge->decider, &rule, &finding)) {
        narrow_rules(judge->decider, NULL);
        decider_granted(judge->decider, "the default devices and what is listed");
    }
}

static void judge_rules(struct devices_judge *judge)
{
    static const struct json_structs none = {0};
    const struct spec_linux *linux_part = judge->decider->spec->linux_part;
    const struct json_structs *rules =
        linux_part != NULL && linux_part->resources != NULL ? &linux_part->resources->devices : &none;

    for (size_t i = first_seen(rules); i < rules->count; i++)
        judge_rule(judge, &SPEC_ITEMS(*rules, struct spec_device_rule)[i], i);
    /* Rootless there is no program that could be loaded, and none is needed: the kernel lets nobody open more
     * than the user may open anyhow. */
    if (rules->count == 0 && !judge->decider->observed->host.rootless)
        judge_no_rules(judge);
}

/* Is there somebody who asks at open? */
static void judge_host(struct devices_judge *judge)
{
    const struct policy_observed *observed = judge->decider->observed;
    struct policy_finding finding = {
        .rule = "TW0005",
        .pointer = "/linux/resources/devices",
        .subject = "devices.allow",
        .reason = observed->cgroup_disabled
                      ? "devices.allow needs a cgroup, and the container is to have none"
                      : "devices.allow needs cgroup v2 and BPF programs of the type cgroup_device",
    };

    if (observed->host.rootless || allows_all(judge))
        return;
    if (observed->cgroup_disabled || (observed->host.known && !observed->host.device_program))
        decider_unsupported(judge->decider, judge->rule, &finding);
}

void decide_devices(struct decider *decider, const struct policy *policy)
{
    struct devices_judge judge = {.decider = decider, .rule = &policy->devices.rule};

    if (!policy->devices.rule.present)
        return;
    device_bound_read(&policy->devices, decider->observed, decider->arena, &judge.bound);
    judge_nodes(&judge);
    judge_binds(&judge);
    judge_rules(&judge);
    judge_host(&judge);
}
