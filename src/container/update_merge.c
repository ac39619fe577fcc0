/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources put into resources, member by member. */
#include "container/update_merge.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

#define UNIFIED_POINTER "/linux/resources/unified/"

/* Take a number that is given and not zero. */
#define TAKE_NUMBER(target, source, member)                                                                  \
    do {                                                                                                     \
        if ((source)->has_##member && (source)->member != 0) {                                               \
            (target)->member = (source)->member;                                                             \
            (target)->has_##member = true;                                                                   \
        }                                                                                                    \
    } while (0)

/* Take what is given, whatever it is. */
#define TAKE(target, source, member)                                                                         \
    do {                                                                                                     \
        if ((source)->has_##member) {                                                                        \
            (target)->member = (source)->member;                                                             \
            (target)->has_##member = true;                                                                   \
        }                                                                                                    \
    } while (0)

static const struct spec_memory *merge_memory(const struct spec_memory *granted,
                                              const struct spec_memory *asked, struct arena *arena)
{
    struct spec_memory *merged;

    if (asked == NULL)
        return granted;
    merged = arena_allocate(arena, sizeof(*merged));
    if (granted != NULL)
        *merged = *granted;
    TAKE_NUMBER(merged, asked, limit);
    TAKE_NUMBER(merged, asked, reservation);
    TAKE_NUMBER(merged, asked, swap);
    TAKE_NUMBER(merged, asked, kernel);
    TAKE_NUMBER(merged, asked, kernel_tcp);
    TAKE(merged, asked, swappiness);
    TAKE(merged, asked, disable_oom_killer);
    TAKE(merged, asked, use_hierarchy);
    /* An unlimited limit alone lifts swap too (plan/resources_memory.c). */
    if (asked->has_limit && asked->limit < 0 && (!asked->has_swap || asked->swap == 0)) {
        merged->swap = -1;
        merged->has_swap = true;
    }
    return merged;
}

static const struct spec_cpu *merge_cpu(const struct spec_cpu *granted, const struct spec_cpu *asked,
                                        struct arena *arena)
{
    struct spec_cpu *merged;

    if (asked == NULL)
        return granted;
    merged = arena_allocate(arena, sizeof(*merged));
    if (granted != NULL)
        *merged = *granted;
    TAKE_NUMBER(merged, asked, shares);
    TAKE_NUMBER(merged, asked, quota);
    TAKE_NUMBER(merged, asked, period);
    TAKE(merged, asked, burst);
    TAKE(merged, asked, idle);
    if (asked->cpus != NULL && asked->cpus[0] != '\0')
        merged->cpus = asked->cpus;
    if (asked->mems != NULL && asked->mems[0] != '\0')
        merged->mems = asked->mems;
    return merged;
}

static const struct spec_pids *merge_pids(const struct spec_pids *granted, const struct spec_pids *asked)
{
    return asked != NULL && asked->has_limit ? asked : granted;
}

/* ---- lists ---- */

/* A copy of the list with room for `more`. */
static struct json_structs grow(const struct json_structs *list, size_t more, size_t size,
                                struct arena *arena)
{
    struct json_structs grown = *list;

    grown.items = arena_array(arena, list->count + more, size);
    grown.present = list->present || more > 0;
    if (list->count > 0)
        memcpy(grown.items, list->items, list->count * size);
    return grown;
}

static void merge_throttles(struct json_structs *list, const struct json_structs *asked, struct arena *arena)
{
    const struct spec_throttle_device *wanted = asked->items;
    struct spec_throttle_device *items;

    if (asked->count == 0)
        return;
    *list = grow(list, asked->count, sizeof(*items), arena);
    items = list->items;
    for (size_t i = 0; i < asked->count; i++) {
        size_t place = 0;

        while (place < list->count &&
               (items[place].major != wanted[i].major || items[place].minor != wanted[i].minor))
            place++;
        items[place] = wanted[i];
        list->count += place == list->count;
    }
}

static void merge_weights(struct json_structs *list, const struct json_structs *asked, struct arena *arena)
{
    const struct spec_weight_device *wanted = asked->items;
    struct spec_weight_device *items;

    if (asked->count == 0)
        return;
    *list = grow(list, asked->count, sizeof(*items), arena);
    items = list->items;
    for (size_t i = 0; i < asked->count; i++) {
        size_t place = 0;

        while (place < list->count &&
               (items[place].major != wanted[i].major || items[place].minor != wanted[i].minor))
            place++;
        if (place == list->count)
            items[list->count++] = wanted[i];
        TAKE_NUMBER(&items[place], &wanted[i], weight);
        TAKE_NUMBER(&items[place], &wanted[i], leaf_weight);
    }
}

static const struct spec_block_io *merge_block_io(const struct spec_block_io *granted,
                                                  const struct spec_block_io *asked, struct arena *arena)
{
    struct spec_block_io *merged;

    if (asked == NULL)
        return granted;
    merged = arena_allocate(arena, sizeof(*merged));
    if (granted != NULL)
        *merged = *granted;
    TAKE_NUMBER(merged, asked, weight);
    TAKE_NUMBER(merged, asked, leaf_weight);
    merge_weights(&merged->weight_device, &asked->weight_device, arena);
    merge_throttles(&merged->throttle_read_bps, &asked->throttle_read_bps, arena);
    merge_throttles(&merged->throttle_write_bps, &asked->throttle_write_bps, arena);
    merge_throttles(&merged->throttle_read_iops, &asked->throttle_read_iops, arena);
    merge_throttles(&merged->throttle_write_iops, &asked->throttle_write_iops, arena);
    return merged;
}

static void merge_huge_pages(struct json_structs *list, const struct json_structs *asked, struct arena *arena)
{
    const struct spec_hugepage_limit *wanted = asked->items;
    struct spec_hugepage_limit *items;

    if (asked->count == 0)
        return;
    *list = grow(list, asked->count, sizeof(*items), arena);
    items = list->items;
    for (size_t i = 0; i < asked->count; i++) {
        size_t place = 0;

        while (place < list->count && strcmp(items[place].page_size, wanted[i].page_size) != 0)
            place++;
        items[place] = wanted[i];
        list->count += place == list->count;
    }
}

static void merge_rdma(struct json_struct_map *map, const struct json_struct_map *asked, struct arena *arena)
{
    const struct spec_rdma *wanted = asked->items;
    struct spec_rdma *items = arena_array(arena, map->count + asked->count, sizeof(*items));
    const char **keys = arena_array(arena, map->count + asked->count, sizeof(*keys));

    if (asked->count == 0)
        return;
    if (map->count > 0) {
        memcpy(items, map->items, map->count * sizeof(*items));
        memcpy(keys, map->keys, map->count * sizeof(*keys));
    }
    *map = (struct json_struct_map){.keys = keys, .items = items, .count = map->count, .present = true};
    for (size_t i = 0; i < asked->count; i++) {
        size_t place = 0;

        while (place < map->count && strcmp(keys[place], asked->keys[i]) != 0)
            place++;
        if (place == map->count)
            keys[map->count++] = asked->keys[i];
        TAKE(&items[place], &wanted[i], hca_handles);
        TAKE(&items[place], &wanted[i], hca_objects);
    }
}

/* ---- unified ---- */

/* Files with a line for each device; of the others each write replaces the whole. */
static bool has_lines(const char *file)
{
    return text_starts_with(file, "io.") || text_starts_with(file, "rdma.") ||
           text_starts_with(file, "misc.") || text_starts_with(file, "dmem.");
}

/* Does line set this word, "rbps=1", to something? A word without '=' is the line's whole value. */
static bool sets_word(const char *line, const char *word, size_t length)
{
    const char *equals = memchr(word, '=', length);
    size_t name;

    if (equals == NULL)
        return true;
    name = (size_t)(equals - word) + 1;
    for (const char *at = line; *at != '\0'; at += strspn(at, " ")) {
        size_t here = strcspn(at, " ");

        if (here >= name && memcmp(at, word, name) == 0)
            return true;
        at += here;
    }
    return false;
}

/* Append what is left of old, a line of this key, when line is written after it. */
static void append_rest(struct text *text, const char *old, size_t old_length, const char *line)
{
    const size_t key = strcspn(old, " \n"), begin = text->length;
    size_t kept = 0;

    if (begin > 0)
        text_append_character(text, '\n');
    text_append_bytes(text, old, key);
    for (const char *word = old + key; word < old + old_length;) {
        size_t length;

        word += strspn(word, " ");
        length = strcspn(word, " \n");
        if (length > 0 && !sets_word(line, word, length)) {
            text_append_character(text, ' ');
            text_append_bytes(text, word, length);
            kept++;
        }
        word += length;
        if (length == 0)
            break;
    }
    if (kept == 0 && text->length > begin) {
        text->length = begin;
        text->bytes[begin] = '\0';
    }
}

const char *update_merge_lines(const char *value, const char *line, struct arena *arena)
{
    const size_t key = strcspn(line, " ");
    cleanup_text struct text text = text_growing(strlen(value) + 2);

    for (const char *old = value; *old != '\0'; old += *old == '\n') {
        size_t length = strcspn(old, "\n"), old_key = strcspn(old, " \n");
        bool same = old_key == key && memcmp(old, line, key) == 0;

        if (same) {
            append_rest(&text, old, length, line);
        } else if (length > 0) {
            if (text.length > 0)
                text_append_character(&text, '\n');
            text_append_bytes(&text, old, length);
        }
        old += length;
    }
    return text.bytes != NULL ? arena_string(arena, text.bytes) : "";
}

static size_t find_file(const struct json_string_map *map, const char *file)
{
    size_t place = 0;

    while (place < map->count && strcmp(map->items[place].key, file) != 0)
        place++;
    return place;
}

/* The grant's files give way to what the update's other members write. */
static void give_way(struct json_string_map *map, const struct plan_cgroup_write *write, struct arena *arena)
{
    for (; write != NULL; write = write->otherwise) {
        size_t place = find_file(map, write->file);
        const char *rest = "";

        if (place == map->count || text_starts_with(write->pointer, UNIFIED_POINTER))
            continue;
        if (has_lines(write->file))
            rest = update_merge_lines(map->items[place].value, write->value, arena);
        if (rest[0] != '\0') {
            map->items[place].value = rest;
            continue;
        }
        memmove(&map->items[place], &map->items[place + 1], (map->count - place - 1) * sizeof(*map->items));
        map->count--;
    }
}

static void add_file(struct json_string_map *map, const struct json_pair *asked, struct arena *arena)
{
    size_t place = find_file(map, asked->key);
    const char *rest = "";

    if (place == map->count) {
        map->items[map->count++] = *asked;
        return;
    }
    if (has_lines(asked->key)) {
        rest = map->items[place].value;
        for (const char *line = asked->value; *line != '\0'; line += *line == '\n') {
            size_t length = strcspn(line, "\n");

            if (length > 0)
                rest = update_merge_lines(rest, arena_copy(arena, line, length), arena);
            line += length;
        }
    }
    map->items[place].value =
        rest[0] != '\0' ? arena_format(arena, "%s\n%s", rest, asked->value) : asked->value;
}

static struct json_string_map merge_unified(const struct json_string_map *granted,
                                            const struct json_string_map *asked,
                                            const struct plan_cgroup *writes, struct arena *arena)
{
    struct json_string_map merged = *granted;

    merged.items = arena_array(arena, granted->count + asked->count, sizeof(*merged.items));
    if (granted->count > 0)
        memcpy(merged.items, granted->items, granted->count * sizeof(*merged.items));
    for (size_t i = 0; i < writes->write_count; i++)
        give_way(&merged, &writes->writes[i], arena);
    for (size_t i = 0; i < asked->count; i++)
        add_file(&merged, &asked->items[i], arena);
    merged.present = merged.count > 0;
    return merged;
}

const struct spec_resources *update_merge(const struct spec_resources *granted,
                                          const struct spec_resources *asked,
                                          const struct plan_cgroup *writes, struct arena *arena)
{
    struct spec_resources *merged = arena_allocate(arena, sizeof(*merged));

    *merged = *granted;
    merged->memory = merge_memory(granted->memory, asked->memory, arena);
    merged->cpu = merge_cpu(granted->cpu, asked->cpu, arena);
    merged->pids = merge_pids(granted->pids, asked->pids);
    merged->block_io = merge_block_io(granted->block_io, asked->block_io, arena);
    merge_huge_pages(&merged->hugepage_limits, &asked->hugepage_limits, arena);
    merge_rdma(&merged->rdma, &asked->rdma, arena);
    merged->unified = merge_unified(&granted->unified, &asked->unified, writes, arena);
    return merged;
}

/* ---- device rules ---- */

static bool same_text(const char *left, const char *right)
{
    return strcmp(left != NULL ? left : "", right != NULL ? right : "") == 0;
}

static bool same_rule(const struct spec_device_rule *left, const struct spec_device_rule *right)
{
    return left->allow == right->allow && same_text(left->type, right->type) &&
           left->has_major == right->has_major && left->has_minor == right->has_minor &&
           left->major == right->major && left->minor == right->minor &&
           same_text(left->access, right->access);
}

bool update_asks_for_devices(const struct spec_resources *granted, const struct spec_resources *asked)
{
    const struct spec_device_rule *rules = asked->devices.items;
    const struct spec_device_rule *have = granted->devices.items;
    const size_t count = asked->devices.count;

    if (count == 0 || (count == 1 && !rules[0].allow && !rules[0].has_major && !rules[0].has_minor))
        return false;
    if (count != granted->devices.count)
        return true;
    for (size_t i = 0; i < count; i++)
        if (!same_rule(&rules[i], &have[i]))
            return true;
    return false;
}
