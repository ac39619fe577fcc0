/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a failure ends the process.
 *
 *   command        the runtime failed   usage   command missing   command refused
 *   run            1                    2       127               126
 *   exec           255                  2       255               255
 *   policy         2                    2       2                 2
 *   any other      1                    2       1                 1
 *
 * `thwart policy` answers questions: 1 is "no" (refused, different, failed cases), so what keeps it from
 * answering is 2. 255 is what runc and crun say for exec; engines pass it on. A foreground run or exec that
 * works ends with the program's own status, 128 + signal when a signal ended it. Engines read 0 or not 0, and
 * the text.
 */
#pragma once

#include "base/error.h"

enum exit_family { EXIT_FAMILY_PLAIN, EXIT_FAMILY_RUN, EXIT_FAMILY_EXEC, EXIT_FAMILY_ANSWER };

int exit_status_for(enum exit_family family, enum error_kind kind);
