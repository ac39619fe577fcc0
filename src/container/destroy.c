/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking a container away. */
#include "container/destroy.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include "container/hook_list.h"
#include "container/scope.h"
#include "container/state_store.h"
#include "linux/cgroup.h"
#include "linux/host_probe.h"
#include "linux/process_identity.h"
#include "linux/resctrl.h"

enum { INTENDED_ROUNDS = 100 };

/* It held no process when the intent was recorded: whatever is in it came with the container. Otherwise it is
 * not known whose it is. */
static bool cgroup_came_with_it(const struct record *record)
{
    return record->cgroup != NULL && record->cgroup->has_created_from;
}

static int kill_cgroup(const struct record *record, struct error *error)
{
    bool ours;

    if (!cgroup_came_with_it(record))
        return 0;
    if (scope_cgroup_is_ours(record, &ours, error) != 0)
        return -1;
    return ours ? cgroup_kill(record->cgroup->mount, record->cgroup->path, error) : 0;
}

int destroy_processes(const struct record *record, const struct observation *observation, struct error *error)
{
    int ended;

    if (!observation->same_boot)
        return 0;
    /* The cgroup first: nothing that init's end sets off can fork its way out. */
    if (kill_cgroup(record, error) != 0)
        return error_prefix(error, "ending container %s", record->id);
    if (observation->pidfd < 0)
        return 0;
    if (pidfd_send_signal(observation->pidfd, SIGKILL, NULL, 0) != 0 && errno != ESRCH)
        return error_system(error, errno, "killing process %lld of container %s", (long long)record->pid,
                            record->id);
    ended = process_wait_end(observation->pidfd, DESTROY_TIMEOUT_MS, error);
    if (ended < 0)
        return error_prefix(error, "waiting for the end of container %s", record->id);
    if (ended == 0)
        return error_set(error, ERROR_LIMIT,
                         "process %lld of container %s was killed and has not ended for %d s (it waits in "
                         "the kernel); its record is "
                         "kept, try delete --force again",
                         (long long)record->pid, record->id, DESTROY_TIMEOUT_MS / 1000);
    return 0;
}

/*
 * The creator could not see what was there, and died before it made something: a cgroup of that name is
 * somebody else's if it goes on being populated, and stays.
 */
static int remove_intended_cgroup(const struct record_cgroup *cgroup, struct error *error)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    bool populated = true;

    for (int round = 0; populated && round < INTENDED_ROUNDS; round++) {
        if (round > 0)
            nanosleep(&pause, NULL);
        if (cgroup_populated(cgroup->mount, cgroup->path, &populated, error) != 0)
            return -1;
    }
    return populated ? 0 : cgroup_remove(cgroup->mount, cgroup->path, NULL, error);
}

/* systemd removes the cgroup with the unit, unless it hangs or was not asked. */
static int remove_unit(const struct runtime *runtime, const struct record *record, struct error *error)
{
    const struct record_cgroup *cgroup = record->cgroup;
    struct cgroup_made made = {0};
    struct error failure;
    bool ours;
    int result;

    /* Where systemd does not answer, at least nothing of it runs on. */
    if (kill_cgroup(record, error) != 0)
        return -1;
    result = scope_remove(record, &runtime->notices, error);
    if (cgroup == NULL)
        return result;
    made.created_from = cgroup->created_from;
    if (scope_cgroup_is_ours(record, &ours, &failure) == 0 &&
        (!ours || cgroup_remove(cgroup->mount, cgroup->path, &made, &failure) == 0))
        return result;
    if (result == 0)
        *error = failure;
    return -1;
}

static int remove_cgroup(const struct runtime *runtime, const struct record *record, struct error *error)
{
    const struct record_cgroup *cgroup = record->cgroup;
    struct cgroup_made made = {0};

    if (record->unit != NULL)
        return remove_unit(runtime, record, error);
    if (cgroup == NULL)
        return 0;
    if (!cgroup_came_with_it(record))
        return remove_intended_cgroup(cgroup, error);
    made.created_from = cgroup->created_from;
    /* Init's end has not ended the others when the PID namespace is not the container's own. */
    if (!record->own_pid_namespace && kill_cgroup(record, error) != 0)
        return -1;
    return scope_cgroup_remove(record, &made, error);
}

static int remove_resctrl(const struct record *record, struct error *error)
{
    const struct record_resctrl *resctrl = record->resctrl;
    struct plan_intel_rdt class_of_ours;
    struct plan plan = {.id = record->id, .intel_rdt = &class_of_ours};

    if (resctrl == NULL)
        return 0;
    class_of_ours = (struct plan_intel_rdt){
        .clos_id = resctrl->clos_id, .create = resctrl->create, .enable_monitoring = resctrl->monitoring};
    return resctrl_remove(&plan, error);
}

int destroy_remains(const struct runtime *runtime, int root, int directory, const struct record *record,
                    bool same_boot, struct error *error)
{
    cleanup_arena struct arena arena = {0};

    /* Another boot: its cgroups are gone, and a path like ours may be somebody else's now. */
    if (same_boot && remove_cgroup(runtime, record, error) != 0)
        return error_prefix(error, "removing the cgroup of container %s", record->id);
    if (same_boot && remove_resctrl(record, error) != 0)
        return error_prefix(error, "removing the resctrl class of container %s", record->id);
    hook_list_run_poststop(record, &runtime->notices, &arena);
    return state_remove(root, record->id, directory, error);
}

static enum plan_cgroup_manager manager_of(const struct runtime *runtime, const struct spec *spec)
{
    const char *path = spec->linux_part != NULL ? spec->linux_part->cgroups_path : NULL;

    /* SLICE:PREFIX:NAME is a path for systemd only, and delete need not be told of it. */
    return path != NULL && strchr(path, ':') != NULL && strchr(path, '/') == NULL ? PLAN_CGROUP_SYSTEMD
                                                                                  : runtime->cgroup_manager;
}

/* The cgroup that a container of this id has: from the configuration that was kept, else from the default's
 * rule. */
static int find_cgroup(const struct runtime *runtime, int directory, const char *id, struct arena *arena,
                       const struct plan_cgroup **cgroup, struct error *error)
{
    struct host_facts *facts = arena_allocate(arena, sizeof(*facts));
    struct plan_inputs inputs = {.id = id, .bundle = {"/"}};
    struct json_notes notes = {0};
    struct error unreadable;
    const struct spec *spec;
    const struct plan *plan;
    char *bytes;
    size_t length;

    if (state_read_config(directory, arena, &bytes, &length, &unreadable) != 0 ||
        spec_parse(bytes, length, "kept configuration", arena, &notes, &spec, &unreadable) != 0) {
        notice(&runtime->notices, NOTICE_DEBUG, "container %s: %s; its default cgroup is looked for", id,
               unreadable.message);
        spec = spec_default(arena, false, 0, 0);
    }
    inputs.cgroup_manager = manager_of(runtime, spec);
    if (host_probe(HOST_PROBE_QUICK, arena, facts, error) != 0 ||
        plan_build(spec, facts, &inputs, arena, &plan, error) != 0)
        return -1;
    *cgroup = &plan->cgroup;
    return 0;
}

/* A unit by the name that a container of this id has, if its description is this directory's. */
static int stop_unrecorded(const struct runtime *runtime, int directory,
                           const struct plan_systemd_scope *scope, struct arena *arena, struct error *error)
{
    struct record_unit unit = {.unit = scope->unit, .user_manager = scope->user_manager};
    const struct record record = {.unit = &unit};

    if (scope_description(scope, directory, arena, &unit.description, error) != 0)
        return -1;
    return scope_remove(&record, &runtime->notices, error);
}

int destroy_unrecorded(const struct runtime *runtime, int root, int directory, const char *id,
                       struct error *error)
{
    cleanup_arena struct arena arena = {0};
    const struct plan_cgroup *cgroup = NULL;

    /* Only claimed: a cgroup by the default's rule would be that of a container of this id in another root.
     */
    if (!state_has_begun(directory))
        return state_remove(root, id, directory, error);
    if (find_cgroup(runtime, directory, id, &arena, &cgroup, error) != 0)
        return error_prefix(error, "looking for what is left of container %s", id);
    if (cgroup->scope != NULL && stop_unrecorded(runtime, directory, cgroup->scope, &arena, error) != 0)
        return error_prefix(error, "stopping the unit of container %s", id);
    if (cgroup->manager == PLAN_CGROUP_FILES && cgroup->path != NULL) {
        if (cgroup_kill(cgroup->mount, cgroup->path, error) != 0 ||
            cgroup_remove(cgroup->mount, cgroup->path, NULL, error) != 0)
            return error_prefix(error, "removing the cgroup of container %s", id);
    }
    return state_remove(root, id, directory, error);
}
