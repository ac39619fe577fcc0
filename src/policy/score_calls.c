/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which dangerous calls the filters let through. A call counts as let through where some arguments may be:
 * the whole stack has to close it. */
#include <string.h>
#include "base/memory.h"
#include "policy/score.h"
#include "policy/syscall_answers.h"

static const struct {
    enum score_term term;
    const char *calls[8];
} groups[] = {
    {SCORE_CALLS_MOUNT,
     {"mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "fsmount", "mount_setattr"}},
    {SCORE_CALLS_MODULE,
     {"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"}},
    {SCORE_CALLS_NAMESPACE, {"unshare", "setns"}},
    {SCORE_CALLS_BPF, {"bpf", "perf_event_open", "userfaultfd"}},
    {SCORE_CALLS_KEYRING, {"add_key", "keyctl", "request_key"}},
    {SCORE_CALLS_DEBUG, {"ptrace", "process_vm_writev", "pidfd_getfd"}},
    {SCORE_CALLS_IO_URING, {"io_uring_setup", "io_uring_enter", "io_uring_register"}},
};

static bool permits(const char *action)
{
    struct syscall_answer answer;

    /* Of those that decide by somebody else (notify, trace) the kernel is told later: they may permit. */
    return action == NULL || !syscall_answer_parse(action, false, 0, &answer) ||
           answer.verdict >= SYSCALL_NOTIFY;
}

static bool names(const struct spec_seccomp_rule *rule, const char *call)
{
    for (size_t i = 0; i < rule->names.count; i++)
        if (strcmp(rule->names.items[i], call) == 0)
            return true;
    return false;
}

static bool filter_permits(const struct spec_seccomp *filter, const char *call)
{
    bool always_closed = false;

    for (size_t i = 0; i < filter->rules.count; i++) {
        const struct spec_seccomp_rule *rule = &SPEC_ITEMS(filter->rules, struct spec_seccomp_rule)[i];

        if (!names(rule, call))
            continue;
        if (permits(rule->action))
            return true;
        always_closed |= rule->arguments.count == 0;
    }
    return !always_closed && permits(filter->default_action);
}

void score_look_at_calls(const struct spec *spec, const struct policy_layers *layers, struct arena *arena,
                         struct score_view *view)
{
    const struct spec_seccomp *own = spec->linux_part != NULL ? spec->linux_part->seccomp : NULL;
    const size_t more = layers != NULL ? layers->filter_count : 0;
    bool selective = own != NULL && !permits(own->default_action);

    for (size_t i = 0; i < more; i++)
        selective |= !permits(layers->filters[i]->default_action);
    if (own == NULL && more == 0)
        score_add(view, SCORE_NO_SECCOMP, arena, "/linux/seccomp");
    if (!selective)
        score_add(view, SCORE_PERMISSIVE_SECCOMP, arena,
                  own == NULL ? "/linux/seccomp" : "/linux/seccomp/defaultAction");
    for (size_t g = 0; g < ARRAY_LENGTH(groups); g++)
        for (size_t c = 0; c < ARRAY_LENGTH(groups[g].calls) && groups[g].calls[c] != NULL; c++) {
            bool open = own == NULL || filter_permits(own, groups[g].calls[c]);

            for (size_t i = 0; i < more && open; i++)
                open = filter_permits(layers->filters[i], groups[g].calls[c]);
            if (!open)
                continue;
            score_add(view, groups[g].term, arena, "/linux/seccomp");
            break;
        }
}
