/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a pid file: nameless file, text, then the name. */
#include "container/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"

/* Room is taken with the longest pid, so that a full disk shows in the beginning. */
static const char placeholder[] = "0000000000";

enum { PID_FILE_MODE = 0644 };

void pid_file_close(struct pid_file *pid_file)
{
    descriptor_close(&pid_file->file);
    descriptor_close(&pid_file->directory);
}

int pid_file_begin(const char *path, struct arena *arena, struct pid_file *pid_file, struct error *error)
{
    const char *slash;
    struct stat status;

    *pid_file = (struct pid_file)PID_FILE_NONE;
    if (path == NULL)
        return 0;
    slash = strrchr(path, '/');
    pid_file->path = path;
    pid_file->name = slash == NULL ? path : slash + 1;
    if (pid_file->name[0] == '\0')
        return error_set(error, ERROR_USAGE, "--pid-file \"%s\" names no file", path);
    pid_file->directory = open(slash == NULL   ? "."
                               : slash == path ? "/"
                                               : arena_copy(arena, path, (size_t)(slash - path)),
                               O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (pid_file->directory < 0)
        return error_system(error, errno, "opening the directory of the pid file %s", path);
    if (fstatat(pid_file->directory, pid_file->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(status.st_mode))
        return error_set(error, ERROR_USAGE, "the pid file %s is a directory", path);
    pid_file->file = openat(pid_file->directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, PID_FILE_MODE);
    if (pid_file->file >= 0) {
        /* Mode as said, whatever our umask for state files is: engines of other users read it. */
        if (fchmod(pid_file->file, PID_FILE_MODE) != 0 ||
            descriptor_write_all(pid_file->file, placeholder, strlen(placeholder)) != 0)
            return error_system(error, errno, "writing the pid file %s", path);
        return 0;
    }
    /* No nameless files on this file system (EISDIR is what kernels before 3.11 say): at least the right to
     * make one is known. */
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOSYS)
        return error_system(error, errno, "making the pid file %s", path);
    if (faccessat(pid_file->directory, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return error_system(error, errno, "making the pid file %s", path);
    return 0;
}

/* Give the nameless file a name. Without CAP_DAC_READ_SEARCH the kernel wants the way through /proc. -1 with
 * errno. */
static int give_name(const struct pid_file *pid_file, const char *name)
{
    char self[64];

    if (linkat(pid_file->file, "", pid_file->directory, name, AT_EMPTY_PATH) == 0)
        return 0;
    if (errno != ENOENT && errno != EPERM)
        return -1;
    text_print(self, sizeof(self), "/proc/self/fd/%d", pid_file->file);
    return linkat(AT_FDCWD, self, pid_file->directory, name, AT_SYMLINK_FOLLOW);
}

static int make_named(struct pid_file *pid_file, const char *name)
{
    pid_file->file = openat(pid_file->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                            PID_FILE_MODE);
    return pid_file->file < 0 ? -1 : fchmod(pid_file->file, PID_FILE_MODE);
}

/* A name beside the wanted one, for the rename. */
static int commit_by_rename(struct pid_file *pid_file, bool named_file, const char *text, size_t length)
{
    char temporary[280];

    if (text_print(temporary, sizeof(temporary), ".%.200s.%ld", pid_file->name, (long)getpid()) != 0) {
        errno = ENAMETOOLONG;
        return -1;
    }
    unlinkat(pid_file->directory, temporary,
             0); /* of a process that had our number and was killed; usually not there */
    if (named_file
            ? make_named(pid_file, temporary) != 0 || descriptor_write_all(pid_file->file, text, length) != 0
            : give_name(pid_file, temporary) != 0) {
        int number = errno;
        unlinkat(pid_file->directory, temporary, 0);
        errno = number;
        return -1;
    }
    if (renameat(pid_file->directory, temporary, pid_file->directory, pid_file->name) != 0) {
        int number = errno;
        unlinkat(pid_file->directory, temporary, 0);
        errno = number;
        return -1;
    }
    return 0;
}

int pid_file_commit(struct pid_file *pid_file, pid_t pid, struct error *error)
{
    char digits[24];
    struct text text = text_over(digits, sizeof(digits));

    if (pid_file->path == NULL)
        return 0;
    text_append_signed(&text, pid);
    if (pid_file->file < 0) {
        if (commit_by_rename(pid_file, true, text.bytes, text.length) != 0)
            return error_system(error, errno, "making the pid file %s", pid_file->path);
        return 0;
    }
    if (pwrite(pid_file->file, text.bytes, text.length, 0) != (ssize_t)text.length ||
        ftruncate(pid_file->file, (off_t)text.length) != 0)
        return error_system(error, errno, "writing the pid file %s", pid_file->path);
    if (give_name(pid_file, pid_file->name) == 0)
        return 0;
    if (errno != EEXIST || commit_by_rename(pid_file, false, text.bytes, text.length) != 0)
        return error_system(error, errno, "naming the pid file %s", pid_file->path);
    return 0;
}

void pid_file_remove(const struct pid_file *pid_file)
{
    if (pid_file->path != NULL)
        unlinkat(pid_file->directory, pid_file->name, 0);
}
