/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interpreters behind bpf_interpreter.h. */
#include "bpf_interpreter.h"

#include <string.h>

static bool jump_inside(const struct sock_filter *program, size_t count, size_t at)
{
    const struct sock_filter *instruction = &program[at];

    if (BPF_CLASS(instruction->code) != BPF_JMP)
        return true;
    if (BPF_OP(instruction->code) == BPF_JA)
        return instruction->k < count - at - 1;
    return at + 1 + instruction->jt < count && at + 1 + instruction->jf < count;
}

static bool code_known(const struct sock_filter *instruction)
{
    switch (instruction->code) {
    case BPF_LD | BPF_W | BPF_ABS:
        return instruction->k % 4 == 0 && instruction->k < sizeof(struct seccomp_data);
    case BPF_ALU | BPF_AND | BPF_K:
    case BPF_RET | BPF_K:
    case BPF_JMP | BPF_JA:
    case BPF_JMP | BPF_K | BPF_JEQ:
    case BPF_JMP | BPF_K | BPF_JGE:
    case BPF_JMP | BPF_K | BPF_JGT:
    case BPF_JMP | BPF_K | BPF_JSET:
        return true;
    default:
        return false;
    }
}

bool classic_bpf_valid(const struct sock_filter *program, size_t count)
{
    if (count == 0 || count > BPF_MAXINSNS)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!code_known(&program[i]) || !jump_inside(program, count, i))
            return false;
    }
    return BPF_CLASS(program[count - 1].code) == BPF_RET;
}

static bool test_holds(const struct sock_filter *instruction, uint32_t accumulator)
{
    switch (BPF_OP(instruction->code)) {
    case BPF_JEQ:
        return accumulator == instruction->k;
    case BPF_JGE:
        return accumulator >= instruction->k;
    case BPF_JGT:
        return accumulator > instruction->k;
    default:
        return (accumulator & instruction->k) != 0;
    }
}

bool classic_bpf_run(const struct sock_filter *program, size_t count, const struct seccomp_data *data,
                     uint32_t *result, uint8_t *covered, size_t *steps)
{
    uint32_t accumulator = 0;
    size_t taken = 0;

    for (size_t at = 0; at < count; at++) {
        const struct sock_filter *instruction = &program[at];

        taken++;
        if (covered != NULL)
            covered[at] = 1;
        switch (BPF_CLASS(instruction->code)) {
        case BPF_LD:
            memcpy(&accumulator, (const char *)data + instruction->k, sizeof(accumulator));
            break;
        case BPF_ALU:
            accumulator &= instruction->k;
            break;
        case BPF_JMP:
            if (BPF_OP(instruction->code) == BPF_JA)
                at += instruction->k;
            else
                at += test_holds(instruction, accumulator) ? instruction->jt : instruction->jf;
            break;
        case BPF_RET:
            *result = instruction->k;
            if (steps != NULL)
                *steps = taken;
            return true;
        default:
            return false;
        }
    }
    return false;
}

/* ---- extended ---- */

struct machine {
    uint64_t registers[11];
    bool set[11];
};

static bool load_context(struct machine *machine, const struct bpf_insn *instruction,
                         const struct bpf_cgroup_dev_ctx *context)
{
    uint32_t value;

    /* Only register 1 points anywhere, and only to the context. */
    if (instruction->code != (BPF_LDX | BPF_MEM | BPF_W) || instruction->src_reg != 1 ||
        instruction->off < 0 || instruction->off % 4 != 0 || (size_t)instruction->off + 4 > sizeof(*context))
        return false;
    memcpy(&value, (const char *)context + instruction->off, sizeof(value));
    machine->registers[instruction->dst_reg] = value;
    machine->set[instruction->dst_reg] = true;
    return true;
}

static bool calculate(struct machine *machine, const struct bpf_insn *instruction)
{
    uint64_t *target = &machine->registers[instruction->dst_reg];
    bool wide = BPF_CLASS(instruction->code) == BPF_ALU64;
    uint64_t operand = wide ? (uint64_t)(int64_t)instruction->imm : (uint32_t)instruction->imm;

    if (BPF_SRC(instruction->code) == BPF_X) {
        if (!machine->set[instruction->src_reg])
            return false;
        operand = machine->registers[instruction->src_reg];
    }
    if (BPF_OP(instruction->code) != BPF_MOV && !machine->set[instruction->dst_reg])
        return false;
    machine->set[instruction->dst_reg] = true;
    switch (BPF_OP(instruction->code)) {
    case BPF_MOV:
        *target = operand;
        break;
    case BPF_AND:
        *target &= operand;
        break;
    case BPF_RSH:
        *target = wide ? *target >> operand : (uint32_t)*target >> operand;
        break;
    default:
        return false;
    }
    if (!wide)
        *target = (uint32_t)*target;
    return true;
}

static bool jump(const struct machine *machine, const struct bpf_insn *instruction, bool *taken)
{
    bool narrow = BPF_CLASS(instruction->code) == BPF_JMP32;
    uint64_t left, right = narrow ? (uint32_t)instruction->imm : (uint64_t)(int64_t)instruction->imm;

    if (BPF_OP(instruction->code) == BPF_JA) {
        *taken = true;
        return true;
    }
    if (BPF_SRC(instruction->code) != BPF_K || !machine->set[instruction->dst_reg])
        return false;
    left = machine->registers[instruction->dst_reg];
    if (narrow)
        left = (uint32_t)left;
    switch (BPF_OP(instruction->code)) {
    case BPF_JEQ:
        *taken = left == right;
        return true;
    case BPF_JNE:
        *taken = left != right;
        return true;
    case BPF_JSET:
        *taken = (left & right) != 0;
        return true;
    default:
        return false;
    }
}

bool extended_bpf_run(const struct bpf_insn *program, size_t count, const struct bpf_cgroup_dev_ctx *context,
                      uint64_t *result)
{
    struct machine machine = {.set = {[1] = true}};

    for (size_t at = 0; at < count; at++) {
        const struct bpf_insn *instruction = &program[at];
        bool taken = false;

        if (instruction->dst_reg > 9 || instruction->src_reg > 9)
            return false;
        switch (BPF_CLASS(instruction->code)) {
        case BPF_LDX:
            if (!load_context(&machine, instruction, context))
                return false;
            break;
        case BPF_ALU:
        case BPF_ALU64:
            if (!calculate(&machine, instruction))
                return false;
            break;
        case BPF_JMP:
        case BPF_JMP32:
            if (BPF_OP(instruction->code) == BPF_EXIT) {
                *result = machine.registers[0];
                return machine.set[0];
            }
            if (!jump(&machine, instruction, &taken) || instruction->off < 0)
                return false;
            if (taken)
                at += (size_t)instruction->off;
            break;
        default:
            return false;
        }
    }
    return false;
}
