/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounds put together: the stricter number, what both lists allow, all that either forbids. */
#include <stdlib.h>
#include <string.h>
#include "policy/bound.h"
#include "policy/words.h"

enum { ITEMS_MAX = 4096, JSON_BYTES_MAX = 1024 * 1024 };

static void add_sources(struct policy_bound *bound, const struct policy_bound *other, struct arena *arena)
{
    struct policy_finding_source *all =
        arena_array(arena, bound->source_count + other->source_count, sizeof(*all));
    size_t count = bound->source_count;

    memcpy(all, bound->sources, count * sizeof(*all));
    for (size_t i = 0; i < other->source_count; i++) {
        const struct policy_finding_source *source = &other->sources[i];
        bool known = false;

        for (size_t k = 0; k < count && !known; k++)
            known = strcmp(all[k].policy, source->policy) == 0 && all[k].line == source->line;
        if (!known)
            all[count++] = *source;
    }
    bound->sources = all;
    bound->source_count = count;
}

static bool holds(const struct policy_bound *bound, const struct policy_bound_item *item)
{
    for (size_t i = 0; i < bound->count; i++)
        if (strcmp(bound->items[i].json, item->json) == 0)
            return true;
    return false;
}

static bool holds_all(const struct policy_bound *bound, const struct policy_bound *other)
{
    for (size_t i = 0; i < other->count; i++)
        if (!holds(bound, &other->items[i]))
            return false;
    return true;
}

/* Other limits of the same device: a list holds each device once. */
static bool speaks_of_same(const struct policy_bound *bound, const struct policy_bound *other)
{
    for (size_t i = 0; i < bound->count; i++)
        for (size_t k = 0; k < other->count; k++)
            if (bound->items[i].text != NULL && other->items[k].text != NULL &&
                strcmp(bound->items[i].text, other->items[k].text) == 0 &&
                strcmp(bound->items[i].json, other->items[k].json) != 0)
                return true;
    return false;
}

static bool meet_forbidden(struct policy_bound *bound, const struct policy_bound *other, struct arena *arena)
{
    struct policy_bound_item *items;
    size_t count = bound->count;

    if (holds_all(bound, other))
        return true;
    if (speaks_of_same(bound, other))
        return false;
    items = arena_array(arena, bound->count + other->count, sizeof(*items));
    if (count > 0)
        memcpy(items, bound->items, count * sizeof(*items));
    for (size_t i = 0; i < other->count; i++)
        if (!holds(bound, &other->items[i]))
            items[count++] = other->items[i];
    /* "default" and nothing else stays "default". */
    bound->json = holds_all(other, bound) ? other->json : NULL;
    bound->items = items;
    bound->count = count;
    return true;
}

/* Every item with every other. False: some pair has no common item that can be written. */
static bool meet_allowed(struct policy_bound *bound, const struct policy_bound *other, struct arena *arena)
{
    struct policy_bound met = {.items = NULL};

    if (holds_all(other, bound)) {
        /* All of ours stand in the other list as well. */
        return true;
    }
    if (bound->count * other->count > ITEMS_MAX)
        return false;
    met.items = arena_array(arena, bound->count * other->count, sizeof(*met.items));
    for (size_t i = 0; i < bound->count; i++) {
        for (size_t k = 0; k < other->count; k++) {
            struct policy_bound_item both;
            int found =
                policy_bound_item_meet(bound->row->match, &bound->items[i], &other->items[k], arena, &both);

            if (found < 0)
                return false;
            if (found > 0 && !holds(&met, &both))
                met.items[met.count++] = both;
        }
    }
    bound->items = met.items;
    bound->count = met.count;
    bound->json = NULL;
    if (bound->row->takes_value && met.count == 0) {
        bound->member = "";
        bound->json = "\"deny\"";
    }
    return true;
}

static bool meet_values(struct policy_bound *bound, const struct policy_bound *other, struct arena *arena)
{
    bool stricter;

    switch (bound->row->kind) {
    case POLICY_BOUND_ALLOW:
        return meet_allowed(bound, other, arena);
    case POLICY_BOUND_FORBID:
        return meet_forbidden(bound, other, arena);
    case POLICY_BOUND_WHOLE:
        return strcmp(bound->json, other->json) == 0;
    case POLICY_BOUND_MOST:
        stricter = other->number < bound->number;
        break;
    case POLICY_BOUND_LEVEL:
    case POLICY_BOUND_LEAST:
    default:
        stricter = other->number > bound->number;
        break;
    }
    if (stricter) {
        bound->number = other->number;
        bound->json = other->json;
    }
    return true;
}

/* These keys make findings of several rules, of which some narrow by default and some refuse: nothing said is
 * not the same as either. */
static bool same_otherwise(const struct policy_bound *bound, const struct policy_bound *other)
{
    if (strcmp(bound->row->rule, "devices.allow") == 0 || strcmp(bound->row->rule, "filesystem.mounts") == 0)
        return bound->otherwise == other->otherwise;
    return policy_bound_otherwise(bound) == policy_bound_otherwise(other);
}

static bool same_key(const struct policy_bound *bound, const struct policy_bound *other)
{
    /* A command's list and its "deny" are two spellings of one key. */
    return bound->row == other->row &&
           (bound->row->takes_value || strcmp(bound->member, other->member) == 0) &&
           same_otherwise(bound, other) && bound->audit == other->audit &&
           bound->note_if_unsupported == other->note_if_unsupported;
}

/* ---- capabilities ---- */

static uint64_t bit_of(const struct policy_bound_item *item)
{
    unsigned int number;

    if (item->text != NULL && strcmp(item->text, "ALL") == 0)
        return UINT64_MAX;
    return item->text != NULL && policy_capability_number(item->text, &number) ? UINT64_C(1) << number : 0;
}

static bool is_capabilities(const struct policy_bound *bound)
{
    return strcmp(bound->row->rule, "process.capabilities") == 0;
}

static uint64_t mask_of(const struct policy_bound *bound)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < bound->count; i++)
        mask |= bit_of(&bound->items[i]);
    return bound->row->kind == POLICY_BOUND_ALLOW ? mask : ~mask;
}

uint64_t policy_bounds_capabilities(const struct policy_bounds *bounds, bool audit)
{
    uint64_t left = (UINT64_C(1) << policy_capability_words.count) - 1;

    for (size_t i = 0; i < bounds->count; i++)
        if (is_capabilities(&bounds->items[i]) && (audit || !bounds->items[i].audit))
            left &= mask_of(&bounds->items[i]);
    return left;
}

static void set_allowed(struct policy_bound *allowed, uint64_t left, struct arena *arena)
{
    struct policy_bound_item *items = arena_array(arena, policy_capability_words.count, sizeof(*items));
    size_t count = 0;

    for (unsigned int i = 0; i < policy_capability_words.count; i++) {
        if ((left >> i & 1) == 0)
            continue;
        items[count].text = policy_capability_words.items[i];
        items[count].json = arena_format(arena, "\"%s\"", items[count].text);
        count++;
    }
    allowed->items = items;
    allowed->count = count;
    allowed->json = NULL;
}

/* One rule cannot both allow and deny: what is denied is taken from the list of what is allowed. */
static bool take_denied(struct policy_bound *allowed, const struct policy_bound *denied, struct arena *arena)
{
    uint64_t mask = mask_of(allowed) & mask_of(denied);

    if (mask != mask_of(allowed))
        set_allowed(allowed, mask, arena);
    return true;
}

/* Where one bound refuses and another narrows, what is not refused is narrowed to what both allow: then the
 * one that narrows says by itself what is granted. */
static void narrow_to_both(struct policy_bounds *bounds, struct arena *arena)
{
    const struct policy_bound_row *allow_row = NULL;

    for (size_t i = 0; i < bounds->count; i++)
        if (is_capabilities(&bounds->items[i]) && bounds->items[i].row->kind == POLICY_BOUND_ALLOW)
            allow_row = bounds->items[i].row;
    for (size_t i = 0; allow_row != NULL && i < bounds->count; i++) {
        struct policy_bound *narrow = &bounds->items[i];
        uint64_t mask;

        if (!is_capabilities(narrow) || policy_bound_otherwise(narrow) != POLICY_OTHERWISE_NARROW)
            continue;
        mask = mask_of(narrow);
        for (size_t k = 0; k < bounds->count; k++)
            if (k != i && is_capabilities(&bounds->items[k]) && bounds->items[k].audit == narrow->audit)
                mask &= mask_of(&bounds->items[k]);
        narrow->row = allow_row;
        narrow->member = "allow";
        set_allowed(narrow, mask, arena);
    }
}

static bool put_together(struct policy_bound *bound, const struct policy_bound *other, struct arena *arena)
{
    bool allows = bound->row->kind == POLICY_BOUND_ALLOW;

    /* By number: "ALL" stands for every one. */
    if (is_capabilities(bound) && is_capabilities(other) && allows && bound->audit == other->audit &&
        policy_bound_otherwise(bound) == policy_bound_otherwise(other))
        return take_denied(bound, other, arena);
    return same_key(bound, other) && meet_values(bound, other, arena);
}

static int compare_rows(const void *one, const void *other)
{
    const struct policy_bound *first = one, *second = other;
    int order = (first->row > second->row) - (first->row < second->row);

    if (order == 0)
        order = strcmp(first->member, second->member);
    if (order == 0)
        order = (int)first->audit - (int)second->audit;
    /* Of two that stay apart the one that narrows comes first: it says what is granted in the end. */
    if (order == 0)
        order = (int)policy_bound_otherwise(first) - (int)policy_bound_otherwise(second);
    return order != 0 ? order : strcmp(first->sources[0].policy, second->sources[0].policy);
}

void policy_bounds_meet(struct policy_bounds *bounds, struct arena *arena)
{
    size_t kept = 0;

    if (bounds->count > 1)
        qsort(bounds->items, bounds->count, sizeof(*bounds->items), compare_rows);
    for (size_t i = 0; i < bounds->count; i++) {
        bool done = false;

        for (size_t k = 0; k < kept && !done; k++) {
            done = put_together(&bounds->items[k], &bounds->items[i], arena);
            if (done)
                add_sources(&bounds->items[k], &bounds->items[i], arena);
        }
        if (!done)
            bounds->items[kept++] = bounds->items[i];
    }
    bounds->count = kept;
    narrow_to_both(bounds, arena);
    if (kept > 1)
        qsort(bounds->items, kept, sizeof(*bounds->items), compare_rows);
}

int policy_bounds_of_set(const struct policy_set *set, struct arena *arena, struct policy_bounds *bounds,
                         struct error *error)
{
    *bounds = (struct policy_bounds){0};
    for (size_t i = 0; i < set->count; i++)
        if (policy_bounds_of(set->items[i].policy, set->items[i].audit, arena, bounds, error) != 0)
            return -1;
    policy_bounds_meet(bounds, arena);
    return 0;
}

static bool is_source(const struct policy_bound *bound, const char *policy)
{
    for (size_t i = 0; i < bound->source_count; i++)
        if (strcmp(bound->sources[i].policy, policy) == 0)
            return true;
    return false;
}

/* Are all of its policies among the other's? */
static bool sources_within(const struct policy_bound *bound, const struct policy_bound *other)
{
    for (size_t i = 0; i < bound->source_count; i++)
        if (!is_source(other, bound->sources[i].policy))
            return false;
    return true;
}

bool policy_bound_joins_for_another(const struct policy_bound *private_types, const struct policy_bound *join)
{
    return strcmp(private_types->row->rule, "namespaces.private") == 0 &&
           strcmp(join->row->rule, "namespaces.join") == 0 && !sources_within(private_types, join);
}

bool policy_bound_vouches_for_another(const struct policy_bound *root, const struct policy_bound *integrity)
{
    return strcmp(integrity->row->rule, "image.integrity") == 0 &&
           (strcmp(root->row->rule, "image.signature") == 0 ||
            strcmp(root->row->rule, "image.digests") == 0) &&
           !(sources_within(root, integrity) && sources_within(integrity, root));
}
