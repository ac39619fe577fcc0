/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a policy.json of containers/image: refused with a place and one line, or read; then every
 * image falls under one of its scopes, which asks for something. */
#include "fuzzer.h"

#include "base/text.h"
#include "trust/containers_policy.h"

static void check_scope(const struct trust_policy *policy, const struct trust_policy_scope *scope,
                        struct arena *arena)
{
    LAW(scope->count > 0 && scope->line > 0);
    LAW(text_starts_with(trust_policy_explain(policy, scope, arena), "input.json:"));
    for (size_t i = 0; i < scope->count; i++) {
        const struct trust_policy_requirement *requirement = &scope->requirements[i];

        LAW(requirement->words != NULL && requirement->line > 0);
        if (requirement->kind != TRUST_POLICY_SIGNED_BY)
            continue;
        LAW(requirement->signed_by.needed == 1 && requirement->signed_by.keyring_count > 0);
        for (size_t j = 0; j < requirement->signed_by.keyring_count; j++) {
            const struct trust_keyring *keyring = &requirement->signed_by.keyrings[j];

            LAW((keyring->path != NULL) != (keyring->bytes != NULL && keyring->length > 0));
            LAW(keyring->path == NULL || keyring->path[0] == '/');
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char by_digest[] =
        "a.b.example.org/x@sha256:72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f";
    static const char *const images[] = {"busybox", "reg.example.com:5000/team/app:1.0", by_digest};
    cleanup_arena struct arena arena = {0};
    struct trust_policy policy;
    struct error error = {0};

    if (trust_policy_parse((const char *)data, size, "input.json", &arena, &policy, &error) < 0) {
        LAW(error.kind == ERROR_INVALID || error.kind == ERROR_LIMIT);
        LAW(text_starts_with(error.message, "input.json:") && !text_has_control(error.message));
        return 0;
    }
    check_scope(&policy, &policy.fallback, &arena);
    for (size_t i = 0; i < policy.scope_count; i++)
        check_scope(&policy, &policy.scopes[i], &arena);
    for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
        struct trust_reference reference;

        LAW(trust_reference_parse(images[i], &arena, &reference, &error) == 0);
        LAW(trust_policy_match(&policy, &reference, &arena)->count > 0);
    }
    LAW(trust_policy_match(&policy, NULL, &arena)->count > 0);
    return 0;
}
