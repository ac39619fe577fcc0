/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pipeline up to the plan. */
#include "container/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "container/decision_events.h"
#include "container/finding_places.h"
#include "container/image_record.h"
#include "container/image_trust.h"
#include "container/observe_request.h"
#include "policy/demand.h"

int prepare_absolute(const char *path, struct arena *arena, const char **absolute, struct error *error)
{
    size_t length;

    if (path == NULL)
        path = ".";
    if (path[0] == '\0')
        return error_set(error, ERROR_USAGE, "the bundle's path is empty");
    length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (path[0] == '/') {
        *absolute = arena_copy(arena, path, length);
        return 0;
    }
    cleanup_free char *here = getcwd(NULL, 0);
    if (here == NULL)
        return error_system(error, errno, "finding the working directory, where %s begins", path);
    if (here[0] != '/')
        return error_set(
            error, ERROR_INVALID,
            "the working directory is not reachable from the root directory: give an absolute path");
    *absolute = strcmp(path, ".") == 0 ? arena_string(arena, here)
                                       : host_path_join(arena, here, arena_copy(arena, path, length)).text;
    return 0;
}

static bool changed_between(const struct stat *before, const struct stat *after)
{
    return before->st_size != after->st_size || before->st_mtim.tv_sec != after->st_mtim.tv_sec ||
           before->st_mtim.tv_nsec != after->st_mtim.tv_nsec;
}

static int read_pipe(int descriptor, const char *name, size_t limit, struct arena *arena, char **bytes,
                     size_t *length, struct error *error)
{
    int flags = fcntl(descriptor, F_GETFL);

    /* Opened without waiting, read with: a fifo that nobody writes to is empty. */
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) != 0)
        return error_system(error, errno, "reading %s", name);
    return descriptor_read_all(descriptor, limit, name, arena, bytes, length, error);
}

int prepare_read_document(int directory, const char *path, const char *name, size_t limit,
                          struct arena *arena, char **bytes, size_t *length, struct error *error)
{
    /* O_NONBLOCK: opening a fifo in the document's place must not wait for a writer. */
    cleanup_fd int descriptor = openat(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat before, after;

    if (descriptor < 0)
        return error_system(error, errno, "opening %s", name);
    if (fstat(descriptor, &before) != 0)
        return error_system(error, errno, "looking at %s", name);
    /* What the command line names may be a pipe of the shell's: <(…). */
    if (S_ISFIFO(before.st_mode) && directory == AT_FDCWD)
        return read_pipe(descriptor, name, limit, arena, bytes, length, error);
    if (!S_ISREG(before.st_mode))
        return error_set(error, ERROR_INVALID, "%s is not a regular file", name);
    if (descriptor_read_all(descriptor, limit, name, arena, bytes, length, error) != 0)
        return -1;
    if (fstat(descriptor, &after) != 0)
        return error_system(error, errno, "looking at %s", name);
    if (changed_between(&before, &after) || (size_t)after.st_size != *length)
        return error_set(error, ERROR_INVALID, "%s changed while it was read", name);
    return 0;
}

static int read_config(const struct prepare_request *request, struct arena *arena, struct prepared *prepared,
                       struct error *error)
{
    const char *file = request->config_file != NULL ? request->config_file : "config.json";
    const char *name = host_path_join(arena, prepared->bundle, file).text;
    char *bytes;

    if (request->config != NULL) {
        prepared->config = request->config;
        prepared->config_length = request->config_length;
        prepared->digest = digest_of(request->config, request->config_length);
        return 0;
    }
    cleanup_fd int bundle = open(prepared->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bundle < 0)
        return error_system(error, errno, "opening the bundle %s", prepared->bundle);
    if (prepare_read_document(bundle, file, name, PREPARE_CONFIG_BYTES_MAX, arena, &bytes,
                              &prepared->config_length, error) != 0)
        return -1;
    prepared->config = bytes;
    prepared->digest = digest_of(bytes, prepared->config_length);
    return 0;
}

int prepare_check_decision(const struct policy_decision *decision, struct error *error)
{
    char buffer[ERROR_MESSAGE_MAX - 128]; /* whoever adds words to the message does not cut causes off */
    struct text text = text_over(buffer, sizeof(buffer));

    if (!decision->refused)
        return 0;
    policy_refusal_text(&text, decision);
    return error_set(error, ERROR_DENIED, "%s", text.bytes);
}

int prepare_tell(const struct prepared *prepared, const char *action, const char *id, int state_directory,
                 const struct notices *notices, struct arena *arena, struct error *error)
{
    char digest[DIGEST_HEX_SIZE];
    const struct decision_event event = {
        .action = action,
        .id = id,
        .bundle = prepared->bundle,
        .config_digest = digest,
        .trust = trust_level_name(prepared->trust.level),
        .image = image_record_of(&prepared->trust, arena),
        .policies = &prepared->policies,
        .decision = &prepared->decision,
    };

    digest_hex(&prepared->digest, digest);
    return decision_event_tell(&event, &prepared->loaded->configuration, state_directory, notices, arena,
                               error);
}

static void tell_notes(const struct notices *notices, const struct json_notes *notes, const struct plan *plan)
{
    static const enum notice_level levels[] = {[PLAN_NOTE] = NOTICE_DEBUG,
                                               [PLAN_NOTE_FOR_LOG] = NOTICE_LOG_ONLY,
                                               [PLAN_NOTE_WARNING] = NOTICE_LOGGED};

    for (size_t i = 0; i < notes->count; i++)
        notice(notices, NOTICE_DEBUG, "config.json:%u:%u: %s: %s", notes->items[i].line,
               notes->items[i].column, notes->items[i].pointer, notes->items[i].text);
    for (size_t i = 0; i < plan->note_count; i++)
        notice(notices, levels[plan->notes[i].kind], "plan: %s: %s", plan->notes[i].pointer,
               plan->notes[i].text);
}

/* An environment may name a service manager's socket that is gone: nobody listens, and that is no reason not
 * to start. Relative and abstract ones are the plan's to judge. */
static const char *living_notify_socket(const char *path, const struct notices *notices)
{
    if (path == NULL || path[0] != '/' || access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return path;
    notice(notices, NOTICE_DEBUG, "NOTIFY_SOCKET \"%s\" is not passed on: it does not exist", path);
    return NULL;
}

static int observe_host(const struct prepare_request *request, struct arena *arena, struct prepared *prepared,
                        struct error *error)
{
    struct host_facts *facts;

    if (request->facts != NULL) {
        prepared->facts = request->facts;
        return 0;
    }
    if (request->words_alone)
        return 0;
    facts = arena_allocate(arena, sizeof(*facts));
    if (host_probe(request->probe_depth, arena, facts, error) != 0)
        return -1;
    prepared->facts = facts;
    return 0;
}

/* What the configuration's findings are about, by line: only when somebody will read it. */
static bool somebody_reads(const struct prepare_request *request, const struct prepared *prepared)
{
    const struct configuration_events *events = prepared->loaded->configuration.events;

    if (prepared->decision.finding_count == 0)
        return false;
    return request->decide_only || prepared->decision.refused ||
           (request->action != NULL && events != NULL && events->sink != NULL &&
            strcmp(events->sink, "none") != 0);
}

/* Only what some policy may ask for: nothing asked, nothing spent. */
static int look_at_image(const struct prepare_request *request, struct arena *arena,
                         struct prepared *prepared, struct image_trust_root *seen, struct error *error)
{
    const struct policies *loaded = prepared->loaded;
    struct trust_places places = loaded->configuration.image_stores;
    struct trust_demand demand;
    struct image_trust_request question = {
        .bundle = prepared->bundle,
        .demand = &demand,
        .configuration = &loaded->configuration,
        .places = &places,
        .spec = prepared->spec,
        .state_root = request->state_root,
        .rootless = prepared->facts != NULL ? prepared->facts->uid != 0 || prepared->facts->in_user_namespace
                                            : geteuid() != 0,
    };

    if (policy_demand(&loaded->library, &loaded->configuration, prepared->spec, arena, &demand, error) != 0)
        return -1;
    if (trust_demand_is_empty(&demand))
        return 0;
    if (prepared->spec->root == NULL || prepared->spec->root->path == NULL)
        return error_set(error, ERROR_INVALID, "the configuration names no root: nothing can be proven");
    if (request->image != NULL && prepare_absolute(request->image, arena, &places.bundle_image, error) != 0)
        return -1;
    question.root = host_path_join(arena, prepared->bundle, prepared->spec->root->path).text;
    return image_trust_gather(&question, arena, &prepared->trust, seen, error);
}

/* The directory that was looked at first is the one that everything else is decided about, and mounted. */
static int keep_root(const struct image_trust_root *seen, struct arena *arena, struct prepared *prepared,
                     struct error *error)
{
    struct policy_observed *observed = &prepared->observed;
    const char *path;
    const struct policy_path_fact *fact;

    if (!seen->known)
        return 0;
    path = host_path_join(arena, prepared->bundle, prepared->spec->root->path).text;
    fact = policy_observed_path(observed, path);
    if (fact != NULL && (fact->device != seen->device || fact->inode != seen->inode))
        return error_set(error, ERROR_UNTRUSTED, "%s became another folder or mount after it was looked at",
                         path);
    observed->root_proven = true;
    observed->root_device = seen->device;
    observed->root_inode = seen->inode;
    return 0;
}

/* Each request has a memory of its own: what it reads lives in its arena. */
static const struct policies *loaded_before(const struct policies *loaded, struct arena *arena)
{
    struct policies *copy = arena_allocate(arena, sizeof(*copy));

    *copy = *loaded;
    if (loaded->library.memory != NULL) {
        copy->library.memory = arena_allocate(arena, sizeof(*copy->library.memory));
        *copy->library.memory = *loaded->library.memory;
    }
    return copy;
}

static int load_policies(const struct prepare_request *request, struct arena *arena,
                         struct prepared *prepared, struct error *error)
{
    static const struct policies_request nothing_asked = {0};
    struct policies *loaded;

    if (request->loaded != NULL) {
        prepared->loaded = loaded_before(request->loaded, arena);
        return 0;
    }
    loaded = arena_allocate(arena, sizeof(*loaded));
    prepared->loaded = loaded;
    return policies_load(request->policies != NULL ? request->policies : &nothing_asked, arena, loaded,
                         error);
}

static int observe(const struct prepare_request *request, struct arena *arena, struct prepared *prepared,
                   struct error *error)
{
    if (!request->words_alone)
        return observe_request(prepared->spec, prepared->bundle, &prepared->policies, prepared->facts,
                               prepared->notes, arena, &prepared->observed, error);
    prepared->observed =
        (struct policy_observed){.bundle = prepared->bundle, .notes = prepared->notes, .now_s = time(NULL)};
    if (prepared->facts != NULL)
        prepared->observed.host = observe_policy_host(prepared->facts, arena);
    return 0;
}

static int decide(const struct prepare_request *request, struct arena *arena, struct prepared *prepared,
                  struct error *error)
{
    struct image_trust_root seen = {0};

    if (load_policies(request, arena, prepared, error) != 0 ||
        look_at_image(request, arena, prepared, &seen, error) != 0 ||
        policy_resolve(&prepared->loaded->library, prepared->spec, &prepared->trust, arena,
                       &prepared->policies, error) != 0)
        return -1;
    prepared->policies.calls = prepared->loaded->calls;
    if (observe(request, arena, prepared, error) != 0 || keep_root(&seen, arena, prepared, error) != 0)
        return -1;
    prepared->observed.delegated = request->delegated;
    prepared->observed.cgroup_disabled = request->cgroup_manager == PLAN_CGROUP_DISABLED;
    if (policy_decide(prepared->spec, &prepared->trust, &prepared->policies, &prepared->observed, arena,
                      &prepared->decision, error) != 0)
        return -1;
    prepared->grant = prepared->decision.grant;
    if (!somebody_reads(request, prepared))
        return 0;
    finding_places_in(&prepared->decision, prepared->tree, arena);
    return 0;
}

/* A refusal is told before it is returned; that it could not be told is said with it. */
static int refuse(const struct prepare_request *request, const struct notices *notices, struct arena *arena,
                  const struct prepared *prepared, struct error *error)
{
    struct error untold = {0};

    if (request->action != NULL &&
        prepare_tell(prepared, request->action, request->id, -1, notices, arena, &untold) != 0)
        notice(notices, NOTICE_WARNING, "%s", untold.message);
    return prepare_check_decision(&prepared->decision, error);
}

static const char *config_name(const struct prepare_request *request, const struct prepared *prepared,
                               struct arena *arena)
{
    const char *file = request->config_file != NULL ? request->config_file : "config.json";

    /* Bytes that were read before are called what their reader called them. */
    return request->config != NULL ? file : host_path_join(arena, prepared->bundle, file).text;
}

static int build_plan(const struct prepare_request *request, struct plan_inputs *inputs, struct arena *arena,
                      struct prepared *prepared, struct error *error)
{
    inputs->id = request->id;
    inputs->cgroup_manager = request->cgroup_manager;
    inputs->no_pivot = request->no_pivot;
    inputs->no_new_keyring = request->no_new_keyring;
    inputs->preserve_fds = request->preserve_fds;
    inputs->listen_fds = request->listen_fds;
    inputs->seccomp_allow_socketcall = request->allow_socketcall;
    inputs->layers = &prepared->decision.layers;
    inputs->observed = &prepared->observed;
    inputs->bundle = (struct host_path){prepared->bundle};
    return plan_build(prepared->grant, prepared->facts, inputs, arena, &prepared->plan, error);
}

int prepare_plan(const struct prepare_request *request, struct arena *arena, struct prepared *prepared,
                 struct error *error)
{
    struct plan_inputs inputs = {.notify_socket = request->notify_socket};

    return build_plan(request, &inputs, arena, prepared, error);
}

int prepare(const struct prepare_request *request, const struct notices *notices, struct arena *arena,
            struct prepared *prepared, struct error *error)
{
    struct plan_inputs inputs = {.notify_socket = NULL};

    *prepared = (struct prepared){.notes = arena_allocate(arena, sizeof(*prepared->notes))};
    if (prepare_absolute(request->bundle, arena, &prepared->bundle, error) != 0)
        return -1;
    if (read_config(request, arena, prepared, error) != 0)
        return -1;
    if (spec_parse_keeping(prepared->config, prepared->config_length, config_name(request, prepared, arena),
                           arena, prepared->notes, &prepared->spec, &prepared->tree, error) != 0)
        return -1;
    prepared->trust = trust_of_nothing();
    if (observe_host(request, arena, prepared, error) != 0 || decide(request, arena, prepared, error) != 0)
        return -1;
    if (prepared->trust.not_remembered != NULL)
        notice(notices, NOTICE_LOGGED, "what is found out about images is not remembered: %s",
               prepared->trust.not_remembered);
    if (request->decide_only)
        return 0;
    if (prepared->decision.refused)
        return refuse(request, notices, arena, prepared, error);
    inputs.notify_socket = living_notify_socket(request->notify_socket, notices);
    if (build_plan(request, &inputs, arena, prepared, error) != 0)
        return -1;
    tell_notes(notices, prepared->notes, prepared->plan);
    return 0;
}
