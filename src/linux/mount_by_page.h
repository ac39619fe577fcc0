/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mount(2) with its page of options, for what fsconfig cannot take: strings of more than 255 bytes. */
#pragma once

#include "base/error.h"
#include "linux/mount_new.h"

/*
 * Mount on top of the stack at "/" of this process's own mount namespace, with all attributes from the start,
 * and return a descriptor of the new mount; mount_attach() takes it away from there. Only before the root is
 * changed, when nobody else can be in the namespace. ERROR_LIMIT when the options pass 4095 bytes,
 * ERROR_INVALID when a value holds an unescaped comma (it would be read as two options).
 */
int mount_by_page(const struct new_filesystem *filesystem, int *mount, struct error *error);
