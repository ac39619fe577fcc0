/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Container ids: what they may be made of. */
#include "container/container_id.h"

#include <string.h>

static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-";

int container_id_check(const char *id, struct error *error)
{
    size_t length = strlen(id);
    size_t good = strspn(id, allowed);

    if (length == 0)
        return error_set(error, ERROR_INVALID,
                         "the container id is empty: give it at least one of [A-Za-z0-9_+.-]");
    if (good != length && good < CONTAINER_ID_MAX)
        return error_set(error, ERROR_INVALID,
                         "container id \"%.64s\": character %zu is none of [A-Za-z0-9_+.-]", id, good + 1);
    if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        return error_set(error, ERROR_INVALID, "container id \"%s\": this names a directory, not a container",
                         id);
    if (id[0] == '-')
        return error_set(error, ERROR_INVALID, "container id \"%.64s\": it may not begin with '-'", id);
    if (length > CONTAINER_ID_MAX)
        return error_set(
            error, ERROR_LIMIT,
            "container id \"%.32s…\": %zu characters, at most %d are possible (it names a cgroup)", id,
            length, (int)CONTAINER_ID_MAX);
    return 0;
}
