/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's own /proc, verified: a tmpfs with look-alike files must not tell us who a process is (class B of
 * attacks). */
#include "linux/host_proc.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include "base/text.h"

int host_proc_require(struct error *error)
{
    static bool verified;
    struct statfs file_system;

    if (verified)
        return 0;
    if (statfs("/proc", &file_system) < 0)
        return error_system(error, errno, "/proc");
    if (file_system.f_type != PROC_SUPER_MAGIC)
        return error_set(error, ERROR_UNSUPPORTED,
                         "/proc is not a procfs (file system type 0x%lx): mount one, processes cannot be "
                         "told apart without it",
                         (unsigned long)file_system.f_type);
    verified = true;
    return 0;
}

bool host_proc_holds(int descriptor)
{
    struct statfs file_system;

    return fstatfs(descriptor, &file_system) == 0 && file_system.f_type == PROC_SUPER_MAGIC;
}

void host_proc_descriptor_path(char path[HOST_PROC_DESCRIPTOR_PATH_SIZE], int descriptor, const char *name)
{
    struct text text = text_over(path, HOST_PROC_DESCRIPTOR_PATH_SIZE);

    text_append(&text, "/proc/self/fd/");
    text_append_signed(&text, descriptor);
    if (name != NULL) {
        text_append_character(&text, '/');
        text_append_bytes(&text, name, strnlen(name, 32));
    }
}
