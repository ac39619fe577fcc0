/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a process is, across time: a pid alone may be somebody else by now, so it goes with its start time and
 * the boot it was seen in. A missing start time means "not ours".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

enum { BOOT_ID_SIZE = 37 };

struct process_identity {
    pid_t pid;
    uint64_t start_time; /* /proc/PID/stat field 22, clock ticks since boot; 0: unknown */
};

/* The boot's id (/proc/sys/kernel/random/boot_id), NUL-terminated. */
int boot_id_read(char boot_id[BOOT_ID_SIZE], struct error *error);

/* Fill start_time for pid, as seen now. -1 with ERROR_NOT_FOUND when it is gone. */
int process_identify(pid_t pid, struct process_identity *identity, struct error *error);

/* Open a pidfd that is certainly this process: opened, then start time compared. *pidfd = -1 and 0 returned
 * when it is gone, a zombie, or another process has its number. -1 only when the question could not be
 * answered. */
int process_open(const struct process_identity *identity, int *pidfd, struct error *error);

/* Parse /proc/PID/stat text (the command name may contain anything: the LAST ')' counts). */
bool process_parse_stat(const char *text, char *state, uint64_t *start_time);

/* Wait through a pidfd until the process has ended, at most timeout_ms (-1: no limit). 1 ended, 0 timeout, -1
 * error. */
int process_wait_end(int pidfd, int timeout_ms, struct error *error);
