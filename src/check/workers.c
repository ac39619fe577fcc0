/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See workers.h. */
#include "check/workers.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"

enum {
    ANSWER_BYTES_MAX = 64 * 1024 * 1024, /* of one target */
    UNDER_WAY_MAX = 4,                   /* of one worker: it never waits for the parent */
    SLOTS_A_WORKER = 32,                 /* answers that may wait for an earlier one */
    WORKERS_MAX = 64,
    NAME_BYTES_MAX = 8192
};

struct job {
    uint32_t slot, length; /* and the name's bytes behind it */
    bool found;
};

struct reply {
    uint32_t slot, length; /* and the pieces behind it */
    struct check_totals totals;
};

struct slot {
    size_t tag;
    bool done;
    struct check_answer answer;
};

struct worker {
    pid_t pid;
    int socket;
    unsigned int under_way;
};

struct check_workers {
    const struct check_request *request;
    const struct check_loaded *loaded;
    const struct check_receiver *receiver;
    struct worker workers[WORKERS_MAX];
    unsigned int wanted, count; /* count: forked */
    struct slot *slots;         /* a ring: head is the one whose turn it is */
    size_t slot_count, head, used;
};

/* ---- judging ---- */

static void append_piece(struct text *pieces, const struct text *piece)
{
    uint32_t length = (uint32_t)piece->length;

    if (length == 0)
        return;
    text_append_bytes(pieces, (const char *)&length, sizeof(length));
    text_append_bytes(pieces, piece->bytes, piece->length);
}

int check_answer(const struct check_request *request, const struct check_loaded *loaded,
                 const struct check_target *target, struct check_answer *answer, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text piece = text_growing(ANSWER_BYTES_MAX);
    const struct check_result *results;
    size_t count;

    text_reset(&answer->pieces);
    answer->totals = (struct check_totals){0};
    check_judge(request, loaded, target, &arena, &results, &count);
    for (size_t i = 0; i < count; i++) {
        text_reset(&piece);
        request->format->result(&piece, &request->run, &results[i]);
        if (text_complete(&piece, "what there is to say about one target", error) != 0)
            return -1;
        append_piece(&answer->pieces, &piece);
        check_count(&results[i], &answer->totals);
    }
    return text_complete(&answer->pieces, "what there is to say about one target", error);
}

/* ---- a worker ---- */

/* 1, or 0 where the other side is gone, or -1 with errno. */
static int read_all(int socket, void *bytes, size_t length)
{
    for (char *at = bytes; length > 0;) {
        ssize_t got = read(socket, at, length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return (int)got;
        at += got;
        length -= (size_t)got;
    }
    return 1;
}

static _Noreturn void work(const struct check_workers *workers, int socket)
{
    struct check_answer answer = {.pieces = text_growing(ANSWER_BYTES_MAX)};
    char name[NAME_BYTES_MAX];
    struct error error;
    struct job job;

    while (read_all(socket, &job, sizeof(job)) == 1 && job.length < sizeof(name) &&
           read_all(socket, name, job.length) == 1) {
        struct check_target target = {.name = name, .found = job.found};
        struct reply reply = {.slot = job.slot};

        name[job.length] = '\0';
        if (check_answer(workers->request, workers->loaded, &target, &answer, &error) != 0)
            _exit(EXIT_FAILURE);
        reply.length = (uint32_t)answer.pieces.length;
        reply.totals = answer.totals;
        if (descriptor_write_all(socket, &reply, sizeof(reply)) != 0 ||
            descriptor_write_all(socket, answer.pieces.bytes, answer.pieces.length) != 0)
            _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

static int fork_worker(struct check_workers *workers, struct error *error)
{
    struct worker *worker = &workers->workers[workers->count];
    const pid_t parent = getpid();
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return error_system(error, errno, "making a socket pair for a worker");
    worker->pid = fork();
    if (worker->pid == 0) {
        /* Nobody is left to work for. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            _exit(EXIT_FAILURE);
        for (unsigned int i = 0; i < workers->count; i++)
            close(workers->workers[i].socket);
        close(pair[0]);
        work(workers, pair[1]);
    }
    close(pair[1]);
    worker->socket = pair[0];
    if (worker->pid < 0) {
        int number = errno;

        close(pair[0]);
        return error_system(error, number, "starting a worker");
    }
    workers->count++;
    return 0;
}

/* ---- the parent ---- */

/* Each target takes about what the one before it took: given back in between, every page of it would be
 * cleared anew. What one large target took is given back. */
static void keep_memory(void)
{
    enum { MAPPED_FROM = 1024 * 1024, KEPT = 4 * 1024 * 1024 };

    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT);
    (void)mallopt(M_TOP_PAD, MAPPED_FROM);
}

struct check_workers *check_workers_begin(const struct check_request *request,
                                          const struct check_loaded *loaded, unsigned int count,
                                          const struct check_receiver *receiver, struct arena *arena)
{
    struct check_workers *workers = arena_allocate(arena, sizeof(*workers));

    keep_memory();
    *workers = (struct check_workers){
        .request = request,
        .loaded = loaded,
        .receiver = receiver,
        .wanted = count > WORKERS_MAX ? WORKERS_MAX : count,
    };
    workers->slot_count = count > 1 ? (size_t)workers->wanted * SLOTS_A_WORKER : 1;
    workers->slots = arena_array(arena, workers->slot_count, sizeof(*workers->slots));
    return workers;
}

/* Give on all whose turn has come. */
static int give_on(struct check_workers *workers, struct error *error)
{
    while (workers->used > 0 && workers->slots[workers->head].done) {
        struct slot *slot = &workers->slots[workers->head];
        int result = workers->receiver->receive(workers->receiver->context, slot->tag, &slot->answer, error);

        text_free(&slot->answer.pieces);
        workers->head = (workers->head + 1) % workers->slot_count;
        workers->used--;
        if (result != 0)
            return -1;
    }
    return 0;
}

static int lost(const struct worker *worker, struct error *error)
{
    (void)worker;
    return error_set(error, ERROR_SYSTEM,
                     "a worker ended before it had judged its target: out of memory, or a fault of thwart's");
}

static int take_reply(struct check_workers *workers, struct worker *worker, struct error *error)
{
    struct reply reply;
    struct slot *slot;

    if (read_all(worker->socket, &reply, sizeof(reply)) != 1 || reply.slot >= workers->slot_count ||
        reply.length >= ANSWER_BYTES_MAX)
        return lost(worker, error);
    slot = &workers->slots[reply.slot];
    slot->answer = (struct check_answer){.pieces = {.bytes = malloc(reply.length + 1UL),
                                                    .length = reply.length,
                                                    .capacity = reply.length + 1UL,
                                                    .maximum = reply.length + 1UL,
                                                    .growing = true},
                                         .totals = reply.totals};
    if (slot->answer.pieces.bytes == NULL)
        return error_set(error, ERROR_LIMIT, "no memory for what a worker found");
    slot->answer.pieces.bytes[reply.length] = '\0';
    if (read_all(worker->socket, slot->answer.pieces.bytes, reply.length) != 1 && reply.length > 0)
        return lost(worker, error);
    slot->done = true;
    worker->under_way--;
    return 0;
}

/* Wait for at least one reply. */
static int wait_for_some(struct check_workers *workers, struct error *error)
{
    struct pollfd polled[WORKERS_MAX];
    int ready;

    for (unsigned int i = 0; i < workers->count; i++)
        polled[i] = (struct pollfd){.fd = workers->workers[i].under_way > 0 ? workers->workers[i].socket : -1,
                                    .events = POLLIN};
    do
        ready = poll(polled, workers->count, -1);
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return error_system(error, errno, "waiting for workers");
    for (unsigned int i = 0; i < workers->count; i++)
        if (polled[i].revents != 0 && take_reply(workers, &workers->workers[i], error) != 0)
            return -1;
    return give_on(workers, error);
}

static struct worker *find_free(struct check_workers *workers)
{
    struct worker *best = NULL;

    for (unsigned int i = 0; i < workers->count; i++)
        if (workers->workers[i].under_way < UNDER_WAY_MAX &&
            (best == NULL || workers->workers[i].under_way < best->under_way))
            best = &workers->workers[i];
    return best;
}

static struct slot *take_slot(struct check_workers *workers, size_t tag)
{
    struct slot *slot = &workers->slots[(workers->head + workers->used) % workers->slot_count];

    workers->used++;
    *slot = (struct slot){.tag = tag};
    return slot;
}

static int judge_here(struct check_workers *workers, const struct check_target *target, size_t tag,
                      struct error *error)
{
    struct check_answer answer = {.pieces = text_growing(ANSWER_BYTES_MAX)};
    int result = check_answer(workers->request, workers->loaded, target, &answer, error);

    if (result == 0)
        return check_workers_put(workers, &answer, tag, error);
    text_free(&answer.pieces);
    return result;
}

static int send_job(struct check_workers *workers, struct worker *worker, const struct check_target *target,
                    size_t tag, struct error *error)
{
    const struct job job = {.slot = (uint32_t)((workers->head + workers->used) % workers->slot_count),
                            .length = (uint32_t)strlen(target->name),
                            .found = target->found};

    take_slot(workers, tag);
    if (descriptor_write_all(worker->socket, &job, sizeof(job)) != 0 ||
        descriptor_write_all(worker->socket, target->name, job.length) != 0)
        return lost(worker, error);
    worker->under_way++;
    return 0;
}

int check_workers_ask(struct check_workers *workers, const struct check_target *target, size_t tag,
                      struct error *error)
{
    struct worker *worker;

    /* Paths end at 4096 bytes: what is longer is told by whoever opens it. */
    if (workers->wanted <= 1 || strlen(target->name) >= NAME_BYTES_MAX)
        return judge_here(workers, target, tag, error);
    while (workers->count < workers->wanted)
        if (fork_worker(workers, error) != 0)
            return -1;
    while (workers->used == workers->slot_count || (worker = find_free(workers)) == NULL)
        if (wait_for_some(workers, error) != 0)
            return -1;
    return send_job(workers, worker, target, tag, error);
}

int check_workers_put(struct check_workers *workers, struct check_answer *answer, size_t tag,
                      struct error *error)
{
    struct slot *slot;

    while (workers->used == workers->slot_count)
        if (wait_for_some(workers, error) != 0) {
            text_free(&answer->pieces);
            return -1;
        }
    slot = take_slot(workers, tag);
    slot->answer = *answer;
    slot->done = true;
    return give_on(workers, error);
}

int check_workers_drain(struct check_workers *workers, struct error *error)
{
    while (workers->used > 0)
        if (wait_for_some(workers, error) != 0)
            return -1;
    return 0;
}

void check_workers_end(struct check_workers *workers)
{
    for (size_t i = 0; i < workers->used; i++)
        text_free(&workers->slots[(workers->head + i) % workers->slot_count].answer.pieces);
    for (unsigned int i = 0; i < workers->count; i++) {
        close(workers->workers[i].socket);
        /* After a failure it may be in the midst of something long. */
        if (workers->workers[i].under_way > 0)
            kill(workers->workers[i].pid, SIGKILL);
        while (waitpid(workers->workers[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}
