/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes, id mappings, devices, and processes that join. */
#include "plan_fixture.h"

#include <linux/capability.h>
#include <sched.h>
#include "plan/kernel_words.h"
#include "plan/number_list.h"

#define MASK(number) ((uint64_t)1 << (number))

static void number_lists(void **state)
{
    static const struct {
        const char *list, *printed; /* printed NULL: refused */
    } cases[] = {{"", ""},
                 {"0", "0"},
                 {"3,1,2", "1-3"},
                 {"0-63,64", "0-64"},
                 {"8191", "8191"},
                 {"8192", NULL},
                 {"3-1", NULL},
                 {"1,", NULL},
                 {",1", NULL},
                 {"1-", NULL},
                 {"1 ,2", NULL},
                 {"-1", NULL},
                 {"0x1", NULL},
                 {"0-8191", "0-8191"},
                 {"5-5", "5"},
                 {"1-2-3", NULL},
                 {"99999999999999999999", NULL}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct plan_cpu_set set;
        char buffer[64];
        struct text text = text_over(buffer, sizeof(buffer));

        if (number_list_read(&arena, cases[i].list, NUMBER_LIST_CPUS, &set) != (cases[i].printed != NULL))
            fail_msg("\"%s\"", cases[i].list);
        if (cases[i].printed == NULL)
            continue;
        number_list_append(&text, &set);
        assert_string_equal(text.bytes, cases[i].printed);
    }
}

/* capabilities(7): names are numbers, by the kernel's own header. */
static void capability_numbers(void **state)
{
    static const struct {
        const char *name;
        int number;
    } cases[] = {{"CAP_CHOWN", CAP_CHOWN},
                 {"CAP_SETPCAP", CAP_SETPCAP},
                 {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
                 {"CAP_MKNOD", CAP_MKNOD},
                 {"CAP_SETFCAP", CAP_SETFCAP},
                 {"CAP_SYSLOG", CAP_SYSLOG},
                 {"CAP_AUDIT_READ", CAP_AUDIT_READ},
                 {"CAP_BPF", CAP_BPF},
                 {"CAP_CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE},
                 {"CAP_LEASE", CAP_LEASE},
                 {"CAP_NET_RAW", CAP_NET_RAW},
                 {"CAP_SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG}};

    (void)state;
    assert_int_equal(kernel_capabilities.count, CAP_LAST_CAP + 1);
    for (size_t i = 0; i < kernel_capabilities.count; i++)
        assert_int_equal(kernel_capabilities.items[i].value, i);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_string_equal(kernel_capabilities.items[cases[i].number].word, cases[i].name);
}

static const char *find_variable(const struct plan_strings *environment, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < environment->count; i++)
        if (strncmp(environment->items[i], name, length) == 0 && environment->items[i][length] == '=')
            return environment->items[i] + length + 1;
    return NULL;
}

static void environment(void **state)
{
    struct fixture fixture;
    const struct plan_process *process;

    (void)state;
    fixture_begin(&fixture);
    fixture_must_build(&fixture, "", "'env':['A=b']", FIXTURE_NAMESPACES);
    assert_int_equal(fixture.plan->process->environment.count, 1);
    assert_string_equal(fixture.plan->process->search_path,
                        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

    fixture.inputs.listen_fds = 3;
    fixture.inputs.preserve_fds = 2;
    fixture.inputs.notify_socket = "/run/n";
    fixture_must_build(&fixture, "", "'env':['PATH=/x','LISTEN_PID=77','NOTIFY_SOCKET=/old']",
                       FIXTURE_NAMESPACES);
    process = fixture.plan->process;
    assert_string_equal(process->search_path, "/x");
    assert_string_equal(find_variable(&process->environment, "LISTEN_FDS"), "3");
    assert_string_equal(find_variable(&process->environment, "LISTEN_PID"), "1");
    assert_string_equal(find_variable(&process->environment, "NOTIFY_SOCKET"), PLAN_NOTIFY_SOCKET);
    assert_int_equal(process->environment.count, 4);
    assert_null(process->environment.items[4]);
    assert_int_equal(process->preserve_fds, 5);
    assert_int_equal(fixture.plan->rootfs.mount_count, 1);
    assert_string_equal(fixture.plan->rootfs.mounts[0].source_path.text, "/run/n");
    fixture_end(&fixture);
}

/* Who writes the maps of a new user namespace. */
static void map_writers(void **state)
{
    static const struct {
        const char *mappings; /* of uids and gids */
        uint64_t capabilities;
        bool helpers_installed;
        bool helpers, deny_setgroups, refused;
    } cases[] = {
        {"{'containerID':0,'hostID':100000,'size':65536}", MASK(CAP_SETUID) | MASK(CAP_SETGID), true, false,
         false, false},
        {"{'containerID':0,'hostID':1001,'size':1}", 0, true, false, true, false},
        {"{'containerID':0,'hostID':1001,'size':1}", 0, false, false, true, false},
        {"{'containerID':0,'hostID':1002,'size':1}", 0, true, true, false, false},
        {"{'containerID':0,'hostID':1001,'size':2}", 0, true, true, false, false},
        {"{'containerID':0,'hostID':1001,'size':1},{'containerID':1,'hostID':100000,'size':9}", 0, true, true,
         false, false},
        {"{'containerID':0,'hostID':100000,'size':65536}", 0, false, false, false, true},
        {"{'containerID':0,'hostID':100000,'size':65536}", MASK(CAP_SETUID), true, true, false, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture;
        int result;

        fixture_begin(&fixture);
        fixture.facts.uid = fixture.facts.gid = 1001;
        fixture.facts.capabilities = cases[i].capabilities;
        fixture.facts.newuidmap = cases[i].helpers_installed ? "/usr/bin/newuidmap" : NULL;
        fixture.facts.newgidmap = cases[i].helpers_installed ? "/usr/bin/newgidmap" : NULL;
        result = fixture_build(
            &fixture, "", "",
            arena_format(
                &fixture.arena,
                "'namespaces':[{'type':'user'},{'type':'mount'}],'uidMappings':[%s],'gidMappings':[%s]",
                cases[i].mappings, cases[i].mappings));
        assert_int_equal(result, cases[i].refused ? -1 : 0);
        if (cases[i].refused) {
            assert_int_equal(fixture.error.kind, ERROR_UNSUPPORTED);
        } else {
            assert_int_equal(fixture.plan->namespaces.use_mapping_helpers, cases[i].helpers);
            assert_int_equal(fixture.plan->namespaces.deny_setgroups, cases[i].deny_setgroups);
            assert_int_equal(fixture.plan->process->keep_groups, cases[i].deny_setgroups);
        }
        fixture_end(&fixture);
    }
}

/* Device nodes are bound where they cannot be made. */
static void devices_are_made_or_bound(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture_must_build(&fixture, "", "", FIXTURE_NAMESPACES);
    assert_int_equal(fixture.plan->rootfs.device_count, 6);
    assert_false(fixture.plan->rootfs.devices[0].bind_from_host);
    fixture.facts.capabilities &= ~MASK(CAP_MKNOD);
    fixture_must_build(&fixture, "", "",
                       FIXTURE_NAMESPACES
                       ",'devices':[{'path':'/dev/n','type':'c','major':1,'minor':3},"
                       "{'path':'/dev/f','type':'p'},{'path':'/dev/x','type':'c','major':9,'minor':3}]");
    assert_int_equal(fixture.plan->rootfs.device_count, 9);
    assert_true(fixture.plan->rootfs.devices[0].bind_from_host);
    assert_string_equal(fixture.plan->rootfs.devices[0].host_path.text, "/dev/null");
    assert_false(fixture.plan->rootfs.devices[1].bind_from_host);
    assert_string_equal(fixture.plan->rootfs.devices[2].host_path.text, "/dev/x");
    assert_int_equal(fixture.plan->note_count, 1);
    fixture_end(&fixture);
}

#define CONTAINER_PROCESS                                                                                    \
    "'noNewPrivileges':true,'oomScoreAdj':5,'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':0}],"           \
    "'capabilities':{'bounding':['CAP_KILL'],'permitted':['CAP_KILL'],'effective':['CAP_KILL']},"            \
    "'execCPUAffinity':{'initial':'0','final':'1'}"

static void join(struct fixture *fixture, const char *document, const struct plan_process **process,
                 int expected)
{
    const struct spec_process *from;
    struct json_notes notes = {0};
    const char *text = fixture_quotes(fixture, document);

    if (spec_parse_process(text, strlen(text), "process.json", &fixture->arena, &notes, &from,
                           &fixture->error) < 0)
        fail_msg("%s", fixture->error.message);
    assert_int_equal(plan_build_exec(from, fixture->plan, &fixture->facts, &fixture->inputs, &fixture->arena,
                                     process, &fixture->error),
                     expected);
}

/* Rootless, an annotation keeps the caller's groups, for what joins too; root's are never kept. */
static void original_groups(void **state)
{
    static const struct {
        bool in_user_namespace;
        const char *value;
        bool kept, noted;
    } cases[] = {
        {true, "1", true, false},  {true, "yes", true, false}, {true, "0", false, false},
        {false, "1", false, true}, {false, "0", false, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct plan_process *process;
        struct fixture fixture;

        fixture_begin(&fixture);
        fixture.facts.in_user_namespace = cases[i].in_user_namespace;
        fixture_must_build(&fixture,
                           arena_format(&fixture.arena, "'annotations':{'run.oci.keep_original_groups':'%s'}",
                                        cases[i].value),
                           "", "'namespaces':[{'type':'mount'}]");
        assert_int_equal(fixture.plan->process->keep_groups, cases[i].kept);
        assert_int_equal(fixture.plan->note_count, cases[i].noted);
        join(&fixture, "{'user':{'uid':7,'gid':8,'additionalGids':[9]},'cwd':'/','args':['id']}", &process,
             0);
        assert_int_equal(process->keep_groups, cases[i].kept);
        assert_int_equal(process->group_count, !cases[i].kept);
        assert_int_equal(process->note_count, cases[i].kept);
        fixture_end(&fixture);
    }
}

/* What a joining process leaves out is the container's, and its filter always is. */
static void joining_is_not_weaker(void **state)
{
    struct fixture fixture;
    const struct plan_process *process;

    (void)state;
    fixture_begin(&fixture);
    fixture_must_build(&fixture, "", CONTAINER_PROCESS,
                       FIXTURE_NAMESPACES ",'seccomp':{'defaultAction':'SCMP_ACT_LOG'}");
    assert_int_equal(fixture.plan->process->affinity_final.count, 0);

    join(&fixture, "{'user':{'uid':0,'gid':0},'cwd':'/','args':['id']}", &process, 0);
    assert_true(process->no_new_privileges);
    assert_int_equal(process->oom_score_adj, 5);
    assert_int_equal(process->rlimit_count, 1);
    assert_true(process->has_capabilities);
    assert_int_equal(process->capabilities.effective, MASK(CAP_KILL));
    assert_ptr_equal(process->seccomp, fixture.plan->process->seccomp);
    assert_int_equal(process->affinity_final.words[0], 2);
    assert_false(process->create_cwd);

    join(&fixture,
         "{'user':{'uid':0,'gid':0},'cwd':'/','args':['id'],'noNewPrivileges':false,'oomScoreAdj':0,"
         "'capabilities':{'bounding':['CAP_CHOWN'],'permitted':['CAP_CHOWN'],'effective':['CAP_CHOWN'],'"
         "ambient':['CAP_CHOWN']}}",
         &process, 0);
    assert_false(process->no_new_privileges);
    assert_int_equal(process->oom_score_adj, 0);
    assert_int_equal(process->capabilities.effective, MASK(CAP_CHOWN));
    assert_int_equal(process->capabilities.ambient, 0);
    assert_int_equal(process->note_count, 1);
    assert_ptr_equal(process->seccomp, fixture.plan->process->seccomp);
    fixture_end(&fixture);
}

static void nothing_joins_without_a_process(void **state)
{
    static const char document[] = "{'ociVersion':'1.3.0','root':{'path':'r'},'linux':{}}";
    struct fixture fixture;
    struct json_notes notes = {0};
    const struct plan_process *process;
    const char *text;

    (void)state;
    fixture_begin(&fixture);
    text = fixture_quotes(&fixture, document);
    assert_int_equal(
        spec_parse(text, strlen(text), "c", &fixture.arena, &notes, &fixture.spec, &fixture.error), 0);
    assert_int_equal(plan_build(fixture.spec, &fixture.facts, &fixture.inputs, &fixture.arena, &fixture.plan,
                                &fixture.error),
                     0);
    assert_null(fixture.plan->process);
    join(&fixture, "{'user':{'uid':0,'gid':0},'cwd':'/','args':['id']}", &process, -1);
    assert_int_equal(fixture.error.kind, ERROR_STATE);
    fixture_end(&fixture);
}

/* Facts are read as strictly as they are written. */
static void facts_document(void **state)
{
    static const char *const refused[] = {"{}", "[]", "{'version':2,'uid':0,'gid':0}",
                                          "{'version':1,'uid':0,'gid':0,'x':1}"};
    struct fixture fixture;
    struct host_facts facts;
    cleanup_text struct text text = text_growing(1 << 16);

    (void)state;
    fixture_begin(&fixture);
    json_encode(&text, &host_facts_table, &fixture.facts, 2);
    assert_int_equal(
        host_facts_parse(text.bytes, text.length, "facts", &fixture.arena, &facts, &fixture.error), 0);
    assert_int_equal(facts.capabilities, fixture.facts.capabilities);
    assert_int_equal(facts.cgroup_layout, CGROUP_LAYOUT_UNIFIED);
    assert_string_equal(facts.cgroup_own, "/own");
    assert_true(facts.has_seccomp_notify);
    assert_int_equal(facts.cgroup_controllers.count, fixture.facts.cgroup_controllers.count);
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        const char *document = fixture_quotes(&fixture, refused[i]);

        if (host_facts_parse(document, strlen(document), "facts", &fixture.arena, &facts, &fixture.error) ==
            0)
            fail_msg("%s was accepted", refused[i]);
    }
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_lists),
        cmocka_unit_test(capability_numbers),
        cmocka_unit_test(environment),
        cmocka_unit_test(map_writers),
        cmocka_unit_test(devices_are_made_or_bound),
        cmocka_unit_test(original_groups),
        cmocka_unit_test(joining_is_not_weaker),
        cmocka_unit_test(nothing_joins_without_a_process),
        cmocka_unit_test(facts_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
