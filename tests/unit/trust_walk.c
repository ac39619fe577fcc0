/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody who can write to a store does to a root that was signed, and how it is told. */
#include "seal_fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include "base/memory.h"

enum { DEEP_LEVELS = 4096, DEEP_DESCRIPTORS = 320, MANY_FILES = 5000, RACES = 60 };

static bool is_root(void)
{
    return geteuid() == 0;
}

/* A root with a bit of everything. */
static void make_root(void)
{
    make_folder("etc");
    make_folder("usr");
    make_folder("usr/lib");
    make_folder("usr/lib/deep");
    make_file("etc/passwd", "root:x:0:0::/:/bin/sh\n");
    make_file("usr/lib/deep/libc.so", "\177ELF");
    make_file("usr/tool", "#!/bin/sh\n");
    assert_int_equal(chmod("usr/tool", 0755), 0);
    make_file("empty", "");
    assert_int_equal(link("etc/passwd", "etc/passwd-"), 0);
    assert_int_equal(symlink("usr/lib", "lib"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
}

static void sealed_root(void)
{
    make_root();
    make_seal();
    it_holds();
}

static void list_of_a_root(void **state)
{
    static const char expected[] =
        "thwart seal 1\n"
        "d 0755 %u %u - - .\n"
        "f 0644 %u %u 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
        "verity=3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95 ./a\\040b\n"
        "h - - - - - ./b => ./a\\040b\n"
        "d 0755 %u %u - - ./etc\n"
        "l 0777 %u %u - - ./etc/l -> ../a\\040b\n"
        "p 0640 %u %u - - ./etc-p\n";
    char wanted[1024];
    unsigned int u = geteuid(), g = getegid();

    (void)state;
    make_file("a b", "");
    make_folder("etc");
    assert_true(symlink("../a b", "etc/l") == 0 && mkfifo("etc-p", 0640) == 0 && link("a b", "b") == 0);
    assert_int_equal(chown(".", u, g), 0);
    snprintf(wanted, sizeof(wanted), expected, u, g, u, g, u, g, u, g, u, g);
    make_seal();
    assert_int_equal(seal.files, 6);
    if (seal.length != strlen(wanted) || memcmp(seal.list, wanted, seal.length) != 0)
        fail_msg("%.*s", (int)seal.length, seal.list);
}

/* The root's own owner may write or not: engines differ. All else of it counts. */
static void the_roots_own_mode(void **state)
{
    (void)state;
    sealed_root();
    assert_int_equal(chmod(".", 0555), 0);
    it_holds();
    assert_int_equal(chmod(".", 0757), 0);
    it_tells_only(TRUST_CHANGED, "/", "mode 0757, signed 0755");
    assert_int_equal(chmod(".", 0755), 0);
}

static void contents_with_kept_times(void **state)
{
    struct stat status;
    struct timespec times[2];

    (void)state;
    sealed_root();
    assert_int_equal(stat("usr/lib/deep/libc.so", &status), 0);
    make_file("usr/lib/deep/libc.so", "\177ELG");
    times[0] = status.st_atim;
    times[1] = status.st_mtim;
    assert_int_equal(utimensat(AT_FDCWD, "usr/lib/deep/libc.so", times, 0), 0);
    it_tells_only(TRUST_CHANGED, "/usr/lib/deep/libc.so", "contents");
    make_file("usr/lib/deep/libc.so", "\177ELFF");
    it_tells_only(TRUST_CHANGED, "/usr/lib/deep/libc.so", "contents (5 bytes, signed 4)");
}

static void added_and_removed(void **state)
{
    (void)state;
    sealed_root();
    make_file("usr/lib/deep/.hidden", "");
    it_tells_only(TRUST_ADDED, "/usr/lib/deep/.hidden", "a file");
    assert_int_equal(unlink("usr/lib/deep/.hidden"), 0);
    make_folder("usr/new");
    make_file("usr/new/a", "");
    make_file("usr/new/b", "");
    it_tells_only(TRUST_ADDED, "/usr/new", "a folder"); /* with all in it */
    assert_true(unlink("usr/new/a") == 0 && unlink("usr/new/b") == 0 && rmdir("usr/new") == 0);
    assert_true(rename("usr/lib/deep", "usr/lib/deep2") == 0);
    it_tells(TRUST_MISSING, "/usr/lib/deep", "a folder");
    it_tells(TRUST_ADDED, "/usr/lib/deep2", "a folder");
    assert_int_equal(binding.difference_count, 2);
}

static void kinds(void **state)
{
    (void)state;
    sealed_root();
    assert_true(unlink("usr/tool") == 0 && mkfifo("usr/tool", 0755) == 0);
    it_tells_only(TRUST_CHANGED, "/usr/tool", "a fifo, signed a file");
    assert_true(unlink("usr/tool") == 0 && symlink("/bin/sh", "usr/tool") == 0);
    it_tells_only(TRUST_CHANGED, "/usr/tool", "a symbolic link, signed a file");
    assert_int_equal(unlink("usr/tool"), 0);
    make_folder("usr/tool");
    make_file("usr/tool/x", "");
    it_tells_only(TRUST_CHANGED, "/usr/tool", "a folder, signed a file");
    assert_true(unlink("usr/tool/x") == 0 && rmdir("usr/tool") == 0);
    assert_true(unlink("lib") == 0 && symlink("usr/lib/deep", "lib") == 0);
    it_tells(TRUST_CHANGED, "/lib", "leads to usr/lib/deep, signed usr/lib");
}

/* A folder becomes a link to a folder with the same contents: all that was in it is gone. */
static void a_folder_becomes_a_link(void **state)
{
    (void)state;
    make_root();
    make_folder("elsewhere");
    make_seal();
    assert_true(rename("usr/lib", "elsewhere/lib") == 0 && symlink("../elsewhere/lib", "usr/lib") == 0);
    it_tells(TRUST_CHANGED, "/usr/lib", "a symbolic link, signed a folder");
    it_tells(TRUST_ADDED, "/elsewhere/lib", "a folder");
    assert_int_equal(binding.difference_count, 2);
}

static void modes(void **state)
{
    (void)state;
    sealed_root();
    assert_int_equal(chmod("usr/tool", 04755), 0);
    it_tells_only(TRUST_CHANGED, "/usr/tool", "mode 4755, signed 0755");
    assert_int_equal(chmod("usr/tool", 0755), 0);
    assert_int_equal(chmod("etc", 0777), 0);
    it_tells_only(TRUST_CHANGED, "/etc", "mode 0777, signed 0755");
}

static void owners_and_devices(void **state)
{
    (void)state;
    if (!is_root())
        return;
    make_root();
    assert_int_equal(mknod("null", S_IFCHR | 0666, makedev(1, 3)), 0);
    make_seal();
    it_holds();
    assert_int_equal(chown("etc", 1000, 0), 0);
    it_tells_only(TRUST_CHANGED, "/etc", "owner 1000:0, signed 0:0");
    assert_int_equal(chown("etc", 0, 0), 0);
    assert_int_equal(lchown("lib", 0, 5), 0);
    it_tells_only(TRUST_CHANGED, "/lib", "owner 0:5, signed 0:0");
    assert_int_equal(lchown("lib", 0, 0), 0);
    assert_true(unlink("null") == 0 && mknod("null", S_IFCHR | 0666, makedev(1, 1)) == 0 &&
                chmod("null", 0600) == 0);
    it_tells_only(TRUST_CHANGED, "/null", "mode 0600, signed 0644; device 1:1, signed 1:3");
}

/* A whiteout is only one for overlay; in a root it is a device that was not there. */
static void whiteouts_and_opaque_folders(void **state)
{
    (void)state;
    if (!is_root())
        return;
    sealed_root();
    assert_int_equal(mknod("usr/gone", S_IFCHR, makedev(0, 0)), 0);
    it_tells_only(TRUST_ADDED, "/usr/gone", "a character device");
    assert_int_equal(unlink("usr/gone"), 0);
    assert_true(unlink("usr/tool") == 0 && mknod("usr/tool", S_IFCHR, makedev(0, 0)) == 0);
    it_tells_only(TRUST_CHANGED, "/usr/tool", "a character device, signed a file");
    assert_int_equal(unlink("usr/tool"), 0);
    make_file("usr/tool", "#!/bin/sh\n");
    assert_int_equal(chmod("usr/tool", 0755), 0);
    assert_int_equal(setxattr("usr", "trusted.overlay.opaque", "y", 1, 0), 0);
    it_tells_only(TRUST_CHANGED, "/usr", "xattr trusted.overlay.opaque, not signed");
    assert_int_equal(try_seal(), -1);
    assert_non_null(strstr(error.message, "./usr in the root has an attribute of overlay's own"));
}

static void capabilities_and_acls(void **state)
{
    static const char capability[20] = {1, 0, 0, 2, 0, 4};
    static const char changed[20] = {1, 0, 0, 2, 0, 6};

    (void)state;
    if (!is_root())
        return;
    make_root();
    assert_int_equal(setxattr("usr/tool", "security.capability", capability, 20, 0), 0);
    make_seal();
    it_holds();
    assert_int_equal(setxattr("usr/tool", "security.capability", changed, 20, 0), 0);
    it_tells_only(TRUST_CHANGED, "/usr/tool", "xattr security.capability");
    assert_int_equal(removexattr("usr/tool", "security.capability"), 0);
    it_tells_only(TRUST_CHANGED, "/usr/tool", "xattr security.capability is missing");
    assert_int_equal(setxattr("usr/tool", "security.capability", capability, 20, 0), 0);
    it_holds();
    assert_int_equal(setxattr("etc/passwd", "security.capability", capability, 20, 0), 0);
    it_tells_only(TRUST_CHANGED, "/etc/passwd", "xattr security.capability, not signed");
}

static void host_labels_are_no_difference(void **state)
{
    (void)state;
    sealed_root();
    if (!is_root() || setxattr("etc", "security.selinux", "system_u:object_r:etc_t:s0", 27, 0) != 0)
        return; /* a host with SELinux judges the label */
    it_holds();
}

static void hard_links(void **state)
{
    (void)state;
    sealed_root();
    assert_int_equal(unlink("etc/passwd-"), 0);
    make_file("etc/passwd-", "root:x:0:0::/:/bin/sh\n"); /* the same bytes in a file of its own */
    it_tells_only(TRUST_CHANGED, "/etc/passwd-", "not the same file as /etc/passwd, as is signed");
    assert_true(unlink("etc/passwd-") == 0 && link("usr/tool", "etc/passwd-") == 0);
    it_tells(TRUST_CHANGED, "/etc/passwd-", "not the same file as /etc/passwd, as is signed");
    assert_true(unlink("etc/passwd-") == 0 && link("etc/passwd", "etc/passwd-") == 0);
    it_holds();
    assert_true(unlink("usr/tool") == 0 && link("usr/lib/deep/libc.so", "usr/tool") == 0);
    it_tells(TRUST_CHANGED, "/usr/tool", "the same file as /usr/lib/deep/libc.so, signed is one of its own");
}

static void names_that_forge_lines(void **state)
{
    static const char *const names[] = {
        "new\nline", "x .-etc", "\x01\x7f", "\xff\xfe", "\xc3\xa9", "a\\040b", "-> y", "=> .empty", "\x1b[2J",
    };
    char path[64];

    (void)state;
    make_root();
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        make_file(names[i], names[i]);
    assert_int_equal(symlink("f 0644 0 0\n", "\n"), 0);
    make_seal();
    it_holds();
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        snprintf(path, sizeof(path), "%s!", names[i]);
        make_file(path, "");
        compare_root();
        assert_true(!binding.holds && binding.difference_count == 1);
        for (const char *at = binding.reason; *at != '\0'; at++)
            assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
        assert_int_equal(unlink(path), 0);
    }
    make_file("\xff\n", "");
    it_tells_only(TRUST_ADDED, "/\\xff\\x0a", "a file");
}

/* Holes are read as what they are, but not for longer than was signed. */
static void sparse_files(void **state)
{
    (void)state;
    make_file("sparse", "x");
    assert_int_equal(truncate("sparse", 5000000), 0);
    make_seal();
    it_holds();
    assert_int_equal(truncate("sparse", (off_t)1 << 42), 0);
    it_tells_only(TRUST_CHANGED, "/sparse", "contents (4398046511104 bytes, signed 5000000)");
    assert_int_equal(truncate("sparse", 5000000), 0);
    it_holds();
}

static void unreadable_files(void **state)
{
    (void)state;
    sealed_root();
    assert_int_equal(chmod("usr/tool", 0), 0);
    if (is_root()) {
        it_tells_only(TRUST_CHANGED, "/usr/tool", "mode 0000, signed 0755");
        return;
    }
    assert_int_equal(try_compare(0), -1);
    assert_non_null(strstr(error.message, "./usr/tool in the root: not permitted"));
}

static void differences_are_bounded(void **state)
{
    (void)state;
    make_folder("d");
    for (int i = 0; i < 300; i++) {
        char path[32];

        snprintf(path, sizeof(path), "d/%d", i);
        make_file(path, path);
    }
    make_seal();
    for (int i = 0; i < 300; i++) {
        char path[32];

        snprintf(path, sizeof(path), "d/%d", i);
        make_file(path, "?");
    }
    for (unsigned int threads = 1; threads < 5; threads++) {
        assert_int_equal(try_compare(threads), 0);
        assert_int_equal(binding.difference_count, BINDING_DIFFERENCES);
        assert_int_equal(binding.more, 300 - BINDING_DIFFERENCES);
        assert_string_equal(binding.differences[0].path, "/d/0");
        assert_string_equal(binding.differences[2].path, "/d/10");
        assert_string_equal(binding.reason, "/d/0 differs (contents (1 bytes, signed 3)), and 299 more");
    }
}

static void lists_that_are_none(void **state)
{
    struct trust_seal other;

    (void)state;
    sealed_root();
    other = seal;
    seal.files++;
    compare_root();
    assert_false(binding.holds);
    assert_non_null(strstr(binding.reason, "files, and "));
    seal = other;
    seal.length--; /* cut */
    compare_root();
    assert_false(binding.holds);
    assert_non_null(strstr(binding.reason, "it is cut"));
    seal.list = NULL;
    compare_root();
    assert_false(binding.holds);
    assert_string_equal(binding.reason, "the list of files was not found");
}

static void what_engines_add(void **state)
{
    (void)state;
    if (!is_root())
        return;
    sealed_root();
    make_folder("dev");
    make_folder("dev/pts");
    make_folder("proc");
    make_file("dev/console", "");
    make_file(".dockerenv", "");
    make_file("etc/hosts", "");
    assert_int_equal(symlink("/proc/mounts", "etc/mtab"), 0);
    it_holds();
    make_file("etc/hosts", "127.0.0.1 registry\n");
    it_tells_only(TRUST_ADDED, "/etc/hosts", "a file");
    make_file("etc/hosts", "");
    assert_int_equal(chown("etc/hosts", 1000, 0), 0);
    it_tells_only(TRUST_ADDED, "/etc/hosts", "a file");
    assert_int_equal(chown("etc/hosts", 0, 0), 0);
    make_file("dev/kmsg", "");
    it_tells_only(TRUST_ADDED, "/dev/kmsg", "a file");
    assert_true(unlink("dev/kmsg") == 0 && unlink("etc/mtab") == 0 &&
                symlink("/etc/passwd", "etc/mtab") == 0);
    it_tells_only(TRUST_ADDED, "/etc/mtab", "a symbolic link");
}

/* What a runtime has made at an earlier start. */
static void places_to_mount_on(void **state)
{
    static const char *const mounts[] = {"/run/secrets/token", "/data"};
    static const struct trust_root facts = {.mounts = mounts, .mount_count = 2};

    (void)state;
    if (!is_root())
        return;
    sealed_root();
    make_folder("run");
    make_folder("run/secrets");
    make_file("run/secrets/token", "");
    make_folder("data");
    it_tells(TRUST_ADDED, "/data", "a folder");
    root_facts = &facts;
    it_holds();
    make_file("run/secrets/token", "x");
    it_tells_only(TRUST_ADDED, "/run/secrets/token", "a file");
    make_file("run/secrets/token", "");
    make_file("data/x", "");
    it_tells_only(TRUST_ADDED, "/data/x", "a file");
    assert_true(unlink("data/x") == 0 && chmod("data", 0777) == 0);
    it_tells_only(TRUST_ADDED, "/data", "a folder");
}

static int shift_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)kind;
    (void)walk;
    if (lchown(path, 100000 + status->st_uid, 200000 + status->st_gid) != 0)
        return -1;
    return S_ISLNK(status->st_mode) ? 0 : chmod(path, status->st_mode & 07777);
}

/* All of them, by what the container's ids are, or none. */
static void shifted_owners(void **state)
{
    static const struct trust_root facts = {.user = 100000, .group = 200000};

    (void)state;
    if (!is_root())
        return;
    make_root();
    assert_int_equal(unlink("etc/passwd-"), 0); /* it would be shifted twice */
    assert_int_equal(chown("usr/tool", 7, 8), 0);
    make_seal();
    root_facts = &facts;
    it_holds(); /* the mount does it */
    assert_int_equal(nftw(".", shift_one, 16, FTW_PHYS), 0);
    it_holds();
    assert_int_equal(chown("usr/tool", 7, 8), 0);
    it_tells_only(TRUST_CHANGED, "/usr/tool", "signed 7:8");
    assert_int_equal(chown("usr/tool", 100007, 200009), 0);
    it_tells_only(TRUST_CHANGED, "/usr/tool", "owner 7:9, signed 7:8");
    assert_int_equal(chown("usr/tool", 100007, 200008), 0);
    it_holds();
    root_facts = NULL;
    it_tells(TRUST_CHANGED, "/", "owner 100000:200000, signed 0:0");
}

/* ---- bounds ---- */

static void limit(__rlimit_resource_t resource, rlim_t value)
{
    const struct rlimit limits = {value, value};

    if (setrlimit(resource, &limits) != 0)
        _exit(9);
}

/* Run in a child, which may limit and drop what it likes. */
static void in_a_child(int (*work)(void))
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        status = work();
        if (status != 0)
            fprintf(stderr, "%d: %s %s\n", status, error.message, binding.reason);
        _exit(status);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_int_equal(status, 0);
}

static int compare_deep(void)
{
    limit(RLIMIT_NOFILE, DEEP_DESCRIPTORS);
    if (try_seal() != 0 || seal.files != 2 * DEEP_LEVELS + 1 || try_compare(0) != 0 || !binding.holds)
        return 1;
    return 0;
}

/* In each folder there is something behind the next: it must be come back to. */
static void very_deep_trees(void **state)
{
    cleanup_fd int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    for (int i = 0; i < DEEP_LEVELS; i++) {
        int next;

        assert_int_equal(mkdirat(folder, "d", 0755), 0);
        assert_int_equal(symlinkat("x", folder, "z"), 0);
        next = openat(folder, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        close(folder);
        folder = next;
    }
    in_a_child(compare_deep);
    /* nftw cannot come down there. */
    for (int i = 0; i < DEEP_LEVELS; i++) {
        int outer = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(outer >= 0 && unlinkat(outer, "d", AT_REMOVEDIR) == 0 && unlinkat(outer, "z", 0) == 0);
        close(folder);
        folder = outer;
    }
}

static void very_wide_trees(void **state)
{
    (void)state;
    for (int i = 0; i < MANY_FILES; i++) {
        char path[32];

        snprintf(path, sizeof(path), "%d", i);
        if (i % 5 == 0)
            make_folder(path);
        else
            assert_int_equal(symlink("x", path), 0);
    }
    make_seal();
    assert_int_equal(seal.files, MANY_FILES + 1);
    it_holds();
}

static int compare_without_threads(void)
{
    if (is_root() && (chmod(".", 0755) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        return 9;
    limit(RLIMIT_NPROC, 1); /* the user may have processes already: no thread more */
    return try_compare(8) == 0 && binding.holds ? 0 : 1;
}

static void without_threads_one_reads(void **state)
{
    (void)state;
    sealed_root();
    assert_true(unlink("fifo") == 0 && mkfifo("fifo", 0600) == 0);
    in_a_child(compare_without_threads);
}

static int unshare_after(void)
{
    for (int i = 0; i < 40; i++) {
        pid_t child;
        int status = 0;

        if (try_compare(8) != 0 || !binding.holds)
            return 1;
        /* A process of two threads may not. */
        if (unshare(CLONE_FS | CLONE_SIGHAND | CLONE_VM) != 0)
            return 2;
        child = fork();
        if (child == 0)
            _exit(0);
        if (child < 0 || waitpid(child, &status, 0) != child)
            return 3;
    }
    return 0;
}

static void threads_are_gone_at_return(void **state)
{
    (void)state;
    sealed_root();
    in_a_child(unshare_after);
}

/* In a mount namespace of the child's own. */
static int compare_with_mounts(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return 9;
    if (mount("etc/passwd", "usr/tool", NULL, MS_BIND, NULL) != 0 || try_compare(0) != 0 || binding.holds ||
        strcmp(binding.reason, "/usr/tool differs (a mount, signed a file)") != 0)
        return 1;
    if (umount("usr/tool") != 0 || mount("etc", "usr/lib", NULL, MS_BIND, NULL) != 0 || try_compare(0) != 0 ||
        binding.holds || binding.difference_count != 1 ||
        strcmp(binding.reason, "/usr/lib differs (a mount, signed a folder)") != 0)
        return 2;
    return try_seal() != 0 && strstr(error.message, "./usr/lib in the root is a mount") != NULL ? 0 : 3;
}

static void mounts_beneath(void **state)
{
    (void)state;
    if (!is_root())
        return;
    sealed_root();
    in_a_child(compare_with_mounts);
}

/* ---- races ---- */

static volatile sig_atomic_t ended;

static void end_race(int number)
{
    (void)number;
    ended = 1;
}

/* Until it is told to end; its status is how often it did (at most 250). */
static pid_t race(void (*once)(void))
{
    pid_t child = fork();

    if (child != 0)
        return child;
    (void)signal(SIGTERM, end_race);
    int count = 0;
    for (; !ended; count++)
        once();
    _exit(count > 250 ? 250 : count);
}

static int end_of_race(pid_t child)
{
    int status = 0;

    assert_true(kill(child, SIGTERM) == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void swap_parent(void)
{
    (void)renameat2(AT_FDCWD, "root/usr", AT_FDCWD, "bait", RENAME_EXCHANGE);
}

/* A folder on the way is exchanged for a link to a folder outside: what is there must never be told. */
static void a_parent_is_swapped_for_a_link(void **state)
{
    int walks = 0, held = 0;
    pid_t racer;

    (void)state;
    make_folder("root");
    make_folder("outside");
    make_folder("outside/lib");
    make_file("outside/secret", "");
    make_file("outside/lib/secret", "");
    assert_int_equal(symlink("../outside", "bait"), 0);
    assert_int_equal(chdir("root"), 0);
    sealed_root();
    assert_int_equal(chdir(".."), 0);
    racer = race(swap_parent);
    assert_int_equal(chdir("root"), 0);
    for (; walks < RACES; walks++) {
        if (try_compare((unsigned int)walks % 3) != 0) {
            assert_int_equal(error.kind, ERROR_UNTRUSTED);
            assert_non_null(strstr(error.message, "changed while it was read"));
            continue;
        }
        held += binding.holds;
        for (size_t i = 0; i < binding.difference_count; i++)
            if (strstr(binding.differences[i].path, "secret") != NULL)
                fail_msg("outside: %s", binding.differences[i].path);
        if (!binding.holds && strcmp(binding.differences[0].path, "/usr") != 0)
            fail_msg("%s", binding.reason);
    }
    assert_int_equal(chdir(".."), 0);
    assert_true(end_of_race(racer) > 100);
    assert_true(held < RACES); /* it was seen at least once */
}

static void write_on(void)
{
    cleanup_fd int file = open("growing", O_WRONLY | O_CLOEXEC);

    if (pwrite(file, "y", 1, 0) != 1)
        _exit(1);
}

static void files_that_change_are_an_error(void **state)
{
    pid_t racer;
    int status = 0;

    (void)state;
    make_file("growing", "");
    assert_int_equal(truncate("growing", 30000000), 0);
    make_seal();
    racer = race(write_on);
    for (int i = 0; i < RACES && status == 0; i++)
        status = try_compare(0);
    (void)end_of_race(racer);
    assert_int_equal(status, -1);
    assert_int_equal(error.kind, ERROR_UNTRUSTED);
    assert_string_equal(error.message, "./growing in the root changed while it was read");
}

#define IN_A_ROOT(test) cmocka_unit_test_setup_teardown(test, enter_root, leave_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_ROOT(list_of_a_root),
        IN_A_ROOT(the_roots_own_mode),
        IN_A_ROOT(contents_with_kept_times),
        IN_A_ROOT(added_and_removed),
        IN_A_ROOT(kinds),
        IN_A_ROOT(a_folder_becomes_a_link),
        IN_A_ROOT(modes),
        IN_A_ROOT(owners_and_devices),
        IN_A_ROOT(whiteouts_and_opaque_folders),
        IN_A_ROOT(capabilities_and_acls),
        IN_A_ROOT(host_labels_are_no_difference),
        IN_A_ROOT(hard_links),
        IN_A_ROOT(names_that_forge_lines),
        IN_A_ROOT(sparse_files),
        IN_A_ROOT(unreadable_files),
        IN_A_ROOT(differences_are_bounded),
        IN_A_ROOT(lists_that_are_none),
        IN_A_ROOT(what_engines_add),
        IN_A_ROOT(places_to_mount_on),
        IN_A_ROOT(shifted_owners),
        IN_A_ROOT(very_deep_trees),
        IN_A_ROOT(very_wide_trees),
        IN_A_ROOT(mounts_beneath),
        IN_A_ROOT(without_threads_one_reads),
        IN_A_ROOT(threads_are_gone_at_return),
        IN_A_ROOT(a_parent_is_swapped_for_a_link),
        IN_A_ROOT(files_that_change_are_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
