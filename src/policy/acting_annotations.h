/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The annotations of a configuration that change what this runtime does. Whoever makes another one act adds
 * it here: a test (tests/unit/policy_acting.sh) holds the source against the table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct acting_annotation {
    const char *key;    /* a last '.' stands for every key that begins so */
    bool only_tightens; /* cannot grant anything: no rule bounds it */
};

extern const struct acting_annotation acting_annotations[];
extern const size_t acting_annotation_count;

/* The row for a key, or NULL. */
const struct acting_annotation *acting_annotation_find(const char *key);

/* Does another runtime take the key for an order that may undo what policies bound (another filter, a wider
 * cgroup, a program of its own)? For containers that are handed on to a delegate. */
bool acting_annotation_steers_delegates(const char *key);
