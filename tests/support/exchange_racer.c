/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange_racer FIRST SECOND: swaps two names (a directory and a symlink, say) in an endless loop, the
 * attacker of every check-then-use race on a path. Ends at TERM and prints how often it swapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void note_stop(int number)
{
    stop = number;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = note_stop};
    unsigned long long count = 0;

    if (argc != 3) {
        dprintf(STDERR_FILENO, "usage: exchange_racer FIRST SECOND\n");
        return 2;
    }
    if (sigaction(SIGTERM, &action, NULL) < 0)
        return 1;
    while (!stop) {
        if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0) {
            dprintf(STDERR_FILENO, "exchange_racer: %s: %s\n", argv[1], strerror(errno));
            return 1;
        }
        count++;
    }
    printf("%llu\n", count);
    return 0;
}
