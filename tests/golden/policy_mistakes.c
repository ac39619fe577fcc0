/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an author is told: every mistake of a policy, at its line and column, with its pointer and how to mend
 * it. bad/NAME.json has one mistake each, many/NAME.json has thirty. NAME.expected holds
 * what is told, a line a mistake; THWART_UPDATE_GOLDEN=1 writes it anew.
 *
 * Usage: policy_mistakes DIRECTORY one|many
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "golden_files.h"
#include "policy/read.h"

enum { TEXT_MAX = 1 << 20, MANY = 30 };

static struct golden_tally tally;

static void complain(const char *path, const char *what, const char *more)
{
    fprintf(stderr, "%s: %s\n%s", path, what, more);
    tally.wrong++;
}

static void append_problems(struct text *text, const struct policy_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct policy_problem *problem = &problems->items[i];

        text_append_format(text, "%u:%u: %s%s%s\n", problem->line, problem->column, problem->pointer,
                           *problem->pointer != '\0' ? ": " : "", problem->text);
    }
}

/* The first problem again, as one line for who shows only that. */
static void check_error(const char *path, const char *name, const struct policy_problems *problems,
                        const struct error *error)
{
    char begin[64];

    text_print(begin, sizeof(begin), "%s:%u:%u: ", name, problems->items[0].line, problems->items[0].column);
    if (error->kind != ERROR_INVALID || !text_starts_with(error->message, begin) ||
        strstr(error->message, problems->items[0].text) == NULL)
        complain(path, "the error is not the first problem", error->message);
    if ((problems->count > 1) != (strstr(error->message, "more)") != NULL))
        complain(path, "the error does not say how many more there are", error->message);
}

static void check_file(const char *directory, const char *name, bool one)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text found = text_growing(TEXT_MAX);
    const char *path = arena_format(&arena, "%s/%s", directory, name);
    const char *expected_path =
        arena_format(&arena, "%.*s.expected", (int)(strlen(path) - strlen(".json")), path);
    struct policy_problems problems = {0};
    const struct policy *policy;
    struct error error = {0};
    size_t length = 0;
    const char *bytes = golden_read(&arena, path, &length);

    if (bytes == NULL || policy_read(bytes, length, name, NULL, &arena, &problems, &policy, &error) == 0) {
        complain(path, "is no bad policy", "");
        return;
    }
    if (policy != NULL || problems.count != (one ? 1 : MANY))
        complain(path, "has another number of mistakes, or a policy all the same", "");
    append_problems(&found, &problems);
    check_error(path, name, &problems, &error);
    golden_compare(&tally, expected_path, found.bytes);
}

int main(int argc, char **argv)
{
    DIR *directory = argc == 3 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;

    if (directory == NULL) {
        fprintf(stderr, "usage: policy_mistakes DIRECTORY one|many\n");
        return 2;
    }
    while ((entry = readdir(directory)) != NULL)
        if (text_ends_with(entry->d_name, ".json"))
            check_file(argv[1], entry->d_name, strcmp(argv[2], "one") == 0);
    closedir(directory);
    printf("%zu policies, %zu wrong\n", tally.compared, tally.wrong);
    return tally.wrong > 0 || tally.compared == 0;
}
