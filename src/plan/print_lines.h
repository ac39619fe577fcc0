/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the plan's text form: a label in a column of its own, then words; long lists are wrapped under
 * their first word. */
#pragma once

#include "base/text.h"
#include "plan/kernel_words.h"
#include "plan/plan.h"

/* "name" on a line of its own, with an empty line above. */
void print_heading(struct text *text, const char *name);

/* "  label        " */
void print_label(struct text *text, const char *label);

/* A whole line: label and formatted words. */
void print_row(struct text *text, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A string of the bundle, with what could forge a line shown escaped; "" in quotes. */
void print_string(struct text *text, const char *string);

/* The strings with ", " between them, wrapped. Starts in the column after the label; ends the line. */
struct print_list {
    struct text *text;
    size_t column;
    bool first;
};
struct print_list print_list_begin(struct text *text, const char *label);
void print_list_add(struct print_list *list, const char *string);
void print_list_end(struct print_list *list);

/* Parts of the plan that have a file of their own. */
void print_mounts(struct text *text, const struct plan_rootfs *rootfs);
void print_devices(struct text *text, const struct plan_rootfs *rootfs);
void print_process(struct text *text, const struct plan_process *process);
void print_landlock(struct text *text, const struct plan_process *process);
void print_seccomp(struct text *text, const struct plan_seccomp *seccomp);
