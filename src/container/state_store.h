/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container's state directory: ROOT/ID with `record.json`, `config.json` (what was granted), `bounds.json`
 * (the policies that bound it, if any) and, while it waits, the `start` socket.
 *
 * One flock for each id, on the directory itself, is held over every change of state; readers take none. The
 * lock belongs to the open description, which a cloned child shares: state_unlock gives it up for all of
 * them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"
#include "container/record.h"

/* How long a command waits for another one on the same container. */
enum { STATE_LOCK_TIMEOUT_MS = 10000 };

/* Take a new id: exclusive mkdir and lock. *directory is the caller's. ERROR_EXISTS when the id is in use. */
int state_claim(int root, const char *id, int *directory, struct error *error);

/* Open an id's directory. ERROR_NOT_FOUND ("container ID does not exist": engines match the words) when there
 * is none or root is -1. */
int state_open(int root, const char *id, int *directory, struct error *error);

/* Lock it for a change, waiting at most timeout_ms; ERROR_LIMIT names the holder. ERROR_NOT_FOUND when it was
 * deleted meanwhile. */
int state_lock(int directory, const char *id, int timeout_ms, struct error *error);
void state_unlock(int directory);

/* Is somebody changing it at this moment? Never blocks. */
bool state_is_locked(int directory);

/* The pid of who has it locked, as this PID namespace numbers it; 0 when nobody has, or it cannot be told. */
long state_lock_holder(int directory);

/* Has the directory been removed (and maybe the id taken anew) since it was opened? */
bool state_is_removed(int directory);

/* Replace the record. Under the lock. */
int state_write_record(int directory, const struct record *record, struct error *error);

/* Read the record. ERROR_NOT_FOUND: there is none (the creator died right after the claim). Other errors: it
 * is broken. */
int state_read_record(int directory, const char *id, struct arena *arena, const struct record **record,
                      struct error *error);

/* Is there a configuration or a record, whatever they are worth? They precede every effect, so without them
 * the directory is all that was made. */
bool state_has_begun(int directory);

/* The granted configuration: written at creation, amended by updates. */
int state_write_config(int directory, const char *bytes, size_t length, struct error *error);
int state_read_config(int directory, struct arena *arena, char **bytes, size_t *length, struct error *error);

/* The policies that bound it (container/policies.h): written at creation, replaced by `update --policy`. */
int state_write_bounds(int directory, const char *bytes, size_t length, struct error *error);
int state_read_bounds(int directory, struct arena *arena, char **bytes, size_t *length, struct error *error);

/*
 * An update, under the lock. The amended configuration stands beside the granted one before the first effect,
 * and takes its place after the last: in between, and after a crash there, the granted one is what was
 * certain last. Cancelled when the effects were taken back. One that is found (*bytes not NULL) says that an
 * update was killed: what the cgroup holds is between the two, and the next update writes all of it.
 */
int state_begin_amendment(int directory, const char *bytes, size_t length, struct error *error);
int state_commit_amendment(int directory, struct error *error);
int state_cancel_amendment(int directory, struct error *error);
int state_read_amendment(int directory, struct arena *arena, char **bytes, size_t *length,
                         struct error *error);

/* Remove the directory with all that is in it. Under the lock, which goes with it. */
int state_remove(int root, const char *id, int directory, struct error *error);

/* The ids beneath root in the directory's order; root -1: none. */
int state_list(int root, struct arena *arena, const char *const **ids, size_t *count, struct error *error);
