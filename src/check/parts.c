/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See parts.h. */
#include "check/parts.h"

#include <string.h>
#include "json/table.h"

const char *check_severity_name(enum check_severity severity)
{
    static const char *const names[] = {
        [CHECK_NOTE] = "note", [CHECK_WARNING] = "warning", [CHECK_ERROR] = "error"};

    return names[severity];
}

const char *check_outcome_name(enum check_outcome outcome)
{
    static const char *const names[] = {[CHECK_CONFORMS] = "conforms",
                                        [CHECK_FINDINGS] = "findings",
                                        [CHECK_INVALID] = "invalid",
                                        [CHECK_HOST] = "host",
                                        [CHECK_TRUST] = "trust"};

    return names[outcome];
}

enum check_outcome check_outcome_of(const struct check_totals *totals)
{
    if (totals->trust > 0)
        return CHECK_TRUST;
    if (totals->host > 0)
        return CHECK_HOST;
    if (totals->invalid > 0)
        return CHECK_INVALID;
    return totals->with_findings > 0 ? CHECK_FINDINGS : CHECK_CONFORMS;
}

const char *check_kind_name(enum check_kind kind)
{
    static const char *const names[] = {[CHECK_BUNDLE] = "bundle",
                                        [CHECK_CONFIGURATION] = "configuration",
                                        [CHECK_LAYOUT] = "layout",
                                        [CHECK_POLICY] = "policy",
                                        [CHECK_NOTHING] = "nothing"};

    return names[kind];
}

bool check_finding_counts(const struct check_run *run, const struct check_finding *finding)
{
    return !finding->known && finding->finding->waiver == NULL && finding->severity >= run->fail_on;
}

bool check_problem_counts(const struct check_run *run, const struct check_problem *problem)
{
    return !problem->known && problem->severity >= run->fail_on;
}

void check_append_message(struct text *text, const struct check_finding *finding)
{
    const struct policy_finding *what = finding->finding;

    text_append_format(text, "%s %s: ", what->rule, policy_rule_words(what->rule)->name);
    if (*what->subject != '\0' && strstr(what->reason, what->subject) == NULL) {
        text_append_escaped(text, what->subject, strlen(what->subject));
        text_append(text, ": ");
    }
    text_append_escaped(text, what->reason, strlen(what->reason));
}

void check_append_member(struct text *text, const char *key, const char *value)
{
    const char last = text->length > 0 ? text->bytes[text->length - 1] : '{';

    text_append_format(text, "%s\"%s\":", last == '{' || last == '[' ? "" : ",", key);
    json_append_string(text, value);
}

void check_join_comma(struct text *text, const char *piece, size_t length, size_t *joined)
{
    if (*joined > 0)
        text_append(text, ",\n");
    text_append_bytes(text, piece, length);
    ++*joined;
}

const char *check_relative(const struct check_run *run, const char *file)
{
    size_t length = run->directory != NULL ? strlen(run->directory) : 0;

    while (strncmp(file, "./", 2) == 0)
        file += 2;
    if (length > 1 && strncmp(file, run->directory, length) == 0 && file[length] == '/')
        return file + length + 1;
    return file;
}

void check_append_uri(struct text *text, const struct check_run *run, const char *file)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=@";

    file = check_relative(run, file);
    if (*file == '/')
        text_append(text, "file://");
    for (; *file != '\0'; file++) {
        if (strchr(plain, *file) != NULL)
            text_append_character(text, *file);
        else
            text_append_format(text, "%%%02X", (unsigned char)*file);
    }
}

void check_append_xml(struct text *text, const char *string)
{
    const char *end = string + strlen(string);

    while (string < end) {
        size_t size = text_character_length(string, (size_t)(end - string));
        const unsigned char byte = (unsigned char)*string;

        if (byte == '&')
            text_append(text, "&amp;");
        else if (byte == '<')
            text_append(text, "&lt;");
        else if (byte == '>')
            text_append(text, "&gt;");
        else if (byte == '"')
            text_append(text, "&quot;");
        else if (byte == '\n' || byte == '\t' || byte == '\r')
            text_append_format(text, "&#%u;", byte);
        /* Control characters, U+FFFE and U+FFFF are no characters of XML 1.0, escaped or not. */
        else if (size == 0 || byte < 0x20 ||
                 (size == 3 &&
                  (memcmp(string, "\xef\xbf\xbe", 3) == 0 || memcmp(string, "\xef\xbf\xbf", 3) == 0)))
            text_append(text, "\xef\xbf\xbd");
        else
            text_append_bytes(text, string, size);
        string += size > 0 ? size : 1;
    }
}
