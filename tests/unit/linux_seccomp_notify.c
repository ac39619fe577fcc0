/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listener's way to an agent: real processes, a real filter. Needs a kernel with user notification; says
 * so where there is none. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/seccomp.h"
#include "linux/seccomp_notify.h"

enum { ANSWER = 424242, PATIENCE_MS = 20000 };

static char directory[] = "/tmp/thwart-notify-XXXXXX";
static char socket_path[64];
static int agent_socket = -1;

static const char *const notified[] = {"getppid", NULL};
static const struct plan_seccomp_rule rules[] = {
    {.names = {.items = notified, .count = 1}, .action = PLAN_SECCOMP_NOTIFY}};
static struct plan_seccomp plan = {
    .default_action = PLAN_SECCOMP_ALLOW,
    .rules = rules,
    .rule_count = 1,
    .notify = true,
    .listener_metadata = "a\"b\\c\n",
};

static bool kernel_notifies(void)
{
    uint32_t action = SECCOMP_RET_USER_NOTIF;

    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* ---- the process under the filter ---- */

/* Exit statuses tell what happened; nothing of cmocka may run in this process. 126 is the notify code's own.
 */
enum {
    PREPARATION_FAILED = 100,
    ANSWERED,
    REFUSED_ENOSYS,
    REFUSED_OTHERWISE,
    DESCRIPTOR_LEFT,
    NOT_HANDED = 126
};

static int live_under_filter(int report)
{
    struct arena arena = {0};
    struct seccomp_program program;
    struct seccomp_notify notify;
    struct error error;
    int probe;

    if (seccomp_notify_connect(&plan, &notify, &error) != 0 || notify.connection < 0 ||
        seccomp_compile(&plan, &arena, &program, &error) != 0 ||
        seccomp_notify_describe(&plan, "1.3.0", getpid(), "{\"id\":\"x\"}", &notify, &error) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        seccomp_notify_load(&program, &notify, report, &error) != 0)
        return PREPARATION_FAILED;
    /* Neither the connection nor the listener is left in our table: the next number is free again. */
    probe = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, notify.connection);
    if (probe != notify.connection || fcntl(probe + 1, F_GETFD) != -1)
        return DESCRIPTOR_LEFT;
    errno = 0;
    long answer = syscall(SYS_getppid);
    if (answer == ANSWER)
        return ANSWERED;
    return answer == -1 && errno == ENOSYS ? REFUSED_ENOSYS : REFUSED_OTHERWISE;
}

/* *report: where a struct error would come. */
static pid_t start(int *report)
{
    int pair[2];
    pid_t child;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(live_under_filter(pair[1]));
    (void)close(pair[1]);
    *report = pair[0];
    return child;
}

static int status_of(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* ---- the agent ---- */

static void wait_readable(int descriptor)
{
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN};

    assert_int_equal(poll(&waiting, 1, PATIENCE_MS), 1);
}

static int accept_process(void)
{
    int connection;

    wait_readable(agent_socket);
    connection = accept4(agent_socket, NULL, NULL, SOCK_CLOEXEC);
    assert_true(connection >= 0);
    return connection;
}

static void answer_one(int listener)
{
    struct seccomp_notif request;
    struct seccomp_notif_resp response;

    memset(&request, 0, sizeof(request));
    memset(&response, 0, sizeof(response));
    wait_readable(listener);
    assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request), 0);
    assert_int_equal(request.data.nr, SYS_getppid);
    response.id = request.id;
    response.val = ANSWER;
    assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response), 0);
}

#define NEED_NOTIFICATION()                                                                                  \
    do {                                                                                                     \
        if (!kernel_notifies()) {                                                                            \
            print_message("skipped: this kernel has no SECCOMP_RET_USER_NOTIF\n");                           \
            skip();                                                                                          \
        }                                                                                                    \
    } while (0)

static void test_agent_gets_listener(void **state)
{
    char document[512], expected[512], rest;
    size_t count = 1;
    int listener = -1, connection, report;
    ssize_t length;
    pid_t child;

    (void)state;
    NEED_NOTIFICATION();
    child = start(&report);
    connection = accept_process();
    length = descriptor_receive(connection, document, sizeof(document) - 1, &listener, &count);
    assert_true(length > 0);
    document[length] = '\0';
    assert_int_equal(count, 1);
    assert_int_equal(text_print(expected, sizeof(expected),
                                "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":%d,"
                                "\"metadata\":\"a\\\"b\\\\c\\u000a\",\"state\":{\"id\":\"x\"}}",
                                child),
                     0);
    assert_string_equal(document, expected);
    /* One state for each connection, which is closed after it. */
    assert_int_equal(read(connection, &rest, 1), 0);
    answer_one(listener);
    assert_int_equal(status_of(child), ANSWERED);
    (void)close(listener);
    (void)close(connection);
    assert_int_equal(read(report, &rest, 1), 0);
    (void)close(report);
}

/* The agent takes the descriptor and ends: the call must not wait for it. */
static void test_agent_dies_with_the_listener(void **state)
{
    char document[512];
    size_t count = 1;
    int listener = -1, connection, report;
    pid_t child;

    (void)state;
    NEED_NOTIFICATION();
    child = start(&report);
    connection = accept_process();
    assert_true(descriptor_receive(connection, document, sizeof(document), &listener, &count) > 0);
    (void)close(listener);
    (void)close(connection);
    assert_int_equal(status_of(child), REFUSED_ENOSYS);
    (void)close(report);
}

/* The agent is gone when the listener should be sent: an error for whoever waits for the start, and no
 * program. */
static void test_agent_is_gone(void **state)
{
    struct error error = {0};
    int report[2], agent[2];
    pid_t child;

    (void)state;
    NEED_NOTIFICATION();
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, agent), 0);
    (void)close(agent[1]);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct seccomp_notify notify = {.connection = agent[0]};
        struct seccomp_program program;
        struct arena arena = {0};

        if (seccomp_compile(&plan, &arena, &program, &error) != 0 ||
            seccomp_notify_describe(&plan, "1.3.0", getpid(), "{}", &notify, &error) != 0 ||
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            _exit(PREPARATION_FAILED);
        _exit(seccomp_notify_load(&program, &notify, report[1], &error) == 0 ? ANSWERED : PREPARATION_FAILED);
    }
    (void)close(agent[0]);
    (void)close(report[1]);
    assert_int_equal(status_of(child), NOT_HANDED);
    assert_int_equal(read(report[0], &error, sizeof(error)), sizeof(error));
    assert_non_null(strstr(error.message, "listenerPath"));
    (void)close(report[0]);
}

static void test_nobody_listens(void **state)
{
    struct plan_seccomp absent = plan;
    struct seccomp_notify notify;
    struct error error;

    (void)state;
    absent.listener_path.text = "/nonexistent/agent.sock";
    assert_int_equal(seccomp_notify_connect(&absent, &notify, &error), -1);
    assert_non_null(strstr(error.message, "listenerPath"));
    absent.listener_path.text = "/dev/null";
    assert_int_equal(seccomp_notify_connect(&absent, &notify, &error), -1);
    absent.listener_path.text = NULL;
    assert_int_equal(seccomp_notify_connect(&absent, &notify, &error), -1);
    absent.notify = false;
    assert_int_equal(seccomp_notify_connect(&absent, &notify, &error), 0);
    assert_int_equal(notify.connection, -1);
}

static int set_up(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)state;
    if (mkdtemp(directory) == NULL ||
        text_print(socket_path, sizeof(socket_path), "%s/agent", directory) != 0)
        return -1;
    plan.listener_path.text = socket_path;
    memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
    agent_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (agent_socket < 0 || bind(agent_socket, (struct sockaddr *)&address, sizeof(address)) != 0)
        return -1;
    return listen(agent_socket, 8);
}

static int tear_down(void **state)
{
    (void)state;
    (void)close(agent_socket);
    return unlink(socket_path) == 0 && rmdir(directory) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent_gets_listener),
        cmocka_unit_test(test_agent_dies_with_the_listener),
        cmocka_unit_test(test_agent_is_gone),
        cmocka_unit_test(test_nobody_listens),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
