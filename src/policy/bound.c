/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One policy taken apart: its canonical form is printed and read as a tree, so that there is one printer. */
#include "policy/bound.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "policy/bound_rows.h"
#include "policy/default_paths.h"
#include "policy/read.h"

enum { TREE_BYTES_MAX = 64 * 1024 * 1024 };

/* ---- the tree ---- */

static const struct json_value *find_rule(const struct json_value *tree, const char *rule)
{
    while (tree != NULL && *rule != '\0') {
        size_t length = strcspn(rule, ".");
        const struct json_value *found = NULL;

        for (size_t i = 0; tree->type == JSON_OBJECT && i < tree->object.count; i++)
            if (strlen(tree->object.members[i].key) == length &&
                memcmp(tree->object.members[i].key, rule, length) == 0)
                found = tree->object.members[i].value;
        tree = found;
        rule += length + (rule[length] == '.');
    }
    return tree;
}

static const char *json_of(const struct json_value *value, struct arena *arena)
{
    cleanup_text struct text text = text_growing(TREE_BYTES_MAX);

    json_encode_value(&text, value, 0);
    return arena_string(arena, text.bytes);
}

static bool is_modifier(const char *key)
{
    return strcmp(key, "otherwise") == 0 || strcmp(key, "mode") == 0 || strcmp(key, "ifUnsupported") == 0;
}

/* The object without what is told apart: how the rule is applied, and syscalls.filter, which is a rule by
 * itself. */
static const struct json_value *without_modifiers(const struct json_value *object, struct arena *arena)
{
    struct json_value *left = arena_allocate(arena, sizeof(*left));
    size_t count = 0;

    *left = *object;
    left->object.members = arena_array(arena, object->object.count, sizeof(*left->object.members));
    for (size_t i = 0; i < object->object.count; i++)
        if (!is_modifier(object->object.members[i].key) &&
            strcmp(object->object.members[i].key, "filter") != 0)
            left->object.members[count++] = object->object.members[i];
    left->object.count = count;
    return left;
}

/* ---- values ---- */

/* "512M", "1.5", "7d", "unlimited". Binary multiples of bytes, seconds of durations: the key says which. */
static double number_of(const struct json_value *value, bool is_duration)
{
    static const struct {
        char unit;
        double bytes, seconds;
    } units[] = {{'K', 1024.0, 0}, {'M', 1048576.0, 0}, {'G', 1073741824.0, 0}, {'T', 1099511627776.0, 0},
                 {'s', 0, 1},      {'m', 0, 60},        {'h', 0, 3600},         {'d', 0, 86400},
                 {'w', 0, 604800}};
    const char *text = value->type == JSON_NUMBER ? value->number.text : value->string.bytes;
    char *end;
    double number = strtod(text, &end);

    if (end == text)
        return __builtin_inf(); /* "unlimited" */
    for (size_t i = 0; value->type == JSON_STRING && i < ARRAY_LENGTH(units); i++)
        if (*end == units[i].unit && (is_duration ? units[i].seconds : units[i].bytes) > 0)
            number *= is_duration ? units[i].seconds : units[i].bytes;
    return number;
}

static size_t level_of(const struct policy_bound_row *row, const char *json)
{
    for (size_t i = 0; i < ARRAY_LENGTH(row->levels) && row->levels[i] != NULL; i++)
        if (strcmp(row->levels[i], json) == 0)
            return i;
    return 0;
}

static struct policy_bound_item item_of(const struct policy_bound_row *row, const struct json_value *value,
                                        struct arena *arena)
{
    struct policy_bound_item item = {.json = json_of(value, arena)};
    const struct json_value *path = json_member(value, "path"), *access = json_member(value, "access"),
                            *device = json_member(value, "device");

    if (value->type == JSON_STRING)
        item.text = value->string.bytes;
    else if (row->match == POLICY_BOUND_TREES && path != NULL && path->type == JSON_STRING)
        item.text = path->string.bytes;
    else if (device != NULL && device->type == JSON_STRING)
        item.text = device->string.bytes;
    item.writable = access != NULL && access->type == JSON_STRING && strcmp(access->string.bytes, "rw") == 0;
    if (item.text != NULL && row->kind == POLICY_BOUND_ALLOW && strcmp(row->rule, "devices.allow") == 0 &&
        text_starts_with(item.text, "/dev/"))
        item.text += strlen("/dev/");
    if (row->match == POLICY_BOUND_RANGES) {
        const char *text = value->type == JSON_NUMBER ? value->number.text : value->string.bytes;
        char *end;

        item.first = strtoull(text, &end, 10);
        item.last = *end == '-' ? strtoull(end + 1, NULL, 10) : item.first;
        item.text = value->type == JSON_STRING ? text : item.json;
    }
    return item;
}

static void set_items(struct policy_bound *bound, const struct json_value *list, struct arena *arena)
{
    bound->items = arena_array(arena, list->array.count, sizeof(*bound->items));
    for (size_t i = 0; i < list->array.count; i++)
        bound->items[bound->count++] = item_of(bound->row, list->array.items[i], arena);
}

/* "maskedPaths": "default". */
static void set_default_paths(struct policy_bound *bound, struct arena *arena)
{
    const bool masked = strstr(bound->row->rule, "masked") != NULL;
    const char *const *paths = masked ? policy_default_masked : policy_default_readonly;

    bound->count = masked ? policy_default_masked_count : policy_default_readonly_count;
    bound->items = arena_array(arena, bound->count, sizeof(*bound->items));
    for (size_t i = 0; i < bound->count; i++)
        bound->items[i] =
            (struct policy_bound_item){.json = arena_format(arena, "\"%s\"", paths[i]), .text = paths[i]};
    bound->json = "\"default\"";
}

/* ---- bounds ---- */

static struct policy_bound *append(struct policy_bounds *bounds, struct arena *arena)
{
    if (bounds->count == bounds->capacity) {
        size_t capacity = bounds->capacity * 2 + 32;
        struct policy_bound *items = arena_array(arena, capacity, sizeof(*items));

        if (bounds->count > 0)
            memcpy(items, bounds->items, bounds->count * sizeof(*items));
        bounds->items = items;
        bounds->capacity = capacity;
    }
    return &bounds->items[bounds->count++];
}

/* False: the value bounds nothing. */
static bool set_value(struct policy_bound *bound, const struct json_value *value, struct arena *arena)
{
    const bool is_duration = strstr(bound->row->rule, "maxLifetime") != NULL;

    bound->json = json_of(value, arena);
    switch (bound->row->kind) {
    case POLICY_BOUND_LEVEL:
        bound->number = (double)level_of(bound->row, bound->json);
        return bound->number > 0;
    case POLICY_BOUND_MOST:
    case POLICY_BOUND_LEAST:
        bound->number = number_of(value, is_duration);
        return bound->row->kind == POLICY_BOUND_LEAST || bound->number < __builtin_inf();
    case POLICY_BOUND_ALLOW:
    case POLICY_BOUND_FORBID:
        if (value->type == JSON_ARRAY) {
            bound->json = NULL;
            set_items(bound, value, arena);
        } else if (strcmp(bound->json, "\"default\"") == 0) {
            set_default_paths(bound, arena);
        } else if (strcmp(bound->json, "\"deny\"") == 0) { /* a command: none is allowed */
            bound->count = 0;
        } else if (strcmp(bound->json, "\"allow\"") == 0) {
            return false;
        } else { /* one word: a list of one */
            bound->items = arena_allocate(arena, sizeof(*bound->items));
            bound->items[bound->count++] = item_of(bound->row, value, arena);
        }
        return bound->row->kind == POLICY_BOUND_ALLOW || bound->count > 0;
    case POLICY_BOUND_WHOLE:
        break;
    }
    bound->tree = value->type == JSON_OBJECT ? without_modifiers(value, arena) : value;
    bound->json = json_of(bound->tree, arena);
    return strcmp(bound->json, "{}") != 0;
}

struct taking {
    const struct policy *policy;
    const struct policy_rule *rule;
    bool audit;
    struct arena *arena;
    struct policy_bounds *bounds;
};

static void take(const struct taking *taking, const struct policy_bound_row *row, const char *member,
                 const struct json_value *value)
{
    struct policy_finding_source *source = arena_allocate(taking->arena, sizeof(*source));
    struct policy_bound bound = {.row = row,
                                 .member = member,
                                 .otherwise = taking->rule->otherwise,
                                 .audit = taking->audit || taking->rule->audit,
                                 .note_if_unsupported = taking->rule->note_if_unsupported,
                                 .sources = source,
                                 .source_count = 1};

    *source = (struct policy_finding_source){taking->policy->name, taking->policy->file, taking->rule->line,
                                             taking->rule->column};
    if (set_value(&bound, value, taking->arena))
        *append(taking->bounds, taking->arena) = bound;
}

static void take_row(const struct taking *taking, const struct policy_bound_row *row,
                     const struct json_value *node)
{
    const struct json_value *value = node, *wrapped = json_member(node, "value");

    if (row->kind == POLICY_BOUND_WHOLE) {
        take(taking, row, "", wrapped != NULL ? wrapped : node);
    } else if (strcmp(row->member, "*") == 0) {
        for (size_t i = 0; node->type == JSON_OBJECT && i < node->object.count; i++)
            if (!is_modifier(node->object.members[i].key))
                take(taking, row, node->object.members[i].key, node->object.members[i].value);
    } else if (row->member[0] != '\0') {
        value = json_member(node, row->member);
        if (value != NULL)
            take(taking, row, row->member, value);
        else if (wrapped != NULL && wrapped->type != JSON_OBJECT && row->takes_value)
            take(taking, row, "", wrapped);
        else if (node->type != JSON_OBJECT && row->takes_value)
            take(taking, row, "", node);
    } else {
        take(taking, row, "", wrapped != NULL ? wrapped : value);
    }
}

int policy_bounds_of(const struct policy *policy, bool audit, struct arena *arena,
                     struct policy_bounds *bounds, struct error *error)
{
    static const struct json_limits limits = {.bytes = TREE_BYTES_MAX};
    cleanup_text struct text text = text_growing(TREE_BYTES_MAX);
    struct json_value *tree;
    size_t count;
    const struct policy_bound_row *rows = policy_bound_rows(&count);

    policy_print(&text, policy, 0);
    if (text_complete(&text, policy->file, error) != 0 ||
        json_read(text.bytes, text.length, policy->file, &limits, arena, &tree, error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct policy_rule *rule =
            (const struct policy_rule *)(const void *)((const char *)policy + rows[i].offset);
        const struct taking taking = {policy, rule, audit || policy->audit, arena, bounds};
        const struct json_value *node = rule->present ? find_rule(tree, rows[i].rule) : NULL;

        if (node != NULL)
            take_row(&taking, &rows[i], node);
    }
    return 0;
}

const char *policy_bound_value(const struct policy_bound *bound, struct arena *arena)
{
    cleanup_text struct text text = text_growing(TREE_BYTES_MAX);

    if (bound->json != NULL)
        return bound->json;
    text_append(&text, "[");
    for (size_t i = 0; i < bound->count; i++)
        text_append_format(&text, "%s%s", i > 0 ? ", " : "", bound->items[i].json);
    text_append(&text, "]");
    return arena_string(arena, text.bytes);
}

enum policy_otherwise policy_bound_otherwise(const struct policy_bound *bound)
{
    const struct policy_rule_words *words = policy_rule_words(bound->row->id);

    if (!words->can_narrow)
        return POLICY_OTHERWISE_REFUSE;
    return bound->otherwise != POLICY_OTHERWISE_DEFAULT ? bound->otherwise : words->by_default;
}
