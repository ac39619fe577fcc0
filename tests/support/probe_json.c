/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe's JSON writer: a fixed buffer, so that a report costs no allocation and one write. */
#include "probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char document[4u << 20];
static size_t document_length;
static bool comma_needed;

static void put(const char *text, size_t length)
{
    if (length > sizeof(document) - document_length)
        _exit(111);
    memcpy(document + document_length, text, length);
    document_length += length;
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

static void put_quoted(const char *value, size_t length)
{
    char escape[8];

    put_text("\"");
    for (size_t index = 0; index < length; index++) {
        unsigned char byte = (unsigned char)value[index];
        if (byte == '"' || byte == '\\') {
            escape[0] = '\\';
            escape[1] = (char)byte;
            put(escape, 2);
        } else if (byte < 0x20 || byte >= 0x7f) {
            snprintf(escape, sizeof escape, "\\u%04x", byte);
            put(escape, 6);
        } else {
            put(&value[index], 1);
        }
    }
    put_text("\"");
}

static void begin_value(const char *key)
{
    if (comma_needed)
        put_text(",");
    comma_needed = true;
    if (key) {
        put_quoted(key, strlen(key));
        put_text(":");
    }
}

void json_open(const char *key, char bracket)
{
    begin_value(key);
    put(&bracket, 1);
    comma_needed = false;
}

void json_close(char bracket)
{
    put(&bracket, 1);
    comma_needed = true;
}

void json_bytes(const char *key, const char *value, size_t length)
{
    begin_value(key);
    put_quoted(value, length);
}

void json_text(const char *key, const char *value)
{
    if (value) {
        json_bytes(key, value, strlen(value));
        return;
    }
    begin_value(key);
    put_text("null");
}

__attribute__((format(printf, 2, 3))) static void json_formatted(const char *key, const char *format, ...)
{
    char text[64];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    begin_value(key);
    put_text(text);
}

void json_number(const char *key, long long value)
{
    json_formatted(key, "%lld", value);
}

void json_unsigned(const char *key, unsigned long long value)
{
    json_formatted(key, "%llu", value);
}

void json_bool(const char *key, bool value)
{
    json_formatted(key, "%s", value ? "true" : "false");
}

void json_octal(const char *key, unsigned value)
{
    json_formatted(key, "\"%04o\"", value);
}

void json_device(const char *key, unsigned long long device)
{
    json_formatted(key, "\"%u:%u\"", major(device), minor(device));
}

void json_error(const char *key, int error_number)
{
    if (error_number == 0) {
        json_text(key, NULL);
        return;
    }
    const char *name = strerrorname_np(error_number);
    json_text(key, name ? name : "unknown");
}

void json_flush(void)
{
    put_text("\n");
    for (size_t written = 0; written < document_length;) {
        ssize_t count = write(STDOUT_FILENO, document + written, document_length - written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            _exit(111);
        written += (size_t)count;
    }
    document_length = 0;
    comma_needed = false;
}
