/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiled filters, kept in files named by a digest of all that they depend on. A file is believed only when
 * it is a regular file of ours, writable by nobody else, of the length that its header says, with the digest
 * that its header says; otherwise it counts as absent and is replaced.
 */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "base/digest.h"
#include "linux/seccomp.h"

enum { SECCOMP_CACHE_ENTRIES_MAX = 256 };

/* The digest of a plan on this kernel with this library. */
int seccomp_cache_key(const struct plan_seccomp *plan, struct digest *key, struct error *error);

/* Open the cache's directory (mode 0700, made when missing; its parent must exist), checked: a directory of
 * ours that nobody else may enter. The descriptor, or -1. */
int seccomp_cache_open(const char *path, struct error *error);

/* The program under key. False when there is none that can be believed. */
bool seccomp_cache_read(int directory, const struct digest *key, struct arena *arena,
                        struct seccomp_program *program);

/* Put program under key, by rename; beyond SECCOMP_CACHE_ENTRIES_MAX entries the oldest are removed. */
int seccomp_cache_write(int directory, const struct digest *key, const struct seccomp_program *program,
                        struct error *error);
