/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls and jobs. */
#include "systemd/manager.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

void manager_unref_message(sd_bus_message **message)
{
    *message = sd_bus_message_unref(*message);
}

/* ---- calls ---- */

static int explain_time(const char *what, struct error *error)
{
    return error_set(error, ERROR_LIMIT, "systemd has not answered in time when asked to %s", what);
}

/* What a failed call means; sd-bus makes an error of its own where there was no reply. */
static int explain_failure(int number, const sd_bus_error *failure, const char *what, struct error *error)
{
    static const char *const refusals[] = {
        SD_BUS_ERROR_ACCESS_DENIED,
        SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
        "org.freedesktop.PolicyKit1.Error.NotAuthorized",
    };
    const char *text = failure->message != NULL ? failure->message : "";

    if (number == -ETIMEDOUT || sd_bus_error_has_name(failure, SD_BUS_ERROR_NO_REPLY) ||
        sd_bus_error_has_name(failure, SD_BUS_ERROR_TIMEOUT))
        return explain_time(what, error);
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++)
        if (sd_bus_error_has_name(failure, refusals[i]))
            return error_set(error, ERROR_UNSUPPORTED, "systemd does not let this user %s: %s", what, text);
    if (sd_bus_error_has_name(failure, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
        sd_bus_error_has_name(failure, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
        return error_set(error, ERROR_UNSUPPORTED,
                         "no systemd is on the bus that was asked to %s: use --cgroup-manager=cgroupfs",
                         what);
    /* The C library's words for ENOENT would be read as a verdict on the container's program. */
    if (!sd_bus_error_is_set(failure) || strstr(text, "No such file") != NULL)
        return error_system(error, -number, "asking systemd to %s", what);
    return error_set(error, ERROR_SYSTEM, "systemd refuses to %s: %s", what, text);
}

int manager_new_call(struct manager *manager, const char *method, sd_bus_message **call, struct error *error)
{
    int result = sd_bus_message_new_method_call(manager->bus, call, MANAGER_SERVICE, MANAGER_PATH,
                                                MANAGER_INTERFACE, method);

    return result < 0 ? error_system(error, -result, "making the D-Bus call %s", method) : 0;
}

int manager_call(struct manager *manager, sd_bus_message *call, sd_bus_message **reply, sd_bus_error *failure,
                 const char *what, struct error *error)
{
    uint64_t left = manager_time_left(manager);
    int result;

    if (left == 0) /* which sd-bus would take for its own default */
        return explain_time(what, error);
    result = sd_bus_call(manager->bus, call, left, failure, reply);
    return result < 0 ? explain_failure(result, failure, what, error) : 0;
}

int manager_call_unit(struct manager *manager, const char *method, const char *unit, const char *argument,
                      sd_bus_error *failure, const char *what, struct error *error)
{
    cleanup_bus_message sd_bus_message *call = NULL;
    int result;

    if (manager_new_call(manager, method, &call, error) != 0)
        return -1;
    result = sd_bus_message_append(call, "s", unit);
    if (result >= 0 && argument != NULL)
        result = sd_bus_message_append(call, "s", argument);
    if (result < 0)
        return error_system(error, -result, "making the D-Bus call %s", method);
    return manager_call(manager, call, NULL, failure, what, error);
}

int manager_get_string(struct manager *manager, const char *path, const char *interface, const char *property,
                       char **value, struct error *error)
{
    cleanup_bus_error sd_bus_error failure = SD_BUS_ERROR_NULL;
    uint64_t left = manager_time_left(manager);
    char what[64];
    int result;

    (void)text_print(what, sizeof(what), "tell %s", property);
    *value = NULL;
    if (left == 0)
        return explain_time(what, error);
    result = sd_bus_set_method_call_timeout(manager->bus, left);
    if (result >= 0)
        result = sd_bus_get_property_string(manager->bus, MANAGER_SERVICE, path, interface, property,
                                            &failure, value);
    return result < 0 ? explain_failure(result, &failure, what, error) : 0;
}

/* "252.39-1~deb12u2", "v245". */
unsigned int manager_version(struct manager *manager)
{
    cleanup_free char *text = NULL;
    const char *cursor;
    struct error error;
    uint64_t version;

    if (manager_get_string(manager, MANAGER_PATH, MANAGER_INTERFACE, "Version", &text, &error) != 0)
        return 0;
    cursor = text[0] == 'v' ? text + 1 : text;
    return number_scan_unsigned(&cursor, &version) && version < 100000 ? (unsigned int)version : 0;
}

/* ---- jobs ---- */

static int on_job_removed(sd_bus_message *signal, void *context, sd_bus_error *failure)
{
    struct manager_job *job = context;
    const char *path, *unit, *result;
    uint32_t id;

    (void)failure;
    if (sd_bus_message_read(signal, "uoss", &id, &path, &unit, &result) < 0)
        return 0; /* no signal of the kind that was asked for */
    if (job->path[0] != '\0' && strcmp(path, job->path) == 0)
        (void)text_print(job->result, sizeof(job->result), "%s", result);
    return 0;
}

void manager_job_end(struct manager_job *job)
{
    job->slot = sd_bus_slot_unref(job->slot);
}

/* Without waiting for the bus to agree: it keeps the order of what it is told. On systemd's own socket
 * messages have no sender that could be matched. */
int manager_job_listen(struct manager *manager, struct manager_job *job, struct error *error)
{
    int result;

    *job = (struct manager_job){.slot = NULL};
    result =
        sd_bus_match_signal_async(manager->bus, &job->slot, manager->direct ? NULL : MANAGER_SERVICE,
                                  MANAGER_PATH, MANAGER_INTERFACE, "JobRemoved", on_job_removed, NULL, job);
    return result < 0 ? error_system(error, -result, "listening for the ends of systemd's jobs") : 0;
}

int manager_job_wait(struct manager *manager, struct manager_job *job, sd_bus_message *reply,
                     const char *what, struct error *error)
{
    const char *path;
    int result = sd_bus_message_read(reply, "o", &path);

    if (result < 0 || text_print(job->path, sizeof(job->path), "%s", path) != 0)
        return error_set(error, ERROR_SYSTEM, "systemd was asked to %s and its answer names no job", what);
    while (job->result[0] == '\0') {
        uint64_t left = manager_time_left(manager);

        result = sd_bus_process(manager->bus, NULL);
        if (result == 0 && left == 0)
            return explain_time(what, error);
        if (result == 0)
            result = sd_bus_wait(manager->bus, left);
        if (result < 0 && result != -EINTR)
            return error_system(error, -result, "waiting for systemd to %s", what);
    }
    return 0;
}
