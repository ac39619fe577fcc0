/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * containers-registries.d(5): where signatures of a registry's images lie. What is read: `lookaside`
 * (formerly `sigstore`) of `default-docker` and of the scopes below `docker`; the staging places are for
 * writers.
 */
#pragma once

#include "trust/reference.h"

struct registries_section {
    const char *scope; /* NULL: default-docker */
    const char *url;   /* NULL: the section has none */
    const char *file;  /* for messages */
};

struct registries_d {
    const struct registries_section *sections;
    size_t count;
};

/*
 * All files *.yaml of the folder. A folder that does not exist is an empty one. A file that cannot be read,
 * is no such document, or says of a scope what another file has said already, is an error: containers/image
 * refuses then as well.
 */
int registries_d_read(const char *folder, struct arena *arena, struct registries_d *registries,
                      struct error *error);

/* The place for an image: of the most specific scope that has one, as containers/image 5 finds it (its manual
 * says that a scope without one hides those above; its code goes on). NULL: none. *scope: which, for
 * messages. */
const char *registries_d_url(const struct registries_d *registries, const struct trust_reference *image,
                             struct arena *arena, const char **scope);

/* One file (registries_yaml.c; without libyaml ERROR_UNSUPPORTED). Sections are added behind *count, at most
 * `room` in all. */
int registries_yaml_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                          struct registries_section *sections, size_t room, size_t *count,
                          struct error *error);
