/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See threads.h. */
#include "trust/threads.h"

#include <sched.h>
#include <signal.h>

enum { STACK_BYTES = 512 * 1024, PROCESSORS_MAX = 16 };

bool thread_start(pthread_t *thread, void *(*work)(void *), void *context)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    bool started;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    sigfillset(&all);
    started = pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
              pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    if (started) {
        started = pthread_create(thread, &attributes, work, context) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
    return started;
}

size_t thread_processors(void)
{
    cpu_set_t set;

    /* More than 1024 processors: sched_getaffinity(2) says EINVAL. */
    if (sched_getaffinity(0, sizeof(set), &set) < 0)
        return PROCESSORS_MAX;

    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > PROCESSORS_MAX ? PROCESSORS_MAX : (size_t)count;
}
