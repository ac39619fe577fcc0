/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime's own program, out of a container's reach.
 *
 * Whoever can open /proc/PID/exe of a process that entered a container can, later, write the host's binary
 * (CVE-2019-5736); and a mere read handle is enough where the kernel lets page-cache pages be changed
 * (CVE-2022-0847, CVE-2026-31431). A memfd has pages of its own, and its seals refuse every later change,
 * also to root. Copying is affordable because the program is small and only what the kernel loads of it is
 * copied: some 0.3 ms for a megabyte, most of it for taking the pages.
 */
#include "linux/self_copy.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/host_proc.h"

/* Linux 6.3; older headers. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

static const char program_link[] = "/proc/self/exe";
static const char process_name[] = "thwart";

enum {
    REQUIRED_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
    PROGRAM_MAXIMUM = 256 * 1024 * 1024,
    NAME_SIZE = 250, /* memfd_create(2): 249 bytes and the NUL */
};

extern char **environ;

static bool is_sealed(int program)
{
    /* Files that are no memory files answer EINVAL; those of a tmpfs have F_SEAL_SEAL alone. */
    int seals = fcntl(program, F_GET_SEALS);

    return seals >= 0 && (seals & REQUIRED_SEALS) == REQUIRED_SEALS;
}

/*
 * Is this a memory file all the same? Then it is the copy that we made, in a kernel (or an emulation of one)
 * that does not show its seals, and making another one would go round for ever.
 */
static bool is_memory_file(void)
{
    static const char prefix[] = "/memfd:";
    char target[sizeof(prefix)];
    ssize_t length = readlink(program_link, target, sizeof(target) - 1);

    return length == (ssize_t)sizeof(prefix) - 1 && memcmp(target, prefix, sizeof(prefix) - 1) == 0;
}

/* Bytes at the start of the file that the kernel loads when it executes it: symbols and debugging information
 * behind them are not needed. */
static off_t loaded_size(off_t file_size)
{
#ifdef __SANITIZE_ADDRESS__
    return file_size; /* reports name functions by what lies behind */
#else
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    unsigned long count = getauxval(AT_PHNUM);
    ElfW(Off) end = 0;

    for (unsigned long i = 0; headers != NULL && i < count; i++) {
        if (headers[i].p_type == PT_LOAD && headers[i].p_offset + headers[i].p_filesz > end)
            end = headers[i].p_offset + headers[i].p_filesz;
    }
    return end == 0 || (off_t)end > file_size ? file_size : (off_t)end;
#endif
}

static int make_memory_file(struct error *error)
{
    char name[NAME_SIZE];
    ssize_t length = readlink(program_link, name, sizeof(name));
    int copy;

    /* The program's path is the copy's name: helper.c looks for helper programs beside it. */
    name[length > 0 && length < NAME_SIZE ? length : 0] = '\0';
    copy = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    /* Before 6.3 every memory file was executable and the flag is unknown. */
    if (copy < 0 && errno == EINVAL)
        copy = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy >= 0)
        return copy;
    if (errno == EACCES)
        return error_set(error, ERROR_UNSUPPORTED,
                         "this host forbids executable memory files, in which the runtime hides its own "
                         "program from containers: "
                         "set the sysctl vm.memfd_noexec to 0 or 1");
    if (errno == ENOSYS || errno == EPERM)
        return error_set(error, ERROR_UNSUPPORTED,
                         "memory files, in which the runtime hides its own program from containers, are not "
                         "available here "
                         "(memfd_create: %s)",
                         error_errno_text(errno));
    return error_system(error, errno, "make a memory file for the runtime's own program");
}

static int copy_program(int program, int copy, struct error *error)
{
    struct stat status;
    off_t size, done = 0;

    if (fstat(program, &status) < 0)
        return error_system(error, errno, "the runtime's own program (%s)", program_link);
    if (status.st_size > PROGRAM_MAXIMUM)
        return error_set(error, ERROR_LIMIT, "the runtime's own program is larger than %d bytes",
                         PROGRAM_MAXIMUM);
    size = loaded_size(status.st_size);
    while (done < size) {
        ssize_t copied = sendfile(copy, program, &done, (size_t)(size - done));

        if (copied < 0 && errno != EINTR)
            return error_system(error, errno, "copy the runtime's own program to memory");
        if (copied == 0)
            return error_set(error, ERROR_SYSTEM,
                             "the runtime's own program became shorter while it was copied");
    }
    return 0;
}

static int seal(int copy, struct error *error)
{
    /* F_SEAL_EXEC keeps the mode (6.3); unknown seals are refused as a whole. */
    if (fcntl(copy, F_ADD_SEALS, REQUIRED_SEALS | F_SEAL_EXEC) < 0 &&
        (errno != EINVAL || fcntl(copy, F_ADD_SEALS, REQUIRED_SEALS) < 0))
        return error_system(error, errno, "seal the copy of the runtime's own program");
    return 0;
}

int self_copy_ensure(char *const argv[], struct error *error)
{
    cleanup_fd int program = -1, copy = -1;

    if (host_proc_require(error) < 0)
        return -1;
    program = open(program_link, O_RDONLY | O_CLOEXEC);
    if (program < 0)
        return error_system(error, errno, "read the runtime's own program (%s)", program_link);
    if (is_sealed(program)) {
        /* The kernel named us after the descriptor that was executed. */
        prctl(PR_SET_NAME, process_name);
        return 0;
    }
    if (is_memory_file())
        return error_set(error, ERROR_UNSUPPORTED,
                         "the runtime runs from a memory file without seals: this kernel does not protect it "
                         "from containers");
    copy = make_memory_file(error);
    if (copy < 0 || copy_program(program, copy, error) < 0 || seal(copy, error) < 0)
        return -1;
    descriptor_close(&program);
    syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
    if (errno == EACCES || errno == EPERM)
        return error_set(error, ERROR_UNSUPPORTED,
                         "this host does not execute memory files, in which the runtime hides its own "
                         "program from containers "
                         "(execveat: %s)",
                         error_errno_text(errno));
    return error_system(error, errno, "execute the copy of the runtime's own program");
}
