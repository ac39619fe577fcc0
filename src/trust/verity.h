/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contents that the kernel holds to a digest: fs-verity. What trust_bind_verity takes for a proof, and what
 * not.
 *
 * fs-verity files cannot be written to any more, and the kernel checks each page that is read from the disk
 * against the digest that FS_IOC_MEASURE_VERITY tells. So a file whose measured digest is the list's has the
 * signed contents, now and at each later read, without being read now. All else (names, modes, owners,
 * attributes, kinds) is compared as by the walk: fs-verity does not protect it.
 *
 *   root of one file system   each file is measured.
 *   overlay                   has no such call. The file of a lower folder is measured that has the path and
 *                             the inode number that the overlay shows. That is the overlay's own file when:
 *                             all lower folders are of one file system (numbers are passed through then), the
 *                             upper folder holds no file, nothing is mounted beneath the root, and metacopy
 * is off (contents would come from elsewhere) - by the mount's options and the module's parameter - and the
 * file carries no metacopy attribute. overlay, verity=require   metadata in an EROFS image whose metacopy
 * attributes carry digests (composefs): the overlay checks them as it opens a file. Sufficient would be in
 * addition: that the image cannot change (its own fs-verity, or dm-verity with a root hash that somebody
 * signed), which only the mount's device tells. Not taken for a proof: it does not hold, and says so; the
 * walk reads such a root as any other. EROFS, dm-verity below    likewise: the list does not name an image's
 * digest. It does not hold.
 *
 * Every regular file must be measured, empty ones too: one that is not can be written to. What fs-verity
 * does not hold off: whoever may rename, replace or remove files (root on the host, a container in a
 * writable root that is no overlay) has other files there later, which were never measured.
 */
#pragma once

#include "base/digest.h"

/* The digest of an open file. 0, or -1 with errno: ENODATA (it has none), ENOTTY, EOPNOTSUPP (the file system
 * has none), EMEDIUMTYPE (nor would its word be the kernel's: only that of ext4, f2fs and btrfs is), ENOMSG
 * (not of SHA-256). */
int verity_measure(int file, struct digest *digest);

/* Tests put another in its place. */
extern int (*verity_measure_call)(int file, struct digest *digest);
