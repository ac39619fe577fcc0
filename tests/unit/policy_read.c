/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading beyond the samples: places, files beside a policy, hostile sizes, waivers, thwart.json, what is
 * built in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "policy/configuration.h"
#include "policy/read.h"
#include "policy/shipped.h"
#include "policy/waiver.h"

#define HEAD "{\"thwart\": 1, \"name\": \"a\", "

static struct arena arena;

static int empty_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static const struct policy *read_policy(const char *text, const struct policy_files *files)
{
    const struct policy *policy;
    struct error error = {0};

    if (policy_read(text, strlen(text), "p.json", files, &arena, NULL, &policy, &error) != 0)
        fail_msg("%s", error.message);
    return policy;
}

static void places(void **state)
{
    const struct policy *policy =
        read_policy(HEAD "\n \"process\": {\n  \"user\": {\"uids\": [9, \"1-3\"]},\n"
                         "  \"environment\": {\"deny\": [\"A\",\n   \"B*\"]}},\n"
                         " \"devices\": {\"otherwise\": \"narrow\",\n  \"allow\": "
                         "[\"null\", {\"type\": \"c\", \"major\": 1, \"minor\": \"*\"}]}}",
                    NULL);
    const struct policy_words *words = &policy->process.environment.words;

    (void)state;
    assert_string_equal(policy->file, "p.json");
    assert_int_equal(policy->process.user.rule.line, 3);
    assert_int_equal(policy->process.user.rule.column, 3);
    assert_int_equal(words->items[1].line, 5);
    assert_int_equal(words->items[1].column, 4);
    /* Ranges are sorted: whoever asks may search by halves. */
    assert_int_equal(policy->process.user.uids[0].first, 1);
    assert_int_equal(policy->process.user.uids[1].last, 9);
    assert_int_equal(policy->devices.rule.line, 7);
    assert_int_equal(policy->devices.rule.otherwise, POLICY_OTHERWISE_NARROW);
    assert_int_equal(policy->devices.items[1].minor, -1);
    assert_int_equal(policy->devices.items[1].access, 7);
    /* A name matches by its name alone. */
    assert_int_equal(policy->devices.items[0].type, '\0');
}

static void bounds(void **state)
{
    static const struct {
        const char *section;
        bool bounds;
    } cases[] = {
        {"\"description\": \"\"", false},
        {"\"process\": {\"noNewPrivileges\": false, \"privileged\": \"allow\"}", false},
        {"\"process\": {\"noNewPrivileges\": true}", true},
        {"\"resources\": {\"memory\": \"unlimited\"}", false},
        {"\"resources\": {\"pids\": 1}", true},
        {"\"syscalls\": {\"filter\": \"any\"}", false},
        {"\"syscalls\": {\"deny\": []}", false},
        {"\"syscalls\": {\"filter\": \"engine\"}", true},
        {"\"lifecycle\": {\"exec\": \"allow\"}", false},
        {"\"lifecycle\": {\"exec\": {\"commands\": []}}", true},
        {"\"unknownFields\": \"note\"", false},
        {"\"network\": {}", false},
        {"\"network\": {\"none\": true}", true},
        {"\"devices\": {}", false},
        {"\"devices\": {\"allow\": []}", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const char *text = arena_format(&arena, HEAD "%s}", cases[i].section);

        if (read_policy(text, NULL)->bounds_anything != cases[i].bounds)
            fail_msg("%s", text);
    }
}

/* ---- profiles ---- */

struct stub {
    const char *bytes;
    unsigned int calls;
};

static int read_stub(void *context, const char *policy_file, const char *path, struct arena *into,
                     const char **bytes, size_t *length, struct error *error)
{
    struct stub *stub = context;

    assert_string_equal(policy_file, "p.json");
    assert_string_equal(path, "profile.json");
    stub->calls++;
    if (stub->bytes == NULL)
        return error_set(error, ERROR_SYSTEM, "profile.json: does not exist");
    *bytes = arena_string(into, stub->bytes);
    *length = strlen(stub->bytes);
    return 0;
}

static void profiles(void **state)
{
    static const char text[] = HEAD "\"syscalls\": {\"profile\": \"profile.json\"}}";
    struct stub stub = {"{\"defaultAction\": \"SCMP_ACT_ERRNO\"}", 0};
    const struct policy_files files = {read_stub, &stub};
    const struct policy *one, *other, *policy;
    struct policy_problems problems = {0};
    struct error error = {0};

    (void)state;
    one = read_policy(text, &files);
    assert_int_equal(stub.calls, 1);
    assert_string_equal(one->syscalls.profile_file, "profile.json");
    assert_true(one->syscalls.rule.present && one->syscalls.profile != NULL);
    /* The same policy with another profile is another policy. */
    stub.bytes = "{\"defaultAction\": \"SCMP_ACT_KILL\"}";
    other = read_policy(text, &files);
    assert_memory_not_equal(&one->digest, &other->digest, sizeof(one->digest));
    assert_false(policy_equal(one, other));
    /* In place it means the same. */
    assert_true(policy_equal(
        one,
        read_policy(HEAD "\"syscalls\": {\"profile\": {\"defaultAction\": \"SCMP_ACT_ERRNO\"}}}", NULL)));

    stub.bytes = NULL;
    assert_int_equal(policy_read(text, strlen(text), "p.json", &files, &arena, &problems, &policy, &error),
                     -1);
    assert_string_equal(error.message, "p.json:1:52: /syscalls/profile: profile.json: does not exist");
    stub.bytes = "{\"a\": 1,}";
    assert_int_equal(policy_read(text, strlen(text), "p.json", &files, &arena, &problems, &policy, &error),
                     -1);
    assert_non_null(strstr(error.message, "profile.json:1:"));
    stub.bytes = "[]";
    assert_int_equal(policy_read(text, strlen(text), "p.json", &files, &arena, &problems, &policy, &error),
                     -1);
    assert_non_null(strstr(error.message, "expected an object"));
}

/* ---- hostile sizes ---- */

static void many_mistakes(void **state)
{
    cleanup_text struct text text = text_growing(1 << 20);
    struct policy_problems problems = {0};
    const struct policy *policy;
    struct error error = {0};

    (void)state;
    text_append(&text, HEAD "\"process\": {\"capabilities\": {\"allow\": [");
    for (int i = 0; i < 2000; i++)
        text_append(&text, i > 0 ? ", \"NET_ADMI\"" : "\"NET_ADMI\"");
    text_append(&text, "]}}}");
    assert_int_equal(policy_read(text.bytes, text.length, "p.json", NULL, &arena, &problems, &policy, &error),
                     -1);
    assert_int_equal(problems.count, 1000);
    assert_true(text_ends_with(error.message, "(and 1999 more)"));
}

/* ---- waivers ---- */

#define WAIVERS(one) "{\"thwart\": 1, \"waivers\": [{" one "}]}"
#define SIGNED       "\"reason\": \"r\", \"owner\": \"o\", "

static void waivers(void **state)
{
    static const char text[] = WAIVERS(
        "\"rule\": \"TW0403\", \"policy\": \"base*\", \"pointer\": \"/mounts/*\", \"subject\": \"**\", "
        "\"when\": {\"annotations\": {\"app\": \"db\"}}, " SIGNED "\"expires\": \"2028-02-29\"");
    const struct policy_waiver *list, *again;
    cleanup_text struct text printed = text_growing(4096);
    struct error error = {0};
    size_t count;

    (void)state;
    assert_int_equal(0,
                     policy_waivers_read(text, strlen(text), "w.json", &arena, NULL, &list, &count, &error));
    assert_int_equal(count, 1);
    /* Until the day is over: 2028-03-01 00:00 UTC. */
    assert_int_equal(list->expires_s, 1835481600);
    assert_string_equal(list->file, "w.json");
    assert_int_equal(list->line, 1);
    assert_int_equal(list->when.annotation_count, 1);
    text_append(&printed, "{\"thwart\":1,\"waivers\":[");
    policy_waiver_print(&printed, list, 0);
    text_append(&printed, "]}");
    assert_int_equal(0, policy_waivers_read(printed.bytes, printed.length, "w.json", &arena, NULL, &again,
                                            &count, &error));
    assert_string_equal(again->rule, "TW0403");
    assert_string_equal(again->policy, "base*");
    assert_string_equal(again->pointer, "/mounts/*");
    assert_string_equal(again->subject, "**");
    assert_string_equal(again->when.annotations[0].pattern, "db");
    assert_string_equal(again->reason, "r");
    assert_string_equal(again->owner, "o");
    assert_int_equal(again->expires_s, list->expires_s);
}

static void waivers_wrong(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {WAIVERS("\"rule\": \"TW0403\", \"owner\": \"o\", \"expires\": \"2028-01-01\""), "\"reason\""},
        {WAIVERS("\"rule\": \"TW0403\", \"reason\": \" \", \"owner\": \"o\", \"expires\": \"2028-01-01\""),
         "some words"},
        {WAIVERS("\"rule\": \"TW0403\", \"reason\": \"r\", \"expires\": \"2028-01-01\""), "\"owner\""},
        {WAIVERS("\"rule\": \"TW0403\", \"reason\": \"r\", \"owner\": \"o\""), "\"expires\""},
        {WAIVERS("\"rule\": \"mount-source\", " SIGNED "\"expires\": \"2028-01-01\""),
         "did you mean \"TW0403\"?"},
        {WAIVERS("\"rule\": \"TW9999\", " SIGNED "\"expires\": \"2028-01-01\""), "there is no rule"},
        {WAIVERS("\"rule\": \"TW0403\", " SIGNED "\"expires\": \"2027-02-29\""), "is no day"},
        {WAIVERS("\"rule\": \"TW0403\", " SIGNED "\"expires\": \"2027-13-01\""), "is no day"},
        {WAIVERS("\"rule\": \"TW0403\", " SIGNED "\"expires\": \"2027-1-1\""), "is no day"},
        {WAIVERS("\"rule\": \"TW0403\", " SIGNED "\"expires\": \"2027-01-01T0\""), "is no day"},
        {WAIVERS("\"rule\": \"TW0403\", \"polic\": \"x\", " SIGNED "\"expires\": \"2028-01-01\""),
         "did you mean \"policy\"?"},
        {WAIVERS("\"rule\": \"TW0403\", \"pointer\": \"[\", " SIGNED "\"expires\": \"2028-01-01\""),
         "is not closed"},
        {"{\"thwart\": 1}", "\"waivers\""},
        {"{\"waivers\": []}", "\"thwart\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct policy_problems problems = {0};
        const struct policy_waiver *list;
        struct error error = {0};
        size_t count;

        assert_int_equal(-1, policy_waivers_read(cases[i].text, strlen(cases[i].text), "w.json", &arena,
                                                 &problems, &list, &count, &error));
        if (problems.count != 1 || strstr(error.message, cases[i].told) == NULL)
            fail_msg("%s: %s", cases[i].text, error.message);
    }
}

/* ---- thwart.json ---- */

static void configuration(void **state)
{
    static const char text[] =
        "{\"thwart\": 1, // all of it\n"
        "\"policies\": [\"/srv/policies\"], \"shipped\": \"/usr/share/thwart\", "
        "\"default\": \"restricted\", \"waivers\": [], \"events\": {\"sink\": \"file\", "
        "\"file\": \"/var/log/thwart.json\", \"format\": \"ecs\", \"maxBytes\": 4096}, "
        "\"delegate\": \"/usr/bin/crun\", \"keyrings\": [\"/etc/keys\"]}";
    struct configuration parsed, by_default = configuration_default();
    struct error error = {0};

    (void)state;
    assert_string_equal(by_default.policies.items[0], "/etc/thwart/policies");
    assert_string_equal(by_default.waivers.items[0], "/etc/thwart/waivers");
    assert_string_equal(by_default.default_policy, "baseline");
    assert_string_equal(by_default.events->sink, "none");
    assert_int_equal(configuration_parse(text, strlen(text), "t.json", &arena, NULL, &parsed, &error), 0);
    assert_string_equal(parsed.policies.items[0], "/srv/policies");
    assert_string_equal(parsed.default_policy, "restricted");
    assert_int_equal(parsed.waivers.count, 0);
    assert_true(parsed.waivers.present);
    assert_string_equal(parsed.events->format, "ecs");
    assert_int_equal(parsed.events->max_bytes, 4096);
    assert_string_equal(parsed.delegate, "/usr/bin/crun");
    assert_string_equal(parsed.keyrings.items[0], "/etc/keys");

    assert_int_equal(
        configuration_parse("{\"thwart\": 1, \"events\": {}}", 27, "t.json", &arena, NULL, &parsed, &error),
        0);
    assert_string_equal(parsed.policies.items[0], "/etc/thwart/policies");
    assert_string_equal(parsed.default_policy, "baseline");
    assert_string_equal(parsed.events->sink, "none");
    assert_string_equal(parsed.events->format, "thwart");
    assert_int_equal(parsed.events->max_bytes, 64 * 1024 * 1024);
}

#define ALICE "0123456789ABCDEF0123456789ABCDEF01234567"
#define BOB   "89abcdef0123456789abcdef0123456789abcdef"

/* Keys of proofs. */
static void configuration_of_trust(void **state)
{
    static const char text[] =
        "{\"thwart\": 1, \"keyrings\": [\"/etc/thwart/keys.gpg\"],\n"
        " \"issuers\": [{\"name\": \"acme\", \"fingerprints\": [\"" ALICE
        "\"], \"ceiling\": \"web\", \"leastRevision\": 3},\n"
        "  {\"name\": \"b\", \"fingerprints\": [\"" BOB
        "\"], \"leastRevision\": {\"busybox\": 4, \"r.io/a\": 5}}],\n"
        " \"policySignatures\": {\"required\": true, \"keyrings\": [\"/k\"], \"fingerprints\": [\"" BOB
        "\"], \"leastRevisions\": {\"web\": 9}},\n"
        " \"imageStores\": {\"containers\": \"/1\", \"containerd\": \"/2/\", \"docker\": \"/3\", "
        "\"lookaside\": \"/4\", \"registriesD\": \"/5\"}}";
    struct configuration parsed, by_default = configuration_default();
    struct error error = {0};

    (void)state;
    assert_int_equal(by_default.issuer_count, 0);
    assert_false(by_default.policy_signatures.required);
    assert_null(by_default.image_stores.containers_root);
    if (configuration_parse(text, strlen(text), "t.json", &arena, NULL, &parsed, &error) != 0)
        fail_msg("%s", error.message);
    assert_int_equal(parsed.issuer_count, 2);
    assert_string_equal(parsed.issuers[0].name, "acme");
    assert_string_equal(parsed.issuers[0].fingerprints[0], ALICE);
    assert_string_equal(parsed.issuers[0].ceiling, "web");
    assert_int_equal(parsed.issuers[0].least_revision_count, 1);
    assert_null(parsed.issuers[0].least_revisions[0].repository);
    assert_int_equal(parsed.issuers[0].least_revisions[0].revision, 3);
    /* As gpg writes them. */
    assert_string_equal(parsed.issuers[1].fingerprints[0], "89ABCDEF0123456789ABCDEF0123456789ABCDEF");
    assert_null(parsed.issuers[1].ceiling);
    assert_int_equal(parsed.issuers[1].least_revision_count, 2);
    assert_string_equal(parsed.issuers[1].least_revisions[0].repository, "docker.io/library/busybox");
    assert_int_equal(parsed.issuers[1].least_revisions[1].revision, 5);
    assert_true(parsed.policy_signatures.required);
    assert_string_equal(parsed.policy_signatures.keyrings.items[0], "/k");
    assert_string_equal(parsed.policy_signatures.fingerprints.items[0],
                        "89ABCDEF0123456789ABCDEF0123456789ABCDEF");
    assert_string_equal(parsed.policy_signatures.least_revisions[0].name, "web");
    assert_int_equal(parsed.policy_signatures.least_revisions[0].revision, 9);
    assert_string_equal(parsed.image_stores.containers_root, "/1");
    assert_string_equal(parsed.image_stores.containerd_root, "/2/");
    assert_string_equal(parsed.image_stores.docker_root, "/3");
    assert_string_equal(parsed.image_stores.lookaside, "/4");
    assert_string_equal(parsed.image_stores.registries_d, "/5");
}

/* Each in a file that is right but for it. */
static void configuration_of_trust_wrong(void **state)
{
    static const struct {
        const char *members, *told;
    } cases[] = {
        {"\"issuers\": {}", "/issuers: expected a list of issuers"},
        {"\"issuers\": [1]", "/issuers/0: expected"},
        {"\"issuers\": [{}]", "(and 1 more)"},
        {"\"issuers\": [{\"name\": \"a\"}]", "needs the key \"fingerprints\""},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": []}]", "without a fingerprint issues nothing"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"ABCDEF01\"]}]",
         "/issuers/0/fingerprints/0: \"ABCDEF01\" is no fingerprint"},
        {"\"issuers\": [{\"name\": \"A\", \"fingerprints\": [\"" ALICE "\"]}]", "is no name of an issuer"},
        {"\"issuers\": [{\"name\": \"a b\", \"fingerprints\": [\"" ALICE "\"]}]", "is no name of an issuer"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE "\"], \"ceiling\": \"/x\"}]",
         "/issuers/0/ceiling: \"/x\" is no name of a policy"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE "\"], \"cieling\": \"x\"}]",
         "did you mean \"ceiling\"?"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE "\"], \"leastRevision\": \"3\"}]",
         "/issuers/0/leastRevision: expected a revision"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE "\"], \"leastRevision\": 0}]",
         "/issuers/0/leastRevision: expected a whole number from 1"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE "\"], \"leastRevision\": {\"a\": 0}}]",
         "/issuers/0/leastRevision/a: expected a whole number from 1"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE
         "\"], \"leastRevision\": {\"a:1\": 2}}]",
         "has a tag or a digest"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE
         "\"], \"leastRevision\": {\"A B\": 2}}]",
         "/issuers/0/leastRevision/A B: "},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE
         "\"], \"leastRevision\": {\"a\": 2, \"library/a\": 3}}]",
         "docker.io/library/a is given twice"},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE
         "\"]}, {\"name\": \"a\", \"fingerprints\": [\"" BOB "\"]}]",
         "/issuers/1: there are two issuers \"a\""},
        {"\"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" BOB
         "\"]}, {\"name\": \"b\", \"fingerprints\": [\"89ABCDEF0123456789abcdef0123456789abcdef\"]}]",
         "/issuers/1: the key 89ABCDEF0123456789ABCDEF0123456789ABCDEF is the issuer \"a\"'s already"},
        {"\"policySignatures\": true", "/policySignatures: expected"},
        {"\"policySignatures\": {\"required\": 1}", "/policySignatures/required: expected true or false"},
        {"\"policySignatures\": {\"require\": true}", "did you mean \"required\"?"},
        {"\"policySignatures\": {\"required\": true}", "/policySignatures: what must be signed needs"},
        {"\"policySignatures\": {\"required\": true, \"keyrings\": []}",
         "/policySignatures: what must be signed"},
        {"\"policySignatures\": {\"keyrings\": [\"k.gpg\"]}",
         "/policySignatures/keyrings/0: expected an absolute"},
        {"\"policySignatures\": {\"fingerprints\": []}", "lists no key"},
        {"\"policySignatures\": {\"fingerprints\": [\"x\"]}",
         "/policySignatures/fingerprints/0: \"x\" is no"},
        {"\"policySignatures\": {\"leastRevisions\": 3}",
         "/policySignatures/leastRevisions: expected an object"},
        {"\"policySignatures\": {\"leastRevisions\": {\"Web\": 3}}",
         "/policySignatures/leastRevisions/Web: \"Web\" is no name of a policy"},
        {"\"policySignatures\": {\"leastRevisions\": {\"web\": 0}}",
         "/policySignatures/leastRevisions/web: expected a whole number"},
        {"\"imageStores\": []", "/imageStores: expected"},
        {"\"imageStores\": {\"containers\": \"var\"}", "/imageStores/containers: expected an absolute path"},
        {"\"imageStores\": {\"podman\": \"/var\"}", "/imageStores/podman: "},
        {"\"imageStores\": {\"home\": \"/root\"}", "/imageStores/home: "},
    };
    static const char no_ring[] =
        "{\"thwart\": 1,\n \"issuers\": [{\"name\": \"a\", \"fingerprints\": [\"" ALICE "\"]}]}";
    struct configuration parsed;
    struct error error = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const char *text =
            arena_format(&arena, "{\"thwart\": 1, \"keyrings\": [\"/k\"], %s}", cases[i].members);
        struct policy_problems problems = {0};

        assert_int_equal(
            -1, configuration_parse(text, strlen(text), "t.json", &arena, &problems, &parsed, &error));
        if (error.kind != ERROR_INVALID || strstr(error.message, cases[i].told) == NULL)
            fail_msg("%s: %s", cases[i].members, error.message);
        assert_int_equal(problems.items[0].line, 1);
        assert_true(problems.items[0].column > 30);
    }
    assert_int_equal(-1,
                     configuration_parse(no_ring, strlen(no_ring), "t.json", &arena, NULL, &parsed, &error));
    assert_non_null(strstr(error.message, "t.json:2:2: /issuers: issuers need \"keyrings\""));
}

static void configuration_wrong(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"{}", "t.json:1:1: thwart.json needs the key \"thwart\""},
        {"{\"thwart\": 2}", "t.json:1:12: /thwart: version 2 of the policy language: this thwart knows"},
        {"{\"thwart\": 1, \"polices\": []}", "did you mean \"policies\"?"},
        {"{\"thwart\": 1, \"policies\": [\"policies\"]}",
         "t.json:1:28: /policies/0: expected an absolute path"},
        {"{\"thwart\": 1, \"shipped\": \"policies\"}", "t.json:1:26: /shipped: expected an absolute path"},
        {"{\"thwart\": 1, \"default\": \"Base\"}", "t.json:1:26: /default: \"Base\" is no name of a policy"},
        {"{\"thwart\": 1, \"delegate\": \"crun\"}", "/delegate: expected an absolute path"},
        {"{\"thwart\": 1, \"events\": {\"sink\": \"jornal\"}}",
         "t.json:1:34: /events/sink: \"jornal\" is not a sink of events: did you mean \"journal\"?"},
        {"{\"thwart\": 1, \"events\": {\"format\": \"cef\"}}",
         "/events/format: \"cef\" is not a format of events"},
        {"{\"thwart\": 1, \"events\": {\"sink\": \"file\"}}", "/events: the sink \"file\" needs"},
        {"{\"thwart\": 1, \"events\": {\"file\": \"/x\"}}", "/events/file: only the sink \"file\""},
        {"{\"thwart\": 1, \"events\": {\"sink\": \"file\", \"file\": \"x\"}}",
         "/events/file: expected an absolute"},
        {"{\"thwart\": 1, \"waivers\": [\"/a\", \"b\"]}", "/waivers/1: expected an absolute path"},
        {"{\"thwart\": 1, \"policies\": [\"/etc/thwart/*.json\"]}", "patterns are not understood here"},
        {"{\"thwart\": 1, \"events\": {\"maxBytes\": \"64MB\"}}", "did you mean \"64M\"?"},
        {"{\"thwart\": 1, \"thwart\": 1}", "duplicate key"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct configuration parsed;
        struct error error = {0};

        assert_int_equal(-1, configuration_parse(cases[i].text, strlen(cases[i].text), "t.json", &arena, NULL,
                                                 &parsed, &error));
        if (error.kind != ERROR_INVALID || strstr(error.message, cases[i].told) == NULL)
            fail_msg("%s: %s", cases[i].text, error.message);
    }
}

/* All at once, in the order of the file; a sink that is misspelled does not want for a file as well. */
static void configuration_all_mistakes(void **state)
{
    static const char text[] = "{\"thwart\": 2,\n \"policies\": \"/a\",\n \"default\": \"-\",\n"
                               " \"events\": {\"sink\": \"fil\", \"file\": \"x\", \"fromat\": \"ecs\"},\n"
                               " \"waivers\": [\"a\", 1],\n \"delegat\": \"/usr/bin/crun\"}";
    static const struct {
        uint32_t line, column;
        const char *pointer;
    } expected[] = {
        {1, 12, "/thwart"},      {2, 14, "/policies"},    {3, 13, "/default"},
        {4, 21, "/events/sink"}, {4, 36, "/events/file"}, {4, 41, "/events/fromat"},
        {5, 14, "/waivers/0"},   {5, 19, "/waivers/1"},   {6, 2, "/delegat"},
    };
    struct policy_problems problems = {0};
    struct configuration parsed;
    struct error error = {0};

    (void)state;
    assert_int_equal(-1,
                     configuration_parse(text, strlen(text), "t.json", &arena, &problems, &parsed, &error));
    assert_non_null(strstr(error.message, "t.json:1:12: /thwart"));
    assert_non_null(strstr(error.message, "(and 8 more)"));
    assert_int_equal(problems.count, ARRAY_LENGTH(expected));
    for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
        assert_string_equal(problems.items[i].pointer, expected[i].pointer);
        assert_int_equal(problems.items[i].line, expected[i].line);
        assert_int_equal(problems.items[i].column, expected[i].column);
    }
}

/* ---- what is built in ---- */

static void built_in(void **state)
{
    const struct shipped_file *files;
    size_t count, policies = 0;

    (void)state;
    files = shipped_files(&count);
    for (size_t i = 0; i < count; i++) {
        struct policy_problems problems = {0};
        const struct policy *policy;
        struct error error = {0};

        assert_ptr_equal(shipped_file(files[i].name), &files[i]);
        assert_int_equal(strlen(files[i].bytes), files[i].length);
        assert_true(i == 0 || strcmp(files[i - 1].name, files[i].name) < 0);
        if (strchr(files[i].name, '/') != NULL)
            continue;
        if (policy_read(files[i].bytes, files[i].length, files[i].name, NULL, &arena, &problems, &policy,
                        &error) != 0)
            fail_msg("%s", error.message);
        assert_string_equal(policy->name, files[i].name);
        assert_non_null(policy->description);
        policies++;
    }
    assert_true(policies >= 2 && count > policies);
    assert_null(shipped_file("Baseline"));
    assert_null(shipped_file(""));
    assert_non_null(shipped_file("baseline"));
    assert_non_null(shipped_file("syscalls/default"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(places, empty_arena),
        cmocka_unit_test_teardown(bounds, empty_arena),
        cmocka_unit_test_teardown(profiles, empty_arena),
        cmocka_unit_test_teardown(many_mistakes, empty_arena),
        cmocka_unit_test_teardown(waivers, empty_arena),
        cmocka_unit_test_teardown(waivers_wrong, empty_arena),
        cmocka_unit_test_teardown(configuration, empty_arena),
        cmocka_unit_test_teardown(configuration_of_trust, empty_arena),
        cmocka_unit_test_teardown(configuration_of_trust_wrong, empty_arena),
        cmocka_unit_test_teardown(configuration_wrong, empty_arena),
        cmocka_unit_test_teardown(configuration_all_mistakes, empty_arena),
        cmocka_unit_test_teardown(built_in, empty_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
