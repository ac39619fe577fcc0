/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filesystem.options: words that every mount must have that can be written to.
 *
 * Exempt from nodev alone: /dev and /dev/pts, whose nodes are what they are there for, and a bind of a device
 * (devices.allow judges those). Nothing is exempt from the others.
 */
#include "policy/decide_filesystem.h"

#include <string.h>
#include "base/memory.h"

static bool is_place_of_devices(const struct mount_request *request)
{
    const struct policy_path_fact *fact = request->path_count > 0 ? request->paths[0].fact : NULL;

    return strcmp(request->destination, "/dev") == 0 || strcmp(request->destination, "/dev/pts") == 0 ||
           (request->kind == MOUNT_KIND_BIND && fact != NULL && fact->is_device);
}

/* A remount changes only what it names. */
static bool is_bounded(const struct mount_request *request, uint32_t addition, uint64_t attribute)
{
    const struct mount_words *words = &request->words;

    if (request->unreadable != NULL || (addition == MOUNT_ADD_NODEV && is_place_of_devices(request)))
        return false;
    if (request->kind == MOUNT_KIND_REMOUNT)
        return ((words->clear | words->recursive_clear) & attribute) != 0;
    return mount_request_writes(request);
}

static void judge_mount(struct decider *decider, const struct policy_patterns *options, const char *word,
                        size_t index)
{
    const struct mount_request *request = &mount_requests(decider)[index];
    uint64_t attribute = 0;
    uint32_t addition = mount_addition_named(word, &attribute);
    bool tree = mount_request_has_tree(request), top;
    struct policy_finding finding = {.rule = "TW0406", .subject = word};

    if (!is_bounded(request, addition, attribute) || mount_words_hold(&request->words, attribute, tree))
        return;
    top = mount_words_hold(&request->words, attribute, false);
    finding.pointer = arena_format(decider->arena, "/mounts/%zu/options", index);
    finding.requested = mount_options_text(&request->mount->options, decider->arena);
    finding.reason =
        arena_format(decider->arena,
                     top ? "the mount on %s is writable: what is mounted below its source must be %s as well"
                         : "the mount on %s is writable and must be %s",
                     request->destination, word);
    if (decider_judge(decider, &options->rule, &finding))
        decider_granted_together(decider, mount_request_narrow(decider, index, addition));
}

void decide_mount_options(struct decider *decider, const struct policy_patterns *options)
{
    if (!options->rule.present)
        return;
    for (size_t i = 0; i < options->words.count; i++) {
        const char *word = options->words.items[i].text;
        uint64_t attribute;

        if (mount_addition_named(word, &attribute) == 0) {
            error_set(decider->error, ERROR_INVALID,
                      "%s:%u: filesystem.options: \"%s\" is no option that can be forced",
                      decider->applied->policy->file, options->words.items[i].line, word);
            decider->failed = true;
            return;
        }
        for (size_t j = 0; j < decider->spec->mounts.count; j++)
            judge_mount(decider, options, word, j);
    }
}
