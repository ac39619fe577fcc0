/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lifecycle table whole, words that engines match, ids, signal names, times, and the undo stack. */
#include "unit.h"

#include "base/memory.h"
#include "container/container_id.h"
#include "container/lifecycle.h"
#include "container/signal_name.h"
#include "container/timestamp.h"
#include "container/undo.h"

/* Rows: operations; columns: creating, created, running, paused, stopped, broken. */
static const char *const expected[OPERATION_COUNT] = {
    [OPERATION_START] = "-y----",       [OPERATION_KILL] = "-yyy--",   [OPERATION_KILL_ALL] = "-yyyy-",
    [OPERATION_EXEC] = "-yy---",        [OPERATION_DELETE] = "----y-", [OPERATION_DELETE_FORCE] = "yyyyyy",
    [OPERATION_EXEC_PAUSED] = "-yyy--", [OPERATION_PAUSE] = "-yy---",  [OPERATION_RESUME] = "---y--",
    [OPERATION_CHECKPOINT] = "--yy--",  [OPERATION_PS] = "-yyyy-",     [OPERATION_UPDATE] = "-yyy--",
    [OPERATION_EVENTS] = "-yyy--",
};

static void every_operation_in_every_state(void **state)
{
    (void)state;
    for (int operation = 0; operation < OPERATION_COUNT; operation++) {
        for (int status = 0; status < CONTAINER_STATUS_COUNT; status++) {
            struct error error = {0};
            int result = lifecycle_check((enum container_operation)operation, (enum container_status)status,
                                         "c1", &error);

            if (expected[operation][status] == 'y') {
                assert_int_equal(result, 0);
                continue;
            }
            assert_int_equal(result, -1);
            assert_int_equal(error.kind, ERROR_STATE);
            assert_non_null(strstr(error.message, "c1"));
            assert_non_null(
                strstr(error.message, container_operation_name((enum container_operation)operation)));
        }
    }
}

static void engines_find_their_words(void **state)
{
    struct error error = {0};

    (void)state;
    assert_int_equal(lifecycle_check(OPERATION_KILL, CONTAINER_STOPPED, "c1", &error), -1);
    assert_non_null(strstr(error.message, "container not running"));
    assert_int_equal(lifecycle_check(OPERATION_PAUSE, CONTAINER_STOPPED, "c1", &error), -1);
    assert_non_null(strstr(error.message, "container not running"));
    assert_int_equal(lifecycle_check(OPERATION_RESUME, CONTAINER_STOPPED, "c1", &error), -1);
    assert_non_null(strstr(error.message, "container not running"));
    assert_int_equal(lifecycle_check(OPERATION_RESUME, CONTAINER_RUNNING, "c1", &error), -1);
    assert_non_null(strstr(error.message, "container not paused"));
    assert_string_equal(container_status_name(CONTAINER_CREATED), "created");
    assert_string_equal(container_status_name(CONTAINER_RUNNING), "running");
    assert_string_equal(container_status_name(CONTAINER_STOPPED), "stopped");
    assert_string_equal(container_status_name(CONTAINER_PAUSED), "paused");
    assert_string_equal(container_status_name(CONTAINER_CREATING), "creating");
}

static void ids(void **state)
{
    static const char *const good[] = {"a", "c1", "A_b+c.d-e", "...", "0", "+x", "_"};
    static const char *const bad[] = {"",    ".", "..",       "-x",   "a/b", "a b",
                                      "a\n", "*", "\xc3\xa4", "a\\b", "a:b", "@seccomp"};
    char longest[CONTAINER_ID_MAX + 2];
    struct error error = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
        assert_int_equal(container_id_check(good[i], &error), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_int_equal(container_id_check(bad[i], &error), -1);
        assert_int_equal(error.kind, ERROR_INVALID);
    }
    memset(longest, 'a', sizeof(longest));
    longest[CONTAINER_ID_MAX] = '\0';
    assert_int_equal(container_id_check(longest, &error), 0);
    longest[CONTAINER_ID_MAX] = 'a';
    longest[CONTAINER_ID_MAX + 1] = '\0';
    assert_int_equal(container_id_check(longest, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_non_null(strstr(error.message, "200"));
}

static void signal_names(void **state)
{
    static const struct {
        const char *text;
        int number;
    } good[] = {{"15", 15},   {"TERM", 15},     {"SIGTERM", 15}, {"term", 15},  {"sigkill", 9},  {"9", 9},
                {"USR1", 10}, {"SIGRTMIN", 34}, {"RTMIN+3", 37}, {"RTMAX", 64}, {"RTMAX-2", 62}, {"64", 64},
                {"0", 0},     {"33", 33},       {"WINCH", 28},   {"SYS", 31},   {"SIGPOLL", 29}};
    static const char *const bad[] = {"",         "65",         "-1",      "015",     "9x",
                                      "SIG",      "SIGSIGTERM", "TERMI",   "RTMIN-1", "RTMIN+31",
                                      "RTMAX-31", "RTMIN+x",    "RTMIN 1", " TERM",   "4294967305"};
    int number;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        assert_true(signal_from_name(good[i].text, &number));
        assert_int_equal(number, good[i].number);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_false(signal_from_name(bad[i], &number));
}

static void times(void **state)
{
    static const struct {
        struct timespec time;
        const char *text;
    } cases[] = {
        {{0, 0}, "1970-01-01T00:00:00.000000000Z"},
        {{951782400, 1}, "2000-02-29T00:00:00.000000001Z"},
        {{1709251199, 999999999}, "2024-02-29T23:59:59.999999999Z"},
        {{4107542400, 0}, "2100-03-01T00:00:00.000000000Z"},
        {{-1, 0}, "1969-12-31T23:59:59.000000000Z"},
        {{253402300799, 0}, "9999-12-31T23:59:59.000000000Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[TIMESTAMP_SIZE];
        timestamp_format(&cases[i].time, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* ---- undo ---- */

static char trace[16];

static int undo_ok(void *data, struct error *error)
{
    (void)error;
    trace[strlen(trace)] = *(const char *)data;
    return 0;
}

static int undo_fails(void *data, struct error *error)
{
    undo_ok(data, error);
    return error_set(error, ERROR_SYSTEM, "cannot");
}

static void count_notice(void *context, enum notice_level level, const char *line)
{
    assert_int_equal(level, NOTICE_WARNING);
    assert_non_null(strstr(line, "step b"));
    assert_non_null(strstr(line, "cannot"));
    (*(int *)context)++;
}

static void undo_goes_back_over_failures(void **state)
{
    int told = 0;
    struct notices notices = {.receive = count_notice, .context = &told};
    struct undo undo;
    char a = 'a', b = 'b', c = 'c';

    (void)state;
    memset(trace, 0, sizeof(trace));
    undo_begin(&undo, &notices);
    undo_push(&undo, "step a", undo_ok, &a);
    undo_push(&undo, "step b", undo_fails, &b);
    undo_push(&undo, "step c", undo_ok, &c);
    undo_emergency();
    assert_string_equal(trace, "cba");
    assert_int_equal(told, 1);
    undo_run(&undo);
    undo_emergency();
    assert_string_equal(trace, "cba");
}

static void undo_forgets(void **state)
{
    struct notices notices = {0};
    struct undo undo;
    char a = 'a';

    (void)state;
    memset(trace, 0, sizeof(trace));
    undo_begin(&undo, &notices);
    undo_push(&undo, "step a", undo_ok, &a);
    undo_forget(&undo);
    undo_run(&undo);
    undo_emergency();
    assert_string_equal(trace, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_in_every_state),
        cmocka_unit_test(engines_find_their_words),
        cmocka_unit_test(ids),
        cmocka_unit_test(signal_names),
        cmocka_unit_test(times),
        cmocka_unit_test(undo_goes_back_over_failures),
        cmocka_unit_test(undo_forgets),
    };

    return cmocka_run_group_tests_name("container_lifecycle", tests, NULL, NULL);
}
