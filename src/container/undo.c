/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The undo stack. */
#include "container/undo.h"

#include <assert.h>

static struct undo *in_use;

void undo_begin(struct undo *undo, const struct notices *notices)
{
    undo->count = 0;
    undo->notices = notices;
    in_use = undo;
}

void undo_push(struct undo *undo, const char *what, int (*function)(void *, struct error *), void *data)
{
    assert(undo->count < UNDO_MAX);
    undo->steps[undo->count++] = (struct undo_step){what, function, data};
}

void undo_run(struct undo *undo)
{
    while (undo->count > 0) {
        const struct undo_step *step = &undo->steps[--undo->count];
        struct error error = {0};

        if (step->function(step->data, &error) != 0 && undo->notices != NULL)
            notice(undo->notices, NOTICE_WARNING, "%s could not be undone: %s", step->what, error.message);
    }
    undo_forget(undo);
}

void undo_forget(struct undo *undo)
{
    undo->count = 0;
    if (in_use == undo)
        in_use = NULL;
}

void undo_emergency(void)
{
    if (in_use != NULL)
        undo_run(in_use);
}
