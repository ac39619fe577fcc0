/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux.resources.unified: files of the container's cgroup as the request writes them, after everything else
 * (plan/resources.c), so what stands there is what counts. */
#pragma once

#include "policy/decider.h"

enum unified_reading {
    UNIFIED_ABSENT,
    UNIFIED_NUMBER, /* *value; UINT64_MAX for "max" */
    UNIFIED_BROKEN, /* nothing that can be judged */
};

/* The text for a file; NULL: the request does not write it. */
const char *unified_text(const struct spec_resources *resources, const char *file);

/* A file that holds one number, as the kernel reads it: blanks around it, "max", a suffix K to E of 1024. */
enum unified_reading unified_number(const struct spec_resources *resources, const char *file,
                                    uint64_t *value);

/* The same of a piece of text. */
enum unified_reading unified_read_number(const char *text, size_t length, uint64_t *value);

/* In the grant: this text for the file, in place of what stands there or as a new entry. */
void unified_set(struct decider *decider, const char *file, const char *text);

/* Refuse a request whose file cannot be judged: rule, under which it is. */
void unified_refuse(struct decider *decider, const struct policy_rule *rule, const char *id,
                    const char *file);

/* The pointer of a file. */
const char *unified_pointer(const struct decider *decider, const char *file);
