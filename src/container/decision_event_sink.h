/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where events go: a file, the journal, syslog. Nothing here blocks for longer than it was told to. */
#pragma once

#include "base/error.h"
#include "policy/configuration.h"

struct decision_sink {
    enum decision_sink_kind {
        DECISION_SINK_FILE, /* a regular one */
        DECISION_SINK_PIPE, /* a fifo in the file's place */
        DECISION_SINK_JOURNAL,
        DECISION_SINK_SYSLOG,
    } kind;
    int descriptor; /* -1: closed */
    const char *path;
    uint64_t bytes_max;    /* of a regular file */
    size_t line_bytes_max; /* of one event that can be told in one piece */
    int patience_ms;
};

#define DECISION_SINK_NONE                                                                                   \
    {                                                                                                        \
        .descriptor = -1                                                                                     \
    }

/* One event, and what the journal gets as fields of its own. */
struct decision_sink_event {
    const char *line; /* with its newline */
    size_t length;
    const char *action, *effect, *id;
    int priority; /* syslog's level, 0…7 */
};

/*
 * Open what the configuration says (sink is not "none"); sink is closed by the caller, also after an error.
 * A file is made 0600 and appended to; its last component is never followed when it is a symbolic link, and
 * one that others own or that has a second name is refused: root would write to whatever somebody put there.
 */
int decision_sink_open(const struct configuration_events *events, int patience_ms, struct decision_sink *sink,
                       struct error *error);

/* Hand on one event, whole or not at all. A file beyond its maximum is put aside as FILE.1 first; writers at
 * the same time lose no line by it. */
int decision_sink_tell(struct decision_sink *sink, const struct decision_sink_event *event,
                       struct error *error);

void decision_sink_close(struct decision_sink *sink);
#define cleanup_sink __attribute__((cleanup(decision_sink_close)))
