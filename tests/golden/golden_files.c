/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded files of golden tests; see golden_files.h. */
#include "golden_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

enum { FILE_MAX = 1 << 24, NAMES_MAX = 1024 };

_Noreturn void golden_give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

char *golden_read(struct arena *arena, const char *path, size_t *length)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    struct error error;
    char *bytes = NULL;

    if (file < 0 && errno == ENOENT)
        return NULL;
    if (file < 0)
        golden_give_up(path, strerror(errno));
    if (descriptor_read_all(file, FILE_MAX, path, arena, &bytes, length, &error) < 0)
        golden_give_up(path, error.message);
    return arena_copy(arena, bytes, *length);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char **golden_list(struct arena *arena, const char *directory, const char *suffix, size_t *count)
{
    const char **names = arena_array(arena, NAMES_MAX, sizeof(*names));
    DIR *stream = opendir(directory);

    *count = 0;
    if (stream == NULL)
        golden_give_up(directory, strerror(errno));
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (entry->d_name[0] == '.' || !text_ends_with(entry->d_name, suffix))
            continue;
        if (*count == NAMES_MAX)
            golden_give_up(directory, "too many entries");
        names[(*count)++] = arena_string(arena, entry->d_name);
    }
    closedir(stream);
    qsort(names, *count, sizeof(*names), compare_names);
    return names;
}

void golden_write(const char *path, const char *bytes)
{
    FILE *file = fopen(path, "we");

    if (file == NULL || fputs(bytes, file) < 0 || fclose(file) != 0)
        golden_give_up(path, strerror(errno));
}

bool golden_updates(void)
{
    return getenv("THWART_UPDATE_GOLDEN") != NULL;
}

/* The first line that differs, both ways. */
static void show_difference(const char *path, const char *expected, const char *found)
{
    size_t line = 1;

    for (;;) {
        size_t expected_length = strcspn(expected, "\n"), found_length = strcspn(found, "\n");

        if (expected_length != found_length || strncmp(expected, found, found_length) != 0 ||
            *expected == '\0') {
            fprintf(stderr, "%s:%zu: expected: %.*s\n%s:%zu: found:    %.*s\n", path, line,
                    (int)expected_length, expected, path, line, (int)found_length, found);
            return;
        }
        expected += expected_length + (expected[expected_length] == '\n');
        found += found_length + (found[found_length] == '\n');
        line++;
    }
}

void golden_compare(struct golden_tally *tally, const char *path, const char *found)
{
    cleanup_arena struct arena arena = {0};
    size_t length;
    const char *expected = golden_read(&arena, path, &length);

    tally->compared++;
    if (expected != NULL && strcmp(expected, found) == 0)
        return;
    if (golden_updates()) {
        golden_write(path, found);
        return;
    }
    tally->wrong++;
    if (expected == NULL)
        fprintf(stderr, "%s: missing; found: %.*s\n", path, (int)strcspn(found, "\n"), found);
    else
        show_difference(path, expected, found);
}
