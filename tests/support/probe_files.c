/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subcommands on files and mounts: each tries one system call and tells the errno. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

int tell_outcome(const char *what, const char *object, long result)
{
    int error = result < 0 ? errno : 0;

    json_open(NULL, '{');
    json_text("did", what);
    json_text("on", object);
    json_number("result", result);
    json_error("error", error);
    json_close('}');
    json_flush();
    return result < 0;
}

static int stat_paths(int argc, char **argv)
{
    json_open(NULL, '[');
    for (int index = 1; index < argc; index++)
        describe_path(argv[index]);
    json_close(']');
    json_flush();
    return 0;
}

static int read_path(int argc, char **argv)
{
    static char text[1u << 20];
    long length = read_small_file(argv[1], text, sizeof text);
    int error = length < 0 ? errno : 0;

    (void)argc;
    json_open(NULL, '{');
    json_text("did", "read");
    json_text("on", argv[1]);
    json_error("error", error);
    json_bytes("text", text, length < 0 ? 0 : (size_t)length);
    json_close('}');
    json_flush();
    return length < 0;
}

/* Opens for writing only (no O_CREAT, no O_TRUNC) and writes the text. */
static int write_path(int argc, char **argv)
{
    const char *text = argc > 2 ? argv[2] : "written by the probe";
    int fd = open(argv[1], O_WRONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return tell_outcome("write", argv[1], -1);
    ssize_t count = write(fd, text, strlen(text));
    int saved = errno;
    close(fd);
    errno = saved;
    return tell_outcome("write", argv[1], count);
}

/* Opens with the flags named: r, w, rw, then letters c(reate) x(cl) t(runcate) n(ofollow) d(irectory) p(ath).
 */
static int open_path(int argc, char **argv)
{
    int flags = O_CLOEXEC | O_NONBLOCK;
    const char *letters = argc > 2 ? argv[2] : "r";

    flags |= strchr(letters, 'w') ? (strchr(letters, 'r') ? O_RDWR : O_WRONLY) : O_RDONLY;
    flags |= strchr(letters, 'c') ? O_CREAT : 0;
    flags |= strchr(letters, 'x') ? O_EXCL : 0;
    flags |= strchr(letters, 't') ? O_TRUNC : 0;
    flags |= strchr(letters, 'n') ? O_NOFOLLOW : 0;
    flags |= strchr(letters, 'd') ? O_DIRECTORY : 0;
    flags |= strchr(letters, 'p') ? O_PATH : 0;
    int fd = open(argv[1], flags, 0644);
    int status = tell_outcome("open", argv[1], fd < 0 ? -1 : 0);
    if (fd >= 0)
        close(fd);
    return status;
}

static int truncate_path(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("truncate", argv[1], truncate(argv[1], 0));
}

static int make_directory(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("mkdir", argv[1], mkdir(argv[1], 0755));
}

static int remove_directory(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("rmdir", argv[1], rmdir(argv[1]));
}

static int remove_file(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("unlink", argv[1], unlink(argv[1]));
}

static int rename_path(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("rename", argv[1], rename(argv[1], argv[2]));
}

static int change_mode(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("chmod", argv[1], chmod(argv[1], (mode_t)parse_number(argv[2])));
}

static int change_owner(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("chown", argv[1],
                        chown(argv[1], (uid_t)parse_number(argv[2]), (gid_t)parse_number(argv[3])));
}

static int make_node(int argc, char **argv)
{
    mode_t mode = 0666;
    dev_t device = 0;

    switch (argv[2][0]) {
    case 'c':
        mode |= S_IFCHR;
        break;
    case 'b':
        mode |= S_IFBLK;
        break;
    case 'p':
        mode |= S_IFIFO;
        break;
    default:
        return 2;
    }
    if (argc > 4)
        device = makedev((unsigned)parse_number(argv[3]), (unsigned)parse_number(argv[4]));
    return tell_outcome("mknod", argv[1], mknod(argv[1], mode, device));
}

/* mount SOURCE TARGET TYPE FLAGS [DATA]: "-" for an absent source, type or data. */
static int mount_path(int argc, char **argv)
{
    const char *source = strcmp(argv[1], "-") ? argv[1] : NULL;
    const char *type = strcmp(argv[3], "-") ? argv[3] : NULL;
    const char *data = argc > 5 ? argv[5] : NULL;

    return tell_outcome("mount", argv[2],
                        mount(source, argv[2], type, (unsigned long)parse_number(argv[4]), data));
}

static int unmount_path(int argc, char **argv)
{
    return tell_outcome("umount", argv[1], umount2(argv[1], argc > 2 ? (int)parse_number(argv[2]) : 0));
}

static int change_directory(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("chdir", argv[1], chdir(argv[1]));
}

static int set_attribute(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("setxattr", argv[1], setxattr(argv[1], argv[2], argv[3], strlen(argv[3]), 0));
}

const struct probe_command probe_file_commands[] = {
    {"stat", 1, "PATH...", stat_paths},
    {"read", 1, "PATH", read_path},
    {"write", 1, "PATH [TEXT]", write_path},
    {"open", 1, "PATH [LETTERS]", open_path},
    {"truncate", 1, "PATH", truncate_path},
    {"mkdir", 1, "PATH", make_directory},
    {"rmdir", 1, "PATH", remove_directory},
    {"unlink", 1, "PATH", remove_file},
    {"rename", 2, "FROM TO", rename_path},
    {"chmod", 2, "PATH MODE", change_mode},
    {"chown", 3, "PATH UID GID", change_owner},
    {"mknod", 2, "PATH c|b|p [MAJOR MINOR]", make_node},
    {"mount", 4, "SOURCE TARGET TYPE FLAGS [DATA]", mount_path},
    {"umount", 1, "PATH [FLAGS]", unmount_path},
    {"chdir", 1, "PATH", change_directory},
    {"setxattr", 3, "PATH NAME VALUE", set_attribute},
    {NULL, 0, NULL, NULL},
};
