/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks.allow: programs that the runtime runs on the host, as root.
 *
 * The path as written and the one that it leads to must both match. /proc/PID/exe is a link of the kernel's
 * to a program that is no secret of the path: there the program counts alone (Docker's hook is dockerd
 * itself). startContainer hooks are programs of the container: only their words are known.
 */
#include "policy/decider.h"

#include <string.h>
#include "base/memory.h"
#include "base/path.h"
#include "base/glob.h"
#include "policy/path_pattern.h"

struct hooks_judge {
    struct decider *decider;
    const struct policy_hooks *hooks;
    struct path_pattern *patterns;
};

/* One hook of the request. */
struct hook_question {
    const struct spec_hook *hook;
    const char *written;
    const char *resolved; /* NULL: unknown */
    const struct policy_path_fact *fact;
    const char *pointer;
};

/* "/proc/123/exe", "/proc/self/exe" */
static bool is_link_to_program(const char *path)
{
    return glob_matches("/proc/[0-9]*/exe", path, '/') || strcmp(path, "/proc/self/exe") == 0;
}

static bool path_matches(const struct path_pattern *pattern, const struct hook_question *question)
{
    if (question->resolved != NULL && is_link_to_program(question->written))
        return path_pattern_matches(pattern, question->resolved);
    return path_pattern_matches(pattern, question->written) &&
           (question->resolved == NULL || path_pattern_matches(pattern, question->resolved));
}

/* argv[0] is the hook's name for itself; a last "**" stands for any rest. */
static bool arguments_match(const struct policy_words *allowed, const struct json_strings *args)
{
    size_t given = args->count > 0 ? args->count - 1 : 0;

    if (!allowed->present)
        return true;
    for (size_t i = 0; i < allowed->count; i++) {
        if (i + 1 == allowed->count && strcmp(allowed->items[i].text, "**") == 0)
            return true;
        if (i >= given || !glob_matches(allowed->items[i].text, args->items[i + 1], 0))
            return false;
    }
    return given == allowed->count;
}

static bool digest_matches(const char *sha256, const struct policy_path_fact *fact)
{
    char hex[DIGEST_HEX_SIZE];

    if (sha256 == NULL)
        return true;
    if (fact == NULL || !fact->has_digest)
        return false;
    digest_hex(&fact->digest, hex);
    return strcasecmp(sha256, hex) == 0;
}

static const char *wrong_digest(const struct hooks_judge *judge, const struct hook_question *question)
{
    struct arena *arena = judge->decider->arena;
    char hex[DIGEST_HEX_SIZE];

    if (question->fact == NULL || !question->fact->has_digest)
        return arena_format(arena,
                            "the contents of %s could not be looked at, and hooks.allow wants a digest",
                            question->hook->path);
    digest_hex(&question->fact->digest, hex);
    return arena_format(arena, "%s has the digest %s, which is not the one in hooks.allow",
                        question->hook->path, hex);
}

static const char *why_not(const struct hooks_judge *judge, const struct hook_question *question,
                           bool path_known)
{
    struct arena *arena = judge->decider->arena;

    if (path_known)
        return arena_format(arena, "the hook %s is allowed, but not with these arguments",
                            question->hook->path);
    if (question->fact != NULL && question->fact->exists && question->resolved == NULL)
        return arena_format(arena, "the hook %s leads to what no path of the host leads to",
                            question->hook->path);
    if (question->resolved != NULL && strcmp(question->resolved, question->written) != 0)
        return arena_format(arena, "the hook %s leads to %s, which hooks.allow does not list",
                            question->hook->path, question->resolved);
    return arena_format(arena, "the hook %s is not in hooks.allow", question->hook->path);
}

static void judge_hook(const struct hooks_judge *judge, const struct hook_question *question)
{
    bool path_known = false, digest_wrong = false, unreachable;
    struct policy_finding finding = {.pointer = question->pointer, .subject = question->hook->path};

    unreachable = question->fact != NULL && question->fact->exists && question->resolved == NULL;
    for (size_t i = 0; i < judge->hooks->count && !unreachable; i++) {
        const struct policy_hook *allowed = &judge->hooks->items[i];

        if (!path_matches(&judge->patterns[i], question))
            continue;
        path_known = true;
        if (!arguments_match(&allowed->args, &question->hook->args))
            continue;
        if (digest_matches(allowed->sha256, question->fact))
            return;
        digest_wrong = true;
    }
    finding.rule = digest_wrong ? "TW1002" : "TW1001";
    finding.requested = question->resolved != NULL ? question->resolved : question->written;
    finding.reason = digest_wrong ? wrong_digest(judge, question) : why_not(judge, question, path_known);
    decider_refuse(judge->decider, &judge->hooks->rule, &finding);
}

static void judge_list(const struct hooks_judge *judge, const char *name, const struct json_structs *list,
                       bool in_container)
{
    struct arena *arena = judge->decider->arena;

    for (size_t i = 0; i < list->count; i++) {
        const struct spec_hook *hook = &SPEC_ITEMS(*list, struct spec_hook)[i];
        struct hook_question question = {
            .hook = hook,
            .written = hook->path[0] == '/' ? container_path_normalise(arena, hook->path).text : hook->path,
            .fact = in_container ? NULL : policy_observed_path(judge->decider->observed, hook->path),
            .pointer = arena_format(arena, "/hooks/%s/%zu", name, i),
        };

        question.resolved = question.fact != NULL ? question.fact->resolved : NULL;
        judge_hook(judge, &question);
    }
}

void decide_hooks(struct decider *decider, const struct policy *policy)
{
    const struct spec_hooks *hooks = decider->spec->hooks;
    struct hooks_judge judge = {.decider = decider, .hooks = &policy->hooks};

    if (!policy->hooks.rule.present || hooks == NULL)
        return;
    judge.patterns = arena_array(decider->arena, policy->hooks.count, sizeof(*judge.patterns));
    for (size_t i = 0; i < policy->hooks.count; i++) {
        judge.patterns[i] = path_pattern_read(policy->hooks.items[i].path, decider->arena);
        path_pattern_resolve_above(&judge.patterns[i], decider->observed, decider->arena);
    }
    judge_list(&judge, "prestart", &hooks->prestart, false);
    judge_list(&judge, "createRuntime", &hooks->create_runtime, false);
    judge_list(&judge, "createContainer", &hooks->create_container, false);
    judge_list(&judge, "startContainer", &hooks->start_container, true);
    judge_list(&judge, "poststart", &hooks->poststart, false);
    judge_list(&judge, "poststop", &hooks->poststop, false);
}
