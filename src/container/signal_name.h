/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals as people and engines write them: 15, TERM, SIGTERM, RTMIN+3. */
#pragma once

#include <stdbool.h>

/* The number for text (any case of letters), or false. 0…64; 0 only asks whether
 * there is a process. */
bool signal_from_name(const char *text, int *number);
