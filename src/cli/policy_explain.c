/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy explain: what create, or exec, would decide, and why. */
#include <string.h>
#include "cli/policy_exec.h"
#include "container/image_record.h"

enum { EXIT_STATUS_REFUSED = 1 };

struct explain_options {
    struct bundle_options bundle;
    const char *format, *exec;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    BUNDLE_OPTION_ROWS(struct explain_options),
    {"image", 0, OPTION_STRING, BUNDLE_PLACE(struct explain_options, image), "DIR",
     "the image's documents lie there, as for create"},
    {"exec", 0, OPTION_STRING, offsetof(struct explain_options, exec), "FILE",
     "what would become of the process that FILE describes (exec --process FILE)"},
    {"format", 0, OPTION_WORD, offsetof(struct explain_options, format), "FORMAT", "text (default) or json",
     .words = formats},
};

static int print(const struct explanation *explanation, bool json, struct error *error)
{
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);

    if (json)
        explain_json(&text, explanation);
    else
        explain_text(&text, explanation, policy_colours());
    return command_print(&text, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct explain_options *options = invocation->options;
    struct prepared prepared;
    struct policy_decision exec;
    struct explanation explanation = {.action = "create"};

    if (policy_prepare(invocation, &options->bundle, &prepared, &explanation.config, error) != 0)
        return -1;
    explanation.bundle = prepared.bundle;
    explanation.trust = trust_level_name(prepared.trust.level);
    explanation.image = image_record_of(&prepared.trust, invocation->arena) != NULL ? &prepared.trust : NULL;
    explanation.set = &prepared.policies;
    explanation.decision = &prepared.decision;
    /* Nothing joins a container that is not made: then this is why. */
    if (options->exec != NULL && !prepared.decision.refused) {
        if (policy_decide_exec(invocation, options->exec, &prepared, &exec, error) != 0)
            return -1;
        explanation.action = "exec";
        explanation.config = options->exec;
        explanation.decision = &exec;
    }
    *status = explanation.decision->refused ? EXIT_STATUS_REFUSED : 0;
    return print(&explanation, options->format != NULL && strcmp(options->format, "json") == 0, error);
}

const struct command policy_command_explain = {
    .name = "policy explain",
    .words = "",
    .summary = "what a bundle requests, what it gets, by which rule, and why",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct explain_options),
    .run = run,
};
