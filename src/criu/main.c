/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thwart-criu: checkpoint and restore for the runtime, which starts it (linux/helper.h) and speaks to it in
 * named messages (request.h says which). Protocol buffers are parsed here, outside of the runtime.
 *
 *   runtime                                thwart-criu                       criu swrk
 *   -------                                -----------                       ---------
 *   dump | pre-dump | restore ───────────▶ starts it ──────────────────────▶ works
 *       ◀── event (action, pids, fd) ───── ◀── notification ────────────────
 *       ─── continue | failed ───────────▶ ─────────────────────────────────▶
 *       ◀── done (pid) | failed ────────── ◀── answer, end ─────────────────
 *
 * A restored container's first process is a child of this one, by CRIU's rst_sibling; when this one ends, it
 * falls to the runtime or to the engine, whichever looks after orphans.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/message.h"
#include "criu/request.h"
#include "criu/rpc.h"
#include "criu/swrk.h"

enum { RUNTIME = 3, LOG_LEVEL = 4 };

static struct message question, answer, event;

/* An event for the runtime, and its word on it. */
static int ask_runtime(void *context, const char *action, pid_t pid, int descriptor, struct error *error)
{
    const struct swrk *swrk = context;
    int received;

    message_begin(&event, "event");
    message_add(&event, "action", action);
    message_add_number(&event, "pid", pid);
    message_add_number(&event, "criu", swrk->pid);
    if (message_send(RUNTIME, &event, &descriptor, descriptor >= 0 ? 1 : 0) != 0)
        return error_system(error, errno, "speaking to the runtime");
    received = message_receive(RUNTIME, -1, &event, NULL, NULL);
    if (received == 0)
        return error_set(error, ERROR_SYSTEM, "the runtime is gone");
    if (received < 0)
        return error_system(error, errno, "listening to the runtime");
    return message_failure(&event, error);
}

static int set_places(struct request *request, struct error *error)
{
    CriuOpts *options = &request->options;
    int work = request_descriptor(request, "work");

    options->images_dir_fd = request_descriptor(request, "images");
    if (options->images_dir_fd < 0)
        return error_set(error, ERROR_INVALID, "thwart-criu was given no directory for images");
    if (work >= 0) {
        options->has_work_dir_fd = 1;
        options->work_dir_fd = work;
    }
    options->has_log_level = 1;
    options->log_level = LOG_LEVEL;
    options->has_notify_scripts = 1;
    options->notify_scripts = 1;
    return 0;
}

static int carry_out(struct request *request, struct arena *arena, pid_t *pid, struct error *error)
{
    cleanup_swrk struct swrk swrk = SWRK_NONE;
    const struct rpc_listener listener = {.heard = ask_runtime, .context = &swrk};

    if (set_places(request, error) != 0 || swrk_start(request, arena, &swrk, error) != 0)
        return -1;
    return rpc_carry_out(request, &swrk, &listener, pid, error);
}

static void answer_question(const int *descriptors, size_t count)
{
    cleanup_arena struct arena arena = {0};
    struct request request;
    struct error error = {0};
    pid_t pid = 0;
    int result = request_read(&question, descriptors, count, &arena, &request, &error);

    if (result == 0)
        result = carry_out(&request, &arena, &pid, &error);
    request_close(&request);
    if (result == 0) {
        message_begin(&answer, "done");
        message_add_number(&answer, "pid", pid);
    } else {
        message_begin_failed(&answer, &error);
    }
}

int main(void)
{
    for (;;) {
        int descriptors[REQUEST_DESCRIPTORS_MAX];
        size_t count = REQUEST_DESCRIPTORS_MAX;
        int received = message_receive(RUNTIME, -1, &question, descriptors, &count);

        if (received == 0)
            return EXIT_SUCCESS;
        if (received < 0)
            return EXIT_FAILURE;
        answer_question(descriptors, count);
        if (message_send(RUNTIME, &answer, NULL, 0) != 0)
            return errno == EPIPE ? EXIT_SUCCESS : EXIT_FAILURE;
    }
}
