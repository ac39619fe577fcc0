/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections "hooks", "annotations", "lifecycle" and "landlock". */
#include "policy/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { SHOWN = 60, SHA256_DIGITS = 64, PORT_MAX = 65535, LANDLOCK_ABI_MAX = 64 };

/* ---- hooks ---- */

static void read_sha256(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    const char *word = reader_string(reader, spot, "64 hex digits");
    char *lower;

    (void)detail;
    if (word == NULL)
        return;
    if (text_starts_with(word, "sha256:") || !reader_is_hex(word, SHA256_DIGITS)) {
        reader_mistake(reader, spot, "\"%.*s\" is no SHA-256: expected 64 hex digits and nothing else", SHOWN,
                       word);
        return;
    }
    lower = arena_string(reader->arena, word);
    for (char *at = lower; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'F')
            *at = (char)(*at - 'A' + 'a');
    *(const char **)target = lower;
}

static const struct reader_key hook_keys[] = {
    READER_KEY(struct policy_hook, path, "path", reader_word, &reader_path_pattern, .required = true),
    READER_KEY(struct policy_hook, sha256, "sha256", read_sha256, NULL),
    READER_KEY(struct policy_hook, args, "args", reader_words, &reader_argument_pattern),
    READER_KEY(struct policy_hook, env, "env", reader_words, &reader_argument_pattern),
};
READER_TABLE(hook_table, "a hook", hook_keys);

static void read_hook(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                      const void *detail)
{
    struct policy_hook *hook = (struct policy_hook *)target + index;

    (void)detail;
    *hook = (struct policy_hook){.line = spot->line, .column = spot->column};
    reader_object(reader, spot, &hook_table, NULL, hook);
}

static void read_hooks(struct reader *reader, const struct reader_spot *spot, void *target,
                       const void *detail)
{
    struct policy_hooks *hooks = target;
    size_t count = spot->value->type == JSON_ARRAY ? spot->value->array.count : 0;
    struct policy_hook *items = arena_array(reader->arena, count, sizeof(*items));

    hooks->items = items;
    hooks->count = count;
    reader_list(reader, spot, "a list of hooks", read_hook, items, detail);
}

static const struct reader_key hooks_keys[] = {
    {.key = "allow", .read = read_hooks, .rule = offsetof(struct policy_hooks, rule)},
};
const struct reader_table reader_hooks_section = {"hooks", hooks_keys, ARRAY_LENGTH(hooks_keys)};

/* ---- annotations ---- */

static const struct reader_key acting_keys[] = {
    READER_KEY(struct policy_patterns, words, "allow", reader_words, &reader_argument_pattern,
               .required = true),
};
READER_TABLE(acting_table, "annotations.acting", acting_keys);

static const struct reader_key annotations_keys[] = {
    {.key = "acting",
     .read = reader_rule_object,
     .detail = &acting_table,
     .rule = offsetof(struct policy_patterns, rule),
     .is_object = true},
};
const struct reader_table reader_annotations_section = {"annotations", annotations_keys,
                                                        ARRAY_LENGTH(annotations_keys)};

/* ---- lifecycle ---- */

static const struct reader_key command_keys[] = {
    READER_KEY(struct policy_command, commands, "commands", reader_words, &reader_argument_pattern,
               .required = true),
};
READER_TABLE(command_table, "this rule", command_keys);

/* "allow", "deny"; detail not NULL: also {"commands": […]}. */
static void read_command(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    static const struct reader_choice verdicts = {{"allow", "deny"}};
    struct policy_command *command = target;
    bool deny = false;

    if (spot->value->type == JSON_OBJECT && detail != NULL) {
        command->verdict = POLICY_COMMAND_LISTED;
        reader_object(reader, spot, &command_table, &command->rule, command);
        return;
    }
    if (detail != NULL && spot->value->type != JSON_STRING)
        reader_expected(reader, spot, "\"allow\", \"deny\" or an object with \"commands\"");
    else
        reader_choice(reader, spot, &deny, &verdicts);
    command->verdict = deny ? POLICY_COMMAND_DENY : POLICY_COMMAND_ALLOW;
}

static const struct reader_key lifecycle_keys[] = {
    READER_RULE(struct policy_lifecycle, exec, "exec", read_command, &command_table),
    READER_RULE(struct policy_lifecycle, update, "update", read_command, NULL),
    READER_RULE(struct policy_lifecycle, checkpoint, "checkpoint", read_command, NULL),
    {.key = "maxLifetime",
     .read = reader_duration,
     .offset = offsetof(struct policy_lifecycle, max_lifetime_s),
     .rule = offsetof(struct policy_lifecycle, max_lifetime_rule)},
};
const struct reader_table reader_lifecycle_section = {"lifecycle", lifecycle_keys,
                                                      ARRAY_LENGTH(lifecycle_keys)};

/* ---- landlock ---- */

static void read_connect(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct policy_landlock *landlock = target;
    struct reader_ranges ranges = {0};

    (void)detail;
    reader_read_ranges(reader, spot, 1, PORT_MAX, "a TCP port", &ranges);
    landlock->connect = ranges.items;
    landlock->connect_count = ranges.count;
    landlock->has_connect = ranges.present;
}

static void read_bind(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_landlock *landlock = target;
    struct reader_ranges ranges = {0};

    (void)detail;
    /* Port 0 asks for one that the kernel chooses: a right of its own to Landlock. */
    reader_read_ranges(reader, spot, 0, PORT_MAX, "a TCP port", &ranges);
    landlock->bind = ranges.items;
    landlock->bind_count = ranges.count;
    landlock->has_bind = ranges.present;
}

static const struct reader_bounds abi_bounds = {1, LANDLOCK_ABI_MAX};
static const struct reader_key landlock_keys[] = {
    READER_KEY(struct policy_landlock, abi, "abi", reader_uint32, &abi_bounds, .required = true),
    READER_KEY(struct policy_landlock, read, "read", reader_words, &reader_path),
    READER_KEY(struct policy_landlock, write, "write", reader_words, &reader_path),
    READER_KEY(struct policy_landlock, execute, "execute", reader_words, &reader_path),
    {.key = "connect", .read = read_connect, .rule = READER_NO_RULE},
    {.key = "bind", .read = read_bind, .rule = READER_NO_RULE},
};
const struct reader_table reader_landlock_section = {"landlock", landlock_keys, ARRAY_LENGTH(landlock_keys)};
