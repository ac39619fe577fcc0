/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which store knows the image of a root (image.h), and where else its signatures may lie. */
#include "trust/image_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "base/text.h"
#include "trust/documents.h"
#include "trust/lookaside.h"

static const char *format_words(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static const char *format_words(struct arena *arena, const char *format, va_list arguments)
{
    struct error words; /* its rules: one line, control characters shown, cut */
    char draft[ERROR_MESSAGE_MAX];

    (void)vsnprintf(draft, sizeof(draft), format, arguments);
    error_set(&words, ERROR_INVALID, "%s", draft);
    return arena_string(arena, words.message);
}

bool image_is_broken(struct trust_image *image, struct arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    image->why_not = format_words(arena, format, arguments);
    va_end(arguments);
    image->store = NULL;
    return true;
}

bool image_is_broken_by(struct trust_image *image, struct arena *arena, const struct error *error)
{
    return image_is_broken(image, arena, "%s", error->message);
}

void image_layers_broken(struct trust_image *image, struct arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    image->layers_broken = format_words(arena, format, arguments);
    va_end(arguments);
}

bool image_mount_is_unclear(const struct trust_root *root, struct arena *arena, struct trust_image *image)
{
    if (root->type == NULL || strcmp(root->type, "overlay") != 0)
        image_layers_broken(image, arena, "the root is on %s, not on an overlay of the kernel",
                            root->type != NULL ? root->type : "an unknown file system");
    else if (root->unclear != NULL)
        image_layers_broken(image, arena, "%s", root->unclear);
    else if (!root->at_mount)
        image_layers_broken(image, arena, "%s is only a part of its mount", root->path);
    else if (root->covered != NULL)
        image_layers_broken(image, arena, "something is mounted beneath the root, at %s", root->covered);
    return image->layers_broken != NULL;
}

bool image_name_is_useful(const char *name)
{
    size_t hex = strspn(name, "0123456789abcdef");

    return *name != '\0' && !image_digest_is_valid(name) && !(hex == 64 && name[hex] == '\0') &&
           !text_has_control(name) && strlen(name) <= 1024;
}

bool trust_has_option(const char *options, const char *option)
{
    size_t length = strlen(option);

    for (const char *at = options; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, option, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

bool trust_root_is(const struct trust_root *root, int directory)
{
    struct stat status;

    return (root->device == 0 && root->inode == 0) ||
           (fstat(directory, &status) == 0 && status.st_dev == root->device && status.st_ino == root->inode);
}

int trust_image_find(const struct trust_root *root, const struct trust_places *places, struct arena *arena,
                     struct trust_image *image, struct error *error)
{
    static const struct trust_places usual = {0};

    if (places == NULL)
        places = &usual;
    *image = (struct trust_image){0};
    if (!image_containerd_find(root, places, arena, image) &&
        !image_docker_find(root, places, arena, image) && !image_containers_find(root, places, arena, image))
        image->why_not = "the root is of no store that is known, and the bundle has no folder thwart.image";
    if (image->store == NULL) {
        struct trust_image bundled = {0};

        /* What the store could not say remains the better reason. */
        if (image_bundle_find(root, places, arena, &bundled))
            *image = bundled;
    }
    return image->store == NULL ? 0 : image_add_lookaside(image, places, arena, error);
}
