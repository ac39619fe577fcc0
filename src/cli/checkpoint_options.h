/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that checkpoint and restore share. */
#pragma once

#include "cli/command.h"
#include "linux/checkpoint.h"

struct checkpoint_words {
    struct checkpoint_options common;
    const char *status_fd, *page_server;
    struct json_strings empty_namespaces;
    /* restore only */
    const char *bundle, *config, *pid_file, *console_socket;
    bool no_pivot, no_new_keyring, detach, no_subreaper, keep;
};

#define CHECKPOINT_PLACE(member) offsetof(struct checkpoint_words, member)

extern const char *const checkpoint_cgroup_modes[], *const checkpoint_network_locks[];

/* Rows of both tables. */
#define CHECKPOINT_OPTION_ROWS                                                                               \
    {"image-path",  0,                                                                                       \
     OPTION_STRING, CHECKPOINT_PLACE(common.image_path),                                                     \
     "DIR",         "where the images are (default: checkpoint)"},                                           \
        {"work-path",   0,                                                                                   \
         OPTION_STRING, CHECKPOINT_PLACE(common.work_path),                                                  \
         "DIR",         "where logs go (default: to the images)"},                                           \
        {"tcp-established",           0, OPTION_FLAG, CHECKPOINT_PLACE(common.tcp_established), NULL,        \
         "allow open TCP connections"},                                                                      \
        {"ext-unix-sk", 0,                                                                                   \
         OPTION_FLAG,   CHECKPOINT_PLACE(common.external_unix_sockets),                                      \
         NULL,          "allow unix sockets that are connected to the outside"},                             \
        {"shell-job", 0,                                                                                     \
         OPTION_FLAG, CHECKPOINT_PLACE(common.shell_job),                                                    \
         NULL,        "allow the caller's terminal as the container's"},                                     \
        {"file-locks", 0, OPTION_FLAG, CHECKPOINT_PLACE(common.file_locks), NULL, "allow file locks"},       \
        {"lazy-pages", 0,                                                                                    \
         OPTION_FLAG,  CHECKPOINT_PLACE(common.lazy_pages),                                                  \
         NULL,         "memory follows later, by criu lazy-pages"},                                          \
        {"auto-dedup", 0,                                                                                    \
         OPTION_FLAG,  CHECKPOINT_PLACE(common.auto_dedup),                                                  \
         NULL,         "drop pages from older images that newer ones have"},                                 \
        {"network-lock",                                                                                     \
         0,                                                                                                  \
         OPTION_WORD,                                                                                        \
         CHECKPOINT_PLACE(common.network_lock),                                                              \
         "METHOD",                                                                                           \
         "lock the network by iptables or nftables",                                                         \
         .words = checkpoint_network_locks},                                                                 \
        {"empty-ns",  0,                                                                                     \
         OPTION_LIST, CHECKPOINT_PLACE(empty_namespaces),                                                    \
         "NAMESPACE", "leave what is in this namespace out: network"},                                       \
    {                                                                                                        \
        "manage-cgroups-mode", 0, OPTION_WORD, CHECKPOINT_PLACE(common.manage_cgroups), "MODE",              \
            "cgroups below the container's: soft (default), full, strict or ignore",                         \
            .words = checkpoint_cgroup_modes                                                                 \
    }

/* The options in their own form. ERROR_USAGE. */
int checkpoint_options_of(const struct invocation *invocation, const char *command,
                          struct checkpoint_options *options, struct error *error);
