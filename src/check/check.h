/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets -> results -> report.
 *
 * The parent reads thwart.json and the policies once, finds the targets one by one (folders are never listed
 * as a whole beyond what stable order needs) and forks one worker a processor; a worker judges a target,
 * prints its pieces and answers with them and their counts; the parent writes pieces in order. Memory does
 * not grow with the number of targets: at most a bounded number of pieces waits.
 */
#pragma once

#include "check/format.h"
#include "container/policies.h"
#include "plan/host_facts.h"
#include "plan/plan.h"

struct check_request {
    const char *const *targets; /* as given; "-" is standard input */
    size_t target_count;
    const struct policies_request *policies;
    const char *state_root;
    enum plan_cgroup_manager cgroup_manager;
    bool host;                      /* --host: what is named is looked at on this host, too */
    const struct host_facts *facts; /* of --host or --host-facts; NULL: every host can everything */
    const struct check_format *format;
    struct check_run run;
    const char *baseline; /* a report of --format json whose findings are known; NULL */
    unsigned int workers; /* 0: one a processor */
    bool progress;        /* a line on standard error, which is a terminal */
};

/* Write the report to a descriptor. *worst: of all targets. -1: what keeps the whole run from being done (a
 * policy that cannot be read, a baseline that is none, the output): ERROR_INVALID and others; a target that
 * cannot be judged is a result. */
int check_run_all(const struct check_request *request, int output, struct check_totals *totals,
                  enum check_outcome *worst, struct error *error);
