/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the words of runc's and crun's command lines to numbers. */
#include "container/update_values.h"

#include <ctype.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"

enum { UNLIMITED = -1, FRACTION_DIGITS_MAX = 9 };

enum value_kind {
    VALUE_ELSEWHERE, /* no resource of the cgroup's */
    VALUE_BYTES,
    VALUE_SIGNED,
    VALUE_UNSIGNED,
    VALUE_WEIGHT,
    VALUE_LIST
};

/* Everything that an option can set. */
struct asked {
    struct spec_memory memory;
    struct spec_cpu cpu;
    struct spec_pids pids;
    struct spec_block_io block_io;
    bool has_memory, has_cpu, has_pids, has_block_io;
};

#define PLACE(part, member)                                                                                  \
    offsetof(struct asked, part.member), offsetof(struct asked, part.has_##member),                          \
        offsetof(struct asked, has_##part)
/* A string is there or not by itself. */
#define PLACE_OF_LIST(member)                                                                                \
    offsetof(struct asked, cpu.member), offsetof(struct asked, has_cpu), offsetof(struct asked, has_cpu)

static const struct {
    const char *option;
    enum value_kind kind;
    size_t place, presence, part;
} rows[UPDATE_VALUE_COUNT] = {
    [UPDATE_BLKIO_WEIGHT] = {"blkio-weight", VALUE_WEIGHT, PLACE(block_io, weight)},
    [UPDATE_CPU_PERIOD] = {"cpu-period", VALUE_UNSIGNED, PLACE(cpu, period)},
    [UPDATE_CPU_QUOTA] = {"cpu-quota", VALUE_SIGNED, PLACE(cpu, quota)},
    [UPDATE_CPU_BURST] = {"cpu-burst", VALUE_UNSIGNED, PLACE(cpu, burst)},
    [UPDATE_CPU_RT_PERIOD] = {"cpu-rt-period", VALUE_UNSIGNED, PLACE(cpu, realtime_period)},
    [UPDATE_CPU_RT_RUNTIME] = {"cpu-rt-runtime", VALUE_SIGNED, PLACE(cpu, realtime_runtime)},
    [UPDATE_CPU_SHARE] = {"cpu-share", VALUE_UNSIGNED, PLACE(cpu, shares)},
    [UPDATE_CPU_IDLE] = {"cpu-idle", VALUE_SIGNED, PLACE(cpu, idle)},
    [UPDATE_CPUSET_CPUS] = {"cpuset-cpus", VALUE_LIST, PLACE_OF_LIST(cpus)},
    [UPDATE_CPUSET_MEMS] = {"cpuset-mems", VALUE_LIST, PLACE_OF_LIST(mems)},
    [UPDATE_MEMORY] = {"memory", VALUE_BYTES, PLACE(memory, limit)},
    [UPDATE_MEMORY_RESERVATION] = {"memory-reservation", VALUE_BYTES, PLACE(memory, reservation)},
    [UPDATE_MEMORY_SWAP] = {"memory-swap", VALUE_BYTES, PLACE(memory, swap)},
    [UPDATE_KERNEL_MEMORY] = {"kernel-memory", VALUE_BYTES, PLACE(memory, kernel)},
    [UPDATE_KERNEL_MEMORY_TCP] = {"kernel-memory-tcp", VALUE_BYTES, PLACE(memory, kernel_tcp)},
    [UPDATE_PIDS_LIMIT] = {"pids-limit", VALUE_SIGNED, PLACE(pids, limit)},
    [UPDATE_L3_CACHE_SCHEMA] = {.option = "l3-cache-schema"},
    [UPDATE_MEM_BW_SCHEMA] = {.option = "mem-bw-schema"},
};

const char *update_value_option(enum update_value value)
{
    return rows[value].option;
}

/* ---- bytes ---- */

/* "k", "KB", "kib", "b", "" -> how far to shift; false for anything else. */
static bool read_unit(const char *unit, unsigned int *shift)
{
    static const char letters[] = "kmgtp";
    const char *letter = unit[0] != '\0' ? strchr(letters, tolower((unsigned char)unit[0])) : NULL;

    *shift = 0;
    if (letter != NULL) {
        *shift = 10 * (unsigned int)(letter - letters + 1);
        unit++;
        if (unit[0] == 'i' || unit[0] == 'I')
            unit++;
    }
    if (unit[0] == 'b' || unit[0] == 'B')
        unit++;
    return unit[0] == '\0';
}

/* The digits behind the point, as billionths; the rest is below a byte's worth and dropped. */
static bool read_fraction(const char **cursor, uint64_t *billionths)
{
    const char *digit = *cursor;
    int count = 0;

    *billionths = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++, count++)
        if (count < FRACTION_DIGITS_MAX)
            *billionths = *billionths * 10 + (uint64_t)(*digit - '0');
    for (int i = count; i < FRACTION_DIGITS_MAX; i++)
        *billionths *= 10;
    *cursor = digit;
    return count > 0;
}

bool update_values_parse_bytes(const char *text, int64_t *bytes)
{
    uint64_t whole, billionths = 0;
    unsigned int shift;
    unsigned int exact;

    if (!number_scan_unsigned(&text, &whole))
        return false;
    if (*text == '.') {
        text++;
        if (!read_fraction(&text, &billionths))
            return false;
    }
    if (*text == ' ')
        text++;
    if (!read_unit(text, &shift))
        return false;
    if (whole > (uint64_t)INT64_MAX >> shift)
        return false;
    /* Billionths have 30 bits: shifted by more they would not fit. */
    exact = shift < 30 ? shift : 30;
    whole = (whole << shift) + ((billionths << exact) / 1000000000U << (shift - exact));
    if (whole > INT64_MAX)
        return false;
    *bytes = (int64_t)whole;
    return true;
}

/* ---- values ---- */

static int refuse(enum update_value value, const char *text, const char *expected, struct error *error)
{
    return error_set(error, ERROR_USAGE, "--%s: \"%.64s\" is not %s", rows[value].option, text, expected);
}

static int read_value(enum update_value value, const char *text, char *place, struct error *error)
{
    uint64_t number = 0;
    int64_t amount = UNLIMITED;

    switch (rows[value].kind) {
    case VALUE_BYTES:
        if (strcmp(text, "-1") != 0 && !update_values_parse_bytes(text, &amount))
            return refuse(value, text,
                          "a number of bytes: digits, with k, m, g, t or p behind them if wanted, or -1",
                          error);
        *(int64_t *)(void *)place = amount;
        return 0;
    case VALUE_SIGNED:
        if (!number_signed(text, INT64_MIN, INT64_MAX, &amount))
            return refuse(value, text, "a number", error);
        *(int64_t *)(void *)place = amount;
        return 0;
    case VALUE_UNSIGNED:
        if (!number_unsigned(text, UINT64_MAX, &number))
            return refuse(value, text, "a number from 0 on", error);
        *(uint64_t *)(void *)place = number;
        return 0;
    case VALUE_WEIGHT:
        if (!number_unsigned(text, UINT16_MAX, &number))
            return refuse(value, text, "a weight from 10 to 1000", error);
        *(uint16_t *)(void *)place = (uint16_t)number;
        return 0;
    case VALUE_LIST:
        *(const char **)(void *)place = text;
        return 0;
    case VALUE_ELSEWHERE:
        break;
    }
    return 0;
}

/* What the tables of documents say of their members. */
static int check_ranges(const struct asked *asked, struct error *error)
{
    static const struct {
        enum update_value value;
        size_t place;
        int64_t maximum;
    } signed_rows[] = {
        {UPDATE_CPU_QUOTA, offsetof(struct asked, cpu.quota), INT64_MAX},
        {UPDATE_CPU_RT_RUNTIME, offsetof(struct asked, cpu.realtime_runtime), INT64_MAX},
        {UPDATE_PIDS_LIMIT, offsetof(struct asked, pids.limit), INT64_MAX},
        {UPDATE_CPU_IDLE, offsetof(struct asked, cpu.idle), 1},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(signed_rows); i++) {
        int64_t amount = *(const int64_t *)(const void *)((const char *)asked + signed_rows[i].place);
        int64_t minimum = signed_rows[i].maximum == 1 ? 0 : UNLIMITED;

        if (amount < minimum || amount > signed_rows[i].maximum)
            return error_set(error, ERROR_USAGE, "--%s: %lld is not %s", rows[signed_rows[i].value].option,
                             (long long)amount, minimum == 0 ? "0 or 1" : "a number from -1 on");
    }
    return 0;
}

int update_values_read(const char *const values[UPDATE_VALUE_COUNT], struct arena *arena,
                       const struct spec_resources **resources, struct error *error)
{
    struct asked *asked = arena_allocate(arena, sizeof(*asked));
    struct spec_resources *result = arena_allocate(arena, sizeof(*result));
    char *base = (char *)asked;

    for (size_t i = 0; i < UPDATE_VALUE_COUNT; i++) {
        if (values[i] == NULL || values[i][0] == '\0' || rows[i].kind == VALUE_ELSEWHERE)
            continue;
        if (read_value((enum update_value)i, values[i], base + rows[i].place, error) != 0)
            return -1;
        *(bool *)(void *)(base + rows[i].presence) = true;
        *(bool *)(void *)(base + rows[i].part) = true;
    }
    if (check_ranges(asked, error) != 0)
        return -1;
    result->memory = asked->has_memory ? &asked->memory : NULL;
    result->cpu = asked->has_cpu ? &asked->cpu : NULL;
    result->pids = asked->has_pids ? &asked->pids : NULL;
    result->block_io = asked->has_block_io ? &asked->block_io : NULL;
    *resources = result;
    return spec_validate_resources(result, "the options", error);
}
