/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advice: each id for what it is about, at its place; none for a policy that leaves nothing to say. Every id
 * is explained in the manual.
 * The manuals' examples are what they say they are.
 * Usage: unit_policy_lint thwart-policy.5.md thwart.json.5.md */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "policy/configuration.h"
#include "policy/read.h"
#include "policy/shipped.h"
#include "policy/waiver.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *manual_file, *configuration_manual_file;
static struct arena arena;

static int empty_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* Ids and pointers, one a line. */
static const char *advice_on(const char *bytes, size_t length, const char *file)
{
    cleanup_text struct text text = text_growing(1 << 20);
    struct policy_problems problems = {0};
    const struct policy *policy;
    struct error error = {0};

    if (policy_read(bytes, length, file, NULL, &arena, &problems, &policy, &error) != 0)
        fail_msg("%s", error.message);
    assert_int_equal(problems.count, 0);
    policy_lint(policy, &arena, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        assert_string_equal(problems.items[i].file, file);
        assert_true(problems.items[i].line >= 1 && problems.items[i].column >= 1);
        assert_true(strlen(problems.items[i].text) > 10);
        text_append_format(&text, "%s%s %s", i > 0 ? "\n" : "",
                           problems.items[i].advice != NULL ? problems.items[i].advice : "MISTAKE",
                           problems.items[i].pointer);
    }
    return arena_copy(&arena, text.bytes != NULL ? text.bytes : "", text.length);
}

static const struct {
    const char *sections, *advice;
} cases[] = {
    {"'process': {'noNewPrivileges': true}", ""},
    {"'tags': []", "bounds-nothing "},
    {"'extends': ['baseline']", ""},
    {"'mode': 'audit', 'resources': {'pids': 1}", "audit-mode /mode"},
    {"'resources': {'pids': {'value': 1, 'mode': 'audit'}}", "audit-mode /resources/pids"},
    {"'mode': 'audit', 'resources': {'pids': {'value': 1, 'mode': 'enforce'}}",
     "audit-mode /mode\nenforce-in-audit /resources/pids"},
    {"'resources': {'pids': {'value': 1, 'mode': 'enforce'}}", ""},
    {"'resources': {'pids': {'value': 1, 'ifUnsupported': 'note'}}", "unsupported-noted /resources/pids"},
    {"'process': {'user': {'root': 'deny', 'otherwise': 'narrow'}}", "cannot-narrow /process/user"},
    {"'devices': {'allow': [], 'otherwise': 'narrow'}", ""},
    {"'when': {}, 'resources': {'pids': 1}", "empty-when /when"},
    {"'when': {'image': []}, 'resources': {'pids': 1}", "when-selects-nothing /when"},
    {"'when': {'image': ['a'], 'trust': 'unverified'}, 'resources': {'pids': 1}",
     "image-selector-unverified /when"},
    {"'when': {'image': ['a.example/**']}, 'resources': {'pids': 1}", "image-selector-attested /when"},
    {"'when': {'image': ['**', 'busybox:*', 'library/*', 'localhost/x:1', '*/x:*', 'host:5000/x']}, "
     "'resources': "
     "{'pids': 1}",
     "image-selector-attested /when\nimage-pattern-never /when/image/1\nimage-pattern-never /when/image/2"},
    {"'when': {'annotations': {'a': 'b'}, 'trust': 'unverified'}, 'resources': {'pids': 1}",
     "trust-without-image /when"},
    {"'process': {'user': {}}", "rule-without-effect /process/user"},
    {"'process': {'user': {'uids': [7]}}", "group-ids-open /process/user"},
    {"'process': {'user': {'uids': [7], 'gids': [7]}}", ""},
    {"'process': {'capabilities': {'deny': ['CHOWN']}}", "capabilities-deny-list /process/capabilities"},
    {"'process': {'capabilities': {'allow': ['ALL']}}", "rule-without-effect /process/capabilities"},
    {"'process': {'capabilities': {'allow': ['CHOWN', 'SYS_ADMIN']}}",
     "capability-dangerous /process/capabilities"},
    {"'process': {'noNewPrivileges': false}, 'resources': {'pids': 1}",
     "rule-without-effect /process/noNewPrivileges"},
    {"'resources': {'memory': 'unlimited', 'pids': 1}", "rule-without-effect /resources/memory"},
    {"'resources': {'memory': '1G'}", "swap-open /resources/memory"},
    {"'resources': {'memory': '1G', 'swap': 0}", ""},
    {"'filesystem': {'mounts': {}}", "rule-without-effect /filesystem/mounts"},
    {"'filesystem': {'mounts': {'sources': [{'path': '/srv'}]}}", "mount-types-open /filesystem/mounts"},
    {"'filesystem': {'mounts': {'types': ['bind'], 'sources': [{'path': '/srv'}, {'path': '/'}]}}",
     "mount-source-root /filesystem/mounts/sources/1"},
    {"'filesystem': {'mounts': {'types': ['bind'], 'sources': [{'path': '/**', 'access': 'rw'}]}}",
     "mount-source-root /filesystem/mounts/sources/0"},
    {"'filesystem': {'mounts': {'types': ['bind'], 'sources': [{'path': '/run/*'}]}}",
     "mount-source-engine /filesystem/mounts/sources/0"},
    {"'devices': {'allow': [{'type': 'a', 'major': '*', 'minor': '*', 'access': 'rw'}]}",
     "device-any /devices/allow/0"},
    {"'devices': {'allow': [{'type': 'a', 'major': '*', 'minor': '*', 'access': 'm'}]}", ""},
    {"'sysctls': {'allow': ['net.*', '**']}", "sysctl-any /sysctls/allow/1"},
    {"'annotations': {'acting': {'allow': ['*']}}", "annotation-any /annotations/acting/allow/0"},
    {"'lifecycle': {'exec': {'commands': ['**']}}", "exec-any /lifecycle/exec/commands/0"},
    {"'hooks': {'allow': [{'path': '/usr/bin/x'}]}", "hook-without-digest /hooks/allow/0"},
    {"'landlock': {'abi': 6, 'write': ['/tmp', '/']}", "landlock-root-writable /landlock/write/1"},
    {"'image': {'integrity': 'bound-walk', 'digests': ['sha256:" HEX64 "']}", "image-alone "},
    {"'image': {'integrity': 'bound-walk', 'digests': ['sha256:" HEX64 "']}, 'resources': {'pids': 1}", ""},
    {"'mode': 'audit', 'image': {'integrity': 'bound-walk', 'digests': ['sha256:" HEX64 "']}",
     "audit-mode /mode"},
    {"'extends': ['baseline'], 'image': {'digests': []}", "signature-without-integrity /image/digests"},
    {"'extends': ['baseline'], 'image': {'digests': ['sha256:" HEX64 "'], 'integrity': 'manifest-only'}", ""},
    {"'extends': ['baseline'], 'image': {'digests': ['sha512:" HEX64 HEX64 "'], 'integrity': 'bound-walk'}",
     "digest-not-computed /image/digests/0"},
    {"'extends': ['baseline'], 'image': {'integrity': 'bound-walk'}",
     "integrity-without-signature /image/integrity"},
    {"'image': {'integrity': 'none'}", "bounds-nothing "},
    {"'extends': ['baseline'], 'image': {'signature': {'keys': ['/a.asc'], 'identity': 'r.example/**'}, "
     "'integrity': 'bound-layers'}",
     ""},
    {"'extends': ['baseline'], 'image': {'signature': {'keys': ['/a.asc'], 'identity': 'r.example/**'}}",
     "signature-without-integrity /image/signature"},
    {"'extends': ['baseline'], 'image': {'signature': {'trust': 'policy.json'}, 'integrity': 'bound-walk'}",
     ""},
    {"'extends': ['baseline'], 'image': {'signature': {'identity': 'r.example/**'}, 'integrity': "
     "'bound-walk'}",
     "signature-host-keys /image/signature"},
    {"'extends': ['baseline'], 'image': {'signature': {'keys': ['/a.asc'], 'identity': ['r.example/**', "
     "'web:*']}, 'integrity': "
     "'bound-walk'}",
     "image-pattern-never /image/signature"},
    {"'extends': ['baseline'], 'image': {'signature': [{'keys': ['/a.asc', '/b.asc']}], 'integrity': "
     "'bound-walk'}",
     "signature-any-key /image/signature\nsignature-own-name /image/signature"},
    {"'extends': ['baseline'], 'image': {'signature': {'require': 2, 'keys': ['/a.asc', '/b.asc'], "
     "'identity': '**'}, 'integrity': "
     "'bound-walk'}",
     ""},
    {"'network': {'none': true}", "not-enforced-yet /network"},
    {"'syscalls': {'default': 'errno:ENOSYS', 'allow': ['@essential']}", ""},
    {"'syscalls': {'default': 'errno:ENOSYS', 'allow': ['read', 'exit']}",
     "essential-syscalls-missing /syscalls/allow"},
    {"'syscalls': {'default': 'errno:EPERM', 'allow': ['@essential']}", "knows-missing /syscalls"},
    {"'syscalls': {'default': 'errno:EPERM', 'allow': ['@essential'], 'knows': '6.1'}", ""},
    {"'syscalls': {'default': 'log', 'allow': ['@essential']}", "default-permits /syscalls"},
    {"'syscalls': {'default': 'kill', 'knows': '6.1'}", "rule-without-effect /syscalls"},
    {"'syscalls': {'default': 'errno:ENOSYS', 'allow': ['@essential', 'ptrace']}",
     "dangerous-syscall-uncommented /syscalls/allow/1"},
    {"'syscalls': {'default': 'errno:ENOSYS', 'allow': ['@essential', {'name': 'ptrace', 'comment': 'why'}]}",
     ""},
    {"'syscalls': {'deny': ['opnat', '@network-oi']}", "MISTAKE /syscalls/deny/0\nMISTAKE /syscalls/deny/1"},
    {"'syscalls': {'default': 'errno:ENOSYS', 'allow': ['@essential', 'read', 'read'], 'deny': ['read']}",
     "syscall-twice /syscalls/allow/2\nallow-list-and-deny /syscalls/deny/0"},
};

static char *policy_text(const char *sections)
{
    char *text = arena_format(&arena, "{'thwart': 1, 'name': 'a', 'description': 'd', %s}", sections);

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return text;
}

static void each(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const char *text = policy_text(cases[i].sections);
        const char *advice = advice_on(text, strlen(text), "p.json");

        if (strcmp(advice, cases[i].advice) != 0)
            fail_msg("%s:\n%s\nnot\n%s", text, advice, cases[i].advice);
    }
}

static void without_description(void **state)
{
    static const char text[] = "{\"thwart\": 1, \"name\": \"a\", \"extends\": [\"b\"]}";

    (void)state;
    assert_string_equal(advice_on(text, strlen(text), "p.json"), "no-description ");
}

/* What is built in may be blunt, but it has no slips. */
static void built_in(void **state)
{
    static const char *const slips[] = {"MISTAKE",       "cannot-narrow", "rule-without-effect",
                                        "syscall-twice", "essential-",    "when-",
                                        "trust-",        "no-description"};
    const struct shipped_file *files;
    size_t count;

    (void)state;
    files = shipped_files(&count);
    for (size_t i = 0; i < count; i++) {
        const char *advice = strchr(files[i].name, '/') == NULL
                                 ? advice_on(files[i].bytes, files[i].length, files[i].name)
                                 : "";

        for (size_t k = 0; k < ARRAY_LENGTH(slips); k++)
            if (strstr(advice, slips[k]) != NULL)
                fail_msg("%s: %s", files[i].name, advice);
    }
}

static char *read_manual(const char *path)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    struct error error = {0};
    char *manual;
    size_t length;

    assert_true(file >= 0);
    assert_int_equal(0, descriptor_read_all(file, 1 << 20, path, &arena, &manual, &length, &error));
    return manual;
}

/* The manual has a line for each: "| `id` |". */
static void documented(void **state)
{
    const char *manual = read_manual(manual_file);

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        for (const char *at = cases[i].advice; *at != '\0';) {
            size_t size = strcspn(at, " ");

            if (strncmp(at, "MISTAKE", size) != 0 &&
                strstr(manual, arena_format(&arena, "| `%.*s` |", (int)size, at)) == NULL)
                fail_msg("%.*s is not in %s", (int)size, at, manual_file);
            at += strcspn(at, "\n");
            at += *at == '\n';
        }
}

/* Call `check` with each example between "```json" or "```jsonc" and "```". How many there were. */
static size_t for_each_example(char *manual, void (*check)(const char *example))
{
    size_t count = 0;
    char *at = manual, *end;

    while ((at = strstr(at, "\n```json")) != NULL) {
        at = strchr(at + 1, '\n');
        end = strstr(at, "\n```");
        assert_non_null(end);
        check(arena_copy(&arena, at + 1, (size_t)(end - at)));
        at = end + 1;
        count++;
    }
    return count;
}

/* A whole policy, a file of waivers, or sections of a policy. */
static void check_example(const char *example)
{
    const char *text =
        *example == '{' ? example : arena_format(&arena, "{\"thwart\": 1, \"name\": \"a\",\n%s}", example);
    const struct policy_waiver *waivers;
    const struct policy *policy;
    struct error error = {0};
    size_t count;

    if (strstr(text, "\"waivers\"") != NULL
            ? policy_waivers_read(text, strlen(text), "example", &arena, NULL, &waivers, &count, &error) != 0
            : policy_read(text, strlen(text), "example", NULL, &arena, NULL, &policy, &error) != 0)
        fail_msg("%s\n%s", error.message, text);
}

static void check_configuration(const char *example)
{
    struct configuration configuration;
    struct error error = {0};

    if (configuration_parse(example, strlen(example), "example", &arena, NULL, &configuration, &error) != 0)
        fail_msg("%s\n%s", error.message, example);
}

static void examples(void **state)
{
    (void)state;
    assert_true(for_each_example(read_manual(manual_file), check_example) >= 15);
}

static void configuration_examples(void **state)
{
    (void)state;
    assert_true(for_each_example(read_manual(configuration_manual_file), check_configuration) >= 3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each, empty_arena),
        cmocka_unit_test_teardown(without_description, empty_arena),
        cmocka_unit_test_teardown(built_in, empty_arena),
        cmocka_unit_test_teardown(documented, empty_arena),
        cmocka_unit_test_teardown(examples, empty_arena),
        cmocka_unit_test_teardown(configuration_examples, empty_arena),
    };

    if (argc != 3)
        return 2;
    manual_file = argv[1];
    configuration_manual_file = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
