/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart image: who signed an image, and whether these are its files. */
#include "cli/image_command.h"

#include <string.h>

static const struct command *const subcommands[] = {
    &image_command_verify,
    &image_command_inspect,
    &image_command_trust,
    NULL,
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    return command_run_below(&command_image, invocation, status, error);
}

const struct command command_image = {
    .name = "image",
    .words = "SUBCOMMAND [OPTION...] [WORD...]",
    .summary = "show and verify who signed an image, and seal one",
    .words_minimum = 1,
    .words_maximum = SIZE_MAX,
    .options_size = 1,
    .needs = COMMAND_STOPS_AT_WORD,
    .family = EXIT_FAMILY_PROOF,
    .subcommands = subcommands,
    .run = run,
};
