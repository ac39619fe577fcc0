/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decision from the text of policies and of a configuration, and what was decided as lines to compare:
 * "EFFECT RULE POINTER[ SUBJECT][ -> GRANTED]". Single quotes stand for double ones.
 */
#pragma once

#include "unit.h"

#include "base/memory.h"
#include "policy/policy.h"
#include "policy/read.h"

enum { FIXTURE_POLICIES_MAX = 4 };

struct fixture {
    struct arena arena;
    struct policy_observed observed;
    struct policy_applied applied[FIXTURE_POLICIES_MAX];
    struct policy_waiver waivers[4];
    struct policy_set set;
    struct json_notes notes;
    const struct spec *spec;
    const struct trust *trust; /* NULL: nothing is proven */
    struct policy_decision decision;
    const struct spec_process *process; /* exec: what it gets */
    struct error error;
};

static inline const char *fixture_quotes(struct fixture *fixture, const char *document)
{
    char *copy = arena_string(&fixture->arena, document);

    for (char *place = copy; *place != '\0'; place++)
        *place = *place == '\'' ? '"' : *place;
    return copy;
}

/* A policy named a, b, … of these members ("'process': {…}"). */
static inline void fixture_policy(struct fixture *fixture, const char *members)
{
    const char *name = arena_format(&fixture->arena, "%c", (char)('a' + fixture->set.count));
    const char *text = arena_format(&fixture->arena, "{\"thwart\": 1, \"name\": \"%s\"%s%s}", name,
                                    members[0] != '\0' ? ", " : "", fixture_quotes(fixture, members));
    struct policy_problems problems = {0};
    const struct policy *policy;
    struct error error;

    if (policy_read(text, strlen(text), arena_format(&fixture->arena, "%s.json", name), NULL, &fixture->arena,
                    &problems, &policy, &error) < 0)
        fail_msg("%s: %s", text, error.message);
    assert_true(fixture->set.count < FIXTURE_POLICIES_MAX);
    fixture->applied[fixture->set.count++] =
        (struct policy_applied){.policy = policy, .role = POLICY_ROLE_MANDATORY, .audit = policy->audit};
    fixture->set.items = fixture->applied;
}

static inline void fixture_config(struct fixture *fixture, const char *text)
{
    text = fixture_quotes(fixture, text);
    if (spec_parse(text, strlen(text), "config.json", &fixture->arena, &fixture->notes, &fixture->spec,
                   &fixture->error) < 0)
        fail_msg("%s: %s", text, fixture->error.message);
    fixture->observed.notes = &fixture->notes;
}

/* A configuration with these members of process, of linux, and of the whole (each "" or "'key': …"). */
static inline void fixture_request(struct fixture *fixture, const char *process, const char *linux_part,
                                   const char *rest)
{
    fixture_config(fixture,
                   arena_format(&fixture->arena,
                                "{'ociVersion': '1.0.2', 'root': {'path': 'rootfs'}%s%s, 'process': {'cwd': "
                                "'/', 'args': ['sh']%s%s}, 'linux': {%s}}",
                                rest[0] != '\0' ? ", " : "", rest, process[0] != '\0' ? ", " : "", process,
                                linux_part));
}

static inline void fixture_decide(struct fixture *fixture)
{
    static const struct trust nothing;

    if (policy_decide(fixture->spec, fixture->trust != NULL ? fixture->trust : &nothing, &fixture->set, &fixture->observed, &fixture->arena,
                      &fixture->decision, &fixture->error) < 0)
        fail_msg("%s", fixture->error.message);
}

/* exec of a process with these members, into a container that was granted fixture->spec. */
static inline void fixture_exec(struct fixture *fixture, const char *document)
{
    const struct spec_process *process;

    document = fixture_quotes(fixture, document);
    if (spec_parse_process(document, strlen(document), "process.json", &fixture->arena, &fixture->notes,
                           &process, &fixture->error) < 0 ||
        policy_decide_process(fixture->spec, process, &fixture->set, &fixture->observed, &fixture->arena,
                              &fixture->decision, &fixture->process, &fixture->error) < 0)
        fail_msg("%s", fixture->error.message);
}

static inline const char *fixture_findings(struct fixture *fixture)
{
    cleanup_text struct text text = text_growing(1 << 20);

    for (size_t i = 0; i < fixture->decision.finding_count; i++) {
        const struct policy_finding *finding = &fixture->decision.findings[i];

        text_append_format(&text, "%s %s %s%s%s%s%s\n", policy_effect_name(finding->effect), finding->rule,
                           finding->pointer[0] != '\0' ? finding->pointer : "/",
                           finding->subject[0] != '\0' ? " " : "", finding->subject,
                           finding->granted[0] != '\0' ? " -> " : "", finding->granted);
    }
    return text.bytes != NULL ? arena_string(&fixture->arena, text.bytes) : "";
}

/* The grant as compact JSON; "" when refused. */
static inline const char *fixture_grant(struct fixture *fixture)
{
    cleanup_text struct text text = text_growing(1 << 20);

    if (fixture->decision.grant == NULL)
        return "";
    spec_encode(&text, fixture->decision.grant, 0);
    return arena_string(&fixture->arena, text.bytes);
}

static inline void fixture_expect(struct fixture *fixture, const char *findings)
{
    assert_string_equal(fixture_findings(fixture), findings);
}

/* The grant holds this piece of JSON (single quotes). */
static inline void fixture_expect_grant(struct fixture *fixture, const char *piece)
{
    const char *grant = fixture_grant(fixture);

    if (strstr(grant, fixture_quotes(fixture, piece)) == NULL)
        fail_msg("%s\nis not in\n%s", piece, grant);
}

static inline void fixture_end(struct fixture *fixture)
{
    arena_free(&fixture->arena);
}

/* A row: one policy, one request, what comes of it. */
struct fixture_row {
    const char *policy, *process, *linux_part, *rest, *findings, *granted; /* granted NULL: not looked at */
    const struct policy_observed *observed;                                /* NULL: nothing is known */
};

/* The row's policy decides on the row's request; the fixture is empty before. */
static inline void fixture_row_decide(struct fixture *fixture, const struct fixture_row *row)
{
    if (row->observed != NULL)
        fixture->observed = *row->observed;
    fixture_policy(fixture, row->policy);
    fixture_request(fixture, row->process != NULL ? row->process : "",
                    row->linux_part != NULL ? row->linux_part : "", row->rest != NULL ? row->rest : "");
    fixture_decide(fixture);
}

static inline void fixture_rows(const struct fixture_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct fixture_row *row = &rows[i];
        struct fixture fixture = {0};

        fixture_row_decide(&fixture, row);
        if (strcmp(fixture_findings(&fixture), row->findings) != 0)
            fail_msg("row %zu: %s\n%s\nexpected\n%s\nfound\n%s", i, row->policy,
                     row->process != NULL ? row->process : row->linux_part, row->findings,
                     fixture_findings(&fixture));
        if (row->granted != NULL)
            fixture_expect_grant(&fixture, row->granted);
        fixture_end(&fixture);
    }
}
