/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The session keyring of a container's process. */
#include "linux/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Permission bits of a key (keyctl(2)): the owner may search it. */
enum { KEY_USER_SEARCH = 0x00080000 };

/* "type;uid;gid;permissions;name" of the kernel; a name is at most 4096 bytes, the rest is short. */
enum { DESCRIPTION_SIZE = 4096 + 64 };

static const char forbidden[] =
    "no session keyring of its own: the kernel has no keyrings, or what the runtime runs in forbids them";
static const char foreign[] =
    "an unnamed session keyring: the container's name for one is taken by another user";

static long key_control(int operation, long first, long second)
{
    return syscall(SYS_keyctl, operation, first, second, 0L, 0L);
}

/* Parse owner and permissions. */
static bool parse_description(const char *text, uid_t *owner, uint32_t *permissions)
{
    const char *field = strchr(text, ';');
    char *end;

    if (field == NULL)
        return false;
    *owner = (uid_t)strtoul(field + 1, &end, 10);
    for (int i = 0; i < 2; i++) {
        if (*end != ';')
            return false;
        field = end + 1;
        end = strchr(field, ';');
        if (end == NULL)
            return false;
    }
    *permissions = (uint32_t)strtoul(field, &end, 16);
    return *end == ';';
}

static long join(const char *name)
{
    return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name, 0L, 0L, 0L);
}

static int read_back(long keyring, uid_t *owner, uint32_t *permissions, struct error *error)
{
    char description[DESCRIPTION_SIZE];
    long length = syscall(SYS_keyctl, KEYCTL_DESCRIBE, keyring, description, sizeof(description), 0L);

    if (length < 0)
        return error_system(error, errno, "describe the session keyring");
    if ((size_t)length > sizeof(description) || !parse_description(description, owner, permissions))
        return error_set(error, ERROR_SYSTEM,
                         "the kernel's description of the session keyring cannot be read");
    return 0;
}

static int join_error(struct error *error)
{
    if (errno == EDQUOT)
        return error_set(
            error, ERROR_LIMIT,
            "make a session keyring: the user's quota of keys is used up (sysctl kernel.keys.maxkeys; "
            "--no-new-keyring does without)");
    return error_system(error, errno, "make a session keyring");
}

int keyring_join(const struct plan_process *plan, const char **fallback, struct error *error)
{
    uid_t owner;
    uint32_t permissions;
    long keyring;

    if (!plan->new_keyring)
        return 0;
    keyring = join(plan->keyring_name);
    if (keyring < 0 && (errno == ENOSYS || errno == EPERM || errno == EACCES)) {
        *fallback = forbidden;
        return 0;
    }
    if (keyring < 0)
        return join_error(error);
    if (read_back(keyring, &owner, &permissions, error) < 0)
        return -1;
    /* Keyrings are found by name among all that may be searched: somebody may have been waiting with this
     * one. */
    if (owner != geteuid()) {
        *fallback = foreign;
        keyring = join(NULL);
        if (keyring < 0)
            return join_error(error);
        if (read_back(keyring, &owner, &permissions, error) < 0)
            return -1;
    }
    /* A process that no longer possesses the keyring but has its owner's id finds keys in it by search. */
    if ((permissions & KEY_USER_SEARCH) == 0 &&
        key_control(KEYCTL_SETPERM, keyring, (long)(permissions | KEY_USER_SEARCH)) < 0)
        return error_system(error, errno, "let the session keyring be searched");
    return 0;
}
