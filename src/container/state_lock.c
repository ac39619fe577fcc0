/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lock of a state directory: bounded waiting, and who is waited for. */
#include "container/state_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include "base/number.h"

enum { FIRST_PAUSE_MS = 1, LONGEST_PAUSE_MS = 50 };

bool state_is_removed(int directory)
{
    struct stat status;

    return fstat(directory, &status) != 0 || status.st_nlink == 0;
}

/* The next word of *cursor, NUL-terminated in place; "" at the end of the line. */
static const char *next_word(char **cursor)
{
    char *word = *cursor + strspn(*cursor, " \n");
    char *end = word + strcspn(word, " \n");

    *cursor = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return word;
}

/* A line of /proc/locks, "1: FLOCK ADVISORY WRITE PID MAJ:MIN:INODE 0 EOF": the holder's pid when it is a
 * lock on place, else 0. A line of somebody who waits has "->" behind its number. */
static long holder_in_line(char *line, const char *place)
{
    char *cursor = line;
    const char *kind, *pid_text;
    uint64_t pid;

    next_word(&cursor);
    kind = next_word(&cursor);
    next_word(&cursor);
    next_word(&cursor);
    pid_text = next_word(&cursor);
    if (strcmp(kind, "FLOCK") != 0 || strcmp(next_word(&cursor), place) != 0 ||
        !number_unsigned(pid_text, INT32_MAX, &pid))
        return 0;
    return (long)pid;
}

long state_lock_holder(int directory)
{
    struct stat status;
    char line[256], place[64];
    long holder = 0;
    FILE *locks;

    if (fstat(directory, &status) != 0)
        return 0;
    snprintf(place, sizeof(place), "%02x:%02x:%lu", major(status.st_dev), minor(status.st_dev),
             (unsigned long)status.st_ino);
    locks = fopen("/proc/locks", "re");
    if (locks == NULL)
        return 0;
    while (holder == 0 && fgets(line, sizeof(line), locks) != NULL)
        holder = holder_in_line(line, place);
    fclose(locks);
    return holder;
}

static void pause_ms(int milliseconds)
{
    struct timespec time = {.tv_sec = 0, .tv_nsec = (long)milliseconds * 1000000L};

    nanosleep(&time, NULL);
}

static int64_t monotonic_ms(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int lock_is_busy(int directory, const char *id, int timeout_ms, struct error *error)
{
    long holder = state_lock_holder(directory);

    if (holder > 0)
        return error_set(error, ERROR_LIMIT,
                         "container %s is being changed by process %ld, and has been for %d s: try again", id,
                         holder, timeout_ms / 1000);
    return error_set(error, ERROR_LIMIT,
                     "container %s is being changed by another process, and has been for %d s: try again", id,
                     timeout_ms / 1000);
}

int state_lock(int directory, const char *id, int timeout_ms, struct error *error)
{
    int64_t begin_ms = -1;
    int wait_ms = FIRST_PAUSE_MS;

    while (flock(directory, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return error_system(error, errno, "locking the state of container %s", id);
        if (begin_ms < 0)
            begin_ms = monotonic_ms();
        else if (monotonic_ms() - begin_ms >= timeout_ms)
            return lock_is_busy(directory, id, timeout_ms, error);
        pause_ms(wait_ms);
        wait_ms = wait_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : wait_ms * 2;
    }
    /* Whoever held it may have deleted the container; the id may be another's by now. */
    if (state_is_removed(directory))
        return error_set(error, ERROR_NOT_FOUND, "container %s does not exist: it was deleted meanwhile", id);
    return 0;
}

void state_unlock(int directory)
{
    flock(directory, LOCK_UN);
}

bool state_is_locked(int directory)
{
    while (flock(directory, LOCK_SH | LOCK_NB) != 0) {
        if (errno != EINTR)
            return errno == EWOULDBLOCK;
    }
    flock(directory, LOCK_UN);
    return false;
}
