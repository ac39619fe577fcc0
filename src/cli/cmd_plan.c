/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart plan: create without its last step. */
#include <string.h>
#include "cli/command.h"
#include "cli/host_facts_file.h"
#include "container/container_id.h"
#include "container/prepare.h"

enum { PLAN_BYTES_MAX = 256 * 1024 * 1024 };

struct plan_options {
    const char *bundle, *config, *image, *format, *host_facts;
    bool no_pivot, no_new_keyring;
    uint32_t preserve_fds;
};

#define PLACE(member) offsetof(struct plan_options, member)

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    {"bundle", 'b', OPTION_STRING, PLACE(bundle), "DIR", "the bundle (default: the working directory)"},
    {"config", 'f', OPTION_STRING, PLACE(config), "FILE", "its configuration (default: config.json)"},
    {"image", 0, OPTION_STRING, PLACE(image), "DIR", "the image's documents lie there, as for create"},
    {"format", 0, OPTION_WORD, PLACE(format), "FORMAT", "text (default) or json", .words = formats},
    {"host-facts", 0, OPTION_STRING, PLACE(host_facts), "FILE",
     "plan for the host that FILE describes (thwart features --host-facts)"},
    {"no-pivot", 0, OPTION_FLAG, PLACE(no_pivot), NULL, "as for create"},
    {"no-new-keyring", 0, OPTION_FLAG, PLACE(no_new_keyring), NULL, "as for create"},
    {"preserve-fds", 0, OPTION_NUMBER, PLACE(preserve_fds), "N", "as for create", .maximum = 1024},
};

/* Why the plan is what it is: the same findings that create enforces. */
static void print_decision(const struct prepared *prepared, struct text *text)
{
    const struct policy_decision *decision = &prepared->decision;

    text_append_format(text, "decision\n  trust           %s\n", trust_level_name(prepared->trust.level));
    for (size_t i = 0; i < decision->finding_count; i++) {
        const struct policy_finding *finding = &decision->findings[i];

        text_append_format(text, "  %-15s %s%s%s: %s (policy %s)\n", policy_effect_name(finding->effect),
                           finding->rule, *finding->pointer != '\0' ? " " : "", finding->pointer,
                           finding->reason, finding->source_count > 0 ? finding->sources[0].policy : "none");
    }
    text_append(text, "\n");
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct plan_options *options = invocation->options;
    struct prepare_request request = {
        .id = invocation->word_count > 0 ? invocation->words[0] : "ID",
        .bundle = options->bundle,
        .config_file = options->config,
        .image = options->image,
        .state_root = invocation->runtime->root,
        .cgroup_manager = invocation->runtime->cgroup_manager,
        .allow_socketcall = invocation->runtime->allow_socketcall,
        .no_pivot = options->no_pivot,
        .no_new_keyring = options->no_new_keyring,
        .preserve_fds = options->preserve_fds,
        .probe_depth = HOST_PROBE_FULL,
        .policies = &invocation->runtime->policies,
    };
    cleanup_text struct text text = text_growing(PLAN_BYTES_MAX);
    struct prepared prepared;

    (void)status;
    if (container_id_check(request.id, error) != 0)
        return -1;
    if (options->host_facts != NULL &&
        host_facts_file_read(options->host_facts, invocation->arena, &request.facts, error) != 0)
        return -1;
    if (prepare(&request, &invocation->runtime->notices, invocation->arena, &prepared, error) != 0)
        return -1;
    if (options->format != NULL && strcmp(options->format, "json") == 0) {
        plan_print_json(prepared.plan, &text);
    } else {
        print_decision(&prepared, &text);
        plan_print_text(prepared.plan, &text);
    }
    return command_print(&text, error);
}

const struct command command_plan = {
    .name = "plan",
    .words = "[ID]",
    .summary = "show every effect that create would have, in order",
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct plan_options),
    .run = run,
};
