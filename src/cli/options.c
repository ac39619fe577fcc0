/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking a command line along an option table. */
#include "cli/options.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "json/table.h"

struct parser {
    const struct option_table *table;
    char **words;
    size_t count, at;
    const char *context;
    char *values;
    struct arena *arena;
    struct option_rest *rest;
};

/* ---- "did you mean" ---- */

enum { CLOSEST_WORD_MAX = 40, CLOSEST_DISTANCE_MAX = 3 };

/* Edits (insert, delete, replace) from one short word to the other. */
static size_t edit_distance(const char *left, const char *right)
{
    size_t row[CLOSEST_WORD_MAX + 1];
    size_t width = strlen(right);

    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; left[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t replaced = diagonal + (left[i - 1] != right[j - 1] ? 1 : 0);
            diagonal = row[j];
            size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = replaced < least ? replaced : least;
        }
    }
    return row[width];
}

const char *options_closest(const char *word, const char *const *names, size_t count)
{
    const char *closest = NULL;
    size_t least = CLOSEST_DISTANCE_MAX;

    if (strlen(word) > CLOSEST_WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = strlen(names[i]) > CLOSEST_WORD_MAX ? least : edit_distance(word, names[i]);
        /* Half of the letters wrong is another word. */
        if (distance < least && distance * 2 < strlen(word) + 1) {
            least = distance;
            closest = names[i];
        }
    }
    return closest;
}

static int unknown_option(const struct parser *parser, const char *shown, const char *name,
                          struct error *error)
{
    const char **names = arena_array(parser->arena, parser->table->count + 1, sizeof(*names));
    const char *closest;
    size_t count = 0;

    for (size_t i = 0; i < parser->table->count; i++)
        if (parser->table->rows[i].kind != OPTION_REFUSED)
            names[count++] = parser->table->rows[i].name;
    names[count++] = "help";
    closest = options_closest(name, names, count);
    if (closest != NULL)
        return error_set(error, ERROR_USAGE, "%s: unknown option %.64s; did you mean --%s?", parser->context,
                         shown, closest);
    return error_set(error, ERROR_USAGE, "%s: unknown option %.64s; see %s --help", parser->context, shown,
                     parser->context);
}

/* ---- values ---- */

static int store_boolean(const struct parser *parser, const struct option *option, const char *value,
                         struct error *error)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"1", true}, {"yes", true}, {"false", false}, {"0", false}, {"no", false}};
    bool *place = (bool *)(void *)(parser->values + option->offset);

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if (strcmp(value, words[i].word) == 0) {
            *place = words[i].value;
            return 0;
        }
    }
    return error_set(error, ERROR_USAGE, "%s: --%s: \"%.64s\" is neither true nor false", parser->context,
                     option->name, value);
}

static int store_number(const struct parser *parser, const struct option *option, const char *value,
                        struct error *error)
{
    uint64_t number;

    if (!number_unsigned(value, option->maximum, &number))
        return error_set(error, ERROR_USAGE, "%s: --%s: \"%.64s\" is not a number from 0 to %u",
                         parser->context, option->name, value, option->maximum);
    *(uint32_t *)(void *)(parser->values + option->offset) = (uint32_t)number;
    return 0;
}

static int store_word(const struct parser *parser, const struct option *option, const char *value,
                      struct error *error)
{
    cleanup_text struct text choices = text_growing(1024);

    for (size_t i = 0; option->words[i] != NULL; i++) {
        if (strcmp(value, option->words[i]) == 0) {
            *(const char **)(void *)(parser->values + option->offset) = value;
            return 0;
        }
        text_append_format(&choices, "%s%s", i == 0 ? "" : ", ", option->words[i]);
    }
    return error_set(error, ERROR_USAGE, "%s: --%s: \"%.64s\" is none of: %s", parser->context, option->name,
                     value, choices.bytes);
}

static void store_list(const struct parser *parser, const struct option *option, const char *value)
{
    struct json_strings *list = (struct json_strings *)(void *)(parser->values + option->offset);
    /* A list holds at most one item for each word of the command line. */
    if (list->items == NULL)
        list->items = arena_array(parser->arena, parser->count, sizeof(*list->items));
    list->items[list->count++] = value;
    list->present = true;
}

static int refuse(const struct parser *parser, const struct option *option, struct error *error)
{
    return error_set(error, ERROR_USAGE, "%s: --%s is refused: %s", parser->context, option->name,
                     option->help);
}

static int store(const struct parser *parser, const struct option *option, const char *value,
                 struct error *error)
{
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)(void *)(parser->values + option->offset) = true;
        return 0;
    case OPTION_BOOLEAN:
        return store_boolean(parser, option, value, error);
    case OPTION_NUMBER:
        return store_number(parser, option, value, error);
    case OPTION_WORD:
        return store_word(parser, option, value, error);
    case OPTION_LIST:
        store_list(parser, option, value);
        return 0;
    case OPTION_REFUSED:
        return refuse(parser, option, error);
    case OPTION_STRING:
        break;
    }
    *(const char **)(void *)(parser->values + option->offset) = value;
    return 0;
}

/* ---- words ---- */

static bool takes_argument(const struct option *option)
{
    return option->kind != OPTION_FLAG && option->kind != OPTION_BOOLEAN && option->kind != OPTION_REFUSED;
}

static int next_word(struct parser *parser, const struct option *option, const char **value,
                     struct error *error)
{
    if (parser->at >= parser->count)
        /* Podman looks for these words to learn whether there is an option of that name. */
        return error_set(error, ERROR_USAGE, "%s: flag needs an argument: --%s %s", parser->context,
                         option->name, option->argument);
    *value = parser->words[parser->at++];
    return 0;
}

static int parse_long(struct parser *parser, const char *word, struct error *error)
{
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
    const char *value = equals == NULL ? "true" : equals + 1;

    if (strcmp(name, "help") == 0 || strcmp(name, "usage") == 0) {
        parser->rest->help = true;
        return 0;
    }
    for (size_t i = 0; i < parser->table->count; i++) {
        const struct option *option = &parser->table->rows[i];
        if (strlen(option->name) != length || memcmp(option->name, name, length) != 0)
            continue;
        if (option->kind == OPTION_FLAG && equals != NULL)
            return store_boolean(parser, option, value, error);
        if (takes_argument(option) && equals == NULL && next_word(parser, option, &value, error) != 0)
            return -1;
        return store(parser, option, value, error);
    }
    return unknown_option(parser, word, arena_copy(parser->arena, name, length), error);
}

/* "-dt", "-u0:0", "-u 0:0" */
static int parse_short(struct parser *parser, const char *word, struct error *error)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct option *option = NULL;
        const char *value = letter + 1;

        if (*letter == 'h' || *letter == '?') {
            parser->rest->help = true;
            continue;
        }
        for (size_t i = 0; i < parser->table->count && option == NULL; i++)
            if (parser->table->rows[i].short_name == *letter ||
                parser->table->rows[i].other_short_name == *letter)
                option = &parser->table->rows[i];
        if (option == NULL)
            return unknown_option(parser, word, word + 1, error);
        if (!takes_argument(option)) {
            if (store(parser, option, "true", error) != 0)
                return -1;
            continue;
        }
        if (*value == '=')
            value++;
        if (letter[1] == '\0' && next_word(parser, option, &value, error) != 0)
            return -1;
        return store(parser, option, value, error);
    }
    return 0;
}

int options_parse(const struct option_table *table, char **words, size_t count, bool stop_at_first,
                  const char *context, void *values, struct arena *arena, struct option_rest *rest,
                  struct error *error)
{
    struct parser parser = {.table = table,
                            .words = words,
                            .count = count,
                            .context = context,
                            .values = values,
                            .arena = arena,
                            .rest = rest};
    bool options_ended = false;

    *rest = (struct option_rest){.words = arena_array(arena, count + 1, sizeof(*rest->words))};
    while (parser.at < count) {
        char *word = words[parser.at++];
        /* "-" alone is a word: standard input, where a command takes a file. "-9" is a number. */
        bool is_option =
            !options_ended && word[0] == '-' && word[1] != '\0' && (word[1] < '0' || word[1] > '9');

        if (!is_option) {
            rest->words[rest->count++] = word;
            options_ended = options_ended || stop_at_first;
        } else if (strcmp(word, "--") == 0) {
            options_ended = true;
        } else if ((word[1] == '-' ? parse_long(&parser, word, error) : parse_short(&parser, word, error)) !=
                   0) {
            return -1;
        }
    }
    return 0;
}

void options_describe(const struct option_table *table, struct text *text)
{
    enum { HELP_COLUMN = 30 };

    for (size_t i = 0; i <= table->count; i++) {
        static const struct option help = {.name = "help", .short_name = 'h', .help = "show this help"};
        const struct option *option = i < table->count ? &table->rows[i] : &help;
        size_t begin = text->length;

        if (option->kind == OPTION_REFUSED)
            continue;
        if (option->short_name != 0)
            text_append_format(text, "  -%c, --%s", option->short_name, option->name);
        else
            text_append_format(text, "      --%s", option->name);
        if (option->argument != NULL)
            text_append_format(text, "%s%s%s", takes_argument(option) ? " " : "[=", option->argument,
                               takes_argument(option) ? "" : "]");
        if (text->length - begin >= HELP_COLUMN)
            text_append_format(text, "\n%*s", HELP_COLUMN, "");
        else
            text_append_format(text, "%*s", (int)(HELP_COLUMN - (text->length - begin)), "");
        text_append_format(text, "%s\n", option->help);
    }
}
