/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to thwart-gpg, and what it answers read strictly. */
#include "container/gpg_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/gpg_messages.h"
#include "base/memory.h"
#include "base/number.h"
#include "container/gpg_answers.h"
#include "container/site_path.h"
#include "trust/packets.h"

enum {
    PATIENCE_MS = 5000, /* beyond what it takes itself */
    FIXED_MAX = 2,      /* descriptors before the keyrings */
    FIELD_MAX = 64,
};

/* Descriptors that go along with one question. */
struct attachments {
    int items[FIXED_MAX + GPG_KEYRINGS_MAX];
    size_t count;
};

static void attachments_close(struct attachments *attachments)
{
    for (size_t i = 0; i < attachments->count; i++)
        descriptor_close(&attachments->items[i]);
}
#define cleanup_attachments __attribute__((cleanup(attachments_close)))

void gpg_helper_begin(struct gpg_helper *gpg, const char *directory)
{
    gpg->directory = directory;
    gpg->timeout_ms = GPG_HELPER_TIMEOUT_MS;
    gpg->cache = NULL;
    gpg->helper = (struct helper)HELPER_NONE;
}

void gpg_helper_end(struct gpg_helper *gpg)
{
    helper_end(&gpg->helper);
}

/* ---- what goes along ---- */

/* count bytes in a memory file; none: an empty one. */
static int attach_bytes(struct attachments *attachments, const void *bytes, size_t length,
                        struct error *error)
{
    cleanup_fd int file = memfd_create("thwart-gpg", MFD_CLOEXEC);

    if (file < 0 || descriptor_write_all(file, bytes, length) != 0)
        return error_system(error, errno, "making a memory file");
    attachments->items[attachments->count++] = take_fd(&file);
    return 0;
}

/* Whoever can change a keyring decides what is trusted. */
static int check_keyring(int file, const char *path, struct error *error)
{
    struct stat status;

    if (fstat(file, &status) != 0)
        return error_system(error, errno, "looking at the keyring %s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "the keyring %s is no regular file", path);
    if (!site_path_is_ours(&status) || (status.st_mode & 0022) != 0)
        return error_set(error, ERROR_DENIED,
                         "the keyring %s could be changed by others: it must belong to root or to whoever "
                         "starts the container, and be writable by nobody else",
                         path);
    if (status.st_size > GPG_KEYRING_BYTES_MAX)
        return error_set(error, ERROR_LIMIT, "the keyring %s has more than %d bytes", path,
                         GPG_KEYRING_BYTES_MAX);
    return 0;
}

/* Its bytes as they are now: what is verified with them is remembered under them, and gpg gets these very
 * ones. */
static int read_keyring(const struct trust_keyring *keyring, struct arena *scratch,
                        struct trust_keyring *loaded, struct error *error)
{
    cleanup_fd int file = -1;
    char *bytes;

    *loaded = *keyring;
    if (keyring->path == NULL)
        return 0;
    file = open(keyring->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0 && errno == ELOOP)
        return error_set(
            error, ERROR_INVALID,
            "the keyring %s is a symbolic link: name the file itself, so that nobody else decides "
            "which it is",
            keyring->path);
    if (file < 0)
        return error_system(error, errno, "opening the keyring %s", keyring->path);
    if (check_keyring(file, keyring->path, error) != 0)
        return -1;
    if (site_path_check(keyring->path, error) != 0)
        return error_prefix(error, "the keyring");
    if (descriptor_read_all(file, GPG_KEYRING_BYTES_MAX, keyring->path, scratch, &bytes, &loaded->length,
                            error) != 0)
        return -1;
    loaded->bytes = bytes;
    return 0;
}

static int read_keyrings(const struct trust_keyring *keyrings, size_t count, struct arena *scratch,
                         struct trust_keyring *loaded, struct error *error)
{
    if (count > GPG_KEYRINGS_MAX)
        return error_set(error, ERROR_LIMIT, "%zu keyrings are named, and %d can be", count,
                         GPG_KEYRINGS_MAX);
    for (size_t i = 0; i < count; i++)
        if (read_keyring(&keyrings[i], scratch, &loaded[i], error) != 0)
            return -1;
    return 0;
}

static int add_keyrings(struct gpg_helper *gpg, const struct trust_keyring *loaded, size_t count,
                        struct attachments *attachments, struct error *error)
{
    message_add(&gpg->question, "directory", gpg->directory);
    for (size_t i = 0; i < count; i++) {
        if (attach_bytes(attachments, loaded[i].bytes, loaded[i].length, error) != 0)
            return -1;
        message_add(&gpg->question, "keyring", loaded[i].path != NULL ? loaded[i].path : "in the document");
    }
    return 0;
}

static int ask(struct gpg_helper *gpg, int timeout_ms, const struct attachments *attachments,
               struct error *error)
{
    message_add_number(&gpg->question, "timeout-ms", timeout_ms);
    if (gpg->helper.pid == 0 && helper_start(GPG_HELPER, &gpg->helper, error) != 0)
        return -1;
    return helper_ask(&gpg->helper, &gpg->question, attachments->items, attachments->count,
                      timeout_ms + PATIENCE_MS, &gpg->answer, error);
}

/* ---- what comes back ---- */

/* The next word of a value; the last takes the rest. */
static const char *next_word(const char **cursor, struct arena *arena)
{
    size_t length = strcspn(*cursor, " ");
    const char *word = arena_copy(arena, *cursor, length);

    *cursor += length;
    *cursor += **cursor == ' ';
    return word;
}

static bool next_number(const char **cursor, struct arena *arena, int64_t *value)
{
    return number_signed(next_word(cursor, arena), 0, INT64_MAX, value);
}

static bool is_fingerprint(const char *text)
{
    size_t length = strlen(text);

    return (length == 40 || length == 64) && strspn(text, "0123456789ABCDEF") == length;
}

static bool read_status(const char *word, enum trust_gpg_status *status)
{
    static const struct {
        const char *word;
        enum trust_gpg_status status;
    } words[] = {
        {GPG_STATUS_GOOD, TRUST_GPG_GOOD},
        {GPG_STATUS_BAD, TRUST_GPG_BAD},
        {GPG_STATUS_NO_KEY, TRUST_GPG_NO_KEY},
        {GPG_STATUS_EXPIRED, TRUST_GPG_EXPIRED},
        {GPG_STATUS_KEY_EXPIRED, TRUST_GPG_KEY_EXPIRED},
        {GPG_STATUS_KEY_REVOKED, TRUST_GPG_KEY_REVOKED},
        {GPG_STATUS_KEY_UNUSABLE, TRUST_GPG_KEY_UNUSABLE},
        {GPG_STATUS_WEAK, TRUST_GPG_WEAK},
        {GPG_STATUS_ERROR, TRUST_GPG_ERROR},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(words[i].word, word) == 0) {
            *status = words[i].status;
            return true;
        }
    return false;
}

static bool read_signature(const char *value, struct arena *arena, struct trust_gpg_signature *signature)
{
    bool known = read_status(next_word(&value, arena), &signature->status);
    const char *fingerprint = next_word(&value, arena), *primary = next_word(&value, arena);

    if (!known || !next_number(&value, arena, &signature->created_s) ||
        !next_number(&value, arena, &signature->expires_s))
        return false;
    signature->fingerprint =
        strcmp(fingerprint, "-") == 0 ? NULL : fingerprint; /* or a key id, of a missing key */
    signature->primary = is_fingerprint(primary) ? primary : NULL;
    signature->words = arena_string(arena, value);
    return signature->status != TRUST_GPG_GOOD || (is_fingerprint(fingerprint) && is_fingerprint(primary));
}

static size_t count_members(const struct message *message, const char *wanted)
{
    size_t cursor = 0, count = 0;
    const char *value;
    char name[FIELD_MAX];

    while (message_next(message, &cursor, name, sizeof(name), &value))
        count += strcmp(name, wanted) == 0;
    return count;
}

static int unexpected(struct error *error)
{
    return error_set(error, ERROR_SYSTEM, "%s has answered something that is not understood", GPG_HELPER);
}

/* What it has written to a memory file of ours. */
static int read_file(int file, int64_t length, struct arena *arena, const char **bytes, struct error *error)
{
    char *copy = arena_allocate(arena, (size_t)length + 1);
    ssize_t count = pread(file, copy, (size_t)length, 0);

    if (count != length)
        return unexpected(error);
    *bytes = copy;
    return 0;
}

/* What gpg->answer says, but for the payload itself. */
static int read_verdict(const struct gpg_helper *gpg, struct arena *arena, struct trust_gpg_answer *answer,
                        struct error *error)
{
    size_t cursor = 0, count = count_members(&gpg->answer, "signature");
    struct trust_gpg_signature *signatures = arena_array(arena, count, sizeof(*signatures));
    const char *value;
    char name[FIELD_MAX];
    int64_t length;

    *answer = (struct trust_gpg_answer){.signatures = signatures};
    while (message_next(&gpg->answer, &cursor, name, sizeof(name), &value))
        if (strcmp(name, "signature") == 0 && !read_signature(value, arena, &signatures[answer->count++]))
            return unexpected(error);
    if (!message_get_number(&gpg->answer, "payload-bytes", 0, GPG_PAYLOAD_BYTES_MAX, &length))
        return 0;
    if (count != 1 || signatures[0].status != TRUST_GPG_GOOD)
        return unexpected(error);
    answer->payload_length = (size_t)length;
    return 0;
}

static bool has_payload(const struct gpg_helper *gpg)
{
    return message_get(&gpg->answer, "payload-bytes") != NULL;
}

static bool recall(struct gpg_helper *gpg, const struct digest *key, struct arena *arena,
                   struct trust_gpg_answer *answer)
{
    const char *payload;
    struct error ignored; /* an entry of another thwart's: asked anew */
    size_t length;

    if (gpg->cache == NULL ||
        !gpg_answer_recall(gpg->cache, key, time(NULL), arena, &gpg->answer, &payload, &length) ||
        read_verdict(gpg, arena, answer, &ignored) != 0 || answer->payload_length != length)
        return false;
    answer->payload = has_payload(gpg) ? payload : NULL;
    return true;
}

static int ask_about(struct gpg_helper *gpg, const struct trust_keyring *loaded, size_t count,
                     const void *signature, size_t length, struct arena *arena,
                     struct trust_gpg_answer *answer, struct error *error)
{
    cleanup_attachments struct attachments attachments = {0};

    message_begin(&gpg->question, GPG_VERIFY);
    if (attach_bytes(&attachments, signature, length, error) != 0 ||
        attach_bytes(&attachments, "", 0, error) != 0 ||
        add_keyrings(gpg, loaded, count, &attachments, error) != 0 ||
        ask(gpg, gpg->timeout_ms, &attachments, error) != 0 || read_verdict(gpg, arena, answer, error) != 0)
        return -1;
    return has_payload(gpg) ? read_file(attachments.items[1], (int64_t)answer->payload_length, arena,
                                        &answer->payload, error)
                            : 0;
}

static int verify(void *context, const struct trust_keyring *keyrings, size_t keyring_count,
                  const void *signature, size_t length, struct arena *arena, struct trust_gpg_answer *answer,
                  struct error *error)
{
    struct trust_keyring loaded[GPG_KEYRINGS_MAX];
    cleanup_arena struct arena scratch = {0};
    struct gpg_helper *gpg = context;
    const int64_t now_s = time(NULL); /* before it is asked */
    struct digest key = {0};

    if (read_keyrings(keyrings, keyring_count, &scratch, loaded, error) != 0)
        return -1;
    if (gpg->cache != NULL)
        key = gpg_answer_key(loaded, keyring_count, signature, length);
    if (recall(gpg, &key, arena, answer))
        return 0;
    if (ask_about(gpg, loaded, keyring_count, signature, length, arena, answer, error) != 0)
        return -1;
    if (gpg->cache != NULL)
        gpg_answer_remember(gpg->cache, &key, now_s, &gpg->answer, answer);
    return 0;
}

struct trust_gpg gpg_helper_of(struct gpg_helper *gpg)
{
    return (struct trust_gpg){.verify = verify, .context = gpg};
}

int gpg_helper_keys(struct gpg_helper *gpg, const struct trust_keyring *keyrings, size_t keyring_count,
                    struct arena *arena, const struct gpg_key **keys, size_t *key_count, struct error *error)
{
    cleanup_attachments struct attachments attachments = {0};
    struct trust_keyring loaded[GPG_KEYRINGS_MAX];
    cleanup_arena struct arena scratch = {0};
    struct gpg_key *found;
    size_t cursor = 0, count = 0;
    const char *value;
    char name[FIELD_MAX];

    message_begin(&gpg->question, GPG_KEYS);
    if (read_keyrings(keyrings, keyring_count, &scratch, loaded, error) != 0 ||
        add_keyrings(gpg, loaded, keyring_count, &attachments, error) != 0 ||
        ask(gpg, gpg->timeout_ms, &attachments, error) != 0)
        return -1;
    found = arena_array(arena, count_members(&gpg->answer, "key"), sizeof(*found));
    while (message_next(&gpg->answer, &cursor, name, sizeof(name), &value)) {
        struct gpg_key *key = &found[count];

        if (strcmp(name, "key") != 0)
            continue;
        key->fingerprint = next_word(&value, arena);
        key->status = next_word(&value, arena);
        if (!is_fingerprint(key->fingerprint) || !next_number(&value, arena, &key->created_s) ||
            !next_number(&value, arena, &key->expires_s))
            return unexpected(error);
        key->algorithm = next_word(&value, arena);
        key->user = arena_string(arena, value);
        count++;
    }
    *keys = found;
    *key_count = count;
    return 0;
}

int gpg_helper_sign(struct gpg_helper *gpg, const char *key, const char *home, const char *tty,
                    int timeout_ms, const void *payload, size_t length, struct arena *arena,
                    const void **signature, size_t *signature_length, struct error *error)
{
    cleanup_attachments struct attachments attachments = {0};
    const char *bytes;
    int64_t made;

    message_begin(&gpg->question, GPG_SIGN);
    message_add(&gpg->question, "key", key);
    message_add(&gpg->question, "home", home);
    message_add(&gpg->question, "tty", tty);
    if (attach_bytes(&attachments, payload, length, error) != 0 ||
        attach_bytes(&attachments, "", 0, error) != 0 || ask(gpg, timeout_ms, &attachments, error) != 0)
        return -1;
    if (!message_get_number(&gpg->answer, "signature-bytes", 1, TRUST_SIGNATURE_BYTES_MAX, &made))
        return unexpected(error);
    if (read_file(attachments.items[1], made, arena, &bytes, error) != 0)
        return -1;
    *signature = bytes;
    *signature_length = (size_t)made;
    return 0;
}
