/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thwart-systemd: asks systemd for the scopes of containers, on behalf of a runtime at the other end of the
 * socket that is descriptor 3. It answers questions (base/systemd_messages.h) until that end is closed. A
 * program of its own, so that neither libsystemd nor what comes from the bus is in the runtime.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/systemd_messages.h"
#include "base/text.h"
#include "systemd/scope.h"
#include "systemd/unit.h"

enum { RUNTIME_SOCKET = 3, TIMEOUT_DEFAULT_MS = 25000, TIMEOUT_MAX_MS = 600000, UNIT_NAME_MAX = 256 };

/* One runtime's wishes. */
struct service {
    struct manager manager;
    pid_t placeholder;        /* 0: none */
    char unit[UNIT_NAME_MAX]; /* that it keeps alive */
    struct message question, answer;
};

static int ready_manager(struct service *service, struct error *error)
{
    const char *manager = message_get(&service->question, "manager");
    int64_t timeout_ms = TIMEOUT_DEFAULT_MS;

    if (manager == NULL)
        return error_set(error, ERROR_INVALID, "the question \"%s\" names no manager",
                         message_kind(&service->question));
    (void)message_get_number(&service->question, "timeoutMs", 1, TIMEOUT_MAX_MS, &timeout_ms);
    manager_set_deadline(&service->manager, timeout_ms);
    return manager_connect(&service->manager, strcmp(manager, "user") == 0, &service->answer, error);
}

static int start_scope(struct service *service, struct error *error)
{
    const char *unit = message_get(&service->question, "unit");

    if (service->placeholder != 0)
        return error_set(error, ERROR_STATE, "a scope is started already");
    if (unit == NULL || text_print(service->unit, sizeof(service->unit), "%s", unit) != 0)
        return error_set(error, ERROR_INVALID, "the unit has no name, or one that is too long");
    /* Before anything is connected: it holds nothing open, and little memory. */
    if (placeholder_start(&service->placeholder, error) != 0)
        return -1;
    if (ready_manager(service, error) != 0) {
        placeholder_end(&service->placeholder);
        return -1;
    }
    return scope_answer_start(&service->manager, &service->question, &service->placeholder, &service->answer,
                              error);
}

static int release(struct service *service, struct error *error)
{
    placeholder_end(&service->placeholder);
    if (message_get(&service->question, "property") == NULL)
        return 0;
    if (ready_manager(service, error) != 0)
        return -1;
    return unit_set_properties(&service->manager, service->unit, &service->question, &service->answer, error);
}

static int stop_unit(struct service *service, struct error *error)
{
    placeholder_end(&service->placeholder);
    if (ready_manager(service, error) != 0)
        return -1;
    return unit_answer_stop(&service->manager, &service->question, &service->answer, error);
}

static int set_properties(struct service *service, struct error *error)
{
    if (ready_manager(service, error) != 0)
        return -1;
    return unit_answer_set_properties(&service->manager, &service->question, &service->answer, error);
}

static int attach(struct service *service, struct error *error)
{
    if (ready_manager(service, error) != 0)
        return -1;
    return unit_answer_attach(&service->manager, &service->question, &service->answer, error);
}

static int answer_question(struct service *service, struct error *error)
{
    static const struct {
        const char *kind;
        int (*answer)(struct service *service, struct error *error);
    } questions[] = {
        {SYSTEMD_START_SCOPE, start_scope},
        {SYSTEMD_RELEASE, release},
        {SYSTEMD_ATTACH, attach},
        {SYSTEMD_STOP_UNIT, stop_unit},
        {SYSTEMD_SET_PROPERTIES, set_properties},
    };
    const char *kind = message_kind(&service->question);

    for (size_t i = 0; i < ARRAY_LENGTH(questions); i++)
        if (strcmp(kind, questions[i].kind) == 0)
            return questions[i].answer(service, error);
    return error_set(error, ERROR_INVALID,
                     "the question \"%s\" is not known: is this thwart-systemd of another release?", kind);
}

static bool is_started_by_runtime(void)
{
    int type;
    socklen_t length = sizeof(type);

    return getsockopt(RUNTIME_SOCKET, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

int main(void)
{
    static struct service service;
    struct error error;
    int received;

    if (!is_started_by_runtime()) {
        fprintf(stderr, "thwart-systemd is started by thwart, when cgroups are to be made by systemd\n");
        return 2;
    }
    while ((received = message_receive(RUNTIME_SOCKET, -1, &service.question, NULL, NULL)) > 0) {
        message_begin(&service.answer, "done");
        if (answer_question(&service, &error) != 0)
            message_begin_failed(&service.answer, &error);
        if (message_send(RUNTIME_SOCKET, &service.answer, NULL, 0) != 0) {
            received = -1;
            break;
        }
    }
    placeholder_end(&service.placeholder);
    manager_disconnect(&service.manager);
    return received == 0 ? 0 : 1;
}
