/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going through the containers that match. */
#include "cli/matching.h"

int matching_do(const struct invocation *invocation, const char *pattern, const char *verb,
                int (*act)(const struct invocation *invocation, const char *id, struct error *error),
                struct error *error)
{
    const char *const *ids;
    size_t count, failed = 0;

    if (container_matching(invocation->runtime, pattern, invocation->arena, &ids, &count, error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct error failure;

        if (act(invocation, ids[i], &failure) == 0 || failure.kind == ERROR_NOT_FOUND)
            continue;
        notice(&invocation->runtime->notices, NOTICE_WARNING, "%s", failure.message);
        failed++;
    }
    if (failed == 0)
        return 0;
    return error_set(error, ERROR_STATE, "%s --regex: %zu of %zu containers failed", verb, failed, count);
}
