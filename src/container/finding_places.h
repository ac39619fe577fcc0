/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and columns of findings in the configuration that they point into: looked up only when somebody will
 * read them (a refusal, explain, an event). */
#pragma once

#include "policy/policy.h"

/* config: the bytes that were parsed. A pointer to an absent member gets the place of the nearest object that
 * is there. */
int finding_places(struct policy_decision *decision, const char *config, size_t length, struct arena *arena,
                   struct error *error);

/* The same in a document that was read already. */
void finding_places_in(struct policy_decision *decision, const struct json_value *tree, struct arena *arena);

/* The token that a finding is about, where its pointer is to a list that has the subject: one capability of
 * five sets, one variable, one namespace. False: there is none. */
bool finding_token(const struct policy_finding *finding, const struct json_value *tree, struct arena *arena,
                   uint32_t *line, uint32_t *column);

/* Where the lines of a text begin. */
struct finding_lines {
    const char *config; /* borrowed */
    size_t length;
    const uint32_t *starts;
    size_t count;
};
struct finding_lines finding_lines_of(const char *config, size_t length, struct arena *arena);

/* The line that a place is on, and the token that begins there. column of no token (0), or a line that is not
 * there: line NULL. */
struct finding_span {
    const char *line; /* borrowed, not NUL-terminated */
    size_t line_length;
    uint32_t end_column; /* one behind the token's last byte; from 1, in bytes */
};
struct finding_span finding_span(const struct finding_lines *lines, uint32_t line, uint32_t column);
