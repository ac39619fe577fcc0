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
};

struct check_totals {
    size_t targets, conform, with_findings, invalid, host, trust;
    size_t notes, warnings, errors, waived, known;
};

struct check_format {
    const char *name; /* "text", "json", "sarif", "junit", "tap", "github", "gitlab" */
    void (*begin)(struct text *text, const struct check_run *run);
    /* index: from 0, in the order of the targets: number of TAP's line, a comma before all but the first. */
    void (*result)(struct text *text, const struct check_run *run, const struct check_result *result,
                   size_t index);
    void (*end)(struct text *text, const struct check_run *run, const struct check_totals *totals);
};

/* NULL: there is none of that name. */
const struct check_format *check_format_find(const char *name);

/* Their names, ended by NULL. */
extern const char *const check_format_names[];

extern const struct check_format check_format_text, check_format_json, check_format_sarif, check_format_junit,
    check_format_tap, check_format_github, check_format_gitlab;
