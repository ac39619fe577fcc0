/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bounds.json: the policies of a container as they were when it was created, to the byte, so that what later
 * commands quote (file, line) is what was decided by; and the filters and layers that came of them, so that
 * exec gets the very same.
 */
#include <string.h>
#include "base/memory.h"
#include "container/policies.h"
#include "json/json.h"
#include "json/table.h"
#include "policy/read.h"
#include "policy/waiver.h"

enum { BOUNDS_VERSION = 1 };

struct kept_policy {
    const char *file, *text, *profile;
    uint32_t role;
    bool audit;
};

struct kept {
    uint32_t version;
    struct json_structs policies; /* struct kept_policy */
    struct json_structs filters;  /* struct spec_seccomp */
    struct json_strings landlock; /* names of policies, outermost first */
    const char *waivers;          /* a document of waivers, NULL: none */
};

static const struct json_field policy_fields[] = {
    JSON_FIELD(struct kept_policy, file, "file", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct kept_policy, text, "text", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct kept_policy, profile, "profile", JSON_KIND_STRING),
    JSON_FIELD(struct kept_policy, role, "role", JSON_KIND_UINT32, .maximum_unsigned = POLICY_ROLE_MANDATORY),
    JSON_FIELD(struct kept_policy, audit, "audit", JSON_KIND_BOOLEAN),
};
static const struct json_table policy_table = JSON_TABLE(struct kept_policy, "policy", policy_fields);

static const struct json_field kept_fields[] = {
    JSON_FIELD(struct kept, version, "version", JSON_KIND_UINT32, .required = true),
    JSON_FIELD(struct kept, policies, "policies", JSON_KIND_STRUCTS, .table = &policy_table,
               .required = true),
    JSON_FIELD(struct kept, filters, "filters", JSON_KIND_STRUCTS, .table = &spec_seccomp_table),
    JSON_FIELD(struct kept, landlock, "landlock", JSON_KIND_STRINGS),
    JSON_FIELD(struct kept, waivers, "waivers", JSON_KIND_STRING),
};
static const struct json_table kept_table = JSON_TABLE(struct kept, "bounds", kept_fields);

/* ---- writing ---- */

static void encode_waivers(struct text *text, const struct policy_set *set)
{
    cleanup_text struct text document = text_growing(SIZE_MAX / 2);

    if (set->waiver_count == 0)
        return;
    text_append(&document, "{\"thwart\":1,\"waivers\":[");
    for (size_t i = 0; i < set->waiver_count; i++) {
        if (i > 0)
            text_append(&document, ",");
        policy_waiver_print(&document, &set->waivers[i], 0);
    }
    text_append(&document, "]}");
    text_append(text, ",\"waivers\":");
    json_append_string(text, document.bytes);
}

void policies_encode(struct text *text, const struct policy_set *set, const struct policy_layers *layers)
{
    text_append_format(text, "{\"version\":%d,\"policies\":[", BOUNDS_VERSION);
    for (size_t i = 0; i < set->count; i++) {
        const struct policy *policy = set->items[i].policy;

        text_append(text, i > 0 ? ",\n{\"file\":" : "\n{\"file\":");
        json_append_string(text, policy->file);
        text_append(text, ",\"text\":");
        json_append_string(text, policy->bytes);
        if (policy->syscalls.profile_bytes != NULL) {
            text_append(text, ",\"profile\":");
            json_append_string(text, policy->syscalls.profile_bytes);
        }
        text_append_format(text, ",\"role\":%u,\"audit\":%s}", (unsigned int)set->items[i].role,
                           set->items[i].audit ? "true" : "false");
    }
    text_append(text, "],\"filters\":[");
    for (size_t i = 0; i < layers->filter_count; i++) {
        text_append(text, i > 0 ? ",\n" : "\n");
        json_encode(text, &spec_seccomp_table, layers->filters[i], 0);
    }
    text_append(text, "],\"landlock\":[");
    for (size_t i = 0; i < layers->landlock_count; i++) {
        text_append(text, i > 0 ? "," : "");
        json_append_string(text, layers->landlock[i].policy);
    }
    text_append(text, "]");
    encode_waivers(text, set);
    text_append(text, "}\n");
}

/* ---- reading ---- */

static int give_profile(void *context, const char *policy_file, const char *path, struct arena *arena,
                        const char **bytes, size_t *length, struct error *error)
{
    const struct kept_policy *kept = context;

    (void)path;
    (void)arena;
    if (kept->profile == NULL)
        return error_set(error, ERROR_INVALID, "the profile of %s was not kept", policy_file);
    *bytes = kept->profile;
    *length = strlen(kept->profile);
    return 0;
}

static int read_policies(const struct kept *kept, struct arena *arena, struct policy_set *set,
                         struct error *error)
{
    struct policy_applied *items = arena_array(arena, kept->policies.count, sizeof(*items));

    for (size_t i = 0; i < kept->policies.count; i++) {
        struct kept_policy *one = &((struct kept_policy *)kept->policies.items)[i];
        const struct policy_files files = {.read = give_profile, .context = one};
        struct policy_problems problems = {0};

        if (policy_read(one->text, strlen(one->text), one->file, &files, arena, &problems, &items[i].policy,
                        error) != 0)
            return -1;
        items[i].role = (enum policy_role)one->role;
        items[i].audit = one->audit;
    }
    set->items = items;
    set->count = kept->policies.count;
    return 0;
}

static int read_layers(const struct kept *kept, const struct policy_set *set, struct arena *arena,
                       struct policy_layers *layers, struct error *error)
{
    const struct spec_seccomp **filters = arena_array(arena, kept->filters.count, sizeof(*filters));
    struct policy_landlock_layer *landlock = arena_array(arena, kept->landlock.count, sizeof(*landlock));

    for (size_t i = 0; i < kept->filters.count; i++)
        filters[i] = &SPEC_ITEMS(kept->filters, struct spec_seccomp)[i];
    for (size_t i = 0; i < kept->landlock.count; i++) {
        for (size_t p = 0; p < set->count; p++) {
            const struct policy *policy = set->items[p].policy;

            if (strcmp(policy->name, kept->landlock.items[i]) == 0 && policy->landlock.rule.present)
                landlock[i] = (struct policy_landlock_layer){policy->name, policy->file,
                                                             policy->landlock.rule.line, &policy->landlock};
        }
        if (landlock[i].rules == NULL)
            return error_set(error, ERROR_INVALID,
                             "the container's bounds name the Landlock layer of \"%s\", which is "
                             "not among its policies",
                             kept->landlock.items[i]);
    }
    *layers = (struct policy_layers){.filters = filters,
                                     .filter_count = kept->filters.count,
                                     .landlock = landlock,
                                     .landlock_count = kept->landlock.count};
    return 0;
}

int policies_decode(const char *bytes, size_t length, const char *name, struct arena *arena,
                    struct policy_set *set, struct policy_layers *layers, struct error *error)
{
    const struct json_limits limits = {.bytes = 64 * 1024 * 1024};
    const struct json_decoding decoding = {.name = name, .arena = arena};
    struct policy_problems problems = {0};
    struct json_value *root;
    struct kept kept;

    *set = (struct policy_set){0};
    if (json_read(bytes, length, name, &limits, arena, &root, error) != 0 ||
        json_decode(&decoding, &kept_table, root, &kept, error) != 0)
        return -1;
    if (kept.version != BOUNDS_VERSION)
        return error_set(error, ERROR_INVALID, "%s is of version %u; this thwart knows version %d", name,
                         kept.version, BOUNDS_VERSION);
    if (read_policies(&kept, arena, set, error) != 0 || read_layers(&kept, set, arena, layers, error) != 0)
        return -1;
    if (kept.waivers == NULL)
        return 0;
    return policy_waivers_read(kept.waivers, strlen(kept.waivers), name, arena, &problems, &set->waivers,
                               &set->waiver_count, error);
}
