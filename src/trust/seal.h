/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seal: a list of a root's files, which is signed. It lies beside the signature; what is signed is its
 * digest, as `optional`'s member
 *   "io.thwart.seal": {"version": 1, "digest": "sha256:HEX", "files": N}
 * where N counts the list's lines but the first. The list is text, one file a line, fields by blanks:
 *   thwart seal 1
 *   d 0755 0 0 - - .
 *   d 0755 0 0 - - ./etc
 *   f 0644 0 0 1234 SHA256 verity=HEX [exec] [xattr.NAME=BASE64]... ./etc/passwd
 *   l 0777 0 0 - - ./lib -> usr/lib
 *   h - - - - - ./usr/b => ./a      (the same file as, which has its line before)
 *   c 0666 0 0 1:3 - ./dev/null     (b: block device, p: fifo, s: socket)
 * Kind, mode (all 12 bits), owner, group, size or device, digest of the contents. Then what is there alone:
 * verity is the digest that fs-verity (SHA-256, blocks of 4096, no salt) has for these contents, computed
 * here whatever the file system can; exec: somebody may execute it; extended attributes by name.
 *
 * Order: a folder, then what is in it, names by their bytes (so '/' sorts before every other byte). Bytes of
 * names but printable ASCII, and blank and backslash, are written \ooo ('=' too in names of attributes).
 * There is one way to write a tree: equal trees have equal lists, byte for byte, and a list that is written
 * otherwise is refused (seal_list.h).
 *
 * Not in the list: times, sizes of folders, numbers of links, and of the root folder itself the owner's
 * right to write (engines make a root that no layer names 0555 or 0755). Every extended attribute that the
 * reader is shown is in it, so POSIX ACLs too, but
 *   security.selinux, security.ima, security.evm   the host's own labels and hashes: they differ by host
 * Overlay's own (trusted.overlay.*, user.overlay.*, user.fuseoverlayfs.*) are never in a list: a tree that
 * shows one is a layer's folder and no root. trusted.* is shown to CAP_SYS_ADMIN alone: seal as root.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "json/json.h"

#define TRUST_SEAL_MEMBER "io.thwart.seal"

/* About 400,000 files: lists are held in memory. Longer ones are not written. */
enum { TRUST_SEAL_LIST_BYTES_MAX = 100 * 1024 * 1024 };

struct trust_seal {
    const char *digest; /* of the list, signed: "sha256:HEX" */
    uint64_t files;
    const char *list; /* the bytes, which have that digest (trust_seal_attach); NULL: they were not found */
    size_t length;
};

/* The member of a payload's optional. *seal NULL: there is none. ERROR_INVALID: another version, members that
 * are missing or unknown. */
int trust_seal_read(const struct json_value *optional, struct arena *arena, const struct trust_seal **seal,
                    struct error *error);

/* Are these bytes the list that the seal means? Then *attached is the seal with them (which are not copied);
 * else ERROR_UNTRUSTED. Pure. */
int trust_seal_attach(const struct trust_seal *seal, const char *bytes, size_t length,
                      struct trust_seal *attached, struct error *error);

/* The text of the member ("\"io.thwart.seal\":{…}"), for trust_payload_encode. */
const char *trust_seal_encode(const struct trust_seal *seal, struct arena *arena);

/*
 * Write the list of the tree beneath the folder root to a descriptor; *seal gets digest and number. All
 * processors read (tree.h: memory, threads, and what a tree that somebody changes meanwhile means). Errors: a
 * file that cannot be read or changed while it was read, a mount beneath the root, overlay's own attributes;
 * what was written is no list then.
 */
int trust_seal_write(int root, int output, struct arena *arena, struct trust_seal *seal, struct error *error);
