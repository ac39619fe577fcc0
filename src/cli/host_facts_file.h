/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host facts from a file, in place of this host's. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "plan/host_facts.h"

int host_facts_file_read(const char *path, struct arena *arena, const struct host_facts **facts,
                         struct error *error);
