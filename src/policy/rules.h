/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules by their stable ids: one table, from which findings, `thwart policy explain`, events and the
 * manual (docs/thwart-rules.7.md, held against this table by a test) take their words.
 */
#pragma once

#include <stddef.h>
#include "policy/model.h"

struct policy_rule_words {
    const char *id;    /* "TW0205" */
    const char *name;  /* "capabilities": short, stable, kebab-case */
    const char *key;   /* in a policy: "process.capabilities"; "" when no key causes it */
    const char *what;  /* one line: what is bounded */
    const char *why;   /* one or two lines: what goes wrong without it */
    const char *allow; /* how to allow what was refused: what to write where */
    const char
        *tags; /* of the standards, separated by blanks: "pss-baseline cis-docker-5.4 nist-800-190-3.4.3" */
    enum policy_otherwise by_default; /* NARROW or REFUSE */
    bool can_narrow;
};

/* By id; aborts for one that is not in the table (a fault of ours). */
const struct policy_rule_words *policy_rule_words(const char *id);

/* All, ordered by id. */
const struct policy_rule_words *policy_rules_all(size_t *count);
