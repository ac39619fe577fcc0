/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking up what is built in. */
#include "policy/shipped.h"

#include <string.h>
#include "policy/shipped_table.h"

const struct shipped_file *shipped_file(const char *name)
{
    size_t low = 0, high = shipped_table_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, shipped_table[middle].name);

        if (order == 0)
            return &shipped_table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct shipped_file *shipped_files(size_t *count)
{
    *count = shipped_table_count;
    return shipped_table;
}
