/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See progress.h. */
#include "check/progress.h"

#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"

enum { FIRST_AFTER_MS = 500, EVERY_MS = 100, LINE_BYTES = 128 };

static int64_t now_ms(void)
{
    struct timespec now;

    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000 : 0;
}

void check_progress_begin(struct check_progress *progress, bool wanted)
{
    *progress = (struct check_progress){.wanted = wanted};
    if (wanted)
        progress->next_ms = now_ms() + FIRST_AFTER_MS;
}

/* A line that cannot be drawn is no reason to fail: nobody is there to read it. */
static void draw(const char *line)
{
    (void)descriptor_write_all(STDERR_FILENO, line, strlen(line));
}

void check_progress_show(struct check_progress *progress, const struct check_totals *totals)
{
    char line[LINE_BYTES];
    int64_t now;

    if (!progress->wanted || (now = now_ms()) < progress->next_ms)
        return;
    progress->next_ms = now + EVERY_MS;
    progress->shown = true;
    if (text_print(line, sizeof(line), "\r\033[K%zu checked, %zu do not conform", totals->targets,
                   totals->targets - totals->conform) == 0)
        draw(line);
}

void check_progress_hide(struct check_progress *progress)
{
    if (progress->shown)
        draw("\r\033[K");
    progress->shown = false;
}
