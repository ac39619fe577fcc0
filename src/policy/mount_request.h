/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mount as policies look at it: what kind it is, which of the host's paths it names, and whether it can
 * write to them. By the same reader of options that the plan uses.
 */
#pragma once

#include <stdbool.h>
#include "policy/decider.h"
#include "spec/mount_options.h"

/* A path of the host that a mount names: a bind's source, a block device, a layer of an overlay. */
struct mount_path {
    const char *path;                    /* as the kernel gets it; the key of what was observed */
    const char *written;                 /* the same without "..", "." and "//" */
    const char *member;                  /* where it stands: "source" or "options" */
    bool unclear;                        /* kernels disagree on what it means (backslashes) */
    bool layer;                          /* only ever read */
    const struct policy_path_fact *fact; /* NULL: not observed */
};

struct mount_request {
    const struct spec_mount *mount;
    const char *unreadable; /* why its options cannot be understood; NULL: they can */
    struct mount_words words;
    enum mount_kind kind;
    const char *type;        /* the policy language's word: "bind", "cgroup", "remount", … */
    const char *destination; /* normalised */
    bool recursive;
    struct mount_path *paths;
    size_t path_count;
    uint32_t added; /* enum mount_addition: what the grant has beyond the request */
};

/* Words that narrow, and (shifted) their recursive forms. In the order in which a grant lists them. */
enum mount_addition {
    MOUNT_ADD_NOSUID = 1 << 0,
    MOUNT_ADD_NODEV = 1 << 1,
    MOUNT_ADD_NOEXEC = 1 << 2,
    MOUNT_ADD_NOSYMFOLLOW = 1 << 3,
    MOUNT_ADD_READ_ONLY = 1 << 4,
    MOUNT_ADD_RECURSIVELY = 8, /* bits to shift by */
};

/* Read one; facts are left out. bundle: what a relative source is relative to; NULL: unknown. */
void mount_request_read(const struct spec_mount *mount, size_t index, const char *bundle, struct arena *arena,
                        struct mount_request *request);

/* The root file system as such a path, without its fact; false: the request names none. */
bool mount_path_of_root(const struct spec *spec, const char *bundle, struct arena *arena,
                        struct mount_path *path);

/* All of the decider's request, with facts: read once. */
struct mount_request *mount_requests(struct decider *decider);

/* Could something be mounted below the source that comes with it? Not below a file. */
bool mount_request_has_tree(const struct mount_request *request);

/* Can it be written to, or something that comes with it? */
bool mount_request_writes(const struct mount_request *request);

/* "nosuid": its addition and its attribute; 0: unknown. */
uint32_t mount_addition_named(const char *word, uint64_t *attribute);

/* Narrow the grant's mount by an addition: its word is appended, its opposite removed. Whole trees get the
 * recursive form. Returns the options as they are then. */
const char *mount_request_narrow(struct decider *decider, size_t index, uint32_t addition);

/* "nosuid,rw": for findings. "": none. */
const char *mount_options_text(const struct json_strings *options, struct arena *arena);
