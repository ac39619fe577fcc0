/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layers as engines leave them: tar, record and directory made together, to be tampered with one by one. */
#pragma once

#include <spawn.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include "base/base64.h"
#include "config.h"
#include "store_fixture.h"
#include "tar_writer.h"
#include "trust/binding.h"
#include "trust/documents.h"

#if THWART_ZLIB
#include <zlib.h>
#endif

enum { FIXTURE_LAYERS = 2 };

enum kept { KEPT_RECORD, KEPT_BLOB, KEPT_COMPRESSED_RECORD, KEPT_COMPRESSED_BLOB };

static struct tar_writer writers[FIXTURE_LAYERS];
static struct trust_layer layers[FIXTURE_LAYERS];
static const char *diff_ids[FIXTURE_LAYERS], *lowers[FIXTURE_LAYERS + 1];
static struct trust_root mounted;

/* In the scratch folder. */
static inline void shell(const char *command)
{
    const char *line = arena_format(&arena, "cd %s && %s", store, command);
    char *const arguments[] = {arena_string(&arena, "sh"), arena_string(&arena, "-c"),
                               arena_string(&arena, line), NULL};
    int status;
    pid_t child;

    assert_int_equal(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static inline const char *in_layer(size_t layer, const char *path)
{
    return arena_format(&arena, "%s/%zu/%s", store, layer + 1, path);
}

/* As an engine unpacks it; whiteouts are made by the caller. */
static inline void unpack(size_t layer, const struct tar_fields *fields)
{
    const char *path = in_layer(layer, fields->name);
    const char *contents = fields->contents != NULL ? fields->contents : "";

    switch (fields->type) {
    case TAR_DIRECTORY:
        assert_int_equal(mkdir(path, 0755), 0);
        break;
    case TAR_SYMLINK:
        assert_int_equal(symlink(fields->link, path), 0);
        return;
    case TAR_HARD_LINK:
        assert_int_equal(link(in_layer(layer, fields->link), path), 0);
        return;
    case TAR_FIFO:
        assert_int_equal(mkfifo(path, 0600), 0);
        break;
    default:
        write_bytes(arena_format(&arena, "%zu/%s", layer + 1, fields->name), contents, strlen(contents));
    }
    assert_int_equal(chmod(path, fields->mode), 0);
}

static inline void put(size_t layer, struct tar_fields fields)
{
    tar_writer_add(&writers[layer], &fields);
    unpack(layer, &fields);
}

static inline void put_only_in_tar(size_t layer, struct tar_fields fields)
{
    tar_writer_add(&writers[layer], &fields);
}

static inline void make_whiteout(size_t layer, const char *path)
{
    assert_int_equal(mknod(in_layer(layer, path), S_IFCHR, makedev(0, 0)), 0);
}

static inline void set_attribute(size_t layer, const char *path, const char *name, const char *value)
{
    assert_int_equal(setxattr(in_layer(layer, path), name, value, strlen(value), 0), 0);
}

static inline void begin_layers(void)
{
    for (size_t i = 0; i < FIXTURE_LAYERS; i++) {
        writers[i] = tar_writer_begin();
        writers[i].user = getuid();
        writers[i].group = getgid();
        assert_int_equal(mkdir(in_layer(i, ""), 0755), 0);
    }
}

static inline const char *diff_id_of(const struct text *tar)
{
    char name[IMAGE_DIGEST_SIZE];

    image_digest_of(tar->bytes, tar->length, name);
    return arena_string(&arena, name);
}

static inline void write_kept(const char *path, const struct text *text, bool compressed)
{
#if THWART_ZLIB
    if (compressed) {
        gzFile file = gzopen(in_store(path), "wb1");

        assert_non_null(file);
        assert_int_equal(gzwrite(file, text->bytes, (unsigned int)text->length), text->length);
        assert_int_equal(gzclose(file), Z_OK);
        return;
    }
#endif
    (void)compressed;
    write_bytes(path, text->bytes, text->length);
}

/* What the store keeps of the tars, and the digests of them. */
static inline void keep(enum kept kept)
{
    const bool compressed = kept == KEPT_COMPRESSED_RECORD || kept == KEPT_COMPRESSED_BLOB;
    const bool record = kept == KEPT_RECORD || kept == KEPT_COMPRESSED_RECORD;

    for (size_t i = 0; i < FIXTURE_LAYERS; i++) {
        const char *path = arena_format(&arena, "kept-%zu", i + 1);

        write_kept(path, record ? &writers[i].record : &writers[i].tar, compressed);
        diff_ids[i] = diff_id_of(&writers[i].tar);
        lowers[FIXTURE_LAYERS - 1 - i] = in_layer(i, "");
        layers[i] = (struct trust_layer){
            .diff_id = diff_ids[i],
            .directory = in_layer(i, ""),
            .tar_split = record ? in_store(path) : NULL,
            .blob = record ? NULL : in_store(path),
        };
    }
}

static inline void hide(const char *shown)
{
    if (access(shown, F_OK) == 0 || unlink(shown) != 0)
        (void)nftw(shown, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int show_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    const char *name = path + strlen(store) + 2;
    const char *shown = arena_format(&arena, "%s/merged%s", store, name);

    (void)walk;
    if (type != FTW_D) {
        hide(shown);
        if (!S_ISCHR(status->st_mode) || status->st_rdev != 0)
            assert_int_equal(link(path, shown), 0);
        return 0;
    }
    if (*name != '\0' && getxattr(path, "user.overlay.opaque", NULL, 0) >= 0)
        hide(shown);
    assert_true(mkdir(shown, 0755) == 0 || errno == EEXIST);
    if (*name != '\0')
        assert_int_equal(chmod(shown, status->st_mode & 07777), 0);
    return 0;
}

/* What an overlay would show of them: the same inodes. */
static inline void show_layers(void)
{
    static const char *const folders[] = {"merged", "upper"};

    for (size_t i = 0; i < 2; i++)
        assert_true(mkdir(in_store(folders[i]), 0755) == 0 || errno == EEXIST);
    for (size_t i = 0; i < FIXTURE_LAYERS; i++)
        assert_int_equal(nftw(arena_format(&arena, "%s/%zu", store, i + 1), show_entry, 16, FTW_PHYS), 0);
    mounted = (struct trust_root){
        .bundle = store,
        .path = in_store("merged"),
        .type = "overlay",
        .lowers = lowers,
        .lower_count = FIXTURE_LAYERS,
        .upper = in_store("upper"),
        .at_mount = true,
        .options = "rw,userxattr",
    };
}

static inline struct trust_binding bind_them(void)
{
    const struct trust_image image = {.store = "test", .layers = layers, .layer_count = FIXTURE_LAYERS};
    const struct trust_chain chain = {.diff_ids = diff_ids, .diff_id_count = FIXTURE_LAYERS};
    struct trust_binding binding;
    struct error error = {0};

    assert_int_equal(trust_bind_layers(&mounted, &image, &chain, &arena, &binding, &error), 0);
    assert_true(binding.holds == (binding.reason == NULL));
    return binding;
}

static inline void free_layers(void)
{
    for (size_t i = 0; i < FIXTURE_LAYERS; i++)
        tar_writer_free(&writers[i]);
}
