/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles in the engines' format are read unchanged, with all that their files hold, and come to the filter
 * that the engine itself makes of them: for Podman's, where it is installed, compared with the filters that
 * Podman sent (tests/samples/bundles), call by call.
 */
#include "unit.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <unistd.h>
#include "base/memory.h"
#include "json/json.h"
#include "linux/seccomp_numbers.h"
#include "policy/capability_sets.h"
#include "policy/model.h"
#include "policy/syscall_profile.h"
#include "policy/syscalls.h"
#include "policy_program.h"
#include "seccomp_profile.h"

enum { NUMBERS = 600, TEXT_MAX = 1 << 20 };

#define X86_64 0xc000003eU
#define X32    0x40000000U

/* THWART_TEST_PROFILE in the environment names another one, with the samples that its engine sent in
 * THWART_TEST_SAMPLES: "docker-default.json docker-caps.json". */
#define PODMAN_PROFILE "/usr/share/containers/seccomp.json"

static const char *samples;

static const uint64_t values[] = {0,          1,          2,      5,          8,           9,
                                  10,         16,         38,     40,         0x20000,     0x20008,
                                  0x7e020000, 0x10000000, 0xffff, 0xffffffff, 1ULL << 32U, (1ULL << 32U) + 16,
                                  UINT64_MAX};

/* ---- all that a profile can hold ---- */

static const char odd_profile[] =
    "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"defaultErrno\": \"ENOSYS\","
    " \"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": [\"SCMP_ARCH_X86\"]},"
    "               {\"architecture\": \"SCMP_ARCH_RISCV64\", \"subArchitectures\": null}],"
    " \"syscalls\": ["
    "  {\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": null, \"comment\": \"\","
    "   \"includes\": {}, \"excludes\": {}},"
    "  {\"names\": [\"close\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [], \"comment\": \"x\","
    "   \"includes\": null, \"excludes\": null},"
    "  {\"name\": \"getpid\", \"names\": null, \"action\": \"SCMP_ACT_ALLOW\", \"args\": []},"
    "  {\"names\": [\"acct\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 13, \"errno\": \"EACCES\"},"
    "  {\"names\": [\"sync\"], \"action\": \"SCMP_ACT_ERRNO\", \"errno\": \"EACCES\"},"
    "  {\"names\": [\"kcmp\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": \"6.1\"}},"
    "  {\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": \"6.2\"}},"
    "  {\"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": "
    "[\"CAP_SYS_CHROOT\"]}},"
    "  {\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\","
    "   \"includes\": {\"caps\": [\"CAP_SYS_CHROOT\", \"CAP_SYS_ADMIN\"]}},"
    "  {\"names\": [\"umask\"], \"action\": \"SCMP_ACT_ALLOW\", \"excludes\": {\"caps\": "
    "[\"CAP_SYS_ADMIN\"]}},"
    "  {\"names\": [\"uname\"], \"action\": \"SCMP_ACT_ALLOW\", \"excludes\": {\"caps\": "
    "[\"CAP_SYS_CHROOT\"]}},"
    "  {\"names\": [\"times\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"arches\": [\"arm64\", "
    "\"amd64\"]}},"
    "  {\"names\": [\"getpgid\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"arches\": [\"s390x\"]}},"
    "  {\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ALLOW\","
    "   \"args\": [{\"index\": 0, \"value\": 2114060288, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"}]}"
    "]}";

static const struct {
    int number;
    uint64_t argument;
    uint32_t answer;
} odd_answers[] = {
    {0, 0, SECCOMP_RET_ALLOW},
    {1, 0, SECCOMP_RET_ALLOW},
    {3, 0, SECCOMP_RET_ALLOW},
    {39, 0, SECCOMP_RET_ALLOW},
    {163, 0, SECCOMP_RET_ERRNO | EACCES},
    {162, 0, SECCOMP_RET_ERRNO | EACCES},
    {312, 0, SECCOMP_RET_ALLOW},          /* kcmp */
    {321, 0, SECCOMP_RET_ERRNO | ENOSYS}, /* bpf: a newer kernel */
    {161, 0, SECCOMP_RET_ALLOW},          /* chroot */
    {165, 0, SECCOMP_RET_ERRNO | ENOSYS}, /* mount: one of two capabilities */
    {95, 0, SECCOMP_RET_ALLOW},           /* umask */
    {63, 0, SECCOMP_RET_ERRNO | ENOSYS},  /* uname */
    {100, 0, SECCOMP_RET_ALLOW},          /* times */
    {121, 0, SECCOMP_RET_ERRNO | ENOSYS}, /* getpgid: another architecture */
    {56, 0x11, SECCOMP_RET_ALLOW},        /* clone */
    {56, 0x10000000, SECCOMP_RET_ERRNO | ENOSYS},
};

static const struct spec_seccomp *filter_of(const char *text, size_t length,
                                            const struct syscall_circumstances *circumstances,
                                            struct arena *arena)
{
    const struct json_limits limits = {0};
    struct policy policy = {.name = "profile", .file = "profile.json"};
    struct syscall_filters filters;
    struct json_value *root;
    struct error error;

    if (json_read(text, length, "profile.json", &limits, arena, &root, &error) != 0)
        fail_msg("%s", error.message);
    policy.syscalls.rule.present = true;
    policy.syscalls.profile = root;
    if (policy_syscall_filters(&policy, circumstances, arena, &filters, &error) != 0)
        fail_msg("%s", error.message);
    assert_int_equal(filters.count, 1);
    return filters.items[0].seccomp;
}

static void whatever_a_profile_holds_is_read(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct syscall_circumstances circumstances = {.kernel_major = 6,
                                                        .kernel_minor = 1,
                                                        .architecture = "SCMP_ARCH_X86_64",
                                                        .capabilities = 1U << 18U /* CAP_SYS_CHROOT */};
    const struct spec_seccomp *filter =
        filter_of(odd_profile, sizeof(odd_profile) - 1, &circumstances, &arena);
    struct seccomp_program program;

    (void)state;
    assert_int_equal(filter->architectures.count, 2);
    assert_true(policy_program_compile(&filter, 1, &arena, &program));
    for (size_t i = 0; i < ARRAY_LENGTH(odd_answers); i++) {
        const struct seccomp_data data = {
            .nr = odd_answers[i].number, .arch = X86_64, .args = {odd_answers[i].argument}};

        assert_int_equal(policy_program_run(program.instructions, program.count, &data),
                         odd_answers[i].answer);
    }
}

/* ---- what contradicts itself ---- */

static void contradictions_are_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}]}",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86\"],"
        " \"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\"}]}",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\": \"SCMP_ACT_ERRNO\"}]}",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\","
        " \"syscalls\": [{\"name\": \"read\", \"names\": [\"write\"], \"action\": \"SCMP_ACT_ERRNO\"}]}",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\","
        " \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errno\": \"ENOTHING\"}]}",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\":"
        " [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"minKernel\": \"new\"}}]}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        cleanup_arena struct arena arena = {0};
        const struct json_limits limits = {0};
        const struct spec_seccomp *seccomp;
        struct json_value *root;
        struct error error;

        assert_int_equal(json_read(texts[i], strlen(texts[i]), "p.json", &limits, &arena, &root, &error), 0);
        assert_int_equal(syscall_profile_resolve(root, "p.json", NULL, &arena, &seccomp, &error), -1);
        assert_int_equal(error.kind, ERROR_INVALID);
        assert_true(strncmp(error.message, "p.json:1", 8) == 0);
    }
}

/* ---- an engine's own ---- */

static void check_call(const struct seccomp_program *sent, const struct seccomp_program *made,
                       const char *sample, struct seccomp_data data, size_t *compared)
{
    for (size_t i = 0; i < ARRAY_LENGTH(values) * ARRAY_LENGTH(values); i++) {
        uint32_t expected, got;

        data.args[0] = values[i % ARRAY_LENGTH(values)];
        data.args[2] = values[i / ARRAY_LENGTH(values)];
        expected = policy_program_run(sent->instructions, sent->count, &data);
        got = policy_program_run(made->instructions, made->count, &data);
        if (expected != got)
            fail_msg("%s: arch %08x nr %d (%#llx, 0, %#llx): the engine's filter answers %08x, ours %08x",
                     sample, data.arch, data.nr, (unsigned long long)data.args[0],
                     (unsigned long long)data.args[2], expected, got);
        (*compared)++;
    }
}

static void check_sample(const char *profile, size_t length, const char *sample, size_t *compared)
{
    cleanup_arena struct arena arena = {0};
    const struct spec *spec = policy_program_bundle(samples, sample, &arena);
    const struct spec_seccomp *sent = spec->linux_part->seccomp;
    const struct syscall_circumstances circumstances = {
        .kernel_major = 6,
        .kernel_minor = 18,
        .architecture = "SCMP_ARCH_X86_64",
        .capabilities = capability_set_bits(&spec->process->capabilities->bounding),
    };
    const struct spec_seccomp *made = filter_of(profile, length, &circumstances, &arena);
    struct seccomp_program sent_program, made_program;

    assert_non_null(sent);
    assert_true(policy_program_compile(&sent, 1, &arena, &sent_program));
    assert_true(policy_program_compile(&made, 1, &arena, &made_program));
    for (size_t abi = 0; abi < PROFILE_ABIS; abi++)
        for (uint32_t number = 0; number < NUMBERS; number++)
            check_call(&sent_program, &made_program, sample,
                       (struct seccomp_data){.arch = seccomp_profile_abis[abi].audit,
                                             .nr = (int)(number | (abi == PROFILE_X32 ? X32 : 0))},
                       compared);
}

static void the_engines_profile_is_what_it_sends(void **state)
{
    static const char podman_samples[] =
        "podman-default.json podman-capdrop-nnp.json podman-user.json podman-rootless.json";
    const char *file = getenv("THWART_TEST_PROFILE"), *list = getenv("THWART_TEST_SAMPLES");
    cleanup_arena struct arena arena = {0};
    char *text = arena_allocate(&arena, TEXT_MAX);
    size_t length, compared = 0;
    FILE *stream;

    (void)state;
    file = file != NULL ? file : PODMAN_PROFILE;
    list = list != NULL ? list : podman_samples;
    if (access(file, R_OK) != 0) {
        print_message("%s is not installed here\n", file);
        skip();
    }
    stream = fopen(file, "re");
    assert_non_null(stream);
    length = fread(text, 1, TEXT_MAX, stream);
    (void)fclose(stream);
    while (*list != '\0') {
        size_t word = strcspn(list, " ");

        check_sample(text, length, arena_copy(&arena, list, word), &compared);
        list += word + strspn(list + word, " ");
    }
    assert_true(compared > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_a_profile_holds_is_read),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(the_engines_profile_is_what_it_sends),
    };

    if (argc != 2) {
        print_error("usage: %s SAMPLES\n", argv[0]);
        return 2;
    }
    samples = argv[1];
    return cmocka_run_group_tests_name("policy_profiles", tests, NULL, NULL);
}
