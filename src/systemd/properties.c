/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties of units. */
#include "systemd/properties.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

enum { MEMBER_MAX = 16 };

/* "NAME SIGNATURE SINCE required|optional" */
struct property {
    char name[PROPERTY_NAME_MAX], signature[16];
    uint64_t since;
    bool required;
};

/* One word and the blank behind it. */
static bool take_word(const char **cursor, char *word, size_t size)
{
    size_t length = strcspn(*cursor, " ");

    if (length == 0 || text_print(word, size, "%.*s", (int)length, *cursor) != 0)
        return false;
    *cursor += length;
    *cursor += **cursor == ' ';
    return true;
}

static int read_property(const char *value, struct property *property, struct error *error)
{
    char since[24], word[24];
    const char *cursor = value;

    if (!take_word(&cursor, property->name, sizeof(property->name)) ||
        !take_word(&cursor, property->signature, sizeof(property->signature)) ||
        !take_word(&cursor, since, sizeof(since)) || !take_word(&cursor, word, sizeof(word)) ||
        !number_unsigned(since, UINT32_MAX, &property->since))
        return error_set(error, ERROR_INVALID, "the property \"%s\" cannot be read", value);
    property->required = strcmp(word, "required") == 0;
    return 0;
}

bool properties_any(const struct message *question)
{
    return message_get(question, "property") != NULL;
}

static bool is_left_out(const struct left_out *left_out, const char *name)
{
    for (size_t i = 0; i < left_out->count; i++)
        if (strcmp(left_out->names[i], name) == 0)
            return true;
    return false;
}

static bool leave_out(struct left_out *left_out, const char *name, const char *reason, struct message *answer)
{
    char notice[256];

    if (left_out->count == PROPERTIES_LEFT_OUT_MAX)
        return false;
    (void)text_print(left_out->names[left_out->count++], PROPERTY_NAME_MAX, "%s", name);
    if (text_print(notice, sizeof(notice),
                   "the unit's property %s is left out, %s: the cgroup's file has the value, and systemd may "
                   "write over it",
                   name, reason) == 0)
        message_add(answer, "notice", notice);
    return true;
}

/* ---- what this systemd takes ---- */

int properties_check_versions(struct manager *manager, const struct message *question,
                              struct left_out *left_out, struct message *answer, struct error *error)
{
    char member[MEMBER_MAX], reason[64];
    struct property property;
    unsigned int version = 0;
    const char *value;
    size_t cursor = 0;

    while (message_next(question, &cursor, member, sizeof(member), &value)) {
        if (strcmp(member, "property") != 0)
            continue;
        if (read_property(value, &property, error) != 0)
            return -1;
        if (property.since == 0)
            continue;
        if (version == 0)
            version = manager_version(manager);
        if (version >= property.since)
            continue;
        if (property.required)
            return error_set(error, ERROR_UNSUPPORTED,
                             "the unit's property %s needs systemd %llu, this one is %u", property.name,
                             (unsigned long long)property.since, version);
        (void)text_print(reason, sizeof(reason), "it needs systemd %llu", (unsigned long long)property.since);
        (void)leave_out(left_out, property.name, reason, answer);
    }
    return 0;
}

bool properties_leave_out(const sd_bus_error *failure, const struct message *question,
                          struct left_out *left_out, struct message *answer)
{
    static const char refusal[] = "Cannot set property ";
    char member[MEMBER_MAX];
    struct property property;
    struct error error;
    const char *value;
    size_t cursor = 0, length;

    if (!sd_bus_error_has_name(failure, SD_BUS_ERROR_PROPERTY_READ_ONLY) || failure->message == NULL ||
        !text_starts_with(failure->message, refusal))
        return false;
    length = strcspn(failure->message + strlen(refusal), ",");
    while (message_next(question, &cursor, member, sizeof(member), &value)) {
        if (strcmp(member, "property") != 0 || read_property(value, &property, &error) != 0 ||
            strlen(property.name) != length ||
            strncmp(property.name, failure->message + strlen(refusal), length) != 0)
            continue;
        return !property.required && !is_left_out(left_out, property.name) &&
               leave_out(left_out, property.name, "this systemd does not know it", answer);
    }
    return false;
}

/* ---- values ---- */

/* The next member while it is a value; the cursor stays before any other. NULL: none. */
static const char *next_value(const struct message *question, size_t *cursor)
{
    char member[MEMBER_MAX];
    const char *value;
    size_t ahead = *cursor;

    if (!message_next(question, &ahead, member, sizeof(member), &value) || strcmp(member, "value") != 0)
        return NULL;
    *cursor = ahead;
    return value;
}

/* A value of a basic type; negative errno. */
static int append_basic(sd_bus_message *call, char type, const char *value)
{
    uint64_t number;

    if (type == 's')
        return sd_bus_message_append_basic(call, 's', value);
    if (type == 'b') {
        int boolean = strcmp(value, "true") == 0;

        return sd_bus_message_append_basic(call, 'b', &boolean);
    }
    if (!number_unsigned(value, UINT64_MAX, &number))
        return -EINVAL;
    if (type == 't')
        return sd_bus_message_append_basic(call, 't', &number);
    if (type == 'u' && number <= UINT32_MAX) {
        uint32_t narrow = (uint32_t)number;

        return sd_bus_message_append_basic(call, 'u', &narrow);
    }
    if (type == 'i' && number <= INT32_MAX) {
        int32_t narrow = (int32_t)number;

        return sd_bus_message_append_basic(call, 'i', &narrow);
    }
    if (type == 'y' && number <= UINT8_MAX) {
        uint8_t narrow = (uint8_t)number;

        return sd_bus_message_append_basic(call, 'y', &narrow);
    }
    return -EINVAL;
}

/* element: "s", "y", "(st)", "(ss)". */
static int append_elements(sd_bus_message *call, const char *element, const struct message *question,
                           size_t *cursor)
{
    const bool pair = element[0] == '(';
    const char first_type = pair ? element[1] : element[0];
    char members[3] = "";
    const char *first, *second;
    int result = sd_bus_message_open_container(call, 'a', element);

    if (pair)
        memcpy(members, element + 1, 2);
    while (result >= 0 && (first = next_value(question, cursor)) != NULL) {
        if (!pair) {
            result = append_basic(call, first_type, first);
            continue;
        }
        second = next_value(question, cursor);
        result = second == NULL ? -EINVAL : sd_bus_message_open_container(call, 'r', members);
        if (result >= 0)
            result = append_basic(call, members[0], first);
        if (result >= 0)
            result = append_basic(call, members[1], second);
        if (result >= 0)
            result = sd_bus_message_close_container(call);
    }
    return result < 0 ? result : sd_bus_message_close_container(call);
}

static int append_variant(sd_bus_message *call, const char *signature, const struct message *question,
                          size_t *cursor)
{
    const char *value;
    int result = sd_bus_message_open_container(call, 'v', signature);

    if (result < 0)
        return result;
    if (signature[0] == 'a') {
        result = append_elements(call, signature + 1, question, cursor);
    } else {
        value = next_value(question, cursor);
        result = value == NULL ? -EINVAL : append_basic(call, signature[0], value);
    }
    return result < 0 ? result : sd_bus_message_close_container(call);
}

static bool is_known_signature(const char *signature)
{
    static const char *const known[] = {"b", "s", "t", "u", "i", "as", "ay", "a(st)", "a(ss)"};

    for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
        if (strcmp(known[i], signature) == 0)
            return true;
    return false;
}

int properties_append(sd_bus_message *call, const struct message *question, const struct left_out *left_out,
                      struct error *error)
{
    char member[MEMBER_MAX];
    struct property property;
    const char *value;
    size_t cursor = 0;
    int result;

    while (message_next(question, &cursor, member, sizeof(member), &value)) {
        if (strcmp(member, "property") != 0)
            continue;
        if (read_property(value, &property, error) != 0)
            return -1;
        if (!is_known_signature(property.signature))
            return error_set(error, ERROR_INVALID, "the property %s is of type %s, which is not known",
                             property.name, property.signature);
        if (is_left_out(left_out, property.name))
            continue;
        result = sd_bus_message_open_container(call, 'r', "sv");
        if (result >= 0)
            result = sd_bus_message_append_basic(call, 's', property.name);
        if (result >= 0)
            result = append_variant(call, property.signature, question, &cursor);
        if (result >= 0)
            result = sd_bus_message_close_container(call);
        if (result < 0)
            return error_system(error, -result, "putting the property %s into a D-Bus message",
                                property.name);
    }
    return 0;
}
