/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec, decided without a container. */
#include "cli/policy_exec.h"

#include <fcntl.h>
#include "container/finding_places.h"

enum { PROCESS_BYTES_MAX = 1024 * 1024 };

int policy_decide_exec(const struct invocation *invocation, const char *file, const struct prepared *prepared,
                       struct policy_decision *decision, struct error *error)
{
    const struct spec_process *process, *grant;
    struct policy_observed observed = prepared->observed;
    struct json_notes notes = {0};
    char *bytes;
    size_t length;

    if (prepare_read_document(AT_FDCWD, file, file, PROCESS_BYTES_MAX, invocation->arena, &bytes, &length,
                              error) != 0 ||
        spec_parse_process(bytes, length, file, invocation->arena, &notes, &process, error) != 0)
        return -1;
    observed.notes = &notes;
    if (policy_decide_process(prepared->grant, process, &prepared->policies, &observed, invocation->arena,
                              decision, &grant, error) != 0)
        return -1;
    return finding_places(decision, bytes, length, invocation->arena, error);
}
