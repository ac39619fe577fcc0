/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that print policies (print*.c, waiver.c) share: JSON, indented, short lists on one line. Not
 * for others. */
#pragma once

#include "base/text.h"
#include "policy/model.h"
#include "policy/words.h"

struct printer {
    struct text *text;
    unsigned int indent, level; /* indent 0: all on one line */
    bool first;                 /* nothing stands in the open object or list yet */
};

/* "key": or, with key NULL, the next item of a list. */
void printer_key(struct printer *printer, const char *key);
void printer_open(struct printer *printer, const char *key, char bracket);
void printer_close(struct printer *printer, char bracket);

/* An object that vanishes when nothing was put into it. mark: from begin to end. */
struct printer_mark {
    size_t length;
    bool first;
};
struct printer_mark printer_begin_section(struct printer *printer, const char *key);
void printer_end_section(struct printer *printer, struct printer_mark mark);

void printer_string(struct printer *printer, const char *key, const char *string);
void printer_number(struct printer *printer, const char *key, uint64_t number);
void printer_signed(struct printer *printer, const char *key, int64_t number);
void printer_flag(struct printer *printer, const char *key, bool flag);
void printer_words(struct printer *printer, const char *key,
                   const struct policy_words *words); /* if present */
void printer_ranges(struct printer *printer, const char *key, const struct policy_id_range *ranges,
                    size_t count);
/* "512M", 1000, "unlimited"; counts have no unit. */
void printer_size(struct printer *printer, const char *key, uint64_t size);
void printer_count(struct printer *printer, const char *key, uint64_t count);
void printer_duration(struct printer *printer, const char *key, uint64_t seconds);
void printer_tree(struct printer *printer, const char *key, const struct json_value *value);

/*
 * A rule whose short form is no object: between begin and end its value is printed, with the key that begin
 * returns ("value" where modifiers make an object of it). Nothing and NULL for one that is not present.
 */
const char *printer_begin_rule(struct printer *printer, const char *key, const struct policy_rule *rule);
void printer_end_rule(struct printer *printer, const struct policy_rule *rule);

/* A rule whose short form is an object: begin opens it, end closes it behind the modifiers. */
bool printer_begin_object(struct printer *printer, const char *key, const struct policy_rule *rule);
void printer_end_object(struct printer *printer, const struct policy_rule *rule);

/* A rule that is a list of words. */
void printer_patterns(struct printer *printer, const char *key, const struct policy_patterns *patterns);

/* The modifiers alone, into an object that is open. */
void printer_modifiers(struct printer *printer, const struct policy_rule *rule);

/* Sections that have a file of their own. */
void printer_process(struct printer *printer, const struct policy_process *process);
void printer_filesystem(struct printer *printer, const struct policy_filesystem *filesystem);
void printer_devices(struct printer *printer, const struct policy_devices *devices);
void printer_resources(struct printer *printer, const struct policy_resources *resources);
void printer_syscalls(struct printer *printer, const struct policy_syscalls *syscalls);
void printer_when(struct printer *printer, const struct policy_when *when);
