/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose namespaces a request would run in. */
#pragma once

#include "policy/decider.h"

enum namespace_owner {
    NAMESPACE_NEW,    /* the container's own */
    NAMESPACE_JOINED, /* somebody's: a pod's, another container's */
    NAMESPACE_HOST,   /* the host's, or the runtime's own */
};

/* The entry of this type in the request; NULL: none. *index: where. */
const struct spec_namespace *decide_find_namespace(const struct spec *spec, const char *type, size_t *index);

/* By the inode where it was observed; else by words: no entry, and the paths of process 1 and of the runtime
 * itself, are the host's. */
enum namespace_owner decide_namespace_owner(const struct decider *decider, const char *type);
