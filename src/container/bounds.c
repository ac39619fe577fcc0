/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What later commands decide by. */
#include "container/bounds.h"

#include <string.h>
#include <time.h>
#include "container/decision_events.h"
#include "container/observe_request.h"
#include "container/state_store.h"

/* The record says which policies, to the byte. (More may be there: an update that was killed after it added
 * one.) */
static int check_policies(const struct record *record, const struct policy_set *set, struct arena *arena,
                          struct error *error)
{
    const struct json_strings words = policies_words(set, arena);

    for (size_t i = 0; i < record->policies.count; i++) {
        size_t at = 0;

        while (at < words.count && strcmp(words.items[at], record->policies.items[i]) != 0)
            at++;
        if (at == words.count)
            return error_set(error, ERROR_INVALID,
                             "the policies that are kept of container %s are not those that it was created "
                             "under (%s is missing): they are not believed; delete it, and create it anew",
                             record->id, record->policies.items[i]);
    }
    return 0;
}

int bounds_read(const struct record *record, int directory, const struct host_facts *facts,
                struct arena *arena, struct bounds *bounds, struct error *error)
{
    char *bytes;
    size_t length;

    *bounds = (struct bounds){0};
    if (!record->bounded)
        return 0;
    if (state_read_bounds(directory, arena, &bytes, &length, error) != 0 ||
        policies_decode(bytes, length, arena_format(arena, "policies of container %s", record->id), arena,
                        &bounds->policies, &bounds->layers, error) != 0 ||
        check_policies(record, &bounds->policies, arena, error) != 0)
        return -1;
    bounds->observed = (struct policy_observed){
        .host = observe_policy_host(facts, arena),
        .now_s = time(NULL),
        .cgroup_disabled = record->cgroup == NULL,
    };
    observe_oom_score(&bounds->policies, &bounds->observed.host);
    return 0;
}

int bounds_tell(const struct policies_request *request, const struct decision_event *event, int directory,
                const struct notices *notices, struct arena *arena, struct error *error)
{
    struct configuration configuration;

    if (policies_configuration(request, arena, &configuration, error) != 0)
        return -1;
    return decision_event_tell(event, &configuration, directory, notices, arena, error);
}
