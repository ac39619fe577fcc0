/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.user. User 0 is root in a user namespace as well: what it may do there is less, but set-user-id
 * programs, mounted volumes and kernel bugs behind a namespace's capabilities are open to it alone. Nobody
 * can guess which other user an image works as, so nothing is narrowed.
 */
#include "policy/decide_parts.h"

static bool in_ranges(const struct policy_id_range *ranges, size_t count, uint32_t id)
{
    for (size_t i = 0; i < count; i++)
        if (ranges[i].first <= id && id <= ranges[i].last)
            return true;
    return false;
}

static void decide_group(struct decider *decider, const struct policy_user *user, uint32_t gid,
                         const char *pointer)
{
    const struct policy_finding finding = {
        .rule = "TW0203",
        .pointer = pointer,
        .requested = arena_format(decider->arena, "%u", gid),
        .reason = arena_format(decider->arena, "group %u is not among the allowed ones", gid),
    };

    decider_refuse(decider, &user->rule, &finding);
}

static void decide_groups(struct decider *decider, const struct policy_user *user,
                          const struct spec_user *asked)
{
    if (!user->has_gids)
        return;
    if (!in_ranges(user->gids, user->gid_count, asked->gid))
        decide_group(decider, user, asked->gid, decide_process_pointer(decider, "/user/gid"));
    for (size_t i = 0; i < asked->additional_gids.count; i++) {
        uint32_t gid = asked->additional_gids.items[i];

        if (!in_ranges(user->gids, user->gid_count, gid))
            decide_group(
                decider, user, gid,
                decide_process_pointer(decider, arena_format(decider->arena, "/user/additionalGids/%zu", i)));
    }
}

void decide_user(struct decider *decider, const struct policy_user *user)
{
    static const struct spec_user root; /* the specification's schema: what is not given is 0 */
    const struct spec_user *asked = decider->process->user != NULL ? decider->process->user : &root;
    const char *pointer = decide_process_pointer(decider, "/user/uid");

    if (!user->rule.present)
        return;
    if (user->deny_root && asked->uid == 0) {
        const struct policy_finding finding = {
            .rule = "TW0201",
            .pointer = pointer,
            .requested = "0",
            .reason = "the program would run as user 0",
        };

        decider_refuse(decider, &user->rule, &finding);
    }
    if (user->has_uids && !in_ranges(user->uids, user->uid_count, asked->uid)) {
        const struct policy_finding finding = {
            .rule = "TW0202",
            .pointer = pointer,
            .requested = arena_format(decider->arena, "%u", asked->uid),
            .reason = arena_format(decider->arena, "user %u is not among the allowed ones", asked->uid),
        };

        decider_refuse(decider, &user->rule, &finding);
    }
    decide_groups(decider, user, asked);
}
