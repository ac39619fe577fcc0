/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy.json of containers/image (containers-policy.json(5)), read as it is, and which of its scopes an
 * image falls under. Pure over the document's bytes. */
#pragma once

#include "trust/reference.h"

enum trust_policy_kind {
    TRUST_POLICY_ACCEPT,
    TRUST_POLICY_REJECT,
    TRUST_POLICY_SIGNED_BY,
    TRUST_POLICY_SIGSTORE
};

struct trust_policy_requirement {
    enum trust_policy_kind kind;
    struct trust_requirement signed_by; /* one key of any is enough */
};

struct trust_policy_scope {
    const char *transport, *scope; /* "docker", "registry.example.com/web"; "" the transport's default */
    uint32_t line;
    const struct trust_policy_requirement *requirements; /* all must hold */
    size_t count;
};

struct trust_policy {
    struct trust_policy_scope fallback; /* "default" */
    const struct trust_policy_scope *scopes;
    size_t scope_count;
};

/* Strict as the reference is: an unknown key, type or an empty list refuses the document. */
int trust_policy_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                       struct trust_policy *policy, struct error *error);

/* The most specific scope for the transport "docker": host/repo:tag or @digest, repo, its namespaces upward,
 * host[:port], *.domain, "", else the default. */
const struct trust_policy_scope *trust_policy_match(const struct trust_policy *policy,
                                                    const struct trust_reference *image);
