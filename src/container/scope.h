/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroup of a container, and the systemd unit that it may be: named before it is made, whose it is, and
 * how it is taken away. */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"
#include "container/notices.h"
#include "container/record.h"
#include "linux/cgroup.h"
#include "linux/systemd_scope.h"
#include "plan/plan.h"

/*
 * The plan's description, with what tells this container's unit from that of another root's container of the
 * same id: the state directory, by its number. It can be told again from the directory alone.
 */
int scope_description(const struct plan_systemd_scope *plan, int directory, struct arena *arena,
                      const char **description, struct error *error);

/*
 * Is the cgroup on record there, and still this container's? systemd removes a scope's when it is empty, and
 * anybody may remove one of a container that has stopped; then another container's may stand in its place:
 * nothing of that may be signalled or removed. true where the record does not tell (its creator was killed).
 */
int scope_cgroup_is_ours(const struct record *record, bool *ours, struct error *error);

/* cgroup_remove of the cgroup on record (there is one), unless it is another's by now. */
int scope_cgroup_remove(const struct record *record, const struct cgroup_made *made, struct error *error);

/*
 * The cgroup at path is there, and no process is in it: is it that of another container of this state root,
 * which has stopped? ERROR_EXISTS names it. Both would be ended by kill and delete of the one.
 */
int scope_refuse_recorded_cgroup(int root, const struct record *record, const char *path,
                                 struct error *error);

/*
 * Stop the unit and wait until systemd has forgotten it, so that the id can be used again at once. Nothing is
 * asked of systemd when the cgroup is gone: then it has collected the unit by itself. A unit of that name
 * that is another's stays, and is told.
 */
int scope_remove(const struct record *record, const struct notices *notices, struct error *error);
