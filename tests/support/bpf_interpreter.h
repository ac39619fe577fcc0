/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two small interpreters for the programs that thwart hands to the kernel: classic BPF as seccomp(2) runs it,
 * and the part of eBPF that device programs use. They check what the kernel checks (jumps forward and inside,
 * a return at the end), so that a program which only happens to work is found out.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is it a program that the kernel's checker for seccomp accepts? */
bool classic_bpf_valid(const struct sock_filter *program, size_t count);

/* Run a valid program over data. False: it ran into something that the kernel would have refused. covered
 * (may be NULL): one byte for each instruction, set to 1 when executed. steps (may be NULL): how many
 * instructions were executed. */
bool classic_bpf_run(const struct sock_filter *program, size_t count, const struct seccomp_data *data,
                     uint32_t *result, uint8_t *covered, size_t *steps);

/* Run a device program over its context. False: an instruction outside of the known part, an uninitialised
 * register, or no exit. */
bool extended_bpf_run(const struct bpf_insn *program, size_t count, const struct bpf_cgroup_dev_ctx *context,
                      uint64_t *result);
