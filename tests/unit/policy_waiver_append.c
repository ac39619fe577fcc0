/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A waiver is put into a file, and everything else of it stays. */
#include "unit.h"

#include "base/memory.h"
#include "policy/waiver.h"
#include "policy/waiver_append.h"

static const struct policy_waiver waiver = {.rule = "TW0403",
                                            .subject = "/a]b\"c",
                                            .reason = "of // a [test]",
                                            .owner = "ops",
                                            .expires = "2027-03-31"};

#define ITEM(reason)                                                                                         \
    "{\"rule\": \"TW0201\", \"reason\": \"" reason "\", \"owner\": \"o\", \"expires\": \"2030-01-01\"}"

static size_t count_of(const struct text *text, struct arena *arena, const struct policy_waiver **waivers)
{
    struct policy_problems problems = {0};
    struct error error;
    size_t count;

    if (policy_waivers_read(text->bytes, text->length, "w.json", arena, &problems, waivers, &count, &error) !=
        0)
        fail_msg("%s\n%s", error.message, text->bytes);
    return count;
}

static void append(void **state)
{
    /* What stands in the file, and which words of it must stand in the same order afterwards. */
    static const struct {
        const char *file;
        size_t before;
        const char *kept[4];
    } cases[] = {
        {NULL, 0, {NULL}},
        {"{\"thwart\": 1, \"waivers\": []}", 0, {NULL}},
        {"{\"waivers\": [], \"thwart\": 1}", 0, {"\"thwart\": 1}"}},
        {"{\"thwart\": 1, \"waivers\": [" ITEM("r") "]}", 1, {NULL}},
        {"{\"thwart\": 1, \"waivers\": [\n  " ITEM("r") "\n]}\n", 1, {NULL}},
        /* Brackets, quotes and slashes that are none. */
        {"{\"thwart\": 1, \"waivers\": [" ITEM("]}\\\"[") ", " ITEM("// no") "]}", 2, {"]}\\\"[", "// no"}},
        {"// ] \" before\n{\"thwart\": 1, \"waivers\": [ /* [ */ ] /* after ] */}",
         0,
         {"] \" before", "[ */", "after ]"}},
        {"{\"thwart\": 1, \"waivers\": [\n " ITEM("r") " // of the first\n // at the end\n ]}",
         1,
         {"of the first", "TW0403", "at the end"}},
        {"{\"thwart\": 1, \"waivers\": [\n " ITEM("r") " /* over\n lines */ ]}", 1, {"over\n lines */"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text text = text_growing(65536), twice = text_growing(65536);
        const struct policy_waiver *waivers;
        const char *at;
        struct error error;

        if (policy_waiver_append(cases[i].file, cases[i].file != NULL ? strlen(cases[i].file) : 0, "w.json",
                                 &waiver, &arena, &text, &error) != 0)
            fail_msg("%s", error.message);
        assert_int_equal(count_of(&text, &arena, &waivers), cases[i].before + 1);
        assert_string_equal(waivers[cases[i].before].subject, waiver.subject);
        assert_string_equal(waivers[cases[i].before].reason, waiver.reason);
        at = text.bytes;
        for (size_t k = 0; k < ARRAY_LENGTH(cases[i].kept) && cases[i].kept[k] != NULL; k++) {
            at = strstr(at, cases[i].kept[k]);
            assert_non_null(at);
        }
        assert_int_equal(
            policy_waiver_append(text.bytes, text.length, "w.json", &waiver, &arena, &twice, &error), 0);
        assert_int_equal(count_of(&twice, &arena, &waivers), cases[i].before + 2);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *file;
        struct policy_waiver waiver;
    } cases[] = {
        {"{\"thwart\": 1}", {0}},
        {"[]", {0}},
        {"{\"thwart\": 1, \"waivers\": [{}]}", {0}},
        {NULL, {.rule = "TW9999", .reason = "r", .owner = "o", .expires = "2027-03-31"}},
        {NULL, {.rule = "TW0403", .reason = "r", .owner = "o", .expires = "tomorrow"}},
        {NULL, {.rule = "TW0403", .reason = "", .owner = "o", .expires = "2027-03-31"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text text = text_growing(65536);
        struct error error = {0};

        assert_int_equal(policy_waiver_append(cases[i].file,
                                              cases[i].file != NULL ? strlen(cases[i].file) : 0, "w.json",
                                              cases[i].waiver.rule != NULL ? &cases[i].waiver : &waiver,
                                              &arena, &text, &error),
                         -1);
        assert_int_equal(error.kind, ERROR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(append), cmocka_unit_test(refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
