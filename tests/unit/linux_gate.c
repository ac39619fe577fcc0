/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/start_gate.c: one caller starts the container, once; lookers, silent and foreign callers do not
 * disturb it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/start_gate.h"

/* A state directory with a path far longer than a socket address. */
static char base[64], directory_path[512];

static int open_directory(void **state)
{
    (void)state;
    snprintf(base, sizeof(base), "/tmp/thwart-gate-XXXXXX");
    if (mkdtemp(base) == NULL)
        return -1;
    snprintf(directory_path, sizeof(directory_path), "%s/%0200d", base, 7);
    return mkdir(directory_path, 0700);
}

static int remove_directory(void **state)
{
    char path[600];

    (void)state;
    snprintf(path, sizeof(path), "%s/start", directory_path);
    unlink(path);
    return rmdir(directory_path) == 0 && rmdir(base) == 0 ? 0 : -1;
}

static int directory_descriptor(void)
{
    int descriptor = open(directory_path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    assert_true(descriptor >= 0);
    return descriptor;
}

/* A container's init: waits, then fails with a report (fail) or leaves as at execve. */
static pid_t waiting_init(int gate, bool fail)
{
    pid_t child = fork();

    if (child == 0) {
        struct error report = {0};
        int caller;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        caller = start_gate_wait(gate);
        if (caller < 0)
            _exit(9);
        error_set(&report, ERROR_COMMAND_MISSING, "the program is missing");
        if (fail && send(caller, &report, sizeof(report), MSG_NOSIGNAL) < 0)
            _exit(8);
        _exit(0);
    }
    assert_true(child > 0);
    return child;
}

static int raw_connection(int directory)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/start", directory);
    if (connect(connection, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(connection);
        return -1;
    }
    return connection;
}

static void assert_exit(pid_t child, int expected)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
}

static void test_success(void **state)
{
    cleanup_fd int directory = directory_descriptor();
    struct error error = {0};
    struct stat status;
    bool waiting = true;
    cleanup_fd int gate = -1;
    pid_t init;

    (void)state;
    assert_int_equal(start_gate_probe(directory, &waiting, &error), 0);
    assert_false(waiting);
    assert_int_equal(start_gate_open(directory, &error), -1);
    assert_int_equal(error.kind, ERROR_STATE);

    gate = start_gate_make(directory, &error);
    assert_true(gate >= 0);
    assert_int_equal(fcntl(gate, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fstatat(directory, "start", &status, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 0777 & ~0600U, 0);

    init = waiting_init(gate, false);
    descriptor_close(&gate);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(start_gate_probe(directory, &waiting, &error), 0);
        assert_true(waiting);
    }
    assert_int_equal(start_gate_open(directory, &error), 0);
    assert_exit(init, 0);

    /* Nobody listens any more, though the file is there. */
    assert_int_equal(start_gate_probe(directory, &waiting, &error), 0);
    assert_false(waiting);
    assert_int_equal(start_gate_open(directory, &error), -1);
    assert_int_equal(error.kind, ERROR_STATE);
}

static void test_failure_is_reported(void **state)
{
    cleanup_fd int directory = directory_descriptor();
    struct error error = {0};
    cleanup_fd int gate = start_gate_make(directory, &error);
    pid_t init = waiting_init(gate, true);

    (void)state;
    descriptor_close(&gate);
    assert_int_equal(start_gate_open(directory, &error), -1);
    assert_int_equal(error.kind, ERROR_COMMAND_MISSING);
    assert_string_equal(error.message, "the program is missing");
    assert_exit(init, 0);
}

static void test_exists_already(void **state)
{
    cleanup_fd int directory = directory_descriptor();
    struct error error = {0};
    cleanup_fd int gate = start_gate_make(directory, &error);

    (void)state;
    assert_true(gate >= 0);
    assert_int_equal(start_gate_make(directory, &error), -1);
    assert_int_equal(error.system_errno, EADDRINUSE);
}

static void test_disturbers(void **state)
{
    enum { SILENT = 40 };
    cleanup_fd int directory = directory_descriptor();
    struct error error = {0};
    cleanup_fd int gate = start_gate_make(directory, &error);
    pid_t init = waiting_init(gate, false);
    int silent[SILENT], nonsense, hasty;

    (void)state;
    descriptor_close(&gate);
    for (int i = 0; i < SILENT; i++) {
        silent[i] = raw_connection(directory);
        assert_true(silent[i] >= 0);
    }
    nonsense = raw_connection(directory);
    assert_int_equal(send(nonsense, "gone", 4, MSG_NOSIGNAL), 4);
    hasty = raw_connection(directory);
    close(hasty);
    assert_int_equal(start_gate_open(directory, &error), 0);
    assert_exit(init, 0);
    for (int i = 0; i < SILENT; i++)
        close(silent[i]);
    close(nonsense);
}

/* Of many callers at once exactly one succeeds. */
static void test_only_one_starts(void **state)
{
    enum { CALLERS = 8 };
    cleanup_fd int directory = directory_descriptor();
    struct error error = {0};
    cleanup_fd int gate = start_gate_make(directory, &error);
    pid_t init = waiting_init(gate, false), callers[CALLERS];
    int winners = 0;

    (void)state;
    kill(init, SIGSTOP);
    descriptor_close(&gate);
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = fork();
        if (callers[i] == 0)
            _exit(start_gate_open(directory, &error) == 0 ? 0 : error.kind == ERROR_STATE ? 1 : 2);
    }
    usleep(50000);
    kill(init, SIGCONT);
    for (int i = 0; i < CALLERS; i++) {
        int status;

        assert_int_equal(waitpid(callers[i], &status, 0), callers[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        winners += WEXITSTATUS(status) == 0;
    }
    assert_int_equal(winners, 1);
    assert_exit(init, 0);
}

static void test_init_dies(void **state)
{
    cleanup_fd int directory = directory_descriptor();
    struct error error = {0};
    cleanup_fd int gate = start_gate_make(directory, &error);
    pid_t init = waiting_init(gate, false), caller;
    int status;

    (void)state;
    kill(init, SIGSTOP);
    descriptor_close(&gate);
    caller = fork();
    if (caller == 0)
        _exit(start_gate_open(directory, &error) < 0 && error.kind == ERROR_STATE ? 0 : 1);
    usleep(50000);
    kill(init, SIGKILL);
    assert_int_equal(waitpid(init, &status, 0), init);
    assert_exit(caller, 0);
}

/* The directory keeps others out; but even one who gets at the socket must be root or the runtime's user. */
static void test_foreign_user(void **state)
{
    cleanup_fd int directory = directory_descriptor();
    struct error error = {0};
    cleanup_fd int gate = -1;
    pid_t init, caller;

    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: needs root to become another user\n");
        skip();
    }
    gate = start_gate_make(directory, &error);
    assert_int_equal(chmod(base, 0755), 0);
    assert_int_equal(chmod(directory_path, 0755), 0);
    assert_int_equal(fchmodat(directory, "start", 0666, 0), 0);
    init = waiting_init(gate, false);
    descriptor_close(&gate);
    caller = fork();
    if (caller == 0) {
        if (setresgid(54321, 54321, 54321) < 0 || setresuid(54321, 54321, 54321) < 0)
            _exit(2);
        _exit(start_gate_open(directory, &error) < 0 && error.kind == ERROR_STATE ? 0 : 1);
    }
    assert_exit(caller, 0);
    assert_int_equal(start_gate_open(directory, &error), 0);
    assert_exit(init, 0);
}

int main(void)
{
#define GATE_TEST(function) cmocka_unit_test_setup_teardown(function, open_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        GATE_TEST(test_success),      GATE_TEST(test_failure_is_reported), GATE_TEST(test_exists_already),
        GATE_TEST(test_disturbers),   GATE_TEST(test_only_one_starts),     GATE_TEST(test_init_dies),
        GATE_TEST(test_foreign_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
