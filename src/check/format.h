/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forms of a report. A report is written in pieces, each by itself: workers print results while others still
 * judge, and the pieces are put together in the order of the targets; so no form may need to know what comes.
 * Pure: text in, text out. One file a form.
 */
#pragma once

#include "base/text.h"
#include "check/result.h"

/* All that is known before the first target. */
struct check_run {
    const char *version;   /* of thwart */
    const char *category;  /* SARIF's automationDetails; NULL */
    const char *directory; /* absolute: what names are relative to, for forms that want it */
    bool colours;
    enum check_severity fail_on;
    const char *information_url; /* where the rules are described; NULL */
    const char *expires;         /* "2027-03-31", the last day of waivers that are proposed */
};

struct check_totals {
    size_t targets, conform, with_findings, invalid, host, trust;
    size_t notes, warnings, errors, waived, known; /* known ones are not among the first three */
};

struct check_format {
    const char *name; /* "text", "json", "sarif", "junit", "tap", "github", "gitlab" */
    void (*begin)(struct text *text, const struct check_run *run);
    /* A piece; none is fine. */
    void (*result)(struct text *text, const struct check_run *run, const struct check_result *result);
    /* Put a piece behind those that are there: a comma, a number. *joined: what was joined before, in the
     * form's own count; from 0. NULL: pieces follow each other as they are. */
    void (*join)(struct text *text, const char *piece, size_t length, size_t *joined);
    void (*end)(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined);
};

/* NULL: there is none of that name. */
const struct check_format *check_format_find(const char *name);

/* Their names, ended by NULL. */
extern const char *const check_format_names[];

extern const struct check_format check_format_text, check_format_json, check_format_sarif, check_format_junit,
    check_format_tap, check_format_github, check_format_gitlab;
/* Of --propose-waivers: a file of waivers for all that counts. */
extern const struct check_format check_format_waivers;
