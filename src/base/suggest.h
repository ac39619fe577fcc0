/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean …": which of the known words an unknown one was probably meant to be. */
#pragma once

#include <stddef.h>

/*
 * The candidate nearest to word: letter case aside at most two edits away, and fewer than half of its
 * letters; else the only one that begins with word (three letters at least: "net" for "network"). NULL: none.
 *
 * first: the first candidate; the next is stride bytes on, so that a table of structs serves as it is.
 * NULL candidates are skipped.
 */
const char *suggest_word(const char *word, const char *const *first, size_t count, size_t stride);
