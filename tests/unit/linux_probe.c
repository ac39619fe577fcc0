/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/host_probe.c: facts compared with what the system says by other ways, in a user namespace, and with
 * interfaces taken away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/host_probe.h"

static void probe(enum host_probe_depth depth, struct arena *arena, struct host_facts *facts)
{
    struct error error = {0};

    if (host_probe(depth, arena, facts, &error) < 0)
        fail_msg("%s", error.message);
}

static uint64_t status_mask(const char *name)
{
    char status[8192];
    const char *line;

    assert_true(descriptor_read_file_at(AT_FDCWD, "/proc/self/status", status, sizeof(status)) > 0);
    line = strstr(status, name);
    assert_non_null(line);
    return strtoull(line + strlen(name), NULL, 16);
}

static void test_quick_agrees(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct host_facts facts;
    struct utsname names;
    char last[16];

    (void)state;
    probe(HOST_PROBE_QUICK, &arena, &facts);
    assert_int_equal(uname(&names), 0);
    assert_int_equal(facts.version, 1);
    assert_string_equal(facts.kernel_release, names.release);
    assert_int_equal(facts.uid, geteuid());
    assert_int_equal(facts.gid, getegid());
    assert_int_equal(facts.capabilities, status_mask("CapEff:\t"));
    assert_int_equal(facts.capabilities_bounding, status_mask("CapBnd:\t"));
    assert_true(descriptor_read_file_at(AT_FDCWD, "/proc/sys/kernel/cap_last_cap", last, sizeof(last)) > 0);
    assert_int_equal(facts.last_capability, strtoul(last, NULL, 10));
    assert_int_equal(strncmp(facts.architecture, "SCMP_ARCH_", 10), 0);
    assert_int_equal(facts.cgroup_own[0], '/');
    if (facts.cgroup_layout != CGROUP_LAYOUT_NONE) {
        char path[256];

        snprintf(path, sizeof(path), "%s/cgroup.procs", facts.cgroup_mount);
        assert_int_equal(access(path, F_OK), 0);
    } else {
        assert_int_equal(facts.cgroup_controllers.count, 0);
        assert_false(facts.cgroup_writable);
    }
}

/* QUICK may assume an interface that FULL finds missing, never the reverse; all else is the same. */
static void test_full_is_no_wider(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct host_facts quick, full;

    (void)state;
    probe(HOST_PROBE_QUICK, &arena, &quick);
    probe(HOST_PROBE_FULL, &arena, &full);
    assert_int_equal(quick.capabilities, full.capabilities);
    assert_int_equal(quick.cgroup_layout, full.cgroup_layout);
    assert_int_equal(quick.in_user_namespace, full.in_user_namespace);
    assert_int_equal(quick.cgroup_controllers.count, full.cgroup_controllers.count);
    assert_true(quick.has_openat2 && quick.has_mount_api && quick.has_clone3);
    /* This suite's own floor is a kernel that has these. */
    assert_true(full.has_pidfd);
    assert_true(full.has_close_range);
}

static void in_child(void (*function)(void))
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        function();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("skipped: no right to a user namespace\n");
        skip();
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "in the child: not true: %s\n", #condition);                                     \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static void look_from_user_namespace(void)
{
    struct arena arena = {0};
    struct host_facts facts;
    struct error error;
    char map[64];

    snprintf(map, sizeof(map), "0 %u 1", geteuid());
    if (unshare(CLONE_NEWUSER) < 0)
        _exit(77);
    REQUIRE(descriptor_write_file_at(AT_FDCWD, "/proc/self/setgroups", "deny") == 0);
    REQUIRE(descriptor_write_file_at(AT_FDCWD, "/proc/self/uid_map", map) == 0);
    REQUIRE(host_probe(HOST_PROBE_QUICK, &arena, &facts, &error) == 0);
    REQUIRE(facts.in_user_namespace);
    REQUIRE(!facts.setgroups_allowed);
    REQUIRE(facts.uid == 0);
    arena_free(&arena);
}

static void test_user_namespace(void **state)
{
    (void)state;
    in_child(look_from_user_namespace);
}

/* A sandbox around the runtime that does not know new calls: each must be found missing, none may stop the
 * probe. */
static void look_through_filter(void)
{
#define MISSING(name)                                                                                        \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                                                   \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        MISSING(openat2),
        MISSING(clone3),
        MISSING(pidfd_open),
        MISSING(fsopen),
        MISSING(mount_setattr),
        MISSING(close_range),
        MISSING(bpf),
        MISSING(landlock_create_ruleset),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};
    struct arena arena = {0};
    struct host_facts facts;
    struct error error;

    REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    REQUIRE(host_probe(HOST_PROBE_FULL, &arena, &facts, &error) == 0);
    REQUIRE(!facts.has_openat2 && !facts.has_clone3 && !facts.has_clone_into_cgroup && !facts.has_pidfd);
    REQUIRE(!facts.has_mount_api && !facts.has_mount_setattr && !facts.has_idmapped_mounts &&
            !facts.has_close_range);
    REQUIRE(!facts.has_cgroup_device_bpf && !facts.landlock && facts.landlock_abi == 0 &&
            !facts.has_procfs_subset);
    REQUIRE(facts.has_seccomp_notify);
    arena_free(&arena);
}

static void test_missing_interfaces(void **state)
{
    (void)state;
    in_child(look_through_filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick_agrees),
        cmocka_unit_test(test_full_is_no_wider),
        cmocka_unit_test(test_user_namespace),
        cmocka_unit_test(test_missing_interfaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
