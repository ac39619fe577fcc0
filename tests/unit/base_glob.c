/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns: by tables, and against a matcher that is too simple to be wrong. */
#include "unit.h"

#include "base/memory.h"
#include "base/glob.h"

static void words_match(void **state)
{
    static const struct {
        const char *pattern, *text;
        char separator;
        bool matches;
    } cases[] = {
        {"abc", "abc", '/', true},
        {"abc", "abcd", '/', false},
        {"abc", "ab", '/', false},
        {"", "", '/', true},
        {"", "a", '/', false},
        {"?", "a", '/', true},
        {"?", "/", '/', false},
        {"?", "", '/', false},
        {"*", "", '/', true},
        {"*", "abc", '/', true},
        {"*", "a/b", '/', false},
        {"*", "a/b", 0, true},
        {"**", "a/b", '/', true},
        {"/srv/*", "/srv/data", '/', true},
        {"/srv/*", "/srv/data/x", '/', false},
        {"/srv/**", "/srv/data/x", '/', true},
        {"/srv/**", "/srv", '/', false},
        {"/srv/**/x", "/srv/a/b/x", '/', true},
        {"/srv/**/x", "/srv/x", '/', false},
        {"**/docker.sock", "/run/docker.sock", '/', true},
        {"**/docker.sock", "/run/docker.socks", '/', false},
        {"/a*b/c", "/axxb/c", '/', true},
        {"/a*b/c", "/ax/xb/c", '/', false},
        {"/a*b*c", "/abxbc", '/', true},
        {"*.conf", "x.conf.conf", '/', true},
        {"[abc]", "b", '/', true},
        {"[abc]", "d", '/', false},
        {"[a-c]x", "bx", '/', true},
        {"[!a-c]x", "bx", '/', false},
        {"[!a-c]x", "dx", '/', true},
        {"[^a]", "b", '/', true},
        {"[]a]", "]", '/', true},
        {"[!]a]", "]", '/', false},
        {"[a-]", "-", '/', true},
        {"[\\]]", "]", '/', true},
        {"a[!b]c", "a/c", '/', false}, /* no class has the separator */
        {"a[/]c", "a/c", '/', false},
        {"a[/]c", "a/c", 0, true},
        {"\\*", "*", '/', true},
        {"\\*", "x", '/', false},
        {"a\\/b", "a/b", '/', true},
        {"AWS_*", "AWS_SECRET", 0, true},
        {"net.*", "net.ipv4.ip_forward", 0, true},
        {"***", "a/b", '/', true},
        {"a**b**c", "axbxxbxc", '/', true},
        /* Bytes are characters: no locale. */
        {"?", "\xc3\xa9", '/', false},
        {"??", "\xc3\xa9", '/', true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (glob_matches(cases[i].pattern, cases[i].text, cases[i].separator) != cases[i].matches)
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].text);
}

static void directories_are_covered(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool covers;
    } cases[] = {
        {"/srv/data", "/srv/data", true},
        {"/srv/data", "/srv/data/deep/file", true},
        {"/srv/data", "/srv/database", false},
        {"/srv/data", "/srv", false},
        {"/srv/*/public", "/srv/a/public/x", true},
        {"/srv/*/public", "/srv/a/private/x", false},
        {"/", "/anything", true},
        {"/", "/", true},
        {"/srv/?", "/srv/ab", false},
        {"/var/lib/kubelet/pods/*/volumes", "/var/lib/kubelet/pods/uid/volumes/empty/x", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (glob_covers_path(cases[i].pattern, cases[i].path) != cases[i].covers)
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].path);
}

static void parents_are_found(void **state)
{
    static const struct {
        const char *pattern, *directory;
        bool may;
    } cases[] = {
        {"/run/docker.sock", "/", true},
        {"/run/docker.sock", "/run", true},
        {"/run/docker.sock", "/run/", true},
        {"/run/docker.sock", "/run/docker.sock", true},
        {"/run/docker.sock", "/run/docker", false},
        {"/run/docker.sock", "/ru", false},
        {"/run/docker.sock", "/srv", false},
        {"/run/user/*/podman/podman.sock", "/run/user", true},
        {"/run/user/*/podman/podman.sock", "/run/user/1000", true},
        {"/run/user/*/podman/podman.sock", "/run/user/1000/podman", true},
        {"/run/user/*/podman/podman.sock", "/run/user/1000/containers", false},
        {"/run/user/*/podman/podman.sock", "/run/user/1000/podman/podman.sock/x", false},
        {"/run/[ab]/x", "/run/a", true},
        {"/run/[ab]/x", "/run/c", false},
        {"/run/[/]/x", "/run/c", false},
        {"/run/a\\*/x", "/run/ab", false},
        {"/run/**/x", "/run/any/thing", true},
        {"/run/**/x", "/srv", false},
        {"/run/a**", "/run/b/c", true}, /* in doubt */
        {"**/x", "/srv", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (glob_may_match_beneath(cases[i].pattern, cases[i].directory) != cases[i].may)
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].directory);
}

static void bad_patterns_are_told(void **state)
{
    static const char *const good[] = {"a", "[a]", "[]a]", "[!]]", "a\\[", "**", "[\\]]", "[a][b]", "[[]"};
    static const char *const bad[] = {"", "[", "[a", "a[", "[]", "[!]", "a\\", "[a\\]", "[a\\"};
    char *lengthy = malloc(GLOB_LENGTH_MAX + 1);
    struct error error = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
        if (glob_check(good[i], &error) != 0)
            fail_msg("\"%s\": %s", good[i], error.message);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (glob_check(bad[i], &error) == 0)
            fail_msg("\"%s\" is taken", bad[i]);
    assert_non_null(lengthy);
    memset(lengthy, 'a', GLOB_LENGTH_MAX);
    lengthy[GLOB_LENGTH_MAX] = '\0';
    assert_int_equal(glob_check(lengthy, &error), -1);
    lengthy[GLOB_LENGTH_MAX - 1] = '\0';
    assert_int_equal(glob_check(lengthy, &error), 0);
    free(lengthy);
}

/* ---- the model: every way is tried ---- */

static bool model_class(const char *class, char character, const char **end)
{
    bool set[256] = {false}, negated = *class == '!' || *class == '^';
    const char *at = class + negated, *first = at;

    while (*at != ']' || at == first) {
        unsigned char low, high;

        if (*at == '\\')
            at++;
        low = high = (unsigned char)*at++;
        if (*at == '-' && at[1] != ']') {
            at++;
            if (*at == '\\')
                at++;
            high = (unsigned char)*at++;
        }
        for (unsigned int c = low; c <= high; c++)
            set[c] = true;
    }
    *end = at + 1;
    return set[(unsigned char)character] != negated;
}

static bool model(const char *pattern, const char *text, char separator)
{
    const char *end;

    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*') {
        bool any = pattern[1] == '*' || separator == '\0';
        const char *rest = pattern + strspn(pattern, "*");

        for (;; text++) {
            if (model(rest, text, separator))
                return true;
            if (*text == '\0' || (!any && *text == separator))
                return false;
        }
    }
    if (*text == '\0')
        return false;
    if (*pattern == '?')
        return (separator == '\0' || *text != separator) && model(pattern + 1, text + 1, separator);
    if (*pattern == '[') {
        bool in = model_class(pattern + 1, *text, &end) && (separator == '\0' || *text != separator);

        return in && model(end, text + 1, separator);
    }
    if (*pattern == '\\')
        pattern++;
    return *pattern == *text && model(pattern + 1, text + 1, separator);
}

static uint64_t seed = 88172645463325252U;

static size_t below(size_t count)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed % count);
}

static void random_pattern(char *pattern)
{
    static const char *const parts[] = {"a", "b", "/", "*", "**", "?", "[ab]", "[!a]", "[a-b]", "\\*", "/*"};
    size_t count = below(9) + 1;

    for (size_t i = 0; i < count; i++)
        for (const char *from = parts[below(ARRAY_LENGTH(parts))]; *from != '\0'; from++)
            *pattern++ = *from;
    *pattern = '\0';
}

static void random_text(char *text)
{
    size_t length = below(10);

    for (size_t i = 0; i < length; i++)
        text[i] = "ab/*"[below(4)];
    text[length] = '\0';
}

static void the_model_agrees(void **state)
{
    char pattern[64], text[16];

    (void)state;
    for (int i = 0; i < 300000; i++) {
        char separator = below(4) == 0 ? '\0' : '/';

        random_pattern(pattern);
        random_text(text);
        if (glob_matches(pattern, text, separator) != model(pattern, text, separator))
            fail_msg("\"%s\" and \"%s\", separator %d", pattern, text, separator);
    }
}

/* The path, or some directory above it. */
static bool model_covers(const char *pattern, const char *path)
{
    char part[20];

    for (size_t length = strlen(path); length > 0; length--) {
        if (path[length] != '\0' && path[length] != '/' && length > 1)
            continue;
        memcpy(part, path, length);
        part[length] = '\0';
        if (model(pattern, part, '/'))
            return true;
    }
    return false;
}

static void the_model_covers_the_same(void **state)
{
    char pattern[64], path[20] = "/";
    size_t covered = 0;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        random_pattern(pattern);
        random_text(path + 1);
        covered += model_covers(pattern, path);
        if (glob_covers_path(pattern, path) != model_covers(pattern, path))
            fail_msg("\"%s\" and \"%s\"", pattern, path);
    }
    assert_true(covered > 1000);
}

/* No directory above a match is ever said to be free of matches. */
static void no_parent_is_missed(void **state)
{
    char pattern[64], text[20] = "/";
    size_t seen = 0;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        pattern[0] = '/';
        random_pattern(pattern + 1);
        random_text(text + 1);
        if (strstr(text, "//") != NULL || strstr(pattern, "//") != NULL || !glob_matches(pattern, text, '/'))
            continue;
        for (size_t end = strlen(text); end > 0; end--) {
            char directory[20];

            if (text[end] != '/' && text[end] != '\0')
                continue;
            memcpy(directory, text, end);
            directory[end] = '\0';
            seen++;
            if (!glob_may_match_beneath(pattern, directory))
                fail_msg("\"%s\" matches \"%s\", beneath \"%s\"", pattern, text, directory);
        }
    }
    assert_true(seen > 1000);
}

/* Linear in pattern × text: a matcher that tries every way would not end here. */
static void many_stars_end(void **state)
{
    char pattern[4000], text[4001];

    (void)state;
    for (size_t i = 0; i + 3 < sizeof(pattern); i += 3)
        memcpy(pattern + i, i % 2 == 0 ? "a**" : "*a?", 3);
    pattern[sizeof(pattern) - 2] = 'b';
    pattern[sizeof(pattern) - 1] = '\0';
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_false(glob_matches(pattern, text, '/'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_match),       cmocka_unit_test(directories_are_covered),
        cmocka_unit_test(parents_are_found), cmocka_unit_test(bad_patterns_are_told),
        cmocka_unit_test(the_model_agrees),  cmocka_unit_test(no_parent_is_missed),
        cmocka_unit_test(many_stars_end),    cmocka_unit_test(the_model_covers_the_same),
    };

    return cmocka_run_group_tests_name("base_glob", tests, NULL, NULL);
}
