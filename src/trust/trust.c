/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing is verified: the level says so. */
#include "trust/trust.h"

#include "base/memory.h"

int trust_verify(const struct spec *spec, struct trust *trust, struct error *error)
{
    (void)spec;
    (void)error;
    *trust = (struct trust){.level = TRUST_NONE};
    return 0;
}

const char *trust_level_name(enum trust_level level)
{
    switch (level) {
    case TRUST_NONE:
        return "none";
    }
    return "unknown";
}
