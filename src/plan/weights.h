/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From cgroup v1's scales, which OCI speaks, to v2's. Zero means "not set" and stays zero. */
#pragma once

#include <stdint.h>

/*
 * cpu.shares (2..262144, default 1024) to cpu.weight (1..10000, default 100), as runc and crun do since 2025:
 * the curve through minimum, default and maximum of both scales. The older straight line (1 + (shares - 2) *
 * 9999 / 262142) gave the default 1024 the weight 39 instead of 100, so that containers lost to everything
 * else on the host.
 */
uint64_t cpu_weight_from_shares(uint64_t shares);

/* blkio.weight (10..1000) to io.weight (1..10000), straight; io.bfq.weight keeps v1's scale. */
uint64_t io_weight_from_blkio(uint64_t weight);
