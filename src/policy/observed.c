/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking up what was observed. */
#include "policy/observed.h"

#include <stdlib.h>
#include <string.h>

static int compare_path(const void *key, const void *item)
{
    return strcmp(key, ((const struct policy_path_fact *)item)->path);
}

const struct policy_path_fact *policy_observed_path(const struct policy_observed *observed, const char *path)
{
    if (observed->paths_ordered && observed->path_count > 0)
        return bsearch(path, observed->paths, observed->path_count, sizeof(*observed->paths), compare_path);
    for (size_t i = 0; i < observed->path_count; i++)
        if (strcmp(observed->paths[i].path, path) == 0)
            return &observed->paths[i];
    return NULL;
}

const struct policy_namespace_fact *policy_observed_namespace(const struct policy_observed *observed,
                                                              const char *type, const char *path)
{
    for (size_t i = 0; i < observed->namespace_count; i++)
        if (strcmp(observed->namespaces[i].type, type) == 0 &&
            strcmp(observed->namespaces[i].path, path) == 0)
            return &observed->namespaces[i];
    return NULL;
}
