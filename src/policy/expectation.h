/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the author of a policy expects of it (`thwart policy test`), and whether a decision is that. Pure. */
#pragma once

#include "json/table.h"
#include "policy/policy.h"

/* A finding that must be there. What is not given may be anything. */
struct policy_expected_finding {
    const char *rule; /* id or name */
    const char *effect, *pointer, *subject;
};

/* One case. Paths are relative to the file that it stands in. */
struct policy_case {
    const char *name;             /* in cases.json; else the folder's */
    struct json_strings policies; /* names, or files: with a slash, or ending in .json */
    const char *bundle;           /* a folder */
    const char *config;           /* a configuration; with a bundle, in it. Absent: config.json */
    const char *exec;             /* a process object: then exec is judged */
    const char *host_facts;
    const char *effect;           /* "granted", "narrowed", "refused" */
    bool only;                    /* no other finding may narrow or refuse, or would */
    struct json_structs findings; /* struct policy_expected_finding */
};

/* DIR/cases.json: {"thwart": 1, "cases": [...]}; DIR/CASE/expect.json: one of them. */
struct policy_cases {
    uint32_t thwart;
    struct json_structs cases; /* struct policy_case */
};

extern const struct json_table policy_case_table, policy_cases_table;

/* Append one line for everything that is not as expected; nothing when all is. */
void policy_case_compare(const struct policy_case *expected, const struct policy_decision *decision,
                         struct text *text);
