/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups of system calls, and the filters that policies make of their `syscalls` section.
 *
 * Groups are files built into the program (policies/syscalls/NAME.json). "@name" means version 1 for as long
 * as the policy language is version 1; "@name/2" would mean another, in NAME.2.json. So a policy means the
 * same after an update.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "policy/model.h"
#include "policy/name_set.h"
#include "spec/spec.h"

/* ---- groups ---- */

struct syscall_group {
    const char *name; /* "network-io" */
    uint32_t version;
    const char *description;
    const char *const *members; /* as written: names, and other groups with their '@' */
    size_t member_count;
    const char *const *calls; /* names, groups within resolved; each once, in the file's order */
    size_t call_count;
    /* "rules", in Docker's form (policy/syscall_profile.h): calls that depend on capabilities, kernel and
     * architecture. Among `calls` too. NULL: none. */
    const struct json_value *rules;
};

/* The group that is named "@network-io", "@network-io/1", or the same without '@'. -1: ERROR_INVALID, with
 * the name that was probably meant. */
int syscall_group_find(const char *reference, struct arena *arena, const struct syscall_group **group,
                       struct error *error);

/* Names of all groups, without '@', sorted. */
const char *const *syscall_group_names(struct arena *arena, size_t *count);

/* May a policy name this call, or (with '@') this group? Else *suggestion is what was probably meant, or
 * NULL. */
bool syscall_is_known(const char *name, struct arena *arena, const char **suggestion);

/* All calls that are known. Those of which the kernel is known that brought them come last, in the order of
 * their numbers, which all architectures share from 424 (Linux 5.1) on but for an offset. */
struct syscall_known {
    struct name_set names;
    uint32_t *since; /* of each name: 6.7 is 6 << 16 | 7; 0: before 3.17 */
    size_t first_dated;
};
int syscall_known_load(struct arena *arena, struct syscall_known *known, struct error *error);

/* What was read of them already, for several policies in one decision: "= {.arena = arena}" to begin with. */
enum { SYSCALL_LIBRARY_GROUPS = 16 };
struct syscall_library {
    struct arena *arena;
    struct syscall_known known; /* names.count 0: not yet */
    struct {
        const char *reference;
        const struct syscall_group *group;
    } groups[SYSCALL_LIBRARY_GROUPS]; /* more are read each time */
    size_t group_count;
};

/* As syscall_known_load() and syscall_group_find(), but read once. reference must live as long. */
int syscall_library_known(struct syscall_library *library, const struct syscall_known **known,
                          struct error *error);
int syscall_library_group(struct syscall_library *library, const char *reference,
                          const struct syscall_group **group, struct error *error);

/* ---- a policy's filters ---- */

/* What the filters of a policy follow. */
struct syscall_circumstances {
    uint64_t capabilities; /* the granted bounding set, a bit each */
    uint32_t kernel_major, kernel_minor;
    const char *architecture;                        /* native: "SCMP_ARCH_X86_64" */
    const struct json_strings *bundle_architectures; /* of the bundle's own filter; NULL: it has none */
    bool user_namespace; /* a user namespace is made or joined: then namespaces may be made in it */
    struct syscall_library *library; /* NULL: read what is needed anew */
};

/* One filter, complete: what policy `policy` answers to every call. */
struct syscall_filter {
    const struct spec_seccomp *seccomp;
    const char *what; /* "syscalls", "syscalls.profile" */
};

struct syscall_filters {
    struct syscall_filter items[2];
    size_t count;
    size_t allowed, refused; /* how many of the calls that are known the first one lets happen, under some
                                conditions at least; and the others */
};

/*
 * The filters of a policy's `syscalls` section: one of allow, deny, default and what other sections imply,
 * one of the profile; both count. None when the section says nothing about calls. Everything is exact under
 * the reading of libseccomp too (rules of one call with different actions never overlap), so it can be handed
 * to another runtime. Errors: ERROR_INVALID with file:line.
 */
int policy_syscall_filters(const struct policy *policy, const struct syscall_circumstances *circumstances,
                           struct arena *arena, struct syscall_filters *filters, struct error *error);

/* The native architecture by its name in the policy language ("native", "x86", "x32", "arm", "SCMP_ARCH_…"),
 * as SCMP_ARCH_…; NULL: no such word. */
const char *syscall_architecture(const char *word, const char *native);
