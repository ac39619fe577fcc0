/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named messages. */
#include "base/message.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "base/text.h"

static const char failed_kind[] = "failed";

static void append(struct message *message, const char *bytes, size_t length)
{
    if (message->overflow || length > sizeof(message->bytes) - message->length) {
        message->overflow = true;
        return;
    }
    memcpy(message->bytes + message->length, bytes, length);
    message->length += length;
}

void message_begin(struct message *message, const char *kind)
{
    message->length = 0;
    message->overflow = false;
    append(message, kind, strlen(kind) + 1);
}

void message_add(struct message *message, const char *name, const char *value)
{
    if (value == NULL)
        return;
    append(message, name, strlen(name));
    append(message, "=", 1);
    append(message, value, strlen(value) + 1);
}

void message_add_number(struct message *message, const char *name, int64_t value)
{
    char digits[32];

    /* A number always fits. */
    (void)text_print(digits, sizeof(digits), "%lld", (long long)value);
    message_add(message, name, digits);
}

const char *message_kind(const struct message *message)
{
    return message->length > 0 ? message->bytes : "";
}

bool message_next(const struct message *message, size_t *cursor, char *name, size_t size, const char **value)
{
    const char *member, *equals;

    if (*cursor == 0)
        *cursor = strlen(message_kind(message)) + 1;
    if (*cursor >= message->length)
        return false;
    member = message->bytes + *cursor;
    *cursor += strlen(member) + 1;
    equals = strchr(member, '='); /* message_receive has checked that there is one */
    (void)text_print(name, size, "%.*s", (int)(equals - member), member);
    *value = equals + 1;
    return true;
}

const char *message_get(const struct message *message, const char *name)
{
    char member[64];
    const char *value;
    size_t cursor = 0;

    while (message_next(message, &cursor, member, sizeof(member), &value))
        if (strcmp(member, name) == 0)
            return value;
    return NULL;
}

bool message_get_number(const struct message *message, const char *name, int64_t minimum, int64_t maximum,
                        int64_t *value)
{
    const char *text = message_get(message, name);

    return text != NULL && number_signed(text, minimum, maximum, value);
}

void message_begin_failed(struct message *message, const struct error *failure)
{
    message_begin(message, failed_kind);
    message_add_number(message, "kind", failure->kind);
    message_add_number(message, "errno", failure->system_errno);
    message_add(message, "message", failure->message);
}

int message_failure(const struct message *message, struct error *error)
{
    int64_t kind = ERROR_SYSTEM, number = 0;
    const char *text;

    if (strcmp(message_kind(message), failed_kind) != 0)
        return 0;
    text = message_get(message, "message");
    (void)message_get_number(message, "kind", ERROR_USAGE, ERROR_COMMAND_REFUSED, &kind);
    (void)message_get_number(message, "errno", 0, INT32_MAX, &number);
    error_set(error, (enum error_kind)kind, "%s", text != NULL ? text : "it does not say why");
    if (error != NULL)
        error->system_errno = (int)number;
    return -1;
}

int message_send(int socket, const struct message *message, const int *descriptors, size_t count)
{
    if (message->overflow) {
        errno = EMSGSIZE;
        return -1;
    }
    return descriptor_send(socket, message->bytes, message->length, descriptors, count);
}

/* A kind, then members with an '=' each, all ended by NUL. */
static bool is_well_formed(const struct message *message)
{
    size_t at;

    if (message->length < 2 || message->bytes[0] == '\0' || message->bytes[message->length - 1] != '\0')
        return false;
    for (at = strlen(message->bytes) + 1; at < message->length; at += strlen(message->bytes + at) + 1)
        if (strchr(message->bytes + at, '=') == NULL)
            return false;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 0, or -1 with errno: ETIMEDOUT. */
static int wait_readable(int socket, int timeout_ms)
{
    struct pollfd wanted = {.fd = socket, .events = POLLIN};
    int64_t end = now_ms() + timeout_ms;
    int left = timeout_ms, ready;

    for (;;) {
        ready = poll(&wanted, 1, left);
        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return -1;
        if (timeout_ms < 0)
            continue;
        left = (int)(end - now_ms());
        if (ready == 0 || left <= 0) {
            errno = ETIMEDOUT;
            return -1;
        }
    }
}

int message_receive(int socket, int timeout_ms, struct message *message, int *descriptors, size_t *count)
{
    size_t none = 0;
    ssize_t got;

    if (wait_readable(socket, timeout_ms) != 0)
        return -1;
    got = descriptor_receive(socket, message->bytes, sizeof(message->bytes), descriptors,
                             count != NULL ? count : &none);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return 0;
    if (got < 0)
        return -1;
    message->length = (size_t)got;
    message->overflow = false;
    if (is_well_formed(message))
        return 1;
    for (size_t i = 0; count != NULL && i < *count; i++)
        descriptor_close(&descriptors[i]);
    errno = EPROTO;
    return -1;
}
