/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What landlock.c and landlock_program.c share while rulesets are made. */
#pragma once

#include "linux/landlock.h"

/* Find a path of the container as its layers' rules do: in a process that joins, symlinks that the container
 * may have made lead only to what it might as well have moved there (else EXDEV). 0 or -1 with errno. */
int landlock_find(const struct landlock *landlock, const char *path, struct landlock_found *found);

/* A rule of layer `index` for what was found, as far as the layer handles the rights and the object can have
 * them. 0 or -1 with errno. */
int landlock_add_object(struct landlock *landlock, size_t index, uint64_t access,
                        const struct landlock_found *found);

/* What may be executed there may be dynamic: its loader's rules, and those of the common loaders beneath a
 * directory. */
int landlock_add_loader_of(struct landlock *landlock, size_t index, const struct landlock_found *found,
                           struct error *error);
