/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See device_bound.h. */
#include "policy/device_bound.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { READ_WRITE = DEVICE_READ | DEVICE_WRITE, ALL = READ_WRITE | DEVICE_MKNOD };

/* Linux' list of assigned numbers (Documentation/admin-guide/devices.txt). */
static const struct {
    const char *name; /* beneath /dev */
    char type;
    int64_t major, minor;
} known[] = {
    {"mem", 'c', 1, 1},
    {"null", 'c', 1, 3},
    {"port", 'c', 1, 4},
    {"zero", 'c', 1, 5},
    {"full", 'c', 1, 7},
    {"random", 'c', 1, 8},
    {"urandom", 'c', 1, 9},
    {"kmsg", 'c', 1, 11},
    {"tty", 'c', 5, 0},
    {"console", 'c', 5, 1},
    {"ptmx", 'c', 5, 2},
    {"net/tun", 'c', 10, 200},
    {"uinput", 'c', 10, 223},
    {"fuse", 'c', 10, 229},
    {"kvm", 'c', 10, 232},
    {"btrfs-control", 'c', 10, 234},
    {"loop-control", 'c', 10, 237},
    {"vhost-net", 'c', 10, 238},
};

/* OCI config-linux.md, "Default Devices", and what their links lead to. */
static const struct {
    int64_t major, minor;
} defaults[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 1}, {5, 2}, {136, DEVICE_ANY}};

static const char *name_in_dev(const char *name)
{
    return text_starts_with(name, "/dev/") ? name + strlen("/dev/") : name;
}

bool device_known_by_name(const char *path, char *type, int64_t *major, int64_t *minor)
{
    for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
        if (strcmp(known[i].name, name_in_dev(path)) == 0) {
            *type = known[i].type;
            *major = known[i].major;
            *minor = known[i].minor;
            return true;
        }
    return false;
}

static const char *path_of(const char *name, struct arena *arena)
{
    return name[0] == '/' ? name : arena_format(arena, "/dev/%s", name);
}

const char *device_path_to_observe(const struct policy_device *device, struct arena *arena)
{
    char type;
    int64_t major, minor;

    if (device->name == NULL || device_known_by_name(device->name, &type, &major, &minor))
        return NULL;
    return path_of(device->name, arena);
}

/* By its name: numbers, or type '\0'. */
static void look_up(struct policy_device *device, const struct policy_observed *observed, struct arena *arena)
{
    const struct policy_path_fact *fact;

    device->type = '\0';
    if (device->access == 0)
        device->access = ALL;
    if (device_known_by_name(device->name, &device->type, &device->major, &device->minor))
        return;
    fact = policy_observed_path(observed, path_of(device->name, arena));
    if (fact == NULL || !fact->is_device)
        return;
    device->type = fact->device_type;
    device->major = fact->device_major;
    device->minor = fact->device_minor;
}

void device_bound_read(const struct policy_devices *devices, const struct policy_observed *observed,
                       struct arena *arena, struct device_bound *bound)
{
    bound->devices = devices;
    bound->items = arena_array(arena, devices->count, sizeof(*bound->items));
    for (size_t i = 0; i < devices->count; i++) {
        bound->items[i] = devices->items[i];
        if (bound->items[i].name != NULL)
            look_up(&bound->items[i], observed, arena);
    }
}

static bool covers(int64_t allowed, int64_t number)
{
    return allowed == DEVICE_ANY || allowed == number;
}

static uint32_t access_of_type(const struct device_bound *bound, char type, int64_t major, int64_t minor)
{
    uint32_t access = 0;

    for (size_t i = 0; i < bound->devices->count; i++) {
        const struct policy_device *item = &bound->items[i];

        if ((item->type == type || item->type == 'a') && covers(item->major, major) &&
            covers(item->minor, minor))
            access |= item->access;
    }
    for (size_t i = 0; type == 'c' && i < ARRAY_LENGTH(defaults); i++)
        if (covers(defaults[i].major, major) && covers(defaults[i].minor, minor))
            access |= ALL;
    return access;
}

uint32_t device_bound_access(const struct device_bound *bound, char type, int64_t major, int64_t minor)
{
    if (type != 'a')
        return access_of_type(bound, type, major, minor);
    return access_of_type(bound, 'c', major, minor) & access_of_type(bound, 'b', major, minor);
}
