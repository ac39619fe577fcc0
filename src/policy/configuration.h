/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/thwart/thwart.json (docs/thwart.json.5.md): which folders hold policies, which policy is the default,
 * where decisions are told, and to which runtime commands are handed on. Read like a policy: strict, with
 * comments.
 */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"
#include "json/table.h"
#include "policy/read.h"
#include "trust/claim.h"
#include "trust/image.h"

struct configuration_events {
    const char *sink;   /* "none" (default), "journal", "syslog", "file" */
    const char *file;   /* of the file sink; absolute */
    const char *format; /* "thwart" (default), "ecs", "ocsf" */
    uint64_t max_bytes; /* the file is put aside as FILE.1 beyond; UINT64_MAX: never */
};

/* A policy of this name has at least that revision. */
struct configuration_least_revision {
    const char *name;
    uint64_t revision;
};

/* Who signs policies and waivers: FILE.asc beside FILE. */
struct configuration_policy_signatures {
    bool required;
    struct json_strings keyrings;     /* absolute paths; required needs one */
    struct json_strings fingerprints; /* of primary keys, upper case; count 0: every key of the keyrings */
    struct configuration_least_revision *least_revisions; /* hold also where none is required */
    size_t least_revision_count;
};

struct configuration {
    uint32_t thwart;              /* language version: 1, required */
    struct json_strings policies; /* mandatory folders; absent: /etc/thwart/policies */
    const char *shipped;          /* folder that stands for the built-in policies; NULL: the built-in ones */
    const char *default_policy;   /* "default": name; NULL: "baseline" */
    struct json_strings waivers;  /* folders or files; absent: /etc/thwart/waivers */
    const struct configuration_events *events;
    const char *delegate; /* "delegate": absolute path of another OCI runtime; NULL: none */
    /* Keys that may say what an image is called (selectors), and whose signatures carry claims. */
    struct json_strings keyrings;
    const struct trust_issuer *issuers; /* whose claims count; their keys are among keyrings */
    size_t issuer_count;
    uint32_t issuers_line, issuers_column; /* of the key */
    struct configuration_policy_signatures policy_signatures;
    struct trust_places image_stores;   /* NULL members: the usual places */
    struct json_strings image_verifier; /* policies that decide before a pull (thwart image verifier), in
                                           place of the default */
};

#define CONFIGURATION_FILE "/etc/thwart/thwart.json"

/* Parse; everything not given has its default afterwards. problems (may be NULL): all mistakes are put there;
 * *error holds the first, and how many more there are. -1: ERROR_INVALID, ERROR_LIMIT. */
int configuration_parse(const char *bytes, size_t length, const char *file, struct arena *arena,
                        struct policy_problems *problems, struct configuration *configuration,
                        struct error *error);

/* The defaults: no file is there. */
struct configuration configuration_default(void);
