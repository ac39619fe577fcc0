/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See binding_ways.h. */
#include "trust/binding_ways.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/engine_files.h"
#include "trust/seal.h"

enum { REASON_BYTES = 2048 };

struct binder {
    const struct binding_question *question;
    struct arena *arena;
    struct trust *trust;
    struct error *error;
    struct arena scratch;          /* the seal's list */
    const struct trust_seal *seal; /* with its list; NULL: none */
    const char *no_seal;           /* why */
    bool only_measured;            /* the differences that are told were found by measuring */
    int root;
    struct text reasons, absences; /* of ways that do not hold; of those that there are not */
};

struct way {
    enum trust_level level;
    const char *name;
    const char *(*cannot)(struct binder *binder); /* NULL: it can be tried */
    int (*bind)(struct binder *binder, struct trust_binding *binding);
};

/* ---- the seal ---- */

static const char no_list[] = "the seal's list was not found";

/* Whether it is the list that was signed, its digest says. NULL, or why it cannot be used. */
static const char *read_list(struct binder *binder, const char *path, const struct trust_seal *wanted,
                             struct trust_seal *found)
{
    cleanup_fd int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    struct error error = {0};
    size_t length;
    char *bytes;

    if (file < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? no_list
                   : arena_format(binder->arena, "%s cannot be opened: %s", path, error_errno_text(errno));
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return arena_format(binder->arena, "%s is no regular file", path);
    if (descriptor_read_all(file, TRUST_SEAL_LIST_BYTES_MAX, path, &binder->scratch, &bytes, &length,
                            &error) != 0 ||
        trust_seal_attach(wanted, bytes, length, found, &error) != 0)
        return arena_format(binder->arena, "%s: %s", path, error.message);
    return NULL;
}

/* One that is there and wrong is the better reason than one that is not there. */
static bool find_list(struct binder *binder, const struct trust_seal *wanted)
{
    const struct trust_image *image = binder->question->image;
    struct trust_seal *found = arena_allocate(binder->arena, sizeof(*found));

    for (size_t i = 0; i < image->seal_count; i++) {
        const char *fault = read_list(binder, image->seals[i], wanted, found);

        if (fault == NULL) {
            binder->seal = found;
            return true;
        }
        if (fault != no_list)
            binder->no_seal = fault;
        arena_free(&binder->scratch);
    }
    return false;
}

static void find_seal(struct binder *binder)
{
    const struct binding_question *question = binder->question;

    binder->no_seal = "no signature that counts has a seal";
    for (size_t i = 0; i < question->counting_count; i++) {
        const struct trust_seal *seal = question->counting[i]->seal;

        if (seal == NULL)
            continue;
        binder->no_seal = no_list;
        if (find_list(binder, seal))
            return;
    }
}

/* ---- what was proven before ---- */

static void add_text(struct digest_state *state, const char *text)
{
    size_t length = text != NULL ? strlen(text) : SIZE_MAX;

    digest_add(state, &length, sizeof(length));
    digest_add(state, text != NULL ? text : "", text != NULL ? length : 0);
}

static bool add_directory(struct digest_state *state, const char *path)
{
    struct statx status;
    uint64_t numbers[6];

    if (path == NULL || statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                              STATX_INO | STATX_CTIME | STATX_TYPE, &status) != 0)
        return false;
    numbers[0] = status.stx_dev_major;
    numbers[1] = status.stx_dev_minor;
    numbers[2] = status.stx_ino;
    numbers[3] = (uint64_t)status.stx_ctime.tv_sec;
    numbers[4] = status.stx_ctime.tv_nsec;
    numbers[5] = status.stx_mode;
    digest_add(state, numbers, sizeof(numbers));
    add_text(state, path);
    return S_ISDIR(status.stx_mode);
}

/* Up to the next comma outside of quotes: SELinux's labels have some inside. */
static size_t option_length(const char *options)
{
    bool quoted = false;
    size_t length = 0;

    while (options[length] != '\0' && (quoted || options[length] != ','))
        quoted ^= options[length++] == '"';
    return length;
}

/* How the kernel reads these directories (metacopy, redirect_dir, userxattr …), without which they are: those
 * of writing, and labels, are each container's own. Commas in paths are escaped. */
static void add_options(struct digest_state *state, const char *options)
{
    static const char *const own[] = {
        "lowerdir", "datadir", "upperdir=", "workdir=", "context=", "rootcontext=", "fscontext="};

    while (options != NULL && *options != '\0') {
        size_t length = option_length(options), i = 0;

        while (i < ARRAY_LENGTH(own) && !text_starts_with(options, own[i]))
            i++;
        if (i == ARRAY_LENGTH(own)) {
            digest_add(state, &length, sizeof(length));
            digest_add(state, options, length);
        }
        options += length + (options[length] == ',');
    }
}

/* What the bundle says and is heeded: whose files may be shifted to whom, and where empty files may be that
 * nobody signed. Layers have those in the upper directory alone, which is looked at each time. */
static void add_request(struct digest_state *state, const struct trust_root *root, bool layers)
{
    digest_add(state, &root->user, sizeof(root->user));
    digest_add(state, &root->group, sizeof(root->group));
    for (size_t i = 0; !layers && i < root->mount_count; i++)
        add_text(state, root->mounts[i]);
}

/*
 * A key for what holds of these layers: only of an overlay that is told whole, and that nothing was written
 * to yet but by engines, each time anew. Any other root is its container's own to change, and is read each
 * time.
 */
static bool key_of(const struct binder *binder, const struct way *way, struct digest *key)
{
    const struct trust_inquiry *inquiry = binder->question->inquiry;
    const struct trust_chain *chain = binder->question->chain;
    const struct trust_root *root = inquiry->root;
    struct digest_state state;

    if (inquiry->cache == NULL || inquiry->demand->reread || root->type == NULL ||
        strcmp(root->type, "overlay") != 0 || root->lower_count == 0 || root->unclear != NULL ||
        root->covered != NULL || !root->at_mount ||
        (root->upper != NULL && trust_engine_directory(root, 0, binder->arena) != NULL))
        return false;
    digest_begin(&state);
    add_text(&state, "thwart binding 3");
    add_text(&state, way->name);
    add_request(&state, root, way->level == TRUST_BOUND_LAYERS);
    add_text(&state, binder->seal != NULL ? binder->seal->digest : NULL);
    add_options(&state, root->options);
    digest_add(&state, &chain->diff_id_count, sizeof(chain->diff_id_count));
    for (size_t i = 0; i < chain->diff_id_count; i++)
        add_text(&state, chain->diff_ids[i]);
    for (size_t i = 0; i < root->lower_count; i++)
        if (!add_directory(&state, root->lowers[i]))
            return false;
    *key = digest_end(&state);
    return true;
}

/* ---- ways ---- */

static const char *cannot_measure(struct binder *binder)
{
    return binder->seal == NULL ? binder->no_seal : NULL;
}

static int measure(struct binder *binder, struct trust_binding *binding)
{
    return trust_bind_verity(binder->root, binder->question->inquiry->root, binder->seal, binder->arena,
                             binding, binder->error);
}

static int walk(struct binder *binder, struct trust_binding *binding)
{
    return trust_bind_walk(binder->root, binder->question->inquiry->root, binder->seal, binder->arena,
                           binding, binder->error);
}

static const char *cannot_reassemble(struct binder *binder)
{
    const struct trust_image *image = binder->question->image;

    if (image->layers_broken != NULL)
        return image->layers_broken;
    return image->layer_count == 0 ? "the store does not tell its layers" : NULL;
}

static int reassemble(struct binder *binder, struct trust_binding *binding)
{
    return trust_bind_layers(binder->question->inquiry->root, binder->question->image,
                             binder->question->chain, binder->arena, binding, binder->error);
}

static const struct way ways[] = {
    /* the cheapest first */
    {TRUST_BOUND_VERITY, "verity", cannot_measure, measure},
    {TRUST_BOUND_WALK, "walk", cannot_measure, walk},
    {TRUST_BOUND_LAYERS, "layers", cannot_reassemble, reassemble},
};

static void say(struct text *words, const struct way *way, const char *reason)
{
    text_append_format(words, "%s%s: %s", words->length > 0 ? "; " : "", way->name, reason);
}

/* 1: it holds. */
static int try_way(struct binder *binder, const struct way *way)
{
    const struct trust_cache *cache = binder->question->inquiry->cache;
    static const char holds[] = "holds";
    const char *fault = way->cannot(binder), *value;
    struct trust_binding binding = {0};
    struct digest key;
    size_t length;

    if (fault != NULL) {
        say(&binder->absences, way, fault);
        return 0;
    }
    bool keyed = key_of(binder, way, &key);
    if (keyed && cache->get(cache->context, &key, binder->arena, &value, &length) &&
        length == sizeof(holds) && memcmp(value, holds, length) == 0)
        return 1;
    if (way->bind(binder, &binding) != 0)
        return -1;
    if (binding.holds) {
        struct digest after;

        /* What was changed meanwhile was not what was read. */
        if (keyed && key_of(binder, way, &after) && memcmp(&key, &after, sizeof(key)) == 0)
            cache->put(cache->context, &key, holds, sizeof(holds));
        return 1;
    }
    say(&binder->reasons, way, binding.reason != NULL ? binding.reason : "it does not hold");
    /* What could not be measured may be as it was signed all the same: who has read it knows better. */
    if (binder->trust->difference_count == 0 || (binder->only_measured && binding.difference_count > 0)) {
        binder->only_measured = way->bind == measure;
        binder->trust->differences = binding.differences;
        binder->trust->difference_count = binding.difference_count;
        binder->trust->differences_more = binding.more;
    }
    return 0;
}

static void reach(struct binder *binder, const struct way *way)
{
    binder->trust->level = way->level;
    if (way->bind == reassemble)
        binder->trust->unsealed_level = way->level;
    else
        binder->trust->seal = binder->seal->digest;
}

/* Is the seal that was used nothing to somebody: to a requirement that is met by other signatures, to a rule
 * that goes by digests? */
static bool is_foreign_to_some(const struct binder *binder)
{
    const struct trust *trust = binder->trust;

    for (size_t i = 0; i < trust->verdict_count; i++)
        if (trust->verdicts[i].met && trust_level_by(trust, &trust->verdicts[i]) < trust->level)
            return true;
    return binder->question->inquiry->demand->digest_count > 0;
}

/* Those may still go by the layers. What is told of the level is that of the seal. */
static int try_without_seal(struct binder *binder)
{
    const struct way *layers = &ways[ARRAY_LENGTH(ways) - 1];
    const struct trust before = *binder->trust;
    int result = binder->trust->seal != NULL && is_foreign_to_some(binder) ? try_way(binder, layers) : 0;

    *binder->trust = before;
    if (result > 0)
        binder->trust->unsealed_level = layers->level;
    return result < 0 ? -1 : 0;
}

static int try_level(struct binder *binder, enum trust_level lowest, enum trust_level highest)
{
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
        if (ways[i].level < lowest || ways[i].level > highest)
            continue;
        int result = try_way(binder, &ways[i]);

        if (result != 0) {
            if (result > 0)
                reach(binder, &ways[i]);
            return result;
        }
    }
    return 0;
}

static int try_all(struct binder *binder)
{
    enum trust_level wanted = binder->question->inquiry->demand->level;
    int result = try_level(binder, wanted, TRUST_BOUND_VERITY);

    while (result == 0 && wanted > TRUST_BOUND_WALK) {
        wanted--;
        result = try_level(binder, wanted, wanted);
    }
    return result < 0 ? -1 : 0;
}

int trust_bind(const struct binding_question *question, struct arena *arena, struct trust *trust,
               struct error *error)
{
    char reasons[REASON_BYTES], absences[REASON_BYTES];
    struct binder binder = {.question = question,
                            .arena = arena,
                            .trust = trust,
                            .error = error,
                            .scratch = {.limit = (size_t)3 * TRUST_SEAL_LIST_BYTES_MAX},
                            .reasons = text_over(reasons, sizeof(reasons)),
                            .absences = text_over(absences, sizeof(absences))};
    cleanup_fd int root = -1;
    int result;

    trust->level = trust->unsealed_level = TRUST_MANIFEST_ONLY;
    if (question->inquiry->demand->level <= TRUST_MANIFEST_ONLY)
        return 0;
    root = open(question->inquiry->root->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        trust->level_reason = arena_format(arena, "%s: %s", question->inquiry->root->path,
                                           errno == ENOENT ? "does not exist" : "cannot be opened");
        return 0;
    }
    if (!trust_root_is(question->inquiry->root, root))
        return error_set(error, ERROR_UNTRUSTED, "%s became another folder or mount while it was looked at",
                         question->inquiry->root->path);
    binder.root = root;
    find_seal(&binder);
    result = try_all(&binder);
    if (result == 0)
        result = try_without_seal(&binder);
    arena_free(&binder.scratch);
    /* A way that was not there is of no interest once another has shown enough, nor what it stumbled over. */
    if (result == 0 && trust->level < question->inquiry->demand->level) {
        /* What differs says more than what there was not. */
        if (binder.reasons.length > 0 && binder.absences.length > 0)
            text_append(&binder.reasons, "; ");
        text_append(&binder.reasons, absences);
        trust->level_reason = arena_string(arena, reasons);
    }
    /* Whoever has read the files since has found them as they were signed. */
    if (result == 0 && (trust->level >= question->inquiry->demand->level ||
                        (binder.only_measured && trust->level >= TRUST_BOUND_WALK))) {
        trust->differences = NULL;
        trust->difference_count = trust->differences_more = 0;
    }
    return result;
}
