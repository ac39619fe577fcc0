/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to "created". */
#include "container/creation.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "container/container_id.h"
#include "container/hook_list.h"
#include "container/image_record.h"
#include "container/oci_state.h"
#include "container/scope.h"
#include "container/pidfd_socket.h"
#include "container/state_root.h"
#include "container/state_store.h"
#include "container/timestamp.h"
#include "linux/resctrl.h"

/* ---- undoing ---- */

/* Number of names in a cgroup's path. */
static unsigned int depth_of(const char *path)
{
    unsigned int depth = 0;

    for (const char *character = path; *character != '\0'; character++)
        depth += *character == '/' ? 1 : 0;
    return depth;
}

/* created_from: what is not known yet. */
static void put_cgroup_on_record(struct creation *creation, const char *path)
{
    const struct plan_cgroup *cgroup = &creation->prepared.plan->cgroup;

    creation->cgroup = (struct record_cgroup){
        .mount = cgroup->mount,
        .path = path,
        .controllers = {.items = (const char **)cgroup->controllers,
                        .count = cgroup->controller_count,
                        .present = cgroup->controller_count > 0},
        .inode = creation->cgroup_made.inode,
        .has_inode = creation->cgroup_made.inode != 0,
    };
    creation->record.cgroup = &creation->cgroup;
}

static int remove_cgroup(struct creation *creation, struct error *error)
{
    const struct record_cgroup *cgroup = &creation->cgroup;
    bool ours;

    if (scope_cgroup_is_ours(&creation->record, &ours, error) != 0 ||
        (ours && cgroup_kill(cgroup->mount, cgroup->path, error) != 0) ||
        (creation->record.unit != NULL &&
         scope_remove(&creation->record, &creation->runtime->notices, error) != 0))
        return -1;
    return scope_cgroup_remove(&creation->record, &creation->cgroup_made, error);
}

/* The sandbox has undone what it began, unless that failed: then the record must stay for delete --force. A
 * cgroup that was there before us is not ours to remove. */
static int undo_claim(void *data, struct error *error)
{
    struct creation *creation = data;
    const struct record_cgroup *cgroup = &creation->cgroup;

    if (cgroup->path == NULL && creation->cgroup_made.path[0] != '\0')
        put_cgroup_on_record(creation, creation->cgroup_made.path);
    if (cgroup->path != NULL && creation->cgroup_made.created_from < depth_of(cgroup->path) &&
        remove_cgroup(creation, error) != 0)
        return error_prefix(error, "delete --force %s is needed", creation->record.id);
    return state_remove(creation->root, creation->record.id, creation->directory, error);
}

static int undo_sandbox(void *data, struct error *error)
{
    struct creation *creation = data;
    siginfo_t information;

    if (pidfd_send_signal(creation->sandbox.pidfd, SIGKILL, NULL, 0) != 0 && errno != ESRCH)
        return error_system(error, errno, "killing process %ld", (long)creation->sandbox.process.pid);
    while (waitid(P_PIDFD, (id_t)creation->sandbox.pidfd, &information, WEXITED) != 0) {
        if (errno == ECHILD)
            break; /* somebody has waited for it already */
        if (errno != EINTR)
            return error_system(error, errno, "waiting for process %ld", (long)creation->sandbox.process.pid);
    }
    if (resctrl_remove(creation->prepared.plan, error) != 0)
        return -1;
    return creation->record.cgroup != NULL ? remove_cgroup(creation, error) : 0;
}

static int undo_pid_file(void *data, struct error *error)
{
    struct creation *creation = data;

    (void)error;
    pid_file_remove(&creation->pid_file);
    return 0;
}

/* ---- the record ---- */

static bool has_own_pid_namespace(const struct plan *plan)
{
    return (plan->namespaces.new_flags & CLONE_NEWPID) != 0;
}

/* The unit by its name and a description of ours, which the plan gets too. Where its cgroup is shows later.
 */
static int fill_unit(struct creation *creation, struct error *error)
{
    struct plan *plan = arena_allocate(&creation->arena, sizeof(*plan));
    struct plan_systemd_scope *scope = arena_allocate(&creation->arena, sizeof(*scope));

    *plan = *creation->prepared.plan;
    *scope = *plan->cgroup.scope;
    if (scope_description(plan->cgroup.scope, creation->directory, &creation->arena, &scope->description,
                          error) != 0)
        return -1;
    plan->cgroup.scope = scope;
    creation->prepared.plan = plan;
    creation->unit = (struct record_unit){scope->unit, scope->description, scope->user_manager};
    creation->record.unit = &creation->unit;
    return 0;
}

static int fill_cgroup(struct creation *creation, struct error *error)
{
    const struct plan_cgroup *cgroup = &creation->prepared.plan->cgroup;
    struct cgroup_made before = {0};
    bool known;

    if (cgroup->scope != NULL)
        return fill_unit(creation, error);
    if (cgroup->manager == PLAN_CGROUP_DISABLED || cgroup->path == NULL)
        return 0;
    /* One that holds processes is refused here and not on record: whoever deletes by it kills what is in it.
     */
    if (cgroup_foresee(cgroup, &before, &known, error) != 0)
        return -1;
    if (known && before.created_from == depth_of(cgroup->path) &&
        scope_refuse_recorded_cgroup(creation->root, &creation->record, cgroup->path, error) != 0)
        return -1;
    put_cgroup_on_record(creation, cgroup->path);
    creation->cgroup.created_from = before.created_from;
    creation->cgroup.has_created_from = known;
    return 0;
}

static void fill_resctrl(struct creation *creation)
{
    const struct plan_intel_rdt *rdt = creation->prepared.plan->intel_rdt;

    if (rdt == NULL || (!rdt->create && !rdt->enable_monitoring))
        return;
    creation->resctrl = (struct record_resctrl){rdt->clos_id, rdt->create, rdt->enable_monitoring};
    creation->record.resctrl = &creation->resctrl;
}

/* What `state` and hooks see: the configuration's, which policies the container is under, and what is proven
 * about its image. */
static struct json_string_map annotations_on_record(struct creation *creation)
{
    return image_record_annotations(&creation->prepared.grant->annotations, &creation->record.policies,
                                    creation->record.trust, creation->record.image, &creation->arena);
}

static int fill_record(struct creation *creation, struct error *error)
{
    const struct prepared *prepared = &creation->prepared;
    struct record *record = &creation->record;
    char boot_id[BOOT_ID_SIZE], created[TIMESTAMP_SIZE], digest[DIGEST_HEX_SIZE];
    if (boot_id_read(boot_id, error) != 0)
        return -1;
    timestamp_now(created);
    digest_hex(&prepared->digest, digest);
    *record = (struct record){
        .version = RECORD_VERSION,
        .id = creation->request->id,
        .boot_id = arena_string(&creation->arena, boot_id),
        .creator_pid = getpid(),
        .owner = geteuid(),
        .created = arena_string(&creation->arena, created),
        .oci_version = prepared->grant->oci_version,
        .bundle = prepared->bundle,
        .rootfs = prepared->plan->rootfs.path.text,
        .config_digest = arena_string(&creation->arena, digest),
        .trust = trust_level_name(prepared->trust.level),
        .image = image_record_of(&prepared->trust, &creation->arena),
        .policies = policies_words(&prepared->policies, &creation->arena),
        .bounded = policies_bound_anything(&prepared->policies),
        .has_process = prepared->plan->process != NULL,
        .own_pid_namespace = has_own_pid_namespace(prepared->plan),
        .hooks = hook_list_for_record(prepared->grant->hooks, &creation->arena),
        .judged_hooks = hook_list_judged(prepared->grant->hooks, &prepared->observed, &creation->arena),
        .no_pivot = creation->request->no_pivot,
        .cgroup_manager = (uint32_t)creation->runtime->cgroup_manager,
    };
    record->annotations = annotations_on_record(creation);
    fill_resctrl(creation);
    return fill_cgroup(creation, error);
}

/* Later commands plan from this copy and never look at the bundle again. */
static int keep_config(struct creation *creation, struct error *error)
{
    const struct prepared *prepared = &creation->prepared;
    cleanup_text struct text text = text_growing(SIZE_MAX / 2);

    if (prepared->grant == prepared->spec)
        return state_write_config(creation->directory, prepared->config, prepared->config_length, error);
    spec_encode(&text, prepared->grant, 0);
    if (text_complete(&text, "the granted configuration", error) != 0)
        return -1;
    return state_write_config(creation->directory, text.bytes, text.length, error);
}

/* What later commands decide by. */
static int keep_bounds(struct creation *creation, struct error *error)
{
    const struct prepared *prepared = &creation->prepared;
    cleanup_text struct text text = text_growing(SIZE_MAX / 2);

    if (!creation->record.bounded)
        return 0;
    policies_encode(&text, &prepared->policies, &prepared->decision.layers);
    if (text_complete(&text, "the container's policies", error) != 0)
        return -1;
    return state_write_bounds(creation->directory, text.bytes, text.length, error);
}

/* ---- what the sandbox calls back ---- */

static bool has_create_hooks(const struct plan_hooks *hooks)
{
    return hooks->prestart.count + hooks->create_runtime.count + hooks->create_container.count > 0;
}

/* The child builds meanwhile, so that this costs no time. */
static int on_born(void *context, const struct process_identity *process, struct error *error)
{
    struct creation *creation = context;

    creation->born = true;
    creation->record.pid = process->pid;
    creation->record.start_time = process->start_time;
    if (creation->cgroup_made.path[0] != '\0')
        put_cgroup_on_record(creation, creation->cgroup_made.path);
    /* An optional cgroup that could not be made: nobody may look for the container's processes there. */
    if (creation->cgroup_made.created_from == CGROUP_NOTHING_MADE)
        creation->record.cgroup = NULL;
    creation->cgroup.created_from = creation->cgroup_made.created_from;
    creation->cgroup.has_created_from = true;
    creation->cgroup.inode = creation->cgroup_made.inode;
    creation->cgroup.has_inode = creation->cgroup_made.inode != 0;
    return state_write_record(creation->directory, &creation->record, error);
}

static void on_notice(void *context, const char *text)
{
    const struct creation *creation = context;

    notice(&creation->runtime->notices, NOTICE_DEBUG, "%s", text);
}

static const char *on_hook_state(void *context, const char *status, pid_t pid)
{
    struct creation *creation = context;

    text_reset(&creation->state_text);
    oci_state_encode(&creation->state_text, &creation->record, status, pid, 0);
    return creation->state_text.bytes;
}

/* ---- steps ---- */

/* The cache lies beside the containers; a run without a filter leaves none. */
static int prepare_seccomp_cache(struct creation *creation, const char *root_path, struct error *error)
{
    const struct plan_process *process = creation->prepared.plan->process;

    if (process == NULL || process->seccomp == NULL)
        return 0;
    if (mkdirat(creation->root, STATE_ROOT_CACHE, 0700) != 0 && errno != EEXIST)
        return error_system(error, errno, "making the cache of seccomp filters %s/%s", root_path,
                            STATE_ROOT_CACHE);
    creation->seccomp_cache = host_path_join(&creation->arena, root_path, STATE_ROOT_CACHE).text;
    return 0;
}

static int claim(struct creation *creation, struct error *error)
{
    const char *root_path;

    if (state_root_path(creation->runtime->root, &creation->arena, &root_path, error) != 0 ||
        state_root_open(root_path, true, &creation->root, error) != 0)
        return -1;
    creation->record.id = creation->request->id;
    if (state_claim(creation->root, creation->request->id, &creation->directory, error) != 0)
        return -1;
    undo_push(&creation->undo, "the claim of the container's id", undo_claim, creation);
    return prepare_seccomp_cache(creation, root_path, error);
}

static bool wants_terminal(const struct creation *creation)
{
    return creation->prepared.plan->process != NULL && creation->prepared.plan->process->terminal;
}

int creation_begin(struct creation *creation, const struct runtime *runtime,
                   const struct create_request *request, bool waits_at_gate, struct error *error)
{
    const struct prepare_request prepare_request = {
        .id = request->id,
        .bundle = request->bundle,
        .config_file = request->config_file,
        .image = request->image,
        .state_root = runtime->root,
        .cgroup_manager = runtime->cgroup_manager,
        .allow_socketcall = runtime->allow_socketcall,
        .no_pivot = request->no_pivot,
        .no_new_keyring = request->no_new_keyring,
        .preserve_fds = request->preserve_fds,
        .listen_fds = request->listen_fds,
        .notify_socket = request->notify_socket,
        .probe_depth = HOST_PROBE_QUICK,
        .policies = &runtime->policies,
        .action = request->action != NULL ? request->action
                  : waits_at_gate         ? "create"
                                          : "run",
    };

    *creation = (struct creation){
        .runtime = runtime,
        .request = request,
        .root = -1,
        .directory = -1,
        .waits_at_gate = waits_at_gate,
        .console = CONSOLE_NONE,
        .pidfd_socket = -1,
        .pid_file = PID_FILE_NONE,
        .cgroup_made = {.created_from = CGROUP_NOTHING_MADE},
        .sandbox = {.pidfd = -1, .control = -1},
        .state_text = text_growing(RECORD_BYTES_MAX),
    };
    undo_begin(&creation->undo, &runtime->notices);

    if (container_id_check(request->id, error) != 0)
        return -1;
    if (prepare(&prepare_request, &runtime->notices, &creation->arena, &creation->prepared, error) != 0)
        return -1;
    if (pid_file_begin(request->pid_file, &creation->arena, &creation->pid_file, error) != 0)
        return -1;
    if (claim(creation, error) != 0)
        return -1;
    /* After the claim: an engine whose id is taken shall not see a connection. */
    if (console_open(request->console_socket, wants_terminal(creation), waits_at_gate || request->detach,
                     &creation->console, error) != 0)
        return -1;
    if (pidfd_socket_open(request->pidfd_socket, &creation->pidfd_socket, error) != 0)
        return -1;
    if (fill_record(creation, error) != 0)
        return -1;
    /* The configuration first: a record that can be read promises that the configuration is there. */
    if (keep_bounds(creation, error) != 0 || keep_config(creation, error) != 0)
        return -1;
    /* Before the first effect: where a policy wants every decision told, one that cannot be is a refusal. */
    if (prepare_tell(&creation->prepared, prepare_request.action, request->id, creation->directory,
                     &runtime->notices, &creation->arena, error) != 0)
        return -1;
    return state_write_record(creation->directory, &creation->record, error);
}

struct sandbox_request creation_sandbox_request(struct creation *creation)
{
    return (struct sandbox_request){
        .plan = creation->prepared.plan,
        .facts = creation->prepared.facts,
        .state_directory = creation->waits_at_gate ? creation->directory : -1,
        .console_socket = creation->console.for_sandbox,
        .plain_lines = creation->console.plain_lines,
        .seccomp_cache = creation->seccomp_cache,
        .born = on_born,
        .hook_state = on_hook_state,
        .context = creation,
        .notice = on_notice,
        .cgroup_made = &creation->cgroup_made,
    };
}

int creation_build(struct creation *creation, struct error *error)
{
    const struct sandbox_request request = creation_sandbox_request(creation);

    if (sandbox_create(&request, &creation->sandbox, error) != 0) {
        /* runtime.md, steps 3 to 5: a failing hook continues the lifecycle at step 12, which ends with
         * poststop. */
        if (creation->born && has_create_hooks(&creation->prepared.plan->hooks))
            hook_list_run_poststop(&creation->record, &creation->runtime->notices, &creation->arena);
        return -1;
    }
    return creation_built(creation, error);
}

int creation_built(struct creation *creation, struct error *error)
{
    undo_push(&creation->undo, "the container", undo_sandbox, creation);
    if (pidfd_socket_send(&creation->pidfd_socket, creation->sandbox.pidfd, "standard", error) != 0)
        return -1;
    if (pid_file_commit(&creation->pid_file, creation->sandbox.process.pid, error) != 0)
        return -1;
    if (creation->pid_file.path != NULL)
        undo_push(&creation->undo, "the pid file", undo_pid_file, creation);
    return 0;
}

void creation_done(struct creation *creation)
{
    undo_forget(&creation->undo);
    state_unlock(creation->directory);
}

void creation_end(struct creation *creation)
{
    undo_run(&creation->undo);
    if (creation->directory >= 0)
        state_unlock(creation->directory);
    descriptor_close(&creation->sandbox.pidfd);
    descriptor_close(&creation->sandbox.control);
    console_close(&creation->console);
    descriptor_close(&creation->pidfd_socket);
    pid_file_close(&creation->pid_file);
    descriptor_close(&creation->directory);
    descriptor_close(&creation->root);
    text_free(&creation->state_text);
    arena_free(&creation->arena);
}
