/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One container's cgroup (v2, by the file system). All paths are resolved beneath the cgroup mount's own
 * descriptor, whose file system type is checked; files are opened, written and closed in one function, so
 * that no descriptor of cgroupfs outlives it (the kernel checks the opener's credentials: util-linux
 * CVE-2026-78408).
 */
#pragma once

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "plan/plan.h"

/* What cgroup_create made, so that it can be undone; plain data, goes into the record. It is right after a
 * failed creation too: what could not be undone there can be later. */
#define CGROUP_NOTHING_MADE UINT_MAX
enum { CGROUP_MADE_PATH_MAX = 4096 };
struct cgroup_made {
    unsigned int
        created_from; /* number of leading path components that existed before; the rest is ours to remove */
    char path[CGROUP_MADE_PATH_MAX]; /* that systemd has chosen; "" when the plan says it */
    uint64_t inode; /* of the cgroup: once it was removed, by systemd or anybody, its name may be another's */
};

/*
 * What exists of the plan's path before anything is made, for the intent record: a runtime that is killed
 * before it can say what it made must not leave ancestors behind, nor lead `delete --force` to somebody
 * else's processes. *known is false when it cannot be told (cgroup_create will say why). ERROR_EXISTS when
 * the cgroup holds processes.
 */
int cgroup_foresee(const struct plan_cgroup *plan, struct cgroup_made *made, bool *known,
                   struct error *error);

/*
 * Make the cgroup of plan with its controllers, limits and device program; *directory receives an
 * O_PATH|O_DIRECTORY… descriptor fit for CLONE_INTO_CGROUP (close it right after the clone), -1 when the plan
 * has none. A missing controller is ERROR_UNSUPPORTED and names it and the cure. On error what was made is
 * removed again. An existing cgroup that holds processes is ERROR_EXISTS. A scope of systemd (plan->path is
 * its cgroup by now, linux/systemd_scope.h) is there and is filled likewise, but for pids.max; on error it is
 * left.
 */
int cgroup_create(const struct plan_cgroup *plan, struct cgroup_made *made, int *directory,
                  struct error *error);

/* Write what had to wait while a placeholder was in the scope: pids.max. 0 for other cgroups. */
int cgroup_complete(const struct plan_cgroup *plan, struct error *error);

/* Is it there? inode: and still the same, as cgroup_create has told; 0: whichever. */
int cgroup_exists(const char *mount, const char *path, uint64_t inode, bool *exists, struct error *error);

/* What an update wrote over; lives in the arena given to cgroup_apply. */
struct cgroup_changes {
    const char *mount, *path;
    struct cgroup_change *items; /* in the order of writing */
    size_t count, written;
};

/*
 * Write the plan's limits into an existing cgroup (update): all, or none. When one is refused, those before
 * it are put back, and the error says so, or which could not be. Controllers that were enabled for it stay
 * so. *changes: for cgroup_take_back; set after an error too, when there is nothing left to take back.
 */
int cgroup_apply(const struct plan_cgroup *plan, const char *path, struct arena *arena,
                 struct cgroup_changes *changes, struct error *error);

/* Put back what cgroup_apply wrote over: something that belongs to it has failed. 0 as well when the cgroup
 * is gone. */
int cgroup_take_back(struct cgroup_changes *changes, struct error *error);

/* Kill everything in it and below (cgroup.kill; where the kernel lacks it: freeze, signal, thaw, until
 * empty). 0 when it is gone already. */
int cgroup_kill(const char *mount, const char *path, struct error *error);

/* Signal every process in it and below. *count: how many were signalled. */
int cgroup_signal(const char *mount, const char *path, int signal_number, size_t *count, struct error *error);

/* Remove it, its descendants, and those ancestors that cgroup_create made and that are empty; bounded retries
 * on EBUSY. 0 when it is gone. */
int cgroup_remove(const char *mount, const char *path, const struct cgroup_made *made, struct error *error);

/* The pids in it and below, in an array of the arena. */
int cgroup_processes(const char *mount, const char *path, struct arena *arena, pid_t **pids, size_t *count,
                     struct error *error);

/* Does it hold a live process (cgroup.events populated)? false when it is gone. */
int cgroup_populated(const char *mount, const char *path, bool *populated, struct error *error);

/* Freeze or thaw and wait until the kernel says so. frozen: what cgroup.events reports. */
int cgroup_freeze(const char *mount, const char *path, bool freeze, struct error *error);
int cgroup_frozen(const char *mount, const char *path, bool *frozen, struct error *error);
