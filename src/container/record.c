/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state record's table, and what a table cannot say about it. */
#include "container/record.h"

#include <limits.h>
#include <string.h>
#include "base/memory.h"

static const struct json_word phases[] = {
    {"creating", RECORD_CREATING}, {"created", RECORD_CREATED}, {NULL, 0}};

#define CGROUP_FIELD(name, json_kind, member)                                                                \
    .key = name, .kind = json_kind, .offset = offsetof(struct record_cgroup, member),                        \
    .presence = JSON_NO_PRESENCE

static const struct json_field cgroup_fields[] = {
    {CGROUP_FIELD("mount", JSON_KIND_STRING, mount), .required = true},
    {CGROUP_FIELD("path", JSON_KIND_STRING, path), .required = true},
    {.key = "createdFrom",
     .kind = JSON_KIND_UINT32,
     .offset = offsetof(struct record_cgroup, created_from),
     .presence = offsetof(struct record_cgroup, has_created_from)},
    {CGROUP_FIELD("controllers", JSON_KIND_STRINGS, controllers)},
};

static const struct json_table cgroup_table = {
    .name = "cgroup of the record",
    .size = sizeof(struct record_cgroup),
    .fields = cgroup_fields,
    .count = ARRAY_LENGTH(cgroup_fields),
    .origin = JSON_NO_PRESENCE,
};

#define FIELD(name, json_kind, member)                                                                       \
    .key = name, .kind = json_kind, .offset = offsetof(struct record, member), .presence = JSON_NO_PRESENCE

static const struct json_field record_fields[] = {
    {FIELD("version", JSON_KIND_UINT32, version), .required = true},
    {FIELD("id", JSON_KIND_STRING, id), .required = true},
    {FIELD("phase", JSON_KIND_ENUM, phase), .required = true, .words = phases},
    {FIELD("bootId", JSON_KIND_STRING, boot_id), .required = true},
    {FIELD("creatorPid", JSON_KIND_INT64, creator_pid), .required = true, .minimum = 0, .maximum = INT_MAX},
    {FIELD("owner", JSON_KIND_UINT32, owner), .required = true},
    {FIELD("created", JSON_KIND_STRING, created), .required = true},
    {FIELD("ociVersion", JSON_KIND_STRING, oci_version), .required = true},
    {FIELD("bundle", JSON_KIND_STRING, bundle), .required = true},
    {FIELD("rootfs", JSON_KIND_STRING, rootfs), .required = true},
    {FIELD("configDigest", JSON_KIND_STRING, config_digest), .required = true},
    {FIELD("trust", JSON_KIND_STRING, trust), .required = true},
    {FIELD("policies", JSON_KIND_STRINGS, policies)},
    {FIELD("pid", JSON_KIND_INT64, pid), .required = true, .minimum = 0, .maximum = INT_MAX},
    {FIELD("startTime", JSON_KIND_UINT64, start_time), .required = true},
    {FIELD("cgroup", JSON_KIND_STRUCT, cgroup), .table = &cgroup_table},
    {FIELD("resctrlGroup", JSON_KIND_STRING, resctrl_group)},
    {FIELD("hasProcess", JSON_KIND_BOOLEAN, has_process), .required = true},
    {FIELD("ownPidNamespace", JSON_KIND_BOOLEAN, own_pid_namespace), .required = true},
    {FIELD("annotations", JSON_KIND_STRING_MAP, annotations)},
    {FIELD("hooks", JSON_KIND_STRUCT, hooks), .table = &spec_hooks_table},
    {FIELD("noPivot", JSON_KIND_BOOLEAN, no_pivot), .required = true},
    {FIELD("cgroupManager", JSON_KIND_UINT32, cgroup_manager), .required = true},
};

const struct json_table record_table = {
    .name = "state record",
    .size = sizeof(struct record),
    .fields = record_fields,
    .count = ARRAY_LENGTH(record_fields),
    .origin = JSON_NO_PRESENCE,
};

void record_encode(struct text *text, const struct record *record)
{
    json_encode(text, &record_table, record, 0);
    text_append_character(text, '\n');
}

/* The version decides how the rest is read, so it is looked at before the table is applied. */
static int check_version(const struct json_value *root, const char *name, struct error *error)
{
    const struct json_value *version = json_member(root, "version");

    if (version == NULL || version->type != JSON_NUMBER)
        return error_set(error, ERROR_INVALID, "%s: no version number: this is not a record of thwart", name);
    if (strcmp(version->number.text, "1") != 0)
        return error_set(
            error, ERROR_INVALID,
            "%s: record of version %.16s, this thwart reads version %d: another release of thwart wrote it",
            name, version->number.text, (int)RECORD_VERSION);
    return 0;
}

/* cgroup_remove and cgroup_kill act on this path: a record that climbs out of its place must not direct them.
 */
static bool cgroup_path_is_sane(const char *path)
{
    if (path[0] != '/' || path[1] == '\0')
        return false;
    for (const char *component = path; component != NULL; component = strchr(component, '/')) {
        component++;
        if (component[0] == '/' || component[0] == '\0')
            return false;
        size_t length = strcspn(component, "/");
        if ((length == 1 && component[0] == '.') ||
            (length == 2 && component[0] == '.' && component[1] == '.'))
            return false;
    }
    return true;
}

static int check_values(const struct record *record, const char *name, const char *id, struct error *error)
{
    if (strcmp(record->id, id) != 0)
        return error_set(error, ERROR_INVALID, "%s: the record is of container \"%.64s\"", name, record->id);
    if (strlen(record->boot_id) != 36)
        return error_set(error, ERROR_INVALID, "%s: bootId is no boot id", name);
    if (record->bundle[0] != '/')
        return error_set(error, ERROR_INVALID, "%s: bundle is not absolute", name);
    if (record->cgroup_manager > PLAN_CGROUP_SYSTEMD)
        return error_set(error, ERROR_INVALID, "%s: unknown cgroupManager %u", name, record->cgroup_manager);
    if (record->cgroup != NULL &&
        (record->cgroup->mount[0] != '/' || !cgroup_path_is_sane(record->cgroup->path)))
        return error_set(error, ERROR_INVALID, "%s: cgroup path \"%.128s\" is not absolute and plain", name,
                         record->cgroup->path);
    return 0;
}

int record_decode(const char *bytes, size_t length, const char *name, const char *id, struct arena *arena,
                  const struct record **record, struct error *error)
{
    const struct json_limits limits = {.bytes = RECORD_BYTES_MAX};
    const struct json_decoding decoding = {.name = name, .arena = arena, .notes = NULL};
    struct json_value *root;
    struct record *decoded = arena_allocate(arena, sizeof(*decoded));

    if (json_read(bytes, length, name, &limits, arena, &root, error) != 0)
        return -1;
    if (check_version(root, name, error) != 0)
        return -1;
    if (json_decode(&decoding, &record_table, root, decoded, error) != 0)
        return -1;
    if (check_values(decoded, name, id, error) != 0)
        return -1;
    *record = decoded;
    return 0;
}
