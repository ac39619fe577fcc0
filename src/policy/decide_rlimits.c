/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.rlimits: a maximum of soft and hard limits. A limit that is not asked for is the runtime's own, so
 * that one is judged; and a bound that is added is the lesser of the two, or it could raise what the process
 * would have had.
 */
#include "policy/decide_rlimits.h"

#include <string.h>
#include "policy/decide_parts.h"

static const struct spec_rlimit *find_limit(const struct json_structs *limits, const char *type)
{
    const struct spec_rlimit *items = SPEC_ITEMS(*limits, struct spec_rlimit);

    for (size_t i = 0; i < limits->count; i++)
        if (strcmp(items[i].type, type) == 0)
            return &items[i];
    return NULL;
}

/* A process that joins and names no limit at all has the container's (plan/process.c). */
static const struct json_structs *asked_limits(const struct decider *decider)
{
    const struct spec_process *container = decide_container_process(decider);

    if (decider->process->rlimits.count == 0 && container != NULL)
        return &container->rlimits;
    return &decider->process->rlimits;
}

static struct spec_rlimit inherited_limit(const struct decider *decider, const char *type)
{
    const struct policy_host *host = &decider->observed->host;

    for (size_t i = 0; i < host->rlimit_count; i++)
        if (strcmp(host->rlimits[i].type, type) == 0)
            return (struct spec_rlimit){
                .type = type, .soft = host->rlimits[i].soft, .hard = host->rlimits[i].hard};
    /* Not observed: nothing is known to hold it. */
    return (struct spec_rlimit){.type = type, .soft = UINT64_MAX, .hard = UINT64_MAX};
}

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* The grant's limit of that type, to write to; added where there is none. */
static struct spec_rlimit *granted_limit(struct decider *decider, const struct spec_rlimit *asked)
{
    struct spec_process *grant = decider_process(decider);
    const struct json_structs *now = grant->rlimits.count > 0 ? &grant->rlimits : asked_limits(decider);
    struct json_structs copy = {.count = now->count, .present = true};
    struct spec_rlimit *items = arena_array(decider->arena, now->count + 1, sizeof(*items)), *found;
    size_t at = 0;

    if (now->count > 0)
        memcpy(items, now->items, now->count * sizeof(*items));
    while (at < now->count && strcmp(items[at].type, asked->type) != 0)
        at++;
    found = &items[at];
    if (at == now->count) {
        *found = *asked;
        copy.count++;
    }
    copy.items = items;
    grant->rlimits = copy;
    return found;
}

struct spec_rlimit decide_rlimit_of(const struct decider *decider, const struct spec_process *process,
                                    const char *type)
{
    const struct spec_rlimit *given =
        find_limit(process == decider->process ? asked_limits(decider) : &process->rlimits, type);

    return given != NULL ? *given : inherited_limit(decider, type);
}

const char *decide_rlimit_text(const struct decider *decider, const struct spec_rlimit *limit)
{
    return arena_format(decider->arena, "soft %s, hard %s", decide_number_text(decider, limit->soft),
                        decide_number_text(decider, limit->hard));
}

const char *decide_rlimit_pointer(const struct decider *decider, const char *type)
{
    const struct spec_rlimit *given = find_limit(&decider->process->rlimits, type);
    const struct spec_rlimit *items = SPEC_ITEMS(decider->process->rlimits, struct spec_rlimit);

    if (given == NULL)
        return decide_process_pointer(decider, "/rlimits");
    return decide_process_pointer(decider,
                                  arena_format(decider->arena, "/rlimits/%zu", (size_t)(given - items)));
}

void decide_narrow_rlimit(struct decider *decider, const char *type, uint64_t soft, uint64_t hard)
{
    const struct spec_rlimit asked = decide_rlimit_of(decider, decider->process, type);
    struct spec_rlimit *limit = granted_limit(decider, &asked);

    limit->hard = least(limit->hard, hard);
    limit->soft = least(least(limit->soft, soft), limit->hard);
    decider_granted(decider, decide_rlimit_text(decider, limit));
}

static void decide_rlimit(struct decider *decider, const struct policy_rlimits *rule,
                          const struct policy_rlimit *bound)
{
    const struct spec_rlimit asked = decide_rlimit_of(decider, decider->process, bound->type);
    bool given = find_limit(asked_limits(decider), bound->type) != NULL;
    const struct policy_finding finding = {
        .rule = "TW0206",
        .pointer = decide_rlimit_pointer(decider, bound->type),
        .subject = bound->type,
        .requested = decide_rlimit_text(decider, &asked),
        .reason = arena_format(decider->arena, "%s, %s, is above %llu", bound->type,
                               given ? "as asked for" : "not asked for and so the runtime's own",
                               (unsigned long long)bound->maximum),
    };

    if (asked.soft <= bound->maximum && asked.hard <= bound->maximum)
        return;
    if (decider_judge(decider, &rule->rule, &finding))
        decide_narrow_rlimit(decider, bound->type, bound->maximum, bound->maximum);
}

void decide_rlimits(struct decider *decider, const struct policy_rlimits *rule)
{
    if (!rule->rule.present)
        return;
    for (size_t i = 0; i < rule->count; i++)
        decide_rlimit(decider, rule, &rule->items[i]);
}
