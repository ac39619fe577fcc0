/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state document of OCI runtime.md, "State": what `state` prints and what hooks and listeners get. */
#pragma once

#include <stdint.h>
#include "base/text.h"
#include "container/record.h"

/* Append it. status: the word; pid: 0 when there is no process. indent as in json_encode. Beside the
 * specification's members it has rootfs, created and owner, as runc and crun do. */
void oci_state_encode(struct text *text, const struct record *record, const char *status, int64_t pid,
                      unsigned int indent);

/* uid as engines show an owner: "root", or the number (a name would need the host's user data base). */
void owner_name(uint32_t uid, char name[16]);
