/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to a service manager. */
#include "systemd/manager.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/text.h"

enum { ADDRESS_MAX = 4096, NOTICE_MAX = 1024, CANDIDATES_MAX = 5 };

/* One place where a manager may be reached. */
struct candidate {
    const char *name; /* for messages */
    char address[ADDRESS_MAX];
    bool user, direct;
};

struct candidates {
    struct candidate items[CANDIDATES_MAX];
    size_t count;
};

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void manager_set_deadline(struct manager *manager, int64_t timeout_ms)
{
    manager->deadline_us = now_us() + (uint64_t)timeout_ms * 1000;
}

uint64_t manager_time_left(const struct manager *manager)
{
    uint64_t now = now_us();

    return now < manager->deadline_us ? manager->deadline_us - now : 0;
}

/* ---- where ---- */

static void add(struct candidates *candidates, const char *name, const char *address, bool user, bool direct)
{
    struct candidate *candidate = &candidates->items[candidates->count];

    *candidate = (struct candidate){.name = name, .user = user, .direct = direct};
    if (text_print(candidate->address, sizeof(candidate->address), "%s", address) == 0)
        candidates->count++;
}

/* A socket by its path, in the form of an address (D-Bus specification, "Server Addresses"): other bytes are
 * written %NN. */
static void add_socket(struct candidates *candidates, const char *name, const char *directory,
                       const char *socket, bool user, bool direct)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.\\*";
    char address[ADDRESS_MAX];
    struct text text = text_over(address, sizeof(address));

    text_append(&text, "unix:path=");
    for (; *directory != '\0'; directory++) {
        if (strchr(plain, *directory) != NULL)
            text_append_character(&text, *directory);
        else
            text_append_format(&text, "%%%02x", (unsigned int)(unsigned char)*directory);
    }
    text_append(&text, socket);
    if (!text.overflow)
        add(candidates, name, address, user, direct);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* sd-bus can run a program to reach a bus ("unixexec:"): sockets only. */
static const char *address_variable(const char *name)
{
    const char *value = variable(name);

    return value != NULL && text_starts_with(value, "unix:") ? value : NULL;
}

static void list_system(struct candidates *candidates)
{
    const char *configured = address_variable("DBUS_SYSTEM_BUS_ADDRESS");

    if (configured != NULL)
        add(candidates, "the system bus (DBUS_SYSTEM_BUS_ADDRESS)", configured, false, false);
    else
        add_socket(candidates, "the system bus", "/run/dbus/system_bus_socket", "", false, false);
    add_socket(candidates, "systemd's own socket", "/run/systemd/private", "", false, true);
}

static void list_user(struct candidates *candidates)
{
    const char *configured = address_variable("DBUS_SESSION_BUS_ADDRESS"),
               *runtime = variable("XDG_RUNTIME_DIR");

    if (configured != NULL)
        add(candidates, "the session bus (DBUS_SESSION_BUS_ADDRESS)", configured, true, false);
    if (runtime != NULL && runtime[0] == '/') {
        add_socket(candidates, "the user's bus in XDG_RUNTIME_DIR", runtime, "/bus", true, false);
        add_socket(candidates, "the user's systemd in XDG_RUNTIME_DIR", runtime, "/systemd/private", true,
                   true);
    }
    /* A system whose root is mapped (an unprivileged machine container) has one manager, and it is root's. */
    if (geteuid() == 0)
        list_system(candidates);
}

/* ---- the connection ---- */

void manager_disconnect(struct manager *manager)
{
    manager->bus = sd_bus_close_unref(manager->bus);
}

static int start(struct manager *manager, const struct candidate *candidate)
{
    int result = sd_bus_new(&manager->bus);

    if (result >= 0)
        result = sd_bus_set_address(manager->bus, candidate->address);
    if (result >= 0 && !candidate->direct)
        result = sd_bus_set_bus_client(manager->bus, 1);
    return result < 0 ? result : sd_bus_start(manager->bus);
}

/* Authentication and greeting. 0 or a negative errno. */
static int become_ready(struct manager *manager)
{
    for (;;) {
        uint64_t left = manager_time_left(manager);
        int result = sd_bus_is_ready(manager->bus);

        if (result != 0)
            return result < 0 ? result : 0;
        result = sd_bus_process(manager->bus, NULL);
        if (result < 0)
            return result;
        if (result > 0)
            continue;
        if (left == 0)
            return -ETIMEDOUT;
        result = sd_bus_wait(manager->bus, left);
        if (result < 0 && result != -EINTR)
            return result;
    }
}

static int explain_hang(const struct candidate *candidate, struct error *error)
{
    return error_set(error, ERROR_LIMIT,
                     "%s (%s) accepts connections and has not answered in time: look after the D-Bus daemon, "
                     "or use --cgroup-manager=cgroupfs",
                     candidate->name, candidate->address);
}

static int explain_none(bool user, const char *tried, struct error *error)
{
    if (user)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "the user's systemd cannot be reached%s%s: log in by a session of systemd (or: loginctl "
            "enable-linger USER, and XDG_RUNTIME_DIR=/run/user/UID in the environment), or use "
            "--cgroup-manager=cgroupfs",
            tried[0] != '\0' ? ": " : " (neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set)",
            tried);
    return error_set(
        error, ERROR_UNSUPPORTED,
        "systemd cannot be reached: %s: is it running here? Without it use --cgroup-manager=cgroupfs "
        "(leave --systemd-cgroup out)",
        tried);
}

int manager_connect(struct manager *manager, bool user, struct message *answer, struct error *error)
{
    struct candidates candidates = {.count = 0};
    char buffer[NOTICE_MAX], notice[NOTICE_MAX];
    struct text tried = text_over(buffer, sizeof(buffer));

    if (manager->bus != NULL)
        return 0;
    if (user)
        list_user(&candidates);
    else
        list_system(&candidates);
    for (size_t i = 0; i < candidates.count; i++) {
        const struct candidate *candidate = &candidates.items[i];
        int result = start(manager, candidate);

        if (result >= 0)
            result = become_ready(manager);
        if (result >= 0) {
            manager->user = candidate->user;
            manager->direct = candidate->direct;
            if (i > 0 && text_print(notice, sizeof(notice), "systemd is asked by %s: %s", candidate->name,
                                    tried.bytes) == 0)
                message_add(answer, "notice", notice);
            return 0;
        }
        manager_disconnect(manager);
        /* Nothing there is a reason to look elsewhere; a bus that hangs would hang again at delete. */
        if (result == -ETIMEDOUT)
            return explain_hang(candidate, error);
        text_append_format(&tried, "%s%s (%s): %s", tried.length > 0 ? "; " : "", candidate->name,
                           candidate->address, error_errno_text(-result));
    }
    return explain_none(user, tried.bytes, error);
}
