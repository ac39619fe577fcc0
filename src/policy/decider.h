/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One decision while it is made. decide.c walks the policies and, for each, the sections (decide_*.c); a
 * section judges the request and applies what it narrows to the grant.
 *
 *   struct policy_finding finding = {.rule = "TW0401", .pointer = "/root/readonly", .requested = "writable",
 *                                    .reason = "the root file system must be read-only"};
 *   if (decider_judge(decider, &policy->filesystem.root_readonly.rule, &finding))
 *       decider_root(decider)->readonly = true;         (and set finding's `granted` by decider_granted)
 *
 * Findings of several policies on one cause (rule, pointer, subject) become one: strongest effect, all
 * sources, the grant's value after the last.
 */
#pragma once

#include "policy/policy.h"

struct decider {
    const struct spec *spec; /* the request; never the grant: findings must not depend on other policies */
    const struct spec_process *process; /* the process that is judged: the request's own, or exec's */
    const char *process_pointer;        /* "/process", or "" for exec's own document */
    bool is_exec;
    const struct trust *trust;
    const struct policy_set *set;
    const struct policy_observed *observed;
    struct arena *arena;
    const struct policy_applied *applied; /* whose rules are asked now */
    struct mount_request *mounts;         /* the request's, read on first use (policy/mount_request.h) */

    /* Copies on first use; NULL: as requested. */
    struct spec *grant;
    struct spec_process *grant_process;
    struct spec_root *grant_root;
    struct spec_linux *grant_linux;
    struct spec_resources *grant_resources;

    struct policy_finding *findings;
    size_t finding_count, finding_capacity;
    /* By a hash of (rule, pointer, subject): 1,000 findings stay linear. */
    uint32_t *finding_index;
    size_t finding_index_size;
    size_t last; /* the finding of the last judgement */

    const struct spec_seccomp **filters;
    const char **filter_policies;
    size_t filter_count, filter_capacity;
    struct syscall_library *syscalls; /* made on first use (policy/syscalls.h) */
    struct policy_landlock_layer *landlock;
    size_t landlock_count, landlock_capacity;
    struct policy_kernel_mask *kernel_masks;
    size_t kernel_mask_count, kernel_mask_capacity;
    const char *kernel_place; /* the first of the request's that is no usual one */
    struct error *error;
    bool failed; /* *error is set */
};

/*
 * Record what rule (of decider->applied's policy) says about a cause; strings of *finding are copied only if
 * they are not literals of ours: they must live as long as the arena. True: the caller shall narrow the
 * grant, and then call decider_granted. False: refused, in audit mode, or waived.
 */
bool decider_judge(struct decider *decider, const struct policy_rule *rule,
                   const struct policy_finding *finding);

/* Like decider_judge, for what cannot be narrowed. */
void decider_refuse(struct decider *decider, const struct policy_rule *rule,
                    const struct policy_finding *finding);

/* A bound that this host cannot enforce: refused, or granted with a note where the rule says so. True: go on
 * without it. */
bool decider_unsupported(struct decider *decider, const struct policy_rule *rule,
                         const struct policy_finding *finding);

/* Would a judgement of this cause be enforced: not in audit mode, and no waiver lets it pass? Records nothing. */
bool decider_enforces(const struct decider *decider, const struct policy_rule *rule,
                      const struct policy_finding *finding);

/* Say something for the record: effect granted. */
void decider_say(struct decider *decider, const struct policy_rule *rule,
                 const struct policy_finding *finding);

/* The value that the grant holds now for the cause of the last judgement. */
void decider_granted(struct decider *decider, const char *granted);

/* The same where several causes narrow one value (a mount's options): for each narrowed finding of that
 * pointer, or what an earlier one says would hang on who was asked first. */
void decider_granted_together(struct decider *decider, const char *granted);

/* The grant's parts, to write to: what they point to is still the request's and must be copied before it is
 * changed. Missing objects (linux, resources) are made. */
struct spec *decider_grant(struct decider *decider);
struct spec_process *decider_process(struct decider *decider);
struct spec_root *decider_root(struct decider *decider);
struct spec_linux *decider_linux(struct decider *decider);
struct spec_resources *decider_resources(struct decider *decider);

/* The grant's parts as they stand, to read. Never NULL: an empty one stands for a missing one. */
const struct spec *decider_grant_now(const struct decider *decider);
const struct spec_process *decider_process_now(const struct decider *decider);
const struct spec_linux *decider_linux_now(const struct decider *decider);
const struct spec_resources *decider_resources_now(const struct decider *decider);

/* The findings in their final order, and whether something refuses. */
void decider_finish(struct decider *decider, struct policy_decision *decision);

void decider_add_filter(struct decider *decider, const struct spec_seccomp *filter);
void decider_add_landlock(struct decider *decider, const struct policy_landlock *rules);
/* Each once, in one order, whoever comes first. */
void decider_add_kernel_mask(struct decider *decider, const struct policy_kernel_mask *mask);

/* Sections, one file each (decide_*.c). Called for each applied policy whose section is present. */
void decide_image(struct decider *decider, const struct policy *policy);
void decide_claim(struct decider *decider);
void decide_process(struct decider *decider, const struct policy *policy); /* create and exec */
void decide_namespaces(struct decider *decider, const struct policy *policy);
void decide_filesystem(struct decider *decider, const struct policy *policy);
void decide_mounts(struct decider *decider, const struct policy *policy);
void decide_devices(struct decider *decider, const struct policy *policy);
void decide_resources(struct decider *decider, const struct policy *policy); /* create and update */
void decide_sysctls(struct decider *decider, const struct policy *policy);
void decide_syscalls(struct decider *decider,
                     const struct policy *policy); /* last: needs the granted bounding set */
void decide_hooks(struct decider *decider, const struct policy *policy);
void decide_annotations(struct decider *decider, const struct policy *policy);
void decide_landlock(struct decider *decider, const struct policy *policy);
void decide_watched(struct decider *decider,
                    const struct policy *policy); /* network, drift, onViolation, maxLifetime */
void decide_unknown_fields(struct decider *decider, const struct policy *policy);
enum decider_command { DECIDER_EXEC, DECIDER_UPDATE, DECIDER_CHECKPOINT };
/* May this command be obeyed at all? exec's words are those of decider->process. */
void decide_lifecycle(struct decider *decider, const struct policy *policy, enum decider_command command);
/* Waivers of the set that are past their day: a finding each, and they waive nothing. */
void decide_expired_waivers(struct decider *decider);
/* exec beyond the container's own grant (capabilities, no_new_privs, labels, rlimits). */
void decide_exec_beyond_grant(struct decider *decider, const struct spec *container);
