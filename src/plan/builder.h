/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of plan/ share while a plan is built: the inputs, the arena, the notes, and the parts in
 * their order. */
#pragma once

#include "plan/host_facts.h"
#include "plan/plan.h"
#include "spec/spec.h"

struct plan_builder {
    const struct spec *grant;            /* NULL while a process or resources alone are planned */
    const struct spec_linux *linux_part; /* never NULL in plan_build: an empty one stands in */
    const struct host_facts *facts;
    const struct plan_inputs *inputs;
    struct arena *arena;
    struct plan *plan; /* the container's; parts read what earlier parts have put there */
    struct plan_note *notes;
    size_t note_count, note_capacity;
};

/* Say that something is left out or done otherwise. pointer: JSON pointer into the configuration, borrowed.
 */
void plan_builder_note(struct plan_builder *builder, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, for what the specification wants logged as a warning. */
void plan_builder_warning(struct plan_builder *builder, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A warning for the log file; where there is none, as plan_builder_note(): engines send contradictions with
 * every container, and what the runtime prints is shown as the container's own. */
void plan_builder_note_for_log(struct plan_builder *builder, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A NULL-terminated copy of the list (the strings stay where they are), with room for `spare` more. */
const char **plan_builder_strings(struct plan_builder *builder, const struct json_strings *strings,
                                  size_t spare);

/* The list as plan_strings. */
struct plan_strings plan_builder_copy(struct plan_builder *builder, const struct json_strings *strings);

/* Mappings in the plan's form. */
struct plan_id_mappings plan_builder_mappings(struct plan_builder *builder,
                                              const struct json_structs *mappings);

/* True when some mapping holds the id of the container's side. */
bool plan_mappings_hold(const struct plan_id_mappings *mappings, uint32_t container_id);

/* True when the container lives in a user namespace other than the runtime's: made or joined. */
bool plan_has_user_namespace(const struct plan *plan);

/* True when the runtime is not the host's root, whatever its number says (podman's root in its
 * namespace). */
bool plan_is_rootless(const struct host_facts *facts);

/* Does the runtime hold this capability (CAP_…)? */
bool plan_has_capability(const struct host_facts *facts, unsigned int capability);

/* The parts, in the order in which plan_build calls them. */
int plan_build_namespaces(struct plan_builder *builder, struct error *error);
int plan_build_cgroup(struct plan_builder *builder, struct error *error);
int plan_build_rootfs(struct plan_builder *builder, struct error *error);
int plan_build_mounts(struct plan_builder *builder, struct error *error);
int plan_build_devices(struct plan_builder *builder, struct error *error);
int plan_build_sysctl(struct plan_builder *builder, struct error *error);
int plan_build_net_devices(struct plan_builder *builder, struct error *error);
int plan_build_intel_rdt(struct plan_builder *builder, struct error *error);
void plan_build_hooks(struct plan_builder *builder);
int plan_build_process(struct plan_builder *builder, struct error *error);

/* process.c, for plan_build_exec: container is the process whose values stand in for what `process` leaves
 * out. */
int plan_fill_process(struct plan_builder *builder, const struct spec_process *process,
                      const struct plan_process *container, struct plan_process *plan, struct error *error);

/* The container's filter. NULL: none. */
int plan_build_seccomp(struct plan_builder *builder, const struct spec_seccomp *seccomp,
                       const struct plan_seccomp **plan, struct error *error);

/* landlock.c: the layers of inputs->layers; and those of a process that joins, from the container's. */
int plan_build_landlock(struct plan_builder *builder, struct plan_process *process, struct error *error);
void plan_join_landlock(struct plan_builder *builder, const struct plan_process *container,
                        struct plan_process *process);

/* mount_layers.c: what was seen of an overlay's directories when policies decided on them. */
void plan_bind_layers(struct plan_builder *builder, struct plan_mount *mount);

/* mounts.c: the text of one mount's idmap= option, "uids=0-1-10#10-11-10;gids=0-100-10" (crun's form). */
int plan_parse_idmap(struct plan_builder *builder, const char *text, size_t index, struct plan_mount *mount,
                     struct error *error);

/* cgroup resources of a container that is about to be made (granted NULL), or of one that runs with those of
 * `granted`. Fills writes, controllers, notes. */
int plan_build_cgroup_writes(struct plan_builder *builder, const struct spec_resources *resources,
                             const struct spec_resources *granted, struct plan_cgroup *cgroup,
                             struct error *error);

/* systemd.c: the scope that systemd is asked for. cgroup has its writes and device rules by then. */
int plan_build_systemd_scope(struct plan_builder *builder, struct plan_cgroup *cgroup, struct error *error);

/* The device program's rules from the configuration's. Fills has_device_rules and device_rules. */
int plan_build_device_rules(struct plan_builder *builder, const struct spec_resources *resources,
                            struct plan_cgroup *cgroup, struct error *error);
