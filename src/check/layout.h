/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OCI image layouts (image-layout.md 1.1), as the bundles that an engine makes of their images by default. */
#pragma once

#include "check/judge.h"

/* One result an image of the index that is for Linux: of several platforms of one image, that of this
 * program's processor. */
void check_judge_layout(const struct check_request *request, const struct check_loaded *loaded,
                        const char *name, struct arena *arena, struct check_result **results, size_t *count);
