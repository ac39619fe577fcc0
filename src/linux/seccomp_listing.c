/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listing a filter. One pass from the first instruction to the last: jumps go forward only, so that what the
 * accumulator holds, and on which architecture, is known at each instruction when it is reached.
 */
#include "linux/seccomp_listing.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include "base/memory.h"
#include "linux/seccomp_numbers.h"

enum held { HELD_NOTHING, HELD_ARCHITECTURE, HELD_NUMBER, HELD_ARGUMENT };

/* What is known before an instruction runs. */
struct knowledge {
    bool reached;
    enum held held;
    uint32_t index;        /* of the argument */
    bool high;             /* its upper half */
    uint32_t mask;         /* 0: none */
    uint32_t architecture; /* 0: not known */
};

static const struct {
    uint32_t audit;
    const char *name;
} architectures[] = {
    {AUDIT_ARCH_X86_64, "x86_64"}, {AUDIT_ARCH_I386, "x86"},         {AUDIT_ARCH_AARCH64, "aarch64"},
    {AUDIT_ARCH_ARM, "arm"},       {AUDIT_ARCH_RISCV64, "riscv64"},  {AUDIT_ARCH_S390X, "s390x"},
    {AUDIT_ARCH_S390, "s390"},     {AUDIT_ARCH_PPC64LE, "ppc64le"},  {AUDIT_ARCH_PPC64, "ppc64"},
    {AUDIT_ARCH_PPC, "ppc"},       {AUDIT_ARCH_MIPS64, "mips64"},    {AUDIT_ARCH_MIPSEL64, "mipsel64"},
    {AUDIT_ARCH_MIPS, "mips"},     {AUDIT_ARCH_MIPSEL, "mipsel"},    {AUDIT_ARCH_MIPS64N32, "mips64n32"},
    {AUDIT_ARCH_PARISC, "parisc"}, {AUDIT_ARCH_PARISC64, "parisc64"}};

static const char *architecture_name(uint32_t audit)
{
    for (size_t i = 0; i < ARRAY_LENGTH(architectures); i++)
        if (architectures[i].audit == audit)
            return architectures[i].name;
    return NULL;
}

static void append_action(struct text *text, uint32_t action)
{
    static const struct {
        uint32_t action;
        const char *name;
    } names[] = {{SECCOMP_RET_KILL_PROCESS, "SCMP_ACT_KILL_PROCESS"},
                 {SECCOMP_RET_KILL_THREAD, "SCMP_ACT_KILL_THREAD"},
                 {SECCOMP_RET_TRAP, "SCMP_ACT_TRAP"},
                 {SECCOMP_RET_ERRNO, "SCMP_ACT_ERRNO"},
                 {SECCOMP_RET_USER_NOTIF, "SCMP_ACT_NOTIFY"},
                 {SECCOMP_RET_TRACE, "SCMP_ACT_TRACE"},
                 {SECCOMP_RET_LOG, "SCMP_ACT_LOG"},
                 {SECCOMP_RET_ALLOW, "SCMP_ACT_ALLOW"}};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (names[i].action == (action & SECCOMP_RET_ACTION_FULL))
            text_append(text, names[i].name);
    if ((action & SECCOMP_RET_DATA) != 0)
        text_append_format(text, " %u", action & SECCOMP_RET_DATA);
}

static void append_held(struct text *text, const struct knowledge *now)
{
    switch (now->held) {
    case HELD_ARCHITECTURE:
        text_append(text, "architecture");
        break;
    case HELD_NUMBER:
        text_append(text, "number");
        break;
    case HELD_ARGUMENT:
        text_append_format(text, "argument %u, %s half", now->index, now->high ? "upper" : "lower");
        break;
    case HELD_NOTHING:
        text_append(text, "accumulator");
        break;
    }
    if (now->mask != 0)
        text_append_format(text, " & 0x%x", now->mask);
}

static void append_value(struct text *text, const struct knowledge *now, uint32_t value)
{
    const char *name = NULL;
    char *call = NULL;

    if (now->held == HELD_ARCHITECTURE)
        name = architecture_name(value);
    else if (now->held == HELD_NUMBER)
        name = call = seccomp_call_name(now->architecture, value);
    text_append_format(text, now->held == HELD_NUMBER && value < 0x40000000U ? "%u" : "0x%x", value);
    if (name != NULL)
        text_append_format(text, " (%s)", name);
    free(call);
}

static void append_jump(struct text *text, const struct sock_filter *instruction, size_t place,
                        const struct knowledge *now)
{
    const char *test = BPF_OP(instruction->code) == BPF_JEQ   ? "=="
                       : BPF_OP(instruction->code) == BPF_JGT ? ">"
                       : BPF_OP(instruction->code) == BPF_JGE ? ">="
                                                              : "&";

    if (BPF_OP(instruction->code) == BPF_JA) {
        text_append_format(text, "goto %04zu", place + 1 + instruction->k);
        return;
    }
    text_append(text, "if ");
    append_held(text, now);
    text_append_format(text, " %s ", test);
    append_value(text, now, instruction->k);
    text_append_format(text, " goto %04zu else %04zu", place + 1 + instruction->jt,
                       place + 1 + instruction->jf);
}

static struct knowledge loaded(const struct knowledge *before, uint32_t offset)
{
    struct knowledge after = {.reached = true, .architecture = before->architecture};

    if (offset == offsetof(struct seccomp_data, arch)) {
        after.held = HELD_ARCHITECTURE;
    } else if (offset == offsetof(struct seccomp_data, nr)) {
        after.held = HELD_NUMBER;
    } else if (offset >= offsetof(struct seccomp_data, args)) {
        uint32_t bytes = offset - (uint32_t)offsetof(struct seccomp_data, args);

        after.held = HELD_ARGUMENT;
        after.index = bytes / 8;
        after.high = (bytes % 8 != 0) == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    }
    return after;
}

/* What is known at a place that several jumps reach is what all of them agree on. */
static void reach(struct knowledge *at, struct knowledge from)
{
    from.reached = true;
    if (at->reached && at->architecture != from.architecture)
        from.architecture = 0;
    *at = from;
}

static void follow(struct knowledge *all, size_t place, const struct sock_filter *instruction)
{
    struct knowledge now = all[place], when_true = now;

    switch (BPF_CLASS(instruction->code)) {
    case BPF_LD:
        reach(&all[place + 1], loaded(&now, instruction->k));
        break;
    case BPF_ALU:
        now.mask = instruction->k;
        reach(&all[place + 1], now);
        break;
    case BPF_JMP:
        if (BPF_OP(instruction->code) == BPF_JA) {
            reach(&all[place + 1 + instruction->k], now);
            break;
        }
        if (now.held == HELD_ARCHITECTURE && BPF_OP(instruction->code) == BPF_JEQ)
            when_true.architecture = instruction->k;
        reach(&all[place + 1 + instruction->jt], when_true);
        reach(&all[place + 1 + instruction->jf], now);
        break;
    default: /* a return */
        break;
    }
}

void seccomp_listing(struct text *text, const struct seccomp_program *program, struct arena *arena)
{
    struct knowledge *all = arena_array(arena, (size_t)program->count + 1, sizeof(*all));

    all[0].reached = true;
    for (size_t i = 0; i < program->count; i++) {
        const struct sock_filter *instruction = &program->instructions[i];

        text_append_format(text, "%04zu: ", i);
        switch (BPF_CLASS(instruction->code)) {
        case BPF_RET:
            append_action(text, instruction->k);
            break;
        case BPF_JMP:
            append_jump(text, instruction, i, &all[i]);
            break;
        default: {
            struct knowledge after =
                BPF_CLASS(instruction->code) == BPF_LD ? loaded(&all[i], instruction->k) : all[i];

            if (BPF_CLASS(instruction->code) == BPF_ALU)
                after.mask = instruction->k;
            text_append(text, "take ");
            append_held(text, &after);
            break;
        }
        }
        text_append(text, "\n");
        follow(all, i, instruction);
    }
}
