/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache of compiled filters, which must never be believed too easily, and the trial that each new one
 * passes. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/seccomp.h"
#include "linux/seccomp_cache.h"

static char directory[] = "/tmp/thwart-filters-XXXXXX";
static char cache[64];

static const char *const listed[] = {"mkdir", "chdir", NULL}, *const unknown[] = {"no_such_call", NULL};
static const char *const x86[] = {"SCMP_ARCH_X86", NULL};
static const struct plan_seccomp_argument argument = {.index = 0, .operation = PLAN_SECCOMP_EQ, .value = 5};
static const struct plan_seccomp_rule rules[] = {
    {.names = {.items = listed, .count = 2}, .action = PLAN_SECCOMP_ERRNO, .data = EPERM},
    {.names = {.items = listed, .count = 1},
     .action = PLAN_SECCOMP_ERRNO,
     .data = EACCES,
     .arguments = &argument,
     .argument_count = 1,
     .index = 1},
    {.names = {.items = unknown, .count = 1}, .action = PLAN_SECCOMP_ALLOW, .index = 2},
};
static const struct plan_seccomp plan = {.default_action = PLAN_SECCOMP_LOG, .rules = rules, .rule_count = 3};

static struct error unexpected;

/* What prepare gives, compared with a compilation. */
static struct seccomp_program prepare(struct arena *arena)
{
    struct seccomp_program program, fresh;

    if (seccomp_prepare(&plan, cache, arena, &program, &unexpected) != 0 ||
        seccomp_compile(&plan, arena, &fresh, &unexpected) != 0)
        fail_msg("%s", unexpected.message);
    assert_int_equal(program.count, fresh.count);
    assert_memory_equal(program.instructions, fresh.instructions, fresh.count * sizeof(struct sock_filter));
    assert_int_equal(program.flags, fresh.flags);
    assert_true(program.note_count >= fresh.note_count && fresh.note_count == 1);
    assert_string_equal(program.notes[0].text, fresh.notes[0].text);
    assert_string_equal(program.notes[0].pointer, "/linux/seccomp/syscalls/2");
    return program;
}

static bool cached(struct arena *arena)
{
    cleanup_fd int file = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct seccomp_program program;
    struct digest key;

    assert_int_equal(seccomp_cache_key(&plan, &key, &unexpected), 0);
    return file >= 0 && seccomp_cache_read(file, &key, arena, &program);
}

static const char *entry_path(char path[256])
{
    struct digest key;
    char name[DIGEST_HEX_SIZE];

    assert_int_equal(seccomp_cache_key(&plan, &key, &unexpected), 0);
    digest_hex(&key, name);
    assert_int_equal(text_print(path, 256, "%s/%s", cache, name), 0);
    return path;
}

static void test_kept_and_found(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct stat status;
    char path[256];

    (void)state;
    assert_false(cached(&arena));
    assert_int_equal(prepare(&arena).note_count, 1);
    assert_true(cached(&arena));
    assert_int_equal(stat(entry_path(path), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(cache, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(prepare(&arena).note_count, 1);
}

/* Each byte of the entry matters; what was damaged is made anew and replaced. */
static void test_damage_is_found(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct stat status;
    char path[256];

    (void)state;
    (void)prepare(&arena);
    assert_int_equal(stat(entry_path(path), &status), 0);
    for (off_t at = 0; at < status.st_size; at++) {
        cleanup_fd int file = open(path, O_RDWR | O_CLOEXEC);
        unsigned char byte;

        assert_int_equal(pread(file, &byte, 1, at), 1);
        byte ^= 0x20;
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
        if (cached(&arena))
            fail_msg("a change of byte %lld was not seen", (long long)at);
        byte ^= 0x20;
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
    }
    assert_true(cached(&arena));
    assert_int_equal(truncate(path, status.st_size - 1), 0);
    assert_false(cached(&arena));
    (void)prepare(&arena);
    assert_true(cached(&arena));
    assert_int_equal(truncate(path, status.st_size + 1), 0);
    assert_false(cached(&arena));
    assert_int_equal(truncate(path, 0), 0);
    assert_false(cached(&arena));
    (void)prepare(&arena);
    assert_true(cached(&arena));
}

static void test_foreign_entries(void **state)
{
    cleanup_arena struct arena arena = {0};
    char path[256], elsewhere[256];

    (void)state;
    (void)prepare(&arena);
    (void)entry_path(path);
    assert_int_equal(chmod(path, 0620), 0);
    assert_false(cached(&arena));
    assert_int_equal(chmod(path, 0600), 0);
    assert_true(cached(&arena));
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 4711, 4711), 0);
        assert_false(cached(&arena));
        assert_int_equal(chown(path, 0, 0), 0);
    }
    /* A link to a good entry is none; the next writer replaces it and leaves its target alone. */
    assert_int_equal(text_print(elsewhere, sizeof(elsewhere), "%s/elsewhere", directory), 0);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path), 0);
    assert_false(cached(&arena));
    (void)prepare(&arena);
    assert_true(cached(&arena));
    assert_int_equal(unlink(elsewhere), 0);
    /* A pipe must not be waited for. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(cached(&arena));
    (void)prepare(&arena);
    assert_true(cached(&arena));
}

static void test_open_directory_is_not_used(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct seccomp_program program;

    (void)state;
    (void)prepare(&arena);
    assert_int_equal(chmod(cache, 0770), 0);
    program = prepare(&arena);
    assert_int_equal(program.note_count, 2);
    assert_non_null(strstr(program.notes[1].text, "not ours alone"));
    assert_int_equal(chmod(cache, 0700), 0);
}

static void test_another_key_for_every_difference(void **state)
{
    enum { VARIANTS = 20 };
    struct plan_seccomp plans[VARIANTS];
    struct plan_seccomp_rule changed[VARIANTS][3];
    struct plan_seccomp_argument arguments[VARIANTS];
    struct digest keys[VARIANTS];
    static const char *const joined[] = {"mkdirchdir", NULL};

    (void)state;
    for (size_t i = 0; i < VARIANTS; i++) {
        plans[i] = plan;
        memcpy(changed[i], rules, sizeof(rules));
        arguments[i] = argument;
        changed[i][1].arguments = &arguments[i];
        plans[i].rules = changed[i];
    }
    plans[1].default_action = PLAN_SECCOMP_ALLOW;
    plans[2].default_data = 1;
    plans[3].default_data_given = true;
    plans[4].architectures = (struct plan_strings){.items = x86, .count = 1};
    plans[5].flags = SECCOMP_FILTER_FLAG_LOG;
    plans[6].allow_socketcall = true;
    plans[7].rule_count = 2;
    plans[8].notify = true;
    plans[9].listener_path.text = "/x";
    plans[10].listener_metadata = "x";
    changed[11][0].names = (struct plan_strings){.items = joined, .count = 1};
    changed[12][0].action = PLAN_SECCOMP_TRACE;
    changed[13][0].data = 2;
    changed[14][0].index = 9;
    changed[15][1].argument_count = 0;
    arguments[16].index = 2;
    arguments[17].operation = PLAN_SECCOMP_NE;
    arguments[18].value = 6;
    arguments[19].value_two = 6;
    for (size_t i = 0; i < VARIANTS; i++) {
        assert_int_equal(seccomp_cache_key(&plans[i], &keys[i], &unexpected), 0);
        for (size_t k = 0; k < i; k++) {
            if (memcmp(&keys[i], &keys[k], sizeof(keys[i])) == 0)
                fail_msg("variants %zu and %zu have the same key", k, i);
        }
    }
    /* The same plan elsewhere in memory has the same. */
    plans[1] = plan;
    assert_int_equal(seccomp_cache_key(&plans[1], &keys[1], &unexpected), 0);
    assert_memory_equal(&keys[1], &keys[0], sizeof(keys[0]));
}

static size_t count_entries(void)
{
    DIR *stream = opendir(cache);
    size_t count = 0;

    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
        count += entry->d_name[0] != '.' || text_starts_with(entry->d_name, ".new-");
    (void)closedir(stream);
    return count;
}

static void test_bounded(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    cleanup_fd int file = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char name[DIGEST_HEX_SIZE], path[256];

    (void)state;
    assert_int_equal(unlink(entry_path(path)), 0);
    for (int i = 0; i < SECCOMP_CACHE_ENTRIES_MAX + 40; i++) {
        assert_int_equal(text_print(name, sizeof(name), "%064d", i), 0);
        cleanup_fd int entry = openat(file, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(entry >= 0 && futimens(entry, old) == 0);
    }
    cleanup_fd int stale = openat(file, ".new-left", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(stale >= 0 && futimens(stale, old) == 0);
    (void)prepare(&arena);
    assert_int_equal(count_entries(), SECCOMP_CACHE_ENTRIES_MAX);
    assert_true(cached(&arena));
}

static void test_trial(void **state)
{
    static const enum plan_seccomp_action defaults[] = {PLAN_SECCOMP_KILL_PROCESS, PLAN_SECCOMP_KILL_THREAD,
                                                        PLAN_SECCOMP_TRAP,         PLAN_SECCOMP_ERRNO,
                                                        PLAN_SECCOMP_TRACE,        PLAN_SECCOMP_NOTIFY};

    (void)state;
    /* A filter may refuse everything, the end of the process that tries it too. */
    for (size_t i = 0; i < ARRAY_LENGTH(defaults); i++) {
        cleanup_arena struct arena arena = {0};
        const struct plan_seccomp all = {.default_action = defaults[i], .default_data = EPERM};
        struct seccomp_program program;

        assert_int_equal(seccomp_compile(&all, &arena, &program, &unexpected), 0);
        if (seccomp_trial(&program, &unexpected) != 0)
            fail_msg("default %d: %s", (int)defaults[i], unexpected.message);
    }
}

static void test_trial_explains(void **state)
{
    struct sock_filter endless[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
    struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct seccomp_program bad = {.instructions = endless, .count = 1};
    struct seccomp_program future = {.instructions = allow, .count = 1, .flags = 1ULL << 20};
    struct error error;

    (void)state;
    assert_int_equal(seccomp_trial(&bad, &error), -1);
    assert_non_null(strstr(error.message, "the kernel refuses the filter of 1 instructions"));
    assert_int_equal(seccomp_trial(&future, &error), -1);
    assert_int_equal(error.kind, ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "this kernel does not know an unnamed seccomp flag"));
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    return text_print(cache, sizeof(cache), "%s/filters", directory);
}

static int tear_down(void **state)
{
    DIR *stream = opendir(cache);

    (void)state;
    if (stream == NULL)
        return -1;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
        (void)unlinkat(dirfd(stream), entry->d_name, 0);
    (void)closedir(stream);
    return rmdir(cache) == 0 && rmdir(directory) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_and_found),
        cmocka_unit_test(test_damage_is_found),
        cmocka_unit_test(test_foreign_entries),
        cmocka_unit_test(test_open_directory_is_not_used),
        cmocka_unit_test(test_another_key_for_every_difference),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_trial),
        cmocka_unit_test(test_trial_explains),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
