/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy waive: an exception, by somebody, for a reason, until a day. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "cli/policy_command.h"
#include "cli/startup.h"
#include "policy/waiver.h"
#include "policy/waiver_append.h"

enum { WAIVERS_BYTES_MAX = 4 * 1024 * 1024, FILE_MODE = 0666 };

struct waive_options {
    const char *rule, *reason, *owner, *expires, *policy, *pointer, *subject, *file;
    struct json_strings when;
};

#define PLACE(member) offsetof(struct waive_options, member)

static const struct option rows[] = {
    {"rule", 'r', OPTION_STRING, PLACE(rule), "TWNNNN", "the rule that is waived (required)"},
    {"reason", 0, OPTION_STRING, PLACE(reason), "TEXT", "why (required)"},
    {"owner", 0, OPTION_STRING, PLACE(owner), "NAME", "who answers for it (required)"},
    {"expires", 0, OPTION_STRING, PLACE(expires), "YYYY-MM-DD", "its last day, UTC (required)"},
    {"policy", 'p', OPTION_STRING, PLACE(policy), "PATTERN",
     "of the policies it is an exception to (default: any)"},
    {"pointer", 0, OPTION_STRING, PLACE(pointer), "PATTERN",
     "of JSON pointers that it lets pass (default: any)"},
    {"subject", 0, OPTION_STRING, PLACE(subject), "PATTERN", "of subjects that it lets pass (default: any)"},
    {"when", 0, OPTION_LIST, PLACE(when), "KEY=PATTERN",
     "only containers with this annotation; may be given again"},
    {"file", 'f', OPTION_STRING, PLACE(file), "FILE",
     "append to this file (default: a new file to standard output)"},
};

static int require(const char *value, const char *name, struct error *error)
{
    return value != NULL ? 0
                         : error_set(error, ERROR_USAGE,
                                     "thwart policy waive: --%s is missing: an exception has a rule, "
                                     "a reason, an owner and a last day",
                                     name);
}

static int read_when(const struct invocation *invocation, struct policy_when *when, struct error *error)
{
    const struct waive_options *options = invocation->options;
    struct policy_annotation_match *matches =
        arena_array(invocation->arena, options->when.count, sizeof(*matches));

    for (size_t i = 0; i < options->when.count; i++) {
        const char *word = options->when.items[i], *equals = strchr(word, '=');

        if (equals == NULL || equals == word)
            return error_set(error, ERROR_USAGE, "thwart policy waive: --when: \"%.64s\" is not KEY=PATTERN",
                             word);
        matches[i].key = arena_copy(invocation->arena, word, (size_t)(equals - word));
        matches[i].pattern = equals + 1;
    }
    *when = (struct policy_when){
        .present = options->when.count > 0, .annotations = matches, .annotation_count = options->when.count};
    return 0;
}

static int read_waiver(const struct invocation *invocation, struct policy_waiver *waiver, struct error *error)
{
    const struct waive_options *options = invocation->options;

    if (require(options->rule, "rule", error) != 0 || require(options->reason, "reason", error) != 0 ||
        require(options->owner, "owner", error) != 0 || require(options->expires, "expires", error) != 0)
        return -1;
    *waiver = (struct policy_waiver){.rule = options->rule,
                                     .reason = options->reason,
                                     .owner = options->owner,
                                     .expires = options->expires,
                                     .policy = options->policy,
                                     .pointer = options->pointer,
                                     .subject = options->subject};
    return read_when(invocation, &waiver->when, error);
}

/* The file as it is; nothing when there is none yet. *mode: what the new one gets. */
static int read_file(const char *file, struct arena *arena, char **bytes, size_t *length, mode_t *mode,
                     struct error *error)
{
    struct stat status;

    *bytes = NULL;
    *length = 0;
    *mode = FILE_MODE & ~startup_caller_umask() & ~(mode_t)022;
    if (stat(file, &status) != 0)
        return errno == ENOENT ? 0 : error_system(error, errno, "looking at %s", file);
    *mode = status.st_mode & 0777;
    return prepare_read_document(AT_FDCWD, file, file, WAIVERS_BYTES_MAX, arena, bytes, length, error);
}

/* Whole or not at all, also when the machine stops: a create that reads waivers meanwhile sees the one or the
 * other file. */
static int replace_file(const char *file, const struct text *text, mode_t mode, struct arena *arena,
                        struct error *error)
{
    const char *fresh = arena_format(arena, "%s.%d.new", file, (int)getpid());
    const char *slash = strrchr(file, '/');
    const char *folder =
        slash == NULL ? "." : arena_copy(arena, file, slash == file ? 1 : (size_t)(slash - file));
    cleanup_fd int descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    cleanup_fd int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int number;

    if (descriptor < 0)
        return error_system(error, errno, "making %s", fresh);
    if (directory >= 0 && descriptor_write_all(descriptor, text->bytes, text->length) == 0 &&
        fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0 && rename(fresh, file) == 0 &&
        fsync(directory) == 0)
        return 0;
    number = errno;
    unlink(fresh);
    return error_system(error, number, "writing %s", file);
}

/* It is the last of the file. One that is over is no mistake (a day may pass at any time), and no help
 * either. */
static int warn_if_over(const struct invocation *invocation, const struct text *text, const char *name,
                        struct error *error)
{
    const struct policy_waiver *waivers;
    size_t count;

    if (policy_waivers_read(text->bytes, text->length, name, invocation->arena, NULL, &waivers, &count,
                            error) != 0)
        return -1;
    if (waivers[count - 1].expires_s <= time(NULL))
        notice(&invocation->runtime->notices, NOTICE_WARNING,
               "the last day of this waiver was %s: it lets nothing pass", waivers[count - 1].expires);
    return 0;
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct waive_options *options = invocation->options;
    const char *name = options->file != NULL ? options->file : "the waiver";
    cleanup_text struct text text = text_growing(WAIVERS_BYTES_MAX);
    struct policy_waiver waiver;
    char *bytes = NULL;
    size_t length = 0;
    mode_t mode = 0;

    (void)status;
    if (read_waiver(invocation, &waiver, error) != 0)
        return -1;
    if (options->file != NULL &&
        read_file(options->file, invocation->arena, &bytes, &length, &mode, error) != 0)
        return -1;
    if (policy_waiver_append(bytes, length, name, &waiver, invocation->arena, &text, error) != 0 ||
        warn_if_over(invocation, &text, name, error) != 0)
        return -1;
    return options->file != NULL ? replace_file(options->file, &text, mode, invocation->arena, error)
                                 : command_print(&text, error);
}

const struct command policy_command_waive = {
    .name = "policy waive",
    .words = "",
    .summary = "write an exception to a rule, with a reason, an owner and a last day",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct waive_options),
    .run = run,
};
