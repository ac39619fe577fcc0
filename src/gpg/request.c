/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyrings and homes, as questions name them. */
#include "gpg/request.h"

#include <string.h>
#include "base/gpg_messages.h"

int request_keys(const struct job *job, size_t first, struct keys *keys, struct error *error)
{
    struct keyring keyrings[GPG_KEYRINGS_MAX];
    size_t cursor = 0, count = 0;
    const char *value;
    char name[32];

    while (message_next(job->question, &cursor, name, sizeof(name), &value)) {
        if (strcmp(name, "keyring") != 0)
            continue;
        if (count == GPG_KEYRINGS_MAX || first + count >= job->descriptor_count)
            return error_set(error, ERROR_INVALID, "a keyring is named that did not come");
        keyrings[count] = (struct keyring){value, job->descriptors[first + count]};
        count++;
    }
    if (first + count != job->descriptor_count)
        return error_set(error, ERROR_INVALID, "descriptors came that are not named");
    return keyrings_read(keyrings, count, job->arena, keys, error);
}

int request_home(const struct job *job, const struct keys *keys, struct home *home, struct error *error)
{
    const char *directory = message_get(job->question, "directory");

    if (directory == NULL || directory[0] != '/')
        return error_set(error, ERROR_INVALID, "no directory is named for gpg's home");
    if (home_make(directory, home, error) != 0)
        return -1;
    return keys->ready ? keys_put(keys, home, error) : 0;
}
