/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumping a container. */
#include "linux/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/cgroup.h"
#include "linux/checkpoint_mounts.h"

struct dump {
    const struct checkpoint_request *request;
    struct message *question;
    int images, work;
    bool was_frozen;
    bool refused; /* by ourselves, while CRIU worked */
};

static bool has_cgroup(const struct plan_cgroup *cgroup)
{
    return cgroup->manager != PLAN_CGROUP_DISABLED && cgroup->path != NULL;
}

/* Made where it is missing, for root alone: it holds the container's memory. */
static int open_directory(const char *path, const char *what, int *directory, struct error *error)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_system(error, errno, "making the directory for %s, %s", what, path);
    *directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *directory < 0 ? error_system(error, errno, "opening the directory for %s, %s", what, path) : 0;
}

static int open_directories(struct dump *dump, struct error *error)
{
    const struct checkpoint_options *options = dump->request->options;

    if (open_directory(options->image_path, "images", &dump->images, error) != 0)
        return -1;
    if (options->parent_path != NULL) {
        cleanup_fd int parent = openat(dump->images, options->parent_path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (parent < 0)
            return error_system(error, errno, "--parent-path: opening %s, which counts from %s,",
                                options->parent_path, options->image_path);
    }
    if (options->work_path != NULL && open_directory(options->work_path, "logs", &dump->work, error) != 0)
        return -1;
    return checkpoint_remove_log(dump->work >= 0 ? dump->work : dump->images, CHECKPOINT_DUMP_LOG, error);
}

/* Namespaces that the container joined: they are not dumped, and the restore finds them again by these names,
 * which are those of the peers. */
static int add_namespaces(const struct plan *plan, struct message *question, struct error *error)
{
    for (size_t i = 0; i < plan->namespaces.count; i++) {
        const struct plan_namespace *namespace = &plan->namespaces.items[i];
        const char *kind = namespace->flag == CLONE_NEWNET ? "net" : "pid";
        struct stat status;
        char external[96];

        if (namespace->path.text == NULL ||
            (namespace->flag != CLONE_NEWNET && namespace->flag != CLONE_NEWPID))
            continue;
        if (stat(namespace->path.text, &status) != 0)
            return error_system(error, errno, "looking at the %s namespace %s", namespace->name,
                                namespace->path.text);
        (void)text_print(external, sizeof(external), "%s[%llu]:extRoot%sNS", kind,
                         (unsigned long long)status.st_ino, namespace->flag == CLONE_NEWNET ? "Net" : "Pid");
        message_add(question, "external", external);
    }
    return 0;
}

static int compose(struct dump *dump, struct error *error)
{
    const struct checkpoint_request *request = dump->request;
    const struct plan_cgroup *cgroup = &request->plan->cgroup;
    const struct checkpoint_options *options = request->options;
    struct message *question = dump->question;
    char path[PATH_MAX];

    message_begin(question, options->pre_dump ? "pre-dump" : "dump");
    message_add_number(question, "pid", request->init.pid);
    message_add(question, "log", CHECKPOINT_DUMP_LOG);
    message_add(question, "root", request->plan->rootfs.path.text);
    checkpoint_describe(options, question);
    if (options->pre_dump || options->parent_path != NULL)
        message_add(question, "set", "track-memory");
    if (has_cgroup(cgroup)) {
        if (text_print(path, sizeof(path), "%s%s", cgroup->mount, cgroup->path) != 0)
            return error_set(error, ERROR_LIMIT, "the path of the cgroup is too long");
        message_add(question, "freeze-cgroup", path);
    }
    message_add(question, "manage-cgroups",
                !has_cgroup(cgroup)               ? "ignore"
                : options->manage_cgroups != NULL ? options->manage_cgroups
                                                  : "soft");
    if (add_namespaces(request->plan, question, error) != 0)
        return -1;
    for (int i = 0; i < CHECKPOINT_STREAMS; i++)
        if (text_starts_with(request->streams->keys[i], "file["))
            message_add(question, "external", request->streams->keys[i]);
    return checkpoint_mounts_of(request->plan, request->init.pid, question, error);
}

static int heard(void *context, const struct checkpoint_event *event, struct error *error)
{
    const struct dump *dump = context;

    return strcmp(event->action, "status-ready") == 0 ? checkpoint_tell_ready(dump->request->options, error)
                                                      : 0;
}

static int ask(struct dump *dump, struct error *error)
{
    struct checkpoint_listener listener = {.heard = heard, .context = dump};
    cleanup_helper struct helper helper = HELPER_NONE;
    int descriptors[2];
    size_t count = 0;

    checkpoint_add_descriptor(dump->question, "images", dump->images, descriptors, &count);
    if (dump->work >= 0)
        checkpoint_add_descriptor(dump->question, "work", dump->work, descriptors, &count);
    if (helper_start(CHECKPOINT_HELPER, &helper, error) != 0)
        return -1;
    if (checkpoint_converse(&helper, dump->question, descriptors, count, &listener, NULL, error) == 0)
        return 0;
    dump->refused = listener.refused;
    return -1;
}

/* A CRIU that was killed in the middle leaves the cgroup as it was at that moment. */
static void thaw(const struct dump *dump, struct error *error)
{
    const struct plan_cgroup *cgroup = &dump->request->plan->cgroup;
    struct error failure;
    bool frozen = false;

    if (!has_cgroup(cgroup) || dump->was_frozen)
        return;
    if (cgroup_frozen(cgroup->mount, cgroup->path, &frozen, &failure) != 0 ||
        (frozen && cgroup_freeze(cgroup->mount, cgroup->path, false, &failure) != 0))
        error_prefix(error, "the container may be frozen (%s), after", failure.message);
}

static int carry_out(struct dump *dump, struct error *error)
{
    const struct checkpoint_request *request = dump->request;
    const struct plan_cgroup *cgroup = &request->plan->cgroup;
    char what[320];

    if (checkpoint_check_plan(request->plan, error) != 0 || open_directories(dump, error) != 0)
        return -1;
    if (has_cgroup(cgroup) && cgroup_frozen(cgroup->mount, cgroup->path, &dump->was_frozen, error) != 0)
        return -1;
    if (compose(dump, error) != 0)
        return -1;
    if (ask(dump, error) == 0)
        return 0;
    (void)text_print(what, sizeof(what), "%s container %.200s",
                     request->options->pre_dump ? "pre-dumping" : "dumping", request->plan->id);
    if (dump->refused)
        error_prefix(error, "%s", what);
    else
        checkpoint_explain(request->options, CHECKPOINT_DUMP_LOG, what, error);
    thaw(dump, error);
    return -1;
}

int checkpoint_dump(const struct checkpoint_request *request, struct error *error)
{
    cleanup_free struct message *question = malloc(sizeof(*question));
    struct dump dump = {.request = request, .question = question, .images = -1, .work = -1};
    int result;

    if (question == NULL)
        return error_set(error, ERROR_LIMIT, "memory is exhausted");
    result = carry_out(&dump, error);
    descriptor_close(&dump.images);
    descriptor_close(&dump.work);
    return result;
}
