/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart check: what create would say of many bundles, for pipelines. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/date.h"
#include "base/memory.h"
#include "check/check.h"
#include "cli/command.h"
#include "cli/host_facts_file.h"
#include "cli/policy_decision.h"
#include "config.h"
#include "container/prepare.h"
#include "linux/host_probe.h"

enum { WORKERS_MAX = 64, WAIVER_DAYS = 30 };

struct check_options {
    struct json_strings policies;
    const char *configuration, *format, *fail_on, *host_facts, *baseline, *category;
    bool host, propose_waivers;
    uint32_t jobs;
};

#define PLACE(member) offsetof(struct check_options, member)

static const char *const severities[] = {"note", "warning", "error", NULL};

static const struct option rows[] = {
    {"policy", 'p', OPTION_LIST, PLACE(policies), "POLICY",
     "a policy that applies, in place of the default one, by name or path; may be given again"},
    {"configuration", 0, OPTION_STRING, PLACE(configuration), "FILE",
     "in place of /etc/thwart/thwart.json (thwart.json(5))"},
    {"format", 'f', OPTION_WORD, PLACE(format), "FORMAT",
     "text (default), json, sarif, junit, tap, github or gitlab", .words = check_format_names},
    {"fail-on", 0, OPTION_WORD, PLACE(fail_on), "SEVERITY",
     "findings from here on fail the check: note, warning or error (default)", .words = severities},
    {"host", 0, OPTION_FLAG, PLACE(host), NULL, "check also that this host can enforce it"},
    {"host-facts", 0, OPTION_STRING, PLACE(host_facts), "FILE",
     "check also that the host can that FILE describes (thwart features --host-facts)"},
    {"baseline", 0, OPTION_STRING, PLACE(baseline), "FILE",
     "findings of this report (--format json) are known: only what is new counts"},
    {"propose-waivers", 0, OPTION_FLAG, PLACE(propose_waivers), NULL,
     "write a file of waivers for what is found, in place of a report"},
    {"category", 0, OPTION_STRING, PLACE(category), "NAME",
     "of this run among others of a repository (sarif)"},
    {"jobs", 'j', OPTION_NUMBER, PLACE(jobs), "N",
     "targets judged at the same time (default: one a processor)", .maximum = WORKERS_MAX},
};

static enum check_severity severity_of(const char *word)
{
    if (word != NULL && strcmp(word, "note") == 0)
        return CHECK_NOTE;
    return word != NULL && strcmp(word, "warning") == 0 ? CHECK_WARNING : CHECK_ERROR;
}

static int read_host(const struct check_options *options, struct arena *arena,
                     const struct host_facts **facts, struct error *error)
{
    struct host_facts *probed;

    *facts = NULL;
    if (options->host && options->host_facts != NULL)
        return error_set(error, ERROR_USAGE,
                         "thwart check: --host is about this host and --host-facts about another: give one");
    if (options->host_facts != NULL)
        return host_facts_file_read(options->host_facts, arena, facts, error);
    if (!options->host)
        return 0;
    probed = arena_allocate(arena, sizeof(*probed));
    *facts = probed;
    return host_probe(HOST_PROBE_FULL, arena, probed, error);
}

/* The last day of waivers that are proposed: soon, so that somebody looks again. */
static const char *expiry(struct arena *arena)
{
    const struct date_parts day = date_parts_of(time(NULL) + (int64_t)WAIVER_DAYS * DATE_DAY_S);

    return arena_format(arena, "%04d-%02d-%02d", (int)day.year, day.month, day.day);
}

static const struct check_format *format_of(const struct check_options *options)
{
    if (options->propose_waivers)
        return &check_format_waivers;
    return check_format_find(options->format != NULL ? options->format : "text");
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct check_options *options = invocation->options;
    cleanup_free char *directory = getcwd(NULL, 0);
    struct policies_request policies = invocation->runtime->policies;
    struct check_request request = {
        .targets = (const char *const *)invocation->words,
        .target_count = invocation->word_count,
        .policies = &policies,
        .state_root = invocation->runtime->root,
        .cgroup_manager = invocation->runtime->cgroup_manager,
        .host = options->host,
        .format = format_of(options),
        .baseline = options->baseline,
        .workers = options->jobs,
        .progress = isatty(STDERR_FILENO) == 1,
        .run = {.version = THWART_VERSION,
                .category = options->category,
                .directory = directory,
                .colours = policy_colours(),
                .fail_on = severity_of(options->fail_on),
                .expires = expiry(invocation->arena)},
    };
    struct check_totals totals;
    enum check_outcome worst;

    policies.named = policy_words_of(invocation, &options->policies);
    if (options->configuration != NULL)
        policies.configuration_file = options->configuration;
    if (options->propose_waivers && options->format != NULL)
        return error_set(error, ERROR_USAGE,
                         "thwart check: --propose-waivers writes waivers, and no report of any --format");
    if (read_host(options, invocation->arena, &request.facts, error) != 0 ||
        check_run_all(&request, STDOUT_FILENO, &totals, &worst, error) != 0)
        return -1;
    *status = (int)worst;
    return 0;
}

const struct command command_check = {
    .name = "check",
    .words = "TARGET...",
    .summary = "say what create would say of bundles, images and policies, for pipelines",
    .words_minimum = 1,
    .words_maximum = SIZE_MAX,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct check_options),
    .family = EXIT_FAMILY_ANSWER,
    .run = run,
};
