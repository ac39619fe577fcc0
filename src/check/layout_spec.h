/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An image's configuration (config.md of the image specification 1.1) -> the configuration of a container
 * that an engine makes of it when nobody says more. Pure. */
#pragma once

#include "base/text.h"
#include "json/json.h"
#include "spec/spec.h"

struct layout_image {
    const struct json_value *root;   /* the image's configuration */
    const struct json_value *config; /* its member of that name; NULL: none */
    const char *user_name;           /* a user that only the image's files know; NULL: none */
};

/* Write the container's configuration. image->user_name is set: judged as a user that is not root. Errors:
 * ERROR_INVALID for members of another type. */
int layout_spec_write(struct layout_image *image, const char *name, struct arena *arena, struct text *text,
                      struct error *error);

/* What of the image's configuration says what a pointer into that configuration means; NULL: nothing (the
 * engine's own). */
const struct json_value *layout_spec_origin(const struct layout_image *image, const char *pointer);
