/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found out about one target of `thwart check`. Plain data; formats (check/format.h) print it,
 * nothing else reads it. A target is judged by the evaluation that `create` enforces: findings are those of
 * policy_decide, with the places that finding_places gave them.
 */
#pragma once

#include "policy/policy.h"

/* Worst last; the exit status of the whole run is that of the worst target. */
enum check_outcome {
    CHECK_CONFORMS, /* nothing at or above --fail-on */
    CHECK_FINDINGS, /* 1 */
    CHECK_INVALID,  /* 2: the target cannot be read or parsed, or a policy cannot */
    CHECK_HOST,     /* 3: granted, but the host that was asked about cannot enforce it */
    CHECK_TRUST,    /* 4: what had to be proven of the image is not */
};

enum check_kind {
    CHECK_BUNDLE,        /* a folder with config.json */
    CHECK_CONFIGURATION, /* config.json alone, or standard input */
    CHECK_LAYOUT,        /* an OCI image layout, folder or tar: one result per image of its index */
    CHECK_POLICY,        /* a policy file, thwart.json or a file of waivers */
    CHECK_NOTHING,       /* none of them: why is a problem */
};

/* How bad a finding is. In words: "note", "warning", "error" (SARIF's levels). */
enum check_severity {
    CHECK_NOTE,    /* granted with a remark, or would have been narrowed or refused by a policy on trial */
    CHECK_WARNING, /* narrowed: the container runs, with less than it asks for */
    CHECK_ERROR,   /* refused */
};

/* Where a token stands. line 0: nowhere in particular. Columns count from 1, in bytes; end_column is one
 * behind the token's last byte. */
struct check_place {
    const char *file; /* as the target was named on the command line, with what was found beneath it */
    uint32_t line, column, end_line, end_column;
};

enum { CHECK_FINGERPRINT_SIZE = 33 };

struct check_finding {
    const struct policy_finding *finding; /* of the decision */
    enum check_severity severity;
    struct check_place place;
    const char *line_text;        /* the line in the file, without its end; NULL: none */
    bool known;                   /* --baseline has it: told, but it does not count */
    const char *fingerprint;      /* stable over changes elsewhere in the file: 32 hex digits */
    const char *fingerprint_base; /* without the number of equal ones before it */
};

/* One line, for what is no finding: why a target could not be judged, a mistake in a policy, or advice. */
struct check_problem {
    enum check_severity severity; /* ERROR: could not be judged, or a mistake; WARNING: advice */
    struct check_place place;
    const char *message;
    const char *advice; /* id ("image-selector-unverified"); NULL: none */
    const char *line_text;
    bool known; /* advice only */
    const char *fingerprint;
};

struct check_result {
    const char *name; /* of the target; ordered as given, what lies in a folder by name */
    enum check_kind kind;
    enum check_outcome outcome;
    const struct check_finding *findings; /* strongest first, then by place */
    size_t finding_count;
    const struct check_problem *problems;
    size_t problem_count;
    const struct policy_set *set; /* that applied; NULL: it did not come to that */
    size_t known_count, waived_count;
};
