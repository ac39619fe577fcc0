/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands of `thwart image`, one file image_NAME.c each, and what they share. */
#pragma once

#include "cli/command.h"
#include "policy/configuration.h"
#include "spec/spec.h"
#include "trust/image.h"

extern const struct command image_command_inspect, image_command_seal, image_command_trust,
    image_command_verifier, image_command_verify;

enum { IMAGE_OUTPUT_BYTES_MAX = 256 * 1024 * 1024, IMAGE_STATUS_UNTRUSTED = 4 };

/* ---- which root is meant (image_subject.c) ---- */

struct subject_options {
    const char *bundle, *rootfs, *config, *image, *configuration;
};

#define SUBJECT_PLACE(type, member) offsetof(type, subject.member)

/* Rows that name it, for an options struct with a struct subject_options called `subject`. */
#define SUBJECT_OPTION_ROWS(type)                                                                            \
    {"bundle",      'b',                                                                                     \
     OPTION_STRING, SUBJECT_PLACE(type, bundle),                                                             \
     "DIR",         "the bundle (default: the working directory)"},                                          \
        {"config",      'f',                                                                                 \
         OPTION_STRING, SUBJECT_PLACE(type, config),                                                         \
         "FILE",        "its configuration (default: config.json)"},                                         \
        {"rootfs",      'r',                                                                                 \
         OPTION_STRING, SUBJECT_PLACE(type, rootfs),                                                         \
         "DIR",         "a root that is of no bundle, in place of one"},                                     \
        {"image",       0,                                                                                   \
         OPTION_STRING, SUBJECT_PLACE(type, image),                                                          \
         "DIR",         "the image's documents lie there (default: thwart.image in the bundle)"},            \
    {                                                                                                        \
        "configuration", 0, OPTION_STRING, SUBJECT_PLACE(type, configuration), "FILE",                       \
            "in place of /etc/thwart/thwart.json"                                                            \
    }

struct image_subject {
    const char *bundle; /* absolute; NULL: a root alone */
    const char *root;   /* absolute */
    const struct spec *spec;
    struct policies_request policies; /* of the command line */
    struct configuration configuration;
    struct trust_places places;
    bool rootless;
};

/* Read what the options name, but for policies. ERROR_USAGE: a bundle and a root at once. */
int image_subject_of(const struct invocation *invocation, const struct subject_options *options,
                     struct image_subject *subject, struct error *error);

/* --configuration of the subcommand in place of the global one. */
struct policies_request image_policies_request(const struct invocation *invocation,
                                               const char *configuration_file);

/* The stores of configuration, of a user those below HOME; image: the folder of --image, or NULL. */
int image_places(const struct configuration *configuration, const char *image, struct arena *arena,
                 struct trust_places *places, bool *rootless, struct error *error);

/* Where gpg's private homes may lie: the directory of states, made when it is missing. */
int image_state_root(const struct invocation *invocation, const char **directory, struct error *error);

/* ---- documents ---- */

/* Append `,"key":"value"`; nothing when value is NULL. */
void image_append_member(struct text *text, const char *key, const char *value);

/* Append `,"key":["…", …]`. */
void image_append_strings(struct text *text, const char *key, const char *const *items, size_t count);

/* Is FORMAT json? */
bool image_wants_json(const char *format);
