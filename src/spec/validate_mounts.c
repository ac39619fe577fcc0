/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of mounts (config.md, "Mounts", "Linux mount options", "POSIX-platform Mounts"). */
#include "spec/check.h"

#include <string.h>
#include "base/memory.h"

static bool has_option(const struct spec_mount *mount, const char *const *words)
{
    for (size_t i = 0; i < mount->options.count; i++)
        for (size_t j = 0; words[j] != NULL; j++)
            if (strcmp(mount->options.items[i], words[j]) == 0)
                return true;
    return false;
}

static bool is_bind(const struct spec_mount *mount)
{
    static const char *const words[] = {"bind", "rbind", NULL};

    return has_option(mount, words) || (mount->type != NULL && strcmp(mount->type, "bind") == 0);
}

/* Nothing but slashes and dots: the root itself. */
static bool is_root(const char *path)
{
    while (*path != '\0') {
        size_t length;

        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (length > 1 || (length == 1 && path[0] != '.'))
            return false;
        path += length;
    }
    return true;
}

/* config.md, "Mounts": SHOULD be absolute; a relative one is deprecated and taken from "/". */
static int check_destination(const struct spec_check *check, const struct spec_mount *mount,
                             const struct json_place *above)
{
    const struct json_place *place = PLACE_MEMBER(above, "destination");

    if (mount->destination[0] == '\0')
        return spec_refuse(check, place, "the destination is empty");
    if (spec_path_climbs(mount->destination))
        return spec_refuse(check, place, "the path must not contain \"..\": \"%.200s\"", mount->destination);
    if (is_root(mount->destination))
        return spec_refuse(check, place,
                           "mounting over the container's root is not supported: put it into /root/path");
    if (spec_check_plain(check, place, mount->destination, "the path") < 0)
        return -1;
    if (mount->destination[0] != '/')
        spec_note(check, place, "relative destinations are deprecated: taken from \"/\"");
    return 0;
}

/* config.md, "Mounts": type is a dummy for bind mounts, and needed for all others that make a file system. */
static int check_type(const struct spec_check *check, const struct spec_mount *mount,
                      const struct json_place *place)
{
    static const char *const changes[] = {"remount", "shared", "slave",    "private",     "unbindable",
                                          "rshared", "rslave", "rprivate", "runbindable", NULL};
    bool typed = mount->type != NULL && mount->type[0] != '\0';

    if (is_bind(mount)) {
        if (mount->source == NULL || mount->source[0] == '\0')
            return spec_refuse(check, PLACE_MEMBER(place, "source"), "a bind mount needs a source");
        return 0;
    }
    if (!typed && !has_option(mount, changes))
        return spec_refuse(check, PLACE_MEMBER(place, "type"), "a mount that is no bind mount needs a type");
    return 0;
}

/* config.md, "POSIX-platform Mounts": uidMappings and gidMappings come together; idmap needs a mapping from
 * somewhere. */
static int check_id_mapping(const struct spec_check *check, const struct spec *spec,
                            const struct spec_mount *mount, const struct json_place *place)
{
    static const char *const words[] = {"idmap", "ridmap", NULL};
    const struct json_place *uids = PLACE_MEMBER(place, "uidMappings"),
                            *gids = PLACE_MEMBER(place, "gidMappings");

    if (spec_check_mappings(check, uids, &mount->uid_mappings) < 0 ||
        spec_check_mappings(check, gids, &mount->gid_mappings) < 0)
        return -1;
    if (mount->uid_mappings.count > 0 && mount->gid_mappings.count == 0)
        return spec_refuse(check, uids, "uidMappings need gidMappings beside them");
    if (mount->gid_mappings.count > 0 && mount->uid_mappings.count == 0)
        return spec_refuse(check, gids, "gidMappings need uidMappings beside them");
    if (mount->uid_mappings.count == 0 && has_option(mount, words) &&
        spec_find_namespace(spec->linux_part, "user") == NULL)
        return spec_refuse(check, PLACE_MEMBER(place, "options"),
                           "idmap without uidMappings and gidMappings needs a namespace of type \"user\" in "
                           "/linux/namespaces");
    return 0;
}

int spec_check_mounts(const struct spec_check *check, const struct spec *spec)
{
    const struct json_place *place = PLACE_MEMBER(NULL, "mounts");

    for (size_t i = 0; i < spec->mounts.count; i++) {
        const struct spec_mount *mount = &SPEC_ITEMS(spec->mounts, struct spec_mount)[i];
        const struct json_place *here = PLACE_ITEM(place, i);

        if (check_destination(check, mount, here) < 0 || check_type(check, mount, here) < 0 ||
            check_id_mapping(check, spec, mount, here) < 0)
            return -1;
    }
    return 0;
}
