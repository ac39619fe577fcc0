/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart image seal: sign an image together with the list of its files, and with what it needs at most. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "cli/image_payload.h"
#include "cli/image_place.h"
#include "container/gpg_helper.h"
#include "container/prepare.h"
#include "trust/documents.h"
#include "trust/store_files.h"

enum {
    REVISION_MAX = 2147483647,
    PAYLOAD_BYTES_MAX = 4 * 1024 * 1024,
    PATIENCE_MS = 5 * 60 * 1000, /* somebody types a passphrase */
    HEX_AT = 7,                  /* behind "sha256:" */
};

struct seal_options {
    const char *name, *manifest, *digest, *key, *home, *list, *output, *into, *image_configuration;
    struct image_claim claim;
};

#define PLACE(member) offsetof(struct seal_options, member)

static const struct option rows[] = {
    {"name", 'n', OPTION_STRING, PLACE(name), "REF", "what the image is called, with its tag or digest"},
    {"manifest", 0, OPTION_STRING, PLACE(manifest), "FILE", "the image's manifest"},
    {"digest", 0, OPTION_STRING, PLACE(digest), "DIGEST", "the manifest's digest, in place of its file"},
    {"key", 'k', OPTION_STRING, PLACE(key), "FINGERPRINT", "the private key to sign with"},
    {"home", 0, OPTION_STRING, PLACE(home), "DIR",
     "where gpg keeps it (default: GNUPGHOME, or .gnupg in HOME)"},
    {"into", 0, OPTION_STRING, PLACE(into), "BUNDLE",
     "put signature, list, name, manifest and configuration into BUNDLE/thwart.image, where create looks"},
    {"image-configuration", 0, OPTION_STRING, PLACE(image_configuration), "FILE",
     "the configuration that the manifest names (default: beside the manifest, under its digest)"},
    {"output", 'o', OPTION_STRING, PLACE(output), "FILE", "the signature goes there"},
    {"list", 0, OPTION_STRING, PLACE(list), "FILE", "the list of files goes there"},
    {"claim", 0, OPTION_STRING, PLACE(claim.file), "FILE",
     "sign also that the image needs no more than this policy grants"},
    {"revision", 0, OPTION_NUMBER, PLACE(claim.revision), "N", "of the claim", .maximum = REVISION_MAX},
    {"not-before", 0, OPTION_STRING, PLACE(claim.not_before), "TIME", "the claim's first day or time"},
    {"expires", 0, OPTION_STRING, PLACE(claim.expires), "TIME", "when the claim holds no longer"},
};

struct sealing {
    const struct invocation *invocation;
    const struct seal_options *options;
    struct arena *arena;
    const char *folder; /* thwart.image; NULL */
    const char *digest;
    const char *manifest; /* bytes; NULL: only the digest is known */
    size_t manifest_length;
    struct trust_seal seal;
};

static int check_options(const struct seal_options *options, struct error *error)
{
    static const struct {
        size_t offset;
        const char *words;
    } needed[] = {
        {PLACE(name), "--name REF: what the image is called"},
        {PLACE(key), "--key FINGERPRINT: who signs"},
    };

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (*(const char *const *)(const void *)((const char *)options + needed[i].offset) == NULL)
            return error_set(error, ERROR_USAGE, "thwart image seal needs %s", needed[i].words);
    if ((options->manifest == NULL) == (options->digest == NULL))
        return error_set(error, ERROR_USAGE,
                         "thwart image seal needs either --manifest FILE or --digest DIGEST");
    if (options->into == NULL && (options->output == NULL || options->list == NULL))
        return error_set(
            error, ERROR_USAGE,
            "where to? --into BUNDLE, or --output FILE for the signature and --list FILE for the "
            "list of files");
    if (options->into != NULL && (options->output != NULL || options->list != NULL))
        return error_set(error, ERROR_USAGE,
                         "--into BUNDLE says where all goes: without --output and --list");
    if (options->into != NULL && options->manifest == NULL)
        return error_set(error, ERROR_USAGE,
                         "a bundle's image needs the manifest itself: --into goes with --manifest FILE");
    return 0;
}

/* ---- the manifest, and its configuration ---- */

static int take_manifest(struct sealing *sealing, struct image_manifest *manifest, struct error *error)
{
    const struct seal_options *options = sealing->options;
    char computed[IMAGE_DIGEST_SIZE];
    char *bytes;

    if (options->manifest == NULL) {
        if (!image_digest_is_valid(options->digest))
            return error_set(error, ERROR_USAGE,
                             "--digest \"%.100s\" is none: sha256: and 64 hexadecimal digits",
                             options->digest);
        sealing->digest = options->digest;
        return 0;
    }
    if (prepare_read_document(AT_FDCWD, options->manifest, options->manifest, STORE_MANIFEST_BYTES_MAX,
                              sealing->arena, &bytes, &sealing->manifest_length, error) != 0 ||
        image_manifest_parse(bytes, sealing->manifest_length, options->manifest, sealing->arena, manifest,
                             error) != 0)
        return -1;
    sealing->manifest = bytes;
    image_digest_of(bytes, sealing->manifest_length, computed);
    sealing->digest = arena_string(sealing->arena, computed);
    return 0;
}

/* Beside the manifest, as skopeo's dir: and the blobs of an OCI layout have it. */
static const char *configuration_file(const struct sealing *sealing, const struct image_manifest *manifest)
{
    const char *beside = sealing->options->manifest, *slash = strrchr(beside, '/');

    if (sealing->options->image_configuration != NULL)
        return sealing->options->image_configuration;
    return arena_format(sealing->arena, "%.*s%s", slash != NULL ? (int)(slash + 1 - beside) : 0, beside,
                        manifest->configuration + HEX_AT);
}

static int keep_documents(const struct sealing *sealing, const struct image_manifest *manifest,
                          struct error *error)
{
    const char *file = configuration_file(sealing, manifest), *name = sealing->options->name;
    char computed[IMAGE_DIGEST_SIZE];
    size_t length;
    char *bytes;

    if (prepare_read_document(AT_FDCWD, file, file, STORE_CONFIGURATION_BYTES_MAX, sealing->arena, &bytes,
                              &length, error) != 0)
        return error_prefix(error, "the image's configuration %s (--image-configuration FILE)",
                            manifest->configuration);
    image_digest_of(bytes, length, computed);
    if (strcmp(computed, manifest->configuration) != 0)
        return error_set(error, ERROR_INVALID, "%s is %s, and the manifest names the configuration %s", file,
                         computed, manifest->configuration);
    return image_write(arena_format(sealing->arena, "%s/manifest.json", sealing->folder), sealing->manifest,
                       sealing->manifest_length, true, sealing->arena, error) != 0 ||
                   image_write(arena_format(sealing->arena, "%s/config.json", sealing->folder), bytes, length,
                               true, sealing->arena, error) != 0 ||
                   image_write(arena_format(sealing->arena, "%s/name", sealing->folder), name, strlen(name),
                               true, sealing->arena, error) != 0
               ? -1
               : 0;
}

/* ---- the list ---- */

/* Signatures that are there already are over a list: another one would make them worthless. */
static int keep_list(const struct sealing *sealing, const char *path, struct image_draft *draft,
                     struct error *error)
{
    char digest[IMAGE_DIGEST_SIZE];
    struct error ignored;
    size_t length;
    char *bytes;

    if (access(path, F_OK) != 0)
        return image_draft_finish(draft, false, error);
    if (prepare_read_document(AT_FDCWD, path, path, TRUST_SEAL_LIST_BYTES_MAX, sealing->arena, &bytes,
                              &length, &ignored) == 0) {
        image_digest_of(bytes, length, digest);
        if (strcmp(digest, sealing->seal.digest) == 0)
            return 0;
    }
    return error_set(error, ERROR_EXISTS,
                     "%s is the list of other files, and signatures beside it count with it alone: remove "
                     "it and them, to seal these",
                     path);
}

static int make_list(struct sealing *sealing, const char *path, struct image_draft *draft,
                     struct error *error)
{
    const char *rootfs = sealing->invocation->words[0];
    cleanup_fd int root = open(rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root < 0)
        return error_system(error, errno, "opening the root %s", rootfs);
    return image_draft_begin(path, sealing->arena, draft, error) != 0 ||
                   trust_seal_write(root, draft->descriptor, sealing->arena, &sealing->seal, error) != 0
               ? -1
               : 0;
}

/* ---- the signature ---- */

static const char *home_of(const struct seal_options *options, struct arena *arena)
{
    const char *home = getenv("GNUPGHOME"), *user = getenv("HOME");

    if (options->home != NULL)
        return options->home;
    if (home != NULL && *home != '\0')
        return home;
    return arena_format(arena, "%s/.gnupg", user != NULL ? user : "");
}

/* Where gpg's agent may ask for a passphrase. */
static const char *terminal(struct arena *arena)
{
    char path[64];
    ssize_t length;

    if (isatty(STDIN_FILENO) != 1)
        return NULL;
    length = readlink("/proc/self/fd/0", path, sizeof(path));
    return length > 0 && (size_t)length < sizeof(path) ? arena_copy(arena, path, (size_t)length) : NULL;
}

static int sign(const struct sealing *sealing, const char *path, struct error *error)
{
    const struct seal_options *options = sealing->options;
    cleanup_text struct text payload = text_growing(PAYLOAD_BYTES_MAX);
    cleanup_gpg_helper struct gpg_helper gpg;
    const void *signature;
    const char *home;
    size_t length;

    if (prepare_absolute(home_of(options, sealing->arena), sealing->arena, &home, error) != 0 ||
        image_payload(options->name, sealing->digest, &sealing->seal, &options->claim, time(NULL),
                      sealing->arena, &payload, error) != 0)
        return -1;
    gpg_helper_begin(&gpg, "/"); /* signing has a home of its own */
    if (gpg_helper_sign(&gpg, options->key, home, terminal(sealing->arena), PATIENCE_MS, payload.bytes,
                        payload.length, sealing->arena, &signature, &length, error) != 0)
        return -1;
    return image_write(path, signature, length, false, sealing->arena, error);
}

static int print(const struct sealing *sealing, const char *list, const char *signature, struct error *error)
{
    cleanup_text struct text text = text_growing(IMAGE_OUTPUT_BYTES_MAX);

    text_append_format(&text, "sealed %llu files as %s\n", (unsigned long long)sealing->seal.files,
                       sealing->seal.digest);
    text_append_format(&text, "list      %s\nsignature %s\n", list, signature);
    return command_print(&text, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct seal_options *options = invocation->options;
    struct sealing sealing = {.invocation = invocation, .options = options, .arena = invocation->arena};
    cleanup_image_draft struct image_draft draft = {.descriptor = -1};
    const char *list = options->list, *signature = options->output;
    struct image_manifest manifest = {0};

    (void)status;
    if (check_options(options, error) != 0 || take_manifest(&sealing, &manifest, error) != 0)
        return -1;
    if (options->into != NULL) {
        if (image_folder_of(options->into, sealing.arena, &sealing.folder, error) != 0 ||
            image_next_signature(sealing.folder, sealing.arena, &signature, error) != 0)
            return -1;
        list = arena_format(sealing.arena, "%s/seal", sealing.folder);
    }
    if (make_list(&sealing, list, &draft, error) != 0 ||
        (options->into != NULL && keep_documents(&sealing, &manifest, error) != 0) ||
        keep_list(&sealing, list, &draft, error) != 0 || sign(&sealing, signature, error) != 0)
        return -1;
    return print(&sealing, list, signature, error);
}

const struct command image_command_seal = {
    .name = "image seal",
    .words = "ROOTFS",
    .summary = "sign an image with the list of its files, and with what it needs at most",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct seal_options),
    .run = run,
};
