/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys: what is in keyrings. */
#include <string.h>
#include "base/gpg_messages.h"
#include "gpg/engine.h"
#include "gpg/job.h"
#include "gpg/request.h"

enum { KEYRINGS_AT = 0 };

struct question {
    const struct home *home;
    const struct keys *keys;
};

static const char *status_of(gpgme_key_t key)
{
    if (key->revoked)
        return "revoked";
    if (key->expired)
        return "expired";
    return key->invalid || key->disabled || !key->can_sign ? "unusable" : "good";
}

static const char *algorithm_of(gpgme_subkey_t subkey, struct arena *arena)
{
    char *name = gpgme_pubkey_algo_string(subkey);
    const char *copy = name != NULL ? arena_string(arena, name) : "unknown";

    gpgme_free(name);
    return copy;
}

static void tell_key(gpgme_key_t key, struct arena *arena, struct message *answer)
{
    gpgme_subkey_t primary = key->subkeys;
    const char *user = key->uids != NULL && key->uids->uid != NULL ? key->uids->uid : "";

    if (primary == NULL || primary->fpr == NULL)
        return;
    message_add(answer, "key",
                arena_format(arena, "%s %s %ld %ld %s %s", primary->fpr, status_of(key), primary->timestamp,
                             primary->expires, algorithm_of(primary, arena), engine_words(user, arena)));
}

static int work(const struct job *job, const void *detail, struct message *answer, struct error *error)
{
    const struct question *question = detail;
    const struct engine_home home = {.path = question->home->path, .made_by_us = true};
    gpgme_error_t failure;
    gpgme_ctx_t context;
    gpgme_key_t key;

    if (engine_open(&home, &context, error) != 0)
        return -1;
    if (!question->keys->ready && engine_import(context, question->keys, error) != 0)
        return -1;
    failure = gpgme_op_keylist_start(context, NULL, 0);
    while (failure == 0 && (failure = gpgme_op_keylist_next(context, &key)) == 0) {
        tell_key(key, job->arena, answer);
        gpgme_key_unref(key);
    }
    return gpgme_err_code(failure) == GPG_ERR_EOF
               ? 0
               : engine_error(failure, "gpg does not list the keys", error);
}

int job_keys(const struct job *job, int timeout_ms, struct message *answer, struct error *error)
{
    cleanup_home struct home home = HOME_NONE;
    struct keys keys;
    const struct question question = {.home = &home, .keys = &keys};

    if (request_keys(job, KEYRINGS_AT, &keys, error) != 0 || request_home(job, &keys, &home, error) != 0)
        return -1;
    return job_run(job, work, &question, timeout_ms, answer, error);
}
