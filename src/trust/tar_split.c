/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tar_split.h. Stricter than a JSON reader need be: what Go's encoder writes for these objects, whose
 * members come in one order. */
#include "trust/tar_split.h"

#include "base/memory.h"
#include "base/text.h"

enum key { KEY_TYPE = 1, KEY_NAME = 2, KEY_RAW_NAME = 4, KEY_SIZE = 8, KEY_PAYLOAD = 16, KEY_POSITION = 32 };
enum { FILE_TYPE = 1, SEGMENT_TYPE = 2 };

static const struct {
    const char *name;
    enum key key;
    bool is_text;
} keys[] = {
    {"type", KEY_TYPE, false}, {"name", KEY_NAME, true},       {"name_raw", KEY_RAW_NAME, true},
    {"size", KEY_SIZE, false}, {"payload", KEY_PAYLOAD, true}, {"position", KEY_POSITION, false},
};

static int broken(struct error *error)
{
    return error_set(error, ERROR_INVALID, "its record of the tar is malformed");
}

void tar_split_begin(struct tar_split_reader *reader, const struct tar_split_visitor *visitor)
{
    memset(reader, 0, offsetof(struct tar_split_reader, output));
    reader->visitor = visitor;
}

static int flush_segment(struct tar_split_reader *reader, struct error *error)
{
    size_t length = reader->output_length;

    reader->output_length = 0;
    return length == 0 ? 0
                       : reader->visitor->segment(reader->visitor->context, reader->output, length, error);
}

/* Bytes of a payload: a segment's go on at once, a checksum is kept. */
static int put(struct tar_split_reader *reader, uint32_t bits, unsigned int count, struct error *error)
{
    if (reader->type == SEGMENT_TYPE) {
        if (reader->output_length + 3 > sizeof(reader->output)) {
            int status = flush_segment(reader, error);

            if (status != 0)
                return status;
        }
        for (unsigned int i = 0; i < count; i++)
            reader->output[reader->output_length++] = (uint8_t)(bits >> (16 - 8 * i));
        return 0;
    }
    for (unsigned int i = 0; i < count; i++) {
        if (reader->checksum_length == TAR_SPLIT_CHECKSUM)
            return broken(error);
        reader->checksum[reader->checksum_length++] = (uint8_t)(bits >> (16 - 8 * i));
    }
    return 0;
}

/* 0..63, or 64 and more for other characters. */
static const uint8_t base64_values[256] = {
#define V(character, value) [character] = (value) ^ 64
    V('A', 0),  V('B', 1),  V('C', 2),  V('D', 3),  V('E', 4),  V('F', 5),  V('G', 6),  V('H', 7),
    V('I', 8),  V('J', 9),  V('K', 10), V('L', 11), V('M', 12), V('N', 13), V('O', 14), V('P', 15),
    V('Q', 16), V('R', 17), V('S', 18), V('T', 19), V('U', 20), V('V', 21), V('W', 22), V('X', 23),
    V('Y', 24), V('Z', 25), V('a', 26), V('b', 27), V('c', 28), V('d', 29), V('e', 30), V('f', 31),
    V('g', 32), V('h', 33), V('i', 34), V('j', 35), V('k', 36), V('l', 37), V('m', 38), V('n', 39),
    V('o', 40), V('p', 41), V('q', 42), V('r', 43), V('s', 44), V('t', 45), V('u', 46), V('v', 47),
    V('w', 48), V('x', 49), V('y', 50), V('z', 51), V('0', 52), V('1', 53), V('2', 54), V('3', 55),
    V('4', 56), V('5', 57), V('6', 58), V('7', 59), V('8', 60), V('9', 61), V('+', 62), V('/', 63),
#undef V
};

static int end_payload(struct tar_split_reader *reader, struct error *error)
{
    if (reader->group_length != 0)
        return broken(error);
    reader->state = TAR_SPLIT_NEXT;
    return 0;
}

static int take_base64(struct tar_split_reader *reader, uint8_t character, struct error *error)
{
    uint32_t value = base64_values[character] ^ 64U;

    if (character == '=' && reader->group_length >= 2) {
        reader->padding++;
        value = 0;
    } else if (value >= 64 || reader->padding > 0) {
        return broken(error);
    }
    reader->group = reader->group << 6 | value;
    if (++reader->group_length < 4)
        return 0;

    uint32_t bits = reader->group & 0xffffff;
    reader->group = 0;
    reader->group_length = 0;
    return put(reader, bits, 3 - reader->padding, error);
}

/* Characters of a payload, whole groups at once. How many were used; *status is set when it ends. */
static size_t take_payload(struct tar_split_reader *reader, const uint8_t *bytes, size_t length, int *status,
                           struct error *error)
{
    size_t used = 0;

    while (used < length && *status == 0 && reader->state == TAR_SPLIT_PAYLOAD) {
        while (reader->type == SEGMENT_TYPE && reader->group_length == 0 && reader->padding == 0 &&
               length - used >= 4 && reader->output_length + 3 <= sizeof(reader->output)) {
            uint32_t first = base64_values[bytes[used]] ^ 64U, second = base64_values[bytes[used + 1]] ^ 64U;
            uint32_t third = base64_values[bytes[used + 2]] ^ 64U;
            uint32_t fourth = base64_values[bytes[used + 3]] ^ 64U;
            uint32_t bits = first << 18 | second << 12 | third << 6 | fourth;

            if (((first | second | third | fourth) & 64) != 0)
                break;
            reader->output[reader->output_length++] = (uint8_t)(bits >> 16);
            reader->output[reader->output_length++] = (uint8_t)(bits >> 8);
            reader->output[reader->output_length++] = (uint8_t)bits;
            used += 4;
        }
        if (used == length)
            break;
        *status = bytes[used] == '"' ? end_payload(reader, error) : take_base64(reader, bytes[used], error);
        used++;
    }
    return used;
}

/* An object is complete. */
static int end_object(struct tar_split_reader *reader, struct error *error)
{
    const uint8_t *checksum = reader->checksum_length == TAR_SPLIT_CHECKSUM ? reader->checksum : NULL;
    int status = 0;

    if (reader->type == SEGMENT_TYPE)
        status = flush_segment(reader, error);
    else if (reader->type == FILE_TYPE && (reader->checksum_length == 0 || checksum != NULL))
        status = reader->visitor->file(reader->visitor->context, reader->size, checksum, error);
    else
        return broken(error);
    reader->seen = 0;
    reader->type = reader->size = 0;
    reader->checksum_length = 0;
    reader->state = TAR_SPLIT_OBJECT;
    return status;
}

static int take_key(struct tar_split_reader *reader, char character, struct error *error)
{
    if (character != '"') {
        if (reader->key_length + 1 >= sizeof(reader->key))
            return broken(error);
        reader->key[reader->key_length++] = character;
        return 0;
    }
    reader->key[reader->key_length] = '\0';
    reader->state = TAR_SPLIT_COLON;
    return 0;
}

/* False also for a key that nobody knows: *which is 0 then. */
static bool is_text_key(const char *key, enum key *which)
{
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        if (strcmp(keys[i].name, key) == 0) {
            *which = keys[i].key;
            return keys[i].is_text;
        }
    *which = 0;
    return false;
}

static int begin_value(struct tar_split_reader *reader, char character, struct error *error)
{
    enum key key;
    bool is_text = is_text_key(reader->key, &key);

    if (key == 0 || (reader->seen & key) != 0)
        return broken(error);
    reader->seen |= key;
    reader->escaped = false;
    reader->group = 0;
    reader->group_length = reader->padding = 0;
    reader->number = 0;
    reader->digits = 0;
    reader->word_length = 0;
    if (is_text && character == 'n') {
        reader->word_length = 1;
        reader->state = TAR_SPLIT_WORD;
        return 0;
    }
    if (is_text) {
        /* What a payload is, its type says, which Go writes first. */
        if (character != '"' || (key == KEY_PAYLOAD && reader->type == 0))
            return broken(error);
        reader->state = key == KEY_PAYLOAD ? TAR_SPLIT_PAYLOAD : TAR_SPLIT_STRING;
        return 0;
    }
    if (character < '0' || character > '9')
        return broken(error);
    reader->number = (uint64_t)(character - '0');
    reader->digits = 1;
    reader->state = TAR_SPLIT_NUMBER;
    return 0;
}

/* Which number it was, and what stands behind it. */
static int end_number(struct tar_split_reader *reader, struct error *error)
{
    enum key key;

    is_text_key(reader->key, &key);
    if (key == KEY_TYPE && reader->number != FILE_TYPE && reader->number != SEGMENT_TYPE)
        return broken(error);
    if (key == KEY_TYPE)
        reader->type = reader->number;
    else if (key == KEY_SIZE)
        reader->size = reader->number;
    reader->state = TAR_SPLIT_NEXT;
    return 0;
}

static int take_digit(struct tar_split_reader *reader, char character, struct error *error)
{
    if (reader->digits == 18 || reader->number == 0)
        return broken(error);
    reader->number = reader->number * 10 + (uint64_t)(character - '0');
    reader->digits++;
    return 0;
}

static int take_word(struct tar_split_reader *reader, char character, struct error *error)
{
    if (character != "null"[reader->word_length])
        return broken(error);
    if (++reader->word_length == 4)
        reader->state = TAR_SPLIT_NEXT;
    return 0;
}

static int take_next(struct tar_split_reader *reader, char character, struct error *error)
{
    if (character == '}')
        return end_object(reader, error);
    if (character != ',')
        return broken(error);
    reader->state = TAR_SPLIT_KEY_BEGIN;
    return 0;
}

static void take_string(struct tar_split_reader *reader, char character)
{
    if (reader->escaped)
        reader->escaped = false;
    else if (character == '\\')
        reader->escaped = true;
    else if (character == '"')
        reader->state = TAR_SPLIT_NEXT;
}

static int take_character(struct tar_split_reader *reader, char character, struct error *error)
{
    switch (reader->state) {
    case TAR_SPLIT_OBJECT:
        if (character == '\n')
            return 0;
        reader->state = TAR_SPLIT_FIRST;
        return character == '{' ? 0 : broken(error);
    case TAR_SPLIT_FIRST:
    case TAR_SPLIT_KEY_BEGIN:
        reader->key_length = 0;
        reader->state = TAR_SPLIT_KEY;
        return character == '"' ? 0 : broken(error);
    case TAR_SPLIT_KEY:
        return take_key(reader, character, error);
    case TAR_SPLIT_COLON:
        reader->state = TAR_SPLIT_VALUE;
        return character == ':' ? 0 : broken(error);
    case TAR_SPLIT_VALUE:
        return begin_value(reader, character, error);
    case TAR_SPLIT_NUMBER:
        if (character >= '0' && character <= '9')
            return take_digit(reader, character, error);
        return end_number(reader, error) < 0 ? -1 : take_next(reader, character, error);
    case TAR_SPLIT_STRING:
        take_string(reader, character);
        return 0;
    case TAR_SPLIT_WORD:
        return take_word(reader, character, error);
    case TAR_SPLIT_NEXT:
        return take_next(reader, character, error);
    case TAR_SPLIT_PAYLOAD:
    default:
        return broken(error);
    }
}

int tar_split_feed(struct tar_split_reader *reader, const void *bytes, size_t length, struct error *error)
{
    const uint8_t *next = bytes;
    int status = 0;

    while (length > 0 && status == 0) {
        size_t used = 1;

        if (reader->state == TAR_SPLIT_PAYLOAD)
            used = take_payload(reader, next, length, &status, error);
        else
            status = take_character(reader, (char)*next, error);
        next += used;
        length -= used;
    }
    return status;
}

int tar_split_end(const struct tar_split_reader *reader, struct error *error)
{
    if (reader->state != TAR_SPLIT_OBJECT)
        return error_set(error, ERROR_INVALID, "its record of the tar is cut off");
    return 0;
}

uint64_t tar_split_checksum(uint64_t before, const void *bytes, size_t length)
{
    static const uint64_t polynomial = 0xd800000000000000; /* ISO 3309, reversed */
    uint64_t nibbles[16];                                  /* small: it only runs when something is wrong */
    const uint8_t *next = bytes;
    uint64_t value = ~before;

    for (uint64_t i = 0; i < 16; i++) {
        nibbles[i] = i;
        for (int bit = 0; bit < 4; bit++)
            nibbles[i] = (nibbles[i] & 1) != 0 ? nibbles[i] >> 1 ^ polynomial : nibbles[i] >> 1;
    }
    for (size_t i = 0; i < length; i++) {
        value ^= next[i];
        value = value >> 4 ^ nibbles[value & 15];
        value = value >> 4 ^ nibbles[value & 15];
    }
    return ~value;
}
