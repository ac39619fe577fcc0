/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections "image" and "namespaces", and the selector "when". */
#include "policy/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "base/glob.h"

enum { SHOWN = 60, REQUIRE_MAX = 64 };

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

/* OpenPGP's fingerprints: version 4 has 40 digits, versions 5 and 6 have 64. */
static bool check_fingerprint(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    if (reader_is_hex(word, 40) || reader_is_hex(word, 64))
        return true;
    reader_mistake(
        reader, spot,
        "\"%.*s\" is no fingerprint: 40 or 64 hex digits without blanks; short key ids can be forged", SHOWN,
        word);
    return false;
}

static bool check_key_file(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    if (*word != '\0' && !text_has_control(word))
        return true;
    reader_mistake(reader, spot, "expected the path of a key file");
    return false;
}

static const struct reader_word_kind digest_kind = {.what = "a digest", .check = check_digest},
                                     fingerprint_kind = {.what = "a fingerprint", .check = check_fingerprint},
                                     key_kind = {.what = "the path of a key file", .check = check_key_file},
                                     integrity_kind = {.what = "a kind of integrity",
                                                       .list = &policy_integrity_words};
static const struct reader_bounds require_bounds = {1, REQUIRE_MAX};

static const struct reader_key signature_keys[] = {
    READER_KEY(struct policy_signature, require, "require", reader_uint32, &require_bounds),
    READER_KEY(struct policy_signature, keys, "keys", reader_words, &key_kind),
    READER_KEY(struct policy_signature, fingerprints, "fingerprints", reader_words, &fingerprint_kind),
    READER_KEY(struct policy_signature, identity, "identity", reader_word_or_words, &reader_argument_pattern),
    READER_KEY(struct policy_signature, max_age_s, "maxAge", reader_duration, NULL),
};
READER_TABLE(signature_table, "image.signature", signature_keys);

static const struct reader_key image_keys[] = {
    READER_OBJECT_RULE(struct policy_image, signature, "signature", reader_rule_object, &signature_table),
    READER_RULE(struct policy_image, digests, "digests", reader_patterns, &digest_kind),
    READER_RULE(struct policy_image, integrity, "integrity", reader_one_word, &integrity_kind),
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
