/* SPDX-License-Identifier: GPL-2.0-or-later */
/* create and run through a delegate: decide, keep, hand on, and take away what the delegate did not make. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "container/container_id.h"
#include "container/delegated.h"
#include "container/image_record.h"
#include "container/state_root.h"
#include "container/state_store.h"
#include "container/timestamp.h"
#include "linux/delegate_program.h"
#include "linux/process_identity.h"

struct delegate_creation {
    const struct runtime *runtime;
    const struct create_request *request;
    const char *action, *id;
    struct delegated delegated;
    struct prepared prepared;
    const char *bundle; /* the delegated one */
};

/* ---- what a delegate cannot do ---- */

/* The specification has no word for Landlock. */
static struct policy_finding landlock_finding(const struct policy_landlock_layer *layer, struct arena *arena)
{
    struct policy_finding_source *source = arena_allocate(arena, sizeof(*source));
    bool noted = layer->rules->rule.note_if_unsupported;

    *source = (struct policy_finding_source){layer->policy, layer->file, layer->line, 0};
    return (struct policy_finding){
        .rule = "TW1301",
        .effect = noted ? POLICY_GRANTED : POLICY_REFUSED,
        .pointer = "",
        .subject = layer->policy,
        .requested = "a delegate",
        .granted = noted ? "no Landlock layer" : "",
        .reason = "Landlock cannot be enforced by a delegate",
        .allow = "create it without --delegate, or write \"ifUnsupported\": \"note\" in the landlock section",
        .sources = source,
        .source_count = 1,
    };
}

/* Links in the image could turn the place elsewhere between a mount and its mask, and the specification has
 * names alone to say what is masked. /proc and /sys themselves are no links to other runtimes either. */
static struct policy_finding mask_finding(const struct policy_layers *layers, struct arena *arena)
{
    return (struct policy_finding){
        .rule = "TW0407",
        .effect = POLICY_REFUSED,
        .pointer = "/mounts",
        .subject = layers->kernel_place,
        .requested = "a delegate",
        .granted = "",
        .reason =
            arena_format(arena, "that %s shows the kernel's files masked cannot be enforced by a delegate",
                         layers->kernel_place),
        .allow = "create it without --delegate, or mount proc and sysfs on /proc and /sys alone",
    };
}

static void judge_delegation(struct policy_decision *decision, struct arena *arena)
{
    const struct policy_layers *layers = &decision->layers;
    struct policy_finding *all;
    size_t count = 0;

    if (layers->landlock_count == 0 && layers->kernel_place == NULL)
        return;
    all = arena_array(arena, decision->finding_count + layers->landlock_count + 1, sizeof(*all));
    /* The strongest first: refusals, what was found before, notes. */
    for (size_t i = 0; i < layers->landlock_count; i++)
        if (!layers->landlock[i].rules->rule.note_if_unsupported)
            all[count++] = landlock_finding(&layers->landlock[i], arena);
    if (layers->kernel_place != NULL)
        all[count++] = mask_finding(layers, arena);
    decision->refused = decision->refused || count > 0;
    for (size_t i = 0; i < decision->finding_count; i++)
        all[count++] = decision->findings[i];
    for (size_t i = 0; i < layers->landlock_count; i++)
        if (layers->landlock[i].rules->rule.note_if_unsupported)
            all[count++] = landlock_finding(&layers->landlock[i], arena);
    decision->findings = all;
    decision->finding_count = count;
}

static int decide(struct delegate_creation *creation, struct error *error)
{
    const struct create_request *request = creation->request;
    const struct notices *notices = &creation->runtime->notices;
    struct arena *arena = &creation->delegated.arena;
    const struct prepare_request prepare_request = {
        .id = creation->id,
        .bundle = request->bundle,
        .config_file = request->config_file,
        .image = request->image,
        .state_root = creation->runtime->root,
        .cgroup_manager = creation->runtime->cgroup_manager,
        .probe_depth = HOST_PROBE_QUICK,
        .policies = &creation->runtime->policies,
        .delegated = true,
        .decide_only = true,
    };
    struct error untold;

    if (prepare(&prepare_request, notices, arena, &creation->prepared, error) != 0)
        return -1;
    judge_delegation(&creation->prepared.decision, arena);
    if (!creation->prepared.decision.refused)
        return 0;
    if (prepare_tell(&creation->prepared, creation->action, creation->id, -1, notices, arena, &untold) != 0)
        notice(notices, NOTICE_WARNING, "%s", untold.message);
    return prepare_check_decision(&creation->prepared.decision, error);
}

/* ---- on record ---- */

static int claim(struct delegate_creation *creation, struct error *error)
{
    struct delegated *delegated = &creation->delegated;
    cleanup_fd int root = -1;
    struct stat status;

    if (state_root_path(creation->runtime->root, &delegated->arena, &delegated->root_path, error) != 0 ||
        state_root_open(delegated->root_path, true, &root, error) != 0)
        return -1;
    /* One id, one container, whoever runs it. */
    if (fstatat(root, creation->id, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return error_set(error, ERROR_EXISTS,
                         "container %s exists already: delete it first, or choose another id", creation->id);
    if (mkdirat(root, DELEGATED_DIRECTORY, 0700) != 0 && errno != EEXIST)
        return error_system(error, errno, "making %s/" DELEGATED_DIRECTORY, delegated->root_path);
    delegated->root = openat(root, DELEGATED_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (delegated->root < 0)
        return error_system(error, errno, "opening %s/" DELEGATED_DIRECTORY, delegated->root_path);
    return state_claim(delegated->root, creation->id, &delegated->directory, error);
}

static int fill_record(struct delegate_creation *creation, struct record *record, struct error *error)
{
    const struct prepared *prepared = &creation->prepared;
    struct arena *arena = &creation->delegated.arena;
    char boot_id[BOOT_ID_SIZE], created[TIMESTAMP_SIZE], digest[DIGEST_HEX_SIZE];

    if (boot_id_read(boot_id, error) != 0)
        return -1;
    timestamp_now(created);
    digest_hex(&prepared->digest, digest);
    *record = (struct record){
        .version = RECORD_VERSION,
        .id = creation->id,
        .boot_id = arena_string(arena, boot_id),
        .creator_pid = getpid(),
        .owner = geteuid(),
        .created = arena_string(arena, created),
        .oci_version = prepared->grant->oci_version,
        .bundle = prepared->bundle,
        .rootfs = prepared->grant->root != NULL
                      ? host_path_join(arena, prepared->bundle, prepared->grant->root->path).text
                      : prepared->bundle,
        .config_digest = arena_string(arena, digest),
        .trust = trust_level_name(prepared->trust.level),
        .image = image_record_of(&prepared->trust, arena),
        .policies = policies_words(&prepared->policies, arena),
        .bounded = policies_bound_anything(&prepared->policies),
        .has_process = prepared->grant->process != NULL,
        .annotations = prepared->grant->annotations,
        .no_pivot = creation->request->no_pivot,
        .cgroup_manager = (uint32_t)creation->runtime->cgroup_manager,
    };
    return 0;
}

static int keep(struct delegate_creation *creation, struct error *error)
{
    cleanup_text struct text config = text_growing(SIZE_MAX / 2), bounds = text_growing(SIZE_MAX / 2);
    struct delegated *delegated = &creation->delegated;
    const struct prepared *prepared = &creation->prepared;
    struct record record;

    spec_encode(&config, prepared->grant, 0);
    policies_encode(&bounds, &prepared->policies, &prepared->decision.layers);
    if (text_complete(&config, "the granted configuration", error) != 0 ||
        text_complete(&bounds, "the container's policies", error) != 0 ||
        fill_record(creation, &record, error) != 0)
        return -1;
    if (record.bounded && state_write_bounds(delegated->directory, bounds.bytes, bounds.length, error) != 0)
        return -1;
    if (state_write_config(delegated->directory, config.bytes, config.length, error) != 0 ||
        state_write_record(delegated->directory, &record, error) != 0 ||
        delegate_bundle_write(delegated, creation->id, prepared, &creation->bundle, error) != 0)
        return -1;
    if (prepare_tell(prepared, creation->action, creation->id, delegated->directory,
                     &creation->runtime->notices, &delegated->arena, error) != 0)
        return -1;
    /* From here on the delegate may know the container. */
    return delegated_write(delegated, error);
}

/* ---- handing on ---- */

enum { CREATE_WORDS_MAX = 24 };

static struct delegate_line command_line(struct delegate_creation *creation)
{
    const struct create_request *request = creation->request;
    struct delegate_line line = delegate_line_begin(&creation->delegated, CREATE_WORDS_MAX);
    struct arena *arena = &creation->delegated.arena;

    delegate_line_add(&line, creation->action);
    delegate_line_option(&line, "--bundle", creation->bundle);
    delegate_line_option(&line, "--console-socket", request->console_socket);
    delegate_line_option(&line, "--pidfd-socket", request->pidfd_socket);
    delegate_line_option(&line, "--pid-file", request->pid_file);
    if (request->preserve_fds > 0)
        delegate_line_option(&line, "--preserve-fds", arena_format(arena, "%u", request->preserve_fds));
    if (request->no_pivot)
        delegate_line_add(&line, "--no-pivot");
    if (request->no_new_keyring)
        delegate_line_add(&line, "--no-new-keyring");
    if (request->detach)
        delegate_line_add(&line, "--detach");
    if (request->keep)
        delegate_line_add(&line, "--keep");
    delegate_line_add(&line, creation->id);
    return line;
}

/* The delegate has ended. What it has not made, or has deleted by itself, is nobody's any more. */
static int tidy(struct delegate_creation *creation, struct error *error)
{
    struct delegated *delegated = &creation->delegated;
    bool known;
    int result;

    if (delegate_knows(delegated, creation->id, &known, error) != 0)
        return error_prefix(error, "container %s may be left: delete --force removes it; asking the delegate",
                            creation->id);
    if (known || state_is_removed(delegated->directory))
        return 0;
    result = state_lock(delegated->directory, creation->id, STATE_LOCK_TIMEOUT_MS, error);
    if (result == 0)
        result = delegated_remove(delegated, creation->id, error);
    else if (error->kind == ERROR_NOT_FOUND)
        return 0;
    return result;
}

static int hand_on(struct delegate_creation *creation, int *status, struct error *error)
{
    struct delegated *delegated = &creation->delegated;
    const struct delegate_line line = command_line(creation);
    int result;

    /* Other commands may have it from here on: for `run` the delegate is away for as long as the program
     * lives. */
    state_unlock(delegated->directory);
    result = delegate_program_run(delegated->delegate.path, line.words, status, error);
    if (result == 0 && *status == 0 && (creation->request->detach || strcmp(creation->action, "create") == 0))
        return 0;
    if (result != 0) {
        struct error second;

        if (tidy(creation, &second) != 0)
            notice(&creation->runtime->notices, NOTICE_WARNING, "%s", second.message);
        return -1;
    }
    return tidy(creation, error);
}

static int create(struct delegate_creation *creation, int *status, struct error *error)
{
    struct delegated *delegated = &creation->delegated;

    if (container_id_check(creation->id, error) != 0 ||
        delegate_program_check(delegated->delegate.path, error) != 0 || decide(creation, error) != 0 ||
        claim(creation, error) != 0)
        return -1;
    delegated->delegate.root =
        creation->runtime->delegation->root != NULL
            ? creation->runtime->delegation->root
            : host_path_join(&delegated->arena, delegated->root_path, DELEGATE_STATE).text;
    delegated->delegate.options = creation->runtime->delegation->options;
    if (keep(creation, error) != 0) {
        struct error second;

        if (delegated_remove(delegated, creation->id, &second) != 0)
            notice(&creation->runtime->notices, NOTICE_WARNING, "%s", second.message);
        return -1;
    }
    return hand_on(creation, status, error) == 0 ? 1 : -1;
}

/* Without a delegate: an id that a delegate has is taken all the same. */
static int refuse_delegated(const struct runtime *runtime, const char *id, struct error *error)
{
    cleanup_delegated struct delegated delegated = DELEGATED_NONE;
    struct error unreadable = {0};
    int found = delegated_find(runtime, id, &delegated, &unreadable);

    if (found == 0)
        return 0;
    if (found < 0 && delegated.directory < 0) {
        *error = unreadable;
        return -1;
    }
    return error_set(error, ERROR_EXISTS,
                     "container %s exists already: delete it first, or choose another id", id);
}

int delegate_create(const struct runtime *runtime, const struct create_request *request, const char *action,
                    int *status, struct error *error)
{
    struct delegate_creation creation = {
        .runtime = runtime,
        .request = request,
        .action = action,
        .id = request->id,
        .delegated = DELEGATED_NONE,
    };
    int result;

    creation.delegated.runtime = runtime;
    if (delegate_configured(runtime, &creation.delegated.arena, &creation.delegated.delegate.path, error) !=
        0)
        result = -1;
    else if (creation.delegated.delegate.path == NULL)
        result = refuse_delegated(runtime, request->id, error);
    else
        result = create(&creation, status, error);
    delegated_close(&creation.delegated);
    return result;
}
