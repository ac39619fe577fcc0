/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies' landlock sections as layers: which rights each ABI has, which list gives which, what is shown. */
#include "plan_fixture.h"

#include "base/text.h"
#include "plan/landlock_rights.h"
#include "policy/policy.h"

#define FILES_1 ((UINT64_C(1) << 13) - 1)

static const struct policy_word usr[] = {{"/usr", 3, 4}, {"/etc//../opt/", 3, 4}};
static const struct policy_word data[] = {{"/data", 5, 4}, {"/usr", 5, 4}};
static const struct policy_id_range ports[] = {{443, 443}, {8000, 8080}};

#define WORDS(array) ((struct policy_words){array, ARRAY_LENGTH(array), true})

static struct policy_landlock rules_of(uint32_t abi)
{
    return (struct policy_landlock){.rule = {.present = true, .line = 9}, .abi = abi};
}

static int build(struct fixture *fixture, const struct policy_landlock *rules, size_t count,
                 const char *linux_members)
{
    struct policy_landlock_layer *items = arena_array(&fixture->arena, count, sizeof(*items));
    struct policy_layers *layers = arena_allocate(&fixture->arena, sizeof(*layers));

    for (size_t i = 0; i < count; i++)
        items[i] = (struct policy_landlock_layer){"web", "web.json", 9, &rules[i]};
    *layers = (struct policy_layers){.landlock = items, .landlock_count = count};
    fixture->inputs.layers = layers;
    return fixture_build(fixture, "", "", linux_members);
}

static const struct plan_landlock *build_one(struct fixture *fixture, struct policy_landlock rules)
{
    struct policy_landlock *kept = arena_allocate(&fixture->arena, sizeof(*kept));

    *kept = rules;
    if (build(fixture, kept, 1, "") < 0)
        fail_msg("not planned: %s", fixture->error.message);
    assert_int_equal(fixture->plan->process->landlock_count, 1);
    return fixture->plan->process->landlock;
}

/* What is handled is what the pinned ABI knows, whatever the host has. */
static void rights_of_abis(void **state)
{
    static const struct {
        uint32_t abi;
        uint64_t files, write, ports, scoped;
        uint32_t flags;
    } cases[] = {
        {1, FILES_1, FILES_1 & ~UINT64_C(5), 0, 0, 0},
        {2, 0x3fff, 0x3ffa, 0, 0, 0},
        {3, 0x7fff, 0x7ffa, 0, 0, 0},
        {4, 0x7fff, 0x7ffa, 3, 0, 0},
        {5, 0xffff, 0xfffa, 3, 0, 0},
        {6, 0xffff, 0xfffa, 3, 3, 0},
        {7, 0xffff, 0xfffa, 3, 3, 2},
        {8, 0xffff, 0xfffa, 3, 3, 2},
        {9, 0x1ffff, 0x1fffa, 3, 3, 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct policy_landlock rules = rules_of(cases[i].abi);
        const struct plan_landlock *layer;
        struct fixture fixture;

        fixture_begin(&fixture);
        fixture.facts.landlock_abi = 12;
        rules.write = WORDS(data);
        rules.has_connect = rules.has_bind = true;
        layer = build_one(&fixture, rules);
        assert_int_equal(layer->abi, cases[i].abi);
        assert_int_equal(layer->handled_fs, cases[i].files);
        assert_int_equal(layer->paths[0].access, cases[i].write);
        assert_int_equal(layer->handled_net, cases[i].ports);
        assert_int_equal(layer->scoped, cases[i].scoped);
        assert_int_equal(layer->restrict_flags, cases[i].flags);
        fixture_end(&fixture);
    }
}

static void lists(void **state)
{
    struct policy_landlock rules = rules_of(3);
    const struct plan_landlock *layer;
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture.facts.landlock_abi = 7;
    rules.read = WORDS(usr);
    rules.execute = WORDS(data);
    layer = build_one(&fixture, rules);
    /* A path of two lists is one rule; paths are normalised. */
    assert_int_equal(layer->path_count, 3);
    assert_string_equal(layer->paths[0].path.text, "/usr");
    assert_int_equal(layer->paths[0].access,
                     LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR | LANDLOCK_FS_EXECUTE);
    assert_string_equal(layer->paths[1].path.text, "/opt");
    assert_int_equal(layer->paths[1].access, LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR);
    assert_int_equal(layer->paths[2].access, LANDLOCK_FS_READ_FILE | LANDLOCK_FS_EXECUTE);
    assert_true(layer->add_loader);
    assert_false(layer->skip_missing);
    fixture_end(&fixture);
}

static void port_lists(void **state)
{
    static const struct policy_id_range all[] = {{1, UINT16_MAX}};
    struct policy_landlock rules = rules_of(4);
    const struct plan_landlock *layer;
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture.facts.landlock_abi = 7;
    rules.has_connect = rules.has_bind = true;
    rules.connect = ports;
    rules.connect_count = ARRAY_LENGTH(ports);
    layer = build_one(&fixture, rules);
    /* Files are not bounded; but links between directories would be, beneath another layer. */
    assert_int_equal(layer->handled_fs, LANDLOCK_FS_REFER);
    assert_string_equal(layer->paths[0].path.text, "/");
    assert_int_equal(layer->handled_net, LANDLOCK_NET_CONNECT_TCP | LANDLOCK_NET_BIND_TCP);
    assert_int_equal(layer->port_count, 2);
    assert_int_equal(layer->ports[1].first, 8000);
    assert_int_equal(layer->ports[1].last, 8080);
    /* Every port is no bound. */
    rules.connect = all;
    rules.connect_count = 1;
    layer = build_one(&fixture, rules);
    assert_int_equal(layer->handled_net, LANDLOCK_NET_BIND_TCP);
    assert_int_equal(layer->port_count, 0);
    rules.bind = all;
    rules.bind_count = 1;
    layer = build_one(&fixture, rules);
    assert_int_equal(layer->handled_net, LANDLOCK_NET_BIND_TCP);
    assert_int_equal(layer->port_count, 1);
    fixture_end(&fixture);
}

static void hosts(void **state)
{
    struct policy_landlock rules = rules_of(6);
    const struct plan_landlock *layer;
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    rules.read = WORDS(usr);
    fixture.facts.landlock_abi = 2;
    assert_int_equal(build(&fixture, &rules, 1, ""), -1);
    assert_int_equal(fixture.error.kind, ERROR_UNSUPPORTED);
    assert_non_null(strstr(fixture.error.message, "web.json:9: policy web: landlock: ABI 6"));
    rules.rule.note_if_unsupported = true;
    layer = build_one(&fixture, rules);
    assert_int_equal(layer->abi, 2);
    assert_int_equal(layer->handled_fs, 0x3fff);
    assert_int_equal(layer->scoped, 0);
    assert_true(layer->skip_missing);
    fixture.facts.landlock_abi = 0;
    assert_int_equal(build(&fixture, &rules, 1, ""), 0);
    assert_int_equal(fixture.plan->process->landlock_count, 0);
    assert_non_null(strstr(fixture.plan->notes[fixture.plan->note_count - 1].text, "no Landlock"));
    fixture_end(&fixture);
}

static void too_many(void **state)
{
    struct policy_landlock rules[13];
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture.facts.landlock_abi = 7;
    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
        rules[i] = rules_of(1);
        rules[i].read = WORDS(usr);
    }
    assert_int_equal(build(&fixture, rules, 12, ""), 0);
    assert_int_equal(fixture.plan->process->landlock_count, 12);
    assert_int_equal(build(&fixture, rules, 13, ""), -1);
    assert_int_equal(fixture.error.kind, ERROR_LIMIT);
    fixture_end(&fixture);
}

static uint64_t scope_of_exec(const char *namespaces)
{
    struct policy_landlock rules = rules_of(6);
    const struct plan_process *joined = NULL;
    struct fixture fixture;
    uint64_t scoped;

    fixture_begin(&fixture);
    fixture.facts.landlock_abi = 7;
    rules.read = WORDS(usr);
    if (build(&fixture, &rules, 1, namespaces) < 0 ||
        plan_build_exec(fixture.spec->process, fixture.plan, &fixture.facts, &fixture.inputs, &fixture.arena,
                        &joined, &fixture.error) < 0)
        fail_msg("not planned: %s", fixture.error.message);
    assert_int_equal(joined->landlock_count, 1);
    assert_int_equal(joined->landlock[0].handled_fs, fixture.plan->process->landlock[0].handled_fs);
    assert_int_equal(fixture.plan->process->landlock[0].scoped, 3);
    scoped = joined->landlock[0].scoped;
    fixture_end(&fixture);
    return scoped;
}

/* A process that joins has the same layers; a namespace of the container's own is scope enough for it. */
static void joins(void **state)
{
    (void)state;
    assert_int_equal(scope_of_exec("'namespaces':[{'type':'mount'}]"), 3);
    assert_int_equal(scope_of_exec("'namespaces':[{'type':'mount'},{'type':'pid'}]"),
                     LANDLOCK_SCOPED_ABSTRACT_UNIX);
    assert_int_equal(scope_of_exec("'namespaces':[{'type':'mount'},{'type':'pid','path':'/proc/1/ns/pid'},"
                                   "{'type':'network'}]"),
                     LANDLOCK_SCOPED_SIGNAL);
}

static void shown(void **state)
{
    struct policy_landlock rules = rules_of(7);
    struct fixture fixture;
    cleanup_text struct text text = text_growing(1 << 20);

    (void)state;
    fixture_begin(&fixture);
    fixture.facts.landlock_abi = 7;
    rules.read = WORDS(usr);
    rules.has_connect = true;
    rules.connect = ports;
    rules.connect_count = ARRAY_LENGTH(ports);
    build_one(&fixture, rules);
    plan_print_text(fixture.plan, &text);
    assert_non_null(
        strstr(text.bytes, "of policy web, ABI 7; refused unless allowed below: execute write_file"));
    assert_non_null(strstr(text.bytes, "/usr: read_file read_dir\n"));
    assert_non_null(strstr(text.bytes, "8000 to 8080: connect_tcp\n"));
    assert_non_null(strstr(text.bytes, "abstract_unix_socket signal"));
    text_reset(&text);
    plan_print_json(fixture.plan, &text);
    assert_non_null(strstr(text.bytes, "\"landlock\": ["));
    assert_non_null(strstr(text.bytes, "\"handledNet\": [\n"));
    assert_non_null(strstr(text.bytes, "\"logDenials\": true"));
    fixture_end(&fixture);
}

static void relative(void **state)
{
    static const struct policy_word words[] = {{"usr", 3, 4}};
    struct policy_landlock rules = rules_of(1);
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture.facts.landlock_abi = 7;
    rules.read = WORDS(words);
    assert_int_equal(build(&fixture, &rules, 1, ""), -1);
    assert_non_null(strstr(fixture.error.message, "web.json:3"));
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights_of_abis), cmocka_unit_test(lists),    cmocka_unit_test(port_lists),
        cmocka_unit_test(hosts),          cmocka_unit_test(too_many), cmocka_unit_test(joins),
        cmocka_unit_test(shown),          cmocka_unit_test(relative),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
