/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of one unit. */
#pragma once

#include "systemd/manager.h"

enum unit_match { UNIT_ABSENT, UNIT_FOREIGN, UNIT_OURS };

/* Is there a unit of that name, and is it the one that was started with this description? *path: of its
 * object, the caller's to free; NULL when it is absent. */
int unit_find(struct manager *manager, const char *unit, const char *description, enum unit_match *match,
              char **path, struct error *error);

/*
 * StartTransientUnit found a unit of that name. One that has failed or ended is made to go, one that is
 * ending is waited for. 0: the name is worth another try; ERROR_EXISTS: it is active.
 */
int unit_clear_name(struct manager *manager, const char *unit, struct error *error);

/* Its cgroup, beneath the mount; the caller's to free. */
int unit_control_group(struct manager *manager, const char *unit, char **path, struct error *error);

/* Forget a failed unit; there may be none. */
void unit_reset_failed(struct manager *manager, const char *unit);

/* The answers to the questions of base/systemd_messages.h. */
int unit_answer_stop(struct manager *manager, const struct message *question, struct message *answer,
                     struct error *error);
int unit_answer_set_properties(struct manager *manager, const struct message *question,
                               struct message *answer, struct error *error);

int unit_answer_attach(struct manager *manager, const struct message *question, struct message *answer,
                       struct error *error);

/* SetUnitProperties until the unit ends. Properties that systemd does not know are told in answer. */
int unit_set_properties(struct manager *manager, const char *unit, const struct message *question,
                        struct message *answer, struct error *error);
