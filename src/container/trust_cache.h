/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust/cache.h in files: "@trust" beside the containers, a directory of ours that nobody else may enter. An
 * entry is a file named by its key; it is believed only when it is a regular file of ours, writable by nobody
 * else, whole (its own digest), of this key and of this boot.
 */
#pragma once

#include "linux/process_identity.h"
#include "trust/cache.h"

/* '@' is in no container id. */
#define TRUST_CACHE_NAME "@trust"

enum { TRUST_CACHE_ENTRIES_MAX = 512, TRUST_CACHE_VALUE_MAX = 256 * 1024 };

struct trust_store {
    int directory; /* -1: nothing is remembered */
    char boot_id[BOOT_ID_SIZE];
    const char *unusable; /* NULL, or why nothing is: one line */
};

/* Open it, made when missing. root: of the states, a directory of ours that exists. A directory that others
 * could enter is not used; store->unusable says so: everything is found out each time then. */
void trust_store_open(const char *root, struct arena *arena, struct trust_store *store);
void trust_store_close(struct trust_store *store);
#define cleanup_trust_store __attribute__((cleanup(trust_store_close)))

/* As trust/ uses it; borrows. */
struct trust_cache trust_store_cache(struct trust_store *store);
