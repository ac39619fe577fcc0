/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount namespace of a restore. A short-lived process makes it and hands it over by descriptor, so that
 * the runtime itself stays where it is. */
#include "linux/restore_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "linux/checkpoint_mounts.h"
#include "linux/mount_attributes.h"
#include "linux/mount_bind.h"
#include "linux/mount_syscalls.h"
#include "linux/mountinfo.h"
#include "linux/namespaces.h"
#include "linux/pre_exec.h"
#include "linux/rootfs_internal.h"
#include "linux/sandbox_message.h"
#include "linux/sandbox_process.h"

enum { HANDED_OVER_MAX = 3 };

struct work {
    const struct plan *plan;
    const struct checkpoint_options *options;
    const char *directory;
    struct message *question;
    struct rootfs rootfs;  /* on directory/places: where places are made */
    char prefix[PATH_MAX]; /* directory/places */
    struct checkpoint_places places;
    struct restore_stage stage;
};

/* ---- in the process that makes it ---- */

/* Nothing that is mounted here reaches the host; the engine's later mounts do reach us, which is harmless. */
static int leave_host(struct error *error)
{
    if (unshare(CLONE_NEWNS) != 0)
        return error_system(error, errno, "make a mount namespace for the restore");
    if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) != 0)
        return error_system(error, errno, "separate the mount namespace of the restore from the host's");
    return 0;
}

/* CRIU wants a root that is a mount point, on one that nothing else lies on: a small tmpfs of ours over the
 * container's state directory. */
static int make_ground(const struct work *work, struct error *error)
{
    if (mount("tmpfs", work->directory, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=16k,mode=0700") !=
            0 ||
        mount(NULL, work->directory, NULL, MS_PRIVATE, NULL) != 0)
        return error_system(error, errno, "mount a tmpfs on %s for the restore", work->directory);
    return 0;
}

/* Where CRIU mounts cgroups for itself: not in a directory of its own beside the logs, which would be left
 * when it is killed. */
static int make_yard(const struct work *work, struct error *error)
{
    char path[PATH_MAX];

    if (text_print(path, sizeof(path), "%s/yard", work->directory) != 0)
        return error_set(error, ERROR_LIMIT, "the path of the state directory is too long");
    if (mkdir(path, 0700) != 0)
        return error_system(error, errno, "make %s for the restore", path);
    message_add(work->question, "cgroup-yard", path);
    return 0;
}

/* A clone of the rootfs on directory/name. */
static int attach_root(const struct work *work, const char *name, int *tree, struct error *error)
{
    const char *path = work->plan->rootfs.path.text;
    cleanup_fd int ground = open(work->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int place = -1;
    cleanup_fd int clone = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

    if (clone < 0)
        return error_system(error, errno, "clone root file system %s", path);
    if (ground < 0 || mkdirat(ground, name, 0755) != 0 ||
        (place = openat(ground, name, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
        return error_system(error, errno, "make %s/%s for the restore", work->directory, name);
    if (mount_attach(clone, place, error) != 0)
        return error_prefix(error, "root file system %s", path);
    *tree = take_fd(&clone);
    return 0;
}

/* Beneath a file system that CRIU makes, and fills, itself. */
static bool is_beneath_new(const struct work *work, size_t index)
{
    const char *path = work->plan->rootfs.mounts[index].destination.text;

    for (size_t i = index; i > 0; i--) {
        const struct plan_mount *above = &work->plan->rootfs.mounts[i - 1];

        if (above->kind != PLAN_MOUNT_REMOUNT && path_is_beneath(path, above->destination.text))
            return above->kind != PLAN_MOUNT_BIND;
    }
    return false;
}

/* A bind is attached too: later places may lie in it, and its own mounts show. */
static int make_place(struct work *work, const struct plan_mount *mount, struct error *error)
{
    cleanup_fd int tree = -1, target = -1;
    mode_t kind = S_IFDIR;
    char path[PATH_MAX];

    if (mount->kind == PLAN_MOUNT_BIND && mount_bind_clone(mount, &tree, &kind, error) != 0)
        return -1;
    if (rootfs_open_place(mount, kind, &work->rootfs, &target, error) != 0 ||
        checkpoint_path_of(target, work->prefix, path, error) != 0)
        return -1;
    if (tree >= 0 && mount_attach(tree, target, error) != 0)
        return -1;
    return checkpoint_places_add(&work->places, path, mount, error);
}

/* What lies beneath a new file system has its place there by then: its path needs no looking up. */
static int make_places(struct work *work, struct error *error)
{
    for (size_t i = 0; i < work->plan->rootfs.mount_count; i++) {
        const struct plan_mount *mount = &work->plan->rootfs.mounts[i];
        int result = 0;

        if (mount->kind == PLAN_MOUNT_REMOUNT)
            continue;
        if (is_beneath_new(work, i))
            result = checkpoint_places_add(&work->places, mount->destination.text, mount, error);
        else
            result = make_place(work, mount, error);
        if (result != 0)
            return rootfs_mount_error(mount, error);
    }
    return 0;
}

static void add_pair(struct message *question, const char *name, const char *source)
{
    message_add(question, "mount", name);
    message_add(question, "source", source);
}

/* Mounts beneath recursive binds, as they are now on the host. */
static int add_mounts_beneath(struct work *work, struct error *error)
{
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    const size_t length = strlen(work->prefix);
    int result;

    if (mountinfo_open_of(&mountinfo, getpid(), error) != 0)
        return -1;
    while ((result = mountinfo_next(&mountinfo, &entry, error)) == 1) {
        const char *inside = entry.mount_point + length;
        char source[PATH_MAX];

        if (path_is_beneath(entry.mount_point, work->prefix) && *inside == '/' &&
            checkpoint_external_source(work->plan, &work->places, inside, source, sizeof(source)))
            add_pair(work->question, inside, source);
    }
    mountinfo_close(&mountinfo);
    return result;
}

static int add_mounts(struct work *work, struct error *error)
{
    const struct plan_rootfs *rootfs = &work->plan->rootfs;
    char source[PATH_MAX];

    if (add_mounts_beneath(work, error) != 0)
        return -1;
    /* Those that are not attached here: beneath file systems that CRIU makes, and cgroups. */
    for (size_t i = 0; i < work->places.count; i++)
        if (checkpoint_external_source(work->plan, &work->places, work->places.items[i].path, source,
                                       sizeof(source)))
            add_pair(work->question, work->places.items[i].path, source);
    for (size_t i = 0; i < rootfs->masked_count; i++)
        add_pair(work->question, rootfs->masked[i].text, "/dev/null");
    if (rootfs->masked_count > 0) /* runc's name for all of them */
        add_pair(work->question, "/dev/null", "/dev/null");
    for (size_t i = 0; i < rootfs->device_count; i++)
        if (rootfs->devices[i].bind_from_host)
            add_pair(work->question, rootfs->devices[i].path.text, rootfs->devices[i].host_path.text);
    return 0;
}

/* CRIU finds its directories by our descriptors, and makes mounts in them: they have to be of this
 * namespace. */
static int open_directories(struct work *work, struct error *error)
{
    const struct checkpoint_options *options = work->options;

    work->stage.images = open(options->image_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work->stage.images < 0)
        return error_system(error, errno, "opening the directory of images %s", options->image_path);
    if (options->work_path == NULL)
        return checkpoint_remove_log(work->stage.images, CHECKPOINT_RESTORE_LOG, error);
    if (mkdir(options->work_path, 0700) != 0 && errno != EEXIST)
        return error_system(error, errno, "making the directory for logs %s", options->work_path);
    work->stage.work = open(options->work_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work->stage.work < 0)
        return error_system(error, errno, "opening the directory for logs %s", options->work_path);
    return checkpoint_remove_log(work->stage.work, CHECKPOINT_RESTORE_LOG, error);
}

static int make(struct work *work, struct error *error)
{
    char root[PATH_MAX];
    cleanup_fd int tree = -1;

    if (text_print(work->prefix, sizeof(work->prefix), "%s/places", work->directory) != 0 ||
        text_print(root, sizeof(root), "%s/root", work->directory) != 0)
        return error_set(error, ERROR_LIMIT, "the path of the state directory is too long");
    SANDBOX_STEP(leave_host(error));
    /* Before anything covers them: the state directory may hold them. */
    SANDBOX_STEP(open_directories(work, error));
    SANDBOX_STEP(make_ground(work, error));
    SANDBOX_STEP(make_yard(work, error));
    /* The root that CRIU gets, before binds lie in the other. */
    SANDBOX_STEP(attach_root(work, "root", &tree, error));
    SANDBOX_STEP(attach_root(work, "places", &work->rootfs.root, error));
    SANDBOX_STEP(make_places(work, error));
    SANDBOX_STEP(add_mounts(work, error));
    message_add(work->question, "root", root);
    if (umount2(work->prefix, MNT_DETACH) != 0)
        return error_system(error, errno, "unmount %s", work->prefix);
    work->stage.mount_namespace = namespaces_open_of(0, "mnt", CLONE_NEWNS, error);
    return work->stage.mount_namespace < 0 ? -1 : 0;
}

/* Ends with the process: memory and descriptors go with it. */
static _Noreturn void run(struct work *work, int socket)
{
    struct error error = {0};
    int descriptors[HANDED_OVER_MAX];
    size_t count = 0;

    if (pre_exec_die_with_parent(socket) != 0)
        _exit(EXIT_FAILURE);
    if (make(work, &error) == 0) {
        descriptors[count++] = work->stage.mount_namespace;
        descriptors[count++] = work->stage.images;
        if (work->stage.work >= 0)
            descriptors[count++] = work->stage.work;
    } else {
        message_begin_failed(work->question, &error);
    }
    if (message_send(socket, work->question, descriptors, count) != 0 && errno == EMSGSIZE) {
        error_set(&error, ERROR_LIMIT, "the container has too many mounts to restore");
        message_begin_failed(work->question, &error);
        message_send(socket, work->question, NULL, 0);
    }
    _exit(EXIT_SUCCESS);
}

/* ---- in the runtime ---- */

static int take_over(int socket, bool has_work, struct message *question, struct restore_stage *stage,
                     struct error *error)
{
    int descriptors[HANDED_OVER_MAX];
    size_t count = HANDED_OVER_MAX;
    int received = message_receive(socket, -1, question, descriptors, &count);

    if (received < 0)
        return error_system(error, errno, "listen to the process that prepares the restore");
    if (received == 0)
        return error_set(error, ERROR_SYSTEM, "the process that prepares the restore has ended");
    stage->mount_namespace = count > 0 ? descriptors[0] : -1;
    stage->images = count > 1 ? descriptors[1] : -1;
    stage->work = count > 2 ? descriptors[2] : -1;
    if (message_failure(question, error) != 0)
        return -1;
    if (count != (has_work ? 3U : 2U))
        return error_set(error, ERROR_SYSTEM, "the process that prepares the restore left something out");
    return 0;
}

int restore_stage_make(const struct plan *plan, const struct checkpoint_options *options,
                       const char *directory, struct message *question, struct restore_stage *stage,
                       struct error *error)
{
    struct work work = {
        .plan = plan,
        .options = options,
        .directory = directory,
        .question = question,
        .rootfs = {.root = -1, .console = -1, .null_device = -1},
        .stage = RESTORE_STAGE_NONE,
    };
    cleanup_fd int ours = -1, theirs = -1;
    int result, status;
    pid_t pid;

    if (sandbox_message_pair(&ours, &theirs, error) != 0)
        return -1;
    pid = fork();
    if (pid < 0)
        return error_system(error, errno, "start a process that prepares the restore");
    if (pid == 0) {
        descriptor_close(&ours);
        run(&work, theirs);
    }
    descriptor_close(&theirs);
    result = take_over(ours, options->work_path != NULL, question, stage, error);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return result;
}

void restore_stage_close(struct restore_stage *stage)
{
    descriptor_close(&stage->mount_namespace);
    descriptor_close(&stage->images);
    descriptor_close(&stage->work);
}

/* ---- afterwards ---- */

static int make_root_read_only(pid_t init, struct error *error)
{
    cleanup_fd int namespace = namespaces_open_of(init, "mnt", CLONE_NEWNS, error);
    cleanup_fd int root = -1;

    if (namespace < 0)
        return -1;
    if (setns(namespace, CLONE_NEWNS) != 0)
        return error_system(error, errno, "enter the restored mount namespace");
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_system(error, errno, "open the restored root");
    return mount_attributes_apply(root, MOUNT_ATTR_RDONLY, 0, false, NULL, error);
}

int restore_stage_finish(const struct plan *plan, pid_t init, struct error *error)
{
    cleanup_fd int ours = -1, theirs = -1;
    struct sandbox_message message = {.kind = SANDBOX_MESSAGE_READY};
    int status, got;
    pid_t pid;

    if (!plan->rootfs.new_mount_namespace || !plan->rootfs.read_only)
        return 0;
    if (sandbox_message_pair(&ours, &theirs, error) != 0)
        return -1;
    pid = fork();
    if (pid < 0)
        return error_system(error, errno, "start a process that makes the restored root read-only");
    if (pid == 0) {
        descriptor_close(&ours);
        if (pre_exec_die_with_parent(theirs) == 0) {
            if (make_root_read_only(init, error) != 0)
                sandbox_message_send_error(theirs, SANDBOX_MESSAGE_ERROR, error);
            else
                sandbox_message_send(theirs, SANDBOX_MESSAGE_READY, 0, -1);
        }
        _exit(EXIT_SUCCESS);
    }
    descriptor_close(&theirs);
    got = sandbox_message_receive(ours, &message, NULL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (got <= 0)
        return error_set(error, ERROR_SYSTEM, "the process that makes the restored root read-only has ended");
    if (message.kind != SANDBOX_MESSAGE_ERROR)
        return 0;
    *error = message.error;
    return -1;
}
