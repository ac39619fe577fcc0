/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases for the validators: a document, and what is said about it. In documents a single quote stands for a
 * double one, so that they can be read.
 */
#pragma once

#include "unit.h"

#include "base/memory.h"
#include "spec/spec.h"

struct spec_case {
    const char *label, *document;
    const char *message; /* of the refusal, without "config.json"; NULL: accepted */
};

#define DOCUMENT(members) "{'ociVersion':'1.3.0','root':{'path':'rootfs'},\n" members "}"
#define PROCESS(members)                                                                                     \
    DOCUMENT("'process':{'user':{'uid':0,'gid':0},'cwd':'/','args':['sh'],\n" members "}")
#define LINUX(members)     DOCUMENT("'linux':{\n" members "}")
#define RESOURCES(members) LINUX("'resources':{\n" members "}")
#define SECCOMP(members)   LINUX("'seccomp':{\n" members "}")
#define MOUNT(members)     DOCUMENT("'mounts':[\n{" members "}]")

/* The document with double quotes. */
static inline char *spec_case_document(struct arena *arena, const char *document)
{
    char *copy = arena_string(arena, document);

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return copy;
}

/* Run all cases, say which went wrong, fail when any did. */
static inline void spec_cases_run(const struct spec_case *cases, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        cleanup_arena struct arena arena = {0};
        struct json_notes notes = {0};
        char *document = spec_case_document(&arena, cases[i].document);
        const struct spec *spec = NULL;
        struct error error = {0};
        int result = spec_parse(document, strlen(document), "config.json", &arena, &notes, &spec, &error);

        if (result == 0 && cases[i].message == NULL)
            continue;
        if (result == 0) {
            print_error("%s: was accepted\n", cases[i].label);
        } else if (cases[i].message == NULL) {
            print_error("%s: was refused: %s\n", cases[i].label, error.message);
        } else {
            const char *found =
                text_starts_with(error.message, "config.json") ? error.message + 11 : error.message;
            if (strcmp(found, cases[i].message) == 0 && error.kind == ERROR_INVALID)
                continue;
            print_error("%s:\n  expected %s\n  found    %s\n", cases[i].label, cases[i].message, found);
        }
        wrong++;
    }
    assert_int_equal(wrong, 0);
}
