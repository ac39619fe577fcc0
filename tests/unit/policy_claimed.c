/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Admitted claims among the policies: what they are called, what they may say, and their issuers' ceilings.
 * Single quotes stand for double ones. */
#include "unit.h"

#include "base/memory.h"
#include "policy/claimed.h"
#include "policy/read.h"

enum { POLICIES_MAX = 6, CLAIMS_MAX = 3 };

/* A host with policies, and an image with claims. */
struct host {
    struct arena arena;
    struct policy_entry entries[POLICIES_MAX];
    struct policy_library library;
    struct trust_admitted claims[CLAIMS_MAX];
    struct trust trust;
    struct error error;
};

static struct host host;

static const char *quotes(const char *document)
{
    char *copy = arena_string(&host.arena, document);

    for (char *place = copy; *place != '\0'; place++)
        *place = *place == '\'' ? '"' : *place;
    return copy;
}

static const struct policy *read_policy(const char *name, const char *members)
{
    const char *text =
        arena_format(&host.arena, "{\"thwart\": 1, \"name\": \"%s\", %s}", name, quotes(members));
    struct policy_problems problems = {0};
    const struct policy *policy;

    if (policy_read(text, strlen(text), arena_format(&host.arena, "/etc/%s.json", name), NULL, &host.arena,
                    &problems, &policy, &host.error) != 0)
        fail_msg("%s", host.error.message);
    return policy;
}

/* Shipped ones are read when they are asked for. */
static int shipped(void *context, const char *name, struct arena *arena, const struct policy **policy,
                   struct error *error)
{
    (void)context;
    (void)arena;
    (void)error;
    *policy = strcmp(name, "built-in") == 0
                  ? read_policy("built-in", "'process': {'capabilities': {'allow': ['CHOWN', 'KILL']}}")
                  : NULL;
    return 0;
}

static void begin(void)
{
    arena_free(&host.arena);
    host = (struct host){.library = {.items = host.entries, .shipped = shipped},
                         .trust = {.found = "", .level_reason = "", .claims = host.claims}};
}

/* In the order of their names. */
static void add_policy(const char *name, const char *members)
{
    host.entries[host.library.count++] = (struct policy_entry){.policy = read_policy(name, members)};
}

static void add_claim(const char *issuer, const char *ceiling, const char *policy)
{
    const char *text = quotes(policy);
    struct json_value *root;

    if (json_read(text, strlen(text), "claim", NULL, &host.arena, &root, &host.error) != 0)
        fail_msg("%s", host.error.message);
    host.claims[host.trust.claim_count++] = (struct trust_admitted){.issuer = issuer,
                                                                    .where = "signature 1",
                                                                    .reference = "r.io/web:1",
                                                                    .policy = root,
                                                                    .ceiling = ceiling,
                                                                    .revision = 1};
}

static int claim(const struct policy *const **policies, size_t *count)
{
    return policy_claimed(&host.library, &host.trust, &host.arena, policies, count, &host.error);
}

/* ---- as policies ---- */

static void names_and_places(void **state)
{
    const struct policy *const *policies;
    size_t count;

    (void)state;
    begin();
    add_claim("acme", NULL,
              "{'thwart': 1, 'name': 'baseline', 'process': {'capabilities': {'allow': ['CHOWN']}}}");
    add_claim("b", "built-in", "{'thwart': 1, 'process': {'capabilities': {'allow': ['KILL']}}}");
    add_claim("acme", NULL, "{'thwart': 1, 'description': 'x', 'tags': ['y'], 'resources': {'pids': 5}}");
    assert_int_equal(claim(&policies, &count), 0);
    assert_int_equal(count, 3);
    assert_string_equal(policies[0]->name, "claim-by-acme");
    assert_string_equal(policies[1]->name, "claim-by-b");
    assert_string_equal(policies[2]->name, "claim-by-acme-2");
    assert_string_equal(policies[0]->file, "claim:r.io/web:1");
    assert_int_equal(policies[0]->process.capabilities.set, 1); /* CAP_CHOWN */
    assert_int_equal(policies[0]->extends.count, 0);
    assert_string_equal(policies[1]->extends.items[0].text, "built-in");
    assert_int_equal(policies[2]->resources.pids.value, 5);
    assert_true(policies[2]->bounds_anything);
    for (size_t i = 0; i < count; i++) { /* what is kept with the container is read again */
        struct policy_problems problems = {0};
        const struct policy *again;

        assert_int_equal(policy_read(policies[i]->bytes, strlen(policies[i]->bytes), policies[i]->file, NULL,
                                     &host.arena, &problems, &again, &host.error),
                         0);
        assert_true(policy_equal(policies[i], again));
    }
}

static void among_the_policies(void **state)
{
    static const struct spec nothing;
    struct policy_set set;

    (void)state;
    begin();
    add_policy("mandatory", "'process': {'noNewPrivileges': true}");
    host.entries[0].mandatory = true;
    add_claim("acme", "built-in", "{'thwart': 1, 'process': {'capabilities': {'allow': ['CHOWN']}}}");
    assert_int_equal(policy_resolve(&host.library, &nothing, &host.trust, &host.arena, &set, &host.error), 0);
    assert_int_equal(set.count, 3);
    assert_string_equal(set.items[0].policy->name, "built-in");
    assert_int_equal(set.items[0].role, POLICY_ROLE_EXTENDED);
    assert_string_equal(set.items[1].policy->name, "claim-by-acme");
    assert_int_equal(set.items[1].role, POLICY_ROLE_VOLUNTEERED);
    assert_false(set.items[0].audit || set.items[1].audit);
    assert_string_equal(set.items[2].policy->name, "mandatory");
}

static void what_cannot_be_claimed(void **state)
{
    static const struct {
        const char *policy, *told;
    } cases[] = {
        {"{'thwart': 1, 'extends': ['unrestricted']}", "\"extends\" cannot be claimed"},
        {"{'thwart': 1, 'when': {}}", "\"when\" cannot be claimed"},
        {"{'thwart': 1, 'mode': 'audit'}", "\"mode\" cannot be claimed"},
        {"{'thwart': 1, 'audit': 'required'}", "\"audit\" cannot be claimed"},
        {"{'thwart': 1, 'revision': 1}", "\"revision\" cannot be claimed"},
        {"{'thwart': 1, 'image': {}}", "\"image\" cannot be claimed"},
        {"{'thwart': 1, 'namespaces': {}}", "\"namespaces\" cannot be claimed"},
        {"{'thwart': 1, 'hooks': {'allow': []}}", "\"hooks\" cannot be claimed"},
        {"{'thwart': 1, 'annotations': {}}", "\"annotations\" cannot be claimed"},
        {"{'thwart': 1, 'lifecycle': {'exec': 'deny'}}", "\"lifecycle\" cannot be claimed"},
        {"{'thwart': 1, 'unknownFields': 'refuse'}", "\"unknownFields\" cannot be claimed"},
        {"{'thwart': 1, 'drift': {}}", "\"drift\" cannot be claimed"},
        {"{'thwart': 1, 'onViolation': []}", "\"onViolation\" cannot be claimed"},
        {"{'thwart': 1, 'capabilities': {}}", "\"capabilities\" cannot be claimed"},
        {"{'name': 'a'}", "needs the key \"thwart\""},
        {"{'thwart': 2}", "version 2"},
        {"{'thwart': 1, 'process': {'capabilities': {'allow': ['CHWON']}}}", "did you mean \"CHOWN\""},
        {"{'thwart': 1, 'process': []}", "claim:r.io/web:1:"},
        {"{'thwart': 1, 'syscalls': {'profile': '/etc/shadow'}}", "profile"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct policy *const *policies;
        size_t count;

        begin();
        add_claim("acme", NULL, cases[i].policy);
        if (claim(&policies, &count) == 0 || host.error.kind != ERROR_INVALID ||
            strstr(host.error.message, cases[i].told) == NULL ||
            strstr(host.error.message, "the claim of \"acme\" in signature 1") == NULL)
            fail_msg("%s: %s", cases[i].policy, host.error.message);
        assert_int_equal(count, 0);
    }
}

static void a_name_is_one_policy(void **state)
{
    const struct policy *const *policies;
    size_t count;

    (void)state;
    begin();
    add_policy("claim-by-acme", "'process': {'noNewPrivileges': true}");
    add_claim("acme", NULL, "{'thwart': 1}");
    assert_int_equal(claim(&policies, &count), -1);
    assert_non_null(
        strstr(host.error.message, "/etc/claim-by-acme.json is named \"claim-by-acme\", as a claim is"));
}

/* ---- ceilings ---- */

static void ceilings(void **state)
{
    static const struct {
        const char *ceiling, *claim;
        const char *more; /* NULL: it is within */
    } cases[] = {
        /* Sets and lists. */
        {"'process': {'capabilities': {'allow': ['CHOWN', 'KILL']}}",
         "'process': {'capabilities': {'allow': ['CHOWN']}}", NULL},
        {"'process': {'capabilities': {'allow': ['CHOWN', 'KILL']}}",
         "'process': {'capabilities': {'allow': ['CHOWN', 'SYS_ADMIN']}}", "CAP_SYS_ADMIN"},
        {"'process': {'capabilities': {'allow': ['CHOWN', 'KILL']}}",
         "'process': {'capabilities': {'deny': ['KILL']}}", "CAP_SYS_ADMIN"},
        {"'process': {'capabilities': {'deny': ['SYS_ADMIN']}}",
         "'process': {'capabilities': {'allow': ['CHOWN']}}", NULL},
        {"'process': {'capabilities': {'deny': ['SYS_ADMIN']}}",
         "'process': {'capabilities': {'allow': ['SYS_ADMIN']}}", "CAP_SYS_ADMIN"},
        {"'process': {'user': {'uids': ['1000-2000']}}", "'process': {'user': {'uids': [1500]}}", NULL},
        {"'process': {'user': {'uids': ['1000-2000']}}", "'process': {'user': {'uids': ['1500-2500']}}",
         "1500-2500"},
        {"'sysctls': {'allow': ['net.ipv4.*']}", "'sysctls': {'allow': ['net.ipv4.ip_forward']}", NULL},
        {"'sysctls': {'allow': ['net.ipv4.*']}", "'sysctls': {'allow': ['kernel.*']}", "kernel.*"},
        {"'devices': {'allow': ['/dev/fuse']}", "'devices': {'allow': ['fuse']}", NULL},
        {"'devices': {'allow': ['null']}", "'devices': {'allow': ['fuse']}", "fuse"},
        {"'filesystem': {'mounts': {'sources': [{'path': '/srv', 'access': 'ro'}]}}",
         "'filesystem': {'mounts': {'sources': [{'path': '/srv/web', 'access': 'ro'}]}}", NULL},
        {"'filesystem': {'mounts': {'sources': [{'path': '/srv', 'access': 'ro'}]}}",
         "'filesystem': {'mounts': {'sources': [{'path': '/srv/web', 'access': 'rw'}]}}", "/srv/web"},
        {"'filesystem': {'mounts': {'sources': [{'path': '/srv', 'access': 'rw'}]}}",
         "'filesystem': {'mounts': {'sources': [{'path': '/', 'access': 'ro'}]}}", "\"/\""},
        /* Numbers. */
        {"'resources': {'memory': '1G'}", "'resources': {'memory': '512M'}", NULL},
        {"'resources': {'memory': '1G'}", "'resources': {'memory': '1G'}", NULL},
        {"'resources': {'memory': '1G'}", "'resources': {'memory': '2G'}", "2G"},
        {"'process': {'rlimits': {'NOFILE': 100}}", "'process': {'rlimits': {'NOFILE': 101}}", "101"},
        {"'process': {'oomScoreAdj': {'min': 0}}", "'process': {'oomScoreAdj': {'min': -5}}", "-5"},
        /* It narrows or refuses: no question of more. */
        {"'resources': {'memory': {'value': '1G', 'otherwise': 'refuse'}}",
         "'resources': {'memory': {'value': '1G', 'otherwise': 'narrow'}}", NULL},
        /* What it does not speak of, and what cannot be compared, the ceiling bounds beside it. */
        {"'resources': {'memory': '1G', 'pids': 10}", "'resources': {'pids': 5}", NULL},
        {"'resources': {'memory': '1G'}", "'resources': {'memory': 'unlimited'}", NULL},
        {"'process': {'rlimits': {'NOFILE': 100}}", "'process': {'rlimits': {'NPROC': 200}}", NULL},
        {"'process': {'environment': {'deny': ['*TOKEN*']}}", "'process': {'environment': {'deny': ['A']}}",
         NULL},
        {"'filesystem': {'maskedPaths': 'default'}", "'filesystem': {'maskedPaths': ['/proc/kcore']}", NULL},
        {"'syscalls': {'allow': ['read']}", "'syscalls': {'allow': ['read', 'write']}", NULL},
        {"'landlock': {'abi': 4, 'read': ['/a']}", "'landlock': {'abi': 4, 'read': ['/a', '/b']}", NULL},
        {"'hooks': {'allow': []}, 'namespaces': {'private': ['pid']}, 'image': {'integrity': 'manifest'}",
         "'resources': {'pids': 5}", NULL},
        /* On trial it bounds nothing yet: so it asks for nothing. */
        {"'resources': {'memory': '1G'}", "'resources': {'memory': {'value': '2G', 'mode': 'audit'}}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct policy *const *policies;
        size_t count;
        int result;

        begin();
        add_policy("top", cases[i].ceiling);
        add_claim("acme", "top", arena_format(&host.arena, "{'thwart': 1, %s}", cases[i].claim));
        result = claim(&policies, &count);
        if (cases[i].more == NULL ? result != 0
                                  : result == 0 || host.error.kind != ERROR_UNTRUSTED ||
                                        strstr(host.error.message, "asks for more") == NULL ||
                                        strstr(host.error.message, "ceiling \"top\"") == NULL)
            fail_msg("case %zu: %s", i, result == 0 ? "is within" : host.error.message);
    }
}

static void ceilings_extend(void **state)
{
    const struct policy *const *policies;
    size_t count;

    (void)state;
    begin();
    add_policy("middle", "'extends': ['built-in']");
    add_policy("top", "'extends': ['middle'], 'resources': {'pids': 9}");
    add_claim("acme", "top", "{'thwart': 1, 'process': {'capabilities': {'allow': ['CHOWN', 'SYS_ADMIN']}}}");
    assert_int_equal(claim(&policies, &count), -1);
    assert_non_null(strstr(host.error.message, "ceiling \"built-in\""));
}

static void ceilings_that_are_none(void **state)
{
    static const struct {
        const char *name, *members, *told;
    } cases[] = {
        {"other", "'resources': {'pids': 9}", "there is no policy \"top\""},
        {"top", "'mode': 'audit', 'resources': {'pids': 9}", "is in audit mode"},
        {"top", "'extends': ['nowhere']", "there is no policy \"nowhere\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct policy *const *policies;
        size_t count;

        begin();
        add_policy(cases[i].name, cases[i].members);
        add_claim("acme", "top", "{'thwart': 1}");
        assert_int_equal(claim(&policies, &count), -1);
        if (strstr(host.error.message, cases[i].told) == NULL)
            fail_msg("case %zu: %s", i, host.error.message);
    }
    begin();
    add_policy("a", "'extends': ['b']");
    add_policy("b", "'extends': ['a']");
    add_claim("acme", "a", "{'thwart': 1}");
    const struct policy *const *policies;
    size_t count;
    assert_int_equal(claim(&policies, &count), -1);
    assert_int_equal(host.error.kind, ERROR_LIMIT);
}

static int end(void **state)
{
    (void)state;
    arena_free(&host.arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(names_and_places, end),
        cmocka_unit_test_teardown(among_the_policies, end),
        cmocka_unit_test_teardown(what_cannot_be_claimed, end),
        cmocka_unit_test_teardown(a_name_is_one_policy, end),
        cmocka_unit_test_teardown(ceilings, end),
        cmocka_unit_test_teardown(ceilings_extend, end),
        cmocka_unit_test_teardown(ceilings_that_are_none, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
