/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scopes of systemd, by questions to thwart-systemd. */
#include "linux/systemd_scope.h"

#include <string.h>
#include "base/number.h"
#include "base/systemd_messages.h"
#include "base/text.h"

enum {
    START_TIMEOUT_MS = 25000, /* systemd's own patience with a call */
    STOP_TIMEOUT_MS = 10000,
    ANSWER_MARGIN_MS = 5000, /* for the helper to word what did not answer */
    TASKS_AT_START = 8,      /* the placeholder, the container's first process and who makes it */
};

static const char tasks_property[] = "TasksMax";

struct systemd_unit systemd_unit_of(const struct plan_systemd_scope *plan)
{
    return (struct systemd_unit){
        .unit = plan->unit, .description = plan->description, .user_manager = plan->user_manager};
}

/* ---- questions ---- */

static void begin(struct message *question, const char *kind, const struct systemd_unit *unit, int timeout_ms)
{
    message_begin(question, kind);
    message_add(question, "manager", unit->user_manager ? "user" : "system");
    message_add_number(question, "timeoutMs", timeout_ms);
    message_add(question, "unit", unit->unit);
    message_add(question, "description", unit->description);
}

/* value: instead of its own ones; NULL: those. */
static void add_property(struct message *question, const struct plan_unit_property *property,
                         const char *value)
{
    char text[128];

    /* Names and signatures are the plan's own words: they fit. */
    (void)text_print(text, sizeof(text), "%s %s %u %s", property->name, property->signature, property->since,
                     property->required ? "required" : "optional");
    message_add(question, "property", text);
    if (value != NULL)
        message_add(question, "value", value);
    for (size_t i = 0; value == NULL && i < property->values.count; i++)
        message_add(question, "value", property->values.items[i]);
}

static void tell_notices(const struct message *answer, systemd_scope_notice *notice, void *context)
{
    char name[16];
    const char *value;
    size_t cursor = 0;

    while (notice != NULL && message_next(answer, &cursor, name, sizeof(name), &value))
        if (strcmp(name, "notice") == 0)
            notice(context, value);
}

static int ask(struct helper *helper, const struct message *question, int timeout_ms, struct message *answer,
               struct error *error)
{
    if (helper->pid == 0 && helper_start(SYSTEMD_HELPER, helper, error) != 0)
        return -1;
    return helper_ask(helper, question, NULL, 0, timeout_ms + ANSWER_MARGIN_MS, answer, error);
}

/* ---- creation ---- */

/* A limit that leaves no room for the container's birth beside the placeholder: set when that is gone. */
static bool is_narrow(const struct plan_unit_property *property)
{
    uint64_t tasks;

    return strcmp(property->name, tasks_property) == 0 && property->values.count == 1 &&
           number_unsigned(property->values.items[0], UINT64_MAX, &tasks) && tasks < TASKS_AT_START;
}

int systemd_scope_start(const struct plan_systemd_scope *plan, struct systemd_scope *scope,
                        systemd_scope_notice *notice, void *context, struct error *error)
{
    const struct systemd_unit unit = systemd_unit_of(plan);
    struct message question, answer;
    char room[24];
    const char *path;

    *scope = (struct systemd_scope)SYSTEMD_SCOPE_NONE;
    (void)text_print(room, sizeof(room), "%d", (int)TASKS_AT_START);
    begin(&question, SYSTEMD_START_SCOPE, &unit, START_TIMEOUT_MS);
    message_add(&question, "slice", plan->slice);
    for (size_t i = 0; i < plan->property_count; i++)
        add_property(&question, &plan->properties[i], is_narrow(&plan->properties[i]) ? room : NULL);
    if (ask(&scope->helper, &question, START_TIMEOUT_MS, &answer, error) != 0) {
        systemd_scope_end(scope);
        return -1;
    }
    tell_notices(&answer, notice, context);
    path = message_get(&answer, "cgroup");
    if (path == NULL || path[0] != '/' || path[1] == '\0' ||
        text_print(scope->path, sizeof(scope->path), "%s", path) != 0) {
        systemd_scope_end(scope);
        return error_set(error, ERROR_SYSTEM, "systemd has started the unit %s without a cgroup of its own",
                         plan->unit);
    }
    return 0;
}

int systemd_scope_release(const struct plan_systemd_scope *plan, struct systemd_scope *scope,
                          struct error *error)
{
    const struct systemd_unit unit = systemd_unit_of(plan);
    struct message question, answer;

    begin(&question, SYSTEMD_RELEASE, &unit, START_TIMEOUT_MS);
    for (size_t i = 0; i < plan->property_count; i++)
        if (is_narrow(&plan->properties[i]))
            add_property(&question, &plan->properties[i], NULL);
    return helper_ask(&scope->helper, &question, NULL, 0, START_TIMEOUT_MS + ANSWER_MARGIN_MS, &answer,
                      error);
}

void systemd_scope_end(struct systemd_scope *scope)
{
    helper_end(&scope->helper);
}

/* ---- units that are there ---- */

static int stop(struct helper *helper, const struct systemd_unit *unit, bool *foreign, struct error *error)
{
    struct message question, answer;
    const char *outcome;

    begin(&question, SYSTEMD_STOP_UNIT, unit, STOP_TIMEOUT_MS);
    if (ask(helper, &question, STOP_TIMEOUT_MS, &answer, error) != 0)
        return error_prefix(error, "the systemd unit %s is left", unit->unit);
    outcome = message_get(&answer, "outcome");
    if (foreign != NULL)
        *foreign = outcome != NULL && strcmp(outcome, SYSTEMD_FOREIGN) == 0;
    return 0;
}

int systemd_scope_abandon(const struct plan_systemd_scope *plan, struct systemd_scope *scope,
                          struct error *error)
{
    struct systemd_unit unit;
    int result;

    if (scope->path[0] == '\0')
        return 0;
    unit = systemd_unit_of(plan);
    result = stop(&scope->helper, &unit, NULL, error);
    systemd_scope_end(scope);
    return result;
}

int systemd_scope_stop(const struct systemd_unit *unit, bool *foreign, struct error *error)
{
    cleanup_helper struct helper helper = HELPER_NONE;

    if (foreign != NULL)
        *foreign = false;
    return stop(&helper, unit, foreign, error);
}

/* ERROR_NOT_FOUND unless the answer says that it is done. */
static int check_outcome(const struct message *answer, const struct systemd_unit *unit, struct error *error)
{
    const char *outcome = message_get(answer, "outcome");

    if (outcome != NULL && strcmp(outcome, SYSTEMD_SET) == 0)
        return 0;
    if (outcome != NULL && strcmp(outcome, SYSTEMD_FOREIGN) == 0)
        return error_set(error, ERROR_NOT_FOUND, "the systemd unit %s is another's by now", unit->unit);
    return error_set(error, ERROR_NOT_FOUND, "systemd has no unit %s any more", unit->unit);
}

int systemd_scope_attach(const struct systemd_unit *unit, pid_t pid, struct error *error)
{
    cleanup_helper struct helper helper = HELPER_NONE;
    struct message question, answer;

    begin(&question, SYSTEMD_ATTACH, unit, START_TIMEOUT_MS);
    message_add_number(&question, "pid", pid);
    if (ask(&helper, &question, START_TIMEOUT_MS, &answer, error) != 0)
        return -1;
    return check_outcome(&answer, unit, error);
}

int systemd_scope_update(const struct systemd_unit *unit, const struct plan_unit_property *properties,
                         size_t count, systemd_scope_notice *notice, void *context, struct error *error)
{
    cleanup_helper struct helper helper = HELPER_NONE;
    struct message question, answer;

    begin(&question, SYSTEMD_SET_PROPERTIES, unit, START_TIMEOUT_MS);
    for (size_t i = 0; i < count; i++)
        add_property(&question, &properties[i], NULL);
    if (ask(&helper, &question, START_TIMEOUT_MS, &answer, error) != 0)
        return -1;
    tell_notices(&answer, notice, context);
    return check_outcome(&answer, unit, error);
}
