/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRIU's log, of which its user wants one line. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/checkpoint.h"

/* Of the log's end; its last lines are where it says why. */
enum { TAIL_BYTES = 256 * 1024, COMPLAINT_BYTES = 512 };

/* What CRIU says when it gives up, after it has said why. */
static bool says_why(const char *text)
{
    static const char *const last_words[] = {"FAILED", "failed with -1",
                                             "Unable to open fd=", "Killing processes"};

    for (size_t i = 0; i < ARRAY_LENGTH(last_words); i++)
        if (strstr(text, last_words[i]) != NULL)
            return false;
    return true;
}

/* "(00.012345)     45: Error (criu/mount.c:1088): mnt: …": from "Error" on without the place. */
static const char *complaint_of(char *line)
{
    char *error = strstr(line, "Error (");
    char *text = error == NULL ? NULL : strstr(error, "): ");

    return text == NULL || !says_why(text) ? NULL : text + strlen("): ");
}

/* The last complaint among the lines of text, which is changed. */
static bool find_complaint(char *text, char complaint[COMPLAINT_BYTES])
{
    bool found = false;

    for (char *line = text; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        const char *said;

        if (end != NULL)
            *end = '\0';
        said = complaint_of(line);
        if (said != NULL) {
            (void)text_print(complaint, COMPLAINT_BYTES, "%.*s", COMPLAINT_BYTES - 1, said);
            found = true;
        }
        line = end == NULL ? NULL : end + 1;
    }
    return found;
}

enum log_content { LOG_MISSING, LOG_SILENT, LOG_COMPLAINS };

static enum log_content read_complaint(const char *path, char complaint[COMPLAINT_BYTES])
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    cleanup_free char *text = malloc(TAIL_BYTES + 1);
    struct stat status;
    ssize_t length;
    off_t start;

    if (file < 0 || text == NULL || fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return LOG_MISSING;
    start = status.st_size > TAIL_BYTES ? status.st_size - TAIL_BYTES : 0;
    length = pread(file, text, TAIL_BYTES, start);
    if (length <= 0)
        return LOG_MISSING;
    text[length] = '\0';
    return find_complaint(text, complaint) ? LOG_COMPLAINS : LOG_SILENT;
}

int checkpoint_remove_log(int directory, const char *log, struct error *error)
{
    if (unlinkat(directory, log, 0) == 0 || errno == ENOENT)
        return 0;
    return error_system(error, errno, "removing an older %s", log);
}

int checkpoint_explain(const struct checkpoint_options *options, const char *log, const char *what,
                       struct error *error)
{
    const char *directory = options->work_path != NULL ? options->work_path : options->image_path;
    const int number = error->system_errno;
    char complaint[COMPLAINT_BYTES];
    cleanup_text struct text path = text_growing(64 * 1024);
    struct error plain = *error;

    text_append_format(&path, "%s/%s", directory, log);
    switch (read_complaint(path.bytes, complaint)) {
    case LOG_COMPLAINS:
        error_set(error, ERROR_SYSTEM, "%s: criu: %s (see %s)", what, complaint, path.bytes);
        break;
    case LOG_SILENT: /* it did not live to tell */
        error_set(error, plain.kind, "%s: %s (see %s)", what, plain.message, path.bytes);
        break;
    case LOG_MISSING:
        return error_prefix(error, "%s", what);
    }
    error->system_errno = number;
    return -1;
}
