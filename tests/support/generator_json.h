/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON of random documents, piece by piece: what both generators share. */
#pragma once

#include <stdbool.h>
#include "base/memory.h"
#include "policy_generator.h"

struct maker {
    uint64_t *seed;
    struct text *text;
    bool first; /* nothing stands in the open object or list yet */
};

/* "key": or, with NULL, the next item of a list. */
void make_key(struct maker *maker, const char *key);
void make_open(struct maker *maker, const char *key, char bracket);
void make_close(struct maker *maker, char bracket);
void make_string(struct maker *maker, const char *key, const char *string);
void make_number(struct maker *maker, const char *key, int64_t number);
void make_flag(struct maker *maker, const char *key, bool flag);
/* JSON as it stands. */
void make_raw(struct maker *maker, const char *key, const char *json);

/* A list of some of the words, each once at most; sometimes of none. */
void make_some(struct maker *maker, const char *key, const char *const *words, size_t count);
#define MAKE_SOME(maker, key, words) make_some(maker, key, words, ARRAY_LENGTH(words))
#define MAKE_ONE(maker, key, words)  make_string(maker, key, ONE_OF((maker)->seed, words))
#define ONE_OF(seed, words)          (words)[random_below(seed, ARRAY_LENGTH(words))]

/* The world that policies and bundles share. */
extern const char *const world_capabilities[10],
    *const world_rlimits[4], *const world_namespaces[8], *const world_sysctls[5], *const world_paths[6];
