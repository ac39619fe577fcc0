/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See capability_sets.h. */
#include "policy/capability_sets.h"

#include <string.h>
#include "policy/words.h"

static const struct {
    const char *name;
    size_t offset;
} sets[CAPABILITY_SET_COUNT] = {
    {"bounding", offsetof(struct spec_capabilities, bounding)},
    {"effective", offsetof(struct spec_capabilities, effective)},
    {"inheritable", offsetof(struct spec_capabilities, inheritable)},
    {"permitted", offsetof(struct spec_capabilities, permitted)},
    {"ambient", offsetof(struct spec_capabilities, ambient)},
};

const struct json_strings *capability_set(const struct spec_capabilities *capabilities, size_t index)
{
    return (const struct json_strings *)(const void *)((const char *)capabilities + sets[index].offset);
}

uint64_t capability_set_bits(const struct json_strings *set)
{
    uint64_t bits = 0;
    unsigned int number;

    for (size_t i = 0; i < set->count; i++)
        if (policy_capability_number(set->items[i], &number))
            bits |= (uint64_t)1 << number;
    return bits;
}

uint64_t capability_all_bits(const struct spec_capabilities *capabilities)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < CAPABILITY_SET_COUNT; i++)
        bits |= capability_set_bits(capability_set(capabilities, i));
    return bits;
}

static bool same_name(const char *one, const char *other)
{
    unsigned int first, second;

    if (policy_capability_number(one, &first) && policy_capability_number(other, &second))
        return first == second;
    return strcmp(one, other) == 0;
}

const char *capability_sets_of(const struct spec_capabilities *capabilities, const char *name,
                               struct arena *arena)
{
    char buffer[64];
    struct text text = text_over(buffer, sizeof(buffer));

    for (size_t i = 0; i < CAPABILITY_SET_COUNT; i++) {
        const struct json_strings *set = capability_set(capabilities, i);
        size_t at = 0;

        while (at < set->count && !same_name(set->items[at], name))
            at++;
        if (at == set->count)
            continue;
        text_append(&text, text.length > 0 ? ", " : "");
        text_append(&text, sets[i].name);
    }
    return arena_string(arena, text.bytes);
}

void capability_removal_add_unknown(struct capability_removal *removal, const char *name, struct arena *arena)
{
    if (removal->unknown_count == removal->unknown_capacity) {
        size_t capacity = removal->unknown_capacity * 2 + 8;
        const char **names = arena_array(arena, capacity, sizeof(*names));

        for (size_t i = 0; i < removal->unknown_count; i++)
            names[i] = removal->unknown[i];
        removal->unknown = names;
        removal->unknown_capacity = capacity;
    }
    removal->unknown[removal->unknown_count++] = name;
}

static bool is_removed(const struct capability_removal *removal, const char *name)
{
    unsigned int number;

    if (policy_capability_number(name, &number))
        return (removal->bits >> number & 1) != 0;
    for (size_t i = 0; i < removal->unknown_count; i++)
        if (strcmp(removal->unknown[i], name) == 0)
            return true;
    return false;
}

static struct json_strings set_without(const struct json_strings *from,
                                       const struct capability_removal *removal, struct arena *arena)
{
    struct json_strings kept = {.items = arena_array(arena, from->count, sizeof(*kept.items)),
                                .present = from->present};

    for (size_t i = 0; i < from->count; i++)
        if (!is_removed(removal, from->items[i]))
            kept.items[kept.count++] = from->items[i];
    return kept;
}

const struct spec_capabilities *capability_sets_without(const struct spec_capabilities *from,
                                                        const struct capability_removal *removal,
                                                        struct arena *arena)
{
    struct spec_capabilities *copy = arena_allocate(arena, sizeof(*copy));

    copy->bounding = set_without(&from->bounding, removal, arena);
    copy->effective = set_without(&from->effective, removal, arena);
    copy->inheritable = set_without(&from->inheritable, removal, arena);
    copy->permitted = set_without(&from->permitted, removal, arena);
    copy->ambient = set_without(&from->ambient, removal, arena);
    return copy;
}
