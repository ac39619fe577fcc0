/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtime's own program, out of a container's reach: CVE-2019-5736 and the page-cache writes of 2022 and
 * 2026. */
#pragma once

#include "base/error.h"

/*
 * Make sure that this process runs from a sealed memory copy of the program; otherwise make one and execute
 * it again with the same arguments and environment (does not return then). The seals are verified on entry;
 * no environment variable is believed. The copy is named after the program's path (/proc/self/exe reads
 * "/memfd:PATH (deleted)"), so that helper programs are found beside it. Where memfd execution is forbidden
 * (vm.memfd_noexec=2, no memfd): ERROR_UNSUPPORTED. Needed by commands that enter a container: create, run,
 * exec.
 */
int self_copy_ensure(char *const argv[], struct error *error);
