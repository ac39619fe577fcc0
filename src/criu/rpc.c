/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conversation with CRIU. The library's own functions for it drop CRIU's complaint and know none of lazy
 * pages and empty namespaces; its messages know all. */
#include "criu/rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/descriptor.h"
#include "base/memory.h"

enum { RESPONSE_BYTES_MAX = 64 * 1024 };

static int send_request(int socket, const CriuReq *request, struct error *error)
{
    size_t length = criu_req__get_packed_size(request);
    cleanup_free uint8_t *bytes = malloc(length);

    if (bytes == NULL)
        return error_set(error, ERROR_LIMIT, "out of memory");
    criu_req__pack(request, bytes);
    if (descriptor_send(socket, bytes, length, NULL, 0) != 0 && errno != EPIPE)
        return error_system(error, errno, "speaking to criu");
    return 0; /* EPIPE: it is gone, which reading shows */
}

/* The next response; *descriptor: what came along, or -1. NULL: an error, or its end. */
static CriuResp *receive_response(int socket, int *descriptor, struct error *error)
{
    static uint8_t bytes[RESPONSE_BYTES_MAX];
    CriuResp *response;
    size_t count = 1;
    ssize_t length = descriptor_receive(socket, bytes, sizeof(bytes), descriptor, &count);

    if (count == 0 || length <= 0)
        *descriptor = -1;
    if (length < 0 && errno != ECONNRESET)
        return error_system(error, errno, "listening to criu"), NULL;
    if (length <= 0)
        return error_set(error, ERROR_SYSTEM, "criu has ended without an answer"), NULL;
    response = criu_resp__unpack(NULL, (size_t)length, bytes);
    if (response == NULL)
        error_set(error, ERROR_SYSTEM, "criu's answer cannot be read");
    return response;
}

static int explain_refusal(const CriuResp *response, struct error *error)
{
    const char *complaint = response->cr_errmsg != NULL ? response->cr_errmsg : "";
    size_t length = strcspn(complaint, "\n");
    int number = response->has_cr_errno ? response->cr_errno : 0;

    if (length > 0)
        error_set(error, ERROR_SYSTEM, "%.*s", (int)length, complaint);
    else if (number != 0)
        error_set(error, ERROR_SYSTEM, "criu gave up (%s)", error_errno_text(number));
    else
        error_set(error, ERROR_SYSTEM, "criu gave up");
    error->system_errno = number;
    return -1;
}

/* Let the listener hear, and tell CRIU what it said. */
static int pass_on(struct swrk *swrk, const CriuResp *response, int descriptor,
                   const struct rpc_listener *listener, struct error *error)
{
    const CriuNotify *notice = response->notify;
    CriuReq answer = CRIU_REQ__INIT;
    int heard = 0;

    if (notice != NULL && notice->script != NULL)
        heard = listener->heard(listener->context, notice->script, notice->has_pid ? notice->pid : 0,
                                descriptor, error);
    answer.type = CRIU_REQ_TYPE__NOTIFY;
    answer.has_notify_success = 1;
    answer.notify_success = heard == 0;
    if (heard != 0) {
        struct error unheard;

        /* What counts is why it has to give up. */
        (void)send_request(swrk->socket, &answer, &unheard);
        return -1;
    }
    return send_request(swrk->socket, &answer, error);
}

/* 1: there is more to come, 0: done, -1. After a refusal of the listener's CRIU takes everything back and
 * then answers; *refused says that its error is not to be replaced. */
static int follow(struct swrk *swrk, const struct request *request, const struct rpc_listener *listener,
                  bool *refused, pid_t *pid, struct error *error)
{
    cleanup_fd int descriptor = -1;
    struct error lost;
    CriuResp *response = receive_response(swrk->socket, &descriptor, *refused ? &lost : error);
    int result = -1;

    if (response == NULL)
        return -1;
    if (response->type == CRIU_REQ_TYPE__NOTIFY && *refused) {
        result = pass_on(swrk, response, descriptor, listener, &lost) == 0 ? 1 : -1;
    } else if (response->type == CRIU_REQ_TYPE__NOTIFY) {
        *refused = pass_on(swrk, response, descriptor, listener, error) != 0;
        result = 1;
    } else if (*refused) {
        result = -1;
    } else if (!response->success) {
        result = explain_refusal(response, error);
    } else if (response->type != request->type) {
        result = error_set(error, ERROR_SYSTEM, "criu answered another question than it was asked");
    } else {
        if (response->restore != NULL)
            *pid = response->restore->pid;
        result = 0;
    }
    criu_resp__free_unpacked(response, NULL);
    return result;
}

/* It would be a success without an end. */
static int check_status(int status, const struct request *request, struct error *error)
{
    /* A single pre-dump ends by waiting for more and finding the socket closed. */
    if ((WIFEXITED(status) && WEXITSTATUS(status) == 0) || request->type == CRIU_REQ_TYPE__SINGLE_PRE_DUMP)
        return 0;
    if (WIFSIGNALED(status))
        return error_set(error, ERROR_SYSTEM, "criu was ended by signal %d", WTERMSIG(status));
    return error_set(error, ERROR_SYSTEM, "criu has ended with status %d", WEXITSTATUS(status));
}

/* Its status tells more than that it said nothing. */
static void explain_status(int status, struct error *error)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        error_set(error, ERROR_UNSUPPORTED, "criu cannot be executed");
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 126)
        error_set(error, ERROR_SYSTEM, "criu could not be put into the container's cgroup");
    else if (WIFSIGNALED(status) && error->system_errno == 0)
        error_prefix(error, "criu was ended by signal %d", WTERMSIG(status));
}

int rpc_carry_out(const struct request *request, struct swrk *swrk, const struct rpc_listener *listener,
                  pid_t *pid, struct error *error)
{
    CriuReq message = CRIU_REQ__INIT;
    struct error unheard;
    bool refused = false;
    int result, status;

    message.type = request->type;
    message.opts = (CriuOpts *)(uintptr_t)&request->options;
    if (send_request(swrk->socket, &message, error) != 0)
        return -1;
    do
        result = follow(swrk, request, listener, &refused, pid, error);
    while (result > 0);
    if (swrk_wait(swrk, &status, result == 0 ? error : &unheard) != 0)
        return -1;
    if (result == 0)
        return check_status(status, request, error);
    if (!refused)
        explain_status(status, error);
    return -1;
}
