/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounds as one policy file, with the place that each comes from; and as a document. */
#include <string.h>
#include "base/memory.h"
#include "policy/bound.h"

enum { KEYS_MAX = 4, KEY_SIZE = 64, LINE_WIDTH = 100, INDENT = 2 };

/* One line of the file: the path of a key, its value, and what stands behind it. */
struct leaf {
    char keys[KEYS_MAX][KEY_SIZE];
    size_t depth;
    const char *json; /* NULL: the comment alone, in a line of its own */
    const struct policy_bound *bound;
    bool is_list; /* of the bound's items */
};

struct page {
    struct text *text;
    struct arena *arena;
    struct leaf *leaves;
    size_t count, capacity;
};

static void add_key(struct leaf *leaf, const char *key, size_t length)
{
    if (length == 0 || length >= KEY_SIZE || leaf->depth == KEYS_MAX)
        return;
    memcpy(leaf->keys[leaf->depth], key, length);
    leaf->keys[leaf->depth++][length] = '\0';
}

static struct leaf leaf_of(const struct policy_bound *bound, const char *member)
{
    struct leaf leaf = {.bound = bound};

    for (const char *key = bound->row->rule; *key != '\0';) {
        size_t length = strcspn(key, ".");

        add_key(&leaf, key, length);
        key += length + (key[length] == '.');
    }
    add_key(&leaf, member, strlen(member));
    return leaf;
}

static void append(struct page *page, const struct leaf *leaf)
{
    if (page->count == page->capacity) {
        size_t capacity = page->capacity * 2 + 64;
        struct leaf *leaves = arena_array(page->arena, capacity, sizeof(*leaves));

        if (page->count > 0)
            memcpy(leaves, page->leaves, page->count * sizeof(*leaves));
        page->leaves = leaves;
        page->capacity = capacity;
    }
    page->leaves[page->count++] = *leaf;
}

static void append_value(struct page *page, const struct policy_bound *bound, const char *member,
                         const char *json, bool is_list)
{
    struct leaf leaf = leaf_of(bound, member);

    leaf.json = json;
    leaf.is_list = is_list;
    append(page, &leaf);
}

/* ---- from bounds to lines ---- */

static bool has_modifiers(const struct policy_bound *bound)
{
    return bound->otherwise != POLICY_OTHERWISE_DEFAULT || bound->audit || bound->note_if_unsupported;
}

static void append_modifiers(struct page *page, const struct policy_bound *bound)
{
    if (bound->otherwise != POLICY_OTHERWISE_DEFAULT)
        append_value(page, bound, "otherwise",
                     bound->otherwise == POLICY_OTHERWISE_NARROW ? "\"narrow\"" : "\"refuse\"", false);
    if (bound->audit)
        append_value(page, bound, "mode", "\"audit\"", false);
    if (bound->note_if_unsupported)
        append_value(page, bound, "ifUnsupported", "\"note\"", false);
}

static void append_whole(struct page *page, const struct policy_bound *bound)
{
    if (bound->tree->type != JSON_OBJECT) {
        append_value(page, bound, has_modifiers(bound) ? "value" : "", bound->json, false);
        append_modifiers(page, bound);
        return;
    }
    for (size_t i = 0; i < bound->tree->object.count; i++) {
        const struct json_member *member = &bound->tree->object.members[i];
        cleanup_text struct text text = text_growing(64 * 1024 * 1024);

        json_encode_value(&text, member->value, 0);
        append_value(page, bound, member->key, arena_string(page->arena, text.bytes), false);
    }
    append_modifiers(page, bound);
}

static void append_bound(struct page *page, const struct policy_bound *bound, bool last_of_rule)
{
    const char *member = bound->member[0] != '\0' ? bound->member : has_modifiers(bound) ? "value" : "";

    if (bound->row->kind == POLICY_BOUND_WHOLE) {
        append_whole(page, bound);
        return;
    }
    append_value(page, bound, member, policy_bound_value(bound, page->arena), bound->json == NULL);
    if (last_of_rule)
        append_modifiers(page, bound);
}

static bool same_modifiers(const struct policy_bound *one, const struct policy_bound *other)
{
    return one->otherwise == other->otherwise && one->audit == other->audit &&
           one->note_if_unsupported == other->note_if_unsupported;
}

/* "integrity" goes by the signers and digests of its own policy. */
static bool is_rooted_elsewhere(const struct policy_bounds *bounds, const struct policy_bound *bound)
{
    for (const struct policy_bound *root = bounds->items; root < bound; root++)
        if (policy_bound_vouches_for_another(root, bound))
            return true;
    return false;
}

/* Can it stand in the same object as the one before? */
static bool fits(const struct policy_bounds *bounds, const struct policy_bound *before,
                 const struct policy_bound *bound)
{
    if (is_rooted_elsewhere(bounds, bound))
        return false;
    if (before == NULL)
        return true;
    if (policy_bound_joins_for_another(before, bound))
        return false;
    if (strcmp(before->row->rule, bound->row->rule) != 0)
        return true;
    if (before->row == bound->row && strcmp(before->member, bound->member) == 0)
        return false;
    /* One rule allows capabilities or denies them. */
    return same_modifiers(before, bound) && strcmp(bound->row->rule, "process.capabilities") != 0;
}

bool policy_bounds_stay_apart(const struct policy_bounds *bounds)
{
    const struct policy_bound *before = NULL;

    for (size_t i = 0; i < bounds->count; i++) {
        if (!fits(bounds, before, &bounds->items[i]))
            return true;
        before = &bounds->items[i];
    }
    return false;
}

static void fill(struct page *page, const struct policy_bounds *bounds)
{
    const struct policy_bound *before = NULL;

    for (size_t i = 0; i < bounds->count;) {
        const struct policy_bound *bound = &bounds->items[i];
        size_t next = i + 1;

        if (!fits(bounds, before, bound)) {
            struct leaf leaf = leaf_of(bound, bound->member);

            append(page, &leaf);
            i++;
            continue;
        }
        while (next < bounds->count && strcmp(bounds->items[next].row->rule, bound->row->rule) == 0 &&
               !fits(bounds, bound, &bounds->items[next]))
            next++;
        append_bound(page, bound,
                     next == bounds->count || strcmp(bounds->items[next].row->rule, bound->row->rule) != 0);
        before = bound;
        i++;
    }
}

/* ---- lines ---- */

static void indent(struct text *text, size_t depth)
{
    text_append_format(text, "%*s", (int)(depth * INDENT), "");
}

static void append_places(struct text *text, const struct policy_bound *bound)
{
    for (size_t i = 0; i < bound->source_count; i++)
        text_append_format(text, "%s%s:%u", i > 0 ? ", " : "", bound->sources[i].file,
                           bound->sources[i].line);
}

/* A list that is too long for a line goes into several. */
static void append_list(struct text *text, const struct policy_bound *bound, size_t depth)
{
    size_t begin = text->length;

    text_append(text, "[");
    for (size_t i = 0; i < bound->count; i++) {
        if (text->length - begin + strlen(bound->items[i].json) > LINE_WIDTH) {
            text_append(text, i > 0 ? ",\n" : "\n");
            begin = text->length;
            indent(text, depth + 1);
        } else {
            text_append(text, i > 0 ? ", " : "");
        }
        text_append(text, bound->items[i].json);
    }
    text_append(text, "]");
}

static size_t common_depth(const struct leaf *one, const struct leaf *other)
{
    size_t depth = 0;

    while (depth + 1 < one->depth && depth + 1 < other->depth &&
           strcmp(one->keys[depth], other->keys[depth]) == 0)
        depth++;
    return depth;
}

/* A comment must not end early, whatever a name holds. */
static void append_comment(struct text *text, const char *comment)
{
    for (; *comment != '\0'; comment++)
        text_append_character(text, *comment == '\n' ? ' ' : *comment);
}

static void append_also(struct text *text, const struct leaf *leaf, struct arena *arena)
{
    const struct policy_bound *bound = leaf->bound;

    indent(text, leaf->depth);
    text_append_format(text, "// and also%s: ", bound->audit ? ", in audit mode" : "");
    append_comment(text, policy_bound_value(bound, arena));
    text_append(text,
                policy_bound_otherwise(bound) == POLICY_OTHERWISE_REFUSE ? ", or refused" : ", or narrowed");
    text_append(text, " (");
    append_places(text, bound);
    text_append(text, ")\n");
}

static void append_leaf(struct page *page, size_t at, size_t *open)
{
    const struct leaf *leaf = &page->leaves[at], *next = NULL;

    for (size_t depth = *open; depth + 1 < leaf->depth; depth++) {
        indent(page->text, depth + 1);
        text_append_format(page->text, "\"%s\": {\n", leaf->keys[depth]);
    }
    *open = leaf->depth - 1;
    indent(page->text, leaf->depth);
    json_append_string(page->text, leaf->keys[leaf->depth - 1]);
    text_append(page->text, ": ");
    if (leaf->is_list)
        append_list(page->text, leaf->bound, leaf->depth);
    else
        text_append(page->text, leaf->json);
    for (size_t i = at + 1; i < page->count && next == NULL; i++)
        next = page->leaves[i].json != NULL ? &page->leaves[i] : NULL;
    if (next != NULL && common_depth(leaf, next) == *open)
        text_append(page->text, ",");
    text_append(page->text, " // ");
    append_places(page->text, leaf->bound);
    text_append(page->text, "\n");
    for (size_t i = at + 1; i < page->count && page->leaves[i].json == NULL; i++)
        append_also(page->text, &page->leaves[i], page->arena);
    for (size_t keep = next != NULL ? common_depth(leaf, next) : 0; *open > keep; (*open)--) {
        indent(page->text, *open);
        text_append(page->text, *open == keep + 1 && next != NULL ? "},\n" : "}\n");
    }
}

void policy_bounds_print(struct text *text, const struct policy_bounds *bounds, const char *name,
                         const char *description, struct arena *arena)
{
    struct page page = {.text = text, .arena = arena};
    size_t open = 0;

    fill(&page, bounds);
    text_append(text, "{\n  \"thwart\": 1,\n  \"name\": ");
    json_append_string(text, name);
    if (description != NULL && *description != '\0') {
        text_append(text, ",\n  \"description\": ");
        json_append_string(text, description);
    }
    text_append(text, page.count > 0 ? ",\n" : "\n");
    for (size_t i = 0; i < page.count; i++)
        if (page.leaves[i].json != NULL)
            append_leaf(&page, i, &open);
    text_append(text, "}\n");
}

/* ---- the document ---- */

static void encode_bound(struct text *text, const struct policy_bound *bound, struct arena *arena)
{
    text_append_format(text, "{\"id\":\"%s\",\"rule\":\"%s\"", bound->row->id, bound->row->rule);
    if (bound->member[0] != '\0') {
        text_append(text, ",\"member\":");
        json_append_string(text, bound->member);
    }
    text_append_format(text, ",\"value\":%s,\"otherwise\":\"%s\",\"mode\":\"%s\",\"ifUnsupported\":\"%s\"",
                       policy_bound_value(bound, arena),
                       policy_bound_otherwise(bound) == POLICY_OTHERWISE_NARROW ? "narrow" : "refuse",
                       bound->audit ? "audit" : "enforce", bound->note_if_unsupported ? "note" : "refuse");
    text_append(text, ",\"sources\":[");
    for (size_t i = 0; i < bound->source_count; i++) {
        text_append(text, i > 0 ? ",{\"policy\":" : "{\"policy\":");
        json_append_string(text, bound->sources[i].policy);
        text_append(text, ",\"file\":");
        json_append_string(text, bound->sources[i].file);
        text_append_format(text, ",\"line\":%u,\"column\":%u}", bound->sources[i].line,
                           bound->sources[i].column);
    }
    text_append(text, "]}");
}

void policy_bounds_encode(struct text *text, const struct policy_bounds *bounds, const char *name,
                          const struct policy_set *set, struct arena *arena)
{
    text_append(text, "{\"thwart\":1,\"name\":");
    json_append_string(text, name);
    text_append(text, ",\"policies\":[");
    for (size_t i = 0; i < set->count; i++) {
        if (i > 0)
            text_append(text, ",");
        json_append_string(text, set->items[i].policy->name);
    }
    text_append(text, "],\"rules\":[");
    for (size_t i = 0; i < bounds->count; i++) {
        if (i > 0)
            text_append(text, ",");
        encode_bound(text, &bounds->items[i], arena);
    }
    text_append(text, "]}\n");
}
