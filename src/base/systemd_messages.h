/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runtime (linux/systemd_scope.c) and thwart-systemd (systemd/) say to each other, in the form of
 * base/message.h. Members of a question:
 *
 *   manager      "system" or "user"
 *   timeoutMs    for all of it
 *   unit         "libpod-ID.scope"
 *   description  how the unit is started; later: which unit of that name is meant
 *   slice        start-scope only
 *   property     "NAME SIGNATURE SINCE required|optional", any number; each is followed by its values:
 *   value        see struct plan_unit_property
 *
 * Answers are "done" or "failed":
 *
 *   start-scope     cgroup (beneath the mount), manager (which one has done it)
 *   release         the placeholder is gone; properties are set then
 *   attach          the process "pid" is in the unit's cgroup; outcome as with set-properties
 *   stop-unit       outcome: "stopped", "absent", "foreign"
 *   set-properties  outcome: "set", "absent", "foreign"
 *   notice          any number, in all of them: what was done otherwise than asked
 */
#pragma once

#define SYSTEMD_HELPER "thwart-systemd"

#define SYSTEMD_START_SCOPE    "start-scope"
#define SYSTEMD_RELEASE        "release"
#define SYSTEMD_ATTACH         "attach"
#define SYSTEMD_STOP_UNIT      "stop-unit"
#define SYSTEMD_SET_PROPERTIES "set-properties"

#define SYSTEMD_ABSENT  "absent"
#define SYSTEMD_FOREIGN "foreign"
#define SYSTEMD_STOPPED "stopped"
#define SYSTEMD_SET     "set"
