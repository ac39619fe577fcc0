/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events into files, pipes and the host's log services. */
#include "container/decision_event_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "linux/log_datagram.h"

enum {
    LINE_BYTES_MAX = 1024 * 1024,
    SYSLOG_LINE_BYTES_MAX = 8192, /* what rsyslog takes unless told otherwise */
    FILE_BYTES_MAX = 64 * 1024 * 1024,
    LOCK_PAUSE_MS = 2,
    /* How often the file may be put aside by others while we wait for it. */
    ROTATIONS_MAX = 64,
};

void decision_sink_close(struct decision_sink *sink)
{
    descriptor_close(&sink->descriptor);
}

/* ---- files ---- */

static int open_file(struct decision_sink *sink, struct error *error)
{
    struct stat status;

    descriptor_close(&sink->descriptor);
    /* O_NONBLOCK: a fifo that nobody reads must not stop us. */
    sink->descriptor = open(
        sink->path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (sink->descriptor < 0 && errno == ENXIO)
        return error_set(error, ERROR_SYSTEM, "nobody reads the fifo %s", sink->path);
    if (sink->descriptor < 0 && errno == ELOOP)
        return error_set(error, ERROR_DENIED, "%s is a symbolic link: name the file itself", sink->path);
    if (sink->descriptor < 0 || fstat(sink->descriptor, &status) != 0)
        return error_system(error, errno, "opening %s", sink->path);
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s is neither a regular file nor a fifo", sink->path);
    if ((status.st_uid != geteuid() && status.st_uid != 0) || status.st_nlink > 1)
        return error_set(error, ERROR_DENIED,
                         "%s belongs to user %u and has %lu names: it must be ours or root's, with one name",
                         sink->path, (unsigned int)status.st_uid, (unsigned long)status.st_nlink);
    sink->kind = S_ISREG(status.st_mode) ? DECISION_SINK_FILE : DECISION_SINK_PIPE;
    /* Only so much is one piece in a pipe (pipe(7)). */
    sink->line_bytes_max = sink->kind == DECISION_SINK_FILE ? LINE_BYTES_MAX : PIPE_BUF;
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whoever holds the lock for long is no writer of events. */
static int lock_file(const struct decision_sink *sink, int64_t deadline_ms, struct error *error)
{
    while (flock(sink->descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return error_system(error, errno, "locking %s", sink->path);
        if (now_ms() >= deadline_ms)
            return error_set(error, ERROR_LIMIT, "%s has been locked by another program for %d ms",
                             sink->path, sink->patience_ms);
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_MS * 1000000L}, NULL);
    }
    return 0;
}

/* Under the lock: is what we have open still the file of that name? */
static int look_at_place(const struct decision_sink *sink, struct stat *status, bool *in_place,
                         struct error *error)
{
    struct stat named;

    if (fstat(sink->descriptor, status) != 0)
        return error_system(error, errno, "looking at %s", sink->path);
    if (fstatat(AT_FDCWD, sink->path, &named, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)
            return error_system(error, errno, "looking at %s", sink->path);
        *in_place = false;
        return 0;
    }
    *in_place = named.st_dev == status->st_dev && named.st_ino == status->st_ino;
    return 0;
}

static int put_aside(const struct decision_sink *sink, struct error *error)
{
    char aside[PATH_MAX];

    if (text_print(aside, sizeof(aside), "%s.1", sink->path) != 0)
        return error_set(error, ERROR_LIMIT, "the path %.64s… is too long", sink->path);
    if (rename(sink->path, aside) != 0)
        return error_system(error, errno, "putting %s aside as %s", sink->path, aside);
    return 0;
}

/* Under the lock, so that half a line can be taken back. */
static int append_line(const struct decision_sink *sink, const struct decision_sink_event *event,
                       off_t size_before, struct error *error)
{
    ssize_t written = write(sink->descriptor, event->line, event->length);

    if (written == (ssize_t)event->length)
        return 0;
    if (written < 0)
        return error_system(error, errno, "writing to %s", sink->path);
    if (ftruncate(sink->descriptor, size_before) != 0)
        return error_system(error, errno, "taking half a line back from %s", sink->path);
    return error_set(error, ERROR_SYSTEM, "writing to %s: no space is left for a whole line", sink->path);
}

static int tell_file(struct decision_sink *sink, const struct decision_sink_event *event, struct error *error)
{
    const int64_t deadline_ms = now_ms() + sink->patience_ms;

    for (int i = 0; i < ROTATIONS_MAX; i++) {
        struct stat status;
        bool in_place = false;

        /* The lock goes with the descriptor. */
        if (lock_file(sink, deadline_ms, error) != 0 || look_at_place(sink, &status, &in_place, error) != 0)
            return -1;
        if (in_place &&
            (status.st_size == 0 || (uint64_t)status.st_size + event->length <= sink->bytes_max)) {
            int result = append_line(sink, event, status.st_size, error);

            flock(sink->descriptor, LOCK_UN);
            return result;
        }
        if ((in_place && put_aside(sink, error) != 0) || open_file(sink, error) != 0)
            return -1;
        if (sink->kind != DECISION_SINK_FILE)
            break;
    }
    return error_set(error, ERROR_LIMIT, "%s was replaced all the time", sink->path);
}

static int tell_pipe(const struct decision_sink *sink, const struct decision_sink_event *event,
                     struct error *error)
{
    struct pollfd poll_pipe = {.fd = sink->descriptor, .events = POLLOUT};
    const int64_t deadline_ms = now_ms() + sink->patience_ms;

    if (event->length > PIPE_BUF)
        return error_set(error, ERROR_LIMIT,
                         "an event of %zu bytes is more than the fifo %s takes in one piece", event->length,
                         sink->path);
    while (write(sink->descriptor, event->line, event->length) < 0) {
        int64_t left = deadline_ms - now_ms();

        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return error_system(error, errno, "writing to %s", sink->path);
        if (left <= 0 || poll(&poll_pipe, 1, (int)left) == 0)
            return error_set(error, ERROR_LIMIT, "the fifo %s is full", sink->path);
    }
    return 0;
}

/* ---- services ---- */

static int tell_service(const struct decision_sink *sink, const struct decision_sink_event *event,
                        struct error *error)
{
    enum log_datagram_service service =
        sink->kind == DECISION_SINK_JOURNAL ? LOG_DATAGRAM_JOURNAL : LOG_DATAGRAM_SYSLOG;
    cleanup_text struct text text = text_growing(LINE_BYTES_MAX + 4096);

    /* An event is one line, so the journal's form for values with newlines is not needed. */
    if (service == LOG_DATAGRAM_JOURNAL)
        text_append_format(&text,
                           "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=thwart\nTHWART_ACTION=%s\n"
                           "THWART_EFFECT=%s\nTHWART_CONTAINER=%s\nMESSAGE=",
                           event->priority, LOG_FAC(LOG_AUTHPRIV), event->action, event->effect, event->id);
    else
        text_append_format(&text, "<%d>thwart[%ld]: ", LOG_AUTHPRIV | event->priority, (long)getpid());
    text_append_bytes(&text, event->line,
                      service == LOG_DATAGRAM_JOURNAL ? event->length : event->length - 1);
    if (text_complete(&text, "the event", error) != 0)
        return -1;
    if (log_datagram_send(sink->descriptor, service, text.bytes, text.length, sink->patience_ms) != 0) {
        if (errno == EAGAIN)
            return error_set(error, ERROR_LIMIT, "%s takes nothing: its queue is full", sink->path);
        return error_system(error, errno, "sending to %s", sink->path);
    }
    return 0;
}

/* ---- both ---- */

int decision_sink_open(const struct configuration_events *events, int patience_ms, struct decision_sink *sink,
                       struct error *error)
{
    enum log_datagram_service service = LOG_DATAGRAM_JOURNAL;

    *sink = (struct decision_sink){
        .descriptor = -1,
        .path = events->file,
        .bytes_max = events->max_bytes > 0 ? events->max_bytes : FILE_BYTES_MAX,
        .patience_ms = patience_ms,
    };
    if (strcmp(events->sink, "file") == 0) {
        if (events->file == NULL)
            return error_set(error, ERROR_INVALID, "events.sink is \"file\", and events.file names none");
        return open_file(sink, error);
    }
    sink->kind = DECISION_SINK_JOURNAL;
    sink->line_bytes_max = LINE_BYTES_MAX;
    if (strcmp(events->sink, "syslog") == 0) {
        service = LOG_DATAGRAM_SYSLOG;
        sink->kind = DECISION_SINK_SYSLOG;
        sink->line_bytes_max = SYSLOG_LINE_BYTES_MAX - sizeof("<86>thwart[4194304]: ");
    }
    sink->path = log_datagram_path(service);
    return log_datagram_open(service, &sink->descriptor, error);
}

int decision_sink_tell(struct decision_sink *sink, const struct decision_sink_event *event,
                       struct error *error)
{
    switch (sink->kind) {
    case DECISION_SINK_FILE:
        return tell_file(sink, event, error);
    case DECISION_SINK_PIPE:
        return tell_pipe(sink, event, error);
    case DECISION_SINK_JOURNAL:
    case DECISION_SINK_SYSLOG:
        break;
    }
    return tell_service(sink, event, error);
}
