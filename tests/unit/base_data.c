/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arenas, errors, paths. */
#include "unit.h"

#include <errno.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/path.h"

static void arena_gives_zeroed_aligned_separate_memory(void **state)
{
    cleanup_arena struct arena arena = {0};
    char *previous = NULL;

    (void)state;
    for (size_t i = 0; i < 3000; i++) {
        size_t size = i % 97;
        char *block = arena_allocate(&arena, size);

        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++)
            assert_int_equal(block[j], 0);
        memset(block, 0x5a, size);
        assert_ptr_not_equal(block, previous);
        previous = block;
    }
    assert_true(arena.total < 1024 * 1024);
}

static void arena_takes_large_blocks_beside_small_ones(void **state)
{
    cleanup_arena struct arena arena = {0};
    char *small = arena_string(&arena, "small");
    char *large = arena_allocate(&arena, 10 * 1024 * 1024);
    char *next = arena_string(&arena, "next");

    (void)state;
    memset(large, 1, 10 * 1024 * 1024);
    assert_string_equal(small, "small");
    assert_string_equal(next, "next");
    /* The block in use goes on being used. */
    assert_ptr_equal(next, small + sizeof("small"));
    arena_free(&arena);
    assert_int_equal(arena.total, 0);
    assert_string_equal(arena_string(&arena, "again"), "again");
}

static void arena_formats(void **state)
{
    cleanup_arena struct arena arena = {0};
    char *text = arena_format(&arena, "%0*d|", 2000, 1);

    (void)state;
    assert_int_equal(strlen(text), 2001);
    assert_string_equal(arena_format(&arena, "%s-%d", "a", 5), "a-5");
}

static jmp_buf exhausted;

static void on_exhausted(void)
{
    longjmp(exhausted, 1);
}

static void arena_calls_the_handler_at_its_limit(void **state)
{
    struct arena arena = {.limit = 200 * 1024};
    volatile int taken = 0;

    (void)state;
    arena_set_exhausted_handler(on_exhausted);
    if (setjmp(exhausted) == 0) {
        for (;;) {
            memset(arena_allocate(&arena, 1000), 1, 1000);
            taken++;
        }
    }
    assert_in_range(taken, 150, 205);
    assert_true(arena.total <= arena.limit);
    if (setjmp(exhausted) == 0) {
        arena_array(&arena, SIZE_MAX / 4, 8);
        fail_msg("an overflowing product was taken");
    }
    arena_set_exhausted_handler(NULL);
    arena_free(&arena);
}

static void errors_escape_hostile_names(void **state)
{
    struct error error;

    (void)state;
    assert_int_equal(
        error_set(&error, ERROR_INVALID, "name \"%s\"", "a\n{\"level\":\"error\"}\x1b\xff\xc3\xbc"), -1);
    assert_int_equal(error.kind, ERROR_INVALID);
    assert_string_equal(error.message, "name \"a\\x0a{\"level\":\"error\"}\\x1b\\xff\xc3\xbc\"");
    assert_int_equal(error_set(NULL, ERROR_INVALID, "nobody listens"), -1);
}

static void errors_are_cut_between_characters(void **state)
{
    struct error error;
    char name[3 * ERROR_MESSAGE_MAX];

    (void)state;
    for (size_t i = 0; i + 2 < sizeof(name); i += 2)
        memcpy(name + i, "\xc3\xbc", 3);
    error_set(&error, ERROR_LIMIT, "x%s", name);
    assert_true(strlen(error.message) < ERROR_MESSAGE_MAX);
    assert_true(strlen(error.message) > ERROR_MESSAGE_MAX - 8);
    assert_string_equal(error.message + strlen(error.message) - 5, "\xc3\xbc\xe2\x80\xa6");
}

static void system_errors_avoid_the_words_that_engines_match(void **state)
{
    struct error error;
    char name[2 * ERROR_MESSAGE_MAX];

    (void)state;
    assert_int_equal(error_system(&error, ENOENT, "cannot open %s", "/x"), -1);
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_int_equal(error.system_errno, ENOENT);
    assert_string_equal(error.message, "cannot open /x: does not exist (ENOENT)");
    error_system(&error, EPERM, "a");
    assert_string_equal(error.message, "a: not permitted (EPERM)");
    error_system(&error, EACCES, "a");
    assert_string_equal(error.message, "a: not permitted (EACCES)");
    error_system(&error, EBUSY, "a");
    assert_string_equal(error.message, "a: Device or resource busy");
    error_system(&error, 99999, "a");
    assert_string_equal(error.message, "a: unknown error number");
    /* The cause survives when the name is cut. */
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    error_system(&error, EBUSY, "%s", name);
    assert_non_null(strstr(error.message, ": Device or resource busy"));
}

static void errors_get_prefixes_and_keep_errno(void **state)
{
    struct error error;

    (void)state;
    errno = ENOTDIR;
    error_set(&error, ERROR_STATE, "inner");
    assert_int_equal(error_prefix(&error, "container %s", "c1"), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(error.kind, ERROR_STATE);
    assert_string_equal(error.message, "container c1: inner");
    for (int i = 0; i < 500; i++)
        error_prefix(&error, "level %d", i);
    assert_true(strlen(error.message) < ERROR_MESSAGE_MAX);
}

static void each_kind_has_a_word(void **state)
{
    (void)state;
    for (int kind = ERROR_NONE; kind <= ERROR_COMMAND_REFUSED; kind++)
        assert_string_not_equal(error_kind_name((enum error_kind)kind), "unknown");
    assert_string_equal(error_kind_name(ERROR_NOT_FOUND), "not-found");
}

static void container_paths_are_normalised(void **state)
{
    static const struct {
        const char *path, *normal;
    } cases[] = {
        {"/a/b", "/a/b"},
        {"//a///b//", "/a/b"},
        {"/a/./b/.", "/a/b"},
        {"/a/../b", "/b"},
        {"/../../b", "/b"},
        {"/a/b/../..", "/"},
        {"a/b", "/a/b"},
        {"", "/"},
        {"/", "/"},
        {"..", "/"},
        {"/a/..b/c..", "/a/..b/c.."},
        {"/...", "/..."},
        {"/a/b/../../../c", "/c"},
    };
    cleanup_arena struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_string_equal(container_path_normalise(&arena, cases[i].path).text, cases[i].normal);
}

static void host_paths_are_joined(void **state)
{
    cleanup_arena struct arena arena = {0};

    (void)state;
    assert_string_equal(host_path_join(&arena, "/bundle", "rootfs").text, "/bundle/rootfs");
    assert_string_equal(host_path_join(&arena, "/bundle/", "rootfs").text, "/bundle/rootfs");
    assert_string_equal(host_path_join(&arena, "/bundle", "/rootfs").text, "/rootfs");
    assert_string_equal(host_path_join(&arena, "/b", "../x").text, "/b/../x");
}

static void beneath_is_by_components(void **state)
{
    (void)state;
    assert_true(path_is_beneath("/a/b", "/a"));
    assert_true(path_is_beneath("/a", "/a"));
    assert_true(path_is_beneath("/a", "/"));
    assert_true(path_is_beneath("/", "/"));
    assert_false(path_is_beneath("/ab", "/a"));
    assert_false(path_is_beneath("/a", "/a/b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_zeroed_aligned_separate_memory),
        cmocka_unit_test(arena_takes_large_blocks_beside_small_ones),
        cmocka_unit_test(arena_formats),
        cmocka_unit_test(arena_calls_the_handler_at_its_limit),
        cmocka_unit_test(errors_escape_hostile_names),
        cmocka_unit_test(errors_are_cut_between_characters),
        cmocka_unit_test(system_errors_avoid_the_words_that_engines_match),
        cmocka_unit_test(errors_get_prefixes_and_keep_errno),
        cmocka_unit_test(each_kind_has_a_word),
        cmocka_unit_test(container_paths_are_normalised),
        cmocka_unit_test(host_paths_are_joined),
        cmocka_unit_test(beneath_is_by_components),
    };

    return cmocka_run_group_tests_name("base_data", tests, NULL, NULL);
}
