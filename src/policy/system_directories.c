/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See system_directories.h. */
#include "policy/system_directories.h"

#include <string.h>
#include "base/memory.h"
#include "base/path.h"

enum reach {
    ITSELF,   /* it holds others' things: what is in it may be an image */
    CHILDREN, /* and what is right in it does so again: /home/USER, /var/lib/docker */
    ALL,      /* nothing in it is an image */
};

/* Same order as reaches[]; two arrays, since whoever observes wants the paths alone. */
static const char *const paths[] = {
    "/",          "/bin",     "/boot",    "/dev",      "/etc",       "/home",    "/lib",  "/lib32",
    "/lib64",     "/libx32",  "/media",   "/mnt",      "/opt",       "/proc",    "/root", "/run",
    "/run/user",  "/sbin",    "/srv",     "/sys",      "/tmp",       "/usr",     "/var",  "/var/backups",
    "/var/cache", "/var/lib", "/var/log", "/var/mail", "/var/spool", "/var/tmp",
};
static const unsigned char reaches[] = {
    ITSELF, ALL,    ALL,      ALL, ALL,      CHILDREN, ALL,      ALL, ALL,    ALL,
    ITSELF, ITSELF, ITSELF,   ALL, ITSELF,   CHILDREN, CHILDREN, ALL, ITSELF, ALL,
    ITSELF, ALL,    CHILDREN, ALL, CHILDREN, CHILDREN, ALL,      ALL, ALL,    ITSELF,
};
_Static_assert(ARRAY_LENGTH(paths) == ARRAY_LENGTH(reaches), "one reach a directory");

const char *const *system_directories(size_t *count)
{
    *count = ARRAY_LENGTH(paths);
    return paths;
}

static bool reaches_to(size_t i, const char *path)
{
    const char *rest;

    if (strcmp(path, paths[i]) == 0)
        return true;
    if (reaches[i] == ITSELF || !path_is_beneath(path, paths[i]))
        return false;
    rest = path + strlen(paths[i]) + 1;
    return reaches[i] == ALL || strchr(rest, '/') == NULL;
}

static bool is_object(const struct policy_path_fact *one, const struct policy_path_fact *other)
{
    return one != NULL && other != NULL && one->exists && other->exists && one->device == other->device &&
           one->inode == other->inode;
}

const char *system_directory_of(const struct policy_observed *observed, const struct mount_path *path)
{
    const char *resolved = path->fact != NULL ? path->fact->resolved : NULL;

    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
        if (reaches_to(i, path->written) || (resolved != NULL && reaches_to(i, resolved)) ||
            is_object(path->fact, policy_observed_path(observed, paths[i])))
            return paths[i];
    return NULL;
}
