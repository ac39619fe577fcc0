/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy apply: the granted configuration, for any other runtime. */
#include <string.h>
#include "cli/log.h"
#include "cli/policy_decision.h"
#include "container/observe_request.h"
#include "policy/syscalls_meet.h"

enum { REFUSED = 1 };

struct apply_options {
    struct bundle_options bundle;
    bool strict;
};

static const struct option rows[] = {
    BUNDLE_OPTION_ROWS(struct apply_options),
    {"strict", 0, OPTION_FLAG, offsetof(struct apply_options, strict), NULL,
     "fail where a policy says what no configuration can say"},
};

/* What another runtime will not enforce, in words. */
static void append_left_out(struct text *text, const struct prepared *prepared)
{
    for (size_t i = 0; i < prepared->decision.layers.landlock_count; i++)
        text_append_format(text, "%slandlock of %s", text->length > 0 ? "; " : "",
                           prepared->decision.layers.landlock[i].policy);
    for (size_t i = 0; i < prepared->policies.count; i++) {
        const struct policy_lifecycle *lifecycle = &prepared->policies.items[i].policy->lifecycle;

        if (lifecycle->exec.rule.present || lifecycle->update.rule.present ||
            lifecycle->checkpoint.rule.present)
            text_append_format(text, "%slifecycle of %s", text->length > 0 ? "; " : "",
                               prepared->policies.items[i].policy->name);
    }
}

/* The bundle's filter and those of the policies are one filter in what another runtime reads. */
static int put_filter(const struct prepared *prepared, struct arena *arena, struct spec *grant,
                      struct error *error)
{
    static const struct spec_linux none;
    const struct policy_layers *layers = &prepared->decision.layers;
    const char *native = observe_policy_host(prepared->facts, arena).architecture;
    struct spec_linux *linux_part = arena_allocate(arena, sizeof(*linux_part));
    const struct spec_seccomp **filters = arena_array(arena, layers->filter_count + 1, sizeof(*filters));
    size_t count = 0;

    *linux_part = grant->linux_part != NULL ? *grant->linux_part : none;
    if (layers->filter_count == 0)
        return 0;
    if (linux_part->seccomp != NULL)
        filters[count++] = linux_part->seccomp;
    for (size_t i = 0; i < layers->filter_count; i++)
        filters[count++] = layers->filters[i];
    if (policy_filter_meet(filters, count, native, arena, &linux_part->seccomp, error) != 0)
        return -1;
    grant->linux_part = linux_part;
    return 0;
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct apply_options *options = invocation->options;
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);
    cleanup_text struct text left_out = text_growing(POLICY_OUTPUT_BYTES_MAX);
    struct prepared prepared;
    const char *name;
    struct error refusal;
    struct spec grant;

    if (policy_prepare(invocation, &options->bundle, &prepared, &name, error) != 0)
        return -1;
    if (prepared.decision.refused) {
        (void)prepare_check_decision(&prepared.decision, &refusal);
        log_failure(refusal.message);
        *status = REFUSED;
        return 0;
    }
    append_left_out(&left_out, &prepared);
    if (left_out.length > 0 && options->strict)
        return error_set(error, ERROR_UNSUPPORTED,
                         "no configuration can say this, and another runtime would not "
                         "enforce it: %s",
                         left_out.bytes);
    if (left_out.length > 0)
        notice(&invocation->runtime->notices, NOTICE_WARNING,
               "another runtime will not enforce what no configuration can say: %s", left_out.bytes);
    grant = *prepared.grant;
    if (put_filter(&prepared, invocation->arena, &grant, error) != 0)
        return -1;
    spec_encode(&text, &grant, 2);
    text_append(&text, "\n");
    return command_print(&text, error);
}

const struct command policy_command_apply = {
    .name = "policy apply",
    .words = "",
    .summary = "print the granted configuration, for any runtime",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct apply_options),
    .run = run,
};
