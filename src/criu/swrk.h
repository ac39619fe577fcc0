/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program `criu swrk`: one request by a socket that it inherits, then it ends. */
#pragma once

#include <sys/types.h>
#include "base/error.h"
#include "criu/request.h"

struct swrk {
    pid_t pid; /* 0: not running */
    int socket;
};

#define SWRK_NONE                                                                                            \
    {                                                                                                        \
        .socket = -1                                                                                         \
    }

/*
 * Start it, in the cgroup and the mount namespace of the request's descriptors "cgroup" and
 * "mount-namespace" where there are such, with "stdin", "stdout" and "stderr" as its own. Completes the
 * request's options with the numbers that the inherited descriptors have over there. We enter that mount
 * namespace ourselves, too. ERROR_UNSUPPORTED: there is no criu.
 */
int swrk_start(struct request *request, struct arena *arena, struct swrk *swrk, struct error *error);

/* Close its socket and wait for its end. *status as waitpid gives it. */
int swrk_wait(struct swrk *swrk, int *status, struct error *error);

/* Kill and reap it; harmless when it does not run. */
void swrk_end(struct swrk *swrk);
#define cleanup_swrk __attribute__((cleanup(swrk_end)))
