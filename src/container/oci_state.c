/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encoding the OCI state document. */
#include "container/oci_state.h"

#include <stddef.h>
#include "base/memory.h"

struct oci_state {
    const char *oci_version, *id, *status;
    int64_t pid;
    const char *bundle, *rootfs, *created, *owner;
    struct json_string_map annotations;
};

static const struct json_field fields[] = {
    JSON_FIELD(struct oci_state, oci_version, "ociVersion", JSON_KIND_STRING),
    JSON_FIELD(struct oci_state, id, "id", JSON_KIND_STRING),
    JSON_FIELD(struct oci_state, status, "status", JSON_KIND_STRING),
    JSON_FIELD(struct oci_state, pid, "pid", JSON_KIND_INT64, .required = true),
    JSON_FIELD(struct oci_state, bundle, "bundle", JSON_KIND_STRING),
    JSON_FIELD(struct oci_state, rootfs, "rootfs", JSON_KIND_STRING),
    JSON_FIELD(struct oci_state, created, "created", JSON_KIND_STRING),
    JSON_FIELD(struct oci_state, owner, "owner", JSON_KIND_STRING),
    JSON_FIELD(struct oci_state, annotations, "annotations", JSON_KIND_STRING_MAP),
};
static const struct json_table table = JSON_TABLE(struct oci_state, "state", fields);

void owner_name(uint32_t uid, char name[16])
{
    if (uid == 0)
        text_print(name, 16, "root");
    else
        text_print(name, 16, "%u", uid);
}

void oci_state_encode(struct text *text, const struct record *record, const char *status, int64_t pid,
                      unsigned int indent)
{
    char owner[16];
    struct oci_state state = {
        .oci_version = record->oci_version,
        .id = record->id,
        .status = status,
        .pid = pid,
        .bundle = record->bundle,
        .rootfs = record->rootfs,
        .created = record->created,
        .owner = owner,
        .annotations = record->annotations,
    };

    owner_name(record->owner, owner);
    json_encode(text, &table, &state, indent);
}
