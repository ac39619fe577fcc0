/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observing a container's state. */
#include "container/observe.h"

#include <string.h>
#include "base/descriptor.h"
#include "container/state_store.h"
#include "linux/cgroup.h"
#include "linux/start_gate.h"

struct process_identity record_process(const struct record *record)
{
    return (struct process_identity){.pid = (pid_t)record->pid, .start_time = record->start_time};
}

void observation_close(struct observation *observation)
{
    descriptor_close(&observation->pidfd);
}

/* Created, running or paused: init lives. */
static int observe_living(const struct record *record, int directory, struct observation *observation,
                          struct error *error)
{
    bool frozen = false, waiting = false;

    if (record->cgroup != NULL &&
        cgroup_frozen(record->cgroup->mount, record->cgroup->path, &frozen, error) != 0)
        return -1;
    if (frozen) {
        observation->status = CONTAINER_PAUSED;
        return 0;
    }
    if (start_gate_probe(directory, &waiting, error) != 0)
        return -1;
    observation->status = waiting ? CONTAINER_CREATED : CONTAINER_RUNNING;
    return 0;
}

/* Its creator has it locked. Where the kernel does not tell who has, somebody is enough. */
static bool is_being_created(const struct record *record, int directory)
{
    long holder;

    if (!state_is_locked(directory))
        return false;
    holder = state_lock_holder(directory);
    /* 0 also when a `delete` has let go of it since the first look. */
    return holder == record->creator_pid || (holder == 0 && state_is_locked(directory));
}

int observe(const struct record *record, int directory, bool locked, struct observation *observation,
            struct error *error)
{
    char boot_id[BOOT_ID_SIZE];
    struct process_identity init = record_process(record);

    observation->pidfd = -1;
    observation->status = CONTAINER_STOPPED;
    if (boot_id_read(boot_id, error) != 0)
        return -1;
    observation->same_boot = strcmp(boot_id, record->boot_id) == 0;
    if (!observation->same_boot)
        return 0;
    if (init.pid > 0 && process_open(&init, &observation->pidfd, error) != 0)
        return -1;
    /* No process: not born yet, or over. The creator may still be cleaning up, but what it made has ended. */
    if (observation->pidfd < 0 && init.pid > 0)
        return 0;
    if (!locked && is_being_created(record, directory)) {
        observation->status = CONTAINER_CREATING;
        return 0;
    }
    return observation->pidfd < 0 ? 0 : observe_living(record, directory, observation, error);
}
