/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From files to the policies of one container, and how they are kept with it.
 *
 * policies_load reads thwart.json, the folders, --policy and the waivers; policies_of resolves them for a
 * request. policies_keep writes what was applied (the files' bytes, the filters and Landlock layers that came
 * of them) into the container's state directory as `bounds.json`; exec, update and checkpoint decide by that
 * and never read a policy file again (`update --policy` adds to it, and can only tighten).
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "container/notices.h"
#include "policy/configuration.h"
#include "policy/policy.h"
#include "policy/read.h"
#include "policy/resolve.h"

/* In `state`: which policies the container is under. */
#define POLICIES_ANNOTATION "io.thwart.policies"

struct policies_request {
    const char *configuration_file; /* --configuration; NULL: CONFIGURATION_FILE where it exists */
    struct json_strings named;      /* --policy: names or paths */
    const char *state_root;         /* --root; NULL: the default. Where gpg's private homes are made */
    /* Only what is named applies (`policy test`): no folder's `when`, no default, no waiver. Folders are
     * there to be extended, and a file that is named stands for the folder's policy of its name. */
    bool alone;
};

struct policies {
    struct configuration configuration;
    struct policy_library library;
    const struct syscall_library *calls; /* read before, for many requests; NULL: none */
    struct file_signers *signers; /* container/file_signers.h; NULL: none are required */
};

/* With policySignatures.required, files that are not signed by an accepted key are refused (ERROR_UNTRUSTED),
 * and always those of a lower revision than leastRevisions says. */
int policies_load(const struct policies_request *request, struct arena *arena, struct policies *policies,
                  struct error *error);

/* thwart.json alone. */
int policies_configuration(const struct policies_request *request, struct arena *arena,
                           struct configuration *configuration, struct error *error);

/* The policies that words name, and what they extend: for `update --policy`. No default, no selectors. */
int policies_named(const struct policies_request *request, const struct json_strings *words,
                   struct arena *arena, struct policies *policies, struct error *error);

/* What an author writes. */
enum policies_file_kind { POLICIES_FILE_POLICY, POLICIES_FILE_WAIVERS, POLICIES_FILE_CONFIGURATION };
struct policies_file {
    enum policies_file_kind kind;
    const struct policy *policy; /* of that kind; NULL: it has mistakes */
    size_t waiver_count;
};

/* Read one file for an author: every mistake of it is in *problems. -1: there is one, or it cannot be read
 * (then *problems is as it was). */
int policies_read_file(const char *path, struct arena *arena, struct policy_problems *problems,
                       struct policies_file *file, struct error *error);

/* Would a file of policies or waivers be accepted by its signature here? 0 also where none is required. */
int policies_check_signature(const struct policies_request *request, const char *path, struct arena *arena,
                             struct error *error);

/* Names of what is shipped, ordered: built in, or in the folder that stands for it. */
int policies_shipped_names(const struct policies *policies, struct arena *arena, const char ***names,
                           size_t *count, struct error *error);

/* Does some policy of the set bound anything? Then what it says is kept with the container. */
bool policies_bound_anything(const struct policy_set *set);

/* Put what of `added` is not among *set, by name, into it (a new list, ordered). True: something was. A
 * policy that is enforced in `added` and in audit mode in *set is enforced afterwards. */
bool policies_join(struct policy_set *set, const struct policy_set *added, struct arena *arena);

/* The applied ones as one word each: "baseline@sha256:HEX", for the record, state's annotation
 * io.thwart.policies (with a comma between two) and events. */
struct json_strings policies_words(const struct policy_set *set, struct arena *arena);

/* Those words with a comma between two. */
const char *policies_annotation(const struct json_strings *words, struct arena *arena);

/* The document `bounds.json`. */
void policies_encode(struct text *text, const struct policy_set *set, const struct policy_layers *layers);
int policies_decode(const char *bytes, size_t length, const char *name, struct arena *arena,
                    struct policy_set *set, struct policy_layers *layers, struct error *error);
