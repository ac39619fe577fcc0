/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patterns of host paths against paths of a request.
 *
 * A path has two names: as it is written, without "..", ".", "//", and as it is without symlinks. A symlink
 * is somebody's word for where things are: what allows must cover both names, what denies need only cover
 * one. A pattern has two forms for the same reason: "/var/run/x" means "/run/x" where /var/run is a link.
 */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "policy/observed.h"

struct path_pattern {
    const char *text;     /* without a slash at its end */
    const char *prefix;   /* the directory that it lies in by its words alone, or all of it; NULL: it begins
                             with   a wildcard, and is about names anywhere */
    bool whole;           /* prefix is all of it: no wildcards */
    const char *resolved; /* the same pattern behind symlinks; NULL: the same, or unknown */
};

/* Everything but resolved. */
struct path_pattern path_pattern_read(const char *text, struct arena *arena);

/*
 * The path whose resolution a pattern that allows depends on: what is above the last component of its prefix.
 * That component itself is not followed: whoever owns an allowed directory could make it a link to / and
 * would be believed. NULL: none.
 */
const char *path_pattern_above(const struct path_pattern *pattern, struct arena *arena);

/* Fill resolved from what was observed of path_pattern_above, or (denies) of all of the prefix. */
void path_pattern_resolve_above(struct path_pattern *pattern, const struct policy_observed *observed,
                                struct arena *arena);
void path_pattern_resolve_whole(struct path_pattern *pattern, const struct policy_observed *observed,
                                struct arena *arena);

/* Does one of the forms match path, or a directory that it lies in? */
bool path_pattern_covers(const struct path_pattern *pattern, const char *path);

/* Both names? resolved NULL: unknown, the written one decides. */
bool path_pattern_covers_both(const struct path_pattern *pattern, const char *written, const char *resolved);

/* Does one of the forms match path itself? For programs: a directory's name allows nothing in it. */
bool path_pattern_matches(const struct path_pattern *pattern, const char *path);

/* Could something beneath directory match? Not asked of patterns about names anywhere: every directory could
 * hold one. */
bool path_pattern_lies_beneath(const struct path_pattern *pattern, const char *directory);
