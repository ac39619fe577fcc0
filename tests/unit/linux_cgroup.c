/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of real cgroups, where this machine lets root mount cgroup2 in a mount namespace of its own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/cgroup.h"
#include "linux/cgroup_files.h"

static char directory[] = "/tmp/thwart-cgroup-XXXXXX"; /* the mount is at "mount" below */
static char mount_point[64];
static const char *no_cgroups = "no private mount namespace was tried";

/* The error that SUCCEED's calls name as their last argument. */
static struct error unexpected;

#define SUCCEED(call)                                                                                        \
    do {                                                                                                     \
        if ((call) != 0)                                                                                     \
            fail_msg("%s: %s", #call, unexpected.message);                                                   \
    } while (0)

static void expect_message(const struct error *error, const char *words)
{
    if (strstr(error->message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

/* ---- real cgroups ---- */

/* Skip, saying why, where there are none. */
#define NEED_CGROUPS()                                                                                       \
    do {                                                                                                     \
        if (no_cgroups != NULL) {                                                                            \
            print_message("skipped: %s\n", no_cgroups);                                                      \
            skip();                                                                                          \
        }                                                                                                    \
    } while (0)

static const char *path_below(const char *rest, char buffer[256])
{
    assert_int_equal(text_print(buffer, 256, "/thwart-unit-%d%s", getpid(), rest), 0);
    return buffer;
}

static bool exists(const char *path)
{
    char full[512];

    assert_int_equal(text_print(full, sizeof(full), "%s%s", mount_point, path), 0);
    return access(full, F_OK) == 0;
}

static mode_t mode_of(const char *path, uid_t *owner)
{
    struct stat status;
    char full[512];

    assert_int_equal(text_print(full, sizeof(full), "%s%s", mount_point, path), 0);
    assert_int_equal(stat(full, &status), 0);
    if (owner != NULL)
        *owner = status.st_uid;
    return status.st_mode & 07777;
}

/* A child in the cgroup that sleeps until it is killed. */
static pid_t child_in(int cgroup, void (*work)(void))
{
    int ready[2];
    char byte;
    pid_t child;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (descriptor_write_file_at(cgroup, "cgroup.procs", "0") != 0)
            _exit(90);
        if (work != NULL)
            work();
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    (void)close(ready[1]);
    (void)!read(ready[0], &byte, 1);
    (void)close(ready[0]);
    return child;
}

static void reap(pid_t child, int expected_signal)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), expected_signal);
}

static void test_life(void **state)
{
    char leaf[256], parent[256], top[256];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point};
    cleanup_arena struct arena arena = {0};
    struct cgroup_made made, again;
    cleanup_fd int cgroup = -1;
    int second;
    struct error error;
    bool flag;
    size_t count;
    pid_t child, *pids;
    mode_t mask;

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("/pod/container", leaf);
    (void)path_below("/pod", parent);
    (void)path_below("", top);
    mask = umask(077);
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    (void)umask(mask);
    assert_int_equal(made.created_from, 0);
    assert_int_equal(mode_of(leaf, NULL), 0755);
    assert_int_equal(mode_of(top, NULL), 0755);

    child = child_in(cgroup, NULL);
    SUCCEED(cgroup_populated(mount_point, leaf, &flag, &unexpected));
    assert_true(flag);
    assert_int_equal(cgroup_create(&plan, &again, &second, &error), -1);
    assert_int_equal(error.kind, ERROR_EXISTS);
    SUCCEED(cgroup_processes(mount_point, parent, &arena, &pids, &count, &unexpected));
    assert_int_equal(count, 1);
    assert_int_equal(pids[0], child);

    SUCCEED(cgroup_freeze(mount_point, leaf, true, &unexpected));
    SUCCEED(cgroup_frozen(mount_point, leaf, &flag, &unexpected));
    assert_true(flag);
    SUCCEED(cgroup_freeze(mount_point, leaf, false, &unexpected));
    SUCCEED(cgroup_signal(mount_point, parent, SIGTERM, &count, &unexpected));
    assert_int_equal(count, 1);
    reap(child, SIGTERM);

    child = child_in(cgroup, NULL);
    SUCCEED(cgroup_freeze(mount_point, leaf, true, &unexpected));
    SUCCEED(cgroup_kill(mount_point, leaf, &unexpected));
    reap(child, SIGKILL);
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
    assert_false(exists(top));

    SUCCEED(cgroup_kill(mount_point, leaf, &unexpected));
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
    SUCCEED(cgroup_populated(mount_point, leaf, &flag, &unexpected));
    assert_false(flag);
}

static void test_empty_one_is_reused(void **state)
{
    char leaf[256];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point};
    struct cgroup_made made, again;
    int first = -1, second = -1;
    bool frozen;

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("", leaf);
    SUCCEED(cgroup_create(&plan, &made, &first, &unexpected));
    SUCCEED(cgroup_freeze(mount_point, leaf, true, &unexpected));
    SUCCEED(cgroup_create(&plan, &again, &second, &unexpected));
    assert_int_equal(again.created_from, 1);
    SUCCEED(cgroup_frozen(mount_point, leaf, &frozen, &unexpected));
    assert_false(frozen);
    descriptor_close(&first);
    descriptor_close(&second);
    SUCCEED(cgroup_remove(mount_point, leaf, &again, &unexpected));
    assert_false(exists(leaf));
}

static void test_missing_controller(void **state)
{
    static const char *const controllers[] = {"no_such_controller"};
    const struct plan_cgroup_write write = {.controller = "no_such_controller",
                                            .file = "no_such_controller.max",
                                            .value = "1",
                                            .pointer = "/linux/resources/unified"};
    char leaf[256], top[256];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES,
                               .mount = mount_point,
                               .controllers = controllers,
                               .controller_count = 1,
                               .writes = &write,
                               .write_count = 1};
    struct cgroup_made made;
    struct error error;
    int cgroup;

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("/c", leaf);
    assert_int_equal(cgroup_create(&plan, &made, &cgroup, &error), -1);
    assert_int_equal(error.kind, ERROR_UNSUPPORTED);
    expect_message(&error,
                   "/linux/resources/unified: this kernel has no cgroup controller \"no_such_controller\"");
    assert_false(exists(path_below("", top)));
}

static void test_failed_limit_leaves_nothing(void **state)
{
    const struct plan_cgroup_write write = {.controller = "cgroup",
                                            .file = "cgroup.max.depth",
                                            .value = "nonsense",
                                            .pointer = "/linux/resources/unified"};
    char leaf[256], top[256];
    struct plan_cgroup plan = {
        .manager = PLAN_CGROUP_FILES, .mount = mount_point, .writes = &write, .write_count = 1};
    struct cgroup_made made;
    struct error error;
    int cgroup;

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("/c", leaf);
    assert_int_equal(cgroup_create(&plan, &made, &cgroup, &error), -1);
    expect_message(&error, "cannot write \"nonsense\" to cgroup.max.depth");
    assert_int_equal(cgroup, -1);
    assert_false(exists(path_below("", top)));
}

static void test_shared_ancestors(void **state)
{
    char first_path[256], second_path[256], top[256];
    struct plan_cgroup first_plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point},
                       second_plan = first_plan;
    struct cgroup_made first, second;
    int one = -1, two = -1;

    (void)state;
    NEED_CGROUPS();
    first_plan.path = path_below("/pod/one", first_path);
    second_plan.path = path_below("/pod/two", second_path);
    SUCCEED(cgroup_create(&first_plan, &first, &one, &unexpected));
    SUCCEED(cgroup_create(&second_plan, &second, &two, &unexpected));
    descriptor_close(&one);
    descriptor_close(&two);
    assert_int_equal(second.created_from, 2);
    /* The maker goes first: its ancestors are in use. */
    SUCCEED(cgroup_remove(mount_point, first_path, &first, &unexpected));
    assert_true(exists(second_path));
    SUCCEED(cgroup_remove(mount_point, second_path, NULL, &unexpected));
    assert_false(exists(path_below("", top)));
}

static void test_foreign_ancestors_stay(void **state)
{
    char leaf[256], top[256], full[512];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point};
    struct cgroup_made made;
    int cgroup = -1;

    (void)state;
    NEED_CGROUPS();
    assert_int_equal(text_print(full, sizeof(full), "%s%s", mount_point, path_below("", top)), 0);
    assert_int_equal(mkdir(full, 0755), 0);
    plan.path = path_below("/c", leaf);
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    descriptor_close(&cgroup);
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
    assert_true(exists(top));
    assert_int_equal(rmdir(full), 0);
}

static void test_kill_by_rounds(void **state)
{
    char leaf[256];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point};
    struct cgroup_made made;
    cleanup_fd int cgroup = -1, below = -1;
    pid_t children[3];

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("", leaf);
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    assert_int_equal(mkdirat(cgroup, "below", 0755), 0);
    below = openat(cgroup, "below", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(below >= 0);
    children[0] = child_in(cgroup, NULL);
    children[1] = child_in(cgroup, NULL);
    children[2] = child_in(below, NULL);
    SUCCEED(cgroup_kill_each(cgroup, leaf, 5000, &unexpected));
    for (size_t i = 0; i < 3; i++)
        reap(children[i], SIGKILL);
    descriptor_close(&below);
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
    assert_false(exists(leaf));
}

static void test_deep_tree_is_removed(void **state)
{
    char leaf[256];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point};
    struct cgroup_made made;
    int cgroup = -1, current;

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("", leaf);
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    current = dup(cgroup);
    for (int depth = 0; depth < 120; depth++) {
        int next;

        assert_int_equal(mkdirat(current, "deep", 0755), 0);
        assert_int_equal(mkdirat(current, "beside", 0755), 0);
        next = openat(current, "deep", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        descriptor_close(&current);
        current = next;
    }
    descriptor_close(&current);
    descriptor_close(&cgroup);
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
    assert_false(exists(leaf));
}

static void test_removal_gives_up(void **state)
{
    char leaf[256];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point};
    struct cgroup_made made;
    cleanup_fd int cgroup = -1;
    struct error error;
    pid_t child;

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("", leaf);
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    child = child_in(cgroup, NULL);
    assert_int_equal(cgroup_remove(mount_point, leaf, &made, &error), -1);
    expect_message(&error, "processes are left in it");
    SUCCEED(cgroup_kill(mount_point, leaf, &unexpected));
    reap(child, SIGKILL);
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
}

/* Eight runtimes make and remove cgroups under the same ancestors, which come and go. */
static void test_concurrency(void **state)
{
    enum { RUNTIMES = 8, ROUNDS = 60 };
    pid_t children[RUNTIMES];
    char top[256];

    (void)state;
    NEED_CGROUPS();
    (void)path_below("", top);
    for (int i = 0; i < RUNTIMES; i++) {
        char path[256], rest[64];

        assert_int_equal(text_print(rest, sizeof(rest), "/pod/sub/container-%d", i), 0);
        (void)path_below(rest, path);
        children[i] = fork();
        if (children[i] != 0)
            continue;
        for (int round = 0; round < ROUNDS; round++) {
            struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point, .path = path};
            struct cgroup_made made;
            struct error error;
            int cgroup;

            if (cgroup_create(&plan, &made, &cgroup, &error) != 0 || close(cgroup) != 0 ||
                cgroup_remove(mount_point, path, &made, &error) != 0) {
                print_error("round %d: %s\n", round, error.message);
                _exit(1);
            }
        }
        _exit(0);
    }
    for (int i = 0; i < RUNTIMES; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_false(exists(top));
}

static void test_delegation(void **state)
{
    char leaf[256], file[512];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES,
                               .mount = mount_point,
                               .own_user_namespace_delegate = true,
                               .delegate_uid = 4711,
                               .delegate_gid = 4711};
    static const char *const given[] = {"", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"};
    struct cgroup_made made;
    int cgroup = -1;
    uid_t owner;

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("", leaf);
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    descriptor_close(&cgroup);
    for (size_t i = 0; i < ARRAY_LENGTH(given); i++) {
        assert_int_equal(text_print(file, sizeof(file), "%s%s", leaf, given[i]), 0);
        (void)mode_of(file, &owner);
        assert_int_equal(owner, 4711);
    }
    assert_int_equal(text_print(file, sizeof(file), "%s/cgroup.max.depth", leaf), 0);
    (void)mode_of(file, &owner);
    assert_int_equal(owner, 0);
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
}

static void try_devices(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    if (null < 0 || zero >= 0 || errno != EPERM)
        _exit(91);
}

static void test_devices(void **state)
{
    const struct plan_device_rule rules[] = {
        {.allow = false, .type = 'a', .major = -1, .minor = -1, .access = 7},
        {.allow = true, .type = 'c', .major = 1, .minor = 3, .access = 7},
    };
    const struct plan_device_rule all[] = {
        {.allow = false, .type = 'a', .major = -1, .minor = -1, .access = 7}};
    char leaf[256];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES,
                               .mount = mount_point,
                               .has_device_rules = true,
                               .device_rules = all,
                               .device_rule_count = 1};
    struct cgroup_made made, again;
    int cgroup = -1;
    pid_t child;

    (void)state;
    NEED_CGROUPS();
    plan.path = path_below("", leaf);
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    descriptor_close(&cgroup);
    /* The second time replaces the first program: otherwise both would have to permit. */
    plan.device_rules = rules;
    plan.device_rule_count = ARRAY_LENGTH(rules);
    SUCCEED(cgroup_create(&plan, &again, &cgroup, &unexpected));
    child = child_in(cgroup, try_devices);
    descriptor_close(&cgroup);
    SUCCEED(cgroup_kill(mount_point, leaf, &unexpected));
    reap(child, SIGKILL);
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
}

/* Does this machine's v2 tree have the controller? */
static bool has_controller(const char *controller)
{
    cleanup_fd int mount = cgroup_mount_open(mount_point, &unexpected);
    char available[512];

    return mount >= 0 &&
           descriptor_read_file_at(mount, "cgroup.controllers", available, sizeof(available)) >= 0 &&
           cgroup_has_word(available, controller);
}

#define NEED_CONTROLLERS()                                                                                   \
    do {                                                                                                     \
        NEED_CGROUPS();                                                                                      \
        if (!has_controller("memory") || !has_controller("pids")) {                                          \
            print_message("skipped: memory and pids are not in this machine's v2 tree\n");                   \
            skip();                                                                                          \
        }                                                                                                    \
    } while (0)

static void expect_limit(const char *leaf, const char *file, const char *value)
{
    cleanup_fd int cgroup = -1;
    char text[64];

    SUCCEED(cgroup_open(mount_point, leaf, &cgroup, &unexpected));
    assert_true(descriptor_read_file_at(cgroup, file, text, sizeof(text)) >= 0);
    assert_string_equal(text, value);
}

static const char *const memory_and_pids[] = {"memory", "pids"};
static const struct plan_cgroup_write two_limits[] = {
    {.controller = "memory",
     .file = "memory.max",
     .value = "67108864",
     .pointer = "/linux/resources/memory/limit"},
    {.controller = "pids", .file = "pids.max", .value = "20", .pointer = "/linux/resources/pids/limit"},
};

/* Three levels of new ancestors, then a second container for which the parent is ready; one without limits
 * can be counted too. */
static void test_controllers_are_enabled(void **state)
{
    char paths[3][256];
    struct plan_cgroup plans[3];
    struct cgroup_made made[3];

    (void)state;
    NEED_CONTROLLERS();
    for (size_t i = 0; i < 3; i++) {
        char rest[64];
        int cgroup = -1;

        assert_int_equal(text_print(rest, sizeof(rest), "/a/b/container-%zu", i), 0);
        plans[i] = (struct plan_cgroup){.manager = PLAN_CGROUP_FILES,
                                        .mount = mount_point,
                                        .path = path_below(rest, paths[i]),
                                        .controllers = memory_and_pids,
                                        .controller_count = i < 2 ? 2 : 0,
                                        .writes = two_limits,
                                        .write_count = i < 2 ? 2 : 0};
        SUCCEED(cgroup_create(&plans[i], &made[i], &cgroup, &unexpected));
        descriptor_close(&cgroup);
    }
    expect_limit(paths[0], "memory.max", "67108864");
    expect_limit(paths[1], "pids.max", "20");
    expect_limit(paths[2], "pids.current", "0");
    for (size_t i = 0; i < 3; i++)
        SUCCEED(cgroup_remove(mount_point, paths[i], &made[i], &unexpected));
    assert_false(exists(path_below("", paths[0])));
}

static void test_update(void **state)
{
    static const struct plan_cgroup_write lower = {.controller = "memory",
                                                   .file = "memory.max",
                                                   .value = "4096",
                                                   .pointer = "/linux/resources/memory/limit"};
    char leaf[256];
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point};
    cleanup_arena struct arena arena = {0};
    struct cgroup_changes changes;
    struct cgroup_made made;
    cleanup_fd int cgroup = -1;
    struct error error;
    pid_t child;

    (void)state;
    NEED_CONTROLLERS();
    plan.path = path_below("/c", leaf);
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    plan.controllers = memory_and_pids;
    plan.controller_count = 2;
    plan.writes = two_limits;
    plan.write_count = 2;
    SUCCEED(cgroup_apply(&plan, leaf, &arena, &changes, &unexpected));
    expect_limit(leaf, "pids.max", "20");
    SUCCEED(cgroup_take_back(&changes, &unexpected));
    expect_limit(leaf, "pids.max", "max");
    expect_limit(leaf, "memory.max", "max");
    child = child_in(cgroup, NULL);
    plan.writes = &lower;
    plan.write_count = 1;
    plan.check_memory_usage = true;
    assert_int_equal(cgroup_apply(&plan, leaf, &arena, &changes, &error), -1);
    assert_int_equal(error.kind, ERROR_STATE);
    SUCCEED(cgroup_kill(mount_point, leaf, &unexpected));
    reap(child, SIGKILL);
    SUCCEED(cgroup_remove(mount_point, leaf, &made, &unexpected));
    assert_int_equal(cgroup_apply(&plan, leaf, &arena, &changes, &error), -1);
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

static void test_parent_with_processes(void **state)
{
    char parent[256], leaf[256];
    struct plan_cgroup parent_plan = {.manager = PLAN_CGROUP_FILES, .mount = mount_point}, plan = parent_plan;
    struct cgroup_made made, unmade;
    cleanup_fd int cgroup = -1;
    struct error error;
    int none;
    pid_t child;

    (void)state;
    NEED_CONTROLLERS();
    parent_plan.path = path_below("", parent);
    SUCCEED(cgroup_create(&parent_plan, &made, &cgroup, &unexpected));
    child = child_in(cgroup, NULL);
    plan.path = path_below("/c", leaf);
    plan.controllers = memory_and_pids;
    plan.controller_count = 2;
    plan.writes = two_limits;
    plan.write_count = 2;
    assert_int_equal(cgroup_create(&plan, &unmade, &none, &error), -1);
    expect_message(&error, "a cgroup with processes cannot hand controllers down");
    assert_false(exists(leaf));
    SUCCEED(cgroup_kill(mount_point, parent, &unexpected));
    reap(child, SIGKILL);
    SUCCEED(cgroup_remove(mount_point, parent, &made, &unexpected));
}

static void test_not_a_cgroup_mount(void **state)
{
    struct plan_cgroup plan = {.manager = PLAN_CGROUP_FILES, .mount = "/tmp", .path = "/x"};
    struct cgroup_made made;
    struct error error;
    int cgroup;

    (void)state;
    assert_int_equal(cgroup_create(&plan, &made, &cgroup, &error), -1);
    expect_message(&error, "/tmp is not a cgroup v2 file system");
    assert_int_equal(cgroup_kill("/tmp", "/", &error), -1);
    plan.manager = PLAN_CGROUP_DISABLED;
    SUCCEED(cgroup_create(&plan, &made, &cgroup, &unexpected));
    assert_int_equal(cgroup, -1);
}

/* ---- surroundings ---- */

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL ||
        text_print(mount_point, sizeof(mount_point), "%s/mount", directory) != 0 ||
        mkdir(mount_point, 0700) != 0)
        return -1;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) != 0)
        no_cgroups = "needs root for a mount namespace";
    else if (mount("cgroup2", mount_point, "cgroup2", 0, NULL) != 0)
        no_cgroups = "cgroup2 cannot be mounted here";
    else
        no_cgroups = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (no_cgroups == NULL && umount2(mount_point, MNT_DETACH) != 0)
        return -1;
    return rmdir(mount_point) == 0 && rmdir(directory) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_empty_one_is_reused),
        cmocka_unit_test(test_missing_controller),
        cmocka_unit_test(test_failed_limit_leaves_nothing),
        cmocka_unit_test(test_shared_ancestors),
        cmocka_unit_test(test_foreign_ancestors_stay),
        cmocka_unit_test(test_kill_by_rounds),
        cmocka_unit_test(test_deep_tree_is_removed),
        cmocka_unit_test(test_removal_gives_up),
        cmocka_unit_test(test_concurrency),
        cmocka_unit_test(test_delegation),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_controllers_are_enabled),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_parent_with_processes),
        cmocka_unit_test(test_not_a_cgroup_mount),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
