/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page that a draft is written on: keys in their sections, each with a comment. For draft*.c. */
#pragma once

#include "policy/draft.h"

/* A rule that is left out, by its key in policy/rules.h. */
struct draft_omission {
    const char *key, *reason;
};

struct draft_line {
    const char *section, *key; /* key "": the section's own value */
    const char *json;          /* NULL: a comment in its place */
    const char *comment;       /* NULL: none */
};

struct draft {
    const struct policy_draft_request *request;
    struct arena *arena;
    struct draft_line *lines;
    size_t count, capacity;
    struct draft_omission *omissions;
    size_t omission_count;
};

enum { DRAFT_OMISSIONS_MAX = 64, DRAFT_JSON_BYTES_MAX = 16 * 1024 * 1024 };

/* Add a key, unless its rule is left out: then why. rule: "process.user", as policy/rules.h has it. json is
 * copied. */
void draft_add(struct draft *draft, const char *section, const char *key, const char *rule, const char *json,
               const char *comment);

/* Only a comment, where the key would stand. */
void draft_remark(struct draft *draft, const char *section, const char *comment);

/* A list of strings as JSON, in the arena; each once. pattern: characters that patterns give a meaning are
 * taken literally. */
struct draft_list {
    struct text text;
    struct arena *arena;
    const char **items;
    size_t count, capacity;
};
struct draft_list draft_list_begin(struct arena *arena);
void draft_list_add(struct draft_list *list, const char *word);
void draft_list_add_pattern(struct draft_list *list, const char *word);
/* An item that is JSON already. */
void draft_list_add_json(struct draft_list *list, const char *json);
const char *draft_list_end(struct draft_list *list);

/* "/a*" as a pattern that means itself. */
const char *draft_literal(const char *word, struct arena *arena);

void draft_print(struct text *text, const struct draft *draft);

/* Sections: draft_*.c. */
void draft_process(struct draft *draft);
void draft_filesystem(struct draft *draft);
void draft_host(struct draft *draft); /* namespaces, devices, sysctls, hooks, annotations */
void draft_resources(struct draft *draft);
