/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces to join: opened and verified by type before the first setns; and what it means when one cannot
 * be made. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"
#include "plan/plan.h"

enum { NAMESPACES_MAX = 8 };

/* What setns on ourselves does not change for us but for our children: CLONE_NEWPID and CLONE_NEWTIME. */
#define NAMESPACES_OF_CHILDREN (UINT64_C(0x20000000) | UINT64_C(0x80))

struct namespace_handles {
    int descriptors[NAMESPACES_MAX]; /* parallel to plan_namespaces.items; -1 for those that are made */
    size_t count;
    uint64_t
        flags; /* what is to be joined: the plan's join_flags without a user namespace that is ours already */
};

/* Open every namespace that is joined, check with ioctl(NS_GET_NSTYPE) that it is what it should be. */
int namespaces_open(const struct plan_namespaces *plan, struct namespace_handles *handles,
                    struct error *error);
void namespaces_close(struct namespace_handles *handles);

/* The open descriptor for this flag, or -1. */
int namespaces_descriptor(const struct plan_namespaces *plan, const struct namespace_handles *handles,
                          uint64_t flag);

/*
 * Enter those of handles whose flag is in `flags`, user first, mount last (it moves root and working
 * directory); the pid and time kinds act on children (time: on ourselves too). *refused (NULL: a refusal is
 * an error) collects the flags of those that the kernel refused with EPERM: they may belong to a user
 * namespace that is entered next.
 */
int namespaces_join(const struct plan_namespaces *plan, const struct namespace_handles *handles,
                    uint64_t flags, uint64_t *refused, struct error *error);

/* Open a namespace of a process of ours by its name in /proc/PID/ns ("net"), verified to be of the kind that
 * flag says. pid 0: our own. A descriptor, or -1. */
int namespaces_open_of(pid_t pid, const char *name, uint64_t flag, struct error *error);

/* Are these two descriptors the same namespace? */
bool namespaces_same(int descriptor, int other);

/* *root: an O_PATH descriptor of a process's root directory, the caller's. */
int namespaces_open_root(pid_t pid, int *root, struct error *error);

/* Explain why clone or unshare with these flags failed: the namespace, the sysctl or the right. Always
 * returns -1. */
int namespaces_explain(const struct plan_namespaces *plan, uint64_t flags, int number, struct error *error);

/* If the plan has a new time namespace: make it for children to come, and set its offsets. They can be set
 * only until the first process is born into it, so clone3 with the flag is too late. */
int namespaces_make_time(const struct plan_namespaces *plan, struct error *error);
