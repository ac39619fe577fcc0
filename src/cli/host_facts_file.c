/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading --host-facts FILE. */
#include "cli/host_facts_file.h"

#include <fcntl.h>
#include "container/prepare.h"

enum { FACTS_BYTES_MAX = 1024 * 1024 };

int host_facts_file_read(const char *path, struct arena *arena, const struct host_facts **facts,
                         struct error *error)
{
    struct host_facts *read = arena_allocate(arena, sizeof(*read));
    char *bytes;
    size_t length;

    if (prepare_read_document(AT_FDCWD, path, path, FACTS_BYTES_MAX, arena, &bytes, &length, error) != 0 ||
        host_facts_parse(bytes, length, path, arena, read, error) != 0)
        return -1;
    *facts = read;
    return 0;
}
