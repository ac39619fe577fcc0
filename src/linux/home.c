/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the container's /etc/passwd: an image's file, so every length is bounded and every field checked.
 */
#include "linux/home.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/rootfs_path.h"

enum { LINE_MAX_BYTES = 4096, FILE_MAX_BYTES = 4 * 1024 * 1024, FIELD_UID = 2, FIELD_HOME = 5 };

/* Field number `index` of a line, ended by NUL in place; NULL when the line has fewer. */
static char *field_of(char *line, int index)
{
    for (; index > 0 && line != NULL; index--) {
        line = strchr(line, ':');
        line += line != NULL ? 1 : 0;
    }
    if (line != NULL)
        line[strcspn(line, ":")] = '\0';
    return line;
}

/* The line is about uid: take its home, if that can be one. */
static bool take_line(char *line, uint32_t uid, char *home, size_t size)
{
    uint64_t number;
    char copy[LINE_MAX_BYTES];
    const char *user, *path;

    if (text_print(copy, sizeof(copy), "%s", line) < 0)
        return false;
    user = field_of(copy, FIELD_UID);
    if (user == NULL || !number_unsigned(user, UINT32_MAX, &number) || number != uid)
        return false;
    path = field_of(line, FIELD_HOME);
    if (path == NULL || path[0] != '/' || text_has_control(path) || text_print(home, size, "%s", path) < 0)
        (void)text_print(home, size, "/");
    return true;
}

/* The first line about uid decides, as for getpwuid(3). Lines that are too long are passed over. */
static void search(int file, uint32_t uid, char *home, size_t size)
{
    char buffer[LINE_MAX_BYTES];
    size_t have = 0, total = 0;
    bool skipping = false;

    for (;;) {
        ssize_t got = read(file, buffer + have, sizeof(buffer) - 1 - have);
        char *line = buffer, *end;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return;
        have += (size_t)got;
        total += (size_t)got;
        buffer[have] = '\0';
        if (strlen(buffer) != have || total > FILE_MAX_BYTES)
            return; /* no text file */
        while ((end = strchr(line, '\n')) != NULL || (got == 0 && *line != '\0')) {
            if (end != NULL)
                *end = '\0';
            if (!skipping && take_line(line, uid, home, size))
                return;
            skipping = false;
            line = end != NULL ? end + 1 : line + strlen(line);
        }
        if (got == 0)
            return;
        have = strlen(line);
        if (have == sizeof(buffer) - 1) {
            skipping = true;
            have = 0;
        } else {
            memmove(buffer, line, have);
        }
    }
}

void home_find(uint32_t uid, char *home, size_t size)
{
    const struct container_path users = {"/etc/passwd"};
    cleanup_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), file = -1;

    (void)text_print(home, size, "/");
    if (root >= 0 && rootfs_path_open_file(root, users, &file) == 0)
        search(file, uid, home, size);
}
