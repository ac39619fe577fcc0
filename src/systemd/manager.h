/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A service manager at the other end of a D-Bus connection. Nothing here waits beyond the deadline: neither
 * a bus that accepts and never answers, nor a manager that hangs, holds the runtime up.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>
#include "base/error.h"
#include "base/message.h"

#define MANAGER_SERVICE   "org.freedesktop.systemd1"
#define MANAGER_PATH      "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define MANAGER_NO_UNIT   "org.freedesktop.systemd1.NoSuchUnit"

struct manager {
    sd_bus *bus; /* NULL: not connected */
    bool user;   /* the user's own */
    bool direct; /* systemd's own socket, without a bus between */
    uint64_t deadline_us;
};

/* From now on at most timeout_ms for all calls together. */
void manager_set_deadline(struct manager *manager, int64_t timeout_ms);

/* Microseconds that are left; 0: none. */
uint64_t manager_time_left(const struct manager *manager);

/*
 * Connect, unless it is connected: root's by the system bus, else by systemd's own socket; the user's by the
 * session bus of the environment, else by systemd's socket beneath XDG_RUNTIME_DIR, else, for root of a user
 * namespace, root's. Each turn from one to the next is a notice in answer.
 */
int manager_connect(struct manager *manager, bool user, struct message *answer, struct error *error);
void manager_disconnect(struct manager *manager);

/* A call of the manager's own interface. */
int manager_new_call(struct manager *manager, const char *method, sd_bus_message **call, struct error *error);

/*
 * Send call and wait for its reply. A reply that is an error: -1, and *failure has it too, for those who look
 * at its name. what: "start the unit c1.scope", for messages.
 */
int manager_call(struct manager *manager, sd_bus_message *call, sd_bus_message **reply, sd_bus_error *failure,
                 const char *what, struct error *error);

/* A call of the manager that takes a unit's name, and up to one more string (NULL: none), and whose reply is
 * of no interest. */
int manager_call_unit(struct manager *manager, const char *method, const char *unit, const char *argument,
                      sd_bus_error *failure, const char *what, struct error *error);

/* A string property; *value is the caller's to free. */
int manager_get_string(struct manager *manager, const char *path, const char *interface, const char *property,
                       char **value, struct error *error);

/* The number of systemd's version; 0 when it cannot be told. */
unsigned int manager_version(struct manager *manager);

/*
 * Jobs: begin to listen before the call that makes one, then wait for the end of the job that the call's
 * reply names. result: "done", "failed", …
 */
struct manager_job {
    sd_bus_slot *slot;
    char path[256]; /* "" until it is known */
    char result[32];
};
int manager_job_listen(struct manager *manager, struct manager_job *job, struct error *error);
int manager_job_wait(struct manager *manager, struct manager_job *job, sd_bus_message *reply,
                     const char *what, struct error *error);
void manager_job_end(struct manager_job *job);
#define cleanup_job __attribute__((cleanup(manager_job_end)))

void manager_unref_message(sd_bus_message **message);
#define cleanup_bus_message __attribute__((cleanup(manager_unref_message)))
#define cleanup_bus_error   __attribute__((cleanup(sd_bus_error_free)))
