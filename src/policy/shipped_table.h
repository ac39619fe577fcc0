/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that policies/embed.py makes, ordered by name. For policy/shipped.c alone. */
#pragma once

#include "policy/shipped.h"

extern const struct shipped_file shipped_table[];
extern const size_t shipped_table_count;
