/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Section "syscalls". Which calls and groups there are is not asked here: lint knows, and the compiler. */
#include "policy/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "policy/syscall_profile.h"

enum { SHOWN = 60, ARGUMENTS = 6, VERSION_PART_MAX = 255, ERRNO_PREFIX = sizeof("errno:") - 1 };

/* ---- actions: "errno:ENOSYS", "kill" ---- */

static const char *errno_suggestion(struct reader *reader, const char *name)
{
    const char *names[160];
    size_t count = 0;

    for (uint16_t number = 1; number < ARRAY_LENGTH(names); number++) {
        const char *known = policy_errno_name(number);

        if (known != NULL)
            names[count++] = known;
    }
    return reader_suggestion(reader, name, names, count, sizeof(names[0]));
}

static void read_action(struct reader *reader, const struct reader_spot *spot,
                        enum policy_syscall_action *action, uint16_t *errno_value)
{
    static const char *const words[] = {"kill", "trap", "log", "notify", "errno:EPERM"};
    static const enum policy_syscall_action actions[] = {POLICY_SYSCALL_KILL, POLICY_SYSCALL_TRAP,
                                                         POLICY_SYSCALL_LOG, POLICY_SYSCALL_NOTIFY};
    const char *word = reader_string(reader, spot, "an action such as \"errno:EPERM\" or \"kill\"");

    if (word == NULL)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(actions); i++)
        if (strcmp(word, words[i]) == 0) {
            *action = actions[i];
            return;
        }
    *action = POLICY_SYSCALL_ERRNO;
    if (!text_starts_with(word, "errno:")) {
        const char *suggestion =
            reader_suggestion(reader, word, words, ARRAY_LENGTH(words), sizeof(words[0]));

        if (suggestion == NULL && policy_errno_number(word) != 0)
            suggestion = arena_format(reader->arena, "errno:%s", word);
        reader_mistake(reader, spot, "\"%.*s\" is no action%s", SHOWN, word,
                       suggestion != NULL ? reader_did_you_mean(reader, suggestion)
                                          : ": there are errno:NAME, kill, trap, log, notify");
        return;
    }
    *errno_value = policy_errno_number(word + ERRNO_PREFIX);
    if (*errno_value == 0)
        reader_mistake(reader, spot, "there is no error \"%.*s\"%s", SHOWN, word + ERRNO_PREFIX,
                       reader_did_you_mean(reader, errno_suggestion(reader, word + ERRNO_PREFIX)));
}

static void read_default(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct policy_syscalls *syscalls = target;

    (void)detail;
    syscalls->has_default = true;
    if (spot->value->type == JSON_STRING && strcmp(spot->value->string.bytes, "allow") == 0)
        reader_mistake(
            reader, spot,
            "\"allow\" is no default: leave out \"allow\" and list under \"deny\" what is refused");
    else
        read_action(reader, spot, &syscalls->default_action, &syscalls->default_errno);
}

/* ---- tests of arguments ---- */

struct argument_test {
    struct policy_argument_test test;
    bool has_mask;
    size_t comparisons;
};

static bool parse_value(const struct json_value *value, uint64_t *number)
{
    const char *digits;

    if (value->type == JSON_NUMBER)
        return number_unsigned(value->number.text, UINT64_MAX, number);
    if (value->type != JSON_STRING || !text_starts_with(value->string.bytes, "0x"))
        return false;
    digits = value->string.bytes + 2;
    if (*digits == '\0' || strlen(digits) > 16 || !reader_is_hex(digits, strlen(digits)))
        return false;
    *number = 0;
    for (; *digits != '\0'; digits++)
        *number = *number * 16 +
                  (uint64_t)(*digits <= '9' ? *digits - '0' : ((unsigned char)*digits | 0x20) - 'a' + 10);
    return true;
}

static void read_value(struct reader *reader, const struct reader_spot *spot, uint64_t *number)
{
    if (!parse_value(spot->value, number))
        reader_expected(reader, spot, "a whole number from 0 to 18446744073709551615, or \"0x…\"");
}

static void read_comparison(struct reader *reader, const struct reader_spot *spot, void *target,
                            const void *detail)
{
    struct argument_test *test = target;

    test->test.comparison = *(const enum policy_comparison *)detail;
    test->comparisons++;
    read_value(reader, spot, &test->test.value);
}

static void read_mask(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct argument_test *test = target;

    (void)detail;
    test->has_mask = true;
    read_value(reader, spot, &test->test.mask);
}

static const struct reader_bounds argument_bounds = {0, ARGUMENTS - 1};
static const enum policy_comparison eq = POLICY_COMPARE_EQ, ne = POLICY_COMPARE_NE, lt = POLICY_COMPARE_LT,
                                    le = POLICY_COMPARE_LE, gt = POLICY_COMPARE_GT, ge = POLICY_COMPARE_GE;
static const struct reader_key test_keys[] = {
    READER_KEY(struct argument_test, test.argument, "arg", reader_uint32, &argument_bounds, .required = true),
    {.key = "eq", .read = read_comparison, .detail = &eq, .rule = READER_NO_RULE},
    {.key = "ne", .read = read_comparison, .detail = &ne, .rule = READER_NO_RULE},
    {.key = "lt", .read = read_comparison, .detail = &lt, .rule = READER_NO_RULE},
    {.key = "le", .read = read_comparison, .detail = &le, .rule = READER_NO_RULE},
    {.key = "gt", .read = read_comparison, .detail = &gt, .rule = READER_NO_RULE},
    {.key = "ge", .read = read_comparison, .detail = &ge, .rule = READER_NO_RULE},
    {.key = "mask", .read = read_mask, .rule = READER_NO_RULE},
};
READER_TABLE(test_table, "a test of an argument", test_keys);

static void read_test(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                      const void *detail)
{
    struct argument_test test = {0};

    (void)detail;
    reader_object(reader, spot, &test_table, NULL, &test);
    if (spot->value->type != JSON_OBJECT)
        return;
    if (test.comparisons != 1)
        reader_mistake(reader, spot,
                       "a test needs exactly one of \"eq\", \"ne\", \"lt\", \"le\", \"gt\", \"ge\"");
    else if (test.has_mask && test.test.comparison != POLICY_COMPARE_EQ)
        reader_mistake(reader, spot, "\"mask\" goes with \"eq\" alone");
    else if (test.has_mask && (test.test.value & ~test.test.mask) != 0)
        reader_mistake(reader, spot, "\"eq\" has bits that \"mask\" removes: the test is never true");
    if (test.has_mask)
        test.test.comparison = POLICY_COMPARE_MASKED;
    ((struct policy_argument_test *)target)[index] = test.test;
}

static const struct policy_argument_test *read_tests(struct reader *reader, const struct reader_spot *spot,
                                                     size_t *count)
{
    struct policy_argument_test *tests;

    *count = spot->value->type == JSON_ARRAY ? spot->value->array.count : 0;
    tests = arena_array(reader->arena, *count, sizeof(*tests));
    if (reader_list(reader, spot, "a list of tests of arguments", read_test, tests, NULL) && *count == 0)
        reader_mistake(reader, spot, "an empty list of tests: leave it out");
    return tests;
}

/* ---- one entry ---- */

static void read_when(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_syscall *entry = target;

    (void)detail;
    entry->when = read_tests(reader, spot, &entry->when_count);
}

static void read_unless(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    struct policy_syscall *entry = target;

    (void)detail;
    entry->unless = read_tests(reader, spot, &entry->unless_count);
}

static void read_entry_action(struct reader *reader, const struct reader_spot *spot, void *target,
                              const void *detail)
{
    struct policy_syscall *entry = target;

    (void)detail;
    entry->has_action = true;
    read_action(reader, spot, &entry->action, &entry->errno_value);
}

/* "@network-io", "@network-io/2". */
static bool is_group(const char *word)
{
    size_t length = strspn(word + 1, "abcdefghijklmnopqrstuvwxyz0123456789-");
    const char *version = word + 1 + length;
    uint64_t number;

    return length > 0 &&
           (*version == '\0' ||
            (*version == '/' && number_unsigned(version + 1, UINT32_MAX, &number) && number > 0));
}

static bool check_name(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    if (*word == '@' ? is_group(word) : length > 0 && word[length] == '\0')
        return true;
    reader_mistake(reader, spot, "\"%.*s\" is no system call (\"clone3\") and no group (\"@network-io\")",
                   SHOWN, word);
    return false;
}

static const struct reader_word_kind name_kind = {.what = "the name of a system call, or \"@group\"",
                                                  .check = check_name},
                                     architecture_kind = {.what = "an architecture",
                                                          .list = &policy_architecture_words},
                                     filter_kind = {.what = "a demand", .list = &policy_filter_words};

static const struct reader_key entry_keys[] = {
    READER_KEY(struct policy_syscall, name, "name", reader_word, &name_kind, .required = true),
    {.key = "when", .read = read_when, .rule = READER_NO_RULE},
    {.key = "unless", .read = read_unless, .rule = READER_NO_RULE},
    {.key = "action", .read = read_entry_action, .rule = READER_NO_RULE},
    READER_KEY(struct policy_syscall, comment, "comment", reader_text, NULL),
};
READER_TABLE(entry_table, "an entry of syscalls", entry_keys);

/* detail: not NULL in a list of what is denied. */
static void read_entry(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                       const void *detail)
{
    struct policy_syscall *entry = (struct policy_syscall *)target + index;

    *entry = (struct policy_syscall){.line = spot->line, .column = spot->column};
    if (spot->value->type == JSON_OBJECT)
        reader_object(reader, spot, &entry_table, NULL, entry);
    else
        reader_word(reader, spot, &entry->name, &name_kind);
    if (entry->has_action && detail == NULL)
        reader_mistake(reader, spot, "\"action\" belongs to \"deny\": what is allowed has no other answer");
}

static const struct policy_syscall *read_entries(struct reader *reader, const struct reader_spot *spot,
                                                 size_t *count, const void *denied)
{
    struct policy_syscall *entries;

    *count = spot->value->type == JSON_ARRAY ? spot->value->array.count : 0;
    entries = arena_array(reader->arena, *count, sizeof(*entries));
    reader_list(reader, spot, "a list of system calls and groups", read_entry, entries, denied);
    return entries;
}

static void read_allow(struct reader *reader, const struct reader_spot *spot, void *target,
                       const void *detail)
{
    struct policy_syscalls *syscalls = target;

    (void)detail;
    syscalls->has_allow = true;
    syscalls->allow = read_entries(reader, spot, &syscalls->allow_count, NULL);
}

static void read_deny(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_syscalls *syscalls = target;

    (void)detail;
    syscalls->deny = read_entries(reader, spot, &syscalls->deny_count, "");
}

/* ---- knows, profile, filter ---- */

static bool check_kernel(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    uint64_t major = 0, minor = 0;
    const char *at = word;

    if (number_scan_unsigned(&at, &major) && *at == '.') {
        at++;
        if (number_scan_unsigned(&at, &minor) && *at == '\0' && major >= 1 && major <= VERSION_PART_MAX &&
            minor <= VERSION_PART_MAX)
            return true;
    }
    reader_mistake(reader, spot, "\"%.*s\" is no kernel version: expected MAJOR.MINOR such as \"6.1\"", SHOWN,
                   word);
    return false;
}

static const struct reader_word_kind kernel_kind = {.what = "a kernel version such as \"6.1\"",
                                                    .check = check_kernel};

static void read_profile_file(struct reader *reader, const struct reader_spot *spot,
                              struct policy_syscalls *syscalls)
{
    const char *path = spot->value->string.bytes, *bytes;
    const struct spec_seccomp *resolved;
    struct json_value *root = NULL;
    struct error error = {0};
    size_t length;

    if (*path == '\0') {
        reader_mistake(reader, spot, "expected the path of a profile");
        return;
    }
    if (reader->files == NULL) {
        reader_mistake(reader, spot, "a profile's file cannot be read here: write the profile in place");
        return;
    }
    if (reader->files->read(reader->files->context, reader->file, path, reader->arena, &bytes, &length,
                            &error) != 0 ||
        json_read(bytes, length, path, NULL, reader->arena, &root, &error) != 0) {
        reader_mistake(reader, spot, "%s", error.message);
        return;
    }
    reader_digest_add(reader, bytes, length);
    if (syscall_profile_resolve(root, path, NULL, reader->arena, &resolved, &error) != 0)
        reader_mistake(reader, spot, "%s", error.message);
    syscalls->profile_file = path;
    syscalls->profile_bytes = bytes;
    syscalls->profile = root;
}

static void read_profile(struct reader *reader, const struct reader_spot *spot, void *target,
                         const void *detail)
{
    struct policy_syscalls *syscalls = target;
    const struct spec_seccomp *resolved;
    struct error error = {0};

    (void)detail;
    syscalls->profile = spot->value;
    if (spot->value->type == JSON_STRING)
        read_profile_file(reader, spot, syscalls);
    else if (spot->value->type != JSON_OBJECT)
        reader_expected(reader, spot, "the path of a profile, or a profile");
    else if (syscall_profile_resolve(spot->value, reader->file, NULL, reader->arena, &resolved, &error) != 0)
        reader_mistake_placed(reader, spot->place, error.message);
}

static void read_filter(struct reader *reader, const struct reader_spot *spot, void *target,
                        const void *detail)
{
    const char *word = reader_string(reader, spot, "\"any\", \"engine\" or \"required\"");
    size_t index;

    (void)detail;
    if (word != NULL && reader_word_ok(reader, spot, &filter_kind, word) &&
        policy_word_index(&policy_filter_words, word, &index))
        *(enum policy_filter *)target = (enum policy_filter)index;
}

static const struct reader_key syscalls_keys[] = {
    {.key = "default", .read = read_default, .rule = READER_NO_RULE},
    {.key = "allow", .read = read_allow, .rule = READER_NO_RULE},
    {.key = "deny", .read = read_deny, .rule = READER_NO_RULE},
    READER_KEY(struct policy_syscalls, architectures, "architectures", reader_words, &architecture_kind),
    READER_KEY(struct policy_syscalls, knows, "knows", reader_word, &kernel_kind),
    {.key = "profile", .read = read_profile, .rule = READER_NO_RULE},
    {.key = "filter",
     .read = read_filter,
     .offset = offsetof(struct policy_syscalls, filter),
     .rule = offsetof(struct policy_syscalls, filter_rule)},
};
READER_TABLE(syscalls_table, "syscalls", syscalls_keys);

/* The section is a rule as soon as it says which calls; "filter" is one by itself. */
void reader_syscalls(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_syscalls *syscalls = target;

    (void)detail;
    reader_object(reader, spot, &syscalls_table, &syscalls->rule, syscalls);
    syscalls->rule.present = syscalls->has_default || syscalls->has_allow || syscalls->deny_count > 0 ||
                             syscalls->architectures.present || syscalls->knows != NULL ||
                             syscalls->profile != NULL;
    syscalls->rule.line = spot->line;
    syscalls->rule.column = spot->column;
}
