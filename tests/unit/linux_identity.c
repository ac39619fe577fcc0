/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/process_identity.c: numbers are reused, names lie, zombies are dead, and look-alike files are
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/process_identity.h"

static pid_t sleeping_child(void)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        pause();
        _exit(0);
    }
    return child;
}

static void end_child(pid_t child)
{
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Must run before any other case: the check is made once per process. */
static void test_look_alike_proc(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        struct process_identity identity;
        struct error error = {0};

        if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
            _exit(77);
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
            _exit(77);
        _exit(process_identify(1, &identity, &error) < 0 && error.kind == ERROR_UNSUPPORTED ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("skipped: no right to mount over /proc in a namespace\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_parse_stat(void **state)
{
    static const char tail[] = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654321 20 21";
    static const char *const names[] = {"(sh)", "(a) S 1 2)", "(\n) R 1)", "(())))", "()", "(x y z)"};
    char text[256], kind = 0;
    uint64_t start_time = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(text, sizeof(text), "42 %s%s", names[i], tail);
        start_time = 0;
        assert_true(process_parse_stat(text, &kind, &start_time));
        assert_int_equal(kind, 'S');
        assert_int_equal(start_time, 987654321);
    }
    assert_false(process_parse_stat("", &kind, &start_time));
    assert_false(process_parse_stat("42 (sh", &kind, &start_time));
    assert_false(process_parse_stat("42 (sh)", &kind, &start_time));
    assert_false(process_parse_stat("42 (sh) S", &kind, &start_time));
    assert_false(process_parse_stat("42 (sh) S 1 2 3", &kind, &start_time));
    assert_false(process_parse_stat("42 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x 20", &kind,
                                    &start_time));
}

static void test_open_only_the_same(void **state)
{
    struct process_identity identity, other;
    struct error error = {0};
    pid_t child = sleeping_child();
    cleanup_fd int pidfd = -1;

    (void)state;
    assert_int_equal(process_identify(child, &identity, &error), 0);
    assert_true(identity.start_time > 0);
    assert_int_equal(process_open(&identity, &pidfd, &error), 0);
    assert_true(pidfd >= 0);
    descriptor_close(&pidfd);

    /* Somebody else has the number now. */
    other = (struct process_identity){.pid = child, .start_time = identity.start_time + 1};
    assert_int_equal(process_open(&other, &pidfd, &error), 0);
    assert_int_equal(pidfd, -1);

    /* No start time on record: not ours. */
    other.start_time = 0;
    assert_int_equal(process_open(&other, &pidfd, &error), 0);
    assert_int_equal(pidfd, -1);
    end_child(child);
}

static void test_zombie_and_gone(void **state)
{
    struct process_identity identity;
    struct error error = {0};
    siginfo_t information;
    pid_t child = sleeping_child();
    cleanup_fd int pidfd = -1;

    (void)state;
    assert_int_equal(process_identify(child, &identity, &error), 0);
    kill(child, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT), 0);
    assert_int_equal(process_open(&identity, &pidfd, &error), 0);
    assert_int_equal(pidfd, -1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(process_open(&identity, &pidfd, &error), 0);
    assert_int_equal(pidfd, -1);
    assert_int_equal(process_identify(child, &identity, &error), -1);
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

static void *other_thread(void *unused)
{
    (void)unused;
    pause();
    return NULL;
}

/* The first thread ended, the process did not: /proc shows a zombie. */
static void test_living_process_with_dead_leader(void **state)
{
    struct process_identity identity;
    struct error error = {0};
    cleanup_fd int pidfd = -1;
    char path[64], line[1024], kind = 0;
    uint64_t start_time;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, other_thread, NULL) != 0)
            _exit(1);
        pthread_exit(NULL);
    }
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
    for (int i = 0; i < 2000 && kind != 'Z'; i++) {
        usleep(5000);
        assert_true(descriptor_read_file_at(AT_FDCWD, path, line, sizeof(line)) > 0);
        assert_true(process_parse_stat(line, &kind, &start_time));
    }
    assert_int_equal(kind, 'Z');
    assert_int_equal(process_identify(child, &identity, &error), 0);
    assert_int_equal(process_open(&identity, &pidfd, &error), 0);
    assert_true(pidfd >= 0);
    end_child(child);
}

static void test_wait_end(void **state)
{
    struct process_identity identity;
    struct error error = {0};
    pid_t child = sleeping_child();
    cleanup_fd int pidfd = -1;

    (void)state;
    assert_int_equal(process_identify(child, &identity, &error), 0);
    assert_int_equal(process_open(&identity, &pidfd, &error), 0);
    assert_int_equal(process_wait_end(pidfd, 0, &error), 0);
    assert_int_equal(process_wait_end(pidfd, 20, &error), 0);
    kill(child, SIGKILL);
    assert_int_equal(process_wait_end(pidfd, -1, &error), 1);
    assert_int_equal(process_wait_end(1 << 20, 0, &error), -1);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_boot_id(void **state)
{
    char one[BOOT_ID_SIZE], two[BOOT_ID_SIZE];
    struct error error = {0};

    (void)state;
    assert_int_equal(boot_id_read(one, &error), 0);
    assert_int_equal(boot_id_read(two, &error), 0);
    assert_string_equal(one, two);
    assert_int_equal(strlen(one), BOOT_ID_SIZE - 1);
    assert_int_equal(one[8], '-');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_look_alike_proc),
        cmocka_unit_test(test_parse_stat),
        cmocka_unit_test(test_open_only_the_same),
        cmocka_unit_test(test_zombie_and_gone),
        cmocka_unit_test(test_living_process_with_dead_leader),
        cmocka_unit_test(test_wait_end),
        cmocka_unit_test(test_boot_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
