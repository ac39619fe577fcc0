/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What surrounds a program at its birth: parent death signal, dumpable flag, signals, descriptors, standard
 * streams, working directory. Nothing of the runtime or of its caller may reach it (attack class C).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"
#include "plan/plan.h"

/* Die when the parent does. control: our end of a socket whose other end only the parent holds; a parent that
 * died before the signal was armed shows there as end of file. 0, or -1 with errno (EPIPE: it is gone). */
int pre_exec_die_with_parent(int control);

/* The same again, after a change of credentials, which clears it. */
int pre_exec_renew_death_signal(void);

/* Not any more: the parent is about to leave, or the program begins. */
int pre_exec_outlive_parent(void);

/* Readable to nobody through ptrace or /proc (CVE-2016-9962), or as any process is. A change of ids, a joined
 * user namespace and execve reset it. Not while anything but our own program runs. */
int pre_exec_set_dumpable(bool dumpable);

/* All signals to their default action and none blocked: conmon ignores SIGPIPE, we ignore it and SIGXFSZ
 * ourselves. 0 or -1 with errno. */
int pre_exec_reset_signals(void);

/* Close every descriptor from `first` on, but not those of keep[] (-1: none). 0 or -1 with errno. */
int pre_exec_close_descriptors(unsigned int first, const int *keep, size_t keep_count);

/* Are descriptors 3 … 2+count all open? ERROR_INVALID names the first that is not: a number of ours there
 * would reach the program. */
int pre_exec_check_preserved(unsigned int count, struct error *error);

/*
 * Give pipes, fifos, sockets and terminals on 0, 1 and 2 to user, so that a program without rights can open
 * /dev/stdout again. Never devices, which are the host's own (a runtime once changed the owner of the host's
 * /dev/null), nor files. Where the owner cannot be changed (not mapped, not ours, read-only) it stays.
 */
int pre_exec_own_standard_streams(uint32_t user, struct error *error);

/*
 * Standard streams on the null device become that of the container, open for reading and writing: engines
 * hand over one that can only be read as an output (containerd, null IO), and a descriptor of the host's node
 * would let the container's root change its mode. In the container's root. Where the container has none of
 * its own, or no right to it, the caller's stays.
 */
int pre_exec_own_null_streams(struct error *error);

/* descriptor becomes 0, 1 and 2 and, in a session of our own, the controlling terminal. */
int pre_exec_take_terminal(int descriptor, struct error *error);

/* Make the program's working directory with its parents where missing; beneath "/" of the container. */
int pre_exec_make_directory(const struct container_path *path, struct error *error);

/*
 * The working directory. Two tries, since both occur: as root before the ids change (a directory that the
 * user may not search), and as the user when that failed (a file system that knows no root). first: errno of
 * the first try is kept in *failed (0: it worked), nothing is an error.
 */
void pre_exec_try_directory(const struct container_path *path, int *failed);
/* The second try if the first failed, then the census: the kernel's own name for where we are must be a path
 * beneath our root (CVE-2024-21626). */
int pre_exec_enter_directory(const struct container_path *path, int failed, struct error *error);
