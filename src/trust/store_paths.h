/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms of paths by which stores are recognised. Pure. */
#pragma once

#include <stdbool.h>
#include "base/arena.h"

enum { STORE_PATH_WORDS_MAX = 2 };

/*
 * Does path end as the form says? Its components are words, or "?" for any name (store_name_is_plain); the
 * path must be absolute. *root: what is before them ("/" when that is nothing); words[]: what the "?" stood
 * for. store_path_match("/g/overlay/ID/merged", "overlay/?/merged", …): "/g", "ID".
 */
bool store_path_match(const char *path, const char *form, struct arena *arena, const char **root,
                      const char *words[STORE_PATH_WORDS_MAX]);

/* A name that documents may put into a path: letters, digits, "_", "-", "." and not first; at most 255. */
bool store_name_is_plain(const char *name);
