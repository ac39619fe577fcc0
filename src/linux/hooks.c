/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks, one after the other: start a supervisor for each, and put what it reports into words. */
#include "linux/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "linux/hook_supervisor.h"

/* Whole report, or -1: end of file before it was complete. */
static int read_report(int report, struct hook_result *result)
{
    size_t have = 0;

    while (have < sizeof(*result)) {
        ssize_t length = read(report, (char *)result + have, sizeof(*result) - have);

        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return -1;
        have += (size_t)length;
    }
    return 0;
}

static void append_seconds(struct text *text, int64_t milliseconds)
{
    text_append_signed(text, milliseconds / 1000);
    if (milliseconds % 1000 != 0)
        text_append_format(text, ".%03d", (int)(milliseconds % 1000));
    text_append(text, " s");
}

static void describe(struct text *text, const struct plan_hook *hook, const struct hook_result *result)
{
    switch (result->outcome) {
    case HOOK_EXITED:
        text_append_format(text, "exit status %d", result->value);
        break;
    case HOOK_SIGNALLED:
        text_append_format(text, "killed by signal %d (SIG%s)", result->value,
                           sigabbrev_np(result->value) ?: "?");
        break;
    case HOOK_TIMED_OUT:
        text_append(text, "did not end within ");
        append_seconds(text, hook->timeout_ms);
        text_append(text, result->survivors ? " and could not be ended with everything that it started"
                                            : ", was ended with everything that it started");
        break;
    case HOOK_NO_PROGRAM:
        text_append_format(text, "cannot be executed: %s", error_errno_text(result->value));
        break;
    case HOOK_NO_DIRECTORY:
        text_append_format(text, "its working directory cannot be entered: %s",
                           error_errno_text(result->value));
        break;
    case HOOK_NOT_JUDGED:
        text_append(text, "it is not what the policy decided on: something was put in its place, or it was "
                          "changed, meanwhile");
        break;
    case HOOK_NO_SETUP:
        text_append_format(text, "could not be started (%s): %s", result->what,
                           error_errno_text(result->value));
        break;
    }
}

/* The end of the output that fits a message; messages show control characters as four. Trailing line ends are
 * dropped. */
static const char *output_end(const struct hook_result *result, int *length)
{
    enum { SHOWN_MAXIMUM = 800 };
    size_t end = result->output_length, start, shown = 0;

    while (end > 0 && (result->output[end - 1] == '\n' || result->output[end - 1] == '\r'))
        end--;
    for (start = end; start > 0; start--) {
        unsigned char byte = (unsigned char)result->output[start - 1];

        shown += byte < 0x20 || byte >= 0x7f ? 4 : 1;
        if (shown > SHOWN_MAXIMUM || byte == '\0')
            break;
    }
    *length = (int)(end - start);
    return result->output + start;
}

static int fail(const struct plan_hook *hook, size_t index, const struct hook_context *context,
                const struct hook_result *result, struct error *error)
{
    char happened[256];
    struct text text = text_over(happened, sizeof(happened));
    int length;
    const char *output = output_end(result, &length);
    enum error_kind kind = result->outcome == HOOK_NOT_JUDGED ? ERROR_DENIED : ERROR_SYSTEM;

    describe(&text, hook, result);
    if (length == 0)
        return error_set(error, kind, "hook %s[%zu] \"%s\": %s", context->stage, index, hook->path.text,
                         happened);
    return error_set(error, kind, "hook %s[%zu] \"%s\": %s; the end of its output: %.*s", context->stage,
                     index, hook->path.text, happened, length, output);
}

static int run_one(const struct plan_hook *hook, size_t index, const struct hook_context *context,
                   struct error *error)
{
    cleanup_fd int report = -1, report_writer = -1;
    struct hook_result result;
    int ends[2], status, complete;
    pid_t supervisor;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_system(error, errno, "hook %s[%zu] \"%s\": make a pipe", context->stage, index,
                            hook->path.text);
    report = ends[0];
    report_writer = ends[1];
    supervisor = fork();
    if (supervisor < 0)
        return error_system(error, errno, "hook %s[%zu] \"%s\": start a process", context->stage, index,
                            hook->path.text);
    if (supervisor == 0) {
        descriptor_close(&report);
        hook_supervise(hook, context, report_writer);
    }
    descriptor_close(&report_writer);
    complete = read_report(report, &result);
    while (waitpid(supervisor, &status, 0) < 0 && errno == EINTR)
        ;
    if (complete < 0)
        return error_set(error, ERROR_SYSTEM,
                         "hook %s[%zu] \"%s\": the process that looked after it was killed", context->stage,
                         index, hook->path.text);
    if (result.outcome == HOOK_EXITED && result.value == 0)
        return 0;
    return fail(hook, index, context, &result, error);
}

int hooks_run(const struct plan_hook_list *hooks, const struct hook_context *context, struct error *error)
{
    for (size_t i = 0; i < hooks->count; i++) {
        if (run_one(&hooks->items[i], i, context, error) < 0)
            return -1;
    }
    return 0;
}

int hooks_run_all(const struct plan_hook_list *hooks, const struct hook_context *context, struct error *error)
{
    int outcome = 0;

    for (size_t i = 0; i < hooks->count; i++) {
        /* A later failure must not replace the first one's message. */
        if (run_one(&hooks->items[i], i, context, outcome == 0 ? error : NULL) < 0)
            outcome = -1;
    }
    return outcome;
}
