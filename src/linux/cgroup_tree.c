/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making cgroups. Other runtimes make and remove cgroups under the same ancestors at the same time: whatever
 * vanishes under our hands is begun anew from the mount, a bounded number of times.
 *
 * Controllers: what the plan needs is enabled in every ancestor or it is an error. Beyond that cpu, io,
 * memory and pids are enabled where that is possible: engines read memory.current, pids.current and io.stat
 * of every container (stats, OOM counts), limits or not. In the usual case the parent has them all, which one
 * read of its cgroup.subtree_control shows.
 */
#include "linux/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/cgroup_files.h"
#include "linux/device_program.h"

enum { ATTEMPTS_MAX = 64, LINE_MAX_BYTES = 4096, GONE_RETRY = 1 };

static const char *const statistics_controllers[] = {"cpu", "io", "memory", "pids"};

/* Everything about one creation. */
struct creation {
    const struct plan_cgroup *plan;
    struct cgroup_path path;
    int mount;
    struct cgroup_made *made;
    struct error *error;
    bool existed; /* the cgroup itself was there before */
};

/* ---- controllers ---- */

static bool has_all(const char *enabled, const char *const *controllers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!cgroup_has_word(enabled, controllers[i]))
            return false;
    }
    return true;
}

static bool has_everything(const char *enabled, const struct plan_cgroup *plan)
{
    return has_all(enabled, plan->controllers, plan->controller_count) &&
           has_all(enabled, statistics_controllers, ARRAY_LENGTH(statistics_controllers));
}

/* "/a/b" for the first count components, for messages. */
static const char *name_of(const struct cgroup_path *path, size_t count, char *buffer, size_t size)
{
    struct text text = text_over(buffer, size);

    for (size_t i = 0; i < count; i++) {
        text_append_character(&text, '/');
        text_append(&text, path->names[i]);
    }
    if (count == 0)
        text_append(&text, "/ (the root of the cgroup mount)");
    return text.bytes;
}

/* The first write of the plan that needs a controller: what asked for it. */
static const char *pointer_of(const struct plan_cgroup *plan, const char *controller)
{
    for (size_t i = 0; i < plan->write_count; i++) {
        if (strcmp(plan->writes[i].controller, controller) == 0)
            return plan->writes[i].pointer;
    }
    return NULL;
}

static int explain_enabling(const struct creation *creation, int number, const char *words, const char *where)
{
    switch (number) {
    case EBUSY:
        return error_set(
            creation->error, ERROR_UNSUPPORTED,
            "cannot enable the cgroup controllers \"%s\" in %s: processes live in it, and a cgroup with "
            "processes cannot hand controllers down; move them into a cgroup below it, or choose another "
            "/linux/cgroupsPath",
            words, where);
    case EOPNOTSUPP:
        return error_set(
            creation->error, ERROR_UNSUPPORTED,
            "cannot enable the cgroup controllers \"%s\" in %s: it is part of a threaded cgroup; choose "
            "another /linux/cgroupsPath",
            words, where);
    default:
        return error_system(creation->error, number, "cannot enable the cgroup controllers \"%s\" in %s",
                            words, where);
    }
}

/* "+a +b" for those of the count controllers that are available and not yet enabled. */
static void list_missing(const char *const *controllers, size_t count, const char *available,
                         const char *enabled, struct text *words)
{
    for (size_t i = 0; i < count; i++) {
        if (cgroup_has_word(enabled, controllers[i]) || !cgroup_has_word(available, controllers[i]))
            continue;
        text_append(words, words->length > 0 ? " +" : "+");
        text_append(words, controllers[i]);
    }
}

/* The statistics' controllers, all at once or as many as the kernel takes: nobody asked for them by name. */
static void enable_statistics(int parent, const char *available, const char *enabled)
{
    char buffer[128];
    struct text words = text_over(buffer, sizeof(buffer));

    list_missing(statistics_controllers, ARRAY_LENGTH(statistics_controllers), available, enabled, &words);
    if (words.length == 0 || descriptor_write_file_at(parent, "cgroup.subtree_control", words.bytes) == 0)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(statistics_controllers); i++) {
        text_reset(&words);
        list_missing(&statistics_controllers[i], 1, available, enabled, &words);
        if (words.length > 0)
            (void)descriptor_write_file_at(parent, "cgroup.subtree_control", words.bytes);
    }
}

/*
 * Does a process live in it, where that forbids to hand controllers down? Asked before anything is enabled:
 * the kernel refuses only the controllers of whole processes (EBUSY). Those of threads, cpu and pids, it
 * enables, and from then on no cgroup below can hold a process (cgroup-v2.rst, "Threads"). The true root,
 * which has no type, is exempt.
 */
static bool holds_processes(int cgroup)
{
    char first[32];

    if (faccessat(cgroup, "cgroup.type", F_OK, 0) != 0)
        return false;
    cleanup_fd int file = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    return file >= 0 && read(file, first, sizeof(first)) > 0;
}

/* Let the children of the cgroup of the first `count` components have the controllers. 0, GONE_RETRY or -1.
 */
static int enable_controllers(const struct creation *creation, int parent, size_t count)
{
    const struct plan_cgroup *plan = creation->plan;
    char enabled[LINE_MAX_BYTES], available[LINE_MAX_BYTES], buffer[LINE_MAX_BYTES], where[LINE_MAX_BYTES];
    struct text words = text_over(buffer, sizeof(buffer));

    (void)name_of(&creation->path, count, where, sizeof(where));
    if (descriptor_read_file_at(parent, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
        return cgroup_errno_gone(errno)
                   ? GONE_RETRY
                   : error_system(creation->error, errno, "cannot read the cgroup controllers of %s", where);
    if (has_everything(enabled, plan))
        return 0;
    if (descriptor_read_file_at(parent, "cgroup.controllers", available, sizeof(available)) < 0)
        return cgroup_errno_gone(errno)
                   ? GONE_RETRY
                   : error_system(creation->error, errno, "cannot read the cgroup controllers of %s", where);
    for (size_t i = 0; i < plan->controller_count; i++) {
        if (!cgroup_has_word(available, plan->controllers[i]))
            return cgroup_explain_controller(creation->mount, plan->controllers[i], where,
                                             pointer_of(plan, plan->controllers[i]), creation->error);
    }
    list_missing(plan->controllers, plan->controller_count, available, enabled, &words);
    if (holds_processes(parent))
        return words.length > 0 ? explain_enabling(creation, EBUSY, words.bytes, where) : 0;
    if (words.length > 0 && descriptor_write_file_at(parent, "cgroup.subtree_control", words.bytes) != 0)
        return errno == ENODEV ? GONE_RETRY : explain_enabling(creation, errno, words.bytes, where);
    enable_statistics(parent, available, enabled);
    return 0;
}

/* ---- the path ---- */

/* Make component `index` beneath parent. 0 and *child, GONE_RETRY, or -1. */
static int make_component(struct creation *creation, int parent, size_t index, int *child)
{
    const char *name = creation->path.names[index];
    bool last = index + 1 == creation->path.count;
    char where[LINE_MAX_BYTES];

    if (mkdirat(parent, name, 0755) == 0) {
        if (index < creation->made->created_from)
            creation->made->created_from = (unsigned int)index;
        /* The runtime's umask is 077; engines and their users look into cgroups. */
        if (fchmodat(parent, name, 0755, 0) != 0)
            return cgroup_errno_gone(errno)
                       ? GONE_RETRY
                       : error_system(creation->error, errno, "cannot set the mode of the cgroup %s",
                                      name_of(&creation->path, index + 1, where, sizeof(where)));
        creation->existed = false;
    } else if (errno == ENOENT || errno == ENODEV) {
        return GONE_RETRY;
    } else if (errno == EEXIST) {
        creation->existed = true;
    } else {
        return error_system(creation->error, errno, "cannot make the cgroup %s",
                            name_of(&creation->path, index + 1, where, sizeof(where)));
    }
    *child = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*child < 0)
        return cgroup_errno_gone(errno)
                   ? GONE_RETRY
                   : error_system(creation->error, errno, "cannot open the cgroup %s",
                                  name_of(&creation->path, index + 1, where, sizeof(where)));
    if (!last && !creation->existed)
        cgroup_mark_set(*child);
    return 0;
}

/* The usual case in few calls: the parent exists and has every controller enabled. *parent is -1 when the
 * case is another (or the kernel older than 5.6). */
static void open_ready_parent(const struct creation *creation, int *parent)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    char relative[CGROUP_PATH_MAX], enabled[LINE_MAX_BYTES];
    struct text text = text_over(relative, sizeof(relative));

    *parent = -1;
    text_append(&text, ".");
    for (size_t i = 0; i + 1 < creation->path.count; i++) {
        text_append_character(&text, '/');
        text_append(&text, creation->path.names[i]);
    }
    if (text.overflow)
        return;
    cleanup_fd int found = (int)syscall(SYS_openat2, creation->mount, relative, &how, sizeof(how));
    if (found >= 0 &&
        descriptor_read_file_at(found, "cgroup.subtree_control", enabled, sizeof(enabled)) >= 0 &&
        has_everything(enabled, creation->plan))
        *parent = take_fd(&found);
}

/* Go down from the mount, enabling and making. 0 and *leaf, GONE_RETRY, or -1. */
static int make_path(struct creation *creation, int *leaf)
{
    cleanup_fd int current = -1;
    int result;

    open_ready_parent(creation, &current);
    if (current >= 0)
        return make_component(creation, current, creation->path.count - 1, leaf);
    for (size_t index = 0; index < creation->path.count; index++) {
        int parent = index == 0 ? creation->mount : current, child;

        result = enable_controllers(creation, parent, index);
        if (result == 0)
            result = make_component(creation, parent, index, &child);
        if (result != 0)
            return result;
        descriptor_close(&current);
        current = child;
    }
    *leaf = take_fd(&current);
    return 0;
}

static int make_path_bounded(struct creation *creation, int *leaf)
{
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        int result = make_path(creation, leaf);

        if (result != GONE_RETRY)
            return result;
    }
    return error_set(creation->error, ERROR_SYSTEM,
                     "cannot make the cgroup %s: the cgroups above it were removed each time, %d times",
                     creation->plan->path, (int)ATTEMPTS_MAX);
}

/* ---- an existing cgroup ---- */

static int explain_populated(const char *path, struct error *error)
{
    return error_set(error, ERROR_EXISTS,
                     "the container's cgroup is not empty: %s exists already and holds processes: another "
                     "container's, or give this one another "
                     "/linux/cgroupsPath",
                     path);
}

/* One that was there: another container's when it holds processes; otherwise it is used, and must let them
 * run. */
static int check_reused(const struct creation *creation, int leaf)
{
    struct cgroup_events events;

    if (cgroup_events_read(leaf, &events) != 0)
        return error_system(creation->error, errno, "cannot read the events of the cgroup %s",
                            creation->plan->path);
    if (events.populated)
        return explain_populated(creation->plan->path, creation->error);
    if (events.frozen && descriptor_write_file_at(leaf, "cgroup.freeze", "0") != 0)
        return error_system(creation->error, errno, "cannot thaw the cgroup %s, which was left frozen",
                            creation->plan->path);
    return 0;
}

/* ---- what it holds ---- */

static int identify(const struct creation *creation, int leaf)
{
    struct stat status;

    if (fstat(leaf, &status) != 0)
        return error_system(creation->error, errno, "cannot look at the cgroup %s", creation->plan->path);
    creation->made->inode = status.st_ino;
    return 0;
}

static int attach_devices(const struct creation *creation, int leaf)
{
    const struct plan_cgroup *plan = creation->plan;

    return plan->has_device_rules ? device_program_replace(leaf, plan->device_rules, plan->device_rule_count,
                                                           creation->existed, creation->error)
                                  : 0;
}

static int fill(const struct creation *creation, int leaf)
{
    const struct plan_cgroup *plan = creation->plan;

    if (creation->existed && check_reused(creation, leaf) != 0)
        return -1;
    if (cgroup_limits_write(creation->mount, leaf, plan, plan->path, creation->error) != 0 ||
        attach_devices(creation, leaf) != 0)
        return -1;
    return cgroup_delegate(leaf, plan, creation->error);
}

/* ---- a scope that systemd has made ---- */

/* Let an existing cgroup have the plan's controllers. */
static int enable_above(const struct creation *creation)
{
    for (size_t i = 0; creation->plan->controller_count > 0 && i < creation->path.count; i++) {
        cleanup_fd int ancestor = -1;

        if (i > 0 &&
            cgroup_open_beneath(creation->mount, &creation->path, i, &ancestor, creation->error) != 0)
            return -1;
        switch (enable_controllers(creation, i == 0 ? creation->mount : ancestor, i)) {
        case 0:
            break;
        case GONE_RETRY:
            return error_set(creation->error, ERROR_NOT_FOUND, "the cgroup %s was removed meanwhile",
                             creation->plan->path);
        default:
            return -1;
        }
    }
    return 0;
}

/* The rest, once nothing but the container is in it. */
static bool is_for_later(const struct plan_cgroup_write *write)
{
    return strcmp(write->file, "pids.max") == 0;
}

static int write_in_scope(const struct creation *creation, int leaf, bool later)
{
    const struct plan_cgroup *plan = creation->plan;

    for (size_t i = 0; i < plan->write_count; i++)
        if (is_for_later(&plan->writes[i]) == later &&
            cgroup_limit_write(creation->mount, leaf, &plan->writes[i], plan->path, creation->error) != 0)
            return -1;
    return 0;
}

static int open_scope(const struct creation *creation, int *leaf)
{
    if (cgroup_open_beneath(creation->mount, &creation->path, creation->path.count, leaf, creation->error) !=
        0)
        return -1;
    if (*leaf < 0)
        return error_set(creation->error, ERROR_STATE,
                         "the cgroup %s, which systemd made, is gone: its unit was stopped meanwhile",
                         creation->plan->path);
    return 0;
}

/*
 * systemd has set what its properties can say, some of it rounded; it has no words for huge pages, bursts and
 * more, and hands down the controllers that it knows. So everything is written here as well. systemd's own
 * device program is not ours to detach.
 */
static int adopt(const struct creation *creation, int *leaf)
{
    const struct plan_cgroup *plan = creation->plan;
    char available[LINE_MAX_BYTES];

    if (open_scope(creation, leaf) != 0 || identify(creation, *leaf) != 0)
        return -1;
    if (descriptor_read_file_at(*leaf, "cgroup.controllers", available, sizeof(available)) < 0)
        return error_system(creation->error, errno, "cannot read the cgroup controllers of %s", plan->path);
    if (!has_all(available, plan->controllers, plan->controller_count) && enable_above(creation) != 0)
        return -1;
    if (cgroup_limits_check(*leaf, plan, plan->path, creation->error) != 0 ||
        write_in_scope(creation, *leaf, false) != 0 || attach_devices(creation, *leaf) != 0)
        return -1;
    return cgroup_delegate(*leaf, plan, creation->error);
}

int cgroup_complete(const struct plan_cgroup *plan, struct error *error)
{
    struct creation creation = {.plan = plan, .error = error};
    cleanup_fd int mount = -1, leaf = -1;

    if (plan->manager != PLAN_CGROUP_SYSTEMD)
        return 0;
    mount = cgroup_mount_open(plan->mount, error);
    if (mount < 0 || cgroup_path_split(plan->path, &creation.path, error) != 0)
        return -1;
    creation.mount = mount;
    return open_scope(&creation, &leaf) != 0 ? -1 : write_in_scope(&creation, leaf, true);
}

/* ---- the whole ---- */

/* Without a right to make one, and nobody having asked for one. */
static bool may_do_without(const struct plan_cgroup *plan, const struct error *error)
{
    return plan->optional &&
           (error->system_errno == EACCES || error->system_errno == EPERM || error->system_errno == EROFS);
}

int cgroup_foresee(const struct plan_cgroup *plan, struct cgroup_made *made, bool *known, struct error *error)
{
    struct error unreadable;
    struct cgroup_events events;
    struct cgroup_path path;
    cleanup_fd int mount = -1, found = -1;
    size_t count;

    *known = false;
    if (plan->manager != PLAN_CGROUP_FILES)
        return 0;
    mount = cgroup_mount_open(plan->mount, &unreadable);
    if (mount < 0 || cgroup_path_split(plan->path, &path, &unreadable) != 0)
        return 0;
    for (count = path.count; count > 0 && found < 0; count -= found < 0)
        if (cgroup_open_beneath(mount, &path, count, &found, &unreadable) != 0)
            return 0;
    /* Events that cannot be read: it was removed meanwhile, or is not ours to look at. */
    if (count > 0 && count == path.count && cgroup_events_read(found, &events) == 0 && events.populated)
        return explain_populated(plan->path, error);
    *made = (struct cgroup_made){.created_from = (unsigned int)count};
    *known = true;
    return 0;
}

int cgroup_create(const struct plan_cgroup *plan, struct cgroup_made *made, int *directory,
                  struct error *error)
{
    struct creation creation = {.plan = plan, .made = made};
    struct error failure = {0}, cleanup;
    cleanup_fd int mount = -1, leaf = -1;

    *directory = -1;
    *made = (struct cgroup_made){.created_from = CGROUP_NOTHING_MADE};
    if (plan->manager == PLAN_CGROUP_DISABLED)
        return 0;
    mount = cgroup_mount_open(plan->mount, error);
    if (mount < 0 || cgroup_path_split(plan->path, &creation.path, error) != 0)
        return -1;
    if (creation.path.count == 0)
        return error_set(error, ERROR_INVALID,
                         "/linux/cgroupsPath: the root of all cgroups cannot be a container's");
    creation.mount = mount;
    creation.error = &failure;
    if (plan->manager == PLAN_CGROUP_SYSTEMD) {
        /* The slices above are systemd's. On error the unit is the caller's to stop. */
        made->created_from = (unsigned int)creation.path.count - 1;
        creation.error = error;
        if (adopt(&creation, &leaf) != 0)
            return -1;
        *directory = take_fd(&leaf);
        return 0;
    }
    made->created_from = (unsigned int)creation.path.count;
    if (make_path_bounded(&creation, &leaf) == 0 && identify(&creation, leaf) == 0 &&
        fill(&creation, leaf) == 0) {
        *directory = take_fd(&leaf);
        return 0;
    }
    /* Where descriptors have run out, removing needs these. */
    descriptor_close(&leaf);
    descriptor_close(&mount);
    if (made->created_from < creation.path.count &&
        cgroup_remove(plan->mount, plan->path, made, &cleanup) != 0)
        return error_set(error, failure.kind, "%s; and what was made could not be removed: %s",
                         failure.message, cleanup.message);
    if (may_do_without(plan, &failure)) {
        *made = (struct cgroup_made){.created_from = CGROUP_NOTHING_MADE};
        return 0;
    }
    if (error != NULL)
        *error = failure;
    return -1;
}

int cgroup_apply(const struct plan_cgroup *plan, const char *path, struct arena *arena,
                 struct cgroup_changes *changes, struct error *error)
{
    cleanup_fd int mount = cgroup_mount_open(plan->mount, error), leaf = -1;
    struct cgroup_made made = {0};
    struct creation creation = {.plan = plan, .mount = mount, .made = &made, .error = error};

    *changes = (struct cgroup_changes){.mount = plan->mount, .path = path};
    if (mount < 0 || cgroup_path_split(path, &creation.path, error) != 0)
        return -1;
    if (cgroup_open_beneath(mount, &creation.path, creation.path.count, &leaf, error) != 0)
        return -1;
    if (leaf < 0 || creation.path.count == 0)
        return error_set(error, ERROR_NOT_FOUND, "the cgroup %s does not exist", path);
    /* A controller that nothing needed at creation may be needed now. */
    if (enable_above(&creation) != 0)
        return -1;
    if (cgroup_changes_read(leaf, plan, arena, changes, error) != 0)
        return -1;
    return cgroup_changes_write(mount, leaf, plan, changes, error);
}
