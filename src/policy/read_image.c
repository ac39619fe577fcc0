/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections "image" and "namespaces", and the selector "when". */
#include "policy/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "base/glob.h"

enum { SHOWN = 60 };

/* ---- image ---- */

static bool check_digest(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    static const struct {
        const char *prefix;
        size_t digits;
    } kinds[] = {{"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}};

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        const char *digits = word + strlen(kinds[i].prefix);

        if (!text_starts_with(word, kinds[i].prefix))
            continue;
        if (strlen(digits) == kinds[i].digits && strspn(digits, "0123456789abcdef") == kinds[i].digits)
            return true;
        reader_mistake(reader, spot, "\"%.*s\" is no digest: behind %s come %zu hex digits in lower case",
                       SHOWN, word, kinds[i].prefix, kinds[i].digits);
        return false;
    }
    reader_mistake(reader, spot, "\"%.*s\" is no digest: expected sha256: and 64 hex digits", SHOWN, word);
    return false;
}

static const struct reader_word_kind digest_kind = {.what = "a digest", .check = check_digest},
                                     integrity_kind = {.what = "a kind of integrity",
                                                       .list = &policy_integrity_words},
                                     reread_kind = {.what = "a rhythm", .list = &policy_reread_words};

/* Target: enum trust_level. "manifest" is the oldest word: the files are those that were signed, by whatever
 * way. */
static void read_level(struct reader *reader, const struct reader_spot *spot, void *target,
                       const void *detail)
{
    const char *word = NULL;
    size_t index = 0;

    reader_word(reader, spot, &word, detail);
    if (word == NULL || !policy_word_index(&policy_integrity_words, word, &index))
        return;
    *(enum trust_level *)target = index <= TRUST_BOUND_VERITY ? (enum trust_level)index : TRUST_BOUND_WALK;
}

/* Target: bool once_per_boot. */
static void read_rhythm(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    const char *word = NULL;

    reader_word(reader, spot, &word, detail);
    *(bool *)target = word != NULL && strcmp(word, "once-per-boot") == 0;
}

static const struct reader_key integrity_keys[] = {
    READER_KEY(struct policy_integrity, level, "value", read_level, &integrity_kind, .required = true),
    READER_KEY(struct policy_integrity, once_per_boot, "reread", read_rhythm, &reread_kind),
};
READER_TABLE(integrity_table, "image.integrity", integrity_keys);

/* One word, or {"value": WORD, "reread": …}. */
static void read_integrity(struct reader *reader, const struct reader_spot *spot, void *target,
                           const void *detail)
{
    struct policy_integrity *integrity = target;

    if (spot->value->type == JSON_OBJECT)
        reader_rule_object(reader, spot, target, detail);
    else
        read_level(reader, spot, &integrity->level, &integrity_kind);
}

static const struct reader_key image_keys[] = {
    READER_OBJECT_RULE(struct policy_image, signature, "signature", reader_signatures, NULL),
    READER_RULE(struct policy_image, digests, "digests", reader_patterns, &digest_kind),
    {.key = "integrity",
     .read = read_integrity,
     .detail = &integrity_table,
     .offset = offsetof(struct policy_image, integrity),
     .rule = offsetof(struct policy_image, integrity.rule),
     .is_object = true,
     .has_value = true},
};
const struct reader_table reader_image_section = {"image", image_keys, ARRAY_LENGTH(image_keys)};

/* ---- namespaces ---- */

static const struct reader_word_kind namespace_kind = {.what = "a namespace",
                                                       .list = &policy_namespace_words};
static const struct reader_key join_keys[] = {
    READER_KEY(struct policy_patterns, words, "allow", reader_words, &reader_path_pattern, .required = true),
};
READER_TABLE(join_table, "namespaces.join", join_keys);

static const struct reader_key namespaces_keys[] = {
    READER_RULE(struct policy_namespaces, private_types, "private", reader_patterns, &namespace_kind),
    READER_OBJECT_RULE(struct policy_namespaces, join, "join", reader_rule_object, &join_table),
};
const struct reader_table reader_namespaces_section = {"namespaces", namespaces_keys,
                                                       ARRAY_LENGTH(namespaces_keys)};

/* ---- when ---- */

/* {"KEY": "PATTERN"}. */
static void read_annotations(struct reader *reader, const struct reader_spot *spot, void *target,
                             const void *detail)
{
    struct policy_when *when = target;
    const struct json_value *object = spot->value;

    (void)detail;
    if (object->type != JSON_OBJECT) {
        reader_expected(reader, spot, "an object of annotations and patterns of their values");
        return;
    }
    when->annotations = arena_array(reader->arena, object->object.count, sizeof(*when->annotations));
    for (size_t i = 0; i < object->object.count; i++) {
        const struct json_member *member = &object->object.members[i];
        struct json_place place = {.parent = spot->place, .key = member->key};
        struct reader_spot inner = {&place, member->value, member->line, member->column};
        const char *pattern = reader_string(reader, &inner, "a pattern of the annotation's values");
        struct error error = {0};

        if (pattern == NULL)
            continue;
        if (*member->key == '\0')
            reader_mistake_at_key(reader, &inner, "an annotation without a name");
        else if (*pattern != '\0' && glob_check(pattern, &error) != 0) /* empty: the empty value */
            reader_mistake(reader, &inner, "%s", error.message);
        else
            when->annotations[when->annotation_count++] =
                (struct policy_annotation_match){member->key, pattern};
    }
}

/* The only word there is: what it does must be said aloud. */
static void read_trust(struct reader *reader, const struct reader_spot *spot, void *target,
                       const void *detail)
{
    (void)detail;
    if (spot->value->type != JSON_STRING || strcmp(spot->value->string.bytes, "unverified") != 0) {
        reader_expected(reader, spot, "\"unverified\" (or leave it out: then only attested images match)");
        return;
    }
    *(bool *)target = true;
}

static const struct reader_key when_keys[] = {
    READER_KEY(struct policy_when, image, "image", reader_words, &reader_image_pattern),
    {.key = "annotations", .read = read_annotations, .rule = READER_NO_RULE},
    READER_KEY(struct policy_when, trust_unverified, "trust", read_trust, NULL),
};
READER_TABLE(when_table, "when", when_keys);

void reader_when(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_when *when = target;

    (void)detail;
    when->present = true;
    when->line = spot->line;
    when->column = spot->column;
    reader_object(reader, spot, &when_table, NULL, when);
}
