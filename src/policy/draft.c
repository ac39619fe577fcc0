/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A draft is written, read and judged, until it changes nothing. */
#include "policy/draft.h"

#include <string.h>
#include "policy/draft_lines.h"
#include "policy/read.h"

static void write_page(struct draft *draft, struct text *text)
{
    const struct policy_draft_request *request = draft->request;

    draft->count = 0;
    draft_process(draft);
    draft_host(draft);
    draft_filesystem(draft);
    draft_resources(draft);
    text_reset(text);
    text_append(text, "// Drafted by `thwart policy init` from ");
    text_append_escaped(text, request->config, strlen(request->config));
    text_append(text, ": what it requests is granted, and little more.\n"
                      "// Read it, name what is meant, and remove what the program does not need.\n"
                      "{\n  \"thwart\": 1,\n  \"name\": ");
    json_append_string(text, request->name);
    text_append(text, ",\n  \"description\": \"\"");
    text_append(text, draft->count > 0 ? ",\n" : "\n");
    draft_print(text, draft);
    text_append(text, "}\n");
}

static void omit(struct draft *draft, const char *key, const char *reason)
{
    for (size_t i = 0; i < draft->omission_count; i++)
        if (strcmp(draft->omissions[i].key, key) == 0)
            return;
    if (draft->omission_count < DRAFT_OMISSIONS_MAX)
        draft->omissions[draft->omission_count++] =
            (struct draft_omission){arena_string(draft->arena, key), arena_string(draft->arena, reason)};
}

/* *changed: some rule of the draft would change the bundle, and is left out from now on. */
static int judge(struct draft *draft, const struct text *text, bool *changed, struct error *error)
{
    const struct policy_draft_request *request = draft->request;
    struct policy_problems problems = {0};
    const struct policy *policy;
    struct policy_applied applied = {.role = POLICY_ROLE_MANDATORY};
    const struct policy_set set = {.items = &applied, .count = 1};
    struct policy_observed observed = {.notes = request->notes, .bundle = request->bundle};
    const struct trust trust = {0};
    struct policy_decision decision;
    size_t before = draft->omission_count;

    if (policy_read(text->bytes, text->length, request->name, NULL, draft->arena, &problems, &policy,
                    error) != 0)
        return error_prefix(error, "the draft is no policy");
    applied.policy = policy;
    if (request->observed != NULL) {
        observed = *request->observed;
        observed.host = (struct policy_host){0};
    }
    if (policy_decide(request->spec, &trust, &set, &observed, draft->arena, &decision, error) != 0)
        return -1;
    for (size_t i = 0; i < decision.finding_count; i++) {
        const struct policy_finding *finding = &decision.findings[i];

        if (finding->effect != POLICY_GRANTED)
            omit(draft, policy_rule_words(finding->rule)->key, finding->reason);
    }
    *changed = draft->omission_count > before;
    return 0;
}

int policy_draft(const struct policy_draft_request *request, struct arena *arena, struct text *text,
                 struct error *error)
{
    struct draft_omission omissions[DRAFT_OMISSIONS_MAX];
    struct draft draft = {.request = request, .arena = arena, .omissions = omissions};
    bool changed = true;

    /* Each round leaves out at least one of the rules that there are. */
    while (changed) {
        write_page(&draft, text);
        if (text_complete(text, "the draft", error) != 0 || judge(&draft, text, &changed, error) != 0)
            return -1;
    }
    return 0;
}
