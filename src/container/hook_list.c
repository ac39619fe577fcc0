/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From recorded hooks to hooks that run. */
#include "container/hook_list.h"

#include <string.h>
#include "container/oci_state.h"
#include "linux/hooks.h"

const struct spec_hooks *hook_list_for_record(const struct spec_hooks *hooks, struct arena *arena)
{
    struct spec_hooks *kept;

    if (hooks == NULL || hooks->start_container.count + hooks->poststart.count + hooks->poststop.count == 0)
        return NULL;
    kept = arena_allocate(arena, sizeof(*kept));
    kept->start_container = hooks->start_container;
    kept->poststart = hooks->poststart;
    kept->poststop = hooks->poststop;
    return kept;
}

static struct plan_strings terminated(const struct json_strings *strings, struct arena *arena)
{
    const char **items = arena_array(arena, strings->count + 1, sizeof(*items));

    for (size_t i = 0; i < strings->count; i++)
        items[i] = strings->items[i];
    return (struct plan_strings){.items = items, .count = strings->count};
}

static const struct record_judged_hook *find_judged(const struct json_structs *judged, const char *path)
{
    for (size_t i = 0; i < judged->count; i++) {
        const struct record_judged_hook *hook = &SPEC_ITEMS(*judged, struct record_judged_hook)[i];

        if (strcmp(hook->path, path) == 0)
            return hook;
    }
    return NULL;
}

static void judge_list(const struct json_structs *hooks, const struct policy_observed *observed,
                       struct json_structs *judged, struct arena *arena)
{
    for (size_t i = 0; i < hooks->count; i++) {
        const char *path = SPEC_ITEMS(*hooks, struct spec_hook)[i].path;
        const struct policy_path_fact *fact = policy_observed_path(observed, path);
        char hex[DIGEST_HEX_SIZE];

        if (fact == NULL || !fact->exists || fact->resolved == NULL || find_judged(judged, path) != NULL)
            continue;
        if (fact->digest_is_named)
            digest_hex(&fact->digest, hex);
        ((struct record_judged_hook *)judged->items)[judged->count++] = (struct record_judged_hook){
            .path = path,
            .place = fact->resolved,
            .sha256 = fact->digest_is_named ? arena_string(arena, hex) : NULL,
        };
    }
}

struct json_structs hook_list_judged(const struct spec_hooks *hooks, const struct policy_observed *observed,
                                     struct arena *arena)
{
    struct json_structs judged = {0};
    size_t count = hooks != NULL ? hooks->poststart.count + hooks->poststop.count : 0;

    if (count == 0)
        return judged;
    judged.items = arena_array(arena, count, sizeof(struct record_judged_hook));
    judge_list(&hooks->poststart, observed, &judged, arena);
    judge_list(&hooks->poststop, observed, &judged, arena);
    judged.present = judged.count > 0;
    return judged;
}

static struct plan_judged_program judged_program(const struct json_structs *judged, const char *path)
{
    const struct record_judged_hook *hook = find_judged(judged, path);

    if (hook == NULL)
        return (struct plan_judged_program){0};
    return (struct plan_judged_program){.present = true, .place = hook->place, .sha256 = hook->sha256};
}

struct plan_hook_list hook_list_resolve(const struct json_structs *hooks, const struct json_structs *judged,
                                        struct arena *arena)
{
    struct plan_hook *items = arena_array(arena, hooks->count, sizeof(*items));

    for (size_t i = 0; i < hooks->count; i++) {
        const struct spec_hook *hook = &SPEC_ITEMS(*hooks, struct spec_hook)[i];
        items[i] = (struct plan_hook){
            .path = {hook->path},
            .args = terminated(&hook->args, arena),
            .environment = terminated(&hook->environment, arena),
            .timeout_ms = hook->has_timeout ? hook->timeout_s * 1000 : PLAN_HOOK_DEFAULT_TIMEOUT_MS,
            .judged = judged_program(judged, hook->path),
        };
    }
    return (struct plan_hook_list){.items = items, .count = hooks->count};
}

int hook_list_run_poststart(const struct record *record, struct arena *arena, struct error *error)
{
    cleanup_text struct text state = text_growing(RECORD_BYTES_MAX);
    struct hook_context context = {.stage = "poststart", .directory = {record->bundle}};
    struct plan_hook_list hooks;

    if (record->hooks == NULL || record->hooks->poststart.count == 0)
        return 0;
    oci_state_encode(&state, record, "running", record->pid, 0);
    if (text_complete(&state, "the state for poststart hooks", error) != 0)
        return -1;
    context.state_json = state.bytes;
    hooks = hook_list_resolve(&record->hooks->poststart, &record->judged_hooks, arena);
    return hooks_run(&hooks, &context, error);
}

void hook_list_run_poststop(const struct record *record, const struct notices *notices, struct arena *arena)
{
    cleanup_text struct text state = text_growing(RECORD_BYTES_MAX);
    struct hook_context context = {.stage = "poststop", .directory = {record->bundle}};
    struct plan_hook_list hooks;
    struct error error = {0};

    if (record->hooks == NULL || record->hooks->poststop.count == 0)
        return;
    oci_state_encode(&state, record, "stopped", 0, 0);
    if (text_complete(&state, "the state for poststop hooks", &error) != 0) {
        notice(notices, NOTICE_WARNING, "%s", error.message);
        return;
    }
    context.state_json = state.bytes;
    hooks = hook_list_resolve(&record->hooks->poststop, &record->judged_hooks, arena);
    if (hooks_run_all(&hooks, &context, &error) != 0)
        notice(notices, NOTICE_WARNING, "container %s: %s", record->id, error.message);
}
