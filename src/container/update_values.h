/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of `update` as resources. Pure. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "container/operations.h"
#include "spec/spec.h"

/*
 * Resources with what the values ask for (NULL or "": not asked for) and nothing else, in the arena. Bytes
 * may have a suffix in powers of 1024 and a fraction, as Docker's and runc's ("64m", "1.5GiB"); -1 lifts a
 * limit. Errors: ERROR_USAGE, or ERROR_INVALID for what breaks the specification's rules.
 */
int update_values_read(const char *const values[UPDATE_VALUE_COUNT], struct arena *arena,
                       const struct spec_resources **resources, struct error *error);

/* "64m", "1.5 GiB", "100b", "7": bytes. False when it is none of these or more than INT64_MAX. */
bool update_values_parse_bytes(const char *text, int64_t *bytes);

/* The option's name, without dashes. */
const char *update_value_option(enum update_value value);
