/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `exec` asks for, as a process object: from a file, or from the container's own process and flags. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "container/operations.h"
#include "spec/spec.h"

/*
 * container: what was granted at creation. Flags: the container's process with the arguments replaced; --user
 * sets the user id (and the group, when given; the additional groups are then only those of
 * --additional-gids); --env adds or replaces; --cap adds to bounding, permitted and effective, never to
 * inheritable or ambient (CVE-2022-29162). notes: of the file's parser. Errors: ERROR_USAGE, ERROR_INVALID.
 */
int exec_process_build(const struct exec_request *request, const struct spec *container, struct arena *arena,
                       struct json_notes *notes, const struct spec_process **process, struct error *error);

/* What the process does not say is the container's own, as plan/process.c has it for our own containers:
 * other runtimes take no word for "no" (runc and crun: no_new_privs is off). In the arena. */
const struct spec_process *exec_process_complete(const struct spec_process *process,
                                                 const struct spec *container, struct arena *arena);

/* "UID" or "UID:GID", decimal, below 4294967295. has_gid: a group was given. */
int exec_process_parse_user(const char *text, uint32_t *uid, uint32_t *gid, bool *has_gid,
                            struct error *error);
