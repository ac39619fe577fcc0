/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands of `thwart policy`, one file policy_NAME.c each, and what they share. */
#pragma once

#include "cli/command.h"
#include "container/prepare.h"

extern const struct command policy_command_apply, policy_command_check, policy_command_diff,
    policy_command_explain, policy_command_init, policy_command_lint, policy_command_list,
    policy_command_seccomp, policy_command_show, policy_command_syscalls, policy_command_test,
    policy_command_waive;

enum { POLICY_OUTPUT_BYTES_MAX = 256 * 1024 * 1024 };
