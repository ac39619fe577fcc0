/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See gpg_answers.h. */
#include "container/gpg_answers.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum { ENTRY_VERSION = 1 };

/* Behind it: the message, the payload. */
struct entry {
    uint32_t version, message_length;
    uint64_t payload_length;
    int64_t since_s, until_s;
};

static void add_bytes(struct digest_state *state, const void *bytes, size_t length)
{
    const uint64_t count = length;

    digest_add(state, &count, sizeof(count));
    digest_add(state, bytes, length);
}

struct digest gpg_answer_key(const struct trust_keyring *keyrings, size_t count, const void *signature,
                             size_t length)
{
    static const char kind[] = "thwart answer 1";
    const uint64_t keyring_count = count;
    struct digest_state state;

    digest_begin(&state);
    add_bytes(&state, kind, sizeof(kind));
    digest_add(&state, &keyring_count, sizeof(keyring_count));
    for (size_t i = 0; i < count; i++)
        add_bytes(&state, keyrings[i].bytes, keyrings[i].length);
    add_bytes(&state, signature, length);
    return digest_end(&state);
}

bool gpg_answer_recall(const struct trust_cache *cache, const struct digest *key, int64_t now_s,
                       struct arena *arena, struct message *answer, const char **payload,
                       size_t *payload_length)
{
    struct entry entry;
    const char *value;
    size_t length;

    if (!cache->get(cache->context, key, arena, &value, &length) || length < sizeof(entry))
        return false;
    memcpy(&entry, value, sizeof(entry));
    value += sizeof(entry);
    length -= sizeof(entry);
    if (entry.version != ENTRY_VERSION || now_s < entry.since_s || now_s >= entry.until_s ||
        entry.message_length > sizeof(answer->bytes) || entry.message_length > length ||
        entry.payload_length != length - entry.message_length)
        return false;
    answer->length = entry.message_length;
    answer->overflow = false;
    memcpy(answer->bytes, value, entry.message_length);
    *payload = value + entry.message_length;
    *payload_length = (size_t)entry.payload_length;
    return true;
}

/* Until when it holds; 0: it is not to be remembered. */
static int64_t holds_until(const struct message *answer, const struct trust_gpg_answer *understood,
                           int64_t now_s)
{
    int64_t until_s;

    if (!message_get_number(answer, "keys-change", now_s, INT64_MAX, &until_s))
        return 0;
    for (size_t i = 0; i < understood->count; i++) {
        const struct trust_gpg_signature *signature = &understood->signatures[i];

        /* A signature of the future: gpg's word on it changes when that is there. */
        if (signature->status == TRUST_GPG_ERROR || signature->created_s > now_s)
            return 0;
        if (signature->expires_s > now_s && signature->expires_s < until_s)
            until_s = signature->expires_s;
    }
    return until_s;
}

void gpg_answer_remember(const struct trust_cache *cache, const struct digest *key, int64_t now_s,
                         const struct message *answer, const struct trust_gpg_answer *understood)
{
    const struct entry entry = {
        .version = ENTRY_VERSION,
        .message_length = (uint32_t)answer->length,
        .payload_length = understood->payload_length,
        .since_s = now_s,
        .until_s = holds_until(answer, understood, now_s),
    };
    size_t length = sizeof(entry) + answer->length + understood->payload_length;
    cleanup_free char *value = entry.until_s > now_s ? malloc(length) : NULL;

    if (value == NULL)
        return;
    memcpy(value, &entry, sizeof(entry));
    memcpy(value + sizeof(entry), answer->bytes, answer->length);
    if (understood->payload_length > 0)
        memcpy(value + sizeof(entry) + answer->length, understood->payload, understood->payload_length);
    cache->put(cache->context, key, value, length);
}
