/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A decision, explained: for people, and as a document (docs/thwart-explain.schema.json). Pure: all is in
 * what is given. */
#pragma once

#include <stdbool.h>
#include "base/text.h"
#include "policy/policy.h"
#include "trust/trust.h"

enum { EXPLAIN_WIDTH = 80 };

struct explanation {
    const char *action;        /* "create" or "exec" */
    const char *config;        /* the file that findings point into, as people shall read it */
    const char *bundle;        /* absolute; NULL: none */
    const char *trust;         /* level of proof */
    const struct trust *image; /* what was found out about the image; NULL: no policy asked */
    const struct policy_set *set;
    const struct policy_decision *decision;
};

/* "granted", "narrowed" or "refused": the whole decision in one word. What only would happen (audit mode)
 * counts as granted. */
const char *explain_effect(const struct policy_decision *decision);

/* At most EXPLAIN_WIDTH characters a line. colour: with escape sequences. */
void explain_text(struct text *text, const struct explanation *explanation, bool colour);

/* The findings alone, each after an empty line. */
void explain_findings(struct text *text, const struct policy_decision *decision, bool colour);

/* One line of JSON and a newline. `findings` is what create writes into its events and records, byte for
 * byte. */
void explain_json(struct text *text, const struct explanation *explanation);

/* "mandatory", "default", "volunteered", "extended". */
const char *explain_role(enum policy_role role);
