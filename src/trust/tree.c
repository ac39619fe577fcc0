/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Depth first, without recursion: a hostile tree is as deep as it likes. */
#include "trust/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/tree_pool.h"

enum { SHOWN_BYTES = 1500 };

struct walk {
    const struct tree_visitor *visitor;
    struct tree_pool *pool;
    struct tree_folder *current;
    size_t open; /* descriptors of folders */
    char *path;
    size_t path_capacity;
    struct error *error;
};

/* ---- paths ---- */

int tree_path_compare(const char *left, size_t left_length, const char *right, size_t right_length)
{
    size_t shorter = left_length < right_length ? left_length : right_length;

    for (size_t i = 0; i < shorter; i++) {
        unsigned char a = (unsigned char)left[i], b = (unsigned char)right[i];

        if (a == b)
            continue;
        if (a == '/' || b == '/') /* the end of a name: before whatever goes on */
            return a == '/' ? -1 : 1;
        return a < b ? -1 : 1;
    }
    return left_length < right_length ? -1 : left_length > right_length;
}

bool tree_path_is_beneath(const char *path, size_t length, const char *folder, size_t folder_length)
{
    return length > folder_length && path[folder_length] == '/' && memcmp(path, folder, folder_length) == 0;
}

static int make_path(struct walk *walk, const struct tree_folder *folder, const char *name,
                     struct tree_path *path)
{
    size_t size = tree_folder_path_size(folder, name);

    if (size > TREE_PATH_MAX)
        return error_set(walk->error, ERROR_LIMIT, "a path in the root has more than %d bytes",
                         TREE_PATH_MAX);
    if (size > walk->path_capacity) {
        char *grown = realloc(walk->path, 2 * size);

        if (grown == NULL)
            return error_system(walk->error, ENOMEM, "hold a path of the root");
        walk->path = grown;
        walk->path_capacity = 2 * size;
    }
    tree_folder_path(folder, name, walk->path);
    *path = (struct tree_path){walk->path, size - 1};
    return 0;
}

static int tell_fault(struct walk *walk, const struct tree_path *path, const struct tree_fault *fault)
{
    char buffer[SHOWN_BYTES];
    struct text shown = text_over(buffer, sizeof(buffer));

    text_append_escaped(&shown, path->bytes, path->length);
    if (fault->number != 0)
        return error_system(walk->error, fault->number, "%s %s in the root", fault->what, shown.bytes);
    return error_set(walk->error, ERROR_UNTRUSTED, "%s in the root %s", shown.bytes, fault->what);
}

static int tell_fault_of(struct walk *walk, const struct tree_folder *folder, const struct tree_fault *fault)
{
    struct tree_path path;

    return make_path(walk, folder, NULL, &path) == 0 ? tell_fault(walk, &path, fault) : -1;
}

/* ---- entries that were looked at ---- */

static void let_go(struct walk *walk, struct tree_entry *entry)
{
    if (entry->folder == NULL)
        return;
    entry->folder->entries--;
    tree_folder_release(entry->folder, &walk->open);
}

static int take_first(struct walk *walk)
{
    struct tree_entry *entry = tree_pool_first(walk->pool);
    static const struct tree_path root = {".", 1};
    struct tree_path path = root;
    int status = 0;

    if (entry->folder != NULL)
        status = make_path(walk, entry->folder, entry->name, &path);
    if (status == 0 && entry->fault.what != NULL)
        status = tell_fault(walk, &path, &entry->fault);
    if (status == 0)
        status = walk->visitor->take(walk->visitor->context, &path, &entry->order, &entry->look.facts,
                                     walk->error);
    let_go(walk, entry);
    tree_pool_drop(walk->pool);
    return status;
}

static int next_entry(struct walk *walk, struct tree_folder *folder, const char *name,
                      struct tree_entry **entry)
{
    if (tree_pool_is_full(walk->pool) && take_first(walk) != 0)
        return -1;
    *entry = tree_pool_next(walk->pool);
    if (folder != NULL) {
        (*entry)->folder = folder;
        folder->references++;
        folder->entries++;
    }
    memcpy((*entry)->name, name, strlen(name) + 1); /* meet() has measured it */
    return 0;
}

/* ---- folders ---- */

/* Room for this many descriptors more. */
static int make_room(struct walk *walk, size_t count)
{
    if (walk->open + count <= TREE_FOLDERS_OPEN)
        return 0;
    tree_folder_close_outer(walk->current, &walk->open);
    while (walk->open + count > TREE_FOLDERS_OPEN && !tree_pool_is_empty(walk->pool)) {
        if (take_first(walk) != 0)
            return -1;
        tree_folder_close_outer(walk->current, &walk->open);
    }
    return 0;
}

/* Go into a folder that is open. Its facts are there at once, and tell in order like all others. */
static int enter(struct walk *walk, const char *name, int folder, struct tree_order *order)
{
    struct tree_folder *parent = walk->current;
    struct tree_reader *reader = tree_pool_reader(walk->pool);
    struct tree_entry *entry;
    struct tree_folder *inner;
    struct stat status;
    struct tree_fault fault = {0};

    if (next_entry(walk, parent, name, &entry) != 0) {
        descriptor_close(&folder);
        return -1;
    }
    entry->order = *order;
    if (tree_look_at_folder(reader, folder, &entry->look, &status, &entry->fault) != 0 || order->skip) {
        descriptor_close(&folder);
        tree_pool_put(walk->pool); /* a fault is told in its turn */
        return 0;
    }
    tree_pool_put(walk->pool);
    inner = tree_folder_read(parent, name, folder, &status, reader->buffer, TREE_READ_BYTES, &fault);
    if (inner == NULL) {
        struct tree_path path = {".", 1};

        if (parent != NULL && make_path(walk, parent, name, &path) != 0)
            return -1;
        return tell_fault(walk, &path, &fault);
    }
    walk->open++;
    walk->current = inner;
    if (inner->depth > TREE_DEPTH_MAX)
        return error_set(walk->error, ERROR_LIMIT, "folders in the root are nested more than %d deep",
                         TREE_DEPTH_MAX);
    return 0;
}

/* An outer folder whose descriptor was closed meanwhile is as it was: reopening looked, or nobody asked. */
static int leave(struct walk *walk)
{
    struct tree_folder *folder = walk->current;
    struct tree_fault fault = {TREE_CHANGED, 0};
    struct stat status;

    if (folder->descriptor >= 0 &&
        (fstat(folder->descriptor, &status) != 0 || !tree_is_unchanged(&folder->status, &status)))
        return tell_fault_of(walk, folder, &fault);
    walk->current = folder->parent;
    tree_folder_drop_names(folder);
    tree_folder_release(folder, &walk->open);
    return 0;
}

/* ---- the walk ---- */

/* Put in what has to be looked at, or only told. */
static int put_entry(struct walk *walk, const char *name, const struct tree_order *order,
                     const struct tree_path *path)
{
    char *copy = NULL;
    struct tree_entry *entry;

    if ((order->wishes & TREE_MEASURE) != 0 && !order->skip) {
        copy = strdup(path->bytes);
        if (copy == NULL)
            return error_system(walk->error, ENOMEM, "hold a path of the root");
    }
    if (next_entry(walk, walk->current, name, &entry) != 0) {
        free(copy);
        return -1;
    }
    entry->order = *order;
    entry->path = copy;
    if (!order->skip)
        entry->state = ENTRY_WAITS;
    tree_pool_put(walk->pool);
    return 0;
}

static bool may_be_folder(char type)
{
    return type == DT_DIR || type == DT_UNKNOWN;
}

/* *folder: open, or -1 when it is none (or another mount: looking at it says so). */
static int try_folder(struct walk *walk, const char *name, char type, int *folder)
{
    struct tree_fault fault = {"open the folder", 0};
    struct tree_path path;

    *folder = -1;
    if (!may_be_folder(type))
        return 0;
    if (make_room(walk, 1) != 0)
        return -1;
    *folder = tree_open(walk->current->descriptor, name, O_RDONLY | O_DIRECTORY);
    if (*folder >= 0 || errno == EXDEV || (type == DT_UNKNOWN && (errno == ENOTDIR || errno == ELOOP)))
        return 0;
    fault.number = errno;
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
        fault = (struct tree_fault){TREE_CHANGED, 0};
    return make_path(walk, walk->current, name, &path) == 0 ? tell_fault(walk, &path, &fault) : -1;
}

static int meet(struct walk *walk, const char *name, char type)
{
    cleanup_fd int folder = -1;
    struct tree_order order = {0};
    struct tree_path path;

    if (strlen(name) > 255)
        return error_set(walk->error, ERROR_LIMIT, "a name in the root has more than 255 bytes");
    if (try_folder(walk, name, type, &folder) != 0 || make_path(walk, walk->current, name, &path) != 0 ||
        walk->visitor->meet(walk->visitor->context, &path, folder >= 0, &order, walk->error) != 0)
        return -1;
    if (folder >= 0)
        return enter(walk, name, take_fd(&folder), &order);
    return put_entry(walk, name, &order, &path);
}

static int step(struct walk *walk)
{
    struct tree_folder *folder = walk->current;
    struct tree_fault fault = {0};
    const char *entry;

    if (folder->next == folder->count)
        return leave(walk);
    if (folder->descriptor < 0 && make_room(walk, TREE_FOLDERS_REOPENED + 2) != 0)
        return -1;
    if (tree_folder_reopen(folder, &walk->open, &fault) != 0)
        return tell_fault_of(walk, folder, &fault);
    entry = folder->sorted[folder->next++];
    return meet(walk, entry + 1, entry[0]);
}

static int begin(struct walk *walk, int root)
{
    cleanup_fd int folder = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct tree_path path = {".", 1};
    struct tree_order order = {0};

    if (folder < 0)
        return error_system(walk->error, errno, "open the root for reading");
    if (walk->visitor->meet(walk->visitor->context, &path, true, &order, walk->error) != 0)
        return -1;
    return enter(walk, ".", take_fd(&folder), &order);
}

static int run(struct walk *walk, int root)
{
    if (begin(walk, root) != 0)
        return -1;
    while (walk->current != NULL)
        if (step(walk) != 0)
            return -1;
    while (!tree_pool_is_empty(walk->pool))
        if (take_first(walk) != 0)
            return -1;
    return 0;
}

int tree_walk(int root, const struct tree_visitor *visitor, struct error *error)
{
    struct walk walk = {.visitor = visitor, .error = error};
    int status;

    walk.pool = tree_pool_make(visitor->threads, visitor);
    if (walk.pool == NULL)
        return error_system(error, ENOMEM, "read the root");
    status = run(&walk, root);
    tree_pool_stop(walk.pool);
    while (!tree_pool_is_empty(walk.pool)) { /* after an error */
        let_go(&walk, tree_pool_oldest(walk.pool));
        tree_pool_drop(walk.pool);
    }
    tree_pool_end(walk.pool);
    while (walk.current != NULL) {
        struct tree_folder *folder = walk.current;

        walk.current = folder->parent;
        tree_folder_release(folder, &walk.open);
    }
    free(walk.path);
    return status;
}
