/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A compiled filter for people: one line an instruction, with names where the numbers have them. */
#pragma once

#include "base/text.h"
#include "linux/seccomp.h"

/*
 * Append the program as text: "0012: if number >= 57 (fork) goto 0015 else 0013", with the architecture, the
 * argument and its half, and actions by their OCI names. Numbers have names where the branch is known to be
 * of one architecture.
 */
void seccomp_listing(struct text *text, const struct seccomp_program *program, struct arena *arena);
