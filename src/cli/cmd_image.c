/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart image: who signed an image, and whether these are its files. */
#include "cli/image_command.h"

#include <string.h>

static const struct command *const subcommands[] = {
    &image_command_verify, &image_command_seal,     &image_command_inspect,
    &image_command_trust,  &image_command_verifier, NULL,
};

/* containerd writes options with one dash, as programs in Go take them. */
static char *const *with_two_dashes(char *const *words, size_t count, struct arena *arena)
{
    static const char *const options[] = {"-name", "-digest", "-stdin-media-type"};
    char **all = arena_array(arena, count + 1, sizeof(*all));

    for (size_t i = 0; i < count; i++) {
        all[i] = words[i];
        for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
            const size_t length = strlen(options[k]);

            if (strncmp(words[i], options[k], length) != 0 ||
                (words[i][length] != '\0' && words[i][length] != '='))
                continue;
            all[i] = arena_format(arena, "-%s", words[i]);
            /* What follows is its value, whatever it looks like. */
            if (words[i][length] == '\0' && i + 1 < count) {
                all[i + 1] = words[i + 1];
                i++;
            }
            break;
        }
    }
    return all;
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    struct invocation below = *invocation;

    if (strcmp(invocation->words[0], "verifier") == 0)
        below.words = with_two_dashes(invocation->words, invocation->word_count, invocation->arena);
    return command_run_below(&command_image, &below, status, error);
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
