/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What decoding says without failing, and guesses at what an unknown member was meant to be. */
#include "json/table.h"

#include <string.h>
#include "base/memory.h"
#include "base/suggest.h"

const char *json_suggest(const struct json_table *table, const char *key)
{
    return suggest_word(key, &table->fields[0].key, table->count, sizeof(table->fields[0]));
}

void json_note_add(struct json_notes *notes, struct arena *arena, const char *pointer, const char *note_text,
                   uint32_t line, uint32_t column)
{
    if (notes->count == notes->capacity) {
        size_t capacity = notes->capacity == 0 ? 8 : notes->capacity * 2;
        struct json_note *items = arena_array(arena, capacity, sizeof(*items));

        if (notes->count > 0)
            memcpy(items, notes->items, notes->count * sizeof(*items));
        notes->items = items;
        notes->capacity = capacity;
    }
    notes->items[notes->count++] = (struct json_note){.pointer = arena_string(arena, pointer),
                                                      .text = arena_string(arena, note_text),
                                                      .line = line,
                                                      .column = column};
}
