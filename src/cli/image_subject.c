/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which root the command line means, and where this host keeps images. */
#include "cli/image_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "container/prepare.h"
#include "container/state_root.h"
#include "linux/host_probe.h"

static int read_bundle(const struct subject_options *options, struct arena *arena,
                       struct image_subject *subject, struct error *error)
{
    const char *file = options->config != NULL ? options->config : "config.json";
    struct json_notes notes = {0};
    const char *name;
    size_t length;
    char *bytes;

    if (prepare_absolute(options->bundle, arena, &subject->bundle, error) != 0)
        return -1;
    cleanup_fd int bundle = open(subject->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bundle < 0)
        return error_system(error, errno, "opening the bundle %s", subject->bundle);
    name = host_path_join(arena, subject->bundle, file).text;
    if (prepare_read_document(bundle, file, name, PREPARE_CONFIG_BYTES_MAX, arena, &bytes, &length, error) !=
            0 ||
        spec_parse(bytes, length, name, arena, &notes, &subject->spec, error) != 0)
        return -1;
    if (subject->spec->root == NULL)
        return error_set(error, ERROR_INVALID, "%s: there is no root", name);
    subject->root = host_path_join(arena, subject->bundle, subject->spec->root->path).text;
    return 0;
}

struct policies_request image_policies_request(const struct invocation *invocation,
                                               const char *configuration_file)
{
    struct policies_request request = invocation->runtime->policies;

    if (configuration_file != NULL)
        request.configuration_file = configuration_file;
    return request;
}

int image_places(const struct configuration *configuration, const char *image, struct arena *arena,
                 struct trust_places *places, bool *rootless, struct error *error)
{
    const char *home = getenv("HOME");
    struct host_facts facts;

    if (host_probe(HOST_PROBE_QUICK, arena, &facts, error) != 0)
        return -1;
    *places = configuration->image_stores;
    *rootless = facts.uid != 0 || facts.in_user_namespace;
    if (*rootless && places->home == NULL && home != NULL && home[0] == '/')
        places->home = home;
    if (image != NULL && prepare_absolute(image, arena, &places->bundle_image, error) != 0)
        return -1;
    return 0;
}

int image_subject_of(const struct invocation *invocation, const struct subject_options *options,
                     struct image_subject *subject, struct error *error)
{
    static const struct spec anything = {0};

    *subject = (struct image_subject){
        .policies = image_policies_request(invocation, options->configuration),
        .spec = &anything,
    };
    if (options->rootfs != NULL && (options->bundle != NULL || options->config != NULL))
        return error_set(error, ERROR_USAGE,
                         "a bundle has its root: --rootfs goes without --bundle and --config");
    if (policies_configuration(&subject->policies, invocation->arena, &subject->configuration, error) != 0 ||
        image_places(&subject->configuration, options->image, invocation->arena, &subject->places,
                     &subject->rootless, error) != 0)
        return -1;
    if (options->rootfs == NULL)
        return read_bundle(options, invocation->arena, subject, error);
    if (prepare_absolute(options->rootfs, invocation->arena, &subject->root, error) != 0)
        return -1;
    cleanup_fd int root = open(subject->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return root >= 0 ? 0 : error_system(error, errno, "opening the root %s", subject->root);
}

int image_state_root(const struct invocation *invocation, const char **directory, struct error *error)
{
    cleanup_fd int root = -1;

    if (state_root_path(invocation->runtime->root, invocation->arena, directory, error) != 0)
        return -1;
    return state_root_open(*directory, true, &root, error);
}

void image_append_member(struct text *text, const char *key, const char *value)
{
    if (value == NULL)
        return;
    text_append_format(text, ",\"%s\":", key);
    json_append_string(text, value);
}

void image_append_strings(struct text *text, const char *key, const char *const *items, size_t count)
{
    text_append_format(text, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        text_append(text, i > 0 ? "," : "");
        json_append_string(text, items[i]);
    }
    text_append(text, "]");
}

bool image_wants_json(const char *format)
{
    return format != NULL && strcmp(format, "json") == 0;
}
