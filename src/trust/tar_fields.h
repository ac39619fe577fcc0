/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of tar's headers and pax records (tar_reader.c). Pure over their bytes; -1: ERROR_INVALID. */
#pragma once

#include "trust/tar_reader.h"

/* The checksum holds; which type is it, and how long is what follows? */
int tar_header_check(const uint8_t block[TAR_BLOCK], char *type, uint64_t *size, struct error *error);

/* A whole entry of a checked header. name and link have TAR_NAME_MAX + 1 bytes and hold what entry points
 * to, together with overrides. */
int tar_header_read(const uint8_t block[TAR_BLOCK], const struct tar_overrides *overrides, char *name,
                    char *link, struct tar_entry *entry, struct error *error);

/* "LENGTH KEY=VALUE\n" each; bytes are changed (NULs behind keys and values) and pointed into. */
int tar_records_read(char *bytes, size_t length, struct tar_overrides *overrides, struct error *error);

/* Without empty components and "."; "." when nothing is left. -1: ".." or too long. */
int tar_name_clean(const char *from, char to[TAR_NAME_MAX + 1], struct error *error);
