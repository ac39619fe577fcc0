/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emitter behind seccomp_emit.h. Instructions are written from the last to the first: a jump in classic
 * BPF goes forward only, so that every target stands already when the jump to it is written. A place in the
 * program is counted from its end.
 */
#include "linux/seccomp_emit.h"

#include <linux/seccomp.h>
#include "base/memory.h"
#include "linux/seccomp_segments.h"

enum {
    DISTANCE_NEAR =
        250, /* of the 255 that a conditional jump reaches, less room for two trampolines and a load */
    RETURNS_REMEMBERED = 64,
    TAILS_REMEMBERED = 64,
};

struct program {
    struct sock_filter *end; /* one past the buffer of BPF_MAXINSNS */
    size_t used;
    bool overflow;
    struct {
        uint32_t action;
        size_t place;
    } returns[RETURNS_REMEMBERED]; /* the latest return of each action */
    size_t return_count;
    /* Of the segment that is being written: what the filters from `part` on answer when those before them
     * have answered `bound`. */
    struct {
        size_t part;
        uint32_t bound;
        size_t place;
    } tails[TAILS_REMEMBERED];
    size_t tail_count;
};

/* ---- instructions ---- */

static size_t put(struct program *program, uint16_t code, uint8_t when_true, uint8_t when_false,
                  uint32_t value)
{
    if (program->used == BPF_MAXINSNS) {
        program->overflow = true;
        return program->used;
    }
    program->used++;
    *(program->end - program->used) =
        (struct sock_filter){.code = code, .jt = when_true, .jf = when_false, .k = value};
    return program->used;
}

static size_t put_load(struct program *program, size_t offset)
{
    return put(program, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* A place that jumps to target and is near enough for a conditional jump. */
static size_t near_place(struct program *program, size_t target)
{
    if (program->used - target <= DISTANCE_NEAR)
        return target;
    return put(program, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(program->used - target));
}

static size_t put_jump(struct program *program, uint16_t test, uint32_t value, size_t when_true,
                       size_t when_false)
{
    size_t yes = near_place(program, when_true);
    size_t no = near_place(program, when_false);

    return put(program, BPF_JMP | BPF_K | test, (uint8_t)(program->used - yes), (uint8_t)(program->used - no),
               value);
}

/* A return of action that a conditional jump reaches: one that stands already, or a new one. */
static size_t put_return(struct program *program, uint32_t action)
{
    size_t slot = 0;

    while (slot < program->return_count && program->returns[slot].action != action)
        slot++;
    if (slot < program->return_count && program->used - program->returns[slot].place <= DISTANCE_NEAR)
        return program->returns[slot].place;
    size_t place = put(program, BPF_RET | BPF_K, 0, 0, action);
    if (slot == RETURNS_REMEMBERED)
        return place;
    if (slot == program->return_count)
        program->return_count++;
    program->returns[slot].action = action;
    program->returns[slot].place = place;
    return place;
}

/* ---- one argument ---- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { LOW_HALF = 0, HIGH_HALF = 4 };
#else
enum { LOW_HALF = 4, HIGH_HALF = 0 };
#endif

static size_t argument_offset(uint32_t index, size_t half)
{
    return offsetof(struct seccomp_data, args) + index * sizeof(uint64_t) + half;
}

static size_t put_half_masked(struct program *program, const struct seccomp_condition *condition, bool high,
                              size_t yes, size_t no)
{
    unsigned int shift = high ? 32 : 0;
    uint32_t mask = (uint32_t)(condition->mask >> shift);

    if (mask == 0)
        return yes;
    put_jump(program, BPF_JEQ, (uint32_t)(condition->value >> shift), yes, no);
    put(program, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
    return put_load(program, argument_offset(condition->index, high ? HIGH_HALF : LOW_HALF));
}

static size_t put_masked(struct program *program, const struct seccomp_condition *condition, size_t yes,
                         size_t no)
{
    size_t low = put_half_masked(program, condition, false, yes, no);

    return condition->narrow ? low : put_half_masked(program, condition, true, low, no);
}

static size_t put_equal(struct program *program, const struct seccomp_condition *condition, size_t yes,
                        size_t no)
{
    put_jump(program, BPF_JEQ, (uint32_t)condition->value, yes, no);
    size_t low = put_load(program, argument_offset(condition->index, LOW_HALF));

    if (condition->narrow)
        return low;
    put_jump(program, BPF_JEQ, (uint32_t)(condition->value >> 32), low, no);
    return put_load(program, argument_offset(condition->index, HIGH_HALF));
}

/* argument > value (BPF_JGT) or >= value (BPF_JGE): the high half decides unless it is equal. */
static size_t put_greater(struct program *program, const struct seccomp_condition *condition, uint16_t test,
                          size_t yes, size_t no)
{
    uint32_t high = (uint32_t)(condition->value >> 32);

    put_jump(program, test, (uint32_t)condition->value, yes, no);
    size_t low = put_load(program, argument_offset(condition->index, LOW_HALF));

    if (condition->narrow)
        return low;
    size_t equal = put_jump(program, BPF_JEQ, high, low, no);
    put_jump(program, BPF_JGT, high, yes, equal);
    return put_load(program, argument_offset(condition->index, HIGH_HALF));
}

static size_t put_condition(struct program *program, const struct seccomp_condition *condition, size_t yes,
                            size_t no)
{
    switch (condition->operation) {
    case PLAN_SECCOMP_EQ:
        return put_equal(program, condition, yes, no);
    case PLAN_SECCOMP_NE:
        return put_equal(program, condition, no, yes);
    case PLAN_SECCOMP_GT:
        return put_greater(program, condition, BPF_JGT, yes, no);
    case PLAN_SECCOMP_LE:
        return put_greater(program, condition, BPF_JGT, no, yes);
    case PLAN_SECCOMP_GE:
        return put_greater(program, condition, BPF_JGE, yes, no);
    case PLAN_SECCOMP_LT:
        return put_greater(program, condition, BPF_JGE, no, yes);
    case PLAN_SECCOMP_MASKED_EQ:
        return put_masked(program, condition, yes, no);
    }
    return no;
}

/* ---- segments ---- */

static size_t put_part(struct program *program, const struct seccomp_segment *segment, size_t part,
                       uint32_t bound);

/*
 * What the filters from `part` on make of bound, the strictest answer of those before them. Each filter
 * stands in the program once for each answer that those before it may give: two as a rule, one of which
 * refuses and ends it there.
 */
static size_t put_tail(struct program *program, const struct seccomp_segment *segment, size_t part,
                       uint32_t bound)
{
    if (part == segment->part_count || program->overflow)
        return put_return(program, bound);
    for (size_t i = 0; i < program->tail_count; i++)
        if (program->tails[i].part == part && program->tails[i].bound == bound)
            return program->tails[i].place;

    size_t place = put_part(program, segment, part, bound);

    if (program->tail_count < TAILS_REMEMBERED) {
        program->tails[program->tail_count].part = part;
        program->tails[program->tail_count].bound = bound;
        program->tails[program->tail_count].place = place;
        program->tail_count++;
    }
    return place;
}

/* The clauses of one filter one after the other, and what it answers when none of them applies. */
static size_t put_part(struct program *program, const struct seccomp_segment *segment, size_t part,
                       uint32_t bound)
{
    const struct seccomp_part *filter = &segment->parts[part];
    uint32_t answer = seccomp_stricter(bound, filter->otherwise);
    size_t otherwise = put_tail(program, segment, part + 1, answer);

    for (size_t i = filter->clause_count; i-- > 0;) {
        const struct seccomp_clause *clause = &filter->clauses[i];
        uint32_t clause_answer = seccomp_stricter(bound, clause->action);

        if (clause_answer == answer && seccomp_rest_same(filter, i, bound))
            continue; /* nothing behind it answers otherwise: no test is needed */
        size_t next = put_tail(program, segment, part + 1, clause_answer);

        for (size_t c = clause->condition_count; next != otherwise && c-- > 0;)
            next = put_condition(program, &clause->conditions[c], next, otherwise);
        otherwise = next;
    }
    return otherwise;
}

static size_t put_segment(struct program *program, const struct seccomp_segment *segment)
{
    program->tail_count = 0;
    if (segment->part_count == 0)
        return put_return(program, segment->constant);
    return put_tail(program, segment, 0, SECCOMP_RET_ALLOW);
}

/* The tree over segments first..last of a list; the number is in the accumulator. Depth: log2 of their
 * number. */
static size_t put_tree(struct program *program, const struct seccomp_segment *segments, size_t first,
                       size_t last)
{
    if (first == last || program->overflow)
        return put_segment(program, &segments[first]);

    size_t middle = first + (last - first + 1) / 2;
    size_t above = put_tree(program, segments, middle, last);
    size_t below = put_tree(program, segments, first, middle - 1);

    return put_jump(program, BPF_JGE, segments[middle].start, above, below);
}

/* ---- architectures ---- */

/* Everything under one audit value. */
static size_t put_audit(struct program *program, const struct seccomp_segments *list)
{
    size_t tree = put_tree(program, list->items, 0, list->count - 1);

    /* The load must be followed by the tree's root: where that is a return or lies elsewhere, by a jump to
     * it. */
    if (tree != program->used)
        put(program, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(program->used - tree));
    return put_load(program, offsetof(struct seccomp_data, nr));
}

/* The audit values that any filter lists, in their order. */
static size_t audit_values(const struct seccomp_decisions *filters, size_t filter_count, uint32_t *audits)
{
    size_t count = 0;

    for (size_t f = 0; f < filter_count; f++) {
        for (size_t i = 0; i < filters[f].abi_count; i++) {
            size_t known = 0;

            while (known < count && audits[known] != filters[f].abis[i].audit)
                known++;
            if (known == count)
                audits[count++] = filters[f].abis[i].audit;
        }
    }
    return count;
}

int seccomp_emit(const struct seccomp_decisions *filters, size_t filter_count, struct arena *arena,
                 struct sock_filter **instructions, unsigned short *count, struct error *error)
{
    struct sock_filter *buffer = arena_array(arena, BPF_MAXINSNS, sizeof(*buffer));
    struct program program = {.end = buffer + BPF_MAXINSNS};
    uint32_t *audits, foreign = SECCOMP_RET_ALLOW;
    size_t *sections, abi_count = 0;

    for (size_t i = 0; i < filter_count; i++) {
        abi_count += filters[i].abi_count;
        foreign = seccomp_stricter(foreign, filters[i].foreign_action);
    }
    audits = arena_array(arena, abi_count, sizeof(*audits));
    sections = arena_array(arena, abi_count, sizeof(*sections));
    abi_count = audit_values(filters, filter_count, audits);
    for (size_t i = abi_count; i-- > 0;) {
        struct seccomp_segments list;

        seccomp_segments_of(filters, filter_count, audits[i], arena, &list);
        sections[i] = put_audit(&program, &list);
    }
    /* Tested in the order of the list, first of all and before the number means anything. */
    size_t next = put_return(&program, foreign);
    for (size_t i = abi_count; i-- > 0;)
        next = put_jump(&program, BPF_JEQ, audits[i], sections[i], next);
    put_load(&program, offsetof(struct seccomp_data, arch));
    if (program.overflow)
        return error_set(
            error, ERROR_LIMIT, "%s more than the %d instructions that the kernel allows one filter: %s",
            filter_count > 1 ? "the configuration's filter and those of the policies together need"
                             : "linux/seccomp: the filter needs",
            BPF_MAXINSNS,
            filter_count > 1 ? "have fewer policies compare arguments" : "split conditions into fewer rules");
    *instructions = program.end - program.used;
    *count = (unsigned short)program.used;
    return 0;
}
