/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container's process, and processes that join it: everything from argv to the filter. OCI config.md,
 * "Process". */
#include "plan/builder.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "plan/capabilities.h"
#include "plan/kernel_words.h"
#include "plan/process_scheduling.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define KEEP_GROUPS  "run.oci.keep_original_groups"

enum { ENVIRONMENT_SPARE = 3 };

/* Put NAME=VALUE in place of an entry of that name, or at the end (there is room). entry: the whole. */
static void set_variable(const char **items, size_t *count, const char *name, const char *entry)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < *count; i++)
        if (strncmp(items[i], name, length) == 0 && items[i][length] == '=') {
            items[i] = entry;
            return;
        }
    items[(*count)++] = entry;
}

/* True when no HOME is left: one without a value is as good as none (containerd's and Docker's containers
 * come without, and count on the runtime). */
static bool drop_empty_home(const char **items, size_t *count)
{
    bool missing = true;
    size_t kept = 0;

    for (size_t i = 0; i < *count; i++)
        if (text_starts_with(items[i], "HOME="))
            missing = strcmp(items[i], "HOME=") == 0; /* the last one counts */
    for (size_t i = 0; i < *count; i++)
        if (!missing || !text_starts_with(items[i], "HOME="))
            items[kept++] = items[i];
    items[kept] = NULL;
    *count = kept;
    return missing;
}

/*
 * The configuration's environment, whole and alone, but for what the caller hands through: descriptors of a
 * service manager and its socket. Where it has no HOME the container's own file is asked, in the container.
 */
static void fill_environment(struct plan_builder *builder, const struct spec_process *from, bool init,
                             struct plan_process *process)
{
    const struct plan_inputs *inputs = builder->inputs;
    const char **items = plan_builder_strings(builder, &from->environment, ENVIRONMENT_SPARE);
    size_t count = from->environment.count;

    if (inputs->listen_fds > 0) {
        set_variable(items, &count, "LISTEN_FDS",
                     arena_format(builder->arena, "LISTEN_FDS=%u", inputs->listen_fds));
        /* The program is pid 1 of its namespace; a process that joins has a number that nobody knows yet, and
         * sd_listen_fds(3) is for the former. */
        if (init)
            set_variable(items, &count, "LISTEN_PID", "LISTEN_PID=1");
    }
    if (init && inputs->notify_socket != NULL) {
        if (inputs->notify_socket[0] == '/' && builder->plan->rootfs.new_mount_namespace)
            set_variable(items, &count, "NOTIFY_SOCKET", "NOTIFY_SOCKET=" PLAN_NOTIFY_SOCKET);
        else
            plan_builder_note(
                builder, "/process/env", "NOTIFY_SOCKET \"%s\" is not passed on: %s", inputs->notify_socket,
                inputs->notify_socket[0] == '/' ? "the container has no mount namespace of its own"
                                                : "only sockets with an absolute path can be bound");
    }
    process->find_home = drop_empty_home(items, &count);
    process->environment = (struct plan_strings){.items = items, .count = count};
    process->search_path = DEFAULT_PATH;
    for (size_t i = 0; i < count; i++)
        if (text_starts_with(items[i], "PATH=")) {
            process->search_path = items[i] + strlen("PATH=");
            break;
        }
}

/* setgroups(2) is refused in a user namespace whose gid map was written without the right to map groups. */
static bool groups_cannot_be_set(const struct plan_builder *builder)
{
    return builder->plan->namespaces.deny_setgroups || !builder->facts->setgroups_allowed;
}

/*
 * crun's annotation, which podman writes for --group-add keep-groups: the supplementary groups stay those of
 * the caller. Podman copies every annotation of an image into the configuration, so that an image's author
 * can ask for it, too. A rootless caller's groups give nothing that the caller has not got; root's may (disk,
 * shadow), to a container that need not run as root: there it is not followed, and that is told.
 */
static bool keeps_the_callers_groups(const struct plan_builder *builder)
{
    const struct json_string_map *annotations = &builder->grant->annotations;

    if (!plan_is_rootless(builder->facts))
        return false;
    for (size_t i = 0; i < annotations->count; i++)
        if (strcmp(annotations->items[i].key, KEEP_GROUPS) == 0)
            return strcmp(annotations->items[i].value, "0") != 0;
    return false;
}

static int check_mapped(const struct plan_builder *builder, const struct plan_id_mappings *mappings,
                        uint32_t id, const char *pointer, struct error *error)
{
    if (mappings->count == 0 || plan_mappings_hold(mappings, id))
        return 0;
    (void)builder;
    return error_set(error, ERROR_INVALID,
                     "%s: the container's user namespace does not map %u: widen /linux/uidMappings and "
                     "gidMappings, or use "
                     "another id",
                     pointer, id);
}

/* container: NULL for the container's own process; a process that joins does as it did. */
static int fill_user(struct plan_builder *builder, const struct spec_process *from,
                     const struct plan_process *container, struct plan_process *process, struct error *error)
{
    const struct plan_namespaces *namespaces = &builder->plan->namespaces;
    static const struct spec_user nobody_named; /* ids of 0, as the specification's schema has it */
    const struct spec_user *user = from->user != NULL ? from->user : &nobody_named;
    const struct json_uint32s *groups = &user->additional_gids;
    uint32_t *copy;

    process->uid = user->uid;
    process->gid = user->gid;
    process->has_umask = user->has_umask;
    process->umask = user->umask & 0777;
    if (check_mapped(builder, &namespaces->uid_mappings, process->uid, "/process/user/uid", error) < 0 ||
        check_mapped(builder, &namespaces->gid_mappings, process->gid, "/process/user/gid", error) < 0)
        return -1;
    if (groups_cannot_be_set(builder)) {
        if (groups->count > 0)
            return error_set(error, ERROR_UNSUPPORTED,
                             "/process/user/additionalGids: groups cannot be set in this user namespace "
                             "(setgroups is denied "
                             "where an unprivileged user maps the own group alone): leave them out, or map "
                             "ranges with newgidmap");
        process->keep_groups = true;
        return 0;
    }
    if (container != NULL ? container->keep_groups : keeps_the_callers_groups(builder)) {
        if (groups->count > 0)
            plan_builder_note(builder, "/process/user/additionalGids",
                              "not set: the annotation " KEEP_GROUPS " keeps the caller's groups instead");
        process->keep_groups = true;
        return 0;
    }
    copy = arena_array(builder->arena, groups->count, sizeof(*copy));
    for (size_t i = 0; i < groups->count; i++) {
        if (check_mapped(builder, &namespaces->gid_mappings, groups->items[i], "/process/user/additionalGids",
                         error) < 0)
            return -1;
        copy[i] = groups->items[i];
    }
    process->groups = copy;
    process->group_count = groups->count;
    return 0;
}

static int fill_rlimits(struct plan_builder *builder, const struct spec_process *from,
                        struct plan_process *process, struct error *error)
{
    const struct spec_rlimit *items = SPEC_ITEMS(from->rlimits, struct spec_rlimit);
    struct plan_rlimit *rlimits = arena_array(builder->arena, from->rlimits.count, sizeof(*rlimits));

    for (size_t i = 0; i < from->rlimits.count; i++) {
        uint64_t resource;

        if (!kernel_word_value(&kernel_rlimits, items[i].type, &resource))
            return error_set(error, ERROR_INVALID, "/process/rlimits/%zu/type: \"%s\" is no resource limit",
                             i, items[i].type);
        if (items[i].soft > items[i].hard)
            return error_set(error, ERROR_INVALID,
                             "/process/rlimits/%zu: %s: the soft limit is above the hard limit", i,
                             items[i].type);
        rlimits[i] = (struct plan_rlimit){
            .resource = (int)resource, .name = items[i].type, .soft = items[i].soft, .hard = items[i].hard};
    }
    process->rlimits = rlimits;
    process->rlimit_count = from->rlimits.count;
    return 0;
}

/* A confinement that this host cannot give is an error: to run without it would be a silent weaker fallback.
 */
static int fill_labels(const struct plan_builder *builder, const struct spec_process *from,
                       struct plan_process *process, struct error *error)
{
    const char *profile = from->apparmor_profile, *label = from->selinux_label;

    if (profile != NULL && profile[0] != '\0') {
        if (builder->facts->apparmor)
            process->apparmor_profile = profile;
        else if (strcmp(profile, "unconfined") != 0)
            return error_set(error, ERROR_UNSUPPORTED,
                             "/process/apparmorProfile: AppArmor is not active on this host, so \"%s\" "
                             "cannot confine anything: "
                             "leave the profile out or enable AppArmor",
                             profile);
    }
    if (label != NULL && label[0] != '\0') {
        if (!builder->facts->selinux)
            return error_set(error, ERROR_UNSUPPORTED,
                             "/process/selinuxLabel: SELinux is not active on this host, so \"%s\" cannot "
                             "confine anything: leave "
                             "the label out or enable SELinux",
                             label);
        process->selinux_label = label;
    }
    return 0;
}

static void fill_terminal(const struct spec_process *from, struct plan_process *process)
{
    const struct spec_console_size *size = from->console_size;

    process->terminal = from->terminal;
    if (!from->terminal || size == NULL || size->height > UINT16_MAX || size->width > UINT16_MAX)
        return;
    process->has_console_size = true;
    process->console_rows = (uint16_t)size->height;
    process->console_columns = (uint16_t)size->width;
}

/* What a process that joins does not say is as in the container: a join must not be weaker by omission. */
static void inherit_from_container(const struct plan *plan, const struct spec_process *from,
                                   const struct plan_process *container, struct plan_process *process)
{
    if (from->capabilities == NULL) {
        process->has_capabilities = container->has_capabilities;
        process->capabilities = container->capabilities;
    }
    if (from->rlimits.count == 0) {
        process->rlimits = container->rlimits;
        process->rlimit_count = container->rlimit_count;
    }
    if (!from->has_no_new_privileges)
        process->no_new_privileges = container->no_new_privileges;
    if (process->apparmor_profile == NULL)
        process->apparmor_profile = container->apparmor_profile;
    if (process->selinux_label == NULL)
        process->selinux_label = container->selinux_label;
    if (!from->has_oom_score_adj) {
        process->has_oom_score_adj = container->has_oom_score_adj;
        process->oom_score_adj = container->oom_score_adj;
    }
    if (!process->has_umask) {
        process->has_umask = container->has_umask;
        process->umask = container->umask;
    }
    if (from->exec_cpu_affinity == NULL) {
        process->affinity_initial = plan->exec_affinity_initial;
        process->affinity_final = plan->exec_affinity_final;
    }
    process->has_personality = container->has_personality;
    process->personality = container->personality;
    process->memory_policy = container->memory_policy;
    process->seccomp = container->seccomp;
}

int plan_fill_process(struct plan_builder *builder, const struct spec_process *from,
                      const struct plan_process *container, struct plan_process *process, struct error *error)
{
    const struct plan_inputs *inputs = builder->inputs;
    bool init = container == NULL;

    if (from->args.count == 0)
        return error_set(error, ERROR_INVALID, "/process/args: the process has no program to run");
    if (from->cwd == NULL || from->cwd[0] != '/')
        return error_set(error, ERROR_INVALID, "/process/cwd: \"%s\" is not absolute",
                         from->cwd != NULL ? from->cwd : "");
    process->args = plan_builder_copy(builder, &from->args);
    fill_environment(builder, from, init, process);
    process->cwd = (struct container_path){from->cwd};
    process->create_cwd = init;
    fill_terminal(from, process);
    process->no_new_privileges = from->no_new_privileges;
    process->has_oom_score_adj = from->has_oom_score_adj;
    process->oom_score_adj = from->oom_score_adj;
    process->new_keyring = !inputs->no_new_keyring;
    /* The name that runc gives it: joining by name is how exec finds the container's keyring. */
    process->keyring_name = arena_format(builder->arena, "_ses.%s", inputs->id);
    process->preserve_fds = inputs->listen_fds + inputs->preserve_fds;
    if (from->capabilities != NULL) {
        process->has_capabilities = true;
        plan_read_capabilities(builder, from->capabilities, &process->capabilities);
    }
    if (fill_user(builder, from, container, process, error) < 0 ||
        fill_rlimits(builder, from, process, error) < 0 || fill_labels(builder, from, process, error) < 0 ||
        plan_read_scheduling(builder, from, process, error) < 0)
        return -1;
    if (init)
        return 0;
    inherit_from_container(builder->plan, from, container, process);
    plan_join_landlock(builder, container, process);
    return 0;
}

static int fill_from_linux(struct plan_builder *builder, struct plan_process *process, struct error *error)
{
    const struct spec_linux *linux_part = builder->linux_part;
    const struct spec_personality *personality = linux_part->personality;

    if (personality != NULL) {
        process->has_personality = true;
        if (personality->domain == NULL ||
            !kernel_word_value(&kernel_personalities, personality->domain, &process->personality))
            return error_set(error, ERROR_INVALID,
                             "/linux/personality/domain: \"%s\" is neither LINUX nor LINUX32",
                             personality->domain != NULL ? personality->domain : "");
        if (personality->flags.count > 0)
            return error_set(error, ERROR_UNSUPPORTED,
                             "/linux/personality/flags: the specification knows no flag yet: \"%s\"",
                             personality->flags.items[0]);
    }
    if (plan_read_memory_policy(builder, linux_part->memory_policy, process, error) < 0)
        return -1;
    return plan_build_seccomp(builder, linux_part->seccomp, &process->seccomp, error);
}

static void note_annotations(struct plan_builder *builder)
{
    const struct json_string_map *annotations = &builder->grant->annotations;

    if (plan_is_rootless(builder->facts))
        return;
    for (size_t i = 0; i < annotations->count; i++)
        if (strcmp(annotations->items[i].key, KEEP_GROUPS) == 0 &&
            strcmp(annotations->items[i].value, "0") != 0)
            plan_builder_note(
                builder, "/annotations/" KEEP_GROUPS,
                "not followed for root: annotations can come from an image, and the groups of root's session "
                "are not the container's");
}

int plan_build_process(struct plan_builder *builder, struct error *error)
{
    const struct spec_process *from = builder->grant->process;
    struct plan_process *process;

    note_annotations(builder);
    if (from == NULL)
        return 0;
    process = arena_allocate(builder->arena, sizeof(*process));
    if (plan_fill_process(builder, from, NULL, process, error) < 0 ||
        fill_from_linux(builder, process, error) < 0 || plan_build_landlock(builder, process, error) < 0)
        return -1;
    /* OCI config.md: execCPUAffinity is for processes that join, not for this one. */
    builder->plan->exec_affinity_initial = process->affinity_initial;
    builder->plan->exec_affinity_final = process->affinity_final;
    process->affinity_initial = process->affinity_final = (struct plan_cpu_set){0};
    builder->plan->process = process;
    return 0;
}
