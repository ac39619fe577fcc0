/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See line.h. */
#include "base/line.h"

#include "base/memory.h"

bool line_read(struct line_reader *reader, struct line *line)
{
    const char *stop;

    if (reader->next == reader->end)
        return false;
    stop = memchr(reader->next, '\n', (size_t)(reader->end - reader->next));
    line->text = reader->next;
    line->length = (size_t)((stop != NULL ? stop : reader->end) - line->text);
    reader->next = stop != NULL ? stop + 1 : reader->end;
    reader->number++;
    while (line->length > 0 && (line->text[line->length - 1] == ' ' || line->text[line->length - 1] == '\t' ||
                                line->text[line->length - 1] == '\r'))
        line->length--;
    return true;
}
