/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a text in memory, one after the other, without what is white at their ends. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct line_reader {
    const char *next, *end; /* borrowed */
    unsigned int number;    /* of the line last read, from 1 */
};

struct line {
    const char *text; /* in the text; not NUL-terminated */
    size_t length;    /* without blanks, tabs and carriage returns at its end */
};

/* False: there is none left. */
bool line_read(struct line_reader *reader, struct line *line);
