/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of linux.sysctl (config-linux.md, "Sysctl"): one key is one file below /proc/sys that belongs to a
 * namespace of the container. CVE-2022-0811 came from joining keys and values into one string; here each is
 * judged by itself.
 */
#include "spec/check.h"

#include <limits.h>
#include <string.h>
#include "base/memory.h"

enum { SYSCTL_KEY_MAX = 255 };

/* sysctl(8): the first separator decides which of '.' and '/' parts the key; the other one then stands for a
 * literal part. */
static bool to_path(const char *key, char path[SYSCTL_KEY_MAX + 1])
{
    size_t length = strlen(key);
    size_t first = strcspn(key, "./");
    bool dotted = key[first] == '.';

    if (length == 0 || length > SYSCTL_KEY_MAX)
        return false;
    for (size_t i = 0; i <= length; i++) {
        path[i] = key[i];
        if (dotted && key[i] == '.')
            path[i] = '/';
        else if (dotted && key[i] == '/')
            path[i] = '.';
    }
    return true;
}

/* Components that are file names: not empty, not beginning with a dot, of characters that /proc/sys uses
 * (interfaces included). */
static bool is_clean(const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@";

    for (;;) {
        size_t length = strcspn(path, "/");

        if (length == 0 || path[0] == '.' || strspn(path, allowed) < length)
            return false;
        if (path[length] == '\0')
            return true;
        path += length + 1;
    }
}

static bool is_among(const char *path, const char *const *paths)
{
    for (; *paths != NULL; paths++)
        if (strcmp(path, *paths) == 0)
            return true;
    return false;
}

/* The namespace that owns the file, or NULL when the whole host does. */
static const char *owner_of(const char *path)
{
    static const char *const ipc[] = {
        "kernel/msgmax", "kernel/msgmnb",      "kernel/msgmni",          "kernel/msg_next_id",
        "kernel/sem",    "kernel/sem_next_id", "kernel/shmall",          "kernel/shmmax",
        "kernel/shmmni", "kernel/shm_next_id", "kernel/shm_rmid_forced", NULL};
    static const char *const uts[] = {"kernel/hostname", "kernel/domainname", NULL};

    if (text_starts_with(path, "net/"))
        return "network";
    if (text_starts_with(path, "fs/mqueue/") || is_among(path, ipc))
        return "ipc";
    if (is_among(path, uts))
        return "uts";
    if (text_starts_with(path, "user/"))
        return "user";
    return NULL;
}

static int check_entry(const struct spec_check *check, const struct spec *spec, const struct json_pair *entry,
                       const struct json_place *place)
{
    char path[SYSCTL_KEY_MAX + 1];
    const char *owner;

    if (!to_path(entry->key, path) || !is_clean(path))
        return spec_refuse(check, place,
                           "\"%.100s\" is no sysctl key: expected names with '.' or '/' between them",
                           entry->key);
    /* Some values are lists with tabs; a line's end would begin another write in some handlers. */
    for (const char *at = entry->value; *at != '\0'; at++)
        if (*at != '\t' && ((unsigned char)*at < 0x20 || *at == 0x7f))
            return spec_refuse(check, place, "the value must not contain control characters");
    owner = owner_of(path);
    if (owner == NULL)
        return spec_refuse(check, place, "\"%s\" is not namespaced: setting it would change the host",
                           entry->key);
    if (strcmp(path, "kernel/hostname") == 0)
        return spec_refuse(check, place, "use /hostname to set the host name");
    if (strcmp(path, "kernel/domainname") == 0 && spec->domainname != NULL &&
        strcmp(spec->domainname, entry->value) != 0)
        return spec_refuse(check, place, "differs from /domainname: use that one to set the domain name");
    if (spec_find_namespace(spec->linux_part, owner) == NULL)
        return spec_refuse(check, place,
                           "\"%s\" needs a namespace of type \"%s\" in /linux/namespaces: without it the "
                           "host would be changed",
                           entry->key, owner);
    return 0;
}

int spec_check_sysctl(const struct spec_check *check, const struct spec *spec, const struct json_place *above)
{
    const struct json_string_map *sysctl = &spec->linux_part->sysctl;
    const struct json_place *place = PLACE_MEMBER(above, "sysctl");

    for (size_t i = 0; i < sysctl->count; i++)
        if (check_entry(check, spec, &sysctl->items[i], PLACE_MEMBER(place, sysctl->items[i].key)) < 0)
            return -1;
    return 0;
}
