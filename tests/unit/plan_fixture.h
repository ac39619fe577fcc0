/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan from a few members of a configuration, on a host that can do everything. Single quotes stand for
 * double ones. */
#pragma once

#include "unit.h"

#include "base/memory.h"
#include "plan/host_facts.h"
#include "plan/plan.h"
#include "spec/spec.h"

struct fixture {
    struct arena arena;
    struct host_facts facts;
    struct plan_inputs inputs;
    const struct spec *spec;
    const struct plan *plan;
    struct error error;
};

static inline const char *fixture_quotes(struct fixture *fixture, const char *document)
{
    char *copy = arena_string(&fixture->arena, document);

    for (char *place = copy; *place != '\0'; place++)
        *place = *place == '\'' ? '"' : *place;
    return copy;
}

static inline void fixture_begin(struct fixture *fixture)
{
    static const char *const controllers[] = {"cpu", "cpuset", "io", "memory", "pids", "hugetlb", "rdma"};
    const uint64_t all = ((uint64_t)1 << 41) - 1;

    *fixture = (struct fixture){
        .facts = {.version = 1,
                  .capabilities = all,
                  .capabilities_bounding = all,
                  .last_capability = 40,
                  .setgroups_allowed = true,
                  .cgroup_layout = CGROUP_LAYOUT_UNIFIED,
                  .cgroup_mount = "/sys/fs/cgroup",
                  .cgroup_own = "/own",
                  .cgroup_controllers = {(const char **)(uintptr_t)controllers, ARRAY_LENGTH(controllers),
                                         true},
                  .cgroup_writable = true,
                  .has_idmapped_mounts = true,
                  .has_time_namespace = true,
                  .has_seccomp_notify = true,
                  .has_seccomp_wait_killable = true,
                  .has_cgroup_device_bpf = true},
        .inputs = {.id = "c1", .bundle = {"/bundle"}, .cgroup_manager = PLAN_CGROUP_FILES},
    };
}

static inline void fixture_end(struct fixture *fixture)
{
    arena_free(&fixture->arena);
}

/* Parse and build; 0 or plan_build's -1. process and linux_members: what stands in those objects beside the
 * necessary; members: at the top. Each "" or ending without a comma. */
static inline int fixture_build(struct fixture *fixture, const char *members, const char *process,
                                const char *linux_members)
{
    const char *document = arena_format(&fixture->arena,
                                        "{'ociVersion':'1.3.0','root':{'path':'rootfs'},%s%s'process':{'user'"
                                        ":{'uid':0,'gid':0},'cwd':'/','args':['sh']%s%s},"
                                        "'linux':{%s%s'rootfsPropagation':'rslave'}}",
                                        members, members[0] != '\0' ? "," : "", process[0] != '\0' ? "," : "",
                                        process, linux_members, linux_members[0] != '\0' ? "," : "");
    struct json_notes notes = {0};
    const char *text = fixture_quotes(fixture, document);

    if (spec_parse(text, strlen(text), "config.json", &fixture->arena, &notes, &fixture->spec,
                   &fixture->error) < 0)
        fail_msg("the document is refused: %s\n%s", fixture->error.message, text);
    return plan_build(fixture->spec, &fixture->facts, &fixture->inputs, &fixture->arena, &fixture->plan,
                      &fixture->error);
}

static inline void fixture_must_build(struct fixture *fixture, const char *members, const char *process,
                                      const char *linux_members)
{
    if (fixture_build(fixture, members, process, linux_members) < 0)
        fail_msg("not planned: %s", fixture->error.message);
}

#define FIXTURE_NAMESPACES "'namespaces':[{'type':'mount'},{'type':'pid'}]"
