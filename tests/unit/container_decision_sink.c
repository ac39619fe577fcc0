/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where events go: whole lines whatever happens beside, and never a wait. And the count of decisions. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "container/decision_event_count.h"
#include "container/decision_event_sink.h"
#include "container/decision_events.h"

static char directory[] = "/tmp/thwart-sink.XXXXXX";
static char path[PATH_MAX], aside[PATH_MAX];

static int make_place(void **state)
{
    (void)state;
    if (directory[strlen(directory) - 1] == 'X' && mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/events", directory);
    snprintf(aside, sizeof(aside), "%s/events.1", directory);
    return 0;
}

static int clear_place(void **state)
{
    char other[PATH_MAX];

    (void)state;
    snprintf(other, sizeof(other), "%s/other", directory);
    unlink(path);
    unlink(other);
    return unlink(aside) == 0 || rmdir(aside) == 0 || errno == ENOENT ? 0 : -1;
}

static int remove_place(void **state)
{
    char counted[PATH_MAX];

    (void)state;
    snprintf(counted, sizeof(counted), "%s/decisions", directory);
    unlink(counted);
    return rmdir(directory);
}

static struct configuration_events events_to_file(uint64_t bytes_max)
{
    return (struct configuration_events){.sink = "file", .file = path, .max_bytes = bytes_max};
}

static int tell(const struct configuration_events *events, const char *line, struct error *error)
{
    cleanup_sink struct decision_sink sink = DECISION_SINK_NONE;
    const struct decision_sink_event event = {
        .line = line, .length = strlen(line), .action = "create", .effect = "granted", .id = "c1"};

    return decision_sink_open(events, 50, &sink, error) != 0 ? -1 : decision_sink_tell(&sink, &event, error);
}

static const char *content(const char *name)
{
    static char bytes[65536];
    FILE *file = fopen(name, "re");
    size_t length;

    assert_non_null(file);
    length = fread(bytes, 1, sizeof(bytes) - 1, file);
    bytes[length] = '\0';
    fclose(file);
    return bytes;
}

static void appended(void **state)
{
    const struct configuration_events events = events_to_file(0);
    struct stat status;
    struct error error;

    (void)state;
    assert_int_equal(tell(&events, "one\n", &error), 0);
    assert_int_equal(tell(&events, "two\n", &error), 0);
    assert_string_equal(content(path), "one\ntwo\n");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void put_aside(void **state)
{
    const struct configuration_events events = events_to_file(10);
    struct error error;

    (void)state;
    assert_int_equal(tell(&events, "12345\n", &error), 0);
    assert_int_equal(tell(&events, "123\n", &error), 0);
    assert_int_equal(access(aside, F_OK), -1);
    assert_int_equal(tell(&events, "next\n", &error), 0);
    assert_string_equal(content(path), "next\n");
    assert_string_equal(content(aside), "12345\n123\n");
    /* One that is longer than the maximum has a file of its own. */
    assert_int_equal(tell(&events, "a long line\n", &error), 0);
    assert_string_equal(content(path), "a long line\n");
    assert_string_equal(content(aside), "next\n");
    /* What cannot be put aside. */
    assert_int_equal(unlink(aside), 0);
    assert_int_equal(mkdir(aside, 0700), 0);
    assert_int_equal(tell(&events, "more\n", &error), -1);
    assert_non_null(strstr(error.message, "aside"));
    assert_string_equal(content(path), "a long line\n");
}

/* Processes that write and put aside at once: each line is somewhere, whole, once. FILE.1 is read away as a
 * collector would: what is put aside later replaces it. */
static void together(void **state)
{
    enum { WRITERS = 8, LINES = 60, LINE_BYTES = 12 };
    /* One rotation at most: everything stays in the two files. */
    const struct configuration_events events = events_to_file(WRITERS * LINES * LINE_BYTES / 2 + LINE_BYTES);
    static bool seen[WRITERS][LINES];
    size_t total = 0;

    (void)state;
    memset(seen, 0, sizeof(seen));
    for (int writer = 0; writer < WRITERS; writer++) {
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            for (int line = 0; line < LINES; line++) {
                char text[LINE_BYTES + 1];
                struct error error;

                snprintf(text, sizeof(text), "%05d %05d\n", writer, line);
                /* Others may hold the lock for longer than a test's patience. */
                while (tell(&events, text, &error) != 0)
                    if (error.kind != ERROR_LIMIT)
                        _exit(1);
            }
            _exit(0);
        }
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (int i = 0; i < 2; i++)
        for (const char *at = content(i == 0 ? path : aside); *at != '\0'; at += LINE_BYTES) {
            int writer, line, used = 0;

            assert_int_equal(sscanf(at, "%5d %5d%n", &writer, &line, &used), 2);
            assert_int_equal(used, LINE_BYTES - 1);
            assert_int_equal(at[LINE_BYTES - 1], '\n');
            assert_in_range(writer, 0, WRITERS - 1);
            assert_in_range(line, 0, LINES - 1);
            assert_false(seen[writer][line]);
            seen[writer][line] = true;
            total++;
        }
    assert_int_equal(total, WRITERS * LINES);
}

static void hostile_places(void **state)
{
    const struct configuration_events events = events_to_file(0);
    char other[PATH_MAX];
    struct error error;
    int file;

    (void)state;
    snprintf(other, sizeof(other), "%s/other", directory);
    assert_int_equal(symlink(other, path), 0);
    assert_int_equal(tell(&events, "x\n", &error), -1);
    assert_non_null(strstr(error.message, "symbolic link"));
    assert_int_equal(access(other, F_OK), -1);
    assert_int_equal(unlink(path), 0);
    /* A second name of a file that is somebody's. */
    file = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(link(other, path), 0);
    assert_int_equal(tell(&events, "x\n", &error), -1);
    assert_int_equal(error.kind, ERROR_DENIED);
    assert_string_equal(content(other), "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(tell(&events, "x\n", &error), -1);
    assert_int_equal(rmdir(path), 0);
}

static void locked(void **state)
{
    const struct configuration_events events = events_to_file(0);
    struct error error;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(flock(file, LOCK_EX), 0);
    assert_int_equal(tell(&events, "x\n", &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_string_equal(content(path), "");
    close(file);
    assert_int_equal(tell(&events, "x\n", &error), 0);
}

static void pipes(void **state)
{
    static char line[PIPE_BUF + 2];
    const struct configuration_events events = events_to_file(0);
    struct error error;
    ssize_t length;
    int reader, told = 0;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(tell(&events, "x\n", &error), -1);
    assert_non_null(strstr(error.message, "nobody reads"));
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_int_equal(tell(&events, "x\n", &error), 0);
    assert_int_equal(read(reader, line, sizeof(line)), 2);
    memset(line, 'y', PIPE_BUF + 1);
    assert_int_equal(tell(&events, line, &error), -1);
    line[PIPE_BUF - 1] = '\n';
    line[PIPE_BUF] = '\0';
    /* Full: it waits no longer than it was told to. */
    while (tell(&events, line, &error) == 0)
        assert_true(++told < 1000);
    assert_int_equal(error.kind, ERROR_LIMIT);
    length = read(reader, line, sizeof(line));
    assert_true(length > 0);
    close(reader);
}

static void counted(void **state)
{
    cleanup_fd int place = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct decision_counters *counters;
    struct error error;

    (void)state;
    assert_true(place >= 0);
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            for (int round = 0; round < 1000; round++) {
                if (decision_counters_map(place, &counters, &error) != 0)
                    _exit(1);
                __atomic_add_fetch(&counters->sequence, 1, __ATOMIC_RELAXED);
                decision_counters_unmap(&counters);
            }
            _exit(0);
        }
    for (int i = 0; i < 4; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(decision_counters_map(place, &counters, &error), 0);
    assert_int_equal(counters->sequence, 4000);
    assert_int_equal(counters->dropped, 0);
    decision_counters_unmap(&counters);
    assert_int_equal(unlinkat(place, "decisions", 0), 0);
}

/* ---- telling as a whole ---- */

static unsigned int notices_seen;

static void on_notice(void *context, enum notice_level level, const char *line)
{
    (void)context;
    assert_int_equal(level, NOTICE_LOGGED);
    assert_non_null(strstr(line, "could not be told"));
    notices_seen++;
}

static int tell_decision(const struct configuration_events *events, bool required, bool audit, bool refused,
                         int place, struct error *error)
{
    const struct notices notices = {.receive = on_notice};
    const struct configuration configuration = {.events = events};
    const struct policy policy = {.name = "strict", .file = "strict.json", .audit_required = required};
    const struct policy_applied applied = {.policy = &policy, .audit = audit};
    const struct policy_set set = {.items = &applied, .count = 1};
    const struct policy_decision decision = {.refused = refused};
    const struct decision_event event = {
        .action = "create", .id = "c1", .policies = &set, .decision = &decision};
    cleanup_arena struct arena arena = {0};

    notices_seen = 0;
    return decision_event_tell(&event, &configuration, place, &notices, &arena, error);
}

static void told(void **state)
{
    const struct configuration_events events = events_to_file(0), none = {.sink = "none"};
    cleanup_fd int place = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct error error;

    (void)state;
    assert_int_equal(tell_decision(&events, true, false, false, place, &error), 0);
    assert_non_null(strstr(content(path), "\"sequence\":1,\"dropped\":0,"));
    /* One that cannot be told is missing, and the next one says so. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(tell_decision(&events, false, false, false, place, &error), 0);
    assert_int_equal(notices_seen, 1);
    assert_int_equal(tell_decision(&events, true, false, false, place, &error), -1);
    assert_int_equal(error.kind, ERROR_DENIED);
    assert_non_null(strstr(error.message, "strict.json"));
    /* Refused anyway; only reported. */
    assert_int_equal(tell_decision(&events, true, false, true, -1, &error), 0);
    assert_int_equal(notices_seen, 1);
    assert_int_equal(tell_decision(&events, true, true, false, place, &error), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(tell_decision(&events, false, false, false, place, &error), 0);
    assert_non_null(strstr(content(path), "\"sequence\":5,\"dropped\":3,"));
    /* Before there is a container. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(tell_decision(&events, false, false, true, -1, &error), 0);
    assert_non_null(strstr(content(path), "\"sequence\":0,\"dropped\":0,"));
    /* No sink: no work, unless one is required. */
    assert_int_equal(unlinkat(place, "decisions", 0), 0);
    assert_int_equal(tell_decision(&none, false, false, false, place, &error), 0);
    assert_int_equal(tell_decision(NULL, false, false, false, place, &error), 0);
    assert_int_equal(faccessat(place, "decisions", F_OK, 0), -1);
    assert_int_equal(tell_decision(&none, true, false, false, place, &error), -1);
    assert_int_equal(error.kind, ERROR_DENIED);
    assert_int_equal(tell_decision(NULL, true, true, false, place, &error), 0);
    assert_int_equal(notices_seen, 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, make_place, clear_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(appended), CASE(put_aside), CASE(together), CASE(hostile_places),
        CASE(locked),   CASE(pipes),     CASE(counted),  CASE(told),
    };

    return cmocka_run_group_tests(tests, NULL, remove_place);
}
