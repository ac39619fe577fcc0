/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects by tables, rules in both forms, and the list of mistakes. */
#include "policy/reader.h"

#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/suggest.h"
#include "base/text.h"

enum {
    POINTER_SIZE = 1024,
    FOUND_SIZE = 128,
    LISTED_MAX = 9,   /* keys that are listed when none is like the unknown one */
    FOUND_SHOWN = 40, /* bytes of a string or number that are quoted */
};

void policy_problem_add(struct policy_problems *problems, struct arena *arena, struct policy_problem problem)
{
    if (problems->count == problems->capacity) {
        size_t capacity = problems->capacity == 0 ? 8 : problems->capacity * 2;
        struct policy_problem *items = arena_array(arena, capacity, sizeof(*items));

        if (problems->count > 0)
            memcpy(items, problems->items, problems->count * sizeof(*items));
        problems->items = items;
        problems->capacity = capacity;
    }
    problems->items[problems->count++] = problem;
}

/* Words of the file are quoted: they must not forge lines, and a character that was cut is none. */
static const char *quotable(struct arena *arena, const struct text *text)
{
    const size_t longest = sizeof("\\x00") - 1;
    char *shown = arena_allocate(arena, text->length * longest + 1);
    struct text clean = text_over(shown, text->length * longest + 1);
    size_t at = 0;

    while (at < text->length) {
        const unsigned char byte = (unsigned char)text->bytes[at];
        size_t length = byte < 0x80 ? 1 : text_character_length(text->bytes + at, text->length - at);

        if (byte < 0x20 || byte == 0x7f)
            text_append_format(&clean, "\\x%02x", (unsigned int)byte);
        else
            text_append_bytes(&clean, text->bytes + at, length);
        at += length > 0 ? length : 1;
    }
    return shown;
}

static void add_mistake(struct reader *reader, const struct json_place *place, uint32_t line, uint32_t column,
                        const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));

static void add_mistake(struct reader *reader, const struct json_place *place, uint32_t line, uint32_t column,
                        const char *format, va_list arguments)
{
    char pointer_buffer[POINTER_SIZE], text_buffer[ERROR_MESSAGE_MAX];
    struct text pointer = text_over(pointer_buffer, sizeof(pointer_buffer));
    struct text text = text_over(text_buffer, sizeof(text_buffer));
    const char *shown;

    if (reader->mistakes++ >= READER_MISTAKES_MAX)
        return;
    json_place_append(&pointer, place);
    text_append_format_list(&text, format, arguments);
    shown = quotable(reader->arena, &text);
    policy_problem_add(reader->problems, reader->arena,
                       (struct policy_problem){.file = reader->file,
                                               .line = line,
                                               .column = column,
                                               .pointer = arena_string(reader->arena, pointer.bytes),
                                               .text = shown});
}

void reader_mistake(struct reader *reader, const struct reader_spot *spot, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_mistake(reader, spot->place, spot->value->line, spot->value->column, format, arguments);
    va_end(arguments);
}

void reader_mistake_at_key(struct reader *reader, const struct reader_spot *spot, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_mistake(reader, spot->place, spot->line, spot->column, format, arguments);
    va_end(arguments);
}

void reader_expected(struct reader *reader, const struct reader_spot *spot, const char *expected)
{
    char buffer[FOUND_SIZE];
    struct text found = text_over(buffer, sizeof(buffer));
    const struct json_value *value = spot->value;

    switch (value->type) {
    case JSON_NUMBER:
        text_append_bytes(&found, value->number.text,
                          value->number.length < FOUND_SHOWN ? value->number.length : FOUND_SHOWN);
        break;
    case JSON_STRING:
        text_append_format(&found, "the string \"%.*s%s\"", FOUND_SHOWN, value->string.bytes,
                           value->string.length > FOUND_SHOWN ? "\xe2\x80\xa6" : "");
        break;
    case JSON_BOOLEAN:
        text_append(&found, value->boolean ? "true" : "false");
        break;
    case JSON_NULL:
        text_append(&found, "null (leave out what is not wanted)");
        break;
    case JSON_ARRAY:
        text_append(&found, "a list");
        break;
    case JSON_OBJECT:
        text_append(&found, "an object");
        break;
    }
    reader_mistake(reader, spot, "expected %s, found %s", expected, found.bytes);
}

const char *reader_suggestion(const struct reader *reader, const char *word, const char *const *first,
                              size_t count, size_t stride)
{
    return reader->mistakes < READER_MISTAKES_MAX ? suggest_word(word, first, count, stride) : NULL;
}

const char *reader_word_suggestion(const struct reader *reader, const struct policy_word_list *list,
                                   const char *word)
{
    return reader_suggestion(reader, word, list->items, list->count, sizeof(list->items[0]));
}

const char *reader_did_you_mean(struct reader *reader, const char *word)
{
    return word != NULL ? arena_format(reader->arena, ": did you mean \"%s\"?", word) : "";
}

const char *reader_string(struct reader *reader, const struct reader_spot *spot, const char *expected)
{
    if (spot->value->type == JSON_STRING)
        return spot->value->string.bytes;
    reader_expected(reader, spot, expected);
    return NULL;
}

bool reader_list(struct reader *reader, const struct reader_spot *spot, const char *expected,
                 void (*item)(struct reader *reader, const struct reader_spot *spot, void *target,
                              size_t index, const void *detail),
                 void *target, const void *detail)
{
    if (spot->value->type != JSON_ARRAY) {
        reader_expected(reader, spot, expected);
        return false;
    }
    for (size_t i = 0; i < spot->value->array.count; i++) {
        const struct json_value *value = spot->value->array.items[i];
        struct json_place place = {.parent = spot->place, .index = i};
        struct reader_spot element = {&place, value, value->line, value->column};

        item(reader, &element, target, i, detail);
    }
    return true;
}

/* ---- rules ---- */

enum { MODIFIER_COUNT = 3 };
static const char *const modifiers[MODIFIER_COUNT] = {"otherwise", "mode", "ifUnsupported"};

bool reader_is_modifier(const char *key)
{
    for (size_t i = 0; i < MODIFIER_COUNT; i++)
        if (strcmp(key, modifiers[i]) == 0)
            return true;
    return false;
}

/* One of two words; *second: it is the second. */
static bool read_modifier_word(struct reader *reader, const struct reader_spot *spot, const char *one,
                               const char *other, bool *second)
{
    char expected[64];

    text_print(expected, sizeof(expected), "\"%s\" or \"%s\"", one, other);
    if (spot->value->type != JSON_STRING ||
        (strcmp(spot->value->string.bytes, one) != 0 && strcmp(spot->value->string.bytes, other) != 0)) {
        reader_expected(reader, spot, expected);
        return false;
    }
    *second = strcmp(spot->value->string.bytes, other) == 0;
    return true;
}

static void read_modifier(struct reader *reader, const struct reader_spot *spot, const char *key,
                          struct policy_rule *rule)
{
    bool second;

    if (strcmp(key, "otherwise") == 0) {
        if (!read_modifier_word(reader, spot, "narrow", "refuse", &second))
            return;
        if (rule->otherwise != POLICY_OTHERWISE_DEFAULT)
            reader_mistake_at_key(reader, spot, "\"otherwise\" is given twice for one rule");
        rule->otherwise = second ? POLICY_OTHERWISE_REFUSE : POLICY_OTHERWISE_NARROW;
    } else if (strcmp(key, "mode") == 0) {
        if (read_modifier_word(reader, spot, "enforce", "audit", &second)) {
            rule->audit |= second;
            rule->enforce |= !second;
        }
    } else if (read_modifier_word(reader, spot, "refuse", "note", &second)) {
        rule->note_if_unsupported |= second;
    }
}

bool reader_modifier(struct reader *reader, const struct reader_spot *spot, const char *key,
                     struct policy_rule *rule)
{
    if (!reader_is_modifier(key))
        return false;
    read_modifier(reader, spot, key, rule);
    return true;
}

bool reader_has_content(const struct json_value *object)
{
    for (size_t i = 0; i < object->object.count; i++)
        if (!reader_is_modifier(object->object.members[i].key))
            return true;
    return false;
}

static void read_wrapper_member(struct reader *reader, const struct reader_spot *spot, const char *key,
                                struct policy_rule *rule)
{
    const char *const words[] = {"value", modifiers[0], modifiers[1], modifiers[2]};

    if (reader_is_modifier(key))
        read_modifier(reader, spot, key, rule);
    else if (strcmp(key, "value") != 0)
        reader_mistake_at_key(
            reader, spot, "beside \"value\" there is no key \"%.*s\"%s", FOUND_SHOWN, key,
            reader_did_you_mean(
                reader, reader_suggestion(reader, key, words, ARRAY_LENGTH(words), sizeof(words[0]))));
}

/* {"value": …, "otherwise": …}: the modifiers into rule; the value is read as if it stood alone. */
static void read_wrapped(struct reader *reader, const struct reader_spot *spot, const struct reader_key *key,
                         struct policy_rule *rule, void *target)
{
    const struct json_value *object = spot->value;

    for (size_t i = 0; i < object->object.count; i++) {
        const struct json_member *member = &object->object.members[i];
        struct json_place place = {.parent = spot->place, .key = member->key};
        struct reader_spot inner = {&place, member->value, member->line, member->column};

        read_wrapper_member(reader, &inner, member->key, rule);
        if (strcmp(member->key, "value") == 0)
            key->read(reader, &inner, target, key->detail);
    }
}

static void read_rule(struct reader *reader, const struct reader_spot *spot, const struct reader_key *key,
                      char *base)
{
    struct policy_rule *rule = (void *)(base + key->rule);
    const struct json_value *value = spot->value;

    rule->present = true;
    rule->line = spot->line;
    rule->column = spot->column;
    if (value->type == JSON_OBJECT && json_member(value, "value") != NULL && !key->has_value) {
        read_wrapped(reader, spot, key, rule, base + key->offset);
    } else if (value->type == JSON_OBJECT && value->object.count > 0 && !reader_has_content(value) &&
               !key->is_object) {
        reader_mistake(reader, spot, "\"value\" is missing: %s says how the rule is applied, not what it is",
                       value->object.members[0].key);
    } else {
        key->read(reader, spot, base + key->offset, key->detail);
    }
}

/* ---- objects ---- */

static void unknown_key(struct reader *reader, const struct reader_spot *spot, const char *key,
                        const struct reader_table *table, bool is_rule)
{
    const char *suggestion =
        reader_suggestion(reader, key, &table->keys[0].key, table->count, sizeof(table->keys[0]));
    char buffer[FOUND_SIZE];
    struct text known = text_over(buffer, sizeof(buffer));

    if (suggestion == NULL && is_rule)
        suggestion = reader_suggestion(reader, key, modifiers, MODIFIER_COUNT, sizeof(modifiers[0]));
    for (size_t i = 0; suggestion == NULL && table->count <= LISTED_MAX && i < table->count; i++)
        text_append_format(&known, "%s\"%s\"", i == 0 ? ": there are " : ", ", table->keys[i].key);
    reader_mistake_at_key(reader, spot, "%s has no key \"%.*s\"%s%s", table->what, FOUND_SHOWN, key,
                          reader_did_you_mean(reader, suggestion), known.bytes);
}

/* The row of key: most often the one behind the last. */
static const struct reader_key *find_key(const struct reader_table *table, const char *key)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->keys[i].key, key) == 0)
            return &table->keys[i];
    return NULL;
}

static void read_member(struct reader *reader, const struct reader_spot *spot, const char *name,
                        const struct reader_table *table, struct policy_rule *rule, char *base)
{
    const struct reader_key *key = find_key(table, name);

    if (key != NULL && key->rule != READER_NO_RULE)
        read_rule(reader, spot, key, base);
    else if (key != NULL)
        key->read(reader, spot, base + key->offset, key->detail);
    else if (rule == NULL || !reader_modifier(reader, spot, name, rule))
        unknown_key(reader, spot, name, table, rule != NULL);
}

void reader_object(struct reader *reader, const struct reader_spot *spot, const struct reader_table *table,
                   struct policy_rule *rule, void *base)
{
    const struct json_value *object = spot->value;

    if (object->type != JSON_OBJECT) {
        /* A bare list where {"allow": […]} is meant. */
        reader_expected(reader, spot,
                        object->type == JSON_ARRAY && find_key(table, "allow") != NULL
                            ? "an object, such as {\"allow\": [\xe2\x80\xa6]}"
                            : "an object");
        return;
    }
    for (size_t i = 0; i < object->object.count; i++) {
        const struct json_member *member = &object->object.members[i];
        struct json_place place = {.parent = spot->place, .key = member->key};
        struct reader_spot inner = {&place, member->value, member->line, member->column};

        read_member(reader, &inner, member->key, table, rule, base);
    }
    for (size_t i = 0; i < table->count; i++)
        if (table->keys[i].required && json_member(object, table->keys[i].key) == NULL)
            reader_mistake(reader, spot, "%s needs the key \"%s\"", table->what, table->keys[i].key);
}

void reader_section(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    reader_object(reader, spot, detail, NULL, target);
}

void reader_rule_object(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    reader_object(reader, spot, detail, target, target);
}

void reader_allow_section(struct reader *reader, const struct reader_spot *spot, void *target,
                          const void *detail)
{
    const struct reader_table *table = detail;
    const struct json_value *value = spot->value;

    reader_object(reader, spot, table, target, target);
    if (value->type == JSON_OBJECT && value->object.count > 0 && !reader_has_content(value))
        reader_mistake(reader, spot, "%s has no \"allow\" to which \"%s\" could apply", table->what,
                       value->object.members[0].key);
}

/* ---- documents ---- */

void reader_digest_add(struct reader *reader, const char *bytes, size_t length)
{
    digest_add(&reader->digest, bytes, length);
}

static int compare_problems(const void *one, const void *other)
{
    const struct policy_problem *first = one, *second = other;

    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    if (first->column != second->column)
        return first->column < second->column ? -1 : 1;
    return strcmp(first->text, second->text);
}

void reader_mistake_placed(struct reader *reader, const struct json_place *place, const char *message)
{
    struct policy_problem problem = {.file = reader->file, .text = message};
    char buffer[POINTER_SIZE];
    struct text pointer = text_over(buffer, sizeof(buffer));
    const char *at = message, *end;
    size_t length = strlen(reader->file);
    uint64_t line = 0, column = 0;

    if (reader->mistakes++ >= READER_MISTAKES_MAX)
        return;
    if (strncmp(at, reader->file, length) == 0 && at[length] == ':') {
        at += length + 1;
        if (number_scan_unsigned(&at, &line) && *at == ':' && number_scan_unsigned((at++, &at), &column) &&
            text_starts_with(at, ": "))
            problem.text = at + 2;
    }
    problem.line = (uint32_t)line;
    problem.column = (uint32_t)column;
    json_place_append(&pointer, place);
    end = *problem.text == '/' ? strstr(problem.text, ": ") : NULL;
    if (end != NULL) {
        text_append_bytes(&pointer, problem.text, (size_t)(end - problem.text));
        problem.text = end + 2;
    }
    problem.pointer = arena_string(reader->arena, pointer.bytes);
    problem.text = arena_string(reader->arena, problem.text);
    policy_problem_add(reader->problems, reader->arena, problem);
}

static int report(const struct reader *reader, size_t first, struct error *error)
{
    const struct policy_problem *problem = &reader->problems->items[first];
    char more[48] = "";

    if (reader->mistakes > 1)
        text_print(more, sizeof(more), " (and %zu more)", reader->mistakes - 1);
    return error_set(error, ERROR_INVALID, "%s:%u:%u: %s%s%s%s", reader->file, problem->line, problem->column,
                     problem->pointer, *problem->pointer != '\0' ? ": " : "", problem->text, more);
}

int reader_document(struct reader *reader, const char *bytes, size_t length, const struct reader_table *table,
                    void (*finish)(struct reader *reader, void *target), void *target, struct error *error)
{
    const struct json_limits limits = {.comments = true};
    struct reader_spot spot = {0};
    struct json_value *root = NULL;
    size_t first = reader->problems->count;

    reader->file = arena_string(reader->arena, reader->file);
    digest_begin(&reader->digest);
    digest_add(&reader->digest, bytes, length);
    if (json_read(bytes, length, reader->file, &limits, reader->arena, &root, error) != 0) {
        reader_mistake_placed(reader, NULL, error->message);
        return -1;
    }
    spot = (struct reader_spot){NULL, root, root->line, root->column};
    reader_object(reader, &spot, table, NULL, target);
    if (finish != NULL)
        finish(reader, target);
    if (reader->mistakes == 0)
        return 0;
    qsort(reader->problems->items + first, reader->problems->count - first, sizeof(*reader->problems->items),
          compare_problems);
    return report(reader, first, error);
}
