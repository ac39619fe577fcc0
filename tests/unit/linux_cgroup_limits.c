/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups without any: text that the kernel gives us, and limits against a directory of plain files. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/cgroup_files.h"

static char directory[] = "/tmp/thwart-limits-XXXXXX";

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

/* ---- text ---- */

static void test_paths(void **state)
{
    struct cgroup_path path;
    struct error error;

    (void)state;
    SUCCEED(cgroup_path_split("/a//b/c/", &path, &unexpected));
    assert_int_equal(path.count, 3);
    assert_string_equal(path.names[0], "a");
    assert_string_equal(path.names[2], "c");
    SUCCEED(cgroup_path_split("/", &path, &unexpected));
    assert_int_equal(path.count, 0);
    assert_int_equal(cgroup_path_split("/a/../b", &path, &error), -1);
    assert_int_equal(cgroup_path_split("/a/.", &path, &error), -1);
    SUCCEED(cgroup_path_split("/a/..b", &path, &unexpected));
}

static void test_events(void **state)
{
    struct cgroup_events events;

    (void)state;
    assert_true(cgroup_events_parse("populated 1\nfrozen 0\n", &events));
    assert_true(events.populated && !events.frozen);
    assert_true(cgroup_events_parse("frozen 1\nsomething_new 7\npopulated 0", &events));
    assert_true(!events.populated && events.frozen);
    assert_false(cgroup_events_parse("frozen 1\n", &events));
    assert_false(cgroup_events_parse("", &events));
}

static void test_words(void **state)
{
    (void)state;
    assert_true(cgroup_has_word("cpuset cpu io\n", "cpu"));
    assert_true(cgroup_has_word("cpuset cpu io\n", "io"));
    assert_false(cgroup_has_word("cpuset io\n", "cpu"));
    assert_false(cgroup_has_word("", "cpu"));
}

/* ---- limits, on plain files ---- */

static int open_plain(void)
{
    int file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(file >= 0);
    return file;
}

static void put_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    assert_int_equal(text_print(path, sizeof(path), "%s/%s", directory, name), 0);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void expect_file(const char *name, const char *text)
{
    cleanup_fd int plain = open_plain();
    char buffer[128];

    assert_true(descriptor_read_file_at(plain, name, buffer, sizeof(buffer)) >= 0);
    assert_string_equal(buffer, text);
}

static void test_limits(void **state)
{
    const struct plan_cgroup_write otherwise = {
        .controller = "io", .file = "io.bfq.weight", .value = "50", .pointer = "/blockIO/weight"};
    const struct plan_cgroup_write writes[] = {
        {.controller = "memory", .file = "memory.max", .value = "1000", .pointer = "/memory/limit"},
        {.controller = "memory",
         .file = "memory.absent",
         .value = "1",
         .best_effort_missing_file = true,
         .pointer = "/x"},
        {.controller = "io",
         .file = "io.weight",
         .value = "500",
         .otherwise = &otherwise,
         .pointer = "/blockIO/weight"},
    };
    const struct plan_cgroup plan = {.writes = writes, .write_count = 3};
    cleanup_fd int plain = open_plain();

    (void)state;
    put_file("memory.max", "");
    put_file("io.bfq.weight", "");
    SUCCEED(cgroup_limits_write(plain, plain, &plan, "/c", &unexpected));
    expect_file("memory.max", "1000");
    expect_file("io.bfq.weight", "50");
}

static void test_missing_files(void **state)
{
    const struct plan_cgroup_write absent_controller = {
        .controller = "pids", .file = "pids.max", .value = "1", .pointer = "/linux/resources/pids/limit"};
    const struct plan_cgroup_write absent_file = {.controller = "memory",
                                                  .file = "memory.future",
                                                  .value = "1",
                                                  .pointer = "/linux/resources/unified/memory.future"};
    const struct plan_cgroup_write escape = {
        .controller = "cgroup", .file = "../memory.max", .value = "1", .pointer = "/linux/resources/unified"};
    struct plan_cgroup plan = {.writes = &absent_controller, .write_count = 1};
    cleanup_fd int plain = open_plain();
    struct error error;

    (void)state;
    put_file("cgroup.controllers", "memory pids\n");
    assert_int_equal(cgroup_explain_controller(plain, "pids", "/c", "/linux/resources/pids/limit", &error),
                     -1);
    expect_message(&error, "\"pids\" is not handed down to /c");
    put_file("cgroup.controllers", "memory\n");
    assert_int_equal(cgroup_limits_write(plain, plain, &plan, "/c", &error), -1);
    assert_int_equal(error.kind, ERROR_UNSUPPORTED);
    expect_message(&error, "/linux/resources/pids/limit: the cgroup controller \"pids\"");
    plan.writes = &absent_file;
    assert_int_equal(cgroup_limits_write(plain, plain, &plan, "/c", &error), -1);
    expect_message(&error, "have no memory.future");
    plan.writes = &escape;
    assert_int_equal(cgroup_limits_write(plain, plain, &plan, "/c", &error), -1);
    assert_int_equal(error.kind, ERROR_INVALID);
}

static void test_usage_check(void **state)
{
    const struct plan_cgroup_write write = {.controller = "memory",
                                            .file = "memory.max",
                                            .value = "4096",
                                            .pointer = "/linux/resources/memory/limit"};
    struct plan_cgroup plan = {.writes = &write, .write_count = 1, .check_memory_usage = true};
    cleanup_fd int plain = open_plain();
    struct error error;

    (void)state;
    put_file("memory.current", "8192\n");
    put_file("memory.max", "");
    assert_int_equal(cgroup_limits_write(plain, plain, &plan, "/c", &error), -1);
    expect_message(&error, "less than the 8192");
    expect_file("memory.max", "");
    plan.check_memory_usage = false;
    SUCCEED(cgroup_limits_write(plain, plain, &plan, "/c", &unexpected));
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"memory.max", "io.bfq.weight", "cgroup.controllers",
                                        "memory.current"};
    cleanup_fd int plain = open_plain();

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        if (unlinkat(plain, files[i], 0) != 0)
            return -1;
    }
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),         cmocka_unit_test(test_events),
        cmocka_unit_test(test_words),         cmocka_unit_test(test_limits),
        cmocka_unit_test(test_missing_files), cmocka_unit_test(test_usage_check),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
