/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks.allow: programs that the runtime runs on the host, as root.
 *
 * The path as written and the one that it leads to must both match. /proc/PID/exe is a link of the kernel's
 * to a program that is no secret of the path: there the program counts alone (Docker's hook is dockerd
 * itself), so a process that does not exist yet is no hook: its number is anybody's soon. Nor is what the
 * container itself can write to, whatever it is called. startContainer hooks are programs of the container:
 * only their words are known.
 *
 * What was judged is what is run: plan_hook.judged.
 */
#include "policy/decider.h"

#include <string.h>
#include "base/memory.h"
#include "base/path.h"
#include "base/glob.h"
#include "policy/hook_environment.h"
#include "policy/mount_request.h"
#include "policy/path_pattern.h"

struct hooks_judge {
    struct decider *decider;
    const struct policy_hooks *hooks;
    struct path_pattern *patterns;
    const char *root; /* the container's root file system without symlinks; NULL: unknown */
};

/* How far an element of hooks.allow is met: the nearest of them says why a hook is refused. */
enum hook_match {
    HOOK_OTHER_PATH,
    HOOK_OTHER_ARGUMENTS,
    HOOK_OTHER_ENVIRONMENT,
    HOOK_OTHER_DIGEST,
    HOOK_MATCHES
};

/* One hook of the request. */
struct hook_question {
    const struct spec_hook *hook;
    const char *written;
    const char *resolved; /* NULL: unknown */
    const struct policy_path_fact *fact;
    const char *pointer;
    bool in_container;    /* startContainer */
    const char *variable; /* that is not allowed, where the environment is what is wrong */
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
                           enum hook_match nearest)
{
    struct arena *arena = judge->decider->arena;
    const char *path = question->hook->path;

    if (nearest == HOOK_OTHER_DIGEST)
        return wrong_digest(judge, question);
    if (nearest == HOOK_OTHER_ENVIRONMENT)
        return arena_format(arena, "the hook %s is allowed, but not with %s in its environment", path,
                            question->variable);
    if (nearest == HOOK_OTHER_ARGUMENTS)
        return arena_format(arena, "the hook %s is allowed, but not with these arguments", path);
    if (question->resolved != NULL && strcmp(question->resolved, question->written) != 0)
        return arena_format(arena, "the hook %s leads to %s, which hooks.allow does not list", path,
                            question->resolved);
    return arena_format(arena, "the hook %s is not in hooks.allow", path);
}

static bool lies_in(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    if (length == 1)
        return true; /* "/" */
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Who may write to the host's own programs needs no hook: whether that may be is filesystem.mounts' word, and
 * one cause is enough. */
static bool holds_host_programs(const char *directory)
{
    return strcmp(directory, "/") == 0 || lies_in(directory, "/usr");
}

static bool is_written_through(const struct mount_request *request, const struct mount_path *path,
                               const char *resolved)
{
    return !path->layer && path->fact != NULL && path->fact->exists && path->fact->resolved != NULL &&
           mount_request_writes(request) && !holds_host_programs(path->fact->resolved) &&
           lies_in(resolved, path->fact->resolved);
}

/* What of the container's own the program is part of: "its root file system"; NULL: nothing that is known. */
static const char *place_in_container(const struct hooks_judge *judge, const char *resolved)
{
    struct decider *decider = judge->decider;
    struct mount_request *requests = mount_requests(decider);

    if (judge->root != NULL && lies_in(resolved, judge->root))
        return "its root file system";
    for (size_t i = 0; i < decider->spec->mounts.count; i++)
        for (size_t j = 0; j < requests[i].path_count; j++)
            if (is_written_through(&requests[i], &requests[i].paths[j], resolved))
                return arena_format(decider->arena, "/mounts/%zu", i);
    return NULL;
}

/* Why no element can allow it; NULL: they are asked. */
static const char *why_never(const struct hooks_judge *judge, const struct hook_question *question)
{
    struct arena *arena = judge->decider->arena;
    const char *place;

    if (question->fact == NULL)
        return NULL;
    if (!question->fact->exists)
        return arena_format(arena, "there is no hook %s, or it may not be looked at", question->hook->path);
    if (question->resolved == NULL)
        return arena_format(arena, "the hook %s leads to what no path of the host leads to",
                            question->hook->path);
    place = place_in_container(judge, question->resolved);
    if (place == NULL)
        return NULL;
    return arena_format(arena, "the hook %s is the container's own file: the container can write to it (%s)",
                        question->hook->path, place);
}

static enum hook_match match(const struct hooks_judge *judge, size_t index, struct hook_question *question)
{
    const struct policy_hook *allowed = &judge->hooks->items[index];
    const char *variable = NULL;

    if (!path_matches(&judge->patterns[index], question))
        return HOOK_OTHER_PATH;
    if (!arguments_match(&allowed->args, &question->hook->args))
        return HOOK_OTHER_ARGUMENTS;
    /* In the container a program has the environment that its author wants anyway. */
    if (!question->in_container || allowed->env.present)
        variable =
            hook_environment_refused(&question->hook->environment, &allowed->env, judge->decider->arena);
    if (variable != NULL) {
        question->variable = variable;
        return HOOK_OTHER_ENVIRONMENT;
    }
    return digest_matches(allowed->sha256, question->fact) ? HOOK_MATCHES : HOOK_OTHER_DIGEST;
}

static void judge_hook(const struct hooks_judge *judge, struct hook_question *question)
{
    const char *never = why_never(judge, question);
    enum hook_match nearest = HOOK_OTHER_PATH;
    struct policy_finding finding = {
        .rule = "TW1001", .pointer = question->pointer, .subject = question->hook->path};

    for (size_t i = 0; i < judge->hooks->count && never == NULL; i++) {
        enum hook_match found = match(judge, i, question);

        if (found == HOOK_MATCHES)
            return;
        if (found > nearest)
            nearest = found;
    }
    if (nearest == HOOK_OTHER_DIGEST)
        finding.rule = "TW1002";
    if (nearest == HOOK_OTHER_ENVIRONMENT)
        finding.allow = "add the variable to the hook's env in hooks.allow";
    finding.requested = question->resolved != NULL ? question->resolved : question->written;
    finding.reason = never != NULL ? never : why_not(judge, question, nearest);
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
            .in_container = in_container,
        };

        question.resolved = question.fact != NULL ? question.fact->resolved : NULL;
        judge_hook(judge, &question);
    }
}

static const char *find_root(const struct decider *decider)
{
    struct mount_path root;
    const struct policy_path_fact *fact;

    if (!mount_path_of_root(decider->spec, decider->observed->bundle, decider->arena, &root))
        return NULL;
    fact = policy_observed_path(decider->observed, root.path);
    return fact != NULL && fact->exists ? fact->resolved : NULL;
}

void decide_hooks(struct decider *decider, const struct policy *policy)
{
    const struct spec_hooks *hooks = decider->spec->hooks;
    struct hooks_judge judge = {.decider = decider, .hooks = &policy->hooks};

    if (!policy->hooks.rule.present || hooks == NULL)
        return;
    judge.root = find_root(decider);
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
