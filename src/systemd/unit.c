/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units that are there: found, told apart, stopped, changed. */
#include "systemd/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/memory.h"
#include "base/systemd_messages.h"
#include "base/text.h"
#include "systemd/properties.h"

#define UNIT_INTERFACE  "org.freedesktop.systemd1.Unit"
#define SCOPE_INTERFACE "org.freedesktop.systemd1.Scope"

enum { WHAT_MAX = 512, PAUSE_MS = 20, FORGET_ROUNDS = 25 };

static void pause_shortly(void)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

    (void)nanosleep(&pause, NULL); /* a signal ends it early, and the next look comes sooner */
}

/* ---- finding ---- */

/* *path: NULL when there is no such unit. */
static int find_path(struct manager *manager, const char *unit, char **path, struct error *error)
{
    cleanup_bus_message sd_bus_message *call = NULL, *reply = NULL;
    cleanup_bus_error sd_bus_error failure = SD_BUS_ERROR_NULL;
    char what[WHAT_MAX];
    const char *found;
    int result;

    *path = NULL;
    (void)text_print(what, sizeof(what), "find the unit %s", unit);
    if (manager_new_call(manager, "GetUnit", &call, error) != 0)
        return -1;
    result = sd_bus_message_append(call, "s", unit);
    if (result < 0)
        return error_system(error, -result, "making the D-Bus call GetUnit");
    if (manager_call(manager, call, &reply, &failure, what, error) != 0)
        return sd_bus_error_has_name(&failure, MANAGER_NO_UNIT) ? 0 : -1;
    result = sd_bus_message_read(reply, "o", &found);
    if (result < 0)
        return error_system(error, -result, "reading where systemd has the unit %s", unit);
    *path = strdup(found);
    return *path != NULL ? 0 : error_system(error, ENOMEM, "finding the unit %s", unit);
}

int unit_find(struct manager *manager, const char *unit, const char *description, enum unit_match *match,
              char **path, struct error *error)
{
    cleanup_free char *found = NULL;

    *match = UNIT_ABSENT;
    if (find_path(manager, unit, path, error) != 0)
        return -1;
    if (*path == NULL)
        return 0;
    if (manager_get_string(manager, *path, UNIT_INTERFACE, "Description", &found, error) != 0)
        return -1;
    *match = strcmp(found, description) == 0 ? UNIT_OURS : UNIT_FOREIGN;
    return 0;
}

void unit_reset_failed(struct manager *manager, const char *unit)
{
    cleanup_bus_error sd_bus_error failure = SD_BUS_ERROR_NULL;
    struct error unimportant;

    /* It may be gone by itself, which is what is wanted. */
    (void)manager_call_unit(manager, "ResetFailedUnit", unit, NULL, &failure, "forget a failed unit",
                            &unimportant);
}

int unit_clear_name(struct manager *manager, const char *unit, struct error *error)
{
    cleanup_free char *path = NULL, *state = NULL, *description = NULL;

    if (find_path(manager, unit, &path, error) != 0)
        return -1;
    if (path == NULL)
        return 0;
    if (manager_get_string(manager, path, UNIT_INTERFACE, "ActiveState", &state, error) != 0 ||
        manager_get_string(manager, path, UNIT_INTERFACE, "Description", &description, error) != 0)
        return -1;
    if (strcmp(state, "deactivating") != 0 && strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0)
        return error_set(
            error, ERROR_EXISTS,
            "the systemd unit %s exists already and is %s (\"%s\"): another container's? Stop it "
            "(systemctl stop %s), or give this one another /linux/cgroupsPath",
            unit, state, description, unit);
    if (strcmp(state, "failed") == 0)
        unit_reset_failed(manager, unit);
    pause_shortly();
    return 0;
}

int unit_control_group(struct manager *manager, const char *unit, char **path, struct error *error)
{
    cleanup_free char *object = NULL;
    int result = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &object);

    if (result < 0)
        return error_system(error, -result, "naming the unit %s", unit);
    return manager_get_string(manager, object, SCOPE_INTERFACE, "ControlGroup", path, error);
}

/* ---- stopping ---- */

static int kill_all(struct manager *manager, const char *unit, struct error *error)
{
    cleanup_bus_message sd_bus_message *call = NULL;
    cleanup_bus_error sd_bus_error failure = SD_BUS_ERROR_NULL;
    struct error refusal;
    int result;

    if (manager_new_call(manager, "KillUnit", &call, error) != 0)
        return -1;
    result = sd_bus_message_append(call, "ssi", unit, "all", SIGKILL);
    if (result < 0)
        return error_system(error, -result, "making the D-Bus call KillUnit");
    if (manager_call(manager, call, NULL, &failure, "kill a unit's processes", &refusal) == 0)
        return 0;
    /* That it has none is how it should be, and what else is wrong shows when it is stopped. */
    if (refusal.kind == ERROR_LIMIT) {
        *error = refusal;
        return -1;
    }
    return 0;
}

/* Until systemd has dropped it, so that its name is free at once. It keeps units that something refers to:
 * then the next start waits. */
static int wait_forgotten(struct manager *manager, const char *unit, struct error *error)
{
    for (int round = 0; round < FORGET_ROUNDS; round++) {
        cleanup_free char *path = NULL;

        if (find_path(manager, unit, &path, error) != 0)
            return -1;
        if (path == NULL)
            return 0;
        pause_shortly();
    }
    return 0;
}

static int stop(struct manager *manager, const char *unit, struct error *error)
{
    cleanup_bus_message sd_bus_message *call = NULL, *reply = NULL;
    cleanup_bus_error sd_bus_error failure = SD_BUS_ERROR_NULL;
    cleanup_job struct manager_job job;
    char what[WHAT_MAX];
    int result;

    (void)text_print(what, sizeof(what), "stop the unit %s", unit);
    if (manager_job_listen(manager, &job, error) != 0)
        return -1;
    /* By SIGKILL first: to be stopped means SIGTERM, and a wait of a minute and a half for who ignores it. */
    if (kill_all(manager, unit, error) != 0 || manager_new_call(manager, "StopUnit", &call, error) != 0)
        return -1;
    result = sd_bus_message_append(call, "ss", unit, "replace");
    if (result < 0)
        return error_system(error, -result, "making the D-Bus call StopUnit");
    if (manager_call(manager, call, &reply, &failure, what, error) != 0)
        return sd_bus_error_has_name(&failure, MANAGER_NO_UNIT) ? 0 : -1;
    if (manager_job_wait(manager, &job, reply, what, error) != 0)
        return -1;
    if (strcmp(job.result, "done") != 0)
        return error_set(error, ERROR_SYSTEM, "systemd was asked to %s, which ended with \"%s\"", what,
                         job.result);
    unit_reset_failed(manager, unit);
    return wait_forgotten(manager, unit, error);
}

static int read_unit(const struct message *question, const char **unit, const char **description,
                     struct error *error)
{
    *unit = message_get(question, "unit");
    *description = message_get(question, "description");
    if (*unit == NULL || *description == NULL)
        return error_set(error, ERROR_INVALID, "the question \"%s\" names no unit or no description",
                         message_kind(question));
    return 0;
}

int unit_answer_stop(struct manager *manager, const struct message *question, struct message *answer,
                     struct error *error)
{
    cleanup_free char *path = NULL;
    const char *unit, *description;
    enum unit_match match;

    if (read_unit(question, &unit, &description, error) != 0 ||
        unit_find(manager, unit, description, &match, &path, error) != 0)
        return -1;
    if (match == UNIT_OURS && stop(manager, unit, error) != 0)
        return -1;
    message_add(answer, "outcome",
                match == UNIT_OURS      ? SYSTEMD_STOPPED
                : match == UNIT_FOREIGN ? SYSTEMD_FOREIGN
                                        : SYSTEMD_ABSENT);
    return 0;
}

/* ---- processes ---- */

/* systemd may move a process where the runtime may not: a user's manager asks root's. */
static int attach(struct manager *manager, const char *unit, uint32_t pid, struct error *error)
{
    cleanup_bus_message sd_bus_message *call = NULL;
    cleanup_bus_error sd_bus_error failure = SD_BUS_ERROR_NULL;
    char what[WHAT_MAX];
    int result;

    (void)text_print(what, sizeof(what), "move process %u into the unit %s", pid, unit);
    if (manager_new_call(manager, "AttachProcessesToUnit", &call, error) != 0)
        return -1;
    result = sd_bus_message_append(call, "ssau", unit, "/", 1, pid);
    if (result < 0)
        return error_system(error, -result, "making the D-Bus call AttachProcessesToUnit");
    return manager_call(manager, call, NULL, &failure, what, error);
}

int unit_answer_attach(struct manager *manager, const struct message *question, struct message *answer,
                       struct error *error)
{
    cleanup_free char *path = NULL;
    const char *unit, *description;
    enum unit_match match;
    int64_t pid;

    if (!message_get_number(question, "pid", 1, INT32_MAX, &pid))
        return error_set(error, ERROR_INVALID, "the question \"%s\" names no process",
                         message_kind(question));
    if (read_unit(question, &unit, &description, error) != 0 ||
        unit_find(manager, unit, description, &match, &path, error) != 0)
        return -1;
    if (match == UNIT_OURS && attach(manager, unit, (uint32_t)pid, error) != 0)
        return -1;
    message_add(answer, "outcome",
                match == UNIT_OURS      ? SYSTEMD_SET
                : match == UNIT_FOREIGN ? SYSTEMD_FOREIGN
                                        : SYSTEMD_ABSENT);
    return 0;
}

/* ---- properties ---- */

static int try_to_set(struct manager *manager, const char *unit, const struct message *question,
                      const struct left_out *left_out, sd_bus_error *failure, struct error *error)
{
    cleanup_bus_message sd_bus_message *call = NULL;
    char what[WHAT_MAX];
    int result;

    (void)text_print(what, sizeof(what), "set properties of the unit %s", unit);
    if (manager_new_call(manager, "SetUnitProperties", &call, error) != 0)
        return -1;
    result = sd_bus_message_append(call, "sb", unit, 1);
    if (result >= 0)
        result = sd_bus_message_open_container(call, 'a', "(sv)");
    if (result < 0)
        return error_system(error, -result, "making the D-Bus call SetUnitProperties");
    if (properties_append(call, question, left_out, error) != 0)
        return -1;
    result = sd_bus_message_close_container(call);
    if (result < 0)
        return error_system(error, -result, "making the D-Bus call SetUnitProperties");
    return manager_call(manager, call, NULL, failure, what, error);
}

int unit_set_properties(struct manager *manager, const char *unit, const struct message *question,
                        struct message *answer, struct error *error)
{
    struct left_out left_out = {.count = 0};

    if (properties_check_versions(manager, question, &left_out, answer, error) != 0)
        return -1;
    for (;;) {
        cleanup_bus_error sd_bus_error failure = SD_BUS_ERROR_NULL;

        if (try_to_set(manager, unit, question, &left_out, &failure, error) == 0) {
            /* systemd replies first and writes to the cgroup before it reads its next call. */
            (void)manager_version(manager);
            return 0;
        }
        if (!properties_leave_out(&failure, question, &left_out, answer))
            return -1;
    }
}

int unit_answer_set_properties(struct manager *manager, const struct message *question,
                               struct message *answer, struct error *error)
{
    cleanup_free char *path = NULL;
    const char *unit, *description;
    enum unit_match match;

    if (read_unit(question, &unit, &description, error) != 0 ||
        unit_find(manager, unit, description, &match, &path, error) != 0)
        return -1;
    if (match == UNIT_OURS && properties_any(question) &&
        unit_set_properties(manager, unit, question, answer, error) != 0)
        return -1;
    message_add(answer, "outcome",
                match == UNIT_OURS      ? SYSTEMD_SET
                : match == UNIT_FOREIGN ? SYSTEMD_FOREIGN
                                        : SYSTEMD_ABSENT);
    return 0;
}
