/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `thwart image trust` shows: keyrings with their keys, issuers, what policies ask of images and the
 * scopes of the documents that they name. A keyring or a document that cannot be read is shown as broken. */
#pragma once

#include "cli/image_command.h"
#include "container/gpg_helper.h"

struct trusted_keyring {
    const char *path;
    struct json_strings used_by; /* "thwart.json: keyrings", "policy web" */
    const struct gpg_key *keys;
    size_t key_count;
    const char *problem; /* NULL: it was read */
};

struct trusted_policy {
    const struct policy *policy;
    bool audit;
    const char *title;           /* "web (/etc/thwart/policies/web.json)" */
    struct json_strings demands; /* a line each */
};

struct trusted_document {
    const char *path;
    struct json_strings scopes; /* a line each, with where it stands and what it asks */
    const char *problem;        /* NULL: it was read */
};

struct trusted {
    const char *reference; /* normalised; NULL: of all images */
    bool keyrings_alone;   /* those of the command line were asked for, and nothing else */
    struct trusted_policy *policies;
    size_t policy_count;
    struct trusted_document *documents;
    size_t document_count;
    const struct trust_issuer *issuers;
    size_t issuer_count;
    struct trusted_keyring *keyrings;
    size_t keyring_count;
    const char *lookaside; /* for reference: where signatures would be looked for; NULL */
    int status;            /* of the command: 0, or what is broken makes of it */
};

/* keyrings: not empty: these alone. reference: what is asked of images of this name; NULL: of all. */
int image_trusted(const struct invocation *invocation, const struct policies_request *request,
                  const struct json_strings *keyrings, const char *reference, struct trusted *trusted,
                  struct error *error);

/* What one requirement asks for, in a line: "2 signatures by keys of /etc/thwart/keys.gpg …". */
const char *image_requirement_words(const struct trust_requirement *requirement, struct arena *arena);

enum { IMAGE_DAY_SIZE = 16 };

/* "2027-03-31" */
void image_day(int64_t second, char day[IMAGE_DAY_SIZE]);
