/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See landlock.h. landlock_program.c holds the program against the layers. */
#include "linux/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "linux/landlock_rules.h"

/* struct landlock_ruleset_attr and struct landlock_net_port_attr as of ABI 6; an older kernel takes them as
 * long as what it does not know is zero. */
struct ruleset_attributes {
    uint64_t handled_fs, handled_net, scoped;
};
struct port_attributes {
    uint64_t allowed, port;
};

enum { RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 /* ABI 4, Linux 6.7 */ };

/* ---- what the kernel lacks ---- */

static int explain(const struct plan_landlock *layer, int number, struct error *error)
{
    switch (number) {
    case ENOSYS:
        return error_set(error, ERROR_UNSUPPORTED,
                         "policy %s: landlock: this kernel has no Landlock (CONFIG_SECURITY_LANDLOCK), or a "
                         "filter around the runtime forbids it",
                         layer->policy);
    case EOPNOTSUPP:
        return error_set(error, ERROR_UNSUPPORTED,
                         "policy %s: landlock: Landlock is not enabled on this host: name it in the "
                         "kernel's lsm= option",
                         layer->policy);
    case EINVAL:
    case E2BIG:
        return error_set(error, ERROR_UNSUPPORTED,
                         "policy %s: landlock: this kernel's Landlock is older than ABI %u", layer->policy,
                         layer->abi);
    default:
        return error_system(error, number, "policy %s: landlock: make a ruleset", layer->policy);
    }
}

static int make_ruleset(struct landlock *landlock, size_t index, struct error *error)
{
    const struct plan_landlock *layer = &landlock->layers[index];
    const struct ruleset_attributes attributes = {layer->handled_fs, layer->handled_net, layer->scoped};

    landlock->rulesets[index] = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    return landlock->rulesets[index] < 0 ? explain(layer, errno, error) : 0;
}

/* ---- paths ---- */

static int remember(struct landlock_places *places, size_t layer, uint64_t access,
                    const struct landlock_found *found)
{
    struct landlock_place *items = reallocarray(places->items, places->count + 1, sizeof(*items));

    if (items == NULL)
        return -1;
    items[places->count++] = (struct landlock_place){
        .inode = found->inode,
        .device_major = found->device_major,
        .device_minor = found->device_minor,
        .layer = layer,
        .access = access,
    };
    places->items = items;
    return 0;
}

int landlock_add_object(struct landlock *landlock, size_t index, uint64_t access,
                        const struct landlock_found *found)
{
    struct landlock_path_beneath_attr attributes = {.parent_fd = found->object};

    access &= landlock->layers[index].handled_fs;
    if (!S_ISDIR(found->type))
        access &= LANDLOCK_FS_OF_FILES;
    /* Nothing that this object can be used for; a rule without a right is ENOMSG. */
    if (access == 0)
        return 0;
    attributes.allowed_access = access;
    if (syscall(SYS_landlock_add_rule, landlock->rulesets[index], RULE_PATH_BENEATH, &attributes, 0) < 0)
        return -1;
    return remember(&landlock->places, index, access, found);
}

static void leave_out(struct landlock *landlock, const char *policy, const char *path, int number)
{
    const size_t used = strlen(landlock->left_out);
    struct text text = text_over(landlock->left_out + used, sizeof(landlock->left_out) - used);

    text_append(&text, used == 0 ? "landlock: left out, and so refused:" : ",");
    text_append_format(&text, " %s of policy %s (%s)", path, policy,
                       number == EXDEV ? "a symlink that the container may have made"
                                       : error_errno_text(number));
}

/* What it takes to make a symlink in a directory; and to move what lies elsewhere to another place. */
static const uint64_t make_link = LANDLOCK_FS_MAKE_SYM, move_there = LANDLOCK_FS_MAKE_SYM | LANDLOCK_FS_REFER;

/* Could the container have made a symlink in this directory? Where every layer that handles files lets it.
 * What cannot be told is distrusted. */
static bool may_be_made(const void *context, int directory)
{
    const struct landlock *landlock = context;

    for (size_t i = 0; i < landlock->count; i++)
        if ((landlock->layers[i].handled_fs & make_link) != 0 &&
            landlock_directory_covered(&landlock->writable, i, make_link, directory) == 0)
            return false;
    return true;
}

/* Could it have moved what was found to where the symlink is? Then the symlink opens nothing. */
static bool may_be_moved(const struct landlock *landlock, const struct landlock_found *found)
{
    for (size_t i = 0; i < landlock->count; i++)
        if ((landlock->layers[i].handled_fs & make_link) != 0 &&
            landlock_path_covered(&landlock->writable, i, move_there, found) != 1)
            return false;
    return true;
}

/* Where it may write: wherever the lists lead now. */
static int find_writable(struct landlock *landlock, size_t index, struct error *error)
{
    const struct plan_landlock *layer = &landlock->layers[index];

    for (size_t i = 0; i < layer->path_count; i++) {
        cleanup_landlock_found struct landlock_found found = LANDLOCK_NOT_FOUND;

        if ((layer->paths[i].access & make_link) == 0 ||
            landlock_path_find(layer->paths[i].path.text, NULL, NULL, &found) < 0)
            continue;
        if (remember(&landlock->writable, index, layer->paths[i].access & move_there, &found) < 0)
            return error_set(error, ERROR_LIMIT, "landlock: memory is exhausted");
    }
    return 0;
}

int landlock_find(const struct landlock *landlock, const char *path, struct landlock_found *found)
{
    if (landlock_path_find(path, landlock->joins ? may_be_made : NULL, landlock, found) < 0)
        return -1;
    if (!found->distrusted || may_be_moved(landlock, found))
        return 0;
    landlock_found_close(found);
    errno = EXDEV;
    return -1;
}

static bool is_missing(int number)
{
    return number == ENOENT || number == ENOTDIR;
}

/* 1: a rule; 0: left out. */
static int open_path(struct landlock *landlock, size_t index, const struct plan_landlock_path *path,
                     struct error *error)
{
    const struct plan_landlock *layer = &landlock->layers[index];
    cleanup_landlock_found struct landlock_found found = LANDLOCK_NOT_FOUND;

    if (landlock_find(landlock, path->path.text, &found) < 0) {
        if ((is_missing(errno) && (layer->skip_missing || landlock->joins)) ||
            (errno == EXDEV && landlock->joins)) {
            leave_out(landlock, layer->policy, path->path.text, errno);
            return 0;
        }
        if (!is_missing(errno))
            return error_system(error, errno, "%s:%u: policy %s: landlock: find %s in the container",
                                layer->file, layer->line, layer->policy, path->path.text);
        return error_set(
            error, ERROR_INVALID,
            "%s:%u: policy %s: landlock: %s does not exist in the container: make it in the image "
            "or mount it, take it from the list, or let the section say \"ifUnsupported\": "
            "\"note\"",
            layer->file, layer->line, layer->policy, path->path.text);
    }
    if (landlock_add_object(landlock, index, path->access, &found) < 0)
        return error_system(error, errno, "%s:%u: policy %s: landlock: a rule for %s", layer->file,
                            layer->line, layer->policy, path->path.text);
    if ((path->access & LANDLOCK_FS_EXECUTE) != 0)
        return landlock_add_loader_of(landlock, index, &found, error);
    return 0;
}

static int open_paths(struct landlock *landlock, size_t index, struct error *error)
{
    const struct plan_landlock *layer = &landlock->layers[index];

    for (size_t i = 0; i < layer->path_count; i++)
        if (open_path(landlock, index, &layer->paths[i], error) < 0)
            return -1;
    return 0;
}

/* ---- ports ---- */

static int open_ports(const struct landlock *landlock, size_t index, struct error *error)
{
    const struct plan_landlock *layer = &landlock->layers[index];

    for (size_t i = 0; i < layer->port_count; i++) {
        const struct plan_landlock_ports *ports = &layer->ports[i];

        for (uint32_t port = ports->first; port <= ports->last; port++) {
            const struct port_attributes attributes = {ports->access, port};

            if (syscall(SYS_landlock_add_rule, landlock->rulesets[index], RULE_NET_PORT, &attributes, 0) < 0)
                return error_system(error, errno, "%s:%u: policy %s: landlock: a rule for TCP port %u",
                                    layer->file, layer->line, layer->policy, port);
        }
    }
    return 0;
}

/* ---- the whole ---- */

void landlock_begin(struct landlock *landlock, const struct plan_process *plan, bool joins)
{
    *landlock = (struct landlock){.joins = joins};
    for (size_t i = 0; i < LANDLOCK_LAYERS_MAX; i++)
        landlock->rulesets[i] = -1;
    if (plan != NULL) {
        landlock->layers = plan->landlock;
        landlock->count = plan->landlock_count;
    }
}

int landlock_open(struct landlock *landlock, struct error *error)
{
    if (landlock->count > LANDLOCK_LAYERS_MAX)
        return error_set(error, ERROR_LIMIT, "landlock: %zu layers are more than the kernel stacks (%d)",
                         landlock->count, LANDLOCK_LAYERS_MAX);
    for (size_t i = 0; landlock->joins && i < landlock->count; i++)
        if (find_writable(landlock, i, error) < 0)
            return -1;
    for (size_t i = 0; i < landlock->count; i++)
        if (make_ruleset(landlock, i, error) < 0 || open_paths(landlock, i, error) < 0 ||
            open_ports(landlock, i, error) < 0)
            return -1;
    return 0;
}

int landlock_restrict(struct landlock *landlock, struct error *error)
{
    for (size_t i = 0; i < landlock->count; i++) {
        const struct plan_landlock *layer = &landlock->layers[i];

        if (syscall(SYS_landlock_restrict_self, landlock->rulesets[i], layer->restrict_flags) < 0) {
            if (errno == E2BIG)
                return error_set(
                    error, ERROR_LIMIT,
                    "policy %s: landlock: the kernel's 16 layers are used up: the runtime itself "
                    "runs in some of them",
                    layer->policy);
            return error_system(error, errno, "policy %s: landlock: restrict the container's process",
                                layer->policy);
        }
        descriptor_close(&landlock->rulesets[i]);
    }
    return 0;
}
