/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: a process between the runtime and init, where a user namespace is made or joined together with
 * others that are joined or with a time namespace, or where the runtime could not come back from a namespace
 * that it entered for init. It enters them in the order that each one's owner allows, makes init as its
 * sibling (CLONE_PARENT), tells the runtime init's pid, and ends.
 *
 *   runtime                         stage                       init
 *   clone3 ───────────────────────▶ joins what it may
 *                                   user namespace
 *           ◀─────── maps wanted ──
 *   maps    ─── continue ─────────▶ the rest, time offsets
 *                                   clone3(CLONE_PARENT) ─────▶ waits
 *           ◀─────── born, pidfd ── ends
 *   reaps   ─── continue ──────────────────────────────────────▶ …
 */
#include <errno.h>
#include <sched.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/pre_exec.h"
#include "linux/sandbox_child.h"
#include "linux/sandbox_clone.h"
#include "linux/sandbox_message.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static int make_user_namespace(struct sandbox_child *child, struct error *error)
{
    const struct plan_namespaces *plan = &child->plan->namespaces;

    if ((plan->new_flags & CLONE_NEWUSER) == 0)
        return 0;
    if (unshare(CLONE_NEWUSER) < 0)
        return namespaces_explain(plan, CLONE_NEWUSER, errno, error);
    /* For the parent's writing of the maps, and for our own of the time offsets: their files belong to whom
     * we were otherwise. */
    if (pre_exec_set_dumpable(true) < 0)
        return error_system(error, errno, "let the runtime write the id maps");
    if (sandbox_message_send(child->control, SANDBOX_MESSAGE_MAPS_WANTED, 0, -1) < 0 ||
        sandbox_message_expect(child->control, SANDBOX_MESSAGE_CONTINUE, NULL) < 0)
        return error_system(error, errno, "wait for the id maps");
    return 0;
}

static int enter_namespaces(struct sandbox_child *child, struct error *error)
{
    const struct plan_namespaces *plan = &child->plan->namespaces;
    const bool privileged = child->process.facts->uid == 0;
    uint64_t refused = 0;

    descriptor_close(&child->parent_end);
    if (pre_exec_die_with_parent(child->control) < 0)
        return error_system(error, errno, "tie the container's process to the runtime");
    /* While our own process files are ours, and nobody of a joined namespace can see us. */
    SANDBOX_STEP(sandbox_process_set_oom_score(&child->process, error));
    /* With root's rights, which reach into every namespace below: before they are lost with the change of
     * user namespace. */
    SANDBOX_STEP(namespaces_join(plan, &child->handles, child->handles.flags & ~(uint64_t)CLONE_NEWUSER,
                                 &refused, error));
    if (privileged)
        SANDBOX_STEP(namespaces_make_time(plan, error));
    SANDBOX_STEP(namespaces_join(plan, &child->handles, CLONE_NEWUSER, NULL, error));
    SANDBOX_STEP(make_user_namespace(child, error));
    if (!privileged)
        SANDBOX_STEP(namespaces_make_time(plan, error));
    if (sandbox_child_enters_user_namespace(child))
        SANDBOX_STEP(sandbox_child_own_user_namespace(child, error));
    /* Those that belong to the user namespace which we are root of by now. */
    return namespaces_join(plan, &child->handles, refused, NULL, error);
}

_Noreturn void sandbox_stage_run(struct sandbox_child *child)
{
    const uint64_t done = CLONE_NEWUSER | CLONE_NEWTIME | CLONE_NEWCGROUP;
    struct sandbox_clone clone = {
        .flags = (child->plan->namespaces.new_flags & ~done) | CLONE_PARENT,
        .cgroup = -1, /* inherited from us */
    };
    struct error error = {0};
    pid_t init = -1;

    if (enter_namespaces(child, &error) == 0) {
        init = sandbox_clone(&clone, true);
        if (init < 0)
            namespaces_explain(&child->plan->namespaces, clone.flags, errno, &error);
    }
    if (init == 0)
        sandbox_child_run(child);
    if (init < 0) {
        /* If the runtime is gone there is nobody to tell. */
        (void)sandbox_message_send_error(child->control, SANDBOX_MESSAGE_ERROR, &error);
        _exit(EXIT_FAILURE);
    }
    _exit(sandbox_message_send(child->control, SANDBOX_MESSAGE_BORN, init, clone.pidfd) < 0 ? EXIT_FAILURE
                                                                                            : EXIT_SUCCESS);
}
