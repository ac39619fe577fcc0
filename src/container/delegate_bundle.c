/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bundle that a delegate is given: what was granted, in the words of the specification alone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "container/delegated.h"
#include "container/image_record.h"
#include "policy/syscalls_meet.h"

#define CONFIG_FILE "config.json"

enum { CONFIG_BYTES_MAX = 64 * 1024 * 1024 };

static bool is_bind(const struct spec_mount *mount)
{
    for (size_t i = 0; i < mount->options.count; i++)
        if (strcmp(mount->options.items[i], "bind") == 0 || strcmp(mount->options.items[i], "rbind") == 0)
            return true;
    return mount->type != NULL && strcmp(mount->type, "bind") == 0;
}

/* Relative sources begin in the bundle (config.md, "Mounts"): in the bundle that was asked for. */
static struct json_structs absolute_mounts(const struct json_structs *mounts, const char *bundle,
                                           struct arena *arena)
{
    struct spec_mount *items = arena_array(arena, mounts->count, sizeof(*items));

    for (size_t i = 0; i < mounts->count; i++) {
        items[i] = SPEC_ITEMS(*mounts, struct spec_mount)[i];
        if (is_bind(&items[i]) && items[i].source != NULL && items[i].source[0] != '/')
            items[i].source = host_path_join(arena, bundle, items[i].source).text;
    }
    return (struct json_structs){.items = items, .count = mounts->count, .present = mounts->present};
}

/* One filter that answers what the bundle's own and those of the policies answer together. */
static int one_filter(const struct prepared *prepared, struct arena *arena,
                      const struct spec_seccomp **filter, struct error *error)
{
    const struct policy_layers *layers = &prepared->decision.layers;
    const struct spec_linux *linux_part = prepared->grant->linux_part;
    const struct spec_seccomp **all = arena_array(arena, layers->filter_count + 1, sizeof(const void *));
    size_t count = 0;

    *filter = linux_part != NULL ? linux_part->seccomp : NULL;
    if (layers->filter_count == 0)
        return 0;
    if (*filter != NULL)
        all[count++] = *filter;
    for (size_t i = 0; i < layers->filter_count; i++)
        all[count++] = layers->filters[i];
    if (policy_filter_meet(all, count, prepared->observed.host.architecture, arena, filter, error) != 0)
        return error_prefix(error, "the filters cannot be enforced by a delegate, which takes one");
    return 0;
}

static struct json_string_map annotations_of(const struct prepared *prepared, struct arena *arena)
{
    const struct json_string_map *granted = &prepared->grant->annotations;
    const struct json_strings words = policies_words(&prepared->policies, arena);

    return image_record_annotations(granted, &words, trust_level_name(prepared->trust.level),
                                    image_record_of(&prepared->trust, arena), arena);
}

/* Where a policy bounds anything, what nobody has judged is not handed on: a delegate may well be for that
 * platform (vm.hypervisor.path is a program that it starts on the host). */
static void leave_out_other_platforms(const struct prepared *prepared, struct spec *spec)
{
    if (!policies_bound_anything(&prepared->policies))
        return;
    spec->windows = spec->solaris = spec->vm = spec->zos = spec->freebsd = NULL;
}

static int narrowed_config(const struct prepared *prepared, struct arena *arena, struct text *text,
                           struct error *error)
{
    struct spec spec = *prepared->grant;
    struct spec_linux linux_part = {0};
    struct spec_root root;

    if (spec.linux_part != NULL)
        linux_part = *spec.linux_part;
    if (one_filter(prepared, arena, &linux_part.seccomp, error) != 0)
        return -1;
    if (spec.linux_part != NULL || linux_part.seccomp != NULL)
        spec.linux_part = &linux_part;
    if (spec.root != NULL) {
        root = *spec.root;
        root.path = host_path_join(arena, prepared->bundle, root.path).text;
        spec.root = &root;
    }
    spec.mounts = absolute_mounts(&spec.mounts, prepared->bundle, arena);
    spec.annotations = annotations_of(prepared, arena);
    leave_out_other_platforms(prepared, &spec);
    spec_encode(text, &spec, 0);
    return text_complete(text, "the narrowed configuration", error);
}

/* Hooks look for files in the bundle that the state names. */
static int link_the_rest(int directory, const char *bundle, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    DIR *stream = opendir(bundle);
    int result = 0;

    if (stream == NULL)
        return error_system(error, errno, "listing the bundle %s", bundle);
    for (const struct dirent *entry = readdir(stream); entry != NULL && result == 0;
         entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, CONFIG_FILE) == 0)
            continue;
        if (symlinkat(host_path_join(&arena, bundle, entry->d_name).text, directory, entry->d_name) != 0)
            result = error_system(error, errno, "linking %s into the delegated bundle", entry->d_name);
    }
    closedir(stream);
    return result;
}

int delegate_bundle_write(struct delegated *delegated, const char *id, const struct prepared *prepared,
                          const char **path, struct error *error)
{
    cleanup_text struct text text = text_growing(CONFIG_BYTES_MAX);
    cleanup_fd int bundle = -1, file = -1;

    if (narrowed_config(prepared, &delegated->arena, &text, error) != 0)
        return -1;
    if (mkdirat(delegated->directory, DELEGATED_BUNDLE, 0700) != 0)
        return error_system(error, errno, "making the delegated bundle");
    bundle = openat(delegated->directory, DELEGATED_BUNDLE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (bundle < 0)
        return error_system(error, errno, "opening the delegated bundle");
    file = openat(bundle, CONFIG_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0 || descriptor_write_all(file, text.bytes, text.length) != 0)
        return error_system(error, errno, "writing the narrowed configuration");
    *path = arena_format(&delegated->arena, "%s/%s/%s/%s", delegated->root_path, DELEGATED_DIRECTORY, id,
                         DELEGATED_BUNDLE);
    return link_the_rest(bundle, prepared->bundle, error);
}
