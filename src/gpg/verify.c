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
#include <unistd.h>
#include "base/descriptor.h"
#include "base/gpg_messages.h"
#include "base/memory.h"
#include "base/text.h"
#include "gpg/engine.h"
#include "gpg/job.h"
#include "gpg/request.h"
#include "gpg/unpack.h"
#include "trust/packets.h"

enum { SIGNATURE_AT, PAYLOAD_AT, KEYRINGS_AT, FINGERPRINT_SIZE = 65, VALID_FIELDS = 10 };

/* What gpg's lines say. */
struct lines {
    unsigned int all, begun, good, judged, valid, plaintexts;
    char key[FINGERPRINT_SIZE], primary[FINGERPRINT_SIZE]; /* of the last VALIDSIG */
};

struct question {
    const struct home *home;
    const struct keys *keys;
    const void *message;
    size_t length;
};

/* "VALIDSIG key date created expires version reserved algorithm digest class primary" */
static void read_valid(struct lines *lines, const char *arguments)
{
    const char *fields[VALID_FIELDS];
    size_t lengths[VALID_FIELDS], count = 0;

    for (const char *next = arguments; *next != '\0' && count < VALID_FIELDS; count++) {
        fields[count] = next;
        lengths[count] = strcspn(next, " ");
        next += lengths[count];
        next += strspn(next, " ");
    }
    lines->valid++;
    if (count < VALID_FIELDS ||
        text_print(lines->key, sizeof(lines->key), "%.*s", (int)lengths[0], fields[0]) != 0 ||
        text_print(lines->primary, sizeof(lines->primary), "%.*s", (int)lengths[VALID_FIELDS - 1],
                   fields[VALID_FIELDS - 1]) != 0)
        lines->primary[0] = '\0';
}

static gpgme_error_t hear_line(void *context, const char *keyword, const char *arguments)
{
    static const char *const verdicts[] = {"GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG"};
    struct lines *lines = context;

    lines->all++;
    lines->begun += strcmp(keyword, "NEWSIG") == 0;
    lines->good += strcmp(keyword, "GOODSIG") == 0;
    lines->plaintexts += strcmp(keyword, "PLAINTEXT") == 0;
    for (size_t i = 0; i < ARRAY_LENGTH(verdicts); i++)
        lines->judged += strcmp(keyword, verdicts[i]) == 0;
    if (strcmp(keyword, "VALIDSIG") == 0)
        read_valid(lines, arguments);
    return 0;
}

/* ---- verdicts ---- */

static bool is_weak(gpgme_hash_algo_t algorithm)
{
    return algorithm == GPGME_MD_MD5 || algorithm == GPGME_MD_SHA1 || algorithm == GPGME_MD_RMD160 ||
           algorithm == GPGME_MD_MD2 || algorithm == GPGME_MD_HAVAL || algorithm == GPGME_MD_MD4;
}

static const char *status_of(const struct _gpgme_signature *signature)
{
    if (is_weak(signature->hash_algo))
        return GPG_STATUS_WEAK;
    if (signature->wrong_key_usage)
        return GPG_STATUS_KEY_UNUSABLE;
    switch (gpgme_err_code(signature->status)) {
    case GPG_ERR_NO_ERROR:
        return GPG_STATUS_GOOD;
    case GPG_ERR_BAD_SIGNATURE:
        return GPG_STATUS_BAD;
    case GPG_ERR_NO_PUBKEY:
        return GPG_STATUS_NO_KEY;
    case GPG_ERR_SIG_EXPIRED:
        return GPG_STATUS_EXPIRED;
    case GPG_ERR_KEY_EXPIRED:
        return GPG_STATUS_KEY_EXPIRED;
    case GPG_ERR_CERT_REVOKED:
        return GPG_STATUS_KEY_REVOKED;
    case GPG_ERR_UNUSABLE_PUBKEY:
    case GPG_ERR_BAD_PUBKEY:
    case GPG_ERR_WRONG_KEY_USAGE:
        return GPG_STATUS_KEY_UNUSABLE;
    default:
        return GPG_STATUS_ERROR;
    }
}

/* Both views agree on one good signature over one plaintext. */
static bool is_one_good(const struct lines *lines, const struct _gpgme_signature *signature)
{
    return signature != NULL && signature->next == NULL &&
           strcmp(status_of(signature), GPG_STATUS_GOOD) == 0 && lines->begun == 1 && lines->judged == 1 &&
           lines->good == 1 && lines->valid == 1 && lines->plaintexts == 1 && lines->primary[0] != '\0' &&
           signature->fpr != NULL && strcmp(lines->key, signature->fpr) == 0;
}

static const char *known(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : "-";
}

static void tell_signature(const struct _gpgme_signature *signature, const struct lines *lines, bool good,
                           struct arena *arena, struct message *answer)
{
    const char *status = status_of(signature), *primary = NULL;
    char words[256];

    if (!good && strcmp(status, GPG_STATUS_GOOD) == 0)
        status = GPG_STATUS_ERROR; /* one of several, or not all of gpg agrees */
    if (lines->valid == 1 && signature->next == NULL && signature->fpr != NULL &&
        strcmp(lines->key, signature->fpr) == 0)
        primary = lines->primary;
    if (gpgme_strerror_r(signature->status, words, sizeof(words)) != 0)
        words[0] = '\0';
    message_add(answer, "signature",
                arena_format(arena, "%s %s %s %lu %lu %s", status, known(signature->fpr), known(primary),
                             signature->timestamp, signature->exp_timestamp,
                             signature->status == 0 ? "" : engine_words(words, arena)));
}

static int put_payload(int file, const struct engine_buffer *payload, struct message *answer,
                       struct error *error)
{
    if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0 ||
        descriptor_write_all(file, payload->bytes, payload->length) != 0)
        return error_system(error, errno, "handing out what was signed");
    message_add_number(answer, "payload-bytes", (int64_t)payload->length);
    return 0;
}

/* ---- asking ---- */

/* Keys that cannot be put there as they are: gpg joins and judges them. */
static int import(gpgme_ctx_t context, const struct keys *keys, struct error *error)
{
    gpgme_import_result_t result;
    gpgme_error_t failure;
    gpgme_data_t data;

    if (engine_source(keys->bytes, keys->length, &data, error) != 0)
        return -1;
    failure = gpgme_op_import(context, data);
    gpgme_data_release(data);
    if (failure != 0)
        return engine_error(failure, "gpg does not take the keyrings", error);
    result = gpgme_op_import_result(context);
    if (result == NULL || result->imported == 0 || result->secret_read != 0)
        return error_set(error, ERROR_INVALID, "gpg finds no key in the keyrings that it can use");
    return 0;
}

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

static int work(const struct job *job, const void *detail, struct message *answer, struct error *error)
{
    const struct question *question = detail;
    const struct engine_home home = {.path = question->home->path, .made_by_us = true};
    struct engine_buffer payload = {.bytes = arena_allocate(job->arena, GPG_PAYLOAD_BYTES_MAX),
                                    .room = GPG_PAYLOAD_BYTES_MAX};
    struct lines lines = {0};
    gpgme_verify_result_t result;
    gpgme_ctx_t context;
    unsigned int told = 0;
    bool good;

    /* The worker ends behind this: gpgme's memory goes with it. */
    if (engine_open(&home, &context, error) != 0 ||
        (!question->keys->ready && import(context, question->keys, error) != 0) ||
        ask(context, question, &payload, &lines, error) != 0)
        return -1;
    result = gpgme_op_verify_result(context);
    if (result == NULL)
        return 0;
    good = is_one_good(&lines, result->signatures);
    for (gpgme_signature_t signature = result->signatures; signature != NULL && told < GPG_SIGNATURES_MAX;
         signature = signature->next, told++)
        tell_signature(signature, &lines, good, job->arena, answer);
    return good ? put_payload(job->descriptors[PAYLOAD_AT], &payload, answer, error) : 0;
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

int job_verify(const struct job *job, int timeout_ms, struct message *answer, struct error *error)
{
    cleanup_home struct home home = HOME_NONE;
    struct keys keys;
    struct question question = {.home = &home, .keys = &keys};
    struct error unreadable;

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
    if (request_home(job, &keys, &home, error) != 0)
        return -1;
    return job_run(job, work, &question, timeout_ms, answer, error);
}
