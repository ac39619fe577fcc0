/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies taken apart into single bounds, for the tools that show and compare them. A bound is one key of a
 * rule
 * ("process.capabilities", "allow") with its value. Deciding does not use this: it applies each policy by
 * itself.
 *
 * The meet of several policies is the list of the bounds of all, put together where two of them can be
 * written as one. Where they cannot (two patterns that overlap in part, one bound enforced and the other
 * audited) both stay in the list: a container must obey each of them.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "policy/policy.h"

enum policy_bound_kind {
    POLICY_BOUND_LEVEL,  /* one of a few words, of which the later are stricter */
    POLICY_BOUND_MOST,   /* a maximum */
    POLICY_BOUND_LEAST,  /* a minimum */
    POLICY_BOUND_ALLOW,  /* only what one of the items covers */
    POLICY_BOUND_FORBID, /* each item takes something away */
    POLICY_BOUND_WHOLE,  /* more than one value: compared as it is written */
};

/* How an item of POLICY_BOUND_ALLOW covers another. */
enum policy_bound_match {
    POLICY_BOUND_EXACT,
    POLICY_BOUND_NAMES, /* patterns without a separator */
    POLICY_BOUND_PATHS, /* patterns of paths */
    POLICY_BOUND_TREES, /* patterns of paths and all beneath; {path, access} */
    POLICY_BOUND_RANGES,
    POLICY_BOUND_REACHES, /* words of propagation: one that reaches further covers those that do not */
};

struct policy_bound_item {
    const char *json;     /* as a policy has it */
    const char *text;     /* the pattern or word; NULL: only comparable as JSON */
    uint64_t first, last; /* RANGES */
    bool writable;        /* TREES */
};

struct policy_bound_row;

struct policy_bound {
    const struct policy_bound_row *row;
    const char *member; /* key beneath the rule; "": the rule's own value */
    const char *json;   /* the value as a policy has it; NULL: the items as a list */
    const struct json_value
        *tree;     /* WHOLE: an object, of which the keys with rows of their own do not count */
    double number; /* MOST, LEAST: for comparison; LEVEL: the rank */
    struct policy_bound_item *items;
    size_t count;
    enum policy_otherwise otherwise; /* as written */
    bool audit, note_if_unsupported;
    const struct policy_finding_source *sources;
    size_t source_count;
};

struct policy_bounds {
    struct policy_bound *items; /* in the order of the language's reference */
    size_t count, capacity;
};

/* One key of the language. */
struct policy_bound_row {
    const char *id;     /* of the rule: policy/rules.h */
    const char *rule;   /* "process.capabilities": where "otherwise" and "mode" stand */
    const char *member; /* "allow"; "": the rule's value; "*": each member by itself */
    size_t offset;      /* of the struct policy_rule in struct policy */
    enum policy_bound_kind kind;
    enum policy_bound_match match;
    const char *levels[5]; /* as JSON; the first bounds nothing */
    bool takes_value;      /* the rule may also be one word in place of an object with the member */
};

/* Append the bounds of one policy; audit: it applies in audit mode. What bounds nothing ("root": "allow") is
 * left out. */
int policy_bounds_of(const struct policy *policy, bool audit, struct arena *arena,
                     struct policy_bounds *bounds, struct error *error);

/* Put together what can be. */
void policy_bounds_meet(struct policy_bounds *bounds, struct arena *arena);

/* The meet of all policies of a set. */
int policy_bounds_of_set(const struct policy_set *set, struct arena *arena, struct policy_bounds *bounds,
                         struct error *error);

/* "join" beside "private" in one policy says which joined namespaces count as private. Is join of another
 * policy than some that say private_types, where it has no say? false for bounds of other rules. */
bool policy_bound_joins_for_another(const struct policy_bound *private_types,
                                    const struct policy_bound *join);

/* "signature" and "digests" beside "integrity" in one policy say whose word for the files counts. Is root one
 * of those, of other policies than the integrity? false for bounds of other rules. */
bool policy_bound_vouches_for_another(const struct policy_bound *root, const struct policy_bound *integrity);

/* The capabilities (a bit each) that the bounds leave; those in audit mode count only if audit. */
uint64_t policy_bounds_capabilities(const struct policy_bounds *bounds, bool audit);

/* Does `wide` cover all that `narrow` does? false when in doubt. */
bool policy_bound_item_covers(enum policy_bound_match match, const struct policy_bound_item *wide,
                              const struct policy_bound_item *narrow);

/* What both cover: 1 and *both, 0 nothing, -1 when it cannot be written as one item. */
int policy_bound_item_meet(enum policy_bound_match match, const struct policy_bound_item *one,
                           const struct policy_bound_item *other, struct arena *arena,
                           struct policy_bound_item *both);

/* The value as JSON in one line. */
const char *policy_bound_value(const struct policy_bound *bound, struct arena *arena);

/* What happens beyond the bound: the rule's own default unless it says otherwise. */
enum policy_otherwise policy_bound_otherwise(const struct policy_bound *bound);

/* Does policy_bounds_print say "and also" somewhere? Then what it writes is not the whole meet. */
bool policy_bounds_stay_apart(const struct policy_bounds *bounds);

/*
 * The bounds as one policy file in canonical form, each with a comment that says where it comes from; what
 * cannot be written together stands in comments that begin with "and also". name, description: of the new
 * file.
 */
void policy_bounds_print(struct text *text, const struct policy_bounds *bounds, const char *name,
                         const char *description, struct arena *arena);

/* {"name", "rules": [{"id", "rule", "member", "value", "otherwise", "mode", "ifUnsupported", "sources"}]}. */
void policy_bounds_encode(struct text *text, const struct policy_bounds *bounds, const char *name,
                          const struct policy_set *set, struct arena *arena);
