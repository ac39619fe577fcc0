/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sealed copy, made before the C library starts.
 *
 * A command that enters a container executes itself a second time from sealed memory (self_copy.c). What the
 * first life does before that is thrown away, and most of it is the C library's start: relocation, and some
 * twenty CPUID instructions, each of which traps in a virtual machine. So the program's entry point is here:
 * it makes the copy with bare system calls and executes it, in a fifth of the time.
 *
 * This is a short cut and decides nothing: whatever is unusual here (no /proc, no memory files, a failing
 * call) returns to the ordinary start, where self_copy_ensure() verifies the seals, or makes the copy, or
 * says what is wrong.
 *
 * Rules for this file: x86_64 static builds alone; nothing of the C library, which has not been relocated
 * yet: no function, no errno, no pointer in static data, no stack protector. meson.build compiles it with
 * what that takes.
 */
#include <elf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#ifndef MFD_EXEC /* Linux 6.3 */
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

enum {
    ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
    MEMFD_CLOSE_ON_EXEC = 0x0001,
    MEMFD_ALLOW_SEALING = 0x0002,
    PROGRAM_MAXIMUM = 256 * 1024 * 1024,
    NAME_SIZE = 250, /* memfd_create(2): 249 bytes and the NUL */
};

/* The stack as the kernel lays it out for a new program (execve(2), "System V ABI, Initial Stack and Register
 * State"). */
struct start {
    uintptr_t argument_count;
    const char *const *arguments;
    const char *const *environment;
    const Elf64_auxv_t *auxiliary;
};

static long call(long number, long first, long second, long third, long fourth, long fifth)
{
    long result;
    register long r10 __asm__("r10") = fourth;
    register long r8 __asm__("r8") = fifth;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static struct start read_start(const uintptr_t *stack)
{
    struct start start = {.argument_count = stack[0], .arguments = (const char *const *)(stack + 1)};
    const char *const *cursor = start.arguments + start.argument_count + 1;

    start.environment = cursor;
    while (*cursor != NULL)
        cursor++;
    start.auxiliary = (const Elf64_auxv_t *)(cursor + 1);
    return start;
}

static uint64_t auxiliary(const struct start *start, uint64_t type)
{
    for (const Elf64_auxv_t *entry = start->auxiliary; entry->a_type != AT_NULL; entry++)
        if (entry->a_type == type)
            return entry->a_un.a_val;
    return 0;
}

static int is_word(const char *text, const char *word)
{
    while (*text == *word && *text != '\0') {
        text++;
        word++;
    }
    return *text == *word;
}

/* An argument that happens to be one of these words costs a copy that was not needed, no more. */
static int enters_container(const struct start *start)
{
    for (uintptr_t i = 1; i < start->argument_count; i++)
        if (is_word(start->arguments[i], "create") || is_word(start->arguments[i], "run") ||
            is_word(start->arguments[i], "exec"))
            return 1;
    return 0;
}

/* Bytes that the kernel loads of the program; 0 when that cannot be told. */
static uint64_t loaded_size(const struct start *start)
{
    const Elf64_Phdr *headers = (const Elf64_Phdr *)auxiliary(start, AT_PHDR);
    uint64_t count = auxiliary(start, AT_PHNUM), end = 0;

    for (uint64_t i = 0; headers != NULL && i < count; i++)
        if (headers[i].p_type == PT_LOAD && headers[i].p_offset + headers[i].p_filesz > end)
            end = headers[i].p_offset + headers[i].p_filesz;
    return end <= PROGRAM_MAXIMUM ? end : 0;
}

static int proc_is_real(void)
{
    struct statfs status;

    return call(SYS_statfs, (long)"/proc", (long)&status, 0, 0, 0) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

/* Writing past the limit on file sizes ends a process by SIGXFSZ, which the ordinary start ignores before it
 * copies, and then says so. */
static int fits_file_limit(uint64_t size)
{
    struct rlimit64 limit;

    return call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0) == 0 && limit.rlim_cur >= size;
}

static int is_sealed(long descriptor)
{
    long seals = call(SYS_fcntl, descriptor, F_GET_SEALS, 0, 0, 0);

    return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

static int copy_and_seal(long program, long copy, uint64_t size)
{
    for (uint64_t done = 0; done < size;) {
        long copied = call(SYS_sendfile, copy, program, 0, (long)(size - done), 0);

        if (copied <= 0)
            return 0;
        done += (uint64_t)copied;
    }
    if (call(SYS_fcntl, copy, F_ADD_SEALS, ALL_SEALS | F_SEAL_EXEC, 0, 0) < 0)
        call(SYS_fcntl, copy, F_ADD_SEALS, ALL_SEALS, 0, 0); /* before 6.3; verified next */
    return is_sealed(copy);
}

/* The program's path is the copy's name: helper.c looks for helper programs beside it. */
static void read_name(char name[NAME_SIZE])
{
    long length = call(SYS_readlink, (long)"/proc/self/exe", (long)name, NAME_SIZE, 0, 0);

    name[length > 0 && length < NAME_SIZE ? length : 0] = '\0';
}

static void execute_copy(const struct start *start, long program, uint64_t size)
{
    long flags = MEMFD_CLOSE_ON_EXEC | MEMFD_ALLOW_SEALING, copy;
    char name[NAME_SIZE];

    read_name(name);
    copy = call(SYS_memfd_create, (long)name, flags | MFD_EXEC, 0, 0, 0);
    if (copy < 0)
        copy = call(SYS_memfd_create, (long)name, flags, 0, 0, 0); /* before 6.3 */
    if (copy < 0)
        return;
    if (copy_and_seal(program, copy, size))
        call(SYS_execveat, copy, (long)"", (long)start->arguments, (long)start->environment, AT_EMPTY_PATH);
    call(SYS_close, copy, 0, 0, 0, 0);
}

/* Returns when the ordinary start is to go on. */
__attribute__((used)) void self_copy_early(const uintptr_t *stack);
void self_copy_early(const uintptr_t *stack)
{
    const struct start start = read_start(stack);
    uint64_t size = loaded_size(&start);
    long program;

    if (auxiliary(&start, AT_SECURE) != 0 || size == 0 || !enters_container(&start) || !proc_is_real() ||
        !fits_file_limit(size))
        return;
    call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    program = call(SYS_open, (long)"/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (program < 0)
        return;
    if (!is_sealed(program))
        execute_copy(&start, program, size);
    call(SYS_close, program, 0, 0, 0, 0);
}

/* The stack pointer goes to the function above; what _start expects (the stack as it was, rdx) is given back.
 */
__asm__(".pushsection .text\n"
        ".globl thwart_entry\n"
        ".hidden thwart_entry\n"
        ".type thwart_entry, @function\n"
        "thwart_entry:\n"
        "    endbr64\n"
        "    movq %rsp, %rdi\n"
        "    pushq %rdx\n"
        "    subq $8, %rsp\n"
        "    call self_copy_early\n"
        "    addq $8, %rsp\n"
        "    popq %rdx\n"
        "    xorl %edi, %edi\n"
        "    jmp _start\n"
        ".size thwart_entry, . - thwart_entry\n"
        ".popsection\n");
