/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A JSON document written member by member, indented by two, for documents that no table describes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"
#include "plan/plan.h"

struct json_writer {
    struct text *text;
    unsigned int depth;
    bool empty; /* nothing has been written at this depth yet */
};

/* Each takes the member's key; NULL inside arrays and for the document itself. */
void json_writer_open(struct json_writer *writer, const char *key, char bracket);
void json_writer_close(struct json_writer *writer, char bracket);
void json_writer_string(struct json_writer *writer, const char *key, const char *value);
void json_writer_number(struct json_writer *writer, const char *key, int64_t value);
void json_writer_unsigned(struct json_writer *writer, const char *key, uint64_t value);
void json_writer_boolean(struct json_writer *writer, const char *key, bool value);

/* Members that are left out when there is nothing to say. */
void json_writer_optional_string(struct json_writer *writer, const char *key, const char *value);
void json_writer_flag(struct json_writer *writer, const char *key, bool value);
void json_writer_strings(struct json_writer *writer, const char *key, const struct plan_strings *strings);

/* Parts of the plan that have a file of their own. */
void write_rootfs(struct json_writer *writer, const struct plan_rootfs *rootfs);
void write_mappings(struct json_writer *writer, const char *key, const struct plan_id_mappings *mappings);
void write_process(struct json_writer *writer, const struct plan_process *process);
void write_landlock(struct json_writer *writer, const struct plan_process *process); /* left out when empty */
void write_number_set(struct json_writer *writer, const char *key,
                      const struct plan_cpu_set *set); /* left out when empty */
