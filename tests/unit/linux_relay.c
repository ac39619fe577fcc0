/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux/terminal.c and linux/terminal_relay.c. Two terminals: the caller's (a test reads and types at its
 * master) and the container's; a forked process of ours plays the runtime between them, its child the
 * container's program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>
#include "base/descriptor.h"
#include "linux/process_identity.h"
#include "linux/terminal.h"

enum { SETTLE_ROUNDS = 2000, SETTLE_US = 5000, RELAY_FAILED = 99 };

struct stage {
    int caller; /* what the test holds: master of the caller's terminal, or the far end of a pipe */
    pid_t runtime;
};

/* The runtime: input and output are its standard streams. Ends with the relayed process's status. */
static _Noreturn void play_runtime(int input, int output, const char *script)
{
    struct error error = {0};
    int master, slave, status, pidfd;
    pid_t program;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A shell that starts us in the background ignores these, and another one cannot trap what it finds
     * ignored. */
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    if (setsid() < 0 || (isatty(input) && ioctl(input, TIOCSCTTY, 0) < 0))
        _exit(RELAY_FAILED);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || openpty(&master, &slave, NULL, NULL, NULL) < 0)
        _exit(RELAY_FAILED);
    program = fork();
    if (program == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(master);
        if (login_tty(slave) < 0)
            _exit(98);
        syscall(SYS_close_range, 3, ~0U, 0);
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(97);
    }
    close(slave);
    pidfd = (int)syscall(SYS_pidfd_open, program, 0);
    if (terminal_relay(master, pidfd, program, &status, &error) < 0)
        _exit(RELAY_FAILED);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static struct stage start_on_terminal(const char *script, int *slave)
{
    struct stage stage;

    assert_int_equal(openpty(&stage.caller, slave, NULL, NULL, NULL), 0);
    stage.runtime = fork();
    if (stage.runtime == 0)
        play_runtime(*slave, *slave, script);
    return stage;
}

static void expect_status(struct stage *stage, int expected)
{
    int status;

    assert_int_equal(waitpid(stage->runtime, &status, 0), stage->runtime);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
}

/* Read until `wanted` has come; everything read so far is compared. */
static void expect_output(int descriptor, const char *wanted)
{
    char bytes[8192];
    size_t length = 0;

    bytes[0] = '\0';
    while (strstr(bytes, wanted) == NULL) {
        struct pollfd item = {.fd = descriptor, .events = POLLIN};
        ssize_t got;

        assert_int_equal(poll(&item, 1, 20000), 1);
        got = read(descriptor, bytes + length, sizeof(bytes) - 1 - length);
        if (got <= 0)
            fail_msg("ended before \"%s\" came: \"%s\"", wanted, bytes);
        length += (size_t)got;
        bytes[length] = '\0';
    }
}

static uint64_t cpu_ticks(pid_t pid)
{
    unsigned long user = 0, kernel = 0;
    char path[64], line[1024];
    const char *rest;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    assert_true(descriptor_read_file_at(AT_FDCWD, path, line, sizeof(line)) > 0);
    rest = strrchr(line, ')');
    assert_int_equal(sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel),
                     2);
    return user + kernel;
}

/* Half a second of a spinning process is 50 ticks, or fewer on a busy machine; a blocked one has none. */
static void expect_no_spinning(pid_t pid)
{
    uint64_t before = cpu_ticks(pid);

    usleep(500000);
    assert_true(cpu_ticks(pid) - before <= 5);
}

static void test_output_status_and_mode(void **state)
{
    struct termios before, during, after;
    struct stage stage;
    int slave;

    (void)state;
    stage = start_on_terminal("echo ready; read -r line; echo \"got <$line>\"; exit 7", &slave);
    assert_int_equal(tcgetattr(slave, &before), 0);
    expect_output(stage.caller, "ready\r\n");
    assert_int_equal(tcgetattr(slave, &during), 0);
    assert_int_equal(during.c_lflag & (ICANON | ECHO | ISIG), 0);
    assert_int_equal(write(stage.caller, "typed\r", 6), 6);
    expect_output(stage.caller, "got <typed>\r\n");
    expect_status(&stage, 7);
    assert_int_equal(tcgetattr(slave, &after), 0);
    assert_int_equal(after.c_lflag & (ICANON | ECHO | ISIG), ICANON | ECHO | ISIG);
    close(slave);
    close(stage.caller);
}

static void test_size(void **state)
{
    struct winsize size = {.ws_row = 31, .ws_col = 97};
    struct stage stage;
    int slave;

    (void)state;
    stage =
        start_on_terminal("trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done", &slave);
    expect_output(stage.caller, "ready");
    assert_int_equal(ioctl(stage.caller, TIOCSWINSZ, &size), 0);
    expect_output(stage.caller, "31 97");
    expect_status(&stage, 0);
    close(slave);
    close(stage.caller);
}

static void test_signals_are_forwarded(void **state)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char script[128];
        struct stage stage;
        int slave;

        snprintf(script, sizeof(script), "trap 'exit %d' %d; echo ready; while :; do sleep 0.05; done",
                 20 + numbers[i], numbers[i]);
        stage = start_on_terminal(script, &slave);
        expect_output(stage.caller, "ready");
        kill(stage.runtime, numbers[i]);
        expect_status(&stage, 20 + numbers[i]);
        close(slave);
        close(stage.caller);
    }
}

/* Through pipes: no terminal at our side. */
static struct stage start_on_pipes(const char *script, int *typing)
{
    struct stage stage;
    int in[2], out[2];

    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    stage.runtime = fork();
    if (stage.runtime == 0) {
        close(in[1]);
        close(out[0]);
        play_runtime(in[0], out[1], script);
    }
    close(in[0]);
    close(out[1]);
    *typing = in[1];
    stage.caller = out[0];
    return stage;
}

static void test_end_of_input(void **state)
{
    static const char *const texts[] = {"", "a line\n", "unfinished"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct stage stage;
        int typing;

        stage = start_on_pipes("stty -echo; cat; echo \"[the end]\"; exit 3", &typing);
        assert_int_equal(write(typing, texts[i], strlen(texts[i])), (int)strlen(texts[i]));
        close(typing);
        expect_output(stage.caller, "[the end]");
        expect_status(&stage, 3);
        close(stage.caller);
    }
}

/* All that was written before the end comes out, however late it is read; nobody waits for what stays behind.
 */
static void test_drain_and_background(void **state)
{
    char bytes[65536] = "";
    size_t total = 0;
    pid_t background = 0;
    struct stage stage;
    ssize_t length;
    int typing;

    (void)state;
    stage = start_on_pipes(
        "stty -opost; (trap '' HUP; exec sleep 1000) & echo $! >&2; head -c 300000 /dev/zero; exit 5",
        &typing);
    usleep(100000);
    while ((length = read(stage.caller, bytes, sizeof(bytes))) > 0) {
        if (total == 0)
            background = (pid_t)strtol(bytes, NULL, 10);
        total += (size_t)length;
    }
    /* The number of the process that stays comes first. */
    assert_true(total > 300000 && total < 300020);
    expect_status(&stage, 5);
    assert_true(background > 1);
    assert_int_equal(kill(background, SIGKILL), 0);
    close(typing);
    close(stage.caller);
}

static void test_background_that_writes_for_ever(void **state)
{
    struct stage stage;
    char bytes[65536];
    int typing;

    (void)state;
    stage = start_on_pipes("(trap '' HUP; exec yes) & sleep 0.1; exit 6", &typing);
    while (read(stage.caller, bytes, sizeof(bytes)) > 0)
        ;
    expect_status(&stage, 6);
    close(typing);
    close(stage.caller);
}

static void test_peer_that_never_reads(void **state)
{
    struct stage stage;
    int typing;

    (void)state;
    stage = start_on_pipes("yes", &typing);
    usleep(300000); /* until every buffer on the way is full */
    expect_no_spinning(stage.runtime);
    kill(stage.runtime, SIGTERM);
    /* The program is dead, its output has nowhere to go: a second signal says that nobody waits for it. */
    for (int i = 0; i < SETTLE_ROUNDS && waitpid(stage.runtime, NULL, WNOHANG) == 0; i++) {
        usleep(SETTLE_US);
        kill(stage.runtime, SIGTERM);
    }
    assert_int_equal(kill(stage.runtime, 0), -1);
    close(typing);
    close(stage.caller);
}

static void test_peer_that_leaves(void **state)
{
    struct stage stage;
    int typing;

    (void)state;
    stage = start_on_pipes("trap 'exit 4' HUP; echo ready; while :; do sleep 0.05; done", &typing);
    expect_output(stage.caller, "ready");
    close(stage.caller);
    expect_status(&stage, 4);
    close(typing);
}

/* No process has the terminal open, yet ours lives: neither the end nor a reason to spin. */
static void test_program_that_closes_its_terminal(void **state)
{
    struct stage stage;
    int typing;

    (void)state;
    stage = start_on_pipes("echo ready; exec sleep 1000 0<&- 1>&- 2>&-", &typing);
    expect_output(stage.caller, "ready");
    usleep(200000);
    expect_no_spinning(stage.runtime);
    kill(stage.runtime, SIGTERM);
    expect_status(&stage, 128 + SIGTERM);
    close(typing);
    close(stage.caller);
}

static void test_wait_without_terminal(void **state)
{
    pid_t runtime = fork();
    struct stage stage = {.runtime = runtime};
    int ready[2];

    (void)state;
    if (runtime == 0) {
        struct error error = {0};
        pid_t program = fork();
        int status, pidfd;

        if (program == 0) {
            signal(SIGTERM, SIG_DFL);
            pause();
            _exit(0);
        }
        pidfd = (int)syscall(SYS_pidfd_open, program, 0);
        kill(getpid(), 0);
        if (terminal_wait(pidfd, program, &status, &error) < 0)
            _exit(RELAY_FAILED);
        _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : 1);
    }
    (void)ready;
    /* Its mask shows when it forwards. */
    for (int i = 0; i < SETTLE_ROUNDS; i++) {
        char path[64], status[4096];
        const char *blocked;

        snprintf(path, sizeof(path), "/proc/%d/status", (int)runtime);
        assert_true(descriptor_read_file_at(AT_FDCWD, path, status, sizeof(status)) > 0);
        blocked = strstr(status, "SigBlk:\t");
        if (blocked != NULL && (strtoull(blocked + 8, NULL, 16) & 1ULL << (SIGTERM - 1)) != 0)
            break;
        usleep(SETTLE_US);
    }
    kill(runtime, SIGTERM);
    expect_status(&stage, 128 + SIGTERM);
}

/* A path far longer than an address, reached all the same; and what is no socket, or has no listener, is
 * told. */
static void test_console_socket(void **state)
{
    char base[] = "/tmp/thwart-console-XXXXXX", deep[300], socket_path[640], file_path[640];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct error error = {0};
    int listener, directory, connected, accepted;

    (void)state;
    assert_non_null(mkdtemp(base));
    snprintf(deep, sizeof(deep), "%s/%0200d", base, 1);
    assert_int_equal(mkdir(deep, 0700), 0);
    snprintf(socket_path, sizeof(socket_path), "%s/%0120d", deep, 2);
    snprintf(file_path, sizeof(file_path), "%s/file", deep);
    assert_int_equal(terminal_connect_console(socket_path, &error), -1);
    assert_int_equal(error.system_errno, ENOENT);

    directory = open(deep, O_PATH | O_DIRECTORY | O_CLOEXEC);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* The name itself is longer than an address: bind under a short one, then rename. */
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/s", directory);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(renameat(directory, "s", AT_FDCWD, socket_path), 0);
    assert_int_equal(terminal_connect_console(socket_path, &error), -1);
    assert_int_equal(error.system_errno, ECONNREFUSED);
    assert_int_equal(listen(listener, 1), 0);
    connected = terminal_connect_console(socket_path, &error);
    assert_true(connected >= 0);
    assert_int_equal(fcntl(connected, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    accepted = accept(listener, NULL, NULL);
    assert_true(accepted >= 0);
    assert_int_equal(write(connected, "x", 1), 1);

    close(open(file_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_int_equal(terminal_connect_console(file_path, &error), -1);
    assert_int_equal(error.kind, ERROR_INVALID);
    assert_int_equal(terminal_connect_console("", &error), -1);
    assert_int_equal(error.kind, ERROR_USAGE);
    close(connected);
    close(accepted);
    close(listener);
    close(directory);
    unlink(socket_path);
    unlink(file_path);
    rmdir(deep);
    rmdir(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_status_and_mode),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_signals_are_forwarded),
        cmocka_unit_test(test_end_of_input),
        cmocka_unit_test(test_drain_and_background),
        cmocka_unit_test(test_background_that_writes_for_ever),
        cmocka_unit_test(test_peer_that_never_reads),
        cmocka_unit_test(test_peer_that_leaves),
        cmocka_unit_test(test_program_that_closes_its_terminal),
        cmocka_unit_test(test_wait_without_terminal),
        cmocka_unit_test(test_console_socket),
    };

    /* Whoever runs this under nohup has it ignored, and no shell below can trap it then. */
    (void)signal(SIGHUP, SIG_DFL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
