/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Option tables: every form in which engines and people write options, what is refused, and the table of exit
 * statuses. */
#include "unit.h"

#include "base/memory.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "json/table.h"

struct values {
    bool force, tty;
    const char *root, *format;
    uint32_t number;
    struct json_strings list;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    {"force", 'f', OPTION_FLAG, offsetof(struct values, force), NULL, "a flag"},
    {"tty", 't', OPTION_BOOLEAN, offsetof(struct values, tty), "BOOL", "a flag with a value"},
    {"root", 0, OPTION_STRING, offsetof(struct values, root), "DIR", "a string"},
    {"format", 'F', OPTION_WORD, offsetof(struct values, format), "FORMAT", "a word", .words = formats},
    {"number", 'n', OPTION_NUMBER, offsetof(struct values, number), "N", "a number", .maximum = 100},
    {"env", 'e', OPTION_LIST, offsetof(struct values, list), "NAME=VALUE", "a list", .other_short_name = 'E'},
    {"lazy", 'l', OPTION_REFUSED, 0, NULL, "nobody is lazy here"},
};

static const struct option_table table = {.rows = rows, .count = ARRAY_LENGTH(rows)};

static int parse(struct arena *arena, bool stop, const char *line, struct values *values,
                 struct option_rest *rest, struct error *error)
{
    static char copy[512];
    char *words[32];
    size_t count = 0;
    char *cursor = copy;

    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word = strsep(&cursor, " "); word != NULL; word = strsep(&cursor, " "))
        words[count++] = word;
    memset(values, 0, sizeof(*values));
    memset(error, 0, sizeof(*error));
    return options_parse(&table, words, count, stop, "thwart test", values, arena, rest, error);
}

static void every_form(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct values values;
    struct option_rest rest;
    struct error error;

    (void)state;
    assert_int_equal(parse(&arena, false, "--root /a --force ID 9", &values, &rest, &error), 0);
    assert_string_equal(values.root, "/a");
    assert_true(values.force);
    assert_int_equal(rest.count, 2);
    assert_string_equal(rest.words[1], "9");

    assert_int_equal(parse(&arena, false, "ID --root=/a=b -fn 7", &values, &rest, &error), 0);
    assert_string_equal(values.root, "/a=b");
    assert_true(values.force);
    assert_int_equal(values.number, 7);
    assert_int_equal(rest.count, 1);

    assert_int_equal(
        parse(&arena, false, "-n7 -Fjson -eA=1 -e B=2 --env=C=3 --root= -", &values, &rest, &error), 0);
    assert_int_equal(values.number, 7);
    assert_string_equal(values.format, "json");
    assert_int_equal(values.list.count, 3);
    assert_string_equal(values.list.items[2], "C=3");
    assert_string_equal(values.root, "");
    assert_string_equal(rest.words[0], "-");

    assert_int_equal(parse(&arena, false, "-EA=1 -E B=2", &values, &rest, &error), 0);
    assert_int_equal(values.list.count, 2);
    assert_int_equal(parse(&arena, false, "-?", &values, &rest, &error), 0);
    assert_true(rest.help);
    assert_int_equal(parse(&arena, false, "ID --usage", &values, &rest, &error), 0);
    assert_true(rest.help);

    assert_int_equal(parse(&arena, false, "--tty --force=false -- --root", &values, &rest, &error), 0);
    assert_true(values.tty);
    assert_false(values.force);
    assert_string_equal(rest.words[0], "--root");

    assert_int_equal(parse(&arena, false, "--tty=false -h", &values, &rest, &error), 0);
    assert_false(values.tty);
    assert_true(rest.help);
    assert_int_equal(parse(&arena, false, "ID -9 -5x", &values, &rest, &error), 0);
    assert_int_equal(rest.count, 3);
    assert_int_equal(parse(&arena, false, "--root --force", &values, &rest, &error), 0);
    assert_string_equal(values.root, "--force");
}

static void a_command_keeps_its_own_options(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct values values;
    struct option_rest rest;
    struct error error;

    (void)state;
    assert_int_equal(parse(&arena, true, "-t ID ls -f --unknown -- x", &values, &rest, &error), 0);
    assert_true(values.tty);
    assert_false(values.force);
    assert_int_equal(rest.count, 6);
    assert_string_equal(rest.words[2], "-f");
    assert_string_equal(rest.words[4], "--");
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"--forse", "did you mean --force"},
        {"--hepl", "did you mean --help"},
        {"--completely-different", "--completely-different"},
        {"-x", "-x"},
        {"-fx", "-fx"},
        {"--root", "flag needs an argument: --root DIR"},
        {"-n", "flag needs an argument: --number N"},
        {"--number=101", "0 to 100"},
        {"--number=+1", "0 to 100"},
        {"--number=01", "0 to 100"},
        {"--number=", "0 to 100"},
        {"--format=xml", "text, json"},
        {"--tty=maybe", "neither true nor false"},
        {"--force=maybe", "neither true nor false"},
        {"--roo=1", "did you mean --root"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct values values;
        struct option_rest rest;
        struct error error;

        assert_int_equal(parse(&arena, false, cases[i].line, &values, &rest, &error), -1);
        assert_int_equal(error.kind, ERROR_USAGE);
        if (strstr(error.message, cases[i].message) == NULL)
            fail_msg("%s: %s", cases[i].line, error.message);
    }
}

static void help_has_a_line_for_each(void **state)
{
    cleanup_text struct text text = text_growing(65536);

    (void)state;
    options_describe(&table, &text);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const bool shown = rows[i].kind != OPTION_REFUSED;

        assert_int_equal(strstr(text.bytes, rows[i].name) != NULL, shown);
        assert_int_equal(strstr(text.bytes, rows[i].help) != NULL, shown);
    }
    assert_non_null(strstr(text.bytes, "-t, --tty[=BOOL]"));
    assert_non_null(strstr(text.bytes, "-h, --help"));
}

static void exit_statuses(void **state)
{
    (void)state;
    assert_int_equal(exit_status_for(EXIT_FAMILY_PLAIN, ERROR_SYSTEM), 1);
    assert_int_equal(exit_status_for(EXIT_FAMILY_PLAIN, ERROR_COMMAND_MISSING), 1);
    assert_int_equal(exit_status_for(EXIT_FAMILY_RUN, ERROR_COMMAND_MISSING), 127);
    assert_int_equal(exit_status_for(EXIT_FAMILY_RUN, ERROR_COMMAND_REFUSED), 126);
    assert_int_equal(exit_status_for(EXIT_FAMILY_RUN, ERROR_INVALID), 1);
    assert_int_equal(exit_status_for(EXIT_FAMILY_EXEC, ERROR_COMMAND_MISSING), 255);
    assert_int_equal(exit_status_for(EXIT_FAMILY_EXEC, ERROR_STATE), 255);
    assert_int_equal(exit_status_for(EXIT_FAMILY_EXEC, ERROR_USAGE), 2);
    assert_int_equal(exit_status_for(EXIT_FAMILY_PLAIN, ERROR_USAGE), 2);
}

/* What other runtimes take and we do not: by name, with the reason; help does not offer it. */
static void refused_by_name(void **state)
{
    static const char *const lines[] = {"--lazy", "--lazy=1", "-l", "-fl", "ID --lazy x"};
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(4096);
    struct values values;
    struct option_rest rest;
    struct error error;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
        assert_int_equal(parse(&arena, false, lines[i], &values, &rest, &error), -1);
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_non_null(strstr(error.message, "--lazy is refused: nobody is lazy here"));
    }
    assert_int_equal(parse(&arena, false, "--laz", &values, &rest, &error), -1);
    assert_null(strstr(error.message, "did you mean"));
    options_describe(&table, &text);
    assert_null(strstr(text.bytes, "lazy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form),
        cmocka_unit_test(refused_by_name),
        cmocka_unit_test(a_command_keeps_its_own_options),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(help_has_a_line_for_each),
        cmocka_unit_test(exit_statuses),
    };

    return cmocka_run_group_tests_name("cli_options", tests, NULL, NULL);
}
