/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/thwart/thwart.json: read strictly, then everything that was not given gets its default. */
#include "policy/configuration.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "json/json.h"
#include "policy/model.h"

enum { CONFIGURATION_BYTES_MAX = 1024 * 1024, EVENT_BYTES_DEFAULT = 64 * 1024 * 1024 };

static const struct json_field event_fields[] = {
    JSON_FIELD(struct configuration_events, sink, "sink", JSON_KIND_STRING),
    JSON_FIELD(struct configuration_events, file, "file", JSON_KIND_STRING),
    JSON_FIELD(struct configuration_events, format, "format", JSON_KIND_STRING),
    JSON_FIELD(struct configuration_events, max_bytes, "maxBytes", JSON_KIND_UINT64),
};
static const struct json_table event_table = JSON_TABLE(struct configuration_events, "events", event_fields);

static const struct json_field fields[] = {
    JSON_FIELD(struct configuration, thwart, "thwart", JSON_KIND_UINT32, .required = true),
    JSON_FIELD(struct configuration, policies, "policies", JSON_KIND_STRINGS),
    JSON_FIELD(struct configuration, shipped, "shipped", JSON_KIND_STRING),
    JSON_FIELD(struct configuration, default_policy, "default", JSON_KIND_STRING),
    JSON_FIELD(struct configuration, waivers, "waivers", JSON_KIND_STRINGS),
    JSON_FIELD(struct configuration, events, "events", JSON_KIND_STRUCT, .table = &event_table),
    JSON_FIELD(struct configuration, delegate, "delegate", JSON_KIND_STRING),
    JSON_FIELD(struct configuration, keyrings, "keyrings", JSON_KIND_STRINGS),
};
const struct json_table configuration_table = JSON_TABLE(struct configuration, "configuration", fields);

static const char *default_policies[] = {"/etc/thwart/policies"};
static const char *default_waivers[] = {"/etc/thwart/waivers"};
static const struct configuration_events default_events = {
    .sink = "none", .format = "thwart", .max_bytes = EVENT_BYTES_DEFAULT};

struct configuration configuration_default(void)
{
    return (struct configuration){.thwart = POLICY_LANGUAGE_VERSION,
                                  .policies = {.items = default_policies, .count = 1},
                                  .default_policy = "baseline",
                                  .waivers = {.items = default_waivers, .count = 1},
                                  .events = &default_events};
}

/* ---- what a table does not say ---- */

struct checking {
    const char *file;
    const struct json_value *root;
    struct error *error;
};

/* The value of a key, or of a key of an object in it, for its place. */
static const struct json_value *value_of(const struct checking *checking, const char *key, const char *inner)
{
    const struct json_value *value = json_member(checking->root, key);
    const struct json_value *within = inner != NULL ? json_member(value, inner) : NULL;

    return within != NULL ? within : value;
}

static int fail_at(const struct checking *checking, const struct json_value *value, const char *pointer,
                   const char *what)
{
    return error_set(checking->error, ERROR_INVALID, "%s:%u:%u: %s: %s", checking->file,
                     value != NULL ? value->line : 1, value != NULL ? value->column : 1, pointer, what);
}

static int check_path(const struct checking *checking, const char *path, const char *key, const char *inner,
                      const char *pointer)
{
    if (path == NULL || *path == '/')
        return 0;
    return fail_at(checking, value_of(checking, key, inner), pointer, "expected an absolute path");
}

static int check_paths(const struct checking *checking, const struct json_strings *paths, const char *key)
{
    const struct json_value *list = value_of(checking, key, NULL);
    char pointer[64];

    for (size_t i = 0; i < paths->count; i++) {
        text_print(pointer, sizeof(pointer), "/%s/%zu", key, i);
        if (*paths->items[i] != '/')
            return fail_at(checking, list->array.items[i], pointer, "expected an absolute path");
    }
    return 0;
}

static int check_word(const struct checking *checking, const char *word, const char *const *words,
                      size_t count, const char *key, const char *what)
{
    char pointer[64];

    for (size_t i = 0; i < count; i++)
        if (word == NULL || strcmp(word, words[i]) == 0)
            return 0;
    text_print(pointer, sizeof(pointer), "/events/%s", key);
    return fail_at(checking, value_of(checking, "events", key), pointer, what);
}

static int check_events(const struct checking *checking, const struct configuration_events *events)
{
    static const char *const sinks[] = {"none", "journal", "syslog", "file"};
    static const char *const formats[] = {"thwart", "ecs", "ocsf"};
    bool to_file = events->sink != NULL && strcmp(events->sink, "file") == 0;

    if (check_word(checking, events->sink, sinks, ARRAY_LENGTH(sinks), "sink",
                   "expected \"none\", \"journal\", \"syslog\" or \"file\"") != 0 ||
        check_word(checking, events->format, formats, ARRAY_LENGTH(formats), "format",
                   "expected \"thwart\", \"ecs\" or \"ocsf\"") != 0 ||
        check_path(checking, events->file, "events", "file", "/events/file") != 0)
        return -1;
    if (to_file && events->file == NULL)
        return fail_at(checking, value_of(checking, "events", NULL), "/events",
                       "the sink \"file\" needs the key \"file\"");
    if (!to_file && events->file != NULL)
        return fail_at(checking, value_of(checking, "events", "file"), "/events/file",
                       "only the sink \"file\" writes to a file");
    return 0;
}

static int check_configuration(const struct checking *checking, const struct configuration *configuration)
{
    const char *name = configuration->default_policy;

    if (configuration->thwart != POLICY_LANGUAGE_VERSION)
        return fail_at(checking, value_of(checking, "thwart", NULL), "/thwart",
                       "this thwart knows version 1 alone");
    if (name != NULL && (*name == '\0' || *name == '-' ||
                         name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0'))
        return fail_at(checking, value_of(checking, "default", NULL), "/default",
                       "expected the name of a policy: a-z, 0-9 and -");
    if (check_paths(checking, &configuration->policies, "policies") != 0 ||
        check_paths(checking, &configuration->waivers, "waivers") != 0 ||
        check_paths(checking, &configuration->keyrings, "keyrings") != 0 ||
        check_path(checking, configuration->shipped, "shipped", NULL, "/shipped") != 0 ||
        check_path(checking, configuration->delegate, "delegate", NULL, "/delegate") != 0)
        return -1;
    return configuration->events != NULL ? check_events(checking, configuration->events) : 0;
}

static void fill_events(struct configuration *configuration, struct arena *arena)
{
    struct configuration_events *events = arena_allocate(arena, sizeof(*events));

    *events = configuration->events != NULL ? *configuration->events : default_events;
    if (events->sink == NULL)
        events->sink = default_events.sink;
    if (events->format == NULL)
        events->format = default_events.format;
    if (events->max_bytes == 0)
        events->max_bytes = EVENT_BYTES_DEFAULT;
    configuration->events = events;
}

int configuration_parse(const char *bytes, size_t length, const char *file, struct arena *arena,
                        struct configuration *configuration, struct error *error)
{
    const struct json_limits limits = {.bytes = CONFIGURATION_BYTES_MAX, .comments = true};
    const struct json_decoding decoding = {.name = file, .arena = arena};
    const struct configuration defaults = configuration_default();
    struct checking checking = {.file = file, .error = error};
    struct json_value *root = NULL;

    if (json_read(bytes, length, file, &limits, arena, &root, error) != 0 ||
        json_decode(&decoding, &configuration_table, root, configuration, error) != 0)
        return -1;
    checking.root = root;
    if (check_configuration(&checking, configuration) != 0)
        return -1;
    if (!configuration->policies.present)
        configuration->policies = defaults.policies;
    if (!configuration->waivers.present)
        configuration->waivers = defaults.waivers;
    if (configuration->default_policy == NULL)
        configuration->default_policy = defaults.default_policy;
    fill_events(configuration, arena);
    return 0;
}
