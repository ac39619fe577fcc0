/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thwart-gpg and those who ask it, with real keys and messages: each sample gets the verdict of its README,
 * and keys made here cover what no sample has. arguments: the path of thwart-gpg, the directory of the
 * samples.
 */
#include "gpg_fixture.h"

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
        const char *keyring = at(arena_format(&arena, "sample-%s", cases[i].key));
        struct trust_verdict verdict;
        size_t length;
        const char *keys = get(in(&arena, in(&arena, samples, "keys"), cases[i].key), &arena, &length);

        /* A checkout's files may be writable by a group: no keyring may. */
        put(keyring, keys, length, 0600);
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
    is_status(at("no-signer.sig"), RINGS(at("no-signer.gpg")), TRUST_GPG_KEY_UNUSABLE);
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
    assert_int_equal(mkdir(at("shared"), 0700), 0);
    assert_int_equal(link(at("b.gpg"), at("shared/b.gpg")), 0);
    is_status(at("b.sig"), RINGS(at("shared/b.gpg")), TRUST_GPG_GOOD);
    assert_int_equal(chmod(at("shared"), 0770), 0);
    is_error(at("b.sig"), RINGS(at("shared/b.gpg")), ERROR_DENIED,
             "on the way to it can be changed by others");
    assert_int_equal(unlink(at("shared/b.gpg")), 0);
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
        char bytes[4096];
        struct text script = text_over(bytes, sizeof(bytes));

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
