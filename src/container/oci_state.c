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

#define FIELD(name, json_kind, member)                                                                       \
    .key = name, .kind = json_kind, .offset = offsetof(struct oci_state, member), .presence = JSON_NO_PRESENCE

static const struct json_field fields[] = {
    {FIELD("ociVersion", JSON_KIND_STRING, oci_version)},
    {FIELD("id", JSON_KIND_STRING, id)},
    {FIELD("status", JSON_KIND_STRING, status)},
    {FIELD("pid", JSON_KIND_INT64, pid)},
    {FIELD("bundle", JSON_KIND_STRING, bundle)},
    {FIELD("rootfs", JSON_KIND_STRING, rootfs)},
    {FIELD("created", JSON_KIND_STRING, created)},
    {FIELD("owner", JSON_KIND_STRING, owner)},
    {FIELD("annotations", JSON_KIND_STRING_MAP, annotations)},
};

static const struct json_table table = {
    .name = "state",
    .size = sizeof(struct oci_state),
    .fields = fields,
    .count = ARRAY_LENGTH(fields),
    .origin = JSON_NO_PRESENCE,
};

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
