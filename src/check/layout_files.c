/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See layout_files.h. */
#include "check/layout_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/digest.h"
#include "base/path.h"
#include "base/text.h"
#include "container/prepare.h"
#include "trust/tar_reader.h"

enum { DOCUMENT_BYTES_MAX = 16 * 1024 * 1024, ENTRIES_MAX = 100 * 1000, READ_BYTES = 4096 };

bool layout_files_are(const char *path)
{
    struct stat status;
    char file[4096];

    if (stat(path, &status) != 0)
        return false;
    if (S_ISREG(status.st_mode))
        return text_ends_with(path, ".tar");
    return S_ISDIR(status.st_mode) && text_print(file, sizeof(file), "%s/oci-layout", path) == 0 &&
           stat(file, &status) == 0 && S_ISREG(status.st_mode);
}

void layout_files_close(struct layout_files *files)
{
    descriptor_close(&files->descriptor);
}

/* ---- archives ---- */

struct indexing {
    struct layout_files *files;
    struct arena *arena;
    bool met; /* an entry whose contents come next */
};

static int meet_entry(void *context, const struct tar_entry *entry, struct error *error)
{
    struct indexing *indexing = context;
    struct layout_files *files = indexing->files;

    indexing->met = false;
    if (entry->type != TAR_FILE ||
        (strcmp(entry->name, "oci-layout") != 0 && strcmp(entry->name, "index.json") != 0 &&
         !text_starts_with(entry->name, "blobs/")))
        return 0;
    if (files->count == ENTRIES_MAX)
        return error_set(error, ERROR_LIMIT, "%s has more than %d blobs", files->path, (int)ENTRIES_MAX);
    if (files->count == files->capacity) {
        size_t capacity = files->capacity * 2 + 32;
        struct layout_entry *entries = arena_array(indexing->arena, capacity, sizeof(*entries));

        if (files->count > 0)
            memcpy(entries, files->entries, files->count * sizeof(*entries));
        files->entries = entries;
        files->capacity = capacity;
    }
    files->entries[files->count++] =
        (struct layout_entry){.name = arena_string(indexing->arena, entry->name), .size = entry->size};
    indexing->met = true;
    return 0;
}

static int pass_contents(void *context, const void *bytes, size_t length, struct error *error)
{
    (void)context;
    (void)bytes;
    (void)length;
    (void)error;
    return 0;
}

/* One block at a time, so that the place where contents begin is that of the descriptor; they are stepped
 * over. */
static int index_blocks(struct indexing *indexing, struct tar_reader *reader, struct error *error)
{
    const int descriptor = indexing->files->descriptor;
    uint8_t block[TAR_BLOCK];
    uint64_t at = 0;

    for (;;) {
        /* Never over the end of a block: what follows contents is padding up to there. */
        ssize_t got = pread(descriptor, block, sizeof(block) - at % sizeof(block), (off_t)at);
        uint64_t left;

        if (got < 0)
            return error_system(error, errno, "reading %s", indexing->files->path);
        if (got == 0)
            return tar_reader_end(reader, error);
        at += (uint64_t)got;
        indexing->met = false;
        if (tar_reader_feed(reader, block, (size_t)got, error) != 0)
            return -1;
        left = tar_reader_contents(reader);
        if (indexing->met)
            indexing->files->entries[indexing->files->count - 1].offset = at;
        if (left == 0)
            continue;
        tar_reader_skip(reader, left);
        at += left;
    }
}

static int index_archive(struct layout_files *files, struct arena *arena, struct error *error)
{
    struct indexing indexing = {.files = files, .arena = arena};
    const struct tar_visitor visitor = {.entry = meet_entry, .contents = pass_contents, .context = &indexing};
    struct tar_reader *reader = arena_allocate(arena, sizeof(*reader));
    int result;

    tar_reader_begin(reader, &visitor);
    result = index_blocks(&indexing, reader, error);
    tar_reader_free(reader);
    return result == 0 ? 0 : error_prefix(error, "%s", files->path);
}

static const struct layout_entry *find_entry(const struct layout_files *files, const char *name)
{
    for (size_t i = files->count; i > 0; i--)
        if (strcmp(files->entries[i - 1].name, name) == 0)
            return &files->entries[i - 1];
    return NULL;
}

static int read_entry(const struct layout_files *files, const char *name, struct arena *arena, char **bytes,
                      size_t *length, struct error *error)
{
    const struct layout_entry *entry = find_entry(files, name);
    size_t done = 0;

    if (entry == NULL)
        return error_set(error, ERROR_INVALID, "%s has no file %s", files->path, name);
    if (entry->size > DOCUMENT_BYTES_MAX)
        return error_set(error, ERROR_LIMIT, "%s: %s is larger than %d bytes", files->path, name,
                         (int)DOCUMENT_BYTES_MAX);
    *length = (size_t)entry->size;
    *bytes = arena_allocate(arena, *length + 1);
    while (done < *length) {
        ssize_t got = pread(files->descriptor, *bytes + done, *length - done, (off_t)(entry->offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_system(error, errno, "reading %s", files->path);
        if (got == 0)
            return error_set(error, ERROR_INVALID, "%s ends within %s", files->path, name);
        done += (size_t)got;
    }
    return 0;
}

/* ---- both ---- */

int layout_files_open(const char *path, struct arena *arena, struct layout_files *files, struct error *error)
{
    struct stat status;

    *files = (struct layout_files){.path = path};
    files->descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (files->descriptor < 0)
        return error_system(error, errno, "opening %s", path);
    if (fstat(files->descriptor, &status) != 0)
        return error_system(error, errno, "looking at %s", path);
    files->is_archive = S_ISREG(status.st_mode);
    return files->is_archive ? index_archive(files, arena, error) : 0;
}

int layout_files_read(const struct layout_files *files, const char *name, struct arena *arena, char **bytes,
                      size_t *length, struct error *error)
{
    if (files->is_archive)
        return read_entry(files, name, arena, bytes, length, error);
    return prepare_read_document(files->descriptor, name, host_path_join(arena, files->path, name).text,
                                 DOCUMENT_BYTES_MAX, arena, bytes, length, error);
}

int layout_files_blob(const struct layout_files *files, const char *digest, struct arena *arena,
                      const char **name, char **bytes, size_t *length, struct error *error)
{
    static const char algorithm[] = "sha256:";
    char hex[DIGEST_HEX_SIZE];
    struct digest computed;

    /* What is put into a path is 64 digits, and nothing else. */
    if (!text_starts_with(digest, algorithm) || strlen(digest) != strlen(algorithm) + DIGEST_HEX_SIZE - 1 ||
        strspn(digest + strlen(algorithm), "0123456789abcdef") != DIGEST_HEX_SIZE - 1)
        return error_set(error, ERROR_INVALID, "%s: \"%.80s\" is no SHA-256 digest", files->path, digest);
    *name = arena_format(arena, "blobs/sha256/%s", digest + strlen(algorithm));
    if (layout_files_read(files, *name, arena, bytes, length, error) != 0)
        return -1;
    computed = digest_of(*bytes, *length);
    digest_hex(&computed, hex);
    return strcmp(hex, digest + strlen(algorithm)) == 0
               ? 0
               : error_set(error, ERROR_INVALID, "%s: %s has other contents: sha256:%s", files->path, *name,
                           hex);
}
