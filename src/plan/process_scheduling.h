/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When, where and on which memory a planned process runs. */
#pragma once

#include "plan/builder.h"

/* Scheduler, I/O priority and affinity of `from`, into process. */
int plan_read_scheduling(struct plan_builder *builder, const struct spec_process *from,
                         struct plan_process *process, struct error *error);

/* OCI config-linux.md, "Memory policy". from may be NULL. */
int plan_read_memory_policy(struct plan_builder *builder, const struct spec_memory_policy *from,
                            struct plan_process *process, struct error *error);
