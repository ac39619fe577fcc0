/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of registries.d, by libyaml: the one place that sees it. Everything that is not asked for is
 * passed over, as containers/image does; what is asked for must have its form.
 */
#include "trust/registries_d.h"

#include "base/memory.h"
#include "config.h"

#if THWART_YAML
#include <yaml.h>

struct reading {
    yaml_document_t document;
    const char *name;
    struct arena *arena;
    struct registries_section *sections;
    size_t room, *count;
    struct error *error;
};

static int fail(const struct reading *reading, const yaml_node_t *node, const char *what)
{
    return error_set(reading->error, ERROR_INVALID, "%s:%zu:%zu: %s", reading->name,
                     node->start_mark.line + 1, node->start_mark.column + 1, what);
}

static const char *text_of(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

/* Core schema: plain null, ~ and nothing. */
static bool is_null(const yaml_node_t *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(text_of(node), words[i]) == 0)
            return true;
    return false;
}

/* The keys of a mapping, checked: plain words, none twice. */
static int check_mapping(struct reading *reading, yaml_node_t *mapping, const char *what)
{
    if (mapping->type != YAML_MAPPING_NODE)
        return fail(reading, mapping, what);
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);

        if (key->type != YAML_SCALAR_NODE || strlen(text_of(key)) != key->data.scalar.length)
            return fail(reading, key, "a key is no word");
        /* Its contents would have to be merged from elsewhere: nobody's file has one. */
        if (strcmp(text_of(key), "<<") == 0)
            return fail(reading, key, "merge keys are not read");
        for (yaml_node_pair_t *other = mapping->data.mapping.pairs.start; other < pair; other++)
            if (strcmp(text_of(yaml_document_get_node(&reading->document, other->key)), text_of(key)) == 0)
                return fail(reading, key, "the key is there twice");
    }
    return 0;
}

static yaml_node_t *member(struct reading *reading, const yaml_node_t *mapping, const char *wanted)
{
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top;
         pair++)
        if (strcmp(text_of(yaml_document_get_node(&reading->document, pair->key)), wanted) == 0) {
            yaml_node_t *value = yaml_document_get_node(&reading->document, pair->value);

            return is_null(value) ? NULL : value;
        }
    return NULL;
}

/* A section's own word for the place, "" being none. */
static int read_url(struct reading *reading, yaml_node_t *section, const char *key, const char **url)
{
    const yaml_node_t *value = member(reading, section, key);

    if (value == NULL)
        return 0;
    if (value->type != YAML_SCALAR_NODE || strlen(text_of(value)) != value->data.scalar.length)
        return fail(reading, value, "a URL is a text");
    if (*url == NULL && value->data.scalar.length > 0)
        *url = arena_string(reading->arena, text_of(value));
    return 0;
}

static int read_section(struct reading *reading, yaml_node_t *section, const char *scope)
{
    const char *url = NULL;

    if (!is_null(section)) {
        if (check_mapping(reading, section, "a section is a mapping of settings") < 0 ||
            read_url(reading, section, "lookaside", &url) < 0 ||
            read_url(reading, section, "sigstore", &url) < 0)
            return -1;
    }
    if (*reading->count == reading->room)
        return error_set(reading->error, ERROR_LIMIT, "%s: more than %zu scopes in all", reading->name,
                         reading->room);
    reading->sections[(*reading->count)++] =
        (struct registries_section){.scope = scope, .url = url, .file = reading->name};
    return 0;
}

static int read_document(struct reading *reading)
{
    yaml_node_t *root = yaml_document_get_root_node(&reading->document), *part;

    /* An empty file says nothing. */
    if (root == NULL || is_null(root))
        return 0;
    if (check_mapping(reading, root, "the document is no mapping") < 0)
        return -1;
    part = member(reading, root, "default-docker");
    if (part != NULL && read_section(reading, part, NULL) < 0)
        return -1;
    part = member(reading, root, "docker");
    if (part == NULL)
        return 0;
    if (check_mapping(reading, part, "docker is a mapping of scopes") < 0)
        return -1;
    for (yaml_node_pair_t *pair = part->data.mapping.pairs.start; pair < part->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);
        const char *scope = arena_string(reading->arena, text_of(key));

        if (read_section(reading, yaml_document_get_node(&reading->document, pair->value), scope) < 0)
            return -1;
    }
    return 0;
}

int registries_yaml_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                          struct registries_section *sections, size_t room, size_t *count,
                          struct error *error)
{
    struct reading reading = {
        .name = name, .arena = arena, .sections = sections, .room = room, .count = count, .error = error};
    yaml_parser_t parser;
    int status = -1;

    if (yaml_parser_initialize(&parser) == 0)
        return error_set(error, ERROR_LIMIT, "%s: no memory for its reader", name);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
    if (yaml_parser_load(&parser, &reading.document) == 0) {
        error_set(error, ERROR_INVALID, "%s:%zu:%zu: no YAML: %s", name, parser.problem_mark.line + 1,
                  parser.problem_mark.column + 1, parser.problem != NULL ? parser.problem : "no memory");
    } else {
        status = read_document(&reading);
        yaml_document_delete(&reading.document);
    }
    yaml_parser_delete(&parser);
    return status;
}

#else

int registries_yaml_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                          struct registries_section *sections, size_t room, size_t *count,
                          struct error *error)
{
    (void)bytes;
    (void)length;
    (void)arena;
    (void)sections;
    (void)room;
    (void)count;
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s: this thwart was built without libyaml and cannot read registries.d", name);
}

#endif
