/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of network interfaces. */
#include "linux/network_counters.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/host_proc.h"
#include "linux/process_identity.h"

enum { DEVICES_BYTES_MAX = 4 * 1024 * 1024, COLUMNS = 16, PATH_SIZE = 64, NAMESPACE_SIZE = 64 };

/* "  eth0: 1296 16 0 …": name, colon, sixteen numbers. */
static bool parse_line(const char *line, size_t length, struct arena *arena,
                       struct network_counters *counters)
{
    const char *colon = memchr(line, ':', length);
    uint64_t columns[COLUMNS];
    const char *next;

    line += strspn(line, " ");
    if (colon == NULL || colon <= line || (size_t)(colon - line) >= IFNAMSIZ)
        return false;
    next = colon + 1;
    for (size_t i = 0; i < COLUMNS; i++) {
        next += strspn(next, " ");
        if (!number_scan_unsigned(&next, &columns[i]))
            return false;
    }
    *counters = (struct network_counters){
        .name = arena_copy(arena, line, (size_t)(colon - line)),
        .received_bytes = columns[0],
        .received_packets = columns[1],
        .received_errors = columns[2],
        .received_dropped = columns[3],
        .sent_bytes = columns[8],
        .sent_packets = columns[9],
        .sent_errors = columns[10],
        .sent_dropped = columns[11],
    };
    return true;
}

void network_counters_parse(const char *text, struct arena *arena, const struct network_counters **items,
                            size_t *count)
{
    size_t lines = 1;
    struct network_counters *list;

    for (const char *character = text; *character != '\0'; character++)
        lines += *character == '\n';
    list = arena_array(arena, lines, sizeof(*list));
    *count = 0;
    for (const char *line = text; *line != '\0'; line += *line == '\n') {
        size_t length = strcspn(line, "\n");

        if (parse_line(line, length, arena, &list[*count]))
            (*count)++;
        line += length;
    }
    *items = list;
}

/* "net:[4026531840]" of a process, in name. */
static bool name_namespace(const char *process, char name[NAMESPACE_SIZE])
{
    char path[PATH_SIZE];
    ssize_t length;

    text_print(path, sizeof(path), "/proc/%s/ns/net", process);
    length = readlink(path, name, NAMESPACE_SIZE - 1);
    if (length < 0)
        return false;
    name[length] = '\0';
    return true;
}

int network_counters_read(pid_t pid, int pidfd, struct arena *arena, const struct network_counters **items,
                          size_t *count, struct error *error)
{
    char process[24], path[PATH_SIZE], own[NAMESPACE_SIZE], its[NAMESPACE_SIZE], *text;
    cleanup_fd int file = -1;
    size_t length;
    int ended;

    *items = NULL;
    *count = 0;
    if (host_proc_require(error) != 0)
        return -1;
    text_print(process, sizeof(process), "%ld", (long)pid);
    if (!name_namespace("self", own) || !name_namespace(process, its) || strcmp(own, its) == 0)
        return 0;
    text_print(path, sizeof(path), "/proc/%s/net/dev", process);
    file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return errno == ENOENT || errno == ESRCH ? 0 : error_system(error, errno, "cannot open %s", path);
    if (descriptor_read_all(file, DEVICES_BYTES_MAX, path, arena, &text, &length, error) != 0)
        return -1;
    /* The number may be another process's by now. */
    ended = process_wait_end(pidfd, 0, error);
    if (ended != 0)
        return ended < 0 ? -1 : 0;
    network_counters_parse(text, arena, items, count);
    return 0;
}
