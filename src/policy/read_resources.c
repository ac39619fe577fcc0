/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections "resources" and "sysctls". */
#include "policy/reader.h"

#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

enum { SHOWN = 40, DEVICE_NUMBER_MAX = 1048575, PIDS_MAX = 4194304 };

static const struct reader_bounds some_bytes = {1, UINT64_MAX - 1}, any_bytes = {0, UINT64_MAX - 1},
                                  pids_bounds = {1, PIDS_MAX};

/* ---- io ---- */

static bool parse_device(const char *text, int64_t *major, int64_t *minor)
{
    const char *colon = strchr(text, ':');
    char head[16];

    if (colon == NULL || (size_t)(colon - text) >= sizeof(head))
        return false;
    memcpy(head, text, (size_t)(colon - text));
    head[colon - text] = '\0';
    return number_signed(head, 0, DEVICE_NUMBER_MAX, major) &&
           number_signed(colon + 1, 0, DEVICE_NUMBER_MAX, minor);
}

static void read_io_device(struct reader *reader, const struct reader_spot *spot, void *target,
                           const void *detail)
{
    struct policy_io_limit *limit = target;

    (void)detail;
    if (spot->value->type != JSON_STRING ||
        !parse_device(spot->value->string.bytes, &limit->major, &limit->minor))
        reader_expected(reader, spot, "\"MAJOR:MINOR\" of a block device, such as \"8:0\"");
}

static const struct reader_key io_keys[] = {
    {.key = "device", .read = read_io_device, .rule = READER_NO_RULE, .required = true},
    READER_KEY(struct policy_io_limit, read_bps, "readBps", reader_bytes, &some_bytes),
    READER_KEY(struct policy_io_limit, write_bps, "writeBps", reader_bytes, &some_bytes),
    READER_KEY(struct policy_io_limit, read_iops, "readIops", reader_count, &some_bytes),
    READER_KEY(struct policy_io_limit, write_iops, "writeIops", reader_count, &some_bytes),
};
READER_TABLE(io_table, "a limit of resources.io", io_keys);

static bool same_device(const struct policy_io_limit *one, const struct policy_io_limit *other)
{
    return one->major == other->major && one->minor == other->minor;
}

static int compare_limits(const void *one, const void *other)
{
    const struct policy_io_limit *first = *(const struct policy_io_limit *const *)one,
                                 *second = *(const struct policy_io_limit *const *)other;

    if (first->major != second->major)
        return first->major < second->major ? -1 : 1;
    if (first->minor != second->minor)
        return first->minor < second->minor ? -1 : 1;
    return first < second ? -1 : 1;
}

/* One device twice: which of the two counts would be a guess. */
static void tell_doubles(struct reader *reader, const struct reader_spot *spot,
                         const struct policy_io_limit *items, size_t count)
{
    const struct policy_io_limit **sorted = arena_array(reader->arena, count, sizeof(*sorted));

    for (size_t i = 0; i < count; i++)
        sorted[i] = &items[i];
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), compare_limits);
    for (size_t i = 1; i < count; i++) {
        size_t index = (size_t)(sorted[i] - items);
        const struct json_value *value = spot->value->array.items[index];
        struct json_place place = {.parent = spot->place, .index = index};
        struct reader_spot element = {&place, value, value->line, value->column};

        if (sorted[i]->major >= 0 && same_device(sorted[i], sorted[i - 1]))
            reader_mistake(reader, &element, "device %lld:%lld has limits already at %u:%u",
                           (long long)sorted[i]->major, (long long)sorted[i]->minor, sorted[i - 1]->line,
                           sorted[i - 1]->column);
    }
}

static void read_io_limit(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                          const void *detail)
{
    struct policy_io_limit *limit = (struct policy_io_limit *)target + index;

    (void)detail;
    *limit = (struct policy_io_limit){.major = -1,
                                      .minor = -1,
                                      .read_bps = UINT64_MAX,
                                      .write_bps = UINT64_MAX,
                                      .read_iops = UINT64_MAX,
                                      .write_iops = UINT64_MAX,
                                      .line = spot->line,
                                      .column = spot->column};
    reader_object(reader, spot, &io_table, NULL, limit);
}

static void read_io(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_io *io = target;
    size_t count = spot->value->type == JSON_ARRAY ? spot->value->array.count : 0;
    struct policy_io_limit *items = arena_array(reader->arena, count, sizeof(*items));

    io->items = items;
    io->count = count;
    if (reader_list(reader, spot, "a list of limits, one a device", read_io_limit, items, detail))
        tell_doubles(reader, spot, items, count);
}

/* ---- hugepages ---- */

/* "2MB", "1GB", "64KB": what the kernel calls its sizes (hugetlb.2MB.max). */
static bool is_page_size(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    char head[8];
    uint64_t number;

    if (digits == 0 || digits >= sizeof(head))
        return false;
    memcpy(head, text, digits);
    head[digits] = '\0';
    return number_unsigned(head, 1023, &number) && number > 0 && (number & (number - 1)) == 0 &&
           (strcmp(text + digits, "KB") == 0 || strcmp(text + digits, "MB") == 0 ||
            strcmp(text + digits, "GB") == 0);
}

static void read_hugepage(struct reader *reader, const struct reader_spot *spot, const char *key,
                          struct policy_hugepage *item)
{
    *item = (struct policy_hugepage){.page_size = key, .line = spot->line, .column = spot->column};
    if (is_page_size(key))
        reader_bytes(reader, spot, &item->maximum, &any_bytes);
    else
        reader_mistake_at_key(reader, spot, "\"%.*s\" is no size of huge pages: \"2MB\", \"1GB\", \"64KB\"",
                              SHOWN, key);
}

static void read_hugepages(struct reader *reader, const struct reader_spot *spot, void *target,
                           const void *detail)
{
    struct policy_hugepages *pages = target;
    struct policy_hugepage *items;

    (void)detail;
    if (spot->value->type != JSON_OBJECT) {
        reader_expected(reader, spot, "an object of page sizes and their maxima");
        return;
    }
    items = arena_array(reader->arena, spot->value->object.count, sizeof(*items));
    pages->items = items;
    for (size_t i = 0; i < spot->value->object.count; i++) {
        const struct json_member *member = &spot->value->object.members[i];
        struct json_place place = {.parent = spot->place, .key = member->key};
        struct reader_spot inner = {&place, member->value, member->line, member->column};

        if (!reader_modifier(reader, &inner, member->key, &pages->rule))
            read_hugepage(reader, &inner, member->key, &items[pages->count++]);
    }
}

static const struct reader_key resources_keys[] = {
    READER_RULE(struct policy_resources, memory, "memory", reader_maximum_bytes, &some_bytes),
    READER_RULE(struct policy_resources, swap, "swap", reader_maximum_bytes, &any_bytes),
    READER_RULE(struct policy_resources, pids, "pids", reader_maximum_count, &pids_bounds),
    READER_RULE(struct policy_resources, cpu, "cpu", reader_maximum_cpu, NULL),
    READER_RULE(struct policy_resources, io, "io", read_io, NULL),
    READER_OBJECT_RULE(struct policy_resources, hugepages, "hugepages", read_hugepages, NULL),
};
const struct reader_table reader_resources_section = {"resources", resources_keys,
                                                      ARRAY_LENGTH(resources_keys)};

/* ---- sysctls ---- */

static const struct reader_key sysctls_keys[] = {
    {.key = "allow",
     .read = reader_patterns,
     .detail = &reader_sysctl_pattern,
     .rule = offsetof(struct policy_patterns, rule)},
};
const struct reader_table reader_sysctls_section = {"sysctls", sysctls_keys, ARRAY_LENGTH(sysctls_keys)};
