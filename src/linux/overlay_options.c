/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See overlay_options.h. Three layers of writing: mountinfo's octal escapes keep blanks and commas apart from
 * the table's own; in the value, a backslash keeps ":" and "," apart from overlay's; "lowerdir+" (Linux 6.8),
 * given one by one, has no second layer.
 */
#include "linux/overlay_options.h"

#include "base/memory.h"
#include "linux/mountinfo.h"

/* One option's value without mountinfo's escapes. */
static int decode_value(const char *value, struct arena *arena, char **decoded, struct error *error)
{
    size_t size = strlen(value) + 1;

    *decoded = arena_allocate(arena, size);
    if (mountinfo_decode(value, *decoded, size) < 0)
        return error_set(error, ERROR_INVALID, "read the overlay's options: an escape is none");
    return 0;
}

/* Remove overlay's backslashes, up to the unescaped colon or the end. The rest of the text. */
static char *take_part(char *from, char **part)
{
    char *to = from;

    *part = from;
    while (*from != '\0' && *from != ':') {
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from++;
    }
    char *rest = *from == ':' ? from + 1 : NULL;
    *to = '\0';
    return rest;
}

struct reading {
    const char **lowers;
    struct overlay_options *overlay;
    struct error *error;
};

static int add_lower(struct reading *reading, const char *lower)
{
    if (*lower == '\0')
        return error_set(reading->error, ERROR_INVALID,
                         "read the overlay's options: a directory without a name");
    if (reading->overlay->lower_count == OVERLAY_LOWERS_MAX)
        return error_set(reading->error, ERROR_LIMIT, "read the overlay's options: more than %d directories",
                         OVERLAY_LOWERS_MAX);
    reading->lowers[reading->overlay->lower_count++] = lower;
    return 0;
}

static int split_lowers(struct reading *reading, char *list)
{
    while (list != NULL) {
        char *part;

        list = take_part(list, &part);
        /* "a::b": b has contents only, for which a's files ask by path. */
        if (*part == '\0' && list != NULL && reading->overlay->lower_count > 0) {
            reading->overlay->data_only = true;
            return 0;
        }
        if (add_lower(reading, part) < 0)
            return -1;
    }
    return 0;
}

static int read_option(struct reading *reading, const char *key, const char *value, struct arena *arena)
{
    char *decoded;

    if (strcmp(key, "datadir+") == 0) {
        reading->overlay->data_only = true;
        return 0;
    }
    if (strcmp(key, "lowerdir") != 0 && strcmp(key, "lowerdir+") != 0 && strcmp(key, "upperdir") != 0)
        return 0;
    if (decode_value(value, arena, &decoded, reading->error) < 0)
        return -1;
    if (strcmp(key, "lowerdir+") == 0)
        return add_lower(reading, decoded);
    if (strcmp(key, "lowerdir") == 0)
        return split_lowers(reading, decoded);
    /* A colon is none here: what is behind one belongs to the name. */
    char *part, *rest = take_part(decoded, &part), *upper = part;
    if (rest != NULL)
        upper = arena_format(arena, "%s:%s", part, rest);
    reading->overlay->upper = upper;
    return 0;
}

int overlay_options_parse(const char *options, struct arena *arena, struct overlay_options *overlay,
                          struct error *error)
{
    struct reading reading = {
        .lowers = arena_array(arena, OVERLAY_LOWERS_MAX, sizeof(const char *)),
        .overlay = overlay,
        .error = error,
    };

    *overlay = (struct overlay_options){.lowers = reading.lowers};
    for (const char *at = options; *at != '\0';) {
        size_t length = strcspn(at, ",");
        char *option = arena_copy(arena, at, length), *equals = strchr(option, '=');

        at += length + (at[length] == ',');
        if (equals == NULL)
            continue;
        *equals = '\0';
        if (read_option(&reading, option, equals + 1, arena) < 0)
            return -1;
    }
    return overlay->lower_count > 0
               ? 0
               : error_set(error, ERROR_INVALID, "read the overlay's options: no lowerdir");
}
