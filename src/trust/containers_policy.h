/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy.json of containers/image (containers-policy.json(5)), read as it is, and which of its scopes an
 * image falls under. Pure over the document's bytes. */
#pragma once

#include "trust/reference.h"

enum trust_policy_kind {
    TRUST_POLICY_ACCEPT,
    TRUST_POLICY_REJECT,
    TRUST_POLICY_SIGNED_BY,
    TRUST_POLICY_SIGSTORE,
    TRUST_POLICY_NEVER, /* nothing satisfies it, in the reference implementation neither: signedBaseLayer,
                           keys that are not GPG's */
};

struct trust_policy_requirement {
    enum trust_policy_kind kind;
    const char
        *words; /* its type as written, for messages: "sigstoreSigned", "signedBy with X509Certificates" */
    uint32_t line;
    struct trust_requirement signed_by; /* one key of any is enough */
};

struct trust_policy_scope {
    const char *transport, *scope; /* "docker", "registry.example.com/web"; "" the transport's default */
    uint32_t line;
    const struct trust_policy_requirement *requirements; /* all must hold */
    size_t count;
};

struct trust_policy {
    const char *name;                   /* of the document */
    struct trust_policy_scope fallback; /* "default" */
    const struct trust_policy_scope *scopes;
    size_t scope_count;
};

/*
 * Strict as the reference is: an unknown or repeated key, an unknown type, an empty list, a scope that its
 * transport cannot have refuse the document. Two steps stricter: an empty keyPaths and empty keyData are
 * refused as well, and relative key paths, as nobody knows relative to what a runtime is started.
 */
int trust_policy_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                       struct trust_policy *policy, struct error *error);

/* The most specific scope for the transport "docker": host/repo:tag or @digest, repo, its namespaces upward,
 * host[:port], *.domain, "", else the default. image NULL: nobody knows the name; then "" or the default. */
const struct trust_policy_scope *trust_policy_match(const struct trust_policy *policy,
                                                    const struct trust_reference *image, struct arena *arena);

/* One line: which scope it is, where it stands and what it asks, "policy.json:12: the scope
 * registry.example.com/web of docker: signedBy". */
const char *trust_policy_explain(const struct trust_policy *policy, const struct trust_policy_scope *scope,
                                 struct arena *arena);
