/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is proven about a bundle: who signed its image and whether these are its files. Nothing is verified
 * yet, so the only level is `none`; the record and the events say so, and a later policy can demand more.
 */
#pragma once

#include "base/error.h"
#include "spec/spec.h"

enum trust_level { TRUST_NONE };

struct trust {
    enum trust_level level;
};

/* Establish what is known about the bundle whose request is spec. */
int trust_verify(const struct spec *spec, struct trust *trust, struct error *error);

const char *trust_level_name(enum trust_level level);
