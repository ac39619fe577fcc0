/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that join a container, and the commands upon it: at most what the container was granted, and only
 * what lifecycle allows. Usage: policy_exec SAMPLES_DIRECTORY (tests/samples). */
#include "policy_fixture.h"

#include <errno.h>

static const char *samples;

/* bounds a little, and nothing of a process */
#define SOME_BOUND "'sysctls': {'allow': []}"

static void a_process_gets_at_most_the_containers_grant(void **state)
{
    static const struct {
        const char *container, *process, *findings, *granted;
    } cases[] = {
        {"'capabilities': {'bounding': ['CAP_CHOWN', 'CAP_KILL'], 'effective': ['CAP_CHOWN']}",
         "'capabilities': {'bounding': ['CAP_CHOWN', 'CAP_SYS_ADMIN'], 'effective': ['CAP_KILL'], 'ambient': "
         "['CAP_SYS_ADMIN', 'CAP_FUTURE']}",
         "narrowed TW1501 /capabilities CAP_FUTURE -> dropped\n"
         "narrowed TW1501 /capabilities CAP_SYS_ADMIN -> dropped\n",
         "'capabilities':{'bounding':['CAP_CHOWN'],'effective':['CAP_KILL'],'ambient':[]}"},
        /* Without sets the container has none. */
        {"", "'capabilities': {'bounding': ['CAP_CHOWN']}",
         "narrowed TW1501 /capabilities CAP_CHOWN -> dropped\n", "'capabilities':{'bounding':[]}"},
        {"'noNewPrivileges': true", "'noNewPrivileges': false", "narrowed TW1501 /noNewPrivileges -> true\n",
         "'noNewPrivileges':true"},
        {"'noNewPrivileges': true", "", "", NULL}, /* the plan takes the container's */
        {"'apparmorProfile': 'docker-default'", "'apparmorProfile': 'unconfined'",
         "narrowed TW1501 /apparmorProfile -> docker-default\n", "'apparmorProfile':'docker-default'"},
        {"", "'apparmorProfile': 'docker-default'", "", "'apparmorProfile':'docker-default'"},
        {"'selinuxLabel': 'u:r:container_t:s0:c1,c2'", "'selinuxLabel': 'u:r:spc_t:s0'",
         "narrowed TW1501 /selinuxLabel -> u:r:container_t:s0:c1,c2\n",
         "'selinuxLabel':'u:r:container_t:s0:c1,c2'"},
        {"'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 10, 'hard': 20}]",
         "'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 15, 'hard': 15}]",
         "narrowed TW1501 /rlimits/0 RLIMIT_NOFILE -> soft 10, hard 15\n",
         "'rlimits':[{'type':'RLIMIT_NOFILE','hard':15,'soft':10}]"},
        /* A list of its own is not filled up from the container's: what it leaves out would be the runtime's.
         */
        {"'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 10, 'hard': 20}]",
         "'rlimits': [{'type': 'RLIMIT_CORE', 'soft': 0, 'hard': 0}]",
         "narrowed TW1501 /rlimits RLIMIT_NOFILE -> soft 10, hard 20\n",
         "'rlimits':[{'type':'RLIMIT_CORE','hard':0,'soft':0},{'type':'RLIMIT_NOFILE','hard':20,'soft':10}]"},
        {"'rlimits': [{'type': 'RLIMIT_NOFILE', 'soft': 10, 'hard': 20}]", "", "", NULL},
        {"'oomScoreAdj': 200", "'oomScoreAdj': -500", "narrowed TW1501 /oomScoreAdj -> 200\n",
         "'oomScoreAdj':200"},
        {"'oomScoreAdj': 200", "'oomScoreAdj': 300", "", "'oomScoreAdj':300"},
        {"", "'oomScoreAdj': -1000", "narrowed TW1501 /oomScoreAdj -> 0\n", "'oomScoreAdj':0"},
        {"'oomScoreAdj': -1000", "'oomScoreAdj': -999", "", "'oomScoreAdj':-999"},
        /* What none of the container's own programs can do the runtime does not do for them. */
        {"'capabilities': {'bounding': ['CAP_CHOWN']}",
         "'scheduler': {'policy': 'SCHED_FIFO', 'priority': 99}, 'ioPriority': {'class': 'IOPRIO_CLASS_RT', "
         "'priority': 0}",
         "narrowed TW1501 /ioPriority -> dropped\nnarrowed TW1501 /scheduler -> dropped\n", NULL},
        {"", "'scheduler': {'policy': 'SCHED_OTHER', 'nice': -20}", "narrowed TW1501 /scheduler -> dropped\n",
         NULL},
        {"", "'scheduler': {'policy': 'SCHED_OTHER', 'nice': 5}", "", "'nice':5"},
        {"'capabilities': {'bounding': ['CAP_SYS_NICE']}",
         "'scheduler': {'policy': 'SCHED_RR', 'priority': 1}", "", "'SCHED_RR'"},
        {"'scheduler': {'policy': 'SCHED_RR', 'priority': 5}",
         "'scheduler': {'policy': 'SCHED_RR', 'priority': 5}", "", "'SCHED_RR'"},
        {"'scheduler': {'policy': 'SCHED_RR', 'priority': 5}",
         "'scheduler': {'policy': 'SCHED_RR', 'priority': 6}", "narrowed TW1501 /scheduler -> dropped\n",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture = {0};
        cleanup_text struct text text = text_growing(1 << 16);
        const char *members = cases[i].process;

        fixture_policy(&fixture, SOME_BOUND);
        fixture_request(&fixture, cases[i].container, "", "");
        fixture_exec(&fixture, arena_format(&fixture.arena, "{'cwd': '/', 'args': ['id']%s%s}",
                                            members[0] != '\0' ? ", " : "", members));
        fixture_expect(&fixture, cases[i].findings);
        assert_non_null(fixture.process);
        spec_encode_process(&text, fixture.process, 0);
        assert_non_null(strstr(text.bytes, "\"args\":[\"id\"]"));
        if (cases[i].granted != NULL &&
            strstr(text.bytes, fixture_quotes(&fixture, cases[i].granted)) == NULL)
            fail_msg("case %zu: %s", i, text.bytes);
        fixture_end(&fixture);
    }
}

/* The rules of process hold for what joins, also for what it takes over from the container. */
static void rules_of_process_hold(void **state)
{
    static const char *const containers =
        "'user': {'uid': 5}, 'capabilities': {'bounding': ['CAP_CHOWN', 'CAP_KILL']}, 'rlimits': [{'type': "
        "'RLIMIT_NOFILE', 'soft': 10, 'hard': 200}, {'type': 'RLIMIT_CORE', 'soft': 1, 'hard': 1}]";
    struct fixture fixture = {0};
    cleanup_text struct text text = text_growing(1 << 16);

    (void)state;
    fixture_policy(&fixture, "'process': {'user': {'root': 'deny'}, 'capabilities': {'allow': ['KILL']}, "
                             "'rlimits': {'NOFILE': 100}, 'environment': {'deny': ['LD_PRELOAD'], "
                             "'otherwise': 'narrow'}, 'privileged': 'deny'}");
    fixture_request(&fixture, containers, "", "");
    fixture_exec(&fixture,
                 "{'cwd': '/', 'args': ['id'], 'user': {'uid': 5}, 'env': ['LD_PRELOAD=/x', 'A=b']}");
    fixture_expect(&fixture, "narrowed TW0205 /capabilities CAP_CHOWN -> dropped\n"
                             "narrowed TW0206 /rlimits RLIMIT_NOFILE -> soft 10, hard 100\n"
                             "narrowed TW0207 /env LD_PRELOAD -> removed\n");
    spec_encode_process(&text, fixture.process, 0);
    assert_non_null(strstr(text.bytes, "\"bounding\":[\"CAP_KILL\"]"));
    /* The container's other limits are not lost. */
    assert_non_null(strstr(text.bytes, "{\"type\":\"RLIMIT_CORE\",\"hard\":1,\"soft\":1}"));
    assert_non_null(strstr(text.bytes, "\"env\":[\"A=b\"]"));

    fixture_exec(&fixture, "{'cwd': '/', 'args': ['id'], 'user': {'uid': 0}}");
    assert_true(fixture.decision.refused);
    assert_null(fixture.process);
    assert_string_equal(fixture.decision.findings[0].rule, "TW0201");
    assert_string_equal(fixture.decision.findings[0].pointer, "/user/uid");
    fixture_end(&fixture);
}

static void modes(void **state)
{
    static const char request[] =
        "{'cwd': '/', 'args': ['id'], 'capabilities': {'bounding': ['CAP_SYS_ADMIN']}}";
    struct fixture audit = {0}, none = {0}, waived = {0};

    (void)state;
    fixture_policy(&audit, "'mode': 'audit', " SOME_BOUND);
    fixture_request(&audit, "", "", "");
    fixture_exec(&audit, request);
    fixture_expect(&audit, "would-narrow TW1501 /capabilities CAP_SYS_ADMIN\n");
    assert_int_equal(audit.process->capabilities->bounding.count, 1);
    fixture_end(&audit);

    fixture_policy(&none, "");
    fixture_request(&none, "", "", "");
    fixture_exec(&none, request);
    fixture_expect(&none, "granted TW0001 /\n");
    assert_int_equal(none.process->capabilities->bounding.count, 1);
    fixture_end(&none);

    fixture_policy(&waived, SOME_BOUND);
    waived.waivers[0] = (struct policy_waiver){.rule = "TW1501",
                                               .subject = "CAP_SYS_*",
                                               .owner = "ops",
                                               .expires = "2099-01-01",
                                               .expires_s = INT64_MAX,
                                               .reason = "debugging"};
    waived.set.waivers = waived.waivers;
    waived.set.waiver_count = 1;
    fixture_request(&waived, "", "", "");
    fixture_exec(&waived, request);
    fixture_expect(&waived, "granted TW1501 /capabilities CAP_SYS_ADMIN\n");
    assert_string_equal(waived.decision.findings[0].waiver, "ops until 2099-01-01: debugging");
    assert_int_equal(waived.process->capabilities->bounding.count, 1);
    fixture_end(&waived);
}

static void commands(void **state)
{
    static const struct {
        const char *rule, *args;
        bool refused;
    } cases[] = {
        {"'allow'", "'sh'", false},
        {"'deny'", "'sh'", true},
        {"{'commands': ['/usr/bin/pg_isready', 'env']}", "'/usr/bin/pg_isready', '-U', 'x'", false},
        {"{'commands': ['/usr/bin/pg_isready', 'env']}", "'env'", false},
        {"{'commands': ['/usr/bin/pg_isready', 'env']}", "'pg_isready'", true},
        {"{'commands': ['/usr/bin/pg_isready', 'env']}", "'/tmp/env'", true},
        {"{'commands': ['env']}", "'./env'", true},
        {"{'commands': ['/usr/bin/*']}", "'/usr/bin/id'", false},
        {"{'commands': ['/usr/bin/*']}", "'/usr/bin/x/id'", true},
        {"{'commands': ['/usr/**']}", "'/usr/bin/../../tmp/id'", true},
        {"{'commands': ['/usr/**']}", "'/usr//id'", true},
        {"{'commands': ['ls -l *']}", "'ls', '-l', '/etc'", false},
        {"{'commands': ['ls -l *']}", "'ls', '-l'", true},
        {"{'commands': ['ls -l *']}", "'ls', '-l', '/etc', '/var'", true},
        {"{'commands': ['ls -l *']}", "'ls', '-l /etc', 'x'", true}, /* words are not joined */
        {"{'commands': ['ls -l **']}", "'ls', '-l', '/etc', '/var'", false},
        {"{'commands': ['ls -l **']}", "'ls', '-l'", false},
        {"{'commands': ['ls -l **']}", "'ls', '-a'", true},
        {"{'commands': []}", "'ls'", true},
        /* The environment chooses neither the program nor its libraries. */
        {"{'commands': ['ls']}", "'ls'], 'env': ['PATH=/bin', 'X=Y'", false},
        {"{'commands': ['ls']}", "'ls'], 'env': ['PATH=/tmp'", true},
        {"{'commands': ['ls']}", "'ls'], 'env': ['PATH=/bin', 'PATH=/tmp'", true},
        {"{'commands': ['/bin/ls']}", "'/bin/ls'], 'env': ['PATH=/tmp'", false},
        {"{'commands': ['/bin/ls']}", "'/bin/ls'], 'env': ['LD_PRELOAD=/tmp/x.so'", true},
        {"{'commands': ['/bin/ls']}", "'/bin/ls'], 'env': ['LD_LIBRARY_PATH=/app/lib'", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture = {0};

        fixture_policy(&fixture,
                       arena_format(&fixture.arena, SOME_BOUND ", 'lifecycle': {'exec': %s}", cases[i].rule));
        fixture_request(&fixture, "'env': ['PATH=/bin', 'LD_LIBRARY_PATH=/app/lib']", "", "");
        fixture_exec(&fixture, arena_format(&fixture.arena, "{'cwd': '/', 'args': [%s]}", cases[i].args));
        if (fixture.decision.refused != cases[i].refused)
            fail_msg("case %zu: %s: %s", i, cases[i].rule, cases[i].args);
        fixture_expect(&fixture, cases[i].refused ? "refused TW1401 /args\n" : "");
        fixture_end(&fixture);
    }
}

static void a_refused_command_says_who_and_where(void **state)
{
    struct fixture fixture = {0};
    char buffer[1024];
    struct text text = text_over(buffer, sizeof(buffer));

    (void)state;
    fixture_policy(&fixture, "'lifecycle': {'exec': 'deny', 'checkpoint': 'deny'}");
    fixture_request(&fixture, "", "", "");
    fixture_exec(&fixture, "{'cwd': '/', 'args': ['sh', '-c', 'hunter2']}");
    policy_refusal_text(&text, &fixture.decision);
    assert_string_equal(text.bytes, "policy denied by a, 1 cause: TW1401 /args: exec into this container is "
                                    "refused: lifecycle.exec is \"deny\" (a.json:1)");
    assert_int_equal(policy_decide_checkpoint(fixture.spec, &fixture.set, &fixture.observed, &fixture.arena,
                                              &fixture.decision, &fixture.error),
                     0);
    fixture_expect(&fixture, "refused TW1403 /\n");
    fixture_end(&fixture);
}

static const char *read_sample(struct fixture *fixture, const char *name)
{
    const char *path = arena_format(&fixture->arena, "%s/%s", samples, name);
    FILE *file = fopen(path, "re");
    char *bytes = arena_allocate(&fixture->arena, 1 << 18);
    size_t length;

    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    length = fread(bytes, 1, (1 << 18) - 1, file);
    assert_true(length > 0);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

/* What docker and podman send for exec --privileged into a container of theirs. */
static void exec_privileged_is_held(void **state)
{
    static const struct {
        const char *container, *process;
    } cases[] = {
        {"bundles/docker-default.json", "exec/docker-exec-privileged-process.json"},
        {"bundles/podman-default.json", "exec/podman-exec-privileged-process.json"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture = {0};
        const struct spec_capabilities *has, *granted;
        size_t beyond = 0;

        fixture_policy(&fixture, SOME_BOUND);
        fixture_config(&fixture, read_sample(&fixture, cases[i].container));
        fixture_exec(&fixture, read_sample(&fixture, cases[i].process));
        assert_false(fixture.decision.refused);
        for (size_t j = 0; j < fixture.decision.finding_count; j++)
            beyond += strcmp(fixture.decision.findings[j].rule, "TW1501") == 0 &&
                      fixture.decision.findings[j].effect == POLICY_NARROWED;
        assert_true(beyond >= 20);
        has = fixture.spec->process->capabilities;
        granted = fixture.process->capabilities;
        assert_true(granted->bounding.count <= has->bounding.count);
        assert_true(granted->effective.count <= has->bounding.count);
        assert_true(granted->ambient.count <= has->bounding.count);
        assert_int_equal(granted->bounding.count, has->bounding.count);
        fixture_end(&fixture);
    }
}

/* What engines send for an ordinary exec passes without a word; but podman 4.3 asks for three capabilities
 * that it had not given to the container. */
static void ordinary_execs_pass(void **state)
{
    static const char podmans[] = "narrowed TW1501 /capabilities CAP_AUDIT_WRITE -> dropped\n"
                                  "narrowed TW1501 /capabilities CAP_MKNOD -> dropped\n"
                                  "narrowed TW1501 /capabilities CAP_NET_RAW -> dropped\n";
    static const struct {
        const char *container, *process, *findings;
    } cases[] = {
        {"bundles/docker-default.json", "exec/docker-exec-process.json", ""},
        {"bundles/docker-default.json", "exec/docker-exec-tty-process.json", ""},
        {"bundles/podman-default.json", "exec/podman-exec-process.json", podmans},
        {"bundles/podman-default.json", "exec/podman-exec-tty-process.json", podmans},
        {"bundles/ctr-default.json", "exec/ctr-exec-process.json", ""},
        {"bundles/cri-container.json", "exec/cri-execsync-process.json", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture = {0};

        fixture_policy(&fixture, SOME_BOUND);
        fixture_config(&fixture, read_sample(&fixture, cases[i].container));
        fixture_exec(&fixture, read_sample(&fixture, cases[i].process));
        if (strcmp(fixture_findings(&fixture), cases[i].findings) != 0)
            fail_msg("%s: %s", cases[i].process, fixture_findings(&fixture));
        fixture_end(&fixture);
    }
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_gets_at_most_the_containers_grant),
        cmocka_unit_test(rules_of_process_hold),
        cmocka_unit_test(modes),
        cmocka_unit_test(commands),
        cmocka_unit_test(a_refused_command_says_who_and_where),
        cmocka_unit_test(exec_privileged_is_held),
        cmocka_unit_test(ordinary_execs_pass),
    };

    if (argument_count != 2)
        return 2;
    samples = arguments[1];
    return cmocka_run_group_tests_name("policy_exec", tests, NULL, NULL);
}
