/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Restoring a container: the cgroup, the stage, the conversation; and the way back when one of them fails. */
#include "linux/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/cgroup.h"
#include "linux/hooks.h"
#include "linux/namespaces.h"
#include "linux/resctrl.h"
#include "linux/restore_stage.h"
#include "linux/restore_verify.h"
#include "linux/sandbox_process.h"
#include "linux/systemd_scope.h"

enum { END_TIMEOUT_MS = 10000, DESCRIPTORS_MAX = 16 };

/* What exists so far. */
struct restoration {
    const struct restore_request *request;
    const struct plan *plan;
    struct message *question;
    struct restore_stage stage;
    struct namespace_handles namespaces;
    struct cgroup_made cgroup_made;
    struct systemd_scope scope; /* path "": none was started */
    struct plan scoped_plan;    /* the plan with the scope's path in it */
    int cgroup;                 /* its directory, or -1 */
    bool cgroup_created, verified;
    bool asked;   /* CRIU: there may be a log */
    bool refused; /* by ourselves, while CRIU worked */
    struct resctrl_made resctrl_made;
    struct helper helper;
    struct process_identity process;
    int pidfd; /* of the first process, once it is known */
};

static bool has_cgroup(const struct plan_cgroup *cgroup)
{
    return cgroup->manager != PLAN_CGROUP_DISABLED && cgroup->path != NULL;
}

static void add_failure(struct error *error, const struct error *failure)
{
    error_prefix(error, "what was begun could not be undone (%s), after", failure->message);
}

/* ---- before CRIU ---- */

static int check(const struct restoration *restoration, struct error *error)
{
    const struct plan *plan = restoration->plan;

    SANDBOX_STEP(checkpoint_check_plan(plan, error));
    if (plan->process != NULL && plan->process->seccomp != NULL && plan->process->seccomp->notify)
        return error_set(error, ERROR_UNSUPPORTED,
                         "linux/seccomp: criu cannot restore the connection to a seccomp agent "
                         "(SCMP_ACT_NOTIFY)");
    return 0;
}

/* Where its cgroup is, systemd says; from here on the plan has it. */
static int start_scope(struct restoration *restoration, struct error *error)
{
    const struct sandbox_request *sandbox = restoration->request->sandbox;
    const struct plan_cgroup *cgroup = &restoration->plan->cgroup;

    if (cgroup->manager != PLAN_CGROUP_SYSTEMD)
        return 0;
    SANDBOX_STEP(
        systemd_scope_start(cgroup->scope, &restoration->scope, sandbox->notice, sandbox->context, error));
    restoration->scoped_plan = *restoration->plan;
    restoration->scoped_plan.cgroup.path = restoration->scope.path;
    restoration->plan = &restoration->scoped_plan;
    return 0;
}

static int make_cgroup(struct restoration *restoration, struct error *error)
{
    const struct sandbox_request *sandbox = restoration->request->sandbox;
    struct cgroup_made *made = &restoration->cgroup_made;
    int result;

    SANDBOX_STEP(start_scope(restoration, error));
    result = cgroup_create(&restoration->plan->cgroup, made, &restoration->cgroup, error);
    restoration->cgroup_created = restoration->cgroup >= 0;
    (void)text_print(made->path, sizeof(made->path), "%s",
                     restoration->scope.path); /* both have room for any path */
    if (sandbox->cgroup_made != NULL)
        *sandbox->cgroup_made = *made;
    return result;
}

/* The restored processes keep the scope alive by themselves now. */
static int release_scope(struct restoration *restoration, struct error *error)
{
    const struct plan_cgroup *cgroup = &restoration->plan->cgroup;

    if (restoration->scope.path[0] == '\0')
        return 0;
    SANDBOX_STEP(systemd_scope_release(cgroup->scope, &restoration->scope, error));
    SANDBOX_STEP(cgroup_complete(cgroup, error));
    systemd_scope_end(&restoration->scope);
    return 0;
}

/* Namespaces that are joined: network and PID by descriptor, under the names that the dump gave them; the
 * others by path. */
static int add_namespaces(struct restoration *restoration, int *descriptors, size_t *count,
                          struct error *error)
{
    const struct plan_namespaces *plan = &restoration->plan->namespaces;
    static const struct {
        uint64_t flag;
        const char *kind;
    } joined[] = {{CLONE_NEWIPC, "ipc"}, {CLONE_NEWUTS, "uts"}, {CLONE_NEWUSER, "user"}, {0x80, "time"}};

    SANDBOX_STEP(namespaces_open(plan, &restoration->namespaces, error));
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_namespace *namespace = &plan->items[i];
        const bool network = namespace->flag == CLONE_NEWNET;

        if (restoration->namespaces.descriptors[i] < 0)
            continue;
        if (network || namespace->flag == CLONE_NEWPID) {
            checkpoint_add_descriptor(restoration->question, namespace->name,
                                      restoration->namespaces.descriptors[i], descriptors, count);
            message_add(restoration->question, "inherit", namespace->name);
            message_add(restoration->question, "key", network ? "extRootNetNS" : "extRootPidNS");
        }
        for (size_t j = 0; j < ARRAY_LENGTH(joined); j++) {
            if (joined[j].flag != namespace->flag)
                continue;
            message_add(restoration->question, "join", joined[j].kind);
            message_add(restoration->question, "path", namespace->path.text);
        }
    }
    return 0;
}

/* The caller's streams are the container's, where the images have something of the host there. */
static void add_streams(struct restoration *restoration, int *descriptors, size_t *count)
{
    static const char *const names[CHECKPOINT_STREAMS] = {"stdin", "stdout", "stderr"};

    for (int i = 0; i < CHECKPOINT_STREAMS; i++) {
        const char *key = restoration->request->streams->keys[i];

        checkpoint_add_descriptor(restoration->question, names[i], i, descriptors, count);
        if (!checkpoint_stream_is_replaced(key))
            continue;
        message_add(restoration->question, "inherit", names[i]);
        message_add(restoration->question, "key", key);
    }
}

static int compose(struct restoration *restoration, int *descriptors, size_t *count, struct error *error)
{
    const struct checkpoint_options *options = restoration->request->options;
    struct message *question = restoration->question;
    const bool cgroup = has_cgroup(&restoration->plan->cgroup) && restoration->cgroup >= 0;

    message_add(question, "log", CHECKPOINT_RESTORE_LOG);
    checkpoint_describe(options, question);
    message_add(question, "set", "restore-sibling");
    message_add(question, "set", "evasive-devices");
    if (restoration->plan->process != NULL && restoration->plan->process->no_new_privileges)
        message_add(question, "no-new-privileges", "yes");
    message_add(question, "manage-cgroups",
                !cgroup                           ? "ignore"
                : options->manage_cgroups != NULL ? options->manage_cgroups
                                                  : "soft");
    if (cgroup)
        message_add(question, "cgroup-root", restoration->plan->cgroup.path);
    checkpoint_add_descriptor(question, "mount-namespace", restoration->stage.mount_namespace, descriptors,
                              count);
    checkpoint_add_descriptor(question, "images", restoration->stage.images, descriptors, count);
    if (restoration->stage.work >= 0)
        checkpoint_add_descriptor(question, "work", restoration->stage.work, descriptors, count);
    if (cgroup)
        checkpoint_add_descriptor(question, "cgroup", restoration->cgroup, descriptors, count);
    add_streams(restoration, descriptors, count);
    return add_namespaces(restoration, descriptors, count, error);
}

/* ---- while CRIU works ---- */

/* The container's first process, by its number in our PID namespace. Known as early as possible: it is what
 * has to be ended when something fails. */
static int meet(struct restoration *restoration, pid_t pid, struct error *error)
{
    if (restoration->pidfd >= 0)
        return 0;
    restoration->pidfd = pidfd_open(pid, 0);
    if (restoration->pidfd < 0)
        return error_system(error, errno, "watch the restored process %d", (int)pid);
    return process_identify(pid, &restoration->process, error);
}

/* runtime.md, steps 3 and 4: the namespaces exist. What the container's own root would be needed for
 * (createContainer, startContainer) is over: it was done before the dump. */
static int run_hooks(struct restoration *restoration, struct error *error)
{
    const struct sandbox_request *sandbox = restoration->request->sandbox;
    const struct plan_hooks *hooks = &restoration->plan->hooks;
    struct hook_context context = {.directory = restoration->plan->bundle};

    if (hooks->prestart.count == 0 && hooks->create_runtime.count == 0)
        return 0;
    context.state_json = sandbox->hook_state(sandbox->context, "created", restoration->process.pid);
    context.stage = "prestart";
    SANDBOX_STEP(hooks_run(&hooks->prestart, &context, error));
    context.stage = "createRuntime";
    return hooks_run(&hooks->create_runtime, &context, error);
}

static int hand_out_terminal(const struct restoration *restoration, int master, struct error *error)
{
    static const char name[] = "/dev/ptmx";
    const int socket = restoration->request->sandbox->console_socket;

    if (master < 0)
        return error_set(error, ERROR_SYSTEM, "criu has sent no terminal");
    if (socket < 0)
        return error_set(error, ERROR_USAGE,
                         "the images have a terminal: somebody must take it (process.terminal, "
                         "--console-socket)");
    if (descriptor_send(socket, name, sizeof(name) - 1, &master, 1) < 0)
        return error_system(error, errno, "hand the terminal over by the console socket");
    return 0;
}

/* Everything, criu included where it is in the cgroup. */
static int end_processes(const struct restoration *restoration, struct error *error)
{
    const struct plan_cgroup *cgroup = &restoration->plan->cgroup;

    if (restoration->cgroup_created || restoration->scope.path[0] != '\0')
        SANDBOX_STEP(cgroup_kill(cgroup->mount, cgroup->path, error));
    if (restoration->pidfd < 0)
        return 0;
    if (pidfd_send_signal(restoration->pidfd, SIGKILL, NULL, 0) != 0 && errno != ESRCH)
        return error_system(error, errno, "kill process %d", (int)restoration->process.pid);
    return process_wait_end(restoration->pidfd, END_TIMEOUT_MS, error) < 0 ? -1 : 0;
}

/* They have their credentials and are stopped. CRIU would let them run whatever it is told now, so they have
 * to be ended before it is told. */
static int look_at_processes(struct restoration *restoration, pid_t criu, struct error *error)
{
    struct error failure;

    if (restore_stage_finish(restoration->plan, restoration->process.pid, error) == 0 &&
        restore_verify(restoration->plan, restoration->process.pid, criu, error) == 0) {
        restoration->verified = true;
        return 0;
    }
    if (end_processes(restoration, &failure) != 0)
        add_failure(error, &failure);
    return -1;
}

static int heard(void *context, const struct checkpoint_event *event, struct error *error)
{
    struct restoration *restoration = context;
    const struct sandbox_request *sandbox = restoration->request->sandbox;
    const char *action = event->action;

    if (strcmp(action, "setup-namespaces") == 0) {
        SANDBOX_STEP(meet(restoration, event->pid, error));
        return run_hooks(restoration, error);
    }
    if (strcmp(action, "orphan-pts-master") == 0)
        return hand_out_terminal(restoration, event->descriptor, error);
    if (strcmp(action, "status-ready") == 0)
        return checkpoint_tell_ready(restoration->request->options, error);
    if (strcmp(action, "post-restore") == 0) {
        SANDBOX_STEP(meet(restoration, event->pid, error));
        SANDBOX_STEP(resctrl_enter(restoration->plan, restoration->process.pid, error));
        if (sandbox->born != NULL)
            SANDBOX_STEP(sandbox->born(sandbox->context, &restoration->process, error));
        return release_scope(restoration, error);
    }
    return strcmp(action, "pre-resume") == 0 ? look_at_processes(restoration, event->criu, error) : 0;
}

static int check_outcome(const struct restoration *restoration, pid_t pid, struct error *error)
{
    if (restoration->pidfd < 0 || restoration->process.pid != pid)
        return error_set(error, ERROR_SYSTEM, "criu did not tell which process it restored");
    if (!restoration->verified)
        return error_set(error, ERROR_SYSTEM,
                         "criu let the restored processes run before they were looked at");
    return 0;
}

/* From now on orphans fall to us; the helper's end makes the first process one. */
static int become_parent(const struct restoration *restoration, struct error *error)
{
    if (restoration->request->stays && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return error_system(error, errno, "become the parent of the restored process");
    return 0;
}

static int converse(struct restoration *restoration, struct error *error)
{
    struct checkpoint_listener listener = {.heard = heard, .context = restoration};
    int result;
    int descriptors[DESCRIPTORS_MAX];
    size_t count = 0;
    pid_t pid = 0;

    SANDBOX_STEP(compose(restoration, descriptors, &count, error));
    SANDBOX_STEP(helper_start(CHECKPOINT_HELPER, &restoration->helper, error));
    restoration->asked = true;
    result = checkpoint_converse(&restoration->helper, restoration->question, descriptors, count, &listener,
                                 &pid, error);
    restoration->refused = listener.refused;
    if (result != 0)
        return -1;
    SANDBOX_STEP(check_outcome(restoration, pid, error));
    SANDBOX_STEP(become_parent(restoration, error));
    helper_end(&restoration->helper);
    return 0;
}

static int restore(struct restoration *restoration, struct error *error)
{
    const struct restore_request *request = restoration->request;

    SANDBOX_STEP(check(restoration, error));
    message_begin(restoration->question, "restore");
    SANDBOX_STEP(restore_stage_make(restoration->plan, request->options, request->stage_directory,
                                    restoration->question, &restoration->stage, error));
    SANDBOX_STEP(make_cgroup(restoration, error));
    SANDBOX_STEP(resctrl_create(restoration->plan, &restoration->resctrl_made, error));
    return converse(restoration, error);
}

/* ---- undo ---- */

static void undo(struct restoration *restoration, struct error *error)
{
    const struct plan_cgroup *cgroup = &restoration->plan->cgroup;
    struct error failure;

    if (end_processes(restoration, &failure) != 0)
        add_failure(error, &failure);
    /* The first process is its child: with its end somebody else comes to reap it. */
    helper_end(&restoration->helper);
    /* Before the cgroup is removed: systemd removes it with the unit. */
    if (systemd_scope_abandon(cgroup->scope, &restoration->scope, &failure) < 0)
        add_failure(error, &failure);
    if (restoration->cgroup_created &&
        cgroup_remove(cgroup->mount, cgroup->path, &restoration->cgroup_made, &failure) < 0)
        add_failure(error, &failure);
    if (resctrl_undo(restoration->plan, &restoration->resctrl_made, &failure) < 0)
        add_failure(error, &failure);
}

int restore_container(const struct restore_request *request, struct sandbox *sandbox, struct error *error)
{
    cleanup_free struct message *question = malloc(sizeof(*question));
    struct restoration restoration = {
        .request = request,
        .plan = request->sandbox->plan,
        .question = question,
        .stage = RESTORE_STAGE_NONE,
        .cgroup = -1,
        .scope = SYSTEMD_SCOPE_NONE,
        .helper = HELPER_NONE,
        .pidfd = -1,
    };
    char what[320];
    int result;

    if (question == NULL)
        return error_set(error, ERROR_LIMIT, "memory is exhausted");
    result = restore(&restoration, error);
    if (result != 0) {
        (void)text_print(what, sizeof(what), "restoring container %.200s", restoration.plan->id);
        if (!restoration.asked || restoration.refused)
            error_prefix(error, "%s", what);
        else
            checkpoint_explain(request->options, CHECKPOINT_RESTORE_LOG, what, error);
        undo(&restoration, error);
    } else {
        sandbox->process = restoration.process;
        sandbox->pidfd = take_fd(&restoration.pidfd);
        sandbox->control = -1;
    }
    systemd_scope_end(&restoration.scope);
    namespaces_close(&restoration.namespaces);
    restore_stage_close(&restoration.stage);
    descriptor_close(&restoration.cgroup);
    descriptor_close(&restoration.pidfd);
    return result;
}
