/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/helper.c: which program is believed, with what it is born, and that nothing it does holds the runtime
 * up. argument: the path of test_helper. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/helper.h"

static const char *test_helper;
static char directory[PATH_MAX];
static struct message question, answer;
static struct error error;

/* Helpers are looked for beside this program: put one there. */
static const char *place(const char *name, mode_t mode)
{
    static char path[PATH_MAX], bytes[1 << 16];
    cleanup_fd int from = open(test_helper, O_RDONLY | O_CLOEXEC), to = -1;
    ssize_t length;

    assert_int_equal(text_print(path, sizeof(path), "%s/%s", directory, name), 0);
    unlink(path);
    to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    assert_true(from >= 0 && to >= 0);
    while ((length = read(from, bytes, sizeof(bytes))) > 0)
        assert_int_equal(descriptor_write_all(to, bytes, (size_t)length), 0);
    assert_int_equal(length, 0);
    assert_int_equal(fchmod(to, mode), 0);
    return path;
}

static int ask(struct helper *helper, const char *kind, int timeout_ms)
{
    message_begin(&question, kind);
    return helper_ask(helper, &question, NULL, 0, timeout_ms, &answer, &error);
}

static void is_missing(void **state)
{
    struct helper helper;

    (void)state;
    assert_int_equal(helper_start("thwart-test-nowhere", &helper, &error), -1);
    assert_int_equal(error.kind, ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "thwart-test-nowhere is not there"));
    assert_non_null(strstr(error.message, "libexec/thwart"));
    assert_null(strstr(error.message, "No such file"));
    helper_end(&helper);
}

static void refused(const char *name, const char *words)
{
    struct helper helper;

    assert_int_equal(helper_start(name, &helper, &error), -1);
    assert_int_equal(error.kind, ERROR_DENIED);
    assert_non_null(strstr(error.message, words));
    assert_int_equal(helper.pid, 0);
    helper_end(&helper);
}

static void is_not_believed(void **state)
{
    char path[PATH_MAX];

    (void)state;
    unlink(place("thwart-test-writable", 0775));
    (void)place("thwart-test-writable", 0775);
    refused("thwart-test-writable", "could be changed by others");
    (void)place("thwart-test-writable", 0757);
    refused("thwart-test-writable", "could be changed by others");
    unlink(place("thwart-test-writable", 0700));
    (void)place("thwart-test-plain", 0644);
    refused("thwart-test-plain", "no executable file");
    unlink(place("thwart-test-plain", 0700));
    assert_int_equal(text_print(path, sizeof(path), "%s/thwart-test-directory", directory), 0);
    assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
    refused("thwart-test-directory", "no executable file");
    rmdir(path);
    if (geteuid() != 0) {
        print_message("skipped: only root can give a file away\n");
        skip();
    }
    assert_int_equal(chown(place("thwart-test-foreign", 0755), 4711, 4711), 0);
    refused("thwart-test-foreign", "could be changed by others");
    unlink(place("thwart-test-foreign", 0700));
}

/* A library that is missing, another architecture: execve fails in the new process. */
static void cannot_be_executed(void **state)
{
    char path[PATH_MAX];
    cleanup_fd int file = -1;
    struct helper helper;

    (void)state;
    assert_int_equal(text_print(path, sizeof(path), "%s/thwart-test-broken", directory), 0);
    unlink(path);
    file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    assert_true(file >= 0);
    assert_int_equal(descriptor_write_all(file, "no program", 10), 0);
    descriptor_close(&file);
    assert_int_equal(helper_start("thwart-test-broken", &helper, &error), 0);
    assert_int_equal(ask(&helper, "describe", 10000), -1);
    assert_int_equal(error.kind, ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "cannot be started here"));
    helper_end(&helper);
    unlink(path);
}

static const char *variable(const char *prefix)
{
    char name[16];
    const char *value;
    size_t cursor = 0;

    while (message_next(&answer, &cursor, name, sizeof(name), &value))
        if (strcmp(name, "variable") == 0 && text_starts_with(value, prefix))
            return value;
    return NULL;
}

static void is_born_clean(void **state)
{
    cleanup_helper struct helper helper = HELPER_NONE;
    cleanup_fd int leaked = fcntl(STDIN_FILENO, F_DUPFD, 40); /* not close-on-exec */
    sigset_t blocked;
    int64_t number;

    (void)state;
    assert_in_range(leaked, 40, 63);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    setenv("XDG_RUNTIME_DIR", "/run/user/1", 1);
    setenv("LD_PRELOAD_OF_THE_CALLER", "x", 1);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    assert_int_equal(helper_start("thwart-test-helper", &helper, &error), 0);
    assert_int_equal(ask(&helper, "describe", 10000), 0);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);

    assert_string_equal(message_get(&answer, "fd0"), "/dev/null");
    assert_string_equal(message_get(&answer, "fd1"), "/dev/null");
    assert_string_equal(message_get(&answer, "fd2"), "/dev/null");
    assert_true(text_starts_with(message_get(&answer, "fd3"), "socket:"));
    for (int i = 4; i < 64; i++) {
        char name[8];

        assert_int_equal(text_print(name, sizeof(name), "fd%d", i), 0);
        assert_null(message_get(&answer, name));
    }
    assert_string_equal(variable("XDG_RUNTIME_DIR="), "XDG_RUNTIME_DIR=/run/user/1");
    assert_non_null(variable("PATH=/usr/local/sbin:"));
    assert_null(variable("LD_PRELOAD_OF_THE_CALLER="));
    assert_null(variable("DBUS_SESSION_BUS_ADDRESS="));
    assert_true(message_get_number(&answer, "deathSignal", SIGKILL, SIGKILL, &number));
    assert_true(message_get_number(&answer, "blocked", 0, 0, &number));
    assert_true(message_get_number(&answer, "ignored", 0, 0, &number));
    /* Several questions of one helper. */
    assert_int_equal(ask(&helper, "anything", 10000), 0);
    assert_string_equal(message_kind(&answer), "done");
}

static void answers_are_judged(void **state)
{
    static const struct {
        const char *question;
        enum error_kind kind;
        const char *words;
    } cases[] = {
        {"refuse", ERROR_EXISTS, "it is there already"},
        {"exit", ERROR_SYSTEM, "ended with status 9, without an answer to exit"},
        {"die", ERROR_SYSTEM, "ended by signal 15, without an answer to die"},
        {"babble", ERROR_SYSTEM, "reading what thwart-test-helper answers to babble"},
        {"hang", ERROR_LIMIT, "has not answered hang for 1 s and was ended"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct helper helper;
        pid_t pid;

        assert_int_equal(helper_start("thwart-test-helper", &helper, &error), 0);
        pid = helper.pid;
        assert_int_equal(ask(&helper, cases[i].question, 1000), -1);
        assert_int_equal(error.kind, cases[i].kind);
        assert_non_null(strstr(error.message, cases[i].words));
        helper_end(&helper);
        assert_int_equal(helper.pid, 0);
        /* Reaped, whatever it did. */
        assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
    }
}

static void ends_in_any_case(void **state)
{
    struct helper helper;
    pid_t pid;

    (void)state;
    assert_int_equal(helper_start("thwart-test-helper", &helper, &error), 0);
    pid = helper.pid;
    helper_end(&helper);
    assert_int_equal(kill(pid, 0), -1);
    helper_end(&helper); /* once more does no harm */
    /* One that does not heed the end of its socket. */
    assert_int_equal(helper_start("thwart-test-helper", &helper, &error), 0);
    pid = helper.pid;
    assert_int_equal(ask(&helper, "stay", 10000), 0);
    helper_end(&helper);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

/* The runtime is killed: its helper goes with it. */
static void dies_with_the_runtime(void **state)
{
    int link[2];
    pid_t runtime, helper_pid = 0;
    int status;

    (void)state;
    assert_int_equal(pipe2(link, O_CLOEXEC), 0);
    runtime = fork();
    assert_true(runtime >= 0);
    if (runtime == 0) {
        struct helper helper;

        if (helper_start("thwart-test-helper", &helper, &error) != 0 || ask(&helper, "stay", 10000) != 0 ||
            write(link[1], &helper.pid, sizeof(helper.pid)) != sizeof(helper.pid))
            _exit(1);
        raise(SIGKILL);
    }
    close(link[1]);
    assert_int_equal(read(link[0], &helper_pid, sizeof(helper_pid)), sizeof(helper_pid));
    close(link[0]);
    assert_int_equal(waitpid(runtime, &status, 0), runtime);
    assert_true(WIFSIGNALED(status));
    for (int round = 0; round < 1000 && kill(helper_pid, 0) == 0; round++) {
        char path[64], stat_line[512];

        /* Whoever inherits it may not have reaped it yet. */
        assert_int_equal(text_print(path, sizeof(path), "/proc/%d/stat", (int)helper_pid), 0);
        if (descriptor_read_file_at(AT_FDCWD, path, stat_line, sizeof(stat_line)) > 0 &&
            strstr(stat_line, ") Z ") != NULL)
            return;
        usleep(10000);
    }
    assert_int_equal(kill(helper_pid, 0), -1);
}

static int put_helper(void **state)
{
    ssize_t length = readlink("/proc/self/exe", directory, sizeof(directory) - 1);

    (void)state;
    if (length <= 0)
        return -1;
    directory[length] = '\0';
    *strrchr(directory, '/') = '\0';
    (void)place("thwart-test-helper", 0755);
    return 0;
}

static int take_helper(void **state)
{
    (void)state;
    return unlink(place("thwart-test-helper", 0700));
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_missing),
        cmocka_unit_test(is_not_believed),
        cmocka_unit_test(cannot_be_executed),
        cmocka_unit_test(is_born_clean),
        cmocka_unit_test(answers_are_judged),
        cmocka_unit_test(ends_in_any_case),
        cmocka_unit_test(dies_with_the_runtime),
    };

    if (count != 2) {
        fprintf(stderr, "usage: %s TEST_HELPER\n", arguments[0]);
        return EXIT_FAILURE;
    }
    test_helper = arguments[1];
    return cmocka_run_group_tests(tests, put_helper, take_helper);
}
