/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device rules of a cgroup v2 are a program (BPF_PROG_TYPE_CGROUP_DEVICE) that the kernel asks on every open
 * and mknod of a device node.
 *
 * What the rules mean (OCI config-linux.md, "Allowed Device list": in order, as cgroup v1 kept them): each
 * kind of access, read, write and mknod, is decided by the last rule that matches the device and names that
 * kind; an operation is permitted when all kinds that it asks for are; what no rule decides is denied. So
 * "deny c 1:3 w" after "allow c 1:3 rwm" refuses an open for reading and writing.
 */
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

/* The program for the rules, in the arena. It asks the last rule first and ends at one that decides
 * everything. */
void device_program_make(const struct plan_device_rule *rules, size_t count, struct arena *arena,
                         struct bpf_insn **instructions, size_t *instruction_count);

/*
 * Make, load and attach it to the cgroup behind an open directory (BPF_F_ALLOW_MULTI: programs of cgroups
 * below can only forbid more). replace: programs that were attached to this very cgroup before are detached
 * afterwards, so that there is no instant without one. Needs CAP_SYS_ADMIN, or CAP_BPF with CAP_NET_ADMIN, in
 * the first user namespace. RLIMIT_MEMLOCK, which older kernels (before 5.11) charge for it, is raised for
 * the call where that is allowed.
 */
int device_program_replace(int cgroup, const struct plan_device_rule *rules, size_t count, bool replace,
                           struct error *error);
