/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See store_files.h. */
#include "trust/store_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

enum { OPEN_ATTEMPTS = 16 };

/* O_NONBLOCK: a fifo in a hostile store must not make us wait for its writer. */
static int open_beneath(int folder, const char *path, uint64_t flags)
{
    const uint64_t calm = (flags & O_PATH) != 0 ? 0 : O_NONBLOCK | O_NOCTTY; /* openat2 wants O_PATH alone */
    struct open_how how = {
        .flags = flags | O_CLOEXEC | O_NOFOLLOW | calm,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int file = -1;

    /* EAGAIN: something was renamed or mounted while the path was walked (openat2(2)). */
    for (int attempt = 0; attempt < OPEN_ATTEMPTS && file < 0; attempt++) {
        file = (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
        if (file < 0 && errno != EAGAIN && errno != EINTR)
            break;
    }
    return file;
}

int store_open(const char *path, struct error *error)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return folder >= 0 ? folder : error_system(error, errno, "open the folder %s", path);
}

int store_open_folder(int folder, const char *path, struct error *error)
{
    int inner = open_beneath(folder, path, O_RDONLY | O_DIRECTORY);

    return inner >= 0 ? inner : error_system(error, errno, "open the folder %s", path);
}

int store_open_file(int folder, const char *path, struct error *error)
{
    cleanup_fd int file = open_beneath(folder, path, O_RDONLY);
    struct stat status;

    if (file < 0)
        return error_system(error, errno, "open %s", path);
    if (fstat(file, &status) < 0)
        return error_system(error, errno, "look at %s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s is no regular file", path);
    return take_fd(&file);
}

int store_read(int folder, const char *path, size_t limit, struct arena *arena, struct store_file *file,
               struct error *error)
{
    cleanup_fd int descriptor = open_beneath(folder, path, O_RDONLY);
    struct stat status;

    if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (descriptor < 0)
        return error_system(error, errno, "open %s", path);
    if (fstat(descriptor, &status) < 0)
        return error_system(error, errno, "look at %s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s is no regular file", path);
    if (descriptor_read_all(descriptor, limit, path, arena, &file->bytes, &file->length, error) < 0)
        return -1;
    return 1;
}

int store_read_word(int folder, const char *path, struct arena *arena, const char **word, struct error *error)
{
    struct store_file file;
    int found = store_read(folder, path, STORE_WORD_BYTES_MAX, arena, &file, error);

    if (found <= 0)
        return found;
    if (file.length > 0 && file.bytes[file.length - 1] == '\n')
        file.bytes[--file.length] = '\0';
    if (file.length == 0 || strlen(file.bytes) != file.length || text_has_control(file.bytes))
        return error_set(error, ERROR_INVALID, "%s holds no word", path);
    *word = file.bytes;
    return 1;
}

int store_read_json(int folder, const char *path, struct arena *arena, const struct json_value **document,
                    struct error *error)
{
    const struct json_limits limits = {.bytes = STORE_INDEX_BYTES_MAX, .values = 1000000};
    struct json_value *root;
    struct store_file file;
    int found = store_read(folder, path, STORE_INDEX_BYTES_MAX, arena, &file, error);

    if (found <= 0)
        return found;
    if (json_read(file.bytes, file.length, path, &limits, arena, &root, error) < 0)
        return -1;
    *document = root;
    return 1;
}

bool store_has_file(int folder, const char *path)
{
    cleanup_fd int descriptor = open_beneath(folder, path, O_PATH);
    struct stat status;

    return descriptor >= 0 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

const char *store_text(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_member(object, key);

    return value != NULL && value->type == JSON_STRING ? value->string.bytes : NULL;
}
