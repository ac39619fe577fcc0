/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One filter for several; see syscalls_meet.h. */
#include "policy/syscalls_meet.h"

#include <errno.h>
#include <string.h>
#include "base/memory.h"
#include "policy/syscall_answers.h"
#include "policy/syscalls.h"

/* The first call whose number all architectures share but for an offset: 424. */
#define FIRST_SHARED "pidfd_send_signal"

/* One of the filters, read. */
struct part {
    const struct spec_seccomp *filter;
    struct syscall_sayings sayings;
    struct syscall_answer unnamed; /* the default action */
    /* Where the default refuses and no errno was given for it, calls that are newer than all that the filter
     * names get ENOSYS (linux/seccomp.h); known calls from this index on are. */
    size_t newer_from;
    bool has_newer;
};

struct meeting {
    struct arena *arena;
    struct error *error;
    struct syscall_known known;
    struct part *parts;
    size_t count;
    const char *native;
};

static const struct syscall_answer no_such_call = {.verdict = SYSCALL_ERRNO, .data = ENOSYS},
                                   not_permitted = {.verdict = SYSCALL_ERRNO, .data = EPERM};

/* ---- reading ---- */

static bool is_32_bit(const char *architecture)
{
    static const char *const names[] = {"SCMP_ARCH_X86",  "SCMP_ARCH_ARM",       "SCMP_ARCH_MIPS",
                                        "SCMP_ARCH_PPC",  "SCMP_ARCH_MIPSEL",    "SCMP_ARCH_S390",
                                        "SCMP_ARCH_M68K", "SCMP_ARCH_PARISC",    "SCMP_ARCH_SH",
                                        "SCMP_ARCH_SHEB", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL64N32"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(names[i], architecture) == 0)
            return true;
    return false;
}

/* The library compares x32's arguments by 32 bits, too. */
static bool has_narrow(const struct spec_seccomp *filter)
{
    for (size_t i = 0; i < filter->architectures.count; i++)
        if (is_32_bit(filter->architectures.items[i]) ||
            strcmp(filter->architectures.items[i], "SCMP_ARCH_X32") == 0)
            return true;
    return false;
}

static bool is_negative(uint64_t value)
{
    return value >> 31 == UINT64_MAX >> 31;
}

/* 32-bit programs have the lower half of a negative number: one rule cannot be cut into several then, as each
 * would be read by its lower half alone. */
static int check_negative(const struct meeting *meeting, const struct spec_seccomp *filter)
{
    const struct spec_seccomp_rule *rules = filter->rules.items;
    bool has_32_bit = false;

    for (size_t i = 0; i < filter->architectures.count; i++)
        has_32_bit |= is_32_bit(filter->architectures.items[i]);
    for (size_t i = 0; has_32_bit && i < filter->rules.count; i++) {
        const struct spec_seccomp_argument *arguments = rules[i].arguments.items;

        for (size_t a = 0; a < rules[i].arguments.count; a++)
            if (is_negative(arguments[a].value) || is_negative(arguments[a].value_two))
                return error_set(meeting->error, ERROR_UNSUPPORTED,
                                 "%s: a comparison with a negative number cannot be part of one filter for "
                                 "64-bit and 32-bit programs",
                                 rules[i].names.count > 0 ? rules[i].names.items[0] : "a system call");
    }
    return 0;
}

static void find_newest(const struct meeting *meeting, struct part *part)
{
    size_t shared = name_set_find(&meeting->known.names, FIRST_SHARED);

    part->has_newer = part->unnamed.verdict <= SYSCALL_NOTIFY && !part->filter->has_default_errno_return &&
                      part->sayings.names.count > 0;
    part->newer_from = shared;
    for (size_t i = 0; i < part->sayings.names.count; i++) {
        size_t index = name_set_find(&meeting->known.names, part->sayings.names.names[i]);

        if (index != NAME_SET_NONE && index >= part->newer_from)
            part->newer_from = index + 1;
    }
}

static int read_part(const struct meeting *meeting, const struct spec_seccomp *filter, struct part *part)
{
    *part = (struct part){.filter = filter, .sayings = {.arena = meeting->arena}};
    if (check_negative(meeting, filter) != 0 ||
        syscall_sayings_of_filter(filter, "linux/seccomp", &part->sayings, &part->unnamed, meeting->error) !=
            0)
        return -1;
    find_newest(meeting, part);
    return 0;
}

/* ---- deciding ---- */

static int too_many(const struct meeting *meeting, const char *name)
{
    return error_set(
        meeting->error, ERROR_UNSUPPORTED,
        "%s: the conditions of all filters together are too many for one, as other runtimes load "
        "it",
        name);
}

/* What one filter answers to a call. */
static int decide_part(const struct meeting *meeting, const struct part *part, const char *name,
                       struct syscall_decision *decision)
{
    size_t said = part->sayings.names.count > 0 ? name_set_find(&part->sayings.names, name) : NAME_SET_NONE;
    size_t known = name_set_find(&meeting->known.names, name);

    if (said != NAME_SET_NONE)
        return syscall_sayings_decide(&part->sayings, said, part->unnamed, decision)
                   ? 0
                   : too_many(meeting, name);
    *decision = (struct syscall_decision){.otherwise = part->unnamed};
    if (part->has_newer && known != NAME_SET_NONE && known >= part->newer_from)
        decision->otherwise = no_such_call;
    return 0;
}

static int decide(const struct meeting *meeting, const char *name, struct syscall_decision *decision)
{
    if (decide_part(meeting, &meeting->parts[0], name, decision) != 0)
        return -1;
    for (size_t i = 1; i < meeting->count; i++) {
        struct syscall_decision other, both;

        if (decide_part(meeting, &meeting->parts[i], name, &other) != 0)
            return -1;
        if (!syscall_decision_meet(decision, &other, meeting->arena, &both))
            return too_many(meeting, name);
        *decision = both;
    }
    return 0;
}

/* What numbers get that have no name. */
static struct syscall_answer decide_unknown(const struct meeting *meeting)
{
    struct syscall_answer answer = {.verdict = SYSCALL_ALLOW};

    for (size_t i = 0; i < meeting->count; i++) {
        struct syscall_answer other = meeting->parts[i].has_newer ? no_such_call : meeting->parts[i].unnamed;

        if (i == 0 || other.verdict < answer.verdict)
            answer = other;
    }
    return answer;
}

/* Calls that 32-bit programs reach through socketcall(2) and ipc(2), which show a filter no arguments. */
static bool is_multiplexed(const char *name, bool is_socket)
{
    static const char *const sockets[] = {
        "socket",     "bind",    "connect", "listen",  "accept",   "getsockname", "getpeername",
        "socketpair", "send",    "recv",    "sendto",  "recvfrom", "shutdown",    "setsockopt",
        "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg"};
    static const char *const ipcs[] = {"semop",  "semget", "semctl", "semtimedop", "msgsnd", "msgrcv",
                                       "msgget", "msgctl", "shmat",  "shmdt",      "shmget", "shmctl"};
    const char *const *list = is_socket ? sockets : ipcs;
    size_t count = is_socket ? ARRAY_LENGTH(sockets) : ARRAY_LENGTH(ipcs);

    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

/* ---- all calls ---- */

struct decided {
    const char *name;
    struct syscall_decision decision;
    bool is_undecided; /* too many conditions to say exactly */
};

struct deciding {
    struct name_set names;
    struct decided *items;
    size_t count, capacity;
};

static void keep(struct deciding *all, const struct decided *decided)
{
    if (all->count == all->capacity) {
        size_t capacity = all->capacity * 2 + 512;
        struct decided *items = arena_array(all->names.arena, capacity, sizeof(*items));

        if (all->count > 0)
            memcpy(items, all->items, all->count * sizeof(*items));
        all->items = items;
        all->capacity = capacity;
    }
    all->items[all->count++] = *decided;
}

static void decide_call(const struct meeting *meeting, struct deciding *all, const char *name)
{
    struct decided decided = {.name = name};
    bool added;

    if (strcmp(name, "socketcall") == 0 || strcmp(name, "ipc") == 0)
        return; /* when it is known what they hide */
    (void)name_set_add(&all->names, name, &added);
    if (!added)
        return;
    decided.is_undecided = decide(meeting, name, &decided.decision) != 0;
    keep(all, &decided);
}

/* Those of the filters first, so that the newest call that is known comes last. */
static void decide_calls(const struct meeting *meeting, struct deciding *all)
{
    for (size_t p = 0; p < meeting->count; p++) {
        const struct name_set *names = &meeting->parts[p].sayings.names;

        for (size_t i = 0; i < names->count; i++)
            if (name_set_find(&meeting->known.names, names->names[i]) == NAME_SET_NONE)
                decide_call(meeting, all, names->names[i]);
    }
    for (size_t i = 0; i < meeting->known.names.count; i++)
        decide_call(meeting, all, meeting->known.names.names[i]);
}

/* ---- writing ---- */

/*
 * The default. What is unknown gets ENOSYS where all filters refuse it; but calls that are allowed under
 * conditions, and refused by EPERM otherwise, would need rules for all other arguments then: so EPERM is the
 * default where there are any, with its errno unsaid, by which runc (and thwart) answer ENOSYS to numbers
 * above the newest call that is named; another runtime may answer EPERM.
 */
static struct syscall_writer begin_writing(const struct meeting *meeting, const struct deciding *all)
{
    struct syscall_writer writer = {
        .arena = meeting->arena, .unknown = decide_unknown(meeting), .has_narrow = true};

    /* What one filter does not list is not in the result. */
    for (size_t i = 0; i < meeting->count; i++)
        writer.has_narrow &= has_narrow(meeting->parts[i].filter);

    for (size_t i = 0; i < all->count && syscall_answer_same(writer.unknown, no_such_call); i++)
        if (all->items[i].decision.piece_count > 0 &&
            syscall_answer_same(all->items[i].decision.otherwise, not_permitted)) {
            writer.unknown = not_permitted;
            writer.errno_unsaid = true;
        }
    return writer;
}

/* What some filter refuses, by whichever errno; and by which they do. */
struct refused {
    struct syscall_region region;
    struct syscall_answer answers[8];
    size_t answer_count;
};

static void add_answer(struct refused *refused, struct syscall_answer answer)
{
    for (size_t i = 0; i < refused->answer_count; i++)
        if (syscall_answer_same(refused->answers[i], answer))
            return;
    if (refused->answer_count < ARRAY_LENGTH(refused->answers))
        refused->answers[refused->answer_count++] = answer;
}

/* False: the decision knows other answers than errnos and leave, or has too many conditions. */
static bool add_refused(const struct meeting *meeting, const struct syscall_decision *decision,
                        struct refused *refused)
{
    struct syscall_region left = syscall_region_everything;
    struct arena *arena = meeting->arena;

    for (size_t i = 0; i <= decision->piece_count; i++) {
        bool is_last = i == decision->piece_count;
        struct syscall_answer answer = is_last ? decision->otherwise : decision->pieces[i].answer;
        const struct syscall_region *region = is_last ? &left : &decision->pieces[i].region;

        if (answer.verdict != SYSCALL_ERRNO && answer.verdict != SYSCALL_ALLOW)
            return false;
        if (answer.verdict == SYSCALL_ERRNO) {
            add_answer(refused, answer);
            if (!syscall_region_join(&refused->region, region, arena, &refused->region))
                return false;
        }
        if (!is_last && !syscall_region_without(&left, region, arena, &left))
            return false;
    }
    return true;
}

static bool find_refused(const struct meeting *meeting, const char *name, struct refused *refused)
{
    *refused = (struct refused){.region = syscall_region_nothing};
    for (size_t i = 0; i < meeting->count; i++) {
        struct syscall_decision decision;

        if (decide_part(meeting, &meeting->parts[i], name, &decision) != 0 ||
            !add_refused(meeting, &decision, refused))
            return false;
    }
    return true;
}

/* Where refusals cannot be told apart, all have the errno of one of them (the last filter's first: it is
 * rather a policy's than an engine's), else the default's. decision NULL: not even that could be said. */
static int write_decision(const struct meeting *meeting, struct syscall_writer *writer, const char *name,
                          const struct syscall_decision *decision)
{
    struct refused refused;

    if (decision != NULL && syscall_writer_add_ordered(writer, name, decision))
        return 0;
    if (!find_refused(meeting, name, &refused))
        return too_many(meeting, name);
    for (size_t i = refused.answer_count + 1; i-- > 0;) {
        struct syscall_piece piece = {refused.region, i > 0 ? refused.answers[i - 1] : writer->unknown};
        const struct syscall_decision blunt = {
            .pieces = &piece, .piece_count = 1, .otherwise = {.verdict = SYSCALL_ALLOW}};

        if (piece.answer.verdict == SYSCALL_ERRNO && syscall_writer_add_ordered(writer, name, &blunt))
            return 0;
    }
    return too_many(meeting, name);
}

/* Does a rule on a call behind the multiplexer look at arguments? */
static bool is_by_argument(const struct spec_seccomp *filter, bool is_socket)
{
    const struct spec_seccomp_rule *rules = filter->rules.items;

    for (size_t i = 0; i < filter->rules.count; i++)
        for (size_t n = 0; rules[i].arguments.count > 0 && n < rules[i].names.count; n++)
            if (is_multiplexed(rules[i].names.items[n], is_socket))
                return true;
    return false;
}

/* Does some filter say of a call behind the multiplexer that it depends on arguments, or answer it more
 * strictly than `answer`? */
static int is_narrower_behind(const struct meeting *meeting, bool is_socket, struct syscall_answer answer,
                              bool *narrower)
{
    *narrower = false;
    for (size_t p = 0; p < meeting->count && !*narrower; p++) {
        const struct name_set *names = &meeting->parts[p].sayings.names;

        *narrower = is_by_argument(meeting->parts[p].filter, is_socket);
        for (size_t i = 0; i < names->count && !*narrower; i++) {
            struct syscall_decision decision;

            if (!is_multiplexed(names->names[i], is_socket))
                continue;
            if (decide_part(meeting, &meeting->parts[p], names->names[i], &decision) != 0)
                return -1;
            *narrower = decision.otherwise.verdict < answer.verdict;
        }
    }
    return 0;
}

/*
 * A multiplexer is refused where a call behind it depends on arguments, as thwart does it, and where one is
 * answered more strictly, which one rule cannot say. The library behind other runtimes opens it for each call
 * that is allowed under conditions, and only a rule of its own with another answer than the default's
 * prevents that: hence EPERM where ENOSYS would be the default.
 */
static int write_multiplexer(const struct meeting *meeting, struct syscall_writer *writer, const char *name,
                             bool is_socket)
{
    struct syscall_decision decision;
    bool narrower;

    if (decide(meeting, name, &decision) != 0 ||
        is_narrower_behind(meeting, is_socket, decision.otherwise, &narrower) != 0)
        return -1;
    if (narrower && (decision.piece_count > 0 || decision.otherwise.verdict >= SYSCALL_ERRNO))
        decision = (struct syscall_decision){
            .otherwise = syscall_answer_same(writer->unknown, no_such_call) ? not_permitted : no_such_call};
    return write_decision(meeting, writer, name, &decision);
}

static int write_calls(const struct meeting *meeting, const struct deciding *all,
                       struct syscall_writer *writer)
{
    if (write_multiplexer(meeting, writer, "socketcall", true) != 0 ||
        write_multiplexer(meeting, writer, "ipc", false) != 0)
        return -1;
    for (size_t i = 0; i < all->count; i++)
        if (write_decision(meeting, writer, all->items[i].name,
                           all->items[i].is_undecided ? NULL : &all->items[i].decision) != 0)
            return -1;
    if (all->count > 0)
        syscall_writer_name_newest(writer, all->items[all->count - 1].name);
    return 0;
}

/* ---- what is not a rule ---- */

static bool lists(const struct json_strings *strings, const char *word)
{
    for (size_t i = 0; i < strings->count; i++)
        if (strcmp(strings->items[i], word) == 0)
            return true;
    return false;
}

/* Those that all list; the native one always is. */
static void set_architectures(const struct meeting *meeting, struct spec_seccomp *meet)
{
    const struct json_strings *first = &meeting->parts[0].filter->architectures;
    const char **names = arena_array(meeting->arena, first->count + 1, sizeof(*names));
    size_t count = 0;

    names[count++] = meeting->native;
    for (size_t i = 0; i < first->count; i++) {
        bool everywhere = strcmp(first->items[i], meeting->native) != 0;

        for (size_t p = 1; p < meeting->count; p++)
            everywhere &= lists(&meeting->parts[p].filter->architectures, first->items[i]);
        if (everywhere)
            names[count++] = first->items[i];
    }
    meet->architectures = (struct json_strings){.items = names, .count = count, .present = true};
}

/* Logging if any asks for it; the leave to forgo the mitigation of store bypass (runtimes give it where
 * nothing is said) only where all give it. */
static void set_flags(const struct meeting *meeting, struct spec_seccomp *meet)
{
    static const char spec_allow[] = "SECCOMP_FILTER_FLAG_SPEC_ALLOW";
    static const char *const others[] = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC",
                                         "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
    const char **names = arena_array(meeting->arena, ARRAY_LENGTH(others) + 1, sizeof(*names));
    size_t count = 0;
    bool said = false, all = true;

    for (size_t p = 0; p < meeting->count; p++) {
        const struct json_strings *flags = &meeting->parts[p].filter->flags;

        said |= flags->present;
        all &= !flags->present || lists(flags, spec_allow);
    }
    if (!said)
        return;
    if (all)
        names[count++] = spec_allow;
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
        bool any = false;

        for (size_t p = 0; p < meeting->count; p++)
            any |= lists(&meeting->parts[p].filter->flags, others[i]);
        if (any)
            names[count++] = others[i];
    }
    meet->flags = (struct json_strings){.items = names, .count = count, .present = true};
}

static int set_listener(const struct meeting *meeting, struct spec_seccomp *meet)
{
    for (size_t p = 0; p < meeting->count; p++) {
        const struct spec_seccomp *filter = meeting->parts[p].filter;

        if (filter->listener_path == NULL)
            continue;
        if (meet->listener_path != NULL && strcmp(meet->listener_path, filter->listener_path) != 0)
            return error_set(
                meeting->error, ERROR_UNSUPPORTED,
                "linux/seccomp/listenerPath: two filters have a listener each: a process has one");
        meet->listener_path = filter->listener_path;
        meet->listener_metadata = filter->listener_metadata;
    }
    return 0;
}

int policy_filter_meet(const struct spec_seccomp *const *filters, size_t count, const char *native,
                       struct arena *arena, const struct spec_seccomp **meet, struct error *error)
{
    struct meeting meeting = {.arena = arena, .error = error, .count = count, .native = native};
    struct deciding all = {.names = {.arena = arena}};
    struct syscall_writer writer;
    struct spec_seccomp *result;

    *meet = NULL;
    if (count == 0)
        return 0;
    if (syscall_known_load(arena, &meeting.known, error) != 0)
        return -1;
    meeting.parts = arena_array(arena, count, sizeof(*meeting.parts));
    for (size_t i = 0; i < count; i++)
        if (read_part(&meeting, filters[i], &meeting.parts[i]) != 0)
            return -1;
    decide_calls(&meeting, &all);
    writer = begin_writing(&meeting, &all);
    if (write_calls(&meeting, &all, &writer) != 0)
        return -1;
    result = syscall_writer_finish(&writer);
    set_architectures(&meeting, result);
    set_flags(&meeting, result);
    if (set_listener(&meeting, result) != 0)
        return -1;
    *meet = result;
    return 0;
}
