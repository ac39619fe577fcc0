/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a draft. */
#include "policy/draft_lines.h"

#include <string.h>
#include "base/memory.h"

static void append(struct draft *draft, struct draft_line line)
{
    if (draft->count == draft->capacity) {
        size_t capacity = draft->capacity * 2 + 64;
        struct draft_line *lines = arena_array(draft->arena, capacity, sizeof(*lines));

        if (draft->count > 0)
            memcpy(lines, draft->lines, draft->count * sizeof(*lines));
        draft->lines = lines;
        draft->capacity = capacity;
    }
    draft->lines[draft->count++] = line;
}

void draft_add(struct draft *draft, const char *section, const char *key, const char *rule, const char *json,
               const char *comment)
{
    for (size_t i = 0; i < draft->omission_count; i++)
        if (strcmp(draft->omissions[i].key, rule) == 0) {
            draft_remark(draft, section,
                         arena_format(draft->arena, "%s is left open: %s", rule, draft->omissions[i].reason));
            return;
        }
    append(draft, (struct draft_line){section, key, arena_string(draft->arena, json), comment});
}

void draft_remark(struct draft *draft, const char *section, const char *comment)
{
    for (size_t i = 0; i < draft->count; i++)
        if (draft->lines[i].json == NULL && strcmp(draft->lines[i].comment, comment) == 0)
            return;
    append(draft, (struct draft_line){section, "", NULL, comment});
}

/* ---- lists ---- */

struct draft_list draft_list_begin(struct arena *arena)
{
    return (struct draft_list){.text = text_growing(DRAFT_JSON_BYTES_MAX), .arena = arena};
}

void draft_list_add_json(struct draft_list *list, const char *json)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], json) == 0)
            return;
    if (list->count == list->capacity) {
        const char **items = arena_array(list->arena, list->capacity * 2 + 16, sizeof(*items));

        for (size_t i = 0; i < list->count; i++)
            items[i] = list->items[i];
        list->items = items;
        list->capacity = list->capacity * 2 + 16;
    }
    list->items[list->count++] = arena_string(list->arena, json);
}

void draft_list_add(struct draft_list *list, const char *word)
{
    text_reset(&list->text);
    json_append_string(&list->text, word);
    draft_list_add_json(list, list->text.bytes);
}

const char *draft_literal(const char *word, struct arena *arena)
{
    char *literal = arena_allocate(arena, strlen(word) * 2 + 1);
    size_t length = 0;

    for (; *word != '\0'; word++) {
        if (strchr("*?[\\", *word) != NULL)
            literal[length++] = '\\';
        literal[length++] = *word;
    }
    return literal;
}

void draft_list_add_pattern(struct draft_list *list, const char *word)
{
    draft_list_add(list, draft_literal(word, list->arena));
}

const char *draft_list_end(struct draft_list *list)
{
    const char *json;

    text_reset(&list->text);
    text_append(&list->text, "[");
    for (size_t i = 0; i < list->count; i++)
        text_append_format(&list->text, "%s%s", i > 0 ? ", " : "", list->items[i]);
    text_append(&list->text, "]");
    json = arena_string(list->arena, list->text.bytes);
    text_free(&list->text);
    return json;
}

/* ---- the page ---- */

enum { COMMENT_WIDTH = 96, LIST_WIDTH = 100 };

/* Words of a comment in lines of their own; what a bundle says must not end the comment. */
static void append_comment(struct text *text, const char *indent, const char *comment)
{
    size_t column = COMMENT_WIDTH;

    for (const char *at = comment; *at != '\0';) {
        size_t length = strcspn(at, " \n");

        if (column + 1 + length > COMMENT_WIDTH) {
            text_append_format(text, "%s%s//", column == COMMENT_WIDTH && at == comment ? "" : "\n", indent);
            column = strlen(indent) + 2;
        }
        text_append_character(text, ' ');
        text_append_escaped(text, at, length);
        column += 1 + length;
        at += length;
        at += strspn(at, " \n");
    }
    text_append_character(text, '\n');
}

static bool is_same_section(const struct draft *draft, size_t one, size_t other)
{
    return strcmp(draft->lines[one].section, draft->lines[other].section) == 0;
}

/* Does a value follow, in the section or at all? */
static bool another_follows(const struct draft *draft, size_t at, bool in_section)
{
    for (size_t i = at + 1; i < draft->count; i++)
        if (draft->lines[i].json != NULL && (!in_section || is_same_section(draft, at, i)))
            return true;
    return false;
}

/* A long list goes into several lines, broken between items. */
static void append_value(struct text *text, const char *json, const char *indent)
{
    size_t begin = text->length;
    bool quoted = false;

    for (const char *at = json; *at != '\0'; at++) {
        if (*at == '"' && (at == json || at[-1] != '\\'))
            quoted = !quoted;
        text_append_character(text, *at);
        if (!quoted && *at == ',' && text->length - begin > LIST_WIDTH - strlen(indent)) {
            text_append_format(text, "\n%s   ", indent);
            begin = text->length;
        }
    }
}

static void print_section(struct text *text, const struct draft *draft, size_t first)
{
    const char *section = draft->lines[first].section;

    text_append_format(text, "  \"%s\": {\n", section);
    for (size_t i = first; i < draft->count; i++) {
        const struct draft_line *line = &draft->lines[i];

        if (!is_same_section(draft, first, i))
            continue;
        if (line->comment != NULL)
            append_comment(text, "    ", line->comment);
        if (line->json == NULL)
            continue;
        text_append_format(text, "    \"%s\": ", line->key);
        append_value(text, line->json, "    ");
        text_append(text, another_follows(draft, i, true) ? ",\n" : "\n");
    }
}

static bool has_value(const struct draft *draft, size_t first)
{
    for (size_t i = first; i < draft->count; i++)
        if (is_same_section(draft, first, i) && draft->lines[i].json != NULL)
            return true;
    return false;
}

static size_t last_of_section(const struct draft *draft, size_t first)
{
    size_t last = first;

    for (size_t i = first; i < draft->count; i++)
        if (is_same_section(draft, first, i))
            last = i;
    return last;
}

/* Sections stand in the order of their first line; the lines of one lie together. */
void draft_print(struct text *text, const struct draft *draft)
{
    for (size_t i = 0; i < draft->count; i++) {
        const struct draft_line *line = &draft->lines[i];

        if (line->key[0] == '\0' || !has_value(draft, i)) {
            if (line->comment != NULL)
                append_comment(text, "  ", line->comment);
            if (line->json != NULL && line->key[0] == '\0') {
                text_append_format(text, "  \"%s\": ", line->section);
                append_value(text, line->json, "  ");
                text_append(text, another_follows(draft, i, false) ? ",\n" : "\n");
            }
            continue;
        }
        print_section(text, draft, i);
        i = last_of_section(draft, i);
        text_append(text, another_follows(draft, i, false) ? "  },\n" : "  }\n");
    }
}
