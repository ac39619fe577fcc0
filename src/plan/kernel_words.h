/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The specification's words for kernel numbers, one table a kind: the builders read them forwards, the
 * printers backwards, and `features` lists them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

struct kernel_word {
    const char *word;
    uint64_t value;
};

struct kernel_words {
    const struct kernel_word *items;
    size_t count;
};

extern const struct kernel_words kernel_namespaces;   /* "pid" …: CLONE_NEW*, in the order of entering */
extern const struct kernel_words kernel_capabilities; /* item n is capability n */
extern const struct kernel_words kernel_rlimits;      /* RLIMIT_* */
extern const struct kernel_words kernel_propagations; /* "rslave" …: MS_* */
extern const struct kernel_words
    kernel_mount_attributes; /* "nosuid" …: single MOUNT_ATTR_* bits; access time apart */
extern const struct kernel_words kernel_access_times;      /* values of MOUNT_ATTR__ATIME */
extern const struct kernel_words kernel_seccomp_actions;   /* enum plan_seccomp_action */
extern const struct kernel_words kernel_seccomp_operators; /* enum plan_seccomp_operator */
extern const struct kernel_words
    kernel_seccomp_flags;                           /* SECCOMP_FILTER_FLAG_* that a configuration may name */
extern const struct kernel_words kernel_schedulers; /* SCHED_* */
extern const struct kernel_words kernel_scheduler_flags; /* SCHED_FLAG_* */
extern const struct kernel_words kernel_io_priority_classes;
extern const struct kernel_words kernel_memory_policies;     /* MPOL_* */
extern const struct kernel_words kernel_memory_policy_flags; /* MPOL_F_* */
extern const struct kernel_words kernel_personalities;       /* PER_* */

/* The number for a word; false when the table has no such word. */
bool kernel_word_value(const struct kernel_words *words, const char *word, uint64_t *value);

/* The first word for a number, or NULL. */
const char *kernel_word_name(const struct kernel_words *words, uint64_t value);

/* The words whose bits are in value, with separator between them; "0x…" for bits without a word. Nothing for
 * 0. */
void kernel_words_append(struct text *text, const struct kernel_words *words, uint64_t value,
                         const char *separator);
