/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections "filesystem" and "devices". */
#include "policy/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

enum { SHOWN = 60, DEVICE_NUMBER_MAX = 1048575, ACCESS_ALL = 7 };

/* ---- mounts ---- */

static bool check_mount_type(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    if (length > 0 && word[length] == '\0')
        return true;
    reader_mistake(reader, spot, "\"%.*s\" is no type of a file system (binds are \"bind\")", SHOWN, word);
    return false;
}

static const struct reader_word_kind mount_type_kind = {.what = "a file system type",
                                                        .check = check_mount_type},
                                     option_kind = {.what = "a mount option that takes away",
                                                    .list = &policy_mount_option_words},
                                     propagation_kind = {.what = "a propagation",
                                                         .list = &policy_propagation_words};

static void read_access(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    static const struct reader_choice access_choice = {{"ro", "rw"}};
    bool writable = false;

    (void)detail;
    reader_choice(reader, spot, &writable, &access_choice);
    *(enum policy_access *)target = writable ? POLICY_ACCESS_READ_WRITE : POLICY_ACCESS_READ_ONLY;
}

static const struct reader_key source_keys[] = {
    READER_KEY(struct policy_mount_source, path, "path", reader_word, &reader_path_pattern, .required = true),
    READER_KEY(struct policy_mount_source, access, "access", read_access, NULL),
};
READER_TABLE(source_table, "a mount source", source_keys);

static void read_source(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                        const void *detail)
{
    struct policy_mount_source *source = (struct policy_mount_source *)target + index;

    (void)detail;
    *source = (struct policy_mount_source){.line = spot->line, .column = spot->column};
    reader_object(reader, spot, &source_table, NULL, source);
}

static void read_sources(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct policy_mounts *mounts = target;
    bool is_list = spot->value->type == JSON_ARRAY;
    size_t count = is_list ? spot->value->array.count : 0;
    struct policy_mount_source *sources = arena_array(reader->arena, count, sizeof(*sources));

    mounts->has_sources = true;
    mounts->sources = sources;
    mounts->source_count = count;
    reader_list(reader, spot, "a list of mount sources", read_source, sources, detail);
}

static const struct reader_key mounts_keys[] = {
    READER_KEY(struct policy_mounts, types, "types", reader_words, &mount_type_kind),
    {.key = "sources", .read = read_sources, .rule = READER_NO_RULE},
    READER_KEY(struct policy_mounts, deny, "deny", reader_words, &reader_path_pattern),
};
READER_TABLE(mounts_table, "filesystem.mounts", mounts_keys);

/* ---- the rest ---- */

/* "default", or a list of paths. */
static void read_paths(struct reader *reader, const struct reader_spot *spot, void *target,
                       const void *detail)
{
    struct policy_paths *paths = target;

    if (spot->value->type != JSON_STRING)
        reader_words(reader, spot, &paths->paths, detail);
    else if (strcmp(spot->value->string.bytes, "default") == 0)
        paths->use_default = true;
    else
        reader_expected(reader, spot, "\"default\" or a list of paths");
}

static const struct reader_key filesystem_keys[] = {
    READER_RULE(struct policy_filesystem, root_readonly, "rootReadonly", reader_flag, NULL),
    READER_OBJECT_RULE(struct policy_filesystem, mounts, "mounts", reader_rule_object, &mounts_table),
    READER_RULE(struct policy_filesystem, options, "options", reader_patterns, &option_kind),
    READER_RULE(struct policy_filesystem, masked_paths, "maskedPaths", read_paths, &reader_path),
    READER_RULE(struct policy_filesystem, readonly_paths, "readonlyPaths", read_paths, &reader_path),
    READER_RULE(struct policy_filesystem, propagation, "propagation", reader_patterns, &propagation_kind),
};
const struct reader_table reader_filesystem_section = {"filesystem", filesystem_keys,
                                                       ARRAY_LENGTH(filesystem_keys)};

/* ---- devices ---- */

static bool check_device_name(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    const char *name = text_starts_with(word, "/dev/") ? word + 5 : word;

    if (strpbrk(word, "*?[") != NULL) {
        reader_mistake(reader, spot,
                       "\"%.*s\": patterns are not understood here; {\"type\", \"major\", \"minor\": \"*\"} "
                       "allows all devices of a kind",
                       SHOWN, word);
        return false;
    }
    if (*name != '\0' && *name != '/' && strstr(name, "..") == NULL && strstr(name, "//") == NULL &&
        !text_has_control(name))
        return true;
    reader_mistake(
        reader, spot,
        "\"%.*s\" is no name of a device: \"null\", \"/dev/fuse\" or {\"type\", \"major\", \"minor\"}", SHOWN,
        word);
    return false;
}

static const struct reader_word_kind device_name_kind = {.what = "the name of a device",
                                                         .check = check_device_name};

static void read_device_type(struct reader *reader, const struct reader_spot *spot, void *target,
                             const void *detail)
{
    const struct json_value *value = spot->value;

    (void)detail;
    if (value->type != JSON_STRING || value->string.length != 1 ||
        strchr("cbpa", value->string.bytes[0]) == NULL) {
        reader_expected(reader, spot, "\"c\", \"b\", \"p\" or \"a\" (any)");
        return;
    }
    *(char *)target = value->string.bytes[0];
}

static void read_device_number(struct reader *reader, const struct reader_spot *spot, void *target,
                               const void *detail)
{
    const struct json_value *value = spot->value;
    int64_t *number = target;

    (void)detail;
    if (value->type == JSON_STRING && strcmp(value->string.bytes, "*") == 0)
        *number = -1;
    else if (value->type != JSON_NUMBER || !number_signed(value->number.text, 0, DEVICE_NUMBER_MAX, number))
        reader_expected(reader, spot, "a device number from 0 to 1048575, or \"*\"");
}

static void read_device_access(struct reader *reader, const struct reader_spot *spot, void *target,
                               const void *detail)
{
    static const char letters[] = "rwm";
    const char *word = reader_string(reader, spot, "letters of \"rwm\"");
    uint32_t access = 0;

    (void)detail;
    if (word == NULL)
        return;
    for (const char *at = word; *at != '\0'; at++) {
        const char *letter = strchr(letters, *at);
        uint32_t bit = letter != NULL ? 1U << (letter - letters) : 0;

        if (bit == 0 || (access & bit) != 0) {
            reader_expected(reader, spot, "each of the letters r, w and m once at most");
            return;
        }
        access |= bit;
    }
    if (access == 0)
        reader_expected(reader, spot, "at least one of the letters r, w and m");
    *(uint32_t *)target = access;
}

static const struct reader_key device_keys[] = {
    READER_KEY(struct policy_device, type, "type", read_device_type, NULL, .required = true),
    READER_KEY(struct policy_device, major, "major", read_device_number, NULL, .required = true),
    READER_KEY(struct policy_device, minor, "minor", read_device_number, NULL, .required = true),
    READER_KEY(struct policy_device, access, "access", read_device_access, NULL),
};
READER_TABLE(device_table, "a device", device_keys);

static const struct reader_key named_device_keys[] = {
    READER_KEY(struct policy_device, name, "name", reader_word, &device_name_kind),
    READER_KEY(struct policy_device, access, "access", read_device_access, NULL),
};
READER_TABLE(named_device_table, "a device by name", named_device_keys);

static void read_device(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                        const void *detail)
{
    struct policy_device *device = (struct policy_device *)target + index;

    (void)detail;
    /* No type: a name that nobody looks up matches nothing. */
    *device = (struct policy_device){
        .major = -1, .minor = -1, .access = ACCESS_ALL, .line = spot->line, .column = spot->column};
    if (spot->value->type == JSON_STRING)
        reader_word(reader, spot, &device->name, &device_name_kind);
    else if (json_member(spot->value, "name") != NULL)
        reader_object(reader, spot, &named_device_table, NULL, device);
    else if (spot->value->type == JSON_OBJECT)
        reader_object(reader, spot, &device_table, NULL, device);
    else
        reader_expected(reader, spot, "the name of a device or an object");
}

static void read_devices(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct policy_devices *devices = target;
    bool is_list = spot->value->type == JSON_ARRAY;
    struct policy_device *items =
        arena_array(reader->arena, is_list ? spot->value->array.count : 0, sizeof(*items));

    devices->items = items;
    devices->count = is_list ? spot->value->array.count : 0;
    reader_list(reader, spot, "a list of devices", read_device, items, detail);
}

static const struct reader_key devices_keys[] = {
    {.key = "allow", .read = read_devices, .rule = offsetof(struct policy_devices, rule)},
};
const struct reader_table reader_devices_section = {"devices", devices_keys, ARRAY_LENGTH(devices_keys)};
