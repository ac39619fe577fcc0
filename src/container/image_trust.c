/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_trust.h. */
#include "container/image_trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "container/gpg_helper.h"
#include "container/observe_root.h"
#include "container/site_path.h"
#include "container/state_root.h"
#include "container/trust_cache.h"
#include "trust/evidence.h"

/* ---- the root stays the same ---- */

struct identity {
    uint64_t mount, inode;
    uint32_t major, minor;
};

/* All zero: it cannot be looked at, which is no other thing each time. */
static struct identity identify(const char *path)
{
    struct statx status;

    if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_MNT_ID | STATX_INO, &status) != 0)
        return (struct identity){0};
    return (struct identity){
        .mount = (status.stx_mask & STATX_MNT_ID) != 0 ? status.stx_mnt_id : 0,
        .inode = status.stx_ino,
        .major = status.stx_dev_major,
        .minor = status.stx_dev_minor,
    };
}

static bool is_same(const struct identity *one, const struct identity *other)
{
    return one->mount == other->mount && one->inode == other->inode && one->major == other->major &&
           one->minor == other->minor;
}

/* ---- documents ---- */

/* Whoever can change a policy.json decides what is trusted. Keyrings are looked at when they are opened. */
int image_trust_check_document(const char *path, struct error *error)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return error_system(error, errno, "looking at %s", path);
    if (!site_path_is_ours(&status) || (status.st_mode & 022) != 0)
        return error_set(
            error, ERROR_DENIED,
            "%s can be changed by others (owner %u, mode %03o): whoever writes it decides which images are "
            "trusted; chown root it and chmod go-w",
            path, status.st_uid, status.st_mode & 0777U);
    return site_path_check(path, error);
}

/* ---- all together ---- */

static struct trust_places places_of(const struct image_trust_request *request)
{
    struct trust_places places =
        request->places != NULL ? *request->places : request->configuration->image_stores;
    const char *home = getenv("HOME");

    if (request->rootless && places.home == NULL && home != NULL && home[0] == '/')
        places.home = home;
    return places;
}

/* The host's id of the container's root; 0 without maps. */
static uint32_t root_of(const struct json_structs *maps)
{
    const struct spec_id_mapping *items = maps->items;

    for (size_t i = 0; i < maps->count; i++)
        if (items[i].container_id == 0 && items[i].size > 0)
            return items[i].host_id;
    return 0;
}

/* What the bundle says of its root, for the empty files that a runtime has made there before. */
static void add_request(const struct spec *spec, struct arena *arena, struct trust_root *root)
{
    const struct spec_mount *mounts = spec->mounts.items;
    const char **destinations = arena_array(arena, spec->mounts.count, sizeof(*destinations));

    for (size_t i = 0; i < spec->mounts.count; i++)
        if (mounts[i].destination != NULL)
            destinations[root->mount_count++] = mounts[i].destination;
    root->mounts = destinations;
    if (spec->linux_part != NULL) {
        root->user = root_of(&spec->linux_part->uid_mappings);
        root->group = root_of(&spec->linux_part->gid_mappings);
    }
}

/* What was taken apart is what is compared with before and after. */
static bool is_root(const struct identity *identity, const struct trust_root *root)
{
    return identity->inode == root->inode && makedev(identity->major, identity->minor) == root->device;
}

static void tell_root(const struct trust_root *root, struct image_trust_root *seen)
{
    if (seen != NULL)
        *seen = (struct image_trust_root){root->inode != 0, root->device, root->inode};
}

static int gather(const struct image_trust_request *request, const char *state_root, struct arena *arena,
                  struct trust *trust, struct image_trust_root *seen, struct error *error)
{
    const struct identity before = identify(request->root);
    const struct trust_places places = places_of(request);
    cleanup_trust_store struct trust_store store = {.directory = -1};
    cleanup_gpg_helper struct gpg_helper helper;
    struct identity after;
    struct trust_root root;
    struct trust_cache cache;
    struct trust_gpg gpg;

    gpg_helper_begin(&helper, state_root);
    trust_store_open(state_root, arena, &store);
    cache = trust_store_cache(&store);
    helper.cache = &cache;
    gpg = gpg_helper_of(&helper);
    const struct trust_inquiry inquiry = {
        .demand = request->demand,
        .root = &root,
        .places = &places,
        .gpg = &gpg,
        .cache = &cache,
        .issuers = request->configuration->issuers,
        .issuer_count = request->configuration->issuer_count,
        .now_s = time(NULL),
        .check_document = image_trust_check_document,
    };
    if (observe_root(request->bundle, request->root, arena, &root, error) != 0)
        return -1;
    if (request->spec != NULL)
        add_request(request->spec, arena, &root);
    if (trust_gather(&inquiry, arena, trust, error) != 0)
        return -1;
    trust->not_remembered = store.unusable;
    after = identify(request->root);
    tell_root(&root, seen);
    return is_same(&before, &after) && is_root(&before, &root)
               ? 0
               : error_set(error, ERROR_UNTRUSTED, "%s became another folder or mount while it was looked at",
                           request->root);
}

int image_trust_gather(const struct image_trust_request *request, struct arena *arena, struct trust *trust,
                       struct image_trust_root *seen, struct error *error)
{
    cleanup_fd int directory = -1;
    const char *state_root;

    *trust = trust_of_nothing();
    if (seen != NULL)
        *seen = (struct image_trust_root){0};
    if (trust_demand_is_empty(request->demand))
        return 0;
    /* gpg's private homes and what is remembered lie there. */
    if (state_root_path(request->state_root, arena, &state_root, error) != 0 ||
        state_root_open(state_root, true, &directory, error) != 0)
        return -1;
    return gather(request, state_root, arena, trust, seen, error);
}
