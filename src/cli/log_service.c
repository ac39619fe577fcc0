/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One datagram a message: the journal's native protocol, or syslog's line. */
#include "cli/log_service.h"

#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/log_datagram.h"

enum { NAME_MAX_BYTES = 64, SYSLOG_USER_ERROR = 11 /* facility user, level error */ };

static const struct service {
    const char *prefix;
    enum log_datagram_service service;
} services[] = {
    {"journald:", LOG_DATAGRAM_JOURNAL},
    {"syslog:", LOG_DATAGRAM_SYSLOG},
};

static struct {
    const struct service *service;
    int socket;
    char name[NAME_MAX_BYTES + 1];
} connected = {.socket = -1};

static const struct service *find(const char *destination)
{
    for (size_t i = 0; i < ARRAY_LENGTH(services); i++)
        if (text_starts_with(destination, services[i].prefix))
            return &services[i];
    return NULL;
}

bool log_service_is(const char *destination)
{
    return find(destination) != NULL;
}

int log_service_open(const char *destination, struct error *error)
{
    const struct service *service = find(destination);
    const char *name;
    cleanup_fd int made = -1;

    if (service == NULL)
        return error_set(error, ERROR_USAGE, "--log %s: there is no such service", destination);
    name = destination + strlen(service->prefix);
    if (text_has_control(name) || strlen(name) > NAME_MAX_BYTES)
        return error_set(error, ERROR_USAGE,
                         "--log %s: the name is longer than %d bytes or has control characters", destination,
                         (int)NAME_MAX_BYTES);
    if (log_datagram_open(service->service, &made, error) != 0) {
        if (error != NULL && error->kind == ERROR_UNSUPPORTED)
            return error_set(error, ERROR_UNSUPPORTED,
                             "--log %s: nobody listens on %s: give --log FILE, or start the service",
                             destination, log_datagram_path(service->service));
        return error_prefix(error, "--log %s", destination);
    }
    descriptor_close(&connected.socket);
    connected.socket = take_fd(&made);
    connected.service = service;
    text_print(connected.name, sizeof(connected.name), "%s", *name != '\0' ? name : "thwart");
    return 0;
}

void log_service_send(const char *message)
{
    char bytes[ERROR_MESSAGE_MAX + 256];
    struct text line = text_over(bytes, sizeof(bytes));

    if (connected.socket < 0)
        return;
    if (connected.service->service == LOG_DATAGRAM_JOURNAL)
        text_append_format(&line, "PRIORITY=3\nSYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n", connected.name, message);
    else
        text_append_format(&line, "<%d>%s[%ld]: %s", (int)SYSLOG_USER_ERROR, connected.name, (long)getpid(),
                           message);
    /* Nobody is left who could be told that telling failed; stderr has the message too. */
    if (log_datagram_send(connected.socket, connected.service->service, line.bytes, line.length, 0) != 0)
        descriptor_close(&connected.socket);
}
