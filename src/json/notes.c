/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What decoding says without failing, and guesses at what an unknown member was meant to be. */
#include "json/table.h"

#include <string.h>
#include "base/memory.h"

enum { SUGGESTION_MAX = 32 }; /* longest key that is worth a suggestion */

/* Edit distance of two short strings, letter case aside. */
static size_t distance(const char *one, const char *other)
{
    size_t row[SUGGESTION_MAX + 1];
    size_t width = strlen(other);

    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; one[i] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 1; j <= width; j++) {
            size_t above = row[j];
            bool same = (one[i] | 0x20) == (other[j - 1] | 0x20);
            size_t best = diagonal + (same ? 0 : 1);

            best = above + 1 < best ? above + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = above;
        }
    }
    return row[width];
}

const char *json_suggest(const struct json_table *table, const char *key)
{
    const char *best = NULL;
    size_t best_distance = 3;

    if (strlen(key) > SUGGESTION_MAX)
        return NULL;
    for (size_t i = 0; i < table->count; i++) {
        size_t length = strlen(table->fields[i].key);
        size_t apart = length <= SUGGESTION_MAX ? distance(key, table->fields[i].key) : best_distance;

        if (apart < best_distance && apart < length / 2 + 1) {
            best = table->fields[i].key;
            best_distance = apart;
        }
    }
    return best;
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
