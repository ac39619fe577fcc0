/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State directories: claim, records, removal. Locks are in state_lock.c. */
#include "container/state_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "container/container_id.h"

#define RECORD_FILE     "record.json"
#define RECORD_FILE_NEW "record.json.new"
#define CONFIG_FILE     "config.json"
#define CONFIG_FILE_NEW "config.json.new"  /* being written: means nothing */
#define AMENDMENT_FILE  "config.json.next" /* whole: an update is at work, or was killed */
#define BOUNDS_FILE     "bounds.json"
#define BOUNDS_FILE_NEW "bounds.json.new"
#define START_SOCKET    "start"

enum { CONFIG_BYTES_MAX = 64 * 1024 * 1024 };

static int open_id(int root, const char *id)
{
    return openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int state_claim(int root, const char *id, int *directory, struct error *error)
{
    cleanup_fd int opened = -1;

    if (mkdirat(root, id, 0700) != 0) {
        if (errno == EEXIST)
            return error_set(error, ERROR_EXISTS,
                             "container %s exists already: delete it first, or choose another id", id);
        return error_system(error, errno, "making the state directory of container %s", id);
    }
    opened = open_id(root, id);
    if (opened < 0) {
        int number = errno;
        unlinkat(root, id, AT_REMOVEDIR); /* ours and empty; when this fails too, delete --force finds it */
        return error_system(error, number, "opening the state directory of container %s", id);
    }
    if (state_lock(opened, id, STATE_LOCK_TIMEOUT_MS, error) != 0) {
        /* Ours and empty, unless a delete was faster: then it is gone, or another's and not empty. */
        if (error == NULL || error->kind != ERROR_NOT_FOUND)
            unlinkat(root, id, AT_REMOVEDIR);
        return -1;
    }
    *directory = take_fd(&opened);
    return 0;
}

int state_open(int root, const char *id, int *directory, struct error *error)
{
    *directory = -1;
    if (container_id_check(id, error) != 0)
        return -1;
    if (root >= 0)
        *directory = open_id(root, id);
    if (*directory >= 0)
        return 0;
    if (root < 0 || errno == ENOENT)
        return error_set(error, ERROR_NOT_FOUND, "container %s does not exist", id);
    return error_system(error, errno, "opening the state directory of container %s", id);
}

/* A tmpfs has nothing to be flushed to, and the calls cost. -1 with errno. */
static int is_durable(int directory, bool *durable)
{
    struct statfs status;

    if (fstatfs(directory, &status) != 0)
        return -1;
    *durable = status.f_type != TMPFS_MAGIC;
    return 0;
}

/* Under the lock only a writer that was killed can have left the name. */
static int create_exclusive(int directory, const char *name)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int descriptor = openat(directory, name, flags, 0600);

    if (descriptor < 0 && errno == EEXIST && unlinkat(directory, name, 0) == 0)
        descriptor = openat(directory, name, flags, 0600);
    return descriptor;
}

/* Write a new file completely. -1 with errno. */
static int write_new(int directory, const char *name, const char *bytes, size_t length, bool durable)
{
    cleanup_fd int descriptor = create_exclusive(directory, name);

    if (descriptor < 0 || descriptor_write_all(descriptor, bytes, length) != 0)
        return -1;
    return durable ? fsync(descriptor) : 0;
}

int state_write_record(int directory, const struct record *record, struct error *error)
{
    cleanup_text struct text text = text_growing(RECORD_BYTES_MAX);
    bool durable;

    record_encode(&text, record);
    if (text_complete(&text, "the state record", error) != 0)
        return -1;
    if (is_durable(directory, &durable) != 0 ||
        write_new(directory, RECORD_FILE_NEW, text.bytes, text.length, durable) != 0 ||
        renameat(directory, RECORD_FILE_NEW, directory, RECORD_FILE) != 0 ||
        (durable && fsync(directory) != 0))
        return error_system(error, errno, "writing the state record of container %s", record->id);
    return 0;
}

/* Open for reading, a regular file of ours only: what stands there may be anything after a fault. */
static int open_regular(int directory, const char *name)
{
    cleanup_fd int descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;

    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return -1;
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
        errno = EBADF;
        return -1;
    }
    return take_fd(&descriptor);
}

int state_read_record(int directory, const char *id, struct arena *arena, const struct record **record,
                      struct error *error)
{
    cleanup_fd int descriptor = open_regular(directory, RECORD_FILE);
    const char *name = arena_format(arena, "record of container %s", id);
    char *bytes;
    size_t length;

    if (descriptor < 0 && errno == ENOENT)
        return error_set(
            error, ERROR_NOT_FOUND,
            "container %s has no record: its creation was interrupted; delete --force removes it", id);
    if (descriptor < 0 && errno == EBADF)
        return error_set(error, ERROR_INVALID, "%s is not a regular file of ours; delete --force removes it",
                         name);
    if (descriptor < 0)
        return error_system(error, errno, "opening the %s", name);
    if (descriptor_read_all(descriptor, RECORD_BYTES_MAX, name, arena, &bytes, &length, error) != 0)
        return -1;
    return record_decode(bytes, length, name, id, arena, record, error);
}

bool state_has_begun(int directory)
{
    static const char *const files[] = {CONFIG_FILE, RECORD_FILE};
    struct stat status;

    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        if (fstatat(directory, files[i], &status, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
            return true;
    return false;
}

int state_write_config(int directory, const char *bytes, size_t length, struct error *error)
{
    bool durable;

    if (is_durable(directory, &durable) != 0 ||
        write_new(directory, CONFIG_FILE, bytes, length, durable) != 0)
        return error_system(error, errno, "keeping the granted configuration");
    return 0;
}

int state_read_config(int directory, struct arena *arena, char **bytes, size_t *length, struct error *error)
{
    cleanup_fd int descriptor = open_regular(directory, CONFIG_FILE);

    if (descriptor < 0 && errno == EBADF)
        return error_set(error, ERROR_INVALID,
                         "the container's kept configuration is not a regular file of ours");
    if (descriptor < 0)
        return error_system(error, errno, "opening the container's kept configuration");
    return descriptor_read_all(descriptor, CONFIG_BYTES_MAX, "the container's kept configuration", arena,
                               bytes, length, error);
}

/* Rename within the directory, and let it last. -1 with errno. */
static int rename_durably(int directory, const char *from, const char *to)
{
    bool durable;

    if (is_durable(directory, &durable) != 0 || renameat(directory, from, directory, to) != 0)
        return -1;
    return durable ? fsync(directory) : 0;
}

int state_write_bounds(int directory, const char *bytes, size_t length, struct error *error)
{
    bool durable;

    if (is_durable(directory, &durable) != 0 ||
        write_new(directory, BOUNDS_FILE_NEW, bytes, length, durable) != 0 ||
        rename_durably(directory, BOUNDS_FILE_NEW, BOUNDS_FILE) != 0)
        return error_system(error, errno, "keeping the container's policies");
    return 0;
}

int state_read_bounds(int directory, struct arena *arena, char **bytes, size_t *length, struct error *error)
{
    cleanup_fd int descriptor = open_regular(directory, BOUNDS_FILE);

    if (descriptor < 0 && errno == EBADF)
        return error_set(error, ERROR_INVALID,
                         "the container's kept policies are not a regular file of ours");
    if (descriptor < 0)
        return error_system(error, errno, "opening the container's kept policies");
    return descriptor_read_all(descriptor, CONFIG_BYTES_MAX, "the container's kept policies", arena, bytes,
                               length, error);
}

int state_begin_amendment(int directory, const char *bytes, size_t length, struct error *error)
{
    bool durable;

    if (is_durable(directory, &durable) != 0 ||
        write_new(directory, CONFIG_FILE_NEW, bytes, length, durable) != 0 ||
        rename_durably(directory, CONFIG_FILE_NEW, AMENDMENT_FILE) != 0)
        return error_system(error, errno, "writing the amended configuration");
    return 0;
}

int state_commit_amendment(int directory, struct error *error)
{
    if (rename_durably(directory, AMENDMENT_FILE, CONFIG_FILE) != 0)
        return error_system(error, errno,
                            "putting the amended configuration in the place of the granted one");
    return 0;
}

int state_cancel_amendment(int directory, struct error *error)
{
    if (unlinkat(directory, AMENDMENT_FILE, 0) != 0 && errno != ENOENT)
        return error_system(error, errno, "removing the amended configuration");
    return 0;
}

int state_read_amendment(int directory, struct arena *arena, char **bytes, size_t *length,
                         struct error *error)
{
    cleanup_fd int descriptor = open_regular(directory, AMENDMENT_FILE);

    *bytes = NULL;
    if (descriptor < 0 && errno == ENOENT)
        return 0;
    if (descriptor < 0)
        return error_system(error, errno, "opening the configuration of an interrupted update");
    return descriptor_read_all(descriptor, CONFIG_BYTES_MAX, "the configuration of an interrupted update",
                               arena, bytes, length, error);
}

/* Whatever a fault or another release put there. Sub-directories are not ours and stay: the rmdir then says
 * so. */
static int remove_entries(int directory)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    int result = 0;

    if (stream == NULL) {
        descriptor_close(&copy);
        return -1;
    }
    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(directory, entry->d_name, 0) != 0 && errno != ENOENT && errno != EISDIR)
            result = -1;
    }
    closedir(stream);
    return result;
}

int state_remove(int root, const char *id, int directory, struct error *error)
{
    static const char *const files[] = {START_SOCKET, BOUNDS_FILE, CONFIG_FILE, RECORD_FILE};

    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        if (unlinkat(directory, files[i], 0) != 0 && errno != ENOENT && errno != EISDIR)
            return error_system(error, errno, "removing %s from the state directory of container %s",
                                files[i], id);
    if (unlinkat(root, id, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno == ENOTEMPTY || errno == EEXIST) {
        if (remove_entries(directory) == 0 && (unlinkat(root, id, AT_REMOVEDIR) == 0 || errno == ENOENT))
            return 0;
    }
    return error_system(error, errno, "removing the state directory of container %s", id);
}

int state_list(int root, struct arena *arena, const char *const **ids, size_t *count, struct error *error)
{
    struct error ignored;
    const char **list = NULL;
    size_t used = 0, capacity = 0;
    int copy = root < 0 ? -1 : openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);

    *ids = NULL;
    *count = 0;
    if (root < 0)
        return 0;
    if (stream == NULL) {
        int number = errno;
        descriptor_close(&copy);
        return error_system(error, number, "listing the state directory");
    }
    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        /* What is no id is not ours: ".", "..", the cache. */
        if (entry->d_type != DT_DIR || container_id_check(entry->d_name, &ignored) != 0)
            continue;
        if (used == capacity) {
            const char **larger = arena_array(arena, capacity * 2 + 64, sizeof(*larger));
            if (used > 0)
                memcpy(larger, list, used * sizeof(*larger));
            list = larger;
            capacity = capacity * 2 + 64;
        }
        list[used++] = arena_string(arena, entry->d_name);
    }
    closedir(stream);
    *ids = list;
    *count = used;
    return 0;
}
