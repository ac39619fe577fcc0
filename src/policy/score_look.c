/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which terms a configuration has. */
#include <ctype.h>
#include <string.h>
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "policy/capability_sets.h"
#include "policy/score.h"
#include "policy/unified.h"
#include "policy/words.h"

static const char *const names[] = {
    [SCORE_ROOT_USER - SCORE_FIRST_OTHER] = "root-user",
    [SCORE_NO_USER_NAMESPACE - SCORE_FIRST_OTHER] = "no-user-namespace",
    [SCORE_MAPS_HOST_ROOT - SCORE_FIRST_OTHER] = "maps-host-root",
    [SCORE_MAY_GAIN_PRIVILEGES - SCORE_FIRST_OTHER] = "may-gain-privileges",
    [SCORE_HOST_PID - SCORE_FIRST_OTHER] = "host-pid",
    [SCORE_HOST_NETWORK - SCORE_FIRST_OTHER] = "host-network",
    [SCORE_HOST_IPC - SCORE_FIRST_OTHER] = "host-ipc",
    [SCORE_HOST_UTS - SCORE_FIRST_OTHER] = "host-uts",
    [SCORE_HOST_MOUNT - SCORE_FIRST_OTHER] = "host-mount",
    [SCORE_HOST_CGROUP - SCORE_FIRST_OTHER] = "host-cgroup",
    [SCORE_JOINED_NAMESPACE - SCORE_FIRST_OTHER] = "joined-namespace",
    [SCORE_ROOT_WRITABLE - SCORE_FIRST_OTHER] = "root-writable",
    [SCORE_RUNTIME_SOCKET - SCORE_FIRST_OTHER] = "runtime-socket",
    [SCORE_SENSITIVE_PATH_WRITABLE - SCORE_FIRST_OTHER] = "sensitive-path-writable",
    [SCORE_SENSITIVE_PATH_READABLE - SCORE_FIRST_OTHER] = "sensitive-path-readable",
    [SCORE_HOST_PATH_WRITABLE - SCORE_FIRST_OTHER] = "host-path-writable",
    [SCORE_HOST_PATH_READABLE - SCORE_FIRST_OTHER] = "host-path-readable",
    [SCORE_SETUID_MOUNT - SCORE_FIRST_OTHER] = "setuid-mount",
    [SCORE_SHARED_PROPAGATION - SCORE_FIRST_OTHER] = "shared-propagation",
    [SCORE_PROC_UNMASKED - SCORE_FIRST_OTHER] = "proc-unmasked",
    [SCORE_PROC_WRITABLE - SCORE_FIRST_OTHER] = "proc-writable",
    [SCORE_SYSFS_WRITABLE - SCORE_FIRST_OTHER] = "sysfs-writable",
    [SCORE_CGROUP_WRITABLE - SCORE_FIRST_OTHER] = "cgroup-writable",
    [SCORE_ALL_DEVICES - SCORE_FIRST_OTHER] = "all-devices",
    [SCORE_BLOCK_DEVICES - SCORE_FIRST_OTHER] = "block-devices",
    [SCORE_MEMORY_DEVICE - SCORE_FIRST_OTHER] = "memory-device",
    [SCORE_NO_SECCOMP - SCORE_FIRST_OTHER] = "no-seccomp",
    [SCORE_PERMISSIVE_SECCOMP - SCORE_FIRST_OTHER] = "permissive-seccomp",
    [SCORE_CALLS_MOUNT - SCORE_FIRST_OTHER] = "calls-mount",
    [SCORE_CALLS_MODULE - SCORE_FIRST_OTHER] = "calls-module",
    [SCORE_CALLS_NAMESPACE - SCORE_FIRST_OTHER] = "calls-namespace",
    [SCORE_CALLS_BPF - SCORE_FIRST_OTHER] = "calls-bpf",
    [SCORE_CALLS_KEYRING - SCORE_FIRST_OTHER] = "calls-keyring",
    [SCORE_CALLS_DEBUG - SCORE_FIRST_OTHER] = "calls-debug",
    [SCORE_CALLS_IO_URING - SCORE_FIRST_OTHER] = "calls-io-uring",
    [SCORE_NO_LSM - SCORE_FIRST_OTHER] = "no-lsm",
    [SCORE_NO_LANDLOCK - SCORE_FIRST_OTHER] = "no-landlock",
    [SCORE_NO_MEMORY_LIMIT - SCORE_FIRST_OTHER] = "no-memory-limit",
    [SCORE_NO_PIDS_LIMIT - SCORE_FIRST_OTHER] = "no-pids-limit",
    [SCORE_NO_CPU_LIMIT - SCORE_FIRST_OTHER] = "no-cpu-limit",
    [SCORE_OOM_PROTECTED - SCORE_FIRST_OTHER] = "oom-protected",
    [SCORE_HOOKS - SCORE_FIRST_OTHER] = "hooks",
};
_Static_assert(ARRAY_LENGTH(names) == SCORE_TERM_COUNT - SCORE_FIRST_OTHER, "a name for each term");

/* "cap-sys-admin" of "CAP_SYS_ADMIN". Written once. */
static const char *capability_term(unsigned int number)
{
    enum { NAME_BYTES = 32 };
    static char written[SCORE_FIRST_OTHER][NAME_BYTES];
    const char *name = policy_capability_name(number);

    if (name == NULL)
        return NULL;
    for (size_t i = 0; written[number][0] == '\0' || i > 0; i++) {
        written[number][i] = name[i] == '_' ? '-' : (char)tolower((unsigned char)name[i]);
        if (name[i] == '\0' || i == NAME_BYTES - 1)
            break;
    }
    return written[number];
}

const char *score_term_name(enum score_term term)
{
    return term < SCORE_FIRST_OTHER ? capability_term((unsigned int)term) : names[term - SCORE_FIRST_OTHER];
}

bool score_term_find(const char *name, enum score_term *term)
{
    for (unsigned int i = 0; i < SCORE_TERM_COUNT; i++) {
        const char *candidate = score_term_name((enum score_term)i);

        if (candidate != NULL && strcmp(candidate, name) == 0) {
            *term = (enum score_term)i;
            return true;
        }
    }
    return false;
}

void score_add(struct score_view *view, enum score_term term, struct arena *arena, const char *pointer)
{
    struct score_exposure *exposure = &view->terms[term];
    const char **pointers;

    for (size_t i = 0; i < exposure->count; i++)
        if (strcmp(exposure->pointers[i], pointer) == 0)
            return;
    /* Room for 2, 4, 8, …: a bundle may have a million mounts. */
    if (exposure->count == 0 || (exposure->count & (exposure->count - 1)) == 0) {
        pointers = arena_array(arena, exposure->count == 0 ? 1 : exposure->count * 2, sizeof(*pointers));
        for (size_t i = 0; i < exposure->count; i++)
            pointers[i] = exposure->pointers[i];
        exposure->pointers = pointers;
    }
    exposure->pointers[exposure->count++] = pointer;
    exposure->present = true;
}

static void look_at_process(const struct spec *spec, struct arena *arena, struct score_view *view)
{
    static const struct spec_process nothing = {0};
    const struct spec_process *process = spec->process != NULL ? spec->process : &nothing;
    const uint64_t bits = process->capabilities != NULL ? capability_all_bits(process->capabilities) : 0;
    const char *apparmor = process->apparmor_profile, *selinux = process->selinux_label;
    const bool confined = (apparmor != NULL && apparmor[0] != '\0' && strcmp(apparmor, "unconfined") != 0) ||
                          (selinux != NULL && selinux[0] != '\0' && strstr(selinux, ":spc_t:") == NULL &&
                           strstr(selinux, "unconfined_t") == NULL);

    if (process->user == NULL || process->user->uid == 0)
        score_add(view, SCORE_ROOT_USER, arena, "/process/user");
    if (!process->no_new_privileges)
        score_add(view, SCORE_MAY_GAIN_PRIVILEGES, arena, "/process/noNewPrivileges");
    for (unsigned int i = 0; i < SCORE_FIRST_OTHER; i++)
        if ((bits >> i & 1) != 0 && score_term_name((enum score_term)i) != NULL)
            score_add(view, (enum score_term)i, arena, "/process/capabilities");
    if (!confined)
        score_add(view, SCORE_NO_LSM, arena, "/process");
    if (process->has_oom_score_adj && process->oom_score_adj < 0)
        score_add(view, SCORE_OOM_PROTECTED, arena, "/process/oomScoreAdj");
}

/* By its words: init's, or the caller's own. */
static bool is_hosts(const char *path)
{
    return text_starts_with(path, "/proc/1/ns/") || text_starts_with(path, "/proc/self/ns/") ||
           text_starts_with(path, "/proc/thread-self/ns/");
}

static void look_at_namespaces(const struct spec_linux *linux_part, struct arena *arena,
                               struct score_view *view)
{
    static const struct {
        const char *type;
        enum score_term term;
    } rows[] = {{"user", SCORE_NO_USER_NAMESPACE}, {"pid", SCORE_HOST_PID}, {"network", SCORE_HOST_NETWORK},
                {"ipc", SCORE_HOST_IPC},           {"uts", SCORE_HOST_UTS}, {"mount", SCORE_HOST_MOUNT},
                {"cgroup", SCORE_HOST_CGROUP}};

    for (size_t r = 0; r < ARRAY_LENGTH(rows); r++) {
        const char *pointer = "/linux/namespaces";
        bool own = false;

        for (size_t i = 0; i < linux_part->namespaces.count; i++) {
            const struct spec_namespace *item = &SPEC_ITEMS(linux_part->namespaces, struct spec_namespace)[i];

            if (strcmp(item->type, rows[r].type) != 0)
                continue;
            own = item->path == NULL || !is_hosts(item->path);
            pointer = arena_format(arena, "/linux/namespaces/%zu", i);
            if (item->path != NULL && own)
                score_add(view, SCORE_JOINED_NAMESPACE, arena, pointer);
        }
        if (!own)
            score_add(view, rows[r].term, arena, pointer);
    }
    for (size_t i = 0; i < linux_part->uid_mappings.count; i++)
        if (SPEC_ITEMS(linux_part->uid_mappings, struct spec_id_mapping)[i].host_id == 0)
            score_add(view, SCORE_MAPS_HOST_ROOT, arena, arena_format(arena, "/linux/uidMappings/%zu", i));
}

static bool is_whole(const struct spec_device_rule *rule)
{
    const char *access = rule->access;

    return (rule->type == NULL || strcmp(rule->type, "a") == 0) && (!rule->has_major || rule->major == -1) &&
           (!rule->has_minor || rule->minor == -1) &&
           (access == NULL || access[0] == '\0' ||
            (strchr(access, 'r') != NULL && strchr(access, 'w') != NULL && strchr(access, 'm') != NULL));
}

static void look_at_devices(const struct spec_linux *linux_part, struct arena *arena, struct score_view *view)
{
    static const struct spec_resources nothing = {0};
    const struct spec_resources *resources = linux_part->resources != NULL ? linux_part->resources : &nothing;
    bool all = true;
    size_t first = 0;

    for (size_t i = 0; i < resources->devices.count; i++) {
        const struct spec_device_rule *rule = &SPEC_ITEMS(resources->devices, struct spec_device_rule)[i];

        if (is_whole(rule)) {
            all = rule->allow;
            first = i + 1;
        }
    }
    if (all) {
        score_add(view, SCORE_ALL_DEVICES, arena, "/linux/resources/devices");
        score_add(view, SCORE_BLOCK_DEVICES, arena, "/linux/resources/devices");
        score_add(view, SCORE_MEMORY_DEVICE, arena, "/linux/resources/devices");
    }
    for (size_t i = first; i < resources->devices.count; i++) {
        const struct spec_device_rule *rule = &SPEC_ITEMS(resources->devices, struct spec_device_rule)[i];
        const char *pointer = arena_format(arena, "/linux/resources/devices/%zu", i);
        const bool any_type = rule->type == NULL || strcmp(rule->type, "a") == 0;

        /* To make a node ("m") opens none. */
        if (!rule->allow ||
            (rule->access != NULL && rule->access[0] != '\0' && strpbrk(rule->access, "rw") == NULL))
            continue;
        if (any_type || strcmp(rule->type, "b") == 0)
            score_add(view, SCORE_BLOCK_DEVICES, arena, pointer);
        /* 1:1 mem, 1:2 kmem, 1:4 port. */
        if ((any_type || rule->type[0] == 'c') &&
            (!rule->has_major || rule->major == -1 || rule->major == 1) &&
            (!rule->has_minor || rule->minor == -1 || rule->minor == 1 || rule->minor == 2 ||
             rule->minor == 4))
            score_add(view, SCORE_MEMORY_DEVICE, arena, pointer);
    }
}

/* A limit: the cgroup's file where the request writes it, else the member. */
static bool is_limited(const struct spec_resources *resources, const char *file, bool by_member)
{
    uint64_t value;

    switch (unified_number(resources, file, &value)) {
    case UNIFIED_NUMBER:
        return value != UINT64_MAX;
    case UNIFIED_BROKEN:
        return false;
    case UNIFIED_ABSENT:
        break;
    }
    return by_member;
}

static void look_at_limits(const struct spec_linux *linux_part, struct arena *arena, struct score_view *view)
{
    static const struct spec_resources nothing = {0};
    const struct spec_resources *resources = linux_part->resources != NULL ? linux_part->resources : &nothing;
    const struct spec_cpu *cpu = resources->cpu;
    const char *maximum = unified_text(resources, "cpu.max");

    if (!is_limited(resources, "memory.max", resources->memory != NULL && resources->memory->limit > 0))
        score_add(view, SCORE_NO_MEMORY_LIMIT, arena, "/linux/resources/memory");
    if (!is_limited(resources, "pids.max", resources->pids != NULL && resources->pids->limit > 0))
        score_add(view, SCORE_NO_PIDS_LIMIT, arena, "/linux/resources/pids");
    if (maximum != NULL ? strstr(maximum, "max") != NULL : cpu == NULL || cpu->quota <= 0)
        score_add(view, SCORE_NO_CPU_LIMIT, arena, "/linux/resources/cpu");
}

static void look_at_hooks(const struct spec *spec, struct arena *arena, struct score_view *view)
{
    const struct spec_hooks *hooks = spec->hooks;

    if (hooks != NULL && hooks->prestart.count + hooks->create_runtime.count + hooks->create_container.count +
                                 hooks->start_container.count + hooks->poststart.count +
                                 hooks->poststop.count >
                             0)
        score_add(view, SCORE_HOOKS, arena, "/hooks");
}

void score_look(const struct spec *spec, const struct policy_layers *layers, struct arena *arena,
                struct score_view *view)
{
    static const struct spec_linux nothing = {0};
    const struct spec_linux *linux_part = spec->linux_part != NULL ? spec->linux_part : &nothing;
    const char *propagation = linux_part->rootfs_propagation;

    *view = (struct score_view){0};
    look_at_process(spec, arena, view);
    look_at_namespaces(linux_part, arena, view);
    score_look_at_mounts(spec, arena, view);
    look_at_devices(linux_part, arena, view);
    look_at_limits(linux_part, arena, view);
    look_at_hooks(spec, arena, view);
    score_look_at_calls(spec, layers, arena, view);
    if (spec->root != NULL && !spec->root->readonly)
        score_add(view, SCORE_ROOT_WRITABLE, arena, "/root/readonly");
    if (propagation != NULL && (strcmp(propagation, "shared") == 0 || strcmp(propagation, "rshared") == 0))
        score_add(view, SCORE_SHARED_PROPAGATION, arena, "/linux/rootfsPropagation");
    if (layers == NULL || layers->landlock_count == 0)
        score_add(view, SCORE_NO_LANDLOCK, arena, "");
}
