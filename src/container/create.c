/* SPDX-License-Identifier: GPL-2.0-or-later */
/* create: everything but the program. OCI runtime.md, "Create". */
#include "container/creation.h"

int container_create(const struct runtime *runtime, const struct create_request *request, struct error *error)
{
    cleanup_creation struct creation creation;

    if (creation_begin(&creation, runtime, request, true, error) != 0)
        return -1;
    if (creation_build(&creation, error) != 0)
        return -1;
    creation_done(&creation);
    return 0;
}
