/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which policies apply by what is proven about an image, and what has to be found out before. */
#include "policy_proof.h"

#include "policy/demand.h"
#include "policy/resolve.h"

/* ---- a library ---- */

struct shelf {
    struct arena arena;
    struct policy_entry entries[4];
    const struct policy *policies[4];
    struct policy_waiver waiver;
    struct policy_library library;
    struct json_notes notes;
    const struct spec *spec;
};

static int no_shipped(void *context, const char *name, struct arena *arena, const struct policy **policy,
                      struct error *error)
{
    (void)context;
    (void)name;
    (void)arena;
    (void)error;
    *policy = NULL;
    return 0;
}

static char *quoted(struct arena *arena, const char *text)
{
    char *copy = arena_string(arena, text);

    for (char *at = copy; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    return copy;
}

static void put_policy(struct shelf *shelf, const char *name, bool mandatory, const char *members)
{
    const char *text = quoted(&shelf->arena, arena_format(&shelf->arena, "{'thwart': 1, 'name': '%s'%s%s}",
                                                          name, members[0] != '\0' ? ", " : "", members));
    struct policy_problems problems = {0};
    struct error error;
    size_t at = shelf->library.count++;

    assert_true(at < ARRAY_LENGTH(shelf->entries));
    if (policy_read(text, strlen(text), arena_format(&shelf->arena, "%s.json", name), NULL, &shelf->arena,
                    &problems, &shelf->policies[at], &error) != 0)
        fail_msg("%s: %s", text, error.message);
    shelf->entries[at] = (struct policy_entry){.policy = shelf->policies[at], .mandatory = mandatory};
    shelf->library.items = shelf->entries;
    shelf->library.shipped = no_shipped;
}

static void put_request(struct shelf *shelf, const char *annotations)
{
    const char *text =
        quoted(&shelf->arena, arena_format(&shelf->arena,
                                           "{'ociVersion': '1.0.2', 'root': {'path': 'rootfs'}, 'process': "
                                           "{'cwd': '/', 'args': ['sh']}, 'annotations': {%s}}",
                                           annotations));
    struct error error;

    if (spec_parse(text, strlen(text), "config.json", &shelf->arena, &shelf->notes, &shelf->spec, &error) !=
        0)
        fail_msg("%s: %s", text, error.message);
}

/* The names of the policies that apply, or the error. */
static const char *chosen(struct shelf *shelf, const struct trust *trust)
{
    cleanup_text struct text text = text_growing(1 << 16);
    struct policy_set set;
    struct error error;

    if (policy_resolve(&shelf->library, shelf->spec, trust, &shelf->arena, &set, &error) != 0)
        return arena_string(&shelf->arena, error.message);
    for (size_t i = 0; i < set.count; i++)
        text_append_format(&text, "%s%s", i > 0 ? " " : "", set.items[i].policy->name);
    for (size_t i = 0; i < set.waiver_count; i++)
        text_append(&text, " waived");
    return arena_string(&shelf->arena, text.bytes != NULL ? text.bytes : "");
}

/* ---- selectors ---- */

/* "strict" is the default; "wide" is for some images. */
struct selector_row {
    const char *wide, *annotations;
    struct facts facts;
    const char *chosen;
};

#define WEB        "'when': {'image': ['registry.example.com/web/*']}"
#define NAMED(key) "'" key "': 'registry.example.com/web/app:1'"

static void selectors(void **state)
{
    static const struct selector_row rows[] = {
        /* The host's keys attest the name. */
        {WEB, "", {"", .host = '+'}, "wide"},
        {WEB, "", {"", .host = '+', .name = "registry.example.com/other/app:1"}, "strict"},
        {WEB, "", {"", .host = '+', .name = "docker.io/registry.example.com/web/app:1"}, "strict"},
        {WEB, "", {"", .host = '+', .name = "registry.example.com/web/deeper/app:1"}, "strict"},
        {WEB, "", {"", .host = '-'}, "strict"},
        {WEB, "", {""}, "strict"},
        /* A borrowed name proves nothing, wherever an engine writes it. */
        {WEB, NAMED("org.opencontainers.image.ref.name"), {""}, "strict"},
        {WEB, NAMED("io.kubernetes.cri.image-name"), {"", .host = '-'}, "strict"},
        {WEB, NAMED("io.kubernetes.cri-o.ImageName"), {"", .host = '+', .name = "quay.io/x/y:1"}, "strict"},
        /* Waived, an annotation is enough, and a signed name that nobody wrote there is not. */
        {"'when': {'image': ['registry.example.com/web/*'], 'trust': 'unverified'}",
         NAMED("org.opencontainers.image.ref.name"),
         {""},
         "wide"},
        {"'when': {'image': ['registry.example.com/web/*'], 'trust': 'unverified'}",
         "",
         {"", .host = '+'},
         "strict"},
        /* Both must hold. */
        {"'when': {'image': ['registry.example.com/web/*'], 'annotations': {'app': 'web'}}",
         "'app': 'web'",
         {"", .host = '+'},
         "wide"},
        {"'when': {'image': ['registry.example.com/web/*'], 'annotations': {'app': 'web'}}",
         "'app': 'db'",
         {"", .host = '+'},
         "strict"},
        {"'when': {'image': []}", "", {"", .host = '+'}, "strict"},
        /* With signers of its own a policy believes only them. */
        {WEB ", 'image': {" SIGNED "}", "", {"+"}, "wide"},
        {WEB ", 'image': {" SIGNED "}", "", {"-", .host = '+'}, "strict"},
        {WEB ", 'image': {" SIGNED "}", "", {"?", .host = '+'}, "strict"},
        {WEB ", 'image': {'signature': [{'keys': ['/a.asc']}, {'trust': 'policy.json'}]}",
         "",
         {"-+"},
         "wide"},
        {WEB ", 'image': {'integrity': 'bound-walk'}", "", {"", .host = '+'}, "wide"},
        /* On trial it reports, and the default bounds. */
        {WEB ", 'mode': 'audit', 'image': {" SIGNED "}", "", {"+"}, "strict wide"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct shelf shelf = {0};
        struct proof proof;

        put_policy(&shelf, "strict", false, "");
        put_policy(&shelf, "wide", true, rows[i].wide);
        shelf.library.default_policy = "strict";
        put_request(&shelf, rows[i].annotations);
        prove(&proof, &rows[i].facts, shelf.policies, shelf.library.count);
        if (strcmp(chosen(&shelf, &proof.trust), rows[i].chosen) != 0)
            fail_msg("row %zu: %s\nexpected %s, found %s", i, rows[i].wide, rows[i].chosen,
                     chosen(&shelf, &proof.trust));
        arena_free(&shelf.arena);
    }
}

/* The keys of one policy do not say which images another one is for. */
static void names_by_another_policys_keys(void **state)
{
    struct shelf shelf = {0};
    const struct facts first = {"+-", .host = '-'}, second = {"-+", .host = '-'};
    struct proof proof;

    (void)state;
    put_policy(&shelf, "one", true, WEB ", 'image': {" SIGNED "}");
    put_policy(&shelf, "other", true, WEB ", 'image': {'signature': {'keys': ['/b.asc']}}");
    put_policy(&shelf, "third", true, WEB);
    put_request(&shelf, "");
    prove(&proof, &first, shelf.policies, shelf.library.count);
    assert_string_equal(chosen(&shelf, &proof.trust), "one");
    prove(&proof, &second, shelf.policies, shelf.library.count);
    assert_string_equal(chosen(&shelf, &proof.trust), "other");
    arena_free(&shelf.arena);
}

static void waivers_for_images(void **state)
{
    static const struct policy_word web = {.text = "registry.example.com/web/*"};
    struct shelf shelf = {0};
    const struct facts by_host = {"-", .host = '+'}, by_policy = {"+", .host = '-'};
    struct proof proof;

    (void)state;
    put_policy(&shelf, "a", true, "'image': {" SIGNED "}");
    put_request(&shelf, NAMED("org.opencontainers.image.ref.name"));
    shelf.waiver.when = (struct policy_when){.present = true, .image = {&web, 1, true}};
    shelf.library.waivers = &shelf.waiver;
    shelf.library.waiver_count = 1;
    prove(&proof, &by_host, shelf.policies, shelf.library.count);
    assert_string_equal(chosen(&shelf, &proof.trust), "a waived");
    prove(&proof, &by_policy, shelf.policies, shelf.library.count);
    assert_string_equal(chosen(&shelf, &proof.trust), "a");
    arena_free(&shelf.arena);
}

static void annotated_claims(void **state)
{
    struct shelf shelf = {0};
    static const char policy[] = "{\"thwart\": 1, \"resources\": {\"pids\": 7}}";
    const struct json_limits limits = {0};
    struct json_value *value;
    struct trust trust = trust_of_nothing();
    struct trust_admitted claim = {.issuer = "site", .where = "signature 1", .reference = "r.example/x:1"};
    struct error error;

    (void)state;
    put_policy(&shelf, "a", true, "'resources': {'pids': 100}");
    put_request(&shelf, "'io.thwart.claim': '{}'");
    if (strstr(chosen(&shelf, &trust), "io.thwart.claim: no signature that counts carries this claim") ==
        NULL)
        fail_msg("%s", chosen(&shelf, &trust));
    assert_int_equal(json_read(policy, strlen(policy), "claim", &limits, &shelf.arena, &value, &error), 0);
    claim.policy = value;
    trust.claims = &claim;
    trust.claim_count = 1;
    /* Another than the one that was signed. */
    if (strstr(chosen(&shelf, &trust), "no signature that counts") == NULL)
        fail_msg("%s", chosen(&shelf, &trust));
    put_request(&shelf,
                "'io.thwart.claim': "
                "'{\\'policy\\': {\\'resources\\': {\\'pids\\': 7}, \\'thwart\\': 1}, \\'version\\': 1}'");
    assert_string_equal(chosen(&shelf, &trust), "a claim-by-site");
    put_request(&shelf, "");
    assert_string_equal(chosen(&shelf, &trust), "a claim-by-site");
    arena_free(&shelf.arena);
}

/* ---- demand ---- */

struct demand_row {
    const char *policies[3]; /* the first is the default; "*MEMBERS": mandatory */
    const char *annotations, *keyrings, *demand;
};

/* "POLICY requirements… LEVEL [reread] [digests N] [names]". */
static const char *demand_text(const struct trust_demand *demand, struct arena *arena)
{
    cleanup_text struct text text = text_growing(1 << 16);

    for (size_t i = 0; i < demand->requirement_count; i++) {
        const struct trust_requirement *requirement = demand->requirements[i];

        assert_true(requirement->of_host == (requirement == demand->namers));
        assert_true(requirement->of_host == (requirement->stands_for == NULL));
        /* The host's are asked for names, a policy's own where it selects by them. */
        assert_true(requirement->every_signature || !requirement->of_host);
        text_append_format(&text, "%s%s%s", requirement->of_host ? "host" : requirement->stands_for->name,
                           requirement->every_signature && !requirement->of_host ? "*" : "",
                           requirement->audit ? "? " : " ");
        for (size_t k = 0; k < requirement->keyring_count; k++)
            text_append_format(&text, "%s ", requirement->keyrings[k].path);
        if (requirement->document != NULL)
            text_append_format(&text, "%s ", requirement->document);
    }
    for (size_t i = 0; i < demand->digest_count; i++)
        text_append_format(&text, "%.10s ", demand->digests[i]);
    text_append_format(&text, "%s%s%s", trust_level_name(demand->level), demand->reread ? " reread" : "",
                       demand->claims ? " claims" : "");
    return arena_string(arena, text.bytes);
}

static void demands(void **state)
{
    static const struct demand_row rows[] = {
        {{""}, "", "", "none"},
        {{"'resources': {'pids': 7}", "*'process': {'noNewPrivileges': true}"}, "", "/k.asc", "none"},
        /* The default, where nothing enforced applies for sure. */
        {{"'image': {" SIGNED "}"}, "", "", "policy a (a.json:1) /a.asc none"},
        {{"'image': {" SIGNED "}", "*'resources': {'pids': 7}"}, "", "", "none"},
        {{"'image': {" SIGNED "}", "*'mode': 'audit', 'resources': {'pids': 7}"},
         "",
         "",
         "policy a (a.json:1) /a.asc none"},
        {{"'image': {" SIGNED "}", "*" WEB}, "", "", "policy a (a.json:1) /a.asc none"},
        {{"'image': {" SIGNED "}", "*" WEB}, "", "/k.asc", "policy a (a.json:1) /a.asc host /k.asc none"},
        /* Annotations exclude, images cannot. */
        {{"", "*'when': {'annotations': {'app': 'web'}}, 'image': {" SIGNED "}"}, "'app': 'db'", "", "none"},
        {{"", "*'when': {'annotations': {'app': 'web'}}, 'image': {" SIGNED "}"},
         "'app': 'web'",
         "",
         "policy b (b.json:1) /a.asc none"},
        {{"", "*" WEB ", 'image': {" SIGNED "}"}, "", "/k.asc", "policy b (b.json:1)* /a.asc none"},
        {{"", "*'when': {'image': ['x/**'], 'annotations': {'app': 'web'}}, 'image': {" SIGNED "}"},
         "'app': 'db'",
         "/k.asc",
         "none"},
        {{"",
          "*'when': {'image': ['registry.example.com/**'], 'trust': 'unverified'}, 'image': {" SIGNED "}"},
         "",
         "/k.asc",
         "none"},
        {{"",
          "*'when': {'image': ['registry.example.com/**'], 'trust': 'unverified'}, 'image': {" SIGNED "}"},
         NAMED("org.opencontainers.image.ref.name"),
         "/k.asc",
         "policy b (b.json:1) /a.asc none"},
        {{"", "*'when': {'image': []}, 'image': {" SIGNED "}"}, "", "/k.asc", "none"},
        /* Volunteered, and extended. */
        {{"", "'image': {" SIGNED "}"}, "", "", "none"},
        {{"", "'image': {" SIGNED "}"}, "'io.thwart.policy': 'b'", "", "policy b (b.json:1) /a.asc none"},
        {{"", "'image': {" SIGNED "}", "*'extends': ['b']"}, "", "", "policy b (b.json:1) /a.asc none"},
        {{"", "'image': {" SIGNED "}", "*'extends': ['b'], 'mode': 'audit'"},
         "",
         "",
         "policy b (b.json:1)? /a.asc none"},
        /* On trial. */
        {{"", "*'mode': 'audit', 'image': {" SIGNED "}"}, "", "", "policy b (b.json:1)? /a.asc none"},
        {{"", "*'image': {'signature': {'keys': ['/a.asc'], 'mode': 'audit'}}"},
         "",
         "",
         "policy b (b.json:1)? /a.asc none"},
        /* Keys of the host fill in. */
        {{"", "*'image': {'signature': {'fingerprints': ['" KEY_ONE "']}}"},
         "",
         "/k.asc",
         "policy b (b.json:1) /k.asc none"},
        {{"", "*'image': {'signature': {}}"}, "", "", "policy b (b.json:1) none"},
        {{"", "*'image': {'signature': {'trust': 'policy.json'}}"},
         "",
         "/k.asc",
         "policy b (b.json:1) /etc/containers/policy.json none"},
        {{"", "*'image': {'signature': [{'keys': ['/a.asc']}, {'keys': ['/b.asc']}]}"},
         "",
         "",
         "policy b (b.json:1) /a.asc policy b (b.json:1) /b.asc none"},
        /* Levels: the highest, and always wins. */
        {{"", "*'image': {" SIGNED ", 'integrity': 'manifest'}"},
         "",
         "",
         "policy b (b.json:1) /a.asc bound-walk reread"},
        {{"", "*'image': {" SIGNED ", 'integrity': 'manifest-only'}"},
         "",
         "",
         "policy b (b.json:1) /a.asc manifest-only"},
        {{"", "*'image': {" SIGNED ", 'integrity': {'value': 'bound-layers', 'reread': 'once-per-boot'}}"},
         "",
         "",
         "policy b (b.json:1) /a.asc bound-layers"},
        {{"",
          "*'image': {'digests': ['" DIGEST "'], 'integrity': {'value': 'bound-layers', 'reread': "
          "'once-per-boot'}}",
          "*'image': {'digests': ['" OTHER "'], 'integrity': 'bound-walk'}"},
         "",
         "/k.asc",
         "sha256:012 sha256:fff bound-layers reread"},
        /* Somebody has to vouch for the manifest. */
        {{"", "*'image': {'integrity': 'bound-walk'}"}, "", "/k.asc", "host /k.asc bound-walk reread"},
        {{"", "*'image': {'integrity': 'bound-walk'}"}, "", "", "bound-walk reread"},
        {{"", "*'image': {'integrity': {'value': 'bound-walk', 'mode': 'audit'}}"},
         "",
         "/k.asc",
         "host? /k.asc bound-walk reread"},
        {{"", "*'image': {'integrity': 'none'}"}, "", "/k.asc", "none"},
        {{"", "*'image': {'digests': ['" DIGEST "']}"}, "", "/k.asc", "sha256:012 none"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        static const char *const names[] = {"a", "b", "c"};
        struct configuration configuration = configuration_default();
        const char *keyrings[] = {rows[i].keyrings};
        struct shelf shelf = {0};
        struct trust_demand demand;
        struct error error;
        const char *found;

        for (size_t k = 0; k < ARRAY_LENGTH(names) && rows[i].policies[k] != NULL; k++)
            put_policy(&shelf, names[k], rows[i].policies[k][0] == '*',
                       rows[i].policies[k] + (rows[i].policies[k][0] == '*'));
        shelf.library.default_policy = "a";
        put_request(&shelf, rows[i].annotations);
        configuration.keyrings =
            (struct json_strings){.items = keyrings, .count = rows[i].keyrings[0] != '\0', .present = true};
        if (policy_demand(&shelf.library, &configuration, shelf.spec, &shelf.arena, &demand, &error) != 0)
            fail_msg("row %zu: %s", i, error.message);
        found = demand_text(&demand, &shelf.arena);
        if (strcmp(found, rows[i].demand) != 0)
            fail_msg("row %zu: %s, %s\nexpected %s\nfound    %s", i, rows[i].policies[0],
                     rows[i].policies[1] != NULL ? rows[i].policies[1] : "", rows[i].demand, found);
        assert_int_equal(trust_demand_is_empty(&demand), strcmp(rows[i].demand, "none") == 0);
        arena_free(&shelf.arena);
    }
}

static void demands_of_waivers_and_claims(void **state)
{
    static const struct policy_word web = {.text = "registry.example.com/web/*"};
    static const struct trust_issuer issuer = {.name = "site", .ceiling = "b"};
    const char *keyrings[] = {"/k.asc"};
    struct configuration configuration = configuration_default();
    struct shelf shelf = {0};
    struct trust_demand demand;
    struct error error;

    (void)state;
    configuration.keyrings = (struct json_strings){.items = keyrings, .count = 1, .present = true};
    put_policy(&shelf, "a", true, "");
    put_policy(&shelf, "b", false, "'image': {'signature': {'keys': ['/b.asc']}}");
    put_request(&shelf, "");
    shelf.waiver.when = (struct policy_when){.present = true, .image = {&web, 1, true}};
    shelf.library.waivers = &shelf.waiver;
    shelf.library.waiver_count = 1;
    assert_int_equal(policy_demand(&shelf.library, &configuration, shelf.spec, &shelf.arena, &demand, &error),
                     0);
    assert_string_equal(demand_text(&demand, &shelf.arena), "host? /k.asc none");
    /* A claim's ceiling applies beside it, so what that one asks has to be known. */
    shelf.library.waiver_count = 0;
    configuration.issuers = &issuer;
    configuration.issuer_count = 1;
    assert_int_equal(policy_demand(&shelf.library, &configuration, shelf.spec, &shelf.arena, &demand, &error),
                     0);
    assert_string_equal(demand_text(&demand, &shelf.arena),
                        "policy b (b.json:1) /b.asc host /k.asc none claims");
    arena_free(&shelf.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors),
        cmocka_unit_test(names_by_another_policys_keys),
        cmocka_unit_test(waivers_for_images),
        cmocka_unit_test(annotated_claims),
        cmocka_unit_test(demands),
        cmocka_unit_test(demands_of_waivers_and_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
