/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What several sections (decide_*.c) need beside the decider: words matched against patterns, pointers,
 * values as findings show them. And the rules of `process`, one file each.
 */
#pragma once

#include "policy/decider.h"

/* Does one of the patterns match text? separator as glob_matches has it. Absent words match nothing. */
bool decide_words_match(const struct policy_words *words, const char *text, char separator);

/* Is path absolute and without empty, "." and ".." components? Only then does a pattern that covers its text
 * say where it leads. */
bool decide_path_is_plain(const char *path);

/* decider->process_pointer and member ("/user/uid"), for findings. */
const char *decide_process_pointer(const struct decider *decider, const char *member);

/* "/linux/sysctl/net.ipv4.conf": parent and one more member, escaped (RFC 6901). */
const char *decide_pointer_member(const struct decider *decider, const char *parent, const char *member);

/* A number as findings show it: "unlimited" for UINT64_MAX. */
const char *decide_number_text(const struct decider *decider, uint64_t value);

/* exec: the process of the container as it was granted; NULL while a container is created. */
const struct spec_process *decide_container_process(const struct decider *decider);

/* ---- process ---- */

void decide_user(struct decider *decider, const struct policy_user *user);
void decide_capabilities(struct decider *decider, const struct policy_capabilities *capabilities);
void decide_rlimits(struct decider *decider, const struct policy_rlimits *rlimits);
void decide_environment(struct decider *decider, const struct policy_patterns *environment);
void decide_confinement(struct decider *decider, const struct policy_process *rules);
void decide_privileged(struct decider *decider, const struct policy_flag *privileged);
