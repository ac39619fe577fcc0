/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters of policies as programs, and run; for tests by the interpreter. */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include "base/arena.h"
#include "linux/seccomp.h"
#include "spec/spec.h"

/* The stack as thwart compiles it. False: it would be longer than the kernel takes. */
bool policy_program_compile(const struct spec_seccomp *const *filters, size_t count, struct arena *arena,
                            struct seccomp_program *program);

uint32_t policy_program_run(const struct sock_filter *instructions, size_t count,
                            const struct seccomp_data *data);

/* The configuration samples/name; the test fails when it cannot be read. */
const struct spec *policy_program_bundle(const char *samples, const char *name, struct arena *arena);
