/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Levels of proof and verdicts, by name. */
#include "trust/trust.h"

#include <string.h>

const char *trust_level_name(enum trust_level level)
{
    switch (level) {
    case TRUST_NONE:
        return "none";
    case TRUST_MANIFEST_ONLY:
        return "manifest-only";
    case TRUST_BOUND_WALK:
        return "bound-walk";
    case TRUST_BOUND_LAYERS:
        return "bound-layers";
    case TRUST_BOUND_VERITY:
        return "bound-verity";
    }
    return "unknown";
}

struct trust trust_of_nothing(void)
{
    return (struct trust){.level = TRUST_NONE, .found = "", .level_reason = ""};
}

const struct trust_verdict *trust_verdict_of(const struct trust *trust,
                                             const struct trust_requirement *requirement)
{
    for (size_t i = 0; i < trust->verdict_count; i++)
        if (trust_requirement_is(trust->verdicts[i].requirement, requirement))
            return &trust->verdicts[i];
    return NULL;
}

enum trust_level trust_level_by(const struct trust *trust, const struct trust_verdict *verdict)
{
    if (verdict == NULL || !verdict->met || verdict->reference == NULL)
        return TRUST_NONE;
    if (trust->seal == NULL)
        return trust->level;
    for (size_t i = 0; i < verdict->seal_count; i++)
        if (strcmp(verdict->seals[i], trust->seal) == 0)
            return trust->level;
    return trust->unsealed_level;
}

const struct trust_verdict *trust_verdict_of_host(const struct trust *trust)
{
    for (size_t i = 0; i < trust->verdict_count; i++)
        if (trust->verdicts[i].requirement->of_host)
            return &trust->verdicts[i];
    return NULL;
}

bool trust_requirement_is(const struct trust_requirement *asked, const struct trust_requirement *requirement)
{
    return asked == requirement || asked->stands_for == requirement;
}

bool trust_demand_is_empty(const struct trust_demand *demand)
{
    return demand->requirement_count == 0 && demand->digest_count == 0 && demand->level == TRUST_NONE &&
           !demand->claims;
}
