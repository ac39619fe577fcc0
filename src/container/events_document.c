/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics as JSON. The names are those of runc's types/events.go, which monitoring programs read: some of
 * cgroup v1, for which v2 has another word or none.
 */
#include "container/events_document.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "json/table.h"

enum { NANOSECONDS_IN_MICROSECOND = 1000, LIST_NUMBER_MAX = 8191 };

/* ---- writing ---- */

/* A comma, unless this is the first in its object or list; the key, if there is one. */
static void begin_member(struct text *text, const char *key)
{
    const char last = text->length > 0 ? text->bytes[text->length - 1] : '[';

    if (last != '{' && last != '[' && last != ':')
        text_append_character(text, ',');
    if (key == NULL)
        return;
    json_append_string(text, key);
    text_append_character(text, ':');
}

static void open_member(struct text *text, const char *key, char bracket)
{
    begin_member(text, key);
    text_append_character(text, bracket);
}

static void append_number(struct text *text, const char *key, uint64_t value)
{
    begin_member(text, key);
    text_append_unsigned(text, value);
}

static void append_present(struct text *text, const char *key, struct cgroup_number number)
{
    if (number.present)
        append_number(text, key, number.value);
}

static void append_time(struct text *text, const char *key, struct cgroup_number microseconds)
{
    if (microseconds.present)
        append_number(text, key, microseconds.value * NANOSECONDS_IN_MICROSECOND);
}

/* ---- parts ---- */

static void append_average(struct text *text, const char *key, uint32_t hundredths)
{
    begin_member(text, key);
    text_append_format(text, "%u.%02u", hundredths / 100, hundredths % 100);
}

static void append_pressure_line(struct text *text, const char *key, const struct cgroup_pressure_line *line)
{
    if (!line->present)
        return;
    open_member(text, key, '{');
    append_average(text, "avg10", line->average_10s);
    append_average(text, "avg60", line->average_60s);
    append_average(text, "avg300", line->average_300s);
    append_number(text, "total", line->total_us);
    text_append_character(text, '}');
}

static void append_pressure(struct text *text, const struct cgroup_pressure *pressure)
{
    if (!pressure->some.present && !pressure->full.present)
        return;
    open_member(text, "psi", '{');
    append_pressure_line(text, "some", &pressure->some);
    append_pressure_line(text, "full", &pressure->full);
    text_append_character(text, '}');
}

static void append_cpu(struct text *text, const struct cgroup_cpu_stats *cpu)
{
    if (!cpu->usage_us.present)
        return;
    open_member(text, "cpu", '{');
    open_member(text, "usage", '{');
    append_time(text, "total", cpu->usage_us);
    append_time(text, "kernel", cpu->system_us);
    append_time(text, "user", cpu->user_us);
    text_append_character(text, '}');
    if (cpu->periods.present) {
        open_member(text, "throttling", '{');
        append_present(text, "periods", cpu->periods);
        append_present(text, "throttledPeriods", cpu->throttled_periods);
        append_time(text, "throttledTime", cpu->throttled_us);
        text_append_character(text, '}');
    }
    append_pressure(text, &cpu->pressure);
    text_append_character(text, '}');
}

/* "0-2,7" as numbers. The text is the kernel's; what is no list ends the list. */
static void append_list(struct text *text, const char *key, const char *list)
{
    uint64_t first, last;

    open_member(text, key, '[');
    while (number_scan_unsigned(&list, &first)) {
        last = first;
        if (*list == '-' && (list++, !number_scan_unsigned(&list, &last)))
            break;
        for (; first <= last && first <= LIST_NUMBER_MAX; first++)
            append_number(text, NULL, first);
        list += *list == ',';
    }
    text_append_character(text, ']');
}

static void append_cpuset(struct text *text, const struct cgroup_stats *stats)
{
    if (stats->cpus == NULL && stats->memory_nodes == NULL)
        return;
    open_member(text, "cpuset", '{');
    if (stats->cpus != NULL)
        append_list(text, "cpus", stats->cpus);
    if (stats->memory_nodes != NULL)
        append_list(text, "mems", stats->memory_nodes);
    text_append_character(text, '}');
}

static void append_use(struct text *text, const char *key, const struct cgroup_memory_use *use)
{
    if (!use->usage.present)
        return;
    open_member(text, key, '{');
    append_present(text, "limit", use->limit);
    append_present(text, "usage", use->usage);
    append_present(text, "max", use->peak);
    append_present(text, "failcnt", use->refusals);
    text_append_character(text, '}');
}

/* Without a limit of its own on v2. */
static void append_kernel(struct text *text, const char *key, struct cgroup_number usage)
{
    const struct cgroup_memory_use use = {
        .usage = usage, .limit = {CGROUP_NO_LIMIT, true}, .refusals = {0, true}};

    append_use(text, key, &use);
}

static struct cgroup_number add_limits(struct cgroup_number left, struct cgroup_number right)
{
    struct cgroup_number sum = {CGROUP_NO_LIMIT, left.present && right.present};

    if (left.value != CGROUP_NO_LIMIT && right.value != CGROUP_NO_LIMIT &&
        __builtin_add_overflow(left.value, right.value, &sum.value))
        sum.value = CGROUP_NO_LIMIT;
    return sum;
}

/* Memory and swap together; the peaks of both need not have come at once, so there is none of the sum. */
static void append_swap(struct text *text, const struct cgroup_memory_stats *memory)
{
    struct cgroup_memory_use together = {
        .usage = add_limits(memory->memory.usage, memory->swap.usage),
        .limit = add_limits(memory->memory.limit, memory->swap.limit),
        .refusals = memory->swap.refusals,
    };

    append_use(text, "swap", &together);
}

static void append_memory(struct text *text, const struct cgroup_memory_stats *memory)
{
    if (!memory->memory.usage.present)
        return;
    open_member(text, "memory", '{');
    append_present(text, "cache", cgroup_pair_find(&memory->raw, "file"));
    append_use(text, "usage", &memory->memory);
    append_swap(text, memory);
    append_kernel(text, "kernel", cgroup_pair_find(&memory->raw, "kernel"));
    append_kernel(text, "kernelTCP", cgroup_pair_find(&memory->raw, "sock"));
    open_member(text, "raw", '{');
    for (size_t i = 0; i < memory->raw.count; i++)
        append_number(text, memory->raw.items[i].key, memory->raw.items[i].value);
    text_append_character(text, '}');
    append_pressure(text, &memory->pressure);
    text_append_character(text, '}');
}

static void append_pids(struct text *text, const struct cgroup_stats *stats)
{
    const struct cgroup_number *limit = &stats->process_limit;

    if (!stats->processes.present)
        return;
    open_member(text, "pids", '{');
    append_present(text, "current", stats->processes);
    if (limit->present)
        append_number(text, "limit", limit->value == CGROUP_NO_LIMIT ? 0 : limit->value);
    text_append_character(text, '}');
}

static void append_io_entry(struct text *text, const struct cgroup_io_device *device, const char *operation,
                            struct cgroup_number number)
{
    if (!number.present)
        return;
    open_member(text, NULL, '{');
    append_number(text, "major", device->major);
    append_number(text, "minor", device->minor);
    begin_member(text, "op");
    json_append_string(text, operation);
    append_number(text, "value", number.value);
    text_append_character(text, '}');
}

static void append_io(struct text *text, const struct cgroup_io_stats *io)
{
    if (!io->present)
        return;
    open_member(text, "blkio", '{');
    open_member(text, "ioServiceBytesRecursive", '[');
    for (size_t i = 0; i < io->count; i++) {
        append_io_entry(text, &io->devices[i], "Read", io->devices[i].read_bytes);
        append_io_entry(text, &io->devices[i], "Write", io->devices[i].write_bytes);
        append_io_entry(text, &io->devices[i], "Discard", io->devices[i].discard_bytes);
    }
    text_append_character(text, ']');
    open_member(text, "ioServicedRecursive", '[');
    for (size_t i = 0; i < io->count; i++) {
        append_io_entry(text, &io->devices[i], "Read", io->devices[i].reads);
        append_io_entry(text, &io->devices[i], "Write", io->devices[i].writes);
        append_io_entry(text, &io->devices[i], "Discard", io->devices[i].discards);
    }
    text_append_character(text, ']');
    append_pressure(text, &io->pressure);
    text_append_character(text, '}');
}

static void append_hugetlb(struct text *text, const struct cgroup_stats *stats)
{
    if (stats->hugetlb_count == 0)
        return;
    open_member(text, "hugetlb", '{');
    for (size_t i = 0; i < stats->hugetlb_count; i++) {
        open_member(text, stats->hugetlb[i].page_size, '{');
        append_present(text, "usage", stats->hugetlb[i].usage);
        append_present(text, "failcnt", stats->hugetlb[i].refusals);
        text_append_character(text, '}');
    }
    text_append_character(text, '}');
}

/* A line of schemata that starts with this resource's name. */
static void append_schema(struct text *text, const char *key, const char *schemata, const char *resource)
{
    for (const char *line = schemata; *line != '\0'; line += *line == '\n') {
        size_t length;

        line += strspn(line, " ");
        length = strcspn(line, "\n");
        if (key == NULL || strncmp(line, resource, strlen(resource)) == 0) {
            char schema[1024];

            text_print(schema, sizeof(schema), "%.*s", (int)length, line);
            begin_member(text, key);
            json_append_string(text, schema);
            if (key != NULL)
                return;
        }
        line += length;
    }
}

static void append_rdt(struct text *text, const char *schemata)
{
    if (schemata == NULL)
        return;
    open_member(text, "intel_rdt", '{');
    append_schema(text, "l3_cache_schema", schemata, "L3:");
    append_schema(text, "mem_bw_schema", schemata, "MB:");
    open_member(text, "schemata", '[');
    append_schema(text, NULL, schemata, "");
    text_append_character(text, ']');
    text_append_character(text, '}');
}

static void append_interfaces(struct text *text, const struct events_sample *sample)
{
    if (sample->interfaces == NULL)
        return;
    open_member(text, "network_interfaces", '[');
    for (size_t i = 0; i < sample->interface_count; i++) {
        const struct network_counters *interface = &sample->interfaces[i];

        open_member(text, NULL, '{');
        begin_member(text, "Name");
        json_append_string(text, interface->name);
        append_number(text, "RxBytes", interface->received_bytes);
        append_number(text, "RxPackets", interface->received_packets);
        append_number(text, "RxErrors", interface->received_errors);
        append_number(text, "RxDropped", interface->received_dropped);
        append_number(text, "TxBytes", interface->sent_bytes);
        append_number(text, "TxPackets", interface->sent_packets);
        append_number(text, "TxErrors", interface->sent_errors);
        append_number(text, "TxDropped", interface->sent_dropped);
        text_append_character(text, '}');
    }
    text_append_character(text, ']');
}

/* ---- documents ---- */

static void open_event(struct text *text, const char *type, const char *id)
{
    text_append(text, "{\"type\":");
    json_append_string(text, type);
    text_append(text, ",\"id\":");
    json_append_string(text, id);
}

void events_append_stats(struct text *text, const char *id, const struct events_sample *sample)
{
    const struct cgroup_stats *stats = sample->stats;

    open_event(text, "stats", id);
    open_member(text, "data", '{');
    append_cpu(text, &stats->cpu);
    append_cpuset(text, stats);
    append_memory(text, &stats->memory);
    append_pids(text, stats);
    append_io(text, &stats->io);
    append_hugetlb(text, stats);
    append_rdt(text, sample->schemata);
    append_interfaces(text, sample);
    text_append(text, "}}\n");
}

void events_append_oom(struct text *text, const char *id)
{
    open_event(text, "oom", id);
    text_append(text, "}\n");
}
