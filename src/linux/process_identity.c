/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a process is, across time. The order in process_open is what makes it certain: first the pidfd, then
 * the start time of whoever has the number now. If that is the start time on record, the process has had its
 * number all along, so the pidfd is its own.
 */
#include "linux/process_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/host_proc.h"

/* A stat line is some 350 bytes: 52 numbers and a command name of at most 64 bytes. */
enum { STAT_SIZE = 2048, PATH_SIZE = 64 };

int boot_id_read(char boot_id[BOOT_ID_SIZE], struct error *error)
{
    static const char path[] = "/proc/sys/kernel/random/boot_id";
    char line[BOOT_ID_SIZE + sizeof("\n")];
    ssize_t length;

    if (host_proc_require(error) < 0)
        return -1;
    length = descriptor_read_file_at(AT_FDCWD, path, line, sizeof(line));
    if (length < 0)
        return error_system(error, errno, "the boot's identity (%s)", path);
    if (length != BOOT_ID_SIZE - 1)
        return error_set(error, ERROR_SYSTEM, "the boot's identity (%s) has %zd characters, not %d", path,
                         length, BOOT_ID_SIZE - 1);
    memcpy(boot_id, line, BOOT_ID_SIZE);
    return 0;
}

/* proc(5): "pid (comm) state ppid …"; field 22 is the start time. comm may hold blanks, parentheses and
 * newlines. */
bool process_parse_stat(const char *text, char *state, uint64_t *start_time)
{
    enum { STATE_FIELD = 3, START_TIME_FIELD = 22 };
    const char *cursor = strrchr(text, ')');

    if (cursor == NULL || cursor[1] != ' ' || cursor[2] == '\0' || cursor[3] != ' ')
        return false;
    *state = cursor[2];
    cursor += 3;
    for (int field = STATE_FIELD + 1; field < START_TIME_FIELD; field++) {
        cursor++;
        cursor += strcspn(cursor, " ");
        if (*cursor != ' ')
            return false;
    }
    cursor++;
    return number_scan_unsigned(&cursor, start_time) && (*cursor == ' ' || *cursor == '\0');
}

/* 1: read; 0: no such process; -1: error. */
static int read_stat(pid_t pid, char *state, uint64_t *start_time, struct error *error)
{
    char path[PATH_SIZE], stat[STAT_SIZE];
    struct text text = text_over(path, sizeof(path));

    if (host_proc_require(error) < 0)
        return -1;
    text_append(&text, "/proc/");
    text_append_signed(&text, pid);
    text_append(&text, "/stat");
    if (descriptor_read_file_at(AT_FDCWD, path, stat, sizeof(stat)) < 0) {
        /* ESRCH: it ended between open and read. */
        if (errno == ENOENT || errno == ESRCH)
            return 0;
        return error_system(error, errno, "process %d (%s)", (int)pid, path);
    }
    if (!process_parse_stat(stat, state, start_time))
        return error_set(error, ERROR_SYSTEM, "process %d: %s has an unknown format", (int)pid, path);
    return 1;
}

int process_identify(pid_t pid, struct process_identity *identity, struct error *error)
{
    char state;
    int found;

    identity->pid = pid;
    identity->start_time = 0;
    if (pid <= 0)
        return error_set(error, ERROR_NOT_FOUND, "process %d cannot exist", (int)pid);
    found = read_stat(pid, &state, &identity->start_time, error);
    if (found < 0)
        return -1;
    if (found == 0)
        return error_set(error, ERROR_NOT_FOUND, "process %d is gone", (int)pid);
    return 0;
}

/* A pidfd becomes readable when the whole thread group has ended. */
static bool has_ended(int pidfd)
{
    struct pollfd item = {.fd = pidfd, .events = POLLIN};

    return poll(&item, 1, 0) == 1;
}

int process_open(const struct process_identity *identity, int *pidfd, struct error *error)
{
    cleanup_fd int opened = -1;
    uint64_t start_time;
    char state;
    int found;

    *pidfd = -1;
    /* A record without a start time could be anybody's by now: not ours. */
    if (identity->pid <= 0 || identity->start_time == 0)
        return 0;
    opened = (int)syscall(SYS_pidfd_open, identity->pid, 0);
    if (opened < 0) {
        /* EINVAL: the number is now a thread's. */
        if (errno == ESRCH || errno == EINVAL)
            return 0;
        return error_system(error, errno, "open process %d (pidfd_open)", (int)identity->pid);
    }
    found = read_stat(identity->pid, &state, &start_time, error);
    if (found < 0)
        return -1;
    if (found == 0) {
        if (has_ended(opened))
            return 0;
        return error_set(error, ERROR_SYSTEM,
                         "process %d exists but is hidden from us (/proc is mounted with hidepid)",
                         (int)identity->pid);
    }
    if (start_time != identity->start_time)
        return 0;
    /* A first thread that has ended while others go on is shown as a zombie too: only the pidfd knows. */
    if ((state == 'Z' || state == 'X') && has_ended(opened))
        return 0;
    *pidfd = take_fd(&opened);
    return 0;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int process_wait_end(int pidfd, int timeout_ms, struct error *error)
{
    struct pollfd item = {.fd = pidfd, .events = POLLIN};
    int64_t deadline_ms = timeout_ms < 0 ? 0 : monotonic_ms() + timeout_ms;
    int left_ms = timeout_ms;

    for (;;) {
        int ready = poll(&item, 1, left_ms);

        if (ready > 0 && (item.revents & POLLNVAL) != 0)
            return error_set(error, ERROR_SYSTEM, "wait for a process: descriptor %d is not open", pidfd);
        if (ready > 0)
            return 1;
        if (ready < 0 && errno != EINTR)
            return error_system(error, errno, "wait for a process");
        if (timeout_ms >= 0) {
            int64_t rest_ms = deadline_ms - monotonic_ms();

            if (rest_ms <= 0)
                return 0;
            left_ms = (int)rest_ms;
        }
    }
}
