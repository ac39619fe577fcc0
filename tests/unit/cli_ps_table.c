/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of ps's output by pid. */
#include "unit.h"

#include "base/memory.h"
#include "cli/ps_table.h"

static const pid_t processes[] = {7, 320, 100000};

static void expect(const char *output, const char *expected)
{
    struct error error = {0};
    cleanup_text struct text text = text_growing(4096);

    if (ps_table_filter(output, processes, ARRAY_LENGTH(processes), &text, &error) != 0)
        fail_msg("%s", error.message);
    assert_string_equal(text.bytes, expected);
}

static void by_word(void **state)
{
    (void)state;
    expect("UID          PID    PPID CMD\n"
           "root           7       1 a\n"
           "root          70       7 320\n"
           "a-very-long-user-name 320       1 b\n"
           "root      100000     320 c d\n",
           "UID          PID    PPID CMD\n"
           "root           7       1 a\n"
           "a-very-long-user-name 320       1 b\n"
           "root      100000     320 c d\n");
    expect("  PID TTY\n    7 ?\n", "  PID TTY\n    7 ?\n");
    expect("  PID TTY", "  PID TTY\n");
    expect("PID   USER\n    1 root\n  320 root\n", "PID   USER\n  320 root\n");
}

/* Commands may hold blanks. */
static void by_place(void **state)
{
    (void)state;
    expect("COMMAND             PID\n"
           "tmux: server        320\n"
           "Web Content          11\n"
           "sh                    7\n",
           "COMMAND             PID\n"
           "tmux: server        320\n"
           "sh                    7\n");
}

static void what_cannot_be_told(void **state)
{
    static const char *const outputs[] = {"", "COMMAND\nsh\n", "PPID LPID\n1 7\n", "PID\nseven\n",
                                          "COMMAND PID\nx y z\n"};
    struct error error = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(outputs); i++) {
        cleanup_text struct text text = text_growing(4096);

        assert_int_equal(ps_table_filter(outputs[i], processes, ARRAY_LENGTH(processes), &text, &error), -1);
        assert_int_equal(error.kind, ERROR_UNSUPPORTED);
        assert_non_null(strstr(error.message, "PID"));
    }
}

static void nobody(void **state)
{
    struct error error = {0};
    cleanup_text struct text text = text_growing(4096);

    (void)state;
    assert_int_equal(ps_table_filter("PID CMD\n1 init\n", NULL, 0, &text, &error), 0);
    assert_string_equal(text.bytes, "PID CMD\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_word),
        cmocka_unit_test(by_place),
        cmocka_unit_test(what_cannot_be_told),
        cmocka_unit_test(nobody),
    };

    return cmocka_run_group_tests_name("cli_ps_table", tests, NULL, NULL);
}
