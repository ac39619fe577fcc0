/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A container's plan by hand, and the steps of rootfs.h in their order, for tests that look at what comes
 * out. */
#pragma once

#include "private_namespace.h"

#include "base/arena.h"
#include "base/descriptor.h"
#include "linux/rootfs.h"

enum { FIXTURE_MOUNTS_MAX = 16 };

static struct plan plan;
static struct plan_process process;
static struct plan_mount mounts[FIXTURE_MOUNTS_MAX];
static struct host_facts facts;
static struct rootfs rootfs;
static struct rootfs_sources sources;
static struct arena arena;

static const struct plan_device default_devices[] = {
    {.path = {"/dev/null"}, .major = 1, .minor = 3, .mode = 0666, .is_default = true},
    {.path = {"/dev/zero"}, .major = 1, .minor = 5, .mode = 0666, .is_default = true},
    {.path = {"/dev/tty"}, .major = 5, .minor = 0, .mode = 0666, .is_default = true},
};

static const struct plan_symlink default_symlinks[] = {
    {{"/dev/fd"}, "/proc/self/fd"},
    {{"/dev/ptmx"}, "pts/ptmx"},
};

/* An empty rootfs at scratch/root, no mounts, nothing to mask. */
static inline void plan_begin(void)
{
    static char path[128];
    CHECK(mkdir("root", 0755) == 0 && mkdir("out", 0755) == 0);
    snprintf(path, sizeof(path), "%s/root", scratch);
    memset(mounts, 0, sizeof(mounts));
    plan = (struct plan){
        .rootfs = {.path = {path},
                   .new_mount_namespace = true,
                   .propagation = MS_SLAVE | MS_REC,
                   .mounts = mounts},
        .process = &process,
        .namespaces = {.new_flags = CLONE_NEWNS},
    };
}

static inline struct plan_mount *add_mount(const char *type, const char *destination)
{
    struct plan_mount *mount = &mounts[plan.rootfs.mount_count];
    CHECK(plan.rootfs.mount_count < FIXTURE_MOUNTS_MAX);
    *mount = (struct plan_mount){
        .kind = PLAN_MOUNT_FILESYSTEM,
        .type = type,
        .source = type,
        .destination = {destination},
        .index = plan.rootfs.mount_count++,
    };
    return mount;
}

static inline struct plan_mount *add_bind(const char *source, const char *destination, bool recursive)
{
    struct plan_mount *mount = add_mount("bind", destination);
    mount->kind = PLAN_MOUNT_BIND;
    mount->source_path.text = source;
    mount->recursive = recursive;
    return mount;
}

static inline void add_devices(void)
{
    plan.rootfs.devices = default_devices;
    plan.rootfs.device_count = sizeof(default_devices) / sizeof(default_devices[0]);
    plan.rootfs.symlinks = default_symlinks;
    plan.rootfs.symlink_count = sizeof(default_symlinks) / sizeof(default_symlinks[0]);
}

static inline int try_build(void)
{
    if (rootfs_sources_open(&plan, -1, &arena, &sources, &test_error) < 0)
        return -1;
    CHECK(unshare(CLONE_NEWNS) == 0);
    return rootfs_build(&plan, &sources, &facts, &rootfs, &test_error);
}

static inline void build_and_enter(void)
{
    CHECK(try_build() == 0);
    CHECK(rootfs_enter(&plan, &rootfs, &test_error) == 0);
}

static inline void become_container(void)
{
    build_and_enter();
    CHECK(rootfs_finish(&plan, &rootfs, &test_error) == 0);
}

static inline bool says(const char *text)
{
    return strstr(test_error.message, text) != NULL;
}

static inline bool took_fallback(const char *start)
{
    for (size_t i = 0; i < rootfs.fallback_count; i++)
        if (strncmp(rootfs.fallbacks[i], start, strlen(start)) == 0)
            return true;
    return false;
}

#define PRIVATE_TEST(name)                                                                                   \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_private_namespace(body_##name);                                                                   \
    }
