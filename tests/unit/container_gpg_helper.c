/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thwart-gpg and those who ask it, with real keys and messages: each sample gets the verdict of its README,
 * and keys made here cover what no sample has. arguments: the path of thwart-gpg, the directory of the
 * samples.
 */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "base/gpg_messages.h"
#include "base/memory.h"
#include "base/text.h"
#include "container/gpg_helper.h"
#include "trust/payload.h"

#define SAMPLE_DIGEST "sha256:72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define GOOD_VALIDITY                                                                                        \
    "0123456789ABCDEF0123456789ABCDEF01234567 2026-01-01 1767225600 0 4 0 22 8 00 "                          \
    "0123456789ABCDEF0123456789ABCDEF01234567"
#define SAMPLE_NAME "127.0.0.1:5000/demo/tiny:1.0"

static const char *program, *samples;
static char place[PATH_MAX]; /* of this run: the signers' home, keyrings, messages, homes */
static char only_gpg[PATH_MAX];
static struct gpg_helper helper;
static struct error error;

/* ---- files and programs ---- */

static const char *at(const char *name)
{
    static char paths[8][PATH_MAX];
    static size_t next;
    char *path = paths[next++ % ARRAY_LENGTH(paths)];

    assert_int_equal(text_print(path, PATH_MAX, "%s/%s", place, name), 0);
    return path;
}

static const char *in(struct arena *arena, const char *directory, const char *name)
{
    return arena_format(arena, "%s/%s", directory, name);
}

static void put(const char *path, const void *bytes, size_t length, mode_t mode)
{
    cleanup_fd int file = -1;

    unlink(path);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(descriptor_write_all(file, bytes, length), 0);
    assert_int_equal(fchmod(file, mode), 0);
}

static const char *get(const char *path, struct arena *arena, size_t *length)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    char *bytes;

    assert_true(file >= 0);
    assert_int_equal(descriptor_read_all(file, 1 << 26, path, arena, &bytes, length, &error), 0);
    return bytes;
}

/* gpg in the home of the signers. Arguments end with NULL. */
static void gpg(const char *first, ...)
{
    const char *arguments[32] = {
        "gpg", "--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode=loopback", "--passphrase", ""};
    size_t count = 8;
    va_list list;
    pid_t child;
    int status;

    va_start(list, first);
    for (const char *argument = first; argument != NULL; argument = va_arg(list, const char *))
        arguments[count++] = argument;
    va_end(list);
    arguments[count] = NULL;
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cleanup_fd int null = open("/dev/null", O_RDWR);

        dup2(null, 0);
        dup2(null, 2);
        setenv("GNUPGHOME", at("signers"), 1);
        execvp("gpg", (char **)(uintptr_t)arguments);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("gpg %s fails", first);
}

/* The helper as the runtime starts it, but with programs of this search path. */
static void start_with(const char *search)
{
    int pair[2];

    gpg_helper_end(&helper);
    gpg_helper_begin(&helper, place);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    helper.helper.name = GPG_HELPER;
    helper.helper.socket = pair[0];
    helper.helper.pid = fork();
    assert_true(helper.helper.pid >= 0);
    if (helper.helper.pid == 0) {
        /* Neither is to be heeded. */
        char *environment[] = {NULL, NULL, (char[]){"HOME=/nonexistent"}, NULL};
        char *arguments[] = {(char[]){GPG_HELPER}, NULL};
        char path[PATH_MAX + 8], home[PATH_MAX + 16];
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (text_print(path, sizeof(path), "PATH=%s", search) != 0 ||
            text_print(home, sizeof(home), "GNUPGHOME=%s/signers", place) != 0)
            _exit(126);
        environment[0] = path;
        environment[1] = home;
        for (int standard = 0; standard < HELPER_SOCKET; standard++)
            dup2(null, standard);
        dup2(pair[1], HELPER_SOCKET);
        descriptor_cloexec_from(HELPER_SOCKET + 1);
        execve(program, arguments, environment);
        _exit(127);
    }
    close(pair[1]);
    helper.helper.pidfd = (int)syscall(SYS_pidfd_open, helper.helper.pid, 0);
    assert_true(helper.helper.pidfd >= 0);
}

/* A program of that name alone in a directory, beside what shells need. */
static const char *fake(const char *directory, const char *name, const char *script)
{
    static char search[PATH_MAX];
    char path[PATH_MAX];

    assert_int_equal(text_print(search, sizeof(search), "%s", at(directory)), 0);
    assert_int_equal(text_print(path, sizeof(path), "%s/%s", search, name), 0);
    mkdir(search, 0700);
    put(path, script, strlen(script), 0700);
    return search;
}

/* No home is left. */
static size_t count_homes(void)
{
    DIR *list = opendir(at(GPG_HOMES));
    const struct dirent *entry;
    size_t count = 0;

    if (list == NULL)
        return 0;
    while ((entry = readdir(list)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(list);
    return count;
}

/* ---- judging ---- */

/* What gpg says of one message with these keyrings (paths, the last NULL). */
struct heard {
    struct arena arena;
    struct trust_gpg_answer answer;
    int result;
};

static void hear_bytes(struct heard *heard, const void *bytes, size_t length, const char *const *rings)
{
    const struct trust_gpg asked = gpg_helper_of(&helper);
    struct trust_keyring keyrings[GPG_KEYRINGS_MAX] = {{0}};
    size_t count = 0;

    *heard = (struct heard){0};
    for (; rings[count] != NULL; count++)
        keyrings[count].path = rings[count];
    heard->result =
        asked.verify(asked.context, keyrings, count, bytes, length, &heard->arena, &heard->answer, &error);
}

static void hear(struct heard *heard, const char *message, const char *const *rings)
{
    cleanup_arena struct arena arena = {0};
    size_t length;
    const char *bytes = get(message, &arena, &length);

    hear_bytes(heard, bytes, length, rings);
}

static void is_status(const char *message, const char *const *rings, enum trust_gpg_status status)
{
    struct heard heard;

    hear(&heard, message, rings);
    if (heard.result != 0)
        fail_msg("%s: %s", message, error.message);
    assert_int_equal(heard.answer.count, 1);
    if (heard.answer.signatures[0].status != status)
        fail_msg("%s: status %d, %s", message, (int)heard.answer.signatures[0].status,
                 heard.answer.signatures[0].words);
    /* Nothing that is not authenticated is handed out. */
    assert_int_equal(heard.answer.payload != NULL, status == TRUST_GPG_GOOD);
    arena_free(&heard.arena);
}

static void is_error(const char *message, const char *const *rings, enum error_kind kind, const char *words)
{
    struct heard heard;

    hear(&heard, message, rings);
    assert_int_equal(heard.result, -1);
    if (error.kind != kind || strstr(error.message, words) == NULL)
        fail_msg("%s: %s: %s", message, error_kind_name(error.kind), error.message);
    arena_free(&heard.arena);
}

#define RINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static int judge_sample(const char *file, const char *keyring, struct arena *arena,
                        struct trust_verdict *verdict)
{
    static const struct trust_identity_rule identity = {.kind = TRUST_EXACT_REFERENCE, .name = SAMPLE_NAME};
    const struct trust_keyring ring = {.path = keyring};
    const struct trust_requirement requirement = {
        .name = "the test",
        .needed = 1,
        .keyrings = &ring,
        .keyring_count = 1,
        .identities = &identity,
        .identity_count = 1,
    };
    const struct trust_subject subject = {.manifest_digest = SAMPLE_DIGEST, .now_s = time(NULL)};
    struct trust_blob blob = {.where = file};
    const struct trust_gpg asked = gpg_helper_of(&helper);
    const struct trust_signature *signatures;
    size_t count;

    blob.bytes = get(in(arena, samples, file), arena, &blob.length);
    return trust_requirement_judge(&requirement, &subject, &blob, 1, &asked, arena, verdict, &signatures,
                                   &count, &error);
}

/* gpgv where it is, and gpg by gpgme. */
static void judge_samples(void)
{
    static const struct {
        const char *file, *key;
        const char *reason; /* NULL: accepted */
    } cases[] = {
        {"good/ed25519.sig", "other.gpg", NULL},
        {"good/optional-unknown.sig", "signer.gpg", NULL},
        {"good/rsa-bzip2.sig", "signer.gpg", NULL},
        {"good/rsa-sha256.sig", "signer.gpg", NULL},
        {"good/rsa-sha256.sig", "signer.asc", NULL},
        {"good/rsa-uncompressed.sig", "signer.gpg", NULL},
        {"good/rsa-zlib.sig", "signer.gpg", NULL},
        {"good/skopeo-rsa.sig", "signer.gpg", NULL},
        {"good/skopeo-rsa.sig", "other.asc", "made by a key that is not in the keyrings"},
        {"bad/clearsigned.sig", "signer.gpg", "begins with byte 0x2d"},
        {"bad/detached.sig", "signer.gpg", "(detached)"},
        {"bad/duplicate-key.sig", "signer.gpg", "docker-manifest-digest"},
        {"bad/empty-payload.sig", "signer.gpg", "what it signs:1:1"},
        {"bad/empty.sig", "signer.gpg", "it is empty"},
        {"bad/expired-key.sig", "expired.gpg", "its key has expired"},
        {"bad/expired-signature.sig", "other.gpg", "the signature has expired"},
        {"bad/missing-optional.sig", "signer.gpg", "lacks \"optional\""},
        {"bad/not-json.sig", "signer.gpg", "what it signs:1:1"},
        {"bad/other-digest.sig", "signer.gpg", "it is about the manifest sha256:16c00c6f"},
        {"bad/other-identity.sig", "signer.gpg", "it is signed as 127.0.0.1:5000/demo/evil:1.0"},
        {"bad/rsa-armored.sig", "signer.gpg", "begins with byte 0x2d"},
        {"bad/tampered-payload.sig", "signer.gpg", "does not fit its data"},
        {"bad/tampered-signature.sig", "signer.gpg", "does not fit its data"},
        {"bad/trailing-data.sig", "signer.gpg", "what it signs:1:"},
        {"bad/truncated.sig", "signer.gpg", "it is cut off"},
        {"bad/unsigned.sig", "signer.gpg", "begins with byte 0x7b"},
        {"bad/wrong-type.sig", "signer.gpg", "the type of signature"},
        /* A name by digest is not the name with a tag. */
        {"ambiguous/identity-by-digest.sig", "signer.gpg",
         "it is signed as 127.0.0.1:5000/demo/tiny@sha256:"},
        /* A subkey speaks for its primary key. */
        {"ambiguous/subkey-ed25519.sig", "subkey.gpg", NULL},
        /* What comes behind the signed message was signed by nobody that is asked. */
        {"ambiguous/two-messages.sig", "signer.gpg", "it goes on behind the message"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        const char *keyring = in(&arena, in(&arena, samples, "keys"), cases[i].key);
        struct trust_verdict verdict;

        if (judge_sample(cases[i].file, keyring, &arena, &verdict) != 0)
            fail_msg("%s: %s", cases[i].file, error.message);
        if (verdict.met != (cases[i].reason == NULL) ||
            (cases[i].reason != NULL && strstr(verdict.reason, cases[i].reason) == NULL))
            fail_msg("%s: %s", cases[i].file, verdict.reason);
    }
}

static void every_sample_gets_its_verdict(void **state)
{
    (void)state;
    start_with("/usr/bin:/bin");
    judge_samples();
    assert_int_equal(count_homes(), 0);
}

static void every_sample_gets_it_from_gpg_too(void **state)
{
    (void)state;
    start_with(only_gpg);
    judge_samples();
    assert_int_equal(count_homes(), 0);
}

static void both_ways(void (*check)(void))
{
    start_with("/usr/bin:/bin");
    check();
    start_with(only_gpg);
    check();
    assert_int_equal(count_homes(), 0);
}

static void check_states(void)
{
    is_status(at("a.sig"), RINGS(at("a.gpg")), TRUST_GPG_GOOD);
    is_status(at("a.sig"), RINGS(at("a.asc")), TRUST_GPG_GOOD);
    is_status(at("a.sig"), RINGS(at("b.gpg")), TRUST_GPG_NO_KEY);
    is_status(at("a.sig"), RINGS(at("b.gpg"), at("a.asc")), TRUST_GPG_GOOD);
    is_status(at("a.sig"), RINGS(at("all.gpg")), TRUST_GPG_GOOD);
    is_status(at("b.sig"), RINGS(at("all.asc")), TRUST_GPG_GOOD);
    is_status(at("a.sha1.sig"), RINGS(at("a.gpg")), TRUST_GPG_WEAK);
    is_status(at("a.rmd160.sig"), RINGS(at("a.gpg")), TRUST_GPG_WEAK);
    is_status(at("a.sha1.sig"), RINGS(at("b.gpg")), TRUST_GPG_WEAK);
    is_status(at("subkey.sig"), RINGS(at("subkey.gpg")), TRUST_GPG_GOOD);
    is_status(at("subkey.sig"), RINGS(at("subkey-revoked.gpg")), TRUST_GPG_KEY_REVOKED);
    is_status(at("a.sig"), RINGS(at("a-revoked.gpg")), TRUST_GPG_KEY_REVOKED);
    is_status(at("text.sig"), RINGS(at("a.gpg")), TRUST_GPG_GOOD);
    /* Words of the message's own among those of gpg. */
    is_status(at("forged-name.sig"), RINGS(at("b.gpg")), TRUST_GPG_NO_KEY);
    /* What one copy of a key has, all have: no order of keyrings undoes a revocation. */
    is_status(at("a.sig"), RINGS(at("a.gpg"), at("a-revoked.gpg")), TRUST_GPG_KEY_REVOKED);
    is_status(at("a.sig"), RINGS(at("a-revoked.gpg"), at("a.gpg")), TRUST_GPG_KEY_REVOKED);
    is_status(at("b.sig"), RINGS(at("a.gpg"), at("a.gpg"), at("b.gpg")), TRUST_GPG_GOOD);
}

static void keys_have_states(void **state)
{
    (void)state;
    both_ways(check_states);
}

/* A subkey speaks for its primary key, and gpg says which that is. */
static void check_subkey(void)
{
    struct heard heard;

    hear(&heard, at("subkey.sig"), RINGS(at("subkey.gpg")));
    assert_int_equal(heard.result, 0);
    assert_string_not_equal(heard.answer.signatures[0].fingerprint, heard.answer.signatures[0].primary);
    assert_int_equal(strlen(heard.answer.signatures[0].primary), 40);
    assert_int_equal(heard.answer.payload_length, strlen("signed\n"));
    assert_memory_equal(heard.answer.payload, "signed\n", strlen("signed\n"));
    assert_true(llabs((long long)(heard.answer.signatures[0].created_s - time(NULL))) < 3600);
    arena_free(&heard.arena);
}

static void subkeys_have_a_primary(void **state)
{
    (void)state;
    both_ways(check_subkey);
}

static void check_messages(void)
{
    static const char *const files[] = {"both.sig", "bomb.sig", "nested.sig", "detached.sig"};
    static const char *const words[] = {"more than one", "more than", "compressed once more", "detached"};

    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        struct heard heard;

        hear(&heard, at(files[i]), RINGS(at("all.gpg")));
        assert_int_equal(heard.result, 0);
        assert_int_equal(heard.answer.count, 1);
        assert_int_equal(heard.answer.signatures[0].status, TRUST_GPG_ERROR);
        assert_null(heard.answer.payload);
        if (strstr(heard.answer.signatures[0].words, words[i]) == NULL)
            fail_msg("%s: %s", files[i], heard.answer.signatures[0].words);
        arena_free(&heard.arena);
    }
}

static void compressed_messages_are_looked_into(void **state)
{
    (void)state;
    both_ways(check_messages);
}

static void signatures_of_tomorrow_do_not_count(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct trust_keyring ring = {.path = at("a.gpg")};
    const struct trust_requirement requirement = {
        .name = "the test", .needed = 1, .keyrings = &ring, .keyring_count = 1};
    const struct trust_subject subject = {.manifest_digest = SAMPLE_DIGEST, .now_s = time(NULL)};
    struct trust_blob blob = {.where = "it"};
    const struct trust_signature *signatures;
    struct trust_verdict verdict;
    struct trust_gpg asked;
    size_t count;

    (void)state;
    start_with("/usr/bin:/bin");
    asked = gpg_helper_of(&helper);
    blob.bytes = get(at("future.sig"), &arena, &blob.length);
    assert_int_equal(trust_requirement_judge(&requirement, &subject, &blob, 1, &asked, &arena, &verdict,
                                             &signatures, &count, &error),
                     0);
    assert_false(verdict.met);
    if (strstr(verdict.reason, "still to come") == NULL)
        fail_msg("%s", verdict.reason);
}

/* ---- keyrings ---- */

static void what_is_no_keyring_is_refused(void **state)
{
    static const struct {
        const char *name, *text, *words;
    } texts[] = {
        {"empty", "", "it holds no key"},
        {"words", "hello\n", "neither binary nor armored"},
        {"open", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n", "is not closed"},
        {"other", "-----BEGIN PGP MESSAGE-----\n\nmQ==\n-----END PGP MESSAGE-----\n",
         "expected a block of public"},
        {"base64", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nm!==\n-----END PGP PUBLIC KEY BLOCK-----\n",
         "is no base64"},
        {"headers", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n",
         "expected a header"},
        {"sum", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
         "does not fit"},
    };

    (void)state;
    start_with("/usr/bin:/bin");
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        put(at(texts[i].name), texts[i].text, strlen(texts[i].text), 0600);
        is_error(at("a.sig"), RINGS(at(texts[i].name)), ERROR_INVALID, texts[i].words);
        /* Also behind a good one. */
        is_error(at("a.sig"), RINGS(at("a.gpg"), at(texts[i].name)), ERROR_INVALID, at(texts[i].name));
    }
    is_error(at("a.sig"), RINGS(at("a.sig")), ERROR_INVALID, "no keyring");
    is_error(at("a.sig"), RINGS(at("private.gpg")), ERROR_INVALID, "it holds a private key");
    is_error(at("a.sig"), RINGS(at("private.asc")), ERROR_INVALID, "it holds a private key");
    is_error(at("a.sig"), RINGS(at("signers/pubring.kbx")), ERROR_INVALID, "keybox");
    is_error(at("a.sig"), RINGS(at("cut.gpg")), ERROR_INVALID, "cut off");
}

static void only_safe_files_are_keyrings(void **state)
{
    (void)state;
    start_with("/usr/bin:/bin");
    is_error(at("a.sig"), RINGS(at("missing.gpg")), ERROR_SYSTEM, "opening the keyring");
    is_error(at("a.sig"), RINGS(at("signers")), ERROR_INVALID, "no regular file");
    assert_int_equal(symlink("a.gpg", at("link.gpg")), 0);
    is_error(at("a.sig"), RINGS(at("link.gpg")), ERROR_INVALID, "symbolic link");
    assert_int_equal(chmod(at("b.gpg"), 0660), 0);
    is_error(at("b.sig"), RINGS(at("b.gpg")), ERROR_DENIED, "could be changed by others");
    assert_int_equal(chmod(at("b.gpg"), 0602), 0);
    is_error(at("b.sig"), RINGS(at("b.gpg")), ERROR_DENIED, "could be changed by others");
    assert_int_equal(chmod(at("b.gpg"), 0644), 0);
    is_status(at("b.sig"), RINGS(at("b.gpg")), TRUST_GPG_GOOD);
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    is_error(at("a.sig"), RINGS(at("pipe")), ERROR_INVALID, "no regular file");
    if (geteuid() == 0) {
        assert_int_equal(chown(at("b.gpg"), 1234, 0), 0);
        is_error(at("b.sig"), RINGS(at("b.gpg")), ERROR_DENIED, "could be changed by others");
        assert_int_equal(chown(at("b.gpg"), 0, 0), 0);
    }
}

static void keys_come_from_documents_too(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct trust_gpg asked = gpg_helper_of(&helper);
    struct trust_keyring ring = {0};
    struct trust_gpg_answer answer;
    size_t length;
    const char *bytes = get(at("a.sig"), &arena, &length);

    (void)state;
    ring.bytes = get(at("a.asc"), &arena, &ring.length);
    assert_int_equal(asked.verify(asked.context, &ring, 1, bytes, length, &arena, &answer, &error), 0);
    assert_int_equal(answer.signatures[0].status, TRUST_GPG_GOOD);
}

/* ---- programs that misbehave ---- */

static void what_is_missing_is_said(void **state)
{
    (void)state;
    mkdir(at("nothing"), 0700);
    start_with(at("nothing"));
    is_error(at("a.sig"), RINGS(at("a.gpg")), ERROR_UNSUPPORTED, "gpg is not installed");
    assert_int_equal(count_homes(), 0);
}

#define HANG "#!/bin/sh\nPATH=/usr/bin:/bin\nsleep 1000 &\necho $! > %s\necho $$ >> %s\nwait\n"

/* The processes of a program that hangs. */
static void are_gone(const char *file, size_t expected)
{
    cleanup_arena struct arena arena = {0};
    size_t length;
    const char *next = get(file, &arena, &length);
    size_t count = 0;

    while (*next != '\0') {
        char *end;
        pid_t process = (pid_t)strtol(next, &end, 10);

        /* Whoever inherits it may have to reap it first. */
        for (int round = 0; round < 500 && kill(process, 0) == 0; round++) {
            char path[64], line[512];

            snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
            if (descriptor_read_file_at(AT_FDCWD, path, line, sizeof(line)) > 0 &&
                strstr(line, ") Z ") != NULL)
                break;
            usleep(10000);
            assert_true(round < 499);
        }
        count++;
        next = end + (*end == '\n');
    }
    assert_int_equal(count, expected);
}

static void hang(const char *directory, const char *name, const char *words)
{
    cleanup_arena struct arena arena = {0};
    const char *pids = in(&arena, place, arena_format(&arena, "%s.pids", name));

    start_with(fake(directory, name, arena_format(&arena, HANG, pids, pids)));
    helper.timeout_ms = 1500;
    is_error(at("a.sig"), RINGS(at("a.gpg")), ERROR_LIMIT, words);
    are_gone(pids, 2);
    assert_int_equal(count_homes(), 0);
}

static void what_hangs_is_ended(void **state)
{
    (void)state;
    hang("hanging-gpgv", "gpgv", "gpgv has not answered for 1.5 s and was ended");
    hang("hanging-gpg", "gpg", "gpg has not answered for 1.5 s and was ended");
}

static void what_dies_is_no_verdict(void **state)
{
    (void)state;
    start_with(fake("dying-gpgv", "gpgv", "#!/bin/sh\nkill -9 $$\n"));
    is_error(at("a.sig"), RINGS(at("a.gpg")), ERROR_SYSTEM, "gpgv was ended by signal 9");
    start_with(fake("dying-gpg", "gpg", "#!/bin/sh\nkill -9 $$\n"));
    is_error(at("a.sig"), RINGS(at("a.gpg")), ERROR_SYSTEM, "gpg has ended without a word");
    /* Words of its own, and none of a signature. */
    start_with(fake("babbling-gpgv", "gpgv", "#!/bin/sh\necho GOODSIG >&3\n"));
    is_error(at("a.sig"), RINGS(at("a.gpg")), ERROR_UNSUPPORTED, "gpg is not installed");
    assert_int_equal(count_homes(), 0);
}

/* Another program of gpgv's name that wants other options: gpg does it. */
static void a_foreign_gpgv_is_passed_over(void **state)
{
    cleanup_arena struct arena arena = {0};

    (void)state;
    start_with(arena_format(&arena, "%s:%s", fake("foreign", "gpgv", "#!/bin/sh\nexit 2\n"), only_gpg));
    is_status(at("a.sig"), RINGS(at("a.gpg")), TRUST_GPG_GOOD);
    assert_int_equal(count_homes(), 0);
}

/* It says that all is good, of nothing or of something else. */
static void lines_must_fit_together(void **state)
{
    static const struct {
        const char *lines;
        enum trust_gpg_status status;
    } cases[] = {
        {"NEWSIG\nPLAINTEXT 62 1 x\nGOODSIG 0123456789ABCDEF me\n", TRUST_GPG_ERROR},
        {"PLAINTEXT 62 1 x\nGOODSIG 0123456789ABCDEF me\nVALIDSIG " GOOD_VALIDITY "\n", TRUST_GPG_ERROR},
        {"NEWSIG\nGOODSIG 0123456789ABCDEF me\nVALIDSIG " GOOD_VALIDITY "\n", TRUST_GPG_ERROR},
        {"NEWSIG\nPLAINTEXT 62 1 x\nPLAINTEXT 62 1 x\nGOODSIG 0123456789ABCDEF me\nVALIDSIG " GOOD_VALIDITY
         "\n",
         TRUST_GPG_ERROR},
        {"NEWSIG\nNEWSIG\nPLAINTEXT 62 1 x\nGOODSIG 0123456789ABCDEF me\nVALIDSIG " GOOD_VALIDITY "\n",
         TRUST_GPG_ERROR},
        {"NEWSIG\nPLAINTEXT 62 1 x\nGOODSIG 0123456789ABCDEF me\nVALIDSIG 0123\n", TRUST_GPG_ERROR},
        {"NEWSIG\nPLAINTEXT 62 1 x\nVALIDSIG " GOOD_VALIDITY "\nGOODSIG 0123456789ABCDEF me\n",
         TRUST_GPG_ERROR},
        {"NEWSIG\nPLAINTEXT 62 1 x\nEXPKEYSIG 0123456789ABCDEF me\nVALIDSIG " GOOD_VALIDITY "\n",
         TRUST_GPG_KEY_EXPIRED},
        {"NEWSIG\nPLAINTEXT 62 1 x\nERRSIG 0123456789ABCDEF 1 8 00 1 125 -\n", TRUST_GPG_KEY_UNUSABLE},
        {"NEWSIG\nPLAINTEXT 62 1 x\nGOODSIG 0123456789ABCDEF me\nVALIDSIG " GOOD_VALIDITY "\n",
         TRUST_GPG_GOOD},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct text script = {0};
        char bytes[4096];

        script = text_over(bytes, sizeof(bytes));
        text_append(
            &script,
            "#!/bin/sh\necho payload\nwhile read -r line; do echo \"[GNUPG:] $line\" >&3; done <<END\n");
        text_append(&script, cases[i].lines);
        text_append(&script, "END\n");
        start_with(fake("scripted", "gpgv", bytes));
        is_status(at("a.sig"), RINGS(at("a.gpg")), cases[i].status);
    }
}

static void homes_of_killed_helpers_are_swept(void **state)
{
    cleanup_arena struct arena arena = {0};
    const char *left = in(&arena, at(GPG_HOMES), "Abc123");
    const char *pids = at("killed.pids");
    struct helper killed;
    int status;

    (void)state;
    /* One that hangs is killed with its question open. */
    start_with(fake("killed", "gpg",
                    arena_format(&arena, "#!/bin/sh\necho $$ > %s\nexec /usr/bin/sleep 1000\n", pids)));
    {
        const struct trust_gpg asked = gpg_helper_of(&helper);
        pid_t asker = fork();

        assert_true(asker >= 0);
        if (asker == 0) {
            struct heard heard;

            (void)asked;
            hear(&heard, at("a.sig"), RINGS(at("a.gpg")));
            _exit(0);
        }
        for (int round = 0; access(pids, F_OK) != 0 && round < 1000; round++)
            usleep(10000);
        usleep(100000);
        assert_int_equal(count_homes(), 1);
        killed = helper.helper;
        assert_int_equal(kill(killed.pid, SIGKILL), 0);
        assert_int_equal(waitpid(asker, &status, 0), asker);
    }
    gpg_helper_end(&helper);
    are_gone(pids, 1);
    assert_int_equal(count_homes(), 1);
    assert_int_equal(mkdir(left, 0700), 0);
    put(in(&arena, left, "pubring.gpg"), "x", 1, 0600);
    /* The next one that needs a home. */
    start_with(only_gpg);
    is_status(at("a.sig"), RINGS(at("a.gpg")), TRUST_GPG_GOOD);
    assert_int_equal(count_homes(), 0);
}

static void homes_need_a_safe_place(void **state)
{
    (void)state;
    start_with(only_gpg);
    mkdir(at("open"), 0700);
    unlink(at("open"));
    mkdir(at("open-place"), 0700);
    assert_int_equal(chmod(at("open-place"), 0777), 0);
    helper.directory = at("open-place");
    is_error(at("a.sig"), RINGS(at("a.gpg")), ERROR_DENIED, "could be changed by others");
    helper.directory = place;
    is_status(at("a.sig"), RINGS(at("a.gpg")), TRUST_GPG_GOOD);
}

/* ---- listing and signing ---- */

static void keys_are_listed(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct trust_keyring rings[] = {{.path = at("all.gpg")}, {.path = at("a-revoked.gpg")}};
    const struct gpg_key *keys;
    size_t count;

    (void)state;
    start_with("/usr/bin:/bin");
    assert_int_equal(gpg_helper_keys(&helper, rings, 1, &arena, &keys, &count, &error), 0);
    assert_int_equal(count, 3);
    assert_string_equal(keys[0].user, "Alice <a@example.test>");
    assert_string_equal(keys[0].status, "good");
    assert_string_equal(keys[0].algorithm, "ed25519");
    assert_true(keys[0].created_s > 0 && keys[0].expires_s == 0);
    assert_int_equal(gpg_helper_keys(&helper, &rings[1], 1, &arena, &keys, &count, &error), 0);
    assert_int_equal(count, 1);
    assert_string_equal(keys[0].status, "revoked");
    assert_int_equal(gpg_helper_keys(&helper, rings, 2, &arena, &keys, &count, &error), 0);
    assert_int_equal(count, 3);
    assert_int_equal(count_homes(), 0);
}

static void what_is_signed_verifies(void **state)
{
    cleanup_arena struct arena arena = {0};
    char bytes[2048];
    struct text payload = text_over(bytes, sizeof(bytes));
    const struct trust_keyring ring = {.path = at("b.gpg")};
    const struct gpg_key *keys;
    const void *signature;
    struct heard heard;
    size_t length, count;

    (void)state;
    start_with("/usr/bin:/bin");
    assert_int_equal(gpg_helper_keys(&helper, &ring, 1, &arena, &keys, &count, &error), 0);
    trust_payload_encode(&payload, SAMPLE_NAME, SAMPLE_DIGEST, time(NULL), NULL);
    if (gpg_helper_sign(&helper, keys[0].fingerprint, at("signers"), NULL, 20000, bytes, payload.length,
                        &arena, &signature, &length, &error) != 0)
        fail_msg("%s", error.message);
    hear_bytes(&heard, signature, length, RINGS(at("b.gpg")));
    assert_int_equal(heard.result, 0);
    assert_int_equal(heard.answer.signatures[0].status, TRUST_GPG_GOOD);
    assert_string_equal(heard.answer.signatures[0].primary, keys[0].fingerprint);
    assert_int_equal(heard.answer.payload_length, payload.length);
    assert_memory_equal(heard.answer.payload, bytes, payload.length);
    arena_free(&heard.arena);
    assert_int_equal(gpg_helper_sign(&helper, "0123456789ABCDEF0123456789ABCDEF01234567", at("signers"), NULL,
                                     20000, bytes, payload.length, &arena, &signature, &length, &error),
                     -1);
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
}

static void started_by_the_runtime_it_works_as_well(void **state)
{
    (void)state;
    gpg_helper_end(&helper);
    gpg_helper_begin(&helper, place);
    is_status(at("a.sig"), RINGS(at("a.gpg")), TRUST_GPG_GOOD);
    is_status(at("b.sig"), RINGS(at("b.gpg")), TRUST_GPG_GOOD);
}

/* ---- keys and messages of this run ---- */

static void sign(const char *key, const char *name, const char *option, const char *value)
{
    gpg("-u", key, "-o", at(name), option, value, "--sign", at("text"), NULL);
}

static void make_keys(void)
{
    gpg("--quick-gen-key", "Alice <a@example.test>", "ed25519", "sign", "never", NULL);
    gpg("--quick-gen-key", "Bob <b@example.test>", "ed25519", "sign", "never", NULL);
    gpg("--quick-gen-key", "Carol <c@example.test>", "ed25519", "cert", "never", NULL);
}

static const char *fingerprint_of(const char *user, struct arena *arena)
{
    const struct trust_keyring ring = {.path = user};
    const struct gpg_key *keys;
    size_t count;

    assert_int_equal(gpg_helper_keys(&helper, &ring, 1, arena, &keys, &count, &error), 0);
    return keys[0].fingerprint;
}

static void make_messages(void)
{
    char *zeros = calloc(1, 8 << 20);

    put(at("text"), "signed\n", 7, 0600);
    sign("a@example.test", "a.sig", "--digest-algo", "SHA512");
    sign("b@example.test", "b.sig", "--compress-algo", "zlib");
    sign("a@example.test", "a.sha1.sig", "--digest-algo", "SHA1");
    sign("a@example.test", "a.rmd160.sig", "--digest-algo", "RIPEMD160");
    sign("a@example.test", "both.sig", "-u", "b@example.test");
    sign("a@example.test", "future.sig", "--faked-system-time", "20400101T000000");
    sign("a@example.test", "forged-name.sig", "--set-filename",
         "x\n[GNUPG:] GOODSIG 0123456789ABCDEF me\n[GNUPG:] VALIDSIG " GOOD_VALIDITY "\n");
    gpg("-u", "a@example.test", "-o", at("text.sig"), "--textmode", "--sign", at("text"), NULL);
    gpg("-u", "a@example.test", "-o", at("detached.sig"), "--detach-sign", at("text"), NULL);
    assert_non_null(zeros);
    put(at("zeros"), zeros, 8 << 20, 0600);
    free(zeros);
    gpg("-u", "a@example.test", "-o", at("bomb.sig"), "--sign", at("zeros"), NULL);
    unlink(at("zeros"));
}

/* A stored block of deflate around a message that is compressed itself. */
static void make_nested(void)
{
    cleanup_arena struct arena arena = {0};
    size_t length;
    const char *inner = get(at("a.sig"), &arena, &length);
    char *outer = arena_allocate(&arena, length + 16);
    const char frame[] = {
        (char)0xa3,          1, 1, (char)(length & 255), (char)(length >> 8), (char)~(length & 255),
        (char)~(length >> 8)};

    memcpy(outer, frame, sizeof(frame));
    memcpy(outer + sizeof(frame), inner, length);
    put(at("nested.sig"), outer, sizeof(frame) + length, 0600);
}

static void make_subkey_and_revocations(void)
{
    cleanup_arena struct arena arena = {0};
    const char *carol, *alice, *revocation, *begin;
    size_t length;

    gpg("-o", at("carol.gpg"), "--export", "c@example.test", NULL);
    carol = fingerprint_of(at("carol.gpg"), &arena);
    gpg("--quick-add-key", carol, "ed25519", "sign", "never", NULL);
    sign("c@example.test", "subkey.sig", "--digest-algo", "SHA256");
    gpg("-o", at("subkey.gpg"), "--export", "c@example.test", NULL);
    gpg("-o", at("a.gpg"), "--export", "a@example.test", NULL);
    gpg("-o", at("a.asc"), "--armor", "--export", "a@example.test", NULL);
    gpg("-o", at("b.gpg"), "--export", "b@example.test", NULL);
    gpg("-o", at("all.gpg"), "--export", NULL);
    gpg("-o", at("all.asc"), "--armor", "--comment", "of all", "--export", NULL);
    gpg("-o", at("private.gpg"), "--export-secret-keys", "a@example.test", NULL);
    gpg("-o", at("private.asc"), "--armor", "--export-secret-keys", "a@example.test", NULL);
    put(at("cut.gpg"), get(at("a.gpg"), &arena, &length), 100, 0600);
    /* gpg keeps a revocation for each key beside it, with a colon so that nobody imports it by mistake. */
    alice = fingerprint_of(at("a.gpg"), &arena);
    revocation = get(in(&arena, at("signers/openpgp-revocs.d"), arena_format(&arena, "%s.rev", alice)),
                     &arena, &length);
    begin = strstr(revocation, "\n:-----");
    assert_non_null(begin);
    put(at("alice.rev"), begin + 2, strlen(begin + 2), 0600);
    gpg("--import", at("alice.rev"), NULL);
    gpg("-o", at("a-revoked.gpg"), "--export", "a@example.test", NULL);
}

/* The menu of gpg, by its answers. */
static void revoke_subkey(void)
{
    static const char answers[] = "key 1\nrevkey\ny\n1\n\ny\nsave\n";

    put(at("answers"), answers, strlen(answers), 0600);
    {
        pid_t child = fork();
        int status;

        assert_true(child >= 0);
        if (child == 0) {
            int input = open(at("answers"), O_RDONLY), null = open("/dev/null", O_RDWR);

            dup2(input, 0);
            dup2(null, 1);
            dup2(null, 2);
            setenv("GNUPGHOME", at("signers"), 1);
            execlp("gpg", "gpg", "--quiet", "--no-tty", "--command-fd", "0", "--status-fd", "1",
                   "--pinentry-mode=loopback", "--passphrase", "", "--edit-key", "c@example.test",
                   (char *)NULL);
            _exit(127);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    gpg("-o", at("subkey-revoked.gpg"), "--export", "c@example.test", NULL);
}

static int set_up(void **state)
{
    cleanup_arena struct arena arena = {0};

    (void)state;
    if (text_print(place, sizeof(place), "/tmp/thwart-gpg-test.XXXXXX") != 0 || mkdtemp(place) == NULL ||
        mkdir(at("signers"), 0700) != 0 || mkdir(at("only-gpg"), 0700) != 0 ||
        text_print(only_gpg, sizeof(only_gpg), "%s/only-gpg", place) != 0 ||
        symlink("/usr/bin/gpg", in(&arena, only_gpg, "gpg")) != 0)
        return -1;
    gpg_helper_begin(&helper, place);
    start_with("/usr/bin:/bin");
    make_keys();
    make_messages();
    make_nested();
    make_subkey_and_revocations();
    revoke_subkey();
    return 0;
}

static void run(const char *const *arguments)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, 2);
        setenv("GNUPGHOME", at("signers"), 1);
        execvp(arguments[0], (char **)(uintptr_t)arguments);
        _exit(127);
    }
    (void)waitpid(child, &status, 0);
}

static int tear_down(void **state)
{
    static const char *const agent[] = {"gpgconf", "--kill", "all", NULL};
    const char *const files[] = {"rm", "-rf", place, NULL};

    (void)state;
    gpg_helper_end(&helper);
    run(agent);
    run(files);
    return 0;
}

/* Helpers are looked for beside this program. */
static int put_beside(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - sizeof("/" GPG_HELPER));

    if (length <= 0)
        return -1;
    path[length] = '\0';
    memcpy(strrchr(path, '/') + 1, GPG_HELPER, sizeof(GPG_HELPER));
    unlink(path);
    return symlink(program, path);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_gets_its_verdict),
        cmocka_unit_test(every_sample_gets_it_from_gpg_too),
        cmocka_unit_test(keys_have_states),
        cmocka_unit_test(subkeys_have_a_primary),
        cmocka_unit_test(compressed_messages_are_looked_into),
        cmocka_unit_test(signatures_of_tomorrow_do_not_count),
        cmocka_unit_test(what_is_no_keyring_is_refused),
        cmocka_unit_test(only_safe_files_are_keyrings),
        cmocka_unit_test(keys_come_from_documents_too),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(what_hangs_is_ended),
        cmocka_unit_test(what_dies_is_no_verdict),
        cmocka_unit_test(a_foreign_gpgv_is_passed_over),
        cmocka_unit_test(lines_must_fit_together),
        cmocka_unit_test(homes_of_killed_helpers_are_swept),
        cmocka_unit_test(homes_need_a_safe_place),
        cmocka_unit_test(keys_are_listed),
        cmocka_unit_test(what_is_signed_verifies),
        cmocka_unit_test(started_by_the_runtime_it_works_as_well),
    };

    if (count != 3) {
        fprintf(stderr, "usage: %s THWART_GPG SAMPLES\n", arguments[0]);
        return EXIT_FAILURE;
    }
    program = arguments[1];
    samples = arguments[2];
    if (put_beside() != 0) {
        perror("putting the helper beside this program");
        return EXIT_FAILURE;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
