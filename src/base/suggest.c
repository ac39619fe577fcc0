/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edit distance of short words. */
#include "base/suggest.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "base/memory.h"

enum {
    WORD_MAX = 32, /* longer words get no suggestion: hostile ones would cost their square */
    EDITS_MAX = 2,
    PREFIX_MIN = 3,
};

static size_t distance(const char *one, const char *other)
{
    size_t row[WORD_MAX + 1];
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

static const char *candidate_at(const char *const *first, size_t index, size_t stride)
{
    const char *candidate;

    memcpy(&candidate, (const char *)first + index * stride, sizeof(candidate));
    return candidate;
}

static const char *only_beginning_with(const char *word, size_t length, const char *const *first,
                                       size_t count, size_t stride)
{
    const char *found = NULL;

    if (length < PREFIX_MIN)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *candidate = candidate_at(first, i, stride);

        if (candidate == NULL || strncasecmp(candidate, word, length) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = candidate;
    }
    return found;
}

const char *suggest_word(const char *word, const char *const *first, size_t count, size_t stride)
{
    const char *best = NULL;
    size_t best_distance = EDITS_MAX + 1, word_length = strlen(word);

    if (word_length > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *candidate = candidate_at(first, i, stride);
        size_t length = candidate != NULL ? strlen(candidate) : 0, apart;

        /* So many edits at least: the words need not be compared. */
        if (candidate == NULL || length > WORD_MAX || length + EDITS_MAX < word_length ||
            word_length + EDITS_MAX < length)
            continue;
        apart = distance(word, candidate);
        if (apart < best_distance && apart < length / 2 + 1) {
            best = candidate;
            best_distance = apart;
        }
    }
    return best != NULL ? best : only_beginning_with(word, word_length, first, count, stride);
}
