/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container sees of the host's files, by the words of its mounts. */
#include <linux/mount.h>
#include <string.h>
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "policy/mount_request.h"
#include "policy/score.h"

/* Whoever writes there, or reads secrets there, is the host's administrator soon; and what lies above. */
static const char *const sensitive[] = {
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/opt/cni",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/bin",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/run",
    "/var/spool/cron",
    "/var/log",
};

/* Who is let in there starts containers as the host's root. */
static const char *const sockets[] = {"docker.sock",     "containerd.sock",   "crio.sock",
                                      "podman.sock",     "system_bus_socket", "buildkitd.sock",
                                      "dockershim.sock", "frakti.sock"};

/* Files that engines make for one container and mount at these places: not of the host's own. */
static const char *const engines_own[] = {"/etc/hosts",          "/etc/hostname", "/etc/resolv.conf",
                                          "/run/.containerenv",  "/run/secrets",  "/dev/shm",
                                          "/dev/termination-log"};
enum { ENGINE_DEPTH_MIN = 4 };

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static bool is_engines_own(const struct mount_request *mount, const char *source)
{
    size_t depth = 0;

    for (const char *place = source; *place != '\0'; place++)
        depth += *place == '/';
    if (depth < ENGINE_DEPTH_MIN)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(engines_own); i++)
        if (strcmp(mount->destination, engines_own[i]) == 0 &&
            strcmp(last_component(source), last_component(engines_own[i])) == 0)
            return true;
    return false;
}

static bool is_sensitive(const char *source)
{
    for (size_t i = 0; i < ARRAY_LENGTH(sensitive); i++)
        if (path_is_beneath(source, sensitive[i]) || path_is_beneath(sensitive[i], source))
            return true;
    return false;
}

/* The socket itself, or a directory above the places where they are. */
static bool leads_to_socket(const char *source)
{
    for (size_t i = 0; i < ARRAY_LENGTH(sockets); i++)
        if (strcmp(last_component(source), sockets[i]) == 0)
            return true;
    return path_is_beneath("/run/docker.sock", source) || path_is_beneath("/var/run/docker.sock", source) ||
           path_is_beneath("/run/containerd/containerd.sock", source);
}

static void look_at_source(const struct mount_request *mount, const char *source, const char *pointer,
                           struct arena *arena, struct score_view *view)
{
    const bool writes = mount_request_writes(mount);

    if (is_engines_own(mount, source))
        return;
    /* A socket is no less open for being mounted read-only. */
    if (leads_to_socket(source))
        score_add(view, SCORE_RUNTIME_SOCKET, arena, pointer);
    /* What can be written to can be read as well. */
    if (is_sensitive(source)) {
        score_add(view, SCORE_SENSITIVE_PATH_READABLE, arena, pointer);
        if (writes)
            score_add(view, SCORE_SENSITIVE_PATH_WRITABLE, arena, pointer);
    }
    score_add(view, SCORE_HOST_PATH_READABLE, arena, pointer);
    if (writes)
        score_add(view, SCORE_HOST_PATH_WRITABLE, arena, pointer);
    if (writes && !mount_words_hold(&mount->words, MOUNT_ATTR_NOSUID, mount_request_has_tree(mount)))
        score_add(view, SCORE_SETUID_MOUNT, arena, pointer);
}

static bool is_shared(const struct mount_words *words)
{
    for (size_t i = 0; i < words->propagation_count; i++) {
        const char *word = mount_propagation_word(words->propagation[i]);

        if (word != NULL && (strcmp(word, "shared") == 0 || strcmp(word, "rshared") == 0))
            return true;
    }
    return false;
}

static void look_at_mount(const struct mount_request *mount, const char *pointer, struct arena *arena,
                          struct score_view *view)
{
    const bool writes = mount->unreadable != NULL || mount_request_writes(mount);

    if (is_shared(&mount->words))
        score_add(view, SCORE_SHARED_PROPAGATION, arena, pointer);
    if (strcmp(mount->type, "sysfs") == 0 && writes)
        score_add(view, SCORE_SYSFS_WRITABLE, arena, pointer);
    if (mount->kind == MOUNT_KIND_CGROUP && writes)
        score_add(view, SCORE_CGROUP_WRITABLE, arena, pointer);
    /* Layers of an overlay, and file systems on the host's disks, are the host's files as well. */
    for (size_t i = 0; i < mount->path_count; i++)
        if (mount->paths[i].written != NULL)
            look_at_source(mount, mount->paths[i].written, pointer, arena, view);
}

static bool is_hidden(const struct spec_linux *linux_part, const char *path, bool only_read_only)
{
    for (size_t i = 0; i < linux_part->masked_paths.count; i++)
        if (path_is_beneath(path, linux_part->masked_paths.items[i]))
            return true;
    for (size_t i = 0; only_read_only && i < linux_part->readonly_paths.count; i++)
        if (path_is_beneath(path, linux_part->readonly_paths.items[i]))
            return true;
    return false;
}

void score_look_at_mounts(const struct spec *spec, struct arena *arena, struct score_view *view)
{
    /* Those that every engine hides, whatever its version. */
    static const char *const hidden[] = {"/proc/kcore", "/proc/timer_list", "/sys/firmware"},
                             *const read_only[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
                                                   "/proc/bus"};
    const struct spec_linux nothing = {0},
                            *linux_part = spec->linux_part != NULL ? spec->linux_part : &nothing;
    bool has_proc = false;

    for (size_t i = 0; i < spec->mounts.count; i++) {
        struct mount_request mount = {0};

        mount_request_read(&SPEC_ITEMS(spec->mounts, struct spec_mount)[i], i, NULL, arena, &mount);
        has_proc |= strcmp(mount.type, "proc") == 0;
        look_at_mount(&mount, arena_format(arena, "/mounts/%zu", i), arena, view);
    }
    for (size_t i = 0; has_proc && i < ARRAY_LENGTH(hidden); i++)
        if (!is_hidden(linux_part, hidden[i], false)) {
            score_add(view, SCORE_PROC_UNMASKED, arena, "/linux/maskedPaths");
            break;
        }
    for (size_t i = 0; has_proc && i < ARRAY_LENGTH(read_only); i++)
        if (!is_hidden(linux_part, read_only[i], true)) {
            score_add(view, SCORE_PROC_WRITABLE, arena, "/linux/readonlyPaths");
            break;
        }
}
