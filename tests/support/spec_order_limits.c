/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See spec_order.h: the limits of the cgroup, with what `unified` writes over them. */
#include "spec_order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

static bool not_within(const char **where, const char *what)
{
    *where = what;
    return false;
}

static const char *file_of(const struct spec_resources *resources, const char *file)
{
    for (size_t i = resources->unified.count; i-- > 0;)
        if (strcmp(resources->unified.items[i].key, file) == 0)
            return resources->unified.items[i].value;
    return NULL;
}

static uint64_t number_of(const char *text)
{
    char *end;
    unsigned long long number;

    while (*text == ' ')
        text++;
    if (strncmp(text, "max", 3) == 0)
        return UINT64_MAX;
    number = strtoull(text, &end, 10);
    switch (*end) {
    case 'K':
        return number << 10;
    case 'M':
        return number << 20;
    case 'G':
        return number << 30;
    default:
        return number;
    }
}

/* The file's number, or else the member's. */
static uint64_t either(const struct spec_resources *resources, const char *file, uint64_t member)
{
    const char *text = file_of(resources, file);

    return text != NULL ? number_of(text) : member;
}

static uint64_t positive(bool given, int64_t value)
{
    return given && value > 0 ? (uint64_t)value : UINT64_MAX;
}

/* ---- memory ---- */

struct memory {
    uint64_t limit, swap, sum; /* swap apart; sum: together */
};

static struct memory memory_of(const struct spec_resources *resources)
{
    static const struct spec_memory none;
    const struct spec_memory *asked = resources->memory != NULL ? resources->memory : &none;
    uint64_t member = positive(asked->has_limit, asked->limit), sum = positive(asked->has_swap, asked->swap);
    uint64_t apart = sum, known = member != UINT64_MAX ? member : either(resources, "memory.max", UINT64_MAX);
    struct memory memory = {.limit = either(resources, "memory.max", member), .sum = UINT64_MAX};

    if (sum != UINT64_MAX && known != UINT64_MAX)
        apart = sum > known ? sum - known : 0;
    memory.swap = either(resources, "memory.swap.max", apart);
    if (memory.limit != UINT64_MAX && memory.swap != UINT64_MAX)
        memory.sum = memory.limit + memory.swap;
    else if (memory.limit == UINT64_MAX)
        memory.sum = sum;
    return memory;
}

static bool memory_within(const struct spec_resources *less, const struct spec_resources *more)
{
    const struct memory one = memory_of(less), other = memory_of(more);
    const struct spec_memory *asked = less->memory;

    if (asked != NULL && asked->limit > 0 && asked->swap > 0 && asked->swap < asked->limit)
        return false; /* no limit that a kernel takes */
    if (asked != NULL && asked->limit > 0 && asked->has_reservation && more->memory != NULL &&
        more->memory->reservation != asked->reservation && asked->reservation > asked->limit)
        return false;
    if (one.limit > other.limit || one.swap > other.swap)
        return false;
    /* Where swap has a limit of its own the sum is not what counts. */
    return file_of(less, "memory.swap.max") != NULL || file_of(more, "memory.swap.max") != NULL ||
           one.sum <= other.sum;
}

/* ---- CPU ---- */

struct share {
    uint64_t quota, period;
};

static struct share share_of(const struct spec_resources *resources)
{
    static const struct spec_cpu none;
    const struct spec_cpu *cpu = resources->cpu != NULL ? resources->cpu : &none;
    struct share share = {positive(cpu->has_quota, cpu->quota),
                          cpu->has_period && cpu->period != 0 ? cpu->period : 100000};
    const char *file = file_of(resources, "cpu.max"), *second;

    if (file == NULL)
        return share;
    share.quota = number_of(file);
    second = strchr(file, ' ');
    if (second != NULL)
        share.period = number_of(second);
    return share;
}

static bool cpu_within(const struct spec_resources *less, const struct spec_resources *more)
{
    const struct share one = share_of(less), other = share_of(more);

    if (one.quota != UINT64_MAX && one.quota < 1000)
        return other.quota == one.quota; /* the kernel takes no less */
    if (less->cpu != NULL && less->cpu->has_burst && less->cpu->has_quota && less->cpu->quota > 0 &&
        less->cpu->burst > (uint64_t)less->cpu->quota)
        return false;
    if (other.quota == UINT64_MAX)
        return true;
    return one.quota != UINT64_MAX &&
           (unsigned __int128)one.quota * other.period <= (unsigned __int128)other.quota * one.period;
}

/* ---- io ---- */

static uint64_t rate_in(const struct json_structs *list, int64_t major, int64_t minor)
{
    for (size_t i = list->count; i-- > 0;) {
        const struct spec_throttle_device *device = &SPEC_ITEMS(*list, struct spec_throttle_device)[i];

        if (device->major == major && device->minor == minor)
            return device->rate != 0 ? device->rate : UINT64_MAX;
    }
    return UINT64_MAX;
}

static uint64_t rate_in_file(const char *file, const char *key, int64_t major, int64_t minor, uint64_t rate)
{
    char number[64];

    (void)snprintf(number, sizeof(number), "%lld:%lld ", (long long)major, (long long)minor);
    while (file != NULL) {
        const char *end = strchr(file, '\n'), *found = strstr(file, key);

        if (strncmp(file, number, strlen(number)) == 0 && found != NULL && (end == NULL || found < end))
            rate = number_of(found + strlen(key));
        file = end != NULL ? end + 1 : NULL;
    }
    return rate;
}

static bool io_within(const struct spec_resources *less, const struct spec_resources *more)
{
    static const struct spec_block_io none;
    static const int64_t minors[] = {0, 1, 16};
    static const struct {
        const char *key;
        size_t list;
    } kinds[] = {{" rbps=", offsetof(struct spec_block_io, throttle_read_bps)},
                 {" wbps=", offsetof(struct spec_block_io, throttle_write_bps)},
                 {" riops=", offsetof(struct spec_block_io, throttle_read_iops)},
                 {" wiops=", offsetof(struct spec_block_io, throttle_write_iops)}};
    const struct spec_resources *const both[] = {less, more};

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        for (size_t j = 0; j < ARRAY_LENGTH(minors); j++) {
            uint64_t rates[2];

            for (size_t k = 0; k < 2; k++) {
                const struct spec_block_io *io = both[k]->block_io != NULL ? both[k]->block_io : &none;
                const struct json_structs *list =
                    (const struct json_structs *)(const void *)((const char *)io + kinds[i].list);

                rates[k] = rate_in_file(file_of(both[k], "io.max"), kinds[i].key, 8, minors[j],
                                        rate_in(list, 8, minors[j]));
            }
            if (rates[0] > rates[1])
                return false;
        }
    return true;
}

/* ---- the rest ---- */

static uint64_t pages_of(const struct spec_resources *resources, const char *size)
{
    uint64_t member = UINT64_MAX;
    char file[64];

    for (size_t i = 0; i < resources->hugepage_limits.count; i++) {
        const struct spec_hugepage_limit *limit =
            &SPEC_ITEMS(resources->hugepage_limits, struct spec_hugepage_limit)[i];

        if (strcmp(limit->page_size, size) == 0)
            member = limit->limit;
    }
    (void)snprintf(file, sizeof(file), "hugetlb.%s.max", size);
    return either(resources, file, member);
}

static uint64_t pids_of(const struct spec_resources *resources)
{
    const struct spec_pids *pids = resources->pids;
    uint64_t member =
        pids != NULL && pids->has_limit && pids->limit >= 0 ? (uint64_t)pids->limit : UINT64_MAX;

    return either(resources, "pids.max", member);
}

bool spec_limits_within(const struct spec_resources *less, const struct spec_resources *more,
                        const char **where)
{
    static const struct spec_resources none;
    static const char *const sizes[] = {"64KB", "2MB", "1GB"};

    less = less != NULL ? less : &none;
    more = more != NULL ? more : &none;
    if (!memory_within(less, more))
        return not_within(where, "memory or swap");
    if (!cpu_within(less, more))
        return not_within(where, "CPU time");
    if (!io_within(less, more))
        return not_within(where, "io");
    if (pids_of(less) > pids_of(more))
        return not_within(where, "pids");
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
        if (pages_of(less, sizes[i]) > pages_of(more, sizes[i]))
            return not_within(where, "huge pages");
    return true;
}
