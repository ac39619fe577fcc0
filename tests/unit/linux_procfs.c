/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/procfs.c and sysctl.c with a /proc that lies (T09), each way of opening forced by a filter; and
 * sysctls (T27). */
#include "private_namespace.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "base/descriptor.h"
#include "linux/mountinfo.h"
#include "linux/procfs.h"
#include "linux/sysctl.h"

/* One system call more that is answered with EPERM, as an outer container's filter would. */
static void deny(unsigned int number)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* The kernel's own view, opened before anything lies. */
static int honest = -1;

static void open_honest(void)
{
    honest = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(honest >= 0);
}

static const char *honest_read(const char *name)
{
    static char bytes[128];
    int file = openat(honest, name, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, bytes, sizeof(bytes) - 1) : -1;
    CHECK(length >= 0);
    bytes[length] = '\0';
    close(file);
    return bytes;
}

static int open_and_write(const char *path, const char *text, const char **fallback)
{
    cleanup_fd int procfs = procfs_open(PROCFS_PROCESSES, fallback, &test_error);
    return procfs < 0 ? -1 : procfs_write(procfs, path, text, &test_error);
}

static void cover_with_look_alike(void)
{
    CHECK(mount("t", "/proc", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/proc/self", 0755) == 0);
    write_file("/proc/self/oom_score_adj", "victim");
}

static void body_look_alike(void)
{
    const char *fallback = "unset";
    open_honest();
    cover_with_look_alike();
    CHECK(open_and_write("self/oom_score_adj", "321", &fallback) == 0);
    CHECK(strcmp(honest_read("oom_score_adj"), "321\n") == 0 && fallback == NULL);
    CHECK(strcmp(read_file("/proc/self/oom_score_adj"), "victim") == 0);
}

static void body_look_alike_without_private(void)
{
    cover_with_look_alike();
    deny(SYS_fsopen);
    CHECK(open_and_write("self/oom_score_adj", "321", NULL) < 0);
    deny(SYS_open_tree);
    CHECK(open_and_write("self/oom_score_adj", "321", NULL) < 0);
    CHECK(strstr(test_error.message, "not the root of a procfs") != NULL);
    CHECK(strcmp(read_file("/proc/self/oom_score_adj"), "victim") == 0);
}

/* Another file of procfs in the place of the target: "it is procfs" would not be enough (runc
 * CVE-2025-52881). */
static void cover_target(void)
{
    open_honest();
    CHECK(prctl(PR_SET_NAME, "victim") == 0);
    CHECK(mount("/proc/self/comm", "/proc/self/oom_score_adj", NULL, MS_BIND, NULL) == 0);
    /* Control: by path the write lands in the victim. */
    write_file("/proc/self/oom_score_adj", "hit");
    CHECK(strcmp(honest_read("comm"), "hit\n") == 0);
    CHECK(prctl(PR_SET_NAME, "victim") == 0);
}

static void body_covered_target(void)
{
    cover_target();
    CHECK(open_and_write("self/oom_score_adj", "321", NULL) == 0);
    CHECK(umount("/proc/self/oom_score_adj") == 0);
    CHECK(strcmp(honest_read("oom_score_adj"), "321\n") == 0 && strcmp(honest_read("comm"), "victim\n") == 0);
}

/* A clone of /proc alone takes none of what lies over its parts along. */
static void body_covered_target_by_clone(void)
{
    const char *fallback = NULL;
    cover_target();
    deny(SYS_fsopen);
    CHECK(open_and_write("self/oom_score_adj", "322", &fallback) == 0);
    CHECK(fallback != NULL && strstr(fallback, "clone") != NULL);
    CHECK(umount("/proc/self/oom_score_adj") == 0);
    CHECK(strcmp(honest_read("oom_score_adj"), "322\n") == 0 && strcmp(honest_read("comm"), "victim\n") == 0);
}

/* On /proc as it is mounted the cover is found and refused. */
static void body_covered_target_as_mounted(void)
{
    const char *fallback = NULL;
    cover_target();
    deny(SYS_fsopen);
    deny(SYS_open_tree);
    CHECK(open_and_write("self/oom_score_adj", "323", &fallback) < 0 && test_error.system_errno == EXDEV);
    CHECK(fallback != NULL && strstr(fallback, "as it is mounted") != NULL);
    CHECK(strcmp(honest_read("comm"), "victim\n") == 0);
    CHECK(umount("/proc/self/oom_score_adj") == 0);
    CHECK(open_and_write("self/oom_score_adj", "323", &fallback) == 0);
    CHECK(strcmp(honest_read("oom_score_adj"), "323\n") == 0);
}

static void body_covered_self(void)
{
    char pid[32];
    open_honest();
    snprintf(pid, sizeof(pid), "/proc/%d", (int)getpid());
    CHECK(mount("t", pid, "tmpfs", 0, NULL) == 0);
    write_file("/proc/self/oom_score_adj", "victim");
    CHECK(open_and_write("self/oom_score_adj", "324", NULL) == 0);
    CHECK(strcmp(honest_read("oom_score_adj"), "324\n") == 0);
    deny(SYS_fsopen);
    deny(SYS_open_tree);
    CHECK(open_and_write("self/oom_score_adj", "325", NULL) < 0 && test_error.system_errno == EXDEV);
    CHECK(strcmp(read_file("/proc/self/oom_score_adj"), "victim") == 0);
}

/* Covered after the handle was opened. */
static void body_covered_later(void)
{
    open_honest();
    cleanup_fd int procfs = procfs_open(PROCFS_PROCESSES, NULL, &test_error);
    CHECK(procfs >= 0);
    cover_with_look_alike();
    CHECK(procfs_write(procfs, "self/oom_score_adj", "326", &test_error) == 0);
    CHECK(strcmp(honest_read("oom_score_adj"), "326\n") == 0);
}

static void body_no_way_out(void)
{
    char text[64];
    cleanup_fd int procfs = procfs_open(PROCFS_PROCESSES, NULL, &test_error);
    CHECK(procfs >= 0);
    write_file("file", "x");
    CHECK(procfs_write(procfs, "self/cwd/file", "y", &test_error) < 0 && test_error.system_errno == ELOOP);
    CHECK(procfs_read(procfs, "../etc/hostname", text, sizeof(text), &test_error) < 0);
    CHECK(procfs_read(procfs, "/etc/hostname", text, sizeof(text), &test_error) < 0);
    CHECK(strcmp(read_file("file"), "x") == 0);
    CHECK(procfs_read(procfs, "self/comm", text, 4, &test_error) == 0 && strlen(text) == 3);
    /* What is not about processes is not there. */
    CHECK(procfs_read(procfs, "sys/kernel/hostname", text, sizeof(text), &test_error) < 0);
    CHECK(test_error.system_errno == ENOENT);
}

static int apply(const char *path, const char *value)
{
    const struct plan_sysctl sysctl = {path, path, value};
    const struct plan plan = {.sysctls = &sysctl, .sysctl_count = 1};
    return sysctl_apply(&plan, &test_error);
}

/* The tests run in new UTS, IPC and network namespaces. */
static void enter_namespaces(void)
{
    CHECK(unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET) == 0);
}

static void body_sysctls(void)
{
    enter_namespaces();
    CHECK(apply("kernel/domainname", "example") == 0);
    CHECK(strcmp(read_file("/proc/sys/kernel/domainname"), "example\n") == 0);
    CHECK(apply("net/ipv4/ip_local_port_range", "20000  30000") == 0);
    CHECK(apply("net/ipv4/ip_forward", "0x1") == 0 || test_error.system_errno == EINVAL);
    CHECK(apply("kernel/shm_rmid_forced", "1") == 0);
    CHECK(apply("net/ipv4/route/flush", "1") == 0); /* cannot be read back */
    CHECK(apply("net/ipv4/conf/lo/forwarding", "1") == 0);
}

static void body_refused_sysctls(void)
{
    enter_namespaces();
    write_file("file", "x");
    CHECK(apply("kernel/no/such", "1") < 0 && strstr(test_error.message, "kernel/no/such") != NULL);
    CHECK(apply("../self/comm", "x") < 0 && test_error.system_errno == EXDEV);
    CHECK(apply("kernel/../../self/comm", "x") < 0 && test_error.system_errno == EXDEV);
    CHECK(apply("/proc/self/comm", "x") < 0);
    CHECK(apply("kernel/shm_rmid_forced", "banana") < 0);
    CHECK(apply("kernel", "1") < 0);
    /* The kernel cuts what is too long for the name: told, not swallowed. */
    CHECK(apply("kernel/domainname",
                "0123456789012345678901234567890123456789012345678901234567890123456789") < 0);
}

static void body_sysctls_with_look_alike(void)
{
    enter_namespaces();
    CHECK(mount("t", "/proc", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/proc/sys", 0755) == 0 && mkdir("/proc/sys/kernel", 0755) == 0);
    write_file("/proc/sys/kernel/domainname", "victim");
    CHECK(apply("kernel/domainname", "real") == 0);
    CHECK(strcmp(read_file("/proc/sys/kernel/domainname"), "victim") == 0);
    char name[65] = "";
    CHECK(getdomainname(name, sizeof(name)) == 0 && strcmp(name, "real") == 0);
}

static void test_mountinfo_lines(void **state)
{
    (void)state;
    struct mountinfo_entry entry;
    char plain[] =
        "36 35 98:0 /mnt1 /mnt\\0402\\134 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue";
    assert_int_equal(mountinfo_parse(plain, &entry), 0);
    assert_int_equal(entry.id, 36);
    assert_int_equal(entry.parent, 35);
    assert_string_equal(entry.mount_point, "/mnt 2\\");
    assert_string_equal(entry.type, "ext3");
    const char *const wrong[] = {
        "",
        "36",
        "x 35 98:0 / / rw - ext3 a b",
        "36 35 98:0 / /mnt rw",
        "36 35 98:0 / /mnt rw shared:1 -",
        "36 35 98:0 / /mnt\\04 rw - ext3 a b",
        "36 35 98:0 / /mnt\\999 rw - ext3 a b",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char line[128];
        snprintf(line, sizeof(line), "%s", wrong[i]);
        assert_int_equal(mountinfo_parse(line, &entry), -1);
    }
}

#define PRIVATE_TEST(name)                                                                                   \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_private_namespace(body_##name);                                                                   \
    }

PRIVATE_TEST(look_alike)
PRIVATE_TEST(look_alike_without_private)
PRIVATE_TEST(covered_target)
PRIVATE_TEST(covered_target_by_clone)
PRIVATE_TEST(covered_target_as_mounted)
PRIVATE_TEST(covered_self)
PRIVATE_TEST(covered_later)
PRIVATE_TEST(no_way_out)
PRIVATE_TEST(sysctls)
PRIVATE_TEST(refused_sysctls)
PRIVATE_TEST(sysctls_with_look_alike)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mountinfo_lines),
        cmocka_unit_test(test_look_alike),
        cmocka_unit_test(test_look_alike_without_private),
        cmocka_unit_test(test_covered_target),
        cmocka_unit_test(test_covered_target_by_clone),
        cmocka_unit_test(test_covered_target_as_mounted),
        cmocka_unit_test(test_covered_self),
        cmocka_unit_test(test_covered_later),
        cmocka_unit_test(test_no_way_out),
        cmocka_unit_test(test_sysctls),
        cmocka_unit_test(test_refused_sysctls),
        cmocka_unit_test(test_sysctls_with_look_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
