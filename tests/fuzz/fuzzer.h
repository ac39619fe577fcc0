/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz targets. With clang and -Dc_args=-fsanitize=fuzzer-no-link each is a libFuzzer program; otherwise
 * replay.c gives it a main that runs files and directories, so that every build replays the corpus.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* One input; always 0. A broken law aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A law that holds for every input. */
#define LAW(condition)                                                                                       \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)
