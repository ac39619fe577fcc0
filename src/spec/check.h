/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the validators of spec/ share. Each takes the place of the object that it judges (NULL: the document's
 * root is that object), so that the same function serves config.json, `exec --process` and `update
 * --resources`.
 */
#pragma once

#include "json/place.h"
#include "spec/spec.h"

struct spec_check {
    const char *name;                  /* of the document */
    const struct json_value *document; /* to find lines in; NULL: a spec that was not read from a document */
    struct arena *arena;               /* for notes; NULL with notes */
    struct json_notes *notes;          /* NULL: nobody wants to know */
    struct error *error;
};

/* Places one step down, alive until the end of the enclosing block. */
#define PLACE_MEMBER(above, name) (&(const struct json_place){.parent = (above), .key = (name)})
#define PLACE_ITEM(above, number) (&(const struct json_place){.parent = (above), .index = (number)})

/* Fill the error: NAME:LINE:COLUMN: POINTER: text. Always -1. */
int spec_refuse(const struct spec_check *check, const struct json_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add a note about place. */
void spec_note(const struct spec_check *check, const struct json_place *place, const char *note_text);

/* -1 unless word is in the NULL-terminated list; what: "a namespace type". The message lists the words. */
int spec_check_word(const struct spec_check *check, const struct json_place *place, const char *word,
                    const char *const *words, const char *what);

/* -1 unless each string is in the list. */
int spec_check_words(const struct spec_check *check, const struct json_place *place,
                     const struct json_strings *strings, const char *const *words, const char *what);

/* -1 unless path starts with '/', has no ".." component and no control character. */
int spec_check_path(const struct spec_check *check, const struct json_place *place, const char *path);

/* -1 when the string has control characters (0x00-0x1f, 0x7f): they cross the borders of line-based formats.
 */
int spec_check_plain(const struct spec_check *check, const struct json_place *place, const char *string,
                     const char *what);

/* -1 unless list is "" or a list of numbers and ranges such as "0-3,7", each at most maximum. */
int spec_check_number_list(const struct spec_check *check, const struct json_place *place, const char *list,
                           uint64_t maximum);

/* -1 unless each entry is NAME=VALUE with a non-empty name. */
int spec_check_environment(const struct spec_check *check, const struct json_place *place,
                           const struct json_strings *environment);

/* Ranges: not empty, inside 0..4294967294, not overlapping, at most 340 (the kernel's limit,
 * user_namespaces(7)). */
int spec_check_mappings(const struct spec_check *check, const struct json_place *place,
                        const struct json_structs *mappings);

/* True when path has a component "..". */
bool spec_path_climbs(const char *path);

/* True for a name that Linux can give to a network interface. */
bool spec_is_interface_name(const char *name);

/* The namespace of this type that the bundle lists, or NULL. */
const struct spec_namespace *spec_find_namespace(const struct spec_linux *linux_part, const char *type);

enum {
    SPEC_CPU_MAX = 8191,
    SPEC_NODE_MAX = 1023
}; /* the kernel's largest NR_CPUS and MAX_NUMNODES, less one */

/* The rules by part; place: of the part. */
int spec_check_whole(const struct spec_check *check, const struct spec *spec);
int spec_check_process(const struct spec_check *check, const struct spec_process *process,
                       const struct json_place *place);
int spec_check_mounts(const struct spec_check *check, const struct spec *spec);
int spec_check_hooks(const struct spec_check *check, const struct spec_hooks *hooks,
                     const struct json_place *place);
int spec_check_namespaces(const struct spec_check *check, const struct spec_linux *linux_part,
                          const struct json_place *place);
int spec_check_linux(const struct spec_check *check, const struct spec *spec, const struct json_place *place);
int spec_check_sysctl(const struct spec_check *check, const struct spec *spec,
                      const struct json_place *place);
int spec_check_resources(const struct spec_check *check, const struct spec_resources *resources,
                         const struct json_place *place);
int spec_check_seccomp(const struct spec_check *check, const struct spec_seccomp *seccomp,
                       const struct json_place *place);
