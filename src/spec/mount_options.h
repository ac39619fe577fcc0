/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option words of mounts: one table, OCI config.md "Linux mount options" and the words that mount(8) and
 * engines add. The one reader of them: what a policy judges and what the plan does cannot differ. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

struct mount_option {
    const char *key;
    const char *value; /* NULL: a flag */
};

/* What a list of words says, before it is known what kind of mount it is said of. */
struct mount_words {
    bool bind, recursive_bind, remount, copy_up, idmap, idmap_recursive, source_no_follow;
    const char *idmap_text; /* of "idmap=…"; NULL: the word alone */
    uint64_t set, clear;    /* MOUNT_ATTR_*, access time left out */
    uint64_t recursive_set, recursive_clear;
    bool has_access_time, has_recursive_access_time;
    uint64_t access_time, recursive_access_time; /* values of MOUNT_ATTR__ATIME */
    uint64_t *propagation;
    size_t propagation_count;
    struct mount_option *flags; /* super block flags by fsconfig's names */
    size_t flag_count;
    struct mount_option *data; /* what only the file system knows */
    size_t data_count;
    const char *without_effect; /* the last word that is accepted and changes nothing on this kernel
                                   interface; NULL: none */
};

/*
 * Read the words in order; later ones win. Unknown words are data for the file system: one word may hold
 * several separated by commas (not those in quotes or behind a backslash), as mount(2)'s data does; quotes
 * around a value are taken off. Errors: ERROR_UNSUPPORTED for a word that is known and refused, with the
 * reason. index: of the mount, for messages.
 */
int mount_words_read(const struct json_strings *options, size_t index, struct arena *arena,
                     struct mount_words *words, struct error *error);

/* The n-th word of the table that is supported, NULL after the last: for `features`. */
const char *mount_option_word(size_t n);

/* What the words and the type make of a mount. A type of "bind" means what the option means; with the option,
 * the type says nothing (engines write "none"). */
enum mount_kind {
    MOUNT_KIND_NOTHING, /* neither a type nor "bind": no mount at all */
    MOUNT_KIND_FILESYSTEM,
    MOUNT_KIND_BIND,
    MOUNT_KIND_CGROUP,
    MOUNT_KIND_REMOUNT, /* of what is mounted at the destination */
};
enum mount_kind mount_kind_of(const struct spec_mount *mount, const struct mount_words *words);

/* Does a bind mount take with it what is mounted below its source? */
bool mount_is_recursive(const struct spec_mount *mount, const struct mount_words *words);

/* Will the mount have these attributes (MOUNT_ATTR_*, no access time) when all words have been applied: those
 * for the mount alone first, then those for its tree? tree: everything below it as well. */
bool mount_words_hold(const struct mount_words *words, uint64_t attributes, bool tree);

/* The word of an element of mount_words.propagation: "rslave". */
const char *mount_propagation_word(uint64_t flags);
