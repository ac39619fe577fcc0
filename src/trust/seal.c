/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a signature says of a list of files, and whether a list is that one. */
#include "trust/seal.h"

#include <string.h>
#include "base/digest.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "trust/reference.h"

enum { SHOWN = 60 };

/* 2^53: every reader of JSON has it exactly. */
static const uint64_t files_max = 9007199254740992;

static int mistake(struct error *error, const struct json_value *value, const char *what, const char *word)
{
    return error_set(error, ERROR_INVALID, "its " TRUST_SEAL_MEMBER " (line %u, column %u): %s%.*s",
                     value->line, value->column, what, SHOWN, word);
}

static int read_version(const struct json_value *value, struct trust_seal *seal, struct error *error)
{
    (void)seal;
    if (value->type != JSON_NUMBER || strcmp(value->number.text, "1") != 0)
        return mistake(error, value, "this thwart knows version 1 alone", "");
    return 0;
}

static int read_digest(const struct json_value *value, struct trust_seal *seal, struct error *error)
{
    if (value->type != JSON_STRING || !text_starts_with(value->string.bytes, "sha256:") ||
        !trust_digest_is(value->string.bytes))
        return mistake(error, value, "digest must be a SHA-256 digest", "");
    seal->digest = value->string.bytes;
    return 0;
}

static int read_files(const struct json_value *value, struct trust_seal *seal, struct error *error)
{
    if (value->type != JSON_NUMBER || !number_unsigned(value->number.text, files_max, &seal->files) ||
        seal->files == 0)
        return mistake(error, value, "files must be a whole number from 1 on", "");
    return 0;
}

static const struct seal_member {
    const char *key;
    int (*read)(const struct json_value *value, struct trust_seal *seal, struct error *error);
} seal_members[] = {{"version", read_version}, {"digest", read_digest}, {"files", read_files}};

static const struct seal_member *find_member(const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(seal_members); i++)
        if (strcmp(seal_members[i].key, key) == 0)
            return &seal_members[i];
    return NULL;
}

int trust_seal_read(const struct json_value *optional, struct arena *arena, const struct trust_seal **seal,
                    struct error *error)
{
    const struct json_value *value = json_member(optional, TRUST_SEAL_MEMBER);
    struct trust_seal *read;

    *seal = NULL;
    if (value == NULL)
        return 0;
    if (value->type != JSON_OBJECT)
        return mistake(error, value, "it must be an object", "");
    read = arena_allocate(arena, sizeof(*read));
    for (size_t i = 0; i < value->object.count; i++) {
        const struct json_member *member = &value->object.members[i];
        const struct seal_member *known = find_member(member->key);

        if (known == NULL)
            return mistake(error, member->value, "there is no such member: ", member->key);
        if (known->read(member->value, read, error) != 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(seal_members); i++)
        if (json_member(value, seal_members[i].key) == NULL)
            return mistake(error, value, "it lacks ", seal_members[i].key);
    *seal = read;
    return 0;
}

int trust_seal_attach(const struct trust_seal *seal, const char *bytes, size_t length,
                      struct trust_seal *attached, struct error *error)
{
    const struct digest digest = digest_of(bytes, length);
    char hex[DIGEST_HEX_SIZE];

    digest_hex(&digest, hex);
    if (strcmp(hex, seal->digest + strlen("sha256:")) != 0)
        return error_set(error, ERROR_UNTRUSTED, "the list of files has the digest sha256:%s, signed is %s",
                         hex, seal->digest);
    *attached = *seal;
    attached->list = bytes;
    attached->length = length;
    return 0;
}

const char *trust_seal_encode(const struct trust_seal *seal, struct arena *arena)
{
    return arena_format(arena, "\"" TRUST_SEAL_MEMBER "\":{\"version\":1,\"digest\":\"%s\",\"files\":%llu}",
                        seal->digest, (unsigned long long)seal->files);
}
