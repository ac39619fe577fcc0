/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that read policies (read*.c, waiver.c) share: objects are tables of keys, a key has a
 * function that reads its value into a member of the target. A mistake is put on a list and reading goes on,
 * so that an author sees all of them at once. Not for others.
 */
#pragma once

#include <stdarg.h>
#include "base/arena.h"
#include "base/digest.h"
#include "json/json.h"
#include "json/place.h"
#include "policy/model.h"
#include "policy/read.h"
#include "policy/words.h"

/* A hostile file does not get more of our memory than that. */
enum { READER_MISTAKES_MAX = 1000 };

struct reader {
    const char *file;
    const struct policy_files *files;
    struct arena *arena;
    struct policy_problems *problems;
    size_t mistakes; /* of this file; those beyond READER_MISTAKES_MAX are only counted */
    struct digest_state digest;
};

/* A value in its place. line, column: of the key, or of the value where it has none. */
struct reader_spot {
    const struct json_place *place; /* NULL: the whole document */
    const struct json_value *value;
    uint32_t line, column;
};

typedef void reader_function(struct reader *reader, const struct reader_spot *spot, void *target,
                             const void *detail);

/* One key of an object. */
struct reader_key {
    const char *key;
    reader_function *read;
    const void *detail; /* for read */
    size_t offset;      /* of read's target in the object's struct */
    size_t rule;        /* of the key's struct policy_rule; READER_NO_RULE: the key is none */
    bool required;
    bool is_object; /* the rule's short form is an object: modifiers stand beside its keys */
    bool has_value; /* and "value" is one of them */
};

struct reader_table {
    const char *what; /* "a mount source" */
    const struct reader_key *keys;
    size_t count;
};

#define READER_NO_RULE ((size_t)-1)

/* Rows. A RULE's member begins with its struct policy_rule; an OBJECT_RULE's short form is an object. */
#define READER_KEY(type, member, name, function, more, ...)                                                  \
    {                                                                                                        \
        .key = (name), .read = (function), .detail = (more), .offset = offsetof(type, member),               \
        .rule = READER_NO_RULE, __VA_ARGS__                                                                  \
    }
#define READER_RULE(type, member, name, function, more)                                                      \
    {                                                                                                        \
        .key = (name), .read = (function), .detail = (more), .offset = offsetof(type, member),               \
        .rule = offsetof(type, member.rule)                                                                  \
    }
#define READER_OBJECT_RULE(type, member, name, function, more)                                               \
    {                                                                                                        \
        .key = (name), .read = (function), .detail = (more), .offset = offsetof(type, member),               \
        .rule = offsetof(type, member.rule), .is_object = true                                               \
    }
#define READER_TABLE(name, what_it_is, rows)                                                                 \
    static const struct reader_table name = {(what_it_is), (rows), sizeof(rows) / sizeof((rows)[0])}

/* ---- reader.c: objects, rules, mistakes ---- */

/* Put a mistake on the list: at the spot's value; at its key; at a member of it. The text is one sentence
 * without a place. */
void reader_mistake(struct reader *reader, const struct reader_spot *spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void reader_mistake_at_key(struct reader *reader, const struct reader_spot *spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A message that names its place itself, "FILE:LINE:COLUMN: /pointer: text", with the pointer below place. */
void reader_mistake_placed(struct reader *reader, const struct json_place *place, const char *message);

/* "expected EXPECTED, found …". */
void reader_expected(struct reader *reader, const struct reader_spot *spot, const char *expected);

/* suggest_word, and the same in a list: the word that was probably meant, or NULL. Nothing is searched for
 * mistakes that are only counted: a hostile file would have us compare for minutes. */
const char *reader_suggestion(const struct reader *reader, const char *word, const char *const *first,
                              size_t count, size_t stride);
const char *reader_word_suggestion(const struct reader *reader, const struct policy_word_list *list,
                                   const char *word);

/* ": did you mean "WORD"?" or nothing; for the end of a mistake's text. Lives in the arena. */
const char *reader_did_you_mean(struct reader *reader, const char *word);

/* Read the members of the object at spot by the table into base. rule: whose "otherwise", "mode" and
 * "ifUnsupported" may stand beside them; NULL: they may not. */
void reader_object(struct reader *reader, const struct reader_spot *spot, const struct reader_table *table,
                   struct policy_rule *rule, void *base);

/* Call `item` for each element of a list. True when it is one. */
bool reader_list(struct reader *reader, const struct reader_spot *spot, const char *expected,
                 void (*item)(struct reader *reader, const struct reader_spot *spot, void *target,
                              size_t index, const void *detail),
                 void *target, const void *detail);

/* The string at spot, or NULL after a mistake. */
const char *reader_string(struct reader *reader, const struct reader_spot *spot, const char *expected);

/* A section: an object by the table in `detail`. */
void reader_section(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail);
/* The same, where the target begins with a struct policy_rule whose modifiers stand beside the keys. */
void reader_rule_object(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail);

/* A section that is one list, {"allow": […]}: the modifiers may stand beside "allow" or in its object. The
 * table's struct begins with the rule of "allow". */
void reader_allow_section(struct reader *reader, const struct reader_spot *spot, void *target,
                          const void *detail);

/* "otherwise", "mode" or "ifUnsupported". */
bool reader_is_modifier(const char *key);

/* Is key a modifier of a rule? Then it was read into rule. For objects whose keys are data. */
bool reader_modifier(struct reader *reader, const struct reader_spot *spot, const char *key,
                     struct policy_rule *rule);

/* The same digest state for bytes of a further file (a profile). */
void reader_digest_add(struct reader *reader, const char *bytes, size_t length);

/* Does the object have a key that is no modifier of a rule? */
bool reader_has_content(const struct json_value *object);

/* Read bytes by the table: the whole of a document in this family of languages. finish (may be NULL) checks
 * what holds between keys. -1: *error holds the first mistake and how many more there are. */
int reader_document(struct reader *reader, const char *bytes, size_t length, const struct reader_table *table,
                    void (*finish)(struct reader *reader, void *target), void *target, struct error *error);

/* ---- reader_words.c ---- */

/* How the words of a list are judged. */
struct reader_word_kind {
    const char *what; /* "a path pattern" */
    /* Says what is wrong by reader_mistake, and returns false. */
    bool (*check)(struct reader *reader, const struct reader_spot *spot, const char *word);
    const struct policy_word_list *list; /* the words that there are; NULL: check decides */
};

/* Is this one? If not, a mistake was told. */
bool reader_word_ok(struct reader *reader, const struct reader_spot *spot,
                    const struct reader_word_kind *kind, const char *word);

/* detail: struct reader_word_kind. Targets: struct policy_words; struct policy_patterns; a list of one in
 * struct policy_patterns; const char *. */
reader_function reader_words, reader_patterns, reader_one_word, reader_word;
/* Target: struct policy_words; one string or a list of them. */
reader_function reader_word_or_words;
/* Any text: const char *. */
reader_function reader_text;

extern const struct reader_word_kind reader_path_pattern, reader_image_pattern, reader_name_pattern,
    reader_path, reader_policy_name, reader_fingerprint, reader_tag, reader_sysctl_pattern,
    reader_argument_pattern;

/* ---- reader_values.c ---- */

/* Two words for bool: item 1 is true. */
struct reader_choice {
    const char *words[2];
};
reader_function reader_flag;   /* struct policy_flag; detail: struct reader_choice, NULL: true and false */
reader_function reader_choice; /* bool; detail: struct reader_choice */
reader_function reader_boolean;
reader_function reader_version; /* uint32_t: 1 */

/* Whole numbers, and what bounds them. */
struct reader_bounds {
    uint64_t minimum, maximum;
};
reader_function reader_uint32;        /* detail: struct reader_bounds */
reader_function reader_maximum_bytes; /* struct policy_maximum; detail: struct reader_bounds */
reader_function reader_maximum_count; /* the same */
reader_function reader_maximum_cpu;   /* struct policy_maximum in thousandths */
reader_function reader_bytes;         /* uint64_t; detail: struct reader_bounds; "unlimited" is UINT64_MAX */
reader_function reader_count;         /* the same, without units */
reader_function reader_duration;      /* uint64_t seconds */

/* A list of ids or ports: 7, "7", "1000-65535". Sorted, and none overlaps another. */
struct reader_ranges {
    const struct policy_id_range *items;
    size_t count;
    bool present;
};
void reader_read_ranges(struct reader *reader, const struct reader_spot *spot, uint32_t minimum,
                        uint32_t maximum, const char *what, struct reader_ranges *ranges);

bool reader_is_hex(const char *text, size_t length);

/* ---- sections: read_*.c ---- */

extern const struct reader_table reader_image_section, reader_process_section, reader_namespaces_section,
    reader_filesystem_section, reader_devices_section, reader_resources_section, reader_sysctls_section,
    reader_hooks_section, reader_annotations_section, reader_lifecycle_section, reader_landlock_section,
    reader_network_section, reader_drift_section;
/* struct policy_when; struct policy_signatures; struct policy_syscalls; struct policy_watched (detail: the
 * table); the list "onViolation". */
reader_function reader_when, reader_signatures, reader_syscalls, reader_watched, reader_violation;

/* The names of a policy's requirements, for messages: when its own name is known. */
void reader_name_signatures(struct reader *reader, struct policy_signatures *signatures, const char *policy);
