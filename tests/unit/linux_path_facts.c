/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What paths are: kinds, where links lead, the same object by other names; and nothing that is looked at acts
 * or waits. */
#include "private_namespace.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include "base/descriptor.h"
#include "linux/path_facts.h"

static struct path_fact fact;

static void look(const char *path)
{
    CHECK(path_fact_look(path, &fact, &test_error) == 0);
}

static bool is_at(const char *path)
{
    return strcmp(fact.resolved, path) == 0;
}

static void body_kinds(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int bound = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/socket", scratch);
    CHECK(bound >= 0 && bind(bound, (struct sockaddr *)&address, sizeof(address)) == 0);
    write_file("file", "x");
    CHECK(mkdir("dir", 0755) == 0 && mkfifo("fifo", 0600) == 0);

    look(in_scratch("socket"));
    CHECK(fact.exists && S_ISSOCK(fact.mode) && is_at(in_scratch("socket")));
    look(in_scratch("file"));
    CHECK(fact.exists && S_ISREG(fact.mode) && !fact.is_kernels && fact.inode != 0);
    look(in_scratch("dir"));
    CHECK(fact.exists && S_ISDIR(fact.mode));
    look(in_scratch("fifo")); /* nobody writes to it */
    CHECK(fact.exists && S_ISFIFO(fact.mode));
    look("/dev/null");
    CHECK(fact.exists && S_ISCHR(fact.mode) && fact.node_major == 1 && fact.node_minor == 3);
    look("/proc/self/status");
    CHECK(fact.exists && fact.is_kernels);
    look("/sys");
    CHECK(fact.exists && fact.is_kernels);
}

static void body_links(void)
{
    CHECK(mkdir("dir", 0755) == 0 && mkdir("dir/sub", 0755) == 0);
    CHECK(symlink("dir", "link") == 0 && symlink("/", "root") == 0 && symlink("link/sub/..", "up") == 0);
    CHECK(symlink("loop", "loop") == 0 && symlink("nowhere", "dangling") == 0);

    look(in_scratch("link/sub"));
    CHECK(fact.exists && is_at(in_scratch("dir/sub")));
    look(in_scratch("up"));
    CHECK(fact.exists && is_at(in_scratch("dir")));
    look(in_scratch("root"));
    CHECK(fact.exists && is_at("/"));
    look(in_scratch("dir/sub/../../dir/."));
    CHECK(fact.exists && is_at(in_scratch("dir")));
    look("/proc/self/root");
    CHECK(fact.exists && is_at("/"));
    look("/proc/self/cwd");
    CHECK(fact.exists && is_at(scratch));
    /* What is not there, in a directory that is. */
    look(in_scratch("link/none/x"));
    CHECK(!fact.exists && fact.inode == 0 && is_at(in_scratch("dir/none/x")));
    look(in_scratch("dangling"));
    CHECK(!fact.exists && is_at(in_scratch("dangling")));
    look(in_scratch("loop"));
    CHECK(!fact.exists);
    look("/no/such/place");
    CHECK(!fact.exists && is_at("/no/such/place"));
}

/* By the directory above: the same facts. */
static void body_below(void)
{
    static const char *const names[] = {"file", "dir", "link", "loop", "none", "fifo"};
    struct path_fact first;

    write_file("file", "x");
    CHECK(mkdir("dir", 0755) == 0 && symlink("dir", "link") == 0 && symlink("loop", "loop") == 0);
    CHECK(mkfifo("fifo", 0600) == 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        look(in_scratch(names[i]));
        first = fact;
        CHECK(path_fact_look_in(scratch, in_scratch(names[i]), &fact, &test_error) == 0);
        CHECK(memcmp(&first, &fact, offsetof(struct path_fact, resolved)) == 0);
        CHECK(strcmp(first.resolved, fact.resolved) == 0);
    }
    CHECK(path_fact_look_in("/", "/", &fact, &test_error) == 0 && fact.exists && is_at("/"));
    CHECK(path_fact_look_in("/", "/proc", &fact, &test_error) == 0 && fact.exists && is_at("/proc"));
}

static void body_other_names(void)
{
    struct path_fact first;

    write_file("file", "x");
    CHECK(mkdir("dir", 0755) == 0 && mkdir("alias", 0755) == 0 && link("file", "hard") == 0);
    CHECK(mount("dir", "alias", NULL, MS_BIND, NULL) == 0);
    look(in_scratch("file"));
    first = fact;
    look(in_scratch("hard"));
    CHECK(fact.device == first.device && fact.inode == first.inode && is_at(in_scratch("hard")));
    look(in_scratch("dir"));
    first = fact;
    look(in_scratch("alias"));
    CHECK(fact.device == first.device && fact.inode == first.inode && is_at(in_scratch("alias")));
}

/* A text that leads elsewhere, or nowhere, is no answer. */
static void body_unreachable(void)
{
    char path[64];
    int file;

    write_file("gone", "x");
    file = open("gone", O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0 && unlink("gone") == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    look(path);
    CHECK(fact.exists && is_at(""));
    /* Even when a file is called like the text. */
    write_file("gone (deleted)", "y");
    look(path);
    CHECK(fact.exists && is_at(""));
    /* Covered: the path leads to what lies on top. */
    CHECK(mkdir("covered", 0755) == 0);
    file = open("covered", O_PATH | O_CLOEXEC);
    CHECK(file >= 0 && mount("tmpfs", "covered", "tmpfs", 0, NULL) == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    look(path);
    CHECK(fact.exists && is_at(""));
    look("/proc/self/ns/net");
    CHECK(fact.exists && is_at(""));
}

static void body_long_paths(void)
{
    static char path[PATH_MAX + 1];

    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    CHECK(path_fact_look(path, &fact, &test_error) < 0);
    CHECK(test_error.kind == ERROR_LIMIT);
    path[PATH_MAX - 1] = '\0';
    look(path);
    CHECK(!fact.exists);
}

static bool digest_at(const char *path, struct digest *digest)
{
    cleanup_fd int found = -1;

    CHECK(path_fact_open(path, &fact, &found, &test_error) == 0 && found >= 0);
    return path_fact_digest(found, &fact, digest);
}

static void body_digests(void)
{
    struct digest digest, expected = digest_of("content", 7);
    cleanup_fd int found = -1;

    write_file("hook", "content");
    CHECK(mkfifo("fifo", 0600) == 0 && symlink("hook", "link") == 0);
    CHECK(digest_at(in_scratch("hook"), &digest));
    CHECK(memcmp(&digest, &expected, sizeof(digest)) == 0);
    CHECK(digest_at(in_scratch("link"), &digest));
    CHECK(!digest_at(in_scratch("fifo"), &digest));
    CHECK(!digest_at("/proc/self/status", &digest));
    CHECK(!digest_at("/dev/zero", &digest));
    /* Replaced since it was opened: the open one counts. */
    CHECK(path_fact_open(in_scratch("hook"), &fact, &found, &test_error) == 0);
    CHECK(rename("hook", "aside") == 0);
    write_file("hook", "another");
    CHECK(path_fact_digest(found, &fact, &digest) && memcmp(&digest, &expected, sizeof(digest)) == 0);
}

static void body_nothing_to_open(void)
{
    cleanup_fd int found = 0;

    CHECK(path_fact_open(in_scratch("missing"), &fact, &found, &test_error) == 0);
    CHECK(found == -1 && !fact.exists && errno == ENOENT);
    found = -1;
}

static void body_namespaces(void)
{
    struct namespace_fact namespace;
    struct stat own, first;
    bool first_seen;
    char path[64];
    int kept;

    namespace_fact_look("/proc/self/ns/net", "net", CLONE_NEWNET, &namespace);
    CHECK(namespace.exists && namespace.is_host && namespace.is_of_type);
    namespace_fact_look("/proc/self/ns/net", "pid", CLONE_NEWPID, &namespace);
    CHECK(namespace.exists && !namespace.is_of_type && !namespace.is_host);
    namespace_fact_look(in_scratch("none"), "net", CLONE_NEWNET, &namespace);
    CHECK(!namespace.exists && !namespace.is_host && !namespace.is_of_type);
    CHECK(mkfifo("fifo", 0600) == 0);
    namespace_fact_look(in_scratch("fifo"), "net", CLONE_NEWNET, &namespace);
    CHECK(namespace.exists && !namespace.is_of_type && !namespace.is_host);
    /* Another one, by a mount of it. */
    kept = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    CHECK(kept >= 0 && fstat(kept, &own) == 0);
    first_seen = stat("/proc/1/ns/uts", &first) == 0; /* not where it may not be traced */
    CHECK(unshare(CLONE_NEWUTS) == 0);
    write_file("uts", "");
    CHECK(mount("/proc/self/ns/uts", "uts", NULL, MS_BIND, NULL) == 0);
    CHECK(unshare(CLONE_NEWUTS) == 0);
    namespace_fact_look(in_scratch("uts"), "uts", CLONE_NEWUTS, &namespace);
    CHECK(namespace.exists && namespace.is_of_type && !namespace.is_host);
    /* The one that we left is the host's if process 1 is in it. */
    snprintf(path, sizeof(path), "/proc/self/fd/%d", kept);
    namespace_fact_look(path, "uts", CLONE_NEWUTS, &namespace);
    CHECK(namespace.is_of_type && namespace.is_host == (first_seen && own.st_ino == first.st_ino));
}

#define PRIVATE_TEST(name)                                                                                   \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_private_namespace(body_##name);                                                                   \
    }

PRIVATE_TEST(kinds)
PRIVATE_TEST(links)
PRIVATE_TEST(below)
PRIVATE_TEST(other_names)
PRIVATE_TEST(unreachable)
PRIVATE_TEST(long_paths)
PRIVATE_TEST(digests)
PRIVATE_TEST(nothing_to_open)
PRIVATE_TEST(namespaces)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),       cmocka_unit_test(test_links),
        cmocka_unit_test(test_below),       cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_unreachable), cmocka_unit_test(test_long_paths),
        cmocka_unit_test(test_digests),     cmocka_unit_test(test_nothing_to_open),
        cmocka_unit_test(test_namespaces),
    };

    return cmocka_run_group_tests_name("linux_path_facts", tests, NULL, NULL);
}
