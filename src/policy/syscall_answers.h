/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filter as a function from the names of system calls and their arguments to answers. Policies' sections
 * and profiles are read into one, several are combined in one, and one is written as a filter of OCI's in
 * which no two rules of a call that answer differently overlap: so thwart, runc and crun read the same in it,
 * although they resolve overlaps differently.
 */
#pragma once

#include "base/error.h"
#include "policy/name_set.h"
#include "policy/syscall_region.h"
#include "spec/spec.h"

/* From the strictest: the kernel's order among stacked filters. */
enum syscall_verdict {
    SYSCALL_KILL_PROCESS,
    SYSCALL_KILL_THREAD,
    SYSCALL_TRAP,
    SYSCALL_ERRNO,
    SYSCALL_NOTIFY,
    SYSCALL_TRACE,
    SYSCALL_LOG,
    SYSCALL_ALLOW,
};

struct syscall_answer {
    enum syscall_verdict verdict;
    uint16_t data; /* errno, or a tracer's number */
};

static inline bool syscall_answer_same(struct syscall_answer one, struct syscall_answer other)
{
    return one.verdict == other.verdict && one.data == other.data;
}

/* SCMP_ACT_… and its errno, which is EPERM unless given. False: no such action, or an errno where none
 * belongs. */
bool syscall_answer_parse(const char *action, bool has_errno, uint32_t errno_value,
                          struct syscall_answer *answer);

/* What is said about a call: arguments in region get answer. Lower priorities win, then stricter answers,
 * then what was said first. */
struct syscall_saying {
    struct syscall_region region;
    struct syscall_answer answer;
    unsigned int priority;
    size_t next; /* saying of the same call, + 1; 0: none */
};

struct syscall_sayings {
    struct arena *arena;
    struct name_set names;
    size_t *first, *last; /* of each name: saying + 1 */
    struct syscall_saying *items;
    size_t count, capacity, name_capacity;
};

void syscall_sayings_add(struct syscall_sayings *sayings, const char *name, struct syscall_region region,
                         struct syscall_answer answer, unsigned int priority);

/* One call's answer, by disjoint regions. */
struct syscall_piece {
    struct syscall_region region;
    struct syscall_answer answer;
};
struct syscall_decision {
    struct syscall_piece *pieces;
    size_t piece_count;
    struct syscall_answer otherwise;
};

/* What all that was said about name number `index` comes to. False: too many conditions. */
bool syscall_sayings_decide(const struct syscall_sayings *sayings, size_t index,
                            struct syscall_answer otherwise, struct syscall_decision *decision);

/* The stricter of two decisions everywhere; among equally strict ones the first. */
bool syscall_decision_meet(const struct syscall_decision *one, const struct syscall_decision *other,
                           struct arena *arena, struct syscall_decision *result);

/* Can some arguments get through: is there an answer other than refusals? */
bool syscall_decision_permits(const struct syscall_decision *decision);

/* The arguments that a rule's conditions pick out, compared in 64 bits as OCI has it. False: they cannot be
 * read, or are too many. */
bool syscall_region_of_rule(const struct spec_seccomp_rule *rule, struct arena *arena,
                            struct syscall_region *region);

/* A filter of OCI's as sayings; *unknown: what calls get that it does not name. where: for messages. -1:
 * ERROR_INVALID. */
int syscall_sayings_of_filter(const struct spec_seccomp *filter, const char *where,
                              struct syscall_sayings *sayings, struct syscall_answer *unknown,
                              struct error *error);

/* Writing a filter. */
struct syscall_writer {
    struct arena *arena;
    struct syscall_answer unknown; /* the default action */
    /* Only for EPERM: leave the default's errno unsaid. Then numbers above the newest call that is named get
     * ENOSYS (linux/seccomp.h; runc does so, too), and those below EPERM, without a rule for each. */
    bool errno_unsaid;
    bool has_narrow;  /* for programs whose arguments have 32 bits, too */
    bool last_unsaid; /* the call added last gets the default answer, and no rule names it */
    struct spec_seccomp_rule *rules;
    size_t rule_count, rule_capacity;
    struct {
        struct syscall_answer answer;
        size_t rule; /* that lists the names without conditions */
        size_t name_capacity;
    } plain[32];
    size_t plain_count;
};

/* Add a call's decision. False: too many conditions. */
bool syscall_writer_add(struct syscall_writer *writer, const char *name,
                        const struct syscall_decision *decision);

/* The same in rules that libseccomp compiles right (syscall_order.c says which). False: there are none. */
bool syscall_writer_add_ordered(struct syscall_writer *writer, const char *name,
                                const struct syscall_decision *decision);

/* One rule of call *name. */
void syscall_writer_rule(struct syscall_writer *writer, const char **name,
                         const struct spec_seccomp_argument *arguments, size_t count,
                         struct syscall_answer answer);

/* With errno_unsaid: name the call that was added last, the newest, although it gets the default answer: so
 * that it, and what is older, is no unknown one. */
void syscall_writer_name_newest(struct syscall_writer *writer, const char *name);

/* The filter, with its default; architectures and flags are the caller's to set. */
struct spec_seccomp *syscall_writer_finish(const struct syscall_writer *writer);
