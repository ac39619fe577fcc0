/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns and ranges against each other: does one cover the other, and what do both cover? In doubt there is
 * no answer: a tool must not claim a bound that is none. */
#include <string.h>
#include "policy/bound.h"
#include "base/glob.h"

#define META "*?[\\"

static bool is_literal(const char *pattern)
{
    return strpbrk(pattern, META) == NULL;
}

static char separator_of(enum policy_bound_match match)
{
    return match == POLICY_BOUND_NAMES ? '\0' : '/';
}

/* A pattern that matches everything that begins with its literal part: "net.*" of names, "/srv/" and then **.
 */
static bool is_prefix_pattern(const char *pattern, char separator)
{
    size_t literal = strcspn(pattern, META);

    return strcmp(pattern + literal, "**") == 0 || (separator == '\0' && strcmp(pattern + literal, "*") == 0);
}

static bool pattern_covers(const char *wide, const char *narrow, char separator)
{
    if (strcmp(wide, narrow) == 0)
        return true;
    if (is_literal(narrow))
        return glob_matches(wide, narrow, separator);
    if (is_prefix_pattern(wide, separator))
        return strncmp(wide, narrow, strcspn(wide, META)) == 0 &&
               strcspn(narrow, META) >= strcspn(wide, META);
    /* A star of `wide` that takes narrow's star as a character takes all that this star stands for, as long
     * as neither crosses a separator. */
    return strpbrk(wide, "?[\\") == NULL && strstr(wide, "**") == NULL && strpbrk(narrow, "?[\\") == NULL &&
           strstr(narrow, "**") == NULL && glob_matches(wide, narrow, separator);
}

/* Two patterns whose literal beginnings or ends differ have nothing in common. */
static bool patterns_disjoint(const char *one, const char *other, bool trees)
{
    size_t first = strcspn(one, META), second = strcspn(other, META);
    size_t common = first < second ? first : second;

    if (strncmp(one, other, common) != 0)
        return true;
    if (is_literal(one) && is_literal(other))
        return !trees || (one[common] != '/' && other[common] != '/');
    return false;
}

static bool tree_covers(const char *wide, const char *narrow)
{
    return pattern_covers(wide, narrow, '/') || (is_literal(narrow) && glob_covers_path(wide, narrow)) ||
           (is_literal(wide) && strncmp(wide, narrow, strlen(wide)) == 0 &&
            (narrow[strlen(wide)] == '/' || strcmp(wide, "/") == 0));
}

/* "null" and "/dev/null" are one device, whichever way they are written. */
static bool same_json(const struct policy_bound_item *one, const struct policy_bound_item *other)
{
    return strcmp(one->json, other->json) == 0 ||
           (one->text != NULL && other->text != NULL && one->writable == other->writable &&
            strcmp(one->text, other->text) == 0);
}

/* How far a mount's events go: nowhere, into the container, both ways. */
static int reach_of(const struct policy_bound_item *item)
{
    const char *word = item->text != NULL ? item->text : "";

    return strcmp(word, "shared") == 0 ? 2 : strcmp(word, "slave") == 0 ? 1 : 0;
}

bool policy_bound_item_covers(enum policy_bound_match match, const struct policy_bound_item *wide,
                              const struct policy_bound_item *narrow)
{
    if (match == POLICY_BOUND_RANGES)
        return wide->first <= narrow->first && narrow->last <= wide->last;
    if (match == POLICY_BOUND_REACHES)
        return reach_of(wide) >= reach_of(narrow);
    if (same_json(wide, narrow))
        return true;
    if (match == POLICY_BOUND_EXACT || wide->text == NULL || narrow->text == NULL)
        return false;
    if (match == POLICY_BOUND_TREES)
        return (wide->writable || !narrow->writable) && tree_covers(wide->text, narrow->text);
    return pattern_covers(wide->text, narrow->text, separator_of(match));
}

static const char *tree_json(const char *path, bool writable, struct arena *arena)
{
    cleanup_text struct text text = text_growing(64 * 1024);

    text_append(&text, "{\"path\":");
    json_append_string(&text, path);
    text_append_format(&text, ",\"access\":\"%s\"}", writable ? "rw" : "ro");
    return arena_string(arena, text.bytes);
}

static int meet_ranges(const struct policy_bound_item *one, const struct policy_bound_item *other,
                       struct arena *arena, struct policy_bound_item *both)
{
    uint64_t first = one->first > other->first ? one->first : other->first;
    uint64_t last = one->last < other->last ? one->last : other->last;

    if (first > last)
        return 0;
    *both = (struct policy_bound_item){.first = first, .last = last};
    both->text = first == last
                     ? arena_format(arena, "%llu", (unsigned long long)first)
                     : arena_format(arena, "%llu-%llu", (unsigned long long)first, (unsigned long long)last);
    both->json = arena_format(arena, "\"%s\"", both->text);
    return 1;
}

static int meet_trees(const struct policy_bound_item *one, const struct policy_bound_item *other,
                      struct arena *arena, struct policy_bound_item *both)
{
    const struct policy_bound_item *narrow = tree_covers(one->text, other->text)   ? other
                                             : tree_covers(other->text, one->text) ? one
                                                                                   : NULL;

    if (narrow == NULL)
        return patterns_disjoint(one->text, other->text, true) ? 0 : -1;
    *both = (struct policy_bound_item){.text = narrow->text, .writable = one->writable && other->writable};
    both->json = tree_json(both->text, both->writable, arena);
    return 1;
}

int policy_bound_item_meet(enum policy_bound_match match, const struct policy_bound_item *one,
                           const struct policy_bound_item *other, struct arena *arena,
                           struct policy_bound_item *both)
{
    *both = match == POLICY_BOUND_REACHES && reach_of(other) < reach_of(one) ? *other : *one;
    if (match == POLICY_BOUND_REACHES)
        return 1;
    if (match == POLICY_BOUND_RANGES)
        return meet_ranges(one, other, arena, both);
    if (same_json(one, other))
        return 1;
    if (match == POLICY_BOUND_EXACT)
        /* Objects (devices, hooks) may overlap although they are written in two ways. */
        return one->text != NULL && other->text != NULL ? 0 : -1;
    if (match == POLICY_BOUND_TREES)
        return meet_trees(one, other, arena, both);
    if (one->text == NULL || other->text == NULL)
        return -1;
    if (pattern_covers(other->text, one->text, separator_of(match)))
        return 1;
    *both = *other;
    if (pattern_covers(one->text, other->text, separator_of(match)))
        return 1;
    return patterns_disjoint(one->text, other->text, false) ? 0 : -1;
}
