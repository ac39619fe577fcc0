/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The five sets of a request as numbers, and with names taken out of them. */
#pragma once

#include "base/arena.h"
#include "spec/spec.h"

enum { CAPABILITY_SET_COUNT = 5 };

/* Set number `index` (bounding, effective, inheritable, permitted, ambient). */
const struct json_strings *capability_set(const struct spec_capabilities *capabilities, size_t index);

/* A bit for each name that is known; names that are not leave no trace. */
uint64_t capability_set_bits(const struct json_strings *set);

/* The same for all five together. */
uint64_t capability_all_bits(const struct spec_capabilities *capabilities);

/* "bounding, effective": the sets that have the name, as written or with another spelling of "CAP_". */
const char *capability_sets_of(const struct spec_capabilities *capabilities, const char *name,
                               struct arena *arena);

/* What is to be taken out of all sets. */
struct capability_removal {
    uint64_t bits;
    const char **unknown; /* names that no kernel known here has */
    size_t unknown_count, unknown_capacity;
};
void capability_removal_add_unknown(struct capability_removal *removal, const char *name,
                                    struct arena *arena);

/* A copy without them. Ambient stays within permitted and inheritable where it was: all sets lose the same.
 */
const struct spec_capabilities *capability_sets_without(const struct spec_capabilities *from,
                                                        const struct capability_removal *removal,
                                                        struct arena *arena);
