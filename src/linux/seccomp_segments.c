/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments of one filter, then of all; see seccomp_segments.h. */
#include "linux/seccomp_segments.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include "base/memory.h"

/* One filter's view of a range. */
struct range {
    uint32_t start;
    struct seccomp_part part;
};

struct ranges {
    struct range *items;
    size_t count;
};

/* ---- one filter ---- */

static void add_range(struct ranges *list, uint32_t start, struct seccomp_part part)
{
    struct range *last = list->count > 0 ? &list->items[list->count - 1] : NULL;

    if (last != NULL && last->part.clause_count == 0 && part.clause_count == 0 &&
        last->part.otherwise == part.otherwise)
        return;
    list->items[list->count++] = (struct range){.start = start, .part = part};
}

static void add_constant(struct ranges *list, uint32_t start, uint32_t action)
{
    add_range(list, start, (struct seccomp_part){.otherwise = action});
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
static struct seccomp_part part_of(const struct seccomp_clause *clauses, size_t count,
                                   uint32_t default_action)
{
    struct seccomp_part part = {.clauses = clauses, .otherwise = default_action};

    while (part.clause_count < count && clauses[part.clause_count].condition_count > 0)
        part.clause_count++;
    if (part.clause_count < count)
        part.otherwise = clauses[part.clause_count].action;
    while (part.clause_count > 0 && clauses[part.clause_count - 1].action == part.otherwise)
        part.clause_count--;
    return part;
}

static void add_abi(struct ranges *list, const struct seccomp_decisions *decisions, struct seccomp_abi *abi)
{
    uint32_t next = abi->first; /* the first number that no range covers yet */

    if (abi->clause_count > 0)
        qsort(abi->clauses, abi->clause_count, sizeof(*abi->clauses), compare_clauses);
    for (size_t i = 0; i < abi->clause_count;) {
        uint32_t number = abi->clauses[i].number;
        size_t count = 1;

        while (i + count < abi->clause_count && abi->clauses[i + count].number == number)
            count++;
        if (number > next)
            add_constant(list, next, decisions->default_action);
        add_range(list, number, part_of(&abi->clauses[i], count, decisions->default_action));
        next = number + 1;
        i += count;
    }
    if (abi->has_newest && abi->newest + 1 > next) {
        add_constant(list, next, decisions->default_action);
        next = abi->newest + 1;
    }
    if (next == 0 && abi->clause_count > 0)
        return; /* the last number there is was named */
    if (next <= abi->last)
        add_constant(list, next, abi->has_newest ? decisions->unknown_action : decisions->default_action);
}

static int compare_abis(const void *left, const void *right)
{
    const struct seccomp_abi *a = *(struct seccomp_abi *const *)left,
                             *b = *(struct seccomp_abi *const *)right;

    return a->first < b->first ? -1 : a->first > b->first;
}

/* One filter on all numbers under audit, ABI after ABI; what none of them covers is foreign. */
static struct ranges ranges_of(const struct seccomp_decisions *decisions, uint32_t audit, struct arena *arena)
{
    struct seccomp_abi **abis = arena_array(arena, decisions->abi_count, sizeof(struct seccomp_abi *));
    struct ranges list = {0};
    size_t count = 0, room = 1;
    uint32_t next = 0;
    bool complete = false;

    for (size_t i = 0; i < decisions->abi_count; i++) {
        if (decisions->abis[i].audit != audit)
            continue;
        abis[count++] = &decisions->abis[i];
        room += decisions->abis[i].clause_count * 2 + 4;
    }
    if (count > 0)
        qsort(abis, count, sizeof(struct seccomp_abi *), compare_abis);
    list.items = arena_array(arena, room, sizeof(*list.items));
    for (size_t i = 0; i < count; i++) {
        if (abis[i]->first > next)
            add_constant(&list, next, decisions->foreign_action);
        add_abi(&list, decisions, abis[i]);
        complete = abis[i]->last == UINT32_MAX;
        next = abis[i]->last + 1;
    }
    if (!complete)
        add_constant(&list, next, decisions->foreign_action);
    return list;
}

/* ---- all of them ---- */

bool seccomp_rest_same(const struct seccomp_part *part, size_t clause, uint32_t bound)
{
    uint32_t answer = seccomp_stricter(bound, part->otherwise);

    for (; clause < part->clause_count; clause++)
        if (seccomp_stricter(bound, part->clauses[clause].action) != answer)
            return false;
    return true;
}

/* The filter among parts that decides by the number alone and is strictest; count: there is none. */
static size_t strictest_constant(const struct seccomp_part *parts, size_t count)
{
    size_t strictest = count;

    for (size_t i = 0; i < count; i++)
        if (parts[i].clause_count == 0 &&
            (strictest == count ||
             seccomp_strictness(parts[i].otherwise) < seccomp_strictness(parts[strictest].otherwise)))
            strictest = i;
    return strictest;
}

/* Beside a filter that always answers `constant`, can another one change the answer? before: it stands before
 * that filter in the list: then its equally strict answers win over what stands between them, too. */
static bool can_matter(const struct seccomp_part *part, uint32_t constant, bool before)
{
    for (size_t i = 0; i <= part->clause_count; i++) {
        uint32_t action = i < part->clause_count ? part->clauses[i].action : part->otherwise;

        if (seccomp_strictness(action) < seccomp_strictness(constant) ||
            (before && seccomp_strictness(action) == seccomp_strictness(constant)))
            return true;
    }
    return false;
}

/* Leave out what cannot change the answer. parts is the caller's, and used again. */
static struct seccomp_segment reduce(uint32_t start, const struct seccomp_part *parts, size_t count,
                                     struct arena *arena)
{
    size_t decided = strictest_constant(parts, count), kept = 0;
    struct seccomp_segment segment = {.start = start, .constant = SECCOMP_RET_ALLOW};
    struct seccomp_part *left = NULL;

    if (decided < count)
        segment.constant = parts[decided].otherwise;
    for (size_t i = 0; i < count; i++) {
        if (i != decided &&
            (parts[i].clause_count == 0 || !can_matter(&parts[i], segment.constant, i < decided)))
            continue;
        if (i == decided && segment.constant == SECCOMP_RET_ALLOW)
            continue; /* what everything starts from */
        if (left == NULL)
            left = arena_array(arena, count, sizeof(*left));
        left[kept++] = parts[i];
    }
    /* Only the constant is left. */
    if (kept == 1 && left[0].clause_count == 0)
        return segment;
    segment.parts = left;
    segment.part_count = kept;
    return segment;
}

static void add_segment(struct seccomp_segments *list, struct seccomp_segment segment)
{
    struct seccomp_segment *last = list->count > 0 ? &list->items[list->count - 1] : NULL;

    if (last != NULL && last->part_count == 0 && segment.part_count == 0 &&
        last->constant == segment.constant)
        return;
    list->items[list->count++] = segment;
}

void seccomp_segments_of(const struct seccomp_decisions *filters, size_t filter_count, uint32_t audit,
                         struct arena *arena, struct seccomp_segments *segments)
{
    struct ranges *lists = arena_array(arena, filter_count, sizeof(*lists));
    size_t *at = arena_array(arena, filter_count, sizeof(*at)), room = 0;
    struct seccomp_part *parts = arena_array(arena, filter_count, sizeof(*parts));
    uint64_t start = 0;

    for (size_t i = 0; i < filter_count; i++) {
        lists[i] = ranges_of(&filters[i], audit, arena);
        room += lists[i].count;
    }
    *segments = (struct seccomp_segments){.items = arena_array(arena, room, sizeof(*segments->items))};
    while (start <= UINT32_MAX) {
        uint64_t next = (uint64_t)UINT32_MAX + 1;

        for (size_t i = 0; i < filter_count; i++) {
            while (at[i] + 1 < lists[i].count && lists[i].items[at[i] + 1].start <= start)
                at[i]++;
            parts[i] = lists[i].items[at[i]].part;
            if (at[i] + 1 < lists[i].count && lists[i].items[at[i] + 1].start < next)
                next = lists[i].items[at[i] + 1].start;
        }
        add_segment(segments, reduce((uint32_t)start, parts, filter_count, arena));
        start = next;
    }
}
