/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/rootfs.c with devices, masks, console and the change of the root: what the container sees, and what
 * hostile trees get. */
#include "rootfs_fixture.h"

#include <linux/magic.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>

static bool is_device_at(const char *path, unsigned int major_number, unsigned int minor_number)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISCHR(status.st_mode) &&
           status.st_rdev == makedev(major_number, minor_number);
}

static bool can_write(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
    return file >= 0;
}

static bool is_empty(const char *path)
{
    /* rmdir of an empty directory that is a mount point or read-only says so, of a full one that it is full.
     */
    return rmdir(path) == 0 || (errno != ENOTEMPTY && errno != ENOENT);
}

static void add_dev(void)
{
    add_mount("tmpfs", "/dev")->attributes_set = MOUNT_ATTR_NOSUID;
    add_devices();
}

static void body_devices(void)
{
    plan_begin();
    umask(077);
    add_dev();
    add_mount("devpts", "/dev/pts");
    become_container();
    CHECK(is_device_at("/dev/null", 1, 3) && is_device_at("/dev/zero", 1, 5) &&
          is_device_at("/dev/tty", 5, 0));
    CHECK((mode_of("/dev/null") & 07777) == 0666);
    char target[64] = "";
    CHECK(readlink("/dev/ptmx", target, sizeof(target) - 1) == 8 && strcmp(target, "pts/ptmx") == 0);
    CHECK(umask(0) == 077);
}

static void body_configured_devices(void)
{
    static const struct plan_device devices[] = {
        {.path = {"/dev/deep/er/fuse"}, .major = 10, .minor = 229, .mode = 0640, .uid = 7, .gid = 8},
        {.path = {"/dev/loop9"}, .type = PLAN_DEVICE_BLOCK, .major = 7, .minor = 9, .mode = 0600},
        {.path = {"/dev/fifo"}, .type = PLAN_DEVICE_FIFO, .mode = 0622},
    };
    struct stat status;
    plan_begin();
    add_mount("tmpfs", "/dev");
    plan.rootfs.devices = devices;
    plan.rootfs.device_count = 3;
    become_container();
    CHECK(is_device_at("/dev/deep/er/fuse", 10, 229));
    CHECK(stat("/dev/deep/er/fuse", &status) == 0 && status.st_uid == 7 && status.st_gid == 8);
    CHECK((status.st_mode & 07777) == 0640);
    CHECK(stat("/dev/loop9", &status) == 0 && S_ISBLK(status.st_mode) && status.st_rdev == makedev(7, 9));
    CHECK(mode_of("/dev/fifo") == (S_IFIFO | 0622));
}

/* T01: crun CVE-2026-47766, runc CVE-2026-41579. */
static void body_dev_is_a_link(void)
{
    plan_begin();
    CHECK(symlink(in_scratch("out"), "root/dev") == 0);
    add_devices();
    CHECK(try_build() == 0);
    CHECK(!exists(in_scratch("out/null")) && !exists(in_scratch("out/ptmx")) &&
          !exists(in_scratch("out/fd")));
    char inside[256];
    snprintf(inside, sizeof(inside), "%s/root%s/out/null", scratch, scratch);
    CHECK(is_device_at(inside, 1, 3));
}

/* T03: a link, a file, another device and a fifo in the place of the null device, in a tree that is not ours
 * to change. */
static void refuse_null(void)
{
    add_devices();
    CHECK(try_build() < 0);
    CHECK(says("/dev/null"));
}

static void body_wrong_null(void)
{
    plan_begin();
    CHECK(mkdir("root/dev", 0755) == 0);
    CHECK(symlink("/proc/sys/kernel/hostname", "root/dev/null") == 0);
    CHECK(in_child(refuse_null) && unlink("root/dev/null") == 0);
    write_file("root/dev/null", "");
    CHECK(in_child(refuse_null) && unlink("root/dev/null") == 0);
    CHECK(mknod("root/dev/null", S_IFCHR | 0666, makedev(1, 5)) == 0);
    CHECK(in_child(refuse_null) && unlink("root/dev/null") == 0);
    CHECK(mkfifo("root/dev/null", 0666) == 0);
    CHECK(in_child(refuse_null) && unlink("root/dev/null") == 0);
    CHECK(mknod("root/dev/null", S_IFCHR | 0600, makedev(1, 3)) == 0);
    add_devices();
    CHECK(try_build() == 0);
    CHECK((mode_of(in_scratch("root/dev/null")) & 07777) == 0600); /* the right one is left alone */
}

/* In a tmpfs of ours (filled by copy-up) the same is put right. */
static void body_wrong_null_in_tmpfs(void)
{
    plan_begin();
    CHECK(mkdir("root/dev", 0755) == 0);
    CHECK(symlink(in_scratch("out/target"), "root/dev/null") == 0);
    write_file("root/dev/ptmx", "");
    add_mount("tmpfs", "/dev")->copy_up = true;
    add_devices();
    become_container();
    CHECK(is_device_at("/dev/null", 1, 3) && S_ISLNK(mode_of("/dev/ptmx")));
}

/* OCI config-linux.md, "Devices": a configured one never replaces anything. */
static void body_configured_twice(void)
{
    static const struct plan_device devices[] = {
        {.path = {"/dev/twice"}, .major = 1, .minor = 3, .mode = 0666},
        {.path = {"/dev/twice"}, .major = 1, .minor = 5, .mode = 0666},
    };
    plan_begin();
    add_mount("tmpfs", "/dev");
    plan.rootfs.devices = devices;
    plan.rootfs.device_count = 2;
    CHECK(try_build() < 0 && says("/dev/twice") && test_error.kind == ERROR_INVALID);
}

static void body_bound_devices(void)
{
    static const struct plan_device devices[] = {
        {.path = {"/dev/null"}, .major = 1, .minor = 3, .bind_from_host = true, .host_path = {"/dev/null"}},
    };
    plan_begin();
    add_mount("tmpfs", "/dev");
    plan.rootfs.devices = devices;
    plan.rootfs.device_count = 1;
    become_container();
    CHECK(is_device_at("/dev/null", 1, 3));
}

static void body_bound_device_is_another(void)
{
    static const struct plan_device devices[] = {
        {.path = {"/dev/null"}, .major = 1, .minor = 3, .bind_from_host = true, .host_path = {"/dev/zero"}},
    };
    plan_begin();
    add_mount("tmpfs", "/dev");
    plan.rootfs.devices = devices;
    plan.rootfs.device_count = 1;
    CHECK(try_build() < 0 && says("/dev/zero"));
}

/* T05 */
static void refuse_link(void)
{
    CHECK(try_build() < 0);
    CHECK(says(plan.rootfs.mounts[0].destination.text) && says("symbolic link"));
}

static void body_proc_is_a_link(void)
{
    plan_begin();
    CHECK(mkdir("root/evil", 0755) == 0 && symlink("/evil", "root/proc") == 0 &&
          symlink("evil", "root/sys") == 0);
    CHECK(symlink("evil", "root/other") == 0);
    add_mount("proc", "/proc");
    CHECK(in_child(refuse_link));
    mounts[0].type = "sysfs";
    mounts[0].destination.text = "/sys";
    CHECK(in_child(refuse_link));
    mounts[0].type = "proc";
    mounts[0].destination.text = "/other";
    CHECK(in_child(refuse_link));
}

static void add_masks(const struct container_path *masked, size_t count)
{
    plan.rootfs.masked = masked;
    plan.rootfs.masked_count = count;
}

/* T04 */
static void body_masks(void)
{
    static const struct container_path masked[] = {
        {"/secret/directory"}, {"/secret/file"}, {"/secret/file"}, {"/missing"},      {"/secret/file/below"},
        {"/secret/directory"}, {"/nested/in"},   {"/nested"},      {"/secret/device"}};
    plan_begin();
    CHECK(mkdir("root/secret", 0755) == 0 && mkdir("root/secret/directory", 0755) == 0);
    CHECK(mkdir("root/nested", 0755) == 0 && mkdir("root/nested/in", 0755) == 0);
    write_file("root/secret/directory/inside", "x");
    write_file("root/secret/file", "x");
    CHECK(mknod("root/secret/device", S_IFCHR | 0666, makedev(1, 5)) == 0);
    add_dev();
    add_masks(masked, 9);
    become_container();
    CHECK(is_device_at("/secret/file", 1, 3) && is_device_at("/secret/device", 1, 3));
    CHECK(!exists("/secret/directory/inside") && is_empty("/secret/directory"));
    CHECK(!can_write("/secret/directory/x") && mknod("/secret/directory/x", S_IFIFO, 0) < 0);
    CHECK(strcmp(read_file("/secret/file"), "") == 0);
    CHECK(unlink("/secret/file") < 0 && errno == EBUSY);
    CHECK(!exists("/nested/in"));
}

/* Without a device of the container's own the host's null device serves, and is checked. */
static void body_masks_without_dev(void)
{
    static const struct container_path masked[] = {{"/secret"}, {"/other"}};
    plan_begin();
    write_file("root/secret", "x");
    write_file("root/other", "x");
    CHECK(mkdir("root/dev", 0755) == 0);
    write_file("root/dev/null", "the image's");
    add_masks(masked, 2);
    become_container();
    CHECK(is_device_at("/secret", 1, 3) && is_device_at("/other", 1, 3));
}

static void body_mask_of_a_link(void)
{
    static const struct container_path masked[] = {{"/link"}};
    plan_begin();
    write_file("root/file", "x");
    CHECK(symlink("file", "root/link") == 0);
    add_masks(masked, 1);
    build_and_enter();
    CHECK(rootfs_finish(&plan, &rootfs, &test_error) < 0);
    CHECK(says("/link") && says("symbolic link"));
}

static void body_many_masks(void)
{
    enum { COUNT = 2000 };
    static struct container_path masked[COUNT];
    static char names[COUNT][16];
    plan_begin();
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "/m%d", i);
        masked[i].text = names[i];
        if (i % 2 == 0) {
            char path[128];
            snprintf(path, sizeof(path), "%s/root%s", scratch, names[i]);
            CHECK(mkdir(path, 0755) == 0);
        } else {
            char path[128];
            snprintf(path, sizeof(path), "%s/root%s", scratch, names[i]);
            write_file(path, "x");
        }
    }
    add_dev();
    add_masks(masked, COUNT);
    become_container();
    CHECK(!can_write("/m0/x") && !can_write("/m1998/x"));
    CHECK(is_device_at("/m1", 1, 3) && is_device_at("/m1999", 1, 3));
}

static void body_readonly_paths(void)
{
    static const struct container_path paths[] = {{"/data"}, {"/file"}, {"/missing"}, {"/link"}};
    plan_begin();
    CHECK(mkdir("root/data", 0755) == 0 && mkdir("root/real", 0755) == 0);
    write_file("root/file", "x");
    CHECK(symlink("/real", "root/link") == 0);
    add_mount("tmpfs", "/data/below")->attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    plan.rootfs.readonly = paths;
    plan.rootfs.readonly_count = 4;
    become_container();
    CHECK(!can_write("/data/x") && errno == EROFS);
    CHECK(!can_write("/data/below/x") && errno == EROFS);
    CHECK(!can_write("/file") && truncate("/file", 0) < 0 && rename("/file", "/other") < 0);
    CHECK(!can_write("/real/x") && can_write("/elsewhere"));
    struct statfs status;
    CHECK(statfs("/data/below", &status) == 0);
    CHECK(((unsigned long)status.f_flags & (ST_NOSUID | ST_NODEV)) == (ST_NOSUID | ST_NODEV));
}

static void body_readonly_root(void)
{
    plan_begin();
    add_mount("tmpfs", "/tmp");
    plan.rootfs.read_only = true;
    become_container();
    CHECK(!can_write("/x") && errno == EROFS);
    CHECK(can_write("/tmp/x"));
}

static void body_nothing_left_of_the_old_root(void)
{
    char directory[256];
    plan_begin();
    CHECK(mkdir("root/proc", 0755) == 0);
    add_bind("/proc", "/proc", true);
    become_container();
    CHECK(getcwd(directory, sizeof(directory)) != NULL && strcmp(directory, "/") == 0);
    CHECK(chdir("/../../..") == 0 && exists("proc") && !exists("etc") && !exists("../etc"));
    const char *table = read_file("/proc/self/mountinfo");
    /* Outside of /proc there is one mount: the root. */
    size_t outside = 0;
    for (const char *line = table; line != NULL && *line != '\0';) {
        char point[256];
        CHECK(sscanf(line, "%*s %*s %*s %*s %255s", point) == 1);
        outside += strncmp(point, "/proc", 5) != 0;
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    CHECK(outside == 1);
}

static void body_no_pivot(void)
{
    plan_begin();
    CHECK(mkdir("root/proc", 0755) == 0);
    CHECK(mkdir("extra proc", 0755) == 0 && mount("p", "extra proc", "proc", 0, NULL) == 0);
    add_mount("proc", "/proc");
    plan.rootfs.no_pivot = true;
    become_container();
    CHECK(exists("/proc/self") && !exists("/etc"));
    /* The table also shows what lies below our root, "/" cut off: of procfs there is only the container's. */
    size_t count = 0;
    for (const char *at = read_file("/proc/self/mountinfo"); (at = strstr(at, " - proc ")) != NULL; at++)
        count++;
    CHECK(count == 1);
    CHECK(strstr(read_file("/proc/self/mountinfo"), " - sysfs ") == NULL);
}

static void body_without_mount_namespace(void)
{
    static const struct container_path masked[] = {{"/secret"}};
    plan_begin();
    plan.rootfs.new_mount_namespace = false;
    add_masks(masked, 1);
    CHECK(rootfs_build(&plan, &sources, &facts, &rootfs, &test_error) < 0 && says("linux/maskedPaths"));
    plan.rootfs.masked_count = 0;
    write_file("root/marker", "");
    CHECK(rootfs_build(&plan, &sources, &facts, &rootfs, &test_error) == 0);
    CHECK(rootfs_enter(&plan, &rootfs, &test_error) == 0);
    CHECK(rootfs_finish(&plan, &rootfs, &test_error) == 0);
    CHECK(exists("/marker") && exists("../../marker"));
}

static void body_mount_on_root(void)
{
    plan_begin();
    CHECK(mkdir("other", 0755) == 0);
    write_file("other/marker", "");
    add_bind(strdup(in_scratch("other")), "/", false);
    add_mount("tmpfs", "/tmp");
    become_container();
    CHECK(exists("/marker") && can_write("/tmp/x"));
}

static void add_pts(void)
{
    static const struct plan_option options[] = {{"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}};
    struct plan_mount *pts = add_mount("devpts", "/dev/pts");
    pts->options = options;
    pts->option_count = 3;
    pts->attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
}

static void body_console(void)
{
    int master = -1;
    struct stat console, slave;
    struct statfs status;
    struct winsize size;
    plan_begin();
    add_dev();
    add_pts();
    process = (struct plan_process){
        .terminal = true, .uid = 1000, .has_console_size = true, .console_rows = 33, .console_columns = 77};
    CHECK(try_build() == 0);
    CHECK(rootfs_make_console(&plan, &rootfs, &master, &test_error) == 0);
    CHECK(rootfs_enter(&plan, &rootfs, &test_error) == 0 && rootfs_finish(&plan, &rootfs, &test_error) == 0);
    CHECK(stat("/dev/console", &console) == 0 && fstat(rootfs.console, &slave) == 0);
    CHECK(console.st_rdev == slave.st_rdev && console.st_dev == slave.st_dev && console.st_uid == 1000);
    CHECK(console.st_gid == 5 && major(console.st_rdev) >= 136 && major(console.st_rdev) <= 143);
    CHECK(statfs("/dev/console", &status) == 0 && status.f_type == DEVPTS_SUPER_MAGIC);
    CHECK(ioctl(rootfs.console, TIOCGWINSZ, &size) == 0 && size.ws_row == 33 && size.ws_col == 77);
    int console_file = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(console_file >= 0 && write(console_file, "hello", 5) == 5);
    char text[16] = "";
    CHECK(read(master, text, sizeof(text)) == 5 && strcmp(text, "hello") == 0);
}

/* T02: crun CVE-2026-88264. */
static void refuse_console(void)
{
    int master = -1;
    add_pts();
    CHECK(try_build() == 0);
    CHECK(rootfs_make_console(&plan, &rootfs, &master, &test_error) < 0);
    CHECK(says("/dev/console") && master == -1 && rootfs.console == -1);
}

static void body_console_is_a_link(void)
{
    plan_begin();
    write_file("out/existing", "kept");
    CHECK(mkdir("root/dev", 0755) == 0);
    CHECK(symlink(in_scratch("out/existing"), "root/dev/console") == 0);
    CHECK(in_child(refuse_console) && unlink("root/dev/console") == 0);
    CHECK(symlink(in_scratch("out/new"), "root/dev/console") == 0);
    CHECK(in_child(refuse_console));
    CHECK(!exists("out/new") && strcmp(read_file("out/existing"), "kept") == 0);
}

static void body_console_needs_devpts(void)
{
    int master = -1;
    plan_begin();
    CHECK(mkdir("root/dev", 0755) == 0 && mkdir("root/dev/pts", 0755) == 0);
    CHECK(symlink("/proc/sys/kernel/hostname", "root/dev/pts/0") == 0);
    CHECK(mknod("root/dev/pts/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
    CHECK(try_build() == 0);
    CHECK(rootfs_make_console(&plan, &rootfs, &master, &test_error) < 0 && says("devpts"));
}

/* ---- user namespaces ---- */

static int go[2], went[2];

/* A new user and mount namespace with container 0 = host 0 … 65535 but root's place taken by 100000. */
static void enter_user_namespace(void)
{
    CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
    CHECK(write(went[1], "x", 1) == 1);
    char byte;
    CHECK(read(go[0], &byte, 1) == 1);
    CHECK(setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0);
}

static bool in_user_namespace(void (*body)(void))
{
    char path[64], byte;
    int status;
    CHECK(pipe2(go, O_CLOEXEC) == 0 && pipe2(went, O_CLOEXEC) == 0);
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        enter_user_namespace();
        body();
        _exit(0);
    }
    close(went[1]);
    if (read(went[0], &byte, 1) == 1) {
        snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)child);
        write_file(path, "0 100000 65536");
        snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)child);
        write_file(path, "0 100000 65536");
        CHECK(write(go[1], "x", 1) == 1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void look_at_early_sources(void)
{
    CHECK(rootfs_build(&plan, &sources, &facts, &rootfs, &test_error) == 0);
    CHECK(took_fallback("rootfs: its path is out of reach"));
    CHECK(rootfs_enter(&plan, &rootfs, &test_error) == 0);
    CHECK(rootfs_finish(&plan, &rootfs, &test_error) == 0);
    CHECK(exists("/marker") && strcmp(read_file("/data/file"), "text") == 0);
    CHECK(is_device_at("/dev/null", 1, 3) && is_device_at("/marker", 1, 3));
    CHECK(!can_write("/masked/x"));
}

/* Neither the rootfs nor the source can be reached by the container's root: the parent opens them. */
static void body_unreachable_paths(void)
{
    static const struct plan_device devices[] = {
        {.path = {"/dev/null"}, .major = 1, .minor = 3, .bind_from_host = true, .host_path = {"/dev/null"}},
    };
    static const struct container_path masked[] = {{"/marker"}, {"/masked"}};
    plan_begin();
    write_file("root/marker", "");
    CHECK(mkdir("source", 0755) == 0 && mkdir("root/data", 0755) == 0 && mkdir("root/dev", 0755) == 0);
    CHECK(mkdir("root/masked", 0755) == 0);
    write_file("source/file", "text");
    CHECK(chmod(".", 0700) == 0);
    add_bind(strdup(in_scratch("source")), "/data", true);
    add_mount("tmpfs", "/dev");
    plan.rootfs.devices = devices;
    plan.rootfs.device_count = 1;
    plan.rootfs.sources_opened_early = true;
    plan.namespaces.new_flags |= CLONE_NEWUSER;
    add_masks(masked, 2);
    CHECK(rootfs_sources_open(&plan, -1, &arena, &sources, &test_error) == 0);
    CHECK(in_user_namespace(look_at_early_sources));
    rootfs_sources_close(&sources);
}

/* runc #1247, #4575: what the host locked stays, and the start does not fail. */
static void look_at_locked(void)
{
    struct statfs status;
    add_bind(strdup(in_scratch("locked")), "/data", true)->attributes_clear =
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR__ATIME | MOUNT_ATTR_NOEXEC;
    mounts[0].attributes_set = MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODEV;
    mounts[0].recursive_clear = MOUNT_ATTR_RDONLY;
    CHECK(try_build() == 0);
    CHECK(took_fallback("mounts: locked attributes"));
    CHECK(rootfs_enter(&plan, &rootfs, &test_error) == 0 && rootfs_finish(&plan, &rootfs, &test_error) == 0);
    CHECK(statfs("/data", &status) == 0);
    CHECK(((unsigned long)status.f_flags & (ST_RDONLY | ST_NOSUID | ST_NODEV)) ==
          (ST_RDONLY | ST_NOSUID | ST_NODEV));
}

static void body_locked_attributes(void)
{
    plan_begin();
    CHECK(mkdir("locked", 0755) == 0 && mkdir("root/data", 0755) == 0);
    CHECK(mount("t", "locked", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_RELATIME, NULL) == 0);
    CHECK(in_user_namespace(look_at_locked));
}

static void look_at_bound_sys(void)
{
    struct plan_mount *sys = add_mount("sysfs", "/sys");
    sys->optional_fallback_bind_sys = true;
    sys->read_only = true;
    sys->attributes_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV;
    CHECK(try_build() == 0);
    CHECK(took_fallback("sysfs:"));
    CHECK(rootfs_enter(&plan, &rootfs, &test_error) == 0 && rootfs_finish(&plan, &rootfs, &test_error) == 0);
    CHECK(exists("/sys/kernel"));
    /* CVE-2023-25809: the whole tree is read-only, not only its top. */
    CHECK(mkdir("/sys/fs/cgroup/x", 0755) < 0 && (errno == EROFS || errno == EACCES));
    struct statfs status;
    CHECK(statfs("/sys/fs/cgroup", &status) == 0 && ((unsigned long)status.f_flags & ST_RDONLY) != 0);
}

static void body_sysfs_without_network_namespace(void)
{
    plan_begin();
    CHECK(mkdir("root/sys", 0755) == 0);
    CHECK(in_user_namespace(look_at_bound_sys));
}

PRIVATE_TEST(devices)
PRIVATE_TEST(configured_devices)
PRIVATE_TEST(dev_is_a_link)
PRIVATE_TEST(wrong_null)
PRIVATE_TEST(wrong_null_in_tmpfs)
PRIVATE_TEST(configured_twice)
PRIVATE_TEST(bound_devices)
PRIVATE_TEST(bound_device_is_another)
PRIVATE_TEST(proc_is_a_link)
PRIVATE_TEST(masks)
PRIVATE_TEST(masks_without_dev)
PRIVATE_TEST(mask_of_a_link)
PRIVATE_TEST(many_masks)
PRIVATE_TEST(readonly_paths)
PRIVATE_TEST(readonly_root)
PRIVATE_TEST(nothing_left_of_the_old_root)
PRIVATE_TEST(no_pivot)
PRIVATE_TEST(without_mount_namespace)
PRIVATE_TEST(mount_on_root)
PRIVATE_TEST(console)
PRIVATE_TEST(console_is_a_link)
PRIVATE_TEST(console_needs_devpts)
PRIVATE_TEST(unreachable_paths)
PRIVATE_TEST(locked_attributes)
PRIVATE_TEST(sysfs_without_network_namespace)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_configured_devices),
        cmocka_unit_test(test_dev_is_a_link),
        cmocka_unit_test(test_wrong_null),
        cmocka_unit_test(test_wrong_null_in_tmpfs),
        cmocka_unit_test(test_configured_twice),
        cmocka_unit_test(test_bound_devices),
        cmocka_unit_test(test_bound_device_is_another),
        cmocka_unit_test(test_proc_is_a_link),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_masks_without_dev),
        cmocka_unit_test(test_mask_of_a_link),
        cmocka_unit_test(test_many_masks),
        cmocka_unit_test(test_readonly_paths),
        cmocka_unit_test(test_readonly_root),
        cmocka_unit_test(test_nothing_left_of_the_old_root),
        cmocka_unit_test(test_no_pivot),
        cmocka_unit_test(test_without_mount_namespace),
        cmocka_unit_test(test_mount_on_root),
        cmocka_unit_test(test_console),
        cmocka_unit_test(test_console_is_a_link),
        cmocka_unit_test(test_console_needs_devpts),
        cmocka_unit_test(test_unreachable_paths),
        cmocka_unit_test(test_locked_attributes),
        cmocka_unit_test(test_sysfs_without_network_namespace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
