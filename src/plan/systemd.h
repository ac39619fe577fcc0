/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scope that systemd is asked for: what the files that plan it share. */
#pragma once

#include "plan/builder.h"

/* The properties of a unit while they grow. A name stands there once. */
struct unit_properties {
    struct arena *arena;
    struct plan_unit_property *items;
    size_t count, capacity;
    const char *rounded_quota; /* what asked for a CPU quota that is no whole percent; NULL: none */
};

/* Set one; it takes the place of one of its name. Valid until the next is set. */
struct plan_unit_property *unit_properties_set(struct unit_properties *properties, const char *name,
                                               const char *signature, const char *value, const char *pointer);

/* Add an element of two members ("a(st)"): the one with the same first member is replaced. */
void unit_properties_add_pair(struct unit_properties *properties, const char *name, const char *signature,
                              const char *first, const char *second, const char *pointer);

/* Add a member of a list of single values ("as", "ay"). */
void unit_properties_add_value(struct plan_unit_property *property, struct arena *arena, const char *value);

/* systemd_properties.c: what the cgroup's files hold, as properties. creation: also what a unit takes at its
 * start only. */
void unit_properties_of_writes(struct unit_properties *properties, const struct plan_cgroup *cgroup,
                               bool creation);

/* systemd_devices.c: the device rules as DevicePolicy and DeviceAllow, where they can be said so. */
void unit_properties_of_devices(struct plan_builder *builder, struct unit_properties *properties,
                                const struct plan_cgroup *cgroup);

/* systemd_annotations.c: org.systemd.property.NAME. */
int unit_properties_of_annotations(struct plan_builder *builder, struct unit_properties *properties,
                                   struct error *error);
