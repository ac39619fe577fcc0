/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an update puts back, against a directory of plain files. Values have equal lengths: plain files keep
 * what lies behind a shorter one. */
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

static char directory[] = "/tmp/thwart-changes-XXXXXX";

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

/* The file, what is going to be written, what it holds, and the line that undoes it (NULL: none). */
static const struct {
    const char *file, *value, *text, *line;
} lines[] = {
    {"memory.max", "4096", "max", "max"},
    {"cpu.max", "max 100000", "50000 200000", "50000 200000"},
    {"cpuset.cpus", "1", "", "\n"},
    {"memory.stat", "1", "anon 1\nfile 2", NULL},
    {"io.max", "8:0 rbps=5", "8:0 rbps=1 wbps=max riops=max wiops=max\n8:16 rbps=7",
     "8:0 rbps=1 wbps=max riops=max wiops=max"},
    {"io.max", "8:1 rbps=5", "8:16 rbps=7", "8:1 rbps=max wbps=max riops=max wiops=max"},
    {"io.max", "8:1 rbps=5", "", "8:1 rbps=max wbps=max riops=max wiops=max"},
    {"io.weight", "500", "default 100\n8:0 200", "default 100"},
    {"io.weight", "default 500", "default 100\n8:0 200", "default 100"},
    {"io.weight", "8:0 500", "default 100\n8:0 200", "8:0 200"},
    {"io.weight", "8:16 500", "default 100\n8:0 200", "8:16 default"},
    {"rdma.max", "mlx hca_handle=3", "mlx4 hca_handle=1 hca_object=2", "mlx hca_handle=max hca_object=max"},
};

static void lines_before(void **state)
{
    cleanup_arena struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
        const char *line = cgroup_line_before(lines[i].file, lines[i].value, lines[i].text, &arena);

        if ((line == NULL) != (lines[i].line == NULL) || (line != NULL && strcmp(line, lines[i].line) != 0))
            fail_msg("%s, \"%s\" over \"%s\": \"%s\"", lines[i].file, lines[i].value, lines[i].text,
                     line != NULL ? line : "(none)");
    }
}

static const struct plan_cgroup_write good[] = {
    {.controller = "memory", .file = "memory.max", .value = "2000", .pointer = "/memory/limit"},
    {.controller = "memory", .file = "memory.low", .value = "20", .pointer = "/memory/reservation"},
    {.controller = "memory", .file = "memory.max", .value = "3000", .pointer = "/unified/memory.max"},
};

static void start(void)
{
    put_file("memory.max", "1000");
    put_file("memory.low", "10");
    put_file("cgroup.controllers", "memory");
}

/* All of them; then all of them back. */
static void written_and_taken_back(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int plain = open_plain();
    const struct plan_cgroup plan = {.writes = good, .write_count = ARRAY_LENGTH(good)};
    struct cgroup_changes changes = {.path = "/c"};
    struct error error;

    (void)state;
    start();
    assert_int_equal(cgroup_changes_read(plain, &plan, &arena, &changes, &error), 0);
    expect_file("memory.max", "1000");
    assert_int_equal(cgroup_changes_write(plain, plain, &plan, &changes, &error), 0);
    expect_file("memory.max", "3000");
    expect_file("memory.low", "20");
    assert_int_equal(cgroup_changes_undo(plain, &changes, &error), 0);
    expect_file("memory.max", "1000");
    expect_file("memory.low", "10");
}

/* The third is refused: the error is its own, and the two before are as they were. */
static void refused_in_the_middle(void **state)
{
    static const struct plan_cgroup_write writes[] = {
        {.controller = "memory", .file = "memory.max", .value = "2000", .pointer = "/memory/limit"},
        {.controller = "memory", .file = "memory.low", .value = "20", .pointer = "/memory/reservation"},
        {.controller = "memory", .file = "memory.future", .value = "1", .pointer = "/unified/memory.future"},
        {.controller = "memory", .file = "memory.low", .value = "30", .pointer = "/unified/memory.low"},
    };
    cleanup_arena struct arena arena = {0};
    cleanup_fd int plain = open_plain();
    const struct plan_cgroup plan = {.writes = writes, .write_count = ARRAY_LENGTH(writes)};
    struct cgroup_changes changes = {.path = "/c"};
    struct error error;

    (void)state;
    start();
    assert_int_equal(cgroup_changes_read(plain, &plan, &arena, &changes, &error), 0);
    assert_int_equal(cgroup_changes_write(plain, plain, &plan, &changes, &error), -1);
    assert_int_equal(error.kind, ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "/unified/memory.future"));
    assert_non_null(strstr(error.message, "put back"));
    expect_file("memory.max", "1000");
    expect_file("memory.low", "10");
    /* Nothing is left to take back. */
    assert_int_equal(changes.written, 0);
    assert_int_equal(cgroup_take_back(&changes, &error), 0);
}

/* An idle group shows the weight 0 and refuses it; one that becomes idle loses its own. */
static void weight_goes_with_idle(void **state)
{
    static const struct plan_cgroup_write idle[] = {
        {.controller = "cpu", .file = "cpu.idle", .value = "1", .pointer = "/cpu/idle"}};
    static const struct plan_cgroup_write not_idle[] = {
        {.controller = "cpu", .file = "cpu.idle", .value = "0", .pointer = "/cpu/idle"},
        {.controller = "cpu", .file = "cpu.weight", .value = "7", .pointer = "/cpu/shares"}};
    cleanup_arena struct arena arena = {0};
    cleanup_fd int plain = open_plain();
    struct plan_cgroup plan = {.writes = idle, .write_count = 1};
    struct cgroup_changes changes = {.path = "/c"};
    struct error error;

    (void)state;
    put_file("cpu.idle", "0");
    put_file("cpu.weight", "59");
    assert_int_equal(cgroup_changes_read(plain, &plan, &arena, &changes, &error), 0);
    assert_int_equal(cgroup_changes_write(plain, plain, &plan, &changes, &error), 0);
    expect_file("cpu.idle", "1");
    put_file("cpu.weight", "00"); /* the kernel's doing */
    assert_int_equal(cgroup_changes_undo(plain, &changes, &error), 0);
    expect_file("cpu.idle", "0");
    expect_file("cpu.weight", "59");

    put_file("cpu.idle", "1");
    put_file("cpu.weight", "0");
    plan = (struct plan_cgroup){.writes = not_idle, .write_count = 2};
    assert_int_equal(cgroup_changes_read(plain, &plan, &arena, &changes, &error), 0);
    assert_int_equal(cgroup_changes_write(plain, plain, &plan, &changes, &error), 0);
    expect_file("cpu.weight", "7");
    assert_int_equal(cgroup_changes_undo(plain, &changes, &error), 0);
    expect_file("cpu.idle", "1");
    expect_file("cpu.weight", "7");
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"memory.max", "memory.low", "cgroup.controllers", "cpu.idle",
                                        "cpu.weight"};
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
        cmocka_unit_test(lines_before),
        cmocka_unit_test(written_and_taken_back),
        cmocka_unit_test(refused_in_the_middle),
        cmocka_unit_test(weight_goes_with_idle),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
