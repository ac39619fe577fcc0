/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a JSON file is, by what its outermost object has. Pure. */
#pragma once

#include <stddef.h>

enum check_content {
    CHECK_CONTENT_OTHER,
    CHECK_CONTENT_CONFIGURATION, /* "ociVersion" */
    CHECK_CONTENT_POLICY,        /* "thwart": 1: a policy, waivers or thwart.json */
};

/* By the text alone, so that a document with mistakes is still what it was meant to be; comments are stepped
 * over. Of both, "thwart" comes first. What thwart itself writes (reports, explanations) begins with "thwart"
 * as well, and is neither. */
enum check_content check_sniff(const char *bytes, size_t length);
