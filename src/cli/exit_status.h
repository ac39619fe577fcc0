/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a failure ends the process.
 *
 *   command        the runtime failed   usage   command missing   command refused
 *   run            1                    2       127               126
 *   exec           255                  2       255               255
 *   policy         2                    2       2                 2
 *   image          2, 3 or 4            2       2                 2
 *   any other      1                    2       1                 1
 *
 * `thwart policy` answers questions: 1 is "no" (refused, different, failed cases), so what keeps it from
 * answering is 2. So does `thwart image`, whose "no" is 4 (an image that is not trusted, also because a
 * keyring could be changed by others) or 1 (nothing was found); 3: this host cannot tell (gpg is not there,
 * or hangs). 255 is what runc and crun say for exec; engines pass it on. A foreground run or exec that
 * works ends with the program's own status, 128 + signal when a signal ended it. Engines read 0 or not 0, and
 * the text.
 */
#pragma once

#include "base/error.h"

enum exit_family {
    EXIT_FAMILY_PLAIN,
    EXIT_FAMILY_RUN,
    EXIT_FAMILY_EXEC,
    EXIT_FAMILY_ANSWER,
    EXIT_FAMILY_PROOF
};

int exit_status_for(enum exit_family family, enum error_kind kind);
