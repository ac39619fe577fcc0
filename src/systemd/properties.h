/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties of units, from a question to a D-Bus message. */
#pragma once

#include "systemd/manager.h"

enum { PROPERTIES_LEFT_OUT_MAX = 32, PROPERTY_NAME_MAX = 64 };

/* Those that this systemd does not take; they grow while a call is tried. */
struct left_out {
    char names[PROPERTIES_LEFT_OUT_MAX][PROPERTY_NAME_MAX];
    size_t count;
};

/* Leave out what needs a newer systemd than this one; said in answer. An error when it is required. */
int properties_check_versions(struct manager *manager, const struct message *question,
                              struct left_out *left_out, struct message *answer, struct error *error);

/* Append the question's properties, as (sv) each, to an open array. */
int properties_append(sd_bus_message *call, const struct message *question, const struct left_out *left_out,
                      struct error *error);

/*
 * A call was refused: when the refusal names a property that systemd does not know and that may be left out,
 * note it and return true: the call is worth another try.
 */
bool properties_leave_out(const sd_bus_error *failure, const struct message *question,
                          struct left_out *left_out, struct message *answer);

/* Does the question have any? */
bool properties_any(const struct message *question);
