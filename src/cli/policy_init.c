/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy init: a first draft from what a bundle requests. */
#include <string.h>
#include "cli/policy_decision.h"
#include "container/observe_request.h"
#include "policy/draft.h"
#include "policy/read.h"

struct init_options {
    const char *from_bundle, *config, *name;
};

static const struct option rows[] = {
    {"from-bundle", 'b', OPTION_STRING, offsetof(struct init_options, from_bundle), "DIR",
     "the bundle, or its configuration (default: the working directory)"},
    {"config", 'f', OPTION_STRING, offsetof(struct init_options, config), "FILE",
     "its configuration (default: config.json)"},
    {"name", 'n', OPTION_STRING, offsetof(struct init_options, name), "NAME",
     "of the policy (default: draft)"},
};

/* What the first draft names is looked at: a source may be a link, and then both of its names must be
 * covered. */
static int look(const struct prepared *prepared, const struct policy_draft_request *request,
                const struct text *text, struct arena *arena, struct policy_observed *observed,
                struct error *error)
{
    struct policy_problems problems = {0};
    struct policy_applied applied = {.role = POLICY_ROLE_MANDATORY};
    const struct policy_set set = {.items = &applied, .count = 1};

    return policy_read(text->bytes, text->length, request->name, NULL, arena, &problems, &applied.policy,
                       error) != 0
               ? -1
               : observe_request(prepared->spec, prepared->bundle, &set, prepared->facts, prepared->notes,
                                 arena, observed, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct init_options *options = invocation->options;
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);
    struct policy_draft_request request = {.name = options->name != NULL ? options->name : "draft"};
    const struct bundle_options bundle = {.bundle = options->from_bundle, .config = options->config};
    struct prepared prepared;
    struct policy_observed observed;

    (void)status;
    if (policy_prepare_alone(invocation, &bundle, &prepared, &request.config, error) != 0)
        return -1;
    request.spec = prepared.spec;
    request.notes = prepared.notes;
    request.bundle = prepared.bundle;
    if (policy_draft(&request, invocation->arena, &text, error) != 0 ||
        look(&prepared, &request, &text, invocation->arena, &observed, error) != 0)
        return -1;
    request.observed = &observed;
    if (policy_draft(&request, invocation->arena, &text, error) != 0)
        return -1;
    return command_print(&text, error);
}

const struct command policy_command_init = {
    .name = "policy init",
    .words = "",
    .summary = "write a first policy from what a bundle requests, to standard output",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct init_options),
    .run = run,
};
