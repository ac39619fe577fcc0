/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads of signatures: exactly one form; what is written is read again. */
#include "unit.h"

#include "base/memory.h"
#include "base/text.h"
#include "trust/payload.h"

#define DIGEST         "sha256:72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define IDENTITY       "\"identity\":{\"docker-reference\":\"r.io/a:1\"}"
#define IMAGE          "\"image\":{\"docker-manifest-digest\":\"" DIGEST "\"}"
#define TYPE           "\"type\":\"atomic container signature\""
#define CRITICAL       "\"critical\":{" IDENTITY "," IMAGE "," TYPE "}"
#define OPTIONAL       "\"optional\":{\"creator\":\"me\",\"timestamp\":1795318499}"
#define WITH(optional) "{" CRITICAL ",\"optional\":" optional "}"

static struct error error;

static int parse(const char *text, struct arena *arena, struct trust_payload *payload)
{
    return trust_payload_parse(text, strlen(text), "payload", arena, payload, &error);
}

static void good_ones_are_read(void **state)
{
    static const struct {
        const char *text, *creator;
        bool has_timestamp;
        int64_t timestamp_s;
    } cases[] = {
        {"{" CRITICAL "," OPTIONAL "}", "me", true, 1795318499},
        {"{" OPTIONAL "," CRITICAL "}", "me", true, 1795318499},
        {" { " CRITICAL " , \"optional\" : { } } \n", NULL, false, 0},
        {WITH("{\"timestamp\":1.795318499e9}"), NULL, true, 1795318499},
        {WITH("{\"timestamp\":12.0}"), NULL, true, 12},
        {WITH("{\"timestamp\":-1}"), NULL, true, -1},
        {WITH("{\"Creator\":1,\"x\":{\"y\":[null,true]},\"critical\":7}"), NULL, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct trust_payload payload;

        if (parse(cases[i].text, &arena, &payload) != 0)
            fail_msg("case %zu: %s", i, error.message);
        assert_string_equal(payload.reference, "r.io/a:1");
        assert_string_equal(payload.digest, DIGEST);
        assert_int_equal(payload.creator == NULL, cases[i].creator == NULL);
        if (cases[i].creator != NULL)
            assert_string_equal(payload.creator, cases[i].creator);
        assert_int_equal(payload.has_timestamp, cases[i].has_timestamp);
        assert_int_equal(payload.timestamp_s, cases[i].timestamp_s);
        assert_int_equal(payload.optional->type, JSON_OBJECT);
    }
}

static void everything_else_is_refused(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "payload:1:1"},
        {"hello", "payload:1:1"},
        {"[]", "must be an object"},
        {"{}", "lacks \"critical\""},
        {"{" CRITICAL "}", "lacks \"optional\""},
        {"{" OPTIONAL "}", "lacks \"critical\""},
        {"{" CRITICAL "," OPTIONAL ",\"more\":1}", "has no member \"more\""},
        {"{" CRITICAL "," OPTIONAL "}{}", "payload:1:"},
        {"{" CRITICAL "," OPTIONAL "} x", "payload:1:"},
        {"{" CRITICAL "," CRITICAL "," OPTIONAL "}", "critical"},
        {"{\"critical\":{" IDENTITY "," IMAGE "," TYPE ",\"more\":1}," OPTIONAL "}",
         "has no member \"more\""},
        {"{\"critical\":{" IDENTITY "," IMAGE "," TYPE "," TYPE "}," OPTIONAL "}", "type"},
        {"{\"critical\":{" IDENTITY "," IMAGE "}," OPTIONAL "}", "lacks \"type\""},
        {"{\"critical\":{" IDENTITY "," TYPE "}," OPTIONAL "}", "lacks \"image\""},
        {"{\"critical\":{" IMAGE "," TYPE "}," OPTIONAL "}", "lacks \"identity\""},
        {"{\"Critical\":{" IDENTITY "," IMAGE "," TYPE "}," OPTIONAL "}", "has no member \"Critical\""},
        {"{\"critical\":[]," OPTIONAL "}", "must be of type object"},
        {"{\"critical\":null," OPTIONAL "}", "must be of type object"},
        {WITH("null"), "must be of type object"},
        {WITH("[]"), "must be of type object"},
        {WITH("{\"creator\":1}"), "\"creator\" must be a string"},
        {WITH("{\"creator\":null}"), "\"creator\" must be a string"},
        {WITH("{\"timestamp\":\"1\"}"), "must be a whole number"},
        {WITH("{\"timestamp\":1.5}"), "must be a whole number"},
        {WITH("{\"timestamp\":1e300}"), "must be a whole number"},
        {WITH("{\"timestamp\":99999999999999999999}"), "must be a whole number"},
        {WITH("{\"timestamp\":null}"), "must be a whole number"},
        {WITH("{\"creator\":\"a\",\"creator\":\"b\"}"), "creator"},
        {"{\"critical\":{" IDENTITY "," IMAGE ",\"type\":\"Atomic container signature\"}," OPTIONAL "}",
         "the type of signature"},
        {"{\"critical\":{" IDENTITY "," IMAGE ",\"type\":\"cosign container image signature\"}," OPTIONAL "}",
         "the type of signature"},
        {"{\"critical\":{" IDENTITY "," IMAGE ",\"type\":1}," OPTIONAL "}", "must be of type string"},
        {"{\"critical\":{" IDENTITY ",\"image\":{\"docker-manifest-digest\":\"" DIGEST "\",\"a\":1}," TYPE
         "}," OPTIONAL "}",
         "has no member \"a\""},
        {"{\"critical\":{" IDENTITY ",\"image\":{}," TYPE "}," OPTIONAL "}",
         "lacks \"docker-manifest-digest\""},
        {"{\"critical\":{" IDENTITY ",\"image\":{\"docker-manifest-digest\":\"sha256:ab\"}," TYPE
         "}," OPTIONAL "}",
         "is no digest"},
        {"{\"critical\":{" IDENTITY ",\"image\":{\"docker-manifest-digest\":7}," TYPE "}," OPTIONAL "}",
         "must be of type string"},
        {"{\"critical\":{\"identity\":{\"docker-reference\":\"a\",\"b\":1}," IMAGE "," TYPE "}," OPTIONAL "}",
         "has no member \"b\""},
        {"{\"critical\":{\"identity\":{}," IMAGE "," TYPE "}," OPTIONAL "}", "lacks \"docker-reference\""},
        {"{\"critical\":{\"identity\":{\"docker-reference\":\"a\",\"docker-reference\":\"b\"}," IMAGE "," TYPE
         "}," OPTIONAL "}",
         "docker-reference"},
        {"{" CRITICAL ",\"optional\":{\"a\":\"\xff\"}}", "payload:1:"},
        {"{" CRITICAL ",\"optional\":{\"a\":\"\\u0000\"}}", "payload:1:"},
        {"\xef\xbb\xbf{" CRITICAL "," OPTIONAL "}", "payload:1:1"},
        {"{" CRITICAL "," OPTIONAL "/* */}", "payload:1:"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct trust_payload payload;

        if (parse(cases[i].text, &arena, &payload) == 0)
            fail_msg("case %zu is read", i);
        if (strstr(error.message, cases[i].words) == NULL || strstr(error.message, "payload:") == NULL)
            fail_msg("case %zu: %s", i, error.message);
        assert_true(error.kind == ERROR_INVALID || error.kind == ERROR_LIMIT);
    }
}

static void what_is_written_is_read(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct trust_payload payload;
    char bytes[2048];
    struct text text = text_over(bytes, sizeof(bytes));

    (void)state;
    trust_payload_encode(&text, "r.io/a\"\\:1", DIGEST, 1795318499, NULL);
    assert_true(text_starts_with(
        bytes, "{\"critical\":{\"identity\":{\"docker-reference\":\"r.io/a\\\"\\\\:1\"},"
               "\"image\":{\"docker-manifest-digest\":\"" DIGEST
               "\"},\"type\":\"atomic container signature\"},\"optional\":{\"creator\":\"thwart "));
    assert_true(text_ends_with(bytes, ",\"timestamp\":1795318499}}"));
    assert_int_equal(parse(bytes, &arena, &payload), 0);
    assert_string_equal(payload.reference, "r.io/a\"\\:1");
    assert_int_equal(payload.timestamp_s, 1795318499);
    text_reset(&text);
    trust_payload_encode(&text, "r.io/a:1", DIGEST, 5, "\"io.example\":{\"a\":[1]}");
    assert_int_equal(parse(bytes, &arena, &payload), 0);
    assert_non_null(json_member(payload.optional, "io.example"));
    assert_int_equal(payload.timestamp_s, 5);
    assert_true(text_starts_with(payload.creator, "thwart "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_read),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(what_is_written_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
