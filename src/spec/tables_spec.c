/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the whole document, root, mounts and hooks (config.md). */
#include "spec/spec.h"

#include <stddef.h>
#include "base/memory.h"
#include "spec/tables.h"

static const struct json_field root_rows[] = {
    JSON_FIELD(struct spec_root, path, "path", JSON_KIND_STRING, .required = true),
    JSON_FIELD_FLAGGED(struct spec_root, readonly, "readonly", JSON_KIND_BOOLEAN),
};
const struct json_table spec_root_table = JSON_TABLE(struct spec_root, "root", root_rows);

static const struct json_field mount_rows[] = {
    JSON_FIELD(struct spec_mount, destination, "destination", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_mount, type, "type", JSON_KIND_STRING),
    JSON_FIELD(struct spec_mount, source, "source", JSON_KIND_STRING),
    JSON_FIELD(struct spec_mount, options, "options", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_mount, uid_mappings, "uidMappings", JSON_KIND_STRUCTS,
               .table = &spec_id_mapping_table),
    JSON_FIELD(struct spec_mount, gid_mappings, "gidMappings", JSON_KIND_STRUCTS,
               .table = &spec_id_mapping_table),
};
const struct json_table spec_mount_table = JSON_TABLE_PLACED(struct spec_mount, "mount", mount_rows);

/* Seconds: more than 68 years of waiting would overflow in milliseconds somewhere. */
static const struct json_field hook_rows[] = {
    JSON_FIELD(struct spec_hook, path, "path", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec_hook, args, "args", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_hook, environment, "env", JSON_KIND_STRINGS),
    {.key = "timeout",
     .kind = JSON_KIND_INT64,
     .offset = offsetof(struct spec_hook, timeout_s),
     .presence = offsetof(struct spec_hook, has_timeout),
     .minimum = 1,
     .maximum = INT32_MAX},
};
const struct json_table spec_hook_table = JSON_TABLE(struct spec_hook, "hook", hook_rows);

static const struct json_field hooks_rows[] = {
    JSON_FIELD(struct spec_hooks, prestart, "prestart", JSON_KIND_STRUCTS, .table = &spec_hook_table),
    JSON_FIELD(struct spec_hooks, create_runtime, "createRuntime", JSON_KIND_STRUCTS,
               .table = &spec_hook_table),
    JSON_FIELD(struct spec_hooks, create_container, "createContainer", JSON_KIND_STRUCTS,
               .table = &spec_hook_table),
    JSON_FIELD(struct spec_hooks, start_container, "startContainer", JSON_KIND_STRUCTS,
               .table = &spec_hook_table),
    JSON_FIELD(struct spec_hooks, poststart, "poststart", JSON_KIND_STRUCTS, .table = &spec_hook_table),
    JSON_FIELD(struct spec_hooks, poststop, "poststop", JSON_KIND_STRUCTS, .table = &spec_hook_table),
};
const struct json_table spec_hooks_table = JSON_TABLE(struct spec_hooks, "hooks", hooks_rows);

static const struct json_field spec_rows[] = {
    JSON_FIELD(struct spec, oci_version, "ociVersion", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct spec, process, "process", JSON_KIND_STRUCT, .table = &spec_process_table),
    JSON_FIELD(struct spec, root, "root", JSON_KIND_STRUCT, .required = true, .table = &spec_root_table),
    JSON_FIELD(struct spec, hostname, "hostname", JSON_KIND_STRING),
    JSON_FIELD(struct spec, domainname, "domainname", JSON_KIND_STRING),
    JSON_FIELD(struct spec, mounts, "mounts", JSON_KIND_STRUCTS, .table = &spec_mount_table),
    JSON_FIELD(struct spec, hooks, "hooks", JSON_KIND_STRUCT, .table = &spec_hooks_table),
    JSON_FIELD(struct spec, annotations, "annotations", JSON_KIND_STRING_MAP),
    JSON_FIELD(struct spec, linux_part, "linux", JSON_KIND_STRUCT, .table = &spec_linux_table),
    JSON_FIELD(struct spec, windows, "windows", JSON_KIND_ANYTHING),
    JSON_FIELD(struct spec, solaris, "solaris", JSON_KIND_ANYTHING),
    JSON_FIELD(struct spec, vm, "vm", JSON_KIND_ANYTHING),
    JSON_FIELD(struct spec, zos, "zos", JSON_KIND_ANYTHING),
    JSON_FIELD(struct spec, freebsd, "freebsd", JSON_KIND_ANYTHING),
};
const struct json_table spec_table = JSON_TABLE(struct spec, "the configuration", spec_rows);
