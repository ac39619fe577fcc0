/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan becomes a process among others: joined namespaces, processes added to a container, network devices
 * of the host. */
#include "sandbox_fixture.h"

#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include "linux/process_identity.h"
#include "plan/plan.h"

static void body_joined_namespaces(void)
{
    char path[64], wanted[64];
    struct stat status;
    plan_begin();
    /* Another process's network namespace. */
    pid_t other = fork();
    CHECK(other >= 0);
    if (other == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (unshare(CLONE_NEWNET) < 0)
            _exit(1);
        raise(SIGSTOP);
        _exit(0);
    }
    CHECK(waitpid(other, NULL, WUNTRACED) == other);
    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)other);
    CHECK(stat(path, &status) == 0);
    snprintf(wanted, sizeof(wanted), "\"net\":%llu", (unsigned long long)status.st_ino);
    plan.namespaces.new_flags &= ~(uint64_t)CLONE_NEWNET;
    plan.namespaces.join_flags |= CLONE_NEWNET;
    namespace_items[1].path.text = path;
    HAS(seen(), wanted);
    /* The same through a user namespace of its own. */
    add_user_namespace(100000);
    HAS(seen(), wanted);
    /* Of the wrong kind, and no namespace at all. */
    snprintf(path, sizeof(path), "/proc/%d/ns/uts", (int)other);
    CHECK(create() == -1 && test_error.kind == ERROR_INVALID && says("but no network namespace"));
    snprintf(path, sizeof(path), "/proc/%d/status", (int)other);
    CHECK(create() == -1 && test_error.kind == ERROR_INVALID && says("is no namespace"));
    CHECK(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
}
SANDBOX_TEST(joined_namespaces)

static void body_joined_pid_namespace(void)
{
    char path[64], wanted[64];
    struct stat status;
    int channel[2];
    plan_begin();
    CHECK(pipe(channel) == 0);
    /* The init of another pid namespace. */
    pid_t other = fork();
    CHECK(other >= 0);
    if (other == 0) {
        pid_t init;
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (unshare(CLONE_NEWPID) < 0 || (init = fork()) < 0)
            _exit(1);
        if (init == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
            pause();
            _exit(0);
        }
        if (write(channel[1], &init, sizeof(init)) != sizeof(init))
            _exit(1);
        pause();
        _exit(0);
    }
    pid_t init;
    CHECK(read(channel[0], &init, sizeof(init)) == sizeof(init));
    snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)init);
    CHECK(stat(path, &status) == 0);
    snprintf(wanted, sizeof(wanted), "\"pid\":%llu", (unsigned long long)status.st_ino);
    plan.namespaces.new_flags &= ~(uint64_t)CLONE_NEWPID;
    plan.namespaces.join_flags |= CLONE_NEWPID;
    namespace_items[0].path.text = path;
    const char *report = seen();
    HAS(report, wanted);
    HAS(report, "\"pid\":2,");
    /* What the runtime starts later is in its own namespace again. */
    pid_t mine = fork();
    if (mine == 0)
        _exit(getppid() > 1 ? 0 : 1);
    int ended;
    CHECK(waitpid(mine, &ended, 0) == mine && ended == 0);
    /* The same beside a user namespace: by the stage. A procfs of a pid namespace that is not its own may not
     * be mounted there. */
    add_user_namespace(100000);
    plan.rootfs.mount_count = 0;
    CHECK(create() == 0);
    struct stat joined;
    snprintf(wanted, sizeof(wanted), "/proc/%d/ns/pid", (int)sandbox.process.pid);
    CHECK(stat(wanted, &joined) == 0 && joined.st_ino == status.st_ino);
    CHECK(pidfd_send_signal(sandbox.pidfd, SIGKILL, NULL, 0) == 0 && finish() == -SIGKILL);
    CHECK(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
}
SANDBOX_TEST(joined_pid_namespace)

static void body_exec(void)
{
    struct plan_process added;
    struct sandbox second;
    plan_begin();
    add_user_namespace(100000);
    arguments[1] = "sleep";
    process.args = strings(arguments);
    CHECK(create() == 0 && sandbox_start(&sandbox, &test_error) == 0);
    struct sandbox first = sandbox;
    static const char *report[] = {"probe", "report", NULL};
    added = process;
    added.args = strings(report);
    added.uid = 1000;
    added.has_oom_score_adj = true;
    added.oom_score_adj = 260;
    added.gid = 1000;
    const struct sandbox_exec_request request = {
        .container = &plan, .process = &added, .facts = &facts, .init = first.process, .console_socket = -1};
    catch_output();
    CHECK(sandbox_exec(&request, &second, &test_error) == 0);
    sandbox = second;
    CHECK(finish() == 0);
    const char *text = read_file("out");
    HAS(text, "\"uids\":{\"real\":1000,\"effective\":1000,\"saved\":1000,\"fs\":1000}");
    HAS(text, "\"ppid\":0,");
    HAS(text, "\"oom_score_adj\":260");
    HAS(text, "\"capabilities\":{\"effective\":[],\"permitted\":[],\"inheritable\":[],\"bounding\":[],"
              "\"ambient\":[]}");
    HAS_NOT(text, "\"fd\":3");
    /* Missing programs are told from others here too. */
    static const char *missing[] = {"rudder", NULL};
    added.args = strings(missing);
    CHECK(sandbox_exec(&request, &second, &test_error) == -1 && test_error.kind == ERROR_COMMAND_MISSING);
    /* Somebody else's number is not the container. */
    struct sandbox_exec_request wrong = request;
    wrong.init.start_time++;
    CHECK(sandbox_exec(&wrong, &second, &test_error) == -1 && test_error.kind == ERROR_STATE);
    CHECK(pidfd_send_signal(first.pidfd, SIGKILL, NULL, 0) == 0);
    sandbox = first;
    CHECK(finish() == -SIGKILL);
    CHECK(sandbox_exec(&request, &second, &test_error) == -1 && test_error.kind == ERROR_STATE);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
SANDBOX_TEST(exec)

static void body_rootless_exec(void)
{
    static const char *report[] = {"probe", "report", NULL};
    struct plan_process added;
    struct sandbox second;
    plan_begin();
    become_user();
    add_namespace(CLONE_NEWUSER, "user", NULL);
    arguments[1] = "sleep";
    process.args = strings(arguments);
    CHECK(create() == 0 && sandbox_start(&sandbox, &test_error) == 0);
    struct sandbox first = sandbox;
    added = process;
    added.args = strings(report);
    const struct sandbox_exec_request request = {
        .container = &plan, .process = &added, .facts = &facts, .init = first.process, .console_socket = -1};
    catch_output();
    CHECK(sandbox_exec(&request, &second, &test_error) == 0);
    sandbox = second;
    CHECK(finish() == 0);
    HAS(read_file("out"), "\"uids\":{\"real\":0,\"effective\":0,\"saved\":0,\"fs\":0}");
    CHECK(pidfd_send_signal(first.pidfd, SIGKILL, NULL, 0) == 0);
    sandbox = first;
    CHECK(finish() == -SIGKILL);
}
SANDBOX_TEST(rootless_exec)

/* Run ip(8) in the network namespace of a process (0: ours); what it printed. */
static const char *ip(pid_t where, const char *arguments_line)
{
    char path[64], line[256];
    pid_t child = fork();
    int status;
    CHECK(child >= 0);
    if (child == 0) {
        int file = open("ip-out", O_WRONLY | O_CREAT | O_TRUNC, 0644);
        snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)where);
        if (where != 0 && setns(open(path, O_RDONLY | O_CLOEXEC), CLONE_NEWNET) < 0)
            _exit(1);
        snprintf(line, sizeof(line), "exec ip %s", arguments_line);
        dup2(file, STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", line, NULL);
        _exit(127);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        skip_child("no ip(8)");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return read_file("ip-out");
}

static void body_network_devices(void)
{
    static const struct plan_net_device devices[] = {{"mast0", "eth7"}};
    static const struct plan_net_device taken[] = {{"mast0", "lo"}};
    static const struct plan_net_device pattern[] = {{"mast0", "sail%d"}};
    plan_begin();
    CHECK(unshare(CLONE_NEWNET) == 0);
    ip(0, "link add mast0 type veth peer name mast1");
    ip(0, "addr add 10.9.8.7/24 dev mast0");
    ip(0, "addr add 2001:db8::5/64 dev mast0 nodad");
    ip(0, "addr add 10.9.8.9/24 dev mast0 valid_lft 900 preferred_lft 900");
    arguments[1] = "sleep";
    process.args = strings(arguments);
    plan.net_devices = devices;
    plan.net_device_count = 1;
    CHECK(create() == 0);
    const char *table = ip(sandbox.process.pid, "addr show");
    HAS(table, "eth7@");
    HAS(table, "inet 10.9.8.7/24");
    HAS(table, "inet6 2001:db8::5/64");
    HAS_NOT(table, "10.9.8.9");
    HAS(table, "UP");
    HAS_NOT(ip(0, "link show"), "mast0@");
    HAS(ip(sandbox.process.pid, "link show dev eth7 up"), "eth7");
    CHECK(pidfd_send_signal(sandbox.pidfd, SIGKILL, NULL, 0) == 0 && finish() == -SIGKILL);
    descriptor_close(&sandbox.control);
    /* A container that comes to nothing gives the device back, with its addresses. */
    while (strstr(ip(0, "link show"), "mast1") != NULL)
        usleep(1000);
    ip(0, "link add mast0 type veth peer name mast1");
    ip(0, "addr add 10.9.8.7/24 dev mast0");
    arguments[0] = "/rudder";
    CHECK(create() == -1 && test_error.kind == ERROR_COMMAND_MISSING);
    HAS(ip(0, "addr show dev mast0"), "inet 10.9.8.7/24");
    arguments[0] = "/probe";
    plan.net_devices = taken;
    CHECK(create() == -1 && says("the name is taken"));
    HAS(ip(0, "addr show dev mast0"), "inet 10.9.8.7/24");
    plan.net_devices = pattern;
    CHECK(create() == 0);
    HAS(ip(sandbox.process.pid, "addr show dev sail0 up"), "inet 10.9.8.7/24");
    CHECK(pidfd_send_signal(sandbox.pidfd, SIGKILL, NULL, 0) == 0 && finish() == -SIGKILL);
}
SANDBOX_TEST(network_devices)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joined_namespaces),
        cmocka_unit_test(test_joined_pid_namespace),
        cmocka_unit_test(test_exec),
        cmocka_unit_test(test_rootless_exec),
        cmocka_unit_test(test_network_devices),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: %s PROBE\n", argv[0]);
        return 2;
    }
    probe_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
