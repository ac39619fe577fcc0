/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of a transient scope. */
#pragma once

#include "systemd/manager.h"
#include "systemd/placeholder.h"

/* Answer start-scope: the scope is there, with the placeholder in it, and answer says where. On error no
 * process of ours is left. */
int scope_answer_start(struct manager *manager, const struct message *question, pid_t *placeholder,
                       struct message *answer, struct error *error);
