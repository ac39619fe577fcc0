/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories of overlays, as the kernel writes them into mountinfo. */
#include "linux/overlay_options.h"

#include "unit.h"

static struct arena arena;

static struct overlay_options parse(const char *options)
{
    struct overlay_options overlay;
    struct error error = {0};

    if (overlay_options_parse(options, &arena, &overlay, &error) != 0)
        fail_msg("%s", error.message);
    return overlay;
}

static void test_usual(void **state)
{
    (void)state;
    struct overlay_options overlay =
        parse("rw,relatime,lowerdir=/s/l/AB:/s/l/CD:l/EF,upperdir=/s/x/diff,workdir=/s/x/work,index=off");

    assert_int_equal(overlay.lower_count, 3);
    assert_string_equal(overlay.lowers[0], "/s/l/AB");
    assert_string_equal(overlay.lowers[1], "/s/l/CD");
    assert_string_equal(overlay.lowers[2], "l/EF");
    assert_string_equal(overlay.upper, "/s/x/diff");
    assert_false(overlay.data_only);
    overlay = parse("ro,lowerdir=/a");
    assert_int_equal(overlay.lower_count, 1);
    assert_null(overlay.upper);
}

/* Commas, colons, blanks and backslashes in names. */
static void test_escapes(void **state)
{
    (void)state;
    struct overlay_options overlay =
        parse("rw,lowerdir=/a\\134:b:/c\\054d:/e\\040f:/g\\134\\134h,upperdir=/u\\134:p:q\\054,workdir=/w");

    assert_int_equal(overlay.lower_count, 4);
    assert_string_equal(overlay.lowers[0], "/a:b");
    assert_string_equal(overlay.lowers[1], "/c,d");
    assert_string_equal(overlay.lowers[2], "/e f");
    assert_string_equal(overlay.lowers[3], "/g\\h");
    assert_string_equal(overlay.upper, "/u:p:q,");
}

/* One by one, as the newer interface is given them: colons are not special there. */
static void test_one_by_one(void **state)
{
    (void)state;
    const struct overlay_options overlay =
        parse("rw,lowerdir+=/a:b,lowerdir+=/c\\134d,datadir+=/x,upperdir=/u");

    assert_int_equal(overlay.lower_count, 2);
    assert_string_equal(overlay.lowers[0], "/a:b");
    assert_string_equal(overlay.lowers[1], "/c\\d");
    assert_true(overlay.data_only);
    assert_true(parse("lowerdir=/a::/data").data_only);
    assert_int_equal(parse("lowerdir=/a:/b::/data::/more").lower_count, 2);
    assert_false(parse("lowerdir=/a:/b").data_only);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "rw",
                                        "upperdir=/u",
                                        "lowerdir=",
                                        "lowerdir=:",
                                        "lowerdir=::/a",
                                        "lowerdir=/a:",
                                        "lowerdir=/a\\999",
                                        "lowerdir=/a\\04",
                                        "lowerdir+="};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct overlay_options overlay;
        struct error error = {0};

        if (overlay_options_parse(wrong[i], &arena, &overlay, &error) == 0)
            fail_msg("\"%s\" was read", wrong[i]);
        assert_true(error.message[0] != '\0');
    }
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_usual, teardown),
        cmocka_unit_test_teardown(test_escapes, teardown),
        cmocka_unit_test_teardown(test_one_by_one, teardown),
        cmocka_unit_test_teardown(test_refused, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
