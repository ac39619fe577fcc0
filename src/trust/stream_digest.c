/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See stream_digest.h. One reader and one digester: written counts buffers that are full, digested those that
 * are free again. */
#include "trust/stream_digest.h"

#include <pthread.h>
#include "base/memory.h"
#include "trust/threads.h"

struct stream_digest {
    struct digest_state state;
    bool threaded, last, stop;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t written, digested;
    size_t lengths[STREAM_BUFFERS];
    size_t filled; /* of the buffer at written */
    uint8_t buffers[STREAM_BUFFERS][STREAM_BUFFER_BYTES];
};

static void *digest_buffers(void *context)
{
    struct stream_digest *stream = context;

    pthread_mutex_lock(&stream->mutex);
    for (;;) {
        while (stream->digested == stream->written && !stream->last && !stream->stop)
            pthread_cond_wait(&stream->changed, &stream->mutex);
        if (stream->stop || stream->digested == stream->written)
            break;

        size_t at = stream->digested % STREAM_BUFFERS;
        pthread_mutex_unlock(&stream->mutex);
        digest_add(&stream->state, stream->buffers[at], stream->lengths[at]);
        pthread_mutex_lock(&stream->mutex);
        stream->digested++;
        pthread_cond_signal(&stream->changed);
    }
    pthread_mutex_unlock(&stream->mutex);
    return NULL;
}

struct stream_digest *stream_digest_begin(bool threaded, struct error *error)
{
    struct stream_digest *stream = malloc(sizeof(*stream));

    if (stream == NULL) {
        error_set(error, ERROR_LIMIT, "no memory for buffers");
        return NULL;
    }
    memset(stream, 0, offsetof(struct stream_digest, buffers));
    digest_begin(&stream->state);
    pthread_mutex_init(&stream->mutex, NULL);
    pthread_cond_init(&stream->changed, NULL);
    stream->threaded = threaded && thread_start(&stream->thread, digest_buffers, stream);
    return stream;
}

static void join(struct stream_digest *stream, bool stop)
{
    if (!stream->threaded)
        return;
    pthread_mutex_lock(&stream->mutex);
    stream->last = true;
    stream->stop = stop;
    pthread_cond_signal(&stream->changed);
    pthread_mutex_unlock(&stream->mutex);
    pthread_join(stream->thread, NULL);
    stream->threaded = false;
}

void stream_digest_free(struct stream_digest **stream)
{
    if (*stream == NULL)
        return;
    join(*stream, true);
    pthread_cond_destroy(&(*stream)->changed);
    pthread_mutex_destroy(&(*stream)->mutex);
    free(*stream);
    *stream = NULL;
}

/* The buffer at written goes to the digester, and the next one is waited for. */
static void hand_over(struct stream_digest *stream)
{
    size_t at = stream->written % STREAM_BUFFERS;

    if (!stream->threaded) {
        digest_add(&stream->state, stream->buffers[at], stream->filled);
        stream->filled = 0;
        return;
    }
    stream->lengths[at] = stream->filled;
    stream->filled = 0;
    pthread_mutex_lock(&stream->mutex);
    stream->written++;
    pthread_cond_signal(&stream->changed);
    while (stream->written - stream->digested == STREAM_BUFFERS)
        pthread_cond_wait(&stream->changed, &stream->mutex);
    pthread_mutex_unlock(&stream->mutex);
}

void *stream_digest_room(struct stream_digest *stream, size_t *size)
{
    if (STREAM_BUFFER_BYTES - stream->filled < STREAM_BUFFER_BYTES / 16)
        hand_over(stream);
    *size = STREAM_BUFFER_BYTES - stream->filled;
    return stream->buffers[stream->written % STREAM_BUFFERS] + stream->filled;
}

void stream_digest_commit(struct stream_digest *stream, size_t length)
{
    stream->filled += length;
}

void stream_digest_add(struct stream_digest *stream, const void *bytes, size_t length)
{
    const uint8_t *next = bytes;

    while (length > 0) {
        size_t size;
        void *room = stream_digest_room(stream, &size);

        size = size < length ? size : length;
        memcpy(room, next, size);
        stream_digest_commit(stream, size);
        next += size;
        length -= size;
    }
}

struct digest stream_digest_end(struct stream_digest *stream)
{
    if (stream->filled > 0)
        hand_over(stream);
    join(stream, false);
    return digest_end(&stream->state);
}
