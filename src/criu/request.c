/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From members of a question to CRIU's options, by tables. */
#include "criu/request.h"

#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/memory.h"

/* ---- tables ---- */

#define SWITCH(word, member)                                                                                 \
    {                                                                                                        \
        word, offsetof(CriuOpts, has_##member), offsetof(CriuOpts, member)                                   \
    }

static const struct {
    const char *name;
    size_t present, value; /* protobuf_c_boolean */
} switches[] = {
    SWITCH("leave-running", leave_running), SWITCH("tcp-established", tcp_established),
    SWITCH("tcp-close", tcp_close),         SWITCH("tcp-skip-in-flight", tcp_skip_in_flight),
    SWITCH("link-remap", link_remap),       SWITCH("ext-unix-sk", ext_unix_sk),
    SWITCH("shell-job", shell_job),         SWITCH("lazy-pages", lazy_pages),
    SWITCH("file-locks", file_locks),       SWITCH("auto-dedup", auto_dedup),
    SWITCH("track-memory", track_mem),      SWITCH("orphan-pts-master", orphan_pts_master),
    SWITCH("restore-sibling", rst_sibling), SWITCH("evasive-devices", evasive_devices),
};

static const struct {
    const char *name;
    size_t value; /* char * */
} strings[] = {
    {"root", offsetof(CriuOpts, root)},
    {"log", offsetof(CriuOpts, log_file)},
    {"parent", offsetof(CriuOpts, parent_img)},
    {"freeze-cgroup", offsetof(CriuOpts, freeze_cgroup)},
    {"cgroup-yard", offsetof(CriuOpts, cgroup_yard)},
    {"config", offsetof(CriuOpts, config_file)},
    {"lsm-profile", offsetof(CriuOpts, lsm_profile)},
    {"lsm-mount-context", offsetof(CriuOpts, lsm_mount_context)},
};

static const struct {
    const char *name;
    CriuCgMode mode;
} cgroup_modes[] = {
    {"soft", CRIU_CG_MODE__SOFT},
    {"full", CRIU_CG_MODE__FULL},
    {"strict", CRIU_CG_MODE__STRICT},
    {"ignore", CRIU_CG_MODE__IGNORE},
};

static const struct {
    const char *kind;
    CriuReqType type;
} kinds[] = {
    {"dump", CRIU_REQ_TYPE__DUMP},
    {"pre-dump", CRIU_REQ_TYPE__SINGLE_PRE_DUMP},
    {"restore", CRIU_REQ_TYPE__RESTORE},
};

/* ---- members ---- */

struct reading {
    struct request *request;
    struct arena *arena;
    const struct message *question;
    struct error *error;
    const char *first; /* of a pair, waiting for its other half */
    const char *first_name;
};

static int malformed(const struct reading *reading, const char *name, const char *value)
{
    return error_set(reading->error, ERROR_INVALID, "thwart-criu cannot read %s=%s of %s", name, value,
                     message_kind(reading->question));
}

/* CRIU's structures have char *, and only read through it. */
static char *borrowed(const char *value)
{
    return (char *)(uintptr_t)value;
}

/* A list with one more item. */
static void *grown(struct arena *arena, void *items, size_t count, void *item)
{
    void **larger = arena_array(arena, count + 1, sizeof(*larger));

    if (count > 0)
        memcpy(larger, items, count * sizeof(*larger));
    larger[count] = item;
    return larger;
}

static int read_switch(struct reading *reading, const char *value)
{
    char *options = (char *)&reading->request->options;

    for (size_t i = 0; i < ARRAY_LENGTH(switches); i++) {
        if (strcmp(value, switches[i].name) != 0)
            continue;
        *(protobuf_c_boolean *)(void *)(options + switches[i].present) = 1;
        *(protobuf_c_boolean *)(void *)(options + switches[i].value) = 1;
        return 0;
    }
    return malformed(reading, "set", value);
}

static int read_cgroup_mode(struct reading *reading, const char *value)
{
    CriuOpts *options = &reading->request->options;

    for (size_t i = 0; i < ARRAY_LENGTH(cgroup_modes); i++) {
        if (strcmp(value, cgroup_modes[i].name) != 0)
            continue;
        options->has_manage_cgroups_mode = 1;
        options->manage_cgroups_mode = cgroup_modes[i].mode;
        return 0;
    }
    return malformed(reading, "manage-cgroups", value);
}

static int read_network_lock(struct reading *reading, const char *value)
{
    CriuOpts *options = &reading->request->options;

    options->has_network_lock = 1;
    if (strcmp(value, "iptables") == 0)
        options->network_lock = CRIU_NETWORK_LOCK_METHOD__IPTABLES;
    else if (strcmp(value, "nftables") == 0)
        options->network_lock = CRIU_NETWORK_LOCK_METHOD__NFTABLES;
    else
        return malformed(reading, "network-lock", value);
    return 0;
}

static void add_mount(struct reading *reading, const char *key, const char *value)
{
    CriuOpts *options = &reading->request->options;
    ExtMountMap *mount = arena_allocate(reading->arena, sizeof(*mount));

    ext_mount_map__init(mount);
    mount->key = borrowed(key);
    mount->val = borrowed(value);
    options->ext_mnt = grown(reading->arena, options->ext_mnt, options->n_ext_mnt, mount);
    options->n_ext_mnt++;
}

static void add_join(struct reading *reading, const char *kind, const char *path)
{
    CriuOpts *options = &reading->request->options;
    JoinNamespace *join = arena_allocate(reading->arena, sizeof(*join));

    join_namespace__init(join);
    join->ns = borrowed(kind);
    join->ns_file = borrowed(path);
    options->join_ns = grown(reading->arena, options->join_ns, options->n_join_ns, join);
    options->n_join_ns++;
}

static void add_cgroup_root(struct reading *reading, const char *path)
{
    CriuOpts *options = &reading->request->options;
    CgroupRoot *root = arena_allocate(reading->arena, sizeof(*root));

    cgroup_root__init(root);
    root->path = borrowed(path);
    root->ctrl = borrowed(""); /* version 2 has the one hierarchy, without a name */
    options->cg_root = grown(reading->arena, options->cg_root, options->n_cg_root, root);
    options->n_cg_root++;
}

static int add_inherit(struct reading *reading, const char *name, const char *key)
{
    struct request *request = reading->request;

    for (size_t i = 0; i < request->descriptors.count; i++) {
        if (strcmp(request->descriptors.names[i], name) != 0 ||
            request->inherit_count == REQUEST_DESCRIPTORS_MAX)
            continue;
        request->inherits[request->inherit_count++] = (struct request_inherit){i, key};
        return 0;
    }
    return malformed(reading, "inherit", name);
}

static int name_descriptor(struct reading *reading, size_t *named, const char *name)
{
    if (*named == reading->request->descriptors.count)
        return malformed(reading, "descriptor", name);
    reading->request->descriptors.names[(*named)++] = name;
    return 0;
}

static CriuPageServerInfo *page_server(struct reading *reading)
{
    CriuOpts *options = &reading->request->options;

    if (options->ps == NULL) {
        options->ps = arena_allocate(reading->arena, sizeof(*options->ps));
        criu_page_server_info__init(options->ps);
    }
    return options->ps;
}

static int read_number(struct reading *reading, const char *name, const char *value)
{
    CriuOpts *options = &reading->request->options;
    int64_t number;

    if (!message_get_number(reading->question, name, 0, INT32_MAX, &number))
        return malformed(reading, name, value);
    if (strcmp(name, "pid") == 0) {
        options->has_pid = 1;
        options->pid = (int32_t)number;
    } else if (strcmp(name, "page-server-port") == 0) {
        page_server(reading)->has_port = 1;
        page_server(reading)->port = (int32_t)number;
    } else {
        options->has_empty_ns = 1;
        options->empty_ns = (uint32_t)number;
    }
    return 0;
}

/* The second half of a pair. */
static int finish_pair(struct reading *reading, const char *name, const char *value)
{
    const char *first = reading->first, *first_name = reading->first_name;

    reading->first = reading->first_name = NULL;
    if (strcmp(first_name, "mount") == 0 && strcmp(name, "source") == 0)
        add_mount(reading, first, value);
    else if (strcmp(first_name, "join") == 0 && strcmp(name, "path") == 0)
        add_join(reading, first, value);
    else if (strcmp(first_name, "inherit") == 0 && strcmp(name, "key") == 0)
        return add_inherit(reading, first, value);
    else
        return malformed(reading, first_name, first);
    return 0;
}

static int read_string(struct reading *reading, const char *name, const char *value)
{
    char *options = (char *)&reading->request->options;

    for (size_t i = 0; i < ARRAY_LENGTH(strings); i++) {
        if (strcmp(name, strings[i].name) == 0) {
            *(char **)(void *)(options + strings[i].value) = borrowed(value);
            return 0;
        }
    }
    return malformed(reading, name, value);
}

static int read_member(struct reading *reading, const char *name, const char *value)
{
    static const char *const pairs[] = {"mount", "join", "inherit"};
    static const char *const numbers[] = {"pid", "page-server-port", "empty-namespaces"};
    CriuOpts *options = &reading->request->options;

    if (reading->first != NULL)
        return finish_pair(reading, name, value);
    for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
        if (strcmp(name, pairs[i]) == 0) {
            reading->first = value;
            reading->first_name = pairs[i];
            return 0;
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
        if (strcmp(name, numbers[i]) == 0)
            return read_number(reading, name, value);
    if (strcmp(name, "set") == 0)
        return read_switch(reading, value);
    if (strcmp(name, "manage-cgroups") == 0)
        return read_cgroup_mode(reading, value);
    if (strcmp(name, "network-lock") == 0)
        return read_network_lock(reading, value);
    if (strcmp(name, "no-new-privileges") == 0) {
        reading->request->no_new_privileges = true;
    } else if (strcmp(name, "cgroup-root") == 0) {
        add_cgroup_root(reading, value);
    } else if (strcmp(name, "page-server-address") == 0) {
        page_server(reading)->address = borrowed(value);
    } else if (strcmp(name, "external") == 0) {
        options->external = grown(reading->arena, options->external, options->n_external, borrowed(value));
        options->n_external++;
    } else {
        return read_string(reading, name, value);
    }
    return 0;
}

/* ---- the whole ---- */

static int read_kind(struct reading *reading)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (strcmp(message_kind(reading->question), kinds[i].kind) == 0) {
            reading->request->type = kinds[i].type;
            return 0;
        }
    }
    return error_set(reading->error, ERROR_INVALID, "thwart-criu has no answer to \"%s\"",
                     message_kind(reading->question));
}

int request_read(const struct message *question, const int *descriptors, size_t count, struct arena *arena,
                 struct request *request, struct error *error)
{
    struct reading reading = {.request = request, .arena = arena, .question = question, .error = error};
    char name[64];
    const char *value;
    size_t cursor = 0, named = 0;

    *request = (struct request){.descriptors = {.count = count}};
    for (size_t i = 0; i < count; i++)
        request->descriptors.items[i] = descriptors[i];
    criu_opts__init(&request->options);
    if (read_kind(&reading) != 0)
        return -1;
    /* The names first: other members refer to them. */
    while (message_next(question, &cursor, name, sizeof(name), &value))
        if (strcmp(name, "descriptor") == 0 && name_descriptor(&reading, &named, value) != 0)
            return -1;
    if (named != count)
        return error_set(error, ERROR_INVALID, "thwart-criu got %zu descriptors and %zu names", count, named);
    cursor = 0;
    while (message_next(question, &cursor, name, sizeof(name), &value))
        if (strcmp(name, "descriptor") != 0 && read_member(&reading, name, value) != 0)
            return -1;
    return reading.first == NULL ? 0 : malformed(&reading, reading.first_name, reading.first);
}

int request_descriptor(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->descriptors.count; i++)
        if (strcmp(request->descriptors.names[i], name) == 0)
            return request->descriptors.items[i];
    return -1;
}

void request_close(struct request *request)
{
    for (size_t i = 0; i < request->descriptors.count; i++)
        descriptor_close(&request->descriptors.items[i]);
}
