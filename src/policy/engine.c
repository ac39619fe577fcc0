/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recognising engines. Podman and Buildah leave annotations of their own (buildah: its mounts alone); Docker
 * leaves its hook or the files that it mounts; CRI-O its annotations. Who takes the traces away by hand has
 * written another configuration, and gets no more for it than "required" would refuse.
 */
#include "policy/engine.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

static bool has_annotation(const struct spec *spec, const char *prefix)
{
    for (size_t i = 0; i < spec->annotations.count; i++)
        if (text_starts_with(spec->annotations.items[i].key, prefix))
            return true;
    return false;
}

static bool has_environment(const struct spec *spec, const char *prefix)
{
    for (size_t i = 0; spec->process != NULL && i < spec->process->environment.count; i++)
        if (text_starts_with(spec->process->environment.items[i], prefix))
            return true;
    return false;
}

static bool contains(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

/* Is a file of the engine's own mounted at one of the places that it always mounts? */
static bool has_mount_from(const struct spec *spec, const char *destination, const char *part)
{
    const struct spec_mount *mounts = spec->mounts.items;

    for (size_t i = 0; i < spec->mounts.count; i++)
        if (mounts[i].destination != NULL && strcmp(mounts[i].destination, destination) == 0 &&
            contains(mounts[i].source, part))
            return true;
    return false;
}

static bool is_podman(const struct spec *spec)
{
    return has_annotation(spec, "io.podman.") || has_annotation(spec, "io.container.manager") ||
           has_environment(spec, "container=podman");
}

/* Its working directory, below TMPDIR: /var/tmp/buildah123/mnt/rootfs. */
static bool is_buildah(const struct spec *spec)
{
    return (spec->root != NULL && contains(spec->root->path, "/buildah")) ||
           has_mount_from(spec, "/etc/hosts", "/buildah") ||
           has_mount_from(spec, "/run/.containerenv", "/buildah") ||
           has_environment(spec, "container=buildah");
}

/* DATA-ROOT/containers/ID/hosts and its like are mounted whatever the options; the default parent of cgroups
 * is called so. */
static bool is_docker(const struct spec *spec)
{
    const char *cgroup = spec->linux_part != NULL ? spec->linux_part->cgroups_path : NULL;

    return has_mount_from(spec, "/etc/hostname", "/docker/containers/") ||
           has_mount_from(spec, "/etc/hosts", "/docker/containers/") ||
           has_mount_from(spec, "/etc/resolv.conf", "/docker/containers/") ||
           (cgroup != NULL && (text_starts_with(cgroup, "/docker/") || contains(cgroup, ":docker:")));
}

enum policy_engine policy_engine_of(const struct spec *spec)
{
    if (is_podman(spec))
        return POLICY_ENGINE_PODMAN;
    if (is_buildah(spec))
        return POLICY_ENGINE_BUILDAH;
    if (is_docker(spec))
        return POLICY_ENGINE_DOCKER;
    /* Podman's, too: so it is asked last. */
    return has_annotation(spec, "io.kubernetes.cri-o.") ? POLICY_ENGINE_CRIO : POLICY_ENGINE_OTHER;
}

const char *policy_engine_name(enum policy_engine engine)
{
    static const char *const names[] = {
        [POLICY_ENGINE_OTHER] = "another engine", [POLICY_ENGINE_PODMAN] = "podman",
        [POLICY_ENGINE_BUILDAH] = "buildah",      [POLICY_ENGINE_DOCKER] = "docker",
        [POLICY_ENGINE_CRIO] = "cri-o",
    };

    return names[engine];
}

bool policy_engine_sends_filter(enum policy_engine engine)
{
    return engine != POLICY_ENGINE_OTHER;
}
