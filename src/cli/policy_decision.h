/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What explain, apply, diff, test, seccomp and init share: a bundle on the command line, and the decision
 * about it that create would make. */
#pragma once

#include "cli/explain_text.h"
#include "cli/policy_command.h"

/* Rows that name a bundle, for an options struct that begins with a struct bundle_options called `bundle`. */
struct bundle_options {
    const char *bundle, *config, *host_facts, *image;
    struct json_strings policies;
};

#define BUNDLE_PLACE(type, member) offsetof(type, bundle.member)

#define BUNDLE_OPTION_ROWS(type)                                                                             \
    {"bundle",      'b',                                                                                     \
     OPTION_STRING, BUNDLE_PLACE(type, bundle),                                                              \
     "DIR",         "the bundle, or its configuration (default: the working directory)"},                    \
        {"config",      'f',                                                                                 \
         OPTION_STRING, BUNDLE_PLACE(type, config),                                                          \
         "FILE",        "its configuration (default: config.json)"},                                         \
        {"policy",                                                                                           \
         'p',                                                                                                \
         OPTION_LIST,                                                                                        \
         BUNDLE_PLACE(type, policies),                                                                       \
         "POLICY",                                                                                           \
         "a policy that applies, in place of the default one, by name or path; may be given again"},         \
    {                                                                                                        \
        "host-facts", 0, OPTION_STRING, BUNDLE_PLACE(type, host_facts), "FILE",                              \
            "for the host that FILE describes (thwart features --host-facts)"                                \
    }

/* --policy of the global options, and then those of the subcommand. */
struct json_strings policy_words_of(const struct invocation *invocation, const struct json_strings *more);

/* Decide about a bundle as create would, and stop there; *config_name: the file that findings point into. -1:
 * what makes create fail before it decides. */
int policy_prepare(const struct invocation *invocation, const struct bundle_options *options,
                   struct prepared *prepared, const char **config_name, struct error *error);

/* The same by the policies of options alone, whatever the host has: none of them, then everything is granted.
 */
int policy_prepare_alone(const struct invocation *invocation, const struct bundle_options *options,
                         struct prepared *prepared, const char **config_name, struct error *error);

/* Shall output be coloured? On a terminal that is not dumb, and without NO_COLOR. */
bool policy_colours(void);

/* The set that words alone make, with what they extend: names or paths of policies. */
int policy_set_of(const struct invocation *invocation, const struct json_strings *words,
                  struct policy_set *set, struct error *error);

/* DIR or FILE.json, as diff, test and seccomp take a bundle. */
void policy_bundle_of(struct bundle_options *options, const char *word);

/* The facts of the host that file describes; NULL: of this one. */
int policy_host_of(const struct invocation *invocation, const char *file, struct policy_host *host,
                   struct error *error);
