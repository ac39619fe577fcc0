/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several forms of a report have in common. */
#pragma once

#include "check/format.h"

/* "note", "warning", "error". */
const char *check_severity_name(enum check_severity severity);

/* "conforms", "findings", "invalid", "host", "trust". */
const char *check_outcome_name(enum check_outcome outcome);
/* Of all targets together. */
enum check_outcome check_outcome_of(const struct check_totals *totals);

/* "bundle", "configuration", "layout", "policy", "nothing". */
const char *check_kind_name(enum check_kind kind);

/* Is it told as something to mend: neither waived nor known, and at or above --fail-on? */
bool check_finding_counts(const struct check_run *run, const struct check_finding *finding);
bool check_problem_counts(const struct check_run *run, const struct check_problem *problem);

/* "TW0205 capabilities: REASON"; with the subject where the reason does not have it. One line. */
void check_append_message(struct text *text, const struct check_finding *finding);

/* ", \"KEY\":" and a string; without the first comma where the text ends with an opening bracket. */
void check_append_member(struct text *text, const char *key, const char *value);

/* Joins pieces of JSON by commas. */
void check_join_comma(struct text *text, const char *piece, size_t length, size_t *joined);

/* The name of a file as a URI reference relative to run->directory (RFC 3986: what is not plain is
 * percent-encoded). */
void check_append_uri(struct text *text, const struct check_run *run, const char *file);

/* The same, as it is: without run->directory in front. */
const char *check_relative(const struct check_run *run, const char *file);

/* For XML 1.0: markup and characters that it cannot have are replaced. Attributes and text. */
void check_append_xml(struct text *text, const char *string);
