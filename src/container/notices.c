/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats a notice and hands it to its receiver. */
#include "container/notices.h"

#include <stdarg.h>
#include <stddef.h>
#include "base/error.h"
#include "base/text.h"

void notice(const struct notices *notices, enum notice_level level, const char *format, ...)
{
    char draft[2 * ERROR_MESSAGE_MAX];
    char line[ERROR_MESSAGE_MAX];
    struct text raw = text_over(draft, sizeof(draft));
    struct text escaped = text_over(line, sizeof(line));
    va_list arguments;

    if (notices->receive == NULL)
        return;
    va_start(arguments, format);
    text_append_format_list(&raw, format, arguments);
    va_end(arguments);
    text_append_escaped(&escaped, raw.bytes, raw.length);
    notices->receive(notices->context, level, line);
}
