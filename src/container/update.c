/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * update: other resources for a container that lives. OCI runtime.md does not have it; runc's and crun's
 * words.
 *
 * Decide first, act later, here as well: asked for -> planned -> put into the grant -> decided -> written.
 * The amended configuration stands on record before the first effect and counts after the last
 * (state_store.h).
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "container/bounds.h"
#include "container/decision_events.h"
#include "container/found.h"
#include "container/observe_request.h"
#include "container/prepare.h"
#include "container/state_store.h"
#include "container/update_merge.h"
#include "container/update_values.h"
#include "linux/cgroup.h"
#include "linux/host_probe.h"
#include "linux/resctrl.h"
#include "linux/systemd_scope.h"

enum { RESOURCES_BYTES_MAX = 4 * 1024 * 1024 };

struct update {
    const struct runtime *runtime;
    const struct update_request *request;
    struct arena arena;
    struct found_container found;
    const struct record *record;        /* as it is under the lock */
    const struct spec_resources *asked; /* of the cgroup */
    const struct spec *granted;         /* what the container has */
    struct host_facts facts;
    struct bounds bounds; /* with those that --policy adds */
    bool bounds_change;
    bool interrupted;           /* an update before was killed: what the files hold is uncertain */
    const struct spec *amended; /* granted, with what is asked for */
    const struct spec *grant;   /* what of that it gets */
    struct plan_cgroup plan;
    struct plan_intel_rdt rdt; /* schemata.count 0: not asked for */
    const char *rdt_before;
    struct cgroup_changes changes;
};

static void update_end(struct update *update)
{
    found_container_close(&update->found);
    arena_free(&update->arena);
}

static const struct notices *notices_of(const struct update *update)
{
    return &update->runtime->notices;
}

/* ---- what is asked for ---- */

static int parse_resources(struct update *update, const char *bytes, size_t length, const char *name,
                           struct error *error)
{
    struct json_notes notes = {0};

    if (spec_parse_resources(bytes, length, name, &update->arena, &notes, &update->asked, error) != 0)
        return -1;
    /* A misspelled limit is a limit that nobody enforces. */
    for (size_t i = 0; i < notes.count; i++)
        notice(notices_of(update), NOTICE_WARNING, "%s:%u:%u: %s: %s", name, notes.items[i].line,
               notes.items[i].column, notes.items[i].pointer, notes.items[i].text);
    return 0;
}

static void tell_left_out_options(const struct update *update)
{
    for (size_t i = 0; i < UPDATE_VALUE_COUNT; i++)
        if (update->request->values[i] != NULL && i != UPDATE_L3_CACHE_SCHEMA && i != UPDATE_MEM_BW_SCHEMA)
            notice(notices_of(update), NOTICE_WARNING, "--%s is left out: --resources stands for all of them",
                   update_value_option((enum update_value)i));
}

static int read_asked(struct update *update, struct error *error)
{
    const char *file = update->request->resources_file;
    char *bytes;
    size_t length;

    if (file == NULL || file[0] == '\0')
        return update_values_read(update->request->values, &update->arena, &update->asked, error);
    tell_left_out_options(update);
    if (strcmp(file, "-") == 0) {
        if (descriptor_read_all(STDIN_FILENO, RESOURCES_BYTES_MAX, "standard input", &update->arena, &bytes,
                                &length, error) != 0)
            return -1;
        return parse_resources(update, bytes, length, "standard input", error);
    }
    if (prepare_read_document(AT_FDCWD, file, file, RESOURCES_BYTES_MAX, &update->arena, &bytes, &length,
                              error) != 0)
        return -1;
    return parse_resources(update, bytes, length, file, error);
}

/* ---- what the container has ---- */

static int parse_kept(struct update *update, const char *bytes, size_t length, struct error *error)
{
    struct json_notes notes = {0};

    return spec_parse(bytes, length, "the container's kept configuration", &update->arena, &notes,
                      &update->granted, error);
}

static int read_granted(struct update *update, struct error *error)
{
    struct error unreadable;
    char *bytes;
    size_t length;

    if (state_read_amendment(update->found.directory, &update->arena, &bytes, &length, error) != 0)
        return -1;
    if (bytes != NULL && parse_kept(update, bytes, length, &unreadable) == 0) {
        notice(notices_of(update), NOTICE_WARNING,
               "an update of container %s was interrupted: all of its resources are written anew",
               update->record->id);
        update->interrupted = true;
        return 0;
    }
    if (state_read_config(update->found.directory, &update->arena, &bytes, &length, error) != 0)
        return -1;
    return parse_kept(update, bytes, length, error);
}

static const struct spec_linux *linux_part_of(const struct spec *spec)
{
    static const struct spec_linux nothing = {0};

    return spec->linux_part != NULL ? spec->linux_part : &nothing;
}

static const struct spec_resources *resources_of(const struct spec *spec)
{
    static const struct spec_resources nothing = {0};
    const struct spec_resources *resources = linux_part_of(spec)->resources;

    return resources != NULL ? resources : &nothing;
}

/* ---- Intel's resource control ---- */

static bool is_of_resource(const char *schema, const char *other)
{
    size_t length = strcspn(other, ":");

    return strncmp(schema, other, length) == 0 && schema[length] == ':';
}

/* Put schema into the class's: `schemata` is written last, so a line of the same resource there gives way. */
static void amend_schemata(struct spec_intel_rdt *rdt, const char **place, const char *schema,
                           struct arena *arena)
{
    const char **lines = arena_array(arena, rdt->schemata.count, sizeof(*lines));
    size_t count = 0;

    *place = schema;
    for (size_t i = 0; i < rdt->schemata.count; i++)
        if (!is_of_resource(rdt->schemata.items[i], schema))
            lines[count++] = rdt->schemata.items[i];
    rdt->schemata = (struct json_strings){.items = lines, .count = count, .present = count > 0};
}

/* *amended: NULL when nothing is asked of it. */
static int plan_rdt(struct update *update, const struct spec_intel_rdt **amended, struct error *error)
{
    const char *cache = update->request->values[UPDATE_L3_CACHE_SCHEMA];
    const char *bandwidth = update->request->values[UPDATE_MEM_BW_SCHEMA];
    const struct spec_intel_rdt *granted = linux_part_of(update->granted)->intel_rdt;
    const char **schemata = arena_array(&update->arena, 2, sizeof(*schemata));
    struct spec_intel_rdt *rdt = arena_allocate(&update->arena, sizeof(*rdt));
    bool named = granted != NULL && granted->clos_id != NULL && granted->clos_id[0] != '\0';

    *amended = NULL;
    cache = cache != NULL && cache[0] != '\0' ? cache : NULL;
    bandwidth = bandwidth != NULL && bandwidth[0] != '\0' ? bandwidth : NULL;
    if (cache == NULL && bandwidth == NULL)
        return 0;
    if (granted == NULL)
        return error_set(error, ERROR_UNSUPPORTED,
                         "--%s: container %s has no class of resource control: its configuration has no "
                         "linux.intelRdt",
                         update_value_option(cache != NULL ? UPDATE_L3_CACHE_SCHEMA : UPDATE_MEM_BW_SCHEMA),
                         update->request->id);
    if (named)
        notice(
            notices_of(update), NOTICE_WARNING,
            "the class \"%s\" is not the container's own: whoever else is in it is bound by its new schemata",
            granted->clos_id);
    *rdt = *granted;
    update->rdt = (struct plan_intel_rdt){
        .clos_id = named ? granted->clos_id : update->request->id,
        .schemata = {.items = schemata},
    };
    if (cache != NULL) {
        schemata[update->rdt.schemata.count++] = cache;
        amend_schemata(rdt, &rdt->l3_cache_schema, cache, &update->arena);
    }
    if (bandwidth != NULL) {
        schemata[update->rdt.schemata.count++] = bandwidth;
        amend_schemata(rdt, &rdt->memory_bandwidth_schema, bandwidth, &update->arena);
    }
    *amended = rdt;
    return 0;
}

/* ---- decide ---- */

static int plan_writes(struct update *update, const struct spec_resources *wanted, struct error *error)
{
    return plan_build_resources(wanted, resources_of(update->granted), &update->facts, &update->arena,
                                &update->plan, error);
}

static int amend(struct update *update, struct error *error)
{
    struct spec *amended = arena_allocate(&update->arena, sizeof(*amended));
    struct spec_linux *linux_part = arena_allocate(&update->arena, sizeof(*linux_part));
    const struct spec_intel_rdt *rdt;

    if (plan_rdt(update, &rdt, error) != 0)
        return -1;
    *amended = *update->granted;
    *linux_part = *linux_part_of(update->granted);
    linux_part->resources =
        update_merge(resources_of(update->granted), update->asked, &update->plan, &update->arena);
    if (rdt != NULL)
        linux_part->intel_rdt = rdt;
    amended->linux_part = linux_part;
    update->amended = amended;
    return spec_validate(amended, "the container's configuration, as updated", error);
}

/* What --policy names, beside what bounds the container already: no policy goes, so it only tightens. A name
 * that is there already stays as it is: a file edited later does not replace what the container was created
 * under. */
static int add_policies(struct update *update, struct error *error)
{
    const struct update_request *request = update->request;
    struct policies *named = arena_allocate(&update->arena, sizeof(*named));
    /* What annotations volunteer and claim was decided at create, when the image was looked at. */
    const struct trust trust = trust_of_nothing();
    struct spec plain = *update->granted;
    struct policy_set added;

    if (request->policies.count == 0)
        return 0;
    plain.annotations = (struct json_string_map){0};
    if (policies_named(&update->runtime->policies, &request->policies, &update->arena, named, error) != 0 ||
        policy_resolve(&named->library, &plain, &trust, &update->arena, &added, error) != 0)
        return -1;
    update->bounds_change = policies_join(&update->bounds.policies, &added, &update->arena);
    update->bounds.observed.host = observe_policy_host(&update->facts, &update->arena);
    update->bounds.observed.now_s = time(NULL);
    update->bounds.observed.cgroup_disabled = update->record->cgroup == NULL;
    if (update->bounds_change)
        notice(notices_of(update), NOTICE_WARNING,
               "the new policies bound this container's resources and its commands from now on; what they "
               "say of "
               "mounts, namespaces, system calls and the like is for containers that are created after this");
    return 0;
}

/* The one place where policy is asked: about the container as it would be. */
static int decide(struct update *update, struct error *error)
{
    const struct bounds *bounds = &update->bounds;
    struct policy_decision decision;
    const struct decision_event event = {
        .action = "update",
        .id = update->record->id,
        .bundle = update->record->bundle,
        .config_digest = update->record->config_digest,
        .trust = update->record->trust,
        .image = update->record->image,
        .policies = &bounds->policies,
        .decision = &decision,
    };

    if (policy_decide_update(update->amended, &bounds->policies, &bounds->observed, &update->arena, &decision,
                             error) != 0)
        return -1;
    if (bounds->policies.count > 0 && bounds_tell(&update->runtime->policies, &event, update->found.directory,
                                                  notices_of(update), &update->arena, error) != 0)
        return -1;
    if (prepare_check_decision(&decision, error) != 0)
        return -1;
    update->grant = decision.grant;
    return 0;
}

/* What is asked for cannot be planned; but who may not update at all is told that, not what the host lacks.
 */
static int refuse_unplanned(struct update *update, struct error *error)
{
    struct error refusal = {0};

    if (update->bounds.policies.count > 0) {
        update->amended = update->granted;
        if (decide(update, &refusal) != 0 && refusal.kind == ERROR_DENIED)
            *error = refusal;
    }
    return -1;
}

static void tell_notes(const struct update *update)
{
    for (size_t i = 0; i < update->plan.note_count; i++)
        notice(notices_of(update), NOTICE_DEBUG, "plan: %s: %s", update->plan.notes[i].pointer,
               update->plan.notes[i].text);
    if (update_asks_for_devices(resources_of(update->granted), update->asked))
        notice(notices_of(update), NOTICE_WARNING,
               "/linux/resources/devices: device rules do not change in a running container: it keeps those "
               "that it was created with");
}

static int prepare_update(struct update *update, struct error *error)
{
    if (read_granted(update, error) != 0 ||
        host_probe(HOST_PROBE_QUICK, &update->arena, &update->facts, error) != 0 ||
        bounds_read(update->record, update->found.directory, &update->facts, &update->arena, &update->bounds,
                    error) != 0 ||
        add_policies(update, error) != 0)
        return -1;
    if (plan_writes(update, update->asked, error) != 0)
        return refuse_unplanned(update, error);
    if (amend(update, error) != 0)
        return refuse_unplanned(update, error);
    if (decide(update, error) != 0)
        return -1;
    /* What was granted otherwise than asked for, or may be half written, is planned whole. */
    if ((update->interrupted || update->grant != update->amended) &&
        plan_writes(update, resources_of(update->grant), error) != 0)
        return -1;
    if (update->plan.write_count > 0 && update->record->cgroup == NULL)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: container %s has no cgroup of its own that could limit it: create it with one",
                         update->plan.writes[0].pointer, update->request->id);
    tell_notes(update);
    return 0;
}

/* ---- act ---- */

static void on_systemd_notice(void *context, const char *text)
{
    const struct update *update = context;

    notice(notices_of(update), NOTICE_WARNING, "%s", text);
}

/* Where the cgroup is a unit's, systemd must know the limits as well: it writes its own whenever it sees fit.
 */
static int tell_systemd(struct update *update, struct error *error)
{
    const struct record_unit *unit = update->record->unit;
    const struct plan_unit_property *properties;
    struct cgroup_changes again;
    struct systemd_unit running;
    size_t count;

    if (unit == NULL || update->plan.write_count == 0)
        return 0;
    running = (struct systemd_unit){unit->unit, unit->description, unit->user_manager};
    plan_build_unit_properties(&update->plan, &update->arena, &properties, &count);
    if (systemd_scope_update(&running, properties, count, on_systemd_notice, update, error) != 0)
        return -1;
    /* It has written what it makes of them by now, with whole percents of a CPU for a quota. */
    return cgroup_apply(&update->plan, update->record->cgroup->path, &update->arena, &again, error);
}

static int apply(struct update *update, struct error *error)
{
    const struct record_cgroup *cgroup = update->record->cgroup;

    if (update->plan.write_count > 0) {
        update->plan.mount = cgroup->mount;
        update->plan.path = cgroup->path;
        if (cgroup_apply(&update->plan, cgroup->path, &update->arena, &update->changes, error) != 0)
            return -1;
    }
    if (update->rdt.schemata.count > 0 &&
        resctrl_update(&update->rdt, &update->arena, &update->rdt_before, error) != 0)
        return -1;
    if (tell_systemd(update, error) != 0)
        return -1;
    return state_commit_amendment(update->found.directory, error);
}

/* The error is the one that led here; what cannot be taken back is added to it. */
static int take_back(struct update *update, struct error *error)
{
    struct error second = {0};

    if (cgroup_take_back(&update->changes, &second) != 0)
        error_set(error, error->kind, "%s; and %s", error->message, second.message);
    if (update->rdt_before != NULL && resctrl_restore(&update->rdt, update->rdt_before, &second) != 0)
        error_set(error, error->kind, "%s; and %s", error->message, second.message);
    if (state_cancel_amendment(update->found.directory, &second) != 0)
        error_set(error, error->kind, "%s; and %s", error->message, second.message);
    return -1;
}

/* After the effects: killed before this, the container has the tighter limits and its old policies. */
static int keep_bounds(struct update *update, struct error *error)
{
    cleanup_text struct text text = text_growing(SIZE_MAX / 2);
    struct record record = *update->record;
    struct json_pair *items;
    size_t count = 0;

    if (!update->bounds_change)
        return 0;
    policies_encode(&text, &update->bounds.policies, &update->bounds.layers);
    if (text_complete(&text, "the container's policies", error) != 0 ||
        state_write_bounds(update->found.directory, text.bytes, text.length, error) != 0)
        return error_prefix(error, "the limits are changed, but not the policies of later commands");
    record.policies = policies_words(&update->bounds.policies, &update->arena);
    record.bounded = policies_bound_anything(&update->bounds.policies);
    items = arena_array(&update->arena, record.annotations.count + 1, sizeof(*items));
    for (size_t i = 0; i < record.annotations.count; i++)
        if (strcmp(record.annotations.items[i].key, POLICIES_ANNOTATION) != 0)
            items[count++] = record.annotations.items[i];
    items[count++] =
        (struct json_pair){POLICIES_ANNOTATION, policies_annotation(&record.policies, &update->arena)};
    record.annotations = (struct json_string_map){.items = items, .count = count, .present = true};
    return state_write_record(update->found.directory, &record, error);
}

static int update_locked(struct update *update, struct error *error)
{
    const char *id = update->request->id;
    cleanup_text struct text text = text_growing(SIZE_MAX / 2);

    observation_close(&update->found.observation);
    if (state_read_record(update->found.directory, id, &update->arena, &update->record, error) != 0 ||
        observe(update->record, update->found.directory, true, &update->found.observation, error) != 0 ||
        lifecycle_check(OPERATION_UPDATE, update->found.observation.status, id, error) != 0 ||
        prepare_update(update, error) != 0)
        return -1;
    spec_encode(&text, update->grant, 0);
    if (text_complete(&text, "the amended configuration", error) != 0 ||
        state_begin_amendment(update->found.directory, text.bytes, text.length, error) != 0)
        return -1;
    if (apply(update, error) != 0)
        return take_back(update, error);
    return keep_bounds(update, error);
}

int container_update(const struct runtime *runtime, const struct update_request *request, struct error *error)
{
    __attribute__((cleanup(update_end))) struct update update = {
        .runtime = runtime, .request = request, .found = FOUND_NONE};
    int result;

    /* Before the lock: a container that is being created is refused at once, and standard input may take its
     * time. */
    if (find_container(runtime, request->id, &update.arena, &update.found, error) != 0 ||
        lifecycle_check(OPERATION_UPDATE, update.found.observation.status, request->id, error) != 0 ||
        read_asked(&update, error) != 0 ||
        state_lock(update.found.directory, request->id, STATE_LOCK_TIMEOUT_MS, error) != 0)
        return -1;
    result = update_locked(&update, error);
    state_unlock(update.found.directory);
    return result;
}
