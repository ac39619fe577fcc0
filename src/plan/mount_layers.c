/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directories of an overlay that policies have decided on. */
#include <string.h>
#include "plan/builder.h"
#include "policy/observed.h"

struct layer_list {
    const struct plan_builder *builder;
    struct plan_judged_layer *items;
    size_t count;
};

static void take_layer(struct layer_list *list, const struct plan_option *options, size_t option,
                       size_t offset, size_t length)
{
    const char *path = arena_copy(list->builder->arena, options[option].value + offset, length);
    const struct policy_path_fact *fact = policy_observed_path(list->builder->inputs->observed, path);

    if (fact != NULL)
        list->items[list->count++] = (struct plan_judged_layer){
            .path = path,
            .option = option,
            .offset = offset,
            .device = fact->device,
            .inode = fact->inode,
        };
}

static bool lists_layers(const char *key)
{
    return strcmp(key, "lowerdir") == 0 || strcmp(key, "lowerdir+") == 0 || strcmp(key, "datadir+") == 0;
}

static bool is_directory(const char *key)
{
    return strcmp(key, "upperdir") == 0 || strcmp(key, "workdir") == 0;
}

static size_t count_layers(const struct plan_option *options, size_t option_count)
{
    size_t count = option_count;

    for (size_t i = 0; i < option_count; i++)
        for (const char *colon = options[i].value; colon != NULL && (colon = strchr(colon, ':')) != NULL;
             colon++)
            count++;
    return count;
}

/* overlayfs.rst: "lowerdir=/a:/b::/data". What policies judged they took apart in the same way
 * (policy/mount_request.c). */
static void take_layers(struct layer_list *list, const struct plan_option *options, size_t option)
{
    const char *value = options[option].value;

    for (size_t offset = 0;; offset++) {
        size_t length = strcspn(value + offset, ":");

        if (length > 0)
            take_layer(list, options, option, offset, length);
        offset += length;
        if (value[offset] == '\0')
            return;
    }
}

void plan_bind_layers(struct plan_builder *builder, struct plan_mount *mount)
{
    struct layer_list list = {.builder = builder};

    if (builder->inputs->observed == NULL || mount->kind != PLAN_MOUNT_FILESYSTEM ||
        strcmp(mount->type, "overlay") != 0)
        return;
    list.items =
        arena_array(builder->arena, count_layers(mount->options, mount->option_count), sizeof(*list.items));
    for (size_t i = 0; i < mount->option_count; i++) {
        const struct plan_option *option = &mount->options[i];

        if (option->value == NULL)
            continue;
        if (lists_layers(option->key))
            take_layers(&list, mount->options, i);
        else if (is_directory(option->key) && option->value[0] != '\0')
            take_layer(&list, mount->options, i, 0, strlen(option->value));
    }
    mount->judged_layers = list.items;
    mount->judged_layer_count = list.count;
}
