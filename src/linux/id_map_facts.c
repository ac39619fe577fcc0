/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See id_map_facts.h. */
#include "linux/id_map_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/host_proc.h"
#include "linux/path_facts.h"

enum { LINE_BYTES_MAX = 34 }; /* three numbers, right-aligned in ten characters each */

static bool scan_number(const char **cursor, uint32_t *number)
{
    uint64_t value;

    while (**cursor == ' ')
        (*cursor)++;
    if (!number_scan_unsigned(cursor, &value) || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool read_map(pid_t pid, const char *name, struct id_map_line *lines, size_t *count)
{
    char path[64], text[ID_MAP_LINES_MAX * LINE_BYTES_MAX];
    const char *cursor = text;

    if (text_print(path, sizeof(path), "/proc/%d/%s", (int)pid, name) < 0 ||
        descriptor_read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0)
        return false;
    for (*count = 0; *cursor != '\0'; (*count)++) {
        if (*count == ID_MAP_LINES_MAX || !scan_number(&cursor, &lines[*count].inside) ||
            !scan_number(&cursor, &lines[*count].outside) || !scan_number(&cursor, &lines[*count].size))
            return false;
        while (*cursor == '\n')
            cursor++;
    }
    return true;
}

bool id_map_facts_of_process(pid_t pid, struct id_map_facts *facts)
{
    struct error refused;

    return host_proc_require(&refused) == 0 && read_map(pid, "uid_map", facts->uids, &facts->uid_count) &&
           read_map(pid, "gid_map", facts->gids, &facts->gid_count);
}

/* Says so when it is inside, and stays until it is killed. */
static _Noreturn void visit(int namespace, int entered)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setns(namespace, CLONE_NEWUSER) < 0 || descriptor_write_all(entered, "", 1) != 0)
        _exit(1);
    for (;;)
        pause();
}

static bool look_from_inside(int namespace, struct id_map_facts *facts)
{
    cleanup_fd int reader = -1, writer = -1;
    bool found = false;
    int ends[2];
    ssize_t length;
    char byte;
    pid_t visitor;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    reader = ends[0];
    writer = ends[1];
    visitor = fork();
    if (visitor < 0)
        return false;
    if (visitor == 0)
        visit(namespace, writer);
    descriptor_close(&writer);
    do
        length = read(reader, &byte, 1);
    while (length < 0 && errno == EINTR);
    if (length == 1)
        found = id_map_facts_of_process(visitor, facts);
    kill(visitor, SIGKILL);
    while (waitpid(visitor, NULL, 0) < 0 && errno == EINTR)
        ;
    return found;
}

bool id_map_facts_of_namespace(const char *path, uint64_t device, uint64_t inode, struct id_map_facts *facts)
{
    /* Looked at before (namespace_fact_look): a user namespace opens without effect. */
    cleanup_fd int found = open(path, O_PATH | O_CLOEXEC), namespace = -1;
    char link[HOST_PROC_DESCRIPTOR_PATH_SIZE];
    uint64_t found_device, found_inode;
    struct error refused;

    if (found < 0 || host_proc_require(&refused) < 0 ||
        path_object_of(found, &found_device, &found_inode) < 0 || found_device != device ||
        found_inode != inode)
        return false;
    host_proc_descriptor_path(link, found, NULL);
    namespace = open(link, O_RDONLY | O_CLOEXEC);
    return namespace >= 0 && look_from_inside(namespace, facts);
}
