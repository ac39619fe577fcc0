/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scores: which terms a configuration has, what they come to, and files of weights that are none. */
#include "policy_fixture.h"

#include "policy/score.h"

/* "host-pid root-user ": the terms among those that the row is about. */
struct look_row {
    const char *process, *linux_part, *rest;
    const char *has, *has_not; /* names with blanks between */
};

static bool is_there(const struct score_view *view, const char *name, size_t length)
{
    char copy[64];
    enum score_term term;

    assert_true(length < sizeof(copy));
    memcpy(copy, name, length);
    copy[length] = '\0';
    if (!score_term_find(copy, &term))
        fail_msg("there is no term %s", copy);
    return view->terms[term].present;
}

static void expect(const struct score_view *view, const char *names, bool there, size_t row)
{
    for (const char *name = names; *name != '\0';) {
        size_t length = strcspn(name, " ");

        if (is_there(view, name, length) != there)
            fail_msg("row %zu: %.*s %s", row, (int)length, name,
                     there ? "is missing" : "should not be there");
        name += length + strspn(name + length, " ");
    }
}

static const struct look_row look_rows[] = {
    {"", "", "",
     "root-user no-user-namespace may-gain-privileges host-pid host-network no-seccomp permissive-seccomp "
     "all-devices no-lsm no-pids-limit",
     "hooks oom-protected cap-sys-admin maps-host-root runtime-socket"},
    {"'user': {'uid': 1000, 'gid': 0}, 'noNewPrivileges': true, 'apparmorProfile': 'web', 'oomScoreAdj': -5",
     "", "", "oom-protected", "root-user may-gain-privileges no-lsm"},
    {"'apparmorProfile': 'unconfined', 'selinuxLabel': 'a:b:spc_t:s0'", "", "", "no-lsm", ""},
    {"'capabilities': {'bounding': ['CAP_SYS_ADMIN'], 'permitted': ['CAP_BPF']}", "", "",
     "cap-sys-admin cap-bpf", "cap-chown"},
    {"",
     "'namespaces': [{'type': 'pid'}, {'type': 'network', 'path': '/proc/77/ns/net'}, {'type': 'ipc', "
     "'path': '/proc/1/ns/ipc'}]",
     "", "host-ipc joined-namespace host-uts", "host-pid host-network"},
    {"",
     "'namespaces': [{'type': 'user'}], 'uidMappings': [{'containerID': 0, 'hostID': 0, 'size': 1}], "
     "'gidMappings': [{'containerID': 0, 'hostID': 7, 'size': 1}]",
     "", "maps-host-root", "no-user-namespace"},
    {"",
     "'resources': {'devices': [{'allow': false, 'access': 'rwm'}, {'allow': true, 'type': 'c', 'access': "
     "'m'}, {'allow': true, 'type': 'c', 'major': 1, 'minor': 3, 'access': 'rw'}]}",
     "", "", "all-devices block-devices memory-device"},
    {"",
     "'resources': {'devices': [{'allow': false, 'access': 'rwm'}, {'allow': true, 'type': 'b', 'major': 8, "
     "'minor': 0, 'access': 'r'}, {'allow': true, 'type': 'c', 'major': 1, 'minor': 1, 'access': 'r'}]}",
     "", "block-devices memory-device", "all-devices"},
    {"",
     "'resources': {'memory': {'limit': 5000000}, 'pids': {'limit': 7}, 'cpu': {'quota': 5000, 'period': "
     "10000}, 'unified': {'pids.max': 'max'}}",
     "", "no-pids-limit", "no-memory-limit no-cpu-limit"},
    {"",
     "'seccomp': {'defaultAction': 'SCMP_ACT_ERRNO', 'syscalls': [{'names': ['bpf', 'read'], 'action': "
     "'SCMP_ACT_ALLOW'}]}",
     "", "calls-bpf", "no-seccomp permissive-seccomp calls-mount calls-module calls-keyring"},
    {"",
     "'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['add_key', 'keyctl', "
     "'request_key'], 'action': 'SCMP_ACT_ERRNO'}]}",
     "", "permissive-seccomp calls-mount calls-bpf", "no-seccomp calls-keyring"},
    {"", "", "'mounts': [{'destination': '/h', 'source': '/', 'options': ['rbind', 'rro']}]",
     "sensitive-path-readable host-path-readable runtime-socket",
     "sensitive-path-writable host-path-writable"},
    {"", "",
     "'mounts': [{'destination': '/h', 'source': '/srv/../etc/cron.d', 'options': ['bind', 'nosuid']}]",
     "sensitive-path-writable host-path-writable", "runtime-socket setuid-mount"},
    {"", "", "'mounts': [{'destination': '/h', 'source': '/srv/data', 'options': ['bind']}]",
     "host-path-writable setuid-mount", "sensitive-path-readable"},
    {"", "",
     "'mounts': [{'destination': '/s', 'source': '/run/podman/podman.sock', 'options': ['bind', 'ro']}]",
     "runtime-socket", ""},
    {"", "",
     "'mounts': [{'destination': '/etc/hosts', 'source': '/var/lib/docker/containers/1/hosts', 'options': "
     "['bind']}]",
     "", "host-path-readable sensitive-path-writable"},
    {"", "", "'mounts': [{'destination': '/etc/hosts', 'source': '/etc/hosts', 'options': ['bind']}]",
     "sensitive-path-writable", ""},
    {"", "",
     "'mounts': [{'destination': '/proc', 'type': 'proc', 'source': 'proc'}, {'destination': '/sys', 'type': "
     "'sysfs', 'source': 'sysfs'}, {'destination': '/c', 'type': 'cgroup', 'source': 'cgroup', 'options': "
     "['ro']}]",
     "proc-unmasked proc-writable sysfs-writable", "cgroup-writable"},
    {"",
     "'maskedPaths': ['/proc/kcore', '/proc/timer_list', '/sys'], 'readonlyPaths': ['/proc'], "
     "'rootfsPropagation': 'rshared'",
     "'mounts': [{'destination': '/proc', 'type': 'proc', 'source': 'proc'}]", "shared-propagation",
     "proc-unmasked proc-writable"},
    {"", "", "'hooks': {'poststop': [{'path': '/bin/x'}]}", "hooks", ""},
};

static void test_terms(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(look_rows); i++) {
        const struct look_row *row = &look_rows[i];
        struct fixture fixture = {0};
        struct score_view view;

        fixture_request(&fixture, row->process, row->linux_part, row->rest);
        score_look(fixture.spec, NULL, &fixture.arena, &view);
        expect(&view, row->has, true, i);
        expect(&view, row->has_not, false, i);
        fixture_end(&fixture);
    }
}

/* What policies stack counts: a filter that refuses by default closes what the bundle's leaves open. */
static void test_layers(void **state)
{
    struct fixture fixture = {0};
    struct score_view view;

    (void)state;
    fixture_policy(&fixture, "'syscalls': {'default': 'errno:EPERM', 'allow': ['read']}");
    fixture_request(&fixture, "", "", "");
    fixture_decide(&fixture);
    assert_non_null(fixture.decision.grant);
    score_look(fixture.decision.grant, &fixture.decision.layers, &fixture.arena, &view);
    expect(&view, "no-seccomp permissive-seccomp calls-mount calls-bpf calls-namespace", false, 0);
    fixture_end(&fixture);
}

static void test_points(void **state)
{
    const char *text = "{\"thwart-score\": 1, \"half\": 10, \"terms\": {\"host-pid\": {\"weight\": 4}, "
                       "\"hooks\": {\"weight\": 3}},"
                       "\"interactions\": [{\"name\": \"x\", \"weight\": 6, \"what\": \"w\", \"lower\": "
                       "\"l\", \"all\": [\"host-pid\"],"
                       "\"any\": [\"hooks\", \"cap-bpf\"]}]}";
    struct score_view view = {0};
    struct score_weights shipped, weights;
    struct arena arena = {0};
    struct error error;

    (void)state;
    assert_int_equal(score_weights_shipped(&arena, &shipped, &error), 0);
    assert_int_equal(score_weights_read(text, strlen(text), "w.json", &shipped, &arena, &weights, &error), 0);
    assert_string_equal(weights.terms[SCORE_HOOKS].what, shipped.terms[SCORE_HOOKS].what);
    assert_int_equal(score_points(&weights, &view), 0);
    assert_int_equal(score_of_points(&weights, 0), 0);
    score_add(&view, SCORE_HOST_PID, &arena, "/a");
    assert_int_equal(score_points(&weights, &view), 4);
    assert_int_equal(score_of_points(&weights, 4), 29); /* 4/14, rounded up */
    score_add(&view, SCORE_HOOKS, &arena, "/b");
    score_add(&view, SCORE_HOOKS, &arena, "/b");
    score_add(&view, SCORE_HOOKS, &arena, "/c");
    score_add(&view, SCORE_HOOKS, &arena, "/d");
    assert_int_equal(view.terms[SCORE_HOOKS].count, 3);
    assert_string_equal(view.terms[SCORE_HOOKS].pointers[2], "/d");
    assert_int_equal(score_points(&weights, &view), 13);
    assert_int_equal(score_of_points(&weights, 10), 50);
    assert_true(score_of_points(&weights, 4000000) <= 100);
    arena_free(&arena);
}

/* Every term has points and words in what is built in. */
static void test_shipped(void **state)
{
    struct score_weights weights;
    struct arena arena = {0};
    struct error error;

    (void)state;
    if (score_weights_shipped(&arena, &weights, &error) != 0)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < SCORE_TERM_COUNT; i++) {
        const char *name = score_term_name((enum score_term)i);
        enum score_term found;

        if (name == NULL)
            continue;
        assert_true(score_term_find(name, &found) && found == i);
        if (weights.terms[i].weight == 0 || weights.terms[i].what == NULL)
            fail_msg("%s is not in the weights", name);
    }
    assert_true(weights.interaction_count > 10);
    arena_free(&arena);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"{", "w.json:1:2: "},
        {"{'half': 1, 'terms': {}}", "thwart-score"},
        {"{'thwart-score': 2, 'half': 1, 'terms': {}}", "only 1 is known"},
        {"{'thwart-score': 1, 'half': 0, 'terms': {}}", "\"half\" is 0"},
        {"{'thwart-score': 1, 'half': 1, 'terms': {}, 'term': {}}", "w.json:1:45: "},
        {"{'thwart-score': 1, 'half': 1, 'terms': {\n 'host-pit': {'weight': 1}}}",
         "w.json:2:14: there is no term \"host-pit\""},
        {"{'thwart-score': 1, 'half': 1, 'terms': {\n 'host-pid': {'weight': -1}}}", "w.json:2:"},
        {"{'thwart-score': 1, 'half': 1, 'terms': {\n 'host-pid': {'weight': 10001}}}", "w.json:2:"},
        {"{'thwart-score': 1, 'half': 1, 'terms': {'host-pid': {'weight': 1}, 'host-pid': {'weight': 1}}}",
         "w.json:1:"},
        {"{'thwart-score': 1, 'half': 1, 'terms': {}, 'interactions': [\n{'name': 'x', 'weight': 1, 'what': "
         "'', 'lower': '', 'all': ['hooks']}]}",
         "w.json:2:1: an interaction is of two terms"},
        {"{'thwart-score': 1, 'half': 1, 'terms': {}, 'interactions': [\n{'name': 'x', 'weight': 1, 'what': "
         "'', 'lower': '', 'all': ['hooks', 'y']}]}",
         "w.json:2:1: there is no term \"y\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct fixture fixture = {0};
        const char *text = fixture_quotes(&fixture, rows[i].text);
        struct score_weights shipped, weights;

        assert_int_equal(score_weights_shipped(&fixture.arena, &shipped, &fixture.error), 0);
        if (score_weights_read(text, strlen(text), "w.json", &shipped, &fixture.arena, &weights,
                               &fixture.error) == 0)
            fail_msg("row %zu is no mistake", i);
        if (strstr(fixture.error.message, rows[i].message) == NULL)
            fail_msg("row %zu: %s", i, fixture.error.message);
        fixture_end(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms),   cmocka_unit_test(test_layers),   cmocka_unit_test(test_points),
        cmocka_unit_test(test_shipped), cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
