/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list: all containers of a state root. */
#include <stdlib.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "container/observe.h"
#include "container/oci_state.h"
#include "container/operations.h"
#include "container/state_root.h"
#include "container/state_store.h"

static const struct json_field fields[] = {
    JSON_FIELD(struct container_entry, oci_version, "ociVersion", JSON_KIND_STRING),
    JSON_FIELD(struct container_entry, id, "id", JSON_KIND_STRING),
    JSON_FIELD(struct container_entry, pid, "pid", JSON_KIND_INT64, .required = true),
    JSON_FIELD(struct container_entry, status, "status", JSON_KIND_STRING),
    JSON_FIELD(struct container_entry, bundle, "bundle", JSON_KIND_STRING),
    JSON_FIELD(struct container_entry, rootfs, "rootfs", JSON_KIND_STRING),
    JSON_FIELD(struct container_entry, created, "created", JSON_KIND_STRING),
    JSON_FIELD(struct container_entry, owner, "owner", JSON_KIND_STRING),
    JSON_FIELD(struct container_entry, annotations, "annotations", JSON_KIND_STRING_MAP),
    JSON_FIELD(struct container_entry, problem, "problem", JSON_KIND_STRING),
};
static const struct json_table table = JSON_TABLE(struct container_entry, "container", fields);

void container_list_encode(struct text *text, const struct container_entry *entries, size_t count)
{
    text_append_character(text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_append_character(text, ',');
        json_encode(text, &table, &entries[i], 0);
    }
    text_append(text, "]\n");
}

static int observe_entry(int directory, const char *id, struct arena *arena, struct container_entry *entry,
                         struct error *error)
{
    cleanup_observation struct observation observation = OBSERVATION_NONE;
    const struct record *record;
    char owner[16];

    if (state_read_record(directory, id, arena, &record, error) != 0) {
        /* Between the claim and the intent record there is nothing to read yet. */
        if (error->kind != ERROR_NOT_FOUND || !state_is_locked(directory))
            return -1;
        entry->status = container_status_name(CONTAINER_CREATING);
        return 0;
    }
    if (observe(record, directory, false, &observation, error) != 0)
        return -1;
    owner_name(record->owner, owner);
    *entry = (struct container_entry){
        .oci_version = record->oci_version,
        .id = id,
        .status = container_status_name(observation.status),
        .bundle = record->bundle,
        .rootfs = record->rootfs,
        .created = record->created,
        .owner = arena_string(arena, owner),
        .pid = observation.pidfd >= 0 ? record->pid : 0,
        .annotations = record->annotations,
    };
    return 0;
}

/* false: it was deleted meanwhile. */
static bool make_entry(int root, const char *id, struct arena *arena, struct container_entry *entry)
{
    cleanup_fd int directory = -1;
    struct error error = {0};

    *entry = (struct container_entry){.id = id};
    if (state_open(root, id, &directory, &error) == 0) {
        if (observe_entry(directory, id, arena, entry, &error) == 0)
            return true;
        if (state_is_removed(directory))
            return false;
    } else if (error.kind == ERROR_NOT_FOUND) {
        return false;
    }
    *entry = (struct container_entry){
        .id = id,
        .status = container_status_name(CONTAINER_BROKEN),
        .problem = arena_string(arena, error.message),
    };
    return true;
}

static int compare_entries(const void *left, const void *right)
{
    return strcmp(((const struct container_entry *)left)->id, ((const struct container_entry *)right)->id);
}

int container_list(const struct runtime *runtime, struct arena *arena, const struct container_entry **entries,
                   size_t *count, struct error *error)
{
    cleanup_fd int root = -1;
    const char *const *ids;
    const char *root_path;
    struct container_entry *list;
    size_t id_count, used = 0;

    if (state_root_path(runtime->root, arena, &root_path, error) != 0 ||
        state_root_open(root_path, false, &root, error) != 0 ||
        state_list(root, arena, &ids, &id_count, error) != 0)
        return -1;
    list = arena_array(arena, id_count, sizeof(*list));
    for (size_t i = 0; i < id_count; i++)
        if (make_entry(root, ids[i], arena, &list[used]))
            used++;
    qsort(list, used, sizeof(*list), compare_entries);
    *entries = list;
    *count = used;
    return 0;
}
