/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of records, of which only the wanted ones are parsed. */
#include "store_fixture.h"

#include "base/memory.h"
#include "base/text.h"
#include "trust/records.h"

static struct error error;

static int open_list(const char *text, struct records *records)
{
    cleanup_fd int folder = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    write_text("list.json", text);
    return records_open(folder, "list.json", &arena, records, &error);
}

/* The ids of those with the word; -1: broken. */
static int ids_with(const char *list, const char *word, char *ids, size_t size)
{
    const struct json_value *record;
    struct records records;
    struct text text = text_over(ids, size);
    int found = open_list(list, &records), count = 0;

    while (found > 0 && (found = records_next(&records, records_with_word, word, &record, &error)) > 0) {
        text_append(&text, store_text(record, "id"));
        count++;
    }
    return found < 0 ? -1 : count;
}

static void only_wanted_ones_are_parsed(void **state)
{
    static const struct {
        const char *text, *word, *ids;
        int count;
    } cases[] = {
        {"[]", "x", "", 0},
        {" null \n", "x", "", 0},
        {"[{\"id\": \"a\", \"layer\": \"x\"}, {\"id\": \"b\"}]", "x", "a", 1},
        {"[{\"id\":\"a\"},\n{\"id\":\"b\",\"list\":[\"x\",{\"y\":[]}]}\n]\n", "x", "b", 1},
        /* Brackets and quotes in texts are no brackets and quotes. */
        {"[{\"id\": \"a\", \"t\": \"}]\\\"}\"}, {\"id\": \"b\", \"t\": \"x\\\\\"}]", "x", "b", 1},
        {"[{\"id\": \"a\", \"t\": \"{[\\\\\\\"\"}, {\"id\": \"x\"}]", "x", "x", 1},
        /* What is wrong in another record does not matter. */
        {"[{\"id\": nonsense}, {\"id\": \"x\"}]", "x", "x", 1},
        {"[{\"id\": \"x\", \"id\": \"x\"}]", "x", "", -1},
        {"[{\"id\": \"x\" nonsense}]", "x", "", -1},
        /* Torn and mistaken ones. */
        {"", "x", "", -1},
        {"{}", "x", "", -1},
        {"nullx", "x", "", -1},
        {"[", "x", "", -1},
        {"[{\"id\": \"a\"}", "x", "", -1},
        {"[{\"id\": \"a", "x", "", -1},
        {"[{\"id\": \"a\"},]", "x", "", -1},
        {"[{\"id\": \"a\"}] x", "x", "", -1},
        {"[\"x\"]", "x", "", -1},
        {"[{\"id\": \"a\"} {\"id\": \"x\"}]", "x", "", -1},
    };
    char ids[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        if (ids_with(cases[i].text, cases[i].word, ids, sizeof(ids)) != cases[i].count)
            fail_msg("%s: %s", cases[i].text, ids);
        if (cases[i].count >= 0)
            assert_string_equal(ids, cases[i].ids);
    }
}

static void depth_has_an_end(void **state)
{
    char deep[512], ids[8];

    (void)state;
    memset(deep, '{', sizeof(deep));
    deep[0] = '[';
    deep[sizeof(deep) - 1] = '\0';
    assert_int_equal(ids_with(deep, "x", ids, sizeof(ids)), -1);
    assert_says(error.message, "list.json is no list of records");
}

static const char *id_of(const void *list, size_t index)
{
    return ((const char *const *)list)[index];
}

static void ids_are_looked_at_first(void **state)
{
    static const char *const wanted[] = {"one", NULL, "three"};
    const struct records_ids ids = {id_of, wanted, ARRAY_LENGTH(wanted)};
    static const struct {
        const char *text;
        bool may;
    } cases[] = {
        {"{\"id\": \"one\"}", true},
        {"{ \"id\" : \"three\", \"parent\": \"two\"}", true},
        {"{\"id\":\"two\",\"parent\":\"one\"}", false},
        {"{\"id\":\"on\"}", false},
        {"{\"id\":\"ones\"}", false},
        /* Not as Go writes it: looked at with care. */
        {"{\"parent\":\"x\",\"id\":\"two\"}", true},
        {"{\"id\":\"tw\\u006f\"}", true},
        {"{\"id\":7}", true},
        {"{\"id\"", true},
        {"{}", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (records_with_id(cases[i].text, strlen(cases[i].text), &ids) != cases[i].may)
            fail_msg("%s", cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(only_wanted_ones_are_parsed),
        STORE_TEST(depth_has_an_end),
        STORE_TEST(ids_are_looked_at_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
