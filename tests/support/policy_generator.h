/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random policies and random bundles, for laws that hold for all of them (tests/property). The same seed
 * gives the same ones on every machine: a failure names its seed and can be run again.
 *
 * Both draw from one small world (a handful of paths, capabilities, sysctls, devices, keys), so that a policy
 * often speaks of what a bundle asks for: two worlds that never meet would prove nothing.
 */
#pragma once

#include <stdint.h>
#include "base/arena.h"
#include "base/text.h"
#include "policy/model.h"
#include "spec/spec.h"

/* The next number of a sequence (splitmix64); *seed moves on. */
uint64_t random_next(uint64_t *seed);

/* 0 … bound - 1; bound must not be 0. */
uint64_t random_below(uint64_t *seed, uint64_t bound);

/* True once in `times`. */
bool random_once_in(uint64_t *seed, uint64_t times);

/*
 * The text of a policy that policy_read accepts: any sections, each rule in its short form or as an object,
 * sometimes with comments. Named "p" and a number. Written to text, which the caller empties.
 */
void policy_generate_text(uint64_t *seed, struct text *text);

/* Such a policy, read. Aborts with its text when the reader refuses it: then one of the two is wrong. */
const struct policy *policy_generate(uint64_t *seed, struct arena *arena);

/*
 * A bundle's configuration that spec_parse accepts. It exercises every rule: user, capabilities, rlimits,
 * environment, labels, mounts (binds, tmpfs, proc, cgroup), namespaces (own, the host's, joined), devices and
 * their rules, resources, sysctls, masked and read-only paths, propagation, seccomp, hooks, annotations.
 */
void spec_generate_text(uint64_t *seed, struct text *text);

/* Such a configuration, parsed. Aborts with its text when the parser refuses it. */
const struct spec *spec_generate(uint64_t *seed, struct arena *arena);
