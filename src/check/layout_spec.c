/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See layout_spec.h. */
#include "check/layout_spec.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "policy/syscalls.h"

/* A user that is known by name alone is looked up in files of the image, which are not unpacked. */
enum { SOMEBODY = 1000 };

static int wrong(const char *name, const struct json_value *value, const char *member, const char *wanted,
                 struct error *error)
{
    return error_set(error, ERROR_INVALID, "%s:%u:%u: /config/%s: expected %s, found %s", name, value->line,
                     value->column, member, wanted, json_type_name(value->type));
}

/* null is as good as nothing: Go writes it. */
static const struct json_value *member_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = object != NULL ? json_member(object, key) : NULL;

    return value != NULL && value->type != JSON_NULL ? value : NULL;
}

static int read_strings(const struct layout_image *image, const char *key, const char *name,
                        struct arena *arena, struct json_strings *strings, struct error *error)
{
    const struct json_value *value = member_of(image->config, key);

    *strings = (struct json_strings){0};
    if (value == NULL)
        return 0;
    if (value->type != JSON_ARRAY)
        return wrong(name, value, key, "an array", error);
    strings->items = arena_array(arena, value->array.count, sizeof(*strings->items));
    strings->present = true;
    for (size_t i = 0; i < value->array.count; i++) {
        if (value->array.items[i]->type != JSON_STRING)
            return wrong(name, value->array.items[i], key, "a string", error);
        strings->items[strings->count++] = value->array.items[i]->string.bytes;
    }
    return 0;
}

static int read_string(const struct layout_image *image, const char *key, const char *name,
                       const char **string, struct error *error)
{
    const struct json_value *value = member_of(image->config, key);

    *string = NULL;
    if (value == NULL)
        return 0;
    if (value->type != JSON_STRING)
        return wrong(name, value, key, "a string", error);
    *string = value->string.bytes[0] != '\0' ? value->string.bytes : NULL;
    return 0;
}

/* "user", "uid", "user:group", "uid:gid". */
static int read_user(struct layout_image *image, const char *name, struct arena *arena,
                     struct spec_user *user, struct error *error)
{
    const char *words, *colon, *first;
    uint64_t number;

    *user = (struct spec_user){.has_uid = true, .has_gid = true};
    if (read_string(image, "User", name, &words, error) != 0 || words == NULL)
        return words == NULL ? 0 : -1;
    colon = strchr(words, ':');
    first = colon != NULL ? arena_copy(arena, words, (size_t)(colon - words)) : words;
    if (number_unsigned(first, UINT32_MAX - 1, &number)) {
        user->uid = (uint32_t)number;
    } else if (strcmp(first, "root") != 0 && *first != '\0') {
        image->user_name = first;
        user->uid = user->gid = SOMEBODY;
    }
    if (colon != NULL && number_unsigned(colon + 1, UINT32_MAX - 1, &number))
        user->gid = (uint32_t)number;
    return 0;
}

/* What the entry point is started with; an image without any runs what its user says. */
static int read_arguments(const struct layout_image *image, const char *name, struct arena *arena,
                          struct json_strings *arguments, struct error *error)
{
    struct json_strings entry, command;

    if (read_strings(image, "Entrypoint", name, arena, &entry, error) != 0 ||
        read_strings(image, "Cmd", name, arena, &command, error) != 0)
        return -1;
    arguments->items = arena_array(arena, entry.count + command.count + 1, sizeof(*arguments->items));
    arguments->count = 0;
    arguments->present = true;
    for (size_t i = 0; i < entry.count; i++)
        arguments->items[arguments->count++] = entry.items[i];
    for (size_t i = 0; i < command.count; i++)
        arguments->items[arguments->count++] = command.items[i];
    if (arguments->count == 0)
        arguments->items[arguments->count++] = "/bin/sh";
    return 0;
}

/* Engines mount an anonymous volume of their own there. */
static int add_volumes(const struct layout_image *image, const char *name, struct arena *arena,
                       struct spec *spec, struct error *error)
{
    static const char *const options[] = {"rbind", "rprivate", "nosuid", "nodev", "rw"};
    const struct json_value *volumes = member_of(image->config, "Volumes");
    struct spec_mount *mounts;

    if (volumes == NULL)
        return 0;
    if (volumes->type != JSON_OBJECT)
        return wrong(name, volumes, "Volumes", "an object", error);
    mounts = arena_array(arena, spec->mounts.count + volumes->object.count, sizeof(*mounts));
    memcpy(mounts, spec->mounts.items, spec->mounts.count * sizeof(*mounts));
    for (size_t i = 0; i < volumes->object.count; i++) {
        struct json_strings list = {.items = arena_array(arena, ARRAY_LENGTH(options), sizeof(*list.items)),
                                    .count = ARRAY_LENGTH(options),
                                    .present = true};

        memcpy(list.items, options, sizeof(options));
        mounts[spec->mounts.count++] = (struct spec_mount){
            .destination = volumes->object.members[i].key,
            .type = "bind",
            .source = arena_format(arena, "/var/lib/containers/storage/volumes/%064zu/_data", i),
            .options = list,
        };
    }
    spec->mounts.items = mounts;
    return 0;
}

/* Every engine sends a filter unless it is told not to. Whether the calls that it lets happen depend on
 * capabilities makes no difference to a policy that asks for a filter. */
static int add_filter(struct arena *arena, struct spec *spec, struct error *error)
{
    struct spec_linux *linux_part = arena_allocate(arena, sizeof(*linux_part));
    struct spec_seccomp *filter = arena_allocate(arena, sizeof(*filter));
    struct spec_seccomp_rule *rule = arena_allocate(arena, sizeof(*rule));
    const struct syscall_group *group;

    if (syscall_group_find("@default", arena, &group, error) != 0)
        return -1;
    *rule = (struct spec_seccomp_rule){.action = "SCMP_ACT_ALLOW"};
    rule->names.items = arena_array(arena, group->call_count, sizeof(*rule->names.items));
    rule->names.present = true;
    for (; rule->names.count < group->call_count; rule->names.count++)
        rule->names.items[rule->names.count] = group->calls[rule->names.count];
    *filter = (struct spec_seccomp){.default_action = "SCMP_ACT_ERRNO",
                                    .rules = {.items = rule, .count = 1, .present = true}};
    *linux_part = *spec->linux_part;
    linux_part->seccomp = filter;
    spec->linux_part = linux_part;
    return 0;
}

int layout_spec_write(struct layout_image *image, const char *name, struct arena *arena, struct text *text,
                      struct error *error)
{
    struct spec spec = *spec_default(arena, false, 0, 0);
    struct spec_process process = *spec.process;
    struct spec_root root = *spec.root;
    struct spec_user user;
    struct json_strings environment;
    const char *directory;

    image->config = member_of(image->root, "config");
    if (image->config != NULL && image->config->type != JSON_OBJECT)
        return wrong(name, image->config, "", "an object", error);
    if (read_user(image, name, arena, &user, error) != 0 ||
        read_arguments(image, name, arena, &process.args, error) != 0 ||
        read_strings(image, "Env", name, arena, &environment, error) != 0 ||
        read_string(image, "WorkingDir", name, &directory, error) != 0 ||
        add_volumes(image, name, arena, &spec, error) != 0 || add_filter(arena, &spec, error) != 0)
        return -1;
    process.user = &user;
    process.terminal = false;
    process.cwd = directory != NULL ? directory : "/";
    if (environment.count > 0)
        process.environment = environment;
    /* What spec writes is stricter than engines are. */
    root.readonly = false;
    spec.root = &root;
    spec.process = &process;
    spec_encode(text, &spec, 1);
    return text_complete(text, "the configuration of an image", error);
}

const struct json_value *layout_spec_origin(const struct layout_image *image, const char *pointer)
{
    static const struct {
        const char *pointer, *member;
    } origins[] = {
        {"/process/user", "User"}, {"/process/args", "Entrypoint"}, {"/process/args", "Cmd"},
        {"/process/env", "Env"},   {"/process/cwd", "WorkingDir"},  {"/mounts", "Volumes"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(origins); i++) {
        const struct json_value *value = member_of(image->config, origins[i].member);

        if (text_starts_with(pointer, origins[i].pointer) && value != NULL)
            return value;
    }
    return image->config != NULL ? image->config : image->root;
}
