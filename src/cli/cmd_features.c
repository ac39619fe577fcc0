/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart features: what this runtime can do (OCI features.md), or what this host is. */
#include "cli/command.h"
#include "container/delegate.h"
#include "container/features.h"
#include "linux/host_probe.h"
#include "plan/host_facts.h"

enum { FEATURES_BYTES_MAX = 4 * 1024 * 1024, FEATURES_INDENT = 2 };

struct features_options {
    bool host_facts;
};

static const struct option rows[] = {
    {"host-facts", 0, OPTION_FLAG, offsetof(struct features_options, host_facts), NULL,
     "show what is known of this host instead, for thwart plan --host-facts"},
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct features_options *options = invocation->options;
    cleanup_text struct text text = text_growing(FEATURES_BYTES_MAX);
    struct host_facts facts;

    (void)status;
    if (!options->host_facts && delegate_pass(invocation->runtime, NULL, error) != 0)
        return -1;
    if (host_probe(HOST_PROBE_FULL, invocation->arena, &facts, error) != 0)
        return -1;
    if (options->host_facts)
        json_encode(&text, &host_facts_table, &facts, FEATURES_INDENT);
    else
        features_encode(&text, &facts, FEATURES_INDENT);
    text_append_character(&text, '\n');
    return command_print(&text, error);
}

const struct command command_features = {
    .name = "features",
    .words = "",
    .summary = "show what this runtime can do (OCI features document)",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct features_options),
    .run = run,
};
