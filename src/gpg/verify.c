/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify: what gpg thinks of one message.
 *
 * gpg says it twice: as gpgme understands it, and line by line. Good is only what both call so: gpgme does
 * not tell the primary key, and lines alone were misread by others before (a status printed by the data, an
 * exit status of 0 for an expired key).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/gpg_messages.h"
#include "base/memory.h"
#include "base/text.h"
#include "gpg/changes.h"
#include "gpg/engine.h"
#include "gpg/gpgv.h"
#include "gpg/job.h"
#include "gpg/lines.h"
#include "gpg/program.h"
#include "gpg/request.h"
#include "gpg/unpack.h"
#include "trust/packets.h"

enum { SIGNATURE_AT, PAYLOAD_AT, KEYRINGS_AT };

struct question {
    const struct home *home;
    const struct keys *keys;
    const void *message;
    size_t length;
};

static gpgme_error_t hear_line(void *context, const char *keyword, const char *arguments)
{
    /* gpgme's own word for the end. */
    if (*keyword != '\0')
        lines_hear(context, keyword, arguments);
    return 0;
}

/* As gpgme understands the lines. */
static bool gpgme_agrees(const struct lines *lines, gpgme_verify_result_t result)
{
    gpgme_signature_t signature = result != NULL ? result->signatures : NULL;

    return signature != NULL && signature->next == NULL && signature->status == GPG_ERR_NO_ERROR &&
           !signature->wrong_key_usage && signature->fpr != NULL &&
           strcmp(signature->fpr, lines->signatures[0].key) == 0;
}

/* ---- asking ---- */

static int ask(gpgme_ctx_t context, const struct question *question, struct engine_buffer *payload,
               struct lines *lines, struct error *error)
{
    gpgme_data_t data, plain;
    gpgme_error_t failure;

    if (engine_source(question->message, question->length, &data, error) != 0)
        return -1;
    if (engine_target(payload, &plain, error) != 0) {
        gpgme_data_release(data);
        return -1;
    }
    gpgme_set_status_cb(context, hear_line, lines);
    failure = gpgme_op_verify(context, data, NULL, plain);
    gpgme_data_release(plain);
    gpgme_data_release(data);
    if (payload->overflow)
        return error_set(error, ERROR_LIMIT, "what is signed has more than %d bytes", GPG_PAYLOAD_BYTES_MAX);
    if (lines->all == 0)
        return failure != 0 ? engine_error(failure, "gpg has ended without a word", error)
                            : error_set(error, ERROR_SYSTEM, "gpg has ended without a word");
    return 0; /* also when it failed: then there are no signatures, or bad ones */
}

static int put_payload(int file, const struct engine_buffer *payload, struct error *error)
{
    if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0 ||
        descriptor_write_all(file, payload->bytes, payload->length) != 0)
        return error_system(error, errno, "handing out what was signed");
    return 0;
}

static int work(const struct job *job, const void *detail, struct message *answer, struct error *error)
{
    const struct question *question = detail;
    const struct engine_home home = {.path = question->home->path, .made_by_us = true};
    struct engine_buffer payload = {.bytes = arena_allocate(job->arena, GPG_PAYLOAD_BYTES_MAX),
                                    .room = GPG_PAYLOAD_BYTES_MAX};
    struct lines lines = {0};
    gpgme_ctx_t context;

    /* The worker ends behind this: gpgme's memory goes with it. */
    if (engine_open(&home, &context, error) != 0 ||
        (!question->keys->ready && engine_import(context, question->keys, error) != 0) ||
        ask(context, question, &payload, &lines, error) != 0)
        return -1;
    if (lines_are_good(&lines) && !gpgme_agrees(&lines, gpgme_op_verify_result(context)))
        lines.odd = true;
    lines_tell(&lines, job->arena, answer);
    if (!lines_are_good(&lines))
        return 0;
    message_add_number(answer, "payload-bytes", (int64_t)payload.length);
    return put_payload(job->descriptors[PAYLOAD_AT], &payload, error);
}

static int verify_by_gpg(const struct job *job, struct question *question, int timeout_ms,
                         struct message *answer, struct error *error)
{
    cleanup_home struct home home = HOME_NONE;

    question->home = &home;
    if (request_home(job, question->keys, &home, error) != 0)
        return -1;
    return job_run(job, work, question, timeout_ms, answer, error);
}

static int verify_by_gpgv(const char *path, const struct job *job, const struct question *question,
                          int timeout_ms, struct message *answer, struct error *error)
{
    int payload = job->descriptors[PAYLOAD_AT];
    struct lines lines = {0};
    off_t length;

    if (ftruncate(payload, 0) != 0 || lseek(payload, 0, SEEK_SET) != 0)
        return error_system(error, errno, "making room for what is signed");
    if (gpgv_verify(path, question->keys, question->message, question->length, payload, timeout_ms, &lines,
                    error) != 0)
        return -1;
    message_begin(answer, "done");
    lines_tell(&lines, job->arena, answer);
    /* gpgv writes it before it knows the signature. */
    if (!lines_are_good(&lines))
        return ftruncate(payload, 0) == 0
                   ? 0
                   : error_system(error, errno, "taking back what is signed by nobody");
    length = lseek(payload, 0, SEEK_END);
    if (length < 0)
        return error_system(error, errno, "measuring what is signed");
    if (length > GPG_PAYLOAD_BYTES_MAX)
        return error_set(error, ERROR_LIMIT, "what is signed has more than %d bytes", GPG_PAYLOAD_BYTES_MAX);
    message_add_number(answer, "payload-bytes", length);
    return 0;
}

/* A message that is none: gpg is not asked. */
static int read_message(const struct job *job, struct question *question, struct error *error)
{
    char *bytes;
    size_t length;

    if (lseek(job->descriptors[SIGNATURE_AT], 0, SEEK_SET) != 0)
        return error_system(error, errno, "reading the signature");
    if (descriptor_read_all(job->descriptors[SIGNATURE_AT], TRUST_SIGNATURE_BYTES_MAX, "the signature",
                            job->arena, &bytes, &length, error) != 0)
        return -1;
    return unpack_message(bytes, length, job->arena, &question->message, &question->length, error);
}

static int ask_anybody(const struct job *job, struct question *question, int timeout_ms,
                       struct message *answer, struct error *error)
{
    char gpgv[PROGRAM_PATH_SIZE];

    if (question->keys->ready && gpgv_find(gpgv, sizeof(gpgv))) {
        int result = verify_by_gpgv(gpgv, job, question, timeout_ms, answer, error);

        if (result == 0 || error->kind != ERROR_UNSUPPORTED)
            return result;
    }
    return verify_by_gpg(job, question, timeout_ms, answer, error);
}

int job_verify(const struct job *job, int timeout_ms, struct message *answer, struct error *error)
{
    const int64_t now_s = time(NULL);
    struct keys keys;
    struct question question = {.keys = &keys};
    struct error unreadable;
    int64_t change_s;

    if (job->descriptor_count < KEYRINGS_AT)
        return error_set(error, ERROR_INVALID, "the signature did not come");
    if (request_keys(job, KEYRINGS_AT, &keys, error) != 0)
        return -1;
    if (read_message(job, &question, &unreadable) != 0) {
        if (unreadable.kind == ERROR_SYSTEM)
            return error_set(error, ERROR_SYSTEM, "%s", unreadable.message);
        message_begin(answer, "done");
        message_add(answer, "signature",
                    arena_format(job->arena, "%s - - 0 0 %s", GPG_STATUS_ERROR, unreadable.message));
        return 0;
    }
    if (ask_anybody(job, &question, timeout_ms, answer, error) != 0)
        return -1;
    if (keys_next_change(&keys, now_s, &change_s))
        message_add_number(answer, "keys-change", change_s);
    return 0;
}
