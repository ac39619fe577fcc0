/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of linux.seccomp (config-linux.md, "Seccomp"). */
#include "spec/spec.h"

#include <stddef.h>
#include "base/memory.h"
#include "spec/tables.h"

/* MAX_ERRNO of the kernel; libseccomp and the kernel would cut larger ones to 16 bits in silence. */
enum { ERRNO_MAX = 4095 };

static const struct json_field argument_rows[] = {
    JSON_FIELD(struct spec_seccomp_argument, index, "index", JSON_KIND_UINT32, .required = true,
               .maximum_unsigned = 5),
    JSON_FIELD(struct spec_seccomp_argument, value, "value", JSON_KIND_UINT64, .required = true),
    JSON_FIELD_FLAGGED(struct spec_seccomp_argument, value_two, "valueTwo", JSON_KIND_UINT64),
    JSON_FIELD(struct spec_seccomp_argument, operator_name, "op", JSON_KIND_STRING, .required = true),
};
static const struct json_table argument_table =
    JSON_TABLE(struct spec_seccomp_argument, "seccomp argument", argument_rows);

static const struct json_field rule_rows[] = {
    JSON_FIELD(struct spec_seccomp_rule, names, "names", JSON_KIND_STRINGS, .required = true),
    JSON_FIELD(struct spec_seccomp_rule, action, "action", JSON_KIND_STRING, .required = true),
    JSON_FIELD_FLAGGED(struct spec_seccomp_rule, errno_return, "errnoRet", JSON_KIND_UINT32,
                       .maximum_unsigned = ERRNO_MAX),
    JSON_FIELD(struct spec_seccomp_rule, arguments, "args", JSON_KIND_STRUCTS, .table = &argument_table),
};
static const struct json_table rule_table =
    JSON_TABLE_PLACED(struct spec_seccomp_rule, "seccomp rule", rule_rows);

static const struct json_field seccomp_rows[] = {
    JSON_FIELD(struct spec_seccomp, default_action, "defaultAction", JSON_KIND_STRING, .required = true),
    JSON_FIELD_FLAGGED(struct spec_seccomp, default_errno_return, "defaultErrnoRet", JSON_KIND_UINT32,
                       .maximum_unsigned = ERRNO_MAX),
    JSON_FIELD(struct spec_seccomp, architectures, "architectures", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_seccomp, flags, "flags", JSON_KIND_STRINGS),
    JSON_FIELD(struct spec_seccomp, listener_path, "listenerPath", JSON_KIND_STRING),
    JSON_FIELD(struct spec_seccomp, listener_metadata, "listenerMetadata", JSON_KIND_STRING),
    JSON_FIELD(struct spec_seccomp, rules, "syscalls", JSON_KIND_STRUCTS, .table = &rule_table),
};
const struct json_table spec_seccomp_table = JSON_TABLE(struct spec_seccomp, "seccomp", seccomp_rows);
