/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cache and memory bandwidth classes (OCI config-linux.md, intelRdt) in the resctrl file system at
 * /sys/fs/resctrl. Files are opened, written and closed in one function, beneath a descriptor whose file
 * system type was checked.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

/* What resctrl_create made, so that it can be undone. */
struct resctrl_made {
    bool class_made;   /* a class of service */
    bool monitor_made; /* a monitoring group */
};

/* Find or make the class of plan->intel_rdt with its schemata, and the monitoring group named after the
 * container. On an error what was made is removed. Nothing happens without intelRdt. */
int resctrl_create(const struct plan *plan, struct resctrl_made *made, struct error *error);

/* Put the container's process into the class and the monitoring group. */
int resctrl_enter(const struct plan *plan, pid_t pid, struct error *error);

/* Undo a creation that failed. */
int resctrl_undo(const struct plan *plan, const struct resctrl_made *made, struct error *error);

/* At delete: remove the class if it is the container's own (closID not configured), and the monitoring group.
 * What is gone already is no error. */
int resctrl_remove(const struct plan *plan, struct error *error);

/*
 * Write rdt->schemata into its class, which exists (update). *before: the class's whole schemata as they
 * were, in the arena, for resctrl_restore; NULL when nothing was changed. When one is refused, those before
 * it are put back.
 */
int resctrl_update(const struct plan_intel_rdt *rdt, struct arena *arena, const char **before,
                   struct error *error);
int resctrl_restore(const struct plan_intel_rdt *rdt, const char *before, struct error *error);

/* The schemata of a class as the kernel shows them, in the arena; NULL when the class is gone. */
int resctrl_read(const char *clos_id, struct arena *arena, const char **schemata, struct error *error);

/* Does the text of a schemata file have everything that one schema ("L3:0=7f0;1=1f") asks for? Cache ids that
 * the schema does not name, leading zeros and case do not matter. */
bool resctrl_schema_holds(const char *actual, const char *schema);
