/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several validators need: refusing with a place, word lists, paths, lists of numbers, environment, ID
 * mappings. */
#include "spec/check.h"

#include <stdarg.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"

enum {
    POINTER_SIZE = 512,
    INTERFACE_NAME_MAX = 15, /* IFNAMSIZ less the NUL */
    MAPPINGS_MAX = 340,      /* UID_GID_MAP_MAX_EXTENTS since Linux 4.15 */
};

int spec_refuse(const struct spec_check *check, const struct json_place *place, const char *format, ...)
{
    char pointer_buffer[POINTER_SIZE], reason_buffer[ERROR_MESSAGE_MAX], position_buffer[32] = "";
    struct text pointer = text_over(pointer_buffer, sizeof(pointer_buffer));
    struct text reason = text_over(reason_buffer, sizeof(reason_buffer));
    va_list arguments;

    if (check->document != NULL) {
        const struct json_value *value = json_place_find(check->document, place);
        text_print(position_buffer, sizeof(position_buffer), ":%u:%u", value->line, value->column);
    }
    json_place_append(&pointer, place);
    va_start(arguments, format);
    text_append_format_list(&reason, format, arguments);
    va_end(arguments);
    return error_set(check->error, ERROR_INVALID, "%s%s: %s%s%s%s", check->name, position_buffer,
                     pointer.bytes, pointer.overflow ? "\xe2\x80\xa6" : "", pointer.length > 0 ? ": " : "",
                     reason.bytes);
}

void spec_note(const struct spec_check *check, const struct json_place *place, const char *note_text)
{
    char pointer_buffer[POINTER_SIZE];
    struct text pointer = text_over(pointer_buffer, sizeof(pointer_buffer));
    const struct json_value *value;

    if (check->notes == NULL || check->document == NULL)
        return;
    json_place_append(&pointer, place);
    value = json_place_find(check->document, place);
    json_note_add(check->notes, check->arena, pointer.bytes, note_text, value->line, value->column);
}

static bool is_listed(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* Apart from the check itself, which is on the hot path and needs no buffer. */
static __attribute__((noinline)) int refuse_word(const struct spec_check *check,
                                                 const struct json_place *place, const char *word,
                                                 const char *const *words, const char *what)
{
    char buffer[1024];
    struct text list = text_over(buffer, sizeof(buffer));

    for (size_t i = 0; words[i] != NULL; i++)
        text_append_format(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
    return spec_refuse(check, place, "\"%.100s\" is not %s: expected one of %s", word, what, list.bytes);
}

int spec_check_word(const struct spec_check *check, const struct json_place *place, const char *word,
                    const char *const *words, const char *what)
{
    return is_listed(word, words) ? 0 : refuse_word(check, place, word, words, what);
}

int spec_check_words(const struct spec_check *check, const struct json_place *place,
                     const struct json_strings *strings, const char *const *words, const char *what)
{
    for (size_t i = 0; i < strings->count; i++)
        if (spec_check_word(check, PLACE_ITEM(place, i), strings->items[i], words, what) < 0)
            return -1;
    return 0;
}

bool spec_path_climbs(const char *path)
{
    while (*path != '\0') {
        size_t length;

        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (length == 2 && path[0] == '.' && path[1] == '.')
            return true;
        path += length;
    }
    return false;
}

int spec_check_path(const struct spec_check *check, const struct json_place *place, const char *path)
{
    if (path[0] != '/')
        return spec_refuse(check, place, "expected an absolute path, found \"%.200s\"", path);
    if (spec_path_climbs(path))
        return spec_refuse(check, place, "the path must not contain \"..\": \"%.200s\"", path);
    return spec_check_plain(check, place, path, "the path");
}

int spec_check_plain(const struct spec_check *check, const struct json_place *place, const char *string,
                     const char *what)
{
    if (!text_has_control(string))
        return 0;
    return spec_refuse(check, place, "%s must not contain control characters: \"%.200s\"", what, string);
}

/* One number or range at *cursor; advances it. */
static bool scan_range(const char **cursor, uint64_t maximum)
{
    uint64_t first, last;

    if (!number_scan_unsigned(cursor, &first) || first > maximum)
        return false;
    if (**cursor != '-')
        return true;
    (*cursor)++;
    return number_scan_unsigned(cursor, &last) && last <= maximum && last >= first;
}

int spec_check_number_list(const struct spec_check *check, const struct json_place *place, const char *list,
                           uint64_t maximum)
{
    const char *cursor = list;

    if (*list == '\0')
        return 0;
    for (;;) {
        if (!scan_range(&cursor, maximum) || (*cursor != ',' && *cursor != '\0'))
            return spec_refuse(
                check, place, "expected a list of numbers from 0 to %llu such as \"0-3,7\", found \"%.200s\"",
                (unsigned long long)maximum, list);
        if (*cursor == '\0')
            return 0;
        cursor++;
    }
}

int spec_check_environment(const struct spec_check *check, const struct json_place *place,
                           const struct json_strings *environment)
{
    for (size_t i = 0; i < environment->count; i++) {
        const char *entry = environment->items[i];

        if (entry[0] == '=' || strchr(entry, '=') == NULL)
            return spec_refuse(check, PLACE_ITEM(place, i),
                               "expected NAME=VALUE with a name, found \"%.100s\"", entry);
    }
    return 0;
}

static bool overlap(uint32_t one, uint32_t one_size, uint32_t other, uint32_t other_size)
{
    return one < (uint64_t)other + other_size && other < (uint64_t)one + one_size;
}

int spec_check_mappings(const struct spec_check *check, const struct json_place *place,
                        const struct json_structs *mappings)
{
    const struct spec_id_mapping *items = mappings->items;

    if (mappings->count > MAPPINGS_MAX)
        return spec_refuse(check, place, "%zu mappings are more than the %d that Linux takes",
                           mappings->count, MAPPINGS_MAX);
    for (size_t i = 0; i < mappings->count; i++) {
        const struct json_place *here = PLACE_ITEM(place, i);

        if (items[i].size == 0)
            return spec_refuse(check, PLACE_MEMBER(here, "size"),
                               "a mapping of no ids: size must be at least 1");
        if ((uint64_t)items[i].container_id + items[i].size > UINT32_MAX)
            return spec_refuse(check, here, "the container's ids %u + %u go beyond 4294967294",
                               items[i].container_id, items[i].size);
        if ((uint64_t)items[i].host_id + items[i].size > UINT32_MAX)
            return spec_refuse(check, here, "the host's ids %u + %u go beyond 4294967294", items[i].host_id,
                               items[i].size);
        for (size_t j = 0; j < i; j++) {
            if (overlap(items[i].container_id, items[i].size, items[j].container_id, items[j].size))
                return spec_refuse(check, here, "the container's ids overlap those of mapping %zu", j);
            if (overlap(items[i].host_id, items[i].size, items[j].host_id, items[j].size))
                return spec_refuse(check, here, "the host's ids overlap those of mapping %zu", j);
        }
    }
    return 0;
}

bool spec_is_interface_name(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > INTERFACE_NAME_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    /* As dev_valid_name of the kernel, and no control characters. */
    return strpbrk(name, "/: ") == NULL && !text_has_control(name);
}

const struct spec_namespace *spec_find_namespace(const struct spec_linux *linux_part, const char *type)
{
    if (linux_part == NULL)
        return NULL;
    for (size_t i = 0; i < linux_part->namespaces.count; i++) {
        const struct spec_namespace *namespace =
            &SPEC_ITEMS(linux_part->namespaces, struct spec_namespace)[i];

        if (strcmp(namespace->type, type) == 0)
            return namespace;
    }
    return NULL;
}
