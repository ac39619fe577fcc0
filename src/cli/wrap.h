/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paragraphs for people: words wrapped at a width that no line ever passes. Pure. */
#pragma once

#include <stddef.h>
#include "base/text.h"

/*
 * Append value behind a label, and a newline:
 *
 *   "  reason:    the first words of the value that fit in the line,
 *                 and then the others, indented to where the first began"
 *
 * label is as it shall stand, blanks included (what it takes is the indentation of the lines that follow).
 * A word that is longer than a line is broken: behind one of / , = : @ where there is one, else anywhere.
 * Width counts characters. Control characters and bytes that are no UTF-8 come out as \xNN: what a
 * configuration says must not move a terminal's cursor. Newlines in value begin a new line.
 */
void wrap_append(struct text *text, const char *label, const char *value, size_t width);
