/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a process of ours in the container to the container's program. */
#include "linux/sandbox_process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/capabilities.h"
#include "linux/credentials.h"
#include "linux/home.h"
#include "linux/keyring.h"
#include "linux/limits.h"
#include "linux/pre_exec.h"
#include "linux/procfs.h"
#include "linux/scheduling.h"
#include "linux/security_label.h"

enum { CAPABILITY_SYS_ADMIN = 21 };

void sandbox_process_begin(struct sandbox_process *process, const struct plan_process *plan,
                           const struct host_facts *facts, const struct seccomp_program *filter)
{
    memset(process, 0, sizeof(*process));
    process->plan = plan;
    process->facts = facts;
    process->filter = filter;
    process->notify.connection = -1;
    process->sets_scheduler = true;
    landlock_begin(&process->landlock, plan, false);
    /* Without `capabilities` in the configuration the program gets none. */
    if (plan != NULL && plan->has_capabilities)
        process->capabilities = plan->capabilities;
}

static void note(struct sandbox_process *process, const char *fallback)
{
    if (fallback != NULL && process->fallback_count < SANDBOX_FALLBACKS_MAX)
        process->fallbacks[process->fallback_count++] = fallback;
}

/* The filter and Landlock's layers need CAP_SYS_ADMIN at their loading when there is no no_new_privs. */
static uint64_t extra_capabilities(const struct sandbox_process *process)
{
    const bool restricts = process->filter != NULL || process->landlock.count > 0;

    return restricts && !process->plan->no_new_privileges ? CAPABILITIES_FOR_FILTER : 0;
}

static int check_filter_right(const struct sandbox_process *process, struct error *error)
{
    if (extra_capabilities(process) == 0 || capabilities_effective(CAPABILITY_SYS_ADMIN))
        return 0;
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s needs process.noNewPrivileges: true here, as the runtime has no CAP_SYS_ADMIN in "
                     "the container's user namespace",
                     process->filter != NULL ? "linux.seccomp: a filter" : "landlock: a policy's layer");
}

static int join_keyring(struct sandbox_process *process, struct error *error)
{
    const char *fallback = NULL;

    if (!process->plan->new_keyring)
        return 0;
    /* The keyring is labelled as it is made. */
    SANDBOX_STEP(security_label_keys(process->plan, error));
    SANDBOX_STEP(keyring_join(process->plan, &fallback, error));
    note(process, fallback);
    return 0;
}

static int write_oom_score(int32_t score, struct error *error)
{
    char value[16];
    cleanup_fd int procfs = procfs_open(PROCFS_PROCESSES, NULL, error);

    if (procfs < 0)
        return -1;
    snprintf(value, sizeof(value), "%d", score);
    if (procfs_write(procfs, "self/oom_score_adj", value, error) == 0)
        return 0;
    if (error != NULL && error->system_errno == EACCES)
        return error_set(error, ERROR_UNSUPPORTED,
                         "process.oomScoreAdj: %d is below what the runtime was started with: that needs "
                         "CAP_SYS_RESOURCE",
                         score);
    return error_prefix(error, "process.oomScoreAdj");
}

int sandbox_process_set_oom_score(const struct sandbox_process *process, struct error *error)
{
    /* The files of a process that may not be dumped belong to root: another user has to show himself for a
     * moment. */
    const bool shown = process->facts->uid != 0;
    int result;

    if (process->plan == NULL || !process->plan->has_oom_score_adj)
        return 0;
    if (shown && pre_exec_set_dumpable(true) < 0)
        return error_system(error, errno, "process.oomScoreAdj: reach our own process files");
    result = write_oom_score(process->plan->oom_score_adj, error);
    if (shown && pre_exec_set_dumpable(false) < 0 && result == 0)
        result = error_system(error, errno, "process.oomScoreAdj: hide our own process files again");
    return result;
}

static int set_label(struct sandbox_process *process, struct error *error)
{
    const char *fallback = NULL;

    SANDBOX_STEP(security_label_set(process->plan, &fallback, error));
    note(process, fallback);
    return 0;
}

/* In the container's root, with rights: the user himself may not be able to read the file. */
static int find_home(struct sandbox_process *process, struct error *error)
{
    const struct plan_strings *environment = &process->plan->environment;
    static const char name[] = "HOME=";

    if (!process->plan->find_home)
        return 0;
    /* Not to be freed: execve or the end of this process do that. */
    process->environment = malloc((environment->count + 2) * sizeof(*process->environment));
    if (process->environment == NULL)
        return error_set(error, ERROR_LIMIT, "process.env: memory is exhausted");
    memcpy(process->home, name, sizeof(name));
    home_find(process->plan->uid, process->home + strlen(name), sizeof(process->home) - strlen(name));
    for (size_t i = 0; i < environment->count; i++)
        process->environment[i] = environment->items[i];
    process->environment[environment->count] = process->home;
    process->environment[environment->count + 1] = NULL;
    return 0;
}

static int find_program(struct sandbox_process *process, struct error *error)
{
    SANDBOX_STEP(program_find(process->plan, &process->program, error));
    SANDBOX_STEP(landlock_admit(&process->landlock, process->program.path, error));
    note(process, process->landlock.left_out[0] != '\0' ? process->landlock.left_out : NULL);
    note(process, process->landlock.added[0] != '\0' ? process->landlock.added : NULL);
    return 0;
}

static int own_streams(const struct sandbox_process *process, struct error *error)
{
    if (process->plan->terminal)
        return 0;
    SANDBOX_STEP(pre_exec_own_null_streams(error));
    /* The caller's streams belong to the caller: without another user there is nothing to hand over. */
    if (process->plan->uid == process->facts->uid)
        return 0;
    return pre_exec_own_standard_streams(process->plan->uid, error);
}

static int hide_again(struct error *error)
{
    if (pre_exec_set_dumpable(false) < 0 || pre_exec_renew_death_signal() < 0)
        return error_system(error, errno, "protect the container's process after its change of user");
    return 0;
}

static int set_no_new_privileges(const struct plan_process *plan, struct error *error)
{
    if (plan->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
        return error_system(error, errno, "process.noNewPrivileges: set no_new_privs");
    return 0;
}

int sandbox_process_prepare(struct sandbox_process *process, struct error *error)
{
    const struct plan_process *plan = process->plan;
    const struct plan_capabilities *sets = &process->capabilities;
    const uint64_t extra = extra_capabilities(process);

    /* A clear word before anything is given away. */
    SANDBOX_STEP(check_filter_right(process, error));
    /* Keys of the caller are out of reach before anything of the container's choice runs. */
    SANDBOX_STEP(join_keyring(process, error));
    /* Raising hard limits needs CAP_SYS_RESOURCE. What would hinder us is lowered later. */
    SANDBOX_STEP(limits_raise(plan, error));
    /* Real-time policies need CAP_SYS_NICE. After setsid, which the I/O priority of a group would otherwise
     * miss. */
    SANDBOX_STEP(scheduling_set_policy(0, process->sets_scheduler ? plan->scheduler : NULL, error));
    SANDBOX_STEP(scheduling_apply(plan, error));
    /* After the cgroup was entered, whose cpuset bounds it. */
    SANDBOX_STEP(scheduling_set_affinity(&plan->affinity_final, "final", error));
    /* As late as possible, but with rights: from here on a profile may judge what we do only at execve. */
    SANDBOX_STEP(set_label(process, error));
    /* Needs CAP_SETPCAP in this user namespace; nothing between here and the ids needs a capability that is
     * dropped, as the permitted set is still whole. */
    SANDBOX_STEP(capabilities_clear_securebits(error));
    SANDBOX_STEP(capabilities_limit_bounding(sets, error));
    SANDBOX_STEP(find_home(process, error));
    /* Its paths may lie where the user may not look; everything is mounted. */
    SANDBOX_STEP(landlock_open(&process->landlock, error));
    /* Needs CAP_CHOWN over streams of the caller. */
    SANDBOX_STEP(own_streams(process, error));
    /* As root: a directory that the user may not search. */
    pre_exec_try_directory(&plan->cwd, &process->directory_failed);
    /* Else the change away from user 0 would empty the permitted set, and the configured capabilities with
     * it. */
    SANDBOX_STEP(capabilities_keep(true, error));
    /* Groups, gids, uids: no way back after this. */
    SANDBOX_STEP(credentials_set(plan, error));
    SANDBOX_STEP(capabilities_set(sets, extra, error));
    SANDBOX_STEP(capabilities_keep(false, error));
    /* Changed ids reset both. */
    SANDBOX_STEP(hide_again(error));
    /* What the kernel says counts, not what we asked for. */
    SANDBOX_STEP(credentials_verify(plan, error));
    SANDBOX_STEP(capabilities_verify(sets, extra, error));
    /* After the label: with no_new_privs AppArmor only lets a profile be stacked. */
    SANDBOX_STEP(set_no_new_privileges(plan, error));
    /* As the user, if root could not; then the census of where we are. */
    SANDBOX_STEP(pre_exec_enter_directory(&plan->cwd, process->directory_failed, error));
    /* With the final root, directory, ids and environment, so that the verdict is execve's. */
    return find_program(process, error);
}

static int load_filter(const struct sandbox_process *process, int connection, struct error *error)
{
    if (process->filter == NULL)
        return 0;
    if (process->notify.connection >= 0)
        return seccomp_notify_load(process->filter, &process->notify, connection, error);
    if (seccomp_install(process->filter) < 0)
        return error_system(error, errno, "linux.seccomp: load the filter");
    return 0;
}

static int become_ordinary(const struct sandbox_process *process, int connection, struct error *error)
{
    int keep[2 + LANDLOCK_LAYERS_MAX] = {connection, process->notify.connection};

    memcpy(keep + 2, process->landlock.rulesets, sizeof(process->landlock.rulesets));
    if (pre_exec_outlive_parent() < 0 || pre_exec_reset_signals() < 0)
        return error_system(error, errno, "reset the signals of the container's process");
    if (pre_exec_close_descriptors(3 + process->plan->preserve_fds, keep, ARRAY_LENGTH(keep)) < 0)
        return error_system(error, errno, "close the runtime's descriptors");
    return 0;
}

int sandbox_process_execute(struct sandbox_process *process, int connection, struct error *error)
{
    /* Nothing of ours may be named by the program's path (/proc/self/fd/N). The connection is a socket: it
     * cannot be executed. */
    SANDBOX_STEP(become_ordinary(process, connection, error));
    /* Lowering needs no right; nothing is opened or made any more. */
    SANDBOX_STEP(limits_lower(process->plan, error));
    /* Nothing is looked up by a path any more but the program. */
    SANDBOX_STEP(landlock_restrict(&process->landlock, error));
    /* Last: the filter need not know any call of ours but execve. */
    SANDBOX_STEP(load_filter(process, connection, error));
    return program_execute(
        &process->program, process->plan,
        process->environment != NULL ? process->environment : process->plan->environment.items, error);
}
