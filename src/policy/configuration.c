/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/thwart/thwart.json: read strictly, then everything that was not given gets its default. */
#include "policy/configuration.h"

#include <string.h>
#include "base/memory.h"
#include "policy/configuration_reader.h"

enum { EVENT_BYTES_DEFAULT = 64 * 1024 * 1024, SHOWN = 60 };

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

/* ---- values ---- */

/* Unlike a policy's paths these may end in a slash, as shells complete names of folders. */
static bool check_path(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    if (*word != '/') {
        reader_mistake(reader, spot, "expected an absolute path, found \"%.*s\"", SHOWN, word);
        return false;
    }
    if (strpbrk(word, "*?") != NULL) {
        reader_mistake(reader, spot, "\"%.*s\": patterns are not understood here, only paths", SHOWN, word);
        return false;
    }
    return true;
}

const struct reader_word_kind configuration_path = {.what = "an absolute path", .check = check_path};

void configuration_read_words(struct reader *reader, const struct reader_spot *spot, void *target,
                              const void *detail)
{
    struct json_strings *paths = target;
    struct policy_words words = {0};

    reader_words(reader, spot, &words, detail);
    *paths = (struct json_strings){.items = arena_array(reader->arena, words.count, sizeof(*paths->items)),
                                   .count = words.count,
                                   .present = words.present};
    for (size_t i = 0; i < words.count; i++)
        paths->items[i] = words.items[i].text;
}

/* ---- events ---- */

static const char *const sinks[] = {"none", "journal", "syslog", "file"};
static const char *const formats[] = {"thwart", "ecs", "ocsf"};
static const struct policy_word_list sink_words = {"a sink", sinks, ARRAY_LENGTH(sinks)},
                                     format_words = {"a format", formats, ARRAY_LENGTH(formats)};
static const struct reader_word_kind sink_kind = {.what = "a sink of events", .list = &sink_words},
                                     format_kind = {.what = "a format of events", .list = &format_words};
static const struct reader_bounds event_bytes = {0, UINT64_MAX - 1};

static const struct reader_key event_keys[] = {
    READER_KEY(struct configuration_events, sink, "sink", reader_word, &sink_kind),
    READER_KEY(struct configuration_events, file, "file", reader_word, &configuration_path),
    READER_KEY(struct configuration_events, format, "format", reader_word, &format_kind),
    READER_KEY(struct configuration_events, max_bytes, "maxBytes", reader_bytes, &event_bytes),
};
READER_TABLE(event_table, "events", event_keys);

/* By what was written: a sink that is misspelled is one mistake, not two. */
static void check_sink(struct reader *reader, const struct reader_spot *spot,
                       const struct configuration_events *events)
{
    const struct json_value *sink = json_member(spot->value, "sink");
    const struct json_value *file = json_member(spot->value, "file");
    struct json_place place = {.parent = spot->place, .key = "file"};

    if (sink == NULL ? file != NULL : events->sink != NULL && strcmp(events->sink, "file") != 0) {
        const struct reader_spot inner = {&place, file, 0, 0};

        if (file != NULL)
            reader_mistake(reader, &inner, "only the sink \"file\" writes to a file");
    } else if (events->sink != NULL && file == NULL) {
        reader_mistake(reader, spot, "the sink \"file\" needs the key \"file\"");
    }
}

/* Target: const struct configuration_events *. */
static void read_events(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    struct configuration_events *events = arena_allocate(reader->arena, sizeof(*events));

    (void)detail;
    *events = (struct configuration_events){0};
    reader_object(reader, spot, &event_table, NULL, events);
    if (spot->value->type == JSON_OBJECT)
        check_sink(reader, spot, events);
    if (events->sink == NULL)
        events->sink = default_events.sink;
    if (events->format == NULL)
        events->format = default_events.format;
    if (events->max_bytes == 0)
        events->max_bytes = EVENT_BYTES_DEFAULT;
    *(const struct configuration_events **)target = events;
}

/* ---- the document ---- */

static const struct reader_key keys[] = {
    READER_KEY(struct configuration, thwart, "thwart", reader_version, NULL, .required = true),
    READER_KEY(struct configuration, policies, "policies", configuration_read_words, &configuration_path),
    READER_KEY(struct configuration, shipped, "shipped", reader_word, &configuration_path),
    READER_KEY(struct configuration, default_policy, "default", reader_word, &reader_policy_name),
    READER_KEY(struct configuration, waivers, "waivers", configuration_read_words, &configuration_path),
    READER_KEY(struct configuration, events, "events", read_events, NULL),
    READER_KEY(struct configuration, delegate, "delegate", reader_word, &configuration_path),
    READER_KEY(struct configuration, keyrings, "keyrings", configuration_read_words, &configuration_path),
    {.key = "issuers", .read = configuration_read_issuers, .rule = READER_NO_RULE},
    READER_KEY(struct configuration, policy_signatures, "policySignatures",
               configuration_read_policy_signatures, NULL),
    READER_KEY(struct configuration, image_stores, "imageStores", reader_section,
               &configuration_image_stores),
    READER_KEY(struct configuration, image_verifier, "imageVerifier", configuration_read_words,
               &reader_policy_name),
};
READER_TABLE(table, "thwart.json", keys);

int configuration_parse(const char *bytes, size_t length, const char *file, struct arena *arena,
                        struct policy_problems *problems, struct configuration *configuration,
                        struct error *error)
{
    struct policy_problems own = {0};
    struct reader reader = {.file = file, .arena = arena, .problems = problems != NULL ? problems : &own};
    const struct configuration defaults = configuration_default();

    *configuration = (struct configuration){0};
    if (reader_document(&reader, bytes, length, &table, configuration_check_trust, configuration, error) != 0)
        return -1;
    if (!configuration->policies.present)
        configuration->policies = defaults.policies;
    if (!configuration->waivers.present)
        configuration->waivers = defaults.waivers;
    if (configuration->default_policy == NULL)
        configuration->default_policy = defaults.default_policy;
    if (configuration->events == NULL)
        configuration->events = defaults.events;
    return 0;
}
