/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_layers.h. */
#include "linux/mount_layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "linux/host_proc.h"
#include "linux/path_facts.h"

enum { LAYERS_BYTES_MAX = 1 << 16 };

static int open_layer(const struct plan_judged_layer *judged, struct mount_layers *layers,
                      struct error *error)
{
    cleanup_fd int found = open(judged->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    uint64_t device, inode;

    if (found < 0 || path_object_of(found, &device, &inode) < 0)
        return error_system(error, errno, "open %s of the host", judged->path);
    if (device != judged->device || inode != judged->inode)
        return error_set(error, ERROR_DENIED,
                         "%s of the host is not what the policy decided on: something was put in its place, "
                         "or mounted over it, meanwhile",
                         judged->path);
    layers->descriptors[layers->descriptor_count++] = take_fd(&found);
    return 0;
}

/* The option's value with the judged directories in it as descriptors. layers of one option stand together,
 * in their order. */
static int replace_value(const struct plan_mount *plan, size_t *next, struct mount_layers *layers,
                         struct error *error)
{
    const size_t option = plan->judged_layers[*next].option;
    const char *value = plan->options[option].value;
    cleanup_text struct text text = text_growing(LAYERS_BYTES_MAX);
    size_t done = 0;

    for (; *next < plan->judged_layer_count && plan->judged_layers[*next].option == option; (*next)++) {
        const struct plan_judged_layer *judged = &plan->judged_layers[*next];
        char link[HOST_PROC_DESCRIPTOR_PATH_SIZE];

        if (open_layer(judged, layers, error) < 0)
            return -1;
        host_proc_descriptor_path(link, layers->descriptors[layers->descriptor_count - 1], NULL);
        text_append_bytes(&text, value + done, judged->offset - done);
        text_append(&text, link);
        done = judged->offset + strlen(judged->path);
    }
    text_append(&text, value + done);
    if (text_complete(&text, "an overlay's directories", error) < 0)
        return -1;
    layers->values[option] = strdup(text.bytes);
    if (layers->values[option] == NULL)
        return error_set(error, ERROR_LIMIT, "memory is exhausted");
    layers->options[option].value = layers->values[option];
    return 0;
}

static int open_all(const struct plan_mount *plan, struct mount_layers *layers, struct error *error)
{
    if (host_proc_require(error) < 0)
        return -1;
    layers->options = calloc(plan->option_count, sizeof(*layers->options));
    layers->values = calloc(plan->option_count, sizeof(*layers->values));
    layers->descriptors = calloc(plan->judged_layer_count, sizeof(*layers->descriptors));
    if (layers->options == NULL || layers->values == NULL || layers->descriptors == NULL)
        return error_set(error, ERROR_LIMIT, "memory is exhausted");
    layers->count = plan->option_count;
    memcpy(layers->options, plan->options, plan->option_count * sizeof(*layers->options));
    for (size_t next = 0; next < plan->judged_layer_count;)
        if (replace_value(plan, &next, layers, error) < 0)
            return -1;
    return 0;
}

int mount_layers_open(const struct plan_mount *plan, struct mount_layers *layers, struct error *error)
{
    *layers = (struct mount_layers){0};
    if (plan->judged_layer_count == 0)
        return 0;
    if (open_all(plan, layers, error) == 0)
        return 0;
    mount_layers_close(layers);
    return -1;
}

void mount_layers_close(struct mount_layers *layers)
{
    for (size_t i = 0; i < layers->descriptor_count; i++)
        descriptor_close(&layers->descriptors[i]);
    for (size_t i = 0; i < layers->count; i++)
        free(layers->values[i]);
    free(layers->descriptors);
    free(layers->values);
    free(layers->options);
    *layers = (struct mount_layers){0};
}
