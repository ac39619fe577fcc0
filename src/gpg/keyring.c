/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyrings: armor, framing, no private keys. */
#include "gpg/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/digest.h"
#include "base/gpg_messages.h"
#include "gpg/armor.h"
#include "trust/packets.h"

/* GnuPG reads this one when the home has it and no pubring.kbx: packets, and nothing else. */
#define RING_NAME "pubring.gpg"

enum { KEYBOX_MAGIC_AT = 8, KEY_VERSION = 4 };

struct collection {
    struct arena *arena;
    uint8_t *bytes; /* room for all */
    size_t used;
    struct digest *primaries;
    size_t count, room;
    bool ready;
};

static int compare_digests(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(struct digest));
}

static void add_primary(struct collection *collection, const struct trust_packet *packet)
{
    if (collection->count == collection->room) {
        struct digest *more;

        collection->room = collection->room == 0 ? 16 : 2 * collection->room;
        more = arena_array(collection->arena, collection->room, sizeof(*more));
        if (collection->count > 0)
            memcpy(more, collection->primaries, collection->count * sizeof(*more));
        collection->primaries = more;
    }
    collection->primaries[collection->count++] = digest_of(packet->body, packet->length);
    if (packet->length == 0 || packet->body[0] != KEY_VERSION)
        collection->ready = false;
}

/* 1: to be kept; 0: not; -1. */
static int judge_packet(struct collection *collection, const struct trust_packet *packet, bool first,
                        struct error *error)
{
    if (packet->in_parts || packet->to_the_end)
        return error_set(error, ERROR_INVALID, "it is no keyring: a packet's length is not told");
    switch (packet->tag) {
    case TRUST_PACKET_SECRET_KEY:
    case TRUST_PACKET_SECRET_SUBKEY:
        return error_set(
            error, ERROR_INVALID,
            "it holds a private key, which belongs to its owner alone: export the public one (gpg "
            "--export)");
    case TRUST_PACKET_PUBLIC_KEY:
        add_primary(collection, packet);
        return 1;
    case TRUST_PACKET_TRUST: /* what some gpg thought of signatures: ours thinks itself */
        return 0;
    case TRUST_PACKET_SIGNATURE:
    case TRUST_PACKET_USER_ID:
    case TRUST_PACKET_PUBLIC_SUBKEY:
    case TRUST_PACKET_USER_ATTRIBUTE:
        if (!first)
            return 1;
        break;
    default:
        break;
    }
    return error_set(error, ERROR_INVALID, "it is no keyring: it has a packet (%u) that none has there",
                     packet->tag);
}

static int take_packets(struct collection *collection, const uint8_t *cursor, const uint8_t *end,
                        struct error *error)
{
    bool first = true;

    while (cursor < end) {
        struct trust_packet packet;
        int keep;

        if (trust_packet_next(&cursor, end, &packet, error) != 0)
            return -1;
        keep = judge_packet(collection, &packet, first, error);
        if (keep < 0)
            return -1;
        first = false;
        if (keep == 0)
            continue;
        memcpy(collection->bytes + collection->used, packet.start, (size_t)(cursor - packet.start));
        collection->used += (size_t)(cursor - packet.start);
    }
    return 0;
}

static int take_keyring(struct collection *collection, const char *bytes, size_t length, struct error *error)
{
    const void *packets = bytes;
    size_t before = collection->count;

    if (length >= KEYBOX_MAGIC_AT + 4 && memcmp(bytes + KEYBOX_MAGIC_AT, "KBXf", 4) == 0)
        return error_set(error, ERROR_INVALID, "it is a GnuPG keybox: export the keys (gpg --export)");
    if (length > 0 && ((uint8_t)bytes[0] & 0x80) == 0 &&
        armor_read(bytes, length, collection->arena, &packets, &length, error) != 0)
        return -1;
    if (take_packets(collection, packets, (const uint8_t *)packets + length, error) != 0)
        return -1;
    if (collection->count == before)
        return error_set(error, ERROR_INVALID, "it holds no key");
    return 0;
}

int keyrings_read(const struct keyring *keyrings, size_t count, struct arena *arena, struct keys *keys,
                  struct error *error)
{
    struct collection collection = {.arena = arena, .ready = true};
    char *bytes[GPG_KEYRINGS_MAX];
    size_t lengths[GPG_KEYRINGS_MAX], total = 0;

    if (count == 0 || count > GPG_KEYRINGS_MAX)
        return error_set(error, ERROR_LIMIT, "%zu keyrings are named, and 1 to %d can be", count,
                         GPG_KEYRINGS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (lseek(keyrings[i].descriptor, 0, SEEK_SET) != 0)
            return error_system(error, errno, "reading the keyring %s", keyrings[i].name);
        if (descriptor_read_all(keyrings[i].descriptor, GPG_KEYRING_BYTES_MAX, keyrings[i].name, arena,
                                &bytes[i], &lengths[i], error) != 0)
            return -1;
        total += lengths[i];
    }
    collection.bytes = arena_allocate(arena, total);
    for (size_t i = 0; i < count; i++)
        if (take_keyring(&collection, bytes[i], lengths[i], error) != 0)
            return error_prefix(error, "the keyring %s", keyrings[i].name);
    qsort(collection.primaries, collection.count, sizeof(*collection.primaries), compare_digests);
    for (size_t i = 1; i < collection.count; i++)
        if (compare_digests(&collection.primaries[i - 1], &collection.primaries[i]) == 0)
            collection.ready = false;
    *keys = (struct keys){collection.bytes, collection.used, collection.count, collection.ready};
    return 0;
}

int keys_put(const struct keys *keys, const struct home *home, struct error *error)
{
    cleanup_fd int ring =
        openat(home->directory, RING_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (ring < 0 || descriptor_write_all(ring, keys->bytes, keys->length) != 0)
        return error_system(error, errno, "writing the keyring for gpg");
    return 0;
}
