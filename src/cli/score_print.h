/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scores, for people and as a document (docs/thwart-score.schema.json). Pure. */
#pragma once

#include "policy/score.h"

/* One bundle: what it asks for and what it gets. */
struct score_result {
    const char *bundle; /* as given */
    const char *config; /* as people shall read it */
    bool refused;       /* nothing runs: nothing is exposed */
    struct score_view request, grant;
    uint32_t request_points, grant_points;
    /* Where the first pointer of each term stands; 0: nowhere. */
    uint32_t lines[SCORE_TERM_COUNT], columns[SCORE_TERM_COUNT];
};

/* Of the grant, in tenths; 0 where it is refused. */
uint32_t score_result_tenths(const struct score_weights *weights, const struct score_result *result);

void score_print_text(struct text *text, const struct score_weights *weights,
                      const struct score_result *result);

/* One member of the list `bundles`; index from 0. */
void score_print_json(struct text *text, const struct score_weights *weights,
                      const struct score_result *result, size_t index);
