/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container's standard streams are connected to. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/checkpoint.h"
#include "linux/checkpoint_mounts.h"
#include "linux/host_proc.h"

/* Majors of /dev/tty and its like, and of the slaves of pseudo-terminals (devices.txt). */
enum { TTY_MAJOR = 4, TTY_AUXILIARY_MAJOR = 5, PTY_SLAVE_FIRST = 136, PTY_SLAVE_LAST = 143 };

bool checkpoint_stream_is_replaced(const char *key)
{
    return text_starts_with(key, "pipe:") || text_starts_with(key, "file[");
}

static bool is_terminal(const struct stat *status)
{
    const unsigned int number = major(status->st_rdev);

    return S_ISCHR(status->st_mode) && (number == TTY_MAJOR || number == TTY_AUXILIARY_MAJOR ||
                                        (number >= PTY_SLAVE_FIRST && number <= PTY_SLAVE_LAST));
}

/* The line "mnt_id:" of /proc/PID/fdinfo/N (proc_pid_fdinfo(5)). */
static int read_mount_id(pid_t pid, int number, uint64_t *id, struct error *error)
{
    static const char word[] = "mnt_id:";
    char path[64], text[4096];
    const char *line;

    (void)text_print(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, number);
    if (descriptor_read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0)
        return error_system(error, errno, "look at descriptor %d of the container", number);
    line = strstr(text, word);
    if (line != NULL) {
        line += strlen(word);
        line += strspn(line, " \t");
    }
    if (line == NULL || !number_scan_unsigned(&line, id))
        return error_set(error, ERROR_SYSTEM, "look at descriptor %d of the container: %s has no mnt_id",
                         number, path);
    return 0;
}

/*
 * A file that the engine opened on the host, /dev/null most of all, lies on no mount of the container: CRIU
 * calls it by mount and inode, and takes another in its place. Terminals are its own business.
 */
static int name_host_file(pid_t pid, int number, const char *path, char *key, struct error *error)
{
    struct stat status;
    uint64_t mount;
    int inside;

    if (stat(path, &status) != 0)
        return error_system(error, errno, "look at descriptor %d of the container", number);
    if ((!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode) && !S_ISFIFO(status.st_mode)) ||
        is_terminal(&status))
        return 0;
    if (read_mount_id(pid, number, &mount, error) != 0)
        return -1;
    inside = checkpoint_mount_is_inside(pid, mount, error);
    if (inside != 0)
        return inside < 0 ? -1 : 0;
    return text_print(key, CHECKPOINT_STREAM_KEY_SIZE, "file[%llx:%llx]", (unsigned long long)mount,
                      (unsigned long long)status.st_ino);
}

int checkpoint_streams_of(pid_t pid, struct checkpoint_streams *streams, struct error *error)
{
    if (host_proc_require(error) != 0)
        return -1;
    for (int i = 0; i < CHECKPOINT_STREAMS; i++) {
        char path[64], *key = streams->keys[i];
        ssize_t length;

        (void)text_print(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, i);
        length = readlink(path, key, CHECKPOINT_STREAM_KEY_SIZE - 1);
        if (length < 0 && errno != ENOENT)
            return error_system(error, errno, "look at descriptor %d of the container", i);
        key[length < 0 ? 0 : length] = '\0'; /* closed by the program */
        if (key[0] == '/' && name_host_file(pid, i, path, key, error) != 0)
            return -1;
    }
    return 0;
}
