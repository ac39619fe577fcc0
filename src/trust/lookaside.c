/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See lookaside.h. */
#include "trust/lookaside.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "trust/documents.h"
#include "trust/image_store.h"
#include "trust/packets.h"
#include "trust/registries_d.h"
#include "trust/store_files.h"

#include <unistd.h>

enum { WORDS_MAX = 2048, PLACES_MAX = 2 * IMAGE_NAMES_MAX };

const char *lookaside_folder_of(const char *url, struct arena *arena, const char **reason)
{
    static const char scheme[] = "file:";
    const char *path = url + sizeof(scheme) - 1;

    *reason = NULL;
    if (!text_starts_with(url, scheme)) {
        *reason = "is not on this machine (file:///…)";
        return NULL;
    }
    if (text_starts_with(path, "//"))
        path += 2;
    if (*path != '/' || strpbrk(path, "?#") != NULL) {
        *reason = "names no absolute folder";
        return NULL;
    }

    char *folder = arena_string(arena, path), *to = folder;
    for (; *path != '\0'; path++) {
        int high = *path == '%' ? number_hex_digit(path[1]) : -1,
            low = high >= 0 ? number_hex_digit(path[2]) : -1;

        if (*path == '%' && (low < 0 || high * 16 + low == 0)) {
            *reason = "has a % that stands for nothing";
            return NULL;
        }
        *to++ = *path == '%' ? (char)(high * 16 + low) : *path;
        path += *path == '%' ? 2 : 0;
    }
    *to = '\0';
    return folder;
}

static const char *entry_of(const char *repository, const char *digest, struct arena *arena)
{
    return arena_format(arena, "%s@sha256=%s", repository, digest + strlen("sha256:"));
}

void lookaside_read(const char *base, const char *repository, const char *digest, struct arena *arena,
                    struct lookaside_found *found)
{
    struct error error = {0};
    cleanup_fd int folder = store_open(base, &error);
    const char *entry = entry_of(repository, digest, arena);

    *found = (struct lookaside_found){
        .blobs = arena_array(arena, IMAGE_SIGNATURES_MAX, sizeof(struct trust_blob)),
    };
    if (folder < 0) {
        found->reason = arena_string(arena, error.message);
        return;
    }
    for (size_t number = 1;; number++) {
        const char *path = arena_format(arena, "%s/signature-%zu", entry, number);
        struct store_file file;
        int read = store_read(folder, path, TRUST_SIGNATURE_BYTES_MAX, arena, &file, &error);

        if (read == 0)
            return;
        if (read < 0 || number > IMAGE_SIGNATURES_MAX) {
            found->reason = read < 0 ? arena_string(arena, error.message) : "more than 128 signatures";
            return;
        }
        found->blobs[found->count++] = (struct trust_blob){
            .where = arena_format(arena, "%s/%s", base, path),
            .bytes = file.bytes,
            .length = file.length,
        };
    }
}

struct looking {
    struct trust_image *image;
    const struct trust_places *places;
    struct arena *arena;
    struct registries_d registries;
    const char *broken;               /* registries.d; NULL: it was read */
    char computed[IMAGE_DIGEST_SIZE]; /* of the manifest; "": there is none */
    bool digest_alone;                /* is known of the manifest */
    const char **seen;                /* entries below folders that were read */
    size_t seen_count;
    struct text words;
};

static void say(struct looking *looking, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct looking *looking, const char *format, ...)
{
    va_list arguments;

    if (looking->words.length > 0)
        text_append(&looking->words, "; ");
    va_start(arguments, format);
    text_append_format_list(&looking->words, format, arguments);
    va_end(arguments);
}

/* The same repository under another tag need not be read twice. */
static bool is_new(struct looking *looking, const char *place)
{
    for (size_t i = 0; i < looking->seen_count; i++)
        if (strcmp(looking->seen[i], place) == 0)
            return false;
    if (looking->seen_count == PLACES_MAX)
        return false;
    looking->seen[looking->seen_count++] = place;
    return true;
}

static void add_signatures(struct looking *looking, const struct lookaside_found *found)
{
    struct trust_image *image = looking->image;
    struct trust_blob *all;

    if (found->count == 0)
        return;
    all = arena_array(looking->arena, image->signature_count + found->count, sizeof(*all));
    if (image->signature_count > 0)
        memcpy(all, image->signatures, image->signature_count * sizeof(*all));
    memcpy(all + image->signature_count, found->blobs, found->count * sizeof(*all));
    image->signatures = all;
    image->signature_count += found->count;
}

static void add_seal(struct looking *looking, const char *path)
{
    struct trust_image *image = looking->image;
    const char **seals = arena_array(looking->arena, image->seal_count + 1, sizeof(*seals));

    if (image->seal_count > 0)
        memcpy(seals, image->seals, image->seal_count * sizeof(*seals));
    seals[image->seal_count++] = path;
    image->seals = seals;
}

/* Bytes that somebody put there count only when they are the named ones, and of this configuration. */
static void take_manifest(struct looking *looking, int folder, const char *base, const char *entry,
                          const char *digest)
{
    struct trust_image *image = looking->image;
    const char *path = arena_format(looking->arena, "%s/manifest.json", entry);
    char computed[IMAGE_DIGEST_SIZE];
    struct image_manifest manifest;
    struct store_file file;
    struct error error;
    int found = store_read(folder, path, STORE_MANIFEST_BYTES_MAX, looking->arena, &file, &error);

    if (found == 0)
        return;
    if (found < 0) {
        say(looking, "%s/%s: %s", base, path, error.message);
        return;
    }
    image_digest_of(file.bytes, file.length, computed);
    if (strcmp(computed, digest) != 0) {
        say(looking, "%s/%s is another manifest, %s", base, path, computed);
        return;
    }
    if (image_manifest_parse(file.bytes, file.length, path, looking->arena, &manifest, &error) < 0) {
        say(looking, "%s", error.message);
        return;
    }
    image_digest_of(image->configuration, image->configuration_length, computed);
    if (strcmp(computed, manifest.configuration) != 0) {
        say(looking, "%s/%s is of another image, %s", base, path, manifest.configuration);
        return;
    }
    image->manifest = file.bytes;
    image->manifest_length = file.length;
    memcpy(looking->computed, digest, IMAGE_DIGEST_SIZE);
}

static void look_in(struct looking *looking, const char *base, const char *by,
                    const struct trust_reference *name)
{
    const char *slash = strchr(name->repository, '/');
    const char *repository = slash != NULL ? slash + 1 : name->repository;
    const char *digest = looking->computed[0] != '\0' ? looking->computed : name->digest;
    struct lookaside_found found;

    if (digest == NULL || !image_digest_is_valid(digest))
        return;
    const char *entry = entry_of(repository, digest, looking->arena);
    if (!is_new(looking, arena_format(looking->arena, "%s/%s", base, entry)))
        return;
    if (looking->image->manifest == NULL && !looking->digest_alone) {
        struct error error;
        cleanup_fd int folder = store_open(base, &error);

        if (folder >= 0)
            take_manifest(looking, folder, base, entry, digest);
        if (looking->image->manifest == NULL)
            return;
    }
    lookaside_read(base, repository, digest, looking->arena, &found);
    say(looking, "%s/%s (%s): %zu signature%s%s%s", base, entry, by, found.count, found.count == 1 ? "" : "s",
        found.reason != NULL ? ", " : "", found.reason != NULL ? found.reason : "");
    add_signatures(looking, &found);
    add_seal(looking, arena_format(looking->arena, "%s/%s/seal", base, entry));
}

static void look_by_registries(struct looking *looking, const struct trust_reference *name)
{
    const char *scope, *reason, *folder, *home = looking->places->home;
    const char *url = registries_d_url(&looking->registries, name, looking->arena, &scope);

    if (looking->broken != NULL)
        return;
    if (url == NULL) {
        folder = home != NULL ? arena_format(looking->arena, "%s/.local/share/containers/sigstore", home)
                              : "/var/lib/containers/sigstore";
        look_in(looking, folder, "the default", name);
        return;
    }
    folder = lookaside_folder_of(url, looking->arena, &reason);
    if (folder != NULL)
        look_in(looking, folder, arena_format(looking->arena, "registries.d, %s", scope), name);
    else if (is_new(looking, url))
        say(looking, "%s (registries.d, %s) %s", url, scope, reason);
}

static void look_by_name(struct looking *looking, const char *text)
{
    struct trust_reference name;
    struct error ignored; /* a store may know an image by a name that no registry could have */

    if (trust_reference_parse(text, looking->arena, &name, &ignored) < 0)
        return;
    if (looking->places->lookaside != NULL)
        look_in(looking, looking->places->lookaside, "as configured", &name);
    look_by_registries(looking, &name);
}

static const char *registries_folder(const struct trust_places *places, struct arena *arena)
{
    if (places->registries_d != NULL)
        return places->registries_d;
    if (places->home != NULL) {
        const char *own = arena_format(arena, "%s/.config/containers/registries.d", places->home);

        if (access(own, F_OK) == 0)
            return own;
    }
    return "/etc/containers/registries.d";
}

/* digest: of the manifest; NULL: its bytes, if the image has them. */
static void look_by_names(struct trust_image *image, const char *digest, const struct trust_places *places,
                          struct arena *arena)
{
    char words[WORDS_MAX];
    struct looking looking = {
        .image = image,
        .places = places,
        .arena = arena,
        .seen = arena_array(arena, PLACES_MAX, sizeof(const char *)),
        .words = text_over(words, sizeof(words)),
        .digest_alone = digest != NULL,
    };
    struct error reason = {0};

    if (image->name_count == 0)
        return;
    if (digest != NULL)
        memcpy(looking.computed, digest, IMAGE_DIGEST_SIZE);
    else if (image->manifest != NULL)
        image_digest_of(image->manifest, image->manifest_length, looking.computed);
    if (registries_d_read(registries_folder(places, arena), arena, &looking.registries, &reason) < 0) {
        looking.broken = reason.message;
        say(&looking, "registries.d: %s", reason.message);
    }
    for (size_t i = 0; i < image->name_count; i++)
        look_by_name(&looking, image->names[i]);
    if (looking.words.length > 0)
        image->lookaside = arena_string(arena, words);
}

int image_add_lookaside(struct trust_image *image, const struct trust_places *places, struct arena *arena,
                        struct error *error)
{
    (void)error;
    look_by_names(image, NULL, places, arena);
    return 0;
}

int image_add_lookaside_of(struct trust_image *image, const char *digest, const struct trust_places *places,
                           struct arena *arena, struct error *error)
{
    if (!image_digest_is_valid(digest))
        return error_set(error, ERROR_INVALID, "\"%.100s\" is no digest: sha256: and 64 hexadecimal digits",
                         digest);
    look_by_names(image, digest, places, arena);
    return 0;
}
