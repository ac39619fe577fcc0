/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cgroup's files are to hold, as properties of its unit: org.freedesktop.systemd1(5),
 * systemd.resource-control(5). Made from the writes themselves, so that both agree, also for "unified", and
 * for an update. A value that no property can hold is left to its file: the kernel judges it there.
 */
#include "plan/systemd.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "plan/number_list.h"

enum {
    USEC_PER_SEC = 1000000,
    PERCENT_US = 10000, /* one percent of a second, systemd's grain */
    DEFAULT_PERIOD_US = 100000,
    WEIGHT_MAX = 10000,
    BFQ_DEFAULT = 100,
    BFQ_MAX = 1000,
    BITS_PER_WORD = 64,
    VERSION_CPU_IDLE = 252,   /* CPUWeight=idle, 0 on the bus */
    VERSION_OOM_POLICY = 253, /* of scopes */
};

static const char infinity[] = "18446744073709551615";

/* A write that is being translated. */
struct translation {
    struct unit_properties *properties;
    const struct plan_cgroup_write *write;
    bool creation;
};

static const char *print_number(struct arena *arena, uint64_t number)
{
    return arena_format(arena, "%llu", (unsigned long long)number);
}

static void set(const struct translation *translation, const char *name, const char *signature,
                const char *value)
{
    unit_properties_set(translation->properties, name, signature, value, translation->write->pointer);
}

/* ---- amounts ---- */

/* "max", or a number with one of the kernel's suffixes (memparse). */
static bool read_amount(const char *text, uint64_t *amount)
{
    static const char suffixes[] = "KMGTPE";
    const char *cursor = text, *suffix;

    if (strcmp(text, "max") == 0) {
        *amount = UINT64_MAX;
        return true;
    }
    if (!number_scan_unsigned(&cursor, amount))
        return false;
    if (*cursor == '\0')
        return true;
    suffix = strchr(suffixes, *cursor >= 'a' ? *cursor - 'a' + 'A' : *cursor);
    if (suffix == NULL || cursor[1] != '\0')
        return false;
    for (const char *each = suffixes; each <= suffix; each++)
        if (__builtin_mul_overflow(*amount, (uint64_t)1024, amount))
            return false;
    return true;
}

static void translate_amount(const struct translation *translation, const char *name)
{
    uint64_t amount;

    if (read_amount(translation->write->value, &amount))
        set(translation, name, "t", print_number(translation->properties->arena, amount));
}

/* ---- cpu ---- */

/* systemd keeps whole percents and cuts what is beyond: rounded up here, so that it never grants less. */
static void translate_cpu_max(const struct translation *translation)
{
    struct unit_properties *properties = translation->properties;
    const char *cursor = translation->write->value;
    uint64_t quota = UINT64_MAX, period = DEFAULT_PERIOD_US, per_second;

    if (text_starts_with(cursor, "max"))
        cursor += strlen("max");
    else if (!number_scan_unsigned(&cursor, &quota))
        return;
    if (*cursor == ' ') {
        cursor++;
        if (!number_scan_unsigned(&cursor, &period))
            return;
    }
    if (*cursor != '\0' || period == 0)
        return;
    set(translation, "CPUQuotaPeriodUSec", "t", print_number(properties->arena, period));
    properties->rounded_quota = NULL;
    if (quota == UINT64_MAX || quota > UINT64_MAX / USEC_PER_SEC) {
        set(translation, "CPUQuotaPerSecUSec", "t", infinity);
        return;
    }
    per_second = quota * USEC_PER_SEC / period;
    if (per_second % PERCENT_US != 0 || quota * USEC_PER_SEC % period != 0 || per_second == 0) {
        per_second = (per_second / PERCENT_US + 1) * PERCENT_US;
        properties->rounded_quota = translation->write->pointer;
    }
    set(translation, "CPUQuotaPerSecUSec", "t", print_number(properties->arena, per_second));
}

/* An idle group has no weight: one property says both. */
static void translate_cpu_idle(const struct translation *translation)
{
    if (strcmp(translation->write->value, "1") == 0)
        unit_properties_set(translation->properties, "CPUWeight", "t", "0", translation->write->pointer)
            ->since = VERSION_CPU_IDLE;
    else if (!translation->creation && strcmp(translation->write->value, "0") == 0)
        set(translation, "CPUWeight", "t", "100");
}

static void translate_cpu_weight(const struct translation *translation)
{
    uint64_t weight;

    if (number_unsigned(translation->write->value, WEIGHT_MAX, &weight) && weight > 0)
        set(translation, "CPUWeight", "t", translation->write->value);
}

/* Bit n of byte n/8. An empty list takes the setting back. */
static void translate_set(const struct translation *translation, const char *name, uint32_t limit)
{
    const char *value = translation->write->value;
    struct arena *arena = translation->properties->arena;
    struct plan_unit_property *property;
    struct plan_cpu_set list;
    size_t bytes;

    if (!number_list_read(arena, strcmp(value, "\n") == 0 ? "" : value, limit, &list))
        return;
    property = unit_properties_set(translation->properties, name, "ay", NULL, translation->write->pointer);
    for (bytes = list.count * sizeof(uint64_t); bytes > 0; bytes--)
        if ((list.words[(bytes - 1) / sizeof(uint64_t)] >> (bytes - 1) % sizeof(uint64_t) * 8 & 0xff) != 0)
            break;
    for (size_t i = 0; i < bytes; i++)
        unit_properties_add_value(
            property, arena,
            print_number(arena, list.words[i / sizeof(uint64_t)] >> i % sizeof(uint64_t) * 8 & 0xff));
}

/* ---- io ---- */

/* "MAJOR:MINOR" and a blank in front: the device's node, which systemd takes by its number. NULL: none. */
static const char *read_device(struct arena *arena, const char **cursor)
{
    const char *start = *cursor, *end = start;
    uint64_t number;
    size_t length;

    if (!number_scan_unsigned(&end, &number) || *end++ != ':' || !number_scan_unsigned(&end, &number) ||
        *end != ' ')
        return NULL;
    length = (size_t)(end - start);
    *cursor = end + 1;
    return arena_format(arena, "/dev/block/%.*s", (int)length, start);
}

/* systemd's way from io.weight's scale to BFQ's, backwards. */
static uint64_t io_weight_of_bfq(uint64_t weight)
{
    if (weight <= BFQ_DEFAULT)
        return weight;
    return BFQ_DEFAULT + (weight - BFQ_DEFAULT) * (WEIGHT_MAX - BFQ_DEFAULT) / (BFQ_MAX - BFQ_DEFAULT);
}

/* "default W", "W" or "MAJ:MIN W". Where two files may be written, the second is on systemd's own scale. */
static void translate_io_weight(const struct translation *translation)
{
    const struct plan_cgroup_write *write =
        translation->write->otherwise != NULL ? translation->write->otherwise : translation->write;
    struct arena *arena = translation->properties->arena;
    const bool bfq = strcmp(write->file, "io.bfq.weight") == 0;
    const char *cursor = write->value, *device = read_device(arena, &cursor), *value;
    uint64_t weight;

    if (device == NULL && text_starts_with(cursor, "default "))
        cursor += strlen("default ");
    if (!number_unsigned(cursor, bfq ? BFQ_MAX : WEIGHT_MAX, &weight) || weight == 0)
        return;
    value = print_number(arena, bfq ? io_weight_of_bfq(weight) : weight);
    if (device == NULL)
        set(translation, "IOWeight", "t", value);
    else
        unit_properties_add_pair(translation->properties, "IODeviceWeight", "a(st)", device, value,
                                 translation->write->pointer);
}

/* "MAJ:MIN KEY=AMOUNT...": each key is a property. */
static void translate_io_keys(const struct translation *translation)
{
    static const struct {
        const char *key, *name;
    } keys[] = {
        {"rbps=", "IOReadBandwidthMax"},
        {"wbps=", "IOWriteBandwidthMax"},
        {"riops=", "IOReadIOPSMax"},
        {"wiops=", "IOWriteIOPSMax"},
        {"target=", "IODeviceLatencyTargetUSec"},
    };
    struct arena *arena = translation->properties->arena;
    const char *cursor = translation->write->value, *device = read_device(arena, &cursor);
    uint64_t amount;

    while (device != NULL && *cursor != '\0') {
        const char *word = arena_copy(arena, cursor, strcspn(cursor, " "));

        for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
            if (text_starts_with(word, keys[i].key) && read_amount(word + strlen(keys[i].key), &amount))
                unit_properties_add_pair(translation->properties, keys[i].name, "a(st)", device,
                                         print_number(arena, amount), translation->write->pointer);
        cursor += strcspn(cursor, " ");
        cursor += strspn(cursor, " ");
    }
}

/* ---- the whole ---- */

/* A running unit does not take it: its file does. */
static void translate_oom_group(const struct translation *translation)
{
    const bool group = strcmp(translation->write->value, "1") == 0;

    if (translation->creation && (group || strcmp(translation->write->value, "0") == 0))
        unit_properties_set(translation->properties, "OOMPolicy", "s", group ? "kill" : "continue",
                            translation->write->pointer)
            ->since = VERSION_OOM_POLICY;
}

static void translate(const struct translation *translation)
{
    static const struct {
        const char *file, *name;
    } amounts[] = {
        {"memory.max", "MemoryMax"},
        {"memory.low", "MemoryLow"},
        {"memory.high", "MemoryHigh"},
        {"memory.min", "MemoryMin"},
        {"memory.swap.max", "MemorySwapMax"},
        {"memory.zswap.max", "MemoryZSwapMax"},
        {"pids.max", "TasksMax"},
    };
    const char *file = translation->write->file;

    for (size_t i = 0; i < ARRAY_LENGTH(amounts); i++)
        if (strcmp(file, amounts[i].file) == 0)
            translate_amount(translation, amounts[i].name);
    if (strcmp(file, "cpu.max") == 0)
        translate_cpu_max(translation);
    else if (strcmp(file, "cpu.weight") == 0)
        translate_cpu_weight(translation);
    else if (strcmp(file, "cpu.idle") == 0)
        translate_cpu_idle(translation);
    else if (strcmp(file, "cpuset.cpus") == 0)
        translate_set(translation, "AllowedCPUs", NUMBER_LIST_CPUS);
    else if (strcmp(file, "cpuset.mems") == 0)
        translate_set(translation, "AllowedMemoryNodes", NUMBER_LIST_NODES);
    else if (strcmp(file, "io.weight") == 0 || strcmp(file, "io.bfq.weight") == 0)
        translate_io_weight(translation);
    else if (strcmp(file, "io.max") == 0 || strcmp(file, "io.latency") == 0)
        translate_io_keys(translation);
    else if (strcmp(file, "memory.oom.group") == 0)
        translate_oom_group(translation);
}

void unit_properties_of_writes(struct unit_properties *properties, const struct plan_cgroup *cgroup,
                               bool creation)
{
    for (size_t i = 0; i < cgroup->write_count; i++) {
        const struct translation translation = {properties, &cgroup->writes[i], creation};

        translate(&translation);
    }
}
