/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache of compiled filters; see seccomp_cache.h. Warm path: open, fstat, read, close, and a digest over
 * some kilobytes. */
#include "linux/seccomp_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

enum {
    CACHE_FORMAT = 2, /* raise it when the emitter or this file's layout changes */
    NOTES_MAX = 4096,
    NOTE_BYTES_MAX = 1024 * 1024,
    NAME_MAX_BYTES = 96,
    STALE_TEMPORARY_S = 3600, /* left by a writer that was killed */
};

static const char cache_magic[8] = "THWBPF\n";
static const char temporary_prefix[] = ".new-";

struct cache_header {
    char magic[8];
    uint32_t format;
    uint32_t count; /* instructions */
    uint64_t flags;
    uint32_t note_count; /* each: pointer NUL text NUL */
    uint32_t note_bytes;
    uint8_t key[DIGEST_BYTES];
    uint8_t digest[DIGEST_BYTES]; /* of everything, with these bytes zero */
};

/* ---- the key ---- */

static void add_number(struct digest_state *state, uint64_t number)
{
    digest_add(state, &number, sizeof(number));
}

/* Length first, so that no two different lists give the same bytes. */
static void add_string(struct digest_state *state, const char *string)
{
    size_t length = string != NULL ? strlen(string) : 0;

    add_number(state, string != NULL ? length : UINT64_MAX);
    digest_add(state, string != NULL ? string : "", length);
}

static void add_strings(struct digest_state *state, const struct plan_strings *strings)
{
    add_number(state, strings->count);
    for (size_t i = 0; i < strings->count; i++)
        add_string(state, strings->items[i]);
}

static void add_rule(struct digest_state *state, const struct plan_seccomp_rule *rule)
{
    add_strings(state, &rule->names);
    add_number(state, (uint64_t)rule->action);
    add_number(state, rule->data);
    add_number(state, rule->index);
    add_number(state, rule->argument_count);
    for (size_t i = 0; i < rule->argument_count; i++) {
        const struct plan_seccomp_argument *argument = &rule->arguments[i];

        add_number(state, argument->index);
        add_number(state, (uint64_t)argument->operation);
        add_number(state, argument->value);
        add_number(state, argument->value_two);
    }
}

#if __SIZEOF_POINTER__ == 8
/* A member was added? Then it belongs into the key: a peer's cache once forgot one, and gave containers each
 * other's filters. */
_Static_assert(sizeof(struct plan_seccomp) == 96, "add the new member of plan_seccomp to seccomp_cache_key");
_Static_assert(sizeof(struct plan_seccomp_rule) == 48, "add the new member of plan_seccomp_rule to add_rule");
_Static_assert(sizeof(struct plan_seccomp_argument) == 24,
               "add the new member of plan_seccomp_argument to add_rule");
#endif

/* One filter of a stack: whose it is shows in notes, which are kept with the program. */
static void add_filter(struct digest_state *state, const struct plan_seccomp *plan)
{
    add_number(state, (uint64_t)plan->default_action);
    add_number(state, plan->default_data);
    add_number(state, plan->default_data_given);
    add_strings(state, &plan->architectures);
    add_number(state, plan->flags);
    add_number(state, plan->allow_socketcall);
    add_number(state, plan->notify);
    add_string(state, plan->listener_path.text);
    add_string(state, plan->listener_metadata);
    add_string(state, plan->policy);
    add_number(state, plan->rule_count);
    for (size_t i = 0; i < plan->rule_count; i++)
        add_rule(state, &plan->rules[i]);
}

int seccomp_cache_key(const struct plan_seccomp *plan, struct digest *key, struct error *error)
{
    struct digest_state state;
    struct utsname kernel;

    if (uname(&kernel) != 0)
        return error_system(error, errno, "cannot read the kernel's release");
    digest_begin(&state);
    add_number(&state, CACHE_FORMAT);
    add_number(&state, seccomp_library_version());
    /* A cached filter is not tried again: so it holds only for the kernel that it was tried on. */
    add_string(&state, kernel.release);
    add_string(&state, kernel.version);
    add_string(&state, kernel.machine);
    for (; plan != NULL; plan = plan->also)
        add_filter(&state, plan);
    *key = digest_end(&state);
    return 0;
}

/* ---- reading ---- */

int seccomp_cache_open(const char *path, struct error *error)
{
    struct stat status;
    cleanup_fd int directory = -1;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_system(error, errno, "cannot make the directory of compiled filters %s", path);
    directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0 || fstat(directory, &status) != 0)
        return error_system(error, errno, "cannot open the directory of compiled filters %s", path);
    if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
        return error_set(
            error, ERROR_SYSTEM,
            "the directory of compiled filters %s is not ours alone (owner %u, mode %03o): chmod 0700 it or "
            "remove it",
            path, status.st_uid, status.st_mode & 0777U);
    return take_fd(&directory);
}

static struct digest digest_of_file(struct cache_header header, const char *body, size_t length)
{
    struct digest_state state;

    memset(header.digest, 0, sizeof(header.digest));
    digest_begin(&state);
    digest_add(&state, &header, sizeof(header));
    digest_add(&state, body, length);
    return digest_end(&state);
}

/* The notes, from their packed form; false when it is not what the header promised. */
static bool unpack_notes(const char *bytes, const struct cache_header *header, struct arena *arena,
                         struct seccomp_program *program)
{
    struct plan_note *notes = arena_array(arena, header->note_count, sizeof(*notes));
    const char *next = bytes, *end = bytes + header->note_bytes;

    for (uint32_t i = 0; i < header->note_count; i++) {
        const char **parts[2] = {&notes[i].pointer, &notes[i].text};

        for (size_t part = 0; part < 2; part++) {
            const char *stop = memchr(next, '\0', (size_t)(end - next));

            if (stop == NULL)
                return false;
            *parts[part] = next;
            next = stop + 1;
        }
    }
    program->notes = notes;
    program->note_count = header->note_count;
    return next == end;
}

static bool parse_file(const char *bytes, size_t length, const struct digest *key, struct arena *arena,
                       struct seccomp_program *program)
{
    struct cache_header header;
    struct digest digest;
    size_t code_bytes;

    if (length < sizeof(header))
        return false;
    memcpy(&header, bytes, sizeof(header));
    bytes += sizeof(header);
    length -= sizeof(header);
    code_bytes = header.count * sizeof(struct sock_filter);
    if (memcmp(header.magic, cache_magic, sizeof(cache_magic)) != 0 || header.format != CACHE_FORMAT ||
        header.count == 0 || header.count > BPF_MAXINSNS || header.note_count > NOTES_MAX ||
        header.note_bytes > NOTE_BYTES_MAX || length != code_bytes + header.note_bytes ||
        memcmp(header.key, key->bytes, DIGEST_BYTES) != 0)
        return false;
    digest = digest_of_file(header, bytes, length);
    if (memcmp(digest.bytes, header.digest, DIGEST_BYTES) != 0)
        return false;
    *program = (struct seccomp_program){.count = (unsigned short)header.count, .flags = header.flags};
    program->instructions = arena_array(arena, header.count, sizeof(struct sock_filter));
    memcpy(program->instructions, bytes, code_bytes);
    return unpack_notes(bytes + code_bytes, &header, arena, program);
}

bool seccomp_cache_read(int directory, const struct digest *key, struct arena *arena,
                        struct seccomp_program *program)
{
    const size_t largest =
        sizeof(struct cache_header) + BPF_MAXINSNS * sizeof(struct sock_filter) + NOTE_BYTES_MAX;
    cleanup_fd int file = -1;
    char name[DIGEST_HEX_SIZE];
    struct stat status;
    char *bytes;
    size_t length;

    digest_hex(key, name);
    file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0)
        return false;
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 022) != 0 ||
        status.st_size < (off_t)sizeof(struct cache_header) || status.st_size > (off_t)largest)
        return false;
    if (descriptor_read_all(file, (size_t)status.st_size, name, arena, &bytes, &length, NULL) != 0)
        return false;
    return parse_file(bytes, length, key, arena, program);
}

/* ---- writing ---- */

struct cache_entry {
    char name[NAME_MAX_BYTES];
    time_t modified;
};

static int compare_entries(const void *left, const void *right)
{
    const struct cache_entry *a = left, *b = right;

    return a->modified < b->modified ? -1 : a->modified > b->modified;
}

/* Remove an entry; somebody else may have been faster. */
static int remove_entry(int directory, const char *name, struct error *error)
{
    if (unlinkat(directory, name, 0) != 0 && errno != ENOENT)
        return error_system(error, errno, "cannot remove the compiled filter %s", name);
    return 0;
}

/* Keep the newest SECCOMP_CACHE_ENTRIES_MAX of at most four times as many that are looked at, and no stale
 * temporary file. */
static int prune(int directory, struct error *error)
{
    const size_t room = (size_t)SECCOMP_CACHE_ENTRIES_MAX * 4;
    cleanup_free struct cache_entry *entries = NULL;
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    time_t now = time(NULL);
    size_t count = 0;
    int result = 0;

    if (stream == NULL) {
        error_system(error, errno, "cannot list the compiled filters");
        descriptor_close(&copy);
        return -1;
    }
    entries = calloc(room, sizeof(*entries));
    for (struct dirent *entry = readdir(stream); entries != NULL && entry != NULL && count < room;
         entry = readdir(stream)) {
        struct stat status;
        bool temporary = text_starts_with(entry->d_name, temporary_prefix);

        if ((entry->d_name[0] == '.' && !temporary) || strlen(entry->d_name) >= NAME_MAX_BYTES ||
            fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
            continue;
        if (temporary) {
            if (status.st_mtime + STALE_TEMPORARY_S < now)
                result |= remove_entry(directory, entry->d_name, error);
            continue;
        }
        entries[count].modified = status.st_mtime;
        memcpy(entries[count++].name, entry->d_name, strlen(entry->d_name) + 1);
    }
    (void)closedir(stream);
    if (count > SECCOMP_CACHE_ENTRIES_MAX) {
        qsort(entries, count, sizeof(*entries), compare_entries);
        for (size_t i = 0; i < count - SECCOMP_CACHE_ENTRIES_MAX; i++)
            result |= remove_entry(directory, entries[i].name, error);
    }
    return result;
}

static char *pack(const struct digest *key, const struct seccomp_program *program, size_t *length)
{
    size_t code_bytes = program->count * sizeof(struct sock_filter), note_bytes = 0;
    struct cache_header header = {.format = CACHE_FORMAT, .count = program->count, .flags = program->flags};
    struct digest digest;
    char *bytes, *next;

    for (size_t i = 0; i < program->note_count; i++)
        note_bytes += strlen(program->notes[i].pointer) + strlen(program->notes[i].text) + 2;
    if (program->note_count > NOTES_MAX || note_bytes > NOTE_BYTES_MAX)
        return NULL;
    memcpy(header.magic, cache_magic, sizeof(cache_magic));
    memcpy(header.key, key->bytes, DIGEST_BYTES);
    header.note_count = (uint32_t)program->note_count;
    header.note_bytes = (uint32_t)note_bytes;
    *length = sizeof(header) + code_bytes + note_bytes;
    bytes = calloc(1, *length);
    if (bytes == NULL)
        return NULL;
    next = bytes + sizeof(header);
    memcpy(next, program->instructions, code_bytes);
    next += code_bytes;
    for (size_t i = 0; i < program->note_count; i++) {
        next = stpcpy(next, program->notes[i].pointer) + 1;
        next = stpcpy(next, program->notes[i].text) + 1;
    }
    digest = digest_of_file(header, bytes + sizeof(header), code_bytes + note_bytes);
    memcpy(header.digest, digest.bytes, DIGEST_BYTES);
    memcpy(bytes, &header, sizeof(header));
    return bytes;
}

int seccomp_cache_write(int directory, const struct digest *key, const struct seccomp_program *program,
                        struct error *error)
{
    cleanup_free char *bytes = NULL;
    cleanup_fd int file = -1;
    char name[DIGEST_HEX_SIZE], temporary[NAME_MAX_BYTES];
    uint64_t random;
    size_t length;

    bytes = pack(key, program, &length);
    if (bytes == NULL)
        return error_set(error, ERROR_LIMIT, "the compiled filter is too large to be kept");
    digest_hex(key, name);
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint64_t)getpid(); /* early at boot; the name need not be secret, O_EXCL decides */
    (void)text_print(temporary, sizeof(temporary), "%s%016llx", temporary_prefix, (unsigned long long)random);
    file = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return error_system(error, errno, "cannot keep the compiled filter");
    /* Not synced: after a crash the digest tells a torn file from a whole one. */
    if (descriptor_write_all(file, bytes, length) != 0 ||
        renameat(directory, temporary, directory, name) != 0) {
        int failure = errno;

        (void)unlinkat(directory, temporary, 0);
        return error_system(error, failure, "cannot keep the compiled filter");
    }
    return prune(directory, error);
}
