/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of waivers: each an exception to one rule, by somebody, for a reason, until a day. */
#include "policy/waiver.h"

#include <string.h>
#include "base/date.h"
#include "base/memory.h"
#include "policy/printer.h"
#include "policy/reader.h"
#include "policy/rules.h"

enum { SHOWN = 40 };

/* A file while it is read. */
struct document {
    uint32_t version;
    struct policy_waiver *waivers;
    size_t count;
};

static bool check_rule(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    size_t count;
    const struct policy_rule_words *rules = policy_rules_all(&count);
    const char *suggestion;

    for (size_t i = 0; i < count; i++)
        if (strcmp(rules[i].id, word) == 0)
            return true;
    suggestion = reader_suggestion(reader, word, &rules[0].name, count, sizeof(rules[0]));
    for (size_t i = 0; suggestion != NULL && i < count; i++)
        if (strcmp(rules[i].name, suggestion) == 0) {
            suggestion = rules[i].id;
            break;
        }
    if (suggestion == NULL)
        suggestion = reader_suggestion(reader, word, &rules[0].id, count, sizeof(rules[0]));
    reader_mistake(reader, spot, "there is no rule \"%.*s\"%s", SHOWN, word,
                   reader_did_you_mean(reader, suggestion));
    return false;
}

/* An exception that nobody answers for is none. */
static bool check_words(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    if (word[strspn(word, " \t\n")] != '\0' && !text_has_control(word))
        return true;
    reader_mistake(reader, spot, "expected some words on one line: a waiver has a reason and an owner");
    return false;
}

static const struct reader_word_kind rule_kind = {.what = "the id of a rule", .check = check_rule},
                                     words_kind = {.what = "some words", .check = check_words};

static void read_expires(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct policy_waiver *waiver = target;
    const char *text = reader_string(reader, spot, "a day such as \"2027-03-31\"");

    (void)detail;
    if (text == NULL)
        return;
    if (date_parse_day(text, &waiver->expires_s))
        waiver->expires_s += DATE_DAY_S;
    else
        reader_mistake(reader, spot, "\"%.*s\" is no day: expected YEAR-MONTH-DAY such as \"2027-03-31\"",
                       SHOWN, text);
    waiver->expires = text;
}

static const struct reader_key waiver_keys[] = {
    READER_KEY(struct policy_waiver, rule, "rule", reader_word, &rule_kind, .required = true),
    READER_KEY(struct policy_waiver, policy, "policy", reader_word, &reader_argument_pattern),
    READER_KEY(struct policy_waiver, pointer, "pointer", reader_word, &reader_argument_pattern),
    READER_KEY(struct policy_waiver, subject, "subject", reader_word, &reader_argument_pattern),
    READER_KEY(struct policy_waiver, when, "when", reader_when, NULL),
    READER_KEY(struct policy_waiver, reason, "reason", reader_word, &words_kind, .required = true),
    READER_KEY(struct policy_waiver, owner, "owner", reader_word, &words_kind, .required = true),
    {.key = "expires", .read = read_expires, .rule = READER_NO_RULE, .required = true},
};
READER_TABLE(waiver_table, "a waiver", waiver_keys);

static void read_waiver(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                        const void *detail)
{
    struct policy_waiver *waiver = (struct policy_waiver *)target + index;

    (void)detail;
    *waiver = (struct policy_waiver){.file = reader->file, .line = spot->line, .column = spot->column};
    reader_object(reader, spot, &waiver_table, NULL, waiver);
}

static void read_waivers(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct document *document = target;

    document->count = spot->value->type == JSON_ARRAY ? spot->value->array.count : 0;
    document->waivers = arena_array(reader->arena, document->count, sizeof(*document->waivers));
    reader_list(reader, spot, "a list of waivers", read_waiver, document->waivers, detail);
}

static const struct reader_key document_keys[] = {
    READER_KEY(struct document, version, "thwart", reader_version, NULL, .required = true),
    {.key = "waivers", .read = read_waivers, .rule = READER_NO_RULE, .required = true},
};
READER_TABLE(document_table, "a file of waivers", document_keys);

int policy_waivers_read(const char *bytes, size_t length, const char *file, struct arena *arena,
                        struct policy_problems *problems, const struct policy_waiver **waivers, size_t *count,
                        struct error *error)
{
    struct document document = {0};
    struct policy_problems own = {0};
    struct reader reader = {.file = file, .arena = arena, .problems = problems != NULL ? problems : &own};

    *waivers = NULL;
    *count = 0;
    if (reader_document(&reader, bytes, length, &document_table, NULL, &document, error) != 0)
        return -1;
    *waivers = document.waivers;
    *count = document.count;
    return 0;
}

void policy_waiver_print(struct text *text, const struct policy_waiver *waiver, unsigned int indent)
{
    struct printer printer = {.text = text, .indent = indent, .first = true};

    printer_open(&printer, NULL, '{');
    printer_string(&printer, "rule", waiver->rule);
    if (waiver->policy != NULL)
        printer_string(&printer, "policy", waiver->policy);
    if (waiver->pointer != NULL)
        printer_string(&printer, "pointer", waiver->pointer);
    if (waiver->subject != NULL)
        printer_string(&printer, "subject", waiver->subject);
    printer_when(&printer, &waiver->when);
    printer_string(&printer, "reason", waiver->reason);
    printer_string(&printer, "owner", waiver->owner);
    printer_string(&printer, "expires", waiver->expires);
    printer_close(&printer, '}');
}
