/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Section "process". */
#include "policy/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

enum { SHOWN = 40, OOM_SCORE_MAX = 1000 };

/* ---- user ---- */

static void read_uids(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_user *user = target;
    struct reader_ranges ranges = {0};

    (void)detail;
    /* 4294967295 is (uid_t)-1: "unchanged" to the kernel, no id. */
    reader_read_ranges(reader, spot, 0, UINT32_MAX - 1, "a user id", &ranges);
    user->uids = ranges.items;
    user->uid_count = ranges.count;
    user->has_uids = ranges.present;
}

static void read_gids(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_user *user = target;
    struct reader_ranges ranges = {0};

    (void)detail;
    reader_read_ranges(reader, spot, 0, UINT32_MAX - 1, "a group id", &ranges);
    user->gids = ranges.items;
    user->gid_count = ranges.count;
    user->has_gids = ranges.present;
}

static const struct reader_choice root_choice = {{"allow", "deny"}};
static const struct reader_key user_keys[] = {
    READER_KEY(struct policy_user, deny_root, "root", reader_choice, &root_choice),
    {.key = "uids", .read = read_uids, .rule = READER_NO_RULE},
    {.key = "gids", .read = read_gids, .rule = READER_NO_RULE},
};
READER_TABLE(user_table, "process.user", user_keys);

/* ---- capabilities ---- */

static void read_capability(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                            const void *detail)
{
    struct policy_capabilities *capabilities = target;
    const char *name = reader_string(reader, spot, "a capability such as \"CHOWN\"");
    unsigned int number;

    (void)index;
    (void)detail;
    if (name == NULL)
        return;
    if (strcmp(name, "ALL") == 0) {
        capabilities->set = UINT64_MAX; /* those that later kernels add, too */
    } else if (policy_capability_number(name, &number)) {
        capabilities->set |= UINT64_C(1) << number;
    } else {
        const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;

        reader_mistake(
            reader, spot, "there is no capability \"%.*s\"%s", SHOWN, name,
            reader_did_you_mean(reader, reader_word_suggestion(reader, &policy_capability_words, bare)));
    }
}

static void read_allowed(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct policy_capabilities *capabilities = target;

    capabilities->is_allow = true;
    reader_list(reader, spot, "a list of capabilities", read_capability, target, detail);
}

static void read_denied(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    reader_list(reader, spot, "a list of capabilities", read_capability, target, detail);
}

static const struct reader_key capabilities_keys[] = {
    {.key = "allow", .read = read_allowed, .rule = READER_NO_RULE},
    {.key = "deny", .read = read_denied, .rule = READER_NO_RULE},
};
READER_TABLE(capabilities_table, "process.capabilities", capabilities_keys);

static void read_capabilities(struct reader *reader, const struct reader_spot *spot, void *target,
                              const void *detail)
{
    bool has_allow = json_member(spot->value, "allow") != NULL;
    bool has_deny = json_member(spot->value, "deny") != NULL;

    (void)detail;
    reader_object(reader, spot, &capabilities_table, target, target);
    if (spot->value->type != JSON_OBJECT || has_allow != has_deny)
        return;
    reader_mistake_at_key(reader, spot,
                          has_allow ? "either \"allow\" or \"deny\", not both: \"allow\" alone says the same"
                                    : "process.capabilities needs the key \"allow\" or \"deny\"");
}

/* ---- rlimits ---- */

static const struct reader_bounds rlimit_bounds = {0, UINT64_MAX - 1};

static void read_rlimit(struct reader *reader, const struct reader_spot *spot, const char *key,
                        struct policy_rlimits *limits, struct policy_rlimit *items)
{
    const char *bare = text_starts_with(key, "RLIMIT_") ? key + 7 : key;
    struct policy_rlimit *item = &items[limits->count];

    if (!policy_word_index(&policy_rlimit_words, bare, NULL)) {
        reader_mistake_at_key(
            reader, spot, "there is no resource limit \"%.*s\"%s", SHOWN, key,
            reader_did_you_mean(reader, reader_word_suggestion(reader, &policy_rlimit_words, bare)));
        return;
    }
    for (size_t i = 0; i < limits->count; i++)
        if (strcmp(items[i].type + 7, bare) == 0) {
            reader_mistake_at_key(reader, spot, "%s is given twice, first at %u:%u", bare, items[i].line,
                                  items[i].column);
            return;
        }
    *item = (struct policy_rlimit){
        .type = arena_format(reader->arena, "RLIMIT_%s", bare), .line = spot->line, .column = spot->column};
    reader_count(reader, spot, &item->maximum, &rlimit_bounds);
    limits->count++;
}

/* {"NOFILE": 65536}: keys that are no modifiers are names of limits. */
static void read_rlimits(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct policy_rlimits *limits = target;
    struct policy_rlimit *items;

    (void)detail;
    if (spot->value->type != JSON_OBJECT) {
        reader_expected(reader, spot, "an object of resource limits and their maxima");
        return;
    }
    items = arena_array(reader->arena, policy_rlimit_words.count, sizeof(*items));
    limits->items = items;
    for (size_t i = 0; i < spot->value->object.count; i++) {
        const struct json_member *member = &spot->value->object.members[i];
        struct json_place place = {.parent = spot->place, .key = member->key};
        struct reader_spot inner = {&place, member->value, member->line, member->column};

        if (!reader_modifier(reader, &inner, member->key, &limits->rule))
            read_rlimit(reader, &inner, member->key, limits, items);
    }
}

/* ---- environment, labels, oomScoreAdj ---- */

static const struct reader_key environment_keys[] = {
    READER_KEY(struct policy_patterns, words, "deny", reader_words, &reader_name_pattern, .required = true),
};
READER_TABLE(environment_table, "process.environment", environment_keys);

static void read_confined(struct reader *reader, const struct reader_spot *spot, void *target,
                          const void *detail)
{
    (void)detail;
    if (spot->value->type != JSON_STRING || strcmp(spot->value->string.bytes, "confined") != 0) {
        reader_expected(reader, spot, "\"confined\"");
        return;
    }
    *(bool *)target = true;
}

static const struct reader_key confinement_keys[] = {
    READER_KEY(struct policy_confinement, require_confined, "require", read_confined, NULL),
    READER_KEY(struct policy_confinement, allow, "allow", reader_words, &reader_argument_pattern),
};
READER_TABLE(apparmor_table, "process.apparmor", confinement_keys);
READER_TABLE(selinux_table, "process.selinux", confinement_keys);

static void read_oom_minimum(struct reader *reader, const struct reader_spot *spot, void *target,
                             const void *detail)
{
    (void)detail;
    if (spot->value->type != JSON_NUMBER ||
        !number_signed(spot->value->number.text, -OOM_SCORE_MAX, OOM_SCORE_MAX, target))
        reader_expected(reader, spot, "a whole number from -1000 to 1000");
}

static const struct reader_key oom_keys[] = {
    READER_KEY(struct policy_minimum, value, "min", read_oom_minimum, NULL, .required = true),
};
READER_TABLE(oom_table, "process.oomScoreAdj", oom_keys);

static const struct reader_choice privileged_choice = {{"allow", "deny"}};
static const struct reader_key process_keys[] = {
    READER_OBJECT_RULE(struct policy_process, user, "user", reader_rule_object, &user_table),
    READER_RULE(struct policy_process, no_new_privileges, "noNewPrivileges", reader_flag, NULL),
    READER_OBJECT_RULE(struct policy_process, capabilities, "capabilities", read_capabilities, NULL),
    READER_OBJECT_RULE(struct policy_process, rlimits, "rlimits", read_rlimits, NULL),
    READER_OBJECT_RULE(struct policy_process, environment, "environment", reader_rule_object,
                       &environment_table),
    READER_OBJECT_RULE(struct policy_process, apparmor, "apparmor", reader_rule_object, &apparmor_table),
    READER_OBJECT_RULE(struct policy_process, selinux, "selinux", reader_rule_object, &selinux_table),
    READER_OBJECT_RULE(struct policy_process, oom_score_adj, "oomScoreAdj", reader_rule_object, &oom_table),
    READER_RULE(struct policy_process, privileged, "privileged", reader_flag, &privileged_choice),
};
const struct reader_table reader_process_section = {"process", process_keys, ARRAY_LENGTH(process_keys)};
