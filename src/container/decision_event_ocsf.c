/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decision as an OCSF event, schema 1.6: Compliance Finding (class 2003 of category 2, Findings), activity
 * Create, with the profiles security_control, host and container. The evaluation of a bundle against a policy
 * is a check of a resource against a standard; a Detection Finding (2004) would claim that somebody attacks.
 * What OCSF has no attribute for is in `unmapped`.
 */
#include <string.h>
#include "base/digest.h"
#include "base/text.h"
#include "container/decision_event_forms.h"
#include "container/record.h"
#include "config.h"

enum {
    CATEGORY = 2,
    CLASS = 2003,
    ACTIVITY_CREATE = 1,
    TYPE = CLASS * 100 + ACTIVITY_CREATE,
    STATUS_NEW = 1
};

struct outcome {
    int severity, action, disposition, compliance;
    const char *severity_name, *action_name, *disposition_name, *compliance_name;
    bool alert;
};

static struct outcome outcome_of(enum policy_effect effect)
{
    switch (effect) {
    case POLICY_REFUSED:
        return (struct outcome){3, 2, 2, 3, "Medium", "Denied", "Blocked", "Fail", true};
    case POLICY_WOULD_REFUSE:
        return (struct outcome){3, 3, 17, 3, "Medium", "Observed", "Logged", "Fail", true};
    case POLICY_NARROWED:
        return (struct outcome){2, 4, 11, 3, "Low", "Modified", "Corrected", "Fail", false};
    case POLICY_WOULD_NARROW:
        return (struct outcome){2, 3, 17, 3, "Low", "Observed", "Logged", "Fail", false};
    case POLICY_GRANTED:
        break;
    }
    return (struct outcome){1, 1, 1, 1, "Informational", "Allowed", "Allowed", "Pass", false};
}

static void append_numbers(struct text *text, const struct outcome *outcome,
                           const struct decision_event_stamp *stamp)
{
    text_append_format(
        text,
        "{\"activity_id\":%d,\"activity_name\":\"Create\",\"category_uid\":%d,"
        "\"category_name\":\"Findings\",\"class_uid\":%d,\"class_name\":\"Compliance Finding\","
        "\"type_uid\":%d,\"status_id\":%d,\"status\":\"New\",\"time\":",
        (int)ACTIVITY_CREATE, (int)CATEGORY, (int)CLASS, (int)TYPE, (int)STATUS_NEW);
    text_append_signed(text, stamp->time_ms);
    text_append_format(text,
                       ",\"severity_id\":%d,\"severity\":\"%s\",\"action_id\":%d,\"action\":\"%s\","
                       "\"disposition_id\":%d,\"disposition\":\"%s\",\"is_alert\":%s",
                       outcome->severity, outcome->severity_name, outcome->action, outcome->action_name,
                       outcome->disposition, outcome->disposition_name, outcome->alert ? "true" : "false");
}

static void append_metadata(struct text *text, const struct decision_event_stamp *stamp)
{
    text_append(
        text,
        ",\"metadata\":{\"version\":\"1.6.0\",\"product\":{\"name\":\"thwart\",\"vendor_name\":\"thwart\","
        "\"version\":\"" THWART_VERSION "\"},\"profiles\":[\"security_control\",\"host\",\"container\"],"
        "\"log_name\":\"decision\",\"sequence\":");
    text_append_unsigned(text, stamp->sequence);
    text_append(text, "}");
}

static void append_finding_info(struct text *text, const struct decision_event *event,
                                const struct decision_event_stamp *stamp,
                                const struct policy_finding *leading)
{
    /* One of a kind: an id is used again only after its container, and never at the same nanosecond. */
    text_append(text, ",\"finding_info\":{\"uid\":\"");
    text_append_format(text, "%s@%s\"", event->id, stamp->time);
    decision_event_member(text, "title",
                          leading != NULL ? policy_rule_words(leading->rule)->what
                                          : "Every request was within the policies");
    if (leading != NULL) {
        decision_event_member(text, "desc", leading->reason);
        text_append_format(text,
                           ",\"analytic\":{\"type_id\":1,\"type\":\"Rule\",\"uid\":\"%s\",\"name\":\"%s\"}",
                           leading->rule, policy_rule_words(leading->rule)->name);
    }
    text_append(text, "}");
}

/* "standards" is required: those that ask for the rule; our own policy stands for itself. */
static void append_compliance(struct text *text, const struct outcome *outcome,
                              const struct policy_finding *leading)
{
    const char *tags = leading != NULL ? policy_rule_words(leading->rule)->tags : "";

    text_append(text, ",\"compliance\":{\"standards\":[\"thwart\"");
    for (const char *tag = tags; *tag != '\0';) {
        size_t length = strcspn(tag, " ");

        text_append_format(text, ",\"%.*s\"", (int)length, tag);
        tag += length + strspn(tag + length, " ");
    }
    text_append(text, "]");
    if (leading != NULL) {
        decision_event_member(text, "control", leading->rule);
        decision_event_member(text, "status_detail", leading->reason);
    }
    text_append_format(text, ",\"status_id\":%d,\"status\":\"%s\"}", outcome->compliance,
                       outcome->compliance_name);
    if (leading != NULL && leading->allow != NULL && leading->allow[0] != '\0') {
        text_append(text, ",\"remediation\":{\"desc\":");
        json_append_string(text, leading->allow);
        text_append(text, "}");
    }
}

/* The policy that the leading finding quotes first. */
static void append_policy(struct text *text, const struct decision_event *event,
                          const struct policy_finding *leading)
{
    const char *name = leading != NULL && leading->source_count > 0 ? leading->sources[0].policy : NULL;

    for (size_t i = 0; name != NULL && i < event->policies->count; i++) {
        const struct policy *policy = event->policies->items[i].policy;
        char digest[DIGEST_HEX_SIZE];

        if (strcmp(policy->name, name) != 0)
            continue;
        digest_hex(&policy->digest, digest);
        text_append_format(text, ",\"policy\":{\"uid\":\"sha256:%s\",\"is_applied\":%s", digest,
                           event->policies->items[i].audit ? "false" : "true");
        decision_event_member(text, "name", policy->name);
        decision_event_member(text, "desc", policy->description);
        if (policy->revision > 0)
            text_append_format(text, ",\"version\":\"%u\"", policy->revision);
        text_append(text, "}");
        return;
    }
}

static void append_image(struct text *text, const struct record_image *image)
{
    if (image == NULL || image->manifest == NULL)
        return;
    text_append_format(text, ",\"image\":{\"uid\":\"%s\"", image->manifest);
    if (image->names.count > 0)
        decision_event_member(text, "name", image->names.items[0]);
    text_append(text, "}");
}

void decision_event_ocsf(struct text *text, const struct decision_event *event,
                         const struct decision_event_stamp *stamp)
{
    const struct policy_finding *leading = decision_event_leading(event->decision);
    const struct outcome outcome = outcome_of(decision_event_effect(event->decision));
    char bytes[1024];
    struct text sentence = text_over(bytes, sizeof(bytes));

    decision_event_sentence(&sentence, event);
    append_numbers(text, &outcome, stamp);
    decision_event_member(text, "message", sentence.bytes);
    append_metadata(text, stamp);
    append_finding_info(text, event, stamp, leading);
    append_compliance(text, &outcome, leading);
    append_policy(text, event, leading);
    text_append(text, ",\"resources\":[{\"type\":\"container\",\"uid\":");
    json_append_string(text, event->id);
    text_append(text, "}],\"container\":{\"runtime\":\"thwart\",\"uid\":");
    json_append_string(text, event->id);
    append_image(text, event->image);
    text_append(text, "},\"device\":{\"type_id\":0,\"type\":\"Unknown\",\"hostname\":");
    json_append_string(text, stamp->host);
    text_append(text, "},\"unmapped\":{\"thwart\":");
    decision_event_own(text, event, stamp);
    text_append(text, "}}");
}
