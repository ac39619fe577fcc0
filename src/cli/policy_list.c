/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy list: the policies that there are by name. */
#include <string.h>
#include "cli/policy_decision.h"

struct list_options {
    const char *format;
    bool names;
};

static const char *const formats[] = {"table", "json", NULL};

static const struct option rows[] = {
    {"format", 0, OPTION_WORD, offsetof(struct list_options, format), "FORMAT", "table (default) or json",
     .words = formats},
    {"names", 0, OPTION_FLAG, offsetof(struct list_options, names), NULL, "names only"},
};

struct row {
    const struct policy *policy;
    const char *role; /* "mandatory", "default", "shipped" */
};

static const struct policy_entry *find_entry(const struct policies *policies, const char *name)
{
    for (size_t i = 0; i < policies->library.count; i++)
        if (strcmp(policies->library.items[i].policy->name, name) == 0)
            return &policies->library.items[i];
    return NULL;
}

static bool is_default(const struct policies *policies, const char *name)
{
    return policies->library.default_policy != NULL && strcmp(policies->library.default_policy, name) == 0;
}

/* A shipped policy stands back behind one of the same name in a folder. */
static int gather(struct policies *policies, struct arena *arena, struct row **found, size_t *count,
                  struct error *error)
{
    const char **names;
    size_t shipped, kept = 0;

    if (policies_shipped_names(policies, arena, &names, &shipped, error) != 0)
        return -1;
    *found = arena_array(arena, policies->library.count + shipped, sizeof(**found));
    for (size_t i = 0; i < policies->library.count; i++)
        (*found)[kept++] = (struct row){policies->library.items[i].policy, "mandatory"};
    for (size_t i = 0; i < shipped; i++) {
        struct row row = {.role = is_default(policies, names[i]) ? "default" : "shipped"};

        if (find_entry(policies, names[i]) != NULL)
            continue;
        if (policies->library.shipped(policies->library.context, names[i], arena, &row.policy, error) != 0)
            return -1;
        if (row.policy != NULL)
            (*found)[kept++] = row;
    }
    *count = kept;
    return 0;
}

static size_t widest(const struct row *found, size_t count, const char *heading)
{
    size_t width = strlen(heading);

    for (size_t i = 0; i < count; i++)
        if (strlen(found[i].policy->name) > width)
            width = strlen(found[i].policy->name);
    return width;
}

static void append_table(struct text *text, const struct row *found, size_t count)
{
    enum { DIGEST_SHOWN = 12 };
    int width = (int)widest(found, count, "NAME");
    char hex[DIGEST_HEX_SIZE];

    text_append_format(text, "%-*s  %-9s  %-7s  %-*s  %s\n", width, "NAME", "ROLE", "MODE", DIGEST_SHOWN,
                       "DIGEST", "FILE");
    for (size_t i = 0; i < count; i++) {
        digest_hex(&found[i].policy->digest, hex);
        text_append_format(text, "%-*s  %-9s  %-7s  %.*s  %s\n", width, found[i].policy->name, found[i].role,
                           found[i].policy->audit ? "audit" : "enforce", DIGEST_SHOWN, hex,
                           found[i].policy->file);
    }
}

static void append_json(struct text *text, const struct row *found, size_t count)
{
    char hex[DIGEST_HEX_SIZE];

    text_append(text, "[");
    for (size_t i = 0; i < count; i++) {
        digest_hex(&found[i].policy->digest, hex);
        text_append(text, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(text, found[i].policy->name);
        text_append(text, ",\"description\":");
        json_append_string(text, found[i].policy->description != NULL ? found[i].policy->description : "");
        text_append_format(
            text, ",\"role\":\"%s\",\"mode\":\"%s\",\"digest\":\"sha256:%s\",\"revision\":%u,\"file\":",
            found[i].role, found[i].policy->audit ? "audit" : "enforce", hex, found[i].policy->revision);
        json_append_string(text, found[i].policy->file);
        text_append(text, "}");
    }
    text_append(text, "]\n");
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct list_options *options = invocation->options;
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);
    struct policies *policies = arena_allocate(invocation->arena, sizeof(*policies));
    struct row *found;
    size_t count;

    (void)status;
    if (policies_load(&invocation->runtime->policies, invocation->arena, policies, error) != 0 ||
        gather(policies, invocation->arena, &found, &count, error) != 0)
        return -1;
    if (options->names) {
        for (size_t i = 0; i < count; i++)
            text_append_format(&text, "%s\n", found[i].policy->name);
    } else if (options->format != NULL && strcmp(options->format, "json") == 0) {
        append_json(&text, found, count);
    } else {
        append_table(&text, found, count);
    }
    return command_print(&text, error);
}

const struct command policy_command_list = {
    .name = "policy list",
    .words = "",
    .summary = "the policies that there are, where they are from and whom they bound",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct list_options),
    .run = run,
};
