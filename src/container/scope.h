/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The systemd unit of a container: named before it is made, and taken away with it. */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"
#include "container/notices.h"
#include "container/record.h"
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
 * then another container's of the same unit name may stand in its place: nothing of that may be signalled or
 * removed. true for a cgroup that is not a unit's.
 */
int scope_cgroup_is_ours(const struct record *record, bool *ours, struct error *error);

/*
 * Stop the unit and wait until systemd has forgotten it, so that the id can be used again at once. Nothing is
 * asked of systemd when the cgroup is gone: then it has collected the unit by itself. A unit of that name
 * that is another's stays, and is told.
 */
int scope_remove(const struct record *record, const struct notices *notices, struct error *error);
