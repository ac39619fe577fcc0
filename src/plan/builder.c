/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes, lists and mappings for the builders of the parts. */
#include "plan/builder.h"

#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { NOTE_SIZE = 512, NOTES_AT_FIRST = 8 };

static void add_note(struct plan_builder *builder, enum plan_note_kind kind, const char *pointer,
                     const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static void add_note(struct plan_builder *builder, enum plan_note_kind kind, const char *pointer,
                     const char *format, va_list arguments)
{
    char buffer[NOTE_SIZE];
    struct text text = text_over(buffer, sizeof(buffer));

    text_append_format_list(&text, format, arguments);
    if (builder->note_count == builder->note_capacity) {
        size_t capacity = builder->note_capacity > 0 ? 2 * builder->note_capacity : NOTES_AT_FIRST;
        struct plan_note *notes = arena_array(builder->arena, capacity, sizeof(*notes));

        if (builder->note_count > 0)
            memcpy(notes, builder->notes, builder->note_count * sizeof(*notes));
        builder->notes = notes;
        builder->note_capacity = capacity;
    }
    builder->notes[builder->note_count++] = (struct plan_note){
        .pointer = pointer, .text = arena_copy(builder->arena, text.bytes, text.length), .kind = kind};
}

void plan_builder_note(struct plan_builder *builder, const char *pointer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_note(builder, PLAN_NOTE, pointer, format, arguments);
    va_end(arguments);
}

void plan_builder_warning(struct plan_builder *builder, const char *pointer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_note(builder, PLAN_NOTE_WARNING, pointer, format, arguments);
    va_end(arguments);
}

void plan_builder_note_for_log(struct plan_builder *builder, const char *pointer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_note(builder, PLAN_NOTE_FOR_LOG, pointer, format, arguments);
    va_end(arguments);
}

const char **plan_builder_strings(struct plan_builder *builder, const struct json_strings *strings,
                                  size_t spare)
{
    const char **copy = arena_array(builder->arena, strings->count + spare + 1, sizeof(*copy));

    if (strings->count > 0)
        memcpy(copy, strings->items, strings->count * sizeof(*copy));
    return copy;
}

struct plan_strings plan_builder_copy(struct plan_builder *builder, const struct json_strings *strings)
{
    return (struct plan_strings){.items = plan_builder_strings(builder, strings, 0), .count = strings->count};
}

struct plan_id_mappings plan_builder_mappings(struct plan_builder *builder,
                                              const struct json_structs *mappings)
{
    const struct spec_id_mapping *from = SPEC_ITEMS(*mappings, struct spec_id_mapping);
    struct plan_id_mapping *copy;

    if (mappings->count == 0)
        return (struct plan_id_mappings){0};
    copy = arena_array(builder->arena, mappings->count, sizeof(*copy));
    for (size_t i = 0; i < mappings->count; i++)
        copy[i] = (struct plan_id_mapping){from[i].container_id, from[i].host_id, from[i].size};
    return (struct plan_id_mappings){.items = copy, .count = mappings->count};
}

bool plan_mappings_hold(const struct plan_id_mappings *mappings, uint32_t container_id)
{
    for (size_t i = 0; i < mappings->count; i++) {
        const struct plan_id_mapping *mapping = &mappings->items[i];

        if (container_id >= mapping->container_id && container_id - mapping->container_id < mapping->size)
            return true;
    }
    return false;
}

bool plan_has_user_namespace(const struct plan *plan)
{
    return ((plan->namespaces.new_flags | plan->namespaces.join_flags) & (uint64_t)CLONE_NEWUSER) != 0;
}

bool plan_is_rootless(const struct host_facts *facts)
{
    return facts->uid != 0 || facts->in_user_namespace;
}

bool plan_has_capability(const struct host_facts *facts, unsigned int capability)
{
    return (facts->capabilities >> capability & 1) != 0;
}
