/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See policy_scopes.h. The rules are those of containers/image's transports. */
#include "trust/policy_scopes.h"

#include <stdbool.h>
#include "base/memory.h"
#include "base/text.h"
#include "trust/documents.h"

/* Absolute, and as short as it can be written. */
static const char *path_fault(const char *scope)
{
    if (scope[0] != '/')
        return "is no absolute path";
    if (scope[1] == '\0')
        return "is all of them: write \"\"";
    for (const char *at = scope; *at != '\0'; at++) {
        size_t length = strcspn(at + 1, "/");

        if (length == 0 || (length == 1 && at[1] == '.') || (length == 2 && at[1] == '.' && at[2] == '.'))
            return "is not written in its shortest form";
        at += length;
    }
    return NULL;
}

static const char *storage_fault(const char *scope)
{
    const char *end = scope[0] == '[' ? strchr(scope, ']') : NULL;
    const char *at = end != NULL ? memchr(scope, '@', (size_t)(end - scope)) : NULL;
    const char *root = at != NULL ? at + 1 : scope + 1;

    if (end == NULL || root == end || at == scope + 1)
        return "names no store ([DRIVER@/ROOT]…)";
    return *root == '/' ? NULL : "names a store by a relative path";
}

static const char *no_scope_fault(const char *scope)
{
    (void)scope;
    return "is not possible: only \"\" is";
}

static const char *daemon_fault(const char *scope)
{
    return image_digest_is_valid(scope) ? "is an image's id, which is in no registry" : NULL;
}

const char *policy_scope_fault(const char *transport, const char *scope)
{
    static const struct rule {
        const char *transport;
        const char *(*fault)(const char *scope);
    } rules[] = {
        {"dir", path_fault},
        {"sif", path_fault},
        {"oci", path_fault},
        {"oci-archive", path_fault},
        {"containers-storage", storage_fault},
        {"docker-archive", no_scope_fault},
        {"tarball", no_scope_fault},
        {"docker-daemon", daemon_fault},
    };

    if (scope[0] == '\0')
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
        if (strcmp(rules[i].transport, transport) == 0)
            return rules[i].fault(scope);
    return NULL;
}
