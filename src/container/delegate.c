/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delegated containers on record, the delegate's command line, and what is handed on as it is. */
#include "container/delegate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "container/container_id.h"
#include "container/delegated.h"
#include "container/state_root.h"
#include "container/state_store.h"
#include "linux/delegate_program.h"
#include "linux/host_program.h"

#define RECORD_FILE     "delegate.json"
#define RECORD_FILE_NEW "delegate.json.new"

enum {
    RECORD_FILE_BYTES_MAX = 1024 * 1024,
    ANSWER_BYTES_MAX = 16 * 1024 * 1024,
    ANSWER_TIMEOUT_MS = 10000,
    GLOBAL_WORDS_MAX = 16,
};

static const struct json_field fields[] = {
    JSON_FIELD(struct delegate_record, path, "path", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct delegate_record, root, "root", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct delegate_record, options, "options", JSON_KIND_STRINGS),
};
static const struct json_table table = JSON_TABLE(struct delegate_record, "record of a delegate", fields);

void delegated_close(struct delegated *delegated)
{
    descriptor_close(&delegated->directory);
    descriptor_close(&delegated->root);
    arena_free(&delegated->arena);
}

/* ---- on record ---- */

static int read_record(struct delegated *delegated, const char *id, struct error *error)
{
    cleanup_fd int file =
        openat(delegated->directory, RECORD_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const char *name = arena_format(&delegated->arena, "the delegate's record of container %s", id);
    const struct json_decoding decoding = {.name = name, .arena = &delegated->arena};
    struct json_value *root;
    char *bytes;
    size_t length;

    if (file < 0 && errno == ENOENT)
        return 0;
    if (file < 0)
        return error_system(error, errno, "opening %s", name);
    if (descriptor_read_all(file, RECORD_FILE_BYTES_MAX, name, &delegated->arena, &bytes, &length, error) !=
            0 ||
        json_read(bytes, length, name, &(struct json_limits){0}, &delegated->arena, &root, error) != 0 ||
        json_decode(&decoding, &table, root, &delegated->delegate, error) != 0)
        return -1;
    delegated->has_delegate = true;
    return 0;
}

int delegated_find(const struct runtime *runtime, const char *id, struct delegated *delegated,
                   struct error *error)
{
    cleanup_fd int root = -1;
    struct error unusual;

    delegated->runtime = runtime;
    /* A word that is no id is refused by whoever asks for the container. */
    if (container_id_check(id, &unusual) != 0)
        return 0;
    if (state_root_path(runtime->root, &delegated->arena, &delegated->root_path, error) != 0 ||
        state_root_open(delegated->root_path, false, &root, error) != 0)
        return -1;
    if (root < 0)
        return 0;
    delegated->root = openat(root, DELEGATED_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (delegated->root < 0 && errno == ENOENT)
        return 0;
    if (delegated->root < 0)
        return error_system(error, errno, "opening %s/" DELEGATED_DIRECTORY, delegated->root_path);
    if (state_open(delegated->root, id, &delegated->directory, error) != 0)
        return error->kind == ERROR_NOT_FOUND ? 0 : -1;
    return read_record(delegated, id, error) != 0 ? -1 : 1;
}

int delegated_write(const struct delegated *delegated, struct error *error)
{
    cleanup_text struct text text = text_growing(RECORD_FILE_BYTES_MAX);
    cleanup_fd int file = -1;

    json_encode(&text, &table, &delegated->delegate, 0);
    text_append_character(&text, '\n');
    if (text_complete(&text, "the record of the delegate", error) != 0)
        return -1;
    file = openat(delegated->directory, RECORD_FILE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  0600);
    if (file < 0 || descriptor_write_all(file, text.bytes, text.length) != 0 || fsync(file) != 0 ||
        renameat(delegated->directory, RECORD_FILE_NEW, delegated->directory, RECORD_FILE) != 0)
        return error_system(error, errno, "writing the record of the delegate");
    return 0;
}

/* Only links and one file are ours in there; whatever else a delegate put there is a file too. */
static int remove_bundle(int directory)
{
    int bundle = openat(directory, DELEGATED_BUNDLE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = bundle < 0 ? NULL : fdopendir(bundle);

    if (stream == NULL) {
        int number = errno;

        descriptor_close(&bundle);
        errno = number;
        return number == ENOENT ? 0 : -1;
    }
    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            unlinkat(dirfd(stream), entry->d_name, 0) != 0 && errno != ENOENT) {
            int number = errno;

            closedir(stream);
            errno = number;
            return -1;
        }
    closedir(stream);
    return unlinkat(directory, DELEGATED_BUNDLE, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

int delegated_remove(struct delegated *delegated, const char *id, struct error *error)
{
    /* The record last: as long as something is there, delete --force knows whom to ask. */
    if (remove_bundle(delegated->directory) != 0)
        return error_system(error, errno, "removing the delegated bundle of container %s", id);
    return state_remove(delegated->root, id, delegated->directory, error);
}

int delegate_configured(const struct runtime *runtime, struct arena *arena, const char **path,
                        struct error *error)
{
    struct configuration configuration;

    *path = runtime->delegation != NULL ? runtime->delegation->path : NULL;
    if (*path != NULL)
        return 0;
    if (policies_configuration(&runtime->policies, arena, &configuration, error) != 0)
        return -1;
    *path = configuration.delegate;
    return 0;
}

/* ---- the command line ---- */

void delegate_line_add(struct delegate_line *line, const char *word)
{
    line->words[line->count++] = (char *)(uintptr_t)word;
}

void delegate_line_option(struct delegate_line *line, const char *name, const char *value)
{
    if (value == NULL)
        return;
    delegate_line_add(line, name);
    delegate_line_add(line, value);
}

struct delegate_line delegate_line_begin(struct delegated *delegated, size_t more)
{
    static const struct delegation nothing = {0};
    const struct delegation *ours =
        delegated->runtime->delegation != NULL ? delegated->runtime->delegation : &nothing;
    const struct json_strings *options = &delegated->delegate.options;
    struct delegate_line line = {.words = arena_array(&delegated->arena,
                                                      GLOBAL_WORDS_MAX + options->count + more + 1,
                                                      sizeof(*line.words))};

    delegate_line_add(&line, delegated->delegate.path);
    delegate_line_option(&line, "--root", delegated->delegate.root);
    delegate_line_option(&line, "--log", ours->log);
    delegate_line_option(&line, "--log-format", ours->log_format);
    if (ours->debug)
        delegate_line_add(&line, "--debug");
    if (ours->systemd_cgroup)
        delegate_line_add(&line, "--systemd-cgroup");
    /* crun's alone: only where it was asked for. */
    if (ours->cgroup_manager != NULL)
        delegate_line_add(&line,
                          arena_format(&delegated->arena, "--cgroup-manager=%s", ours->cgroup_manager));
    if (ours->rootless != NULL)
        delegate_line_add(&line, arena_format(&delegated->arena, "--rootless=%s", ours->rootless));
    for (size_t i = 0; i < options->count; i++)
        delegate_line_add(&line, options->items[i]);
    return line;
}

/* ---- asking it ---- */

int delegate_knows(struct delegated *delegated, const char *id, bool *known, struct error *error)
{
    const char *const candidates[] = {delegated->delegate.path, NULL};
    struct delegate_line line = delegate_line_begin(delegated, 2);
    struct error answer = {0};
    char *output;

    *known = true;
    delegate_line_add(&line, "state");
    delegate_line_add(&line, id);
    if (host_program_output("delegate", candidates, line.words, ANSWER_BYTES_MAX, ANSWER_TIMEOUT_MS,
                            &delegated->arena, &output, &answer) == 0)
        return 0;
    if (answer.kind == ERROR_INVALID) {
        *known = false;
        return 0;
    }
    *error = answer;
    return -1;
}

int delegate_document(const struct text *text, int lowest, struct arena *arena, const char **path,
                      struct error *error)
{
    cleanup_fd int file = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int kept;

    /* Sealed: whoever else gets to see the descriptor cannot change what the delegate reads. */
    if (file < 0 || descriptor_write_all(file, text->bytes, text->length) != 0 ||
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return error_system(error, errno, "writing a document for the delegate");
    kept = fcntl(file, F_DUPFD, lowest);
    if (kept < 0)
        return error_system(error, errno, "writing a document for the delegate");
    *path = arena_format(arena, "/proc/self/fd/%d", kept);
    return 0;
}

/* ---- as it is ---- */

/* The command as it was given, to whom delegated says. Returns on an error alone. */
static int pass_words(struct delegated *delegated, struct error *error)
{
    const struct delegation *ours = delegated->runtime->delegation;
    struct delegate_line line;

    if (delegate_program_check(delegated->delegate.path, error) != 0)
        return -1;
    line = delegate_line_begin(delegated, ours->word_count);
    for (size_t i = 0; i < ours->word_count; i++)
        delegate_line_add(&line, ours->words[i]);
    return delegate_program_become(delegated->delegate.path, line.words, error);
}

static int incomplete(const char *id, struct error *error)
{
    return error_set(error, ERROR_STATE,
                     "container %s was being created when its creator was killed: delete --force removes it",
                     id);
}

int delegate_pass(const struct runtime *runtime, const char *id, struct error *error)
{
    cleanup_delegated struct delegated delegated = DELEGATED_NONE;
    int found;

    if (runtime->delegation == NULL)
        return 0;
    if (id != NULL) {
        found = delegated_find(runtime, id, &delegated, error);
        if (found <= 0)
            return found;
        return delegated.has_delegate ? pass_words(&delegated, error) : incomplete(id, error);
    }
    delegated.runtime = runtime;
    if (delegate_configured(runtime, &delegated.arena, &delegated.delegate.path, error) != 0)
        return -1;
    if (delegated.delegate.path == NULL)
        return 0;
    if (state_root_path(runtime->root, &delegated.arena, &delegated.root_path, error) != 0)
        return -1;
    delegated.delegate.root =
        runtime->delegation->root != NULL
            ? runtime->delegation->root
            : host_path_join(&delegated.arena, delegated.root_path, DELEGATE_STATE).text;
    delegated.delegate.options = runtime->delegation->options;
    return pass_words(&delegated, error);
}

/* ---- delete ---- */

static int delete_locked(struct delegated *delegated, const char *id, bool force, int *status,
                         struct error *error)
{
    struct delegate_line line;
    bool known = false;

    /* Killed right after the claim: the delegate has heard nothing. */
    if (!delegated->has_delegate) {
        if (!force)
            return incomplete(id, error);
        return delegated_remove(delegated, id, error);
    }
    if (delegate_program_check(delegated->delegate.path, error) != 0)
        return -1;
    line = delegate_line_begin(delegated, 3);
    delegate_line_add(&line, "delete");
    if (force)
        delegate_line_add(&line, "--force");
    delegate_line_add(&line, id);
    if (delegate_program_run(delegated->delegate.path, line.words, status, error) != 0)
        return -1;
    if (*status != 0) {
        if (!force)
            return 0;
        if (delegate_knows(delegated, id, &known, error) != 0)
            return -1;
        if (known)
            return 0;
        *status = 0; /* of what it never had, or has no more, nothing is left either */
    }
    return delegated_remove(delegated, id, error);
}

int delegate_delete(const struct runtime *runtime, const char *id, bool force, int *status,
                    struct error *error)
{
    cleanup_delegated struct delegated delegated = DELEGATED_NONE;
    int found = delegated_find(runtime, id, &delegated, error);
    int result;

    *status = 0;
    if (found <= 0)
        return found;
    if (state_lock(delegated.directory, id, STATE_LOCK_TIMEOUT_MS, error) != 0)
        return force && error->kind == ERROR_NOT_FOUND ? 1 : -1;
    result = delete_locked(&delegated, id, force, status, error);
    state_unlock(delegated.directory);
    return result == 0 ? 1 : -1;
}

/* ---- restore ---- */

int delegate_restore(const struct runtime *runtime, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    const char *path;

    if (delegate_configured(runtime, &arena, &path, error) != 0)
        return -1;
    if (path == NULL)
        return 0;
    return error_set(
        error, ERROR_UNSUPPORTED,
        "restore cannot be delegated (to %s): what the images hold beyond the grant could not be "
        "seen; restore without a delegate",
        path);
}
