/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mounts of linux/rootfs.c and its parts: attributes, kinds, sources, sharing with the host, id mappings,
 * copies. */
#include "rootfs_fixture.h"

#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include "linux/mount_new.h"
#include "linux/path_facts.h"

static unsigned long flags_of(const char *path)
{
    struct statfs status;
    CHECK(statfs(path, &status) == 0);
    return (unsigned long)status.f_flags;
}

static bool can_write(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
    return file >= 0;
}

/* The line of a mount point in our mount table, "" without. */
static const char *mount_line(const char *point)
{
    static char line[4096];
    char wanted[256];
    FILE *file = fopen("/proc/self/mountinfo", "re");
    bool found = false;
    snprintf(wanted, sizeof(wanted), " %s ", point);
    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
        found = strstr(line, wanted) != NULL;
    if (file != NULL)
        fclose(file);
    return found ? line : "";
}

static void body_attributes(void)
{
    static const struct plan_option options[] = {{"size", "64k"}, {"mode", "1777"}};
    plan_begin();
    struct plan_mount *mount = add_mount("tmpfs", "/data");
    mount->attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME;
    mount->options = options;
    mount->option_count = 2;
    become_container();
    CHECK((flags_of("/data") & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_RDONLY)) ==
          (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME));
    CHECK((mode_of("/data") & 07777) == 01777);
    struct statfs status;
    CHECK(statfs("/data", &status) == 0 && (long)status.f_blocks * (long)status.f_bsize == 65536);
}

/* What the kernel has to say about an option is in the message, with the mount's place in the configuration.
 */
static void body_kernel_log(void)
{
    static const struct plan_option options[] = {{"size", "banana"}};
    plan_begin();
    struct plan_mount *mount = add_mount("tmpfs", "/data");
    mount->options = options;
    mount->option_count = 1;
    CHECK(try_build() < 0);
    CHECK(says("mounts/0 (/data)") && says("size") && says("Bad value"));
}

static void body_unknown_type(void)
{
    plan_begin();
    add_mount("nosuchfs", "/data");
    CHECK(try_build() < 0);
    CHECK(says("mounts/0") && says("nosuchfs"));
}

static void body_long_overlay(void)
{
    static char lower[3000];
    static struct plan_option options[1];
    size_t length = 0;
    plan_begin();
    for (int i = 0; i < 40; i++) {
        char name[128];
        snprintf(name, sizeof(name), "layer-with-a-rather-long-name-%d", i);
        CHECK(mkdir(name, 0755) == 0);
        snprintf(name, sizeof(name), "layer-with-a-rather-long-name-%d/file%d", i, i);
        write_file(name, "x");
        length += (size_t)snprintf(lower + length, sizeof(lower) - length,
                                   "%s%s/layer-with-a-rather-long-name-%d", i == 0 ? "" : ":", scratch, i);
    }
    CHECK(length > 256);
    options[0] = (struct plan_option){"lowerdir", lower};
    struct plan_mount *mount = add_mount("overlay", "/data");
    mount->options = options;
    mount->option_count = 1;
    mount->attributes_set = MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY;
    mount->read_only = true;
    become_container();
    CHECK(exists("/data/file0") && exists("/data/file39"));
    CHECK((flags_of("/data") & (ST_NODEV | ST_RDONLY)) == (ST_NODEV | ST_RDONLY));
}

static void body_page_limits(void)
{
    static char value[5000];
    static const struct plan_option option = {"lowerdir", value};
    const struct new_filesystem filesystem = {.type = "overlay", .options = &option, .option_count = 1};
    int made = -1;
    memset(value, 'a', sizeof(value) - 1);
    CHECK(new_filesystem_make(&filesystem, &made, &test_error) < 0 && test_error.kind == ERROR_LIMIT);
    value[300] = '\0';
    value[100] = ',';
    CHECK(new_filesystem_make(&filesystem, &made, &test_error) < 0 && test_error.kind == ERROR_INVALID);
    CHECK(says("lowerdir") && made == -1);
}

/* Read-only and still with a mount point made in it afterwards. */
static void body_late_read_only(void)
{
    plan_begin();
    struct plan_mount *mount = add_mount("tmpfs", "/run");
    mount->attributes_set = MOUNT_ATTR_RDONLY;
    mount->read_only = true;
    mount->read_only_late = true;
    add_mount("tmpfs", "/run/below");
    become_container();
    CHECK(!can_write("/run/x") && errno == EROFS);
    CHECK(can_write("/run/below/x"));
}

static void body_bind_kinds(void)
{
    plan_begin();
    CHECK(mkdir("source", 0755) == 0 && mkfifo("fifo", 0600) == 0);
    write_file("source/file", "text");
    write_file("file", "one");
    add_bind(strdup(in_scratch("source")), "/made/here", false);
    add_bind(strdup(in_scratch("file")), "/etc/conf/file", false)->read_only = true;
    add_bind(strdup(in_scratch("fifo")), "/run/fifo", false);
    alarm(10);
    become_container();
    CHECK(strcmp(read_file("/made/here/file"), "text") == 0);
    CHECK(strcmp(read_file("/etc/conf/file"), "one") == 0);
    CHECK(!can_write("/etc/conf/file") && errno == EROFS);
    CHECK(S_ISFIFO(mode_of("/run/fifo")));
}

static void body_bind_missing(void)
{
    plan_begin();
    add_mount("tmpfs", "/tmp");
    add_bind(strdup(in_scratch("missing")), "/data", false);
    CHECK(try_build() < 0);
    CHECK(says("mounts/1 (/data)") && says("missing") && test_error.system_errno == ENOENT);
    CHECK(!exists("missing") && !exists("root/data"));
}

static void body_directory_on_file(void)
{
    plan_begin();
    CHECK(mkdir("source", 0755) == 0);
    write_file("root/data", "");
    add_bind(strdup(in_scratch("source")), "/data", false);
    CHECK(try_build() < 0);
    CHECK(says("mounts/0 (/data)") && test_error.system_errno == ENOTDIR);
}

static void body_file_on_directory(void)
{
    plan_begin();
    write_file("source", "");
    CHECK(mkdir("root/data", 0755) == 0);
    add_bind(strdup(in_scratch("source")), "/data", false);
    CHECK(try_build() < 0);
    CHECK(says("mounts/0 (/data)") && says("directory"));
}

static void make_tree(void)
{
    CHECK(mkdir("tree", 0755) == 0 && mount("t", "tree", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("tree/below", 0755) == 0 && mount("t", "tree/below", "tmpfs", 0, NULL) == 0);
    write_file("tree/below/file", "x");
}

static void body_recursive_bind(void)
{
    plan_begin();
    make_tree();
    add_bind(strdup(in_scratch("tree")), "/plain", false);
    struct plan_mount *mount = add_bind(strdup(in_scratch("tree")), "/top", true);
    mount->attributes_set = MOUNT_ATTR_RDONLY;
    mount = add_bind(strdup(in_scratch("tree")), "/all", true);
    mount->recursive_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
    become_container();
    CHECK(!exists("/plain/below/file") && exists("/top/below/file"));
    CHECK(!can_write("/top/x") && can_write("/top/below/x"));
    CHECK(!can_write("/all/x") && !can_write("/all/below/x"));
    CHECK((flags_of("/all/below") & ST_NOSUID) != 0 && (flags_of("/top/below") & ST_NOSUID) == 0);
}

static void body_remount(void)
{
    plan_begin();
    add_mount("tmpfs", "/data");
    struct plan_mount *mount = add_mount("none", "/data");
    mount->kind = PLAN_MOUNT_REMOUNT;
    mount->attributes_set = MOUNT_ATTR_RDONLY;
    become_container();
    CHECK(!can_write("/data/x") && errno == EROFS);
}

static void body_remount_of_nothing(void)
{
    plan_begin();
    CHECK(mkdir("root/data", 0755) == 0);
    struct plan_mount *mount = add_mount("none", "/data");
    mount->kind = PLAN_MOUNT_REMOUNT;
    mount->attributes_set = MOUNT_ATTR_RDONLY;
    CHECK(try_build() < 0 && says("mounts/0 (/data)"));
}

static void build_many(void)
{
    add_mount("tmpfs", "/a");
    add_mount("tmpfs", "/a/b");
    add_bind(strdup(in_scratch("tree")), "/tree", true);
    plan.rootfs.final_propagation = MS_SHARED | MS_REC;
    become_container();
    CHECK(mkdir("/tree/below/new", 0755) == 0 && mount("t", "/tree/below/new", "tmpfs", 0, NULL) == 0);
}

/* T32: with the host's mounts shared, nothing that is mounted for or in the container appears there. */
static void body_no_leak(void)
{
    static char before[65536];
    plan_begin();
    make_tree();
    CHECK(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) == 0);
    snprintf(before, sizeof(before), "%s", read_file("/proc/self/mountinfo"));
    CHECK(in_child(build_many));
    CHECK(strcmp(before, read_file("/proc/self/mountinfo")) == 0);
}

static void build_early(void)
{
    plan.rootfs.sources_opened_early = true;
    build_many();
}

static void body_no_leak_from_early_sources(void)
{
    static char before[65536];
    plan_begin();
    make_tree();
    CHECK(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) == 0);
    snprintf(before, sizeof(before), "%s", read_file("/proc/self/mountinfo"));
    CHECK(in_child(build_early));
    CHECK(strcmp(before, read_file("/proc/self/mountinfo")) == 0);
}

static const uint64_t rshared[] = {MS_SHARED | MS_REC};

static void mount_in_shared_volume(void)
{
    struct plan_mount *volume = add_bind(strdup(in_scratch("tree")), "/volume", true);
    volume->propagation = rshared;
    volume->propagation_count = 1;
    plan.rootfs.propagation = MS_SHARED | MS_REC;
    become_container();
    CHECK(mkdir("/volume/new", 0755) == 0 && mount("t", "/volume/new", "tmpfs", 0, NULL) == 0);
    CHECK(can_write("/volume/new/seen"));
}

/* "Bidirectional": with a shared root and a shared volume, and only then, the volume's mounts reach the host,
 * and nothing else does. */
static void body_bidirectional(void)
{
    plan_begin();
    make_tree();
    CHECK(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) == 0);
    CHECK(in_child(mount_in_shared_volume));
    CHECK(exists("tree/new/seen"));
    CHECK(mount_line(in_scratch("root/volume"))[0] == '\0');
}

static void look_at_propagation(void)
{
    become_container();
    CHECK(strstr(mount_line("/shared"), " shared:") != NULL);
    CHECK(strstr(mount_line("/slave"), " master:") != NULL);
    CHECK(strstr(mount_line("/slave"), " shared:") == NULL);
    CHECK(strstr(mount_line("/private"), "shared:") == NULL &&
          strstr(mount_line("/private"), "master:") == NULL);
    CHECK(strstr(mount_line("/unbindable"), " unbindable") != NULL);
    CHECK(strstr(mount_line("/"), " shared:") != NULL);
}

static void body_propagation(void)
{
    static const uint64_t words[][1] = {{MS_SHARED}, {MS_SLAVE}, {MS_PRIVATE}, {MS_UNBINDABLE}};
    static const char *const places[] = {"/shared", "/slave", "/private", "/unbindable"};
    plan_begin();
    make_tree();
    add_bind("/proc", "/proc", true);
    for (size_t i = 0; i < 4; i++) {
        struct plan_mount *mount = add_bind(strdup(in_scratch("tree")), places[i], false);
        mount->propagation = words[i];
        mount->propagation_count = 1;
    }
    plan.rootfs.final_propagation = MS_SHARED;
    CHECK(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) == 0);
    /* A child's: the masters live in our own namespace, which must stay. */
    CHECK(in_child(look_at_propagation));
}

static const struct plan_id_mapping mapping = {0, 100000, 65536};

static void body_id_mapped(void)
{
    plan_begin();
    make_tree();
    struct plan_mount *mount = add_bind(strdup(in_scratch("tree")), "/mapped", true);
    mount->idmap = PLAN_IDMAP_GIVEN;
    mount->uid_mappings = mount->gid_mappings = (struct plan_id_mappings){&mapping, 1};
    mount = add_bind(strdup(in_scratch("tree")), "/all", true);
    mount->idmap = PLAN_IDMAP_CONTAINER;
    mount->idmap_recursive = true;
    plan.namespaces.uid_mappings = plan.namespaces.gid_mappings = (struct plan_id_mappings){&mapping, 1};
    if (try_build() < 0) {
        CHECK(test_error.kind == ERROR_UNSUPPORTED && says("tmpfs"));
        skip_child("tmpfs has no id-mapped mounts on this kernel (6.3)");
    }
    CHECK(rootfs_enter(&plan, &rootfs, &test_error) == 0);
    struct stat status;
    CHECK(stat("/mapped", &status) == 0 && status.st_uid == 100000 && status.st_gid == 100000);
    CHECK(stat("/mapped/below/file", &status) == 0 && status.st_uid == 0);
    CHECK(stat("/all/below/file", &status) == 0 && status.st_uid == 100000);
}

static void body_id_mapped_unsupported(void)
{
    plan_begin();
    struct plan_mount *mount = add_bind("/proc", "/mapped", false);
    mount->idmap = PLAN_IDMAP_GIVEN;
    mount->uid_mappings = mount->gid_mappings = (struct plan_id_mappings){&mapping, 1};
    CHECK(try_build() < 0);
    CHECK(test_error.kind == ERROR_UNSUPPORTED && says("proc") && says("mounts/0 (/mapped)"));
    CHECK(sources.root == -1 && (sources.count == 0 || sources.mounts[0] == -1));
}

static void make_copy_source(void)
{
    CHECK(mkdir("root/data", 0750) == 0 && chown("root/data", 11, 12) == 0);
    CHECK(mkdir("root/data/sub", 01777) == 0 && chmod("root/data/sub", 01777) == 0);
    write_file("root/data/sub/file", "text");
    CHECK(chown("root/data/sub/file", 7, 8) == 0 && chmod("root/data/sub/file", 04755) == 0);
    CHECK(link("root/data/sub/file", "root/data/twin") == 0);
    CHECK(symlink(in_scratch("out"), "root/data/away") == 0);
    CHECK(symlink("nowhere", "root/data/dangling") == 0);
    CHECK(mkfifo("root/data/fifo", 0600) == 0);
    CHECK(mknod("root/data/device", S_IFCHR | 0666, makedev(1, 3)) == 0);
    CHECK(mkdir("root/data/mounted", 0755) == 0 && mount("t", "root/data/mounted", "tmpfs", 0, NULL) == 0);
    write_file("root/data/mounted/inside", "");
    write_file("out/secret", "secret");
    /* A sparse terabyte must not fill the tmpfs. */
    int file = open("root/data/sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file >= 0 && pwrite(file, "end", 3, (off_t)1 << 40) == 3 && close(file) == 0);
}

/* T34 */
static void body_copy_up(void)
{
    struct stat status, twin;
    plan_begin();
    make_copy_source();
    struct plan_mount *mount = add_mount("tmpfs", "/data");
    mount->copy_up = true;
    mount->read_only = true;
    mount->attributes_set = MOUNT_ATTR_RDONLY;
    become_container();
    CHECK(stat("/data", &status) == 0 && status.st_uid == 11 && status.st_gid == 12);
    CHECK((status.st_mode & 07777) == 0750 && !can_write("/data/x"));
    CHECK(strcmp(read_file("/data/sub/file"), "text") == 0);
    CHECK(stat("/data/sub/file", &status) == 0 && status.st_uid == 7 && status.st_gid == 8);
    CHECK((status.st_mode & 07777) == 04755 && (mode_of("/data/sub") & 07777) == 01777);
    CHECK(stat("/data/twin", &twin) == 0 && twin.st_ino == status.st_ino && twin.st_nlink == 2);
    CHECK(S_ISLNK(mode_of("/data/away")) && S_ISLNK(mode_of("/data/dangling")));
    CHECK(S_ISFIFO(mode_of("/data/fifo")) && !exists("/data/device"));
    CHECK(S_ISDIR(mode_of("/data/mounted")) && !exists("/data/mounted/inside"));
    CHECK(stat("/data/sparse", &status) == 0 && status.st_size == ((off_t)1 << 40) + 3);
    CHECK(status.st_blocks * 512 < 1024 * 1024);
    CHECK(!exists("/data/away/secret"));
}

static void body_copy_up_too_large(void)
{
    static const struct plan_option options[] = {{"size", "16k"}};
    static char text[65536];
    plan_begin();
    CHECK(mkdir("root/data", 0755) == 0);
    memset(text, 'x', sizeof(text) - 1);
    write_file("root/data/big", text);
    struct plan_mount *mount = add_mount("tmpfs", "/data");
    mount->copy_up = true;
    mount->options = options;
    mount->option_count = 1;
    CHECK(try_build() < 0);
    CHECK(test_error.system_errno == ENOSPC && says("mounts/0 (/data)") && says("big"));
}

static void body_copy_up_of_nothing(void)
{
    plan_begin();
    add_mount("tmpfs", "/data")->copy_up = true;
    become_container();
    CHECK(can_write("/data/x"));
}

/* ---- sources that a policy has judged ---- */

static struct plan_mount *add_judged(const char *source)
{
    struct plan_mount *mount = add_bind(source, "/data", true);
    cleanup_fd int found = open(source, O_PATH | O_CLOEXEC);

    mount->source_judged = true;
    CHECK(found < 0 || path_object_of(found, &mount->judged_device, &mount->judged_inode) == 0);
    return mount;
}

static void make_source(const char *directory)
{
    CHECK(mkdir(in_scratch(directory), 0755) == 0);
    char inside[64];
    snprintf(inside, sizeof(inside), "%s/here", directory);
    write_file(in_scratch(inside), directory);
}

static void body_judged_source(void)
{
    plan_begin();
    make_source("source");
    add_judged(in_scratch("source"));
    become_container();
    CHECK(exists("/data/here"));
}

/* The way of the attack: decided on one directory, another one is in its place when it is mounted. */
static void body_swapped_source(void)
{
    plan_begin();
    make_source("source");
    add_judged(in_scratch("source"));
    CHECK(rename(in_scratch("source"), in_scratch("aside")) == 0);
    make_source("source");
    CHECK(try_build() < 0);
    CHECK(test_error.kind == ERROR_DENIED);
    CHECK(says("mounts/0 (/data)") && says("not what the policy decided on"));
}

static void body_linked_source(void)
{
    plan_begin();
    make_source("source");
    make_source("secret");
    add_judged(in_scratch("source"));
    CHECK(rename(in_scratch("source"), in_scratch("aside")) == 0);
    CHECK(symlink("secret", in_scratch("source")) == 0);
    CHECK(try_build() < 0);
    CHECK(says("not what the policy decided on"));
}

static void body_covered_source(void)
{
    plan_begin();
    make_source("source");
    add_judged(in_scratch("source"));
    CHECK(mount("tmpfs", in_scratch("source"), "tmpfs", 0, NULL) == 0);
    CHECK(try_build() < 0);
    CHECK(says("not what the policy decided on"));
}

/* There was nothing to judge: what appears is refused, what does not is missing as ever. */
static void body_appearing_source(void)
{
    plan_begin();
    add_judged(in_scratch("later"));
    make_source("later");
    CHECK(try_build() < 0);
    CHECK(says("not what the policy decided on"));
}

static void body_judged_and_missing(void)
{
    plan_begin();
    add_judged(in_scratch("never"));
    CHECK(try_build() < 0);
    CHECK(says("does not exist"));
}

PRIVATE_TEST(judged_source)
PRIVATE_TEST(swapped_source)
PRIVATE_TEST(linked_source)
PRIVATE_TEST(covered_source)
PRIVATE_TEST(appearing_source)
PRIVATE_TEST(judged_and_missing)
PRIVATE_TEST(attributes)
PRIVATE_TEST(kernel_log)
PRIVATE_TEST(unknown_type)
PRIVATE_TEST(long_overlay)
PRIVATE_TEST(page_limits)
PRIVATE_TEST(late_read_only)
PRIVATE_TEST(bind_kinds)
PRIVATE_TEST(bind_missing)
PRIVATE_TEST(directory_on_file)
PRIVATE_TEST(file_on_directory)
PRIVATE_TEST(recursive_bind)
PRIVATE_TEST(remount)
PRIVATE_TEST(remount_of_nothing)
PRIVATE_TEST(no_leak)
PRIVATE_TEST(no_leak_from_early_sources)
PRIVATE_TEST(bidirectional)
PRIVATE_TEST(propagation)
PRIVATE_TEST(id_mapped)
PRIVATE_TEST(id_mapped_unsupported)
PRIVATE_TEST(copy_up)
PRIVATE_TEST(copy_up_too_large)
PRIVATE_TEST(copy_up_of_nothing)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_kernel_log),
        cmocka_unit_test(test_unknown_type),
        cmocka_unit_test(test_long_overlay),
        cmocka_unit_test(test_page_limits),
        cmocka_unit_test(test_late_read_only),
        cmocka_unit_test(test_bind_kinds),
        cmocka_unit_test(test_bind_missing),
        cmocka_unit_test(test_directory_on_file),
        cmocka_unit_test(test_file_on_directory),
        cmocka_unit_test(test_recursive_bind),
        cmocka_unit_test(test_remount),
        cmocka_unit_test(test_remount_of_nothing),
        cmocka_unit_test(test_no_leak),
        cmocka_unit_test(test_no_leak_from_early_sources),
        cmocka_unit_test(test_bidirectional),
        cmocka_unit_test(test_propagation),
        cmocka_unit_test(test_id_mapped),
        cmocka_unit_test(test_id_mapped_unsupported),
        cmocka_unit_test(test_copy_up),
        cmocka_unit_test(test_copy_up_too_large),
        cmocka_unit_test(test_copy_up_of_nothing),
        cmocka_unit_test(test_judged_source),
        cmocka_unit_test(test_swapped_source),
        cmocka_unit_test(test_linked_source),
        cmocka_unit_test(test_covered_source),
        cmocka_unit_test(test_appearing_source),
        cmocka_unit_test(test_judged_and_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
