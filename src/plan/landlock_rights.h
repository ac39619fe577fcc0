/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Landlock's numbers, which the builder of plans and the code that makes rulesets share. Our own: the
 * C library's kernel headers (Linux 6.1) stop at the second of the nine ABIs below. landlock(7) and the
 * kernel's userspace-api/landlock.rst tell what each right is.
 */
#pragma once

#include <stdint.h>
#include "plan/kernel_words.h"

/* The newest ABI whose rights we know. One that is newer may be on the host, and is not made use of: a policy
 * means the same on every kernel. */
enum { LANDLOCK_ABI_KNOWN = 9 };

/* As many layers as the kernel stacks on one process; those that are left to the container's programs, which
 * may want to restrict themselves. */
enum { LANDLOCK_LAYERS_MAX = 16, LANDLOCK_LAYERS_LEFT = 4 };

#define LANDLOCK_FS_EXECUTE      (UINT64_C(1) << 0) /* ABI 1, Linux 5.13, up to MAKE_SYM */
#define LANDLOCK_FS_WRITE_FILE   (UINT64_C(1) << 1)
#define LANDLOCK_FS_READ_FILE    (UINT64_C(1) << 2)
#define LANDLOCK_FS_READ_DIR     (UINT64_C(1) << 3)
#define LANDLOCK_FS_REMOVE_DIR   (UINT64_C(1) << 4)
#define LANDLOCK_FS_REMOVE_FILE  (UINT64_C(1) << 5)
#define LANDLOCK_FS_MAKE_CHAR    (UINT64_C(1) << 6)
#define LANDLOCK_FS_MAKE_DIR     (UINT64_C(1) << 7)
#define LANDLOCK_FS_MAKE_REG     (UINT64_C(1) << 8)
#define LANDLOCK_FS_MAKE_SOCK    (UINT64_C(1) << 9)
#define LANDLOCK_FS_MAKE_FIFO    (UINT64_C(1) << 10)
#define LANDLOCK_FS_MAKE_BLOCK   (UINT64_C(1) << 11)
#define LANDLOCK_FS_MAKE_SYM     (UINT64_C(1) << 12)
#define LANDLOCK_FS_REFER        (UINT64_C(1) << 13) /* ABI 2, Linux 5.19: link and rename to another directory */
#define LANDLOCK_FS_TRUNCATE     (UINT64_C(1) << 14) /* ABI 3, Linux 6.2 */
#define LANDLOCK_FS_IOCTL_DEV    (UINT64_C(1) << 15) /* ABI 5, Linux 6.10 */
#define LANDLOCK_FS_RESOLVE_UNIX (UINT64_C(1) << 16) /* ABI 9, Linux 7.1: connect to a socket by its path */

#define LANDLOCK_FS_ABI_1 ((UINT64_C(1) << 13) - 1)

/* What a rule on something other than a directory may hold; more is EINVAL. */
#define LANDLOCK_FS_OF_FILES                                                                                 \
    (LANDLOCK_FS_EXECUTE | LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_READ_FILE | LANDLOCK_FS_TRUNCATE |           \
     LANDLOCK_FS_IOCTL_DEV | LANDLOCK_FS_RESOLVE_UNIX)

#define LANDLOCK_NET_BIND_TCP    (UINT64_C(1) << 0) /* ABI 4, Linux 6.7 */
#define LANDLOCK_NET_CONNECT_TCP (UINT64_C(1) << 1)

#define LANDLOCK_SCOPED_ABSTRACT_UNIX (UINT64_C(1) << 0) /* ABI 6, Linux 6.12 */
#define LANDLOCK_SCOPED_SIGNAL        (UINT64_C(1) << 1)

/* Denials of programs that are executed later go to the audit log: ABI 7, Linux 6.15. */
#define LANDLOCK_LOG_NEW_EXEC (UINT32_C(1) << 1)

/* "read_file", "connect_tcp", "signal": the kernel's words in lower case. */
extern const struct kernel_words landlock_fs_words, landlock_net_words, landlock_scope_words;
