/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader: what it refuses, where, in which words; positions; limits; time on hostile input. */
#include "unit.h"

#include "base/memory.h"
#include "base/text.h"
#include "json/json.h"

struct refusal {
    const char *label, *document, *message;
};

static const struct refusal refusals[] = {
    {"empty", "", "config.json:1:1: the document is empty"},
    {"only blanks", " \n\t ", "config.json:1:1: the document is empty"},
    {"byte order mark", "\xef\xbb\xbf{}", "config.json:1:1: byte order mark: JSON is UTF-8 without one"},
    {"UTF-16", "\xff\xfe{", "config.json:1:1: invalid UTF-8 (byte 0xff)"},
    {"overlong NUL", "{\n \"a\": \"\xc0\x80\"}", "config.json:2:8: invalid UTF-8 (byte 0xc0)"},
    {"encoded surrogate", "[\"\xed\xa0\x80\"]", "config.json:1:3: invalid UTF-8 (byte 0xed)"},
    {"Latin-1", "[\"gr\xfc\xdf\"]", "config.json:1:5: invalid UTF-8 (byte 0xfc)"},
    {"duplicate key", "{\"process\": {\n  \"user\": {\"uid\": 0},\n  \"user\": {\"uid\": 1}}}",
     "config.json:3:3: /process/user: duplicate key \"user\": first at line 2, column 3"},
    {"duplicate key by escape", "{\"a\": 1,\n \"\\u0061\": 2}",
     "config.json:2:2: /a: duplicate key \"a\": first at line 1, column 2"},
    {"duplicate deep below", "{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":1,\"d\":2}]}}",
     "config.json:1:29: /b/c/2/d: duplicate key \"d\": first at line 1, column 23"},
    {"leading zero", "{\"uid\": 0123}",
     "config.json:1:9: /uid: malformed number (leading zero, or not decimal): `0123}`"},
    {"leading zero, negative", "[-01]",
     "config.json:1:2: /0: malformed number (leading zero, or not decimal): `-01]`"},
    {"hexadecimal", "[7, 0x1f]",
     "config.json:1:5: /1: malformed number (leading zero, or not decimal): `0x1f]`"},
    {"plus sign", "[+1]", "config.json:1:2: /0: expected a value, found `+1]`"},
    {"fraction without digits", "[1.]", "config.json:1:2: /0: malformed number: `1.]`"},
    {"exponent without digits", "[1e]", "config.json:1:2: /0: malformed number: `1e]`"},
    {"two points", "[1.5.2]", "config.json:1:2: /0: malformed number: `1.5.2]`"},
    {"only a sign", "[-]", "config.json:1:2: /0: malformed number: `-]`"},
    {"NaN", "[NaN]", "config.json:1:2: /0: expected a value, found `NaN]`"},
    {"misspelt word", "{\"terminal\":\n  True}",
     "config.json:2:3: /terminal: expected a value, found `True}`"},
    {"cut word", "[nul", "config.json:1:2: /0: expected a value, found `nul`"},
    {"trailing comma in an array", "[1,\n]",
     "config.json:2:1: /1: expected a value, found ']': a comma follows the last element"},
    {"trailing comma in an object", "{\"a\":1,\n}",
     "config.json:2:1: expected a key, found '}': a comma follows the last member"},
    {"missing comma", "{\"a\":1\n \"b\":2}", "config.json:2:2: expected ',' or '}', found `\"b\":2}`"},
    {"missing colon", "{\"a\" 1}", "config.json:1:6: /a: expected ':' after the key, found `1}`"},
    {"single quotes", "{'a': 1}",
     "config.json:1:2: expected a key in double quotes or '}', found single quotes (JSON has double ones "
     "only): `'a': 1}`"},
    {"bare key", "{a: 1}", "config.json:1:2: expected a key in double quotes or '}', found `a: 1}`"},
    {"line comment", "{ // user\n}",
     "config.json:1:3: expected a key in double quotes or '}', found a comment (JSON has none): `// user`"},
    {"block comment", "{\"a\": /* x */ 1}",
     "config.json:1:7: /a: expected a value, found a comment (JSON has none): `/* x */ 1}`"},
    {"text behind the document", "{}\nx", "config.json:2:1: expected the end of the document, found `x`"},
    {"second document", "{}{}", "config.json:1:3: expected the end of the document, found `{}`"},
    {"closing bracket too much", "[1]\n\n]", "config.json:3:1: expected the end of the document, found `]`"},
    {"wrong closing bracket", "{\"a\": [1}", "config.json:1:9: /a/1: expected ',' or ']', found `}`"},
    {"lone high surrogate", "[\"\\ud800\"]",
     "config.json:1:3: /0: lone high surrogate (\\ud800) in a string"},
    {"high surrogate twice", "[\"\\ud800\\ud800\"]",
     "config.json:1:3: /0: lone high surrogate (\\ud800) in a string"},
    {"lone low surrogate", "{\"a\\udc00\": 1}", "config.json:1:4: lone low surrogate (\\udc00) in a string"},
    {"escaped NUL", "{\"hostname\":\"a\\u0000b\"}",
     "config.json:1:15: /hostname: NUL character (\\u0000) in a string"},
    {"escaped NUL in a key", "{\"a\\u0000\":1}", "config.json:1:4: NUL character (\\u0000) in a string"},
    {"raw newline in a string", "[\"a\nb\"]",
     "config.json:1:4: /0: control character 0x0a in a string: write it as an escape (in the string `\"a`)"},
    {"raw tab in a key", "{\"a\tb\": 1}",
     "config.json:1:4: control character 0x09 in a string: write it as an escape (in the string "
     "`\"a\\x09b\": 1}`)"},
    {"unknown escape", "[\"\\x41\"]", "config.json:1:3: /0: unknown escape in a string: `\\x41\"]`"},
    {"short escape", "[\"\\u12\"]", "config.json:1:3: /0: \\u without four hexadecimal digits: `\\u12\"]`"},
    {"string without an end", "{\"args\": [\"sh", "config.json:1:11: /args/0: string without an end: `\"sh`"},
    {"document cut in an array", "{\"a\":{\"b\":[",
     "config.json:1:12: /a/b/0: expected a value, but the document ends: the array of line 1, column 11 is "
     "not closed"},
    {"document cut behind a value", "{\"a\":1",
     "config.json:1:7: expected ',' or '}', but the document ends: the object of line 1, column 1 is not "
     "closed"},
    {"document cut behind a key", "{\"a\"",
     "config.json:1:5: /a: expected ':' after the key, but the document ends: the object of line 1, column 1 "
     "is not closed"},
    {"document cut behind a colon", "{\"a\":",
     "config.json:1:6: /a: expected a value, but the document ends: the object of line 1, column 1 is not "
     "closed"},
    {"pointer with slashes", "{\"p\":{\"a/b~c\":[0,tru]}}",
     "config.json:1:18: /p/a~1b~0c/1: expected a value, found `tru]}}`"},
    {"hostile excerpt", "[\x1b[31m]", "config.json:1:2: /0: expected a value, found `\\x1b[31m]`"},
};

static void refuses_in_one_clear_line(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        cleanup_arena struct arena arena = {0};
        struct json_value *root;
        struct error error = {0};
        const char *document = refusals[i].document;

        if (json_read(document, strlen(document), "config.json", NULL, &arena, &root, &error) == 0) {
            print_error("%s: was accepted\n", refusals[i].label);
            wrong++;
        } else if (strcmp(error.message, refusals[i].message) != 0 || error.kind != ERROR_INVALID) {
            print_error("%s:\n  expected %s\n  found    %s\n", refusals[i].label, refusals[i].message,
                        error.message);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void refuses_a_raw_nul(void **state)
{
    cleanup_arena struct arena arena = {0};
    static const char document[] = "{\"args\": [\"sh\",\n\"a\0b\"]}";
    struct json_value *root;
    struct error error;

    (void)state;
    assert_int_equal(json_read(document, sizeof(document) - 1, "config.json", NULL, &arena, &root, &error),
                     -1);
    assert_string_equal(error.message, "config.json:2:3: NUL byte (0x00)");
}

static void knows_the_place_of_each_value(void **state)
{
    cleanup_arena struct arena arena = {0};
    static const char document[] =
        "{\n  \"a\": [ true,\n    \"x\\ny\" ],\n  \"b\" : { \"c\":-0.5e3 }, \"d\":null}\n";
    struct json_value *root;
    const struct json_value *a, *b, *c;
    struct error error;

    (void)state;
    assert_int_equal(json_read(document, sizeof(document) - 1, "x", NULL, &arena, &root, &error), 0);
    assert_int_equal(root->type, JSON_OBJECT);
    assert_int_equal(root->line, 1);
    assert_int_equal(root->column, 1);
    a = json_member(root, "a");
    assert_int_equal(a->line, 2);
    assert_int_equal(a->column, 8);
    assert_int_equal(a->array.count, 2);
    assert_true(a->array.items[0]->boolean);
    assert_int_equal(a->array.items[0]->column, 10);
    assert_string_equal(a->array.items[1]->string.bytes, "x\ny");
    assert_int_equal(a->array.items[1]->line, 3);
    assert_int_equal(a->array.items[1]->column, 5);
    b = json_member(root, "b");
    assert_int_equal(b->line, 4);
    assert_int_equal(b->column, 9);
    c = json_member(b, "c");
    assert_string_equal(c->number.text, "-0.5e3");
    assert_int_equal(c->column, 15);
    assert_int_equal(b->object.members[0].column, 11);
    assert_int_equal(json_member(root, "d")->type, JSON_NULL);
    assert_null(json_member(root, "e"));
    assert_null(json_member(a, "b"));
}

static void accepts_what_the_grammar_accepts(void **state)
{
    static const char *const documents[] = {
        "0",
        "-0",
        "1E400",
        " true ",
        "\"x\"",
        "[]",
        "{}",
        "[[],{}]",
        "[1.5e-3]",
        "{\"\":1}",
        "[\"\\ud83d\\ude00\"]",
        "[\"\\\\ud800\"]",
        "[\"\\\"\\/\\b\\f\\n\\r\\t\"]",
        "[\"\xf0\x9f\x98\x80\x7f\"]",
        /* The same letter in two normal forms: two keys. */
        "{\"\xc3\xa9\": 1, \"e\xcc\x81\": 2}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(documents); i++) {
        cleanup_arena struct arena arena = {0};
        struct json_value *root;
        struct error error;

        if (json_read(documents[i], strlen(documents[i]), "x", NULL, &arena, &root, &error) < 0)
            fail_msg("%s: %s", documents[i], error.message);
    }
}

static void decodes_surrogate_pairs(void **state)
{
    cleanup_arena struct arena arena = {0};
    static const char document[] = "\"\\ud83d\\ude00\\u00e9\"";
    struct json_value *root;
    struct error error;

    (void)state;
    assert_int_equal(json_read(document, sizeof(document) - 1, "x", NULL, &arena, &root, &error), 0);
    assert_string_equal(root->string.bytes, "\xf0\x9f\x98\x80\xc3\xa9");
}

static void comments_only_where_allowed(void **state)
{
    cleanup_arena struct arena arena = {0};
    static const char document[] = "// first\n{ /* a\n b */ \"a\" /**/ : 1, // x\n \"b\": 2 }\n// last";
    static const char open_comment[] = "{\"a\": 1 /* never closed";
    const struct json_limits limits = {.comments = true};
    struct json_value *root;
    struct error error;

    (void)state;
    assert_int_equal(json_read(document, sizeof(document) - 1, "policy", &limits, &arena, &root, &error), 0);
    assert_int_equal(json_member(root, "a")->line, 3);
    assert_int_equal(json_member(root, "a")->column, 18);
    assert_int_equal(json_member(root, "b")->line, 4);
    assert_int_equal(
        json_read(open_comment, sizeof(open_comment) - 1, "policy", &limits, &arena, &root, &error), -1);
}

/* A document of count copies of piece between head and tail. */
static struct text repeat(const char *head, const char *piece, size_t count, const char *tail)
{
    struct text text = text_growing((size_t)64 << 20);

    text_append(&text, head);
    for (size_t i = 0; i < count; i++)
        text_append(&text, piece);
    text_append(&text, tail);
    assert_false(text.overflow);
    return text;
}

static void nesting_is_limited(void **state)
{
    static const struct {
        const char *piece;
        size_t count;
        const char *start;
    } cases[] = {
        {"[", 100000, "config.json:1:65: /0/0/0"},
        {"{\"a\":", 1000000, "config.json:1:321: /a/a/a"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text text = repeat("", cases[i].piece, cases[i].count, "");
        struct json_value *root;
        struct error error;

        assert_int_equal(json_read(text.bytes, text.length, "config.json", NULL, &arena, &root, &error), -1);
        assert_int_equal(error.kind, ERROR_LIMIT);
        assert_true(text_starts_with(error.message, cases[i].start));
        assert_true(text_ends_with(error.message, ": nested deeper than 64 levels"));
    }
    {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text open = repeat("", "[", 64, "");
        struct json_value *root;
        struct error error;

        for (int i = 0; i < 64; i++)
            text_append_character(&open, ']');
        assert_int_equal(json_read(open.bytes, open.length, "config.json", NULL, &arena, &root, &error), 0);
    }
}

static void size_and_count_are_limited(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text blanks = repeat("{}", "          ", 5000000, "");
    cleanup_text struct text ones = repeat("[0", ",1", 10, "]");
    const struct json_limits limits = {.values = 5};
    struct json_value *root;
    struct error error;

    (void)state;
    assert_int_equal(json_read(blanks.bytes, blanks.length, "config.json", NULL, &arena, &root, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_string_equal(error.message, "config.json: 50000002 bytes are more than the limit of 16777216");
    assert_int_equal(json_read(ones.bytes, ones.length, "config.json", &limits, &arena, &root, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_string_equal(error.message, "config.json:1:12: /5: more than 5 values");
}

/* Many members, and many whose keys begin alike: no quadratic time. A test that hangs has failed. */
static void large_objects_are_checked_for_duplicates(void **state)
{
    cleanup_text struct text text = text_growing((size_t)16 << 20);
    struct json_value *root;
    struct error error;

    (void)state;
    text_append(&text, "{");
    for (unsigned int i = 0; i < 200000; i++)
        text_append_format(&text, "%s\"a-rather-long-common-prefix-%u\":%u", i == 0 ? "" : ",\n", i, i);
    {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text good = text_growing((size_t)16 << 20);

        text_append_bytes(&good, text.bytes, text.length);
        text_append(&good, "}");
        assert_int_equal(json_read(good.bytes, good.length, "x", NULL, &arena, &root, &error), 0);
        assert_int_equal(root->object.count, 200000);
        assert_string_equal(root->object.members[199999].key, "a-rather-long-common-prefix-199999");
        assert_int_equal(root->object.members[199999].value->line, 200000);
    }
    {
        cleanup_arena struct arena arena = {0};

        text_append(&text, ",\n\"a-rather-long-common-prefix-7\":0,\n\"a-rather-long-common-prefix-5\":0}");
        assert_int_equal(json_read(text.bytes, text.length, "x", NULL, &arena, &root, &error), -1);
        assert_string_equal(error.message, "x:200001:1: /a-rather-long-common-prefix-7: duplicate key "
                                           "\"a-rather-long-common-prefix-7\": first at line 8, column 1");
    }
}

static void long_strings_are_whole(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = repeat("[\"", "0123456789", 1000000, "\"]");
    struct json_value *root;
    struct error error;

    (void)state;
    assert_int_equal(json_read(text.bytes, text.length, "x", NULL, &arena, &root, &error), 0);
    assert_int_equal(root->array.items[0]->string.length, 10000000);
    assert_int_equal(strlen(root->array.items[0]->string.bytes), 10000000);
}

/* Each cut and each changed byte of a document: an answer, and never a message of two lines. */
static void damaged_documents_get_one_line(void **state)
{
    static const char document[] =
        "{\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\n\"],\n \"b\": {\"c\": {}, \"d\": []}}";
    static const char bytes[] = "{}[],:\"\\/0-.eE+ax\n\t\x01\x7f\x80\xff'";

    (void)state;
    for (size_t at = 0; at < sizeof(document) - 1; at++)
        for (size_t change = 0; change < sizeof(bytes); change++) {
            cleanup_arena struct arena arena = {0};
            char copy[sizeof(document)];
            struct json_value *root = NULL;
            struct error error = {0};
            size_t length = change == 0 ? at : sizeof(document) - 1;

            memcpy(copy, document, sizeof(document));
            if (change > 0)
                copy[at] = bytes[change - 1];
            if (json_read(copy, length, "config.json", NULL, &arena, &root, &error) == 0) {
                assert_non_null(root);
                continue;
            }
            assert_true(text_starts_with(error.message, "config.json:"));
            assert_false(text_has_control(error.message));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_in_one_clear_line),
        cmocka_unit_test(refuses_a_raw_nul),
        cmocka_unit_test(knows_the_place_of_each_value),
        cmocka_unit_test(accepts_what_the_grammar_accepts),
        cmocka_unit_test(decodes_surrogate_pairs),
        cmocka_unit_test(comments_only_where_allowed),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(size_and_count_are_limited),
        cmocka_unit_test(large_objects_are_checked_for_duplicates),
        cmocka_unit_test(long_strings_are_whole),
        cmocka_unit_test(damaged_documents_get_one_line),
    };

    return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
