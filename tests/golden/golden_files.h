/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded files, and what is compared with them. THWART_UPDATE_GOLDEN=1 in the environment records anew. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

struct golden_tally {
    size_t compared, wrong;
};

/* Tell, and end the program: the test itself is broken. */
_Noreturn void golden_give_up(const char *what, const char *why);

/* The whole file, NUL-terminated; NULL when there is none. Everything else that goes wrong ends the program.
 */
char *golden_read(struct arena *arena, const char *path, size_t *length);

/* Sorted names in a directory, those that end in suffix only. */
const char **golden_list(struct arena *arena, const char *directory, const char *suffix, size_t *count);

/* The file holds these bytes from now on, or the program ends. */
void golden_write(const char *path, const char *bytes);

/* Are files recorded anew? */
bool golden_updates(void);

/* The file holds what was found; else the first line that differs is told and counted, or the file is
 * recorded anew. */
void golden_compare(struct golden_tally *tally, const char *path, const char *found);
