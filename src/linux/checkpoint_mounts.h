/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mounts of a container come from outside of it. CRIU makes the others anew from what it finds in the
 * images; of these it has to be told, by the same name at the dump and at the restore: where they lie in the
 * container, as the mount table says it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "base/error.h"
#include "base/message.h"
#include "plan/plan.h"

/* A mount of the plan, and where it lies: links of the root file system are followed. */
struct checkpoint_place {
    char *path; /* malloc'ed */
    const struct plan_mount *mount;
};

struct checkpoint_places {
    struct checkpoint_place *items; /* in the plan's order */
    size_t count;
};

/* Append one; path is copied. */
int checkpoint_places_add(struct checkpoint_places *places, const char *path, const struct plan_mount *mount,
                          struct error *error);
void checkpoint_places_free(struct checkpoint_places *places);
#define cleanup_places __attribute__((cleanup(checkpoint_places_free)))

/* Those of a running container. */
int checkpoint_places_find(const struct plan *plan, pid_t pid, struct checkpoint_places *places,
                           struct error *error);

/*
 * The host's path behind the mount at mount_point, when it comes from outside: it is a bind mount of the
 * plan, or lies beneath a recursive one. false: it does not, or source is too small.
 */
bool checkpoint_external_source(const struct plan *plan, const struct checkpoint_places *places,
                                const char *mount_point, char *source, size_t size);

/* The path that the kernel has for a descriptor, without prefix ("" for none): "/" for prefix itself. */
int checkpoint_path_of(int descriptor, const char *prefix, char path[PATH_MAX], struct error *error);

/* Add the external mounts of a running container to a dump's question. */
int checkpoint_mounts_of(const struct plan *plan, pid_t pid, struct message *message, struct error *error);

/* Does the mount namespace of process pid have a mount of this id? 1, 0, or -1. */
int checkpoint_mount_is_inside(pid_t pid, uint64_t id, struct error *error);
