/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of two numbers, shared by mapping it. */
#include "container/decision_event_count.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"

#define FILE_NAME "decisions"

/* Allocated and not only extended: touching a hole of a full file system would be a SIGBUS. It never writes
 * over what is there, so two that do it at once do no harm. */
static int make_room(int file)
{
    static const struct decision_counters zero = {0};
    struct stat status;

    if (fallocate(file, 0, 0, sizeof(zero)) == 0)
        return 0;
    if (errno != EOPNOTSUPP || fstat(file, &status) != 0)
        return -1;
    /* A file system without fallocate. The first decision is made under the container's lock. */
    if (status.st_size >= (off_t)sizeof(zero))
        return 0;
    return pwrite(file, &zero, sizeof(zero), 0) == (ssize_t)sizeof(zero) ? 0 : -1;
}

int decision_counters_map(int directory, struct decision_counters **counters, struct error *error)
{
    cleanup_fd int file =
        openat(directory, FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    struct stat status;
    void *mapped;

    *counters = NULL;
    if (file < 0 || fstat(file, &status) != 0)
        return error_system(error, errno, "opening the count of decisions in the state directory");
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid())
        return error_set(error, ERROR_INVALID,
                         "the count of decisions in the state directory is no regular file of ours");
    if (make_room(file) != 0)
        return error_system(error, errno, "making the count of decisions in the state directory");
    mapped = mmap(NULL, sizeof(struct decision_counters), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED)
        return error_system(error, errno, "mapping the count of decisions");
    *counters = mapped;
    return 0;
}

void decision_counters_unmap(struct decision_counters **counters)
{
    if (*counters != NULL)
        munmap(*counters, sizeof(struct decision_counters));
    *counters = NULL;
}
