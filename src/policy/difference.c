/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounds of one side that nothing of the other side implies. */
#include "policy/difference.h"

#include <string.h>
#include "base/memory.h"
#include "policy/words.h"

enum { WORDS_BYTES_MAX = 16 * 1024 * 1024 };

void policy_difference_add(struct policy_differences *differences, struct arena *arena,
                           struct policy_difference difference)
{
    if (differences->count == differences->capacity) {
        size_t capacity = differences->capacity * 2 + 16;
        struct policy_difference *items = arena_array(arena, capacity, sizeof(*items));

        if (differences->count > 0)
            memcpy(items, differences->items, differences->count * sizeof(*items));
        differences->items = items;
        differences->capacity = capacity;
    }
    differences->items[differences->count++] = difference;
}

struct comparison {
    const struct policy_bounds *one, *other;
    const struct policy_bound *bound; /* of the other's */
    struct arena *arena;
    struct policy_differences *differences;
};

/* Strings without their quotes; other values as they are. */
static const char *plain(const char *json, struct arena *arena)
{
    size_t length = strlen(json);

    if (length >= 2 && json[0] == '"' && strchr(json, '\\') == NULL)
        return arena_copy(arena, json + 1, length - 2);
    return json;
}

static void append_item(struct text *text, const struct policy_bound_item *item, struct arena *arena)
{
    text_append_format(text, "%s%s", text->length > 0 ? ", " : "", plain(item->json, arena));
}

static const char *words_of(const struct policy_bound *bound, struct arena *arena)
{
    cleanup_text struct text text = text_growing(WORDS_BYTES_MAX);

    if (bound->row->kind != POLICY_BOUND_ALLOW && bound->row->kind != POLICY_BOUND_FORBID)
        return plain(bound->json, arena);
    for (size_t i = 0; i < bound->count; i++)
        append_item(&text, &bound->items[i], arena);
    return text.length > 0 ? arena_string(arena, text.bytes) : "nothing";
}

static void add(const struct comparison *comparison, const char *granted, const char *bound)
{
    const struct policy_bound *theirs = comparison->bound;
    const char *member = theirs->member[0] != '\0' ? theirs->member : "";

    policy_difference_add(comparison->differences, comparison->arena,
                          (struct policy_difference){
                              .id = theirs->row->id,
                              .key = arena_format(comparison->arena, "%s%s%s", theirs->row->rule,
                                                  *member != '\0' ? "." : "", member),
                              .granted = granted,
                              .bound = bound,
                              .audit = theirs->audit,
                              .sources = theirs->sources,
                              .source_count = theirs->source_count,
                          });
}

static bool is_ours(const struct comparison *comparison, const struct policy_bound *ours)
{
    const struct policy_bound *theirs = comparison->bound;

    return ours->row == theirs->row && ours->audit == theirs->audit &&
           (ours->row->takes_value || strcmp(ours->member, theirs->member) == 0);
}

/* The strictest number or level of ours; NULL: none. */
static const struct policy_bound *strictest(const struct comparison *comparison)
{
    const struct policy_bound *found = NULL;

    for (size_t i = 0; i < comparison->one->count; i++) {
        const struct policy_bound *ours = &comparison->one->items[i];

        if (!is_ours(comparison, ours))
            continue;
        if (found == NULL || (ours->row->kind == POLICY_BOUND_MOST ? ours->number < found->number
                                                                   : ours->number > found->number))
            found = ours;
    }
    return found;
}

static void compare_numbers(const struct comparison *comparison)
{
    const struct policy_bound *ours = strictest(comparison), *theirs = comparison->bound;
    bool most = theirs->row->kind == POLICY_BOUND_MOST;

    if (ours == NULL)
        add(comparison, most ? "unlimited" : "anything", plain(theirs->json, comparison->arena));
    else if (most ? ours->number > theirs->number : ours->number < theirs->number)
        add(comparison, plain(ours->json, comparison->arena), plain(theirs->json, comparison->arena));
}

static bool forbidden(const struct comparison *comparison, const struct policy_bound_item *item)
{
    for (size_t i = 0; i < comparison->one->count; i++) {
        const struct policy_bound *ours = &comparison->one->items[i];

        for (size_t k = 0; is_ours(comparison, ours) && k < ours->count; k++)
            if (strcmp(ours->items[k].json, item->json) == 0)
                return true;
    }
    return false;
}

static void compare_forbidden(const struct comparison *comparison)
{
    cleanup_text struct text text = text_growing(WORDS_BYTES_MAX);

    for (size_t i = 0; i < comparison->bound->count; i++)
        if (!forbidden(comparison, &comparison->bound->items[i]))
            append_item(&text, &comparison->bound->items[i], comparison->arena);
    if (text.length > 0)
        add(comparison, "anything", arena_string(comparison->arena, text.bytes));
}

static const struct policy_bound *find_rule(const struct policy_bounds *bounds, const char *rule, bool audit)
{
    for (size_t i = 0; i < bounds->count; i++)
        if (strcmp(bounds->items[i].row->rule, rule) == 0 && bounds->items[i].audit == audit)
            return &bounds->items[i];
    return NULL;
}

/* A joined namespace is refused where "private" names its type and no "join" stands beside it. */
static bool refuses_to_join(const struct comparison *comparison)
{
    return strcmp(comparison->bound->row->rule, "namespaces.join") == 0 &&
           find_rule(comparison->one, "namespaces.private", comparison->bound->audit) != NULL;
}

static void compare_joined(const struct comparison *comparison)
{
    const bool audit = comparison->bound->audit;
    const struct policy_bound *join = find_rule(comparison->one, "namespaces.join", audit),
                              *ours = find_rule(comparison->one, "namespaces.private", audit);

    if (strcmp(comparison->bound->row->rule, "namespaces.private") == 0 && join != NULL && join->count > 0 &&
        ours != NULL && !policy_bound_joins_for_another(ours, join) &&
        find_rule(comparison->other, "namespaces.join", audit) == NULL)
        add(comparison,
            arena_format(comparison->arena, "those types joined: %s", words_of(join, comparison->arena)),
            "of its own");
}

static bool covered(const struct policy_bound *theirs, const struct policy_bound_item *item)
{
    for (size_t i = 0; i < theirs->count; i++)
        if (policy_bound_item_covers(theirs->row->match, &theirs->items[i], item))
            return true;
    return false;
}

/* One list of ours that theirs covers is enough: ours are all obeyed. Else what the shortest remainder holds.
 */
static void compare_allowed(const struct comparison *comparison)
{
    const char *least = NULL;
    size_t least_count = 0;

    for (size_t i = 0; i < comparison->one->count; i++) {
        const struct policy_bound *ours = &comparison->one->items[i];
        cleanup_text struct text text = text_growing(WORDS_BYTES_MAX);
        size_t count = 0;

        if (!is_ours(comparison, ours))
            continue;
        for (size_t k = 0; k < ours->count; k++) {
            if (covered(comparison->bound, &ours->items[k]))
                continue;
            append_item(&text, &ours->items[k], comparison->arena);
            count++;
        }
        if (count == 0)
            return;
        if (least == NULL || count < least_count) {
            least = arena_string(comparison->arena, text.bytes);
            least_count = count;
        }
    }
    if (least != NULL)
        add(comparison, least, "");
    else if (refuses_to_join(comparison))
        add(comparison, "other types than those that must be private may join anything",
            words_of(comparison->bound, comparison->arena));
    else
        add(comparison, "anything", words_of(comparison->bound, comparison->arena));
}

static void compare_whole(const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->one->count; i++)
        if (is_ours(comparison, &comparison->one->items[i]) &&
            strcmp(comparison->one->items[i].json, comparison->bound->json) == 0)
            return;
    add(comparison, "anything", plain(comparison->bound->json, comparison->arena));
}

/* The same bound, but ours narrows where theirs refuses: more containers run. */
static void compare_otherwise(const struct comparison *comparison)
{
    bool narrows = false;

    if (policy_bound_otherwise(comparison->bound) != POLICY_OTHERWISE_REFUSE)
        return;
    for (size_t i = 0; i < comparison->one->count; i++) {
        const struct policy_bound *ours = &comparison->one->items[i];

        if (!is_ours(comparison, ours))
            continue;
        if (policy_bound_otherwise(ours) == POLICY_OTHERWISE_REFUSE)
            return;
        narrows = true;
    }
    if (narrows)
        add(comparison, "narrowed", "refused");
}

/* Lists of capabilities, allowed or denied, are one set a side. */
static void compare_capabilities(const struct policy_bounds *one, const struct policy_bounds *other,
                                 bool audit, struct arena *arena, struct policy_differences *differences)
{
    uint64_t more = policy_bounds_capabilities(one, audit) & ~policy_bounds_capabilities(other, audit);
    cleanup_text struct text text = text_growing(WORDS_BYTES_MAX);
    struct policy_difference difference = {
        .id = "TW0205", .key = "process.capabilities", .bound = "", .audit = audit};

    /* What is enforced was compared already. */
    if (audit)
        more &= ~(policy_bounds_capabilities(one, false) & ~policy_bounds_capabilities(other, false));
    for (unsigned int i = 0; i < policy_capability_words.count; i++)
        if ((more >> i & 1) != 0)
            text_append_format(&text, "%s%s", text.length > 0 ? ", " : "", policy_capability_name(i));
    if (text.length == 0)
        return;
    difference.granted = arena_string(arena, text.bytes);
    for (size_t i = 0; i < other->count && difference.sources == NULL; i++)
        if (strcmp(other->items[i].row->rule, "process.capabilities") == 0 &&
            other->items[i].audit == audit) {
            difference.sources = other->items[i].sources;
            difference.source_count = other->items[i].source_count;
        }
    policy_difference_add(differences, arena, difference);
}

static void compare(const struct comparison *comparison)
{
    switch (comparison->bound->row->kind) {
    case POLICY_BOUND_LEVEL:
    case POLICY_BOUND_MOST:
    case POLICY_BOUND_LEAST:
        compare_numbers(comparison);
        break;
    case POLICY_BOUND_ALLOW:
        compare_allowed(comparison);
        break;
    case POLICY_BOUND_FORBID:
        compare_forbidden(comparison);
        compare_joined(comparison);
        break;
    case POLICY_BOUND_WHOLE:
        compare_whole(comparison);
        break;
    }
    compare_otherwise(comparison);
}

void policy_difference_of(const struct policy_bounds *one, const struct policy_bounds *other,
                          struct arena *arena, struct policy_differences *differences)
{
    for (size_t i = 0; i < other->count; i++) {
        const struct comparison comparison = {one, other, &other->items[i], arena, differences};
        const char *rule = other->items[i].row->rule;

        if (strcmp(rule, "process.capabilities") == 0)
            compare_otherwise(&comparison);
        else if (strcmp(rule, "syscalls") != 0)
            compare(&comparison);
    }
    compare_capabilities(one, other, false, arena, differences);
    compare_capabilities(one, other, true, arena, differences);
}
