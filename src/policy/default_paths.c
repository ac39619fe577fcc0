/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths that engines of 2021 to 2026 hide or make read-only in every container: what all of them have in
 * common, so that none of their containers is touched. /proc/asound is not among them: Podman 4 leaves it
 * readable, containerd 1 writable. */
#include "policy/default_paths.h"

#include "base/memory.h"

const char *const policy_default_masked[] = {
    "/proc/acpi",       "/proc/kcore",       "/proc/keys",        "/proc/latency_stats", "/proc/scsi",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
};
const size_t policy_default_masked_count = ARRAY_LENGTH(policy_default_masked);

const char *const policy_default_readonly[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};
const size_t policy_default_readonly_count = ARRAY_LENGTH(policy_default_readonly);
