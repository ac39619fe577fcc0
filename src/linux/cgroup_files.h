/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of cgroup.h share: finding a cgroup beneath its mount, its events, walking its processes,
 * waiting. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"
#include "linux/cgroup.h"
#include "plan/plan.h"

enum {
    CGROUP_COMPONENTS_MAX = 128, /* of a path */
    CGROUP_PATH_MAX = 4096,
};

/* A path in its components; text is the storage. */
struct cgroup_path {
    char text[CGROUP_PATH_MAX];
    const char *names[CGROUP_COMPONENTS_MAX];
    size_t count;
};

/* Split path; empty components are dropped, "." and ".." refused. */
int cgroup_path_split(const char *path, struct cgroup_path *split, struct error *error);

/* Open the mount point (O_PATH) and check that it is a cgroup2 file system. */
int cgroup_mount_open(const char *mount, struct error *error);

/* Open the first count components beneath mount, no symlinks. *directory is -1 and the result 0 when one of
 * them does not exist. */
int cgroup_open_beneath(int mount, const struct cgroup_path *path, size_t count, int *directory,
                        struct error *error);

/* Both in one: *directory is -1 and the result 0 when the cgroup is gone. An O_PATH descriptor. */
int cgroup_open(const char *mount, const char *path, int *directory, struct error *error);

/* Does errno say that a cgroup was removed while we worked in it? (kernfs: ENODEV for open files.) */
bool cgroup_errno_gone(int number);

struct cgroup_events {
    bool populated, frozen;
};

/* Parse the text of cgroup.events: lines "key value", unknown keys ignored. False when "populated" is
 * missing. */
bool cgroup_events_parse(const char *text, struct cgroup_events *events);

/* Read cgroup.events. 0, or -1 with errno (cgroup_errno_gone tells a removed one). */
int cgroup_events_read(int directory, struct cgroup_events *events);

enum cgroup_event { CGROUP_POPULATED, CGROUP_FROZEN };

/* Wait until the event has the value, at most timeout_ms. 1 it has (a removed cgroup is neither populated nor
 * frozen), 0 time is up, -1 errno. */
int cgroup_wait(int directory, enum cgroup_event event, bool value, int timeout_ms);

/* Monotonic milliseconds. */
int64_t cgroup_now_ms(void);

/* Is word one of the words of a line as cgroup.controllers has it? */
bool cgroup_has_word(const char *line, const char *word);

/* Tell a missing controller and its cure: it is absent from the root of the mount (used by v1, disabled, not
 * built), or not handed down to the cgroup named `where`. ERROR_UNSUPPORTED. */
int cgroup_explain_controller(int mount, const char *controller, const char *where, const char *pointer,
                              struct error *error);

/* Look at all limits of the plan before the first is written: names that are no cgroup files, and
 * checkBeforeUpdate. */
int cgroup_limits_check(int directory, const struct plan_cgroup *plan, const char *path, struct error *error);

/* Write one limit, or what stands in for a file that does not exist. */
int cgroup_limit_write(int mount, int directory, const struct plan_cgroup_write *write, const char *path,
                       struct error *error);

/* Read what the plan's limits will write over, for cgroup_changes_write; nothing is changed. */
int cgroup_changes_read(int directory, const struct plan_cgroup *plan, struct arena *arena,
                        struct cgroup_changes *changes, struct error *error);

/* Check and write the plan's limits; when one is refused, put those before it back. */
int cgroup_changes_write(int mount, int directory, const struct plan_cgroup *plan,
                         struct cgroup_changes *changes, struct error *error);

/* Put back what was written, the last first. */
int cgroup_changes_undo(int directory, struct cgroup_changes *changes, struct error *error);

/*
 * The line that puts a setting back: text is what the file holds, value what is going to be written to it.
 * For files with a line for each device it is that device's, or the one that takes its setting away. NULL:
 * none.
 */
const char *cgroup_line_before(const char *file, const char *value, const char *text, struct arena *arena);

/* Give the cgroup to the container's root where the plan says so. */
int cgroup_delegate(int leaf, const struct plan_cgroup *plan, struct error *error);

/* Write the plan's limits into an open cgroup. */
int cgroup_limits_write(int mount, int directory, const struct plan_cgroup *plan, const char *path,
                        struct error *error);

/* cgroup_kill for kernels before 5.14: freeze, SIGKILL to everything, thaw, until empty; at most timeout_ms.
 */
int cgroup_kill_each(int directory, const char *path, int timeout_ms, struct error *error);

/*
 * Ancestors that we make are marked (the extended attribute user.thwart.made; before 5.7, which has none on
 * cgroups, trusted.thwart.made), so that the last container beneath one removes it even when another made it.
 * Without a mark (no right to set one) only the maker's own record says so.
 */
void cgroup_mark_set(int directory);
bool cgroup_mark_is_set(int directory);
