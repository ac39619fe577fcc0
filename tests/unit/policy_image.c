/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What policies say of what is proven about an image: rules TW0101 to TW0104, selectors by attested names,
 * and what has to be found out before. */
#include "policy_fixture.h"

#include "policy/demand.h"
#include "policy/resolve.h"
#include "policy/waiver.h"
#include "trust/binding.h"

#define KEY_ONE "0123456789ABCDEF0123456789ABCDEF01234567"
#define KEY_TWO "89ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define HEX     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST  "sha256:" HEX
#define OTHER   "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

enum { VERDICTS_MAX = 8 };

/* ---- what is proven ---- */

struct facts {
    const char
        *verdicts;    /* one for each requirement of the policies, in their order: '+', '-', '?' unasked */
    char host;        /* the same, by thwart.json's keyrings */
    const char *name; /* what the first met one attests; NULL: web:1 */
    enum trust_level level;
    const char *digest, *level_reason, *claim_refused;
    size_t differences;
    const char *seal;  /* the level was reached by this list */
    const char *seals; /* lists that each requirement's signatures sign, a character each; ' ': none */
    char host_seal;
    enum trust_level unsealed; /* with seal: without the list */
};

struct proof {
    struct trust trust;
    struct trust_requirement asked[VERDICTS_MAX];
    struct trust_verdict verdicts[VERDICTS_MAX];
    struct trust_name names[VERDICTS_MAX];
    char seal_text[VERDICTS_MAX][2];
    const char *seals[VERDICTS_MAX];
};

/* verdict 'o': met, as anything is accepted. */
static void add_verdict(struct proof *proof, const struct trust_requirement *written, char verdict, char seal,
                        const char *name)
{
    const size_t at = proof->trust.verdict_count;
    struct trust_requirement *asked = &proof->asked[at];

    if (verdict != '+' && verdict != '-' && verdict != 'o')
        return;
    assert_true(at < VERDICTS_MAX);
    if (written != NULL)
        *asked = *written;
    asked->stands_for = written;
    asked->of_host = written == NULL;
    proof->verdicts[at] = (struct trust_verdict){
        .requirement = asked,
        .met = verdict != '-',
        .reason = verdict != '-' ? "signed by ABCD" : "no signature was found",
        .reference = verdict == '+' ? name : NULL,
        .seals = &proof->seals[at],
        .seal_count = seal != ' ' && seal != '\0',
    };
    proof->seal_text[at][0] = seal;
    proof->seals[at] = proof->seal_text[at];
    proof->trust.verdict_count++;
    if (verdict == '+')
        proof->names[proof->trust.name_count++] = (struct trust_name){name, asked};
}

static void prove(struct proof *proof, const struct facts *facts, const struct policy *const *policies,
                  size_t count)
{
    static const struct trust_difference differences[] = {{TRUST_CHANGED, "/usr/bin/x", "contents"},
                                                          {TRUST_ADDED, "/etc/evil\n", "layer 2"},
                                                          {TRUST_MISSING, "/bin/sh", ""},
                                                          {TRUST_CHANGED, "/a", "mode 0755, signed 0644"},
                                                          {TRUST_CHANGED, "/b", NULL},
                                                          {TRUST_CHANGED, "/c", NULL},
                                                          {TRUST_CHANGED, "/d", NULL}};
    const char *name = facts->name != NULL ? facts->name : "registry.example.com/web/app:1";
    const char *verdict = facts->verdicts != NULL ? facts->verdicts : "";
    const char *seal = facts->seals != NULL ? facts->seals : "        ";

    *proof = (struct proof){.trust = trust_of_nothing()};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < policies[i]->image.signature.count; k++)
            if (*verdict != '\0')
                add_verdict(proof, &policies[i]->image.signature.items[k].requirement, *verdict++, *seal++,
                            name);
    add_verdict(proof, NULL, facts->host, facts->host_seal, name);
    proof->trust.verdicts = proof->verdicts;
    proof->trust.names = proof->names;
    proof->trust.level = facts->level;
    proof->trust.seal = facts->seal;
    proof->trust.unsealed_level = facts->seal != NULL ? facts->unsealed : facts->level;
    proof->trust.manifest_digest = facts->digest;
    proof->trust.found = facts->digest != NULL ? "containers-storage image 0123" : "";
    proof->trust.level_reason = facts->level_reason != NULL ? facts->level_reason : "";
    proof->trust.claim_refused = facts->claim_refused;
    assert_true(facts->differences <= ARRAY_LENGTH(differences));
    proof->trust.differences = differences;
    proof->trust.difference_count = facts->differences;
    proof->trust.differences_more = facts->differences == ARRAY_LENGTH(differences) ? 15 : 0;
}

/* ---- rules ---- */

struct image_row {
    const char *policies[3]; /* their section "image", and more behind it */
    struct facts facts;
    const char *findings, *says; /* says: a piece of the first finding's reason, or of what it requested */
};

static void check_row(size_t number, const struct image_row *row)
{
    struct fixture fixture = {0};
    const struct policy *policies[3];
    struct proof proof;
    size_t count = 0;

    for (; count < ARRAY_LENGTH(row->policies) && row->policies[count] != NULL; count++) {
        fixture_policy(&fixture, arena_format(&fixture.arena, "'image': %s", row->policies[count]));
        policies[count] = fixture.applied[count].policy;
    }
    prove(&proof, &row->facts, policies, count);
    fixture.trust = &proof.trust;
    fixture_request(&fixture, "", "", "");
    fixture_decide(&fixture);
    if (strcmp(fixture_findings(&fixture), row->findings) != 0)
        fail_msg("row %zu: %s\nexpected\n%s\nfound\n%s", number, row->policies[0], row->findings,
                 fixture_findings(&fixture));
    if (row->says != NULL) {
        const struct policy_finding *finding = &fixture.decision.findings[0];

        assert_true(fixture.decision.finding_count > 0);
        if (strstr(finding->reason, row->says) == NULL && strstr(finding->requested, row->says) == NULL)
            fail_msg("row %zu: \"%s\" is not in\n%s\n%s", number, row->says, finding->reason,
                     finding->requested);
        assert_null(strchr(finding->reason, '\n'));
        assert_true(finding->allow[0] != '\0');
    }
    fixture_end(&fixture);
}

static void check_rows(const struct image_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(i, &rows[i]);
}

#define SIGNED "'signature': {'keys': ['/a.asc']}"

static void signatures(void **state)
{
    static const struct image_row rows[] = {
        {{"{" SIGNED "}"}, {"+", .digest = DIGEST}, "", NULL},
        {{"{" SIGNED "}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "the image must be signed: no signature was found"},
        {{"{" SIGNED "}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         DIGEST " (containers-storage image"},
        {{"{" SIGNED "}"}, {"-"}, "refused TW0101 / a\n", "an unknown image"},
        /* Nobody looked: nothing is proven. */
        {{"{" SIGNED "}"}, {"?"}, "refused TW0101 / a\n", "nothing is proven about this bundle"},
        {{"{" SIGNED "}"}, {"?", .digest = DIGEST}, "refused TW0101 / a\n", "nobody looked"},
        /* The host's keys are not the policy's. */
        {{"{" SIGNED "}"}, {"?", .host = '+', .digest = DIGEST}, "refused TW0101 / a\n", "nobody looked"},
        {{"{" SIGNED "}"}, {"-", .host = '+', .digest = DIGEST}, "refused TW0101 / a\n", NULL},
        /* Neither is what makes others content. */
        {{"{" SIGNED "}", "{'signature': {'keys': ['/b.asc']}}"},
         {"-+", .digest = DIGEST},
         "refused TW0101 / a\n",
         NULL},
        {{"{" SIGNED "}", "{'signature': {'keys': ['/b.asc']}}"},
         {"--", .digest = DIGEST},
         "refused TW0101 / a\nrefused TW0101 / b\n",
         NULL},
        /* Several: all of them. */
        {{"{'signature': [{'keys': ['/a.asc']}, {'keys': ['/b.asc']}, {'trust': 'policy.json'}]}"},
         {"+++", .digest = DIGEST},
         "",
         NULL},
        {{"{'signature': [{'keys': ['/a.asc']}, {'keys': ['/b.asc']}, {'trust': 'policy.json'}]}"},
         {"-+-", .digest = DIGEST},
         "refused TW0101 / a/0\nrefused TW0101 / a/2\n",
         NULL},
        {{"{'signature': {'trust': 'policy.json'}}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "must be accepted by /etc/containers/policy.json"},
        {{"{'signature': {'fingerprints': ['" KEY_ONE "', '" KEY_TWO "'], 'keys': ['/a.asc']}}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "signed by 2 of 2 keys"},
        {{"{'signature': {'require': 3, 'keys': ['/a.asc']}}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "signed by 3 keys"},
        /* No source of keys at all. */
        {{"{'signature': {'fingerprints': ['" KEY_ONE "']}}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "no keys are named: neither \"keys\" in the policy nor \"keyrings\" in thwart.json"},
        /* Audit mode, of the rule or of the policy, refuses nobody. */
        {{"{'signature': {'keys': ['/a.asc'], 'mode': 'audit'}}"},
         {"-", .digest = DIGEST},
         "would-refuse TW0101 / a\n",
         NULL},
        {{"{'signature': {'value': [{'keys': ['/a.asc']}], 'mode': 'audit'}}"},
         {"-"},
         "would-refuse TW0101 / a\n",
         NULL},
        {{"{'signature': {'keys': ['/a.asc']}, 'digests': [], 'integrity': 'bound-verity'}, 'mode': 'audit'"},
         {"-"},
         "would-refuse TW0101 / a\nwould-refuse TW0102 /\nwould-refuse TW0103 / a/bound-verity\n",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void digests(void **state)
{
    static const struct image_row rows[] = {
        {{"{'digests': ['" OTHER "', '" DIGEST "']}"}, {"", .digest = DIGEST}, "", NULL},
        {{"{'digests': ['" OTHER "']}"}, {"", .digest = DIGEST}, "refused TW0102 /\n", "and has " DIGEST},
        {{"{'digests': ['" DIGEST "']}"}, {""}, "refused TW0102 /\n", "nothing is proven about this bundle"},
        {{"{'digests': ['" DIGEST "']}"},
         {"", .level_reason = "docker keeps no manifests"},
         "refused TW0102 /\n",
         "listed digests: docker keeps no manifests"},
        {{"{'digests': []}"}, {"", .digest = DIGEST}, "refused TW0102 /\n", NULL},
        /* Each list by itself. */
        {{"{'digests': ['" DIGEST "']}", "{'digests': ['" OTHER "']}"},
         {"", .digest = DIGEST},
         "refused TW0102 /\n",
         NULL},
        {{"{'digests': {'value': ['" OTHER "'], 'mode': 'audit'}}"},
         {"", .digest = DIGEST},
         "would-refuse TW0102 /\n",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void integrity(void **state)
{
    static const struct image_row rows[] = {
        {{"{'integrity': 'none'}"}, {""}, "granted TW0001 /\n", NULL},
        {{"{" SIGNED ", 'integrity': 'none'}"}, {"+", .digest = DIGEST}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'manifest-only'}"}, {"+", .level = TRUST_MANIFEST_ONLY}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'manifest'}"}, {"+", .level = TRUST_BOUND_WALK}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'manifest'}"}, {"+", .level = TRUST_BOUND_VERITY}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'bound-layers'}"}, {"+", .level = TRUST_BOUND_LAYERS}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'bound-layers'}"},
         {"+", .level = TRUST_BOUND_WALK, .level_reason = "the upper directory is not empty"},
         "refused TW0103 / bound-layers\n",
         "(bound-layers), and are proven as bound-walk: the upper directory is not empty"},
        {{"{" SIGNED ", 'integrity': 'bound-verity'}"},
         {"+", .level = TRUST_BOUND_LAYERS, .level_reason = "r"},
         "refused TW0103 / bound-verity\n",
         NULL},
        /* Files are named, not all of them, and on one line. */
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"+", .level = TRUST_MANIFEST_ONLY, .level_reason = "3 files differ", .differences = 3},
         "refused TW0103 / bound-walk\n",
         "3 files differ; /usr/bin/x was changed (contents); /etc/evil\\x0a was added (layer 2); /bin/sh is "
         "missing"},
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"+", .level = TRUST_MANIFEST_ONLY, .level_reason = "files differ", .differences = 7},
         "refused TW0103 / bound-walk\n",
         "; /b was changed; and 17 more"},
        /* Its own signers vouch for the manifest, nobody else's. */
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"-", .host = '+', .level = TRUST_BOUND_VERITY},
         "refused TW0101 / a\nrefused TW0103 / a/bound-walk\n",
         NULL},
        {{"{'integrity': 'bound-walk'}", "{" SIGNED "}"},
         {"+", .level = TRUST_BOUND_VERITY},
         "refused TW0103 / a/bound-walk\n",
         "the policy names neither signers nor digests, and thwart.json no \"keyrings\""},
        {{"{'integrity': 'bound-walk'}", "{'digests': ['" DIGEST "']}"},
         {"", .level = TRUST_BOUND_VERITY, .digest = DIGEST},
         "refused TW0103 / a/bound-walk\n",
         NULL},
        {{"{'integrity': 'bound-walk'}"}, {"", .host = '+', .level = TRUST_BOUND_WALK}, "", NULL},
        {{"{'integrity': 'bound-walk'}"},
         {"", .host = '-', .level = TRUST_BOUND_WALK},
         "refused TW0103 / a/bound-walk\n",
         "by thwart.json's keyrings: no signature was found"},
        /* A digest is a root as well. */
        {{"{'digests': ['" DIGEST "'], 'integrity': 'bound-walk'}"},
         {"", .level = TRUST_BOUND_WALK, .digest = DIGEST},
         "",
         NULL},
        {{"{'digests': ['" OTHER "'], 'integrity': 'bound-walk'}"},
         {"", .host = '+', .level = TRUST_BOUND_WALK, .digest = DIGEST},
         "refused TW0102 /\nrefused TW0103 / a/bound-walk\n",
         NULL},
        /* A signer on trial vouches for nothing that he did not sign. */
        {{"{'signature': {'keys': ['/a.asc'], 'mode': 'audit'}, 'integrity': 'bound-walk'}"},
         {"-", .level = TRUST_BOUND_WALK},
         "refused TW0103 / a/bound-walk\nwould-refuse TW0101 / a\n",
         NULL},
        {{"{" SIGNED ", 'integrity': {'value': 'bound-walk', 'mode': 'audit'}}"},
         {"+", .level = TRUST_MANIFEST_ONLY, .digest = DIGEST},
         "would-refuse TW0103 / bound-walk\n",
         NULL},
        /* The highest of several counts, each by itself. */
        {{"{" SIGNED ", 'integrity': 'bound-walk'}", "{" SIGNED ", 'integrity': 'bound-layers'}"},
         {"++", .level = TRUST_BOUND_WALK, .digest = DIGEST},
         "refused TW0103 / bound-layers\n",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

/* A list of files proves something to those alone who accept its signer. */
static void lists_of_others(void **state)
{
    static const struct image_row rows[] = {
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"+", .level = TRUST_BOUND_WALK, .seal = "1", .seals = "1", .unsealed = TRUST_MANIFEST_ONLY},
         "",
         NULL},
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"+", .level = TRUST_BOUND_WALK, .seal = "1", .seals = "2", .unsealed = TRUST_MANIFEST_ONLY},
         "refused TW0103 / a/bound-walk\n",
         "and are proven as manifest-only: the list of files is signed by nobody whom the policy accepts"},
        {{"{" SIGNED ", 'integrity': 'bound-walk'}",
          "{'signature': {'keys': ['/b.asc']}, 'integrity': 'bound-verity'}"},
         {"++", .level = TRUST_BOUND_VERITY, .seal = "1", .seals = " 1", .unsealed = TRUST_MANIFEST_ONLY},
         "refused TW0103 / a/bound-walk\n",
         NULL},
        /* The layers go by the manifest, which both signed. */
        {{"{" SIGNED ", 'integrity': 'bound-walk'}",
          "{'signature': {'keys': ['/b.asc']}, 'integrity': 'bound-verity'}"},
         {"++", .level = TRUST_BOUND_VERITY, .seal = "1", .seals = " 1", .unsealed = TRUST_BOUND_LAYERS},
         "",
         NULL},
        {{"{'integrity': 'bound-walk'}"},
         {"", .host = '+', .level = TRUST_BOUND_WALK, .seal = "1", .host_seal = '1'},
         "",
         NULL},
        {{"{'integrity': 'bound-walk'}", "{'signature': {'keys': ['/b.asc']}}"},
         {"+", .host = '+', .level = TRUST_BOUND_WALK, .seal = "1", .seals = "1",
          .unsealed = TRUST_MANIFEST_ONLY},
         "refused TW0103 / a/bound-walk\n",
         NULL},
        /* A digest names a manifest and no list. */
        {{"{'digests': ['" DIGEST "'], 'integrity': 'bound-walk'}"},
         {"", .host = '+', .level = TRUST_BOUND_WALK, .seal = "1", .host_seal = '1', .digest = DIGEST,
          .unsealed = TRUST_MANIFEST_ONLY},
         "refused TW0103 / a/bound-walk\n",
         NULL},
        /* One of several signers is enough. */
        {{"{'signature': [{'keys': ['/a.asc']}, {'keys': ['/b.asc']}], 'integrity': 'bound-walk'}"},
         {"++", .level = TRUST_BOUND_WALK, .seal = "1", .seals = " 1", .unsealed = TRUST_MANIFEST_ONLY},
         "",
         NULL},
        /* Who accepts anything has nobody who vouches. */
        {{"{'signature': {'trust': 'policy.json'}, 'integrity': 'bound-walk'}", "{" SIGNED "}"},
         {"o+", .level = TRUST_BOUND_LAYERS},
         "refused TW0103 / a/bound-walk\n",
         "accepts anything, and vouches for nothing"},
        {{"{'signature': [{'trust': 'policy.json'}, {'keys': ['/a.asc']}], 'integrity': 'bound-walk'}"},
         {"o+", .level = TRUST_BOUND_LAYERS},
         "",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void a_refused_claim(void **state)
{
    static const struct image_row rows[] = {
        {{"{" SIGNED "}"},
         {"+", .digest = DIGEST, .claim_refused = "signature 1: the claim has expired"},
         "refused TW0104 /\n",
         "signature 1: the claim has expired"},
        /* Whoever has no bound gets none by an author's that is broken. */
        {{"{'integrity': 'none'}"},
         {"", .claim_refused = "older than revision 7"},
         "refused TW0104 /\ngranted TW0001 /\n",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void a_waiver_lets_pass(void **state)
{
    struct fixture fixture = {0};
    const struct facts facts = {"-", .digest = DIGEST};
    struct proof proof;
    const struct policy *policy;

    (void)state;
    fixture_policy(&fixture, "'image': {" SIGNED "}");
    policy = fixture.applied[0].policy;
    prove(&proof, &facts, &policy, 1);
    fixture.trust = &proof.trust;
    fixture.waivers[0] = (struct policy_waiver){
        .file = "w.json", .rule = "TW0101", .subject = "a", .owner = "me", .reason = "r", .expires_s = 10};
    fixture.set.waivers = fixture.waivers;
    fixture.set.waiver_count = 1;
    fixture_request(&fixture, "", "", "");
    fixture_decide(&fixture);
    fixture_expect(&fixture, "granted TW0101 / a\n");
    fixture_end(&fixture);
}

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
        cmocka_unit_test(signatures),
        cmocka_unit_test(digests),
        cmocka_unit_test(integrity),
        cmocka_unit_test(lists_of_others),
        cmocka_unit_test(a_refused_claim),
        cmocka_unit_test(a_waiver_lets_pass),
        cmocka_unit_test(selectors),
        cmocka_unit_test(names_by_another_policys_keys),
        cmocka_unit_test(waivers_for_images),
        cmocka_unit_test(annotated_claims),
        cmocka_unit_test(demands),
        cmocka_unit_test(demands_of_waivers_and_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
