/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is pure in checkpoint and restore: mounts from outside, streams, options as members, what is quoted of
 * CRIU's log, and what a restored process may hold. */
#include "unit.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "linux/checkpoint.h"
#include "linux/checkpoint_mounts.h"
#include "linux/restore_verify.h"

/* ---- mounts ---- */

enum { MOUNTS = 6 };

static const struct plan_mount mounts[MOUNTS] = {
    {.kind = PLAN_MOUNT_FILESYSTEM, .type = "proc", .destination = {"/proc"}},
    {.kind = PLAN_MOUNT_BIND, .source_path = {"/host/data"}, .destination = {"/data"}, .recursive = true},
    {.kind = PLAN_MOUNT_BIND, .source_path = {"/host/hosts"}, .destination = {"/etc/hosts"}},
    {.kind = PLAN_MOUNT_FILESYSTEM, .type = "tmpfs", .destination = {"/data/tmp"}},
    {.kind = PLAN_MOUNT_BIND, .source_path = {"/host/flat"}, .destination = {"/flat"}},
    {.kind = PLAN_MOUNT_CGROUP, .type = "cgroup", .destination = {"/sys/fs/cgroup"}},
};

static struct checkpoint_places places_of(void)
{
    struct checkpoint_places places = {0};
    struct error error;

    for (size_t i = 0; i < MOUNTS; i++)
        assert_int_equal(checkpoint_places_add(&places, mounts[i].destination.text, &mounts[i], &error), 0);
    return places;
}

static void test_external(void **state)
{
    static const struct {
        const char *mount_point, *source; /* NULL: CRIU's own */
    } cases[] = {
        {"/proc", NULL},
        {"/proc/sys", NULL},
        {"/data", "/host/data"},
        {"/data/sub/volume", "/host/data/sub/volume"},
        {"/data/tmp", NULL},
        {"/data/tmp/inside", NULL},
        {"/database", NULL},
        {"/etc/hosts", "/host/hosts"},
        {"/etc", NULL},
        {"/flat", "/host/flat"},
        /* Not recursive: what is mounted there the program has mounted. */
        {"/flat/of-the-program", NULL},
        {"/sys/fs/cgroup", "/sys/fs/cgroup/place"},
        {"/sys/fs/cgroup/deeper", NULL},
    };
    const struct plan plan = {.cgroup = {.mount = "/sys/fs/cgroup", .path = "/place"}};
    cleanup_places struct checkpoint_places places = places_of();

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char source[128];
        bool external =
            checkpoint_external_source(&plan, &places, cases[i].mount_point, source, sizeof(source));

        assert_int_equal(external, cases[i].source != NULL);
        if (external)
            assert_string_equal(source, cases[i].source);
    }
}

static void test_external_cgroup_namespace(void **state)
{
    const struct plan plan = {.cgroup = {.mount = "/sys/fs/cgroup", .path = "/place"},
                              .namespaces = {.new_flags = CLONE_NEWCGROUP}};
    cleanup_places struct checkpoint_places places = places_of();
    char source[128];

    (void)state;
    assert_false(checkpoint_external_source(&plan, &places, "/sys/fs/cgroup", source, sizeof(source)));
}

static void test_external_too_long(void **state)
{
    const struct plan plan = {0};
    cleanup_places struct checkpoint_places places = places_of();
    char source[8];

    (void)state;
    assert_false(checkpoint_external_source(&plan, &places, "/data", source, sizeof(source)));
}

/* ---- streams ---- */

static void test_streams(void **state)
{
    (void)state;
    assert_true(checkpoint_stream_is_replaced("pipe:[4711]"));
    assert_true(checkpoint_stream_is_replaced("file[1a:2b]"));
    assert_false(checkpoint_stream_is_replaced("/dev/null"));
    assert_false(checkpoint_stream_is_replaced("socket:[1]"));
    assert_false(checkpoint_stream_is_replaced(""));
    assert_false(checkpoint_stream_is_replaced("/srv/pipe:"));
}

/* Of ourselves: a pipe, a file of a mount that we have, a closed one. */
static void test_streams_of_process(void **state)
{
    static struct checkpoint_streams streams;
    struct error error = {0};
    int pair[2], saved[CHECKPOINT_STREAMS];

    (void)state;
    assert_int_equal(pipe(pair), 0);
    for (int i = 0; i < CHECKPOINT_STREAMS; i++)
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
    close(0);
    dup2(pair[1], 1);
    int result = checkpoint_streams_of(getpid(), &streams, &error);
    for (int i = 0; i < CHECKPOINT_STREAMS; i++) {
        dup2(saved[i], i);
        close(saved[i]);
    }
    close(pair[0]);
    close(pair[1]);
    assert_int_equal(result, 0);
    assert_string_equal(streams.keys[0], "");
    assert_memory_equal(streams.keys[1], "pipe:[", 6);
}

/* ---- options ---- */

static bool is_set(const struct message *message, const char *name, const char *wanted)
{
    char member[64];
    const char *value;
    size_t cursor = 0;

    while (message_next(message, &cursor, member, sizeof(member), &value))
        if (strcmp(member, name) == 0 && strcmp(value, wanted) == 0)
            return true;
    return false;
}

static void test_options(void **state)
{
    static struct message message;
    const struct checkpoint_options none = {.status_fd = -1};
    const struct checkpoint_options some = {
        .parent_path = "../before",
        .page_server_address = "::1",
        .page_server_port = 4711,
        .network_lock = "nftables",
        .status_fd = -1,
        .leave_running = true,
        .file_locks = true,
        .empty_network = true,
    };
    int64_t number;

    (void)state;
    message_begin(&message, "dump");
    checkpoint_describe(&none, &message);
    assert_true(is_set(&message, "set", "orphan-pts-master"));
    assert_false(is_set(&message, "set", "leave-running"));
    assert_null(message_get(&message, "page-server-port"));
    assert_null(message_get(&message, "empty-namespaces"));
    assert_null(message_get(&message, "parent"));

    message_begin(&message, "dump");
    checkpoint_describe(&some, &message);
    assert_true(is_set(&message, "set", "leave-running"));
    assert_true(is_set(&message, "set", "file-locks"));
    assert_false(is_set(&message, "set", "tcp-established"));
    assert_string_equal(message_get(&message, "parent"), "../before");
    assert_string_equal(message_get(&message, "page-server-address"), "::1");
    assert_string_equal(message_get(&message, "network-lock"), "nftables");
    assert_true(message_get_number(&message, "page-server-port", 0, 65535, &number));
    assert_int_equal(number, 4711);
    assert_true(message_get_number(&message, "empty-namespaces", 0, INT32_MAX, &number));
    assert_int_equal(number, CLONE_NEWNET);
}

/* ---- the log ---- */

/* see: the log's path is named. */
static void explain(const char *log, const char *expected, bool see)
{
    char directory[] = "/tmp/thwart-checkpoint-XXXXXX", path[64], wanted[512];
    const struct checkpoint_options options = {.image_path = directory, .status_fd = -1};
    struct error error;

    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/dump.log", directory);
    if (log != NULL) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_true(fputs(log, file) >= 0);
        fclose(file);
    }
    error_set(&error, ERROR_SYSTEM, "criu gave up");
    assert_int_equal(checkpoint_explain(&options, "dump.log", "dumping c1", &error), -1);
    unlink(path);
    rmdir(directory);
    snprintf(wanted, sizeof(wanted), "%s%s%s%s", expected, see ? " (see " : "", see ? path : "",
             see ? ")" : "");
    assert_string_equal(error.message, wanted);
    assert_int_equal(error.kind, ERROR_SYSTEM);
}

static void test_explain(void **state)
{
    (void)state;
    explain("(00.1) all is well\n"
            "(00.2) Error (criu/tun.c:85): tun: an early one that did not matter\n"
            "(00.3)     45: Error (criu/files.c:1): Can't lookup mount=9\n"
            "(00.4) Error (criu/cr-dump.c:1): Dump files (pid: 45) failed with -1\n"
            "(00.5) Unlock network\n"
            "(00.6) Error (criu/cr-dump.c:2): Dumping FAILED.\n",
            "dumping c1: criu: Can't lookup mount=9", true);
    explain("(00.1) Error (criu/a.c:1): without an end", "dumping c1: criu: without an end", true);
    explain("(00.1) it was killed here\n", "dumping c1: criu gave up", true);
    explain("", "dumping c1: criu gave up", false);
    explain(NULL, "dumping c1: criu gave up", false);
    /* Hostile names in it cannot forge lines of ours. */
    explain("(00.1) Error (criu/a.c:1): file \033[31m\n", "dumping c1: criu: file \\x1b[31m", true);
}

/* ---- what comes out of images ---- */

#define STATUS(inheritable, permitted, effective, bounding, ambient, privileges, filter)                     \
    "Name:\tsh\nCapInh:\t" inheritable "\nCapPrm:\t" permitted "\nCapEff:\t" effective                       \
    "\nCapBnd:\t" bounding "\nCapAmb:\t" ambient "\nNoNewPrivs:\t" privileges "\nSeccomp:\t" filter          \
    "\nSeccomp_filters:\t1\n"
#define NONE "0000000000000000"

static void test_status(void **state)
{
    struct restore_credentials credentials;

    (void)state;
    assert_true(restore_parse_status(
        STATUS(NONE, NONE, "0000000000000002", "0000000000000020", NONE, "1", "2"), &credentials));
    assert_int_equal(credentials.capabilities, 0x22);
    assert_true(credentials.no_new_privileges);
    assert_true(credentials.filtered);
    assert_true(
        restore_parse_status(STATUS(NONE, NONE, NONE, NONE, "8000000000000000", "0", "0"), &credentials));
    assert_true(credentials.capabilities == UINT64_C(0x8000000000000000));
    assert_false(credentials.no_new_privileges);
    assert_false(credentials.filtered);
    assert_false(restore_parse_status("Name:\tsh\nCapInh:\t0000000000000000\n", &credentials));
    assert_false(restore_parse_status(STATUS("nothing", NONE, NONE, NONE, NONE, "0", "0"), &credentials));
    assert_false(restore_parse_status("", &credentials));
}

static void test_judge(void **state)
{
    const struct plan_seccomp filter = {0};
    const struct plan_process open = {.has_capabilities = true,
                                      .capabilities = {.bounding = 6, .effective = 8}};
    const struct plan_process strict = {.no_new_privileges = true, .seccomp = &filter};
    const struct restore_credentials within = {.capabilities = 14};
    const struct restore_credentials beyond = {.capabilities = 16};
    const struct restore_credentials bound = {.no_new_privileges = true, .filtered = true};
    const struct restore_credentials unfiltered = {.no_new_privileges = true};

    (void)state;
    assert_null(restore_judge(&open, &within, true));
    assert_non_null(restore_judge(&open, &beyond, true));
    /* In a user namespace of the program's own. */
    assert_null(restore_judge(&open, &beyond, false));
    assert_null(restore_judge(&strict, &bound, true));
    assert_non_null(strstr(restore_judge(&strict, &unfiltered, false), "filter"));
    assert_non_null(strstr(restore_judge(&strict, &within, false), "privileges"));
    assert_non_null(strstr(restore_judge(&strict, &within, true), "capabilities"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_external),
        cmocka_unit_test(test_external_cgroup_namespace),
        cmocka_unit_test(test_external_too_long),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_streams_of_process),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_explain),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_judge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
