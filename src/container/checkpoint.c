/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * checkpoint: the container's processes as images. Nothing of the bundle is read: the plan is made again from
 * the kept configuration. Under the lock, so that no other command changes the container meanwhile.
 */
#include "linux/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "container/bounds.h"
#include "container/decision_events.h"
#include "container/checkpoint_files.h"
#include "container/found.h"
#include "container/prepare.h"
#include "container/state_store.h"
#include "linux/host_probe.h"
#include "plan/plan.h"
#include "spec/spec.h"

/* What runc and crun take for the path of further options of criu's. */
#define CONFIG_ANNOTATION "org.criu.config"

struct checkpoint {
    const struct runtime *runtime;
    struct checkpoint_options options; /* with absolute paths */
    struct arena arena;
    struct found_container found;
    struct host_facts facts;
    struct plan plan;
    struct checkpoint_streams streams;
};

static void checkpoint_end(struct checkpoint *checkpoint)
{
    found_container_close(&checkpoint->found);
    arena_free(&checkpoint->arena);
}

/* The default path depends on where the creator stood, so the record's word counts. */
static void use_recorded_cgroup(struct checkpoint *checkpoint)
{
    const struct record_cgroup *cgroup = checkpoint->found.record->cgroup;

    if (cgroup == NULL) {
        checkpoint->plan.cgroup.manager = PLAN_CGROUP_DISABLED;
        return;
    }
    checkpoint->plan.cgroup.mount = cgroup->mount;
    checkpoint->plan.cgroup.path = cgroup->path;
}

/* lifecycle.checkpoint of the container's policies. */
static int decide(struct checkpoint *checkpoint, const struct spec *granted, const struct bounds *bounds,
                  struct error *error)
{
    const struct record *record = checkpoint->found.record;
    struct policy_decision decision;
    const struct decision_event event = {
        .action = "checkpoint",
        .id = record->id,
        .bundle = record->bundle,
        .config_digest = record->config_digest,
        .trust = record->trust,
        .image = record->image,
        .policies = &bounds->policies,
        .decision = &decision,
    };

    if (bounds->policies.count == 0)
        return 0;
    if (policy_decide_checkpoint(granted, &bounds->policies, &bounds->observed, &checkpoint->arena, &decision,
                                 error) != 0 ||
        bounds_tell(&checkpoint->runtime->policies, &event, checkpoint->found.directory,
                    &checkpoint->runtime->notices, &checkpoint->arena, error) != 0)
        return -1;
    return prepare_check_decision(&decision, error);
}

static int plan_again(struct checkpoint *checkpoint, struct error *error)
{
    const struct record *record = checkpoint->found.record;
    struct bounds bounds;
    const struct plan_inputs inputs = {
        .layers = &bounds.layers,
        .id = record->id,
        .bundle = {record->bundle},
        .cgroup_manager = (enum plan_cgroup_manager)record->cgroup_manager,
        .no_pivot = record->no_pivot,
        .seccomp_allow_socketcall = checkpoint->runtime->allow_socketcall,
    };
    struct arena *arena = &checkpoint->arena;
    struct json_notes notes = {0};
    const struct spec *granted;
    const struct plan *plan;
    char *bytes;
    size_t length;

    if (state_read_config(checkpoint->found.directory, arena, &bytes, &length, error) != 0 ||
        spec_parse(bytes, length, "the container's kept configuration", arena, &notes, &granted, error) !=
            0 ||
        host_probe(HOST_PROBE_QUICK, arena, &checkpoint->facts, error) != 0 ||
        bounds_read(record, checkpoint->found.directory, &checkpoint->facts, arena, &bounds, error) != 0 ||
        decide(checkpoint, granted, &bounds, error) != 0 ||
        plan_build(granted, &checkpoint->facts, &inputs, arena, &plan, error) != 0)
        return -1;
    checkpoint->plan = *plan;
    use_recorded_cgroup(checkpoint);
    return 0;
}

/* It would be a way from an annotation to any option of a program that runs as root, hooks of its own
 * included. */
static void tell_annotation(const struct checkpoint *checkpoint)
{
    const struct json_string_map *annotations = &checkpoint->found.record->annotations;

    for (size_t i = 0; i < annotations->count; i++)
        if (strcmp(annotations->items[i].key, CONFIG_ANNOTATION) == 0)
            notice(&checkpoint->runtime->notices, NOTICE_WARNING,
                   "the annotation " CONFIG_ANNOTATION " is not followed: options for criu belong into "
                   "/etc/criu/thwart.conf");
}

/* A pre-dump is memory alone; the streams go with the images of the last dump. */
static int keep_streams(struct checkpoint *checkpoint, struct error *error)
{
    if (checkpoint_streams_of((pid_t)checkpoint->found.record->pid, &checkpoint->streams, error) != 0)
        return -1;
    if (checkpoint->options.pre_dump)
        return 0;
    if (mkdir(checkpoint->options.image_path, 0700) != 0 && errno != EEXIST)
        return error_system(error, errno, "making the directory for images %s",
                            checkpoint->options.image_path);
    return checkpoint_write_streams(checkpoint->options.image_path, &checkpoint->streams, error);
}

static int checkpoint_locked(struct checkpoint *checkpoint, struct error *error)
{
    const struct record *record = checkpoint->found.record;
    const struct checkpoint_request request = {
        .plan = &checkpoint->plan,
        .init = record_process(record),
        .options = &checkpoint->options,
        .streams = &checkpoint->streams,
    };
    struct observation *observation = &checkpoint->found.observation;

    /* What was seen without the lock may have changed. */
    observation_close(observation);
    if (observe(record, checkpoint->found.directory, true, observation, error) != 0 ||
        lifecycle_check(OPERATION_CHECKPOINT, observation->status, record->id, error) != 0 ||
        plan_again(checkpoint, error) != 0 || keep_streams(checkpoint, error) != 0)
        return -1;
    tell_annotation(checkpoint);
    return checkpoint_dump(&request, error);
}

int container_checkpoint(const struct runtime *runtime, const char *id,
                         const struct checkpoint_options *options, struct error *error)
{
    __attribute__((cleanup(checkpoint_end))) struct checkpoint checkpoint = {
        .runtime = runtime,
        .options = *options,
        .found = FOUND_NONE,
    };
    int result;

    if (checkpoint_available(error) != 0 ||
        checkpoint_absolute_paths(&checkpoint.options, &checkpoint.arena, error) != 0 ||
        find_container(runtime, id, &checkpoint.arena, &checkpoint.found, error) != 0 ||
        lifecycle_check(OPERATION_CHECKPOINT, checkpoint.found.observation.status, id, error) != 0 ||
        state_lock(checkpoint.found.directory, id, STATE_LOCK_TIMEOUT_MS, error) != 0)
        return -1;
    result = checkpoint_locked(&checkpoint, error);
    state_unlock(checkpoint.found.directory);
    return result;
}
