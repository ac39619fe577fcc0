/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec, update and checkpoint of a delegated container: bounded by what is kept with it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "container/bounds.h"
#include "container/decision_events.h"
#include "container/delegated.h"
#include "container/exec_process.h"
#include "container/state_store.h"
#include "container/update_merge.h"
#include "container/update_values.h"
#include "linux/delegate_program.h"
#include "linux/host_probe.h"

enum { WORDS_MAX = 24, DOCUMENT_BYTES_MAX = 64 * 1024 * 1024, RESOURCES_BYTES_MAX = 4 * 1024 * 1024 };

/* What a command on a delegated container decides by. */
struct delegate_command {
    const struct runtime *runtime;
    const char *id;
    struct delegated delegated;
    const struct record *record;
    const struct spec *granted;
    struct bounds bounds;
};

/* As delegated_find, with everything read. */
static int begin(struct delegate_command *command, struct error *error)
{
    struct delegated *delegated = &command->delegated;
    struct arena *arena = &delegated->arena;
    int found = delegated_find(command->runtime, command->id, delegated, error);

    if (found <= 0)
        return found;
    if (!delegated->has_delegate)
        return error_set(error, ERROR_STATE,
                         "container %s was being created when its creator was killed: delete --force removes "
                         "it",
                         command->id);
    return delegate_program_check(delegated->delegate.path, error) != 0 ||
                   state_read_record(delegated->directory, command->id, arena, &command->record, error) != 0
               ? -1
               : 1;
}

static int read_grant(struct delegate_command *command, struct error *error)
{
    struct arena *arena = &command->delegated.arena;
    struct host_facts *facts = arena_allocate(arena, sizeof(*facts));
    struct json_notes notes = {0};
    char *bytes;
    size_t length;

    if (state_read_config(command->delegated.directory, arena, &bytes, &length, error) != 0 ||
        spec_parse(bytes, length, "the container's kept configuration", arena, &notes, &command->granted,
                   error) != 0 ||
        host_probe(HOST_PROBE_QUICK, arena, facts, error) != 0 ||
        bounds_read(command->record, command->delegated.directory, facts, arena, &command->bounds, error) !=
            0)
        return -1;
    /* The cgroup is the delegate's, and on no record of ours. */
    command->bounds.observed.cgroup_disabled = command->record->cgroup_manager == PLAN_CGROUP_DISABLED;
    return 0;
}

/* Tell, then let the decision speak. */
static int conclude(struct delegate_command *command, const char *action,
                    const struct policy_decision *decision, const struct json_strings *arguments,
                    struct error *error)
{
    const struct decision_event event = {
        .action = action,
        .id = command->id,
        .bundle = command->record->bundle,
        .config_digest = command->record->config_digest,
        .trust = command->record->trust,
        .image = command->record->image,
        .policies = &command->bounds.policies,
        .decision = decision,
        .arguments = arguments,
    };
    struct error untold = {0};
    bool told = command->bounds.policies.count == 0 ||
                bounds_tell(&command->runtime->policies, &event, command->delegated.directory,
                            &command->runtime->notices, &command->delegated.arena, &untold) == 0;

    if (prepare_check_decision(decision, error) != 0) {
        if (!told)
            notice(&command->runtime->notices, NOTICE_WARNING, "%s", untold.message);
        return -1;
    }
    if (told)
        return 0;
    *error = untold;
    return -1;
}

/* ---- exec ---- */

static int become_exec(struct delegate_command *command, const struct exec_request *request,
                       const struct spec_process *process, struct error *error)
{
    cleanup_text struct text text = text_growing(DOCUMENT_BYTES_MAX);
    struct delegated *delegated = &command->delegated;
    struct delegate_line line = delegate_line_begin(delegated, WORDS_MAX);
    const char *document;

    /* What bounds the container is its cgroup, and not every runtime keeps --cgroup beneath it. */
    if (request->sub_cgroup != NULL && !path_is_downward(request->sub_cgroup))
        return error_set(error, ERROR_INVALID,
                         "the cgroup \"%s\" does not lie beneath the container's: give a path without \"..\"",
                         request->sub_cgroup);
    spec_encode_process(&text, exec_process_complete(process, command->granted, &delegated->arena), 0);
    /* Above what is handed on: those are counted from 3. */
    if (text_complete(&text, "the process", error) != 0 ||
        delegate_document(&text, (int)(3 + request->preserve_fds + request->listen_fds), &delegated->arena,
                          &document, error) != 0)
        return -1;
    delegate_line_add(&line, "exec");
    delegate_line_option(&line, "--process", document);
    delegate_line_option(&line, "--console-socket", request->console_socket);
    delegate_line_option(&line, "--pidfd-socket", request->pidfd_socket);
    delegate_line_option(&line, "--pid-file", request->pid_file);
    delegate_line_option(&line, "--cgroup", request->sub_cgroup);
    if (request->preserve_fds > 0)
        delegate_line_option(&line, "--preserve-fds",
                             arena_format(&delegated->arena, "%u", request->preserve_fds));
    if (request->detach)
        delegate_line_add(&line, "--detach");
    if (request->ignore_paused)
        delegate_line_add(&line, "--ignore-paused");
    delegate_line_add(&line, command->id);
    return delegate_program_become(delegated->delegate.path, line.words, error);
}

int delegate_exec(const struct runtime *runtime, const struct exec_request *request, struct error *error)
{
    struct delegate_command command = {.runtime = runtime, .id = request->id, .delegated = DELEGATED_NONE};
    const struct spec_process *asked, *grant;
    struct policy_decision decision;
    struct json_notes notes = {0};
    int result = begin(&command, error);

    if (result > 0) {
        struct arena *arena = &command.delegated.arena;

        result = read_grant(&command, error);
        command.bounds.observed.notes = &notes;
        result =
            result != 0 || exec_process_build(request, command.granted, arena, &notes, &asked, error) != 0 ||
                    policy_decide_process(command.granted, asked, &command.bounds.policies,
                                          &command.bounds.observed, arena, &decision, &grant, error) != 0 ||
                    conclude(&command, "exec", &decision, &asked->args, error) != 0
                ? -1
                : become_exec(&command, request, grant, error);
    }
    delegated_close(&command.delegated);
    return result;
}

/* ---- update ---- */

static int read_asked(struct delegate_command *command, const struct update_request *request,
                      const struct spec_resources **asked, struct error *error)
{
    const char *file = request->resources_file;
    const char *name = file != NULL && strcmp(file, "-") == 0 ? "standard input" : file;
    struct arena *arena = &command->delegated.arena;
    struct json_notes notes = {0};
    char *bytes;
    size_t length;

    if (request->policies.count > 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "update --policy: container %s is a delegate's: create it anew under the policy",
                         command->id);
    if (file == NULL || file[0] == '\0')
        return update_values_read(request->values, arena, asked, error);
    if ((name != file
             ? descriptor_read_all(STDIN_FILENO, RESOURCES_BYTES_MAX, name, arena, &bytes, &length, error)
             : prepare_read_document(AT_FDCWD, file, name, RESOURCES_BYTES_MAX, arena, &bytes, &length,
                                     error)) != 0)
        return -1;
    return spec_parse_resources(bytes, length, name, arena, &notes, asked, error);
}

/*
 * Of what is granted that which was asked about: the rest stays as the delegate has it. Device rules always
 * do: they are no part of an update. A policy may bound what was asked of a member by a file of the cgroup
 * (swap), which then goes with it.
 */
static struct spec_resources asked_part(const struct spec_resources *granted,
                                        const struct spec_resources *asked, bool narrowed)
{
    struct spec_resources part = {0};

    part.memory = asked->memory != NULL ? granted->memory : NULL;
    part.cpu = asked->cpu != NULL ? granted->cpu : NULL;
    part.pids = asked->pids != NULL ? granted->pids : NULL;
    part.block_io = asked->block_io != NULL ? granted->block_io : NULL;
    part.network = asked->network != NULL ? granted->network : NULL;
    if (asked->hugepage_limits.count > 0)
        part.hugepage_limits = granted->hugepage_limits;
    if (asked->rdma.count > 0)
        part.rdma = granted->rdma;
    if (asked->unified.count > 0 || narrowed)
        part.unified = granted->unified;
    return part;
}

static const struct spec *amend(struct delegate_command *command, const struct spec_resources *asked)
{
    static const struct spec_resources nothing = {0};
    static const struct plan_cgroup no_writes = {0};
    struct arena *arena = &command->delegated.arena;
    struct spec *amended = arena_allocate(arena, sizeof(*amended));
    struct spec_linux *linux_part = arena_allocate(arena, sizeof(*linux_part));

    *amended = *command->granted;
    if (amended->linux_part != NULL)
        *linux_part = *amended->linux_part;
    linux_part->resources = update_merge(linux_part->resources != NULL ? linux_part->resources : &nothing,
                                         asked, &no_writes, arena);
    amended->linux_part = linux_part;
    return amended;
}

static int hand_on_update(struct delegate_command *command, const struct update_request *request,
                          const struct spec_resources *resources, int *status, struct error *error)
{
    cleanup_text struct text text = text_growing(DOCUMENT_BYTES_MAX);
    struct delegated *delegated = &command->delegated;
    struct delegate_line line = delegate_line_begin(delegated, WORDS_MAX);
    const char *document;

    json_encode(&text, &spec_resources_table, resources, 0);
    if (text_complete(&text, "the resources", error) != 0 ||
        delegate_document(&text, 3, &delegated->arena, &document, error) != 0)
        return -1;
    delegate_line_add(&line, "update");
    delegate_line_option(&line, "--resources", document);
    delegate_line_option(&line, "--l3-cache-schema", request->values[UPDATE_L3_CACHE_SCHEMA]);
    delegate_line_option(&line, "--mem-bw-schema", request->values[UPDATE_MEM_BW_SCHEMA]);
    delegate_line_add(&line, command->id);
    return delegate_program_run(delegated->delegate.path, line.words, status, error);
}

static int update_locked(struct delegate_command *command, const struct update_request *request, int *status,
                         struct error *error)
{
    cleanup_text struct text text = text_growing(DOCUMENT_BYTES_MAX);
    struct arena *arena = &command->delegated.arena;
    int directory = command->delegated.directory;
    const struct spec_resources *asked;
    struct policy_decision decision;
    const struct spec *amended;
    struct spec_resources part;
    struct error second;

    if (read_grant(command, error) != 0 || read_asked(command, request, &asked, error) != 0)
        return -1;
    amended = amend(command, asked);
    if (spec_validate(amended, "the container's configuration, as updated", error) != 0 ||
        policy_decide_update(amended, &command->bounds.policies, &command->bounds.observed, arena, &decision,
                             error) != 0 ||
        conclude(command, "update", &decision, NULL, error) != 0)
        return -1;
    spec_encode(&text, decision.grant, 0);
    if (text_complete(&text, "the amended configuration", error) != 0 ||
        state_begin_amendment(directory, text.bytes, text.length, error) != 0)
        return -1;
    part = asked_part(decision.grant->linux_part->resources, asked, decision.grant != amended);
    if (hand_on_update(command, request, &part, status, error) == 0 && *status == 0)
        return state_commit_amendment(directory, error);
    if (state_cancel_amendment(directory, &second) != 0)
        notice(&command->runtime->notices, NOTICE_WARNING, "%s", second.message);
    return *status != 0 ? 0 : -1;
}

int delegate_update(const struct runtime *runtime, const struct update_request *request, int *status,
                    struct error *error)
{
    struct delegate_command command = {.runtime = runtime, .id = request->id, .delegated = DELEGATED_NONE};
    int result = begin(&command, error);

    *status = 0;
    if (result > 0 && state_lock(command.delegated.directory, request->id, STATE_LOCK_TIMEOUT_MS, error) != 0)
        result = -1;
    if (result > 0) {
        result = update_locked(&command, request, status, error) == 0 ? 1 : -1;
        state_unlock(command.delegated.directory);
    }
    delegated_close(&command.delegated);
    return result;
}

/* ---- checkpoint ---- */

int delegate_checkpoint(const struct runtime *runtime, const char *id, struct error *error)
{
    struct delegate_command command = {.runtime = runtime, .id = id, .delegated = DELEGATED_NONE};
    struct policy_decision decision;
    int result = begin(&command, error);

    if (result > 0)
        result = read_grant(&command, error) != 0 ||
                         policy_decide_checkpoint(command.granted, &command.bounds.policies,
                                                  &command.bounds.observed, &command.delegated.arena,
                                                  &decision, error) != 0 ||
                         conclude(&command, "checkpoint", &decision, NULL, error) != 0
                     ? -1
                     : delegate_pass(runtime, id, error);
    delegated_close(&command.delegated);
    return result;
}
