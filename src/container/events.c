/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events: what a container uses, now or at each interval, and when the kernel kills in it for memory. No lock
 * is held: nothing is changed.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "container/events_document.h"
#include "container/found.h"
#include "linux/process_identity.h"
#include "linux/resctrl.h"

enum { DOCUMENT_BYTES_MAX = 16 * 1024 * 1024 };

struct stream {
    const struct runtime *runtime;
    const struct events_request *request;
    struct arena arena, sample_arena;
    struct found_container found;
    struct text text;
    int oom_file; /* -1: no memory controller */
    uint64_t oom_kills;
    int64_t next_ms; /* when the next statistics are due */
    bool done;
};

static void stream_end(struct stream *stream)
{
    descriptor_close(&stream->oom_file);
    found_container_close(&stream->found);
    text_free(&stream->text);
    arena_free(&stream->sample_arena);
    arena_free(&stream->arena);
}

static int64_t monotonic_ms(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Hand on what is in text. */
static int send_text(struct stream *stream, struct error *error)
{
    int result;

    if (text_complete(&stream->text, "the document", error) != 0)
        return -1;
    result =
        stream->request->receive(stream->request->context, stream->text.bytes, stream->text.length, error);
    text_reset(&stream->text);
    stream->done = stream->done || result == 1;
    return result < 0 ? -1 : 0;
}

static int read_schemata(struct stream *stream, const char **schemata, struct error *error)
{
    const struct record_resctrl *resctrl = stream->found.record->resctrl;

    *schemata = NULL;
    return resctrl == NULL ? 0 : resctrl_read(resctrl->clos_id, &stream->sample_arena, schemata, error);
}

/* Has the container's first process ended? */
static int has_ended(const struct stream *stream, bool *ended, struct error *error)
{
    int result = process_wait_end(stream->found.observation.pidfd, 0, error);

    *ended = result == 1;
    return result < 0 ? -1 : 0;
}

static int send_stats(struct stream *stream, struct error *error)
{
    const struct record *record = stream->found.record;
    struct cgroup_stats stats;
    struct events_sample sample = {.stats = &stats};
    bool ended;

    arena_free(&stream->sample_arena);
    if (cgroup_stats_read(record->cgroup->mount, record->cgroup->path, &stream->sample_arena, &stats,
                          error) != 0) {
        /* It was deleted under our eyes. */
        if (error->kind != ERROR_NOT_FOUND || has_ended(stream, &ended, error) != 0 || !ended)
            return -1;
        stream->done = true;
        return stream->request->once ? lifecycle_check(OPERATION_EVENTS, CONTAINER_STOPPED, record->id, error)
                                     : 0;
    }
    if (network_counters_read((pid_t)record->pid, stream->found.observation.pidfd, &stream->sample_arena,
                              &sample.interfaces, &sample.interface_count, error) != 0 ||
        read_schemata(stream, &sample.schemata, error) != 0)
        return -1;
    events_append_stats(&stream->text, record->id, &sample);
    return send_text(stream, error);
}

/* One line however many were killed since the last look, as runc has it. */
static int send_oom(struct stream *stream, struct error *error)
{
    uint64_t kills;

    if (stream->oom_file < 0 || !cgroup_oom_kills(stream->oom_file, &kills) || kills <= stream->oom_kills)
        return 0;
    stream->oom_kills = kills;
    events_append_oom(&stream->text, stream->found.record->id);
    return send_text(stream, error);
}

static int open_oom(struct stream *stream, struct error *error)
{
    const struct record_cgroup *cgroup = stream->found.record->cgroup;

    if (cgroup_oom_open(cgroup->mount, cgroup->path, &stream->oom_file, error) != 0)
        return -1;
    if (stream->oom_file < 0)
        notice(&stream->runtime->notices, NOTICE_WARNING,
               "the cgroup %s has no memory controller: kills for memory cannot be told", cgroup->path);
    else if (!cgroup_oom_kills(stream->oom_file, &stream->oom_kills))
        stream->done = true;
    return 0;
}

static int time_left_ms(const struct stream *stream)
{
    int64_t left = stream->next_ms - monotonic_ms();

    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Wait for whatever comes first, and say it. */
static int step(struct stream *stream, struct error *error)
{
    struct pollfd waits[] = {
        {.fd = stream->found.observation.pidfd, .events = POLLIN},
        {.fd = stream->oom_file, .events = POLLPRI},
        {.fd = stream->request->output, .events = 0}, /* POLLERR, POLLHUP: nobody reads */
    };

    if (poll(waits, ARRAY_LENGTH(waits), time_left_ms(stream)) < 0 && errno != EINTR)
        return error_system(error, errno, "waiting for events of container %s", stream->request->id);
    /* First what the kernel killed: the container may have ended by it. */
    if (send_oom(stream, error) != 0)
        return -1;
    if (waits[0].revents != 0 || (waits[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
        stream->done = true;
    if (stream->done || monotonic_ms() < stream->next_ms)
        return 0;
    stream->next_ms = monotonic_ms() + stream->request->interval_ms;
    return send_stats(stream, error);
}

static int follow(struct stream *stream, struct error *error)
{
    if (open_oom(stream, error) != 0)
        return -1;
    stream->next_ms = monotonic_ms();
    while (!stream->done)
        if (step(stream, error) != 0)
            return -1;
    return 0;
}

int container_events(const struct runtime *runtime, const struct events_request *request, struct error *error)
{
    __attribute__((cleanup(stream_end))) struct stream stream = {
        .runtime = runtime,
        .request = request,
        .found = FOUND_NONE,
        .text = text_growing(DOCUMENT_BYTES_MAX),
        .oom_file = -1,
    };

    if (find_container(runtime, request->id, &stream.arena, &stream.found, error) != 0 ||
        lifecycle_check(OPERATION_EVENTS, stream.found.observation.status, request->id, error) != 0)
        return -1;
    if (stream.found.record->cgroup == NULL)
        return error_set(error, ERROR_UNSUPPORTED,
                         "container %s has no cgroup of its own in which the kernel would count what it uses",
                         request->id);
    return request->once ? send_stats(&stream, error) : follow(&stream, error);
}
