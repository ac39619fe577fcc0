/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/self_copy.c: this program copies itself; a second instance of it looks at itself from within and
 * reports by exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/self_copy.h"

enum { GOOD = 42, REFUSED = 43, BAD = 44, CANNOT_TRY = 77 };

extern char **environ;

#define EXPECT(condition)                                                                                    \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "in the copy: not true: %s\n", #condition);                                      \
            _exit(BAD);                                                                                      \
        }                                                                                                    \
    } while (0)

/* In the copy. Every way to change the program must be shut, for root too. */
static _Noreturn void inspect_from_within(char **argv)
{
    char target[256] = "", name[16] = "";
    struct stat status, original;
    int program, seals;

    EXPECT(readlink("/proc/self/exe", target, sizeof(target) - 1) > 0);
    EXPECT(strncmp(target, "/memfd:", 7) == 0);
    EXPECT(strcmp(argv[2], "an argument with spaces") == 0 && strcmp(argv[3], "") == 0 && argv[4] == NULL);
    EXPECT(getenv("THWART_TEST_KEPT") != NULL && strcmp(getenv("THWART_TEST_KEPT"), "yes") == 0);
    EXPECT(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "thwart") == 0);
    program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    EXPECT(program >= 0);
    seals = fcntl(program, F_GET_SEALS);
    EXPECT((seals & (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) == 15);
    EXPECT(fstat(program, &status) == 0 && stat(argv[0], &original) == 0);
    EXPECT(status.st_dev != original.st_dev || status.st_ino != original.st_ino);
    EXPECT(ftruncate(program, 0) < 0);
    EXPECT(open("/proc/self/exe", O_RDWR | O_CLOEXEC) < 0 ||
           pwrite(open("/proc/self/exe", O_RDWR | O_CLOEXEC), "x", 1, 0) < 0);
    EXPECT(truncate("/proc/self/exe", 0) < 0);
    EXPECT(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, program, 0) == MAP_FAILED);
    /* No descriptor of the copying is left. */
    for (int descriptor = 3; descriptor < 64; descriptor++)
        EXPECT(descriptor == program || fcntl(descriptor, F_GETFD) < 0);
    _exit(GOOD);
}

static int inside(char **argv)
{
    struct error error = {0};

    if (self_copy_ensure(argv, &error) == 0)
        inspect_from_within(argv);
    fprintf(stderr, "%s\n", error.message);
    return error.kind == ERROR_UNSUPPORTED ? REFUSED : BAD;
}

static int exit_status_of(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static char own_path[4096];

static _Noreturn void execute_inside(void)
{
    char *const argv[] = {own_path, (char *)(uintptr_t) "inside",
                          (char *)(uintptr_t) "an argument with spaces", (char *)(uintptr_t) "", NULL};

    setenv("THWART_TEST_KEPT", "yes", 1);
    syscall(SYS_close_range, 3, ~0U, 0);
    execv(own_path, argv);
    _exit(BAD);
}

static void test_copied_and_sealed(void **state)
{
    pid_t child = fork();

    (void)state;
    if (child == 0)
        execute_inside();
    assert_int_equal(exit_status_of(child), GOOD);
}

/* Control: without the copy the same program is a file of the host. */
static void test_control(void **state)
{
    cleanup_fd int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_true(program >= 0);
    assert_true(fcntl(program, F_GET_SEALS) < 0 || (fcntl(program, F_GET_SEALS) & F_SEAL_WRITE) == 0);
}

/* A memory file without seals must be refused, not copied over and over. */
static void test_no_endless_round(void **state)
{
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        char *const argv[] = {own_path, (char *)(uintptr_t) "inside", NULL};
        int program = open(own_path, O_RDONLY | O_CLOEXEC);
        int copy = (int)syscall(SYS_memfd_create, "thwart", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        struct stat status;
        off_t done = 0;

        if (program < 0 || copy < 0 || fstat(program, &status) < 0)
            _exit(BAD);
        while (done < status.st_size) {
            if (sendfile(copy, program, &done, (size_t)(status.st_size - done)) <= 0)
                _exit(BAD);
        }
        syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
        _exit(BAD);
    }
    assert_int_equal(exit_status_of(child), REFUSED);
}

/* vm.memfd_noexec belongs to the PID namespace: 1 is no obstacle, 2 is one and is named. */
static void run_with_noexec(const char *value, int expected)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        pid_t first;

        if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
            _exit(CANNOT_TRY);
        first = fork();
        if (first == 0) {
            if (descriptor_write_file_at(AT_FDCWD, "/proc/sys/vm/memfd_noexec", value) < 0)
                _exit(CANNOT_TRY);
            execute_inside();
        }
        waitpid(first, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : BAD);
    }
    status = exit_status_of(child);
    if (status == CANNOT_TRY) {
        print_message("skipped: %s\n", geteuid() == 0 ? "no PID namespace, or no vm.memfd_noexec (Linux 6.3)"
                                                      : "needs root for a PID namespace");
        skip();
    }
    assert_int_equal(status, expected);
}

static void test_noexec_one(void **state)
{
    (void)state;
    run_with_noexec("1", GOOD);
}

static void test_noexec_two(void **state)
{
    (void)state;
    run_with_noexec("2", REFUSED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copied_and_sealed), cmocka_unit_test(test_control),
        cmocka_unit_test(test_no_endless_round),  cmocka_unit_test(test_noexec_one),
        cmocka_unit_test(test_noexec_two),
    };

    if (argc > 1 && strcmp(argv[1], "inside") == 0)
        return inside(argv);
    if (realpath(argv[0], own_path) == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
