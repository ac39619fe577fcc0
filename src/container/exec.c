/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec: a further process in a running container, bounded by what the container was granted at its creation.
 * Nothing of the bundle is read: the container's plan is made again from the kept configuration.
 */
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include "base/descriptor.h"
#include "container/bounds.h"
#include "container/decision_events.h"
#include "container/exec_process.h"
#include "container/observe_user_namespace.h"
#include "container/foreground.h"
#include "container/found.h"
#include "container/oci_state.h"
#include "container/pid_file.h"
#include "container/pidfd_socket.h"
#include "container/prepare.h"
#include "container/state_root.h"
#include "container/state_store.h"
#include "linux/host_probe.h"

struct execution {
    const struct runtime *runtime;
    const struct exec_request *request;
    struct arena arena;
    struct found_container found;
    struct host_facts facts;
    struct plan plan;                /* the container's, with the cgroup that the record names */
    struct plan_systemd_scope scope; /* and its unit */
    const struct plan_process *process;
    struct text state_text;
};

static void execution_end(struct execution *execution)
{
    found_container_close(&execution->found);
    text_free(&execution->state_text);
    arena_free(&execution->arena);
}

/* The default path depends on where the creator stood, so the record's word counts. */
static void use_recorded_cgroup(struct execution *execution)
{
    const struct record_cgroup *cgroup = execution->found.record->cgroup;
    const struct record_unit *unit = execution->found.record->unit;

    execution->plan.cgroup.mount = cgroup != NULL ? cgroup->mount : execution->plan.cgroup.mount;
    execution->plan.cgroup.path = cgroup != NULL ? cgroup->path : NULL;
    if (cgroup == NULL)
        execution->plan.cgroup.manager = PLAN_CGROUP_DISABLED;
    if (execution->plan.cgroup.scope != NULL && unit != NULL) {
        execution->scope = *execution->plan.cgroup.scope;
        execution->scope.unit = unit->unit;
        execution->scope.description = unit->description;
        execution->scope.user_manager = unit->user_manager;
        execution->plan.cgroup.scope = &execution->scope;
    }
}

static void tell_notes(const struct notices *notices, const struct plan_process *process)
{
    for (size_t i = 0; i < process->note_count; i++)
        notice(notices, NOTICE_DEBUG, "plan: %s: %s", process->notes[i].pointer, process->notes[i].text);
}

/* What is asked for against the container's policies. *grant: what the process gets. */
static int decide(struct execution *execution, const struct spec *granted, const struct spec_process *asked,
                  const struct json_notes *notes, struct bounds *bounds, const struct spec_process **grant,
                  struct error *error)
{
    const struct record *record = execution->found.record;
    struct arena *arena = &execution->arena;
    struct policy_decision decision;
    const struct decision_event event = {
        .action = "exec",
        .id = record->id,
        .bundle = record->bundle,
        .config_digest = record->config_digest,
        .trust = record->trust,
        .image = record->image,
        .policies = &bounds->policies,
        .decision = &decision,
        .arguments = &asked->args,
    };
    struct error untold = {0};

    if (bounds_read(record, execution->found.directory, &execution->facts, arena, bounds, error) != 0)
        return -1;
    observe_user_namespace_of(granted, (pid_t)record->pid, &bounds->policies, arena, &bounds->observed);
    bounds->observed.notes = notes;
    if (policy_decide_process(granted, asked, &bounds->policies, &bounds->observed, arena, &decision, grant,
                              error) != 0)
        return -1;
    /* Nobody is told of what nothing bounds. */
    if (bounds->policies.count == 0)
        return 0;
    if (bounds_tell(&execution->runtime->policies, &event, execution->found.directory,
                    &execution->runtime->notices, arena, &untold) == 0)
        return prepare_check_decision(&decision, error);
    if (prepare_check_decision(&decision, error) != 0) {
        notice(&execution->runtime->notices, NOTICE_WARNING, "%s", untold.message);
        return -1;
    }
    *error = untold;
    return -1;
}

static int plan_process(struct execution *execution, struct error *error)
{
    const struct exec_request *request = execution->request;
    struct bounds bounds;
    struct plan_inputs inputs = {
        .id = request->id,
        .bundle = {execution->found.record->bundle},
        .cgroup_manager = (enum plan_cgroup_manager)execution->found.record->cgroup_manager,
        .no_pivot = execution->found.record->no_pivot,
        .preserve_fds = request->preserve_fds,
        .listen_fds = request->listen_fds,
        .notify_socket = request->notify_socket,
        .seccomp_allow_socketcall = execution->runtime->allow_socketcall,
        .layers = &bounds.layers,
    };
    struct arena *arena = &execution->arena;
    struct json_notes notes = {0}, asked_notes = {0};
    const struct spec *granted;
    const struct spec_process *asked, *grant;
    const struct plan *plan;
    char *bytes;
    size_t length;

    if (state_read_config(execution->found.directory, arena, &bytes, &length, error) != 0 ||
        spec_parse(bytes, length, "the container's kept configuration", arena, &notes, &granted, error) !=
            0 ||
        exec_process_build(request, granted, arena, &asked_notes, &asked, error) != 0 ||
        host_probe(HOST_PROBE_QUICK, arena, &execution->facts, error) != 0 ||
        decide(execution, granted, asked, &asked_notes, &bounds, &grant, error) != 0)
        return -1;
    if (plan_build(granted, &execution->facts, &inputs, arena, &plan, error) != 0 ||
        plan_build_exec(grant, plan, &execution->facts, &inputs, arena, &execution->process, error) != 0)
        return -1;
    execution->plan = *plan;
    use_recorded_cgroup(execution);
    tell_notes(&execution->runtime->notices, execution->process);
    return 0;
}

static const char *on_hook_state(void *context, const char *status, pid_t pid)
{
    struct execution *execution = context;

    text_reset(&execution->state_text);
    oci_state_encode(&execution->state_text, execution->found.record, status, pid, 0);
    return execution->state_text.bytes;
}

static void on_notice(void *context, const char *text)
{
    const struct execution *execution = context;

    notice(&execution->runtime->notices, NOTICE_DEBUG, "%s", text);
}

/* The command runs, but its pid file could not be made or its end not be waited for: the engine would lose
 * it, so it must not go on. */
static int end_process(const struct sandbox *sandbox)
{
    siginfo_t information;

    pidfd_send_signal(sandbox->pidfd, SIGKILL, NULL, 0);
    waitid(P_PIDFD, (id_t)sandbox->pidfd, &information, WEXITED);
    return -1;
}

static int execute(struct execution *execution, int *status, struct error *error)
{
    const struct exec_request *request = execution->request;
    cleanup_console struct console console = CONSOLE_NONE;
    cleanup_pid_file struct pid_file pid_file = PID_FILE_NONE;
    cleanup_fd int master = -1, pidfd_socket = -1;
    struct sandbox sandbox = {.pidfd = -1, .control = -1};
    struct sandbox_exec_request sandbox_request;
    int result;

    if (pid_file_begin(request->pid_file, &execution->arena, &pid_file, error) != 0 ||
        console_open(request->console_socket, execution->process->terminal, request->detach, &console,
                     error) != 0 ||
        pidfd_socket_open(request->pidfd_socket, &pidfd_socket, error) != 0)
        return -1;
    sandbox_request = (struct sandbox_exec_request){
        .container = &execution->plan,
        .process = execution->process,
        .facts = &execution->facts,
        .init = record_process(execution->found.record),
        .console_socket = console.for_sandbox,
        .plain_lines = console.plain_lines,
        .seccomp_cache =
            execution->process->seccomp == NULL
                ? NULL
                : host_path_join(&execution->arena, execution->found.root_path, STATE_ROOT_CACHE).text,
        .sub_cgroup = request->sub_cgroup,
        .wait_for_thaw = request->ignore_paused,
        .hook_state = on_hook_state,
        .notice = on_notice,
        .context = execution,
    };
    if (sandbox_exec(&sandbox_request, &sandbox, error) != 0)
        return -1;
    if (pidfd_socket_send(&pidfd_socket, sandbox.pidfd, "setns", error) != 0 ||
        pid_file_commit(&pid_file, sandbox.process.pid, error) != 0 ||
        console_take_master(&console, &master, error) != 0)
        result = end_process(&sandbox);
    else if (request->detach)
        result = 0;
    else
        result = foreground_wait(&sandbox, master, status, error) == 0 ? 0 : end_process(&sandbox);
    descriptor_close(&sandbox.pidfd);
    descriptor_close(&sandbox.control);
    return result;
}

int container_exec(const struct runtime *runtime, const struct exec_request *request, int *status,
                   struct error *error)
{
    __attribute__((cleanup(execution_end))) struct execution execution = {
        .runtime = runtime,
        .request = request,
        .found = FOUND_NONE,
        .state_text = text_growing(RECORD_BYTES_MAX),
    };

    *status = 0;
    if (find_container(runtime, request->id, &execution.arena, &execution.found, error) != 0 ||
        lifecycle_check(request->ignore_paused ? OPERATION_EXEC_PAUSED : OPERATION_EXEC,
                        execution.found.observation.status, request->id, error) != 0)
        return -1;
    observation_close(&execution.found.observation); /* what follows identifies init for itself */
    if (plan_process(&execution, error) != 0)
        return -1;
    return execute(&execution, status, error);
}
