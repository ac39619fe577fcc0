/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy: the tools of those who write policies. Nothing here needs root, or starts a container. */
#include "cli/policy_command.h"

/* In the order in which an author needs them. */
static const struct command *const subcommands[] = {
    &policy_command_init,
    &policy_command_check,
    &policy_command_lint,
    &policy_command_explain,
    &policy_command_show,
    &policy_command_list,
    &policy_command_diff,
    &policy_command_test,
    &policy_command_apply,
    &policy_command_waive,
    &policy_command_seccomp,
    &policy_command_syscalls,
    NULL,
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    return command_run_below(&command_policy, invocation, status, error);
}

const struct command command_policy = {
    .name = "policy",
    .words = "SUBCOMMAND [OPTION...] [WORD...]",
    .summary = "write, check, explain and test policies",
    .words_minimum = 1,
    .words_maximum = SIZE_MAX,
    .options_size = 1,
    .needs = COMMAND_STOPS_AT_WORD,
    .family = EXIT_FAMILY_ANSWER,
    .subcommands = subcommands,
    .run = run,
};
