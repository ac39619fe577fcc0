/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups of system calls, out of the files that are built in; see syscalls.h. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/suggest.h"
#include "base/text.h"
#include "json/json.h"
#include "policy/name_set.h"
#include "policy/shipped.h"
#include "policy/syscalls.h"

#define DIRECTORY "syscalls/"

enum { DEPTH_MAX = 8, MAJOR_SHIFT = 16 };

struct loading {
    struct arena *arena;
    struct name_set calls;
    struct error *error;
};

static const char *text_of(const struct json_value *value)
{
    return value != NULL && value->type == JSON_STRING ? value->string.bytes : NULL;
}

static const struct json_value *list_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_member(object, key);

    return value != NULL && value->type == JSON_ARRAY ? value : NULL;
}

/* "@network-io/1" in its parts. */
struct reference {
    const char *name;
    uint64_t version;
};

static bool parse_reference(const char *text, struct arena *arena, struct reference *reference)
{
    const char *name = *text == '@' ? text + 1 : text, *slash = strchr(name, '/');

    *reference = (struct reference){.name = name, .version = 1};
    if (slash == NULL)
        return true;
    reference->name = arena_copy(arena, name, (size_t)(slash - name));
    return number_unsigned(slash + 1, UINT32_MAX, &reference->version) && reference->version > 0;
}

const char *const *syscall_group_names(struct arena *arena, size_t *count)
{
    size_t all;
    const struct shipped_file *files = shipped_files(&all);
    const char **names = arena_array(arena, all, sizeof(*names));

    *count = 0;
    for (size_t i = 0; i < all; i++) {
        const char *name = files[i].name;

        /* Later versions of a group have a dot in their names. */
        if (text_starts_with(name, DIRECTORY) && strchr(name, '.') == NULL)
            names[(*count)++] = name + sizeof(DIRECTORY) - 1;
    }
    return names;
}

static int no_such_group(const char *reference, struct arena *arena, struct error *error)
{
    size_t count;
    const char *const *names = syscall_group_names(arena, &count);
    const char *name = *reference == '@' ? reference + 1 : reference;
    const char *meant = suggest_word(name, names, count, sizeof(*names));

    return error_set(error, ERROR_INVALID, "there is no group of system calls \"@%s\"%s%s%s", name,
                     meant != NULL ? ": did you mean \"@" : "", meant != NULL ? meant : "",
                     meant != NULL ? "\"?" : "");
}

/* The file of one group, parsed, and checked for what it says of itself. */
static int read_group(const char *reference, struct arena *arena, const struct json_value **document,
                      struct syscall_group *group, struct error *error)
{
    const struct json_limits limits = {.comments = true};
    const struct shipped_file *file;
    struct json_value *root;
    struct reference wanted;
    const char *said, *name;

    if (!parse_reference(reference, arena, &wanted))
        return no_such_group(reference, arena, error);
    name = wanted.version == 1
               ? arena_format(arena, DIRECTORY "%s", wanted.name)
               : arena_format(arena, DIRECTORY "%s.%llu", wanted.name, (unsigned long long)wanted.version);
    file = shipped_file(name);
    if (file == NULL)
        return no_such_group(reference, arena, error);
    if (json_read(file->bytes, file->length, file->name, &limits, arena, &root, error) != 0)
        return -1;
    said = text_of(json_member(root, "group"));
    if (said == NULL || strcmp(said, wanted.name) != 0 ||
        (list_of(root, "calls") == NULL) == (list_of(root, "rules") == NULL))
        return error_set(error, ERROR_INVALID, "%s: this is not the group \"%s\", or has no calls",
                         file->name, wanted.name);
    *document = root;
    *group = (struct syscall_group){
        .name = wanted.name,
        .version = (uint32_t)wanted.version,
        .description = text_of(json_member(root, "description")),
        .rules = list_of(root, "rules"),
    };
    return 0;
}

static int add_calls(struct loading *loading, const struct json_value *calls, unsigned int depth);

static int add_call(struct loading *loading, const char *name, unsigned int depth)
{
    const struct json_value *document;
    struct syscall_group group;

    if (*name != '@') {
        (void)name_set_add(&loading->calls, name, NULL);
        return 0;
    }
    if (depth == DEPTH_MAX)
        return error_set(loading->error, ERROR_INVALID, "the group %s contains itself", name);
    if (read_group(name, loading->arena, &document, &group, loading->error) != 0)
        return -1;
    if (group.rules != NULL)
        return error_set(loading->error, ERROR_INVALID,
                         "the group %s has conditions, no group may contain it", name);
    return add_calls(loading, json_member(document, "calls"), depth + 1);
}

static int add_calls(struct loading *loading, const struct json_value *calls, unsigned int depth)
{
    for (size_t i = 0; calls != NULL && i < calls->array.count; i++) {
        const char *name = text_of(calls->array.items[i]);

        if (name != NULL && add_call(loading, name, depth) != 0)
            return -1;
    }
    return 0;
}

static int load_calls(struct loading *loading, const struct json_value *document)
{
    const struct json_value *since = json_member(document, "since"), *rules = list_of(document, "rules");

    if (add_calls(loading, list_of(document, "calls"), 0) != 0)
        return -1;
    for (size_t i = 0; since != NULL && i < since->object.count; i++)
        if (add_calls(loading, since->object.members[i].value, 0) != 0)
            return -1;
    for (size_t i = 0; rules != NULL && i < rules->array.count; i++)
        if (add_calls(loading, list_of(rules->array.items[i], "names"), 0) != 0)
            return -1;
    return 0;
}

static void list_members(const struct json_value *calls, struct arena *arena, struct syscall_group *group)
{
    size_t count = calls != NULL ? calls->array.count : 0;
    const char **members = arena_array(arena, count, sizeof(*members));

    for (size_t i = 0; i < count; i++) {
        const char *name = text_of(calls->array.items[i]);

        if (name != NULL)
            members[group->member_count++] = name;
    }
    group->members = members;
}

int syscall_group_find(const char *reference, struct arena *arena, const struct syscall_group **group,
                       struct error *error)
{
    struct loading loading = {.arena = arena, .calls = {.arena = arena}, .error = error};
    struct syscall_group *found = arena_allocate(arena, sizeof(*found));
    const struct json_value *document;

    if (read_group(reference, arena, &document, found, error) != 0 || load_calls(&loading, document) != 0)
        return -1;
    found->calls = loading.calls.names;
    found->call_count = loading.calls.count;
    if (list_of(document, "calls") != NULL && json_member(document, "since") == NULL) {
        list_members(list_of(document, "calls"), arena, found);
    } else {
        found->members = found->calls;
        found->member_count = found->call_count;
    }
    *group = found;
    return 0;
}

/* ---- all that are known ---- */

static uint32_t kernel_number(const char *text)
{
    uint64_t major = 0, minor = 0;

    if (!number_scan_unsigned(&text, &major) || *text++ != '.' || !number_scan_unsigned(&text, &minor))
        return 0;
    return (uint32_t)(major << MAJOR_SHIFT | minor);
}

int syscall_known_load(struct arena *arena, struct syscall_known *known, struct error *error)
{
    const struct json_value *document, *since;
    struct syscall_group group;
    struct loading loading = {.arena = arena, .calls = {.arena = arena}, .error = error};
    size_t dated = 0;

    if (read_group("known", arena, &document, &group, error) != 0 ||
        add_calls(&loading, list_of(document, "calls"), 0) != 0)
        return -1;
    since = json_member(document, "since");
    known->first_dated = loading.calls.count;
    for (size_t i = 0; since != NULL && i < since->object.count; i++)
        dated += since->object.members[i].value->array.count;
    known->since = arena_array(arena, loading.calls.count + dated, sizeof(*known->since));
    for (size_t i = 0; since != NULL && i < since->object.count; i++) {
        if (add_calls(&loading, since->object.members[i].value, 0) != 0)
            return -1;
        for (size_t k = known->first_dated; k < loading.calls.count; k++)
            if (known->since[k] == 0)
                known->since[k] = kernel_number(since->object.members[i].key);
    }
    known->names = loading.calls;
    return 0;
}

/* ---- read once ---- */

int syscall_library_known(struct syscall_library *library, const struct syscall_known **known,
                          struct error *error)
{
    *known = &library->known;
    return library->known.names.count > 0 ? 0 : syscall_known_load(library->arena, &library->known, error);
}

int syscall_library_group(struct syscall_library *library, const char *reference,
                          const struct syscall_group **group, struct error *error)
{
    for (size_t i = 0; i < library->group_count; i++) {
        if (strcmp(library->groups[i].reference, reference) == 0) {
            *group = library->groups[i].group;
            return 0;
        }
    }
    if (syscall_group_find(reference, library->arena, group, error) != 0)
        return -1;
    if (library->group_count < SYSCALL_LIBRARY_GROUPS) {
        library->groups[library->group_count].reference = reference;
        library->groups[library->group_count++].group = *group;
    }
    return 0;
}

bool syscall_is_known(const char *name, struct arena *arena, const char **suggestion)
{
    struct syscall_known known;
    struct error error;
    size_t count;

    *suggestion = NULL;
    if (*name == '@') {
        const struct syscall_group *group;
        const char *const *names = syscall_group_names(arena, &count);
        const char *meant;

        if (syscall_group_find(name, arena, &group, &error) == 0)
            return true;
        meant = suggest_word(name + 1, names, count, sizeof(*names));
        if (meant != NULL)
            *suggestion = arena_format(arena, "@%s", meant);
        return false;
    }
    if (syscall_known_load(arena, &known, &error) != 0)
        return false;
    if (name_set_find(&known.names, name) != NAME_SET_NONE)
        return true;
    *suggestion = suggest_word(name, known.names.names, known.names.count, sizeof(*known.names.names));
    return false;
}
