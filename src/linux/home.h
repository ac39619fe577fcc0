/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HOME of a user of the container, for programs that are given none: containerd's and Docker's count on the
 * runtime for it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The home directory that the container's /etc/passwd (passwd(5)) names for uid: at most size - 1 bytes. "/"
 * when the file does not say, is not there, is no regular file, or what it says is no absolute path. Called
 * in the container's root, with rights. It never fails: the file is the image's, and no reason not to start.
 */
void home_find(uint32_t uid, char *home, size_t size);
