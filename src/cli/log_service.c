/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One datagram a message: the journal's native protocol, or syslog's line. */
#include "cli/log_service.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

enum { NAME_MAX_BYTES = 64, SYSLOG_USER_ERROR = 11 /* facility user, level error */ };

static const struct service {
    const char *prefix, *socket;
    bool fields; /* the journal's: NAME=VALUE lines */
} services[] = {
    {"journald:", "/run/systemd/journal/socket", true},
    {"syslog:", "/dev/log", false},
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
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    cleanup_fd int made = -1;

    if (service == NULL)
        return error_set(error, ERROR_USAGE, "--log %s: there is no such service", destination);
    name = destination + strlen(service->prefix);
    if (text_has_control(name) || strlen(name) > NAME_MAX_BYTES)
        return error_set(error, ERROR_USAGE,
                         "--log %s: the name is longer than %d bytes or has control characters", destination,
                         (int)NAME_MAX_BYTES);
    made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return error_system(error, errno, "making a socket for the log");
    memcpy(address.sun_path, service->socket, strlen(service->socket) + 1);
    if (connect(made, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            return error_set(error, ERROR_UNSUPPORTED,
                             "--log %s: nobody listens on %s: give --log FILE, or start the service",
                             destination, service->socket);
        return error_system(error, errno, "--log %s: connecting to %s", destination, service->socket);
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
    if (connected.service->fields)
        text_append_format(&line, "PRIORITY=3\nSYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n", connected.name, message);
    else
        text_append_format(&line, "<%d>%s[%ld]: %s", (int)SYSLOG_USER_ERROR, connected.name, (long)getpid(),
                           message);
    /* Nobody is left who could be told that telling failed; stderr has the message too. */
    if (send(connected.socket, line.bytes, line.length, MSG_NOSIGNAL) < 0)
        descriptor_close(&connected.socket);
}
