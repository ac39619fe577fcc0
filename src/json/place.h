/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON pointers (RFC 6901) of places, made only when a message needs them. For json/ and for validators of
 * trees. */
#pragma once

#include <stddef.h>
#include "base/text.h"
#include "json/json.h"

/* One step down from the parent: a member (key), or an element (key NULL). parent NULL: the whole document.
 */
struct json_place {
    const struct json_place *parent;
    const char *key;
    size_t index;
};

/* Append the pointer of place: "/mounts/3/options/0"; nothing for the whole document. Control characters are
 * escaped. */
void json_place_append(struct text *text, const struct json_place *place);

/* Append one step: "/" and the key with "~" and "/" escaped as RFC 6901 says. */
void json_place_append_key(struct text *text, const char *key);

/* The value at place in a document, or the nearest that exists above it (a missing member: its object). */
const struct json_value *json_place_find(const struct json_value *document, const struct json_place *place);
