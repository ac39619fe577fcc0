/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart spec: a configuration to begin with. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/startup.h"
#include "spec/spec.h"

enum { SPEC_BYTES_MAX = 1024 * 1024, SPEC_INDENT = 4, SPEC_MODE = 0666 };

struct spec_options {
    const char *bundle, *file;
    bool rootless;
};

static const struct option rows[] = {
    {"bundle", 'b', OPTION_STRING, offsetof(struct spec_options, bundle), "DIR",
     "where to write (default: the working directory)"},
    {"file", 'f', OPTION_STRING, offsetof(struct spec_options, file), "FILE",
     "what to call it (default: config.json), in that directory unless it is absolute"},
    {"rootless", 0, OPTION_FLAG, offsetof(struct spec_options, rootless), NULL,
     "for an ordinary user: with a user namespace whose root is the caller"},
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct spec_options *options = invocation->options;
    const char *file_name = options->file != NULL ? options->file : "config.json";
    const char *path =
        file_name[0] == '/'
            ? file_name
            : host_path_join(invocation->arena, options->bundle != NULL ? options->bundle : ".", file_name)
                  .text;
    cleanup_text struct text text = text_growing(SPEC_BYTES_MAX);
    cleanup_fd int file = -1;

    (void)status;
    spec_encode(&text, spec_default(invocation->arena, options->rootless, geteuid(), getegid()), SPEC_INDENT);
    text_append_character(&text, '\n');
    if (text_complete(&text, "the configuration", error) != 0)
        return -1;
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        return error_set(
            error, ERROR_EXISTS,
            "%s exists already and is not overwritten: remove it, or give another --bundle or --file", path);
    if (file < 0)
        return error_system(error, errno, "making %s", path);
    /* The file is the user's, so his umask counts and not ours. */
    if (descriptor_write_all(file, text.bytes, text.length) != 0 ||
        fchmod(file, SPEC_MODE & ~startup_caller_umask()) != 0) {
        int number = errno;
        unlink(path);
        return error_system(error, number, "writing %s", path);
    }
    return 0;
}

const struct command command_spec = {
    .name = "spec",
    .words = "",
    .summary = "write a config.json to begin with",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct spec_options),
    .run = run,
};
