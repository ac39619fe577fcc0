/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The framing of OpenPGP, and armor around it: any bytes are one signed message or one line; compressed bytes
 * are within what came; what is read as a detached signature is one message with its data. */
#include "fuzzer.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "gpg/armor.h"
#include "trust/detached.h"
#include "trust/packets.h"

static void is_one_line(const struct error *error)
{
    LAW(error->kind == ERROR_INVALID && error->message[0] != '\0' && !text_has_control(error->message));
}

static void check_packets(const uint8_t *bytes, size_t length)
{
    const uint8_t *cursor = bytes, *end = bytes + length;
    struct error error = {0};

    while (cursor < end) {
        struct trust_packet packet;
        const uint8_t *before = cursor;

        if (trust_packet_next(&cursor, end, &packet, &error) != 0) {
            is_one_line(&error);
            return;
        }
        LAW(packet.tag > 0 && packet.start == before && cursor > before && cursor <= end);
        LAW(packet.body > before && packet.body + packet.length == cursor);
        LAW(!packet.to_the_end || cursor == end);
    }
}

static void check_compression(const uint8_t *bytes, size_t length, bool plain)
{
    cleanup_arena struct arena arena = {0};
    enum trust_compression compression;
    const void *compressed;
    size_t compressed_length;
    struct error error = {0};

    if (trust_packets_compression(bytes, length, &arena, &compression, &compressed, &compressed_length,
                                  &error) != 0) {
        is_one_line(&error);
        LAW(!plain);
        return;
    }
    LAW((compression == TRUST_COMPRESSION_NONE) == plain);
    LAW(plain ? compressed == bytes && compressed_length == length : compressed_length < length);
    /* All of it can be read. */
    for (size_t i = 0; i < compressed_length; i++)
        LAW(((const volatile uint8_t *)compressed)[i] <= UINT8_MAX);
}

static void check_armor(const uint8_t *bytes, size_t length)
{
    cleanup_arena struct arena arena = {0};
    const void *inside;
    size_t inside_length;
    struct error error = {0};

    if (armor_read((const char *)bytes, length, &arena, &inside, &inside_length, &error) != 0)
        is_one_line(&error);
    else
        LAW(inside_length > 0 && inside_length < length);
}

static void check_detached(const uint8_t *bytes, size_t length)
{
    cleanup_arena struct arena arena = {0};
    struct trust_detached detached;
    struct error error = {0};

    if (trust_detached_read((const char *)bytes, length, &arena, &detached, &error) != 0) {
        LAW(error.kind == ERROR_INVALID || error.kind == ERROR_LIMIT);
        LAW(error.message[0] != '\0' && !text_has_control(error.message));
        return;
    }
    LAW(detached.count >= 1 && detached.count <= TRUST_DETACHED_MAX);
    for (size_t i = 0; i < detached.count; i++) {
        const uint8_t *message;
        size_t message_length;

        LAW(trust_detached_message(&detached, i, "data", 4, &arena, (const void **)&message, &message_length,
                                   &error) == 0);
        LAW(message_length > detached.signatures[i].length + 4);
        LAW(memcmp(message + message_length - 4, "data", 4) == 0);
        LAW(trust_packets_check_plain(message, message_length, &error) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct error error = {0};
    bool plain;

    if (length == 0)
        return 0; /* and no address */
    plain = trust_packets_check_plain(bytes, length, &error) == 0;

    if (!plain)
        is_one_line(&error);
    check_packets(bytes, length);
    if (trust_packets_check(bytes, length, &error) == 0)
        check_compression(bytes, length, plain);
    else
        LAW(!plain);
    check_armor(bytes, length);
    check_detached(bytes, length);
    return 0;
}
