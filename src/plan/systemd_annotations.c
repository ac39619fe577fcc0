/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Annotations "org.systemd.property.NAME": properties of the container's unit, their values in GVariant's
 * text form ("uint64 5", "'text'", "['a', 'b']"), as runc and crun take them. Podman copies an image's
 * annotations into the configuration, so an image's author may have written them: a list names what can be
 * set, and nothing of it moves, starts or stops anything but the container, or loosens what holds it.
 */
#include "plan/systemd.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#define PREFIX "org.systemd.property."

enum { USEC_PER_SEC = 1000000, SIGNAL_MAX = 64 };

static const struct allowed_property {
    const char *name, *signature;
} allowed_properties[] = {
    {"After", "as"},
    {"Before", "as"},
    {"CollectMode", "s"},
    {"DefaultDependencies", "b"},
    {"Documentation", "as"},
    {"KillSignal", "i"},
    {"ManagedOOMMemoryPressure", "s"},
    {"ManagedOOMMemoryPressureLimit", "u"},
    {"ManagedOOMPreference", "s"},
    {"ManagedOOMSwap", "s"},
    {"OOMPolicy", "s"},
    {"PartOf", "as"},
    {"RuntimeMaxUSec", "t"},
    {"SendSIGHUP", "b"},
    {"TimeoutStopUSec", "t"},
};

/* One annotation while it is read. */
struct reading {
    struct plan_builder *builder;
    const char *pointer, *cursor;
    const struct allowed_property *property;
    bool seconds; /* the annotation says ...Sec, the property ...USec */
};

static int refuse_name(struct plan_builder *builder, const char *pointer, const char *name,
                       struct error *error)
{
    char buffer[512];
    struct text list = text_over(buffer, sizeof(buffer));

    (void)builder;
    for (size_t i = 0; i < ARRAY_LENGTH(allowed_properties); i++) {
        text_append(&list, i > 0 ? ", " : "");
        text_append(&list, allowed_properties[i].name);
    }
    return error_set(
        error, ERROR_INVALID,
        "%s: the property %s of the container's unit is not for a configuration to set (annotations "
        "can come from an image; limits go by /linux/resources, the place by /linux/cgroupsPath): "
        "%s can be",
        pointer, name, list.bytes);
}

static int refuse_value(const struct reading *reading, const char *wanted, struct error *error)
{
    return error_set(error, ERROR_INVALID, "%s: %s is expected, in GVariant's text form", reading->pointer,
                     wanted);
}

/* "TimeoutStopSec" stands for TimeoutStopUSec, in whole seconds. */
static const struct allowed_property *find_allowed(const char *name, bool *seconds)
{
    for (size_t i = 0; i < ARRAY_LENGTH(allowed_properties); i++) {
        const char *known = allowed_properties[i].name;
        size_t stem = strlen(known) >= 4 ? strlen(known) - 4 : 0;

        *seconds = text_ends_with(known, "USec") && strncmp(known, name, stem) == 0 &&
                   strcmp(name + stem, "Sec") == 0;
        if (*seconds || strcmp(known, name) == 0)
            return &allowed_properties[i];
    }
    return NULL;
}

static void skip_blanks(struct reading *reading)
{
    reading->cursor += strspn(reading->cursor, " \t");
}

/* ---- values ---- */

/* 'text' or "text"; a backslash takes the next character as it is. NULL: none. */
static const char *read_string(struct reading *reading)
{
    const char quote = *reading->cursor;
    char *bytes;
    size_t length = 0;

    if (quote != '\'' && quote != '"')
        return NULL;
    bytes = arena_allocate(reading->builder->arena, strlen(reading->cursor) + 1);
    for (reading->cursor++; *reading->cursor != quote; reading->cursor++) {
        if (*reading->cursor == '\\')
            reading->cursor++;
        if (*reading->cursor == '\0')
            return NULL;
        bytes[length++] = *reading->cursor;
    }
    reading->cursor++;
    return text_has_control(bytes) ? NULL : bytes;
}

static int add_string(struct reading *reading, struct plan_unit_property *property, struct error *error)
{
    const char *value;

    skip_blanks(reading);
    value = read_string(reading);
    if (value == NULL)
        return refuse_value(reading, "text in quotes", error);
    unit_properties_add_value(property, reading->builder->arena, value);
    skip_blanks(reading);
    return 0;
}

static int add_strings(struct reading *reading, struct plan_unit_property *property, struct error *error)
{
    if (*reading->cursor != '[')
        return refuse_value(reading, "a list of texts ['a', 'b']", error);
    do {
        reading->cursor++;
        if (add_string(reading, property, error) < 0)
            return -1;
    } while (*reading->cursor == ',');
    if (*reading->cursor != ']')
        return refuse_value(reading, "a list of texts ['a', 'b']", error);
    reading->cursor++;
    return 0;
}

/* A number with the name of its type in front, or without. */
static int add_number(struct reading *reading, struct plan_unit_property *property, const char *type,
                      uint64_t maximum, struct error *error)
{
    char wanted[64];
    uint64_t number;

    (void)text_print(wanted, sizeof(wanted), "a number (\"%s N\")", type);
    if (text_starts_with(reading->cursor, type) && reading->cursor[strlen(type)] == ' ')
        reading->cursor += strlen(type);
    skip_blanks(reading);
    if (!number_scan_unsigned(&reading->cursor, &number) ||
        (reading->seconds && __builtin_mul_overflow(number, (uint64_t)USEC_PER_SEC, &number)) ||
        number > maximum)
        return refuse_value(reading, wanted, error);
    unit_properties_add_value(property, reading->builder->arena,
                              arena_format(reading->builder->arena, "%llu", (unsigned long long)number));
    return 0;
}

static int add_boolean(struct reading *reading, struct plan_unit_property *property, struct error *error)
{
    static const char *const words[] = {"true", "false"};

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if (!text_starts_with(reading->cursor, words[i]))
            continue;
        reading->cursor += strlen(words[i]);
        unit_properties_add_value(property, reading->builder->arena, words[i]);
        return 0;
    }
    return refuse_value(reading, "true or false", error);
}

static int add_value(struct reading *reading, struct plan_unit_property *property, struct error *error)
{
    skip_blanks(reading);
    switch (property->signature[0]) {
    case 'a':
        return add_strings(reading, property, error);
    case 's':
        return add_string(reading, property, error);
    case 'b':
        return add_boolean(reading, property, error);
    case 'i':
        return add_number(reading, property, "int32", SIGNAL_MAX, error);
    case 'u':
        return add_number(reading, property, "uint32", UINT32_MAX, error);
    default:
        return add_number(reading, property, "uint64", UINT64_MAX, error);
    }
}

/* ---- the whole ---- */

static int add_annotation(struct plan_builder *builder, struct unit_properties *properties,
                          const struct json_pair *annotation, struct error *error)
{
    const char *name = annotation->key + strlen(PREFIX);
    struct reading reading = {.builder = builder, .cursor = annotation->value};
    struct plan_unit_property *property;

    reading.pointer = arena_format(builder->arena, "/annotations/%s", annotation->key);
    reading.property = find_allowed(name, &reading.seconds);
    if (reading.property == NULL)
        return refuse_name(builder, reading.pointer, name, error);
    property = unit_properties_set(properties, reading.property->name, reading.property->signature, NULL,
                                   reading.pointer);
    /* Nothing else would do what it asks for. */
    property->required = true;
    if (add_value(&reading, property, error) < 0)
        return -1;
    skip_blanks(&reading);
    return *reading.cursor == '\0' ? 0 : refuse_value(&reading, "one value and nothing behind it", error);
}

int unit_properties_of_annotations(struct plan_builder *builder, struct unit_properties *properties,
                                   struct error *error)
{
    const struct json_string_map *annotations = &builder->grant->annotations;

    for (size_t i = 0; i < annotations->count; i++)
        if (text_starts_with(annotations->items[i].key, PREFIX) &&
            add_annotation(builder, properties, &annotations->items[i], error) < 0)
            return -1;
    return 0;
}
