/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling a decision: counted, stamped, encoded, handed on; and what becomes of one that cannot be told. */
#include "container/decision_events.h"

#include <string.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <time.h>
#include "container/decision_event_count.h"
#include "container/decision_event_forms.h"
#include "container/decision_event_sink.h"
#include "container/timestamp.h"
#include "linux/process_identity.h"

/* How long a sink may keep us waiting: without a promise hardly at all. */
enum { PATIENCE_MS = 100, PATIENCE_REQUIRED_MS = 2000 };

/* The policy that insists; NULL: none does. One that only reports refuses nothing, not for this either. */
static const struct policy *audit_requirer(const struct policy_set *policies)
{
    for (size_t i = 0; i < policies->count; i++)
        if (policies->items[i].policy->audit_required && !policies->items[i].audit)
            return policies->items[i].policy;
    return NULL;
}

static bool has_sink(const struct configuration *configuration)
{
    return configuration->events != NULL && configuration->events->sink != NULL &&
           strcmp(configuration->events->sink, "none") != 0;
}

static int priority_of(enum policy_effect effect)
{
    if (effect == POLICY_REFUSED || effect == POLICY_WOULD_REFUSE)
        return LOG_WARNING;
    return effect == POLICY_GRANTED ? LOG_INFO : LOG_NOTICE;
}

/* The next number. What counts the decisions may be broken; they are told all the same. */
static void count(int state_directory, struct decision_counters **counters,
                  struct decision_event_stamp *stamp, const struct notices *notices)
{
    struct error error;

    if (state_directory < 0)
        return;
    if (decision_counters_map(state_directory, counters, &error) != 0) {
        notice(notices, NOTICE_LOGGED, "decisions are told without a sequence: %s", error.message);
        return;
    }
    stamp->sequence = __atomic_add_fetch(&(*counters)->sequence, 1, __ATOMIC_RELAXED);
    stamp->dropped = __atomic_load_n(&(*counters)->dropped, __ATOMIC_RELAXED);
}

static int hand_on(const struct decision_event *event, const struct configuration_events *events,
                   struct decision_event_stamp *stamp, int patience_ms, struct arena *arena,
                   struct error *error)
{
    cleanup_sink struct decision_sink sink = DECISION_SINK_NONE;
    char time_text[TIMESTAMP_SIZE], boot_id[BOOT_ID_SIZE];
    enum policy_effect effect = decision_event_effect(event->decision);
    struct timespec now = {0};
    struct utsname *host = arena_allocate(arena, sizeof(*host));

    if (decision_sink_open(events, patience_ms, &sink, error) != 0 || boot_id_read(boot_id, error) != 0)
        return -1;
    uname(host); /* fails for a bad address alone */
    clock_gettime(CLOCK_REALTIME, &now);
    timestamp_format(&now, time_text);
    stamp->time = arena_string(arena, time_text);
    stamp->time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    stamp->boot_id = arena_string(arena, boot_id);
    stamp->host = host->nodename;

    cleanup_text struct text text = text_growing(sink.line_bytes_max);
    decision_event_encode(&text, event, stamp, events->format != NULL ? events->format : "thwart");
    if (text_complete(&text, "the event", error) != 0)
        return -1;
    return decision_sink_tell(&sink,
                              &(struct decision_sink_event){
                                  .line = text.bytes,
                                  .length = text.length,
                                  .action = event->action,
                                  .effect = policy_effect_name(effect),
                                  .id = event->id,
                                  .priority = priority_of(effect),
                              },
                              error);
}

int decision_event_tell(const struct decision_event *event, const struct configuration *configuration,
                        int state_directory, const struct notices *notices, struct arena *arena,
                        struct error *error)
{
    const struct policy *requirer = audit_requirer(event->policies);
    cleanup_counters struct decision_counters *counters = NULL;
    struct decision_event_stamp stamp = {0};
    struct error failure = {0};

    if (!has_sink(configuration)) {
        if (requirer == NULL || event->decision->refused)
            return 0;
        return error_set(
            error, ERROR_DENIED,
            "policy denied: %s (%s) has \"audit\": \"required\", and no events.sink is configured "
            "in thwart.json",
            requirer->name, requirer->file);
    }
    count(state_directory, &counters, &stamp, notices);
    if (hand_on(event, configuration->events, &stamp, requirer != NULL ? PATIENCE_REQUIRED_MS : PATIENCE_MS,
                arena, &failure) == 0)
        return 0;
    if (counters != NULL)
        __atomic_add_fetch(&counters->dropped, 1, __ATOMIC_RELAXED);
    if (requirer == NULL || event->decision->refused) {
        notice(notices, NOTICE_LOGGED, "the decision on %s %s could not be told: %s", event->action,
               event->id, failure.message);
        return 0;
    }
    return error_set(
        error, ERROR_DENIED,
        "policy denied: %s (%s) has \"audit\": \"required\", and the decision could not be told: %s",
        requirer->name, requirer->file, failure.message);
}
