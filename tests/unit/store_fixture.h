/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scratch folder in which tests make an engine's store. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "trust/image.h"
#include "unit.h"

static const char *samples; /* tests/samples/signatures */
static char store[64];      /* the folder */
static struct arena arena;

static inline const char *in_store(const char *path)
{
    return arena_format(&arena, "%s/%s", store, path);
}

/* Folders on the way are made. */
static inline void write_bytes(const char *path, const void *bytes, size_t length)
{
    char *whole = arena_string(&arena, in_store(path));

    for (char *slash = whole + strlen(store) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        assert_true(mkdir(whole, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    cleanup_fd int file = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(file >= 0);
    assert_int_equal(descriptor_write_all(file, bytes, length), 0);
}

static inline void write_text(const char *path, const char *text)
{
    write_bytes(path, text, strlen(text));
}

/* gcc 12, where it inlines this, takes the result for the address of a local variable. */
static __attribute__((noinline, unused)) char *read_whole(const char *path, size_t *length)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    struct error error = {0};
    char *bytes = NULL;

    assert_true(file >= 0);
    assert_int_equal(descriptor_read_all(file, 1 << 20, path, &arena, &bytes, length, &error), 0);
    return bytes;
}

static inline void copy_sample(const char *sample, const char *path)
{
    size_t length;
    const char *bytes = read_whole(arena_format(&arena, "%s/%s", samples, sample), &length);

    write_bytes(path, bytes, length);
}

/* Once. */
static inline void replace_in(const char *path, const char *from, const char *to)
{
    size_t length;
    const char *text = read_whole(in_store(path), &length), *at = strstr(text, from);

    assert_non_null(at);
    write_text(path, arena_format(&arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)));
}

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline int make_store(void **state)
{
    const char *temporary = getenv("TMPDIR");

    (void)state;
    snprintf(store, sizeof(store), "%.40s/thwart-store-XXXXXX", temporary != NULL ? temporary : "/tmp");
    return mkdtemp(store) != NULL ? 0 : -1;
}

static inline int remove_store(void **state)
{
    (void)state;
    arena_free(&arena);
    return nftw(store, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Each of some bytes of a file changed, then the file cut; `look` is called for each, and asserts what must
 * hold of any store. */
static inline void damage(const char *path, size_t step, void (*look)(void))
{
    size_t length;
    char *bytes = read_whole(in_store(path), &length);

    for (size_t at = 0; at < length; at += step) {
        const char kept = bytes[at];

        bytes[at] = (char)(kept ^ (at % 2 == 0 ? 1 : 0x5a));
        write_bytes(path, bytes, length);
        look();
        bytes[at] = kept;
    }
    for (size_t cut = 0; cut < length; cut += 16 * step) {
        write_bytes(path, bytes, cut);
        look();
    }
    write_bytes(path, bytes, length);
}

#define assert_says(text, part)                                                                              \
    do {                                                                                                     \
        const char *assert_says_text = (text);                                                               \
        if (assert_says_text == NULL || strstr(assert_says_text, (part)) == NULL)                            \
            fail_msg("\"%s\" does not say \"%s\"", assert_says_text, (part));                                \
    } while (0)

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, make_store, remove_store)

/* Whatever a store says: an answer, with a reason where there is no image. */
static inline void look_at_anything(const struct trust_root *root)
{
    struct arena own = {0};
    const struct trust_places places = {.registries_d = "/nowhere"};
    struct trust_image image;
    struct trust_chain chain;
    struct error error = {0};

    assert_int_equal(trust_image_find(root, &places, &own, &image, &error), 0);
    assert_true(image.store != NULL || (image.why_not != NULL && image.why_not[0] != '\0'));
    assert_true(image.store == NULL || image.layers_broken != NULL || image.layer_count > 0);
    assert_int_equal(trust_chain_of(&image, &own, &chain, &error), 0);
    assert_true(chain.broken != NULL || chain.config_digest != NULL);
    arena_free(&own);
}
