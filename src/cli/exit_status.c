/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of exit_status.h. */
#include "cli/exit_status.h"

#include <stddef.h>
#include "base/memory.h"

enum {
    STATUS_FAILURE = 1,
    STATUS_USAGE = 2,
    STATUS_CANNOT = 3,
    STATUS_UNTRUSTED = 4,
    STATUS_REFUSED = 126,
    STATUS_MISSING = 127,
    STATUS_EXEC = 255
};

static const struct {
    enum exit_family family;
    enum error_kind kind;
    int status;
} exceptions[] = {
    {EXIT_FAMILY_RUN, ERROR_COMMAND_MISSING, STATUS_MISSING},
    {EXIT_FAMILY_RUN, ERROR_COMMAND_REFUSED, STATUS_REFUSED},
    {EXIT_FAMILY_PROOF, ERROR_UNSUPPORTED, STATUS_CANNOT},
    {EXIT_FAMILY_PROOF, ERROR_LIMIT, STATUS_CANNOT},
    {EXIT_FAMILY_PROOF, ERROR_UNTRUSTED, STATUS_UNTRUSTED},
    {EXIT_FAMILY_PROOF, ERROR_DENIED, STATUS_UNTRUSTED},
};

int exit_status_for(enum exit_family family, enum error_kind kind)
{
    for (size_t i = 0; i < ARRAY_LENGTH(exceptions); i++)
        if (exceptions[i].family == family && exceptions[i].kind == kind)
            return exceptions[i].status;
    if (kind == ERROR_USAGE || family == EXIT_FAMILY_PROOF || family == EXIT_FAMILY_ANSWER)
        return STATUS_USAGE;
    return family == EXIT_FAMILY_EXEC ? STATUS_EXEC : STATUS_FAILURE;
}
