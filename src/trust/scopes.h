/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scopes of containers-policy.json(5) and containers-registries.d(5) that an image of a registry falls
 * under. Pure. */
#pragma once

#include "trust/reference.h"

/*
 * Most specific first: host/repository:tag, host/repository@digest, host/repository, its namespaces upward,
 * host[:port], then "*.domain" for each domain that the host, without its port, is in. Without "".
 */
const char *const *trust_scopes_of(const struct trust_reference *image, struct arena *arena, size_t *count);
