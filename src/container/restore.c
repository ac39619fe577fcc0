/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * restore: a new container whose processes come out of images. The way to it is that of `run`: read, decide,
 * plan, claim, record; then linux/restore.h in place of the clone.
 */
#include "linux/restore.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include "base/descriptor.h"
#include "container/checkpoint_files.h"
#include "container/creation.h"
#include "container/destroy.h"
#include "container/hook_list.h"
#include "container/state_root.h"
#include "container/state_store.h"

static int fill(struct creation *creation, const struct checkpoint_options *options,
                const struct checkpoint_streams *streams, struct error *error)
{
    struct sandbox_request sandbox = creation_sandbox_request(creation);
    const char *root_path;
    struct restore_request request = {
        .sandbox = &sandbox,
        .options = options,
        .streams = streams,
        .stays = !creation->request->detach,
    };

    if (state_root_path(creation->runtime->root, &creation->arena, &root_path, error) != 0 ||
        prepare_absolute(root_path, &creation->arena, &root_path, error) != 0)
        return -1;
    request.stage_directory = host_path_join(&creation->arena, root_path, creation->request->id).text;
    if (restore_container(&request, &creation->sandbox, error) != 0)
        return -1;
    return creation_built(creation, error);
}

/* The engine, whose child it will be, is told nothing but our status: a container that it does not hear of
 * must not go on. */
static int fail(struct creation *creation)
{
    undo_run(&creation->undo);
    hook_list_run_poststop(&creation->record, &creation->runtime->notices, &creation->arena);
    return -1;
}

int container_restore(const struct runtime *runtime, const struct create_request *request,
                      const struct checkpoint_options *asked, int *status, struct error *error)
{
    cleanup_creation struct creation creation;
    cleanup_fd int master = -1;
    struct checkpoint_options options = *asked;
    struct checkpoint_streams streams;
    cleanup_arena struct arena arena = {0};
    struct create_request told;

    *status = 0;
    told = *request;
    told.action = "restore";
    if (creation_begin(&creation, runtime, &told, false, error) != 0)
        return -1;
    if (checkpoint_available(error) != 0 || checkpoint_absolute_paths(&options, &arena, error) != 0 ||
        checkpoint_read_streams(options.image_path, &streams, error) != 0)
        return -1;
    if (fill(&creation, &options, &streams, error) != 0)
        return -1;
    if (console_take_master(&creation.console, &master, error) != 0)
        return -1;
    if (hook_list_run_poststart(&creation.record, &creation.arena, error) != 0)
        return fail(&creation);
    creation_done(&creation);
    return creation_stay(&creation, master, status, error);
}
