/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See changes.h. */
#include "gpg/changes.h"

#include <string.h>
#include "trust/packets.h"

enum {
    SIGNATURE_CREATED = 2, /* types of subpackets */
    SIGNATURE_EXPIRES = 3,
    KEY_EXPIRES = 9,
    EMBEDDED_SIGNATURE = 32,
    CRITICAL = 0x80,
    NESTED_MAX = 2,
    V3_CREATED_AT = 3, /* version, length, type, then the time */
};

struct changes {
    int64_t now_s, earliest_s;
    int64_t primary_s, key_s; /* the last primary key's and the last key's making */
};

struct bytes {
    const uint8_t *next, *end;
};

static bool take(struct bytes *bytes, size_t count, uint64_t *value)
{
    *value = 0;
    if ((size_t)(bytes->end - bytes->next) < count)
        return false;
    for (size_t i = 0; i < count; i++)
        *value = *value << 8 | *bytes->next++;
    return true;
}

static void add(struct changes *changes, int64_t second_s)
{
    if (second_s > changes->now_s && second_s < changes->earliest_s)
        changes->earliest_s = second_s;
}

static bool read_key(struct changes *changes, const struct trust_packet *packet)
{
    struct bytes body = {packet->body, packet->body + packet->length};
    uint64_t version, made;

    if (!take(&body, 1, &version) || version < 4 || version > 6 || !take(&body, 4, &made))
        return false;
    changes->key_s = (int64_t)made;
    if (packet->tag == TRUST_PACKET_PUBLIC_KEY)
        changes->primary_s = changes->key_s;
    add(changes, changes->key_s);
    return true;
}

static bool read_signature(struct changes *changes, struct bytes body, unsigned int depth);

/* The length of a subpacket, its type included: as that of a packet, but never in parts. */
static bool take_length(struct bytes *area, uint64_t *length)
{
    uint64_t more;

    if (!take(area, 1, length))
        return false;
    if (*length < 192)
        return true;
    if (*length == 255)
        return take(area, 4, length);
    if (!take(area, 1, &more))
        return false;
    *length = ((*length - 192) << 8) + more + 192;
    return true;
}

/* Expiry counts from the signature's making, which may come behind it. lasts: 0 for ever. */
struct found {
    int64_t made_s, lasts_s, key_lasts_s;
    bool has_made, lasts, key_lasts;
};

/* Which of two would count is gpg's to know. */
static bool set_once(int64_t *place, bool *is_set, uint64_t value)
{
    if (*is_set)
        return false;
    *is_set = true;
    *place = (int64_t)value;
    return true;
}

static bool read_time(struct found *found, uint64_t type, struct bytes inside)
{
    uint64_t value;

    if (!take(&inside, 4, &value))
        return false;
    if (type == SIGNATURE_CREATED)
        return set_once(&found->made_s, &found->has_made, value);
    if (type == SIGNATURE_EXPIRES)
        return set_once(&found->lasts_s, &found->lasts, value);
    return set_once(&found->key_lasts_s, &found->key_lasts, value);
}

static bool read_area(struct changes *changes, struct bytes area, struct found *found, unsigned int depth)
{
    while (area.next < area.end) {
        uint64_t length, type;
        bool understood = true;

        if (!take_length(&area, &length) || length == 0 || length > (size_t)(area.end - area.next))
            return false;
        struct bytes inside = {area.next, area.next + length};

        area.next += length;
        (void)take(&inside, 1, &type);
        type &= ~(uint64_t)CRITICAL;
        if (type == EMBEDDED_SIGNATURE)
            understood = read_signature(changes, inside, depth + 1);
        else if (type == SIGNATURE_CREATED || type == SIGNATURE_EXPIRES || type == KEY_EXPIRES)
            understood = read_time(found, type, inside);
        if (!understood)
            return false;
    }
    return true;
}

static bool read_areas(struct changes *changes, struct bytes body, size_t width, unsigned int depth)
{
    struct found found = {0};
    uint64_t skipped, length;

    if (!take(&body, 3, &skipped))
        return false;
    for (int i = 0; i < 2; i++) {
        if (!take(&body, width, &length) || length > (size_t)(body.end - body.next) ||
            !read_area(changes, (struct bytes){body.next, body.next + length}, &found, depth))
            return false;
        body.next += length;
    }
    /* Whether a primary key or a subkey is meant, the kind of signature says: both are thought of. */
    add(changes, changes->primary_s + found.key_lasts_s);
    add(changes, changes->key_s + found.key_lasts_s);
    add(changes, found.made_s);
    add(changes, found.made_s + found.lasts_s);
    return true;
}

static bool read_signature(struct changes *changes, struct bytes body, unsigned int depth)
{
    uint64_t version, skipped, made;

    if (depth > NESTED_MAX || !take(&body, 1, &version))
        return false;
    if (version == 4 || version == 5)
        return read_areas(changes, body, 2, depth);
    if (version == 6)
        return read_areas(changes, body, 4, depth);
    if ((version != 2 && version != 3) || !take(&body, V3_CREATED_AT - 1, &skipped) || !take(&body, 4, &made))
        return false;
    add(changes, (int64_t)made);
    return true;
}

bool keys_next_change(const struct keys *keys, int64_t now_s, int64_t *change_s)
{
    struct changes changes = {.now_s = now_s, .earliest_s = INT64_MAX};
    const uint8_t *cursor = keys->bytes, *end = cursor + keys->length;
    struct error error;

    while (cursor < end) {
        struct trust_packet packet;
        bool understood = true;

        if (trust_packet_next(&cursor, end, &packet, &error) != 0)
            return false;
        if (packet.tag == TRUST_PACKET_PUBLIC_KEY || packet.tag == TRUST_PACKET_PUBLIC_SUBKEY)
            understood = read_key(&changes, &packet);
        else if (packet.tag == TRUST_PACKET_SIGNATURE)
            understood =
                read_signature(&changes, (struct bytes){packet.body, packet.body + packet.length}, 0);
        if (!understood)
            return false;
    }
    *change_s = changes.earliest_s;
    return true;
}
