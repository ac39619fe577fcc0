/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thwart-gpg: what gpg thinks of signatures, for the runtime, which starts it (linux/helper.h) and speaks to
 * it in named messages (base/gpg_messages.h). Keys and compressed data of strangers are read here, outside of
 * the runtime.
 *
 *   runtime                   thwart-gpg             worker                     gpg
 *   -------                   ----------             ------                     ---
 *   verify | keys | sign ───▶ home, keyring, fork ─▶ gpgme ──▶ (program.h) ───▶ works
 *                             waits, at most so long
 *       ◀── done | failed ─── removes the home ◀──── answer ◀────────────────── status lines
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/gpg_messages.h"
#include "base/memory.h"
#include "base/message.h"
#include "gpg/job.h"
#include "gpg/program.h"

enum { RUNTIME = 3, DESCRIPTORS_MAX = GPG_KEYRINGS_MAX + 2, TIMEOUT_MS_MAX = 3600 * 1000 };

static struct message question, answer;

static int carry_out(const struct job *job, struct error *error)
{
    static const struct {
        const char *kind;
        int (*act)(const struct job *job, int timeout_ms, struct message *answer, struct error *error);
    } kinds[] = {{GPG_VERIFY, job_verify}, {GPG_KEYS, job_keys}, {GPG_SIGN, job_sign}};
    int64_t timeout_ms;

    if (!message_get_number(job->question, "timeout-ms", 1, TIMEOUT_MS_MAX, &timeout_ms))
        return error_set(error, ERROR_INVALID, "%s was not told how long it may take", GPG_HELPER);
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (strcmp(message_kind(job->question), kinds[i].kind) == 0)
            return kinds[i].act(job, (int)timeout_ms, &answer, error);
    return error_set(error, ERROR_INVALID, "%s does not know \"%s\"", GPG_HELPER,
                     message_kind(job->question));
}

static void answer_question(int *descriptors, size_t count)
{
    cleanup_arena struct arena arena = {0};
    const struct job job = {&question, descriptors, count, &arena};
    struct error error = {0};

    if (carry_out(&job, &error) != 0)
        message_begin_failed(&answer, &error);
    for (size_t i = 0; i < count; i++)
        descriptor_close(&descriptors[i]);
}

int main(int count, char **arguments)
{
    if (program_is_called())
        return program_become(count, arguments);
    for (;;) {
        int descriptors[DESCRIPTORS_MAX];
        size_t came = DESCRIPTORS_MAX;
        int received = message_receive(RUNTIME, -1, &question, descriptors, &came);

        if (received == 0)
            return EXIT_SUCCESS;
        if (received < 0)
            return EXIT_FAILURE;
        answer_question(descriptors, came);
        if (message_send(RUNTIME, &answer, NULL, 0) != 0)
            return errno == EPIPE ? EXIT_SUCCESS : EXIT_FAILURE;
    }
}
