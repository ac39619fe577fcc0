/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seal: a list of a root's files, which is signed. It lies beside the signature; what is signed is its
 * digest, as `optional`'s member
 *   "io.thwart.seal": {"version": 1, "digest": "sha256:HEX", "files": N}
 * The list is text, one file a line, ordered by path bytes, fields by blanks, octal escapes in names:
 *   thwart seal 1
 *   d 0755 0 0 - - ./etc
 *   f 0644 0 0 1234 SHA256 [verity=HEX] [exec] [xattr.NAME=BASE64] ./etc/passwd
 *   l 0777 0 0 - - ./lib -> usr/lib
 *   h - - - - - ./b => ./a          (the same file as)
 *   c 0666 0 0 1:3 - ./dev/null
 * Equal trees have equal lists, byte for byte.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "json/json.h"

struct trust_seal {
    const char *digest; /* of the list, signed */
    uint64_t files;
    const char *list; /* the bytes, which have that digest; NULL: they were not found */
    size_t length;
};

/* The member of a payload's optional. *seal NULL: there is none. */
int trust_seal_read(const struct json_value *optional, struct arena *arena, const struct trust_seal **seal,
                    struct error *error);

/* Write the list of the tree beneath root to a descriptor; *seal gets digest and number. */
int trust_seal_write(int root, int output, struct arena *arena, struct trust_seal *seal, struct error *error);
