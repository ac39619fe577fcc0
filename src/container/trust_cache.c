/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See trust_cache.h. Warm path: open, fstat, read, close, and a digest over some hundred bytes. */
#include "container/trust_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"

enum {
    ENTRY_FORMAT = 1,
    TEMPORARY_SIZE = 40,
    STALE_TEMPORARY_S = 3600, /* left by a writer that was killed */
    LOOKED_AT_MAX = 4 * TRUST_CACHE_ENTRIES_MAX,
};

static const char entry_magic[8] = "THWTRU\n";
static const char temporary_prefix[] = ".new-";

struct entry_header {
    char magic[8];
    uint32_t format;
    uint32_t length; /* of the value behind it */
    char boot_id[40];
    uint8_t key[DIGEST_BYTES];
    uint8_t digest[DIGEST_BYTES]; /* of everything, with these bytes zero */
};

static struct digest digest_of_entry(struct entry_header header, const char *value)
{
    struct digest_state state;

    memset(header.digest, 0, sizeof(header.digest));
    digest_begin(&state);
    digest_add(&state, &header, sizeof(header));
    digest_add(&state, value, header.length);
    return digest_end(&state);
}

/* ---- the directory ---- */

static int open_directory(const char *path, const char **unusable, struct arena *arena)
{
    cleanup_fd int directory = -1;
    struct stat status;

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        *unusable = arena_format(arena, "%s cannot be made: %s", path, error_errno_text(errno));
        return -1;
    }
    directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0 || fstat(directory, &status) != 0) {
        *unusable = arena_format(arena, "%s cannot be opened: %s", path, error_errno_text(errno));
        return -1;
    }
    if (status.st_uid != geteuid() || (status.st_mode & 077) != 0) {
        *unusable =
            arena_format(arena, "%s is not ours alone (owner %u, mode %03o): chmod 0700 it or remove it",
                         path, status.st_uid, status.st_mode & 0777U);
        return -1;
    }
    return take_fd(&directory);
}

void trust_store_open(const char *root, struct arena *arena, struct trust_store *store)
{
    struct error error;

    *store = (struct trust_store){.directory = -1};
    if (boot_id_read(store->boot_id, &error) != 0)
        store->unusable = arena_string(arena, error.message);
    else
        store->directory =
            open_directory(host_path_join(arena, root, TRUST_CACHE_NAME).text, &store->unusable, arena);
}

void trust_store_close(struct trust_store *store)
{
    descriptor_close(&store->directory);
}

/* ---- reading ---- */

static bool is_whole(const struct entry_header *header, const char *value, size_t length,
                     const struct digest *key, const char *boot_id)
{
    struct digest digest;

    if (memcmp(header->magic, entry_magic, sizeof(entry_magic)) != 0 || header->format != ENTRY_FORMAT ||
        header->length != length || memcmp(header->key, key->bytes, DIGEST_BYTES) != 0 ||
        memcmp(header->boot_id, boot_id, BOOT_ID_SIZE) != 0)
        return false;
    digest = digest_of_entry(*header, value);
    return memcmp(digest.bytes, header->digest, DIGEST_BYTES) == 0;
}

static bool get(void *context, const struct digest *key, struct arena *arena, const char **value,
                size_t *length)
{
    const struct trust_store *store = context;
    cleanup_fd int file = -1;
    char name[DIGEST_HEX_SIZE];
    struct entry_header header;
    struct stat status;
    size_t size;
    char *bytes;

    if (store->directory < 0)
        return false;
    digest_hex(key, name);
    file = openat(store->directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
        (status.st_mode & 022) != 0 || status.st_nlink != 1 || status.st_size < (off_t)sizeof(header) ||
        status.st_size > (off_t)(sizeof(header) + TRUST_CACHE_VALUE_MAX))
        return false;
    if (descriptor_read_all(file, (size_t)status.st_size, name, arena, &bytes, &size, NULL) != 0 ||
        size < sizeof(header))
        return false;
    memcpy(&header, bytes, sizeof(header));
    *value = bytes + sizeof(header);
    *length = size - sizeof(header);
    return is_whole(&header, *value, *length, key, store->boot_id);
}

/* ---- writing ---- */

struct entry {
    char name[DIGEST_HEX_SIZE];
    time_t modified;
};

static int compare_entries(const void *one, const void *other)
{
    const struct entry *a = one, *b = other;

    return a->modified < b->modified ? -1 : a->modified > b->modified;
}

/* Somebody else may have been faster, and what cannot be removed is tried again next time. */
static void remove_entry(const struct trust_store *store, const char *name)
{
    (void)unlinkat(store->directory, name, 0);
}

/* The newest TRUST_CACHE_ENTRIES_MAX stay, and no stale temporary file. */
static void prune(const struct trust_store *store)
{
    cleanup_free struct entry *entries = calloc(LOOKED_AT_MAX, sizeof(*entries));
    int copy = openat(store->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    time_t now = time(NULL);
    size_t count = 0;

    if (stream == NULL || entries == NULL) {
        if (stream != NULL)
            closedir(stream);
        else
            descriptor_close(&copy);
        return;
    }
    for (const struct dirent *entry = readdir(stream); entry != NULL && count < LOOKED_AT_MAX;
         entry = readdir(stream)) {
        bool temporary = text_starts_with(entry->d_name, temporary_prefix);
        struct stat status;

        if ((entry->d_name[0] == '.' && !temporary) ||
            fstatat(store->directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (temporary || strlen(entry->d_name) != DIGEST_HEX_SIZE - 1) {
            if (status.st_mtime + STALE_TEMPORARY_S < now)
                remove_entry(store, entry->d_name);
            continue;
        }
        entries[count].modified = status.st_mtime;
        memcpy(entries[count++].name, entry->d_name, DIGEST_HEX_SIZE);
    }
    closedir(stream);
    if (count <= TRUST_CACHE_ENTRIES_MAX)
        return;
    qsort(entries, count, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < count - TRUST_CACHE_ENTRIES_MAX; i++)
        remove_entry(store, entries[i].name);
}

/* Not synced: after a crash the digest tells a torn file from a whole one. */
static bool write_entry(const struct trust_store *store, const char *name, const struct entry_header *header,
                        const char *value)
{
    char temporary[TEMPORARY_SIZE];
    cleanup_fd int file = -1;
    uint64_t random;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint64_t)getpid(); /* early at boot; the name need not be secret, O_EXCL decides */
    (void)text_print(temporary, sizeof(temporary), "%s%016llx", temporary_prefix, (unsigned long long)random);
    file = openat(store->directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    if (descriptor_write_all(file, header, sizeof(*header)) == 0 &&
        descriptor_write_all(file, value, header->length) == 0 &&
        renameat(store->directory, temporary, store->directory, name) == 0)
        return true;
    remove_entry(store, temporary);
    return false;
}

static void put(void *context, const struct digest *key, const char *value, size_t length)
{
    const struct trust_store *store = context;
    struct entry_header header = {.format = ENTRY_FORMAT, .length = (uint32_t)length};
    char name[DIGEST_HEX_SIZE];
    struct digest digest;

    if (store->directory < 0 || length > TRUST_CACHE_VALUE_MAX)
        return;
    memcpy(header.magic, entry_magic, sizeof(entry_magic));
    memcpy(header.boot_id, store->boot_id, BOOT_ID_SIZE);
    memcpy(header.key, key->bytes, DIGEST_BYTES);
    digest = digest_of_entry(header, value);
    memcpy(header.digest, digest.bytes, DIGEST_BYTES);
    digest_hex(key, name);
    if (write_entry(store, name, &header, value))
        prune(store);
}

struct trust_cache trust_store_cache(struct trust_store *store)
{
    return (struct trust_cache){.get = get, .put = put, .context = store};
}
