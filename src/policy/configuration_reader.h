/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What configuration.c and configuration_trust.c share: readers of thwart.json's keys. Not for others. */
#pragma once

#include "policy/configuration.h"
#include "policy/reader.h"

/* Unlike a policy's paths these may end in a slash, as shells complete names of folders. */
extern const struct reader_word_kind configuration_path;

/* Target: struct json_strings; detail: struct reader_word_kind. */
reader_function configuration_read_words;

/* configuration_trust.c. Targets: struct configuration; struct configuration_policy_signatures; a table for
 * struct trust_places. */
reader_function configuration_read_issuers, configuration_read_policy_signatures;
extern const struct reader_table configuration_image_stores;

/* What holds between keys. */
void configuration_check_trust(struct reader *reader, void *target);
