/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conversation with CRIU: libcriu's messages (rpc.proto) over a SOCK_SEQPACKET pair. */
#pragma once

#include <sys/types.h>
#include "base/error.h"
#include "criu/request.h"
#include "criu/swrk.h"

/* What CRIU wants to be heard while it works: action is its own word ("setup-namespaces"), pid that of the
 * container's first process or 0, descriptor what came along (lent) or -1. -1: CRIU shall give up. */
struct rpc_listener {
    int (*heard)(void *context, const char *action, pid_t pid, int descriptor, struct error *error);
    void *context;
};

/*
 * Send the request and follow it to its end. *pid: a restored container's first process. An error of the
 * listener's is the one that is returned; else it is CRIU's own first complaint (system_errno: what it says
 * for a number), which may be without words: its log has them.
 */
int rpc_carry_out(const struct request *request, struct swrk *swrk, const struct rpc_listener *listener,
                  pid_t *pid, struct error *error);
