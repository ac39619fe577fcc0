/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/landlock*.c: layers as the kernel enforces them. Each body restricts a child, and then tries. */
#include "private_namespace.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <net/if.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <termios.h>
#include "base/memory.h"
#include "linux/landlock.h"

#define READS    (LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR)
#define EXECUTES (LANDLOCK_FS_EXECUTE | LANDLOCK_FS_READ_FILE)
#define WRITES_1 ((LANDLOCK_FS_ABI_1 & ~EXECUTES) | LANDLOCK_FS_READ_DIR)
#define WRITES_3 (WRITES_1 | LANDLOCK_FS_REFER | LANDLOCK_FS_TRUNCATE)

static struct plan_landlock layers[LANDLOCK_LAYERS_MAX];
static struct plan_landlock_path paths[LANDLOCK_LAYERS_MAX][8];
static char path_texts[LANDLOCK_LAYERS_MAX][8][256];
static struct plan_process process;
static struct landlock landlock;

static void need_abi(long abi)
{
    static char reason[128];
    long host = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

    if (host >= abi)
        return;
    snprintf(reason, sizeof(reason), "needs Landlock's ABI %ld; this kernel has %ld", abi,
             host < 0 ? 0 : host);
    skip_child(reason);
}

static uint64_t all_of(uint32_t abi)
{
    return LANDLOCK_FS_ABI_1 | (abi >= 2 ? LANDLOCK_FS_REFER : 0) | (abi >= 3 ? LANDLOCK_FS_TRUNCATE : 0) |
           (abi >= 5 ? LANDLOCK_FS_IOCTL_DEV : 0);
}

/* One more layer, which handles every right over files. */
static struct plan_landlock *add_layer(const char *policy, uint32_t abi)
{
    struct plan_landlock *layer = &layers[process.landlock_count];

    need_abi(abi);
    *layer = (struct plan_landlock){.policy = policy,
                                    .file = "web.json",
                                    .line = 7,
                                    .abi = abi,
                                    .handled_fs = all_of(abi),
                                    .paths = paths[process.landlock_count],
                                    .add_loader = true};
    process.landlock = layers;
    process.landlock_count++;
    return layer;
}

static void allow(struct plan_landlock *layer, const char *path, uint64_t access)
{
    const size_t index = (size_t)(layer - layers);
    char *text = path_texts[index][layer->path_count];

    CHECK(layer->path_count < 8);
    snprintf(text, sizeof(path_texts[0][0]), "%s%s%s", path[0] == '/' ? "" : scratch,
             path[0] == '/' ? "" : "/", path);
    paths[index][layer->path_count++] = (struct plan_landlock_path){{text}, access & layer->handled_fs};
}

static int open_layers(void)
{
    landlock_begin(&landlock, &process, landlock.joins);
    return landlock_open(&landlock, &test_error);
}

/* From here on restricted, without a right to undo it. */
static void restrict_now(void)
{
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0);
    CHECK(landlock_restrict(&landlock, &test_error) == 0);
    for (size_t i = 0; i < LANDLOCK_LAYERS_MAX; i++)
        CHECK(landlock.rulesets[i] == -1);
}

/* errno of an open, 0 when it works. */
static int opening(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC, 0644);
    int number = errno;

    if (file >= 0)
        close(file);
    return file >= 0 ? 0 : number;
}

#define FAILS(call, number) CHECK((call) < 0 && errno == (number))

static bool says(const char *text)
{
    return strstr(test_error.message, text) != NULL;
}

/* ---- files ---- */

static void make_tree(void)
{
    CHECK(mkdir("r", 0755) == 0 && mkdir("w", 0755) == 0 && mkdir("w2", 0755) == 0 && mkdir("o", 0755) == 0);
    write_file("r/file", "text");
    write_file("w/file", "text");
    write_file("w2/file", "text");
    write_file("o/file", "text");
}

static void body_files(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    make_tree();
    allow(layer, "r", READS);
    allow(layer, "w", WRITES_3);
    CHECK(open_layers() == 0 && landlock.left_out[0] == '\0');
    restrict_now();
    CHECK(opening("r/file", O_RDONLY) == 0 && opening("r", O_RDONLY | O_DIRECTORY) == 0);
    CHECK(opening("r/file", O_WRONLY) == EACCES);
    FAILS(mkdir("r/new", 0755), EACCES);
    FAILS(unlink("r/file"), EACCES);
    /* Writing is not reading, but the names can be listed. */
    CHECK(opening("w/file", O_WRONLY | O_TRUNC) == 0 && opening("w/file", O_RDONLY) == EACCES);
    CHECK(opening("w", O_RDONLY | O_DIRECTORY) == 0 && opening("w/new", O_WRONLY | O_CREAT) == 0);
    CHECK(mkdir("w/directory", 0755) == 0 && rmdir("w/directory") == 0 && symlink("x", "w/link") == 0 &&
          mkfifo("w/fifo", 0644) == 0 && mknod("w/null", S_IFCHR | 0644, 0x103) == 0 &&
          unlink("w/link") == 0);
    CHECK(opening("o/file", O_RDONLY) == EACCES && opening("o", O_RDONLY | O_DIRECTORY) == EACCES &&
          opening("o/file", O_WRONLY) == EACCES && opening(".", O_RDONLY) == EACCES);
}

static void body_rename(void)
{
    struct plan_landlock *layer = add_layer("web", 2);

    make_tree();
    allow(layer, "r", READS);
    allow(layer, "w", WRITES_3);
    allow(layer, "w2", WRITES_3);
    CHECK(open_layers() == 0);
    restrict_now();
    CHECK(rename("w/file", "w2/moved") == 0 && link("w2/file", "w/linked") == 0);
    /* To where more may be done with it: not even with the right to link. */
    FAILS(link("r/file", "w/linked2"), EXDEV);
    FAILS(rename("w2/moved", "o/moved"), EACCES);
    /* The ABI that is pinned knows no such right: 2 has no truncation. */
    CHECK(truncate("r/file", 1) == 0);
}

static void body_first_abi(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    make_tree();
    allow(layer, "w", WRITES_1);
    allow(layer, "w2", WRITES_1);
    CHECK(open_layers() == 0);
    restrict_now();
    CHECK(rename("w/file", "w/moved") == 0);
    FAILS(rename("w/moved", "w2/moved"), EXDEV);
}

static void body_truncate(void)
{
    struct plan_landlock *layer = add_layer("web", 3);

    make_tree();
    allow(layer, "r", READS);
    allow(layer, "w", WRITES_3);
    CHECK(open_layers() == 0);
    restrict_now();
    CHECK(truncate("w/file", 1) == 0);
    FAILS(truncate("r/file", 1), EACCES);
}

/* A rule on a file alone takes the rights that files have. */
static void body_single_file(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    make_tree();
    allow(layer, "o/file", READS | WRITES_3);
    CHECK(open_layers() == 0);
    restrict_now();
    CHECK(opening("o/file", O_RDWR) == 0 && opening("r/file", O_RDONLY) == EACCES);
}

static void body_ioctl(void)
{
    struct plan_landlock *layer = add_layer("web", 5);
    struct termios settings;
    int null, zero;

    allow(layer, "/dev/null", READS | WRITES_3 | LANDLOCK_FS_IOCTL_DEV);
    allow(layer, "/dev/zero", READS | WRITES_3);
    CHECK(open_layers() == 0);
    restrict_now();
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
    CHECK(null >= 0 && zero >= 0);
    FAILS(ioctl(null, TCGETS, &settings), ENOTTY);
    FAILS(ioctl(zero, TCGETS, &settings), EACCES);
}

/* What one layer refuses no other brings back; descriptors that are open stay open. */
static void body_stacked(void)
{
    struct plan_landlock *one = add_layer("one", 1), *two = add_layer("two", 2);
    int file;

    make_tree();
    allow(one, "r", READS);
    allow(one, "w", READS);
    allow(two, "w", READS | WRITES_3);
    allow(two, "o", READS);
    CHECK(open_layers() == 0);
    file = open("r/file", O_RDONLY | O_CLOEXEC);
    restrict_now();
    CHECK(opening("w/file", O_RDONLY) == 0 && opening("w/file", O_WRONLY) == EACCES &&
          opening("r/file", O_RDONLY) == EACCES && opening("o/file", O_RDONLY) == EACCES);
    CHECK(read(file, test_error.message, 4) == 4);
}

/* A layer without files beneath one that has them: links to other directories are that one's to judge. */
static void body_refer_through(void)
{
    static const struct plan_landlock_path everywhere = {{"/"}, LANDLOCK_FS_REFER};
    struct plan_landlock *files = add_layer("files", 2), *ports = add_layer("ports", 4);

    make_tree();
    allow(files, "w", WRITES_3);
    allow(files, "w2", WRITES_3);
    ports->handled_fs = LANDLOCK_FS_REFER;
    ports->handled_net = LANDLOCK_NET_BIND_TCP;
    ports->paths = &everywhere;
    ports->path_count = 1;
    CHECK(open_layers() == 0);
    restrict_now();
    CHECK(rename("w/file", "w2/moved") == 0);
}

static void body_missing(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    make_tree();
    allow(layer, "r", READS);
    allow(layer, "not/here", READS);
    CHECK(open_layers() < 0 && test_error.kind == ERROR_INVALID &&
          says("web.json:7: policy web: landlock: ") && says("/not/here does not exist in the container"));
    layer->skip_missing = true;
    CHECK(open_layers() == 0 && strstr(landlock.left_out, "/not/here of policy web (does not exist") != NULL);
    restrict_now();
    CHECK(opening("r/file", O_RDONLY) == 0);
}

static void body_too_old(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    layer->handled_fs |= UINT64_C(1) << 50;
    layer->abi = 99;
    CHECK(open_layers() < 0 && test_error.kind == ERROR_UNSUPPORTED && says("older than ABI 99"));
}

/* ---- the network, sockets, signals ---- */

static int bind_port(uint16_t port, bool listening)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(sock >= 0);
    if (bind(sock, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return errno;
    CHECK(!listening || listen(sock, 4) == 0);
    return 0;
}

static int connect_port(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(sock >= 0);
    return connect(sock, (const struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
}

static void body_ports(void)
{
    static const struct plan_landlock_ports ports[] = {{443, 443, LANDLOCK_NET_CONNECT_TCP},
                                                       {8000, 8002, LANDLOCK_NET_BIND_TCP}};
    struct plan_landlock *layer = add_layer("web", 4);
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    CHECK(unshare(CLONE_NEWNET) == 0);
    close(sock);
    sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(ioctl(sock, SIOCSIFFLAGS, &request) == 0);
    CHECK(bind_port(443, true) == 0 && bind_port(444, true) == 0);
    layer->handled_fs = 0;
    layer->handled_net = LANDLOCK_NET_CONNECT_TCP | LANDLOCK_NET_BIND_TCP;
    layer->ports = ports;
    layer->port_count = ARRAY_LENGTH(ports);
    CHECK(open_layers() == 0);
    restrict_now();
    CHECK(connect_port(443) == 0 && connect_port(444) == EACCES);
    CHECK(bind_port(7999, false) == EACCES && bind_port(8000, false) == 0 && bind_port(8002, false) == 0 &&
          bind_port(8003, false) == EACCES);
    CHECK(opening("/etc/passwd", O_RDONLY) == 0);
}

static int abstract_socket(const char *name, bool server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
    int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path + 1, name, strlen(name));
    CHECK(sock >= 0);
    if (server) {
        CHECK(bind(sock, (struct sockaddr *)&address, length) == 0 && listen(sock, 4) == 0);
        return 0;
    }
    return connect(sock, (struct sockaddr *)&address, length) < 0 ? errno : 0;
}

static void body_scope(void)
{
    struct plan_landlock *layer = add_layer("web", 6);
    pid_t child, outside = getppid();

    CHECK(unshare(CLONE_NEWNET) == 0);
    abstract_socket("outside", true);
    layer->handled_fs = 0;
    layer->scoped = LANDLOCK_SCOPED_ABSTRACT_UNIX | LANDLOCK_SCOPED_SIGNAL;
    CHECK(open_layers() == 0);
    restrict_now();
    abstract_socket("inside", true);
    CHECK(abstract_socket("inside", false) == 0 && abstract_socket("outside", false) == EPERM);
    FAILS(kill(outside, 0), EPERM);
    child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

/* ---- programs ---- */

/* The exit status of a program, 126 when execve fails with EACCES. */
static int run_program(const char *path, const char *script)
{
    int status;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        execl(path, path, "-c", script, (char *)NULL);
        _exit(errno == EACCES ? 126 : 125);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Debian's own shell, dynamic: it alone is listed. */
static void body_dynamic(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    allow(layer, "/bin/sh", EXECUTES);
    CHECK(open_layers() == 0 && landlock_admit(&landlock, "/bin/sh", &test_error) == 0);
    CHECK(strstr(landlock.added, "/ld-") != NULL);
    restrict_now();
    CHECK(run_program("/bin/sh", "exit 7") == 7);
    CHECK(run_program("/bin/ls", "/") == 126);
    CHECK(opening("/etc/passwd", O_RDONLY) == EACCES && opening("/bin/ls", O_RDONLY) == EACCES);
}

/* A directory may hold dynamic programs; the loader comes with it, also for what a static init starts. */
static void body_directory(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    allow(layer, "/usr/bin", EXECUTES);
    CHECK(open_layers() == 0);
    restrict_now();
    CHECK(run_program("/usr/bin/sh", "exit 5") == 5);
}

static void body_not_covered(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    allow(layer, "/usr/bin/env", EXECUTES);
    allow(layer, "/", READS);
    CHECK(open_layers() == 0);
    CHECK(landlock_admit(&landlock, "/bin/sh", &test_error) < 0 && test_error.kind == ERROR_DENIED);
    CHECK(says("web.json:7: policy web: landlock: `/bin/sh` may not be executed: it is not in the list "
               "landlock.execute"));
    /* By the name that the working directory makes of it. */
    CHECK(chdir("/usr") == 0 && landlock_admit(&landlock, "bin/env", &test_error) == 0 &&
          landlock_admit(&landlock, "./bin/../bin/sh", &test_error) < 0);
    /* Gone meanwhile: execve has the word. */
    CHECK(landlock_admit(&landlock, "/not/there", &test_error) == 0);
}

static void make_program(const char *path, const char *text)
{
    write_file(path, text);
    CHECK(chmod(path, 0755) == 0);
}

static void body_script(void)
{
    struct plan_landlock *layer = add_layer("web", 1);
    char script[128];

    make_program("script", "#!/bin/sh\nexit 3\n");
    snprintf(script, sizeof(script), "#!%s\n", in_scratch("script"));
    make_program("nested", script);
    allow(layer, scratch, EXECUTES);
    CHECK(open_layers() == 0);
    CHECK(landlock_admit(&landlock, in_scratch("script"), &test_error) < 0 &&
          says("its interpreter /bin/sh is not in the list"));
    allow(layer, "/bin/sh", EXECUTES);
    CHECK(open_layers() == 0 && landlock_admit(&landlock, in_scratch("nested"), &test_error) == 0 &&
          landlock_admit(&landlock, "./script", &test_error) == 0);
    restrict_now();
    CHECK(run_program(in_scratch("script"), "") == 3 && run_program(in_scratch("nested"), "") == 3);
}

/* Beneath a mount, and through one: what Landlock climbs. */
static void body_mounts(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    CHECK(mkdir("top", 0755) == 0 && mkdir("top/mounted", 0755) == 0 && mkdir("other", 0755) == 0);
    CHECK(mount("inner", "top/mounted", "tmpfs", 0, NULL) == 0);
    make_program("top/mounted/script", "#!/bin/sh\nexit 4\n");
    /* The same directory mounted beneath itself: its parent is its like, and not the root. */
    CHECK(mkdir("top/mounted/again", 0755) == 0 &&
          mount("top/mounted", "top/mounted/again", NULL, MS_BIND, NULL) == 0);
    make_program("other/script", "#!/bin/sh\nexit 4\n");
    allow(layer, "top", EXECUTES);
    allow(layer, "/bin/sh", EXECUTES);
    CHECK(open_layers() == 0);
    CHECK(landlock_admit(&landlock, "top/mounted/script", &test_error) == 0 &&
          landlock_admit(&landlock, "top/mounted/again/script", &test_error) == 0 &&
          landlock_admit(&landlock, "other/script", &test_error) < 0);
    restrict_now();
    CHECK(run_program("top/mounted/again/script", "") == 4 && run_program("other/script", "") == 126);
}

/* ---- processes that join ---- */

/* The container has put a symlink where it may write, and removed another path. */
static void body_joins(void)
{
    struct plan_landlock *layer = add_layer("web", 1);

    make_tree();
    CHECK(symlink("/", "w/programs") == 0 && symlink("r", "image-link") == 0);
    allow(layer, "w", READS | WRITES_1);
    allow(layer, "w/programs", READS);
    allow(layer, "image-link", READS);
    allow(layer, "gone", READS);
    landlock.joins = true;
    CHECK(open_layers() == 0);
    CHECK(strstr(landlock.left_out,
                 "w/programs of policy web (a symlink that the container may have made)") != NULL);
    CHECK(strstr(landlock.left_out, "gone of policy web (does not exist") != NULL &&
          strstr(landlock.left_out, "image-link") == NULL);
    restrict_now();
    CHECK(opening("w/file", O_RDONLY) == 0 && opening("r/file", O_RDONLY) == 0 &&
          opening("/etc/passwd", O_RDONLY) == EACCES && opening("w/programs/etc/passwd", O_RDONLY) == EACCES);
}

/* Where it may move everything it could have put the real thing there: the image's own symlinks (/lib) work.
 */
static void body_joins_writable(void)
{
    struct plan_landlock *layer = add_layer("web", 2);

    CHECK(mkdir("all", 0755) == 0 && chdir("all") == 0);
    make_tree();
    CHECK(symlink("r", "link") == 0 && symlink("/etc", "out") == 0);
    allow(layer, "all", WRITES_3);
    allow(layer, "all/link", READS);
    allow(layer, "all/out", READS);
    landlock.joins = true;
    CHECK(open_layers() == 0 && strstr(landlock.left_out, "all/out of policy") != NULL &&
          strstr(landlock.left_out, "all/link") == NULL);
    restrict_now();
    CHECK(opening("r/file", O_RDONLY) == 0 && opening("/etc/passwd", O_RDONLY) == EACCES);
}

/* Another layer forbids it to make symlinks there: then it is the image's. */
static void body_joins_stacked(void)
{
    struct plan_landlock *one = add_layer("one", 1), *two = add_layer("two", 1);

    make_tree();
    CHECK(symlink(in_scratch("r"), "w/link") == 0);
    allow(one, "w", READS | WRITES_1);
    allow(one, "w/link", READS);
    allow(two, "/", READS);
    landlock.joins = true;
    CHECK(open_layers() == 0 && landlock.left_out[0] == '\0');
    restrict_now();
    CHECK(opening("w/link/file", O_RDONLY) == 0);
}

/* ---- paths ---- */

static bool leads_to(const char *path, const char *where)
{
    struct landlock_found found;
    struct stat status;
    bool same;

    if (landlock_path_find(path, NULL, NULL, &found) < 0)
        return false;
    CHECK(stat(where, &status) == 0);
    same = found.inode == status.st_ino && (status.st_mode & S_IFMT) == found.type;
    landlock_found_close(&found);
    return same;
}

static void body_paths(void)
{
    struct landlock_found found;
    char deep[8192];

    make_tree();
    CHECK(symlink("/", "root") == 0 && symlink("..", "up") == 0 && symlink("loop", "loop") == 0 &&
          symlink("r/file", "short") == 0 && symlink(in_scratch("r/../short"), "long") == 0);
    CHECK(leads_to("/", "/") && leads_to("root", "/") && leads_to("root/..", "/") && leads_to(".", ".") &&
          leads_to("r/..", ".") && leads_to("up/", "/tmp") && leads_to("long", "r/file") &&
          leads_to("./r//./file", "r/file") && leads_to("/../../etc", "/etc"));
    FAILS(landlock_path_find("loop", NULL, NULL, &found), ELOOP);
    FAILS(landlock_path_find("r/none", NULL, NULL, &found), ENOENT);
    FAILS(landlock_path_find("r/file/none", NULL, NULL, &found), ENOTDIR);
    memset(deep, 'a', sizeof(deep));
    deep[sizeof(deep) - 1] = '\0';
    FAILS(landlock_path_find(deep, NULL, NULL, &found), ENAMETOOLONG);
    deep[300] = '\0';
    FAILS(landlock_path_find(deep, NULL, NULL, &found), ENAMETOOLONG);
    CHECK(found.object == -1 && found.parent == -1);
}

#define LANDLOCK_TEST(name)                                                                                  \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_private_namespace(body_##name);                                                                   \
    }

LANDLOCK_TEST(files)
LANDLOCK_TEST(rename)
LANDLOCK_TEST(first_abi)
LANDLOCK_TEST(truncate)
LANDLOCK_TEST(single_file)
LANDLOCK_TEST(ioctl)
LANDLOCK_TEST(stacked)
LANDLOCK_TEST(refer_through)
LANDLOCK_TEST(missing)
LANDLOCK_TEST(too_old)
LANDLOCK_TEST(ports)
LANDLOCK_TEST(scope)
LANDLOCK_TEST(dynamic)
LANDLOCK_TEST(directory)
LANDLOCK_TEST(not_covered)
LANDLOCK_TEST(script)
LANDLOCK_TEST(mounts)
LANDLOCK_TEST(joins)
LANDLOCK_TEST(joins_stacked)
LANDLOCK_TEST(joins_writable)
LANDLOCK_TEST(paths)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),         cmocka_unit_test(test_rename),
        cmocka_unit_test(test_first_abi),     cmocka_unit_test(test_truncate),
        cmocka_unit_test(test_single_file),   cmocka_unit_test(test_ioctl),
        cmocka_unit_test(test_stacked),       cmocka_unit_test(test_refer_through),
        cmocka_unit_test(test_missing),       cmocka_unit_test(test_too_old),
        cmocka_unit_test(test_ports),         cmocka_unit_test(test_scope),
        cmocka_unit_test(test_dynamic),       cmocka_unit_test(test_directory),
        cmocka_unit_test(test_not_covered),   cmocka_unit_test(test_script),
        cmocka_unit_test(test_mounts),        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_joins_stacked), cmocka_unit_test(test_joins_writable),
        cmocka_unit_test(test_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
