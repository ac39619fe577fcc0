/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/hooks.c: what a hook is born with, how its failures are told, and that a timeout ends all it started.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/hooks.h"

static char directory[64];
static struct error error;

static int enter(void **state)
{
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/thwart-hooks-XXXXXX");
    memset(&error, 0, sizeof(error));
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int leave(void **state)
{
    static const char *const names[] = {"out", "pid", "two", "plain"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static const char *in_directory(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

/* What a hook wrote to a file in its working directory, "" when it did not. */
static const char *written(const char *name)
{
    static char bytes[65536];
    FILE *file = fopen(in_directory(name), "re");
    size_t length = 0;

    if (file != NULL) {
        length = fread(bytes, 1, sizeof(bytes) - 1, file);
        fclose(file);
    }
    bytes[length] = '\0';
    return bytes;
}

static struct plan_hook shell(const char *const args[4], int64_t timeout_ms)
{
    return (struct plan_hook){.path = {"/bin/sh"}, .args = {args, 3}, .timeout_ms = timeout_ms};
}

static int run(const struct plan_hook *hook, const char *state_json)
{
    const struct plan_hook_list list = {hook, 1};
    const struct hook_context context = {
        .stage = "createRuntime", .state_json = state_json, .directory = {directory}};

    return hooks_run(&list, &context, &error);
}

static int run_shell(const char *script, int64_t timeout_ms)
{
    const char *const args[4] = {"sh", "-c", script, NULL};
    const struct plan_hook hook = shell(args, timeout_ms);

    return run(&hook, "{}");
}

static bool is_alive(pid_t pid)
{
    return pid > 0 && kill(pid, 0) == 0;
}

static pid_t written_pid(void)
{
    return (pid_t)strtol(written("pid"), NULL, 10);
}

static void test_born_clean(void **state)
{
    static const char *const args[4] = {
        "sh", "-c",
        "cat > out; cat < /proc/$$/environ > two; { while read -r line; do case $line in Sig[BI][lg][kn]:*) "
        "echo \"$line\";; esac; done < /proc/$$/status; ls /proc/$$/fd; umask; pwd; } > pid",
        NULL};
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LONG=a b", NULL};
    struct plan_hook hook = shell(args, 0);
    int leaked = open("/", O_PATH | O_DIRECTORY), other = fcntl(leaked, F_DUPFD, 77);
    sigset_t blocked, previous;
    char expected[256];

    (void)state;
    hook.environment = (struct plan_strings){environment, 2};
    setenv("THWART_TEST_LEAK", "1", 1);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_BLOCK, &blocked, &previous);
    umask(077);
    assert_int_equal(run(&hook, "{\"id\":\"x\"}"), 0);
    sigprocmask(SIG_SETMASK, &previous, NULL);
    signal(SIGUSR1, SIG_DFL);
    close(leaked);
    close(other);
    assert_string_equal(written("out"), "{\"id\":\"x\"}");
    assert_memory_equal(written("two"), "PATH=/usr/bin:/bin\0LONG=a b\0\0", 30);
    /* 10: the shell's own copy of standard output while it is redirected for the group */
    snprintf(expected, sizeof(expected),
             "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0\n1\n10\n2\n0022\n%s\n", directory);
    assert_string_equal(written("pid"), expected);
}

static void test_empty_environment(void **state)
{
    (void)state;
    setenv("THWART_TEST_LEAK", "1", 1);
    assert_int_equal(run_shell("read -r all < /proc/$$/environ; test -z \"$all\"", 0), 0);
}

static void test_large_state(void **state)
{
    enum { SIZE = 3 << 20 };
    static const char *const reads[4] = {"sh", "-c", "PATH=/usr/bin:/bin; test $(wc -c) = 3145728", NULL};
    static const char *const ignores[4] = {"sh", "-c", "exec 0<&-; exit 0", NULL};
    char *large = malloc(SIZE + 1);
    struct plan_hook hook = shell(reads, 0);

    (void)state;
    memset(large, 'x', SIZE);
    large[SIZE] = '\0';
    assert_int_equal(run(&hook, large), 0);
    hook = shell(ignores, 0);
    assert_int_equal(run(&hook, large), 0);
    free(large);
}

static void test_failures_are_told(void **state)
{
    struct plan_hook missing = {.path = {"/nonexistent/hook"}};
    struct plan_hook plain = {0};
    char path[128];

    (void)state;
    assert_int_equal(run_shell("echo noise; echo 'the reason' >&2; exit 3", 0), -1);
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_non_null(strstr(error.message, "createRuntime[0]"));
    assert_non_null(strstr(error.message, "\"/bin/sh\""));
    assert_non_null(strstr(error.message, "exit status 3"));
    assert_non_null(strstr(error.message, "the reason"));
    assert_null(strchr(error.message, '\n'));

    assert_int_equal(run_shell("kill -9 $$", 0), -1);
    assert_non_null(strstr(error.message, "killed by signal 9 (SIGKILL)"));

    assert_int_equal(run(&missing, "{}"), -1);
    assert_non_null(strstr(error.message, "/nonexistent/hook"));
    assert_non_null(strstr(error.message, error_errno_text(ENOENT)));

    snprintf(path, sizeof(path), "%s", in_directory("plain"));
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    plain.path.text = path;
    assert_int_equal(run(&plain, "{}"), -1);
    assert_non_null(strstr(error.message, error_errno_text(EACCES)));
}

static void test_no_directory(void **state)
{
    static const char *const args[4] = {"sh", "-c", "exit 0", NULL};
    const struct plan_hook hook = shell(args, 0);
    const struct plan_hook_list list = {&hook, 1};
    const struct hook_context context = {
        .stage = "poststop", .state_json = "{}", .directory = {"/nonexistent"}};

    (void)state;
    assert_int_equal(hooks_run(&list, &context, &error), -1);
    assert_non_null(strstr(error.message, "working directory"));
}

static void test_much_output(void **state)
{
    (void)state;
    assert_int_equal(
        run_shell("PATH=/usr/bin:/bin; head -c 30000000 /dev/zero; head -c 30000000 /dev/zero >&2", 0), 0);
    assert_int_equal(
        run_shell("PATH=/usr/bin:/bin; head -c 3000000 /dev/zero; echo; echo last words; exit 1", 0), -1);
    assert_non_null(strstr(error.message, "last words"));
}

/* A child of a hook that has ended holds its output: it must not hold us, and it may live on. */
static void test_daemon_left_behind(void **state)
{
    pid_t daemon;

    (void)state;
    assert_int_equal(run_shell("PATH=/usr/bin:/bin; sleep 1000 & echo $! > pid; exit 0", 60000), 0);
    daemon = written_pid();
    assert_true(is_alive(daemon));
    kill(daemon, SIGKILL);
}

/* It left the process group and the session, and its parent is gone. */
static void test_timeout_ends_grandchildren(void **state)
{
    static const char script[] = "PATH=/usr/bin:/bin; sleep 1000 & (setsid sh -c 'trap \"\" TERM HUP INT; "
                                 "echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 1000' &); "
                                 "while ! test -s pid; do sleep 0.01; done; sleep 1000";
    const int64_t timeout_ms = 2500;
    pid_t grandchild;

    (void)state;
    assert_int_equal(run_shell(script, timeout_ms), -1);
    assert_non_null(strstr(error.message, "did not end within 2.500 s"));
    assert_non_null(strstr(error.message, "was ended with everything"));
    grandchild = written_pid();
    assert_true(grandchild > 0);
    assert_false(is_alive(grandchild));
}

/* The runtime is killed while a hook runs: the hook must not go on alone. */
static void test_runtime_killed(void **state)
{
    pid_t runtime = fork(), hook = 0;

    (void)state;
    if (runtime == 0)
        _exit(run_shell("PATH=/usr/bin:/bin; echo $$ > out; mv out pid; sleep 1000", 0) == 0 ? 0 : 1);
    for (int i = 0; i < 2000 && (hook = written_pid()) == 0; i++)
        usleep(5000);
    assert_true(is_alive(hook));
    kill(runtime, SIGKILL);
    assert_int_equal(waitpid(runtime, NULL, 0), runtime);
    for (int i = 0; i < 2000 && is_alive(hook); i++)
        usleep(5000);
    assert_false(is_alive(hook));
}

/* Children that the runtime has already (the container's init) are not the hook's. */
static void test_other_children_survive(void **state)
{
    pid_t init = fork();

    (void)state;
    if (init == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    assert_int_equal(run_shell("PATH=/usr/bin:/bin; sleep 1000", 50), -1);
    assert_int_equal(waitpid(init, NULL, WNOHANG), 0);
    kill(init, SIGKILL);
    assert_int_equal(waitpid(init, NULL, 0), init);
}

static void test_lists(void **state)
{
    static const char *const first[4] = {"sh", "-c", "echo one >> out", NULL};
    static const char *const fails[4] = {"sh", "-c", "exit 4", NULL};
    static const char *const fails_too[4] = {"sh", "-c", "exit 5", NULL};
    const struct plan_hook hooks[] = {shell(first, 0), shell(fails, 0), shell(first, 0), shell(fails_too, 0)};
    const struct plan_hook_list list = {hooks, 4};
    const struct hook_context context = {.stage = "poststop", .state_json = "{}", .directory = {directory}};

    (void)state;
    assert_int_equal(hooks_run(&list, &context, &error), -1);
    assert_non_null(strstr(error.message, "poststop[1]"));
    assert_string_equal(written("out"), "one\n");
    memset(&error, 0, sizeof(error));
    assert_int_equal(hooks_run_all(&list, &context, &error), -1);
    assert_non_null(strstr(error.message, "poststop[1]"));
    assert_non_null(strstr(error.message, "exit status 4"));
    assert_string_equal(written("out"), "one\none\none\n");
}

int main(void)
{
#define HOOK_TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_born_clean),
        HOOK_TEST(test_empty_environment),
        HOOK_TEST(test_large_state),
        HOOK_TEST(test_failures_are_told),
        HOOK_TEST(test_no_directory),
        HOOK_TEST(test_much_output),
        HOOK_TEST(test_daemon_left_behind),
        HOOK_TEST(test_timeout_ends_grandchildren),
        HOOK_TEST(test_runtime_killed),
        HOOK_TEST(test_other_children_survive),
        HOOK_TEST(test_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
