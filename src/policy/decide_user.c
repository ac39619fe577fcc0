/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.user. User 0 is root in a user namespace as well: what it may do there is less, but set-user-id
 * programs, mounted volumes and kernel bugs behind a namespace's capabilities are open to it alone. Nobody
 * can guess which other user an image works as, so nothing is narrowed.
 *
 * An id has two names: in the container, and the one that its user namespace gives it on the host, by which
 * the host's files are opened. Both are judged. To a runtime without root "the host's" 0 is an ordinary user.
 */
#include "policy/decide_namespaces.h"
#include "policy/decide_parts.h"

/* What /etc/subuid hands out begins above what 16 bits hold: ids that no file of the host has. */
enum { SUBORDINATE_ID_FIRST = 65536 };

/* A kind of id: what the policy allows of it, and what the kind is called. */
struct id_kind {
    const char *rule, *word, *mappings;
    const struct policy_id_range *ranges;
    size_t range_count;
};

static bool in_ranges(const struct id_kind *kind, uint32_t id)
{
    for (size_t i = 0; i < kind->range_count; i++)
        if (kind->ranges[i].first <= id && id <= kind->ranges[i].last)
            return true;
    return false;
}

/* The id on the host; the id itself where nothing maps it. */
static uint32_t mapped_id(const struct json_structs *mappings, uint32_t id)
{
    for (size_t i = 0; i < mappings->count; i++) {
        const struct spec_id_mapping *mapping = &SPEC_ITEMS(*mappings, struct spec_id_mapping)[i];

        if (id >= mapping->container_id && id - mapping->container_id < mapping->size)
            return mapping->host_id + (id - mapping->container_id);
    }
    return id;
}

struct host_ids {
    const struct json_structs *uids, *gids;
};

/* How ids of the container are mapped; none: they are the host's, or nobody knows. A namespace that is joined
 * has the mappings that were seen in it, whatever the configuration says of them. */
static struct host_ids find_mappings(const struct decider *decider)
{
    static const struct json_structs none;
    const struct spec_linux *linux_part = decider->spec->linux_part;
    struct host_ids ids = {&none, &none};
    const struct spec_namespace *namespace;
    const struct policy_namespace_fact *fact = NULL;
    size_t index;

    if (linux_part == NULL || decider->observed->host.rootless)
        return ids;
    namespace = decide_find_namespace(decider->spec, "user", &index);
    if (namespace == NULL)
        return ids;
    if (namespace->path != NULL && namespace->path[0] != '\0')
        fact = policy_observed_namespace(decider->observed, "user", namespace->path);
    if (fact != NULL && fact->is_host)
        return ids;
    if (fact != NULL && fact->has_mappings)
        return (struct host_ids){&fact->uid_mappings, &fact->gid_mappings};
    return (struct host_ids){&linux_part->uid_mappings, &linux_part->gid_mappings};
}

static void refuse_id(struct decider *decider, const struct policy_user *user, const char *rule,
                      const char *pointer, uint32_t id, const char *reason)
{
    const struct policy_finding finding = {
        .rule = rule,
        .pointer = pointer,
        .requested = arena_format(decider->arena, "%u", id),
        .reason = reason,
    };

    decider_refuse(decider, &user->rule, &finding);
}

static void refuse_host_id(struct decider *decider, const struct policy_user *user, const char *rule,
                           const char *pointer, uint32_t host_id, const char *reason)
{
    const struct policy_finding finding = {
        .rule = rule,
        .pointer = pointer,
        .subject = "on the host",
        .requested = arena_format(decider->arena, "%u", host_id),
        .reason = reason,
    };

    decider_refuse(decider, &user->rule, &finding);
}

static void decide_id(struct decider *decider, const struct policy_user *user, const struct id_kind *kind,
                      const char *pointer, uint32_t id, uint32_t host_id)
{
    if (!in_ranges(kind, id))
        refuse_id(decider, user, kind->rule, pointer, id,
                  arena_format(decider->arena, "%s %u is not among the allowed ones", kind->word, id));
    else if (host_id != id && host_id < SUBORDINATE_ID_FIRST && !in_ranges(kind, host_id))
        refuse_host_id(decider, user, kind->rule, pointer, host_id,
                       arena_format(decider->arena,
                                    "%s %u is %s %u on the host, by linux.%s, and that is not among the "
                                    "allowed ones",
                                    kind->word, id, kind->word, host_id, kind->mappings));
}

static void decide_groups(struct decider *decider, const struct policy_user *user,
                          const struct spec_user *asked, const struct host_ids *host)
{
    const struct id_kind groups = {.rule = "TW0203",
                                   .word = "group",
                                   .mappings = "gidMappings",
                                   .ranges = user->gids,
                                   .range_count = user->gid_count};

    if (!user->has_gids)
        return;
    decide_id(decider, user, &groups, decide_process_pointer(decider, "/user/gid"), asked->gid,
              mapped_id(host->gids, asked->gid));
    for (size_t i = 0; i < asked->additional_gids.count; i++)
        decide_id(
            decider, user, &groups,
            decide_process_pointer(decider, arena_format(decider->arena, "/user/additionalGids/%zu", i)),
            asked->additional_gids.items[i], mapped_id(host->gids, asked->additional_gids.items[i]));
}

static void decide_root(struct decider *decider, const struct policy_user *user, const char *pointer,
                        uint32_t uid, uint32_t host_uid)
{
    if (uid == 0)
        refuse_id(decider, user, "TW0201", pointer, uid, "the program would run as user 0");
    else if (host_uid == 0)
        refuse_host_id(decider, user, "TW0201", pointer, host_uid,
                       arena_format(decider->arena,
                                    "the program would run as user %u, which is user 0 on the host by "
                                    "linux.uidMappings",
                                    uid));
}

void decide_user(struct decider *decider, const struct policy_user *user)
{
    static const struct spec_user root; /* the specification's schema: what is not given is 0 */
    const struct spec_user *asked = decider->process->user != NULL ? decider->process->user : &root;
    const char *pointer = decide_process_pointer(decider, "/user/uid");
    const struct id_kind users = {.rule = "TW0202",
                                  .word = "user",
                                  .mappings = "uidMappings",
                                  .ranges = user->uids,
                                  .range_count = user->uid_count};
    struct host_ids host;
    uint32_t host_uid;

    if (!user->rule.present)
        return;
    host = find_mappings(decider);
    host_uid = mapped_id(host.uids, asked->uid);
    if (user->deny_root)
        decide_root(decider, user, pointer, asked->uid, host_uid);
    if (user->has_uids)
        decide_id(decider, user, &users, pointer, asked->uid, host_uid);
    decide_groups(decider, user, asked, &host);
}
