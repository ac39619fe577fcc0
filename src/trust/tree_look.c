/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tree_look.h. */
#include "trust/tree_look.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

enum { OPEN_ATTEMPTS = 16, PROC_PATH_SIZE = 32, NAMES_SIZE = 65536 /* XATTR_LIST_MAX */ };

/* The host's own, which are in no list. */
static const char *const host_labels[] = {"security.selinux", "security.ima", "security.evm"};

bool tree_reader_make(struct tree_reader *reader)
{
    *reader = (struct tree_reader){
        .buffer = malloc(TREE_READ_BYTES),
        .verity = malloc(sizeof(*reader->verity)),
        .names = malloc(NAMES_SIZE),
    };
    if (reader->buffer != NULL && reader->verity != NULL && reader->names != NULL)
        return true;
    tree_reader_free(reader);
    return false;
}

void tree_reader_free(struct tree_reader *reader)
{
    free(reader->buffer);
    free(reader->verity);
    free(reader->names);
    *reader = (struct tree_reader){0};
}

void tree_look_free(struct tree_look *look)
{
    free(look->target);
    free(look->attributes);
    *look = (struct tree_look){0};
}

static int fault_of(struct tree_fault *fault, const char *what, int number)
{
    *fault = (struct tree_fault){what, number};
    return -1;
}

int tree_open(int folder, const char *name, uint64_t flags)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    int file = -1;

    /* EAGAIN: something was renamed or mounted while the path was walked (openat2(2)). */
    for (int attempt = 0; attempt < OPEN_ATTEMPTS && file < 0; attempt++) {
        file = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
        if (file < 0 && errno != EAGAIN && errno != EINTR)
            break;
    }
    return file;
}

bool tree_is_unchanged(const struct stat *before, const struct stat *after)
{
    return before->st_ino == after->st_ino && before->st_dev == after->st_dev &&
           before->st_size == after->st_size && before->st_mode == after->st_mode &&
           before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
           before->st_mtim.tv_nsec == after->st_mtim.tv_nsec &&
           before->st_ctim.tv_sec == after->st_ctim.tv_sec &&
           before->st_ctim.tv_nsec == after->st_ctim.tv_nsec;
}

/* What an O_PATH descriptor refers to, as a path: the calls on attributes know no such descriptor. */
static const char *proc_path(int file, char path[PROC_PATH_SIZE])
{
    (void)text_print(path, PROC_PATH_SIZE, "/proc/self/fd/%d", file);
    return path;
}

/* ---- extended attributes ---- */

static bool is_host_label(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(host_labels); i++)
        if (strcmp(name, host_labels[i]) == 0)
            return true;
    return false;
}

/* path or file: a regular file or folder that is open for reading has a descriptor, others their path. */
struct attributed {
    const char *path;
    int file;
};

static ssize_t list_names(const struct attributed *of, char *names, size_t size)
{
    return of->path != NULL ? listxattr(of->path, names, size) : flistxattr(of->file, names, size);
}

static ssize_t get_value(const struct attributed *of, const char *name, void *value, size_t size)
{
    return of->path != NULL ? getxattr(of->path, name, value, size) : fgetxattr(of->file, name, value, size);
}

static int by_name(const void *left, const void *right)
{
    const struct tree_attribute *a = left, *b = right;

    return strcmp(a->name, b->name);
}

/* Bytes that all values and names need, and how many there are. */
static int measure_attributes(const struct attributed *of, char *names, size_t length, size_t *count,
                              size_t *bytes, struct tree_fault *fault)
{
    *count = *bytes = 0;
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        ssize_t size;

        if (is_host_label(name))
            continue;
        size = get_value(of, name, NULL, 0);
        if (size < 0)
            return errno == ENODATA ? fault_of(fault, TREE_CHANGED, 0)
                                    : fault_of(fault, "read the extended attributes of", errno);
        *count += 1;
        *bytes += (size_t)size + strlen(name) + 1;
    }
    return 0;
}

static int fill_attributes(const struct attributed *of, const char *names, size_t length, size_t bytes,
                           struct tree_attribute *items, char *room, struct tree_fault *fault)
{
    size_t index = 0;

    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        size_t name_size = strlen(name) + 1;
        ssize_t size;

        if (is_host_label(name))
            continue;
        if (bytes < name_size)
            return fault_of(fault, TREE_CHANGED, 0);
        size = get_value(of, name, room + name_size, bytes - name_size);
        /* A value of no bytes asks with size 0 for its length, which is what it has. */
        if (size < 0 || (size_t)size > bytes - name_size)
            return fault_of(fault, TREE_CHANGED, 0);
        memcpy(room, name, name_size);
        items[index++] = (struct tree_attribute){room, room + name_size, (size_t)size};
        room += name_size + (size_t)size;
        bytes -= name_size + (size_t)size;
    }
    return 0;
}

static int read_attributes(struct tree_reader *reader, const struct attributed *of, struct tree_look *look,
                           struct tree_fault *fault)
{
    ssize_t length = list_names(of, reader->names, NAMES_SIZE);
    size_t count, bytes;

    if (length < 0)
        return errno == ENOTSUP ? 0 : fault_of(fault, "list the extended attributes of", errno);
    if (length == 0)
        return 0;
    if (measure_attributes(of, reader->names, (size_t)length, &count, &bytes, fault) != 0)
        return -1;
    if (count == 0)
        return 0;
    look->attributes = malloc(count * sizeof(struct tree_attribute) + bytes);
    if (look->attributes == NULL)
        return fault_of(fault, "hold the extended attributes of", ENOMEM);
    look->facts.attributes = look->attributes;
    look->facts.attribute_count = count;
    if (fill_attributes(of, reader->names, (size_t)length, bytes, look->attributes,
                        (char *)look->attributes + count * sizeof(struct tree_attribute), fault) != 0)
        return -1;
    qsort(look->attributes, count, sizeof(struct tree_attribute), by_name);
    return 0;
}

/* ---- facts ---- */

static char kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return 'f';
    case S_IFDIR:
        return 'd';
    case S_IFLNK:
        return 'l';
    case S_IFCHR:
        return 'c';
    case S_IFBLK:
        return 'b';
    case S_IFIFO:
        return 'p';
    case S_IFSOCK:
        return 's';
    default:
        return '\0';
    }
}

static void take_status(const struct stat *status, struct tree_facts *facts)
{
    facts->kind = kind_of(status->st_mode);
    facts->mode = status->st_mode & 07777;
    facts->owner = status->st_uid;
    facts->group = status->st_gid;
    facts->device = status->st_dev;
    facts->inode = status->st_ino;
    if (facts->kind == 'f')
        facts->size = (uint64_t)status->st_size;
    if (facts->kind == 'c' || facts->kind == 'b') {
        facts->major = major(status->st_rdev);
        facts->minor = minor(status->st_rdev);
    }
    facts->shared = facts->kind != 'd' && status->st_nlink > 1;
}

int tree_look_at_folder(struct tree_reader *reader, int folder, struct tree_look *look, struct stat *status,
                        struct tree_fault *fault)
{
    const struct attributed of = {.file = folder};

    if (fstat(folder, status) != 0)
        return fault_of(fault, "look at", errno);
    take_status(status, &look->facts);
    return read_attributes(reader, &of, look, fault);
}

static int read_target(int link, struct tree_look *look, struct tree_fault *fault)
{
    ssize_t length;

    look->target = malloc(PATH_MAX);
    if (look->target == NULL)
        return fault_of(fault, "hold the target of", ENOMEM);
    length = readlinkat(link, "", look->target, PATH_MAX);
    if (length < 0)
        return fault_of(fault, "read the link", errno);
    if (length == PATH_MAX)
        return fault_of(fault, "read the link", ENAMETOOLONG);
    look->target[length] = '\0';
    look->facts.target = look->target;
    look->facts.target_length = (size_t)length;
    return 0;
}

/* ---- contents ---- */

static int read_contents(struct tree_reader *reader, int file, bool verity, struct tree_facts *facts,
                         struct tree_fault *fault)
{
    struct digest_state state;
    uint64_t total = 0;

    digest_begin(&state);
    if (verity)
        verity_begin(reader->verity);
    if (facts->size > TREE_READ_BYTES)
        (void)posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint */
    /* Whether it has grown meanwhile, its status says: nobody runs after it. */
    while (total < facts->size) {
        ssize_t got = read(file, reader->buffer, TREE_READ_BYTES);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault_of(fault, "read", errno);
        if (got == 0)
            return fault_of(fault, TREE_CHANGED, 0);
        digest_add(&state, reader->buffer, (size_t)got);
        if (verity)
            verity_add(reader->verity, reader->buffer, (size_t)got);
        total += (uint64_t)got;
    }
    if (total != facts->size)
        return fault_of(fault, TREE_CHANGED, 0);
    facts->contents = digest_end(&state);
    facts->has_contents = true;
    if (verity)
        facts->verity = verity_end(reader->verity);
    facts->has_verity = verity;
    return 0;
}

/* O_NOATIME: the tree stays as it was, where we may ask for that. */
static int open_contents(int file)
{
    char path[PROC_PATH_SIZE];
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int opened = open(proc_path(file, path), flags | O_NOATIME);

    return opened < 0 && errno == EPERM ? open(path, flags) : opened;
}

static int look_at_regular(struct tree_reader *reader, int file, const struct stat *before,
                           const struct tree_place *place, const struct tree_order *order,
                           const struct tree_visitor *visitor, struct tree_look *look,
                           struct tree_fault *fault)
{
    cleanup_fd int opened = open_contents(file);
    const struct attributed of = {.file = opened};
    struct tree_facts *facts = &look->facts;
    struct stat status;

    if (opened < 0)
        return fault_of(fault, "open", errno);
    if (fstat(opened, &status) != 0 || !tree_is_unchanged(before, &status))
        return fault_of(fault, TREE_CHANGED, 0);
    if ((order->wishes & TREE_ATTRIBUTES) != 0 && read_attributes(reader, &of, look, fault) != 0)
        return -1;
    if ((order->wishes & TREE_MEASURE) != 0) {
        facts->no_measure = visitor->measure(visitor->context, place->path, opened, before, &facts->measure);
        facts->has_measure = facts->no_measure == NULL;
    }
    if ((order->wishes & TREE_CONTENTS) != 0 && (!order->sized || order->size == facts->size) &&
        read_contents(reader, opened, (order->wishes & TREE_VERITY) != 0, facts, fault) != 0)
        return -1;
    if (fstat(opened, &status) != 0 || !tree_is_unchanged(before, &status))
        return fault_of(fault, TREE_CHANGED, 0);
    return 0;
}

int tree_look_at(struct tree_reader *reader, const struct tree_place *place, const struct tree_order *order,
                 const struct tree_visitor *visitor, struct tree_look *look, struct tree_fault *fault)
{
    cleanup_fd int file = tree_open(place->folder, place->name, O_PATH);
    char path[PROC_PATH_SIZE];
    const struct attributed of = {.path = proc_path(file, path)};
    struct stat status;

    *fault = (struct tree_fault){0};
    if (file < 0 && errno == EXDEV) {
        look->facts.kind = 'm';
        return 0;
    }
    if (file < 0)
        return errno == ENOENT ? fault_of(fault, TREE_CHANGED, 0) : fault_of(fault, "open", errno);
    if (fstat(file, &status) != 0)
        return fault_of(fault, "look at", errno);
    take_status(&status, &look->facts);
    if (look->facts.kind == '\0' || look->facts.kind == 'd')
        return fault_of(fault, TREE_CHANGED, 0);
    if (look->facts.kind == 'f')
        return order->wishes == 0
                   ? 0
                   : look_at_regular(reader, file, &status, place, order, visitor, look, fault);
    if (look->facts.kind == 'l' && read_target(file, look, fault) != 0)
        return -1;
    return (order->wishes & TREE_ATTRIBUTES) != 0 ? read_attributes(reader, &of, look, fault) : 0;
}
