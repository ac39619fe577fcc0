/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the three forms of a decision's event share. For decision_event*.c alone. */
#pragma once

#include "container/decision_events.h"

/* What became of the whole request: refused, narrowed, would-refuse, would-narrow or granted, in this order:
 * what happened comes before what only would have. */
enum policy_effect decision_event_effect(const struct policy_decision *decision);

/* The finding that stands for it: the first of that effect; NULL when there is none. */
const struct policy_finding *decision_event_leading(const struct policy_decision *decision);

/* One line for people: "create c1: refused by TW0301 of baseline: …". */
void decision_event_sentence(struct text *text, const struct decision_event *event);

/* Append `,"key":"value"`; nothing when value is NULL or empty. */
void decision_event_member(struct text *text, const char *key, const char *value);

/* Append the object of our own form. It bounds itself by the text's maximum: arguments and findings that do
 * not fit are left out and counted, so that nobody hides a decision by making it long. */
void decision_event_own(struct text *text, const struct decision_event *event,
                        const struct decision_event_stamp *stamp);

/* Append the array of the arguments, within bytes_max; how many were left out. */
size_t decision_event_arguments(struct text *text, const struct json_strings *arguments, size_t bytes_max);

/* The other forms, as pure mappings; each carries our own whole. */
void decision_event_ecs(struct text *text, const struct decision_event *event,
                        const struct decision_event_stamp *stamp);
void decision_event_ocsf(struct text *text, const struct decision_event *event,
                         const struct decision_event_stamp *stamp);
