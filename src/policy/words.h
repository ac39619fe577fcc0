/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The closed lists of words that policies may use, each with a name for messages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy_word_list {
    const char *what; /* of one word, for messages: "a capability" */
    const char *const *items;
    size_t count;
};

/* Item n is capability n, without "CAP_" (linux/capability.h). */
extern const struct policy_word_list policy_capability_words;
extern const struct policy_word_list policy_rlimit_words;       /* without "RLIMIT_" */
extern const struct policy_word_list policy_namespace_words;    /* config-linux.md */
extern const struct policy_word_list policy_propagation_words;  /* without the recursive forms */
extern const struct policy_word_list policy_mount_option_words; /* that only take away */
extern const struct policy_word_list policy_architecture_words; /* "native" and libseccomp's */
extern const struct policy_word_list
    policy_integrity_words; /* item n is enum trust_level n; and "manifest" behind */
extern const struct policy_word_list policy_reread_words, policy_unknown_field_words,
    policy_filter_words; /* item n is enum policy_filter n */
extern const struct policy_word_list policy_family_words, policy_protocol_words, policy_violation_words,
    policy_drift_words;

/* Is word in the list? *index (may be NULL): which it is. */
bool policy_word_index(const struct policy_word_list *list, const char *word, size_t *index);

/* "CHOWN" or "CAP_CHOWN": true and its number. */
bool policy_capability_number(const char *name, unsigned int *number);

/* "CAP_CHOWN" for 0; NULL beyond those that are known. */
const char *policy_capability_name(unsigned int number);

/* "ENOSYS": its number on this architecture; 0 when there is none of that name. And back; NULL. */
uint16_t policy_errno_number(const char *name);
const char *policy_errno_name(uint16_t number);
