/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contexts, data and errors of gpgme. */
#include "gpg/engine.h"

#include <errno.h>
#include <locale.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "gpg/program.h"

enum { WORDS_MAX = 200 };

int engine_error(gpgme_error_t failure, const char *what, struct error *error)
{
    char words[256];

    if (gpgme_strerror_r(failure, words, sizeof(words)) != 0)
        words[sizeof(words) - 1] = '\0';
    return error_set(error, ERROR_SYSTEM, "%s: %s", what, words);
}

int engine_open(const struct engine_home *home, gpgme_ctx_t *context, struct error *error)
{
    char program[PROGRAM_PATH_SIZE];
    gpgme_error_t failure;

    if (program_find("gpg", program, sizeof(program), error) != 0 ||
        program_announce(program, home->path, home->made_by_us, home->tty, error) != 0)
        return -1;
    /* Not asked: gpgconf, for names of sockets of programs that are not used here; four processes. gpg itself
     * is found as /proc/self/exe (program.c). */
    if (gpgme_set_global_flag("disable-gpgconf", "1") != 0 || gpgme_set_global_flag("gpg-name", "exe") != 0 ||
        gpgme_check_version("1.16.0") == NULL)
        return error_set(error, ERROR_UNSUPPORTED, "gpgme cannot be used: it is too old");
    failure = gpgme_new(context);
    if (failure != 0)
        return engine_error(failure, "gpgme cannot begin", error);
    failure = gpgme_set_protocol(*context, GPGME_PROTOCOL_OpenPGP);
    if (failure == 0)
        failure = gpgme_set_ctx_flag(*context, "full-status", "1");
    if (failure != 0) {
        gpgme_release(*context);
        return engine_error(failure, "gpgme cannot use gpg", error);
    }
    if (home->made_by_us)
        gpgme_set_offline(*context, 1);
    return 0;
}

int engine_source(const void *bytes, size_t length, gpgme_data_t *data, struct error *error)
{
    gpgme_error_t failure = gpgme_data_new_from_mem(data, bytes, length, 0);

    return failure == 0 ? 0 : engine_error(failure, "giving gpg its data", error);
}

static ssize_t write_target(void *handle, const void *bytes, size_t length)
{
    struct engine_buffer *buffer = handle;

    if (length > buffer->room - buffer->length) {
        buffer->overflow = true;
        errno = EFBIG;
        return -1;
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return (ssize_t)length;
}

int engine_target(struct engine_buffer *buffer, gpgme_data_t *data, struct error *error)
{
    static struct gpgme_data_cbs calls = {.write = write_target};
    gpgme_error_t failure = gpgme_data_new_from_cbs(data, &calls, buffer);

    return failure == 0 ? 0 : engine_error(failure, "taking gpg's data", error);
}

const char *engine_words(const char *text, struct arena *arena)
{
    char buffer[WORDS_MAX];
    struct text words = text_over(buffer, sizeof(buffer));

    text_append_escaped(&words, text, strlen(text));
    return arena_string(arena, words.bytes);
}

int engine_import(gpgme_ctx_t context, const struct keys *keys, struct error *error)
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
