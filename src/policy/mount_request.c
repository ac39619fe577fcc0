/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_request.h. */
#include "policy/mount_request.h"

#include <string.h>
#include <sys/mount.h>
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

static const struct {
    const char *word, *recursive, *opposite, *recursive_opposite;
    uint64_t attribute;
} additions[] = {
    {"nosuid", "rnosuid", "suid", "rsuid", MOUNT_ATTR_NOSUID},
    {"nodev", "rnodev", "dev", "rdev", MOUNT_ATTR_NODEV},
    {"noexec", "rnoexec", "exec", "rexec", MOUNT_ATTR_NOEXEC},
    {"nosymfollow", "rnosymfollow", "symfollow", "rsymfollow", MOUNT_ATTR_NOSYMFOLLOW},
    {"ro", "rro", "rw", "rrw", MOUNT_ATTR_RDONLY},
};

/* ---- the paths ---- */

/* File systems that are made of nothing: what stands in `source` is a name for mountinfo. */
static bool ignores_source(const char *type)
{
    static const char *const types[] = {
        "proc",    "sysfs",       "tmpfs",     "devpts", "mqueue",     "ramfs",    "devtmpfs", "securityfs",
        "debugfs", "tracefs",     "bpf",       "pstore", "efivarfs",   "configfs", "fusectl",  "hugetlbfs",
        "overlay", "binfmt_misc", "selinuxfs", "nsfs",   "rpc_pipefs", "resctrl",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

static void add_path(struct mount_request *request, const char *path, const char *member, bool layer,
                     struct arena *arena)
{
    request->paths[request->path_count++] = (struct mount_path){
        .path = path,
        .written = path[0] == '/' ? container_path_normalise(arena, path).text : path,
        .member = member,
        .layer = layer,
    };
}

bool mount_path_of_root(const struct spec *spec, const char *bundle, struct arena *arena,
                        struct mount_path *path)
{
    struct mount_request request = {.paths = path};

    if (spec->root == NULL || spec->root->path == NULL || spec->root->path[0] == '\0')
        return false;
    add_path(&request,
             bundle != NULL ? host_path_join(arena, bundle, spec->root->path).text : spec->root->path, "path",
             false, arena);
    return true;
}

static bool is_layer_list(const char *key)
{
    return strcmp(key, "lowerdir") == 0 || strcmp(key, "lowerdir+") == 0 || strcmp(key, "datadir+") == 0;
}

static bool is_overlay_directory(const char *key)
{
    return is_layer_list(key) || strcmp(key, "upperdir") == 0 || strcmp(key, "workdir") == 0;
}

/* overlayfs.rst: "lowerdir=/a:/b::/data": a colon between layers. */
static void add_layers(struct mount_request *request, const char *list, struct arena *arena)
{
    for (;;) {
        size_t length = strcspn(list, ":");

        if (length > 0)
            add_path(request, arena_copy(arena, list, length), "options", true, arena);
        if (list[length] == '\0')
            return;
        list += length + 1;
    }
}

/*
 * What a file system takes from options: an overlay's directories, and whatever else is a path (a journal's
 * device, "source=/dev/sda", a socket). Backslashes in an overlay's are taken off by some kernels, in some
 * places: then nobody can say which directory is meant.
 */
static void add_option_paths(struct mount_request *request, struct arena *arena)
{
    bool overlay = strcmp(request->type, "overlay") == 0;

    for (size_t i = 0; i < request->words.data_count; i++) {
        const struct mount_option *option = &request->words.data[i];

        if (option->value == NULL || option->value[0] == '\0')
            continue;
        if (overlay && is_overlay_directory(option->key)) {
            bool unclear = strchr(option->value, '\\') != NULL;

            if (is_layer_list(option->key) && !unclear) {
                add_layers(request, option->value, arena);
                continue;
            }
            add_path(request, option->value, "options", is_layer_list(option->key), arena);
            request->paths[request->path_count - 1].unclear = unclear;
        } else if (option->value[0] == '/') {
            add_path(request, option->value, "options", false, arena);
        }
    }
}

static size_t count_paths(const struct mount_request *request)
{
    size_t count = 1;

    for (size_t i = 0; i < request->words.data_count; i++) {
        const char *value = request->words.data[i].value;

        count++;
        for (const char *colon = value; colon != NULL && (colon = strchr(colon, ':')) != NULL; colon++)
            count++;
    }
    return count;
}

static void find_paths(struct mount_request *request, const char *bundle, struct arena *arena)
{
    const char *source = request->mount->source != NULL ? request->mount->source : "";

    if (request->kind != MOUNT_KIND_BIND && request->kind != MOUNT_KIND_FILESYSTEM)
        return;
    request->paths = arena_array(arena, count_paths(request), sizeof(*request->paths));
    if (request->kind == MOUNT_KIND_BIND) {
        /* OCI config.md, "Mounts": relative to the bundle. */
        if (source[0] != '\0')
            add_path(request, bundle != NULL ? host_path_join(arena, bundle, source).text : source, "source",
                     false, arena);
        return;
    }
    if (source[0] == '/' && !ignores_source(request->type))
        add_path(request, source, "source", false, arena);
    add_option_paths(request, arena);
}

static const char *type_word(const struct mount_request *request)
{
    switch (request->kind) {
    case MOUNT_KIND_BIND:
        return "bind";
    case MOUNT_KIND_CGROUP:
        return "cgroup";
    case MOUNT_KIND_REMOUNT:
        return "remount";
    case MOUNT_KIND_NOTHING:
        return "none";
    case MOUNT_KIND_FILESYSTEM:
    default:
        return request->mount->type;
    }
}

void mount_request_read(const struct spec_mount *mount, size_t index, const char *bundle, struct arena *arena,
                        struct mount_request *request)
{
    struct error error = {0};

    *request = (struct mount_request){.mount = mount};
    if (mount_words_read(&mount->options, index, arena, &request->words, &error) != 0)
        request->unreadable = arena_string(arena, error.message);
    request->kind = mount_kind_of(mount, &request->words);
    request->type = type_word(request);
    request->destination = container_path_normalise(arena, mount->destination).text;
    request->recursive = mount_is_recursive(mount, &request->words);
    find_paths(request, bundle, arena);
}

struct mount_request *mount_requests(struct decider *decider)
{
    const struct json_structs *mounts = &decider->spec->mounts;

    if (decider->mounts != NULL)
        return decider->mounts;
    decider->mounts = arena_array(decider->arena, mounts->count, sizeof(*decider->mounts));
    for (size_t i = 0; i < mounts->count; i++) {
        struct mount_request *request = &decider->mounts[i];

        mount_request_read(&SPEC_ITEMS(*mounts, struct spec_mount)[i], i, decider->observed->bundle,
                           decider->arena, request);
        for (size_t j = 0; j < request->path_count; j++)
            request->paths[j].fact = policy_observed_path(decider->observed, request->paths[j].path);
    }
    return decider->mounts;
}

/* ---- what it can do ---- */

bool mount_request_has_tree(const struct mount_request *request)
{
    const struct policy_path_fact *fact = request->path_count > 0 ? request->paths[0].fact : NULL;

    return request->kind == MOUNT_KIND_BIND && request->recursive &&
           (fact == NULL || !fact->exists || fact->is_directory);
}

bool mount_request_writes(const struct mount_request *request)
{
    return !mount_words_hold(&request->words, MOUNT_ATTR_RDONLY, mount_request_has_tree(request));
}

/* ---- narrowing ---- */

uint32_t mount_addition_named(const char *word, uint64_t *attribute)
{
    for (size_t i = 0; i < ARRAY_LENGTH(additions); i++)
        if (strcmp(additions[i].word, word) == 0) {
            *attribute = additions[i].attribute;
            return (uint32_t)1 << i;
        }
    return 0;
}

static bool is_added(uint32_t added, size_t i)
{
    return (added & ((uint32_t)1 << i | (uint32_t)1 << (i + MOUNT_ADD_RECURSIVELY))) != 0;
}

static bool is_undone(const char *word, uint32_t added)
{
    for (size_t i = 0; i < ARRAY_LENGTH(additions); i++)
        if (is_added(added, i) &&
            (strcmp(word, additions[i].opposite) == 0 || strcmp(word, additions[i].recursive_opposite) == 0))
            return true;
    return false;
}

/* What was asked for, less the opposites, and then the additions in one order, whatever order they came in.
 * The last word wins, so that an opposite within "rw,size=1m" has no say either. */
static struct json_strings narrowed_options(const struct mount_request *request, struct arena *arena)
{
    const struct json_strings *asked = &request->mount->options;
    struct json_strings options = {
        .items = arena_array(arena, asked->count + 2 * ARRAY_LENGTH(additions), sizeof(*options.items)),
        .present = true,
    };

    for (size_t i = 0; i < asked->count; i++)
        if (!is_undone(asked->items[i], request->added))
            options.items[options.count++] = asked->items[i];
    for (size_t i = 0; i < ARRAY_LENGTH(additions); i++) {
        if ((request->added & (uint32_t)1 << i) != 0)
            options.items[options.count++] = additions[i].word;
        if ((request->added & (uint32_t)1 << (i + MOUNT_ADD_RECURSIVELY)) != 0)
            options.items[options.count++] = additions[i].recursive;
    }
    return options;
}

/* A remount may be of a bind with mounts below; and words for the tree are applied after those for the mount
 * alone, so that "rrw" would win over "ro". */
static bool needs_recursion(const struct mount_request *request, uint32_t addition)
{
    if (mount_request_has_tree(request) || request->kind == MOUNT_KIND_REMOUNT)
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(additions); i++)
        if (addition == (uint32_t)1 << i && (request->words.recursive_clear & additions[i].attribute) != 0)
            return true;
    return false;
}

const char *mount_request_narrow(struct decider *decider, size_t index, uint32_t addition)
{
    struct mount_request *request = &mount_requests(decider)[index];
    struct spec *grant = decider_grant(decider);
    struct spec_mount *mounts;

    if (grant->mounts.items == decider->spec->mounts.items) {
        mounts = arena_array(decider->arena, grant->mounts.count, sizeof(*mounts));
        memcpy(mounts, grant->mounts.items, grant->mounts.count * sizeof(*mounts));
        grant->mounts.items = mounts;
    }
    mounts = grant->mounts.items;
    request->added |= needs_recursion(request, addition) ? addition << MOUNT_ADD_RECURSIVELY : addition;
    mounts[index].options = narrowed_options(request, decider->arena);
    return mount_options_text(&mounts[index].options, decider->arena);
}

const char *mount_options_text(const struct json_strings *options, struct arena *arena)
{
    size_t length = 1;
    char *joined;

    for (size_t i = 0; i < options->count; i++)
        length += strlen(options->items[i]) + 1;
    joined = arena_allocate(arena, length);
    struct text text = text_over(joined, length);
    for (size_t i = 0; i < options->count; i++) {
        if (i > 0)
            text_append_character(&text, ',');
        text_append(&text, options->items[i]);
    }
    return joined;
}
