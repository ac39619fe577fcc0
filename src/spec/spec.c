/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One document to one request: read, decode, validate, note what is ignored. */
#include "spec/spec.h"

#include <stdio.h>
#include "base/memory.h"
#include "json/place.h"
#include "spec/check.h"
#include "spec/tables.h"

/* Read and decode one document into *target (of table's type). */
static int parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                 struct json_notes *notes, const struct json_table *table, void *target,
                 struct spec_check *check, struct error *error)
{
    const struct json_decoding decoding = {.name = name, .arena = arena, .notes = notes};
    struct json_value *document;

    if (json_read(bytes, length, name, NULL, arena, &document, error) < 0)
        return -1;
    if (json_decode(&decoding, table, document, target, error) < 0)
        return -1;
    *check = (struct spec_check){
        .name = name, .document = document, .arena = arena, .notes = notes, .error = error};
    return 0;
}

int spec_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
               struct json_notes *notes, const struct spec **spec, struct error *error)
{
    const struct json_value *tree;

    return spec_parse_keeping(bytes, length, name, arena, notes, spec, &tree, error);
}

int spec_parse_keeping(const char *bytes, size_t length, const char *name, struct arena *arena,
                       struct json_notes *notes, const struct spec **spec, const struct json_value **tree,
                       struct error *error)
{
    struct spec *parsed = arena_allocate(arena, sizeof(*parsed));
    struct spec_check check;

    if (parse(bytes, length, name, arena, notes, &spec_table, parsed, &check, error) < 0 ||
        spec_check_whole(&check, parsed) < 0)
        return -1;
    *spec = parsed;
    *tree = check.document;
    return 0;
}

int spec_parse_process(const char *bytes, size_t length, const char *name, struct arena *arena,
                       struct json_notes *notes, const struct spec_process **process, struct error *error)
{
    struct spec_process *parsed = arena_allocate(arena, sizeof(*parsed));
    struct spec_check check;

    if (parse(bytes, length, name, arena, notes, &spec_process_table, parsed, &check, error) < 0 ||
        spec_check_process(&check, parsed, NULL) < 0)
        return -1;
    *process = parsed;
    return 0;
}

int spec_parse_resources(const char *bytes, size_t length, const char *name, struct arena *arena,
                         struct json_notes *notes, const struct spec_resources **resources,
                         struct error *error)
{
    struct spec_resources *parsed = arena_allocate(arena, sizeof(*parsed));
    struct spec_check check;

    if (parse(bytes, length, name, arena, notes, &spec_resources_table, parsed, &check, error) < 0 ||
        spec_check_resources(&check, parsed, NULL) < 0)
        return -1;
    *resources = parsed;
    return 0;
}

int spec_validate(const struct spec *spec, const char *name, struct error *error)
{
    const struct spec_check check = {.name = name, .error = error};

    return spec_check_whole(&check, spec);
}

int spec_validate_process(const struct spec_process *process, const char *name, struct error *error)
{
    const struct spec_check check = {.name = name, .error = error};

    return spec_check_process(&check, process, NULL);
}

int spec_validate_resources(const struct spec_resources *resources, const char *name, struct error *error)
{
    const struct spec_check check = {.name = name, .error = error};

    return spec_check_resources(&check, resources, NULL);
}

void spec_encode(struct text *text, const struct spec *spec, unsigned int indent)
{
    json_encode(text, &spec_table, spec, indent);
}

void spec_encode_process(struct text *text, const struct spec_process *process, unsigned int indent)
{
    json_encode(text, &spec_process_table, process, indent);
}
