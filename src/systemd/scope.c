/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of a transient scope: asked for, waited for, and looked after. */
#include "systemd/scope.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "systemd/properties.h"
#include "systemd/unit.h"

#define UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"

enum { WHAT_MAX = 512, NAME_TRIES = 100 };

struct start {
    struct manager *manager;
    const struct message *question;
    const char *unit, *description, *slice;
    pid_t placeholder;
    char what[WHAT_MAX];
    struct left_out left_out;
};

static int append_fixed(const struct start *start, sd_bus_message *call)
{
    int result = sd_bus_message_append(call, "(sv)", "Description", "s", start->description);

    if (result >= 0)
        result = sd_bus_message_append(call, "(sv)", "Slice", "s", start->slice);
    if (result >= 0)
        result = sd_bus_message_append(call, "(sv)", "PIDs", "au", 1, (uint32_t)start->placeholder);
    return result;
}

/* StartTransientUnit(in s name, in s mode, in a(sv) properties, in a(sa(sv)) aux, out o job) */
static int make_call(const struct start *start, sd_bus_message **call, struct error *error)
{
    int result;

    if (manager_new_call(start->manager, "StartTransientUnit", call, error) != 0)
        return -1;
    result = sd_bus_message_append(*call, "ss", start->unit, "fail");
    if (result >= 0)
        result = sd_bus_message_open_container(*call, 'a', "(sv)");
    if (result >= 0)
        result = append_fixed(start, *call);
    if (result >= 0 && properties_append(*call, start->question, &start->left_out, error) != 0)
        return -1;
    if (result >= 0)
        result = sd_bus_message_close_container(*call);
    if (result >= 0)
        result = sd_bus_message_append(*call, "a(sa(sv))", 0);
    return result < 0 ? error_system(error, -result, "making the D-Bus call StartTransientUnit") : 0;
}

static int explain_job(const struct start *start, const char *result, struct error *error)
{
    unit_reset_failed(start->manager, start->unit);
    return error_set(
        error, ERROR_SYSTEM, "systemd was asked to %s, which ended with \"%s\"%s: its journal may say more",
        start->what, result,
        strcmp(result, "failed") == 0 ? " (it could not make the cgroup, or not move a process into it)"
                                      : "");
}

/* 1: systemd has started it; 0: refused, and *failure says why; -1. */
static int try_to_start(const struct start *start, sd_bus_error *failure, struct error *error)
{
    cleanup_bus_message sd_bus_message *call = NULL, *reply = NULL;
    cleanup_job struct manager_job job;

    if (manager_job_listen(start->manager, &job, error) != 0 || make_call(start, &call, error) != 0)
        return -1;
    if (manager_call(start->manager, call, &reply, failure, start->what, error) != 0)
        return sd_bus_error_is_set(failure) ? 0 : -1;
    if (manager_job_wait(start->manager, &job, reply, start->what, error) != 0)
        return -1;
    return strcmp(job.result, "done") == 0 ? 1 : explain_job(start, job.result, error);
}

/* Again, when the name was held by something that goes, or a property is not known. */
static int start_unit(struct start *start, struct message *answer, struct error *error)
{
    if (properties_check_versions(start->manager, start->question, &start->left_out, answer, error) != 0)
        return -1;
    for (int tries = 0;; tries++) {
        cleanup_bus_error sd_bus_error failure = SD_BUS_ERROR_NULL;
        int started = try_to_start(start, &failure, error);

        if (started != 0)
            return started < 0 ? -1 : 0;
        if (sd_bus_error_has_name(&failure, UNIT_EXISTS) && tries < NAME_TRIES) {
            if (unit_clear_name(start->manager, start->unit, error) != 0)
                return -1;
            continue;
        }
        if (!properties_leave_out(&failure, start->question, &start->left_out, answer))
            return -1;
    }
}

/* What systemd says and what the kernel says must be the same: limits would go elsewhere otherwise. */
static int verify(const struct start *start, struct message *answer, struct error *error)
{
    cleanup_free char *told = NULL;
    char real[PATH_MAX];

    if (unit_control_group(start->manager, start->unit, &told, error) != 0 ||
        placeholder_cgroup(start->placeholder, real, sizeof(real), error) != 0)
        return -1;
    if (told[0] != '/' || strcmp(told, real) != 0)
        return error_set(
            error, ERROR_SYSTEM,
            "systemd has started the unit %s with the cgroup \"%s\", and the process that was put "
            "there is in \"%s\": is this systemd outside of the runtime's cgroup namespace?",
            start->unit, told, real);
    message_add(answer, "cgroup", told);
    message_add(answer, "manager", start->manager->user ? "user" : "system");
    return 0;
}

static int read_question(struct start *start, struct error *error)
{
    start->unit = message_get(start->question, "unit");
    start->description = message_get(start->question, "description");
    start->slice = message_get(start->question, "slice");
    if (start->unit == NULL || start->description == NULL || start->slice == NULL)
        return error_set(error, ERROR_INVALID, "the question \"%s\" lacks a unit, a description or a slice",
                         message_kind(start->question));
    (void)text_print(start->what, sizeof(start->what), "start the unit %s in %s", start->unit, start->slice);
    return 0;
}

int scope_answer_start(struct manager *manager, const struct message *question, pid_t *placeholder,
                       struct message *answer, struct error *error)
{
    struct start start = {.manager = manager, .question = question, .placeholder = *placeholder};

    if (read_question(&start, error) != 0)
        return -1;
    if (start_unit(&start, answer, error) == 0 && verify(&start, answer, error) == 0)
        return 0;
    placeholder_end(placeholder);
    return -1;
}
