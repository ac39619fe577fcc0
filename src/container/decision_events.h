/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decisions, told: one JSON object a line (docs/thwart-decision.schema.json), to a file, the journal, syslog,
 * or nowhere; in our own form, as ECS or as OCSF. A sink that is slow, full or gone never blocks or fails a
 * container, unless a policy says "audit": "required": then what could not be told is ERROR_DENIED.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "container/notices.h"
#include "policy/configuration.h"
#include "policy/policy.h"

struct record_image;

struct decision_event {
    const char *action;      /* "create", "exec", "update", "checkpoint", "restore", "start" is none */
    const char *id, *bundle; /* bundle NULL: not known */
    const char *config_digest;
    const char *trust;                /* level */
    const struct record_image *image; /* NULL: nobody asked for a proof */
    const struct policy_set *policies;
    const struct policy_decision *decision;
    const struct json_strings *arguments; /* exec: the command; NULL: none */
};

/* One event as a line, newline included; format: "thwart", "ecs" or "ocsf". Pure: time and boot are given.
 * The text's maximum bounds the line: arguments and findings (the weakest) that do not fit are left out and
 * counted. */
struct decision_event_stamp {
    const char *time; /* RFC 3339, UTC, nanoseconds */
    int64_t time_ms;
    const char *boot_id, *host;
    uint64_t sequence, dropped; /* of this container: counted in its state directory */
};
void decision_event_encode(struct text *text, const struct decision_event *event,
                           const struct decision_event_stamp *stamp, const char *format);

/*
 * Tell it. state_directory: of the container, for sequence and dropped; -1: none yet (a refused create; then
 * both are 0). Nothing is done where no sink is configured and no policy requires one. Waits at most 100 ms
 * for a sink, 2 s where audit is required. What could not be told is counted and a notice; ERROR_DENIED where
 * an applied policy that enforces has "audit": "required", unless the decision refuses anyway.
 */
int decision_event_tell(const struct decision_event *event, const struct configuration *configuration,
                        int state_directory, const struct notices *notices, struct arena *arena,
                        struct error *error);
