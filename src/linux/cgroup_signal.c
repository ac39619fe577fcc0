/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to the processes of a cgroup and those below it: listing, signalling, killing, freezing.
 * Everything is bounded in time. */
#include "linux/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "linux/cgroup_files.h"

enum {
    KILL_TIMEOUT_MS = 10000, /* a process may have gigabytes to give back; one in D state never ends */
    FREEZE_TIMEOUT_MS = 10000,
    DEPTH_MAX = 64, /* cgroups below the container's; each level holds a descriptor while it is walked */
    PIDS_BYTES_MAX = 64 * 1024 * 1024,
    ROUND_MS = 50, /* between two rounds of signals */
};

/* ---- the pids of one cgroup ---- */

struct pid_list {
    pid_t *items;
    size_t count, capacity;
};

static void pid_list_free(struct pid_list *list)
{
    free(list->items);
}

static int pid_list_add(struct pid_list *list, pid_t pid)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 64;
        pid_t *items = reallocarray(list->items, capacity, sizeof(*items));

        if (items == NULL)
            return -1;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = pid;
    return 0;
}

/* Append the pids of this cgroup alone. 0, or -1 with errno; a removed cgroup has none. Processes of outer
 * PID namespaces are shown as 0 and skipped; a threaded cgroup has no list of its own (EOPNOTSUPP): its
 * processes stand in the one above. */
static int read_pids(int directory, struct pid_list *list)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int file = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct error error = {0};
    const char *next;
    char *text;
    size_t length;
    uint64_t pid;

    if (file < 0)
        return cgroup_errno_gone(errno) ? 0 : -1;
    if (descriptor_read_all(file, PIDS_BYTES_MAX, "cgroup.procs", &arena, &text, &length, &error) != 0) {
        errno = error.system_errno != 0 ? error.system_errno : EFBIG;
        return errno == ENODEV || errno == EOPNOTSUPP ? 0 : -1;
    }
    next = text;
    while (number_scan_unsigned(&next, &pid)) {
        if (pid > 0 && pid <= INT32_MAX && pid_list_add(list, (pid_t)pid) != 0)
            return -1;
        if (*next++ != '\n')
            break;
    }
    return 0;
}

/* ---- the tree ---- */

/* Called for a cgroup and each one below it; 0 to go on, -1 with errno to stop. */
typedef int (*cgroup_visitor)(int directory, void *context);

static int walk(int directory, unsigned int depth, cgroup_visitor visit, void *context)
{
    DIR *stream;
    int result, copy;

    if (depth > DEPTH_MAX) {
        errno = ELOOP;
        return -1;
    }
    result = visit(directory, context);
    if (result != 0)
        return result;
    copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0)
        return cgroup_errno_gone(errno) ? 0 : -1;
    stream = fdopendir(copy);
    if (stream == NULL) {
        descriptor_close(&copy);
        return -1;
    }
    for (struct dirent *entry = readdir(stream); result == 0 && entry != NULL; entry = readdir(stream)) {
        cleanup_fd int child = -1;

        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        child = openat(directory, entry->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (child >= 0)
            result = walk(child, depth + 1, visit, context);
        else if (!cgroup_errno_gone(errno))
            result = -1;
    }
    int failure = errno;
    (void)closedir(stream);
    errno = failure;
    return result;
}

static int explain_walk(int number, const char *path, struct error *error)
{
    if (number == ELOOP)
        return error_set(error, ERROR_LIMIT, "the cgroup %s has more than %d levels below it", path,
                         (int)DEPTH_MAX);
    return error_system(error, number, "cannot read the processes of the cgroup %s", path);
}

static int collect(int directory, void *context)
{
    return read_pids(directory, context);
}

int cgroup_processes(const char *mount, const char *path, struct arena *arena, pid_t **pids, size_t *count,
                     struct error *error)
{
    __attribute__((cleanup(pid_list_free))) struct pid_list list = {0};
    cleanup_fd int directory = -1;

    *pids = NULL;
    *count = 0;
    if (cgroup_open(mount, path, &directory, error) != 0)
        return -1;
    if (directory < 0)
        return 0;
    if (walk(directory, 0, collect, &list) != 0)
        return explain_walk(errno, path, error);
    *pids = arena_array(arena, list.count, sizeof(**pids));
    if (list.count > 0)
        memcpy(*pids, list.items, list.count * sizeof(**pids));
    *count = list.count;
    return 0;
}

/* ---- signals ---- */

struct signalling {
    int number;
    size_t count;
    int refusal; /* the first errno of a signal that was refused */
};

static bool listed(const struct pid_list *list, pid_t pid)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == pid)
            return true;
    }
    return false;
}

/*
 * A pid that was read may be somebody else's by the time of the signal. So: a pidfd first, then a second
 * reading. A process that is listed while we hold its pidfd is the one that the pidfd means, and it is in the
 * cgroup.
 */
static int signal_cgroup(int directory, void *context)
{
    __attribute__((cleanup(pid_list_free))) struct pid_list before = {0}, after = {0};
    struct signalling *signalling = context;

    if (read_pids(directory, &before) != 0)
        return -1;
    for (size_t first = 0; first < before.count;) {
        enum { BATCH = 64 };
        int pidfds[BATCH];
        size_t batch = before.count - first < BATCH ? before.count - first : BATCH;

        for (size_t i = 0; i < batch; i++) {
            pidfds[i] = (int)syscall(SYS_pidfd_open, before.items[first + i], 0);
            if (pidfds[i] < 0 && errno != ESRCH && signalling->refusal == 0)
                signalling->refusal = errno;
        }
        after.count = 0;
        int result = read_pids(directory, &after);
        for (size_t i = 0; i < batch; i++) {
            if (pidfds[i] < 0)
                continue;
            if (result == 0 && listed(&after, before.items[first + i])) {
                if (syscall(SYS_pidfd_send_signal, pidfds[i], signalling->number, NULL, 0) == 0)
                    signalling->count++;
                else if (errno != ESRCH && signalling->refusal == 0)
                    signalling->refusal = errno;
            }
            descriptor_close(&pidfds[i]);
        }
        if (result != 0)
            return -1;
        first += batch;
    }
    return 0;
}

static int signal_tree(int directory, const char *path, struct signalling *signalling, struct error *error)
{
    if (walk(directory, 0, signal_cgroup, signalling) != 0)
        return explain_walk(errno, path, error);
    if (signalling->refusal != 0)
        return error_system(error, signalling->refusal,
                            "cannot send signal %d to every process of the cgroup %s", signalling->number,
                            path);
    return 0;
}

int cgroup_signal(const char *mount, const char *path, int signal_number, size_t *count, struct error *error)
{
    struct signalling signalling = {.number = signal_number};
    cleanup_fd int directory = -1;
    int result = 0;

    if (cgroup_open(mount, path, &directory, error) != 0)
        return -1;
    if (directory >= 0)
        result = signal_tree(directory, path, &signalling, error);
    if (count != NULL)
        *count = signalling.count;
    return result;
}

/* ---- kill ---- */

static int explain_survivors(int directory, const char *path, int timeout_ms, struct error *error)
{
    __attribute__((cleanup(pid_list_free))) struct pid_list list = {0};
    pid_t example = walk(directory, 0, collect, &list) == 0 && list.count > 0 ? list.items[0] : 0;

    return error_set(error, ERROR_LIMIT,
                     "the cgroup %s still holds %zu processes %d ms after they were killed (pid %d is one): "
                     "a process that "
                     "waits for a device or a file server cannot be ended before that answers",
                     path, list.count, timeout_ms, example);
}

static int wait_empty(int directory, const char *path, int timeout_ms, struct error *error)
{
    int result = cgroup_wait(directory, CGROUP_POPULATED, false, timeout_ms);

    if (result < 0)
        return error_system(error, errno, "cannot wait for the cgroup %s to become empty", path);
    if (result == 0)
        return explain_survivors(directory, path, timeout_ms, error);
    return 0;
}

int cgroup_kill_each(int directory, const char *path, int timeout_ms, struct error *error)
{
    int64_t deadline = cgroup_now_ms() + timeout_ms;

    for (;;) {
        struct signalling signalling = {.number = SIGKILL};
        /* Frozen processes cannot fork away from us. A kernel without the file (before 5.2) needs the rounds
         * alone. */
        bool frozen = descriptor_write_file_at(directory, "cgroup.freeze", "1") == 0;
        int result = signal_tree(directory, path, &signalling, error);

        /* On v2 a frozen process dies of SIGKILL; thawed all the same, so that nothing is left stopped. */
        if (frozen && descriptor_write_file_at(directory, "cgroup.freeze", "0") != 0 &&
            !cgroup_errno_gone(errno))
            return error_system(error, errno, "cannot thaw the cgroup %s", path);
        if (result != 0)
            return -1;
        result = cgroup_wait(directory, CGROUP_POPULATED, false, ROUND_MS);
        if (result < 0)
            return error_system(error, errno, "cannot wait for the cgroup %s to become empty", path);
        if (result == 1)
            return 0;
        if (cgroup_now_ms() >= deadline)
            return explain_survivors(directory, path, timeout_ms, error);
    }
}

int cgroup_kill(const char *mount, const char *path, struct error *error)
{
    cleanup_fd int directory = -1;

    if (cgroup_open(mount, path, &directory, error) != 0)
        return -1;
    if (directory < 0)
        return 0;
    if (descriptor_write_file_at(directory, "cgroup.kill", "1") == 0)
        return wait_empty(directory, path, KILL_TIMEOUT_MS, error);
    switch (errno) {
    case ENODEV:
        return 0;
    case ENOENT:     /* before 5.14, or the cgroup is gone, which the rounds find out */
    case EOPNOTSUPP: /* a threaded cgroup */
        return cgroup_kill_each(directory, path, KILL_TIMEOUT_MS, error);
    default:
        return error_system(error, errno, "cannot kill the processes of the cgroup %s", path);
    }
}

/* ---- events and the freezer ---- */

static int read_events(const char *mount, const char *path, struct cgroup_events *events, struct error *error)
{
    cleanup_fd int directory = -1;

    *events = (struct cgroup_events){0};
    if (cgroup_open(mount, path, &directory, error) != 0)
        return -1;
    if (directory >= 0 && cgroup_events_read(directory, events) != 0 && !cgroup_errno_gone(errno))
        return error_system(error, errno, "cannot read the events of the cgroup %s", path);
    return 0;
}

int cgroup_populated(const char *mount, const char *path, bool *populated, struct error *error)
{
    struct cgroup_events events;
    int result = read_events(mount, path, &events, error);

    *populated = events.populated;
    return result;
}

int cgroup_frozen(const char *mount, const char *path, bool *frozen, struct error *error)
{
    struct cgroup_events events;
    int result = read_events(mount, path, &events, error);

    *frozen = events.frozen;
    return result;
}

int cgroup_freeze(const char *mount, const char *path, bool freeze, struct error *error)
{
    const char *verb = freeze ? "freeze" : "thaw";
    cleanup_fd int directory = -1;
    int result;

    if (cgroup_open(mount, path, &directory, error) != 0)
        return -1;
    if (directory < 0)
        return error_set(error, ERROR_STATE, "cannot %s the cgroup %s: it does not exist", verb, path);
    if (descriptor_write_file_at(directory, "cgroup.freeze", freeze ? "1" : "0") != 0) {
        if (errno == ENOENT)
            return error_set(error, ERROR_UNSUPPORTED,
                             "cannot %s the cgroup %s: cgroup v2 has a freezer since Linux 5.2", verb, path);
        return error_system(error, errno, "cannot %s the cgroup %s", verb, path);
    }
    result = cgroup_wait(directory, CGROUP_FROZEN, freeze, FREEZE_TIMEOUT_MS);
    if (result < 0)
        return error_system(error, errno, "cannot wait for the cgroup %s to %s", path, verb);
    if (result == 1)
        return 0;
    /* Half frozen would be the worst of both. */
    if (freeze && descriptor_write_file_at(directory, "cgroup.freeze", "0") != 0)
        return error_system(error, errno,
                            "the cgroup %s did not freeze within %d ms and cannot be thawed again", path,
                            (int)FREEZE_TIMEOUT_MS);
    return error_set(error, ERROR_LIMIT, "the cgroup %s did not %s within %d ms%s", path, verb,
                     (int)FREEZE_TIMEOUT_MS,
                     freeze ? "; it runs on: a process waits for a device or a file server"
                            : ": a cgroup above it may be frozen");
}
