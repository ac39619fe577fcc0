/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests, looked at on a real host and decided: the ways by which one path is made to mean another. Also
 * what is not looked at, and the places of findings. */
#include "policy_fixture.h"
#include "private_namespace.h"

#include <sys/socket.h>
#include <sys/un.h>
#include "container/finding_places.h"
#include "container/observe_request.h"
#include "linux/host_probe.h"
#include "policy/system_directories.h"

static struct fixture fixture;

static void observe_it(void)
{
    struct host_facts facts;

    CHECK(host_probe(HOST_PROBE_QUICK, &fixture.arena, &facts, &test_error) == 0);
    CHECK(observe_request(fixture.spec, scratch, &fixture.set, &facts, &fixture.notes, &fixture.arena,
                          &fixture.observed, &test_error) == 0);
}

/* Text with every "@" as the scratch directory. */
static const char *expand(const char *text)
{
    cleanup_text struct text expanded = text_growing(1 << 16);

    for (; *text != '\0'; text++) {
        if (*text == '@')
            text_append(&expanded, scratch);
        else
            text_append_character(&expanded, *text);
    }
    return arena_string(&fixture.arena, expanded.bytes);
}

/* Is a bundle with these members refused by a policy of these? */
static bool is_refused(const char *policy, const char *rest)
{
    static const struct trust trust;

    arena_free(&fixture.arena);
    memset(&fixture, 0, sizeof(fixture));
    fixture_policy(&fixture, expand(policy));
    fixture_request(&fixture, "", "", expand(rest));
    observe_it();
    CHECK(policy_decide(fixture.spec, &trust, &fixture.set, &fixture.observed, &fixture.arena,
                        &fixture.decision, &test_error) == 0);
    return fixture.decision.refused;
}

static bool source_is_refused(const char *policy, const char *source)
{
    char rest[512];

    snprintf(
        rest, sizeof(rest),
        "'mounts': [{'destination': '/to', 'type': 'bind', 'source': '%s', 'options': ['rbind', 'rro']}]",
        source);
    return is_refused(policy, rest);
}

#define SOURCES(list) "'filesystem': {'mounts': {'sources': [" list "]}}"
#define PATH(path)    "{'path': '" path "', 'access': 'ro'}"

static void body_links_out(void)
{
    static const char data[] = SOURCES(PATH("@/data"));

    CHECK(mkdir("data", 0755) == 0 && mkdir("secret", 0755) == 0 && mkdir("data/inner", 0755) == 0);
    CHECK(symlink("/", "data/root") == 0 && symlink("../secret", "data/out") == 0 &&
          symlink("inner", "data/in") == 0);
    CHECK(symlink("/proc/self/root", "data/magic") == 0 && symlink("out", "data/chain") == 0);
    CHECK(!source_is_refused(data, "@/data"));
    CHECK(!source_is_refused(data, "@/data/inner"));
    CHECK(!source_is_refused(data, "@/data/in"));
    CHECK(!source_is_refused(data, "data/in")); /* from the bundle */
    CHECK(!source_is_refused(data, "@/data/none"));
    CHECK(source_is_refused(data, "@/data/root"));
    CHECK(source_is_refused(data, "@/data/root/etc"));
    CHECK(source_is_refused(data, "@/data/out"));
    CHECK(source_is_refused(data, "@/data/out/none"));
    CHECK(source_is_refused(data, "@/data/chain"));
    CHECK(source_is_refused(data, "@/data/magic"));
    CHECK(source_is_refused(data, "@/data/../secret"));
    CHECK(source_is_refused(data, "@/data/inner/../../secret"));
    CHECK(source_is_refused(data, "@/data/in/../../secret"));
    CHECK(source_is_refused(data, "data/../secret"));
    CHECK(source_is_refused(data, "@"));
    /* Back in through a name that is not covered. */
    CHECK(source_is_refused(data, "@/secret/../data/../secret/"));
}

static void body_links_in_patterns(void)
{
    CHECK(mkdir("real", 0755) == 0 && mkdir("real/data", 0755) == 0 && symlink("real", "name") == 0);
    CHECK(symlink("/", "real/slash") == 0);
    CHECK(!source_is_refused(SOURCES(PATH("@/name/data")), "@/name/data"));
    CHECK(!source_is_refused(SOURCES(PATH("@/name/data")), "@/real/data"));
    CHECK(!source_is_refused(SOURCES(PATH("@/name/data/*")), "@/real/data/x"));
    CHECK(source_is_refused(SOURCES(PATH("@/name/data/*")), "@/real/data"));
    /* What a pattern names is not followed: its owner decides where it leads. */
    CHECK(source_is_refused(SOURCES(PATH("@/real/slash")), "@/real/slash"));
    CHECK(source_is_refused(SOURCES(PATH("@/real/slash")), "@/real/slash/etc"));
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int bound = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%.90s", path);
    CHECK(bound >= 0 && bind(bound, (struct sockaddr *)&address, sizeof(address)) == 0);
}

/* The engine's socket, by every other name. */
static void body_socket(void)
{
    static const char denied[] = "'filesystem': {'mounts': {'deny': ['@/name/engine.sock'], 'sources': "
                                 "[{'path': '/**', 'access': 'ro'}, {'path': '/proc/**', 'access': 'ro'}]}}";
    char path[64];
    int file;

    CHECK(mkdir("run", 0755) == 0 && symlink("run", "name") == 0 && mkdir("other", 0755) == 0);
    make_socket("run/engine.sock");
    CHECK(link("run/engine.sock", "run/hard.sock") == 0 && symlink("engine.sock", "run/soft.sock") == 0);
    write_file("other/bound.sock", "");
    CHECK(mount("run/engine.sock", "other/bound.sock", NULL, MS_BIND, NULL) == 0);
    CHECK(mkdir("alias", 0755) == 0 && mount("run", "alias", NULL, MS_BIND, NULL) == 0);
    CHECK(mkdir("above", 0755) == 0 && mount(scratch, "above", NULL, MS_BIND, NULL) == 0);
    make_socket("run/harmless.sock");

    CHECK(source_is_refused(denied, "@/run/engine.sock"));
    CHECK(source_is_refused(denied, "@/name/engine.sock"));
    CHECK(source_is_refused(denied, "@/run/hard.sock"));
    CHECK(source_is_refused(denied, "@/run/soft.sock"));
    CHECK(source_is_refused(denied, "@/other/bound.sock"));
    CHECK(source_is_refused(denied, "@/alias/engine.sock"));
    CHECK(source_is_refused(denied, "@/run"));
    CHECK(source_is_refused(denied, "@/name"));
    CHECK(source_is_refused(denied, "@/alias"));
    CHECK(source_is_refused(denied, "@"));
    CHECK(source_is_refused(denied, "@/above"));
    CHECK(source_is_refused(denied, "/"));
    CHECK(source_is_refused(denied, "/tmp"));
    CHECK(access("/proc/1/root/tmp", F_OK) != 0 || source_is_refused(denied, "/proc/1/root"));
    CHECK(source_is_refused(denied, "/proc/self/root"));
    CHECK(source_is_refused(denied, "/proc/self/cwd/run"));
    file = open("run", O_PATH | O_CLOEXEC);
    CHECK(file >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    CHECK(source_is_refused(denied, path));
    CHECK(!source_is_refused(denied, "@/other"));
    CHECK(!source_is_refused(denied, "@/run/harmless.sock"));
    /* It is denied before it is there, too. */
    CHECK(unlink("run/engine.sock") == 0);
    CHECK(source_is_refused(denied, "@/run/engine.sock") && source_is_refused(denied, "@/run"));
}

static void body_overlay(void)
{
    static const char data[] = SOURCES(PATH("@/data"));

    CHECK(mkdir("data", 0755) == 0 && symlink("/", "data/root") == 0);
#define OVERLAY(options)                                                                                     \
    "'mounts': [{'destination': '/to', 'type': 'overlay', 'source': 'overlay', 'options': [" options "]}]"
    CHECK(!is_refused(data, OVERLAY("'lowerdir=@/data:@/data'")));
    CHECK(is_refused(data, OVERLAY("'lowerdir=/'")));
    CHECK(is_refused(data, OVERLAY("'lowerdir=@/data:@/data/root'")));
    CHECK(is_refused(data, OVERLAY("'lowerdir=@/data,upperdir=@/up,workdir=@/work'")));
    CHECK(is_refused(data, OVERLAY("'lowerdir=@/data/\\\\root'")));
}

static void body_hooks(void)
{
    static const char allowed[] = "'hooks': {'allow': [{'path': '@/hooks/*'}, {'path': '@/name/hook'}]}";
    char policy[256], hex[DIGEST_HEX_SIZE];
    struct digest digest = digest_of("content", 7);

    CHECK(mkdir("hooks", 0755) == 0 && mkdir("evil", 0755) == 0 && symlink("hooks", "name") == 0);
    write_file("hooks/hook", "content");
    write_file("evil/hook", "content");
    CHECK(symlink("../evil/hook", "hooks/link") == 0);
    CHECK(!is_refused(allowed, "'hooks': {'prestart': [{'path': '@/hooks/hook'}]}"));
    CHECK(!is_refused(allowed, "'hooks': {'poststop': [{'path': '@/name/hook'}]}"));
    CHECK(is_refused(allowed, "'hooks': {'poststop': [{'path': '@/hooks/link'}]}"));
    CHECK(is_refused(allowed, "'hooks': {'poststop': [{'path': '@/hooks/../evil/hook'}]}"));
    CHECK(is_refused(allowed, "'hooks': {'createRuntime': [{'path': '/proc/self/exe'}]}"));

    digest_hex(&digest, hex);
    snprintf(policy, sizeof(policy), "'hooks': {'allow': [{'path': '@/hooks/hook', 'sha256': '%s'}]}", hex);
    CHECK(!is_refused(policy, "'hooks': {'prestart': [{'path': '@/hooks/hook'}]}"));
    write_file("hooks/hook", "content, changed");
    CHECK(is_refused(policy, "'hooks': {'prestart': [{'path': '@/hooks/hook'}]}"));
    CHECK(strcmp(fixture.decision.findings[0].rule, "TW1002") == 0);
    /* A fifo has no contents, and nobody waits for them. */
    CHECK(unlink("hooks/hook") == 0 && mkfifo("hooks/hook", 0600) == 0);
    CHECK(is_refused(policy, "'hooks': {'prestart': [{'path': '@/hooks/hook'}]}"));
}

static void body_devices(void)
{
    static const char none[] = "'devices': {'allow': []}";

    write_file("node", "");
    CHECK(mkdir("dev", 0755) == 0);
    CHECK(mount("/dev/null", "node", NULL, MS_BIND, NULL) == 0);
    CHECK(!source_is_refused(none, "@/node"));
    CHECK(umount("node") == 0);
    if (access("/dev/tty0", F_OK) == 0 || access("/dev/kmsg", F_OK) == 0) {
        CHECK(mount(access("/dev/kmsg", F_OK) == 0 ? "/dev/kmsg" : "/dev/tty0", "node", NULL, MS_BIND,
                    NULL) == 0);
        CHECK(source_is_refused(none, "@/node"));
        CHECK(umount("node") == 0);
    }
    CHECK(!source_is_refused(none, "@/node"));
    CHECK(source_is_refused(none, "/dev"));
    CHECK(!source_is_refused(none, "/dev/shm"));
}

/* Only what somebody asks about is looked at. */
static void body_asked(void)
{
    static const char rest[] =
        "'mounts': [{'destination': '/to', 'type': 'bind', 'source': '@/a', 'options': "
        "['rbind']}], 'hooks': {'prestart': [{'path': '@/b'}]}";

    size_t system_count;

    (void)system_directories(&system_count);
    (void)is_refused("'process': {'noNewPrivileges': true}", rest);
    CHECK(fixture.observed.path_count == 0 && fixture.observed.namespace_count == 0);
    CHECK(fixture.observed.host.known && fixture.observed.host.kernel_major >= 5);
    CHECK(fixture.observed.host.rlimit_count > 10 && fixture.observed.now_s > 0);
    (void)is_refused("'filesystem': {'mounts': {'types': ['bind']}}", rest);
    CHECK(fixture.observed.path_count == 0);
    (void)is_refused(SOURCES(PATH("@/a")), rest); /* covered by words: nobody wants to know where @ is */
    CHECK(fixture.observed.path_count == 2 + system_count); /* with the root file system */
    CHECK(policy_observed_path(&fixture.observed, in_scratch("a")) != NULL);
    CHECK(policy_observed_path(&fixture.observed, in_scratch("rootfs")) != NULL);
    CHECK(policy_observed_path(&fixture.observed, "/usr") != NULL);
    (void)is_refused(SOURCES(PATH("@/c/d")), rest);
    CHECK(fixture.observed.path_count == 3 + system_count);
    CHECK(policy_observed_path(&fixture.observed, in_scratch("c")) != NULL);
    (void)is_refused("'hooks': {'allow': []}", rest);
    CHECK(fixture.observed.path_count == 3); /* and what the container can write to */
    CHECK(policy_observed_path(&fixture.observed, in_scratch("b")) != NULL);
    (void)is_refused("'filesystem': {'mounts': {'deny': ['/x/y', '**/z']}}", rest);
    /* "/" is one of the system's. */
    CHECK(fixture.observed.path_count == 4 + system_count &&
          policy_observed_path(&fixture.observed, "/x") != NULL &&
          policy_observed_path(&fixture.observed, "/") != NULL &&
          policy_observed_path(&fixture.observed, in_scratch("rootfs")) != NULL);
    for (size_t i = 1; i < fixture.observed.path_count; i++)
        CHECK(strcmp(fixture.observed.paths[i - 1].path, fixture.observed.paths[i].path) < 0);
    CHECK(!fixture.observed.kernel_mounts_known);
}

static bool brings(const char *point, const char *type)
{
    for (size_t i = 0; i < fixture.observed.kernel_mount_count; i++)
        if (strcmp(fixture.observed.kernel_mounts[i].point, point) == 0 &&
            strcmp(fixture.observed.kernel_mounts[i].type, type) == 0)
            return true;
    return false;
}

#define MASK_KCORE "'filesystem': {'maskedPaths': ['/proc/kcore']}"
#define MOUNT(source, word)                                                                                  \
    "'mounts': [{'destination': '/to', 'type': 'bind', 'source': '" source "', 'options': ['" word "']}]"

/* The mount table, where a source could bring some of it along. */
static void body_kernel_mounts(void)
{
    CHECK(mkdir("tree", 0755) == 0 && mkdir("tree/p", 0755) == 0 && mkdir("alias", 0755) == 0);
    CHECK(mount("proc", "tree/p", "proc", 0, NULL) == 0 &&
          mount("/proc/sys", "alias", NULL, MS_BIND, NULL) == 0);
    write_file("file", "");
    (void)is_refused(MASK_KCORE, MOUNT("@/tree", "bind"));
    CHECK(!fixture.observed.kernel_mounts_known);
    (void)is_refused(MASK_KCORE, MOUNT("@/file", "rbind"));
    CHECK(!fixture.observed.kernel_mounts_known);
    (void)is_refused("'process': {'noNewPrivileges': true}", MOUNT("@/tree", "rbind"));
    CHECK(!fixture.observed.kernel_mounts_known);
    (void)is_refused(MASK_KCORE, MOUNT("/proc/sys", "bind")); /* its name tells */
    CHECK(!fixture.observed.kernel_mounts_known);
    (void)is_refused(MASK_KCORE, MOUNT("@/tree", "rbind"));
    CHECK(fixture.observed.kernel_mounts_known && brings("/proc", "proc") &&
          brings(in_scratch("tree/p"), "proc"));
    (void)is_refused(MASK_KCORE, MOUNT("@/alias", "bind"));
    CHECK(fixture.observed.kernel_mounts_known && brings(in_scratch("alias"), "proc"));
    CHECK(umount("tree/p") == 0 && umount("alias") == 0);
}

static void body_namespaces(void)
{
    const struct policy_namespace_fact *fact;

    arena_free(&fixture.arena);
    memset(&fixture, 0, sizeof(fixture));
    fixture_policy(&fixture, "'namespaces': {'private': ['network']}");
    fixture_request(&fixture, "",
                    "'namespaces': [{'type': 'network', 'path': '/proc/self/ns/net'}, {'type': 'pid'}]", "");
    observe_it();
    CHECK(fixture.observed.namespace_count == 1);
    fact = policy_observed_namespace(&fixture.observed, "network", "/proc/self/ns/net");
    CHECK(fact != NULL && fact->exists && fact->is_host && fact->is_of_type);
}

#define PRIVATE_TEST(name)                                                                                   \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_private_namespace(body_##name);                                                                   \
    }

PRIVATE_TEST(links_out)
PRIVATE_TEST(links_in_patterns)
PRIVATE_TEST(socket)
PRIVATE_TEST(overlay)
PRIVATE_TEST(hooks)
PRIVATE_TEST(devices)
PRIVATE_TEST(asked)
PRIVATE_TEST(kernel_mounts)
PRIVATE_TEST(namespaces)

static void findings_have_places(void **state)
{
    static const char config[] = "{\n"
                                 "  \"a/b\": {\"~\": [1,\n"
                                 "     {\"x\": 2}]},\n"
                                 "  \"root\": {\"path\": \"r\"}\n"
                                 "}\n";
    static const struct {
        const char *pointer;
        uint32_t line, column;
    } cases[] = {
        {"", 1, 1},
        {"/a~1b", 2, 3},
        {"/a~1b/~0", 2, 11},
        {"/a~1b/~0/1", 3, 6},
        {"/a~1b/~0/1/x", 3, 7},
        {"/root", 4, 3},
        {"/root/path", 4, 12},
        {"/root/readonly", 4, 3},
        {"/linux/maskedPaths", 1, 1},
        {"/a~1b/~0/9", 2, 11},
        {"/a~1b/~0/-1", 2, 11},
        {"/a~1b/~0/01", 2, 11},
        {"/root/path/deeper", 4, 12},
    };
    struct policy_finding findings[ARRAY_LENGTH(cases)];
    struct policy_decision decision = {.findings = findings, .finding_count = ARRAY_LENGTH(cases)};
    cleanup_arena struct arena arena = {0};
    struct error error;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        findings[i] = (struct policy_finding){.rule = "TW0001", .pointer = cases[i].pointer};
    assert_int_equal(finding_places(&decision, config, sizeof(config) - 1, &arena, &error), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (decision.findings[i].line != cases[i].line || decision.findings[i].column != cases[i].column)
            fail_msg("%s is at %u:%u", cases[i].pointer, decision.findings[i].line,
                     decision.findings[i].column);
    decision.finding_count = 0;
    assert_int_equal(finding_places(&decision, "", 0, &arena, &error), 0);
}

/* Within lists a finding is about one token. */
static void findings_have_tokens(void **state)
{
    static const char config[] = "{\n"
                                 "  \"root\": {\"path\": \"r\"},\n"
                                 "  \"sets\": {\"one\": [\"A\"],\n"
                                 "    \"other\": [\"A\", \"AB\"]},\n"
                                 "  \"env\": [\"AB=A\", \"A=1\"],\n"
                                 "  \"spaces\": [{\"type\": \"pid\"}]\n"
                                 "}\n";
    static const struct {
        const char *pointer, *subject;
        uint32_t line, column; /* 0: no token */
    } cases[] = {
        {"/sets", "A", 3, 20},     {"/sets", "AB", 4, 20},    {"/sets", "B", 0, 0},
        {"/env", "A", 5, 19},      {"/env", "AB", 5, 11},     {"/env", "AB=1", 0, 0},
        {"/root/path", "r", 0, 0}, {"", "r", 0, 0},           {"/sets", "", 0, 0},
        {"/spaces", "pid", 6, 23}, {"/nothing", "pid", 0, 0}, {"/sets/other", "A", 4, 15},
    };
    cleanup_arena struct arena arena = {0};
    struct json_value *tree;
    struct error error;

    (void)state;
    assert_int_equal(json_read(config, sizeof(config) - 1, "config.json", NULL, &arena, &tree, &error), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct policy_finding finding = {.pointer = cases[i].pointer, .subject = cases[i].subject};
        uint32_t line = 0, column = 0;

        if (finding_token(&finding, tree, &arena, &line, &column) != (cases[i].line != 0) ||
            line != cases[i].line || column != cases[i].column)
            fail_msg("%s of %s is at %u:%u", cases[i].subject, cases[i].pointer, line, column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_out),       cmocka_unit_test(test_links_in_patterns),
        cmocka_unit_test(test_socket),          cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_hooks),           cmocka_unit_test(test_devices),
        cmocka_unit_test(test_kernel_mounts),   cmocka_unit_test(test_asked),
        cmocka_unit_test(test_namespaces),      cmocka_unit_test(findings_have_places),
        cmocka_unit_test(findings_have_tokens),
    };

    return cmocka_run_group_tests_name("container_observe_request", tests, NULL, NULL);
}
