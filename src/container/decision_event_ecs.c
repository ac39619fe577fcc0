/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decision as an event of the Elastic Common Schema, version 8.11. What ECS has no field for is in
 * `thwart`, an object of our own, as its guidelines for custom fields want it.
 */
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "container/decision_event_forms.h"
#include "container/record.h"
#include "config.h"

/* What the action does, in ECS's allowed values: "event.category" beside intrusion_detection, and the type it
 * has when it goes on. */
static const struct {
    const char *action, *category, *type;
} actions[] = {
    {"create", "process", "start"},        {"run", "process", "start"},
    {"restore", "process", "start"},       {"exec", "process", "start"},
    {"update", "configuration", "change"}, {"checkpoint", "process", "access"},
};

/* 0…10, as other producers use event.severity. */
static int severity_of(enum policy_effect effect)
{
    switch (effect) {
    case POLICY_REFUSED:
        return 7;
    case POLICY_WOULD_REFUSE:
        return 5;
    case POLICY_NARROWED:
    case POLICY_WOULD_NARROW:
        return 3;
    case POLICY_GRANTED:
        break;
    }
    return 1;
}

static void append_event(struct text *text, const struct decision_event *event,
                         const struct decision_event_stamp *stamp)
{
    enum policy_effect effect = decision_event_effect(event->decision);
    const struct policy_finding *leading = decision_event_leading(event->decision);
    bool alert = effect == POLICY_REFUSED || effect == POLICY_WOULD_REFUSE;
    bool would = effect == POLICY_WOULD_REFUSE || effect == POLICY_WOULD_NARROW;
    size_t i = 0;

    while (i + 1 < ARRAY_LENGTH(actions) && strcmp(actions[i].action, event->action) != 0)
        i++;
    text_append_format(text,
                       ",\"event\":{\"kind\":\"%s\",\"category\":[\"intrusion_detection\",\"%s\"],"
                       "\"module\":\"thwart\",\"dataset\":\"thwart.decision\",\"provider\":\"thwart\"",
                       alert ? "alert" : "event", actions[i].category);
    if (effect == POLICY_REFUSED)
        text_append(text, ",\"type\":[\"denied\"],\"outcome\":\"failure\"");
    else
        text_append_format(text, ",\"type\":[\"allowed\",%s\"%s\"],\"outcome\":\"success\"",
                           would ? "\"info\"," : "", actions[i].type);
    text_append_format(text, ",\"action\":\"%s\",\"severity\":%d,\"sequence\":", event->action,
                       severity_of(effect));
    text_append_unsigned(text, stamp->sequence);
    if (leading != NULL) {
        decision_event_member(text, "code", leading->rule);
        decision_event_member(text, "reason", leading->reason);
    }
    text_append(text, "}");
}

static void append_rule(struct text *text, const struct policy_finding *leading)
{
    const struct policy_rule_words *words;

    if (leading == NULL)
        return;
    words = policy_rule_words(leading->rule);
    text_append_format(text, ",\"rule\":{\"id\":\"%s\"", leading->rule);
    decision_event_member(text, "name", words->name);
    decision_event_member(text, "description", words->what);
    decision_event_member(text, "category", words->key);
    if (leading->source_count > 0)
        decision_event_member(text, "ruleset", leading->sources[0].policy);
    text_append(text, "}");
}

static void append_process(struct text *text, const struct json_strings *arguments)
{
    if (arguments == NULL || arguments->count == 0)
        return;
    text_append(text, ",\"process\":{\"args\":");
    decision_event_arguments(text, arguments, text->maximum / 8);
    text_append_format(text, ",\"args_count\":%zu}", arguments->count);
}

/* ECS has one name; of several that were signed it is the first. */
static void append_image(struct text *text, const struct record_image *image)
{
    if (image == NULL || image->manifest == NULL)
        return;
    text_append_format(text, ",\"image\":{\"hash\":{\"all\":[\"%s\"]}", image->manifest);
    if (image->names.count > 0)
        decision_event_member(text, "name", image->names.items[0]);
    text_append(text, "}");
}

void decision_event_ecs(struct text *text, const struct decision_event *event,
                        const struct decision_event_stamp *stamp)
{
    char bytes[1024];
    struct text sentence = text_over(bytes, sizeof(bytes));

    decision_event_sentence(&sentence, event);
    text_append_format(text, "{\"@timestamp\":\"%s\",\"ecs\":{\"version\":\"8.11.0\"}", stamp->time);
    decision_event_member(text, "message", sentence.bytes);
    append_event(text, event, stamp);
    append_rule(text, decision_event_leading(event->decision));
    text_append(text, ",\"container\":{\"id\":");
    json_append_string(text, event->id);
    append_image(text, event->image);
    text_append(text, ",\"runtime\":\"thwart\"},\"host\":{\"hostname\":");
    json_append_string(text, stamp->host);
    text_append(text, ",\"boot\":{\"id\":");
    json_append_string(text, stamp->boot_id);
    text_append(text,
                "}},\"observer\":{\"product\":\"thwart\",\"type\":\"runtime\",\"version\":\"" THWART_VERSION
                "\"}");
    append_process(text, event->arguments);
    text_append(text, ",\"thwart\":");
    decision_event_own(text, event, stamp);
    text_append(text, "}");
}
