/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables: every kind of member, ranges, positions and pointers of errors, unknown members, and the way back.
 */
#include "unit.h"

#include "base/memory.h"
#include "json/place.h"
#include "json/table.h"

struct inner {
    const char *name;
    struct json_origin origin;
};

struct outer {
    bool flag, has_flag;
    int64_t big;
    bool has_big;
    uint64_t wide;
    int32_t small;
    uint32_t id;
    bool has_id;
    uint16_t weight;
    const char *text;
    int color;
    struct json_strings strings;
    struct json_uint32s numbers;
    struct json_ints colors;
    struct json_string_map map;
    const struct inner *one;
    struct json_structs many;
    struct json_struct_map named;
    const struct json_value *other;
};

static const struct json_word colors[] = {{"red", 1}, {"green", 2}, {NULL, 0}};

static const struct json_field inner_rows[] = {
    JSON_FIELD(struct inner, name, "name", JSON_KIND_STRING, .required = true),
};
static const struct json_table inner_table = JSON_TABLE_PLACED(struct inner, "inner", inner_rows);

static const struct json_field outer_rows[] = {
    JSON_FIELD_FLAGGED(struct outer, flag, "flag", JSON_KIND_BOOLEAN),
    JSON_FIELD_FLAGGED(struct outer, big, "big", JSON_KIND_INT64),
    JSON_FIELD(struct outer, wide, "wide", JSON_KIND_UINT64),
    JSON_FIELD(struct outer, small, "small", JSON_KIND_INT32, .minimum = -5, .maximum = 5),
    JSON_FIELD_FLAGGED(struct outer, id, "id", JSON_KIND_UINT32),
    JSON_FIELD(struct outer, weight, "weight", JSON_KIND_UINT16, .maximum_unsigned = 1000),
    JSON_FIELD(struct outer, text, "text", JSON_KIND_STRING),
    JSON_FIELD(struct outer, color, "color", JSON_KIND_ENUM, .words = colors),
    JSON_FIELD(struct outer, strings, "strings", JSON_KIND_STRINGS),
    JSON_FIELD(struct outer, numbers, "numbers", JSON_KIND_UINT32S),
    JSON_FIELD(struct outer, colors, "colors", JSON_KIND_ENUMS, .words = colors),
    JSON_FIELD(struct outer, map, "map", JSON_KIND_STRING_MAP),
    JSON_FIELD(struct outer, one, "one", JSON_KIND_STRUCT, .table = &inner_table),
    JSON_FIELD(struct outer, many, "many", JSON_KIND_STRUCTS, .table = &inner_table),
    JSON_FIELD(struct outer, named, "named", JSON_KIND_STRUCT_MAP, .table = &inner_table),
    JSON_FIELD(struct outer, other, "other", JSON_KIND_ANYTHING),
};
static const struct json_table outer_table = JSON_TABLE(struct outer, "outer", outer_rows);

static int decode(const char *document, struct arena *arena, struct json_notes *notes, struct outer *outer,
                  struct error *error)
{
    const struct json_decoding decoding = {.name = "t.json", .arena = arena, .notes = notes};
    struct json_value *root;

    if (json_read(document, strlen(document), "t.json", NULL, arena, &root, error) < 0)
        return -1;
    return json_decode(&decoding, &outer_table, root, outer, error);
}

static const char complete[] =
    "{\"flag\":false,\"big\":-9223372036854775808,\"wide\":18446744073709551615,\"small\":-5,\"id\":"
    "4294967294,"
    "\"weight\":1000,\"text\":\"a\\\"\\\\\\n\\u0001\xc3\xa9\",\"color\":\"green\",\"strings\":[\"\",\"x\"],"
    "\"numbers\":[0,7],\"colors\":[\"red\",\"red\"],\"map\":{\"k\":\"v\",\"\":\"\"},\"one\":{\"name\":\"n\"},"
    "\"many\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"named\":{\"x/y\":{\"name\":\"z\"}},"
    "\"other\":{\"deep\":[1.50,null,true,{}]}}";

static void every_kind_goes_in_and_comes_out(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(1 << 20), pretty = text_growing(1 << 20);
    struct json_notes notes = {0};
    struct outer outer, again;
    struct error error;

    (void)state;
    if (decode(complete, &arena, &notes, &outer, &error) < 0)
        fail_msg("%s", error.message);
    assert_int_equal(notes.count, 0);
    assert_true(outer.has_flag && !outer.flag && outer.has_big);
    assert_true(outer.big == INT64_MIN && outer.wide == UINT64_MAX && outer.small == -5);
    assert_int_equal(outer.color, 2);
    assert_int_equal(outer.numbers.items[1], 7);
    assert_string_equal(outer.map.items[0].value, "v");
    assert_string_equal(outer.one->name, "n");
    assert_string_equal(((const struct inner *)outer.many.items)[1].name, "b");
    assert_int_equal(((const struct inner *)outer.many.items)[1].origin.line, 1);
    assert_string_equal(outer.named.keys[0], "x/y");
    json_encode(&text, &outer_table, &outer, 0);
    assert_string_equal(text.bytes, complete);
    /* With indentation it reads the same. */
    json_encode(&pretty, &outer_table, &outer, 2);
    assert_int_equal(decode(pretty.bytes, &arena, &notes, &again, &error), 0);
    text_reset(&text);
    json_encode(&text, &outer_table, &again, 0);
    assert_string_equal(text.bytes, complete);
}

static void absent_is_not_zero(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(1 << 20);
    struct json_notes notes = {0};
    struct outer outer;
    struct error error;

    (void)state;
    assert_int_equal(
        decode("{\"strings\":[],\"id\":0,\"many\":[],\"map\":{}}", &arena, &notes, &outer, &error), 0);
    assert_false(outer.has_flag || outer.has_big);
    assert_true(outer.has_id && outer.strings.present && !outer.numbers.present);
    assert_null(outer.text);
    assert_null(outer.one);
    json_encode(&text, &outer_table, &outer, 4);
    assert_string_equal(text.bytes,
                        "{\n    \"id\": 0,\n    \"strings\": [],\n    \"map\": {},\n    \"many\": []\n}");
}

static const struct {
    const char *document, *message;
} refusals[] = {
    {"[]", "t.json:1:1: expected an object, found an array"},
    {"{\"flag\": 1}", "t.json:1:10: /flag: expected true or false, found 1"},
    {"{\"big\": 9223372036854775808}", "t.json:1:9: /big: expected a whole number from -9223372036854775808 "
                                       "to 9223372036854775807, found 9223372036854775808"},
    {"{\"big\": 1.0}",
     "t.json:1:9: /big: expected a whole number from -9223372036854775808 to 9223372036854775807, found 1.0"},
    {"{\"big\": 1e3}",
     "t.json:1:9: /big: expected a whole number from -9223372036854775808 to 9223372036854775807, found 1e3"},
    {"{\"big\": -0}",
     "t.json:1:9: /big: expected a whole number from -9223372036854775808 to 9223372036854775807, found -0"},
    {"{\"big\": 1E400}", "t.json:1:9: /big: expected a whole number from -9223372036854775808 to "
                         "9223372036854775807, found 1E400"},
    {"{\"wide\": -1}",
     "t.json:1:10: /wide: expected a whole number from 0 to 18446744073709551615, found -1"},
    {"{\"wide\": 100000000000000000000}", "t.json:1:10: /wide: expected a whole number from 0 to "
                                          "18446744073709551615, found 100000000000000000000"},
    {"{\"small\": 6}", "t.json:1:11: /small: expected a whole number from -5 to 5, found 6"},
    {"{\"id\": 4294967295}",
     "t.json:1:8: /id: expected a whole number from 0 to 4294967294, found 4294967295"},
    {"{\"id\": 4294967296}",
     "t.json:1:8: /id: expected a whole number from 0 to 4294967294, found 4294967296"},
    {"{\"id\": \"0\"}",
     "t.json:1:8: /id: expected a whole number from 0 to 4294967294, found the string \"0\""},
    {"{\"id\":\n   true}", "t.json:2:4: /id: expected a whole number from 0 to 4294967294, found true"},
    {"{\"weight\": 1001}", "t.json:1:12: /weight: expected a whole number from 0 to 1000, found 1001"},
    {"{\"text\": 5}", "t.json:1:10: /text: expected a string, found 5"},
    {"{\"text\": [\"x\"]}", "t.json:1:10: /text: expected a string, found an array"},
    {"{\"color\": \"blue\"}",
     "t.json:1:11: /color: expected one of \"red\", \"green\", found the string \"blue\""},
    {"{\"colors\": [\"red\", 1]}", "t.json:1:20: /colors/1: expected one of \"red\", \"green\", found 1"},
    {"{\"strings\": \"x\"}", "t.json:1:13: /strings: expected an array of strings, found the string \"x\""},
    {"{\"strings\": [\"x\", null]}",
     "t.json:1:19: /strings/1: expected a string, found null (leave out what is not wanted)"},
    {"{\"numbers\": [1,\n 2,\n -3]}",
     "t.json:3:2: /numbers/2: expected a whole number from 0 to 4294967294, found -3"},
    {"{\"map\": {\"a/b~\": 5}}", "t.json:1:18: /map/a~1b~0: expected a string, found 5"},
    {"{\"map\": []}", "t.json:1:9: /map: expected an object of strings, found an array"},
    {"{\"one\": []}", "t.json:1:9: /one: expected an object, found an array"},
    {"{\"one\": {}}", "t.json:1:9: /one/name: required member of inner is missing"},
    {"{\"many\": [{\"name\": \"x\"}, {}]}", "t.json:1:26: /many/1/name: required member of inner is missing"},
    {"{\"many\": [{\"name\": \"x\"}, null]}",
     "t.json:1:26: /many/1: expected an object, found null (leave out what is not wanted)"},
    {"{\"named\": {\"k\": {\"name\": 0}}}", "t.json:1:26: /named/k/name: expected a string, found 0"},
    {"{\"text\": 123456789012345678901234567890123456789012345678901234567890}",
     "t.json:1:10: /text: expected a string, found 1234567890123456789012345678901234567890\xe2\x80\xa6"},
};

static void refusals_say_what_was_expected(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        cleanup_arena struct arena arena = {0};
        struct json_notes notes = {0};
        struct outer outer;
        struct error error = {0};

        if (decode(refusals[i].document, &arena, &notes, &outer, &error) == 0) {
            print_error("%s: was accepted\n", refusals[i].document);
            wrong++;
        } else if (strcmp(error.message, refusals[i].message) != 0) {
            print_error("%s:\n  expected %s\n  found    %s\n", refusals[i].document, refusals[i].message,
                        error.message);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void unknown_members_are_noted_or_refused(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct json_notes notes = {0};
    struct outer outer;
    struct error error;
    static const char document[] =
        "{\"Flag\": true,\n \"zzz\": {\"deep\": 1}, \"one\": {\"name\": \"n\", \"nmae\": 1}}";

    (void)state;
    assert_int_equal(decode(document, &arena, &notes, &outer, &error), 0);
    assert_false(outer.has_flag);
    assert_int_equal(notes.count, 3);
    assert_string_equal(notes.items[0].pointer, "/Flag");
    assert_string_equal(notes.items[0].text, "unknown member of outer (did you mean \"flag\"?)");
    assert_int_equal(notes.items[0].line, 1);
    assert_int_equal(notes.items[0].column, 2);
    assert_string_equal(notes.items[1].pointer, "/zzz");
    assert_string_equal(notes.items[1].text, "unknown member of outer");
    assert_int_equal(notes.items[1].line, 2);
    assert_string_equal(notes.items[2].pointer, "/one/nmae");
    assert_string_equal(notes.items[2].text, "unknown member of inner (did you mean \"name\"?)");
    assert_int_equal(decode(document, &arena, NULL, &outer, &error), -1);
    assert_int_equal(error.kind, ERROR_INVALID);
    assert_string_equal(error.message, "t.json:1:2: /Flag: unknown member of outer (did you mean \"flag\"?)");
}

static void null_is_absent_where_unknown_members_are_passed_over(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct json_notes notes = {0};
    struct outer outer;
    struct error error;

    (void)state;
    assert_int_equal(decode("{\"one\": null, \"many\": null}", &arena, &notes, &outer, &error), 0);
    assert_null(outer.one);
    assert_false(outer.many.present);
    assert_int_equal(notes.count, 2);
    assert_string_equal(notes.items[1].pointer, "/many");
    assert_string_equal(notes.items[1].text, "null is read as absent");
    assert_int_equal(decode("{\"many\": null}", &arena, NULL, &outer, &error), -1);
    assert_int_equal(decode("{\"flag\": null}", &arena, &notes, &outer, &error), -1);
    assert_string_equal(
        error.message,
        "t.json:1:10: /flag: expected true or false, found null (leave out what is not wanted)");
}

static void notes_are_bounded(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(1 << 24);
    struct json_notes notes = {0};
    struct outer outer;
    struct error error;

    (void)state;
    text_append(&text, "{");
    for (unsigned int i = 0; i < 100000; i++)
        text_append_format(&text, "%s\"u%u\":0", i == 0 ? "" : ",", i);
    text_append(&text, "}");
    assert_int_equal(decode(text.bytes, &arena, &notes, &outer, &error), 0);
    assert_int_equal(notes.count, 1001);
    assert_string_equal(notes.items[1000].text, "more unknown members, which are not listed");
}

static void places_are_found(void **state)
{
    cleanup_arena struct arena arena = {0};
    static const char document[] = "{\"a\":\n {\"b\":\n [1,\n 2]}}";
    const struct json_place a = {.key = "a"}, b = {.parent = &a, .key = "b"},
                            second = {.parent = &b, .index = 1}, beyond = {.parent = &b, .index = 2},
                            missing = {.parent = &a, .key = "c"};
    struct json_value *root;
    struct error error;
    char buffer[64];
    struct text text = text_over(buffer, sizeof(buffer));

    (void)state;
    assert_int_equal(json_read(document, sizeof(document) - 1, "t", NULL, &arena, &root, &error), 0);
    assert_int_equal(json_place_find(root, NULL)->line, 1);
    assert_int_equal(json_place_find(root, &second)->line, 4);
    assert_int_equal(json_place_find(root, &beyond)->line, 3);
    assert_int_equal(json_place_find(root, &missing)->line, 2);
    json_place_append(&text, &second);
    assert_string_equal(text.bytes, "/a/b/1");
}

static void strings_are_always_valid_json(void **state)
{
    static const struct {
        const char *bytes, *json;
    } cases[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"\"\\\n\r\t\x01\x1f", "\"\\\"\\\\\\n\\r\\t\\u0001\\u001f\""},
        {"a\xff"
         "b",
         "\"a\xef\xbf\xbd"
         "b\""},
        {"\xe2\x82\xac", "\"\xe2\x82\xac\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char buffer[64];
        struct text text = text_over(buffer, sizeof(buffer));

        json_append_string(&text, cases[i].bytes);
        assert_string_equal(text.bytes, cases[i].json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_goes_in_and_comes_out),
        cmocka_unit_test(absent_is_not_zero),
        cmocka_unit_test(refusals_say_what_was_expected),
        cmocka_unit_test(unknown_members_are_noted_or_refused),
        cmocka_unit_test(null_is_absent_where_unknown_members_are_passed_over),
        cmocka_unit_test(notes_are_bounded),
        cmocka_unit_test(places_are_found),
        cmocka_unit_test(strings_are_always_valid_json),
    };

    return cmocka_run_group_tests_name("json_table", tests, NULL, NULL);
}
