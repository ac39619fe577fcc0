/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of images as Docker writes them, and the rules by which a signed one fits another. Pure. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "trust/requirement.h"

/* Normalised: "busybox" is docker.io/library/busybox, name-only. */
struct trust_reference {
    const char *repository; /* "docker.io/library/busybox": with its host; lower case but for the host, which
                               stays as it is written */
    const char *tag;        /* NULL: none */
    const char *digest;     /* "sha256:HEX"; NULL: none */
    const char *text;       /* all of it, normalised */
};

/* "sha256:" (sha384, sha512) and as many hex digits as it has, in lower case? */
bool trust_digest_is(const char *text);

/* Strictly by the grammar of distribution's references (host[:port]/path:tag@digest, lengths included).
 * ERROR_INVALID. */
int trust_reference_parse(const char *text, struct arena *arena, struct trust_reference *reference,
                          struct error *error);

/* Neither tag nor digest? */
bool trust_reference_is_name_only(const struct trust_reference *reference);

/* identity.c: does the signed reference fit? image: the image's own name; NULL: nobody knows it (then the
 * rules that need one never accept). *reason: one line when it does not. */
bool trust_identity_accepts(const struct trust_identity_rule *rule, const struct trust_reference *signed_name,
                            const struct trust_reference *image, struct arena *arena, const char **reason);

/* Can the rule fit anything: is what it names a name, a repository, a prefix? ERROR_INVALID. */
int trust_identity_check(const struct trust_identity_rule *rule, struct arena *arena, struct error *error);

/* How containers-policy.json(5) writes the rules: signedIdentity's types, each with its members. */
struct trust_identity_words {
    const char *word; /* "matchExact" */
    enum trust_identity_kind kind;
    const char *name, *prefix; /* the members' names; NULL: it has no such */
};
extern const struct trust_identity_words trust_identity_types[];
extern const size_t trust_identity_type_count;
