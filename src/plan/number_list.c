/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Number lists, both ways. */
#include "plan/number_list.h"

#include "base/number.h"

enum { WORD_BITS = 64 };

/* "N" or "N-M"; advances the cursor. */
static bool scan_range(const char **cursor, uint32_t limit, uint64_t *first, uint64_t *last)
{
    if (!number_scan_unsigned(cursor, first))
        return false;
    *last = *first;
    if (**cursor == '-') {
        (*cursor)++;
        if (!number_scan_unsigned(cursor, last))
            return false;
    }
    return *first <= *last && *last < limit;
}

bool number_list_read(struct arena *arena, const char *list, uint32_t limit, struct plan_cpu_set *set)
{
    uint64_t *words;
    uint64_t first, last, highest = 0;

    *set = (struct plan_cpu_set){0};
    if (list == NULL || list[0] == '\0')
        return true;
    words = arena_array(arena, (limit + WORD_BITS - 1) / WORD_BITS, sizeof(*words));
    for (const char *cursor = list;;) {
        if (!scan_range(&cursor, limit, &first, &last))
            return false;
        for (uint64_t number = first; number <= last; number++)
            words[number / WORD_BITS] |= (uint64_t)1 << number % WORD_BITS;
        if (last > highest)
            highest = last;
        if (*cursor == '\0')
            break;
        if (*cursor != ',')
            return false;
        cursor++;
    }
    *set = (struct plan_cpu_set){.words = words, .count = highest / WORD_BITS + 1};
    return true;
}

static bool holds(const struct plan_cpu_set *set, size_t number)
{
    return number / WORD_BITS < set->count && (set->words[number / WORD_BITS] >> number % WORD_BITS & 1) != 0;
}

void number_list_append(struct text *text, const struct plan_cpu_set *set)
{
    const char *separator = "";

    for (size_t number = 0; number < set->count * WORD_BITS; number++) {
        size_t last = number;

        if (!holds(set, number))
            continue;
        while (holds(set, last + 1))
            last++;
        text_append(text, separator);
        text_append_unsigned(text, number);
        if (last > number) {
            text_append(text, "-");
            text_append_unsigned(text, last);
        }
        separator = ",";
        number = last;
    }
}
