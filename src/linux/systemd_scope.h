/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's cgroup as a transient scope of systemd. thwart-systemd (src/systemd/) speaks D-Bus; this is
 * the runtime's side of it.
 *
 *   create                       thwart-systemd                 systemd
 *   ------                       --------------                 -------
 *   systemd_scope_start ───────▶ forks a placeholder
 *                                StartTransientUnit ──────────▶ makes the cgroup, the placeholder in it
 *                                        ◀────── JobRemoved ──
 *           ◀──── cgroup's path  verifies where it is
 *   limits, device program; init is born in the cgroup
 *   systemd_scope_release ─────▶ ends the placeholder           (the scope lives on by init)
 *   systemd_scope_end
 *
 * A scope lives as long as a process is in it. So the cgroup is there before the container's first process,
 * and when the runtime dies before that one is born, the helper and its placeholder die with it, and systemd
 * collects the empty scope by itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"
#include "linux/helper.h"
#include "plan/plan.h"

enum { SYSTEMD_SCOPE_PATH_MAX = 4096 };

/* Which unit: of the plan, or for commands after creation of the record. */
struct systemd_unit {
    const char *unit;        /* "thwart-c1.scope" */
    const char *description; /* as it was started with: a unit of that name with another is not ours */
    bool user_manager;
};

struct systemd_unit systemd_unit_of(const struct plan_systemd_scope *plan);

struct systemd_scope {
    struct helper helper;
    char path[SYSTEMD_SCOPE_PATH_MAX]; /* its cgroup beneath the mount; "" before it is started */
};

#define SYSTEMD_SCOPE_NONE                                                                                   \
    {                                                                                                        \
        .helper = HELPER_NONE                                                                                \
    }

/* Something was done otherwise than asked (another bus, a property that this systemd does not know). */
typedef void systemd_scope_notice(void *context, const char *text);

/*
 * Have systemd make the scope; scope->path is its cgroup, which a placeholder process keeps alive until
 * systemd_scope_release. ERROR_EXISTS: a unit of that name is active and not ours; ERROR_UNSUPPORTED: no bus
 * or no manager, with what to do; ERROR_LIMIT: the bus or systemd has not answered in time. notice: NULL, not
 * wanted. On error nothing is left but what systemd collects by itself.
 */
int systemd_scope_start(const struct plan_systemd_scope *plan, struct systemd_scope *scope,
                        systemd_scope_notice *notice, void *context, struct error *error);

/* The container's process is in the scope: end the placeholder, then set what could not be set with it there
 * (a TasksMax that leaves no room for two). */
int systemd_scope_release(const struct plan_systemd_scope *plan, struct systemd_scope *scope,
                          struct error *error);

/*
 * Have systemd move a process of ours into the unit's cgroup: where a user's runtime may not do so itself,
 * because it stands in a cgroup that the user's manager does not own (a login session). ERROR_NOT_FOUND:
 * there is no such unit, or it is another's.
 */
int systemd_scope_attach(const struct systemd_unit *unit, pid_t pid, struct error *error);

/* Take a scope away that was started: creation has failed. Its processes are killed. 0 when none was. */
int systemd_scope_abandon(const struct plan_systemd_scope *plan, struct systemd_scope *scope,
                          struct error *error);

/* End the helper; fine on one that was not started. */
void systemd_scope_end(struct systemd_scope *scope);

/*
 * Kill what is in the unit, stop it and wait until systemd has forgotten it, at most some 10 s; 0 as well
 * when there is none of that name, or it is another's (*foreign then; NULL: not wanted).
 */
int systemd_scope_stop(const struct systemd_unit *unit, bool *foreign, struct error *error);

/*
 * Change properties of the running unit (SetUnitProperties, until it ends): for `update`, with what
 * plan_build_unit_properties made of the same limits that are written by file. ERROR_NOT_FOUND: there is no
 * such unit, or it is another's. Properties that this systemd does not know are left out and told by notice:
 * the files hold all limits in any case. When it returns systemd has written to the cgroup what it makes of
 * them (it rounds CPU quotas): the exact values are to be written afterwards, or once more.
 */
int systemd_scope_update(const struct systemd_unit *unit, const struct plan_unit_property *properties,
                         size_t count, systemd_scope_notice *notice, void *context, struct error *error);
