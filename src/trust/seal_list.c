/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing lines of a list; reading them again is seal_reader.c. */
#include "trust/seal_list.h"

#include <string.h>
#include "base/base64.h"
#include "base/memory.h"

bool seal_attribute_is_of_overlay(const char *name)
{
    static const char *const prefixes[] = {"trusted.overlay.", "user.overlay.", "user.fuseoverlayfs."};

    for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++)
        if (text_starts_with(name, prefixes[i]))
            return true;
    return false;
}

/* The root folder's owner may write, whatever its mode says (seal.h). */
static uint32_t listed_mode(const struct tree_facts *facts, const struct tree_path *path)
{
    return path->length == 1 ? facts->mode | 0200 : facts->mode;
}

void seal_entry_of(const struct tree_facts *facts, const struct tree_path *path, struct seal_entry *entry)
{
    *entry = (struct seal_entry){
        .kind = facts->kind,
        .mode = listed_mode(facts, path),
        .owner = facts->owner,
        .group = facts->group,
        .size = facts->size,
        .major = facts->major,
        .minor = facts->minor,
        .contents = facts->contents,
        .verity = facts->verity,
        .executable = facts->kind == 'f' && (facts->mode & 0111) != 0,
        .attributes = facts->attributes,
        .attribute_count = facts->attribute_count,
        .path = *path,
        .target = {facts->target, facts->target_length},
    };
}

/* ---- writing ---- */

static void write_escaped(struct text *text, const char *bytes, size_t length, char also)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        const char escaped[] = {'\\', (char)('0' + (byte >> 6)), (char)('0' + (byte >> 3 & 7)),
                                (char)('0' + (byte & 7))};

        if (byte > 0x20 && byte < 0x7f && byte != '\\' && (also == '\0' || bytes[i] != also))
            text_append_character(text, bytes[i]);
        else
            text_append_bytes(text, escaped, sizeof(escaped));
    }
}

void seal_name_write(struct text *text, const char *bytes, size_t length)
{
    write_escaped(text, bytes, length, '\0');
}

static void write_digest(struct text *text, const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    digest_hex(digest, hex);
    text_append_bytes(text, hex, DIGEST_HEX_SIZE - 1);
}

static void write_size(struct text *text, const struct seal_entry *entry)
{
    switch (entry->kind) {
    case 'f':
        text_append_unsigned(text, entry->size);
        break;
    case 'b':
    case 'c':
        text_append_unsigned(text, entry->major);
        text_append_character(text, ':');
        text_append_unsigned(text, entry->minor);
        break;
    default:
        text_append_character(text, '-');
    }
    text_append_character(text, ' ');
}

static void write_status(struct text *text, const struct seal_entry *entry)
{
    const char mode[] = {(char)('0' + (entry->mode >> 9 & 7)), (char)('0' + (entry->mode >> 6 & 7)),
                         (char)('0' + (entry->mode >> 3 & 7)), (char)('0' + (entry->mode & 7)), ' '};

    text_append_bytes(text, mode, sizeof(mode));
    text_append_unsigned(text, entry->owner);
    text_append_character(text, ' ');
    text_append_unsigned(text, entry->group);
    text_append_character(text, ' ');
    write_size(text, entry);
    if (entry->kind != 'f') {
        text_append(text, "- ");
        return;
    }
    write_digest(text, &entry->contents);
    text_append(text, " verity=");
    write_digest(text, &entry->verity);
    text_append(text, entry->executable ? " exec " : " ");
}

void seal_entry_write(struct text *text, const struct seal_entry *entry)
{
    text_append_character(text, entry->kind);
    text_append_character(text, ' ');
    if (entry->kind == 'h')
        text_append(text, "- - - - - ");
    else
        write_status(text, entry);
    for (size_t i = 0; i < entry->attribute_count; i++) {
        const struct tree_attribute *attribute = &entry->attributes[i];

        text_append(text, "xattr.");
        write_escaped(text, attribute->name, strlen(attribute->name), '=');
        text_append_character(text, '=');
        base64_append(text, attribute->bytes, attribute->length);
        text_append_character(text, ' ');
    }
    seal_name_write(text, entry->path.bytes, entry->path.length);
    if (entry->kind == 'l' || entry->kind == 'h') {
        text_append(text, entry->kind == 'l' ? " -> " : " => ");
        seal_name_write(text, entry->target.bytes, entry->target.length);
    }
    text_append_character(text, '\n');
}
