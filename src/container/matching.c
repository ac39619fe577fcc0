/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several containers by one pattern, for kill --regex and delete --regex. */
#include <stdlib.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/pattern.h"
#include "container/operations.h"
#include "container/state_root.h"
#include "container/state_store.h"

static int compare_ids(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int container_matching(const struct runtime *runtime, const char *pattern, struct arena *arena,
                       const char *const **ids, size_t *count, struct error *error)
{
    cleanup_fd int root = -1;
    const char *const *all;
    const char *root_path;
    const char **found;
    size_t all_count, used = 0;

    if (pattern_check(pattern, error) != 0 || state_root_path(runtime->root, arena, &root_path, error) != 0 ||
        state_root_open(root_path, false, &root, error) != 0 ||
        state_list(root, arena, &all, &all_count, error) != 0)
        return -1;
    found = arena_array(arena, all_count, sizeof(*found));
    for (size_t i = 0; i < all_count; i++)
        if (pattern_found(pattern, all[i]))
            found[used++] = all[i];
    qsort(found, used, sizeof(*found), compare_ids);
    *ids = found;
    *count = used;
    return 0;
}
