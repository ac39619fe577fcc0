/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/rootfs_path.c: hostile trees (T01, T06, T28 of the attack classes): nothing is found or made outside
 * of the root. */
#include "private_namespace.h"

#include <dirent.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include "base/descriptor.h"
#include "linux/rootfs_path.h"

static int root = -1;

/* scratch/root is the container's tree, scratch/out what must stay empty. */
static void make_trees(void)
{
    CHECK(mkdir("root", 0755) == 0 && mkdir("out", 0755) == 0);
    root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(root >= 0);
}

static struct container_path at(const char *text)
{
    return (struct container_path){text};
}

static int make_directory(const char *path)
{
    int made = -1;
    int result = rootfs_path_make_directory(root, at(path), &made, &test_error);
    CHECK((result == 0) == (made >= 0));
    descriptor_close(&made);
    return result;
}

static int make_file(const char *path)
{
    int made = -1;
    int result = rootfs_path_make_file(root, at(path), &made, &test_error);
    CHECK((result == 0) == (made >= 0));
    descriptor_close(&made);
    return result;
}

static size_t entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;
    CHECK(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2;
}

static void body_makes_chains(void)
{
    make_trees();
    umask(077);
    CHECK(make_directory("/a/b/c") == 0);
    CHECK((mode_of("root/a") & 07777) == 0755 && (mode_of("root/a/b/c") & 07777) == 0755);
    CHECK(make_directory("/a/b/c") == 0);
    CHECK(make_file("/a/f/g") == 0);
    CHECK(mode_of("root/a/f/g") == (S_IFREG | 0644));
    CHECK(make_directory("/") == 0);
    CHECK(umask(0) == 077);
}

/* T28: a set-group-id parent would pass its bit on. */
static void body_set_group_parent(void)
{
    make_trees();
    CHECK(mkdir("root/s", 0755) == 0 && chown("root/s", 0, 4711) == 0 && chmod("root/s", 02777) == 0);
    CHECK(make_directory("/s/one/two") == 0);
    CHECK((mode_of("root/s/one") & 07777) == 0755 && (mode_of("root/s/one/two") & 07777) == 0755);
}

static void body_absolute_link_stays_inside(void)
{
    make_trees();
    CHECK(symlink(in_scratch("out"), "root/dev") == 0);
    CHECK(make_directory("/dev/pts") == 0);
    CHECK(make_file("/dev/null") == 0);
    CHECK(entries("out") == 0);
    /* The link's text, taken from the root. */
    char inside[256];
    snprintf(inside, sizeof(inside), "root%s/pts", in_scratch("out"));
    CHECK(S_ISDIR(mode_of(inside)));
}

static void body_relative_link_stays_inside(void)
{
    make_trees();
    CHECK(mkdir("root/x", 0755) == 0);
    CHECK(symlink("../../../../../../../out", "root/x/up") == 0);
    CHECK(make_directory("/x/up/made") == 0);
    CHECK(make_file("/x/up/file") == 0);
    CHECK(entries("out") == 0);
    CHECK(S_ISDIR(mode_of("root/out/made")) && S_ISREG(mode_of("root/out/file")));
}

/* bubblewrap #801: absolute links such as these are in most images and have to work. */
static void body_var_run(void)
{
    make_trees();
    CHECK(mkdir("root/var", 0755) == 0 && symlink("/run", "root/var/run") == 0);
    CHECK(make_directory("/var/run/secrets") == 0);
    CHECK(S_ISDIR(mode_of("root/run/secrets")) && S_ISLNK(mode_of("root/var/run")));
    CHECK(make_file("/var/run/lock/file") == 0);
    CHECK(S_ISREG(mode_of("root/run/lock/file")));
}

static void body_dangling_file(void)
{
    make_trees();
    CHECK(mkdir("root/etc", 0755) == 0);
    CHECK(symlink("../run/resolv.conf", "root/etc/resolv.conf") == 0);
    CHECK(symlink(in_scratch("out/new"), "root/etc/hosts") == 0);
    CHECK(make_file("/etc/resolv.conf") == 0);
    CHECK(S_ISREG(mode_of("root/run/resolv.conf")));
    CHECK(make_file("/etc/hosts") == 0);
    CHECK(entries("out") == 0);
}

/* 39 links work, 41 and loops do not. */
static void body_link_chains(void)
{
    char from[32], to[32];
    make_trees();
    for (int i = 0; i < 41; i++) {
        snprintf(from, sizeof(from), "root/l%d", i);
        snprintf(to, sizeof(to), "l%d", i + 1);
        CHECK(symlink(to, from) == 0);
    }
    CHECK(make_directory("/l2/x") == 0);
    CHECK(S_ISDIR(mode_of("root/l41/x")));
    CHECK(rmdir("root/l41/x") == 0 && rmdir("root/l41") == 0);
    CHECK(make_directory("/l0/x") < 0 && test_error.system_errno == ELOOP);
    CHECK(make_file("/l0") < 0 && test_error.system_errno == ELOOP);
    CHECK(symlink("loop", "root/loop") == 0);
    CHECK(make_directory("/loop") < 0 && test_error.system_errno == ELOOP);
    CHECK(make_file("/loop/file") < 0 && test_error.system_errno == ELOOP);
}

static void body_wrong_kinds(void)
{
    make_trees();
    write_file("root/file", "x");
    CHECK(mkdir("root/directory", 0) == 0);
    CHECK(make_directory("/file") < 0 && test_error.system_errno == ENOTDIR);
    CHECK(strstr(test_error.message, "/file") != NULL);
    CHECK(make_directory("/file/below") < 0);
    CHECK(make_file("/directory") < 0 && test_error.system_errno == EISDIR);
    CHECK(make_file("/") < 0);
    CHECK(make_directory("/directory/x") == 0); /* mode 000 does not stop root */
}

/* An open for reading or writing would hang on the fifo, and act on the device. */
static void body_never_opens(void)
{
    make_trees();
    CHECK(mkfifo("root/fifo", 0666) == 0);
    CHECK(mknod("root/device", S_IFCHR | 0666, makedev(10, 200)) == 0);
    alarm(10);
    CHECK(make_file("/fifo") == 0 && make_file("/device") == 0);
    CHECK(make_directory("/fifo") < 0 && make_directory("/fifo/x") < 0);
    alarm(0);
    CHECK(mode_of("root/fifo") == (S_IFIFO | 0644) || S_ISFIFO(mode_of("root/fifo")));
}

static void body_magic_links(void)
{
    int found = -1;
    make_trees();
    CHECK(mkdir("root/proc", 0755) == 0);
    CHECK(mount("/proc", "root/proc", NULL, MS_BIND | MS_REC, NULL) == 0);
    /* procfs's jump out of the root. Control: without openat2's bounds it leads to the host. */
    CHECK(exists("root/proc/self/root/etc"));
    CHECK(rootfs_path_find(root, at("/proc/self/root/etc"), true, &found, &test_error) < 0);
    CHECK(test_error.system_errno == ELOOP && found == -1);
    CHECK(make_directory("/proc/self/cwd/made") < 0);
    CHECK(entries("out") == 0);
}

static void body_find(void)
{
    int found = -1;
    struct stat status;
    make_trees();
    CHECK(symlink("nowhere", "root/link") == 0);
    CHECK(rootfs_path_find(root, at("/link"), true, &found, &test_error) < 0 &&
          test_error.system_errno == ENOENT);
    CHECK(rootfs_path_find(root, at("/link"), false, &found, &test_error) == 0);
    CHECK(fstat(found, &status) == 0 && S_ISLNK(status.st_mode));
    CHECK((fcntl(found, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(rootfs_path_find(root, at("/none"), true, &found, NULL) < 0 && errno == ENOENT);
}

static void body_sources(void)
{
    int clone = -1;
    mode_t kind = 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(server >= 0 && bind(server, (struct sockaddr *)&address, sizeof(address)) == 0);
    CHECK(mkfifo("fifo", 0600) == 0 && symlink("fifo", "link") == 0);
    alarm(10);
    CHECK(host_path_clone((struct host_path){"fifo"}, false, false, &clone, &kind, &test_error) == 0 &&
          kind == S_IFIFO);
    descriptor_close(&clone);
    CHECK(host_path_clone((struct host_path){"socket"}, false, false, &clone, &kind, &test_error) == 0 &&
          kind == S_IFSOCK);
    descriptor_close(&clone);
    CHECK(host_path_clone((struct host_path){"link"}, false, false, &clone, &kind, &test_error) == 0 &&
          kind == S_IFIFO);
    descriptor_close(&clone);
    alarm(0);
    CHECK(host_path_clone((struct host_path){"link"}, false, true, &clone, &kind, &test_error) < 0 &&
          test_error.system_errno == ELOOP);
    CHECK(host_path_clone((struct host_path){"missing"}, true, false, &clone, &kind, &test_error) < 0 &&
          test_error.system_errno == ENOENT);
    CHECK(clone == -1 && !exists("missing"));
}

/* Swaps root/vol/a (a directory) and root/vol/b (a link to out) for ever. */
static pid_t start_exchange(void)
{
    pid_t racer = fork();
    CHECK(racer >= 0);
    if (racer == 0)
        for (;;)
            syscall(SYS_renameat2, AT_FDCWD, "root/vol/a", AT_FDCWD, "root/vol/b", RENAME_EXCHANGE);
    return racer;
}

/* What a runtime does that makes directories by path. */
static void naive_make(void)
{
    struct stat status;
    if (lstat("root/vol/a", &status) == 0 && S_ISDIR(status.st_mode)) {
        mkdir("root/vol/a/x", 0755);
        mkdir("root/vol/a/x/y", 0755);
    }
}

static void clean_out(void)
{
    rmdir("out/x/y");
    rmdir("out/x");
}

/* T06. The control shows that the race is real; ours must never hit. */
static void body_race(void)
{
    make_trees();
    CHECK(mkdir("root/vol", 0755) == 0 && mkdir("root/vol/a", 0755) == 0);
    CHECK(symlink(in_scratch("out"), "root/vol/b") == 0);
    pid_t racer = start_exchange();
    int hits = 0, made = 0;
    for (int i = 0; i < 200000 && hits < 5; i++) {
        naive_make();
        hits += exists("out/x");
        clean_out();
    }
    for (int i = 0; i < 3000; i++) {
        made += make_directory("/vol/a/x/y") == 0;
        if (exists("out/x")) {
            kill(racer, SIGKILL);
            CHECK(!exists("out/x"));
        }
        (void)make_file("/vol/a/x/z/file");
    }
    kill(racer, SIGKILL);
    CHECK(waitpid(racer, NULL, 0) == racer);
    CHECK(entries("out") == 0);
    CHECK(made > 0);
    print_message("race: %d hits of the control (by path), none of ours in 3000; %d made\n", hits, made);
}

#define PRIVATE_TEST(name)                                                                                   \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_private_namespace(body_##name);                                                                   \
    }

PRIVATE_TEST(makes_chains)
PRIVATE_TEST(set_group_parent)
PRIVATE_TEST(absolute_link_stays_inside)
PRIVATE_TEST(relative_link_stays_inside)
PRIVATE_TEST(var_run)
PRIVATE_TEST(dangling_file)
PRIVATE_TEST(link_chains)
PRIVATE_TEST(wrong_kinds)
PRIVATE_TEST(never_opens)
PRIVATE_TEST(magic_links)
PRIVATE_TEST(find)
PRIVATE_TEST(sources)
PRIVATE_TEST(race)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makes_chains),
        cmocka_unit_test(test_set_group_parent),
        cmocka_unit_test(test_absolute_link_stays_inside),
        cmocka_unit_test(test_relative_link_stays_inside),
        cmocka_unit_test(test_var_run),
        cmocka_unit_test(test_dangling_file),
        cmocka_unit_test(test_link_chains),
        cmocka_unit_test(test_wrong_kinds),
        cmocka_unit_test(test_never_opens),
        cmocka_unit_test(test_magic_links),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
