/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private homes of gpg: DIRECTORY/@gpg/XXXXXX, one a question, mode 0700, empty but for a keyring. Whoever
 * made one holds a lock on it; one without is of a helper that was killed, and is removed by the next.
 */
#pragma once

#include "base/error.h"

enum { HOME_PATH_SIZE = 4096 };

struct home {
    int directory; /* locked; -1: none */
    int parent;    /* @gpg */
    char path[HOME_PATH_SIZE];
    const char *name; /* its last part */
};

#define HOME_NONE                                                                                            \
    {                                                                                                        \
        .directory = -1, .parent = -1                                                                        \
    }

/* Sweep what was left, make a home. directory: absolute, exists; it must be ours or root's, and nobody else
 * may write to it. */
int home_make(const char *directory, struct home *home, struct error *error);

/* Remove it with what is in it. */
void home_remove(struct home *home);
#define cleanup_home __attribute__((cleanup(home_remove)))
