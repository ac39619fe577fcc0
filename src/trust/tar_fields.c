/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tar_fields.h. */
#include "trust/tar_fields.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

/* POSIX ustar: offset and length of each field. */
struct field {
    size_t at, length;
};

static const struct field name_field = {0, 100}, mode_field = {100, 8}, user_field = {108, 8},
                          group_field = {116, 8}, size_field = {124, 12}, checksum_field = {148, 8},
                          link_field = {157, 100}, major_field = {329, 8}, minor_field = {337, 8},
                          prefix_field = {345, 155}, star_prefix_field = {345, 131};

enum { TYPE_AT = 156, MAGIC_AT = 257, STAR_TRAILER_AT = 508 };

/* Octal digits between blanks and NULs, or GNU's base 256. Negative numbers have no meaning in an image. */
static int read_number(const uint8_t *block, struct field field, uint64_t *value)
{
    const uint8_t *bytes = block + field.at, *end = bytes + field.length;

    *value = 0;
    if ((*bytes & 0x80) != 0) {
        if ((*bytes & 0x40) != 0)
            return -1;
        *value = *bytes++ & 0x3f;
        for (; bytes < end; bytes++) {
            if (*value >> 55 != 0)
                return -1;
            *value = *value << 8 | *bytes;
        }
        return 0;
    }
    while (bytes < end && (*bytes == ' ' || *bytes == '\0'))
        bytes++;
    for (; bytes < end && *bytes >= '0' && *bytes <= '7'; bytes++)
        *value = *value << 3 | (uint64_t)(*bytes - '0'); /* at most 12 digits */
    while (bytes < end && (*bytes == ' ' || *bytes == '\0'))
        bytes++;
    return bytes == end ? 0 : -1;
}

int tar_header_check(const uint8_t block[TAR_BLOCK], char *type, uint64_t *size, struct error *error)
{
    uint64_t written;
    int64_t of_signed = 0;
    uint64_t of_unsigned = 0;

    for (size_t i = 0; i < TAR_BLOCK; i++) {
        bool own = i >= checksum_field.at && i < checksum_field.at + checksum_field.length;
        uint8_t byte = own ? ' ' : block[i];

        of_unsigned += byte;
        of_signed += (int8_t)byte; /* old tars of machines with signed characters */
    }
    if (read_number(block, checksum_field, &written) < 0 ||
        (written != of_unsigned && (int64_t)written != of_signed))
        return error_set(error, ERROR_INVALID, "the checksum of a tar header is wrong");
    *type = (char)block[TYPE_AT];
    if (read_number(block, size_field, size) < 0)
        return error_set(error, ERROR_INVALID, "a tar header has no size");
    return 0;
}

int tar_name_clean(const char *from, char to[TAR_NAME_MAX + 1], struct error *error)
{
    size_t length = 0;

    while (*from != '\0') {
        size_t part = strcspn(from, "/");

        if (part == 2 && from[0] == '.' && from[1] == '.')
            return error_set(error, ERROR_INVALID, "a name in the tar leads upwards with \"..\"");
        if (part > 0 && !(part == 1 && from[0] == '.')) {
            if (length + part + 1 > TAR_NAME_MAX)
                return error_set(error, ERROR_INVALID, "a name in the tar is longer than %d bytes",
                                 TAR_NAME_MAX);
            if (length > 0)
                to[length++] = '/';
            memcpy(to + length, from, part);
            length += part;
        }
        from += part;
        from += strspn(from, "/");
    }
    if (length == 0)
        to[length++] = '.';
    to[length] = '\0';
    return 0;
}

/* The text of a field, which need not end with a NUL. */
static void copy_field(const uint8_t *block, struct field field, char *to)
{
    size_t length = strnlen((const char *)block + field.at, field.length);

    memcpy(to, block + field.at, length);
    to[length] = '\0';
}

/* ustar's and star's prefix; GNU has other things in its place. */
static void read_plain_name(const uint8_t *block, char *to)
{
    char prefix[160], name[104];
    bool posix = memcmp(block + MAGIC_AT, "ustar\0", 6) == 0;
    bool star = posix && memcmp(block + STAR_TRAILER_AT, "tar\0", 4) == 0;
    size_t length;

    copy_field(block, name_field, name);
    *prefix = '\0';
    if (posix)
        copy_field(block, star ? star_prefix_field : prefix_field, prefix);
    length = strlen(prefix);
    memcpy(to, prefix, length);
    if (length > 0)
        to[length++] = '/';
    memcpy(to + length, name, strlen(name) + 1);
}

static int read_type(const uint8_t *block, const char *name, struct tar_entry *entry, struct error *error)
{
    char type = (char)block[TYPE_AT];

    switch (type) {
    case '\0': /* V7 writes directories so */
        entry->type = text_ends_with(name, "/") ? TAR_DIRECTORY : TAR_FILE;
        return 0;
    case TAR_FILE:
    case TAR_HARD_LINK:
    case TAR_SYMLINK:
    case TAR_CHARACTER:
    case TAR_BLOCK_DEVICE:
    case TAR_DIRECTORY:
    case TAR_FIFO:
        entry->type = (enum tar_type)type;
        return 0;
    case '7': /* contiguous */
        entry->type = TAR_FILE;
        return 0;
    case 'S':
        return error_set(error, ERROR_INVALID, "%s is a sparse file in the tar, which is not read", name);
    default:
        return error_set(error, ERROR_INVALID, "%s has the unknown type %u in the tar", name,
                         (unsigned int)block[TYPE_AT]);
    }
}

int tar_header_read(const uint8_t block[TAR_BLOCK], const struct tar_overrides *overrides, char *name,
                    char *link, struct tar_entry *entry, struct error *error)
{
    char plain_name[264], plain_link[104];
    const char *raw = plain_name, *raw_link = plain_link;
    uint64_t mode;

    memset(entry, 0, sizeof(*entry));
    read_plain_name(block, plain_name);
    copy_field(block, link_field, plain_link);
    raw = overrides->name != NULL ? overrides->name : raw;
    raw = overrides->long_name != NULL ? overrides->long_name : raw;
    raw_link = overrides->link != NULL ? overrides->link : raw_link;
    raw_link = overrides->long_link != NULL ? overrides->long_link : raw_link;
    if (tar_name_clean(raw, name, error) < 0 || read_type(block, raw, entry, error) < 0)
        return -1;
    if (read_number(block, mode_field, &mode) < 0 || read_number(block, user_field, &entry->user) < 0 ||
        read_number(block, group_field, &entry->group) < 0 ||
        read_number(block, size_field, &entry->size) < 0)
        return error_set(error, ERROR_INVALID, "the tar's header of %s is broken", name);
    if ((entry->type == TAR_CHARACTER || entry->type == TAR_BLOCK_DEVICE) &&
        (read_number(block, major_field, &entry->major) < 0 ||
         read_number(block, minor_field, &entry->minor) < 0))
        return error_set(error, ERROR_INVALID, "the tar's header of the device %s is broken", name);
    entry->mode = (uint32_t)(mode & 07777);
    entry->user = overrides->has_user ? overrides->user : entry->user;
    entry->group = overrides->has_group ? overrides->group : entry->group;
    entry->size = overrides->has_size ? overrides->size : entry->size;
    if (entry->size > INT64_MAX - TAR_BLOCK)
        return error_set(error, ERROR_INVALID, "%s has an impossible size in the tar", name);
    if (strlen(raw_link) > TAR_NAME_MAX)
        return error_set(error, ERROR_INVALID, "a link in the tar is longer than %d bytes", TAR_NAME_MAX);
    if (entry->type == TAR_HARD_LINK && tar_name_clean(raw_link, link, error) < 0)
        return -1;
    if (entry->type != TAR_HARD_LINK)
        memcpy(link, entry->type == TAR_SYMLINK ? raw_link : "",
               entry->type == TAR_SYMLINK ? strlen(raw_link) + 1 : 1);
    entry->name = name;
    entry->link = link;
    entry->xattrs = overrides->xattrs;
    entry->xattr_count = overrides->xattr_count;
    return 0;
}

/* An empty value is the same as none (Go: "" deletes). */
static int take_number(const char *key, const char *value, size_t length, bool *has, uint64_t *number,
                       struct error *error)
{
    *has = length > 0;
    if (length > 0 && !number_unsigned(value, INT64_MAX, number))
        return error_set(error, ERROR_INVALID, "the tar's %s is \"%s\"", key, value);
    return 0;
}

static int take_xattr(const char *name, const char *value, size_t length, struct tar_overrides *overrides,
                      struct error *error)
{
    size_t at = 0;

    while (at < overrides->xattr_count && strcmp(overrides->xattrs[at].name, name) != 0)
        at++;
    if (*name == '\0' || at == TAR_XATTRS_MAX)
        return error_set(error, ERROR_INVALID, "the tar has a file with %s",
                         *name == '\0' ? "a nameless attribute" : "more than 256 extended attributes");
    overrides->xattrs[at] = (struct tar_xattr){.name = name, .value = value, .length = length};
    if (at == overrides->xattr_count)
        overrides->xattr_count++;
    return 0;
}

static int take_record(const char *key, const char *value, size_t length, struct tar_overrides *overrides,
                       struct error *error)
{
    static const char xattr[] = "SCHILY.xattr.";

    if (text_starts_with(key, xattr))
        return take_xattr(key + sizeof(xattr) - 1, value, length, overrides, error);
    if (strlen(value) != length)
        return error_set(error, ERROR_INVALID, "the tar's %s has a NUL", key);
    if (strcmp(key, "path") == 0)
        overrides->name = length > 0 ? value : NULL;
    else if (strcmp(key, "linkpath") == 0)
        overrides->link = length > 0 ? value : NULL;
    else if (strcmp(key, "size") == 0)
        return take_number(key, value, length, &overrides->has_size, &overrides->size, error);
    else if (strcmp(key, "uid") == 0)
        return take_number(key, value, length, &overrides->has_user, &overrides->user, error);
    else if (strcmp(key, "gid") == 0)
        return take_number(key, value, length, &overrides->has_group, &overrides->group, error);
    else if (text_starts_with(key, "GNU.sparse."))
        return error_set(error, ERROR_INVALID, "a sparse file is in the tar, which is not read");
    return 0;
}

int tar_records_read(char *bytes, size_t length, struct tar_overrides *overrides, struct error *error)
{
    static const char broken[] = "a pax record in the tar is broken";
    char *end = bytes + length;

    overrides->name = overrides->link = NULL;
    overrides->has_size = overrides->has_user = overrides->has_group = false;
    overrides->xattr_count = 0;
    while (bytes < end) {
        size_t left = (size_t)(end - bytes), record = 0, digits = 0;

        for (; digits < left && digits < 8 && bytes[digits] >= '0' && bytes[digits] <= '9'; digits++)
            record = record * 10 + (size_t)(bytes[digits] - '0');
        if (digits == 0 || digits == left || bytes[digits] != ' ' || record > left || record < digits + 3 ||
            bytes[record - 1] != '\n')
            return error_set(error, ERROR_INVALID, "%s", broken);

        char *key = bytes + digits + 1, *equals = memchr(key, '=', record - digits - 2);
        if (equals == NULL || equals == key || memchr(key, '\0', (size_t)(equals - key)) != NULL)
            return error_set(error, ERROR_INVALID, "%s", broken);
        *equals = '\0';
        bytes[record - 1] = '\0';
        if (take_record(key, equals + 1, (size_t)(bytes + record - 1 - (equals + 1)), overrides, error) < 0)
            return -1;
        bytes += record;
    }
    return 0;
}
