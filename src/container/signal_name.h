/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals as people and engines write them: 15, TERM, SIGTERM, RTMIN+3. */
#pragma once

#include <stdbool.h>

/* The number for text (any case of letters), or false. 1…64; 0 is refused, it would signal nothing. */
bool signal_from_name(const char *text, int *number);
