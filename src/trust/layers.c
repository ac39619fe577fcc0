/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are the directories that the root's overlay mounts the signed layers? (binding.h)
 *
 * First the mount: every lower directory is a layer, in the signed order, or an engine's own; the upper
 * directory has nothing. Then every layer, several at a time (layer_check.c). At last the mount once more:
 * are its directories those that were read, and does it show files of each? A directory that was put in the
 * place of another after the mount would have the signed files, and the container the others.
 */
#include "trust/binding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "trust/documents.h"
#include "trust/engine_files.h"
#include "trust/layer_check.h"
#include "trust/layer_shown.h"
#include "trust/threads.h"

enum {
    LAYERS_MAX = 512, /* overlay's own limit is 500 */
    OWN_MAX = 4,      /* docker has two */
};

struct work {
    const struct trust_root *root;
    const struct trust_image *image;
    struct arena *arena; /* the caller's: only its thread uses it */
    struct layer_setting setting;
    struct layer_check *checks;
    struct arena *arenas; /* one a layer, as threads must not share one */
    int folders[LAYERS_MAX];
    size_t next; /* layer that nobody took yet */
    size_t threads;
};

static const char *check_chain(const struct trust_image *image, const struct trust_chain *chain,
                               struct arena *arena)
{
    if (image->store == NULL)
        return image->why_not != NULL ? image->why_not : "no image was found";
    if (chain->broken != NULL)
        return chain->broken;
    if (image->layers_broken != NULL)
        return image->layers_broken;
    if (image->layer_count != chain->diff_id_count)
        return arena_format(arena, "the configuration has %zu layers, the store %zu", chain->diff_id_count,
                            image->layer_count);
    if (image->layer_count > LAYERS_MAX)
        return arena_format(arena, "the image has %zu layers, more than %d", image->layer_count, LAYERS_MAX);
    for (size_t i = 0; i < image->layer_count; i++)
        if (image->layers[i].diff_id == NULL || !image_digest_is_valid(image->layers[i].diff_id) ||
            strcmp(image->layers[i].diff_id, chain->diff_ids[i]) != 0)
            return arena_format(arena, "layer %zu is not %s, as the configuration has it", i + 1,
                                chain->diff_ids[i]);
    return NULL;
}

/* Directories of the mount, topmost first, against layers. Of an engine's own, only what is above or below
 * all layers is known: docker's -init, containers-storage's empty one. */
static const char *check_lowers(const struct work *work)
{
    const struct trust_root *root = work->root;
    const struct trust_image *image = work->image;
    size_t left = image->layer_count;

    if (root->type == NULL || strcmp(root->type, "overlay") != 0)
        return "the root is on no overlay of the kernel";
    if (root->unclear != NULL)
        return root->unclear;
    if (!root->at_mount)
        return arena_format(work->arena, "%s is only a part of its mount", root->path);
    if (root->covered != NULL)
        return arena_format(work->arena, "something is mounted beneath the root, at %s", root->covered);
    for (size_t i = 0; i < root->lower_count; i++) {
        const char *other;

        if (left > 0 && image->layers[left - 1].directory != NULL &&
            strcmp(root->lowers[i], image->layers[left - 1].directory) == 0) {
            left--;
            continue;
        }
        if (left != image->layer_count && left != 0)
            return arena_format(work->arena, "the mount has %s where layer %zu belongs", root->lowers[i],
                                left);
        other = trust_engine_directory(root, i + 1, work->arena);
        if (other != NULL)
            return arena_format(work->arena, "the mount has %s, which is no layer: %s", root->lowers[i],
                                other);
    }
    if (left != 0)
        return arena_format(work->arena, "the mount does not have layer %zu", left);

    const char *other = root->upper != NULL ? trust_engine_directory(root, 0, work->arena) : NULL;
    return other == NULL ? NULL : arena_format(work->arena, "the upper directory is not empty: %s", other);
}

/* The third number is how many ids the first line maps. (sscanf would bring a tenth of the program's size.)
 */
static bool maps_everything(const char *map)
{
    uint64_t number = 0;

    for (int i = 0; i < 3; i++) {
        map += strspn(map, " ");
        if (!number_scan_unsigned(&map, &number))
            return false;
    }
    return number == UINT32_MAX;
}

/* Marks of overlay's are in trusted.*, which nobody but root sees, or by its option in user.*. */
static const char *read_setting(struct work *work)
{
    const char *options = work->root->options;
    char map[64] = "";
    ssize_t length = descriptor_read_file_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map));

    /* A longer map than fits is none of one line. */
    if (length < 0 && errno != EFBIG)
        return arena_format(work->arena, "the user namespace cannot be told: %s", error_errno_text(errno));
    work->setting.user_namespace = length < 0 || !maps_everything(map);
    work->setting.user_marks = trust_has_option(options, "userxattr");
    if (!work->setting.user_marks && (work->setting.user_namespace || geteuid() != 0))
        return "overlay's marks on the layers are only visible to root";
    return NULL;
}

static const char *open_folders(struct work *work, size_t *opened)
{
    for (size_t i = 0; i < work->image->layer_count; i++) {
        work->folders[i] = open(work->image->layers[i].directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (work->folders[i] < 0)
            return arena_format(work->arena, "the directory of layer %zu, %s: %s", i + 1,
                                work->image->layers[i].directory, error_errno_text(errno));
        (*opened)++;
    }
    return NULL;
}

static void *check_some(void *context)
{
    struct work *work = context;

    for (;;) {
        size_t i = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED);

        if (i >= work->image->layer_count)
            return NULL;
        layer_check(&work->checks[i], work->folders[i]);
    }
}

/* As many layers at a time as there are processors; fewer where threads cannot be had. */
static void check_all(struct work *work)
{
    pthread_t threads[16];
    size_t count = 0, wanted = work->threads;

    if (wanted > work->image->layer_count)
        wanted = work->image->layer_count;
    while (count + 1 < wanted && count < ARRAY_LENGTH(threads) &&
           thread_start(&threads[count], check_some, work))
        count++;
    check_some(work);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* Is each still the directory that was read? */
static const char *check_identity(const struct work *work)
{
    struct stat before, now;

    for (size_t i = 0; i < work->image->layer_count; i++)
        if (fstat(work->folders[i], &before) < 0 || stat(work->image->layers[i].directory, &now) < 0 ||
            before.st_ino != now.st_ino || before.st_dev != now.st_dev)
            return arena_format(work->arena, "the directory of layer %zu was replaced while it was read",
                                i + 1);
    return NULL;
}

/* What the layers found, the lowest first; words move to the caller's arena. */
static void gather(struct work *work, struct trust_binding *binding)
{
    static const char *const verbs[] = {
        [TRUST_MISSING] = "is missing from",
        [TRUST_ADDED] = "was added to",
        [TRUST_CHANGED] = "differs from",
    };
    struct trust_difference *all = arena_array(work->arena, BINDING_DIFFERENCES, sizeof(*all));

    binding->differences = all;
    for (size_t i = 0; i < work->image->layer_count; i++) {
        const struct layer_check *check = &work->checks[i];

        binding->more += check->tree.more;
        for (size_t j = 0; j < check->tree.difference_count; j++) {
            const struct trust_difference *from = &check->tree.differences[j];

            if (binding->difference_count == BINDING_DIFFERENCES) {
                binding->more++;
                continue;
            }
            all[binding->difference_count++] =
                (struct trust_difference){.kind = from->kind,
                                          .path = arena_string(work->arena, from->path),
                                          .what = arena_string(work->arena, from->what)};
        }
        if (binding->reason == NULL && check->reason != NULL)
            binding->reason = arena_string(work->arena, check->reason);
    }
    if (binding->difference_count == 0)
        return;

    /* A file says more than a digest. */
    const char *first = arena_format(work->arena, "%s %s %s", all[0].path, verbs[all[0].kind], all[0].what);
    size_t others = binding->difference_count - 1 + binding->more;
    binding->reason = others == 0 ? first
                                  : arena_format(work->arena, "%s; %zu more %s", first, others,
                                                 others == 1 ? "difference" : "differences");
}

static void begin_checks(struct work *work)
{
    size_t count = work->image->layer_count;

    work->checks = arena_array(work->arena, count + 1, sizeof(*work->checks));
    work->arenas = arena_array(work->arena, count + 1, sizeof(*work->arenas));
    for (size_t i = 0; i < count; i++) {
        struct layer_check *check = &work->checks[i];

        check->layer = &work->image->layers[i];
        check->threaded = work->threads > 1;
        check->tree.setting = &work->setting;
        check->tree.number = i + 1;
        check->tree.below = work->folders;
        check->tree.folder = check->tree.file = check->tree.parent = -1;
        check->tree.arena = &work->arenas[i];
    }
}

static const char *open_own(const struct work *work, const char *path, int *own, size_t *count)
{
    if (*count == OWN_MAX)
        return "the mount has more beside the layers than engines put there";
    own[*count] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own[*count] < 0)
        return arena_format(work->arena, "%s: %s", path, error_errno_text(errno));
    (*count)++;
    return NULL;
}

/* Everything that the mount is made of, in its order: the upper directory and what check_lowers took for an
 * engine's own are opened, layers are. */
static const char *open_stack(const struct work *work, int *own, size_t *count, int *directories,
                              struct layer_stack *stack)
{
    const struct trust_root *root = work->root;
    size_t left = work->image->layer_count;
    const char *reason = NULL;

    *stack = (struct layer_stack){.directories = directories};
    for (size_t i = 0; i <= root->lower_count && reason == NULL; i++) {
        const char *path = i == 0 ? root->upper : root->lowers[i - 1];

        if (path == NULL)
            continue;
        if (i > 0 && left > 0 && strcmp(path, work->image->layers[left - 1].directory) == 0) {
            directories[stack->count++] = work->folders[--left];
            continue;
        }
        reason = open_own(work, path, own, count);
        if (reason == NULL)
            directories[stack->count++] = own[*count - 1];
        stack->over += left == work->image->layer_count;
    }
    return reason;
}

static const char *compare_shown(const struct work *work, const struct layer_stack *stack)
{
    cleanup_fd int root = open(work->root->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root < 0)
        return arena_format(work->arena, "%s: %s", work->root->path, error_errno_text(errno));
    if (!trust_root_is(work->root, root))
        return arena_format(work->arena, "%s became another folder or mount while it was looked at",
                            work->root->path);
    return layers_are_shown(root, stack, work->arena);
}

/* Does the mount show them? */
static const char *check_shown(const struct work *work)
{
    int own[OWN_MAX], directories[LAYERS_MAX + OWN_MAX];
    struct layer_stack stack;
    size_t count = 0;
    const char *reason = open_stack(work, own, &count, directories, &stack);

    if (reason == NULL)
        reason = compare_shown(work, &stack);
    for (size_t i = 0; i < count; i++)
        descriptor_close(&own[i]);
    return reason;
}

static const char *bind(struct work *work, struct trust_binding *binding, size_t *opened)
{
    const char *reason = check_lowers(work);

    if (reason == NULL)
        reason = read_setting(work);
    if (reason == NULL)
        reason = open_folders(work, opened);
    if (reason != NULL)
        return reason;
    begin_checks(work);
    check_all(work);
    gather(work, binding);
    if (binding->reason != NULL)
        return binding->reason;
    reason = check_identity(work);
    return reason != NULL ? reason : check_shown(work);
}

int trust_bind_layers(const struct trust_root *root, const struct trust_image *image,
                      const struct trust_chain *chain, struct arena *arena, struct trust_binding *binding,
                      struct error *error)
{
    struct work work = {.root = root, .image = image, .arena = arena, .threads = thread_processors()};
    size_t opened = 0;

    (void)error;
    *binding = (struct trust_binding){0};
    binding->reason = check_chain(image, chain, arena);
    if (binding->reason == NULL)
        binding->reason = bind(&work, binding, &opened);
    binding->holds = binding->reason == NULL;
    for (size_t i = 0; work.checks != NULL && i < image->layer_count; i++) {
        layer_tree_free(&work.checks[i].tree);
        arena_free(&work.arenas[i]);
    }
    for (size_t i = 0; i < opened; i++)
        descriptor_close(&work.folders[i]);
    return 0;
}
