/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tree_pool.h. */
#include "trust/tree_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "base/memory.h"
#include "trust/threads.h"

/* WAKE_AT: small files are looked at in less time than a thread is woken. */
enum { WAKE_AT = 16, GONE_ATTEMPTS = 1000, GONE_PAUSE_NS = 100000 };

struct tree_pool {
    const struct tree_visitor *visitor;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool ending;
    size_t in, out, begun; /* ever: put in, dropped, taken up; index modulo TREE_RING */
    size_t idle;           /* threads that wait for work */
    bool waits;            /* the caller, for the first entry */
    size_t thread_count;
    unsigned long links; /* of /proc/self/task before */
    struct tree_worker {
        struct tree_pool *pool;
        struct tree_reader reader;
        pthread_t thread;
    } workers[TREE_THREADS_MAX]; /* the first is the caller's */
    struct tree_entry entries[TREE_RING];
};

/* ---- work ---- */

/* The next entry that waits, taken up; NULL: none. The lock is held. */
static struct tree_entry *take_up(struct tree_pool *pool)
{
    while (pool->begun < pool->in) {
        struct tree_entry *entry = &pool->entries[pool->begun++ % TREE_RING];

        if (entry->state == ENTRY_WAITS) {
            entry->state = ENTRY_RUNS;
            return entry;
        }
    }
    return NULL;
}

/* The lock is held, but not while it looks. */
static void look(struct tree_worker *worker, struct tree_entry *entry)
{
    struct tree_pool *pool = worker->pool;
    const struct tree_path path = {entry->path, entry->path != NULL ? strlen(entry->path) : 0};
    const struct tree_place place = {entry->folder->descriptor, entry->name, &path};

    pthread_mutex_unlock(&pool->lock);
    (void)tree_look_at(&worker->reader, &place, &entry->order, pool->visitor, &entry->look, &entry->fault);
    pthread_mutex_lock(&pool->lock);
    entry->state = ENTRY_DONE;
    if (pool->waits && entry == &pool->entries[pool->out % TREE_RING])
        pthread_cond_signal(&pool->done);
}

static void *run_worker(void *context)
{
    struct tree_worker *worker = context;
    struct tree_pool *pool = worker->pool;

    pthread_mutex_lock(&pool->lock);
    while (!pool->ending) {
        struct tree_entry *entry = take_up(pool);

        if (entry != NULL) {
            look(worker, entry);
            continue;
        }
        pool->idle++;
        pthread_cond_wait(&pool->work, &pool->lock);
        pool->idle--;
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- threads ---- */

static unsigned long task_links(void)
{
    struct stat status;

    return stat("/proc/self/task", &status) == 0 ? status.st_nlink : 0;
}

static void start_threads(struct tree_pool *pool, unsigned int threads)
{
    for (unsigned int i = 1; i < threads; i++) {
        struct tree_worker *worker = &pool->workers[i];

        worker->pool = pool;
        if (!tree_reader_make(&worker->reader))
            return;
        if (!thread_start(&worker->thread, run_worker, worker)) {
            tree_reader_free(&worker->reader);
            return;
        }
        pool->thread_count++;
    }
}

/* A thread that was joined is still the kernel's for a moment, and unshare(CLONE_NEWUSER) refuses a process
 * that has two. */
static void wait_until_gone(const struct tree_pool *pool)
{
    const struct timespec pause = {.tv_nsec = GONE_PAUSE_NS};

    for (int i = 0; i < GONE_ATTEMPTS && task_links() > pool->links; i++)
        (void)nanosleep(&pause, NULL);
}

void tree_pool_stop(struct tree_pool *pool)
{
    if (pool->thread_count == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 1; i <= pool->thread_count; i++) {
        (void)pthread_join(pool->workers[i].thread, NULL);
        tree_reader_free(&pool->workers[i].reader);
    }
    wait_until_gone(pool);
}

struct tree_pool *tree_pool_make(unsigned int threads, const struct tree_visitor *visitor)
{
    struct tree_pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        return NULL;
    pool->visitor = visitor;
    pool->links = task_links();
    pool->workers[0].pool = pool;
    if (!tree_reader_make(&pool->workers[0].reader)) {
        free(pool);
        return NULL;
    }
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->work, NULL);
    (void)pthread_cond_init(&pool->done, NULL);
    if (threads == 0)
        threads = (unsigned int)thread_processors();
    start_threads(pool, threads > TREE_THREADS_MAX ? TREE_THREADS_MAX : threads);
    return pool;
}

void tree_pool_end(struct tree_pool *pool)
{
    tree_reader_free(&pool->workers[0].reader);
    (void)pthread_cond_destroy(&pool->work);
    (void)pthread_cond_destroy(&pool->done);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* ---- the ring ---- */

struct tree_reader *tree_pool_reader(struct tree_pool *pool)
{
    return &pool->workers[0].reader;
}

struct tree_entry *tree_pool_oldest(struct tree_pool *pool)
{
    return &pool->entries[pool->out % TREE_RING];
}

bool tree_pool_is_full(const struct tree_pool *pool)
{
    return pool->in - pool->out == TREE_RING;
}

bool tree_pool_is_empty(const struct tree_pool *pool)
{
    return pool->in == pool->out;
}

struct tree_entry *tree_pool_next(struct tree_pool *pool)
{
    struct tree_entry *entry = &pool->entries[pool->in % TREE_RING];

    *entry = (struct tree_entry){.state = ENTRY_DONE};
    return entry;
}

void tree_pool_put(struct tree_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->in++;
    if (pool->idle > 0 && pool->in - pool->begun >= WAKE_AT)
        pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

struct tree_entry *tree_pool_first(struct tree_pool *pool)
{
    struct tree_entry *first = &pool->entries[pool->out % TREE_RING];

    pthread_mutex_lock(&pool->lock);
    if (pool->idle > 0 && pool->begun < pool->in)
        pthread_cond_broadcast(&pool->work);
    while (first->state != ENTRY_DONE) {
        struct tree_entry *entry = take_up(pool);

        if (entry != NULL) {
            look(&pool->workers[0], entry);
            continue;
        }
        pool->waits = true;
        pthread_cond_wait(&pool->done, &pool->lock);
        pool->waits = false;
    }
    pthread_mutex_unlock(&pool->lock);
    return first;
}

void tree_pool_drop(struct tree_pool *pool)
{
    struct tree_entry *entry = &pool->entries[pool->out % TREE_RING];

    tree_look_free(&entry->look);
    free(entry->path);
    pool->out++; /* only the caller's thread changes it, under no other's eyes but look()'s, while it waits */
}
