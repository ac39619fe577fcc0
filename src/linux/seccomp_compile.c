/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a plan's names to decisions about numbers, and to a program. libseccomp is our source of
 * architectures, names and numbers; the program itself is made by seccomp_emit.c. The library's own generator
 * is not used: it cannot express what seccomp.h promises (rules equal to the default, calls that it does not
 * know, socketcall, the strength of the answer to foreign ABIs), its result would have to be patched
 * instruction by instruction, and it takes 17 ms for Docker's profile where this takes less than one. The
 * tests hold the two against each other.
 */
#include "linux/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include "base/memory.h"
#include "base/syscall_arguments.h"
#include "base/text.h"
#include "linux/seccomp_clauses.h"
#include "linux/seccomp_emit.h"
#include "linux/seccomp_numbers.h"

enum {
    ERRNO_MAX = 4095, /* MAX_ERRNO of the kernel: larger ones would reach the program as success */
    ARGUMENTS = 6,
    X32_BIT = 0x40000000,
    ARCHITECTURES_MAX = 24,
    REVERSE_NUMBERS = 512, /* how many numbers of an ABI are asked for their names */
    NOTE_NAMES_MAX = 24,
    SOCKET_PSEUDO = -100, /* the library's numbers for calls behind socketcall: -100 - subcall */
    IPC_PSEUDO = -200,
    PSEUDO_SPAN = 99,
};

/* One filter of a stack while it is compiled. */
/* Names of an ABI's numbers from base on. */
struct number_names {
    uint32_t token, base;
    const char **names;
};

struct compiler {
    const struct plan_seccomp *plan;
    struct arena *arena;
    struct error *error;
    uint32_t default_action;
    struct abi_builder abis[ARCHITECTURES_MAX];
    size_t abi_count;
    bool socket_by_argument, ipc_by_argument;
    /* Of the whole stack. */
    struct number_names number_names[ARCHITECTURES_MAX];
    size_t number_names_count;
    struct plan_note *notes;
    size_t note_count, note_capacity;
};

uint32_t seccomp_library_version(void)
{
    const struct scmp_version *version = seccomp_version();

    return version->major << 16 | version->minor << 8 | version->micro;
}

static void add_note(struct compiler *compiler, const char *pointer, const char *text)
{
    if (compiler->note_count == compiler->note_capacity) {
        size_t capacity = compiler->note_capacity * 2 + 8;
        struct plan_note *notes = arena_array(compiler->arena, capacity, sizeof(*notes));

        if (compiler->note_count > 0)
            memcpy(notes, compiler->notes, compiler->note_count * sizeof(*notes));
        compiler->notes = notes;
        compiler->note_capacity = capacity;
    }
    compiler->notes[compiler->note_count++] = (struct plan_note){.pointer = pointer, .text = text};
}

/* What messages call the filter: its place in the configuration, or the policy that it comes from. */
static const char *filter_name(const struct compiler *compiler)
{
    if (compiler->plan->policy == NULL)
        return "linux/seccomp";
    return arena_format(compiler->arena, "the filter of policy %s", compiler->plan->policy);
}

static const char *rule_name(const struct compiler *compiler, const struct plan_seccomp_rule *rule)
{
    if (compiler->plan->policy == NULL)
        return arena_format(compiler->arena, "linux/seccomp/syscalls/%zu", rule->index);
    return arena_format(compiler->arena, "the filter of policy %s: rule %zu (%s)", compiler->plan->policy,
                        rule->index, rule->names.count > 0 ? rule->names.items[0] : "");
}

/* A note on a rule, or on the filter when rule is NULL. */
static void add_rule_note(struct compiler *compiler, const struct plan_seccomp_rule *rule, const char *text)
{
    if (compiler->plan->policy != NULL)
        add_note(compiler, "/linux/seccomp",
                 arena_format(compiler->arena, "%s: %s",
                              rule != NULL ? rule_name(compiler, rule) : filter_name(compiler), text));
    else if (rule != NULL)
        add_note(compiler, arena_format(compiler->arena, "/linux/seccomp/syscalls/%zu", rule->index), text);
    else
        add_note(compiler, "/linux/seccomp/syscalls", text);
}

/* ---- actions ---- */

/* Where an action stands; rule NULL: it is the default. */
static const char *action_place(const struct compiler *compiler, const struct plan_seccomp_rule *rule)
{
    return rule != NULL ? rule_name(compiler, rule)
                        : arena_format(compiler->arena, "%s/defaultAction", filter_name(compiler));
}

static int action_value(struct compiler *compiler, enum plan_seccomp_action action, uint16_t data,
                        const struct plan_seccomp_rule *rule, uint32_t *value)
{
    switch (action) {
    case PLAN_SECCOMP_KILL_PROCESS:
        *value = SECCOMP_RET_KILL_PROCESS;
        return 0;
    case PLAN_SECCOMP_KILL_THREAD:
        *value = SECCOMP_RET_KILL_THREAD;
        return 0;
    case PLAN_SECCOMP_TRAP:
        *value = SECCOMP_RET_TRAP;
        return 0;
    case PLAN_SECCOMP_ERRNO:
        if (data > ERRNO_MAX)
            return error_set(compiler->error, ERROR_INVALID, "%s: errno %u is larger than the kernel's %d",
                             action_place(compiler, rule), (unsigned int)data, ERRNO_MAX);
        *value = SECCOMP_RET_ERRNO | data;
        return 0;
    case PLAN_SECCOMP_TRACE:
        *value = SECCOMP_RET_TRACE | data;
        return 0;
    case PLAN_SECCOMP_LOG:
        *value = SECCOMP_RET_LOG;
        return 0;
    case PLAN_SECCOMP_ALLOW:
        *value = SECCOMP_RET_ALLOW;
        return 0;
    case PLAN_SECCOMP_NOTIFY:
        *value = SECCOMP_RET_USER_NOTIF;
        return 0;
    }
    return error_set(compiler->error, ERROR_INVALID, "%s: unknown action %d", action_place(compiler, rule),
                     (int)action);
}

/* ALLOW, LOG and TRACE let a call happen or leave it to a tracer. */
static bool permissive(uint32_t action)
{
    return seccomp_strictness(action) >= seccomp_strictness(SECCOMP_RET_TRACE);
}

/* What calls of unlisted ABIs get. A notify default does not refuse by itself: its listener would judge
 * numbers of another table. */
static uint32_t foreign_action(uint32_t default_action)
{
    if (permissive(default_action) || default_action == SECCOMP_RET_USER_NOTIF)
        return SECCOMP_RET_KILL_PROCESS;
    return default_action;
}

/* ---- architectures ---- */

/* Are the ABI's argument registers 32 bits wide? x32's are 64, although its pointers are not. */
static bool abi_narrow(uint32_t token)
{
    return (token & __AUDIT_ARCH_64BIT) == 0 && token != SCMP_ARCH_X32;
}

static void add_architecture(struct compiler *compiler, uint32_t token)
{
    for (size_t i = 0; i < compiler->abi_count; i++) {
        if (compiler->abis[i].token == token)
            return;
    }
    compiler->abis[compiler->abi_count++] = (struct abi_builder){.token = token, .narrow = abi_narrow(token)};
}

static int add_architectures(struct compiler *compiler)
{
    const struct plan_strings *names = &compiler->plan->architectures;
    static const char prefix[] = "SCMP_ARCH_";

    add_architecture(compiler, seccomp_arch_native());
    for (size_t i = 0; i < names->count; i++) {
        char lower[32] = "";
        const char *name = names->items[i];
        const char *bare = text_starts_with(name, prefix) ? name + sizeof(prefix) - 1 : name;
        uint32_t token = 0;

        if (strlen(bare) < sizeof(lower)) {
            for (size_t c = 0; bare[c] != '\0'; c++)
                lower[c] = bare[c] >= 'A' && bare[c] <= 'Z' ? (char)(bare[c] - 'A' + 'a') : bare[c];
            token = seccomp_arch_resolve_name(lower);
        }
        if (token == 0)
            return error_set(
                compiler->error, ERROR_UNSUPPORTED,
                "%s/architectures/%zu: \"%s\" is unknown to this build's libseccomp: remove it or "
                "correct its name",
                filter_name(compiler), i, name);
        if (compiler->abi_count == ARCHITECTURES_MAX)
            return error_set(compiler->error, ERROR_LIMIT, "%s/architectures: more than %d",
                             filter_name(compiler), (int)ARCHITECTURES_MAX);
        add_architecture(compiler, token);
    }
    return 0;
}

/* What the ABI adds to the numbers that all architectures share. */
static uint32_t abi_offset(uint32_t token)
{
    switch (token) {
    case SCMP_ARCH_X32:
        return X32_BIT;
    case SCMP_ARCH_MIPS:
    case SCMP_ARCH_MIPSEL:
        return 4000;
    case SCMP_ARCH_MIPS64:
    case SCMP_ARCH_MIPSEL64:
        return 5000;
    case SCMP_ARCH_MIPS64N32:
    case SCMP_ARCH_MIPSEL64N32:
        return 6000;
    default:
        return 0;
    }
}

/* ---- names to numbers ---- */

/* NULL: there are too many ABIs. */
static const struct number_names *number_names_of(struct compiler *compiler, uint32_t token)
{
    struct number_names *names = compiler->number_names;

    for (size_t i = 0; i < compiler->number_names_count; i++)
        if (names[i].token == token)
            return &names[i];
    if (compiler->number_names_count == ARCHITECTURES_MAX)
        return NULL;
    names += compiler->number_names_count++;
    *names = (struct number_names){
        .token = token,
        .base = abi_offset(token),
        .names = arena_array(compiler->arena, REVERSE_NUMBERS, sizeof(*names->names)),
    };
    for (uint32_t i = 0; i < REVERSE_NUMBERS; i++) {
        char *found = seccomp_syscall_resolve_num_arch(token, (int)(names->base + i));

        if (found != NULL)
            names->names[i] = arena_string(compiler->arena, found);
        free(found);
    }
    return names;
}

/* The number under which an ABI has a call directly that the library only knows behind a multiplexer; -1: it
 * has none. */
static int direct_number(struct compiler *compiler, const struct abi_builder *abi, const char *name)
{
    const struct number_names *names = number_names_of(compiler, abi->token);

    for (uint32_t i = 0; names != NULL && i < REVERSE_NUMBERS; i++) {
        if (names->names[i] != NULL && names->names[i][0] == name[0] && strcmp(names->names[i], name) == 0)
            return (int)(names->base + i);
    }
    return -1;
}

char *seccomp_call_name(uint32_t audit, uint32_t number)
{
    bool x32 = audit == AUDIT_ARCH_X86_64 && number >= X32_BIT;
    uint32_t token = x32 ? SCMP_ARCH_X32 : audit;
    char *name = audit != 0 ? seccomp_syscall_resolve_num_arch(token, (int)number) : NULL;
    const char *newer =
        name == NULL && audit != 0 ? seccomp_newer_name(number - abi_offset(token), token) : NULL;

    return newer != NULL ? strdup(newer) : name;
}

struct resolved {
    bool known;      /* somewhere */
    int number;      /* on this ABI, -1: it has none */
    int multiplexer; /* number of socketcall or ipc on this ABI, -1: none for this call */
    uint32_t subcall;
    bool is_socket;
};

static bool is_pseudo(int number, int base)
{
    return number < base && number >= base - PSEUDO_SPAN;
}

static struct resolved resolve(struct compiler *compiler, struct abi_builder *abi, const char *name)
{
    struct resolved result = {.number = -1, .multiplexer = -1};
    int number = seccomp_syscall_resolve_name_arch(abi->token, name);
    uint32_t only = 0;

    if (number >= 0)
        return (struct resolved){.known = true, .number = number, .multiplexer = -1};
    if (number == __NR_SCMP_ERROR) {
        int newer = seccomp_newer_number(name, &only);

        result.known = newer >= 0;
        if (newer >= 0 && (only == 0 || only == abi->token))
            result.number = newer + (int)abi_offset(abi->token);
        return result;
    }
    result.known = true;
    result.is_socket = is_pseudo(number, SOCKET_PSEUDO);
    if (result.is_socket || is_pseudo(number, IPC_PSEUDO)) {
        int base = result.is_socket ? SOCKET_PSEUDO : IPC_PSEUDO;
        int multiplexer =
            seccomp_syscall_resolve_name_arch(abi->token, result.is_socket ? "socketcall" : "ipc");

        /* Without a multiplexer it knows what is called directly. */
        if (multiplexer >= 0) {
            result.number = direct_number(compiler, abi, name);
            result.multiplexer = multiplexer;
        }
        result.subcall = (uint32_t)(base - number);
    }
    return result;
}

/* Is the name one of the calls that some ABI has behind socketcall (or, not is_socket, ipc)? i386 has them
 * all. */
static bool is_multiplexed(const char *name, bool is_socket)
{
    return is_pseudo(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name),
                     is_socket ? SOCKET_PSEUDO : IPC_PSEUDO);
}

/* ---- clauses ---- */

/*
 * The call behind socketcall or ipc. Arguments cannot be seen there. A rule without them applies to the
 * subcall; one with them only by the switch, and then only when it permits: a refusal by argument would
 * refuse the whole subcall.
 */
static void add_multiplexed(struct compiler *compiler, struct abi_builder *abi,
                            const struct plan_seccomp_rule *rule, const struct resolved *call,
                            uint32_t action)
{
    struct plan_seccomp_argument subcall = {
        .operation = PLAN_SECCOMP_MASKED_EQ,
        .value = call->is_socket ? UINT32_MAX : 0xffff, /* the upper half of ipc's is a version */
        .value_two = call->subcall,
    };
    struct seccomp_clause clause = {
        .number = (uint32_t)call->multiplexer, .action = action, .order = rule->index};

    if (rule->argument_count > 0 &&
        (!compiler->plan->allow_socketcall ||
         seccomp_strictness(action) <= seccomp_strictness(compiler->default_action)))
        return;
    if (rule->argument_count == 0) {
        uint32_t *seen = &abi->decided_subcalls[call->is_socket], bit = 1U << (call->subcall % 32);

        if (*seen & bit)
            return; /* the direct call has told of it */
        *seen |= bit;
    }
    abi_add_conditional(abi, compiler->arena, clause, &subcall, 1);
}

/* Refuse a multiplexer whatever else allows it. ENOSYS: the C library falls back to the direct calls, or
 * reports that there are none. */
static void close_multiplexer(struct compiler *compiler, struct abi_builder *abi, const char *name)
{
    int number = seccomp_syscall_resolve_name_arch(abi->token, name);
    size_t kept = 0;

    if (number < 0)
        return;
    /* The chains of clauses are of no use from here on: nobody looks for one any more. */
    for (size_t i = 0; i < abi->count; i++) {
        struct seccomp_clause *clause = &abi->clauses[i];

        if (clause->number != (uint32_t)number ||
            seccomp_strictness(clause->action) < seccomp_strictness(SECCOMP_RET_ERRNO))
            abi->clauses[kept++] = *clause;
    }
    abi->count = kept;
    abi_add_clause(abi, compiler->arena,
                   (struct seccomp_clause){.number = (uint32_t)number, .action = SECCOMP_RET_ERRNO | ENOSYS});
    add_rule_note(
        compiler, NULL,
        arena_format(
            compiler->arena,
            "%s answers ENOSYS (architecture 0x%08x): rules on the calls behind it look at arguments, which "
            "it hides; programs that know no other way need socketcall to be allowed without them",
            name, abi->token));
}

/* ---- rules ---- */

/* Does an unconditional rule at least as strict make the arguments of `rule` pointless for this name? */
static bool arguments_moot(const struct compiler *compiler, const struct plan_seccomp_rule *rule,
                           const char *name)
{
    for (size_t i = 0; i < compiler->plan->rule_count; i++) {
        const struct plan_seccomp_rule *other = &compiler->plan->rules[i];

        if (other->argument_count > 0 || other->action != rule->action)
            continue;
        for (size_t n = 0; n < other->names.count; n++) {
            if (strcmp(other->names.items[n], name) == 0)
                return true;
        }
    }
    return false;
}

static void look_for_multiplexed_arguments(struct compiler *compiler)
{
    for (size_t i = 0; i < compiler->plan->rule_count; i++) {
        const struct plan_seccomp_rule *rule = &compiler->plan->rules[i];

        for (size_t n = 0; rule->argument_count > 0 && n < rule->names.count; n++) {
            const char *name = rule->names.items[n];

            if (is_multiplexed(name, true) && !arguments_moot(compiler, rule, name))
                compiler->socket_by_argument = true;
            else if (is_multiplexed(name, false) && !arguments_moot(compiler, rule, name))
                compiler->ipc_by_argument = true;
        }
    }
}

static int check_arguments(struct compiler *compiler, const struct plan_seccomp_rule *rule)
{
    for (size_t i = 0; i < rule->argument_count; i++) {
        if (rule->arguments[i].index >= ARGUMENTS)
            return error_set(compiler->error, ERROR_INVALID,
                             "%s/args/%zu: index %u: a system call has six arguments, 0 to 5",
                             rule_name(compiler, rule), i, rule->arguments[i].index);
        if ((unsigned int)rule->arguments[i].operation > PLAN_SECCOMP_MASKED_EQ)
            return error_set(compiler->error, ERROR_INVALID, "%s/args/%zu: unknown operator",
                             rule_name(compiler, rule), i);
    }
    if (rule_has_alternatives(rule))
        add_rule_note(
            compiler, rule,
            "one argument is compared more than once: each condition applies by itself, as alternatives");
    return 0;
}

/* Does a 64-bit comparison of a 32-bit argument let through what the rule's author meant to refuse? */
static bool opens_gap(const struct compiler *compiler, const struct plan_seccomp_argument *argument,
                      uint32_t action)
{
    bool permits = seccomp_strictness(action) > seccomp_strictness(compiler->default_action);

    switch (argument->operation) {
    case PLAN_SECCOMP_EQ:
    case PLAN_SECCOMP_LT:
    case PLAN_SECCOMP_LE:
        return !permits;
    case PLAN_SECCOMP_NE:
    case PLAN_SECCOMP_GT:
    case PLAN_SECCOMP_GE:
        return permits;
    case PLAN_SECCOMP_MASKED_EQ:
        return !permits && argument->value >> 32 != 0;
    }
    return false;
}

static void note_gaps(struct compiler *compiler, const struct plan_seccomp_rule *rule, uint32_t action)
{
    for (size_t n = 0; n < rule->names.count; n++) {
        for (size_t i = 0; i < rule->argument_count; i++) {
            const struct plan_seccomp_argument *argument = &rule->arguments[i];
            unsigned int width = syscall_argument_width(rule->names.items[n], argument->index);

            if (width == 64 || !opens_gap(compiler, argument, action))
                continue;
            add_rule_note(
                compiler, rule,
                arena_format(
                    compiler->arena,
                    "argument %u of %s has %u bits in the kernel, the comparison has 64: values with other "
                    "upper bits pass; SCMP_CMP_MASKED_EQ with 0x%x closes that",
                    argument->index, rule->names.items[n], width, width == 16 ? 0xffffU : UINT32_MAX));
        }
    }
}

/* Names that nobody knows: reported when the rule would have permitted them, an error when it would have
 * refused. */
static int report_unknown(struct compiler *compiler, const struct plan_seccomp_rule *rule, uint32_t action,
                          const char *const *unknown, size_t count)
{
    char buffer[1024];
    struct text names = text_over(buffer, sizeof(buffer));

    for (size_t i = 0; i < count && i < NOTE_NAMES_MAX; i++) {
        text_append(&names, i > 0 ? ", " : "");
        text_append_escaped(&names, unknown[i], strlen(unknown[i]));
    }
    if (count > NOTE_NAMES_MAX)
        text_append_format(&names, " and %zu more", count - NOTE_NAMES_MAX);
    if (seccomp_strictness(action) < seccomp_strictness(compiler->default_action))
        return error_set(compiler->error, ERROR_UNSUPPORTED,
                         "%s: this build knows no system call %s: the rule restricts and would not be "
                         "enforced; correct the name or remove it",
                         rule_name(compiler, rule), names.bytes);
    add_rule_note(compiler, rule,
                  arena_format(compiler->arena, "skipped, unknown system calls: %s", names.bytes));
    return 0;
}

static void add_name(struct compiler *compiler, const struct plan_seccomp_rule *rule, const char *name,
                     uint32_t action, bool *known)
{
    bool differs = false;

    for (size_t i = 0; i < compiler->abi_count; i++) {
        struct abi_builder *abi = &compiler->abis[i];
        struct resolved call = resolve(compiler, abi, name);

        *known |= call.known;
        if (call.number >= 0) {
            uint32_t number = (uint32_t)call.number;

            abi_add_rule(abi, compiler->arena, rule, number, action, &differs);
            if (!abi->has_newest || number > abi->newest)
                abi->newest = number;
            abi->has_newest = true;
        }
        if (call.multiplexer >= 0)
            add_multiplexed(compiler, abi, rule, &call, action);
    }
    if (differs)
        add_rule_note(compiler, rule,
                      arena_format(compiler->arena,
                                   "no effect on %s: an earlier rule without conditions decides it", name));
}

static int add_rule(struct compiler *compiler, const struct plan_seccomp_rule *rule)
{
    const char **unknown = arena_array(compiler->arena, rule->names.count, sizeof(*unknown));
    size_t unknown_count = 0;
    uint32_t action;

    if (action_value(compiler, rule->action, rule->data, rule, &action) != 0 ||
        check_arguments(compiler, rule) != 0)
        return -1;
    for (size_t i = 0; i < rule->names.count; i++) {
        bool known = false;

        add_name(compiler, rule, rule->names.items[i], action, &known);
        if (!known)
            unknown[unknown_count++] = rule->names.items[i];
    }
    note_gaps(compiler, rule, action);
    if (unknown_count > 0)
        return report_unknown(compiler, rule, action, unknown, unknown_count);
    return 0;
}

/* ---- the whole ---- */

static struct seccomp_abi finish_abi(struct compiler *compiler, struct abi_builder *abi, bool unknown_refused)
{
    bool s390 = abi->token == SCMP_ARCH_S390 || abi->token == SCMP_ARCH_S390X;
    struct seccomp_abi result = {.audit = abi->token, .last = UINT32_MAX};

    /* s390 passes numbers above 255 through setup(2), number 0, and leaves it there when it does not know
     * them. */
    if (s390 && unknown_refused)
        abi_add_clause(abi, compiler->arena,
                       (struct seccomp_clause){.action = SECCOMP_RET_ERRNO | ENOSYS, .order = SIZE_MAX});
    if (abi->token == SCMP_ARCH_X86_64) {
        result.last = X32_BIT - 1;
    } else if (abi->token == SCMP_ARCH_X32) {
        result.audit = AUDIT_ARCH_X86_64;
        result.first = X32_BIT;
    }
    result.clauses = abi->clauses;
    result.clause_count = abi->count;
    result.has_newest = unknown_refused && abi->has_newest;
    result.newest = abi->newest;
    return result;
}

/*
 * The flags of one program that stands for several: logging and synchronisation if any filter asks for it;
 * the leave to forgo the mitigation of store bypass only where all of them give it.
 */
static uint64_t program_flags(const struct plan_seccomp *plan)
{
    uint64_t any = 0, all = ~(uint64_t)0;
    bool notifies = false;

    for (; plan != NULL; plan = plan->also) {
        any |= plan->flags;
        all &= plan->flags;
        notifies |= plan->default_action == PLAN_SECCOMP_NOTIFY;
        for (size_t i = 0; i < plan->rule_count; i++)
            notifies |= plan->rules[i].action == PLAN_SECCOMP_NOTIFY;
    }
    any &= all | ~(uint64_t)SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    if (!notifies) {
        /* Without a listener the kernel refuses it. */
        return any & ~(uint64_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    }
    any |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    /* The two share the return value; with ESRCH a failed synchronisation is an errno instead of a thread id.
     */
    if (any & SECCOMP_FILTER_FLAG_TSYNC)
        any |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
    return any;
}

/* What one filter's clauses come to. */
static struct seccomp_decisions decisions_of(struct compiler *compiler)
{
    bool unknown_refused = !permissive(compiler->default_action) && !compiler->plan->default_data_given;
    struct seccomp_decisions decisions = {
        .default_action = compiler->default_action,
        .unknown_action = SECCOMP_RET_ERRNO | ENOSYS,
        .foreign_action = foreign_action(compiler->default_action),
        .abis = arena_array(compiler->arena, compiler->abi_count, sizeof(*decisions.abis)),
        .abi_count = compiler->abi_count,
    };

    for (size_t i = 0; i < compiler->abi_count; i++) {
        struct abi_builder *abi = &compiler->abis[i];

        if (compiler->socket_by_argument && !compiler->plan->allow_socketcall)
            close_multiplexer(compiler, abi, "socketcall");
        if (compiler->ipc_by_argument && !compiler->plan->allow_socketcall)
            close_multiplexer(compiler, abi, "ipc");
        decisions.abis[i] = finish_abi(compiler, abi, unknown_refused);
    }
    return decisions;
}

/* One filter of the stack. The compiler keeps its notes from filter to filter. */
static int compile_filter(struct compiler *compiler, struct seccomp_decisions *decisions)
{
    const struct plan_seccomp *plan = compiler->plan;

    compiler->abi_count = 0;
    compiler->socket_by_argument = compiler->ipc_by_argument = false;
    if (action_value(compiler, plan->default_action, plan->default_data, NULL, &compiler->default_action) !=
            0 ||
        add_architectures(compiler) != 0)
        return -1;
    look_for_multiplexed_arguments(compiler);
    for (size_t i = 0; i < plan->rule_count; i++) {
        if (add_rule(compiler, &plan->rules[i]) != 0)
            return -1;
    }
    *decisions = decisions_of(compiler);
    return 0;
}

int seccomp_compile(const struct plan_seccomp *plan, struct arena *arena, struct seccomp_program *program,
                    struct error *error)
{
    struct compiler compiler = {.arena = arena, .error = error};
    struct seccomp_decisions *filters;
    size_t count = 0;

    *program = (struct seccomp_program){0};
    for (const struct plan_seccomp *filter = plan; filter != NULL; filter = filter->also)
        count++;
    filters = arena_array(arena, count, sizeof(*filters));
    count = 0;
    for (compiler.plan = plan; compiler.plan != NULL; compiler.plan = compiler.plan->also) {
        if (compile_filter(&compiler, &filters[count++]) != 0)
            return -1;
    }
    if (seccomp_emit(filters, count, arena, &program->instructions, &program->count, error) != 0)
        return -1;
    program->flags = program_flags(plan);
    program->notes = compiler.notes;
    program->note_count = compiler.note_count;
    return 0;
}
