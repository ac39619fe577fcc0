/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An order on configurations by meaning: does one give a container no more than another? Written for the
 * tests from the specification, apart from the code that narrows: what that code forgets must show here.
 */
#pragma once

#include "policy/observed.h"
#include "spec/spec.h"

/* Is `less` within `more`, in all that policies may narrow? False: *where says in what not. host: what a
 * process has that asks for nothing. */
bool spec_within(const struct spec *less, const struct spec *more, const struct policy_host *host,
                 const char **where);

/* The same for processes. */
bool spec_process_within(const struct spec_process *less, const struct spec_process *more,
                         const struct policy_host *host, const char **where);

/* Is all else, which no policy may change, the same? */
bool spec_rest_is_same(const struct spec *one, const struct spec *other, struct arena *arena);
bool spec_process_rest_is_same(const struct spec_process *one, const struct spec_process *other);

/* The same for limits of a cgroup alone; linux.resources, NULL: none. */
bool spec_limits_within(const struct spec_resources *less, const struct spec_resources *more,
                        const char **where);
