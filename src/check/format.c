/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms by name. */
#include "check/format.h"

#include <string.h>
#include "base/memory.h"

static const struct check_format *const formats[] = {
    &check_format_text, &check_format_json,   &check_format_sarif,  &check_format_junit,
    &check_format_tap,  &check_format_github, &check_format_gitlab,
};

const char *const check_format_names[] = {"text", "json", "sarif", "junit", "tap", "github", "gitlab", NULL};

const struct check_format *check_format_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}
