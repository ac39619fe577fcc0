/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sections share while a decision is made: judgements become findings, and the grant is copied where
 * it is written to. */
#include "policy/decider.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/glob.h"
#include "policy/resolve.h"

/* ---- findings ---- */

static uint64_t hash_words(const char *one, const char *two, const char *three)
{
    const char *const words[] = {one, two, three};
    uint64_t hash = 14695981039346656037U; /* FNV-1a */

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        for (const char *c = words[i]; *c != '\0'; c++)
            hash = (hash ^ (unsigned char)*c) * 1099511628211U;
        hash = (hash ^ 0xff) * 1099511628211U; /* no byte of UTF-8: keeps the words apart */
    }
    return hash;
}

static bool same_cause(const struct policy_finding *one, const struct policy_finding *other)
{
    return strcmp(one->rule, other->rule) == 0 && strcmp(one->pointer, other->pointer) == 0 &&
           strcmp(one->subject, other->subject) == 0;
}

/* The place in the index where finding stands or would stand. Slots hold the finding's number + 1. */
static size_t find_slot(const struct decider *decider, const struct policy_finding *finding)
{
    size_t slot =
        hash_words(finding->rule, finding->pointer, finding->subject) & (decider->finding_index_size - 1);

    while (decider->finding_index[slot] != 0 &&
           !same_cause(&decider->findings[decider->finding_index[slot] - 1], finding))
        slot = (slot + 1) & (decider->finding_index_size - 1);
    return slot;
}

static void grow(struct decider *decider)
{
    size_t capacity = decider->finding_capacity * 2 + 16;
    struct policy_finding *findings = arena_array(decider->arena, capacity, sizeof(*findings));

    if (decider->finding_count > 0)
        memcpy(findings, decider->findings, decider->finding_count * sizeof(*findings));
    decider->findings = findings;
    decider->finding_capacity = capacity;
    decider->finding_index_size = 64;
    while (decider->finding_index_size < capacity * 2)
        decider->finding_index_size *= 2;
    decider->finding_index =
        arena_array(decider->arena, decider->finding_index_size, sizeof(*decider->finding_index));
    for (size_t i = 0; i < decider->finding_count; i++)
        decider->finding_index[find_slot(decider, &findings[i])] = (uint32_t)i + 1;
}

/* By policy, then by line: whoever spoke first, findings are the same. */
static bool comes_before(const struct policy_finding_source *one, const struct policy_finding_source *other)
{
    int order = strcmp(one->policy, other->policy);

    return order != 0 ? order < 0 : one->line < other->line;
}

static void add_source(struct decider *decider, struct policy_finding *finding,
                       const struct policy_rule *rule)
{
    const struct policy *policy = decider->applied != NULL ? decider->applied->policy : NULL;
    struct policy_finding_source *sources, source;
    size_t at = 0;

    if (policy == NULL)
        return;
    source = (struct policy_finding_source){policy->name, policy->file, rule->line, rule->column};
    while (at < finding->source_count && comes_before(&finding->sources[at], &source))
        at++;
    if (at < finding->source_count && !comes_before(&source, &finding->sources[at]))
        return;
    sources = arena_array(decider->arena, finding->source_count + 1, sizeof(*sources));
    if (finding->source_count > 0) {
        memcpy(sources, finding->sources, at * sizeof(*sources));
        memcpy(sources + at + 1, finding->sources + at, (finding->source_count - at) * sizeof(*sources));
    }
    sources[at] = source;
    finding->sources = sources;
    finding->source_count++;
}

/* The strongest effect of a cause stays, with its words. */
static void merge(struct policy_finding *kept, const struct policy_finding *finding)
{
    const struct policy_finding_source *sources = kept->sources;
    size_t count = kept->source_count;

    if (finding->effect > kept->effect) {
        *kept = *finding;
        kept->sources = sources;
        kept->source_count = count;
    } else if (finding->effect == kept->effect && finding->waiver != NULL &&
               (kept->waiver == NULL || strcmp(finding->waiver, kept->waiver) < 0)) {
        kept->waiver = finding->waiver;
    }
}

static void record(struct decider *decider, const struct policy_rule *rule,
                   const struct policy_finding *draft, enum policy_effect effect, const char *waiver)
{
    struct policy_finding finding = *draft, *kept;
    size_t slot;

    finding.subject = finding.subject != NULL ? finding.subject : "";
    finding.requested = finding.requested != NULL ? finding.requested : "";
    finding.granted = finding.granted != NULL ? finding.granted : "";
    finding.allow = finding.allow != NULL ? finding.allow : policy_rule_words(finding.rule)->allow;
    finding.effect = effect;
    finding.waiver = waiver;
    finding.sources = NULL;
    finding.source_count = 0;
    if (decider->finding_count == decider->finding_capacity)
        grow(decider);
    slot = find_slot(decider, &finding);
    if (decider->finding_index[slot] == 0) {
        decider->findings[decider->finding_count] = finding;
        decider->finding_index[slot] = (uint32_t)++decider->finding_count;
    }
    kept = &decider->findings[decider->finding_index[slot] - 1];
    merge(kept, &finding);
    add_source(decider, kept, rule);
    decider->last = (size_t)(kept - decider->findings);
}

/* ---- waivers ---- */

static bool waives(const struct decider *decider, const struct policy_waiver *waiver,
                   const struct policy_finding *finding)
{
    const char *subject = finding->subject != NULL ? finding->subject : "";

    return waiver->expires_s >= decider->observed->now_s && strcmp(waiver->rule, finding->rule) == 0 &&
           (waiver->policy == NULL ||
            (decider->applied != NULL && glob_matches(waiver->policy, decider->applied->policy->name, 0))) &&
           (waiver->pointer == NULL || glob_matches(waiver->pointer, finding->pointer, '/')) &&
           (waiver->subject == NULL || glob_matches(waiver->subject, subject, 0));
}

/* "OWNER until DATE: REASON", or NULL. */
static const char *find_waiver(const struct decider *decider, const struct policy_finding *finding)
{
    for (size_t i = 0; i < decider->set->waiver_count; i++) {
        const struct policy_waiver *waiver = &decider->set->waivers[i];

        if (waives(decider, waiver, finding))
            return arena_format(decider->arena, "%s until %s: %s", waiver->owner, waiver->expires,
                                waiver->reason);
    }
    return NULL;
}

void decide_expired_waivers(struct decider *decider)
{
    static const struct policy_rule nowhere = {0};

    for (size_t i = 0; i < decider->set->waiver_count; i++) {
        const struct policy_waiver *waiver = &decider->set->waivers[i];
        const struct policy_finding finding = {
            .rule = "TW0004",
            .pointer = "",
            .subject = arena_format(decider->arena, "%s:%u", waiver->file, waiver->line),
            .reason = arena_format(decider->arena, "%s:%u: the waiver of %s by %s has expired on %s",
                                   waiver->file, waiver->line, waiver->rule, waiver->owner, waiver->expires),
        };

        if (waiver->expires_s < decider->observed->now_s)
            decider_say(decider, &nowhere, &finding);
    }
}

/* ---- judgements ---- */

static bool is_audit(const struct decider *decider, const struct policy_rule *rule)
{
    return rule->audit || (decider->applied != NULL && decider->applied->audit);
}

static bool judge(struct decider *decider, const struct policy_rule *rule,
                  const struct policy_finding *finding, bool narrow)
{
    const char *waiver = find_waiver(decider, finding);

    if (waiver != NULL) {
        record(decider, rule, finding, POLICY_GRANTED, waiver);
        return false;
    }
    if (is_audit(decider, rule)) {
        record(decider, rule, finding, narrow ? POLICY_WOULD_NARROW : POLICY_WOULD_REFUSE, NULL);
        return false;
    }
    record(decider, rule, finding, narrow ? POLICY_NARROWED : POLICY_REFUSED, NULL);
    return narrow;
}

bool decider_judge(struct decider *decider, const struct policy_rule *rule,
                   const struct policy_finding *finding)
{
    const struct policy_rule_words *words = policy_rule_words(finding->rule);
    enum policy_otherwise otherwise =
        rule->otherwise != POLICY_OTHERWISE_DEFAULT ? rule->otherwise : words->by_default;

    return judge(decider, rule, finding, words->can_narrow && otherwise == POLICY_OTHERWISE_NARROW);
}

void decider_refuse(struct decider *decider, const struct policy_rule *rule,
                    const struct policy_finding *finding)
{
    judge(decider, rule, finding, false);
}

bool decider_unsupported(struct decider *decider, const struct policy_rule *rule,
                         const struct policy_finding *finding)
{
    if (rule->note_if_unsupported) {
        record(decider, rule, finding, POLICY_GRANTED, NULL);
        return true;
    }
    judge(decider, rule, finding, false);
    return false;
}

bool decider_enforces(const struct decider *decider, const struct policy_rule *rule,
                      const struct policy_finding *finding)
{
    return !is_audit(decider, rule) && find_waiver(decider, finding) == NULL;
}

void decider_say(struct decider *decider, const struct policy_rule *rule,
                 const struct policy_finding *finding)
{
    record(decider, rule, finding, POLICY_GRANTED, NULL);
}

void decider_granted(struct decider *decider, const char *granted)
{
    struct policy_finding *finding = &decider->findings[decider->last];

    /* Another policy refuses the same: then nothing is granted. */
    if (finding->effect == POLICY_NARROWED)
        finding->granted = granted;
}

void decider_granted_together(struct decider *decider, const char *granted)
{
    const char *pointer = decider->findings[decider->last].pointer;

    for (size_t i = 0; i < decider->finding_count; i++)
        if (decider->findings[i].effect == POLICY_NARROWED &&
            strcmp(decider->findings[i].pointer, pointer) == 0)
            decider->findings[i].granted = granted;
}

/* Strongest first; then by what it is about. */
static int compare_findings(const void *one, const void *other)
{
    const struct policy_finding *first = one, *second = other;
    int order = (second->effect > first->effect) - (second->effect < first->effect);

    if (order == 0)
        order = strcmp(first->rule, second->rule);
    if (order == 0)
        order = strcmp(first->pointer, second->pointer);
    return order != 0 ? order : strcmp(first->subject, second->subject);
}

void decider_finish(struct decider *decider, struct policy_decision *decision)
{
    if (decider->finding_count > 1)
        qsort(decider->findings, decider->finding_count, sizeof(*decider->findings), compare_findings);
    *decision = (struct policy_decision){
        .findings = decider->findings,
        .finding_count = decider->finding_count,
        .refused = decider->finding_count > 0 && decider->findings[0].effect == POLICY_REFUSED,
    };
}

/* ---- the grant ---- */

struct spec *decider_grant(struct decider *decider)
{
    if (decider->grant == NULL) {
        decider->grant = arena_allocate(decider->arena, sizeof(*decider->grant));
        *decider->grant = *decider->spec;
    }
    return decider->grant;
}

struct spec_process *decider_process(struct decider *decider)
{
    if (decider->grant_process == NULL) {
        const struct spec_process *asked = decider_process_now(decider);

        decider->grant_process = arena_allocate(decider->arena, sizeof(*decider->grant_process));
        *decider->grant_process = *asked;
        if (!decider->is_exec)
            decider_grant(decider)->process = decider->grant_process;
    }
    return decider->grant_process;
}

struct spec_root *decider_root(struct decider *decider)
{
    if (decider->grant_root == NULL) {
        decider->grant_root = arena_allocate(decider->arena, sizeof(*decider->grant_root));
        if (decider->spec->root != NULL)
            *decider->grant_root = *decider->spec->root;
        decider_grant(decider)->root = decider->grant_root;
    }
    return decider->grant_root;
}

struct spec_linux *decider_linux(struct decider *decider)
{
    if (decider->grant_linux == NULL) {
        decider->grant_linux = arena_allocate(decider->arena, sizeof(*decider->grant_linux));
        *decider->grant_linux = *decider_linux_now(decider);
        decider_grant(decider)->linux_part = decider->grant_linux;
    }
    return decider->grant_linux;
}

struct spec_resources *decider_resources(struct decider *decider)
{
    if (decider->grant_resources == NULL) {
        decider->grant_resources = arena_allocate(decider->arena, sizeof(*decider->grant_resources));
        *decider->grant_resources = *decider_resources_now(decider);
        decider_linux(decider)->resources = decider->grant_resources;
    }
    return decider->grant_resources;
}

const struct spec *decider_grant_now(const struct decider *decider)
{
    return decider->grant != NULL ? decider->grant : decider->spec;
}

const struct spec_process *decider_process_now(const struct decider *decider)
{
    static const struct spec_process nothing = {0};

    if (decider->grant_process != NULL)
        return decider->grant_process;
    return decider->process != NULL ? decider->process : &nothing;
}

const struct spec_linux *decider_linux_now(const struct decider *decider)
{
    static const struct spec_linux nothing = {0};
    const struct spec *grant = decider_grant_now(decider);

    return grant->linux_part != NULL ? grant->linux_part : &nothing;
}

const struct spec_resources *decider_resources_now(const struct decider *decider)
{
    static const struct spec_resources nothing = {0};
    const struct spec_linux *linux_part = decider_linux_now(decider);

    return linux_part->resources != NULL ? linux_part->resources : &nothing;
}

/* ---- layers ---- */

void decider_add_filter(struct decider *decider, const struct spec_seccomp *filter)
{
    if (decider->filter_count == decider->filter_capacity) {
        const struct spec_seccomp **filters;
        const char **policies;

        decider->filter_capacity = decider->filter_capacity * 2 + 4;
        filters = arena_array(decider->arena, decider->filter_capacity, sizeof(*filters));
        policies = arena_array(decider->arena, decider->filter_capacity, sizeof(*policies));
        for (size_t i = 0; i < decider->filter_count; i++) {
            filters[i] = decider->filters[i];
            policies[i] = decider->filter_policies[i];
        }
        decider->filters = filters;
        decider->filter_policies = policies;
    }
    decider->filters[decider->filter_count] = filter;
    decider->filter_policies[decider->filter_count++] = decider->applied->policy->name;
}

void decider_add_landlock(struct decider *decider, const struct policy_landlock *rules)
{
    const struct policy *policy = decider->applied->policy;

    if (decider->landlock_count == decider->landlock_capacity) {
        struct policy_landlock_layer *layers;

        decider->landlock_capacity = decider->landlock_capacity * 2 + 4;
        layers = arena_array(decider->arena, decider->landlock_capacity, sizeof(*layers));
        if (decider->landlock_count > 0)
            memcpy(layers, decider->landlock, decider->landlock_count * sizeof(*layers));
        decider->landlock = layers;
    }
    decider->landlock[decider->landlock_count++] =
        (struct policy_landlock_layer){policy->name, policy->file, rules->rule.line, rules};
}

static int compare_masks(const struct policy_kernel_mask *one, const struct policy_kernel_mask *other)
{
    int order = strcmp(one->type, other->type);

    if (order == 0)
        order = strcmp(one->path, other->path);
    return order != 0 ? order : one->read_only - other->read_only;
}

void decider_add_kernel_mask(struct decider *decider, const struct policy_kernel_mask *mask)
{
    struct policy_kernel_mask *masks = decider->kernel_masks;
    size_t count = decider->kernel_mask_count, at = 0;

    while (at < count && compare_masks(&masks[at], mask) < 0)
        at++;
    if (at < count && compare_masks(&masks[at], mask) == 0)
        return;
    if (count == decider->kernel_mask_capacity) {
        decider->kernel_mask_capacity = count * 2 + 16;
        masks = arena_array(decider->arena, decider->kernel_mask_capacity, sizeof(*masks));
        if (count > 0)
            memcpy(masks, decider->kernel_masks, count * sizeof(*masks));
        decider->kernel_masks = masks;
    }
    memmove(masks + at + 1, masks + at, (count - at) * sizeof(*masks));
    masks[at] = *mask;
    decider->kernel_mask_count++;
}
