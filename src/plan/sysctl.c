/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel parameters as paths, and only those that belong to a namespace of the container. OCI
 * config-linux.md, "Sysctl". */
#include "plan/builder.h"

#include <sched.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

/* Which namespace a parameter belongs to; everything else is the host's. The kernel: ipc/ipc_sysctl.c,
 * ipc/mq_sysctl.c, kernel/utsname_sysctl.c, net. A path that ends in '/' stands for all beneath it. */
static const struct {
    const char *path;
    uint64_t namespace_flag;
    const char *namespace_name;
} namespaced[] = {
    {"net/", CLONE_NEWNET, "network"},
    {"kernel/hostname", CLONE_NEWUTS, "uts"},
    {"kernel/domainname", CLONE_NEWUTS, "uts"},
    {"kernel/msgmax", CLONE_NEWIPC, "ipc"},
    {"kernel/msgmnb", CLONE_NEWIPC, "ipc"},
    {"kernel/msgmni", CLONE_NEWIPC, "ipc"},
    {"kernel/msg_next_id", CLONE_NEWIPC, "ipc"},
    {"kernel/auto_msgmni", CLONE_NEWIPC, "ipc"},
    {"kernel/sem", CLONE_NEWIPC, "ipc"},
    {"kernel/sem_next_id", CLONE_NEWIPC, "ipc"},
    {"kernel/shmall", CLONE_NEWIPC, "ipc"},
    {"kernel/shmmax", CLONE_NEWIPC, "ipc"},
    {"kernel/shmmni", CLONE_NEWIPC, "ipc"},
    {"kernel/shm_next_id", CLONE_NEWIPC, "ipc"},
    {"kernel/shm_rmid_forced", CLONE_NEWIPC, "ipc"},
    {"fs/mqueue/", CLONE_NEWIPC, "ipc"},
    {"user/", (uint64_t)CLONE_NEWUSER, "user"},
};

/*
 * sysctl(8): the first separator tells the notation. After '/' dots are plain; otherwise every '.' separates
 * and every '/' is a dot of a name
 * ("net.ipv4.conf.eth0/100.forwarding").
 */
static const char *path_of_key(struct arena *arena, const char *key)
{
    char *path = arena_string(arena, key);
    size_t first = strcspn(path, "./");

    if (path[first] == '/')
        return path;
    for (char *place = path; *place != '\0'; place++)
        *place = *place == '.' ? '/' : *place == '/' ? '.' : *place;
    return path;
}

/* Names only: no empty component, no "." or "..", nothing absolute. */
static bool is_plain_path(const char *path)
{
    for (const char *component = path;;) {
        size_t length = strcspn(component, "/");

        if (length == 0 || (component[0] == '.' && (length == 1 || (length == 2 && component[1] == '.'))))
            return false;
        if (component[length] == '\0')
            return true;
        component += length + 1;
    }
}

static int check_namespace(const struct plan *plan, const char *key, const char *path, struct error *error)
{
    uint64_t own = plan->namespaces.new_flags | plan->namespaces.join_flags;

    for (size_t i = 0; i < ARRAY_LENGTH(namespaced); i++) {
        bool matches = text_ends_with(namespaced[i].path, "/") ? text_starts_with(path, namespaced[i].path)
                                                               : strcmp(path, namespaced[i].path) == 0;

        if (!matches)
            continue;
        if ((own & namespaced[i].namespace_flag) != 0)
            return 0;
        return error_set(
            error, ERROR_INVALID,
            "/linux/sysctl: \"%s\" would change the host: the container has no %s namespace of its own", key,
            namespaced[i].namespace_name);
    }
    return error_set(
        error, ERROR_INVALID,
        "/linux/sysctl: \"%s\" belongs to no namespace: it would change the host, so set it there", key);
}

int plan_build_sysctl(struct plan_builder *builder, struct error *error)
{
    const struct json_string_map *from = &builder->linux_part->sysctl;
    struct plan_sysctl *sysctls;

    if (from->count == 0)
        return 0;
    sysctls = arena_array(builder->arena, from->count, sizeof(*sysctls));
    for (size_t i = 0; i < from->count; i++) {
        const char *key = from->items[i].key;
        const char *path = path_of_key(builder->arena, key);

        if (!is_plain_path(path))
            return error_set(error, ERROR_INVALID, "/linux/sysctl: \"%s\" is no name of a kernel parameter",
                             key);
        if (check_namespace(builder->plan, key, path, error) < 0)
            return -1;
        sysctls[i] = (struct plan_sysctl){.path = path, .key = key, .value = from->items[i].value};
    }
    builder->plan->sysctls = sysctls;
    builder->plan->sysctl_count = from->count;
    return 0;
}
