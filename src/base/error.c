/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One failure as plain data: formatting, escaping and cutting of messages, and our wording of errno values.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

/* Room for a message before its control characters are escaped. */
enum { ERROR_DRAFT_SIZE = 2 * ERROR_MESSAGE_MAX };

static const char ellipsis[] = "\xe2\x80\xa6";

/* Format into draft; what does not fit is cut, which message_store turns into "…". */
static void message_format(char *draft, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void message_format(char *draft, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(draft, size, format, arguments);

    /* Only an argument of more than INT_MAX bytes gets here. */
    if (length < 0)
        text_print(draft, size, "(message too long to be shown)");
}

/*
 * Copy draft to message: control characters and bytes that are no UTF-8 escaped, cut with "…" between two
 * characters. A backslash stays: parts of the draft may have been escaped by text_append_escaped already.
 */
static void message_store(char *message, const char *draft)
{
    const size_t room = ERROR_MESSAGE_MAX - sizeof(ellipsis);
    size_t length = strlen(draft), at = 0, used = 0;

    while (at < length) {
        const unsigned char first = (unsigned char)draft[at];
        size_t size = text_character_length(draft + at, length - at);
        bool control = first < 0x20 || first == 0x7f ||
                       (first == 0xc2 && size == 2 && (unsigned char)draft[at + 1] < 0xa0);
        char piece[8 + 1];
        size_t piece_length;

        if (size == 0 || control) {
            size_t bytes = size == 0 ? 1 : size;
            piece_length = 0;
            for (size_t i = 0; i < bytes; i++)
                piece_length += (size_t)snprintf(piece + piece_length, sizeof(piece) - piece_length,
                                                 "\\x%02x", (unsigned char)draft[at + i]);
            at += bytes;
        } else {
            memcpy(piece, draft + at, size);
            piece_length = size;
            at += size;
        }
        if (used + piece_length > room) {
            memcpy(message + used, ellipsis, sizeof(ellipsis));
            return;
        }
        memcpy(message + used, piece, piece_length);
        used += piece_length;
    }
    message[used] = '\0';
}

int error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    char draft[ERROR_DRAFT_SIZE];
    int saved_errno = errno;
    va_list arguments;

    if (error != NULL) {
        va_start(arguments, format);
        message_format(draft, sizeof(draft), format, arguments);
        va_end(arguments);
        error->kind = kind;
        error->system_errno = 0;
        message_store(error->message, draft);
    }
    errno = saved_errno;
    return -1;
}

int error_system(struct error *error, int number, const char *format, ...)
{
    char draft[ERROR_DRAFT_SIZE];
    int saved_errno = errno;
    va_list arguments;

    if (error != NULL) {
        size_t length;
        /* The cause must survive the cut: an over-long object name gives way to it. */
        const char *cause = error_errno_text(number);
        const size_t keep = strlen(cause) + sizeof(": ") + sizeof(ellipsis);

        va_start(arguments, format);
        message_format(draft, ERROR_MESSAGE_MAX - keep, format, arguments);
        va_end(arguments);
        length = strlen(draft);
        text_print(draft + length, sizeof(draft) - length, ": %s", cause);
        error->kind = ERROR_SYSTEM;
        error->system_errno = number;
        message_store(error->message, draft);
    }
    errno = saved_errno;
    return -1;
}

int error_prefix(struct error *error, const char *format, ...)
{
    char draft[ERROR_DRAFT_SIZE];
    int saved_errno = errno;
    va_list arguments;

    if (error != NULL) {
        size_t length;

        va_start(arguments, format);
        message_format(draft, ERROR_MESSAGE_MAX, format, arguments);
        va_end(arguments);
        length = strlen(draft);
        length += (size_t)snprintf(draft + length, sizeof(draft) - length, ": ");
        memcpy(draft + length, error->message, strnlen(error->message, sizeof(draft) - length - 1));
        draft[length + strnlen(error->message, sizeof(draft) - length - 1)] = '\0';
        message_store(error->message, draft);
    }
    errno = saved_errno;
    return -1;
}

const char *error_kind_name(enum error_kind kind)
{
    switch (kind) {
    case ERROR_NONE:
        return "none";
    case ERROR_USAGE:
        return "usage";
    case ERROR_INVALID:
        return "invalid";
    case ERROR_UNSUPPORTED:
        return "unsupported";
    case ERROR_DENIED:
        return "denied";
    case ERROR_UNTRUSTED:
        return "untrusted";
    case ERROR_NOT_FOUND:
        return "not-found";
    case ERROR_EXISTS:
        return "exists";
    case ERROR_STATE:
        return "state";
    case ERROR_LIMIT:
        return "limit";
    case ERROR_SYSTEM:
        return "system";
    case ERROR_COMMAND_MISSING:
        return "command-missing";
    case ERROR_COMMAND_REFUSED:
        return "command-refused";
    }
    return "unknown";
}

const char *error_errno_text(int number)
{
    const char *description;

    /*
     * Engines search an error for the C library's words of these three and conclude that the container's
     * command is missing (exit status 127) or not executable (126). Only messages about the command itself
     * may use them.
     */
    switch (number) {
    case ENOENT:
        return "does not exist (ENOENT)";
    case EACCES:
        return "not permitted (EACCES)";
    case EPERM:
        return "not permitted (EPERM)";
    default:
        break;
    }
    description = strerrordesc_np(number);
    return description != NULL ? description : "unknown error number";
}
