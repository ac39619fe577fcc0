/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See baseline.h. */
#include "check/baseline.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "container/prepare.h"
#include "json/json.h"

enum { BASELINE_BYTES_MAX = 256 * 1024 * 1024, BASELINE_VALUES_MAX = 50 * 1000 * 1000 };

struct reading {
    char (*known)[CHECK_FINGERPRINT_SIZE]; /* NULL: only counted */
    size_t count;
};

static void take(const struct json_value *entries, struct reading *reading)
{
    for (size_t i = 0; entries != NULL && entries->type == JSON_ARRAY && i < entries->array.count; i++) {
        const struct json_value *fingerprint = json_member(entries->array.items[i], "fingerprint");

        if (fingerprint == NULL || fingerprint->type != JSON_STRING ||
            fingerprint->string.length != CHECK_FINGERPRINT_SIZE - 1)
            continue;
        if (reading->known != NULL)
            memcpy(reading->known[reading->count], fingerprint->string.bytes, CHECK_FINGERPRINT_SIZE);
        reading->count++;
    }
}

static void take_all(const struct json_value *results, struct reading *reading)
{
    reading->count = 0;
    for (size_t i = 0; i < results->array.count; i++) {
        take(json_member(results->array.items[i], "findings"), reading);
        take(json_member(results->array.items[i], "problems"), reading);
    }
}

static int compare(const void *one, const void *other)
{
    return strcmp(one, other);
}

int check_baseline_read(const char *path, struct arena *arena, struct check_loaded *loaded,
                        struct error *error)
{
    const struct json_limits limits = {.bytes = BASELINE_BYTES_MAX, .values = BASELINE_VALUES_MAX};
    cleanup_arena struct arena own = {.limit = (size_t)4 * BASELINE_BYTES_MAX};
    struct reading reading = {0};
    const struct json_value *results;
    struct json_value *root;
    char *bytes;
    size_t length;

    if (prepare_read_document(AT_FDCWD, path, path, BASELINE_BYTES_MAX, &own, &bytes, &length, error) != 0 ||
        json_read(bytes, length, path, &limits, &own, &root, error) != 0)
        return -1;
    results = json_member(root, "results");
    if (json_member(root, "thwart") == NULL || results == NULL || results->type != JSON_ARRAY)
        return error_set(error, ERROR_INVALID,
                         "%s is no report of thwart check: write it with thwart check --format json", path);
    take_all(results, &reading);
    reading.known = arena_array(arena, reading.count, sizeof(*reading.known));
    take_all(results, &reading);
    if (reading.count > 1)
        qsort(reading.known, reading.count, sizeof(*reading.known), compare);
    loaded->known = (const char(*)[CHECK_FINGERPRINT_SIZE])reading.known;
    loaded->known_count = reading.count;
    return 0;
}
