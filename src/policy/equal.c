/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are two policies equal in meaning? Field by field, and not by their printed form: a field that the printer
 * forgot would be equal to anything. Lists of words and entries are sets: their order says nothing (but a
 * hook's arguments').
 */
#include "policy/read.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

typedef int comparer(const void *one, const void *other);

static int compare_numbers(uint64_t one, uint64_t other)
{
    return one < other ? -1 : one > other;
}

/* NULL is before everything. */
static int compare_texts(const char *one, const char *other)
{
    if (one == NULL || other == NULL)
        return (one != NULL) - (other != NULL);
    return strcmp(one, other);
}

/* The first of two that is not 0. */
#define THEN(order, next) ((order) != 0 ? (order) : (next))

/* ---- lists as sets ---- */

static const void **sorted_items(struct arena *arena, const void *items, size_t count, size_t size,
                                 comparer *compare_pointers)
{
    const void **sorted = arena_array(arena, count, sizeof(*sorted));

    for (size_t i = 0; i < count; i++)
        sorted[i] = (const char *)items + i * size;
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), compare_pointers);
    return sorted;
}

static size_t next_other(const void *const *sorted, size_t count, size_t at, comparer *compare_pointers)
{
    size_t next = at + 1;

    while (next < count && compare_pointers(&sorted[at], &sorted[next]) == 0)
        next++;
    return next;
}

/* 0: the same items, in whatever order and however often. compare_pointers takes pointers to pointers, as
 * qsort gives them. */
static int compare_items(const void *one, size_t one_count, const void *other, size_t other_count,
                         size_t size, comparer *compare_pointers)
{
    cleanup_arena struct arena arena = {0};
    const void **first = sorted_items(&arena, one, one_count, size, compare_pointers);
    const void **second = sorted_items(&arena, other, other_count, size, compare_pointers);
    size_t i = 0, j = 0;

    while (i < one_count && j < other_count) {
        int order = compare_pointers(&first[i], &second[j]);

        if (order != 0)
            return order;
        i = next_other(first, one_count, i, compare_pointers);
        j = next_other(second, other_count, j, compare_pointers);
    }
    return (i < one_count) - (j < other_count);
}

/* A comparer of pointers to pointers to TYPE, from an expression on `one` and `other`. */
#define COMPARER(name, type, order)                                                                          \
    static int name(const void *first_place, const void *second_place)                                       \
    {                                                                                                        \
        const type *one = *(const type *const *)first_place;                                                 \
        const type *other = *(const type *const *)second_place;                                              \
                                                                                                             \
        return (order);                                                                                      \
    }

#define COMPARE(one, other, items, count, compare)                                                           \
    compare_items((one)->items, (one)->count, (other)->items, (other)->count, sizeof(*(one)->items), compare)
#define SAME(one, other, items, count, compare) (COMPARE(one, other, items, count, compare) == 0)

COMPARER(compare_words, struct policy_word, strcmp(one->text, other->text))

static bool same_words(const struct policy_words *one, const struct policy_words *other)
{
    return one->present == other->present && SAME(one, other, items, count, compare_words);
}

/* Of a list whose order has a meaning. */
static int compare_word_lists(const struct policy_words *one, const struct policy_words *other)
{
    int order =
        THEN(compare_numbers(one->present, other->present), compare_numbers(one->count, other->count));

    for (size_t i = 0; order == 0 && i < one->count; i++)
        order = strcmp(one->items[i].text, other->items[i].text);
    return order;
}

/* Sorted by the reader. */
static bool same_ranges(const struct policy_id_range *one, size_t one_count,
                        const struct policy_id_range *other, size_t other_count)
{
    if (one_count != other_count)
        return false;
    for (size_t i = 0; i < one_count; i++)
        if (one[i].first != other[i].first || one[i].last != other[i].last)
            return false;
    return true;
}

/* ---- trees ---- */

static bool same_member(const struct json_member *member, const struct json_value *other, size_t index)
{
    const struct json_member *same = &other->object.members[index];

    /* Most often in the same order. */
    return policy_same_tree(
        member->value, strcmp(same->key, member->key) == 0 ? same->value : json_member(other, member->key));
}

bool policy_same_tree(const struct json_value *one, const struct json_value *other)
{
    if (one == NULL || other == NULL || one->type != other->type)
        return one == other;
    switch (one->type) {
    case JSON_NULL:
        return true;
    case JSON_BOOLEAN:
        return one->boolean == other->boolean;
    case JSON_NUMBER:
        return strcmp(one->number.text, other->number.text) == 0;
    case JSON_STRING:
        return strcmp(one->string.bytes, other->string.bytes) == 0;
    case JSON_ARRAY:
        if (one->array.count != other->array.count)
            return false;
        for (size_t i = 0; i < one->array.count; i++)
            if (!policy_same_tree(one->array.items[i], other->array.items[i]))
                return false;
        return true;
    case JSON_OBJECT:
        if (one->object.count != other->object.count)
            return false;
        for (size_t i = 0; i < one->object.count; i++)
            if (!same_member(&one->object.members[i], other, i))
                return false;
        return true;
    }
    return false;
}

/* ---- rules ---- */

static bool same_rule(const struct policy_rule *one, const struct policy_rule *other)
{
    if (!one->present || !other->present)
        return one->present == other->present;
    return one->otherwise == other->otherwise && one->audit == other->audit &&
           one->note_if_unsupported == other->note_if_unsupported;
}

/* Of a rule: both absent, or the same rule with the same `value`. */
#define SAME_RULE(one, other, value)                                                                         \
    (same_rule(&(one)->rule, &(other)->rule) && (!(one)->rule.present || (value)))

static bool same_patterns(const struct policy_patterns *one, const struct policy_patterns *other)
{
    return SAME_RULE(one, other, same_words(&one->words, &other->words));
}

static bool same_flag(const struct policy_flag *one, const struct policy_flag *other)
{
    return SAME_RULE(one, other, one->value == other->value);
}

static bool same_maximum(const struct policy_maximum *one, const struct policy_maximum *other)
{
    return SAME_RULE(one, other, one->value == other->value);
}

static bool same_watched(const struct policy_watched *one, const struct policy_watched *other)
{
    return SAME_RULE(one, other, policy_same_tree(one->value, other->value));
}

/* ---- sections ---- */

COMPARER(compare_matches, struct policy_annotation_match,
         THEN(strcmp(one->key, other->key), strcmp(one->pattern, other->pattern)))

static bool same_when(const struct policy_when *one, const struct policy_when *other)
{
    return one->present == other->present && same_words(&one->image, &other->image) &&
           one->trust_unverified == other->trust_unverified &&
           SAME(one, other, annotations, annotation_count, compare_matches);
}

COMPARER(compare_paths, struct trust_keyring, strcmp(one->path, other->path))
COMPARER(compare_strings, char *const, strcmp(*one, *other))
COMPARER(compare_identities, struct trust_identity_rule,
         THEN(compare_numbers(one->kind, other->kind),
              THEN(compare_texts(one->name, other->name), compare_texts(one->prefix, other->prefix))))

static int compare_requirements(const struct trust_requirement *one, const struct trust_requirement *other)
{
    int order = THEN(compare_texts(one->document, other->document),
                     THEN(compare_numbers(one->needed, other->needed),
                          THEN(compare_numbers(one->each_fingerprint, other->each_fingerprint),
                               compare_numbers(one->max_age_s, other->max_age_s))));

    if (order != 0)
        return order;
    return THEN(COMPARE(one, other, keyrings, keyring_count, compare_paths),
                THEN(COMPARE(one, other, fingerprints, fingerprint_count, compare_strings),
                     COMPARE(one, other, identities, identity_count, compare_identities)));
}

COMPARER(compare_signatures, struct policy_signature,
         compare_requirements(&one->requirement, &other->requirement))

static bool same_image(const struct policy_image *one, const struct policy_image *other)
{
    return SAME_RULE(&one->signature, &other->signature,
                     SAME(&one->signature, &other->signature, items, count, compare_signatures)) &&
           same_patterns(&one->digests, &other->digests) &&
           SAME_RULE(&one->integrity, &other->integrity,
                     one->integrity.level == other->integrity.level &&
                         (one->integrity.level < TRUST_BOUND_WALK ||
                          one->integrity.once_per_boot == other->integrity.once_per_boot));
}

static bool same_user(const struct policy_user *one, const struct policy_user *other)
{
    return SAME_RULE(one, other,
                     one->deny_root == other->deny_root && one->has_uids == other->has_uids &&
                         one->has_gids == other->has_gids &&
                         same_ranges(one->uids, one->uid_count, other->uids, other->uid_count) &&
                         same_ranges(one->gids, one->gid_count, other->gids, other->gid_count));
}

static bool same_confinement(const struct policy_confinement *one, const struct policy_confinement *other)
{
    return SAME_RULE(one, other,
                     one->require_confined == other->require_confined &&
                         same_words(&one->allow, &other->allow));
}

COMPARER(compare_rlimits, struct policy_rlimit,
         THEN(strcmp(one->type, other->type), compare_numbers(one->maximum, other->maximum)))

static bool same_process(const struct policy_process *one, const struct policy_process *other)
{
    return same_user(&one->user, &other->user) &&
           same_flag(&one->no_new_privileges, &other->no_new_privileges) &&
           SAME_RULE(&one->capabilities, &other->capabilities,
                     one->capabilities.is_allow == other->capabilities.is_allow &&
                         one->capabilities.set == other->capabilities.set) &&
           SAME_RULE(&one->rlimits, &other->rlimits,
                     SAME(&one->rlimits, &other->rlimits, items, count, compare_rlimits)) &&
           same_patterns(&one->environment, &other->environment) &&
           same_confinement(&one->apparmor, &other->apparmor) &&
           same_confinement(&one->selinux, &other->selinux) &&
           SAME_RULE(&one->oom_score_adj, &other->oom_score_adj,
                     one->oom_score_adj.value == other->oom_score_adj.value) &&
           same_flag(&one->privileged, &other->privileged);
}

COMPARER(compare_sources, struct policy_mount_source,
         THEN(strcmp(one->path, other->path), compare_numbers(one->access, other->access)))

static bool same_mounts(const struct policy_mounts *one, const struct policy_mounts *other)
{
    return SAME_RULE(one, other,
                     same_words(&one->types, &other->types) && one->has_sources == other->has_sources &&
                         SAME(one, other, sources, source_count, compare_sources) &&
                         same_words(&one->deny, &other->deny));
}

static bool same_paths(const struct policy_paths *one, const struct policy_paths *other)
{
    return SAME_RULE(one, other,
                     one->use_default == other->use_default && same_words(&one->paths, &other->paths));
}

static bool same_filesystem(const struct policy_filesystem *one, const struct policy_filesystem *other)
{
    return same_flag(&one->root_readonly, &other->root_readonly) &&
           same_mounts(&one->mounts, &other->mounts) && same_patterns(&one->options, &other->options) &&
           same_paths(&one->masked_paths, &other->masked_paths) &&
           same_paths(&one->readonly_paths, &other->readonly_paths) &&
           same_patterns(&one->propagation, &other->propagation);
}

COMPARER(compare_devices, struct policy_device,
         THEN(compare_texts(one->name, other->name),
              THEN(compare_numbers((unsigned char)one->type, (unsigned char)other->type),
                   THEN(compare_numbers((uint64_t)one->major, (uint64_t)other->major),
                        THEN(compare_numbers((uint64_t)one->minor, (uint64_t)other->minor),
                             compare_numbers(one->access, other->access))))))

COMPARER(compare_io_limits, struct policy_io_limit,
         THEN(compare_numbers((uint64_t)one->major, (uint64_t)other->major),
              THEN(compare_numbers((uint64_t)one->minor, (uint64_t)other->minor),
                   THEN(compare_numbers(one->read_bps, other->read_bps),
                        THEN(compare_numbers(one->write_bps, other->write_bps),
                             THEN(compare_numbers(one->read_iops, other->read_iops),
                                  compare_numbers(one->write_iops, other->write_iops)))))))

COMPARER(compare_hugepages, struct policy_hugepage,
         THEN(strcmp(one->page_size, other->page_size), compare_numbers(one->maximum, other->maximum)))

static bool same_resources(const struct policy_resources *one, const struct policy_resources *other)
{
    return same_maximum(&one->memory, &other->memory) && same_maximum(&one->swap, &other->swap) &&
           same_maximum(&one->pids, &other->pids) && same_maximum(&one->cpu, &other->cpu) &&
           SAME_RULE(&one->io, &other->io, SAME(&one->io, &other->io, items, count, compare_io_limits)) &&
           SAME_RULE(&one->hugepages, &other->hugepages,
                     SAME(&one->hugepages, &other->hugepages, items, count, compare_hugepages));
}

static int compare_tests(const struct policy_argument_test *one, size_t one_count,
                         const struct policy_argument_test *other, size_t other_count)
{
    int order = compare_numbers(one_count, other_count);

    for (size_t i = 0; order == 0 && i < one_count; i++)
        order = THEN(compare_numbers(one[i].argument, other[i].argument),
                     THEN(compare_numbers(one[i].comparison, other[i].comparison),
                          THEN(compare_numbers(one[i].value, other[i].value),
                               compare_numbers(one[i].mask, other[i].mask))));
    return order;
}

COMPARER(compare_syscalls, struct policy_syscall,
         THEN(strcmp(one->name, other->name),
              THEN(compare_tests(one->when, one->when_count, other->when, other->when_count),
                   THEN(compare_tests(one->unless, one->unless_count, other->unless, other->unless_count),
                        THEN(compare_numbers(one->has_action, other->has_action),
                             THEN(compare_numbers(one->action, other->action),
                                  THEN(compare_numbers(one->errno_value, other->errno_value),
                                       compare_texts(one->comment, other->comment))))))))

static bool same_syscalls(const struct policy_syscalls *one, const struct policy_syscalls *other)
{
    return same_rule(&one->rule, &other->rule) && one->has_default == other->has_default &&
           one->default_action == other->default_action && one->default_errno == other->default_errno &&
           one->has_allow == other->has_allow && SAME(one, other, allow, allow_count, compare_syscalls) &&
           SAME(one, other, deny, deny_count, compare_syscalls) &&
           same_words(&one->architectures, &other->architectures) &&
           compare_texts(one->knows, other->knows) == 0 && policy_same_tree(one->profile, other->profile) &&
           same_rule(&one->filter_rule, &other->filter_rule) &&
           (!one->filter_rule.present || one->filter == other->filter);
}

COMPARER(compare_hooks, struct policy_hook,
         THEN(strcmp(one->path, other->path), THEN(compare_texts(one->sha256, other->sha256),
                                                   THEN(compare_word_lists(&one->args, &other->args),
                                                        compare_word_lists(&one->env, &other->env)))))

static bool same_landlock(const struct policy_landlock *one, const struct policy_landlock *other)
{
    return SAME_RULE(
        one, other,
        one->abi == other->abi && same_words(&one->read, &other->read) &&
            same_words(&one->write, &other->write) && same_words(&one->execute, &other->execute) &&
            one->has_connect == other->has_connect && one->has_bind == other->has_bind &&
            same_ranges(one->connect, one->connect_count, other->connect, other->connect_count) &&
            same_ranges(one->bind, one->bind_count, other->bind, other->bind_count));
}

static bool same_command(const struct policy_command *one, const struct policy_command *other)
{
    return SAME_RULE(one, other,
                     one->verdict == other->verdict && same_words(&one->commands, &other->commands));
}

static bool same_lifecycle(const struct policy_lifecycle *one, const struct policy_lifecycle *other)
{
    return same_command(&one->exec, &other->exec) && same_command(&one->update, &other->update) &&
           same_command(&one->checkpoint, &other->checkpoint) &&
           same_rule(&one->max_lifetime_rule, &other->max_lifetime_rule) &&
           one->max_lifetime_s == other->max_lifetime_s;
}

static bool same_head(const struct policy *one, const struct policy *other)
{
    return compare_texts(one->name, other->name) == 0 &&
           compare_texts(one->description, other->description) == 0 && one->revision == other->revision &&
           one->audit == other->audit && one->audit_required == other->audit_required &&
           same_words(&one->extends, &other->extends) && same_words(&one->tags, &other->tags) &&
           same_when(&one->when, &other->when) && one->bounds_anything == other->bounds_anything;
}

bool policy_equal(const struct policy *one, const struct policy *other)
{
    return same_head(one, other) && same_image(&one->image, &other->image) &&
           same_process(&one->process, &other->process) &&
           same_patterns(&one->namespaces.private_types, &other->namespaces.private_types) &&
           same_patterns(&one->namespaces.join, &other->namespaces.join) &&
           same_filesystem(&one->filesystem, &other->filesystem) &&
           SAME_RULE(&one->devices, &other->devices,
                     SAME(&one->devices, &other->devices, items, count, compare_devices)) &&
           same_resources(&one->resources, &other->resources) &&
           same_patterns(&one->sysctls, &other->sysctls) && same_syscalls(&one->syscalls, &other->syscalls) &&
           SAME_RULE(&one->hooks, &other->hooks,
                     SAME(&one->hooks, &other->hooks, items, count, compare_hooks)) &&
           same_patterns(&one->annotations, &other->annotations) &&
           same_landlock(&one->landlock, &other->landlock) &&
           same_lifecycle(&one->lifecycle, &other->lifecycle) &&
           same_patterns(&one->unknown_fields, &other->unknown_fields) &&
           same_watched(&one->network, &other->network) && same_watched(&one->drift, &other->drift) &&
           same_watched(&one->on_violation, &other->on_violation);
}
