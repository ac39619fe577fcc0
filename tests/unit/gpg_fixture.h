/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signers with a home of their own, what they made, keyrings of it, thwart-gpg with programs that the test
 * chooses, and questions to it.
 */
#pragma once

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
static void edit_key(const char *user, const char *answers)
{
    pid_t child;
    int status;

    put(at("answers"), answers, strlen(answers), 0600);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int input = open(at("answers"), O_RDONLY), null = open("/dev/null", O_RDWR);

        dup2(input, 0);
        dup2(null, 1);
        dup2(null, 2);
        setenv("GNUPGHOME", at("signers"), 1);
        execlp("gpg", "gpg", "--quiet", "--no-tty", "--command-fd", "0", "--status-fd", "1",
               "--pinentry-mode=loopback", "--passphrase", "", "--edit-key", user, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void change_keys(void)
{
    edit_key("c@example.test", "key 1\nrevkey\ny\n1\n\ny\nsave\n");
    gpg("-o", at("subkey-revoked.gpg"), "--export", "c@example.test", NULL);
    /* A key for certificates, which once has signed. */
    gpg("--quick-gen-key", "Dave <d@example.test>", "ed25519", "sign", "never", NULL);
    sign("d@example.test", "no-signer.sig", "--digest-algo", "SHA256");
    edit_key("d@example.test", "change-usage\nS\nQ\nsave\n");
    gpg("-o", at("no-signer.gpg"), "--export", "d@example.test", NULL);
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
    change_keys();
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
