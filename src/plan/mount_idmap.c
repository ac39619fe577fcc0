/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings in the text of a mount option, the form that Podman's users know from crun:
 * "uids=A-B-N#A-B-N;gids=A-B-N". A is an id on the file system, B what it is shown as, N how many. With '@'
 * in front B is an id inside the container's user namespace.
 */
#include "plan/builder.h"

#include <string.h>
#include "base/number.h"
#include "base/text.h"

enum { RANGES_MAX = 340 /* the kernel's limit, user_namespaces(7) */ };

static int refuse(size_t index, const char *text, const char *why, struct error *error)
{
    return error_set(error, ERROR_INVALID, "/mounts/%zu/options: \"idmap=%s\": %s", index, text, why);
}

/* B in the container's namespace to B on the host: through the range of the container's mapping that holds
 * it. */
static bool make_absolute(const struct plan_id_mappings *container, struct plan_id_mapping *range)
{
    for (size_t i = 0; i < container->count; i++) {
        const struct plan_id_mapping *mapping = &container->items[i];
        uint32_t distance = range->host_id - mapping->container_id;

        if (range->host_id < mapping->container_id || distance >= mapping->size)
            continue;
        if (range->size > mapping->size - distance)
            return false; /* it crosses into another range of the container's mapping */
        range->host_id = mapping->host_id + distance;
        return true;
    }
    return false;
}

static bool scan_number(const char **cursor, char separator, uint32_t *number)
{
    uint64_t value;

    if (!number_scan_unsigned(cursor, &value) || value >= UINT32_MAX)
        return false;
    if (separator != '\0') {
        if (**cursor != separator)
            return false;
        (*cursor)++;
    }
    *number = (uint32_t)value;
    return true;
}

/* The ranges up to ';' or the end. */
static int read_ranges(const char **cursor, const struct plan_id_mappings *container, struct arena *arena,
                       struct plan_id_mappings *mappings, const char **why)
{
    struct plan_id_mapping *ranges = arena_array(arena, RANGES_MAX, sizeof(*ranges));
    size_t count = 0;

    for (;;) {
        struct plan_id_mapping *range = &ranges[count];
        bool relative = **cursor == '@';

        if (relative)
            (*cursor)++;
        *why = "a range is FILESYSTEM_ID-HOST_ID-COUNT";
        if (!scan_number(cursor, '-', &range->container_id) || !scan_number(cursor, '-', &range->host_id) ||
            !scan_number(cursor, '\0', &range->size) || range->size == 0 ||
            range->size > UINT32_MAX - range->container_id || range->size > UINT32_MAX - range->host_id)
            return -1;
        *why = "the container's user namespace does not map the whole of a range marked with '@'";
        if (relative && !make_absolute(container, range))
            return -1;
        count++;
        if (**cursor != '#')
            break;
        (*cursor)++;
        *why = "too many ranges";
        if (count == RANGES_MAX)
            return -1;
    }
    *mappings = (struct plan_id_mappings){.items = ranges, .count = count};
    return 0;
}

int plan_parse_idmap(struct plan_builder *builder, const char *text, size_t index, struct plan_mount *mount,
                     struct error *error)
{
    const struct plan_namespaces *namespaces = &builder->plan->namespaces;
    const char *cursor = text;
    const char *why = NULL;

    while (*cursor != '\0') {
        bool users = text_starts_with(cursor, "uids=");

        if (!users && !text_starts_with(cursor, "gids="))
            return refuse(index, text, "only \"uids=\" and \"gids=\" are known", error);
        cursor += strlen("uids=");
        if (read_ranges(&cursor, users ? &namespaces->uid_mappings : &namespaces->gid_mappings,
                        builder->arena, users ? &mount->uid_mappings : &mount->gid_mappings, &why) < 0)
            return refuse(index, text, why, error);
        if (*cursor == ';')
            cursor++;
        else if (*cursor != '\0')
            return refuse(index, text, "a range is followed by '#', ';' or the end", error);
    }
    if (mount->uid_mappings.count == 0 || mount->gid_mappings.count == 0)
        return refuse(index, text, "uids and gids are needed both", error);
    mount->idmap = PLAN_IDMAP_GIVEN;
    return 0;
}
