/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of cgroup files to write, while it grows: shared by the files that translate resources. */
#pragma once

#include "plan/builder.h"

#define RESOURCES "/linux/resources"

struct cgroup_writes {
    struct plan_builder *builder;
    struct plan_cgroup_write *items;
    size_t count, capacity;
    bool update; /* of a running container: zero then takes a setting back where the kernel has a default to
                    return to */
    const struct spec_resources *granted; /* update: what the container has; it completes what v2 keeps in one
                                             file or as a difference. An empty one at creation, never NULL */
};

/* The value that the grant's "unified" has for this file, or NULL. It was written last and won. */
const char *cgroup_writes_granted_file(const struct cgroup_writes *writes, const char *file);

/* Append one; the controller is the file's name up to its first dot. value and pointer are borrowed. Valid
 * until the next append. */
struct plan_cgroup_write *cgroup_writes_add(struct cgroup_writes *writes, const char *file, const char *value,
                                            const char *pointer);

/* A number; negative: "max". */
struct plan_cgroup_write *cgroup_writes_add_limit(struct cgroup_writes *writes, const char *file,
                                                  int64_t value, const char *pointer);

/* The parts of resources. */
int cgroup_writes_memory(struct cgroup_writes *writes, const struct spec_memory *memory, struct error *error);
int cgroup_writes_cpu(struct cgroup_writes *writes, const struct spec_cpu *cpu, struct error *error);
int cgroup_writes_block_io(struct cgroup_writes *writes, const struct spec_block_io *io, struct error *error);
