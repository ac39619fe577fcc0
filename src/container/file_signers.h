/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who signed a file of policies or waivers: FILE.asc beside FILE, a detached armored OpenPGP signature over
 * exactly its bytes (gpg --armor --detach-sign FILE), by a key that thwart.json accepts ("policySignatures").
 * The bytes that are verified are the ones that are parsed: nothing is read twice.
 */
#pragma once

#include "container/policies.h"

#define FILE_SIGNATURE_SUFFIX ".asc"

struct file_signers;

/* NULL where no signature is required: then nothing is looked at. Borrows the configuration; state_root: as
 * --root, where gpg's private homes are. Nothing is started before the first question. */
struct file_signers *file_signers_of(const struct configuration *configuration, const char *state_root,
                                     struct arena *arena);

/* A file whose bytes were read. */
struct signed_file {
    int directory;    /* what path starts from, or AT_FDCWD */
    const char *path; /* of the file; its signature's is beside it */
    const char *name; /* in messages */
    bool site;        /* an administrator's: nobody else may be able to write the signature either */
    const char *bytes;
    size_t length;
};

/*
 * Is it signed by an accepted key? signers may be NULL. ERROR_UNTRUSTED: it is not, with the reason in one
 * line; other errors: gpg or a keyring cannot be asked, which refuses as well.
 */
int file_signers_check(struct file_signers *signers, const struct signed_file *file, struct error *error);

/* Let gpg's helper go. NULL is fine; the next question starts it anew. */
void file_signers_end(struct file_signers *signers);

/* ERROR_UNTRUSTED: the policy's revision is below the least that thwart.json has for its name. */
int policies_check_revision(const struct configuration *configuration, const struct policy *policy,
                            struct error *error);
