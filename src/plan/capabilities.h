/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capability sets of a process that is planned. */
#pragma once

#include "plan/builder.h"

/* Resolve the five sets; what this kernel or the runtime's bounding set cannot grant is left out with a note.
 */
void plan_read_capabilities(struct plan_builder *builder, const struct spec_capabilities *from,
                            struct plan_capabilities *sets);
