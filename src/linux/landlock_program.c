/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program and its layers: is it one that they let be executed, and what does the kernel execute beside it?
 *
 * The loader of a dynamic program is executed by the kernel, and reads libraries (mapping them executable
 * takes no right but that to read). Authors of policies cannot know where each image has it, so it is added:
 * for what the `execute` list names, and for the program itself. Only where loaders lie, by a loader's name:
 * the program's file says which, and a hostile one could say "/usr/bin/anything". Interpreters of scripts are
 * programs like others, and have to be listed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "linux/landlock_rules.h"
#include "linux/program_file.h"

/* Those of the common C libraries on this architecture and its 32-bit sibling. */
static const char *const loaders[] = {
#if defined(__x86_64__)
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux.so.2",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-i386.so.1",
#elif defined(__aarch64__)
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-linux-armhf.so.3",
    "/lib/ld-musl-aarch64.so.1",
    "/lib/ld-musl-armhf.so.1",
#elif defined(__riscv)
    "/lib/ld-linux-riscv64-lp64d.so.1",
    "/lib/ld-musl-riscv64.so.1",
#elif defined(__powerpc64__)
    "/lib64/ld64.so.2",
    "/lib/ld-musl-powerpc64le.so.1",
#elif defined(__s390x__)
    "/lib/ld64.so.1",
    "/lib/ld-musl-s390x.so.1",
#else
    "/lib64/ld.so.1",
    "/lib/ld.so.1",
#endif
};

/* Where libraries and loaders lie, and what tells the loader where libraries lie. */
static const char *const library_directories[] = {
    "/lib",       "/lib64",     "/lib32",      "/libx32",        "/usr/lib",
    "/usr/lib64", "/usr/lib32", "/usr/libx32", "/usr/local/lib",
};
static const char *const loader_files[] = {"/etc/ld.so.cache", "/etc/ld.so.preload"};

/* ---- loaders ---- */

static bool is_loader(const char *path)
{
    const char *name = strrchr(path, '/');

    if (name == NULL || !text_starts_with(name, "/ld") || strstr(name, ".so") == NULL ||
        strstr(path, "/../") != NULL)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(library_directories); i++)
        if (path_is_beneath(path, library_directories[i]))
            return true;
    return false;
}

/* What does not exist, or may not be looked at, needs no rule. */
static int add(struct landlock *landlock, size_t index, const char *path, uint64_t access,
               struct error *error)
{
    cleanup_landlock_found struct landlock_found found = LANDLOCK_NOT_FOUND;

    if (landlock_find(landlock, path, &found) < 0)
        return 0;
    if (landlock_add_object(landlock, index, access, &found) < 0)
        return error_system(error, errno, "policy %s: landlock: a rule for %s",
                            landlock->layers[index].policy, path);
    return 1;
}

static int add_libraries(struct landlock *landlock, size_t index, struct error *error)
{
    if (landlock->has_libraries[index])
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(library_directories); i++)
        if (add(landlock, index, library_directories[i], LANDLOCK_FS_READ_FILE, error) < 0)
            return -1;
    for (size_t i = 0; i < ARRAY_LENGTH(loader_files); i++)
        if (add(landlock, index, loader_files[i], LANDLOCK_FS_READ_FILE, error) < 0)
            return -1;
    landlock->has_libraries[index] = true;
    return 0;
}

static void tell_added(struct landlock *landlock, const char *loader)
{
    const size_t used = strlen(landlock->added);
    struct text text = text_over(landlock->added + used, sizeof(landlock->added) - used);

    if (strstr(landlock->added, loader) != NULL)
        return;
    text_append(&text,
                used == 0 ? "landlock: for dynamic programs libraries may be read, and executed:" : ",");
    text_append_format(&text, " %s", loader);
}

static int add_loader(struct landlock *landlock, size_t index, const char *loader, struct error *error)
{
    int added;

    if (!landlock->layers[index].add_loader || !is_loader(loader))
        return 0;
    added = add(landlock, index, loader, LANDLOCK_FS_EXECUTE | LANDLOCK_FS_READ_FILE, error);
    if (added <= 0)
        return added;
    tell_added(landlock, loader);
    return add_libraries(landlock, index, error);
}

static int add_common_loaders(struct landlock *landlock, size_t index, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(loaders); i++)
        if (add_loader(landlock, index, loaders[i], error) < 0)
            return -1;
    return 0;
}

/* ---- files ---- */

/* Open for reading what was found: a regular file with something in it, so that nothing blocks or acts. */
static int open_regular(const struct landlock_found *found)
{
    cleanup_fd int file = -1;
    struct stat seen, opened;

    if (!S_ISREG(found->type) || fstat(found->object, &seen) < 0 || seen.st_size == 0) {
        errno = EINVAL;
        return -1;
    }
    file = openat(found->parent, found->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0 || fstat(file, &opened) < 0)
        return -1;
    if (opened.st_dev != seen.st_dev || opened.st_ino != seen.st_ino) {
        errno = EAGAIN;
        return -1;
    }
    return take_fd(&file);
}

/* What stands in a file that may be executed and not be read is unknown: then it may be dynamic. */
static enum program_kind read_kind(const struct landlock_found *found, char interpreter[PATH_MAX],
                                   bool *unknown)
{
    cleanup_fd int file = open_regular(found);

    *unknown = file < 0;
    return file < 0 ? PROGRAM_OTHER : program_file_read(file, interpreter);
}

int landlock_add_loader_of(struct landlock *landlock, size_t index, const struct landlock_found *found,
                           struct error *error)
{
    char interpreter[PATH_MAX];
    enum program_kind kind;
    bool unknown;

    if (S_ISDIR(found->type))
        return add_common_loaders(landlock, index, error);
    kind = read_kind(found, interpreter, &unknown);
    if (unknown)
        return add_common_loaders(landlock, index, error);
    return kind == PROGRAM_DYNAMIC ? add_loader(landlock, index, interpreter, error) : 0;
}

/* ---- the program ---- */

/* What a layer that bounds files must allow for execve. */
static const uint64_t needed = LANDLOCK_FS_EXECUTE | LANDLOCK_FS_READ_FILE;

static int refuse(const struct plan_landlock *layer, const char *program, const char *path, const char *role,
                  struct error *error)
{
    return error_set(error, ERROR_DENIED,
                     "%s:%u: policy %s: landlock: `%s` may not be executed: %s%s%s is not in the list "
                     "landlock.execute: add it, or a directory above it",
                     layer->file, layer->line, layer->policy, program, role, role[0] != '\0' ? " " : "it",
                     role[0] != '\0' ? path : "");
}

static int check_layers(const struct landlock *landlock, const char *program, const char *path,
                        const struct landlock_found *found, const char *role, struct error *error)
{
    for (size_t i = 0; i < landlock->count; i++) {
        const struct plan_landlock *layer = &landlock->layers[i];

        /* What cannot be told (-1) execve will tell. */
        if ((layer->handled_fs & LANDLOCK_FS_EXECUTE) != 0 &&
            landlock_path_covered(&landlock->places, i, needed, found) == 0)
            return refuse(layer, program, path, role, error);
    }
    return 0;
}

static int add_loaders_of_program(struct landlock *landlock, const char *program, bool unknown,
                                  const char *loader, struct error *error)
{
    cleanup_landlock_found struct landlock_found found = LANDLOCK_NOT_FOUND;

    for (size_t i = 0; i < landlock->count; i++)
        if ((unknown ? add_common_loaders(landlock, i, error) : add_loader(landlock, i, loader, error)) < 0)
            return -1;
    /* One that lies elsewhere has to be listed like any program. */
    if (unknown || landlock_path_find(loader, NULL, NULL, &found) < 0)
        return 0;
    return check_layers(landlock, program, loader, &found, "its loader", error);
}

int landlock_admit(struct landlock *landlock, const char *program, struct error *error)
{
    char paths[2][PATH_MAX];
    const char *path = program;

    if (landlock->count == 0)
        return 0;
    for (int depth = 0; depth <= PROGRAM_SCRIPTS_MAX; depth++) {
        cleanup_landlock_found struct landlock_found found = LANDLOCK_NOT_FOUND;
        char *interpreter = paths[depth % 2];
        enum program_kind kind;
        bool unknown;

        /* Gone, or nothing that we may look at: execve has the word. */
        if (landlock_path_find(path, NULL, NULL, &found) < 0)
            return 0;
        if (check_layers(landlock, program, path, &found, depth == 0 ? "" : "its interpreter", error) < 0)
            return -1;
        kind = read_kind(&found, interpreter, &unknown);
        if (kind == PROGRAM_DYNAMIC || unknown)
            return add_loaders_of_program(landlock, program, unknown, interpreter, error);
        if (kind != PROGRAM_SCRIPT)
            return 0;
        path = interpreter;
    }
    return 0;
}
