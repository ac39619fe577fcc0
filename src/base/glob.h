/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patterns of the policy language: * any run of characters but the separator, ** any run at all, ? one
 * character but the separator, [abc] [a-z] [!x] one of a class, \ takes the next character as it is. Always
 * the whole text: there is no unanchored match. No braces. Time is bounded by pattern × text, without
 * recursion on '*'.
 */
#pragma once

#include <stdbool.h>
#include "base/error.h"

enum { GLOB_LENGTH_MAX = 4096 };

/* separator: '/' for paths and images, 0 for names (then * and ** are the same). */
bool glob_matches(const char *pattern, const char *text, char separator);

/* Does a path pattern cover path: match it, or match one of the directories that it lies in? Both absolute.
 */
bool glob_covers_path(const char *pattern, const char *path);

/* Could the pattern match something beneath directory, or directory itself? Component by component; from the
 * first "**" on, anything could be ("**" + "/run/x" can match anywhere): true when in doubt. For "no parent
 * of what is denied may be mounted". */
bool glob_may_match_beneath(const char *pattern, const char *directory);

/* 0, or ERROR_INVALID that says what is wrong with the pattern (unclosed class, empty, too long). */
int glob_check(const char *pattern, struct error *error);
