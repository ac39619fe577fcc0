/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state record's table, and what a table cannot say about it. */
#include "container/record.h"

#include <limits.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

static const struct json_field cgroup_fields[] = {
    JSON_FIELD(struct record_cgroup, mount, "mount", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record_cgroup, path, "path", JSON_KIND_STRING, .required = true),
    JSON_FIELD_FLAGGED(struct record_cgroup, created_from, "createdFrom", JSON_KIND_UINT32),
    JSON_FIELD_FLAGGED(struct record_cgroup, inode, "inode", JSON_KIND_UINT64),
    JSON_FIELD(struct record_cgroup, controllers, "controllers", JSON_KIND_STRINGS),
};
static const struct json_table cgroup_table =
    JSON_TABLE(struct record_cgroup, "cgroup of the record", cgroup_fields);

static const struct json_field unit_fields[] = {
    JSON_FIELD(struct record_unit, unit, "unit", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record_unit, description, "description", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record_unit, user_manager, "userManager", JSON_KIND_BOOLEAN, .required = true),
};
static const struct json_table unit_table =
    JSON_TABLE(struct record_unit, "systemd unit of the record", unit_fields);

static const struct json_field resctrl_fields[] = {
    JSON_FIELD(struct record_resctrl, clos_id, "closId", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record_resctrl, create, "create", JSON_KIND_BOOLEAN, .required = true),
    JSON_FIELD(struct record_resctrl, monitoring, "monitoring", JSON_KIND_BOOLEAN, .required = true),
};
static const struct json_table resctrl_table =
    JSON_TABLE(struct record_resctrl, "resctrl class of the record", resctrl_fields);

static const struct json_field judged_hook_fields[] = {
    JSON_FIELD(struct record_judged_hook, path, "path", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record_judged_hook, place, "place", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record_judged_hook, sha256, "sha256", JSON_KIND_STRING),
};
static const struct json_table judged_hook_table =
    JSON_TABLE(struct record_judged_hook, "judged hook of the record", judged_hook_fields);

static const struct json_field image_fields[] = {
    JSON_FIELD(struct record_image, found, "found", JSON_KIND_STRING),
    JSON_FIELD(struct record_image, manifest, "manifest", JSON_KIND_STRING),
    JSON_FIELD(struct record_image, names, "names", JSON_KIND_STRINGS),
    JSON_FIELD(struct record_image, keys, "keys", JSON_KIND_STRINGS),
    JSON_FIELD(struct record_image, issuers, "issuers", JSON_KIND_STRINGS),
    JSON_FIELD(struct record_image, reason, "reason", JSON_KIND_STRING),
};
static const struct json_table image_table =
    JSON_TABLE(struct record_image, "image of the record", image_fields);

static const struct json_field record_fields[] = {
    JSON_FIELD(struct record, version, "version", JSON_KIND_UINT32, .required = true),
    JSON_FIELD(struct record, id, "id", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record, boot_id, "bootId", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record, creator_pid, "creatorPid", JSON_KIND_INT64, .required = true,
               .maximum = INT_MAX),
    JSON_FIELD(struct record, owner, "owner", JSON_KIND_UINT32, .required = true),
    JSON_FIELD(struct record, created, "created", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record, oci_version, "ociVersion", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record, bundle, "bundle", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record, rootfs, "rootfs", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record, config_digest, "configDigest", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record, trust, "trust", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct record, image, "image", JSON_KIND_STRUCT, .table = &image_table),
    JSON_FIELD(struct record, policies, "policies", JSON_KIND_STRINGS),
    JSON_FIELD(struct record, bounded, "bounded", JSON_KIND_BOOLEAN),
    JSON_FIELD(struct record, pid, "pid", JSON_KIND_INT64, .required = true, .maximum = INT_MAX),
    JSON_FIELD(struct record, start_time, "startTime", JSON_KIND_UINT64, .required = true),
    JSON_FIELD(struct record, cgroup, "cgroup", JSON_KIND_STRUCT, .table = &cgroup_table),
    JSON_FIELD(struct record, unit, "systemdUnit", JSON_KIND_STRUCT, .table = &unit_table),
    JSON_FIELD(struct record, resctrl, "resctrl", JSON_KIND_STRUCT, .table = &resctrl_table),
    JSON_FIELD(struct record, has_process, "hasProcess", JSON_KIND_BOOLEAN, .required = true),
    JSON_FIELD(struct record, own_pid_namespace, "ownPidNamespace", JSON_KIND_BOOLEAN, .required = true),
    JSON_FIELD(struct record, annotations, "annotations", JSON_KIND_STRING_MAP),
    JSON_FIELD(struct record, hooks, "hooks", JSON_KIND_STRUCT, .table = &spec_hooks_table),
    JSON_FIELD(struct record, judged_hooks, "judgedHooks", JSON_KIND_STRUCTS, .table = &judged_hook_table),
    JSON_FIELD(struct record, no_pivot, "noPivot", JSON_KIND_BOOLEAN, .required = true),
    JSON_FIELD(struct record, cgroup_manager, "cgroupManager", JSON_KIND_UINT32, .required = true),
};
const struct json_table record_table = JSON_TABLE(struct record, "state record", record_fields);

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
    if (record->unit != NULL && !text_ends_with(record->unit->unit, ".scope"))
        return error_set(error, ERROR_INVALID, "%s: \"%.64s\" is no name of a scope", name,
                         record->unit->unit);
    if (record->resctrl != NULL &&
        (record->resctrl->clos_id[0] == '\0' || record->resctrl->clos_id[0] == '.' ||
         strchr(record->resctrl->clos_id, '/') != NULL))
        return error_set(error, ERROR_INVALID, "%s: \"%.64s\" is no name of a resctrl class", name,
                         record->resctrl->clos_id);
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
