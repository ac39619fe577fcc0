/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The draft of "filesystem", "resources" and of the rest. */
#include <string.h>
#include "base/memory.h"
#include "policy/default_paths.h"
#include "policy/draft_lines.h"
#include "policy/mount_request.h"

/* ---- mounts ---- */

static const char *last_slash(const char *path)
{
    return strrchr(path, '/');
}

/* A pattern has to cover the name and what it leads to: "/usr/bin/docker-init" and "/usr/bin/tini" are
 * all of /usr/bin; "/usr/libexec/podman/init" and "/usr/bin/init" are the file of that name beneath /usr. */
static const char *both_names(const char *written, const char *resolved, struct arena *arena)
{
    size_t common = 0, directory = 0;
    const char *name = last_slash(written);
    bool same_name = name != NULL && last_slash(resolved) != NULL && strcmp(name, last_slash(resolved)) == 0;

    for (; written[common] != '\0' && written[common] == resolved[common]; common++)
        if (written[common] == '/')
            directory = common;
    return arena_format(
        arena, "%s/%s%s", draft_literal(arena_copy(arena, written, directory), arena),
        strchr(written + directory + 1, '/') != NULL || strchr(resolved + directory + 1, '/') != NULL ? "**/"
                                                                                                      : "",
        same_name ? draft_literal(name + 1, arena) : "*");
}

static void add_source(struct draft *draft, struct draft_list *list, const struct mount_path *path,
                       bool writable)
{
    cleanup_text struct text text = text_growing(DRAFT_JSON_BYTES_MAX);
    const struct policy_path_fact *fact =
        draft->request->observed != NULL ? policy_observed_path(draft->request->observed, path->path) : NULL;

    if (path->unclear || path->written[0] != '/')
        return;
    text_append(&text, "{\"path\": ");
    if (fact != NULL && fact->resolved != NULL && strcmp(fact->resolved, path->written) != 0)
        json_append_string(&text, both_names(path->written, fact->resolved, draft->arena));
    else
        json_append_string(&text, draft_literal(path->written, draft->arena));
    text_append_format(&text, ", \"access\": \"%s\"}", writable ? "rw" : "ro");
    draft_list_add_json(list, text.bytes);
}

static void draft_mounts(struct draft *draft, const struct mount_request *requests, size_t count)
{
    struct draft_list types = draft_list_begin(draft->arena), sources = draft_list_begin(draft->arena);

    for (size_t i = 0; i < count; i++) {
        if (requests[i].type != NULL)
            draft_list_add(&types, requests[i].type);
        for (size_t k = 0; k < requests[i].path_count; k++)
            add_source(draft, &sources, &requests[i].paths[k],
                       !requests[i].paths[k].layer && mount_request_writes(&requests[i]));
    }
    draft_add(draft, "filesystem", "mounts", "filesystem.mounts",
              arena_format(draft->arena, "{\"types\": %s, \"sources\": %s}", draft_list_end(&types),
                           draft_list_end(&sources)),
              "Paths of one container's own (volumes, its id) need a pattern: * for one name, ** for any.");
}

/* Options that every mount of the bundle has already which can be written to. The judgement finds those that
 * are not enough. */
static void draft_options(struct draft *draft, const struct mount_request *requests, size_t count)
{
    static const char *const words[] = {"nosuid", "nodev", "noexec"};
    struct draft_list list = draft_list_begin(draft->arena);

    for (size_t w = 0; w < ARRAY_LENGTH(words); w++) {
        bool all = true;

        for (size_t i = 0; i < count && all; i++) {
            uint64_t attribute = 0;

            (void)mount_addition_named(words[w], &attribute);
            all = requests[i].unreadable == NULL &&
                  (!mount_request_writes(&requests[i]) ||
                   (strcmp(words[w], "nodev") == 0 && (strcmp(requests[i].destination, "/dev") == 0 ||
                                                       strcmp(requests[i].destination, "/dev/pts") == 0)) ||
                   mount_words_hold(&requests[i].words, attribute, mount_request_has_tree(&requests[i])));
        }
        if (all)
            draft_list_add(&list, words[w]);
    }
    if (list.count > 0)
        draft_add(draft, "filesystem", "options", "filesystem.options", draft_list_end(&list),
                  "Every mount that can be written to has them.");
    else
        text_free(&list.text);
}

/* ---- paths ---- */

static bool holds(const struct json_strings *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], path) == 0)
            return true;
    return false;
}

static void draft_paths(struct draft *draft, const char *key, const char *rule,
                        const struct json_strings *asked, const char *const *defaults, size_t default_count)
{
    struct draft_list list = draft_list_begin(draft->arena);
    size_t usual = 0;

    for (size_t i = 0; i < default_count; i++)
        usual += holds(asked, defaults[i]);
    for (size_t i = 0; i < asked->count; i++)
        draft_list_add(&list, asked->items[i]);
    if (asked->count == 0) {
        text_free(&list.text);
        draft_remark(
            draft, "filesystem",
            arena_format(draft->arena, "%s: none is asked for; \"default\" is what engines do.", key));
        return;
    }
    draft_add(draft, "filesystem", key, rule,
              usual == default_count && asked->count == default_count ? "\"default\"" : draft_list_end(&list),
              NULL);
    text_free(&list.text);
}

static void draft_propagation(struct draft *draft, const struct mount_request *requests, size_t count)
{
    static const char *const words[] = {"private", "slave", "shared"};
    const struct spec_linux *linux_part = draft->request->spec->linux_part;
    const char *root =
        linux_part != NULL && linux_part->rootfs_propagation != NULL ? linux_part->rootfs_propagation : "";
    struct draft_list list = draft_list_begin(draft->arena);
    size_t reach = 0;

    for (size_t w = 0; w < ARRAY_LENGTH(words); w++) {
        if (strstr(root, words[w]) != NULL)
            reach = w > reach ? w : reach;
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < requests[i].words.propagation_count; k++) {
                const char *word = mount_propagation_word(requests[i].words.propagation[k]);

                if (word != NULL && strstr(word, words[w]) != NULL)
                    reach = w > reach ? w : reach;
            }
    }
    for (size_t w = 0; w <= reach; w++)
        draft_list_add(&list, words[w]);
    draft_add(draft, "filesystem", "propagation", "filesystem.propagation", draft_list_end(&list), NULL);
}

void draft_filesystem(struct draft *draft)
{
    static const struct json_strings none;
    const struct spec *spec = draft->request->spec;
    const struct spec_linux *linux_part = spec->linux_part;
    struct mount_request *requests = arena_array(draft->arena, spec->mounts.count, sizeof(*requests));

    for (size_t i = 0; i < spec->mounts.count; i++)
        mount_request_read(&SPEC_ITEMS(spec->mounts, struct spec_mount)[i], i, draft->request->bundle,
                           draft->arena, &requests[i]);
    if (spec->root != NULL && spec->root->readonly)
        draft_add(draft, "filesystem", "rootReadonly", "filesystem.rootReadonly", "true", NULL);
    else
        draft_remark(draft, "filesystem",
                     "The root can be written to: \"rootReadonly\": true, and volumes for data.");
    draft_mounts(draft, requests, spec->mounts.count);
    draft_options(draft, requests, spec->mounts.count);
    draft_paths(draft, "maskedPaths", "filesystem.maskedPaths",
                linux_part != NULL ? &linux_part->masked_paths : &none, policy_default_masked,
                policy_default_masked_count);
    draft_paths(draft, "readonlyPaths", "filesystem.readonlyPaths",
                linux_part != NULL ? &linux_part->readonly_paths : &none, policy_default_readonly,
                policy_default_readonly_count);
    draft_propagation(draft, requests, spec->mounts.count);
}

/* ---- resources and the rest ---- */

static const char *bytes_text(uint64_t bytes, struct arena *arena)
{
    static const char units[] = {'G', 'M', 'K'};

    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        uint64_t unit = UINT64_C(1) << (30 - 10 * i);

        if (bytes > 0 && bytes % unit == 0)
            return arena_format(arena, "\"%llu%c\"", (unsigned long long)(bytes / unit), units[i]);
    }
    return arena_format(arena, "%llu", (unsigned long long)bytes);
}

static void draft_memory(struct draft *draft, const struct spec_memory *memory)
{
    if (memory == NULL || !memory->has_limit || memory->limit <= 0) {
        draft_remark(draft, "resources",
                     "No limit of memory is asked for: \"memory\": \"512M\" would set one.");
        return;
    }
    draft_add(draft, "resources", "memory", "resources.memory",
              bytes_text((uint64_t)memory->limit, draft->arena), NULL);
    if (memory->has_swap && memory->swap >= memory->limit)
        draft_add(draft, "resources", "swap", "resources.swap",
                  bytes_text((uint64_t)(memory->swap - memory->limit), draft->arena), NULL);
}

static void draft_cpu(struct draft *draft, const struct spec_cpu *cpu)
{
    uint64_t period_us = 100000, thousandths;

    if (cpu == NULL || !cpu->has_quota || cpu->quota <= 0)
        return;
    if (cpu->has_period && cpu->period > 0)
        period_us = cpu->period;
    thousandths = ((uint64_t)cpu->quota * 1000 + period_us - 1) / period_us;
    draft_add(draft, "resources", "cpu", "resources.cpu",
              arena_format(draft->arena, "%llu.%03llu", (unsigned long long)(thousandths / 1000),
                           (unsigned long long)(thousandths % 1000)),
              NULL);
}

static void draft_hugepages(struct draft *draft, const struct json_structs *limits)
{
    cleanup_text struct text text = text_growing(DRAFT_JSON_BYTES_MAX);

    for (size_t i = 0; i < limits->count; i++) {
        const struct spec_hugepage_limit *limit = &SPEC_ITEMS(*limits, struct spec_hugepage_limit)[i];

        text_append_format(&text, "%s", text.length > 0 ? ", " : "");
        json_append_string(&text, limit->page_size);
        text_append_format(&text, ": %s", bytes_text(limit->limit, draft->arena));
    }
    if (text.length > 0)
        draft_add(draft, "resources", "hugepages", "resources.hugepages",
                  arena_format(draft->arena, "{%s}", text.bytes), NULL);
}

static bool has_unknown(const struct json_notes *notes)
{
    for (size_t i = 0; notes != NULL && i < notes->count; i++)
        if (strstr(notes->items[i].text, "unknown member") != NULL)
            return true;
    return false;
}

void draft_resources(struct draft *draft)
{
    static const struct spec_resources none;
    const struct spec_linux *linux_part = draft->request->spec->linux_part;
    const struct spec_resources *resources =
        linux_part != NULL && linux_part->resources != NULL ? linux_part->resources : &none;

    draft_memory(draft, resources->memory);
    if (resources->pids != NULL && resources->pids->has_limit && resources->pids->limit > 0)
        draft_add(draft, "resources", "pids", "resources.pids",
                  arena_format(draft->arena, "%lld", (long long)resources->pids->limit), NULL);
    else
        draft_remark(draft, "resources", "No limit of processes is asked for: \"pids\": 256 would set one.");
    draft_cpu(draft, resources->cpu);
    draft_hugepages(draft, &resources->hugepage_limits);
    if (linux_part != NULL && linux_part->seccomp != NULL)
        draft_add(draft, "syscalls", "filter", "syscalls.filter", "\"required\"",
                  "The bundle's own filter stays; \"allow\" here would narrow it to what the program calls.");
    draft_add(draft, "unknownFields", "", "unknownFields",
              has_unknown(draft->request->notes) ? "\"note\"" : "\"refuse\"", NULL);
}
