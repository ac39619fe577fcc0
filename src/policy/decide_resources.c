/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resources: the walk, and the two rules that are a number each (pids, huge pages). */
#include "policy/decide_resources.h"

#include <string.h>
#include "policy/decide_parts.h"
#include "policy/unified.h"

const struct spec_resources *decide_requested_resources(const struct decider *decider)
{
    static const struct spec_resources nothing;
    const struct spec_linux *linux_part = decider->spec->linux_part;

    return linux_part != NULL && linux_part->resources != NULL ? linux_part->resources : &nothing;
}

static bool holds_word(const struct json_strings *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->items[i], word) == 0)
            return true;
    return false;
}

bool decide_can_limit(struct decider *decider, const struct policy_rule *rule, const char *controller,
                      const char *pointer, const char *key)
{
    const struct policy_host *host = &decider->observed->host;
    struct policy_finding finding = {.rule = "TW0005", .pointer = pointer, .subject = key};

    if (decider->observed->cgroup_disabled)
        finding.reason = arena_format(decider->arena, "%s: the container gets no cgroup of its own", key);
    else if (host->known && host->controllers.present && !holds_word(&host->controllers, controller))
        finding.reason =
            arena_format(decider->arena, "%s: this host has no cgroup v2 controller \"%s\"", key, controller);
    else
        return true;
    (void)decider_unsupported(decider, rule, &finding);
    return false;
}

bool decide_above(struct decider *decider, const struct policy_rule *rule, const char *id,
                  const char *pointer, const char *subject, const char *what, uint64_t requested,
                  uint64_t maximum)
{
    const struct policy_finding finding = {
        .rule = id,
        .pointer = pointer,
        .subject = subject,
        .requested = decide_number_text(decider, requested),
        .reason = requested == UINT64_MAX
                      ? arena_format(decider->arena, "%s is unlimited, and may be %llu at most", what,
                                     (unsigned long long)maximum)
                      : arena_format(decider->arena, "%s is %llu, and may be %llu at most", what,
                                     (unsigned long long)requested, (unsigned long long)maximum),
    };

    return requested > maximum && decider_judge(decider, rule, &finding);
}

int64_t decide_signed(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* ---- pids ---- */

/* OCI 1.3: zero is a limit here; below it there is none. */
static uint64_t pids_of(const struct spec_resources *resources)
{
    const struct spec_pids *pids = resources->pids;

    return pids == NULL || !pids->has_limit || pids->limit < 0 ? UINT64_MAX : (uint64_t)pids->limit;
}

static void decide_pids(struct decider *decider, const struct policy_maximum *rule)
{
    static const char file[] = "pids.max", member[] = "/linux/resources/pids/limit";
    const struct spec_resources *asked = decide_requested_resources(decider);
    uint64_t requested, granted;
    enum unified_reading reading = unified_number(asked, file, &requested);

    if (!rule->rule.present || rule->value == UINT64_MAX ||
        !decide_can_limit(decider, &rule->rule, "pids", member, "resources.pids"))
        return;
    if (reading == UNIFIED_BROKEN) {
        unified_refuse(decider, &rule->rule, "TW0603", file);
        return;
    }
    if (reading == UNIFIED_ABSENT)
        requested = pids_of(asked);
    if (!decide_above(decider, &rule->rule, "TW0603",
                      reading == UNIFIED_ABSENT ? member : unified_pointer(decider, file), "",
                      "the number of processes", requested, rule->value))
        return;
    if (reading == UNIFIED_ABSENT) {
        struct spec_pids *pids = arena_allocate(decider->arena, sizeof(*pids));

        granted = least(pids_of(decider_resources_now(decider)), rule->value);
        *pids = (struct spec_pids){.limit = decide_signed(granted), .has_limit = true};
        decider_resources(decider)->pids = pids;
    } else {
        (void)unified_number(decider_resources_now(decider), file, &granted);
        granted = least(granted, rule->value);
        unified_set(decider, file, decide_number_text(decider, granted));
    }
    decider_granted(decider, decide_number_text(decider, granted));
}

/* ---- huge pages ---- */

/* The last entry of a size counts: it is written last. */
static uint64_t hugepages_of(const struct spec_resources *resources, const char *size)
{
    const struct json_structs *limits = &resources->hugepage_limits;

    for (size_t i = limits->count; i > 0; i--) {
        const struct spec_hugepage_limit *limit = &SPEC_ITEMS(*limits, struct spec_hugepage_limit)[i - 1];

        if (strcmp(limit->page_size, size) == 0)
            return limit->limit;
    }
    return UINT64_MAX;
}

static uint64_t lower_hugepages(struct decider *decider, const char *size, uint64_t maximum)
{
    struct spec_resources *resources = decider_resources(decider);
    const struct json_structs *now = &resources->hugepage_limits;
    uint64_t granted = least(hugepages_of(resources, size), maximum);
    struct spec_hugepage_limit *items = arena_array(decider->arena, now->count + 1, sizeof(*items));
    size_t count = 0;

    for (size_t i = 0; i < now->count; i++) {
        const struct spec_hugepage_limit *limit = &SPEC_ITEMS(*now, struct spec_hugepage_limit)[i];

        if (strcmp(limit->page_size, size) != 0)
            items[count++] = *limit;
    }
    items[count++] = (struct spec_hugepage_limit){.page_size = size, .limit = granted};
    resources->hugepage_limits = (struct json_structs){.items = items, .count = count, .present = true};
    return granted;
}

/* What the request writes into a file itself comes after hugepageLimits; pages in use and reservations have
 * one each. */
static void decide_hugepage_file(struct decider *decider, const struct policy_hugepages *rule,
                                 const struct policy_hugepage *bound, const char *file)
{
    uint64_t requested, granted;
    enum unified_reading reading = unified_number(decide_requested_resources(decider), file, &requested);

    if (reading == UNIFIED_BROKEN)
        unified_refuse(decider, &rule->rule, "TW0606", file);
    if (reading != UNIFIED_NUMBER ||
        !decide_above(decider, &rule->rule, "TW0606", unified_pointer(decider, file), "", file, requested,
                      bound->maximum))
        return;
    (void)unified_number(decider_resources_now(decider), file, &granted);
    granted = least(granted, bound->maximum);
    unified_set(decider, file, decide_number_text(decider, granted));
    decider_granted(decider, decide_number_text(decider, granted));
}

static void decide_hugepage(struct decider *decider, const struct policy_hugepages *rule,
                            const struct policy_hugepage *bound)
{
    const struct policy_host *host = &decider->observed->host;
    const struct spec_resources *asked = decide_requested_resources(decider);
    const char *size = bound->page_size;
    const char *file = arena_format(decider->arena, "hugetlb.%s.max", size);

    /* Pages that the host has not cannot be had, nor be limited. */
    if (bound->maximum == UINT64_MAX ||
        (host->known && host->hugepage_sizes.present && !holds_word(&host->hugepage_sizes, size)))
        return;
    decide_hugepage_file(decider, rule, bound, file);
    decide_hugepage_file(decider, rule, bound, arena_format(decider->arena, "hugetlb.%s.rsvd.max", size));
    if (unified_text(asked, file) != NULL)
        return;
    if (decide_above(decider, &rule->rule, "TW0606", "/linux/resources/hugepageLimits", size,
                     arena_format(decider->arena, "the use of huge pages of %s", size),
                     hugepages_of(asked, size), bound->maximum))
        decider_granted(decider, decide_number_text(decider, lower_hugepages(decider, size, bound->maximum)));
}

static void decide_hugepages(struct decider *decider, const struct policy_hugepages *rule)
{
    if (!rule->rule.present || rule->count == 0 ||
        !decide_can_limit(decider, &rule->rule, "hugetlb", "/linux/resources/hugepageLimits",
                          "resources.hugepages"))
        return;
    for (size_t i = 0; i < rule->count; i++)
        decide_hugepage(decider, rule, &rule->items[i]);
}

/* Memory before swap: what may be swapped is what is above the memory's limit. */
void decide_resources(struct decider *decider, const struct policy *policy)
{
    const struct policy_resources *rules = &policy->resources;

    decide_memory(decider, &rules->memory);
    decide_swap(decider, &rules->swap);
    decide_pids(decider, &rules->pids);
    decide_cpu(decider, &rules->cpu);
    decide_io(decider, &rules->io);
    decide_hugepages(decider, &rules->hugepages);
}
