/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See finding_places.h. */
#include "container/finding_places.h"

#include <string.h>
#include "base/number.h"
#include "json/json.h"

/* As deep as an object of lists, or a list of objects. */
enum { SUBJECT_DEPTH = 2 };

struct place {
    uint32_t line, column;
};

/* One step of a pointer (RFC 6901): "~1" is a slash, "~0" a tilde. *pointer: behind it. */
static char *next_step(const char **pointer, struct arena *arena)
{
    size_t length = strcspn(*pointer + 1, "/"), used = 0;
    const char *from = *pointer + 1;
    char *step = arena_allocate(arena, length + 1);

    for (size_t i = 0; i < length; i++) {
        if (from[i] == '~' && i + 1 < length && (from[i + 1] == '0' || from[i + 1] == '1'))
            step[used++] = from[++i] == '1' ? '/' : '~';
        else
            step[used++] = from[i];
    }
    step[used] = '\0';
    *pointer = from + length;
    return step;
}

static const struct json_member *find_member(const struct json_value *object, const char *key)
{
    for (size_t i = 0; i < object->object.count; i++)
        if (strcmp(object->object.members[i].key, key) == 0)
            return &object->object.members[i];
    return NULL;
}

/* One step down. *place becomes that of the member's key, or of the element. NULL: it is not there. */
static const struct json_value *step_down(const struct json_value *value, const char *step,
                                          struct place *place)
{
    uint64_t index;

    if (value->type == JSON_OBJECT) {
        const struct json_member *member = find_member(value, step);

        if (member == NULL)
            return NULL;
        *place = (struct place){member->line, member->column};
        return member->value;
    }
    if (value->type != JSON_ARRAY || !number_unsigned(step, UINT32_MAX, &index) ||
        index >= value->array.count)
        return NULL;
    value = value->array.items[index];
    *place = (struct place){value->line, value->column};
    return value;
}

/* Is this string the subject, or the setting of a variable of that name? */
static bool is_about(const struct json_value *value, const char *subject, size_t length)
{
    return value->type == JSON_STRING && strncmp(value->string.bytes, subject, length) == 0 &&
           (value->string.bytes[length] == '\0' || value->string.bytes[length] == '=');
}

/* The first token in a list, a list of objects or an object of lists that is what a finding is about: one
 * capability of five sets, one variable, one namespace. NULL: none. */
static const struct json_value *find_subject(const struct json_value *value, const char *subject,
                                             size_t length, unsigned int depth)
{
    const struct json_value *found = NULL;

    if (is_about(value, subject, length))
        return value;
    if (depth == 0)
        return NULL;
    if (value->type == JSON_ARRAY)
        for (size_t i = 0; found == NULL && i < value->array.count; i++)
            found = find_subject(value->array.items[i], subject, length, depth - 1);
    else if (value->type == JSON_OBJECT)
        for (size_t i = 0; found == NULL && i < value->object.count; i++)
            found = find_subject(value->object.members[i].value, subject, length, depth - 1);
    return found;
}

/* NULL: not there; then *place is that of the nearest object. */
static const struct json_value *find_value(const struct json_value *root, const char *pointer,
                                           struct arena *arena, struct place *place)
{
    *place = (struct place){root->line, root->column};
    while (root != NULL && pointer[0] == '/')
        root = step_down(root, next_step(&pointer, arena), place);
    return root;
}

void finding_places_in(struct policy_decision *decision, const struct json_value *tree, struct arena *arena)
{
    struct policy_finding *findings = arena_array(arena, decision->finding_count, sizeof(*findings));

    for (size_t i = 0; i < decision->finding_count; i++) {
        struct place place;

        find_value(tree, decision->findings[i].pointer, arena, &place);
        findings[i] = decision->findings[i];
        findings[i].line = place.line;
        findings[i].column = place.column;
    }
    decision->findings = findings;
}

bool finding_token(const struct policy_finding *finding, const struct json_value *tree, struct arena *arena,
                   uint32_t *line, uint32_t *column)
{
    const struct json_value *value;
    struct place place;

    /* The whole configuration is no list of subjects: a word of it may be anything. */
    if (finding->pointer[0] == '\0' || finding->subject == NULL || finding->subject[0] == '\0')
        return false;
    value = find_value(tree, finding->pointer, arena, &place);
    if (value == NULL || value->type == JSON_STRING)
        return false;
    value = find_subject(value, finding->subject, strlen(finding->subject), SUBJECT_DEPTH);
    if (value == NULL)
        return false;
    *line = value->line;
    *column = value->column;
    return true;
}

int finding_places(struct policy_decision *decision, const char *config, size_t length, struct arena *arena,
                   struct error *error)
{
    struct json_value *root;

    if (decision->finding_count == 0)
        return 0;
    if (json_read(config, length, "config.json", NULL, arena, &root, error) != 0)
        return -1;
    finding_places_in(decision, root, arena);
    return 0;
}

/* Where the token ends that begins at `from` of a line: a string behind its quote, a bracket behind itself, a
 * word before what may follow it. */
static size_t token_end(const char *line, size_t length, size_t from)
{
    size_t at = from + 1;

    if (line[from] == '"') {
        while (at < length && line[at] != '"')
            at += line[at] == '\\' && at + 1 < length ? 2 : 1;
        return at < length ? at + 1 : length;
    }
    if (strchr("{}[]:,", line[from]) != NULL)
        return at;
    while (at < length && strchr(" \t\r,:]}", line[at]) == NULL)
        at++;
    return at;
}

struct finding_lines finding_lines_of(const char *config, size_t length, struct arena *arena)
{
    struct finding_lines lines = {.config = config, .length = length};
    const char *end = config + length, *at = config, *newline;
    uint32_t *starts;
    size_t count = 1;

    while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at = newline + 1;
        count++;
    }
    starts = arena_array(arena, count, sizeof(*starts));
    for (at = config; lines.count < count; lines.count++) {
        starts[lines.count] = (uint32_t)(at - config);
        newline = memchr(at, '\n', (size_t)(end - at));
        at = newline != NULL ? newline + 1 : end;
    }
    lines.starts = starts;
    return lines;
}

struct finding_span finding_span(const struct finding_lines *lines, uint32_t line, uint32_t column)
{
    struct finding_span span = {0};
    size_t end;

    if (line == 0 || line > lines->count || column == 0)
        return span;
    end = line < lines->count ? lines->starts[line] - 1 : lines->length;
    span.line = lines->config + lines->starts[line - 1];
    span.line_length = end - lines->starts[line - 1];
    if (span.line_length > 0 && span.line[span.line_length - 1] == '\r')
        span.line_length--;
    span.end_column = column <= span.line_length
                          ? (uint32_t)(token_end(span.line, span.line_length, column - 1) + 1)
                          : column;
    return span;
}
