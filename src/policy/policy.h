/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is allowed: (spec, trust, policies, what was observed) -> decision. Pure.
 *
 * The bundle requests, policies bound, the container gets the meet. Each policy is judged against the request
 * by itself, so its findings do not depend on the others; what it narrows is applied to one grant by
 * operations that commute (intersection, minimum, union of masks), so the grant depends on no order. Laws, as
 * property tests (tests/property/policy_laws.c): tightening, order-free, never more than asked, narrowing
 * twice is narrowing once, the same policies grant what they narrowed without a word.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/model.h"
#include "policy/observed.h"
#include "policy/rules.h"
#include "spec/spec.h"
#include "trust/trust.h"

enum policy_effect {
    POLICY_GRANTED, /* said for the record: no bound, a waiver, something that could not be looked at */
    POLICY_WOULD_NARROW,
    POLICY_WOULD_REFUSE,
    POLICY_NARROWED, /* what happened outranks what audit mode says of the same cause */
    POLICY_REFUSED,
};

/* A rule that speaks: policy NAME at file:line. */
struct policy_finding_source {
    const char *policy, *file;
    uint32_t line, column;
};

/* Why something was granted, narrowed or refused: one a cause (rule, pointer, subject). */
struct policy_finding {
    const char *rule; /* stable id: "TW0001" */
    enum policy_effect effect;
    const char *pointer; /* JSON pointer into the bundle's configuration; "" is the whole */
    const char *subject; /* what of it, where the pointer alone does not tell two causes apart; else "" */
    const char *requested, *granted; /* short text; granted: after all policies; "" where there is none */
    const char *reason;              /* one line */
    const char *allow;               /* how to allow it; from the rule's words unless said better */
    const struct policy_finding_source *sources; /* ordered by policy name */
    size_t source_count;
    const char *waiver; /* "OWNER until DATE: REASON" when a waiver lets it pass; NULL */
    uint32_t line,
        column; /* of the pointer in the configuration; 0: not looked up (container/finding_places.h) */
};

/* Landlock's layers and the filters, which stack on the bundle's own: there the kernel makes the meet. */
struct policy_landlock_layer {
    const char *policy, *file;
    uint32_t line;
    const struct policy_landlock *rules;
};

/* Files of the kernel that must be hidden, or must not be written to, wherever in the container they are: the
 * grant's lists have all places that a request tells, and what it does not tell (links in the image, mounts
 * that were there before) is found when everything is mounted. */
struct policy_kernel_mask {
    const char *type; /* of the file system: "proc" */
    const char *path; /* in it: "/kcore"; "/": all of it */
    bool read_only;   /* else: hidden */
};

struct policy_layers {
    const struct spec_seccomp *const *filters; /* the bundle's own is not among them */
    const char *const *filter_policies;        /* whose each of them is; NULL: not known */
    size_t filter_count;
    const struct policy_landlock_layer *landlock;
    size_t landlock_count;
    const struct policy_kernel_mask *kernel_masks; /* in one order, each once */
    size_t kernel_mask_count;
    const char
        *kernel_place; /* a place beside their usual ones where the request shows such files; NULL: none */
};

struct policy_decision {
    const struct policy_finding *findings; /* strongest effect first, then rule id, pointer, subject */
    size_t finding_count;
    const struct spec *grant; /* what the container gets; the request itself when nothing was narrowed; NULL
                                 when refused */
    struct policy_layers layers;
    bool refused;
};

/* A policy that bounds this container, and how. */
struct policy_applied {
    const struct policy *policy;
    enum policy_role {
        POLICY_ROLE_EXTENDED,    /* by another of them */
        POLICY_ROLE_VOLUNTEERED, /* by the annotation io.thwart.policy */
        POLICY_ROLE_DEFAULT,     /* nothing mandatory matched */
        POLICY_ROLE_MANDATORY,   /* found in a policy folder, or --policy */
    } role;
    bool audit; /* by its own mode, or by that of the one that extends it */
};

/* An exception: this rule lets pass what the selector matches. policy/waiver.h reads files of them. */
struct policy_waiver {
    const char *file;
    uint32_t line, column;
    const char *rule;              /* id */
    const char *policy;            /* pattern of policy names; NULL: any */
    const char *pointer, *subject; /* patterns; NULL: any */
    struct policy_when when;
    const char *reason, *owner, *expires; /* "2027-03-31": the last day, UTC */
    int64_t expires_s;                    /* seconds since the epoch at its end */
};

struct syscall_library;

struct policy_set {
    const struct policy_applied *items; /* ordered by name, each policy once */
    size_t count;
    /* Groups of system calls that were read before, for many decisions (policy/syscalls.h); NULL: none. */
    const struct syscall_library *calls;
    const struct policy_waiver *waivers; /* those that match this container */
    size_t waiver_count;
};

/* Decide. Never fails for what a bundle asks: a refusal is a decision. -1: memory, or a policy that cannot be
 * applied at all (a syscall profile that cannot be expressed exactly): ERROR_INVALID. */
int policy_decide(const struct spec *spec, const struct trust *trust, const struct policy_set *policies,
                  const struct policy_observed *observed, struct arena *arena,
                  struct policy_decision *decision, struct error *error);

/*
 * exec: a process that joins a container which was granted `container`. It gets at most the container's grant
 * and what the policies' process rules say, whoever asks; lifecycle.exec is asked first. Where no policy
 * bounds anything (`unrestricted`), it gets what it asks for. *grant: NULL when refused.
 */
int policy_decide_process(const struct spec *container, const struct spec_process *process,
                          const struct policy_set *policies, const struct policy_observed *observed,
                          struct arena *arena, struct policy_decision *decision,
                          const struct spec_process **grant, struct error *error);

/* update: the resources of amended against the policies; lifecycle.update is asked first. decision->grant is
 * amended, narrowed. */
int policy_decide_update(const struct spec *amended, const struct policy_set *policies,
                         const struct policy_observed *observed, struct arena *arena,
                         struct policy_decision *decision, struct error *error);

/* checkpoint: lifecycle.checkpoint alone. */
int policy_decide_checkpoint(const struct spec *container, const struct policy_set *policies,
                             const struct policy_observed *observed, struct arena *arena,
                             struct policy_decision *decision, struct error *error);

/* "granted", "narrowed", "refused", "would-narrow", "would-refuse". */
const char *policy_effect_name(enum policy_effect effect);

/* One finding, and all of a decision, as JSON: the one form that explain, events and the record share. */
void policy_finding_encode(struct text *text, const struct policy_finding *finding);
void policy_findings_encode(struct text *text, const struct policy_decision *decision);

/* The refusal in one line: the policies' names first, then every cause with rule, pointer, reason and
 * file:line. What does not fit the text is counted ("; and 3 more"). */
void policy_refusal_text(struct text *text, const struct policy_decision *decision);
