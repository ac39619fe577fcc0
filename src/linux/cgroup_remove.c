/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removing a cgroup with what was made below it, and the ancestors that are ours and empty. The tree below
 * may be as deep as a container likes: it is walked with one descriptor, not one a level.
 */
#include "linux/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/cgroup_files.h"

enum { REMOVE_TIMEOUT_MS = 2000, PAUSE_FIRST_MS = 1, PAUSE_LAST_MS = 50, NAME_BYTES = 256 };

struct patience {
    int64_t deadline;
    int pause_ms;
};

/* Sleep a little longer than the last time. False when the time is up. */
static bool wait_a_little(struct patience *patience)
{
    struct timespec pause = {.tv_nsec = patience->pause_ms * 1000000L};

    if (cgroup_now_ms() >= patience->deadline)
        return false;
    (void)nanosleep(&pause, NULL);
    patience->pause_ms = patience->pause_ms * 2 > PAUSE_LAST_MS ? PAUSE_LAST_MS : patience->pause_ms * 2;
    return true;
}

static bool removed_or_gone(int parent, const char *name)
{
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 || cgroup_errno_gone(errno);
}

/* Remove every child that can be. 0 none is left, 1 and the name of one that is left, -1 errno. */
static int remove_children(int directory, char name[NAME_BYTES])
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;

    if (stream == NULL) {
        int failure = errno;

        descriptor_close(&copy);
        errno = failure;
        return cgroup_errno_gone(failure) ? 0 : -1;
    }
    for (struct dirent *entry = readdir(stream); result >= 0 && entry != NULL; entry = readdir(stream)) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || removed_or_gone(directory, entry->d_name))
            continue;
        if (errno != EBUSY && errno != ENOTEMPTY) {
            result = -1;
        } else if (result == 0) {
            (void)text_print(name, NAME_BYTES, "%s", entry->d_name);
            result = 1;
        }
    }
    int failure = errno;
    (void)closedir(stream);
    errno = failure;
    return result;
}

/* Empty a cgroup of its descendants, deepest first. 0, or -1 with errno (ETIME: something stays busy). */
static int remove_descendants(int top, struct patience *patience)
{
    cleanup_fd int current = openat(top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char name[NAME_BYTES], left[NAME_BYTES] = "";
    unsigned int depth = 0;

    if (current < 0)
        return cgroup_errno_gone(errno) ? 0 : -1;
    for (;;) {
        int state = remove_children(current, name), next;

        if (state < 0 || (state == 0 && depth == 0))
            return state;
        if (state == 1 && strcmp(name, left) == 0) {
            /* It was emptied, and is still busy: a process ends in it or a new one was born. */
            if (!wait_a_little(patience)) {
                errno = ETIME;
                return -1;
            }
            left[0] = '\0';
            continue;
        }
        if (state == 1) {
            next = openat(current, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            depth += next >= 0;
            (void)text_print(left, sizeof(left), "%s", "");
        } else {
            /* Up again. The walk began below top, so that depth tells how far up is allowed. */
            next = openat(current, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
            depth--;
            (void)text_print(left, sizeof(left), "%s", name);
        }
        if (next < 0 && state == 1 && cgroup_errno_gone(errno))
            continue;
        if (next < 0)
            return cgroup_errno_gone(errno) ? 0 : -1;
        descriptor_close(&current);
        current = next;
    }
}

static int explain_busy(int directory, const char *path, struct error *error)
{
    struct cgroup_events events = {0};

    if (cgroup_events_read(directory, &events) == 0 && events.populated)
        return error_set(
            error, ERROR_LIMIT,
            "cannot remove the cgroup %s: processes are left in it (see %s/cgroup.procs beneath the cgroup "
            "mount); end them and try again",
            path, path);
    return error_system(error, EBUSY, "cannot remove the cgroup %s within %d ms", path,
                        (int)REMOVE_TIMEOUT_MS);
}

/* Remove the cgroup named name beneath parent with all below it. */
static int remove_tree(int parent, const char *name, const char *path, struct error *error)
{
    struct patience patience = {.deadline = cgroup_now_ms() + REMOVE_TIMEOUT_MS, .pause_ms = PAUSE_FIRST_MS};

    for (;;) {
        if (removed_or_gone(parent, name))
            return 0;
        if (errno != EBUSY && errno != ENOTEMPTY)
            return error_system(error, errno, "cannot remove the cgroup %s", path);

        cleanup_fd int directory = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (directory < 0 && cgroup_errno_gone(errno))
            return 0;
        if (directory < 0)
            return error_system(error, errno, "cannot open the cgroup %s", path);
        int64_t left = patience.deadline - cgroup_now_ms();
        /* Processes that are ending: their end wakes us, no need to poll. */
        if (cgroup_wait(directory, CGROUP_POPULATED, false, left > 0 ? (int)left : 0) == 0)
            return explain_busy(directory, path, error);
        if (remove_descendants(directory, &patience) != 0 && errno != ETIME)
            return error_system(error, errno, "cannot remove the cgroups below %s", path);
        if (removed_or_gone(parent, name))
            return 0;
        if (!wait_a_little(&patience))
            return explain_busy(directory, path, error);
    }
}

/* Remove ancestors from the lowest up while they are ours; one that is not empty ends it. */
static int remove_ancestors(int mount, const struct cgroup_path *path, const struct cgroup_made *made,
                            struct error *error)
{
    for (size_t count = path->count - 1; count > 0; count--) {
        cleanup_fd int parent = -1, directory = -1;

        /* One after the other: making it has held two, so where descriptors are few one is there. */
        if (cgroup_open_beneath(mount, path, count, &directory, error) != 0)
            return -1;
        if (directory < 0)
            continue; /* somebody else removed it: the ones above may be ours to remove */
        if ((made == NULL || count - 1 < made->created_from) && !cgroup_mark_is_set(directory))
            return 0;
        descriptor_close(&directory);
        if (cgroup_open_beneath(mount, path, count - 1, &parent, error) != 0)
            return -1;
        if (count > 1 && parent < 0)
            continue;
        if (removed_or_gone(count > 1 ? parent : mount, path->names[count - 1]))
            continue;
        if (errno == EBUSY || errno == ENOTEMPTY)
            return 0; /* another container lives in it */
        return error_system(error, errno, "cannot remove the cgroup \"%s\", which was made for the container",
                            path->names[count - 1]);
    }
    return 0;
}

int cgroup_remove(const char *mount, const char *path, const struct cgroup_made *made, struct error *error)
{
    cleanup_fd int root = cgroup_mount_open(mount, error), parent = -1;
    struct cgroup_path split;

    if (root < 0 || cgroup_path_split(path, &split, error) != 0)
        return -1;
    if (split.count == 0)
        return error_set(error, ERROR_INVALID, "the root of all cgroups cannot be removed");
    if (cgroup_open_beneath(root, &split, split.count - 1, &parent, error) != 0)
        return -1;
    if (split.count == 1 || parent >= 0) {
        if (remove_tree(split.count == 1 ? root : parent, split.names[split.count - 1], path, error) != 0)
            return -1;
    }
    descriptor_close(&parent);
    return remove_ancestors(root, &split, made, error);
}
