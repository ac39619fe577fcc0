/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mountinfo.h. */
#include <string.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/host_proc.h"
#include "linux/mount_syscalls.h"
#include "linux/mountinfo.h"

int mountinfo_open(struct mountinfo *mountinfo, int procfs, struct error *error)
{
    mountinfo->start = mountinfo->end = 0;
    mountinfo->file = syscall_openat2(procfs, "self/mountinfo", O_RDONLY,
                                      RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
    return mountinfo->file >= 0 ? 0 : error_system(error, errno, "open the mount table");
}

int mountinfo_open_of(struct mountinfo *mountinfo, pid_t pid, struct error *error)
{
    char path[64];
    mountinfo->start = mountinfo->end = 0;
    mountinfo->file = -1;
    (void)text_print(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
    if (host_proc_require(error) < 0)
        return -1;
    mountinfo->file = open(path, O_RDONLY | O_CLOEXEC);
    return mountinfo->file >= 0 ? 0
                                : error_system(error, errno, "open the mount table of process %d", (int)pid);
}

void mountinfo_close(struct mountinfo *mountinfo)
{
    descriptor_close(&mountinfo->file);
}

/* The kernel writes space, tab, newline and backslash as \ooo. */
int mountinfo_decode(const char *from, char *to, size_t size)
{
    size_t length = 0;
    while (*from != '\0') {
        char character = *from++;
        if (character == '\\') {
            unsigned int value = 0;
            for (int i = 0; i < 3; i++, from++) {
                if (*from < '0' || *from > '7')
                    return -1;
                value = value * 8 + (unsigned int)(*from - '0');
            }
            character = (char)value;
        }
        if (length + 1 >= size)
            return -1;
        to[length++] = character;
    }
    to[length] = '\0';
    return 0;
}

/* The field at *cursor, NUL-terminated in place. NULL at the end. */
static char *next_field(char **cursor)
{
    char *field = *cursor;
    if (*field == '\0')
        return NULL;
    size_t length = strcspn(field, " ");
    *cursor = field[length] == '\0' ? field + length : field + length + 1;
    field[length] = '\0';
    return field;
}

/* id parent major:minor root mount_point options [optional…] - type source super_options */
int mountinfo_parse(char *line, struct mountinfo_entry *entry)
{
    char *cursor = line;
    const char *fields[6];
    for (size_t i = 0; i < 6; i++)
        if ((fields[i] = next_field(&cursor)) == NULL)
            return -1;
    if (!number_unsigned(fields[0], UINT64_MAX, &entry->id) ||
        !number_unsigned(fields[1], UINT64_MAX, &entry->parent) ||
        mountinfo_decode(fields[2], entry->device, sizeof(entry->device)) < 0 ||
        mountinfo_decode(fields[3], entry->root, sizeof(entry->root)) < 0 ||
        mountinfo_decode(fields[4], entry->mount_point, sizeof(entry->mount_point)) < 0)
        return -1;
    const char *field;
    do {
        field = next_field(&cursor);
        if (field == NULL)
            return -1;
    } while (strcmp(field, "-") != 0);
    field = next_field(&cursor);
    if (field == NULL || mountinfo_decode(field, entry->type, sizeof(entry->type)) < 0)
        return -1;
    /* What is mounted: a device, a word or nothing at all. */
    (void)next_field(&cursor);
    entry->options = cursor;
    return 0;
}

/* Room is made by moving what is left to the front. 1: more was read, 0: end of file. */
static int fill(struct mountinfo *mountinfo, struct error *error)
{
    size_t left = mountinfo->end - mountinfo->start;
    memmove(mountinfo->buffer, mountinfo->buffer + mountinfo->start, left);
    mountinfo->start = 0;
    mountinfo->end = left;
    if (left == sizeof(mountinfo->buffer))
        return error_set(error, ERROR_LIMIT, "read the mount table: a line is longer than %zu bytes",
                         sizeof(mountinfo->buffer));
    ssize_t count;
    do
        count = read(mountinfo->file, mountinfo->buffer + left, sizeof(mountinfo->buffer) - left);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return error_system(error, errno, "read the mount table");
    mountinfo->end += (size_t)count;
    return count > 0;
}

int mountinfo_next(struct mountinfo *mountinfo, struct mountinfo_entry *entry, struct error *error)
{
    for (;;) {
        char *line = mountinfo->buffer + mountinfo->start;
        char *newline = memchr(line, '\n', mountinfo->end - mountinfo->start);
        if (newline != NULL) {
            *newline = '\0';
            mountinfo->start += (size_t)(newline - line) + 1;
            if (mountinfo_parse(line, entry) < 0)
                return error_set(error, ERROR_SYSTEM, "read the mount table: a line has an unknown form");
            return 1;
        }
        int filled = fill(mountinfo, error);
        if (filled <= 0)
            return filled;
    }
}
