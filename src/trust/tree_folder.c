/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tree_folder.h. */
#include "trust/tree_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"

enum { NAMES_FIRST = 4096, ANCHOR_LEVELS = TREE_DEPTH_MAX / 64 };

static int by_bytes(const void *left, const void *right)
{
    char *const *a = left, *const *b = right;

    return strcmp(*a + 1, *b + 1);
}

/* ---- names ---- */

struct names {
    char *bytes;
    size_t length, capacity, count;
};

static bool add_name(struct names *names, unsigned char type, const char *name)
{
    size_t size = strlen(name) + 2;

    if (names->length + size > names->capacity) {
        size_t capacity = names->capacity == 0 ? NAMES_FIRST : 2 * names->capacity;
        char *bytes;

        while (capacity < names->length + size)
            capacity *= 2;
        bytes = capacity <= TREE_NAMES_MAX ? realloc(names->bytes, capacity) : NULL;
        if (bytes == NULL)
            return false;
        names->bytes = bytes;
        names->capacity = capacity;
    }
    names->bytes[names->length] = (char)type;
    memcpy(names->bytes + names->length + 1, name, size - 1);
    names->length += size;
    names->count++;
    return true;
}

static int read_names(int folder, void *buffer, size_t size, struct names *names, struct tree_fault *fault)
{
    ssize_t got;

    while ((got = getdents64(folder, buffer, size)) > 0) {
        const char *at = buffer, *end = at + got;

        while (at < end) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)at;

            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            if (!add_name(names, entry->d_type, entry->d_name)) {
                *fault = (struct tree_fault){"has more names than are read", 0};
                return -1;
            }
        }
    }
    if (got < 0)
        *fault = (struct tree_fault){"read the folder", errno};
    return got < 0 ? -1 : 0;
}

static bool sort_names(struct tree_folder *folder, const struct names *names)
{
    char *at = names->bytes;

    folder->names = names->bytes;
    folder->count = names->count;
    folder->sorted = malloc((names->count + 1) * sizeof(*folder->sorted));
    if (folder->sorted == NULL)
        return false;
    for (size_t i = 0; i < names->count; i++) {
        folder->sorted[i] = at;
        at += strlen(at + 1) + 2;
    }
    qsort(folder->sorted, folder->count, sizeof(*folder->sorted), by_bytes);
    return true;
}

struct tree_folder *tree_folder_read(struct tree_folder *parent, const char *name, int descriptor,
                                     const struct stat *status, void *buffer, size_t size,
                                     struct tree_fault *fault)
{
    size_t length = strlen(name);
    struct tree_folder *folder = calloc(1, sizeof(*folder) + length + 1);
    struct names names = {0};

    if (folder == NULL || read_names(descriptor, buffer, size, &names, fault) != 0 ||
        !sort_names(folder, &names)) {
        if (fault->what == NULL)
            *fault = (struct tree_fault){"hold the names of", ENOMEM};
        free(names.bytes);
        free(folder);
        descriptor_close(&descriptor);
        return NULL;
    }
    memcpy(folder->name, name, length + 1);
    folder->parent = parent;
    folder->references = 1;
    folder->descriptor = descriptor;
    folder->status = *status;
    folder->path_length = length;
    if (parent != NULL) {
        parent->references++;
        folder->depth = parent->depth + 1;
        folder->path_length += parent->path_length + 1;
    }
    return folder;
}

void tree_folder_drop_names(struct tree_folder *folder)
{
    memory_free_pointer(&folder->names);
    memory_free_pointer(&folder->sorted);
    folder->count = folder->next = 0;
}

static void close_folder(struct tree_folder *folder, size_t *open)
{
    if (folder->descriptor < 0)
        return;
    descriptor_close(&folder->descriptor);
    *open -= 1;
}

void tree_folder_release(struct tree_folder *folder, size_t *open)
{
    while (folder != NULL && --folder->references == 0) {
        struct tree_folder *parent = folder->parent;

        close_folder(folder, open);
        tree_folder_drop_names(folder);
        free(folder);
        folder = parent;
    }
}

/* ---- paths ---- */

size_t tree_folder_path_size(const struct tree_folder *folder, const char *name)
{
    return folder->path_length + (name != NULL ? strlen(name) + 1 : 0) + 1;
}

static char *put_before(char *end, const char *name)
{
    size_t length = strlen(name);

    memcpy(end - length, name, length);
    return end - length;
}

void tree_folder_path(const struct tree_folder *folder, const char *name, char *buffer)
{
    char *end = buffer + tree_folder_path_size(folder, name) - 1;

    *end = '\0';
    if (name != NULL) {
        end = put_before(end, name);
        *--end = '/';
    }
    for (; folder->parent != NULL; folder = folder->parent) {
        end = put_before(end, folder->name);
        *--end = '/';
    }
    (void)put_before(end, folder->name);
}

/* ---- descriptors ---- */

/* Some stay open all along a deep path, so that the way back is not always the whole one: at most 64. */
static bool is_anchor(const struct tree_folder *folder)
{
    return folder->depth % ANCHOR_LEVELS == 0;
}

void tree_folder_close_outer(struct tree_folder *current, size_t *open)
{
    size_t depth = current->depth;

    for (struct tree_folder *folder = current; folder->parent != NULL; folder = folder->parent)
        if (folder->depth + TREE_FOLDERS_REOPENED <= depth && folder->entries == 0 && !is_anchor(folder))
            close_folder(folder, open);
}

static int open_again(struct tree_folder *folder, size_t *open, struct tree_fault *fault)
{
    cleanup_fd int descriptor = tree_open(folder->parent->descriptor, folder->name, O_RDONLY | O_DIRECTORY);
    struct stat status;

    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        *fault = (struct tree_fault){"open the folder again", errno};
        return -1;
    }
    if (!tree_is_unchanged(&folder->status, &status)) {
        *fault = (struct tree_fault){TREE_CHANGED, 0};
        return -1;
    }
    folder->descriptor = take_fd(&descriptor);
    *open += 1;
    return 0;
}

int tree_folder_reopen(struct tree_folder *folder, size_t *open, struct tree_fault *fault)
{
    struct tree_folder **closed;
    size_t count = 0;
    int status = 0;

    if (folder->descriptor >= 0)
        return 0;
    for (const struct tree_folder *outer = folder; outer->descriptor < 0; outer = outer->parent)
        count++;
    closed = calloc(count, sizeof(struct tree_folder *));
    if (closed == NULL) {
        *fault = (struct tree_fault){"open the folder again", ENOMEM};
        return -1;
    }
    for (size_t i = count; i > 0; i--, folder = folder->parent)
        closed[i - 1] = folder;
    for (size_t i = 0; i < count && status == 0; i++) {
        status = open_again(closed[i], open, fault);
        /* The way here is long; only its last part will be asked for soon. */
        if (status == 0 && i > 0 && i + TREE_FOLDERS_REOPENED < count && !is_anchor(closed[i - 1]))
            close_folder(closed[i - 1], open);
    }
    free(closed);
    return status;
}
