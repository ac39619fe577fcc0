/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange_racer FIRST SECOND [PAUSE]: swaps two names (a directory and a symlink, say) in an endless loop,
 * the attacker of every check-then-use race on a path. PAUSE: waits each time, ever another while of up to so
 * many microseconds, for who looks twice. Ends at TERM and prints how often it swapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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
    unsigned long long count = 0, pause_us = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;

    if (argc != 3 && (argc != 4 || pause_us == 0)) {
        dprintf(STDERR_FILENO, "usage: exchange_racer FIRST SECOND [PAUSE]\n");
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
        if (pause_us > 0)
            usleep((useconds_t)(count * 7919 % pause_us));
    }
    printf("%llu\n", count);
    return 0;
}
