/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of spec/ that only spec/ itself needs; the others are in spec.h. */
#pragma once

#include "json/table.h"

extern const struct json_table spec_mount_table, spec_namespace_table, spec_root_table, spec_device_table,
    spec_net_device_table, spec_memory_policy_table, spec_intel_rdt_table, spec_personality_table,
    spec_time_offset_table;
