/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stderr and the --log file. */
#include "cli/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "cli/log_service.h"
#include "container/timestamp.h"
#include "json/table.h"

/* The one thing of a process that is global by nature. */
static struct {
    int file;
    bool json, debug, quiet;
} destination = {.file = -1};

void log_set_level(const char *level)
{
    destination.debug = destination.debug || (level != NULL && level[0] == 'd');
    destination.quiet = level != NULL && level[0] == 'e' && !destination.debug;
}

int log_open(const char *path, bool json, bool debug, struct error *error)
{
    struct stat status;

    destination.json = json;
    destination.debug = debug;
    if (path == NULL)
        return 0;
    if (log_service_is(path))
        return log_service_open(path, error);
    path += text_starts_with(path, "file:") ? strlen("file:") : 0;
    /* O_NONBLOCK: a fifo without a reader must not stop us; O_NOFOLLOW: nor a link in a directory that others
     * can write. */
    destination.file =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (destination.file < 0)
        return error_system(error, errno, "opening the log file %s", path);
    if (fstat(destination.file, &status) != 0)
        return error_system(error, errno, "looking at the log file %s", path);
    if (S_ISDIR(status.st_mode) || S_ISSOCK(status.st_mode) || S_ISBLK(status.st_mode))
        return error_set(error, ERROR_USAGE, "the log file %s is no file to append to", path);
    return 0;
}

static void write_line(int descriptor, const struct text *line)
{
    /* Nobody is left who could be told that telling failed. */
    if (descriptor_write_all(descriptor, line->bytes, line->length) != 0)
        return;
}

static void append_json_record(struct text *line, const char *level, const char *message)
{
    char now[TIMESTAMP_SIZE];

    timestamp_now(now);
    text_append_format(line, "{\"level\":\"%s\",\"msg\":", level);
    json_append_string(line, message);
    text_append_format(line, ",\"time\":\"%s\"}\n", now);
}

static void append_text_record(struct text *line, const char *level, const char *message)
{
    char now[TIMESTAMP_SIZE];

    timestamp_now(now);
    text_append_format(line, "time=\"%s\" level=%s msg=", now, level);
    json_append_string(line, message);
    text_append_character(line, '\n');
}

static void write_record(const char *level, const char *message)
{
    char bytes[6 * ERROR_MESSAGE_MAX + 128];
    struct text line = text_over(bytes, sizeof(bytes));

    if (destination.file < 0)
        return;
    if (destination.json)
        append_json_record(&line, level, message);
    else
        append_text_record(&line, level, message);
    write_line(destination.file, &line);
}

void log_failure(const char *message)
{
    /* A buffer of ours: this also runs when memory has ended. Six bytes for each, were all of them escaped.
     */
    char bytes[6 * ERROR_MESSAGE_MAX + 128];
    struct text line = text_over(bytes, sizeof(bytes));

    text_append(&line, message);
    text_append_character(&line, '\n');
    write_line(STDERR_FILENO, &line);
    log_service_send(message);
    write_record("error", message);
}

void log_notice(void *context, enum notice_level level, const char *text)
{
    char bytes[ERROR_MESSAGE_MAX + 64];
    struct text line = text_over(bytes, sizeof(bytes));

    (void)context;
    if (level == NOTICE_LOG_ONLY)
        level = destination.file >= 0 ? NOTICE_LOGGED : NOTICE_DEBUG;
    if (level == NOTICE_DEBUG ? !destination.debug : destination.quiet)
        return;
    if (level == NOTICE_LOGGED && destination.file >= 0) {
        write_record("warning", text);
        return;
    }
    text_append_format(&line, "%s: %s\n", level == NOTICE_DEBUG ? "debug" : "warning", text);
    write_line(STDERR_FILENO, &line);
}
