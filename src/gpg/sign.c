/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sign: with a key of the caller's own, in his home, by his agent. */
#include <errno.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/gpg_messages.h"
#include "gpg/engine.h"
#include "gpg/job.h"
#include "trust/packets.h"

enum { PAYLOAD_AT, SIGNATURE_AT, DESCRIPTORS };

static int choose_key(gpgme_ctx_t context, const char *name, struct error *error)
{
    gpgme_error_t failure;
    gpgme_key_t key;

    failure = gpgme_get_key(context, name, &key, 1);
    if (failure != 0)
        return gpgme_err_code(failure) == GPG_ERR_EOF
                   ? error_set(error, ERROR_NOT_FOUND, "there is no private key %s", name)
                   : engine_error(failure, "looking for the private key", error);
    failure = gpgme_signers_add(context, key);
    gpgme_key_unref(key);
    return failure == 0 ? 0 : engine_error(failure, "choosing the key", error);
}

static int sign(gpgme_ctx_t context, const char *payload, size_t length, struct engine_buffer *signature,
                struct error *error)
{
    gpgme_data_t data, target;
    gpgme_error_t failure;

    if (engine_source(payload, length, &data, error) != 0 || engine_target(signature, &target, error) != 0)
        return -1;
    failure = gpgme_op_sign(context, data, target, GPGME_SIG_MODE_NORMAL);
    return failure == 0 ? 0 : engine_error(failure, "gpg does not sign", error);
}

static int work(const struct job *job, const void *detail, struct message *answer, struct error *error)
{
    const struct engine_home home = {.path = message_get(job->question, "home"),
                                     .tty = message_get(job->question, "tty")};
    struct engine_buffer signature = {.bytes = arena_allocate(job->arena, TRUST_SIGNATURE_BYTES_MAX),
                                      .room = TRUST_SIGNATURE_BYTES_MAX};
    gpgme_sign_result_t result;
    gpgme_ctx_t context;
    char *payload;
    size_t length;

    (void)detail;
    if (lseek(job->descriptors[PAYLOAD_AT], 0, SEEK_SET) != 0)
        return error_system(error, errno, "reading what is to be signed");
    if (descriptor_read_all(job->descriptors[PAYLOAD_AT], GPG_PAYLOAD_BYTES_MAX, "what is to be signed",
                            job->arena, &payload, &length, error) != 0 ||
        engine_open(&home, &context, error) != 0 ||
        choose_key(context, message_get(job->question, "key"), error) != 0 ||
        sign(context, payload, length, &signature, error) != 0)
        return -1;
    result = gpgme_op_sign_result(context);
    if (result == NULL || result->signatures == NULL || result->signatures->next != NULL)
        return error_set(error, ERROR_SYSTEM, "gpg has not made one signature");
    /* What verifiers of ours would refuse is not handed out. */
    if (trust_packets_check(signature.bytes, signature.length, error) != 0)
        return error_prefix(error, "what gpg has made");
    if (descriptor_write_all(job->descriptors[SIGNATURE_AT], signature.bytes, signature.length) != 0)
        return error_system(error, errno, "writing the signature");
    message_add_number(answer, "signature-bytes", (int64_t)signature.length);
    message_add(answer, "key", result->signatures->fpr);
    return 0;
}

int job_sign(const struct job *job, int timeout_ms, struct message *answer, struct error *error)
{
    const char *home = message_get(job->question, "home");

    if (job->descriptor_count != DESCRIPTORS || message_get(job->question, "key") == NULL || home == NULL ||
        home[0] != '/')
        return error_set(error, ERROR_INVALID, "signing needs a key, a home, what is signed and a file");
    return job_run(job, work, NULL, timeout_ms, answer, error);
}
