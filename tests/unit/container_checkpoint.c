/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descriptors.json: there and back, as the peers write it, and what is refused. */
#include "unit.h"

#include "base/memory.h"
#include "container/checkpoint_files.h"

static struct checkpoint_streams streams;

static int decode(const char *document, struct error *error)
{
    return checkpoint_decode_streams(document, strlen(document), "descriptors.json", &streams, error);
}

static void test_round(void **state)
{
    static struct checkpoint_streams written = {.keys = {"/dev/null", "pipe:[4711]", "file[1a:2b]\"\n"}};
    cleanup_text struct text text = text_growing(4096);
    struct error error;

    (void)state;
    checkpoint_encode_streams(&written, &text);
    assert_string_equal(text.bytes, "[\"/dev/null\",\"pipe:[4711]\",\"file[1a:2b]\\\"\\n\"]");
    assert_int_equal(decode(text.bytes, &error), 0);
    for (int i = 0; i < CHECKPOINT_STREAMS; i++)
        assert_string_equal(streams.keys[i], written.keys[i]);
}

static void test_of_peers(void **state)
{
    struct error error;

    (void)state;
    assert_int_equal(decode("[\"/dev/null\",\"pipe:[1]\",\"pipe:[2]\"]", &error), 0);
    assert_string_equal(streams.keys[2], "pipe:[2]");
    /* Fewer, none, more. */
    assert_int_equal(decode("[\"pipe:[1]\"]\n", &error), 0);
    assert_string_equal(streams.keys[0], "pipe:[1]");
    assert_string_equal(streams.keys[1], "");
    assert_int_equal(decode("null", &error), 0);
    assert_string_equal(streams.keys[0], "");
    assert_int_equal(decode("[\"a\",\"b\",\"c\",\"d\"]", &error), 0);
    assert_string_equal(streams.keys[2], "c");
}

static void test_refused(void **state)
{
    static const char *const documents[] = {"",       "{}",        "[1]",          "[\"a\",null]",
                                            "[\"a\"", "[\"a\"] x", "[\"\\u0000\"]"};
    char *longer = calloc(1, CHECKPOINT_STREAM_KEY_SIZE + 8);
    struct error error;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(documents); i++) {
        assert_int_equal(decode(documents[i], &error), -1);
        assert_int_equal(error.kind, ERROR_INVALID);
    }
    assert_non_null(longer);
    memset(longer, 'a', CHECKPOINT_STREAM_KEY_SIZE + 4);
    memcpy(longer, "[\"", 2);
    memcpy(longer + CHECKPOINT_STREAM_KEY_SIZE + 2, "\"]", 2);
    assert_int_equal(decode(longer, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    free(longer);
}

static void test_paths(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct checkpoint_options none = {0}, some = {.image_path = "/images/", .work_path = "logs"};
    struct error error;
    char here[4096];

    (void)state;
    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(checkpoint_absolute_paths(&none, &arena, &error), 0);
    assert_memory_equal(none.image_path, here, strlen(here));
    assert_string_equal(strrchr(none.image_path, '/'), "/checkpoint");
    assert_null(none.work_path);
    assert_int_equal(checkpoint_absolute_paths(&some, &arena, &error), 0);
    assert_string_equal(some.image_path, "/images");
    assert_string_equal(strrchr(some.work_path, '/'), "/logs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_of_peers),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
