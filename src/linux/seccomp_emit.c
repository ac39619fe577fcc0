/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emitter behind seccomp_emit.h. Instructions are written from the last to the first: a jump in classic
 * BPF goes forward only, so that every target stands already when the jump to it is written. A place in the
 * program is counted from its end.
 */
#include "linux/seccomp_emit.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include "base/memory.h"

enum {
    DISTANCE_NEAR =
        250, /* of the 255 that a conditional jump reaches, less room for two trampolines and a load */
    RETURNS_REMEMBERED = 64,
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
};

/* Numbers from start up to the next segment's start. */
struct segment {
    uint32_t start;
    uint32_t otherwise;                   /* when no clause applies */
    const struct seccomp_clause *clauses; /* strictest first */
    size_t clause_count;
};

struct segments {
    struct segment *items;
    size_t count;
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

/* The code for one segment: its clauses one after the other, and a return. */
static size_t put_segment(struct program *program, const struct segment *segment)
{
    size_t otherwise = put_return(program, segment->otherwise);

    for (size_t i = segment->clause_count; i-- > 0;) {
        const struct seccomp_clause *clause = &segment->clauses[i];
        size_t next = put_return(program, clause->action);

        for (size_t c = clause->condition_count; c-- > 0;)
            next = put_condition(program, &clause->conditions[c], next, otherwise);
        otherwise = next;
    }
    return otherwise;
}

/* The tree over segments first..last of a list; the number is in the accumulator. Depth: log2 of their
 * number. */
static size_t put_tree(struct program *program, const struct segment *segments, size_t first, size_t last)
{
    if (first == last || program->overflow)
        return put_segment(program, &segments[first]);

    size_t middle = first + (last - first + 1) / 2;
    size_t above = put_tree(program, segments, middle, last);
    size_t below = put_tree(program, segments, first, middle - 1);

    return put_jump(program, BPF_JGE, segments[middle].start, above, below);
}

static void add_segment(struct segments *list, struct segment segment)
{
    struct segment *previous = list->count > 0 ? &list->items[list->count - 1] : NULL;

    if (previous != NULL && previous->clause_count == 0 && segment.clause_count == 0 &&
        previous->otherwise == segment.otherwise)
        return;
    list->items[list->count++] = segment;
}

static int compare_clauses(const void *left, const void *right)
{
    const struct seccomp_clause *a = left, *b = right;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    if (seccomp_strictness(a->action) != seccomp_strictness(b->action))
        return seccomp_strictness(a->action) < seccomp_strictness(b->action) ? -1 : 1;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return 0;
}

/*
 * What clauses (all of one number, strictest first) come to: what stands behind an unconditional one is never
 * reached, and conditions whose action is what happens anyway need no test.
 */
static struct segment segment_of(const struct seccomp_clause *clauses, size_t count, uint32_t default_action)
{
    struct segment segment = {.start = clauses[0].number, .clauses = clauses, .otherwise = default_action};

    while (segment.clause_count < count && clauses[segment.clause_count].condition_count > 0)
        segment.clause_count++;
    if (segment.clause_count < count)
        segment.otherwise = clauses[segment.clause_count].action;
    while (segment.clause_count > 0 && clauses[segment.clause_count - 1].action == segment.otherwise)
        segment.clause_count--;
    return segment;
}

static void add_abi(struct segments *list, const struct seccomp_decisions *decisions, struct seccomp_abi *abi)
{
    uint32_t next = abi->first; /* the first number that no segment covers yet */

    if (abi->clause_count > 0)
        qsort(abi->clauses, abi->clause_count, sizeof(*abi->clauses), compare_clauses);
    for (size_t i = 0; i < abi->clause_count;) {
        size_t count = 1;

        while (i + count < abi->clause_count && abi->clauses[i + count].number == abi->clauses[i].number)
            count++;
        if (abi->clauses[i].number > next)
            add_segment(list, (struct segment){.start = next, .otherwise = decisions->default_action});
        add_segment(list, segment_of(&abi->clauses[i], count, decisions->default_action));
        next = abi->clauses[i].number + 1;
        i += count;
    }
    if (abi->has_newest && abi->newest + 1 > next) {
        add_segment(list, (struct segment){.start = next, .otherwise = decisions->default_action});
        next = abi->newest + 1;
    }
    if (next == 0 && abi->clause_count > 0)
        return; /* the last number there is was named */
    if (next <= abi->last)
        add_segment(list, (struct segment){.start = next,
                                           .otherwise = abi->has_newest ? decisions->unknown_action
                                                                        : decisions->default_action});
}

static int compare_abis(const void *left, const void *right)
{
    const struct seccomp_abi *a = *(struct seccomp_abi *const *)left,
                             *b = *(struct seccomp_abi *const *)right;

    return a->first < b->first ? -1 : a->first > b->first;
}

/* Everything under one audit value, ABI after ABI; what none of them covers is foreign. */
static size_t put_audit(struct program *program, struct seccomp_decisions *decisions, uint32_t audit,
                        struct arena *arena)
{
    struct seccomp_abi **abis = arena_array(arena, decisions->abi_count, sizeof(struct seccomp_abi *));
    struct segments list = {0};
    size_t count = 0, room = 1;
    uint32_t next = 0;
    bool complete = false;

    for (size_t i = 0; i < decisions->abi_count; i++) {
        if (decisions->abis[i].audit != audit)
            continue;
        abis[count++] = &decisions->abis[i];
        room += decisions->abis[i].clause_count * 2 + 4;
    }
    qsort(abis, count, sizeof(struct seccomp_abi *), compare_abis);
    list.items = arena_array(arena, room, sizeof(*list.items));
    for (size_t i = 0; i < count; i++) {
        if (abis[i]->first > next)
            add_segment(&list, (struct segment){.start = next, .otherwise = decisions->foreign_action});
        add_abi(&list, decisions, abis[i]);
        complete = abis[i]->last == UINT32_MAX;
        next = abis[i]->last + 1;
    }
    if (!complete)
        add_segment(&list, (struct segment){.start = next, .otherwise = decisions->foreign_action});
    size_t tree = put_tree(program, list.items, 0, list.count - 1);

    /* The load must be followed by the tree's root: where that is a return or lies elsewhere, by a jump to
     * it. */
    if (tree != program->used)
        put(program, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(program->used - tree));
    return put_load(program, offsetof(struct seccomp_data, nr));
}

static bool audit_seen_before(const struct seccomp_decisions *decisions, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (decisions->abis[i].audit == decisions->abis[index].audit)
            return true;
    }
    return false;
}

int seccomp_emit(struct seccomp_decisions *decisions, struct arena *arena, struct sock_filter **instructions,
                 unsigned short *count, struct error *error)
{
    struct sock_filter *buffer = arena_array(arena, BPF_MAXINSNS, sizeof(*buffer));
    size_t *sections = arena_array(arena, decisions->abi_count, sizeof(*sections));
    struct program program = {.end = buffer + BPF_MAXINSNS};

    for (size_t i = decisions->abi_count; i-- > 0;) {
        if (!audit_seen_before(decisions, i))
            sections[i] = put_audit(&program, decisions, decisions->abis[i].audit, arena);
    }
    /* Tested in the order of the list, first of all and before the number means anything. */
    size_t next = put_return(&program, decisions->foreign_action);
    for (size_t i = decisions->abi_count; i-- > 0;) {
        if (!audit_seen_before(decisions, i))
            next = put_jump(&program, BPF_JEQ, decisions->abis[i].audit, sections[i], next);
    }
    put_load(&program, offsetof(struct seccomp_data, arch));
    if (program.overflow)
        return error_set(error, ERROR_LIMIT,
                         "linux/seccomp: the filter needs more than the %d instructions that the kernel "
                         "allows one filter: "
                         "split conditions into fewer rules",
                         BPF_MAXINSNS);
    *instructions = program.end - program.used;
    *count = (unsigned short)program.used;
    return 0;
}
