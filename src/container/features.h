/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The features document: OCI features.md and features-linux.md. */
#pragma once

#include "base/text.h"
#include "plan/host_facts.h"

/*
 * Write the whole document. As the specification wants it, nothing but two things depends on the host:
 * seccomp.supportedFlags, and the annotations "io.thwart.missing.INTERFACE", one for each kernel interface
 * that facts (of HOST_PROBE_FULL) do not have, which say what is done without it. The lists come from the
 * tables that the configuration is read with. indent: spaces a level, 0: one line.
 */
void features_encode(struct text *text, const struct host_facts *facts, unsigned int indent);
