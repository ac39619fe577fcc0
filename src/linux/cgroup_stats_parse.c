/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of cgroup files that count. Pure. */
#include "linux/cgroup_stats.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

static size_t count_lines(const char *text)
{
    size_t count = 1;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* Behind the line's end. */
static const char *next_line(const char *text)
{
    text = strchrnul(text, '\n');
    return text + (*text == '\n');
}

struct cgroup_number cgroup_number_parse(const char *text)
{
    struct cgroup_number number = {0};

    if (strcmp(text, "max") == 0)
        return (struct cgroup_number){CGROUP_NO_LIMIT, true};
    number.present = number_unsigned(text, UINT64_MAX, &number.value);
    return number;
}

struct cgroup_pairs cgroup_pairs_parse(const char *text, struct arena *arena)
{
    struct cgroup_pair *items = arena_array(arena, count_lines(text), sizeof(*items));
    size_t count = 0;

    for (; *text != '\0'; text = next_line(text)) {
        size_t key = strcspn(text, " \n");
        const char *value = text + key + 1;
        uint64_t number;

        if (key == 0 || text[key] != ' ' || !number_scan_unsigned(&value, &number) ||
            (*value != '\n' && *value != '\0'))
            continue;
        items[count++] = (struct cgroup_pair){arena_copy(arena, text, key), number};
    }
    return (struct cgroup_pairs){items, count};
}

struct cgroup_number cgroup_pair_find(const struct cgroup_pairs *pairs, const char *key)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].key, key) == 0)
            return (struct cgroup_number){pairs->items[i].value, true};
    return (struct cgroup_number){0};
}

/* ---- pressure ---- */

/* "12.34" in hundredths. */
static bool read_hundredths(const char *text, uint32_t *hundredths)
{
    uint64_t whole, fraction;
    const char *digits;

    if (!number_scan_unsigned(&text, &whole) || *text != '.' || whole > 1000)
        return false;
    digits = ++text;
    if (!number_scan_unsigned(&text, &fraction) || text - digits != 2)
        return false;
    *hundredths = (uint32_t)(whole * 100 + fraction);
    return true;
}

/* "avg10=0.12 avg60=0.00 avg300=0.00 total=123" */
static struct cgroup_pressure_line read_pressure(const char *text)
{
    struct cgroup_pressure_line line = {0};
    bool has_10s = false, has_60s = false, has_300s = false, has_total = false;

    for (; *text != '\0' && *text != '\n'; text += strspn(text, " ")) {
        const char *total = text + sizeof("total=") - 1;

        if (text_starts_with(text, "avg10="))
            has_10s = read_hundredths(text + sizeof("avg10=") - 1, &line.average_10s);
        else if (text_starts_with(text, "avg60="))
            has_60s = read_hundredths(text + sizeof("avg60=") - 1, &line.average_60s);
        else if (text_starts_with(text, "avg300="))
            has_300s = read_hundredths(text + sizeof("avg300=") - 1, &line.average_300s);
        else if (text_starts_with(text, "total="))
            has_total = number_scan_unsigned(&total, &line.total_us);
        text += strcspn(text, " \n");
    }
    line.present = has_10s && has_60s && has_300s && has_total;
    return line;
}

struct cgroup_pressure cgroup_pressure_parse(const char *text)
{
    struct cgroup_pressure pressure = {0};

    for (; *text != '\0'; text = next_line(text)) {
        if (text_starts_with(text, "some "))
            pressure.some = read_pressure(text + sizeof("some ") - 1);
        else if (text_starts_with(text, "full "))
            pressure.full = read_pressure(text + sizeof("full ") - 1);
    }
    return pressure;
}

/* ---- io.stat ---- */

static bool read_device(const char **text, struct cgroup_io_device *device)
{
    const char *cursor = *text;
    uint64_t major, minor;

    if (!number_scan_unsigned(&cursor, &major) || *cursor != ':')
        return false;
    cursor++;
    if (!number_scan_unsigned(&cursor, &minor) || major > UINT32_MAX || minor > UINT32_MAX)
        return false;
    *device = (struct cgroup_io_device){.major = (uint32_t)major, .minor = (uint32_t)minor};
    *text = cursor;
    return true;
}

static bool read_count(const char *word, struct cgroup_io_device *device)
{
    static const struct {
        const char *key;
        size_t offset;
    } rows[] = {
        {"rbytes=", offsetof(struct cgroup_io_device, read_bytes)},
        {"wbytes=", offsetof(struct cgroup_io_device, write_bytes)},
        {"dbytes=", offsetof(struct cgroup_io_device, discard_bytes)},
        {"rios=", offsetof(struct cgroup_io_device, reads)},
        {"wios=", offsetof(struct cgroup_io_device, writes)},
        {"dios=", offsetof(struct cgroup_io_device, discards)},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct cgroup_number *number = (struct cgroup_number *)(void *)((char *)device + rows[i].offset);
        const char *value = word + strlen(rows[i].key);

        if (!text_starts_with(word, rows[i].key))
            continue;
        number->present = number_scan_unsigned(&value, &number->value);
        return number->present;
    }
    return false;
}

void cgroup_io_parse(const char *text, struct arena *arena, struct cgroup_io_stats *io)
{
    struct cgroup_io_device *devices = arena_array(arena, count_lines(text), sizeof(*devices));

    *io = (struct cgroup_io_stats){.present = true, .devices = devices};
    for (; *text != '\0'; text = next_line(text)) {
        struct cgroup_io_device device;
        bool told = false;

        if (!read_device(&text, &device))
            continue;
        while (*text != '\0' && *text != '\n') {
            text += strspn(text, " ");
            /* Some kernels end the name of a device of which they tell nothing with a blank instead of a
             * newline: the next one follows in the same line. */
            if (!told && read_device(&text, &device))
                continue;
            told = read_count(text, &device) || told;
            text += strcspn(text, " \n");
        }
        if (told)
            devices[io->count++] = device;
    }
}
