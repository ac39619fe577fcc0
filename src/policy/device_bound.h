/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices a policy lists, by numbers: a name is nothing that the kernel goes by. */
#pragma once

#include <stdint.h>
#include "base/arena.h"
#include "policy/model.h"
#include "policy/observed.h"

/* As in policy_device. */
enum { DEVICE_READ = 1, DEVICE_WRITE = 2, DEVICE_MKNOD = 4, DEVICE_ANY = -1 };

struct device_bound {
    const struct policy_devices *devices;
    struct policy_device *items; /* with numbers in place of names; type '\0': no such device on this host */
};

/* Names become the numbers that Linux gives them everywhere ("fuse" is c 10:229), else those of the host's
 * node as it was observed. */
void device_bound_read(const struct policy_devices *devices, const struct policy_observed *observed,
                       struct arena *arena, struct device_bound *bound);

/* What may be done (DEVICE_…) with a device, or where a number is DEVICE_ANY with all such devices. type 'a':
 * of both types. The default devices of the OCI specification, the console and pseudoterminals are always
 * allowed. */
uint32_t device_bound_access(const struct device_bound *bound, char type, int64_t major, int64_t minor);

/* "/dev/NAME" where the policy's device is given by a name whose numbers have to be looked up; else NULL. */
const char *device_path_to_observe(const struct policy_device *device, struct arena *arena);

/* The numbers of a path in /dev that every Linux has given to the same device. */
bool device_known_by_name(const char *path, char *type, int64_t *major, int64_t *minor);
