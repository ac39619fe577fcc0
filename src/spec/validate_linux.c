/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of the member "linux" (config-linux.md), without resources, seccomp and sysctl, which have files of
 * their own. */
#include "spec/check.h"

#include <limits.h>
#include <string.h>
#include "base/memory.h"

static const char *const namespace_types[] = {"pid",  "network", "mount", "ipc", "uts",
                                              "user", "cgroup",  "time",  NULL};

static bool is_given(const char *string)
{
    return string != NULL && string[0] != '\0';
}

/* config-linux.md, "Namespaces": known types, none twice, absolute paths. */
static int check_namespace_list(const struct spec_check *check, const struct spec_linux *linux_part,
                                const struct json_place *place)
{
    bool seen[ARRAY_LENGTH(namespace_types)] = {false};

    for (size_t i = 0; i < linux_part->namespaces.count; i++) {
        const struct spec_namespace *namespace =
            &SPEC_ITEMS(linux_part->namespaces, struct spec_namespace)[i];
        const struct json_place *here = PLACE_ITEM(place, i);
        size_t type = 0;

        if (spec_check_word(check, PLACE_MEMBER(here, "type"), namespace->type, namespace_types,
                            "a namespace type") < 0)
            return -1;
        while (strcmp(namespace_types[type], namespace->type) != 0)
            type++;
        if (seen[type])
            return spec_refuse(check, PLACE_MEMBER(here, "type"), "namespace \"%s\" is given twice",
                               namespace->type);
        seen[type] = true;
        if (is_given(namespace->path) && namespace->path[0] != '/')
            return spec_refuse(check, PLACE_MEMBER(here, "path"),
                               "expected an absolute path, found \"%.200s\"", namespace->path);
    }
    return 0;
}

/* config-linux.md, "User namespace mappings": without a user namespace they would be ignored. */
static int check_user_namespace(const struct spec_check *check, const struct spec_linux *linux_part,
                                const struct json_place *place)
{
    const struct spec_namespace *user = spec_find_namespace(linux_part, "user");
    const struct json_place *uids = PLACE_MEMBER(place, "uidMappings"),
                            *gids = PLACE_MEMBER(place, "gidMappings");

    if (spec_check_mappings(check, uids, &linux_part->uid_mappings) < 0 ||
        spec_check_mappings(check, gids, &linux_part->gid_mappings) < 0)
        return -1;
    if (user == NULL && linux_part->uid_mappings.count > 0)
        return spec_refuse(check, uids, "mappings need a namespace of type \"user\" in /linux/namespaces");
    if (user == NULL && linux_part->gid_mappings.count > 0)
        return spec_refuse(check, gids, "mappings need a namespace of type \"user\" in /linux/namespaces");
    if (user == NULL || is_given(user->path))
        return 0;
    if (linux_part->uid_mappings.count == 0 && linux_part->gid_mappings.count == 0) {
        /* What crun's `spec --rootless` writes: a valid request, whose ids the runtime has to choose. */
        spec_note(check, uids, "a new user namespace without mappings");
        return 0;
    }
    if (linux_part->uid_mappings.count == 0)
        return spec_refuse(check, uids, "gidMappings of a new user namespace need uidMappings beside them");
    if (linux_part->gid_mappings.count == 0)
        return spec_refuse(check, gids, "uidMappings of a new user namespace need gidMappings beside them");
    return 0;
}

int spec_check_namespaces(const struct spec_check *check, const struct spec_linux *linux_part,
                          const struct json_place *place)
{
    if (check_namespace_list(check, linux_part, PLACE_MEMBER(place, "namespaces")) < 0)
        return -1;
    return check_user_namespace(check, linux_part, place);
}

/* config-linux.md, "Offset for Time Namespace"; time_namespaces(7): offsets of an entered namespace are
 * fixed. */
static int check_time_offsets(const struct spec_check *check, const struct spec_linux *linux_part,
                              const struct json_place *above)
{
    static const char *const clocks[] = {"monotonic", "boottime", NULL};
    const struct spec_namespace *time = spec_find_namespace(linux_part, "time");
    const struct json_place *place = PLACE_MEMBER(above, "timeOffsets");

    if (linux_part->time_offsets.count == 0)
        return 0;
    if (time == NULL || is_given(time->path))
        return spec_refuse(check, place,
                           "offsets need a new namespace of type \"time\" in /linux/namespaces");
    for (size_t i = 0; i < linux_part->time_offsets.count; i++)
        if (spec_check_word(check, PLACE_MEMBER(place, linux_part->time_offsets.keys[i]),
                            linux_part->time_offsets.keys[i], clocks, "a clock with an offset") < 0)
            return -1;
    return 0;
}

/* config-linux.md, "Devices": absolute path, type c, b, u or p; numbers REQUIRED unless p. */
static int check_device(const struct spec_check *check, const struct spec_device *device,
                        const struct json_place *place)
{
    static const char *const types[] = {"c", "b", "u", "p", NULL};
    const struct {
        const char *member;
        bool present;
        int64_t value, maximum;
    } numbers[] = {
        {"major", device->has_major, device->major, 4095},
        {"minor", device->has_minor, device->minor, 1048575},
    };

    if (spec_check_path(check, PLACE_MEMBER(place, "path"), device->path) < 0 ||
        spec_check_word(check, PLACE_MEMBER(place, "type"), device->type, types, "a device type") < 0)
        return -1;
    if (strcmp(device->type, "p") == 0)
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        if (!numbers[i].present)
            return spec_refuse(check, PLACE_MEMBER(place, numbers[i].member),
                               "a device of type %s needs a %s number", device->type, numbers[i].member);
        if (numbers[i].value < 0 || numbers[i].value > numbers[i].maximum)
            return spec_refuse(check, PLACE_MEMBER(place, numbers[i].member),
                               "expected a whole number from 0 to %lld, found %lld",
                               (long long)numbers[i].maximum, (long long)numbers[i].value);
    }
    return 0;
}

static int check_devices(const struct spec_check *check, const struct spec_linux *linux_part,
                         const struct json_place *above)
{
    const struct json_place *place = PLACE_MEMBER(above, "devices");

    for (size_t i = 0; i < linux_part->devices.count; i++)
        if (check_device(check, &SPEC_ITEMS(linux_part->devices, struct spec_device)[i],
                         PLACE_ITEM(place, i)) < 0)
            return -1;
    return 0;
}

/* A new interface name may be a template: "eth%d", one "%d" and no other "%" (dev_alloc_name of the kernel).
 */
static bool is_interface_template(const char *name)
{
    const char *percent = strchr(name, '%');

    if (percent != NULL && (percent[1] != 'd' || strchr(percent + 1, '%') != NULL))
        return false;
    return spec_is_interface_name(name);
}

/* config-linux.md, "Network Devices": they move into the container's network namespace, so there must be one.
 */
static int check_net_devices(const struct spec_check *check, const struct spec_linux *linux_part,
                             const struct json_place *above)
{
    const struct json_struct_map *devices = &linux_part->net_devices;
    const struct json_place *place = PLACE_MEMBER(above, "netDevices");

    if (devices->count > 0 && spec_find_namespace(linux_part, "network") == NULL)
        return spec_refuse(check, place,
                           "network devices need a namespace of type \"network\" in /linux/namespaces");
    for (size_t i = 0; i < devices->count; i++) {
        const char *name = SPEC_ITEMS(*devices, struct spec_net_device)[i].name;
        const struct json_place *here = PLACE_MEMBER(place, devices->keys[i]);

        if (!spec_is_interface_name(devices->keys[i]))
            return spec_refuse(check, here, "\"%.100s\" is no name of a network interface", devices->keys[i]);
        if (is_given(name) && !is_interface_template(name))
            return spec_refuse(check, PLACE_MEMBER(here, "name"),
                               "\"%.100s\" is no name of a network interface", name);
    }
    return 0;
}

/* config-linux.md, "Masked Paths" and "Readonly Paths": MUST be absolute. */
static int check_path_list(const struct spec_check *check, const struct json_strings *paths,
                           const struct json_place *place)
{
    for (size_t i = 0; i < paths->count; i++)
        if (spec_check_path(check, PLACE_ITEM(place, i), paths->items[i]) < 0)
            return -1;
    return 0;
}

/* config-linux.md, "Cgroups Path"; a path that climbs would leave the place that was given to us. */
static int check_cgroups_path(const struct spec_check *check, const struct spec_linux *linux_part,
                              const struct json_place *above)
{
    const struct json_place *place = PLACE_MEMBER(above, "cgroupsPath");
    const char *path = linux_part->cgroups_path;

    if (!is_given(path))
        return 0;
    if (strlen(path) >= PATH_MAX)
        return spec_refuse(check, place, "%zu bytes are more than a path can have, %d", strlen(path),
                           PATH_MAX - 1);
    if (spec_path_climbs(path))
        return spec_refuse(check, place, "the path must not contain \"..\": \"%.200s\"", path);
    if (spec_check_plain(check, place, path, "the path") < 0)
        return -1;
    for (const char *component = path; *component != '\0'; component += strcspn(component, "/")) {
        component += strspn(component, "/");
        if (strcspn(component, "/") > NAME_MAX)
            return spec_refuse(check, place, "a component is longer than %d bytes", NAME_MAX);
    }
    return 0;
}

/* config-linux.md, "Rootfs Mount Propagation"; engines write the recursive words, which mean the same here.
 */
static int check_propagation(const struct spec_check *check, const struct spec_linux *linux_part,
                             const struct json_place *place)
{
    static const char *const words[] = {"shared", "slave",    "private",     "unbindable", "rshared",
                                        "rslave", "rprivate", "runbindable", NULL};

    if (!is_given(linux_part->rootfs_propagation))
        return 0;
    return spec_check_word(check, PLACE_MEMBER(place, "rootfsPropagation"), linux_part->rootfs_propagation,
                           words, "a propagation");
}

/* config-linux.md, "Personality": no flags are defined; personality(2) has some, none of them safe to pass
 * on. */
static int check_personality(const struct spec_check *check, const struct spec_linux *linux_part,
                             const struct json_place *above)
{
    static const char *const domains[] = {"LINUX", "LINUX32", NULL};
    const struct json_place *place = PLACE_MEMBER(above, "personality");

    if (linux_part->personality == NULL)
        return 0;
    if (linux_part->personality->flags.count > 0)
        return spec_refuse(check, PLACE_MEMBER(place, "flags"),
                           "the specification defines no flags: expected an empty array");
    return spec_check_word(check, PLACE_MEMBER(place, "domain"), linux_part->personality->domain, domains,
                           "an execution domain");
}

static int check_schema(const struct spec_check *check, const char *schema, const char *start,
                        const struct json_place *place)
{
    if (schema == NULL)
        return 0;
    if (!text_starts_with(schema, start))
        return spec_refuse(check, place, "expected a schema that starts with \"%s\", found \"%.100s\"", start,
                           schema);
    return spec_check_plain(check, place, schema, "the schema");
}

/* config-linux.md, "IntelRdt": one directory name, one line a schema. With code and data prioritised apart,
 * the kernel calls the L3 schemas L3CODE and L3DATA. */
static int check_intel_rdt(const struct spec_check *check, const struct spec_linux *linux_part,
                           const struct json_place *above)
{
    const struct spec_intel_rdt *rdt = linux_part->intel_rdt;
    const struct json_place *place = PLACE_MEMBER(above, "intelRdt");

    if (rdt == NULL)
        return 0;
    if (rdt->clos_id != NULL && strcmp(rdt->clos_id, "/") != 0 &&
        (rdt->clos_id[0] == '\0' || strchr(rdt->clos_id, '/') != NULL || strcmp(rdt->clos_id, ".") == 0 ||
         strcmp(rdt->clos_id, "..") == 0 || text_has_control(rdt->clos_id) ||
         strlen(rdt->clos_id) > NAME_MAX))
        return spec_refuse(check, PLACE_MEMBER(place, "closID"),
                           "expected \"/\" or one directory name, found \"%.100s\"", rdt->clos_id);
    if (check_schema(check, rdt->l3_cache_schema, "L3", PLACE_MEMBER(place, "l3CacheSchema")) < 0 ||
        check_schema(check, rdt->memory_bandwidth_schema, "MB:", PLACE_MEMBER(place, "memBwSchema")) < 0)
        return -1;
    for (size_t i = 0; i < rdt->schemata.count; i++)
        if (spec_check_plain(check, PLACE_ITEM(PLACE_MEMBER(place, "schemata"), i), rdt->schemata.items[i],
                             "the schema") < 0)
            return -1;
    return 0;
}

static bool has_word(const struct json_strings *strings, const char *word)
{
    for (size_t i = 0; i < strings->count; i++)
        if (strcmp(strings->items[i], word) == 0)
            return true;
    return false;
}

/* config-linux.md, "Memory policy"; set_mempolicy(2): which modes take nodes and which flags. */
static int check_memory_policy(const struct spec_check *check, const struct spec_linux *linux_part,
                               const struct json_place *above)
{
    static const char *const modes[] = {
        "MPOL_DEFAULT",   "MPOL_BIND",           "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE",
        "MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL",      NULL};
    static const char *const flags[] = {"MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES",
                                        "MPOL_F_STATIC_NODES", NULL};
    const struct spec_memory_policy *policy = linux_part->memory_policy;
    const struct json_place *place = PLACE_MEMBER(above, "memoryPolicy");
    bool without, optional;

    if (policy == NULL)
        return 0;
    if (spec_check_word(check, PLACE_MEMBER(place, "mode"), policy->mode, modes, "a memory policy") < 0 ||
        spec_check_words(check, PLACE_MEMBER(place, "flags"), &policy->flags, flags,
                         "a flag of a memory policy") < 0)
        return -1;
    if (is_given(policy->nodes) &&
        spec_check_number_list(check, PLACE_MEMBER(place, "nodes"), policy->nodes, SPEC_NODE_MAX) < 0)
        return -1;
    without = strcmp(policy->mode, "MPOL_DEFAULT") == 0 || strcmp(policy->mode, "MPOL_LOCAL") == 0;
    optional = strcmp(policy->mode, "MPOL_PREFERRED") == 0;
    if (without && is_given(policy->nodes))
        return spec_refuse(check, PLACE_MEMBER(place, "nodes"), "%s takes no nodes", policy->mode);
    if (!without && !optional && !is_given(policy->nodes))
        return spec_refuse(check, PLACE_MEMBER(place, "nodes"), "%s needs at least one node", policy->mode);
    if (policy->flags.count > 0 && !is_given(policy->nodes))
        return spec_refuse(check, PLACE_MEMBER(place, "flags"), "flags need nodes");
    if (has_word(&policy->flags, "MPOL_F_RELATIVE_NODES") && has_word(&policy->flags, "MPOL_F_STATIC_NODES"))
        return spec_refuse(check, PLACE_MEMBER(place, "flags"),
                           "MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other");
    return 0;
}

int spec_check_linux(const struct spec_check *check, const struct spec *spec, const struct json_place *place)
{
    const struct spec_linux *linux_part = spec->linux_part;

    if (check_time_offsets(check, linux_part, place) < 0 || check_devices(check, linux_part, place) < 0 ||
        check_net_devices(check, linux_part, place) < 0 || check_cgroups_path(check, linux_part, place) < 0 ||
        check_path_list(check, &linux_part->masked_paths, PLACE_MEMBER(place, "maskedPaths")) < 0 ||
        check_path_list(check, &linux_part->readonly_paths, PLACE_MEMBER(place, "readonlyPaths")) < 0 ||
        check_propagation(check, linux_part, place) < 0 || check_personality(check, linux_part, place) < 0 ||
        check_intel_rdt(check, linux_part, place) < 0 || check_memory_policy(check, linux_part, place) < 0 ||
        spec_check_sysctl(check, spec, place) < 0)
        return -1;
    if (linux_part->mount_label != NULL &&
        spec_check_plain(check, PLACE_MEMBER(place, "mountLabel"), linux_part->mount_label, "the label") < 0)
        return -1;
    if (linux_part->resources != NULL &&
        spec_check_resources(check, linux_part->resources, PLACE_MEMBER(place, "resources")) < 0)
        return -1;
    if (linux_part->seccomp != NULL &&
        spec_check_seccomp(check, linux_part->seccomp, PLACE_MEMBER(place, "seccomp")) < 0)
        return -1;
    return 0;
}
