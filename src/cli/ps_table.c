/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing lines of ps's output. */
#include "cli/ps_table.h"

#include <stdbool.h>
#include <string.h>
#include "base/number.h"

static const char blanks[] = " \t";

/* Where the pid stands. */
struct column {
    size_t word; /* number of words before it */
    size_t end;  /* offset behind it: ps aligns numbers to the right */
};

static bool find_column(const char *heading, size_t length, struct column *column)
{
    size_t at = 0;

    for (size_t word = 0;; word++) {
        size_t begin, size;

        begin = at + strspn(heading + at, blanks);
        if (begin >= length)
            return false;
        size = strcspn(heading + begin, " \t\n");
        if (size == 3 && memcmp(heading + begin, "PID", 3) == 0) {
            *column = (struct column){.word = word, .end = begin + size};
            return true;
        }
        at = begin + size;
    }
}

/* The number that is the whole word at text. */
static bool read_word(const char *text, pid_t *pid)
{
    uint64_t number;

    if (!number_scan_unsigned(&text, &number) || number == 0 || number > INT32_MAX ||
        (*text != '\0' && strchr(" \t\n", *text) == NULL))
        return false;
    *pid = (pid_t)number;
    return true;
}

static bool read_by_word(const char *line, size_t length, const struct column *column, pid_t *pid)
{
    size_t at = strspn(line, blanks);

    for (size_t word = 0; word < column->word && at < length; word++) {
        at += strcspn(line + at, " \t\n");
        at += strspn(line + at, blanks);
    }
    return at < length && read_word(line + at, pid);
}

static bool read_by_place(const char *line, size_t length, const struct column *column, pid_t *pid)
{
    size_t begin = column->end;

    if (column->end > length)
        return false;
    while (begin > 0 && strchr(blanks, line[begin - 1]) == NULL)
        begin--;
    return begin < column->end && read_word(line + begin, pid);
}

static bool is_among(pid_t pid, const pid_t *processes, size_t count)
{
    for (size_t i = 0; i < count && processes[i] <= pid; i++)
        if (processes[i] == pid)
            return true;
    return false;
}

int ps_table_filter(const char *output, const pid_t *processes, size_t count, struct text *text,
                    struct error *error)
{
    size_t length = strcspn(output, "\n");
    struct column column;

    if (!find_column(output, length, &column))
        return error_set(error, ERROR_UNSUPPORTED,
                         "what ps prints has no column PID, by which the container's processes are told: use "
                         "options that show it");
    text_append_bytes(text, output, length);
    text_append_character(text, '\n');
    for (const char *line = output + length; *line == '\n' && line[1] != '\0'; line += length) {
        pid_t pid;

        line++;
        length = strcspn(line, "\n");
        if (!read_by_word(line, length, &column, &pid) && !read_by_place(line, length, &column, &pid))
            return error_set(
                error, ERROR_UNSUPPORTED,
                "ps's line \"%.*s\" has no number in its column PID: let the options show PID first",
                (int)(length < 200 ? length : 200), line);
        if (!is_among(pid, processes, count))
            continue;
        text_append_bytes(text, line, length);
        text_append_character(text, '\n');
    }
    return 0;
}
