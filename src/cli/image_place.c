/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_place.h. */
#include "cli/image_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "cli/startup.h"
#include "trust/image_store.h"

enum { FILE_MODE = 0644, FOLDER_MODE = 0755 };

int image_draft_begin(const char *path, struct arena *arena, struct image_draft *draft, struct error *error)
{
    *draft = (struct image_draft){.path = path, .descriptor = -1};
    draft->fresh = arena_format(arena, "%s.new-%ld", path, (long)getpid());
    draft->descriptor = open(draft->fresh, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (draft->descriptor < 0) {
        draft->fresh = NULL;
        return error_system(error, errno, "making %s", path);
    }
    return 0;
}

int image_draft_finish(struct image_draft *draft, bool replace, struct error *error)
{
    const unsigned int flags = replace ? 0 : RENAME_NOREPLACE;

    if (fchmod(draft->descriptor, FILE_MODE & ~startup_caller_umask()) != 0 || fsync(draft->descriptor) != 0)
        return error_system(error, errno, "writing %s", draft->path);
    if (renameat2(AT_FDCWD, draft->fresh, AT_FDCWD, draft->path, flags) != 0)
        return errno == EEXIST ? error_set(error, ERROR_EXISTS, "%s exists already", draft->path)
                               : error_system(error, errno, "writing %s", draft->path);
    draft->fresh = NULL;
    descriptor_close(&draft->descriptor);
    return 0;
}

void image_draft_drop(struct image_draft *draft)
{
    if (draft->fresh != NULL)
        (void)unlink(draft->fresh);
    descriptor_close(&draft->descriptor);
    draft->fresh = NULL;
}

int image_write(const char *path, const void *bytes, size_t length, bool replace, struct arena *arena,
                struct error *error)
{
    cleanup_image_draft struct image_draft draft;

    if (image_draft_begin(path, arena, &draft, error) != 0)
        return -1;
    if (descriptor_write_all(draft.descriptor, bytes, length) != 0)
        return error_system(error, errno, "writing %s", path);
    return image_draft_finish(&draft, replace, error);
}

int image_folder_of(const char *bundle, struct arena *arena, const char **folder, struct error *error)
{
    *folder = host_path_join(arena, bundle, "thwart.image").text;
    if (mkdir(*folder, FOLDER_MODE) == 0)
        return chmod(*folder, FOLDER_MODE & ~startup_caller_umask()) == 0
                   ? 0
                   : error_system(error, errno, "making %s", *folder);
    return errno == EEXIST ? 0 : error_system(error, errno, "making %s", *folder);
}

int image_next_signature(const char *folder, struct arena *arena, const char **path, struct error *error)
{
    for (int number = 1; number <= IMAGE_SIGNATURES_MAX; number++) {
        struct stat status;

        *path = arena_format(arena, "%s/signature-%d", folder, number);
        if (lstat(*path, &status) != 0)
            return errno == ENOENT ? 0 : error_system(error, errno, "looking for %s", *path);
    }
    return error_set(error, ERROR_LIMIT, "%s has %d signatures already", folder, (int)IMAGE_SIGNATURES_MAX);
}
