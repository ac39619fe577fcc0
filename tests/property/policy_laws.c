/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The laws of deciding (policy/policy.h), over random policies and random configurations:
 *
 *   deterministic   the same question has the same answer
 *   order-free      whoever is asked first, grant and findings are the same
 *   within          a grant is never more than what was asked for
 *   tightening      another policy, or another rule in a policy, grants no more than before
 *   settled         what was granted, asked again, is granted without a word; so narrowing twice is once
 *   idempotent      a policy said twice is said once
 *   extends         to extend policies is to list them
 *   held            a process that joins has no more than the container, where a policy bounds anything
 *
 * for containers and for processes that join them. `tightening` has two exceptions, which the language's
 * manual names: namespaces.join beside namespaces.private says which joined namespaces count as private; and
 * image.signature and image.digests beside image.integrity say whose word for the files counts.
 *
 * Usage: policy_laws [SEED [COUNT]]. A breach names its seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "policy/policy.h"
#include "policy/resolve.h"
#include "policy_generator.h"
#include "spec_order.h"
#include "trust_generator.h"

enum { CASES = 2000, POLICIES_MAX = 4, TEXT_MAX = 1 << 22 };

static uint64_t current_seed;
static size_t broken, refusals, narrowings, grants;

/* ---- rules of a policy, to take away ---- */

#define RULE(member) offsetof(struct policy, member)

/* Those that can only refuse are kept seldom: otherwise hardly anything would be granted. */
static const struct rule_row {
    size_t offset;
    bool only_refuses;
} rule_rows[] = {
    {RULE(image.signature.rule), false},
    {RULE(image.digests.rule), false},
    {RULE(image.integrity.rule), false},
    {RULE(process.user.rule), true},
    {RULE(process.no_new_privileges.rule), false},
    {RULE(process.capabilities.rule), false},
    {RULE(process.rlimits.rule), false},
    {RULE(process.environment.rule), false},
    {RULE(process.apparmor.rule), true},
    {RULE(process.selinux.rule), true},
    {RULE(process.oom_score_adj.rule), false},
    {RULE(process.privileged.rule), true},
    {RULE(namespaces.private_types.rule), true},
    {RULE(namespaces.join.rule), true},
    {RULE(filesystem.root_readonly.rule), false},
    {RULE(filesystem.mounts.rule), true},
    {RULE(filesystem.options.rule), false},
    {RULE(filesystem.masked_paths.rule), false},
    {RULE(filesystem.readonly_paths.rule), false},
    {RULE(filesystem.propagation.rule), true},
    {RULE(devices.rule), false},
    {RULE(resources.memory.rule), false},
    {RULE(resources.swap.rule), false},
    {RULE(resources.pids.rule), false},
    {RULE(resources.cpu.rule), false},
    {RULE(resources.io.rule), false},
    {RULE(resources.hugepages.rule), false},
    {RULE(sysctls.rule), true},
    {RULE(syscalls.rule), true},
    {RULE(syscalls.filter_rule), true},
    {RULE(hooks.rule), true},
    {RULE(annotations.rule), true},
    {RULE(landlock.rule), false},
    {RULE(lifecycle.exec.rule), true},
    {RULE(lifecycle.update.rule), true},
    {RULE(lifecycle.checkpoint.rule), true},
    {RULE(lifecycle.max_lifetime_rule), true},
    {RULE(unknown_fields.rule), true},
    {RULE(network.rule), true},
    {RULE(drift.rule), true},
    {RULE(on_violation.rule), true},
};

static struct policy_rule *rule_at(struct policy *policy, size_t row)
{
    return (struct policy_rule *)(void *)((char *)policy + rule_rows[row].offset);
}

static void count_rules(struct policy *policy)
{
    policy->bounds_anything = false;
    for (size_t i = 0; i < ARRAY_LENGTH(rule_rows); i++)
        policy->bounds_anything |= rule_at(policy, i)->present;
}

/* A random policy that mostly narrows. */
static struct policy *make_policy(uint64_t *seed, const char *name, struct arena *arena)
{
    struct policy *policy = arena_allocate(arena, sizeof(*policy));

    *policy = *policy_generate(seed, arena);
    policy->name = name;
    policy->file = arena_format(arena, "%s.json", name);
    policy->audit = random_once_in(seed, 12);
    policy->extends = (struct policy_words){0};
    policy->when = (struct policy_when){0};
    for (size_t i = 0; i < ARRAY_LENGTH(rule_rows); i++) {
        struct policy_rule *rule = rule_at(policy, i);

        if (rule->otherwise == POLICY_OTHERWISE_REFUSE || !random_once_in(seed, 3))
            rule->otherwise = random_once_in(seed, 12) ? POLICY_OTHERWISE_REFUSE : POLICY_OTHERWISE_NARROW;
        if (rule_rows[i].only_refuses ? !random_once_in(seed, 12) : random_once_in(seed, 3))
            rule->present = false;
    }
    if (policy->resources.io.count > 0) {
        struct policy_io_limit *limits = arena_array(arena, policy->resources.io.count, sizeof(*limits));

        for (size_t i = 0; i < policy->resources.io.count; i++) {
            limits[i] = policy->resources.io.items[i];
            limits[i].read_bps = random_below(seed, 40000000);
        }
        policy->resources.io.items = limits;
    }
    count_rules(policy);
    return policy;
}

/* ---- what is asked of, and where ---- */

static const struct policy_observed *make_observed(uint64_t *seed, const struct spec *spec,
                                                   struct arena *arena)
{
    static const char *controllers[] = {"cpu", "io", "memory", "pids", "hugetlb"};
    static const char *sizes[] = {"64KB", "2MB", "1GB"};
    static const struct policy_rlimit_fact rlimits[] = {
        {"RLIMIT_NOFILE", 1024, 524288}, {"RLIMIT_CORE", 0, UINT64_MAX}, {"RLIMIT_NPROC", 512, 512}};
    struct policy_observed *observed = arena_allocate(arena, sizeof(*observed));
    struct policy_namespace_fact *facts;
    const struct json_structs *namespaces = &spec->linux_part->namespaces;

    *observed = (struct policy_observed){
        .now_s = 1000,
        .host = {.known = !random_once_in(seed, 4),
                 .kernel_major = 6,
                 .kernel_minor = 1,
                 .architecture = "SCMP_ARCH_X86_64",
                 .landlock_abi = (uint32_t)random_below(seed, 8),
                 .apparmor = random_once_in(seed, 2),
                 .selinux = random_once_in(seed, 2),
                 .device_program = !random_once_in(seed, 8),
                 .controllers = {controllers, ARRAY_LENGTH(controllers) - random_below(seed, 2), true},
                 .hugepage_sizes = {sizes, 3, random_once_in(seed, 2)},
                 .rlimits = rlimits,
                 .rlimit_count = random_once_in(seed, 4) ? 0 : ARRAY_LENGTH(rlimits)}};
    facts = arena_array(arena, namespaces->count, sizeof(*facts));
    for (size_t i = 0; i < namespaces->count; i++) {
        const struct spec_namespace *namespace = &SPEC_ITEMS(*namespaces, struct spec_namespace)[i];

        if (namespace->path != NULL && random_once_in(seed, 2))
            facts[observed->namespace_count++] =
                (struct policy_namespace_fact){.type = namespace->type,
                                               .path = namespace->path,
                                               .exists = true,
                                               .is_host = random_once_in(seed, 4),
                                               .is_of_type = true};
    }
    observed->namespaces = facts;
    return observed;
}

/* The generator's, sometimes with files of the cgroup that write over its limits. */
static const struct spec *make_spec(uint64_t *seed, struct arena *arena)
{
    static const struct json_pair files[] = {
        {"memory.max", "max"},
        {"memory.max", "300M"},
        {"memory.swap.max", "max"},
        {"memory.swap.max", "1000"},
        {"pids.max", "max"},
        {"pids.max", "77"},
        {"cpu.max", "max 100000"},
        {"cpu.max", "120000 50000"},
        {"cpu.max", "30000"},
        {"io.max", "8:0 rbps=max wbps=5"},
        {"io.max", "8:1 rbps=1\n8:0 riops=9 wiops=100000\n8:16 rbps=max"},
        {"hugetlb.2MB.max", "max"},
        {"hugetlb.1GB.max", "4096"},
    };
    const struct spec *generated = spec_generate(seed, arena);
    struct spec *spec = arena_allocate(arena, sizeof(*spec));
    struct spec_linux *linux_part = arena_allocate(arena, sizeof(*linux_part));
    struct spec_resources *resources = arena_allocate(arena, sizeof(*resources));

    if (generated->linux_part->resources == NULL || !random_once_in(seed, 2))
        return generated;
    *spec = *generated;
    *linux_part = *generated->linux_part;
    *resources = *generated->linux_part->resources;
    spec->linux_part = linux_part;
    linux_part->resources = resources;
    if (random_once_in(seed, 3)) {
        struct spec_memory *memory = arena_allocate(arena, sizeof(*memory));

        memory->swap = random_once_in(seed, 2) ? 100000000 : 5000000000;
        memory->has_swap = true;
        resources->memory = memory;
    }
    resources->unified.items = arena_array(arena, ARRAY_LENGTH(files), sizeof(files[0]));
    resources->unified.present = true;
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        if (random_once_in(seed, 4) &&
            (resources->unified.count == 0 ||
             strcmp(resources->unified.items[resources->unified.count - 1].key, files[i].key) != 0))
            resources->unified.items[resources->unified.count++] = files[i];
    return spec;
}

/* ---- one question ---- */

struct question {
    const struct spec *spec; /* the request; exec: what the container was granted */
    const struct trust *trust;
    const struct policy *more;          /* one that may come to them */
    const struct spec_process *process; /* exec; NULL: a container */
    const struct policy_observed *observed;
    struct policy_applied applied[POLICIES_MAX + 1];
    size_t count;
};

struct answer {
    struct policy_decision decision;
    const struct spec_process *process;
};

static void breach(const char *law, const char *detail)
{
    fprintf(stderr, "seed %llu: %s: %s\n", (unsigned long long)current_seed, law, detail);
    broken++;
}

static struct answer ask(const struct question *question, struct arena *arena)
{
    const struct policy_set set = {.items = question->applied, .count = question->count};
    struct answer answer = {0};
    struct error error = {0};
    int result = question->process == NULL
                     ? policy_decide(question->spec, question->trust, &set, question->observed, arena,
                                     &answer.decision, &error)
                     : policy_decide_process(question->spec, question->process, &set, question->observed,
                                             arena, &answer.decision, &answer.process, &error);

    /* A filter that cannot be expressed exactly fails the container: that is a refusal. */
    if (result != 0) {
        if (strstr(error.message, "syscalls") == NULL)
            breach("deciding fails", error.message);
        answer = (struct answer){.decision = {.refused = true}};
    }
    return answer;
}

/* What is found, but for the words: those are the first speaker's. */
static const char *findings_text(const struct answer *answer, struct arena *arena)
{
    cleanup_text struct text text = text_growing(TEXT_MAX);

    for (size_t i = 0; i < answer->decision.finding_count; i++) {
        const struct policy_finding *finding = &answer->decision.findings[i];

        text_append_format(&text, "%s %s %s [%s] %s -> %s:", policy_effect_name(finding->effect),
                           finding->rule, finding->pointer, finding->subject, finding->requested,
                           finding->granted);
        for (size_t j = 0; j < finding->source_count; j++)
            text_append_format(&text, " %s:%u", finding->sources[j].policy, finding->sources[j].line);
        text_append(&text, "\n");
    }
    return text.bytes != NULL ? arena_string(arena, text.bytes) : "";
}

/* What a process that joins does not say it has from the container. */
static struct spec_process joined(const struct spec_process *process, const struct spec_process *container)
{
    struct spec_process whole = *process;

    if (process->capabilities == NULL)
        whole.capabilities = container->capabilities;
    if (process->rlimits.count == 0)
        whole.rlimits = container->rlimits;
    if (!process->has_no_new_privileges) {
        whole.no_new_privileges = container->no_new_privileges;
        whole.has_no_new_privileges = true;
    }
    if (!process->has_oom_score_adj) {
        whole.has_oom_score_adj = container->has_oom_score_adj;
        whole.oom_score_adj = container->oom_score_adj;
    }
    if (process->apparmor_profile == NULL)
        whole.apparmor_profile = container->apparmor_profile;
    if (process->selinux_label == NULL)
        whole.selinux_label = container->selinux_label;
    return whole;
}

static bool label_within(const char *less, const char *more, const char *containers)
{
    if (less == more || (less != NULL && more != NULL && strcmp(less, more) == 0))
        return true;
    return less != NULL && containers != NULL && strcmp(less, containers) == 0;
}

/* The container's own label, or the one that was asked for. */
static bool joined_within(const struct question *question, const struct spec_process *less,
                          const struct spec_process *more, const char **where)
{
    const struct spec_process *container = question->spec->process;
    struct spec_process one = joined(less, container), other = joined(more, container);

    *where = "label";
    if (!label_within(one.apparmor_profile, other.apparmor_profile, container->apparmor_profile) ||
        !label_within(one.selinux_label, other.selinux_label, container->selinux_label))
        return false;
    one.apparmor_profile = other.apparmor_profile;
    one.selinux_label = other.selinux_label;
    return spec_process_within(&one, &other, &question->observed->host, where);
}

/* Is one answer's grant within the other's? What is refused is within everything. */
static bool grant_within(const struct question *question, const struct answer *less,
                         const struct answer *more, const char **where)
{
    *where = "refused before, and now granted";
    if (less->decision.refused || more->decision.refused)
        return less->decision.refused;
    if (question->process != NULL)
        return joined_within(question, less->process, more->process, where);
    return spec_within(less->decision.grant, more->decision.grant, &question->observed->host, where);
}

static void expect_within(const char *law, const struct question *question, const struct answer *less,
                          const struct answer *more)
{
    const char *where;

    if (!grant_within(question, less, more, &where))
        breach(law, where);
    if (!less->decision.refused && !more->decision.refused &&
        (less->decision.layers.filter_count < more->decision.layers.filter_count ||
         less->decision.layers.landlock_count < more->decision.layers.landlock_count))
        breach(law, "layers");
}

static void expect_same(const char *law, const struct question *question, const struct answer *one,
                        const struct answer *other)
{
    expect_within(law, question, one, other);
    expect_within(law, question, other, one);
}

/* ---- the laws ---- */

static void without_layers(struct answer *answer)
{
    answer->decision.layers = (struct policy_layers){0};
}

/* A filter and a Landlock layer stand beside the configuration, so that they are said each time. */
static bool is_of_layer(const struct policy_finding *finding)
{
    return strcmp(finding->rule, "TW0801") == 0 || strcmp(finding->rule, "TW1301") == 0;
}

static void check_deterministic(const struct question *question, const struct answer *answer,
                                struct arena *arena)
{
    const struct answer again = ask(question, arena);

    if (strcmp(findings_text(answer, arena), findings_text(&again, arena)) != 0)
        breach("deterministic", "findings");
    expect_same("deterministic", question, answer, &again);
}

static void check_order(const struct question *question, const struct answer *answer, uint64_t *seed,
                        struct arena *arena)
{
    struct question shuffled = *question;
    struct answer other;

    for (size_t i = shuffled.count; i > 1; i--) {
        size_t at = random_below(seed, i);
        struct policy_applied kept = shuffled.applied[i - 1];

        shuffled.applied[i - 1] = shuffled.applied[at];
        shuffled.applied[at] = kept;
    }
    other = ask(&shuffled, arena);
    if (strcmp(findings_text(answer, arena), findings_text(&other, arena)) != 0) {
        breach("order-free", "findings");
        fprintf(stderr, "%s--- shuffled\n%s", findings_text(answer, arena), findings_text(&other, arena));
    }
    expect_same("order-free", question, answer, &other);
}

static void check_within(const struct question *question, const struct answer *answer, struct arena *arena)
{
    const struct answer asked = {.decision = {.grant = question->spec}, .process = question->process};

    expect_within("within", question, answer, &asked);
    if (answer->decision.refused)
        return;
    if (question->process == NULL && !spec_rest_is_same(answer->decision.grant, question->spec, arena))
        breach("within", "something is changed that is not for policies");
    if (question->process != NULL) {
        struct spec_process one = joined(answer->process, question->spec->process);
        struct spec_process other = joined(question->process, question->spec->process);

        one.apparmor_profile = other.apparmor_profile; /* compared in joined_within */
        one.selinux_label = other.selinux_label;
        if (!spec_process_rest_is_same(&one, &other))
            breach("within", "something of the process is changed that is not for policies");
    }
}

static void check_another_policy(const struct question *question, const struct answer *answer, uint64_t *seed,
                                 struct arena *arena)
{
    struct question more = *question;
    const struct policy *policy = question->more;
    struct answer less, before;

    more.applied[more.count++] =
        (struct policy_applied){.policy = policy, .role = POLICY_ROLE_MANDATORY, .audit = policy->audit};
    less = ask(&more, arena);
    expect_within("tightening by a policy", question, &less, answer);

    more.applied[more.count - 1] = question->applied[random_below(seed, question->count)];
    less = ask(&more, arena);
    without_layers(&less); /* the kernel is told twice: what passes both is what passes one */
    before = *answer;
    without_layers(&before);
    expect_same("idempotent", question, &less, &before);
}

static bool is_enforced(const struct question *question)
{
    for (size_t i = 0; i < question->count; i++)
        if (question->applied[i].policy->bounds_anything && !question->applied[i].audit)
            return true;
    return false;
}

/* The container's bounding set is the most that its own programs can get; an environment is everybody's own.
 */
static void check_held(const struct question *question, const struct answer *answer)
{
    const struct spec_process *container = question->spec->process;
    struct spec_process given, most = *container;
    struct spec_capabilities sets = {0};
    const char *where;

    if (answer->decision.refused || !is_enforced(question))
        return;
    given = joined(answer->process, container);
    if (container->capabilities != NULL)
        sets.bounding = sets.effective = sets.inheritable = sets.permitted = sets.ambient =
            container->capabilities->bounding;
    most.capabilities = answer->process->capabilities != NULL ? &sets : container->capabilities;
    most.environment = given.environment;
    if (!container->has_oom_score_adj)
        given.has_oom_score_adj = false;
    if (!spec_process_within(&given, &most, &question->observed->host, &where))
        breach("held", where);
    if (container->apparmor_profile != NULL &&
        strcmp(given.apparmor_profile, container->apparmor_profile) != 0 &&
        strcmp(container->apparmor_profile, "unconfined") != 0)
        breach("held", "AppArmor");
}

/* Rules that say what another rule of their policy means. */
static bool is_excepted(const struct policy *policy, size_t rule)
{
    return (rule == RULE(namespaces.join.rule) && policy->namespaces.private_types.rule.present) ||
           ((rule == RULE(image.signature.rule) || rule == RULE(image.digests.rule)) &&
            policy->image.integrity.rule.present);
}

/* Take rules away, one by one: each answer is within the next. */
static void check_rules(const struct question *question, const struct answer *answer, uint64_t *seed,
                        struct arena *arena)
{
    struct question less = *question;
    struct answer before = *answer, after;
    size_t which = random_below(seed, question->count);
    struct policy *policy = arena_allocate(arena, sizeof(*policy));
    size_t first = random_below(seed, ARRAY_LENGTH(rule_rows));

    *policy = *question->applied[which].policy;
    less.applied[which].policy = policy;
    for (size_t i = 0, taken = 0; i < ARRAY_LENGTH(rule_rows) && taken < 3; i++) {
        size_t row = (first + i) % ARRAY_LENGTH(rule_rows);
        struct policy *fewer;

        if (!rule_at(policy, row)->present || is_excepted(policy, rule_rows[row].offset))
            continue;
        fewer = arena_allocate(arena, sizeof(*fewer));
        *fewer = *policy;
        rule_at(fewer, row)->present = false;
        count_rules(fewer);
        policy = fewer;
        less.applied[which].policy = fewer;
        after = ask(&less, arena);
        expect_within("tightening by a rule", question, &before, &after);
        before = after;
        taken++;
    }
}

static void check_settled(const struct question *question, const struct answer *answer, struct arena *arena)
{
    struct question granted = *question;
    struct answer again;

    if (answer->decision.refused)
        return;
    if (question->process != NULL)
        granted.process = answer->process;
    else
        granted.spec = answer->decision.grant;
    again = ask(&granted, arena);
    for (size_t i = 0; i < again.decision.finding_count; i++)
        if (again.decision.findings[i].effect >= POLICY_NARROWED &&
            !is_of_layer(&again.decision.findings[i])) {
            breach("settled", findings_text(&again, arena));
            fprintf(stderr, "--- first\n%s", findings_text(answer, arena));
            return;
        }
    expect_same("settled", question, &again, answer);
}

static int no_shipped(void *context, const char *name, struct arena *arena, const struct policy **policy,
                      struct error *error)
{
    (void)context;
    (void)name;
    (void)arena;
    (void)error;
    *policy = NULL;
    return 0;
}

/* "a" that extends the others, against all of them listed. */
static void check_extends(const struct question *question, struct arena *arena)
{
    struct policy_entry entries[POLICIES_MAX];
    struct policy_word words[POLICIES_MAX];
    struct policy head = *question->applied[0].policy;
    struct spec plain = *question->spec;
    struct policy_library library = {.items = entries, .count = question->count, .shipped = no_shipped};
    struct trust trust = *question->trust;
    struct question listed = *question, extended = *question;
    struct policy_set set;
    struct error error = {0};
    struct answer one, other;

    plain.annotations = (struct json_string_map){0}; /* nobody volunteers */
    /* Whoever extends in audit mode audits what it extends. */
    head.audit = false;
    listed.applied[0].audit = false;
    listed.applied[0].policy = &head;
    one = ask(&listed, arena);
    for (size_t i = 0; i < question->count; i++) {
        entries[i] =
            (struct policy_entry){.policy = listed.applied[i].policy, .mandatory = i == 0, .forced = i == 0};
        words[i] = (struct policy_word){.text = question->applied[i].policy->name};
    }
    head.extends = (struct policy_words){.items = words + 1, .count = question->count - 1, .present = true};
    if (policy_resolve(&library, &plain, &trust, arena, &set, &error) != 0) {
        breach("extends", error.message);
        return;
    }
    if (set.count != question->count) {
        breach("extends", "policies are lost");
        return;
    }
    for (size_t i = 0; i < set.count; i++)
        extended.applied[i] = set.items[i];
    other = ask(&extended, arena);
    if (strcmp(findings_text(&one, arena), findings_text(&other, arena)) != 0)
        breach("extends", "findings");
    expect_same("extends", question, &one, &other);
}

static void check_laws(const struct question *question, const struct answer *answer, uint64_t *seed,
                       struct arena *arena)
{
    check_deterministic(question, answer, arena);
    check_order(question, answer, seed, arena);
    check_within(question, answer, arena);
    check_another_policy(question, answer, seed, arena);
    check_rules(question, answer, seed, arena);
    check_settled(question, answer, arena);
}

static void check_case(uint64_t seed)
{
    static const char *const names[POLICIES_MAX] = {"a", "b", "c", "d"};
    cleanup_arena struct arena arena = {0};
    const struct policy *policies[POLICIES_MAX + 1];
    struct question question = {.spec = make_spec(&seed, &arena)};
    struct answer answer;
    bool narrowed = false;

    question.observed = make_observed(&seed, question.spec, &arena);
    question.count = 1 + random_below(&seed, POLICIES_MAX);
    for (size_t i = 0; i < question.count; i++) {
        const struct policy *policy = make_policy(&seed, names[i], &arena);

        question.applied[i] =
            (struct policy_applied){.policy = policy, .role = POLICY_ROLE_MANDATORY, .audit = policy->audit};
        policies[i] = policy;
    }
    policies[question.count] = question.more = make_policy(&seed, "more", &arena);
    question.trust = trust_generate(&seed, policies, question.count + 1, &arena);
    answer = ask(&question, &arena);
    check_laws(&question, &answer, &seed, &arena);
    check_extends(&question, &arena);
    for (size_t i = 0; i < answer.decision.finding_count; i++)
        narrowed |= answer.decision.findings[i].effect == POLICY_NARROWED;
    refusals += answer.decision.refused;
    narrowings += !answer.decision.refused && narrowed;
    grants += !answer.decision.refused && !narrowed;
    if (answer.decision.refused || question.spec->process == NULL)
        return;
    /* A process joins what was granted. */
    question.spec = answer.decision.grant;
    question.process = spec_generate(&seed, &arena)->process;
    answer = ask(&question, &arena);
    check_laws(&question, &answer, &seed, &arena);
    check_held(&question, &answer);
}

int main(int argument_count, char **arguments)
{
    uint64_t first = 1, count = CASES;

    if (argument_count > 3 || (argument_count > 1 && !number_unsigned(arguments[1], UINT64_MAX, &first)) ||
        (argument_count > 2 && !number_unsigned(arguments[2], UINT64_MAX, &count)))
        return 2;
    if (argument_count == 2)
        count = 1;
    for (uint64_t i = 0; i < count && broken < 20; i++) {
        current_seed = first + i;
        check_case(current_seed);
    }
    printf("%zu refused, %zu narrowed, %zu granted as asked; %zu breaches\n", refusals, narrowings, grants,
           broken);
    /* Laws of what never happens say nothing. */
    if (count >= CASES && (narrowings < count / 8 || refusals < count / 20)) {
        fprintf(stderr, "too few cases of each kind\n");
        return 1;
    }
    return broken > 0;
}
