/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that create and run share. */
#pragma once

#include "cli/command.h"

struct create_options {
    const char *bundle, *config, *image, *pid_file, *console_socket, *pidfd_socket;
    bool no_pivot, no_new_keyring, detach, keep, no_subreaper;
    uint32_t preserve_fds;
};

enum { PRESERVE_FDS_MAX = 1024 };

#define CREATE_PLACE(member) offsetof(struct create_options, member)

/* Rows of both tables. */
#define CREATE_OPTION_ROWS                                                                                    \
    {"bundle",      'b',                                                                                      \
     OPTION_STRING, CREATE_PLACE(bundle),                                                                     \
     "DIR",         "the bundle (default: the working directory)"},                                           \
        {"config",      'f',                                                                                  \
         OPTION_STRING, CREATE_PLACE(config),                                                                 \
         "FILE",        "its configuration (default: config.json)"},                                          \
        {"image",       0,                                                                                    \
         OPTION_STRING, CREATE_PLACE(image),                                                                  \
         "DIR",         "the image's documents lie there (default: thwart.image in the bundle)"},             \
        {"pid-file", 0, OPTION_STRING, CREATE_PLACE(pid_file), "FILE", "write the container's pid to FILE"},  \
        {"console-socket", 0,                                                                                 \
         OPTION_STRING,    CREATE_PLACE(console_socket),                                                      \
         "SOCKET",         "send the terminal's master to this unix socket"},                                 \
        {"pidfd-socket", 0,                                                                                   \
         OPTION_STRING,  CREATE_PLACE(pidfd_socket),                                                          \
         "SOCKET",       "send a pidfd of the container's init to this unix socket"},                         \
        {"preserve-fds",                                                                                      \
         0,                                                                                                   \
         OPTION_NUMBER,                                                                                       \
         CREATE_PLACE(preserve_fds),                                                                          \
         "N",                                                                                                 \
         "hand on N descriptors from 3 on",                                                                   \
         .maximum = PRESERVE_FDS_MAX},                                                                        \
        {"no-subreaper", 0,                                                                                   \
         OPTION_FLAG,    CREATE_PLACE(no_subreaper),                                                          \
         NULL,           "accepted as runc and crun do; there is never one"},                                 \
        {"no-pivot", 0, OPTION_FLAG, CREATE_PLACE(no_pivot), NULL, "do without pivot_root, in an initramfs"}, \
    {                                                                                                         \
        "no-new-keyring", 0, OPTION_FLAG, CREATE_PLACE(no_new_keyring), NULL,                                 \
            "keep the caller's session keyring"                                                               \
    }

/* The request of this invocation. */
struct create_request create_request_of(const struct invocation *invocation);
