/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network devices of the host in the container (OCI config-linux.md, netDevices): moved, renamed, with their
 * permanent global addresses, and set up. By rtnetlink over one socket in each of the two namespaces, all
 * from the runtime: the container's process is not asked.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/*
 * Move plan's devices from our network namespace to the one behind the descriptor `target`. A name that is
 * taken there is an error before anything is moved, unless it is a pattern ("eth%d"). On an error what was
 * moved is moved back. The caller ends up in its own network namespace; were that impossible, the error says
 * so and the process must end.
 */
int net_devices_move(const struct plan *plan, int target, struct error *error);

/* The same way back, for a container whose creation fails: virtual devices would be destroyed with its
 * namespace. Devices that were not moved are left alone. */
int net_devices_return(const struct plan *plan, int target, struct error *error);

/* Set the loopback device of our (new) network namespace up: nothing else does, and programs expect
 * 127.0.0.1. */
int net_devices_loopback_up(struct error *error);
