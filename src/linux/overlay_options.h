/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of which directories an overlay is made, by its options in mountinfo
 * (Documentation/filesystems/overlayfs.rst). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"

enum { OVERLAY_LOWERS_MAX = 1024 }; /* the kernel has at most 500 */

struct overlay_options {
    const char *const *lowers; /* topmost first, as they were given when it was mounted: perhaps relative */
    size_t lower_count;
    const char *upper; /* NULL: it cannot be written */
    bool data_only;    /* some of the layers have no names of their own ("::", datadir+): not in lowers */
};

/* options: as in mountinfo_entry. ERROR_INVALID when they have not the kernel's form. */
int overlay_options_parse(const char *options, struct arena *arena, struct overlay_options *overlay,
                          struct error *error);
