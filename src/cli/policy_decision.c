/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the command line to a decision. */
#include "cli/policy_decision.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/path.h"
#include "cli/host_facts_file.h"
#include "container/observe_request.h"

struct json_strings policy_words_of(const struct invocation *invocation, const struct json_strings *more)
{
    const struct json_strings *before = &invocation->runtime->policies.named;
    struct json_strings all = {
        .items = arena_array(invocation->arena, before->count + more->count, sizeof(*all.items)),
        .present = before->present || more->present};

    for (size_t i = 0; i < before->count; i++)
        all.items[all.count++] = before->items[i];
    for (size_t i = 0; i < more->count; i++)
        all.items[all.count++] = more->items[i];
    return all;
}

/* As a reader finds it: relative to where he stands, when he gave it so. */
static const char *name_config(const struct bundle_options *options, struct arena *arena)
{
    const char *file = options->config != NULL ? options->config : "config.json";

    return options->bundle != NULL ? host_path_join(arena, options->bundle, file).text : file;
}

/* --bundle with a configuration itself, as `diff` and `seccomp` take it. */
static struct bundle_options without_file(const struct bundle_options *given)
{
    struct bundle_options options = *given;
    struct stat status;

    if (given->bundle != NULL && given->config == NULL && text_ends_with(given->bundle, ".json") &&
        stat(given->bundle, &status) == 0 && S_ISREG(status.st_mode))
        policy_bundle_of(&options, given->bundle);
    return options;
}

int policy_prepare(const struct invocation *invocation, const struct bundle_options *given,
                   struct prepared *prepared, const char **config_name, struct error *error)
{
    const struct bundle_options bundle = without_file(given), *options = &bundle;
    struct policies_request policies = invocation->runtime->policies;
    struct prepare_request request = {
        .id = "ID",
        .bundle = options->bundle,
        .config_file = options->config,
        .image = options->image,
        .state_root = invocation->runtime->root,
        .cgroup_manager = invocation->runtime->cgroup_manager,
        .probe_depth = HOST_PROBE_FULL,
        .policies = &policies,
        .decide_only = true,
    };

    policies.named = policy_words_of(invocation, &options->policies);
    *config_name = name_config(options, invocation->arena);
    if (options->host_facts != NULL &&
        host_facts_file_read(options->host_facts, invocation->arena, &request.facts, error) != 0)
        return -1;
    return prepare(&request, &invocation->runtime->notices, invocation->arena, prepared, error);
}

int policy_prepare_alone(const struct invocation *invocation, const struct bundle_options *options,
                         struct prepared *prepared, const char **config_name, struct error *error)
{
    struct invocation alone = *invocation;
    struct runtime runtime = *invocation->runtime;

    runtime.policies.named = (struct json_strings){0};
    runtime.policies.alone = true;
    alone.runtime = &runtime;
    return policy_prepare(&alone, options, prepared, config_name, error);
}

bool policy_colours(void)
{
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return isatty(STDOUT_FILENO) == 1 && (none == NULL || none[0] == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

int policy_set_of(const struct invocation *invocation, const struct json_strings *words,
                  struct policy_set *set, struct error *error)
{
    static const struct spec anything = {0};
    struct policies_request request = invocation->runtime->policies;
    struct policies *policies = arena_allocate(invocation->arena, sizeof(*policies));
    struct trust trust = {0};

    request.named = *words;
    request.alone = true;
    if (policies_load(&request, invocation->arena, policies, error) != 0)
        return -1;
    return policy_resolve(&policies->library, &anything, &trust, invocation->arena, set, error);
}

void policy_bundle_of(struct bundle_options *options, const char *word)
{
    if (text_ends_with(word, ".json")) {
        options->bundle = NULL;
        options->config = word;
    } else {
        options->bundle = word;
        options->config = NULL;
    }
}

int policy_host_of(const struct invocation *invocation, const char *file, struct policy_host *host,
                   struct error *error)
{
    const struct host_facts *facts;

    if (file != NULL) {
        if (host_facts_file_read(file, invocation->arena, &facts, error) != 0)
            return -1;
    } else {
        struct host_facts *probed = arena_allocate(invocation->arena, sizeof(*probed));

        if (host_probe(HOST_PROBE_FULL, invocation->arena, probed, error) != 0)
            return -1;
        facts = probed;
    }
    *host = observe_policy_host(facts, invocation->arena);
    return 0;
}
