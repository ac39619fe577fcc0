/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contents by the kernel's digests: what is taken for a proof. Where the kernel has fs-verity, with its own;
 * else with a stand-in, by which a file has it that has the sticky bit. */
#include "seal_fixture.h"

#include <linux/fsverity.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include "base/memory.h"
#include "trust/verity.h"
#include "trust/verity_digest.h"

enum { CHILD_SKIPS = 77, IMAGE_BYTES = 32 * 1024 * 1024 };

static const char *const layers[] = {"two", "one"};

/* What fs-verity would say, of a file that has the mark. */
static int stand_in(int file, struct digest *digest)
{
    struct verity_state *state = malloc(sizeof(*state));
    struct stat status;
    char bytes[5000];
    ssize_t got;
    off_t at = 0;

    if (state == NULL || fstat(file, &status) != 0 || (status.st_mode & S_ISVTX) == 0) {
        free(state);
        errno = ENODATA;
        return -1;
    }
    verity_begin(state);
    while ((got = pread(file, bytes, sizeof(bytes), at)) > 0) {
        verity_add(state, bytes, (size_t)got);
        at += got;
    }
    *digest = verity_end(state);
    free(state);
    return 0;
}

static void mark(const char *path)
{
    if (chmod(path, 01644) != 0)
        fail_msg("%s: %s", path, strerror(errno));
}

static int enter(void **state)
{
    verity_measure_call = stand_in;
    return enter_root(state);
}

static int leave(void **state)
{
    verity_measure_call = verity_measure;
    return leave_root(state);
}

static void bind_root(const struct trust_root *facts)
{
    cleanup_fd int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (trust_bind_verity(root, facts, &seal, &arena, &binding, &error) != 0)
        fail_msg("%s", error.message);
}

static void it_says(const char *reason)
{
    assert_false(binding.holds);
    if (strstr(binding.reason, reason) == NULL)
        fail_msg("%s: %s", reason, binding.reason);
}

static void plain_roots(void **state)
{
    static const struct trust_root facts = {.type = "ext4"};

    (void)state;
    make_folder("etc");
    make_file("etc/passwd", "root");
    make_file("empty", "");
    mark("etc/passwd");
    mark("empty");
    make_seal();
    bind_root(&facts);
    if (!binding.holds)
        fail_msg("%s", binding.reason);
    /* What fs-verity does not protect is compared. */
    assert_int_equal(chmod("etc/passwd", 01666), 0);
    bind_root(&facts);
    it_says("/etc/passwd differs (mode 1666, signed 1644)");
    assert_int_equal(chmod("etc/passwd", 01644), 0);
    make_file("etc/passwd", "toor");
    bind_root(&facts);
    it_says("/etc/passwd differs (contents (by fs-verity))");
    /* The right contents are not enough: they could be written to. */
    assert_int_equal(unlink("etc/passwd"), 0);
    make_file("etc/passwd", "root");
    bind_root(&facts);
    it_says("/etc/passwd differs (it has no fs-verity; mode 0644, signed 1644)");
    mark("etc/passwd");
    make_file("etc/x", "");
    bind_root(&facts);
    it_says("/etc/x is not signed (a file)");
}

static void roots_that_are_not_judged(void **state)
{
    static const char *const none[] = {"lower"};
    static const struct {
        struct trust_root facts;
        const char *reason;
    } rows[] = {
        {{.type = "erofs"}, "does not name its digest"},
        {{.type = "squashfs"}, "does not name its digest"},
        {{.type = NULL}, "not known"},
        {{.type = "ext4", .covered = "/root/proc"}, "/root/proc is mounted beneath"},
        {{.type = "overlay", .unclear = "LOWER does not exist"}, "LOWER does not exist"},
        {{.type = "overlay", .options = "rw,metacopy=off"}, "its lower folders are not known"},
        {{.type = "overlay", .options = "rw,metacopy=off", .lowers = none, .lower_count = 1},
         "cannot be opened"},
        {{.type = "overlay", .options = "rw,metacopy=on", .lowers = none, .lower_count = 1},
         "metacopy is on"},
        {{.type = "overlay", .options = "rw,metacopy=on,verity=require", .lowers = none, .lower_count = 1},
         "verity=require"},
    };

    (void)state;
    make_seal();
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        bind_root(&rows[i].facts);
        it_says(rows[i].reason);
    }
}

/* ---- overlay ---- */

static const char *in_scratch(const char *path)
{
    return arena_format(&arena, "%s/%s", scratch_root, path);
}

static void layers_of_an_overlay(void)
{
    make_folder("one");
    make_folder("two");
    make_folder("upper");
    make_folder("work");
    make_folder("merged");
    make_folder("one/bin");
    make_folder("two/bin");
    make_file("one/bin/sh", "old shell");
    make_file("two/bin/sh", "new shell");
    make_file("one/bin/ls", "ls");
    mark("one/bin/sh");
    mark("two/bin/sh");
    mark("one/bin/ls");
}

static struct trust_root overlay_facts(const char *options)
{
    const char **lowers = arena_array(&arena, ARRAY_LENGTH(layers), sizeof(*lowers));

    for (size_t i = 0; i < ARRAY_LENGTH(layers); i++)
        lowers[i] = in_scratch(layers[i]);
    return (struct trust_root){.type = "overlay",
                               .options = options,
                               .lowers = lowers,
                               .lower_count = ARRAY_LENGTH(layers),
                               .upper = in_scratch("upper")};
}

static int mount_overlay(const char *more)
{
    const char *options = arena_format(&arena, "lowerdir=%s:%s,upperdir=%s,workdir=%s%s", in_scratch("two"),
                                       in_scratch("one"), in_scratch("upper"), in_scratch("work"), more);

    return mount("overlay", "merged", "overlay", 0, options);
}

static int holds_in_overlay(const char *more)
{
    struct trust_root facts = overlay_facts(arena_format(&arena, "rw%s", more));
    cleanup_fd int root = open("merged", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return trust_bind_verity(root, &facts, &seal, &arena, &binding, &error) != 0 ? -1 : binding.holds;
}

static void tell(const char *what)
{
    fprintf(stderr, "%s: %s %s\n", what, error.message, binding.reason != NULL ? binding.reason : "");
}

#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            tell(#condition);                                                                                \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

static int seal_merged(void)
{
    return chdir("merged") == 0 && try_seal() == 0 && chdir("..") == 0 ? 0 : -1;
}

static int check_overlay(void)
{
    static const char off[] = ",metacopy=off";

    if (mount_overlay(off) != 0)
        return CHILD_SKIPS;
    EXPECT(seal_merged() == 0);
    EXPECT(holds_in_overlay(off) == 1);
    EXPECT(umount("merged") == 0 && chmod("one/bin/ls", 0644) == 0 && mount_overlay(off) == 0);
    EXPECT(holds_in_overlay(off) == 0 &&
           strstr(binding.reason, "/bin/ls differs (it has no fs-verity") != NULL);
    mark("one/bin/ls");
    EXPECT(umount("merged") == 0 && mount_overlay(off) == 0 && holds_in_overlay(off) == 1);
    /* A file in the upper folder that shows the lower one's number. */
    {
        cleanup_fd int file = open("merged/bin/ls", O_WRONLY | O_CLOEXEC);

        EXPECT(file >= 0 && pwrite(file, "rm", 2, 0) == 2);
    }
    EXPECT(holds_in_overlay(off) == 0 && strstr(binding.reason, "the upper folder is not empty") != NULL);
    EXPECT(umount("merged") == 0 && unlink("upper/bin/ls") == 0 && rmdir("upper/bin") == 0);
    return 0;
}

/* bin of the upper layer leads to another folder below: its files are measured where they are not shown. */
static int check_redirect(void)
{
    make_folder("one/evil");
    make_file("one/evil/ls", "rm");
    mark("one/evil/ls");
    if (mount_overlay(",metacopy=off") != 0)
        return CHILD_SKIPS;
    EXPECT(seal_merged() == 0 && umount("merged") == 0);
    EXPECT(setxattr("two/bin", "trusted.overlay.redirect", "/evil", 5, 0) == 0);
    EXPECT(mount_overlay(",metacopy=off,redirect_dir=on") == 0);
    EXPECT(holds_in_overlay(",metacopy=off,redirect_dir=on") == 0);
    EXPECT(strstr(binding.reason, "/bin/ls differs (no lower folder has the file that the overlay shows)") !=
           NULL);
    return umount("merged") == 0 ? 0 : 1;
}

static int check_metacopy(void)
{
    if (mount_overlay(",metacopy=off") != 0)
        return CHILD_SKIPS;
    EXPECT(seal_merged() == 0);
    EXPECT(setxattr("two/bin/sh", "trusted.overlay.metacopy", "", 0, 0) == 0);
    EXPECT(holds_in_overlay(",metacopy=off") == 0);
    EXPECT(strstr(binding.reason, "/bin/sh differs (its contents are another file's (metacopy))") != NULL);
    return umount("merged") == 0 ? 0 : 1;
}

/* ---- the kernel's own ---- */

static int run_program(const char *program, char *const *arguments)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        execvp(program, arguments);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

/* A file system with fs-verity in a file, on "merged". */
static int mount_image(void)
{
    char *const arguments[] = {(char[]){"mkfs.ext4"}, (char[]){"-q"},    (char[]){"-F"},
                               (char[]){"-b"},        (char[]){"4096"},  (char[]){"-O"},
                               (char[]){"verity"},    (char[]){"image"}, NULL};
    cleanup_fd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    cleanup_fd int image = open("image", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    cleanup_fd int loop = -1;
    struct loop_config config = {.fd = (uint32_t)image, .info.lo_flags = LO_FLAGS_AUTOCLEAR};
    char path[32];
    int number;

    if (control < 0 || image < 0 || ftruncate(image, IMAGE_BYTES) != 0 ||
        run_program("mkfs.ext4", arguments) != 0)
        return -1;
    number = ioctl(control, LOOP_CTL_GET_FREE);
    snprintf(path, sizeof(path), "/dev/loop%d", number);
    loop = open(path, O_RDWR | O_CLOEXEC);
    if (number < 0 || loop < 0 || ioctl(loop, LOOP_CONFIGURE, &config) != 0)
        return -1;
    return mount(path, "merged", "ext4", 0, NULL);
}

static int enable_verity(const char *path)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    struct fsverity_enable_arg argument = {
        .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = VERITY_BLOCK};

    return file >= 0 ? ioctl(file, FS_IOC_ENABLE_VERITY, &argument) : -1;
}

static void make_sized(const char *path, size_t size)
{
    cleanup_fd int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    for (size_t at = 0; at < size; at += 8)
        (void)!pwrite(file, &at, size - at < 8 ? size - at : 8, (off_t)at);
}

static int check_kernel(void)
{
    static const size_t sizes[] = {0, 1, 4096, 4097, 524288, 524289, 1100000};
    static const struct trust_root facts = {.type = "ext4"};
    char path[32];

    verity_measure_call = verity_measure;
    make_folder("merged");
    if (mount_image() != 0 || chdir("merged") != 0)
        return CHILD_SKIPS;
    EXPECT(rmdir("lost+found") == 0);
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        snprintf(path, sizeof(path), "%zu", sizes[i]);
        make_sized(path, sizes[i]);
        if (enable_verity(path) != 0)
            return i == 0 ? CHILD_SKIPS : 1;
    }
    /* Computed here, measured there. */
    EXPECT(try_seal() == 0);
    bind_root(&facts);
    EXPECT(binding.holds);
    EXPECT(try_compare(0) == 0 && binding.holds);
    EXPECT(unlink("4097") == 0);
    make_sized("4097", 4097);
    bind_root(&facts);
    EXPECT(!binding.holds && strcmp(binding.reason, "/4097 differs (it has no fs-verity)") == 0);
    EXPECT(try_compare(0) == 0 && binding.holds);
    EXPECT(truncate("4097", 0) == 0 && truncate("4097", 4097) == 0 && enable_verity("4097") == 0);
    bind_root(&facts);
    EXPECT(!binding.holds && strcmp(binding.reason, "/4097 differs (contents (by fs-verity))") == 0);
    return chdir("..") == 0 && umount("merged") == 0 ? 0 : 1;
}

static void with_mounts(int (*work)(void), const char *lacking)
{
    int status = -1;
    pid_t child;

    if (geteuid() != 0) {
        printf("skipped: mounting needs root\n");
        skip();
    }
    child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
            _exit(CHILD_SKIPS);
        _exit(work());
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    if (WEXITSTATUS(status) == CHILD_SKIPS) {
        printf("skipped: %s\n", lacking);
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void overlays(void **state)
{
    (void)state;
    layers_of_an_overlay();
    with_mounts(check_overlay, "no overlay can be mounted here");
}

static void folders_that_are_redirected(void **state)
{
    (void)state;
    layers_of_an_overlay();
    with_mounts(check_redirect, "no overlay can be mounted here");
}

static void contents_that_are_another_files(void **state)
{
    (void)state;
    layers_of_an_overlay();
    with_mounts(check_metacopy, "no overlay can be mounted here");
}

static void the_kernels_own_digests(void **state)
{
    (void)state;
    with_mounts(check_kernel, "this kernel has no fs-verity");
}

#define IN_A_ROOT(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_ROOT(plain_roots),
        IN_A_ROOT(roots_that_are_not_judged),
        IN_A_ROOT(overlays),
        IN_A_ROOT(folders_that_are_redirected),
        IN_A_ROOT(contents_that_are_another_files),
        IN_A_ROOT(the_kernels_own_digests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
