/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole of a policy: its head, its sections, and what holds between them. */
#include "policy/read.h"

#include <string.h>
#include "base/memory.h"
#include "policy/reader.h"

enum { REVISION_MAX = 2147483647 };

/* A policy while it is read. */
struct document {
    struct policy policy;
    uint32_t version;
};

static const struct reader_choice mode_choice = {{"enforce", "audit"}};
static const struct reader_choice audit_choice = {{"best-effort", "required"}};
static const struct reader_bounds revision_bounds = {1, REVISION_MAX};
static const struct reader_word_kind unknown_field_kind = {.what = "a verdict",
                                                           .list = &policy_unknown_field_words};

#define HEAD(member, name, function, more, ...)                                                              \
    READER_KEY(struct document, policy.member, name, function, more, __VA_ARGS__)
#define SECTION(member)                                                                                      \
    READER_KEY(struct document, policy.member, #member, reader_section, &reader_##member##_section)
#define ALLOW_SECTION(member)                                                                                \
    READER_KEY(struct document, policy.member, #member, reader_allow_section, &reader_##member##_section)

static const struct reader_key document_keys[] = {
    READER_KEY(struct document, version, "thwart", reader_version, NULL, .required = true),
    HEAD(name, "name", reader_word, &reader_policy_name, .required = true),
    HEAD(description, "description", reader_text, NULL),
    HEAD(revision, "revision", reader_uint32, &revision_bounds),
    HEAD(audit, "mode", reader_choice, &mode_choice),
    HEAD(audit_required, "audit", reader_choice, &audit_choice),
    HEAD(extends, "extends", reader_words, &reader_policy_name),
    HEAD(tags, "tags", reader_words, &reader_tag),
    HEAD(when, "when", reader_when, NULL),
    SECTION(image),
    SECTION(process),
    SECTION(namespaces),
    SECTION(filesystem),
    ALLOW_SECTION(devices),
    SECTION(resources),
    ALLOW_SECTION(sysctls),
    READER_KEY(struct document, policy.syscalls, "syscalls", reader_syscalls, NULL),
    ALLOW_SECTION(hooks),
    SECTION(annotations),
    READER_OBJECT_RULE(struct document, policy.landlock, "landlock", reader_rule_object,
                       &reader_landlock_section),
    SECTION(lifecycle),
    READER_RULE(struct document, policy.unknown_fields, "unknownFields", reader_one_word,
                &unknown_field_kind),
    READER_OBJECT_RULE(struct document, policy.network, "network", reader_watched, &reader_network_section),
    READER_OBJECT_RULE(struct document, policy.drift, "drift", reader_watched, &reader_drift_section),
    READER_RULE(struct document, policy.on_violation, "onViolation", reader_violation, NULL),
};
READER_TABLE(document_table, "a policy", document_keys);

/* ---- what holds between keys ---- */

static bool maximum_bounds(const struct policy_maximum *maximum)
{
    return maximum->rule.present && maximum->value != UINT64_MAX;
}

static bool word_is(const struct policy_patterns *patterns, const char *word)
{
    return patterns->rule.present && patterns->words.count == 1 &&
           strcmp(patterns->words.items[0].text, word) == 0;
}

static bool command_bounds(const struct policy_command *command)
{
    return command->rule.present && command->verdict != POLICY_COMMAND_ALLOW;
}

static bool process_bounds(const struct policy_process *process)
{
    return process->user.rule.present ||
           (process->no_new_privileges.rule.present && process->no_new_privileges.value) ||
           process->capabilities.rule.present || process->rlimits.rule.present ||
           process->environment.rule.present || process->apparmor.rule.present ||
           process->selinux.rule.present || process->oom_score_adj.rule.present ||
           (process->privileged.rule.present && process->privileged.value);
}

static bool filesystem_bounds(const struct policy_filesystem *filesystem)
{
    return (filesystem->root_readonly.rule.present && filesystem->root_readonly.value) ||
           filesystem->mounts.rule.present || filesystem->options.rule.present ||
           filesystem->masked_paths.rule.present || filesystem->readonly_paths.rule.present ||
           filesystem->propagation.rule.present;
}

static bool resources_bound(const struct policy_resources *resources)
{
    return maximum_bounds(&resources->memory) || maximum_bounds(&resources->swap) ||
           maximum_bounds(&resources->pids) || maximum_bounds(&resources->cpu) ||
           resources->io.rule.present || resources->hugepages.rule.present;
}

static bool lifecycle_bounds(const struct policy_lifecycle *lifecycle)
{
    return command_bounds(&lifecycle->exec) || command_bounds(&lifecycle->update) ||
           command_bounds(&lifecycle->checkpoint) || lifecycle->max_lifetime_rule.present;
}

static bool image_integrity_bounds(const struct policy_integrity *integrity)
{
    return integrity->rule.present && integrity->level > TRUST_NONE;
}

/* Is there a rule that can keep something from somebody? */
static bool bounds_anything(const struct policy *policy)
{
    return policy->image.signature.rule.present || policy->image.digests.rule.present ||
           image_integrity_bounds(&policy->image.integrity) || process_bounds(&policy->process) ||
           policy->namespaces.private_types.rule.present || policy->namespaces.join.rule.present ||
           filesystem_bounds(&policy->filesystem) || policy->devices.rule.present ||
           resources_bound(&policy->resources) || policy->sysctls.rule.present ||
           policy->syscalls.rule.present ||
           (policy->syscalls.filter_rule.present && policy->syscalls.filter != POLICY_FILTER_ANY) ||
           policy->hooks.rule.present || policy->annotations.rule.present || policy->landlock.rule.present ||
           lifecycle_bounds(&policy->lifecycle) || word_is(&policy->unknown_fields, "refuse") ||
           policy->network.rule.present || policy->drift.rule.present || policy->on_violation.rule.present;
}

/* Names are few: each is compared with those before it. */
static void check_extends(struct reader *reader, void *target)
{
    const struct policy *policy = &((const struct document *)target)->policy;

    for (size_t i = 0; i < policy->extends.count; i++) {
        const struct policy_word *word = &policy->extends.items[i];
        const struct json_place extends = {.key = "extends"};
        const struct json_place place = {.parent = &extends, .index = i};
        const struct json_value value = {.line = word->line, .column = word->column};
        const struct reader_spot spot = {&place, &value, word->line, word->column};

        if (policy->name != NULL && strcmp(word->text, policy->name) == 0)
            reader_mistake(reader, &spot, "a policy cannot extend itself");
    }
}

int policy_read(const char *bytes, size_t length, const char *file, const struct policy_files *files,
                struct arena *arena, struct policy_problems *problems, const struct policy **policy,
                struct error *error)
{
    struct document *document = arena_allocate(arena, sizeof(*document));
    struct policy_problems own = {0};
    struct reader reader = {
        .file = file, .files = files, .arena = arena, .problems = problems != NULL ? problems : &own};

    *policy = NULL;
    if (reader_document(&reader, bytes, length, &document_table, check_extends, document, error) != 0)
        return -1;
    document->policy.file = reader.file;
    document->policy.bytes = bytes;
    document->policy.digest = digest_end(&reader.digest);
    reader_name_signatures(&reader, &document->policy.image.signature, document->policy.name);
    document->policy.bounds_anything = bounds_anything(&document->policy);
    *policy = &document->policy;
    return 0;
}
