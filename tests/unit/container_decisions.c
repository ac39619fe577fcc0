/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of decisions in their three forms. With a file's name as its argument the program writes them there,
 * for tests/golden/decision_schema.sh. */
#include "unit.h"

#include "base/memory.h"
#include "container/decision_events.h"
#include "container/record.h"

static FILE *documents;

static const struct policy_finding_source sources[] = {{"web", "/etc/thwart/policies/web.json", 7, 3},
                                                       {"base", "base.json", 12, 5}};
static struct policy web = {
    .name = "web", .file = "/etc/thwart/policies/web.json", .description = "For \"the\" web", .revision = 3};
static struct policy base = {.name = "base", .file = "base.json"};
static struct policy by_default = {.name = "default"};
static struct policy volunteered = {.name = "mine"};
static const struct policy_applied applied[] = {
    {&base, POLICY_ROLE_EXTENDED, false},
    {&by_default, POLICY_ROLE_DEFAULT, false},
    {&volunteered, POLICY_ROLE_VOLUNTEERED, true},
    {&web, POLICY_ROLE_MANDATORY, false},
};
static const struct policy_set set = {.items = applied, .count = ARRAY_LENGTH(applied)};

static const struct decision_event_stamp stamp = {
    .time = "2026-01-31T23:59:59.123456789Z",
    .time_ms = 1769903999123,
    .boot_id = "01234567-89ab-cdef-0123-456789abcdef",
    .host = "h1",
    .sequence = 4,
    .dropped = 1,
};

static const struct policy_finding whole = {
    .rule = "TW0301",
    .effect = POLICY_REFUSED,
    .pointer = "/mounts/0/source",
    .subject = "/run/docker.sock",
    .requested = "rw",
    .granted = "nothing",
    .reason = "the engine's \"socket\"",
    .allow = "name it in filesystem.mounts.sources",
    .sources = sources,
    .source_count = ARRAY_LENGTH(sources),
    .waiver = "ops until 2027-03-31: moving away",
    .line = 20,
    .column = 9,
};

static struct policy_finding finding_of(const char *rule, enum policy_effect effect)
{
    return (struct policy_finding){.rule = rule,
                                   .effect = effect,
                                   .pointer = "/process",
                                   .reason = "because",
                                   .sources = sources,
                                   .source_count = 1};
}

static const char *image_names[] = {"docker.io/library/web:1", "registry.example.com/web:1"};
static const char *image_keys[] = {"0123456789ABCDEF0123456789ABCDEF01234567"};
static const char *image_issuers[] = {"ci"};
static const struct record_image image = {
    .found = "containers-storage image 01ab",
    .manifest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .names = {image_names, 2, true},
    .keys = {image_keys, 1, true},
    .issuers = {image_issuers, 1, true},
    .reason = "usr/bin/x differs from \"layer 2\"",
};

static struct decision_event event_of(const struct policy_decision *decision)
{
    return (struct decision_event){
        .action = "create",
        .id = "c1",
        .bundle = "/srv/bundle",
        .config_digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        .trust = "none",
        .policies = &set,
        .decision = decision,
    };
}

/* The line in this form, kept for the schema. */
static const char *line_of(const struct decision_event *event, const char *format, size_t bytes_max)
{
    static struct text text;

    text_free(&text);
    text = text_growing(bytes_max);
    decision_event_encode(&text, event, &stamp, format);
    assert_false(text.overflow);
    assert_int_equal(text.bytes[text.length - 1], '\n');
    assert_null(memchr(text.bytes, '\n', text.length - 1));
    if (documents != NULL)
        assert_true(fputs(text.bytes, documents) >= 0);
    return text.bytes;
}

static void keep_all_forms(const struct decision_event *event)
{
    line_of(event, "thwart", 1 << 20);
    line_of(event, "ecs", 1 << 20);
    line_of(event, "ocsf", 1 << 20);
}

static void assert_has(const char *line, const char *part)
{
    if (strstr(line, part) == NULL)
        fail_msg("no %s in %s", part, line);
}

static void everything(void **state)
{
    struct policy_finding findings[] = {whole, finding_of("TW0205", POLICY_NARROWED)};
    const struct policy_decision decision = {.findings = findings, .finding_count = 2, .refused = true};
    struct decision_event event = event_of(&decision);
    const char *line;

    (void)state;
    keep_all_forms(&event);
    line = line_of(&event, "thwart", 1 << 20);
    assert_has(line,
               "{\"type\":\"decision\",\"schema\":1,\"time\":\"2026-01-31T23:59:59.123456789Z\","
               "\"bootId\":\"01234567-89ab-cdef-0123-456789abcdef\",\"host\":\"h1\",\"sequence\":4,"
               "\"dropped\":1,\"action\":\"create\",\"effect\":\"refused\",\"container\":{\"id\":\"c1\","
               "\"bundle\":\"/srv/bundle\",\"configDigest\":\"sha256:0123");
    assert_has(line, "\"role\":\"volunteered\",\"mode\":\"audit\"");
    assert_has(line, "\"reason\":\"the engine's \\\"socket\\\"\"");
    line = line_of(&event, "ecs", 1 << 20);
    assert_has(line, "\"message\":\"create c1: refused by TW0301 of web: the engine's \\\"socket\\\"\"");
    assert_has(line, "\"kind\":\"alert\",\"category\":[\"intrusion_detection\",\"process\"]");
    assert_has(line, "\"type\":[\"denied\"],\"outcome\":\"failure\"");
    assert_has(line, "\"rule\":{\"id\":\"TW0301\",\"name\":");
    assert_has(line, "\"ruleset\":\"web\"");
    line = line_of(&event, "ocsf", 1 << 20);
    assert_has(line, "\"class_uid\":2003");
    assert_has(line, "\"type_uid\":200301");
    assert_has(line, "\"time\":1769903999123,");
    assert_has(line, "\"policy\":{\"uid\":\"sha256:");
    assert_has(line, "\"version\":\"3\"");
    assert_has(line, "\"remediation\":{\"desc\":\"name it");
    /* A digest that says already what it is. */
    event.config_digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    assert_has(line_of(&event, "thwart", 1 << 20), "\"configDigest\":\"sha256:0123456789abcdef");
}

/* What is proven about an image, where somebody asked. */
static void images(void **state)
{
    const struct policy_decision decision = {0};
    const struct record_image nothing_found = {.reason = "the root is of no store"};
    struct decision_event event = event_of(&decision);
    const char *line;

    (void)state;
    line = line_of(&event, "thwart", 1 << 20);
    assert_null(strstr(line, "\"image\""));
    event.trust = "manifest-only";
    event.image = &image;
    keep_all_forms(&event);
    line = line_of(&event, "thwart", 1 << 20);
    assert_has(line, "\"trust\":\"manifest-only\",\"image\":{\"found\":\"containers-storage image 01ab\","
                     "\"manifest\":\"sha256:0123456789abcdef");
    assert_has(line, "\"names\":[\"docker.io/library/web:1\",\"registry.example.com/web:1\"],"
                     "\"keys\":[\"0123456789ABCDEF0123456789ABCDEF01234567\"],\"issuers\":[\"ci\"],"
                     "\"reason\":\"usr/bin/x differs from \\\"layer 2\\\"\"}");
    line = line_of(&event, "ecs", 1 << 20);
    assert_has(line, "\"container\":{\"id\":\"c1\",\"image\":{\"hash\":{\"all\":[\"sha256:0123456789abcdef");
    assert_has(line, "\"name\":\"docker.io/library/web:1\"}");
    assert_has(line_of(&event, "ocsf", 1 << 20),
               "\"uid\":\"c1\",\"image\":{\"uid\":\"sha256:0123456789abcdef");
    /* Without a manifest there is nothing that others could call the image. */
    event.image = &nothing_found;
    keep_all_forms(&event);
    assert_has(line_of(&event, "thwart", 1 << 20), "\"image\":{\"reason\":\"the root is of no store\"}");
    assert_null(strstr(line_of(&event, "ocsf", 1 << 20), "\"image\":{\"uid\""));
}

/* What happened comes before what only would have happened, wherever it stands in the list. */
static void effects(void **state)
{
    static const struct {
        enum policy_effect effects[2];
        const char *effect, *ocsf, *ecs;
    } cases[] = {
        {{POLICY_WOULD_REFUSE, POLICY_NARROWED},
         "narrowed",
         "\"action_id\":4,\"action\":\"Modified\",\"disposition_id\":11",
         "\"kind\":\"event\""},
        {{POLICY_REFUSED, POLICY_WOULD_REFUSE},
         "refused",
         "\"action_id\":2,\"action\":\"Denied\",\"disposition_id\":2,",
         "\"outcome\":\"failure\""},
        {{POLICY_WOULD_REFUSE, POLICY_WOULD_NARROW},
         "would-refuse",
         "\"action_id\":3,\"action\":\"Observed\",\"disposition_id\":17",
         "\"kind\":\"alert\""},
        {{POLICY_WOULD_NARROW, POLICY_GRANTED},
         "would-narrow",
         "\"action_id\":3,\"action\":\"Observed\",\"disposition_id\":17",
         "\"type\":[\"allowed\",\"info\",\"start\"]"},
        {{POLICY_GRANTED, POLICY_GRANTED},
         "granted",
         "\"action_id\":1,\"action\":\"Allowed\",\"disposition_id\":1,",
         "\"type\":[\"allowed\",\"start\"],\"outcome\":\"success\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct policy_finding findings[] = {finding_of("TW0205", cases[i].effects[0]),
                                            finding_of("TW0301", cases[i].effects[1])};
        const struct policy_decision decision = {
            .findings = findings, .finding_count = 2, .refused = cases[i].effects[0] == POLICY_REFUSED};
        const struct decision_event event = event_of(&decision);
        char expected[64];

        keep_all_forms(&event);
        snprintf(expected, sizeof(expected), "\"action\":\"create\",\"effect\":\"%s\"", cases[i].effect);
        assert_has(line_of(&event, "thwart", 1 << 20), expected);
        assert_has(line_of(&event, "ocsf", 1 << 20), cases[i].ocsf);
        assert_has(line_of(&event, "ecs", 1 << 20), cases[i].ecs);
    }
}

static void nothing(void **state)
{
    const struct policy_set none = {0};
    const struct policy_decision decision = {0};
    const struct decision_event event = {
        .action = "update", .id = "c1", .policies = &none, .decision = &decision};

    (void)state;
    keep_all_forms(&event);
    assert_has(line_of(&event, "thwart", 1 << 20),
               "\"effect\":\"granted\",\"container\":{\"id\":\"c1\"},\"policies\":[],\"findings\":[]}");
    assert_has(line_of(&event, "ecs", 1 << 20), "\"category\":[\"intrusion_detection\",\"configuration\"]");
}

static void arguments(void **state)
{
    const char *words[] = {"/bin/sh", "-c", "echo \"\n\""};
    const struct json_strings command = {.items = words, .count = ARRAY_LENGTH(words), .present = true};
    const struct policy_decision decision = {0};
    struct decision_event event = event_of(&decision);

    (void)state;
    event.action = "exec";
    event.arguments = &command;
    keep_all_forms(&event);
    assert_has(line_of(&event, "thwart", 1 << 20), "\"arguments\":[\"/bin/sh\",\"-c\",\"echo \\\"\\n\\\"\"]");
    assert_has(line_of(&event, "ecs", 1 << 20), "\"args_count\":3");
}

/* A request that makes its event long hides nothing but the weakest of itself. */
static void bounded(void **state)
{
    enum { MANY = 20000 };
    static struct policy_finding findings[MANY];
    static const char *words[MANY];
    const struct json_strings command = {.items = words, .count = MANY, .present = true};
    const struct policy_decision decision = {.findings = findings, .finding_count = MANY, .refused = true};
    struct decision_event event = event_of(&decision);
    static const char *const formats[] = {"thwart", "ecs", "ocsf"};
    static const size_t maxima[] = {4096, 8192, 1 << 20};

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        findings[i] = finding_of("TW0205", POLICY_NARROWED);
        words[i] = "\x01\x02\x03 an argument";
    }
    findings[0] = whole;
    event.action = "exec";
    event.arguments = &command;
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        for (size_t j = 0; j < ARRAY_LENGTH(maxima); j++) {
            const char *line = line_of(&event, formats[i], maxima[j]);

            assert_true(strlen(line) < maxima[j]);
            assert_has(line, "\"findingsOmitted\":");
            assert_has(line, "\"argumentsOmitted\":");
            assert_has(line, "\"effect\":\"refused\"");
        }
    assert_has(line_of(&event, "thwart", 1 << 20), "\"rule\":\"TW0301\"");
}

int main(int argument_count, char *arguments_given[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything), cmocka_unit_test(images),    cmocka_unit_test(effects),
        cmocka_unit_test(nothing),    cmocka_unit_test(arguments), cmocka_unit_test(bounded),
    };
    int result;

    if (argument_count > 1) {
        documents = fopen(arguments_given[1], "we");
        if (documents == NULL)
            return 1;
    }
    result = cmocka_run_group_tests(tests, NULL, NULL);
    return documents != NULL && fclose(documents) != 0 ? 1 : result;
}
