/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of policy_fixture.h with one more question: what was granted is granted again without a word. */
#pragma once

#include "policy_fixture.h"

static inline void rows_again(const struct fixture_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct fixture_row *row = &rows[i];
        struct fixture fixture = {0};

        fixture_row_decide(&fixture, row);
        if (!fixture.decision.refused) {
            fixture.spec = fixture.decision.grant;
            fixture_decide(&fixture);
            for (size_t j = 0; j < fixture.decision.finding_count; j++)
                if (fixture.decision.findings[j].effect >= POLICY_NARROWED)
                    fail_msg("row %zu, once more: %s", i, fixture_findings(&fixture));
        }
        fixture_end(&fixture);
    }
}

static inline void check_rows(const struct fixture_row *rows, size_t count)
{
    fixture_rows(rows, count);
    rows_again(rows, count);
}

/* A mount of the host's `source`. */
#define BIND(source, options)                                                                                \
    "{'destination': '/to', 'type': 'bind', 'source': '" source "', 'options': [" options "]}"
#define MOUNTS(list) "'mounts': [" list "]"
