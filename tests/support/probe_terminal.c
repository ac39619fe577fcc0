/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Terminals: which of the standard descriptors is one, its size, and whether the session has a controlling
 * one. */
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

void report_terminal(void)
{
    char key[2] = "0";
    struct winsize size = {0};
    struct stat status;

    json_open("terminal", '{');
    for (int fd = 0; fd <= 2; fd++) {
        key[0] = (char)('0' + fd);
        json_open(key, '{');
        json_bool("is_terminal", isatty(fd) == 1);
        if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
            json_number("rows", size.ws_row);
            json_number("columns", size.ws_col);
        }
        json_close('}');
    }
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    json_bool("controlling", fd >= 0);
    json_number("foreground_group", fd >= 0 ? tcgetpgrp(fd) : -1);
    json_number("session_of_0", tcgetsid(0));
    if (fd >= 0)
        close(fd);
    if (stat("/dev/console", &status) == 0) {
        json_device("console_rdev", status.st_rdev);
        json_unsigned("console_ino", status.st_ino);
        json_text("console_type", file_type_name(status.st_mode));
    }
    if (fstat(0, &status) == 0)
        json_device("rdev_of_0", status.st_rdev);
    json_close('}');
}
