/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/sandbox_*.c: a plan becomes a process. What counts is what the static probe sees as pid 1. */
#include "sandbox_fixture.h"

#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include "linux/process_identity.h"
#include "linux/resctrl.h"
#include "plan/plan.h"

static uint64_t bit(unsigned int capability)
{
    return UINT64_C(1) << capability;
}

static void body_plain(void)
{
    plan_begin();
    plan.hostname = "boat";
    const char *report = seen();
    HAS(report, "\"pid\":1,");
    HAS(report, "\"args\":[\"/probe\",\"report\"]");
    HAS(report, "\"env\":[\"PATH=/bin:/\",\"COLOUR=red\"]");
    HAS(report, "\"cwd\":\"/\"");
    HAS(report, "\"groups\":[]");
    HAS(report, "\"capabilities\":{\"effective\":[],\"permitted\":[],\"inheritable\":[],\"bounding\":[],"
                "\"ambient\":[]}");
    HAS(report, "\"signals\":{\"blocked\":[],\"ignored\":[]},\"pdeathsig\":0");
    HAS(report, "\"umask\":\"0022\"");
    HAS(report, "\"sid\":1,");
    HAS_NOT(report, "\"fd\":3");
    CHECK(notices[0] == '\0');
}
SANDBOX_TEST(plain)

static void body_inherited_state(void)
{
    /* What a careless caller leaves set. */
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR && signal(SIGRTMAX, SIG_IGN) != SIG_ERR);
    sigset_t all;
    sigfillset(&all);
    CHECK(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
    const gid_t groups[] = {4, 24, 27};
    CHECK(setgroups(3, groups) == 0);
    CHECK(dup2(open("/", O_RDONLY), 9) == 9);
    umask(077);
    plan_begin();
    CHECK(chmod("root", 0755) == 0 && chmod("root/probe", 0755) == 0 && chmod("root/proc", 0755) == 0);
    const char *report = seen();
    HAS(report, "\"signals\":{\"blocked\":[],\"ignored\":[]},\"pdeathsig\":0");
    HAS(report, "\"groups\":[]");
    HAS(report, "\"umask\":\"0022\"");
    HAS_NOT(report, "\"fd\":9");
}
SANDBOX_TEST(inherited_state)

static void body_user(void)
{
    static const uint32_t groups[] = {30, 7, 7};
    plan_begin();
    process.uid = 1000;
    process.gid = 1001;
    process.groups = groups;
    process.group_count = 3;
    process.has_umask = true;
    process.umask = 027;
    process.no_new_privileges = true;
    process.capabilities = (struct plan_capabilities){
        .bounding = bit(CAP_CHOWN) | bit(CAP_KILL),
        .effective = bit(CAP_KILL),
        .permitted = bit(CAP_KILL),
        .inheritable = bit(CAP_KILL),
        .ambient = bit(CAP_KILL),
    };
    const char *report = seen();
    HAS(report, "\"uids\":{\"real\":1000,\"effective\":1000,\"saved\":1000,\"fs\":1000}");
    HAS(report, "\"gids\":{\"real\":1001,\"effective\":1001,\"saved\":1001,\"fs\":1001}");
    HAS(report, "\"groups\":[7,7,30]");
    HAS(report, "\"umask\":\"0027\"");
    HAS(report, "\"no_new_privs\":true");
    HAS(report, "\"capabilities\":{\"effective\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"inheritable\":"
                "[\"CAP_KILL\"],"
                "\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]}");
}
SANDBOX_TEST(user)

/* Everything is allowed: what matters is that it is there, and what it took to load it. */
static const struct plan_seccomp open_filter = {.default_action = PLAN_SECCOMP_ALLOW};
static const char *const filtered[] = {"kexec_load"};
static const struct plan_seccomp_rule one_rule = {
    .names = {.items = filtered, .count = 1}, .action = PLAN_SECCOMP_ERRNO, .data = EPERM};

static void filtered_report(uint32_t uid, bool no_new_privileges, const char *capabilities)
{
    struct plan_seccomp filter = open_filter;
    filter.rules = &one_rule;
    filter.rule_count = 1;
    plan_begin();
    process.uid = process.gid = uid;
    process.seccomp = &filter;
    process.no_new_privileges = no_new_privileges;
    process.capabilities = (struct plan_capabilities){
        .bounding = bit(CAP_KILL), .effective = bit(CAP_KILL), .permitted = bit(CAP_KILL)};
    const char *report = seen();
    HAS(report, "\"seccomp_mode\":2,\"seccomp_filters\":1");
    HAS(report, no_new_privileges ? "\"no_new_privs\":true" : "\"no_new_privs\":false");
    HAS(report, capabilities);
}

/* CAP_SYS_ADMIN is kept until the filter is loaded: nothing of it may reach the program. */
static void body_filter_root(void)
{
    filtered_report(
        0, false,
        "\"capabilities\":{\"effective\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"inheritable\":[],"
        "\"bounding\":[\"CAP_KILL\"],\"ambient\":[]}");
}
SANDBOX_TEST(filter_root)

static void body_filter_user(void)
{
    filtered_report(1000, false,
                    "\"capabilities\":{\"effective\":[],\"permitted\":[],\"inheritable\":[],"
                    "\"bounding\":[\"CAP_KILL\"],\"ambient\":[]}");
}
SANDBOX_TEST(filter_user)

static void body_filter_no_new_privileges(void)
{
    filtered_report(1000, true,
                    "\"capabilities\":{\"effective\":[],\"permitted\":[],\"inheritable\":[],"
                    "\"bounding\":[\"CAP_KILL\"],\"ambient\":[]}");
}
SANDBOX_TEST(filter_no_new_privileges)

static void body_user_namespace(void)
{
    plan_begin();
    add_user_namespace(100000);
    process.uid = 5;
    process.gid = 6;
    process.has_oom_score_adj = true;
    process.oom_score_adj = 250;
    const char *report = seen();
    HAS(report, "\"oom_score_adj\":250");
    HAS(report, "\"uids\":{\"real\":5,\"effective\":5,\"saved\":5,\"fs\":5}");
    HAS(report, "\"gids\":{\"real\":6,\"effective\":6,\"saved\":6,\"fs\":6}");
    HAS(report, "\"groups\":[]");
    HAS(report, "\"pid\":1,");
}
SANDBOX_TEST(user_namespace)

static void body_rootless(void)
{
    plan_begin();
    become_user();
    /* Without a user namespace the answer names the cure. */
    CHECK(create() == -1 && test_error.kind == ERROR_UNSUPPORTED && says("needs a user namespace"));
    add_namespace(CLONE_NEWUSER, "user", NULL);
    plan.rootfs.sources_opened_early = false;
    process.capabilities.bounding = process.capabilities.permitted = process.capabilities.effective =
        bit(CAP_KILL);
    process.has_oom_score_adj = true;
    process.oom_score_adj = 250;
    const char *report = seen();
    HAS(report, "\"oom_score_adj\":250");
    HAS(report, "\"uids\":{\"real\":0,\"effective\":0,\"saved\":0,\"fs\":0}");
    HAS(report,
        "\"capabilities\":{\"effective\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"inheritable\":[],");
    HAS(report, "\"groups\":[]");
    /* Through the stage: offsets and all. */
    static const struct plan_time_offset offsets[] = {{"boottime", 604800, 5}};
    add_namespace(CLONE_NEWTIME, "time", NULL);
    plan.namespaces.time_offsets = offsets;
    plan.namespaces.time_offset_count = 1;
    arguments[1] = "read";
    arguments[2] = "/proc/self/timens_offsets";
    process.args = strings(arguments);
    HAS(seen(), "604800");
    arguments[2] = "/proc/self/oom_score_adj";
    HAS(seen(), "250");
    /* More than one id is not ours to map. */
    static const struct plan_id_mapping two = {.container_id = 0, .host_id = 1000, .size = 2};
    plan.namespaces.uid_mappings = (struct plan_id_mappings){&two, 1};
    CHECK(create() == -1 && test_error.kind == ERROR_UNSUPPORTED && says("newuidmap"));
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
SANDBOX_TEST(rootless)

/* A time namespace with offsets in a new user namespace: the stage process. */
static void body_stage(void)
{
    static const struct plan_time_offset offsets[] = {{"monotonic", 86400, 0}, {"boottime", 604800, 5}};
    plan_begin();
    add_user_namespace(100000);
    add_namespace(CLONE_NEWTIME, "time", NULL);
    plan.namespaces.time_offsets = offsets;
    plan.namespaces.time_offset_count = 2;
    arguments[1] = "read";
    arguments[2] = "/proc/self/timens_offsets";
    process.args = strings(arguments);
    const char *text = seen();
    HAS(text, "86400");
    HAS(text, "604800");
}
SANDBOX_TEST(stage)

static void body_time_offsets(void)
{
    static const struct plan_time_offset offsets[] = {{"boottime", 604800, 5}};
    struct timespec before, after;
    plan_begin();
    add_namespace(CLONE_NEWTIME, "time", NULL);
    plan.namespaces.time_offsets = offsets;
    plan.namespaces.time_offset_count = 1;
    arguments[1] = "read";
    arguments[2] = "/proc/self/timens_offsets";
    process.args = strings(arguments);
    CHECK(clock_gettime(CLOCK_BOOTTIME, &before) == 0);
    HAS(seen(), "604800");
    /* The runtime itself, and what it starts later, stays in its own time. */
    HAS_NOT(read_file("/proc/self/timens_offsets"), "604800");
    CHECK(clock_gettime(CLOCK_BOOTTIME, &after) == 0 && after.tv_sec - before.tv_sec < 3600);
}
SANDBOX_TEST(time_offsets)

static void body_program_missing(void)
{
    plan_begin();
    arguments[0] = "rudder";
    process.args = strings(arguments);
    CHECK(create() == -1);
    CHECK(test_error.kind == ERROR_COMMAND_MISSING);
    CHECK(says("executable file not found in $PATH: `rudder`"));
    /* Nothing is left of it. */
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
SANDBOX_TEST(program_missing)

static void body_program_refused(void)
{
    plan_begin();
    write_file("root/rudder", "text");
    arguments[0] = "/rudder";
    process.args = strings(arguments);
    CHECK(create() == -1);
    CHECK(test_error.kind == ERROR_COMMAND_REFUSED && says("permission denied"));
    arguments[0] = "/proc";
    CHECK(create() == -1);
    CHECK(test_error.kind == ERROR_COMMAND_REFUSED && says("is a directory"));
}
SANDBOX_TEST(program_refused)

static void body_interpreter_missing(void)
{
    plan_begin();
    write_file("root/script", "#!/bin/nothing\n");
    CHECK(chmod("root/script", 0755) == 0);
    arguments[0] = "/script";
    process.args = strings(arguments);
    CHECK(create() == 0);
    CHECK(sandbox_start(&sandbox, &test_error) == -1);
    CHECK(test_error.kind == ERROR_COMMAND_MISSING && says("script interpreter or loader missing"));
    CHECK(finish() == 127);
}
SANDBOX_TEST(interpreter_missing)

/* The program's path may not name a descriptor of ours. */
static void body_program_is_a_descriptor(void)
{
    for (int number = 3; number < 24; number++) {
        char path[32];
        if (number == 3)
            plan_begin();
        snprintf(path, sizeof(path), "/proc/self/fd/%d", number);
        arguments[0] = path;
        arguments[1] = NULL;
        process.args = strings(arguments);
        if (create() == 0) {
            CHECK(sandbox_start(&sandbox, &test_error) == -1);
            CHECK(finish() != 0);
        }
    }
}
SANDBOX_TEST(program_is_a_descriptor)

static void body_directory_outside(void)
{
    plan_begin();
    /* Descriptors of the caller and of ours: in none of them may a program begin (CVE-2024-21626). */
    CHECK(dup2(open("/", O_RDONLY | O_DIRECTORY), 12) == 12);
    for (int number = 3; number < 24; number++) {
        char path[32];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", number);
        process.cwd.text = path;
        CHECK(create() == -1);
        CHECK(says("process.cwd"));
    }
    /* One that is passed on purpose is there, and still no place to begin in. */
    CHECK(dup2(12, 3) == 3);
    process.preserve_fds = 1;
    process.cwd.text = "/proc/self/fd/3";
    CHECK(create() == -1);
    CHECK(test_error.kind == ERROR_DENIED && says("leads out of the container's root"));
}
SANDBOX_TEST(directory_outside)

static void body_directory_made(void)
{
    plan_begin();
    process.cwd.text = "/home/sailor";
    CHECK(create() == -1 && says("/home/sailor"));
    process.create_cwd = true;
    process.uid = 1000;
    HAS(seen(), "\"cwd\":\"/home/sailor\"");
    CHECK(exists("root/home/sailor"));
}
SANDBOX_TEST(directory_made)

static void body_preserved_descriptors(void)
{
    plan_begin();
    /* The runtime's caller passes 3 and 4; 5 is nobody's business. */
    for (int number = 3; number <= 5; number++)
        CHECK(dup2(STDERR_FILENO, number) == number);
    process.preserve_fds = 2;
    const char *report = seen();
    HAS(report, "\"fd\":3,");
    HAS(report, "\"fd\":4,");
    HAS_NOT(report, "\"fd\":5,");
    CHECK(close(4) == 0);
    CHECK(create() == -1);
    CHECK(says("descriptor 4 is to be passed"));
}
SANDBOX_TEST(preserved_descriptors)

static void body_limits(void)
{
    /* Fewer descriptors than the runtime itself needs at the end. */
    static const struct plan_rlimit limits[] = {
        {RLIMIT_NOFILE, "RLIMIT_NOFILE", 4, 5},
        {RLIMIT_CORE, "RLIMIT_CORE", 0, 0},
        {RLIMIT_FSIZE, "RLIMIT_FSIZE", 1 << 20, 1 << 20},
    };
    plan_begin();
    process.uid = 1000;
    process.rlimits = limits;
    process.rlimit_count = 3;
    const char *report = seen();
    HAS(report, "\"RLIMIT_NOFILE\":{\"soft\":4,\"hard\":5}");
    HAS(report, "\"RLIMIT_CORE\":{\"soft\":0,\"hard\":0}");
    HAS(report, "\"RLIMIT_FSIZE\":{\"soft\":1048576,\"hard\":1048576}");
    static const struct plan_rlimit reversed[] = {{RLIMIT_NOFILE, "RLIMIT_NOFILE", 6, 5}};
    process.rlimits = reversed;
    process.rlimit_count = 1;
    CHECK(create() == -1);
    CHECK(test_error.kind == ERROR_INVALID && says("RLIMIT_NOFILE"));
}
SANDBOX_TEST(limits)

static void body_keyring(void)
{
    plan_begin();
    process.new_keyring = true;
    process.keyring_name = "_ses.unit";
    HAS(seen(), ";_ses.unit\"");
}
SANDBOX_TEST(keyring)

static void body_surroundings(void)
{
    plan_begin();
    process.has_oom_score_adj = true;
    process.oom_score_adj = 300;
    process.has_io_priority = true;
    process.io_priority = 2 << 13 | 6;
    process.has_personality = true;
    process.personality = 0x0040000; /* ADDR_NO_RANDOMIZE */
    const struct plan_scheduler batch = {.policy = 3, .nice = 4};
    process.scheduler = &batch;
    const char *report = seen();
    HAS(report, "\"oom_score_adj\":300");
    HAS(report, "\"io_priority\":{\"class\":2,\"priority\":6}");
    HAS(report, "\"personality\":262144");
    HAS(report, "\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":4");
}
SANDBOX_TEST(surroundings)

static void body_runtime_dies(void)
{
    char path[64];
    siginfo_t information = {0};
    int channel[2];
    struct process_identity init;
    /* Between "created" and "start" of `run`, the runtime is killed: its container goes along. */
    plan_begin();
    CHECK(pipe(channel) == 0);
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    pid_t runtime = fork();
    CHECK(runtime >= 0);
    if (runtime == 0) {
        if (create() < 0 ||
            write(channel[1], &sandbox.process, sizeof(sandbox.process)) != sizeof(sandbox.process))
            _exit(1);
        pause();
        _exit(1);
    }
    CHECK(read(channel[0], &init, sizeof(init)) == sizeof(init));
    CHECK(kill(runtime, SIGKILL) == 0 && waitpid(runtime, NULL, 0) == runtime);
    CHECK(waitid(P_PID, (id_t)init.pid, &information, WEXITED) == 0);
    snprintf(path, sizeof(path), "/proc/%d", (int)init.pid);
    CHECK(!exists(path));
}
SANDBOX_TEST(runtime_dies)

/* Calls that an outer container's filter does not know answer ENOSYS. */
static void forbid(unsigned int first, unsigned int last)
{
    const struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog all = {sizeof(program) / sizeof(program[0]), (struct sock_filter *)program};
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &all) == 0);
}

static void body_old_kernel(void)
{
    plan_begin();
    forbid(SYS_clone3, SYS_close_range);
    CHECK(dup2(STDERR_FILENO, 9) == 9);
    const char *report = seen();
    HAS(report, "\"pid\":1,");
    HAS_NOT(report, "\"fd\":9");
    HAS(notices, "(no clone3)");
}
SANDBOX_TEST(old_kernel)

static void test_resctrl_schemata(void **state)
{
    static const char actual[] = "    L3:0=07ff;1=1F\n    MB:0= 20;1=70\n";
    (void)state;
    assert_true(resctrl_schema_holds(actual, "L3:0=7ff;1=1f"));
    assert_true(resctrl_schema_holds(actual, "L3:1=01f"));
    assert_true(resctrl_schema_holds(actual, "MB:1=70"));
    assert_false(resctrl_schema_holds(actual, "L3:0=7fe;1=1f"));
    assert_false(resctrl_schema_holds(actual, "L3:2=7ff"));
    assert_false(resctrl_schema_holds(actual, "L2:0=7ff"));
    assert_false(resctrl_schema_holds(actual, "L3"));
    assert_false(resctrl_schema_holds(actual, "MB:0=2"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_inherited_state),
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_filter_root),
        cmocka_unit_test(test_filter_user),
        cmocka_unit_test(test_filter_no_new_privileges),
        cmocka_unit_test(test_user_namespace),
        cmocka_unit_test(test_rootless),
        cmocka_unit_test(test_stage),
        cmocka_unit_test(test_time_offsets),
        cmocka_unit_test(test_program_missing),
        cmocka_unit_test(test_program_refused),
        cmocka_unit_test(test_interpreter_missing),
        cmocka_unit_test(test_program_is_a_descriptor),
        cmocka_unit_test(test_directory_outside),
        cmocka_unit_test(test_directory_made),
        cmocka_unit_test(test_preserved_descriptors),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_keyring),
        cmocka_unit_test(test_surroundings),
        cmocka_unit_test(test_runtime_dies),
        cmocka_unit_test(test_old_kernel),
        cmocka_unit_test(test_resctrl_schemata),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: %s PROBE\n", argv[0]);
        return 2;
    }
    probe_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
