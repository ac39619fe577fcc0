/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A main for fuzz targets without libFuzzer: runs each file, and each file of a directory; options (-…) are
 * for libFuzzer. */
#include "fuzzer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

static int replay_file(const char *path)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    struct error error;
    char *bytes;
    size_t length;

    if (file < 0) {
        fprintf(stderr, "%s: %s\n", path, error_errno_text(errno));
        return -1;
    }
    if (descriptor_read_all(file, (size_t)1 << 26, path, &arena, &bytes, &length, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return -1;
    }
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
    return 0;
}

static int replay_directory(const char *path, DIR *directory, size_t *count)
{
    cleanup_arena struct arena arena = {0};
    const struct dirent *entry;

    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (replay_file(arena_format(&arena, "%s/%s", path, entry->d_name)) < 0)
            return -1;
        (*count)++;
    }
    return 0;
}

int main(int argc, char **argv)
{
    size_t count = 0;

    for (int i = 1; i < argc; i++) {
        DIR *directory;
        int result;

        if (argv[i][0] == '-')
            continue;
        directory = opendir(argv[i]);
        if (directory == NULL) {
            result = replay_file(argv[i]);
            count++;
        } else {
            result = replay_directory(argv[i], directory, &count);
            closedir(directory);
        }
        if (result < 0)
            return 1;
    }
    printf("%zu inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}
