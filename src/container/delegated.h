/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of delegation share (delegate*.c). */
#pragma once

#include "container/delegate.h"
#include "container/prepare.h"
#include "container/record.h"

/* `delegate.json`. */
struct delegate_record {
    const char *path, *root;
    struct json_strings options;
};

/* A delegated container, found or being made. */
struct delegated {
    const struct runtime *runtime;
    struct arena arena;
    const char *root_path; /* our state root */
    int root;              /* ROOT/@delegated */
    int directory;         /* its directory there; -1: there is none */
    struct delegate_record delegate;
    bool has_delegate; /* delegate.json could be read */
};

#define DELEGATED_NONE                                                                                       \
    {                                                                                                        \
        .root = -1, .directory = -1                                                                          \
    }

void delegated_close(struct delegated *delegated);
#define cleanup_delegated __attribute__((cleanup(delegated_close)))

/* 1: found (directory and delegate are set), 0: id is no delegated container's, -1. One whose delegate.json
 * was never written is found without has_delegate. */
int delegated_find(const struct runtime *runtime, const char *id, struct delegated *delegated,
                   struct error *error);

/* The delegate of new containers: --delegate, or thwart.json's; *path NULL: none. */
int delegate_configured(const struct runtime *runtime, struct arena *arena, const char **path,
                        struct error *error);

/* Write delegate.json into the container's directory, in one piece. */
int delegated_write(const struct delegated *delegated, struct error *error);

/* The delegate's command line: its path, its global options, then words. In the arena, ends with NULL. */
struct delegate_line {
    char **words;
    size_t count;
};
struct delegate_line delegate_line_begin(struct delegated *delegated, size_t more);
void delegate_line_add(struct delegate_line *line, const char *word);
/* Nothing when value is NULL. */
void delegate_line_option(struct delegate_line *line, const char *name, const char *value);

/* Does the delegate know the container? *known false only when it says so. */
int delegate_knows(struct delegated *delegated, const char *id, bool *known, struct error *error);

/* Remove the container's directory with the bundle in it. Under the lock. */
int delegated_remove(struct delegated *delegated, const char *id, struct error *error);

/* A document that the delegate can read by its path, and that is nobody's file: in the arena. The descriptor
 * is at least `lowest` and stays open over execve. */
int delegate_document(const struct text *text, int lowest, struct arena *arena, const char **path,
                      struct error *error);

/* Write the narrowed bundle into the container's directory: the grant with the meet of all filters in place
 * of its own, paths made absolute, links to whatever else lies in the bundle. *path: of it. */
int delegate_bundle_write(struct delegated *delegated, const char *id, const struct prepared *prepared,
                          const char **path, struct error *error);
