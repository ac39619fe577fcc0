/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payload of a simple signature: read as strictly as containers/image does, written as it does. */
#include "trust/payload.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "config.h"
#include "json/table.h"
#include "trust/reference.h"

enum { SHOWN = 80, DEPTH_MAX = 64, VALUES_MAX = 200000 };

struct document {
    const char *name;
    struct error *error;
};

static int mistake(const struct document *document, uint32_t line, uint32_t column, const char *what)
{
    return error_set(document->error, ERROR_INVALID, "%s:%u:%u: %s", document->name, line, column, what);
}

/* A member that this object has exactly these names of, and each with this type. */
struct wanted {
    const char *key;
    enum json_type type;
    const struct json_value **value;
};

static int take_members(const struct document *document, const struct json_value *object, const char *what,
                        const struct wanted *wanted, size_t count)
{
    char words[256];

    for (size_t i = 0; i < object->object.count; i++) {
        const struct json_member *member = &object->object.members[i];
        const struct wanted *found = NULL;

        for (size_t k = 0; k < count; k++)
            if (strcmp(member->key, wanted[k].key) == 0)
                found = &wanted[k];
        if (found == NULL) {
            (void)text_print(words, sizeof(words), "%s has no member \"%.*s\"", what, SHOWN, member->key);
            return mistake(document, member->line, member->column, words);
        }
        if (member->value->type != found->type) {
            (void)text_print(words, sizeof(words), "%s: \"%s\" must be of type %s, not %s", what, found->key,
                             json_type_name(found->type), json_type_name(member->value->type));
            return mistake(document, member->value->line, member->value->column, words);
        }
        *found->value = member->value;
    }
    for (size_t k = 0; k < count; k++) {
        if (*wanted[k].value != NULL)
            continue;
        (void)text_print(words, sizeof(words), "%s lacks \"%s\"", what, wanted[k].key);
        return mistake(document, object->line, object->column, words);
    }
    return 0;
}

/* "timestamp": a whole number, also when it is written as 1.5e9. */
static bool read_whole(const char *text, int64_t *value)
{
    const double exact_max = 9007199254740992.0; /* 2^53: beyond it not each whole number has a double */
    char *end;
    double number;

    if (number_signed(text, INT64_MIN, INT64_MAX, value))
        return true;
    if (strpbrk(text, ".eE") == NULL)
        return false;
    number = strtod(text, &end);
    if (*end != '\0' || !(number >= -exact_max && number <= exact_max))
        return false;
    *value = (int64_t)number;
    return (double)*value == number;
}

static int read_optional(const struct document *document, const struct json_value *optional,
                         struct trust_payload *payload)
{
    const struct json_value *creator = json_member(optional, "creator");
    const struct json_value *timestamp = json_member(optional, "timestamp");

    payload->optional = optional;
    if (creator != NULL) {
        if (creator->type != JSON_STRING)
            return mistake(document, creator->line, creator->column, "\"creator\" must be a string");
        payload->creator = creator->string.bytes;
    }
    if (timestamp == NULL)
        return 0;
    payload->has_timestamp = true;
    if (timestamp->type != JSON_NUMBER || !read_whole(timestamp->number.text, &payload->timestamp_s))
        return mistake(document, timestamp->line, timestamp->column, "\"timestamp\" must be a whole number");
    return 0;
}

static int read_critical(const struct document *document, const struct json_value *critical,
                         struct trust_payload *payload)
{
    const struct json_value *type = NULL, *image = NULL, *identity = NULL, *digest = NULL, *reference = NULL;
    const struct wanted members[] = {
        {"type", JSON_STRING, &type}, {"image", JSON_OBJECT, &image}, {"identity", JSON_OBJECT, &identity}};
    const struct wanted of_image[] = {{"docker-manifest-digest", JSON_STRING, &digest}};
    const struct wanted of_identity[] = {{"docker-reference", JSON_STRING, &reference}};

    if (take_members(document, critical, "\"critical\"", members, ARRAY_LENGTH(members)) != 0 ||
        take_members(document, image, "\"image\"", of_image, ARRAY_LENGTH(of_image)) != 0 ||
        take_members(document, identity, "\"identity\"", of_identity, ARRAY_LENGTH(of_identity)) != 0)
        return -1;
    if (strcmp(type->string.bytes, TRUST_PAYLOAD_TYPE) != 0)
        return mistake(document, type->line, type->column,
                       "the type of signature is not \"" TRUST_PAYLOAD_TYPE "\"");
    if (!trust_digest_is(digest->string.bytes))
        return mistake(document, digest->line, digest->column, "\"docker-manifest-digest\" is no digest");
    payload->digest = digest->string.bytes;
    payload->reference = reference->string.bytes;
    return 0;
}

int trust_payload_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                        struct trust_payload *payload, struct error *error)
{
    const struct json_limits limits = {
        .bytes = TRUST_PAYLOAD_BYTES_MAX, .depth = DEPTH_MAX, .values = VALUES_MAX};
    const struct document document = {name, error};
    const struct json_value *critical = NULL, *optional = NULL;
    const struct wanted members[] = {{"critical", JSON_OBJECT, &critical},
                                     {"optional", JSON_OBJECT, &optional}};
    struct json_value *root;

    *payload = (struct trust_payload){0};
    if (json_read(bytes, length, name, &limits, arena, &root, error) != 0)
        return -1;
    if (root->type != JSON_OBJECT)
        return mistake(&document, root->line, root->column, "the signed document must be an object");
    if (take_members(&document, root, "the signed document", members, ARRAY_LENGTH(members)) != 0 ||
        read_critical(&document, critical, payload) != 0)
        return -1;
    return read_optional(&document, optional, payload);
}

void trust_payload_encode(struct text *text, const char *reference, const char *digest, int64_t timestamp_s,
                          const char *optional)
{
    text_append(text, "{\"critical\":{\"identity\":{\"docker-reference\":");
    json_append_string(text, reference);
    text_append(text, "},\"image\":{\"docker-manifest-digest\":");
    json_append_string(text, digest);
    text_append(text, "},\"type\":\"" TRUST_PAYLOAD_TYPE
                      "\"},\"optional\":{\"creator\":\"thwart " THWART_VERSION "\",");
    if (optional != NULL) {
        text_append(text, optional);
        text_append_character(text, ',');
    }
    text_append(text, "\"timestamp\":");
    text_append_signed(text, timestamp_s);
    text_append(text, "}}");
}
