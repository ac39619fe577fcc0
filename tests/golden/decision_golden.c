/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every shipped policy says to every configuration that a real engine wrote, compared with what was
 * recorded and read by somebody.
 *
 * Usage: decision_golden GOLDEN SAMPLES
 * GOLDEN/POLICY/NAME.json: the findings on SAMPLES/bundles/NAME.json; GOLDEN/POLICY/exec/NAME.json: on
 * SAMPLES/exec/NAME-process.json, executed in that engine's default container. A policy's own findings only:
 * those of what it extends are in the files of that. THWART_UPDATE_GOLDEN=1 writes them anew.
 *
 * Nothing is observed: what stands in a configuration is judged by its words alone, on any machine. Samples
 * with "rootless" in their name are judged as by a runtime without root.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "base/text.h"
#include "golden_files.h"
#include "policy/policy.h"
#include "policy/read.h"
#include "policy/resolve.h"
#include "policy/shipped.h"

enum { DOCUMENT_MAX = 1 << 22, SAMPLES_MIN = 50, POLICIES_MIN = 7 };

static const char *golden, *samples;
static struct golden_tally tally;

/* ---- documents ---- */

static void append_member(struct text *text, const char *key, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    text_append_format(text, ", \"%s\": ", key);
    json_append_string(text, value);
}

static bool is_of(const struct policy_finding *finding, const char *policy)
{
    for (size_t i = 0; i < finding->source_count; i++)
        if (strcmp(finding->sources[i].policy, policy) == 0)
            return true;
    return false;
}

/* A finding a line. Words that belong to the rule (why, how to allow it, tags) are in the table of rules. */
static const char *describe(struct arena *arena, const struct policy_decision *decision, const char *policy)
{
    cleanup_text struct text text = text_growing(DOCUMENT_MAX);
    struct error error;
    size_t count = 0;

    text_append_format(&text, "{\"refused\": %s, \"findings\": [", decision->refused ? "true" : "false");
    for (size_t i = 0; i < decision->finding_count; i++) {
        const struct policy_finding *finding = &decision->findings[i];

        if (!is_of(finding, policy))
            continue;
        text_append_format(&text, "%s\n  {\"effect\": \"%s\", \"rule\": \"%s\", \"pointer\": ",
                           count++ > 0 ? "," : "", policy_effect_name(finding->effect), finding->rule);
        json_append_string(&text, finding->pointer);
        append_member(&text, "subject", finding->subject);
        append_member(&text, "requested", finding->requested);
        append_member(&text, "granted", finding->granted);
        append_member(&text, "reason", finding->reason);
        text_append(&text, "}");
    }
    text_append(&text, count > 0 ? "\n]}\n" : "]}\n");
    if (text_complete(&text, "the findings", &error) < 0)
        golden_give_up("the findings", error.message);
    return arena_copy(arena, text.bytes, text.length);
}

/* ---- policies ---- */

static int read_shipped(void *context, const char *name, struct arena *arena, const struct policy **policy,
                        struct error *error)
{
    const struct shipped_file *file = shipped_file(name);
    struct policy_problems problems = {0};

    (void)context;
    *policy = NULL;
    return file == NULL ? 0
                        : policy_read(file->bytes, file->length, arena_format(arena, "%s.json", name), NULL,
                                      arena, &problems, policy, error);
}

static void resolve(struct arena *arena, const char *name, const struct spec *spec, struct policy_set *set)
{
    static const struct trust trust = {0};
    const struct policy_library library = {.default_policy = name, .shipped = read_shipped};
    struct error error;

    if (policy_resolve(&library, spec, &trust, arena, set, &error) != 0)
        golden_give_up(name, error.message);
}

/* ---- decisions ---- */

static const struct spec *read_sample(struct arena *arena, const char *name, struct json_notes *notes)
{
    const char *path = arena_format(arena, "%s/bundles/%s.json", samples, name);
    const struct spec *spec;
    struct error error;
    size_t length;
    char *bytes = golden_read(arena, path, &length);

    if (bytes == NULL)
        golden_give_up(path, "does not exist");
    if (spec_parse(bytes, length, path, arena, notes, &spec, &error) != 0)
        golden_give_up(path, error.message);
    return spec;
}

/* The decision on a sample, and what led to it. */
struct judged {
    const struct spec *spec;
    struct json_notes notes;
    struct policy_set set;
    struct policy_observed observed;
    struct policy_decision decision;
};

static void judge(struct arena *arena, const char *policy, const char *name, struct judged *judged)
{
    static const struct trust trust = {0};
    struct error error;

    *judged = (struct judged){.observed.host.rootless = strstr(name, "rootless") != NULL};
    judged->spec = read_sample(arena, name, &judged->notes);
    judged->observed.notes = &judged->notes;
    resolve(arena, policy, judged->spec, &judged->set);
    if (policy_decide(judged->spec, &trust, &judged->set, &judged->observed, arena, &judged->decision,
                      &error) != 0)
        golden_give_up(name, error.message);
}

static void decide_sample(const char *policy, const char *name)
{
    cleanup_arena struct arena arena = {0};
    struct judged judged;

    judge(&arena, policy, name, &judged);
    golden_compare(&tally, arena_format(&arena, "%s/%s/%s.json", golden, policy, name),
                   describe(&arena, &judged.decision, policy));
}

/* "docker-exec-privileged": in docker's default container, whatever the policy says of that. */
static void decide_exec(const char *policy, const char *name)
{
    cleanup_arena struct arena arena = {0};
    const char *path = arena_format(&arena, "%s/exec/%s-process.json", samples, name);
    const char *container = text_starts_with(name, "cri-")
                                ? "cri-container"
                                : arena_format(&arena, "%.*s-default", (int)strcspn(name, "-"), name);
    const struct spec_process *process, *grant;
    struct json_notes notes = {0};
    struct judged judged;
    struct policy_decision decision;
    struct error error;
    size_t length;
    char *bytes = golden_read(&arena, path, &length);

    judge(&arena, policy, container, &judged);
    if (bytes == NULL)
        golden_give_up(path, "does not exist");
    if (spec_parse_process(bytes, length, path, &arena, &notes, &process, &error) != 0 ||
        policy_decide_process(judged.decision.grant != NULL ? judged.decision.grant : judged.spec, process,
                              &judged.set, &judged.observed, &arena, &decision, &grant, &error) != 0)
        golden_give_up(path, error.message);
    golden_compare(&tally, arena_format(&arena, "%s/%s/exec/%s.json", golden, policy, name),
                   describe(&arena, &decision, policy));
}

static void make_directory(const char *path)
{
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        golden_give_up(path, strerror(errno));
}

static const char *without(struct arena *arena, const char *file, const char *suffix)
{
    return arena_copy(arena, file, strlen(file) - strlen(suffix));
}

static void decide_all(struct arena *arena, const char *policy)
{
    static const char json[] = ".json", process[] = "-process.json";
    size_t sample_count, exec_count;
    const char **sample_files =
        golden_list(arena, arena_format(arena, "%s/bundles", samples), json, &sample_count);
    const char **exec_files =
        golden_list(arena, arena_format(arena, "%s/exec", samples), process, &exec_count);

    if (sample_count < SAMPLES_MIN || exec_count == 0)
        golden_give_up(samples, "too few samples: the wrong directory?");
    if (golden_updates()) {
        make_directory(arena_format(arena, "%s/%s", golden, policy));
        make_directory(arena_format(arena, "%s/%s/exec", golden, policy));
    }
    for (size_t i = 0; i < sample_count; i++)
        decide_sample(policy, without(arena, sample_files[i], json));
    for (size_t i = 0; i < exec_count; i++)
        decide_exec(policy, without(arena, exec_files[i], process));
}

int main(int count, char **arguments)
{
    cleanup_arena struct arena arena = {0};
    const struct shipped_file *files;
    size_t file_count, policies = 0;

    if (count != 3) {
        fprintf(stderr, "usage: decision_golden GOLDEN SAMPLES\n");
        return EXIT_FAILURE;
    }
    golden = arguments[1];
    samples = arguments[2];
    files = shipped_files(&file_count);
    for (size_t i = 0; i < file_count; i++) {
        if (strchr(files[i].name, '/') != NULL)
            continue;
        policies++;
        decide_all(&arena, files[i].name);
    }
    if (policies < POLICIES_MIN)
        golden_give_up("policies", "too few are built in");
    printf("%zu decisions compared, %zu differ\n", tally.compared, tally.wrong);
    return tally.wrong > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
