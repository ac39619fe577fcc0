/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of seals, over random trees:
 *   the list of a tree is read again and holds for it, with any number of threads;
 *   the same tree built twice has the same list, byte for byte;
 *   any one change is found, and named with its path and what differs.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/seal_list.h"
#include "trust/walk.h"

enum { TREES = 40, MUTATIONS = 12, NODES_MAX = 40, SIZE_MAX_BYTES = 20000 };

#define LAW(condition, ...)                                                                                  \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "seed %llu, line %d: ", (unsigned long long)first_seed, __LINE__);               \
            fprintf(stderr, __VA_ARGS__);                                                                    \
            fputc('\n', stderr);                                                                             \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

struct node {
    char kind;
    char path[600]; /* "./a/b" */
    size_t folder;  /* index of its folder; 0 for the root itself */
    size_t children;
};

struct tree {
    struct node nodes[NODES_MAX];
    size_t count;
};

static uint64_t first_seed, random_state;
static bool is_root, has_user_attributes;
static char scratch[256];

static uint64_t next_random(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

/* ---- a random tree ---- */

static void random_name(char *name, size_t index)
{
    static const char *const odd[] = {"a b", "x\n",   "\xff\xfe", "\xc3\xa9", "back\\slash", "-",
                                      "..a", "tab\t", "'\"",      "=",        "\x01"};
    static const char letters[] = "abc-_.09";

    if (next_random(4) == 0) {
        snprintf(name, 64, "%s%zu", odd[next_random(ARRAY_LENGTH(odd))], index);
        return;
    }
    snprintf(name, 64, "%c%c%zu", letters[next_random(3)], letters[next_random(8)], index);
}

static void fill(const char *path, size_t size, uint64_t seed)
{
    char bytes[SIZE_MAX_BYTES];
    cleanup_fd int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(seed + i * 31 + (i >> 8));
    LAW(file >= 0 && descriptor_write_all(file, bytes, size) == 0, "make %s", path);
}

static void make_socket(const char *path)
{
    cleanup_fd int folder = -1, listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char parent[600];

    /* The path is longer than an address has room for. */
    snprintf(parent, sizeof(parent), "%s", path);
    *strrchr(parent, '/') = '\0';
    folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%.60s", folder,
             strrchr(path, '/') + 1);
    LAW(folder >= 0 && bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0, "socket %s: %m",
        path);
}

static char random_kind(void)
{
    static const char kinds[] = "fffffdddllphscb";
    char kind = kinds[next_random(sizeof(kinds) - 1)];

    return !is_root && (kind == 'c' || kind == 'b') ? 'f' : kind;
}

static void make_node(struct tree *tree, struct node *node)
{
    char target[64];
    size_t twin = 0;

    switch (node->kind) {
    case 'd':
        LAW(mkdir(node->path, 0700) == 0, "mkdir %s: %m", node->path);
        break;
    case 'l':
        random_name(target, tree->count);
        LAW(symlink(next_random(2) ? target : "/../etc", node->path) == 0, "symlink %s: %m", node->path);
        break;
    case 'p':
        LAW(mkfifo(node->path, 0600) == 0, "fifo %s: %m", node->path);
        break;
    case 's':
        make_socket(node->path);
        break;
    case 'c':
    case 'b':
        LAW(mknod(node->path, (node->kind == 'c' ? S_IFCHR : S_IFBLK) | 0600,
                  makedev((unsigned int)next_random(300), (unsigned int)next_random(3))) == 0,
            "mknod %s: %m", node->path);
        break;
    case 'h':
        for (size_t i = 1; i < tree->count; i++)
            if (tree->nodes[i].kind == 'f')
                twin = i;
        if (twin != 0) {
            LAW(link(tree->nodes[twin].path, node->path) == 0, "link %s: %m", node->path);
            break;
        }
        node->kind = 'f'; /* fall through */
        __attribute__((fallthrough));
    default:
        fill(node->path, next_random(3) == 0 ? next_random(SIZE_MAX_BYTES) : next_random(70),
             next_random(256));
    }
}

static void dress(const struct node *node)
{
    if (node->kind == 'l' || node->kind == 'h')
        return;
    if (is_root && next_random(3) == 0)
        LAW(lchown(node->path, (uid_t)next_random(3), (gid_t)next_random(70000)) == 0, "chown %s: %m",
            node->path);
    if (has_user_attributes && (node->kind == 'f' || node->kind == 'd') && next_random(4) == 0) {
        char value[40];

        memset(value, (int)next_random(256), sizeof(value));
        LAW(setxattr(node->path, next_random(2) ? "user.a=b c" : "user.z", value, next_random(sizeof(value)),
                     0) == 0,
            "xattr %s: %m", node->path);
    }
    LAW(chmod(node->path, (mode_t)(next_random(010000) | (node->kind == 'd' ? 0700 : 0400))) == 0, "chmod");
}

/* In the current folder. The same seed makes the same tree. */
static void make_tree(struct tree *tree, uint64_t seed)
{
    size_t wanted;

    random_state = seed;
    *tree = (struct tree){.count = 1, .nodes = {{.kind = 'd', .path = "."}}};
    wanted = 2 + next_random(NODES_MAX - 2);
    while (tree->count < wanted) {
        struct node *node = &tree->nodes[tree->count];
        size_t folder = next_random(tree->count);
        char name[64], path[sizeof(node->path)];

        while (tree->nodes[folder].kind != 'd')
            folder--;
        random_name(name, tree->count);
        node->kind = random_kind();
        node->folder = folder;
        LAW((size_t)snprintf(path, sizeof(path), "%s/%s", tree->nodes[folder].path, name) < sizeof(path),
            "long");
        memcpy(node->path, path, sizeof(path));
        make_node(tree, node);
        tree->nodes[folder].children++;
        tree->count++;
    }
    for (size_t i = tree->count - 1; i > 0; i--)
        dress(&tree->nodes[i]);
}

/* ---- scratch folders ---- */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void enter_new(const char *name)
{
    LAW(chdir(scratch) == 0 && mkdir(name, 0755) == 0 && chdir(name) == 0, "%s/%s: %m", scratch, name);
}

static void clear(void)
{
    LAW(chdir("/") == 0 && nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 &&
            mkdir(scratch, 0700) == 0,
        "clear %s: %m", scratch);
}

/* ---- lists ---- */

struct list {
    struct trust_seal seal;
    struct arena arena;
};

static void write_list(struct list *list)
{
    cleanup_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                   output = memfd_create("list", MFD_CLOEXEC);
    struct trust_seal written;
    struct error error = {0};
    size_t length;
    char *bytes;

    *list = (struct list){0};
    LAW(trust_seal_write(root, output, &list->arena, &written, &error) == 0, "write: %s", error.message);
    LAW(lseek(output, 0, SEEK_SET) == 0 &&
            descriptor_read_all(output, 1 << 24, "list", &list->arena, &bytes, &length, &error) == 0,
        "read");
    LAW(trust_seal_attach(&written, bytes, length, &list->seal, &error) == 0, "attach: %s", error.message);
}

static void compare(const struct list *list, unsigned int threads, struct arena *arena,
                    struct trust_binding *binding)
{
    cleanup_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct error error = {0};

    LAW(walk_compare(root, NULL, &list->seal, NULL, threads, arena, binding, &error) == 0, "walk: %s",
        error.message);
}

static void holds(const struct list *list)
{
    for (unsigned int threads = 0; threads < 4; threads++) {
        struct arena arena = {0};
        struct trust_binding binding;

        compare(list, threads, &arena, &binding);
        LAW(binding.holds, "it does not hold: %s", binding.reason);
        arena_free(&arena);
    }
}

static void count_files(const struct list *list, const struct tree *tree)
{
    struct seal_reader reader = {.list = list->seal.list, .length = list->seal.length};
    struct error error = {0};
    size_t count = 0;
    int status;

    while ((status = seal_reader_next(&reader, &error)) == 1)
        count++;
    LAW(status == 0, "%s", error.message);
    LAW(count == tree->count && list->seal.files == count, "%zu of %zu files", count, tree->count);
    seal_reader_free(&reader);
}

/* ---- one change ---- */

/* What the difference must say; NULL: this change is not possible here. */
struct change {
    const char *what;
    const char *path; /* "./a/b" */
};

static bool flip_byte(const char *path, struct change *change)
{
    struct stat status;
    cleanup_fd int file = open(path, O_RDWR | O_CLOEXEC);
    struct timespec times[2];
    off_t place;
    char byte;

    if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0)
        return false;
    place = (off_t)next_random((uint64_t)status.st_size);
    LAW(pread(file, &byte, 1, place) == 1, "pread");
    byte = (char)(byte ^ 1 << next_random(8));
    LAW(pwrite(file, &byte, 1, place) == 1, "pwrite");
    times[0] = status.st_atim;
    times[1] = status.st_mtim; /* nobody sees it by the time */
    LAW(futimens(file, times) == 0, "futimens");
    if ((status.st_mode & 06000) != 0)
        LAW(fchmod(file, status.st_mode & 07777) == 0, "fchmod");
    change->what = "contents";
    return true;
}

static char renamed[700];

static bool change_node(const struct node *node, struct stat status, struct change *change)
{
    static char extra[700];

    switch (next_random(12)) {
    case 0:
        return node->kind == 'f' && flip_byte(node->path, change);
    case 1:
        if (node->kind == 'l' || node->kind == 'h')
            return false;
        change->what = "mode ";
        return chmod(node->path, (status.st_mode ^ 1U << next_random(6)) & 07777) == 0;
    case 2:
        if (!is_root || node->kind == 'h')
            return false;
        change->what = "owner ";
        if (lchown(node->path, status.st_uid + 1, (gid_t)-1) != 0)
            return false;
        return node->kind == 'l' || chmod(node->path, status.st_mode & 07777) == 0;
    case 3:
        if (!has_user_attributes || (node->kind != 'f' && node->kind != 'd'))
            return false;
        change->what = "xattr user.new, not signed";
        return setxattr(node->path, "user.new", "x", next_random(2), 0) == 0;
    case 4:
        if (!has_user_attributes || (node->kind != 'f' && node->kind != 'd'))
            return false;
        change->what = "xattr user.z is missing";
        return removexattr(node->path, "user.z") == 0;
    case 5:
        if (node->kind != 'd')
            return false;
        snprintf(extra, sizeof(extra), "%s/%s", node->path, next_random(2) ? "~new" : "!new");
        change->path = extra;
        change->what = "added";
        fill(extra, next_random(10), 1);
        return true;
    case 6:
        if (node->kind == 'd' && node->children > 0)
            return false;
        if (status.st_nlink > 1 && node->kind != 'd')
            return false; /* its other names are told too */
        change->what = "missing";
        return remove(node->path) == 0;
    case 7:
        if (status.st_nlink > 1 && node->kind != 'd')
            return false;
        snprintf(renamed, sizeof(renamed), "%s~", node->path);
        change->what = "missing";
        return rename(node->path, renamed) == 0;
    case 8:
        if (node->kind == 'd' || status.st_nlink > 1 || unlink(node->path) != 0)
            return false;
        change->what = ", signed ";
        return node->kind == 'p' ? mkdir(node->path, 0755) == 0 : mkfifo(node->path, 0600) == 0;
    case 9:
        if (node->kind != 'l' || unlink(node->path) != 0)
            return false;
        change->what = "leads to other, signed ";
        return symlink("other", node->path) == 0;
    case 10: /* a hard link becomes a copy */
        if (node->kind != 'h')
            return false;
        snprintf(extra, sizeof(extra), "%s~", node->path);
        LAW(unlink(node->path) == 0, "unlink");
        fill(node->path, 3, 7);
        return true;
    default:
        if ((node->kind != 'c' && node->kind != 'b') || unlink(node->path) != 0)
            return false;
        change->what = "device ";
        LAW(mknod(node->path, status.st_mode, makedev(major(status.st_rdev), minor(status.st_rdev) + 1)) ==
                    0 &&
                lchown(node->path, status.st_uid, status.st_gid) == 0 &&
                chmod(node->path, status.st_mode & 07777) == 0,
            "mknod");
        return true;
    }
}

static bool mutate(const struct tree *tree, struct change *change)
{
    const struct node *node = &tree->nodes[1 + next_random(tree->count - 1)];
    struct stat status;

    LAW(lstat(node->path, &status) == 0, "lstat %s: %m", node->path);
    *change = (struct change){.path = node->path};
    if (!change_node(node, status, change))
        return false;
    if (status.st_nlink > 1 && node->kind != 'd')
        change->what = NULL; /* told of the name that comes first in order */
    return true;
}

static void is_named(const struct trust_binding *binding, const struct change *change)
{
    char buffer[2048];
    struct text shown = text_over(buffer, sizeof(buffer));

    LAW(!binding->holds && binding->difference_count > 0, "not found: %s of %s",
        change->what != NULL ? change->what : "hard link", change->path);
    if (change->what == NULL)
        return;
    text_append_escaped(&shown, change->path + 1, strlen(change->path) - 1);
    for (size_t i = 0; i < binding->difference_count; i++) {
        const struct trust_difference *difference = &binding->differences[i];
        const char *what = difference->kind == TRUST_MISSING ? "missing"
                           : difference->kind == TRUST_ADDED ? "added"
                                                             : difference->what;

        if (strcmp(difference->path, shown.bytes) == 0 && strstr(what, change->what) != NULL)
            return;
    }
    LAW(false, "%s of %s is told as %s: %s", change->what, shown.bytes, binding->differences[0].path,
        binding->differences[0].what);
}

static size_t changes_made;

static void check_tree(uint64_t seed)
{
    struct tree tree, twin;
    struct list list, other;

    enter_new("a");
    make_tree(&tree, seed);
    write_list(&list);
    count_files(&list, &tree);
    holds(&list);
    enter_new("b");
    make_tree(&twin, seed);
    write_list(&other);
    LAW(list.seal.length == other.seal.length &&
            memcmp(list.seal.list, other.seal.list, list.seal.length) == 0 &&
            strcmp(list.seal.digest, other.seal.digest) == 0,
        "the same tree has another list");
    arena_free(&other.arena);
    for (size_t i = 0; i < MUTATIONS; i++) {
        struct arena arena = {0};
        struct trust_binding binding;
        struct change change;

        clear();
        enter_new("c");
        make_tree(&twin, seed);
        random_state = seed * 1000 + i + 1;
        if (!mutate(&twin, &change))
            continue;
        compare(&list, (unsigned int)(i % 3), &arena, &binding);
        is_named(&binding, &change);
        arena_free(&arena);
        changes_made++;
    }
    clear();
    arena_free(&list.arena);
}

int main(int argc, char **argv)
{
    size_t trees = argc > 1 ? strtoul(argv[1], NULL, 10) : TREES;
    const char *place = getenv("TMPDIR");
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (unsigned long long)time(NULL) << 20;

    is_root = geteuid() == 0;
    (void)umask(0);
    snprintf(scratch, sizeof(scratch), "%.200s/thwart-seal-XXXXXX", place != NULL ? place : "/tmp");
    LAW(mkdtemp(scratch) != NULL, "mkdtemp: %m");
    has_user_attributes = setxattr(scratch, "user.x", "", 0, 0) == 0 && removexattr(scratch, "user.x") == 0;
    for (size_t i = 0; i < trees; i++) {
        first_seed = seed + i;
        check_tree(first_seed);
    }
    LAW(changes_made >= trees, "only %zu changes in %zu trees", changes_made, trees);
    printf("%zu trees, %zu changes, seed %llu\n", trees, changes_made, (unsigned long long)seed);
    return rmdir(scratch) == 0 ? 0 : 1;
}
