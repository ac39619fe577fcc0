/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Container ids: a file name, a cgroup name, a word in messages. */
#pragma once

#include <stdbool.h>
#include "base/error.h"

/* Ids name a directory and a cgroup, where the kernel ends names at 255 bytes; room is left for what is put
 * around them. */
enum { CONTAINER_ID_MAX = 200 };

/* 0 when id may name a container: 1…CONTAINER_ID_MAX of [A-Za-z0-9_+.-], not "." or "..", no '-' first (it
 * would read as an option in every script). Otherwise ERROR_INVALID or ERROR_LIMIT that says what is wrong
 * with it. */
int container_id_check(const char *id, struct error *error);
