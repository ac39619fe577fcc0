/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy diff: what one policy grants that another does not. */
#include <string.h>
#include "cli/policy_decision.h"
#include "cli/policy_filters.h"
#include "cli/wrap.h"
#include "policy/difference.h"

enum { DIFFERENT = 1 };

struct diff_options {
    struct json_strings bundles;
    const char *format, *host_facts;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    {"bundle", 'b', OPTION_LIST, offsetof(struct diff_options, bundles), "DIR",
     "also compare what is decided about this bundle (or configuration); may be given again"},
    {"format", 0, OPTION_WORD, offsetof(struct diff_options, format), "FORMAT", "text (default) or json",
     .words = formats},
    {"host-facts", 0, OPTION_STRING, offsetof(struct diff_options, host_facts), "FILE",
     "for the host that FILE describes (thwart features --host-facts)"},
};

struct side {
    const char *word; /* as given */
    struct policy_set set;
    struct policy_bounds bounds;
    const struct spec_seccomp *filter;
    struct policy_differences more; /* what this side grants and the other does not */
};

/* ---- rules ---- */

static int read_side(const struct invocation *invocation, const struct policy_host *host, struct side *side,
                     struct error *error)
{
    const struct json_strings words = {.items = &side->word, .count = 1, .present = true};
    struct syscall_circumstances circumstances = {.kernel_major = host->kernel_major,
                                                  .kernel_minor = host->kernel_minor,
                                                  .architecture = host->architecture};

    if (policy_set_of(invocation, &words, &side->set, error) != 0 ||
        policy_bounds_of_set(&side->set, invocation->arena, &side->bounds, error) != 0)
        return -1;
    circumstances.capabilities = policy_bounds_capabilities(&side->bounds, false);
    return policy_filter_of(&side->set, &circumstances, NULL, invocation->arena, &side->filter, error);
}

/* ---- bundles ---- */

/* What stays the same of a finding under both is passed over. */
static bool is_among(const struct policy_finding *finding, const struct policy_decision *decision)
{
    for (size_t i = 0; i < decision->finding_count; i++) {
        const struct policy_finding *other = &decision->findings[i];

        if (strcmp(finding->rule, other->rule) == 0 && strcmp(finding->pointer, other->pointer) == 0 &&
            strcmp(finding->subject, other->subject) == 0 && finding->effect == other->effect &&
            strcmp(finding->granted, other->granted) == 0)
            return true;
    }
    return false;
}

static void add_findings(const char *bundle, const struct policy_decision *strict,
                         const struct policy_decision *other, struct arena *arena,
                         struct policy_differences *differences)
{
    for (size_t i = 0; i < strict->finding_count; i++) {
        const struct policy_finding *finding = &strict->findings[i];
        const char *granted = finding->effect == POLICY_REFUSED ? "refused" : finding->granted;

        if (finding->effect == POLICY_GRANTED || is_among(finding, other))
            continue;
        policy_difference_add(
            differences, arena,
            (struct policy_difference){
                .id = finding->rule,
                .key = bundle,
                .granted = arena_format(arena, "%s %s%s%s: %s", policy_rule_words(finding->rule)->name,
                                        finding->pointer, *finding->subject != '\0' ? " " : "",
                                        finding->subject, finding->requested),
                .bound = *granted != '\0' ? granted : policy_effect_name(finding->effect),
                .sources = finding->sources,
                .source_count = finding->source_count,
            });
    }
}

static int decide_under(const struct invocation *invocation, const struct diff_options *options,
                        const char *bundle, const struct side *side, struct prepared *prepared,
                        struct error *error)
{
    const char *words[1] = {side->word};
    struct bundle_options wanted = {.bundle = bundle, .host_facts = options->host_facts};
    const char *name;

    wanted.policies = (struct json_strings){.items = words, .count = 1, .present = true};
    policy_bundle_of(&wanted, bundle);
    return policy_prepare_alone(invocation, &wanted, prepared, &name, error);
}

static int compare_bundles(const struct invocation *invocation, struct side *one, struct side *other,
                           struct error *error)
{
    const struct diff_options *options = invocation->options;

    for (size_t i = 0; i < options->bundles.count; i++) {
        const char *bundle = options->bundles.items[i];
        struct prepared first, second;

        if (decide_under(invocation, options, bundle, one, &first, error) != 0 ||
            decide_under(invocation, options, bundle, other, &second, error) != 0)
            return error_prefix(error, "%s", bundle);
        add_findings(bundle, &second.decision, &first.decision, invocation->arena, &one->more);
        add_findings(bundle, &first.decision, &second.decision, invocation->arena, &other->more);
    }
    return 0;
}

/* ---- output ---- */

static void append_side(struct text *text, const struct side *one, const struct side *other)
{
    if (one->more.count == 0)
        return;
    text_append_format(text, "%s%s grants what %s does not:\n", text->length > 0 ? "\n" : "", one->word,
                       other->word);
    for (size_t i = 0; i < one->more.count; i++) {
        const struct policy_difference *difference = &one->more.items[i];
        cleanup_text struct text line = text_growing(POLICY_OUTPUT_BYTES_MAX);

        text_append_format(&line, "%s%s: %s", difference->key, difference->audit ? " (audit)" : "",
                           difference->granted);
        if (*difference->bound != '\0')
            text_append_format(&line, "; %s: %s", other->word, difference->bound);
        for (size_t k = 0; k < difference->source_count; k++)
            text_append_format(&line, "%s%s:%u%s", k > 0 ? ", " : " (", difference->sources[k].file,
                               difference->sources[k].line, k + 1 == difference->source_count ? ")" : "");
        wrap_append(text, "  ", line.bytes, EXPLAIN_WIDTH);
    }
}

static void encode_side(struct text *text, const struct side *side)
{
    for (size_t i = 0; i < side->more.count; i++) {
        const struct policy_difference *difference = &side->more.items[i];

        text_append_format(text, "%s{\"id\":\"%s\",\"key\":", i > 0 ? "," : "", difference->id);
        json_append_string(text, difference->key);
        text_append(text, ",\"granted\":");
        json_append_string(text, difference->granted);
        text_append(text, ",\"bound\":");
        json_append_string(text, difference->bound);
        text_append_format(text, ",\"mode\":\"%s\"}", difference->audit ? "audit" : "enforce");
    }
}

static int print(const struct diff_options *options, const struct side *one, const struct side *other,
                 struct error *error)
{
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);

    if (options->format != NULL && strcmp(options->format, "json") == 0) {
        text_append(&text, "{\"thwart\":1,\"a\":");
        json_append_string(&text, one->word);
        text_append(&text, ",\"b\":");
        json_append_string(&text, other->word);
        text_append(&text, ",\"onlyA\":[");
        encode_side(&text, one);
        text_append(&text, "],\"onlyB\":[");
        encode_side(&text, other);
        text_append(&text, "]}\n");
    } else {
        append_side(&text, other, one);
        append_side(&text, one, other);
        if (text.length == 0)
            text_append_format(&text, "%s and %s grant the same.\n", one->word, other->word);
    }
    return command_print(&text, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct diff_options *options = invocation->options;
    struct side one = {.word = invocation->words[0]}, other = {.word = invocation->words[1]};
    struct policy_host host;

    if (policy_host_of(invocation, options->host_facts, &host, error) != 0 ||
        read_side(invocation, &host, &one, error) != 0 || read_side(invocation, &host, &other, error) != 0)
        return -1;
    policy_difference_of(&one.bounds, &other.bounds, invocation->arena, &one.more);
    policy_difference_of(&other.bounds, &one.bounds, invocation->arena, &other.more);
    policy_difference_of_calls(one.filter, other.filter, invocation->arena, &one.more);
    policy_difference_of_calls(other.filter, one.filter, invocation->arena, &other.more);
    if (compare_bundles(invocation, &one, &other, error) != 0)
        return -1;
    *status = one.more.count + other.more.count > 0 ? DIFFERENT : 0;
    return print(options, &one, &other, error);
}

const struct command policy_command_diff = {
    .name = "policy diff",
    .words = "POLICY OTHER",
    .summary = "what the other policy grants that the first does not, and the reverse",
    .words_minimum = 2,
    .words_maximum = 2,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct diff_options),
    .run = run,
};
