/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is proven about an image (trust/trust.h), for people and as a document. Pure. */
#pragma once

#include "base/text.h"
#include "trust/trust.h"

enum { TRUST_PRINT_WIDTH = 100 };

/* Lines: the chain, each signature, each requirement, differences. */
void trust_print_text(struct text *text, const struct trust *trust, size_t width);

/* One object: docs/thwart-image-verify.schema.json, "trust". */
void trust_print_json(struct text *text, const struct trust *trust);
