/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration that `thwart spec` writes: a shell on a read-only root with its own namespaces, the usual
 * mounts, three capabilities and no new privileges. What users of other runtimes expect from their `spec`
 * command.
 */
#include "spec/spec.h"

#include <string.h>
#include "base/memory.h"

#define STRINGS(array)                                                                                       \
    {                                                                                                        \
        .items = (array), .count = ARRAY_LENGTH(array), .present = true                                      \
    }
#define STRUCTS(array)                                                                                       \
    {                                                                                                        \
        .items = (array), .count = ARRAY_LENGTH(array), .present = true                                      \
    }

static const char *args[] = {"sh"};
static const char *environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                    "TERM=xterm"};
static const char *capabilities[] = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};

static const char *dev_options[] = {"nosuid", "strictatime", "mode=755", "size=65536k"};
static const char *pts_options[] = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"};
static const char *shm_options[] = {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"};
static const char *mqueue_options[] = {"nosuid", "noexec", "nodev"};
static const char *sys_options[] = {"nosuid", "noexec", "nodev", "ro"};
static const char *cgroup_options[] = {"nosuid", "noexec", "nodev", "relatime", "ro"};
/* A user namespace that does not own the network namespace cannot mount sysfs: the host's is bound. */
static const char *sys_bind_options[] = {"rbind", "nosuid", "noexec", "nodev", "ro"};

static const struct spec_mount mounts[] = {
    {.destination = "/proc", .type = "proc", .source = "proc"},
    {.destination = "/dev", .type = "tmpfs", .source = "tmpfs", .options = STRINGS(dev_options)},
    {.destination = "/dev/pts", .type = "devpts", .source = "devpts", .options = STRINGS(pts_options)},
    {.destination = "/dev/shm", .type = "tmpfs", .source = "shm", .options = STRINGS(shm_options)},
    {.destination = "/dev/mqueue", .type = "mqueue", .source = "mqueue", .options = STRINGS(mqueue_options)},
    {.destination = "/sys", .type = "sysfs", .source = "sysfs", .options = STRINGS(sys_options)},
    {.destination = "/sys/fs/cgroup",
     .type = "cgroup",
     .source = "cgroup",
     .options = STRINGS(cgroup_options)},
};

static const struct spec_namespace namespaces[] = {
    {.type = "pid"}, {.type = "network"}, {.type = "ipc"},
    {.type = "uts"}, {.type = "mount"},   {.type = "cgroup"},
};

static const char *masked_paths[] = {"/proc/acpi",
                                     "/proc/asound",
                                     "/proc/interrupts",
                                     "/proc/kcore",
                                     "/proc/keys",
                                     "/proc/latency_stats",
                                     "/proc/sched_debug",
                                     "/proc/scsi",
                                     "/proc/timer_list",
                                     "/proc/timer_stats",
                                     "/sys/devices/virtual/powercap",
                                     "/sys/firmware"};
static const char *readonly_paths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                       "/proc/sysrq-trigger"};

static const struct spec_process *default_process(struct arena *arena)
{
    struct spec_process *process = arena_allocate(arena, sizeof(*process));
    struct spec_capabilities *sets = arena_allocate(arena, sizeof(*sets));
    struct spec_rlimit *limit = arena_allocate(arena, sizeof(*limit));
    struct spec_user *user = arena_allocate(arena, sizeof(*user));
    const struct json_strings three = STRINGS(capabilities);

    *sets = (struct spec_capabilities){.bounding = three, .effective = three, .permitted = three};
    *limit = (struct spec_rlimit){.type = "RLIMIT_NOFILE", .hard = 1024, .soft = 1024};
    *user = (struct spec_user){.has_uid = true, .has_gid = true};
    *process = (struct spec_process){
        .terminal = true,
        .has_terminal = true,
        .user = user,
        .args = STRINGS(args),
        .environment = STRINGS(environment),
        .cwd = "/",
        .capabilities = sets,
        .rlimits = {.items = limit, .count = 1, .present = true},
        .no_new_privileges = true,
        .has_no_new_privileges = true,
    };
    return process;
}

static struct json_structs default_mounts(struct arena *arena, bool rootless)
{
    struct spec_mount *copy = arena_array(arena, ARRAY_LENGTH(mounts), sizeof(*copy));

    memcpy(copy, mounts, sizeof(mounts));
    for (size_t i = 0; rootless && i < ARRAY_LENGTH(mounts); i++) {
        if (strcmp(copy[i].destination, "/sys") == 0) {
            copy[i].type = "none";
            copy[i].source = "/sys";
            copy[i].options = (struct json_strings)STRINGS(sys_bind_options);
        } else if (strcmp(copy[i].destination, "/dev/pts") == 0) {
            copy[i].options.count--; /* gid 5 is not mapped */
        }
    }
    return (struct json_structs){.items = copy, .count = ARRAY_LENGTH(mounts), .present = true};
}

static struct json_structs one_mapping(struct arena *arena, uint32_t host_id)
{
    struct spec_id_mapping *mapping = arena_allocate(arena, sizeof(*mapping));

    *mapping = (struct spec_id_mapping){.container_id = 0, .host_id = host_id, .size = 1};
    return (struct json_structs){.items = mapping, .count = 1, .present = true};
}

/* Rootless: the host's network, as there is nobody to set up another one, and a user namespace. */
static struct json_structs default_namespaces(struct arena *arena, bool rootless)
{
    struct spec_namespace *copy = arena_array(arena, ARRAY_LENGTH(namespaces), sizeof(*copy));

    memcpy(copy, namespaces, sizeof(namespaces));
    for (size_t i = 0; rootless && i < ARRAY_LENGTH(namespaces); i++)
        if (strcmp(copy[i].type, "network") == 0)
            copy[i].type = "user";
    return (struct json_structs){.items = copy, .count = ARRAY_LENGTH(namespaces), .present = true};
}

static const struct spec_resources *default_resources(struct arena *arena)
{
    struct spec_resources *resources = arena_allocate(arena, sizeof(*resources));
    struct spec_device_rule *deny_all = arena_allocate(arena, sizeof(*deny_all));

    *deny_all = (struct spec_device_rule){.has_allow = true, .access = "rwm"};
    resources->devices = (struct json_structs){.items = deny_all, .count = 1, .present = true};
    return resources;
}

const struct spec *spec_default(struct arena *arena, bool rootless, uint32_t uid, uint32_t gid)
{
    struct spec *spec = arena_allocate(arena, sizeof(*spec));
    struct spec_root *root = arena_allocate(arena, sizeof(*root));
    struct spec_linux *linux_part = arena_allocate(arena, sizeof(*linux_part));

    *root = (struct spec_root){.path = "rootfs", .readonly = true, .has_readonly = true};
    *linux_part = (struct spec_linux){
        .namespaces = default_namespaces(arena, rootless),
        .masked_paths = STRINGS(masked_paths),
        .readonly_paths = STRINGS(readonly_paths),
    };
    if (rootless) {
        linux_part->uid_mappings = one_mapping(arena, uid);
        linux_part->gid_mappings = one_mapping(arena, gid);
    } else {
        linux_part->resources = default_resources(arena);
    }
    *spec = (struct spec){
        .oci_version = "1.3.0",
        .process = default_process(arena),
        .root = root,
        .hostname = "thwart",
        .mounts = default_mounts(arena, rootless),
        .linux_part = linux_part,
    };
    return spec;
}
