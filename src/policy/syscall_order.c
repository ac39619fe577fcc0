/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call's decision in rules that libseccomp, by which other runtimes load filters, compiles right. Version
 * 2.5 makes wrong programs of most other shapes (found by interpreting them: two inequalities beside a
 * condition on another argument are enough, or one rule on the second argument beside one on the first), and
 * does not come back from some. What it gets right, in every case tried: a tree whose branches look at the
 * arguments in their order, all of which compare the same argument at the same level, by equality, "all but"
 * and masks, within the lower 32 bits; by inequalities, too, with nothing behind them. A single
 * rule may be anything, but for programs of 32 bits: these bits count for them alone.
 */
#include <string.h>
#include "base/memory.h"
#include "policy/syscall_answers.h"
#include "policy/syscall_region_internal.h"

enum {
    ATOMS_MAX = 128, /* of one argument at one level */
    /* Of one call: as many as it takes to say "all but one number of 32 bits" twice. */
    RULES_MAX = 256,
    VALUES_MAX = 64, /* of a range that is written value by value */
    LEAVES_MAX = 128,
};

/* A box with its answer; the boxes of a list do not overlap unless their answers are the same. */
struct leaf {
    struct syscall_box box;
    struct syscall_answer answer;
};

struct leaves {
    struct leaf *items;
    size_t count;
};

struct ordering {
    struct syscall_writer *writer;
    const char **name;
    size_t first; /* rule of the call */
    struct spec_seccomp_argument chosen[SYSCALL_ARGUMENTS];
    size_t chosen_count;
};

/* What an argument can be at one level, and the leaves that remain then. */
struct atom {
    struct syscall_constraint constraint;
    struct leaves leaves;
};

struct atoms {
    struct atom items[ATOMS_MAX];
    size_t count;
    bool full;
};

/* ---- one level ---- */

static void add_atom(struct atoms *atoms, const struct syscall_constraint *constraint)
{
    if (atoms->count == ATOMS_MAX)
        atoms->full = true;
    else
        atoms->items[atoms->count++] = (struct atom){.constraint = *constraint};
}

static void add_common(struct atoms *atoms, const struct syscall_constraint *one,
                       const struct syscall_constraint *other)
{
    REGION_SCRATCH struct region_constraints both;

    region_meet_argument(one, other, &both);
    atoms->full |= both.full;
    for (size_t i = 0; i < both.count; i++)
        add_atom(atoms, &both.items[i]);
}

/* Cut every atom into what lies in constraint and what does not. */
static void cut(struct atoms *atoms, const struct syscall_constraint *constraint, struct arena *scratch)
{
    struct atoms *before = arena_allocate(scratch, sizeof(*before));
    REGION_SCRATCH struct region_constraints outside;

    *before = *atoms;
    atoms->count = 0;
    region_outside_argument(constraint, &outside);
    for (size_t i = 0; i < before->count && !atoms->full; i++) {
        add_common(atoms, &before->items[i].constraint, constraint);
        for (size_t k = 0; k < outside.count; k++)
            add_common(atoms, &before->items[i].constraint, &outside.items[k]);
    }
}

static bool is_cut_by(const struct leaves *leaves, size_t index, size_t argument)
{
    const struct syscall_constraint *own = &leaves->items[index].box.arguments[argument];

    if (region_constraint_is_any(own))
        return false;
    for (size_t i = 0; i < index; i++)
        if (region_constraint_same(own, &leaves->items[i].box.arguments[argument]))
            return false;
    return true;
}

/* Has one of the leaves before this one its answer? */
static bool is_repeated(const struct leaves *leaves, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (syscall_answer_same(leaves->items[i].answer, leaves->items[index].answer))
            return true;
    return false;
}

/* The boxes with this answer that an atom leaves, as they look at the arguments behind it. */
static size_t boxes_behind(const struct atom *atom, const struct leaves *leaves, size_t argument,
                           struct syscall_answer answer, struct syscall_box *boxes)
{
    size_t count = 0;

    for (size_t i = 0; i < leaves->count; i++) {
        REGION_SCRATCH struct region_constraints both;

        if (!syscall_answer_same(leaves->items[i].answer, answer))
            continue;
        region_meet_argument(&atom->constraint, &leaves->items[i].box.arguments[argument], &both);
        if (both.count == 0)
            continue;
        boxes[count] = leaves->items[i].box;
        boxes[count++].arguments[argument] = (struct syscall_constraint){0};
    }
    return region_simplify(boxes, count);
}

static void choose_leaves(struct atom *atom, const struct leaves *leaves, size_t argument,
                          struct arena *arena, struct arena *scratch)
{
    struct syscall_box *boxes = arena_array(scratch, leaves->count, sizeof(*boxes));

    atom->leaves = (struct leaves){.items = arena_array(arena, leaves->count, sizeof(*leaves->items))};
    for (size_t i = 0; i < leaves->count; i++) {
        size_t count =
            is_repeated(leaves, i) ? 0 : boxes_behind(atom, leaves, argument, leaves->items[i].answer, boxes);

        for (size_t k = 0; k < count; k++)
            atom->leaves.items[atom->leaves.count++] = (struct leaf){boxes[k], leaves->items[i].answer};
    }
}

static bool same_leaves(const struct leaves *one, const struct leaves *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++) {
        if (!syscall_answer_same(one->items[i].answer, other->items[i].answer))
            return false;
        for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++)
            if (!region_constraint_same(&one->items[i].box.arguments[a], &other->items[i].box.arguments[a]))
                return false;
    }
    return true;
}

/* Put atoms together behind which the same lies: adjacent ones first, then those around one value. */
static void join_atoms(struct atoms *atoms,
                       bool (*join)(const struct syscall_constraint *, const struct syscall_constraint *,
                                    struct syscall_constraint *))
{
    for (size_t i = 0; i < atoms->count; i++) {
        for (size_t k = 0; k < atoms->count; k++) {
            struct syscall_constraint both;

            if (k == i || !same_leaves(&atoms->items[i].leaves, &atoms->items[k].leaves) ||
                !join(&atoms->items[i].constraint, &atoms->items[k].constraint, &both))
                continue;
            atoms->items[i].constraint = both;
            atoms->items[k] = atoms->items[--atoms->count];
            i = (size_t)-1; /* from the start: i++ makes it zero */
            break;
        }
    }
}

/* The parts of the argument's values behind each of which something else lies; not those with nothing. */
static bool find_atoms(const struct leaves *leaves, size_t argument, struct atoms *atoms, struct arena *arena)
{
    static const struct syscall_constraint any = {0};
    cleanup_arena struct arena scratch = {0};
    size_t kept = 0;

    add_atom(atoms, &any);
    for (size_t i = 0; i < leaves->count && !atoms->full; i++)
        if (is_cut_by(leaves, i, argument))
            cut(atoms, &leaves->items[i].box.arguments[argument], &scratch);
    for (size_t i = 0; i < atoms->count && !atoms->full; i++) {
        choose_leaves(&atoms->items[i], leaves, argument, arena, &scratch);
        if (atoms->items[i].leaves.count > 0)
            atoms->items[kept++] = atoms->items[i];
    }
    atoms->count = kept;
    join_atoms(atoms, region_join_arguments);
    join_atoms(atoms, region_close_around);
    return !atoms->full;
}

/* The comparisons of an atom. A range in the middle would be masks of 64 bits, and one with something behind
 * it an inequality, neither of which the library takes: so a short one is written value by value. */
static size_t compare_atom(const struct atom *atom, size_t argument, bool is_last,
                           struct spec_seccomp_argument *comparisons)
{
    const struct syscall_constraint *range = &atom->constraint;
    bool has_end = range->first == 0 || range->last == UINT64_MAX;
    size_t count = 0;

    if (range->width != 64 || range->last <= range->first || range->last - range->first >= VALUES_MAX ||
        (has_end && is_last))
        return region_comparisons(argument, range, comparisons);
    for (uint64_t value = range->first; count <= range->last - range->first; value++)
        comparisons[count++] = (struct spec_seccomp_argument){
            .index = (uint32_t)argument, .operator_name = "SCMP_CMP_EQ", .value = value};
    return count;
}

/* ---- the tree ---- */

static bool looks_at(const struct leaves *leaves, size_t argument)
{
    for (size_t i = 0; i < leaves->count; i++)
        if (!region_constraint_is_any(&leaves->items[i].box.arguments[argument]))
            return true;
    return false;
}

static bool looks_beyond(const struct leaves *leaves, size_t argument)
{
    for (size_t next = argument + 1; next < SYSCALL_ARGUMENTS; next++)
        if (looks_at(leaves, next))
            return true;
    return false;
}

static bool add_level(struct ordering *ordering, const struct leaves *leaves, size_t argument)
{
    struct arena *arena = ordering->writer->arena;
    struct atoms *atoms;

    while (argument < SYSCALL_ARGUMENTS && !looks_at(leaves, argument))
        argument++;
    if (ordering->writer->rule_count - ordering->first > RULES_MAX)
        return false;
    if (argument == SYSCALL_ARGUMENTS) {
        syscall_writer_rule(ordering->writer, ordering->name, ordering->chosen, ordering->chosen_count,
                            leaves->items[0].answer);
        return true;
    }
    atoms = arena_allocate(arena, sizeof(*atoms));
    if (!find_atoms(leaves, argument, atoms, arena))
        return false;
    for (size_t i = 0; i < atoms->count; i++) {
        REGION_SCRATCH struct spec_seccomp_argument comparisons[REGION_CONSTRAINTS];
        size_t depth = ordering->chosen_count;
        bool is_last = depth == 0 && !looks_beyond(&atoms->items[i].leaves, argument);
        size_t count = compare_atom(&atoms->items[i], argument, is_last, comparisons);

        for (size_t k = 0; k < count; k++) {
            ordering->chosen[depth] = comparisons[k];
            ordering->chosen_count = depth + 1;
            if (!add_level(ordering, &atoms->items[i].leaves, argument + 1))
                return false;
        }
        ordering->chosen_count = depth;
    }
    return true;
}

/* ---- what the library takes ---- */

static bool is_inequality(const struct spec_seccomp_argument *argument)
{
    static const char *const names[] = {"SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GE", "SCMP_CMP_GT"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(names[i], argument->operator_name) == 0)
            return true;
    return false;
}

/* Are the rules from number `first` on, all of one call, what the library compiles right, in time? */
static bool is_digestible(const struct syscall_writer *writer, size_t first)
{
    size_t count = writer->rule_count - first;

    if (count > RULES_MAX)
        return false;
    for (size_t i = first; i < writer->rule_count; i++) {
        const struct spec_seccomp_argument *arguments = writer->rules[i].arguments.items;

        for (size_t a = 0; a < writer->rules[i].arguments.count; a++) {
            bool is_wide = (arguments[a].value | arguments[a].value_two) > UINT32_MAX;

            if ((count > 1 && writer->rules[i].arguments.count > 1 && is_inequality(&arguments[a])) ||
                (is_wide && (count > 1 || writer->has_narrow)))
                return false;
        }
    }
    return true;
}

/* ---- the whole ---- */

static size_t count_boxes(const struct syscall_decision *decision, const struct syscall_region *left)
{
    size_t count = left->count;

    for (size_t i = 0; i < decision->piece_count; i++)
        count += decision->pieces[i].region.count;
    return count;
}

static void add_leaves(struct leaves *leaves, const struct syscall_region *region,
                       struct syscall_answer answer)
{
    for (size_t i = 0; i < region->count; i++)
        leaves->items[leaves->count++] = (struct leaf){region->boxes[i], answer};
}

/* All that the default does not answer. */
static bool collect_leaves(const struct syscall_writer *writer, const struct syscall_decision *decision,
                           struct leaves *leaves)
{
    struct syscall_region left = syscall_region_everything;

    for (size_t i = 0; i < decision->piece_count; i++)
        if (!syscall_region_without(&left, &decision->pieces[i].region, writer->arena, &left))
            return false;
    if (count_boxes(decision, &left) > LEAVES_MAX)
        return false;
    leaves->items = arena_array(writer->arena, count_boxes(decision, &left), sizeof(*leaves->items));
    for (size_t i = 0; i < decision->piece_count; i++)
        if (!syscall_answer_same(decision->pieces[i].answer, writer->unknown))
            add_leaves(leaves, &decision->pieces[i].region, decision->pieces[i].answer);
    if (!syscall_answer_same(decision->otherwise, writer->unknown))
        add_leaves(leaves, &left, decision->otherwise);
    return true;
}

bool syscall_writer_add_ordered(struct syscall_writer *writer, const char *name,
                                const struct syscall_decision *decision)
{
    struct ordering ordering = {.writer = writer};
    struct leaves leaves = {0};
    size_t first = writer->rule_count;
    const char **names;

    if (decision->piece_count == 0)
        return syscall_writer_add(writer, name, decision);
    writer->last_unsaid = false;
    if (!collect_leaves(writer, decision, &leaves))
        return false;
    names = arena_array(writer->arena, 1, sizeof(*names));
    names[0] = name;
    ordering.name = names;
    ordering.first = first;
    if (leaves.count == 0 || (add_level(&ordering, &leaves, 0) && is_digestible(writer, first)))
        return true;
    writer->rule_count = first;
    return false;
}
