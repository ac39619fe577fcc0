/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors: whole reads with a limit, kernel files, passing over sockets, close-on-exec. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "base/memory.h"

static int file_with(const char *bytes, size_t length)
{
    int file = memfd_create("test", MFD_CLOEXEC);

    assert_true(file >= 0);
    assert_int_equal(descriptor_write_all(file, bytes, length), 0);
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    return file;
}

static void reads_a_file_up_to_the_limit(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int file = file_with("12345", 5);
    struct error error;
    char *bytes;
    size_t length;

    (void)state;
    assert_int_equal(descriptor_read_all(file, 5, "config.json", &arena, &bytes, &length, &error), 0);
    assert_int_equal(length, 5);
    assert_string_equal(bytes, "12345");
    lseek(file, 0, SEEK_SET);
    assert_int_equal(descriptor_read_all(file, 4, "config.json", &arena, &bytes, &length, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_string_equal(error.message, "config.json is larger than the limit of 4 bytes");
    descriptor_close(&file);
    assert_int_equal(descriptor_read_all(-1, 4, "config.json", &arena, &bytes, &length, &error), -1);
    assert_int_equal(error.system_errno, EBADF);
}

/* A pipe tells no size: the buffer grows, and the limit holds. */
static void reads_a_pipe(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct error error;
    int ends[2];
    char *bytes, block[4096];
    size_t length;

    (void)state;
    memset(block, 'x', sizeof(block));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(descriptor_write_all(ends[1], block, sizeof(block)), 0);
    descriptor_close(&ends[1]);
    assert_int_equal(descriptor_read_all(ends[0], 1 << 20, "stdin", &arena, &bytes, &length, &error), 0);
    assert_int_equal(length, 40960);
    assert_int_equal(bytes[40959], 'x');
    assert_int_equal(bytes[40960], '\0');
    descriptor_close(&ends[0]);

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(descriptor_write_all(ends[1], block, sizeof(block)), 0);
    descriptor_close(&ends[1]);
    assert_int_equal(descriptor_read_all(ends[0], 20000, "stdin", &arena, &bytes, &length, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    descriptor_close(&ends[0]);
}

static void kernel_files_are_written_once_and_never_made(void **state)
{
    char directory[] = "/tmp/thwart-unit-XXXXXX";
    cleanup_fd int parent = -1, file = -1;
    char buffer[16];

    (void)state;
    assert_non_null(mkdtemp(directory));
    parent = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(parent >= 0);
    errno = 0;
    assert_int_equal(descriptor_write_file_at(parent, "absent", "1"), -1);
    assert_int_equal(errno, ENOENT);
    file = openat(parent, "value", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(descriptor_write_file_at(parent, "value", "42\n"), 0);
    assert_int_equal(descriptor_read_file_at(parent, "value", buffer, sizeof(buffer)), 2);
    assert_string_equal(buffer, "42");
    assert_int_equal(descriptor_read_file_at(parent, "value", buffer, 3), -1);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(symlinkat("value", parent, "link"), 0);
    assert_int_equal(descriptor_write_file_at(parent, "link", "1"), -1);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(unlinkat(parent, "link", 0), 0);
    assert_int_equal(unlinkat(parent, "value", 0), 0);
    assert_int_equal(rmdir(directory), 0);
}

static size_t open_descriptors(void)
{
    size_t count = 0;

    for (int descriptor = 0; descriptor < 1024; descriptor++)
        count += fcntl(descriptor, F_GETFD) >= 0;
    return count;
}

static void descriptors_cross_a_socket(void **state)
{
    int ends[2], sent[2], received[3] = {-1, -1, -1};
    char bytes[8];
    size_t before = open_descriptors(), count = 3;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    sent[0] = file_with("a", 1);
    sent[1] = file_with("b", 1);
    assert_int_equal(descriptor_send(ends[0], "hello", 5, sent, 2), 0);
    assert_int_equal(descriptor_receive(ends[1], bytes, sizeof(bytes), received, &count), 5);
    assert_int_equal(count, 2);
    assert_int_equal(fcntl(received[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(pread(received[1], bytes, 1, 0), 1);
    assert_int_equal(bytes[0], 'b');
    descriptor_close(&received[0]);
    descriptor_close(&received[1]);

    /* One more than asked for: nothing is kept. */
    count = 1;
    assert_int_equal(descriptor_send(ends[0], "hello", 5, sent, 2), 0);
    assert_int_equal(descriptor_receive(ends[1], bytes, sizeof(bytes), received, &count), -1);
    assert_int_equal(errno, EMSGSIZE);
    assert_int_equal(count, 0);

    /* None asked for. */
    assert_int_equal(descriptor_send(ends[0], "hello", 5, sent, 1), 0);
    assert_int_equal(descriptor_receive(ends[1], bytes, sizeof(bytes), NULL, &count), -1);
    assert_int_equal(errno, EMSGSIZE);

    /* A message larger than the buffer is no message. */
    assert_int_equal(descriptor_send(ends[0], "0123456789", 10, NULL, 0), 0);
    assert_int_equal(descriptor_receive(ends[1], bytes, sizeof(bytes), NULL, &count), -1);
    assert_int_equal(errno, EMSGSIZE);

    descriptor_close(&ends[0]);
    assert_int_equal(descriptor_receive(ends[1], bytes, sizeof(bytes), NULL, &count), 0);
    /* SIGPIPE would end this test. */
    descriptor_close(&sent[0]);
    descriptor_close(&sent[1]);
    descriptor_close(&ends[1]);
    assert_int_equal(open_descriptors(), before);
}

static void sending_to_a_closed_socket_is_an_error_not_a_signal(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    descriptor_close(&ends[1]);
    assert_int_equal(descriptor_send(ends[0], "x", 1, NULL, 0), -1);
    assert_int_equal(errno, EPIPE);
    descriptor_close(&ends[0]);
}

static void ownership(void **state)
{
    int file = file_with("", 0);
    int taken = take_fd(&file);

    (void)state;
    assert_int_equal(file, -1);
    errno = EBUSY;
    descriptor_close(&taken);
    descriptor_close(&taken);
    assert_int_equal(errno, EBUSY);
    assert_int_equal(taken, -1);
}

static void everything_above_becomes_close_on_exec(void **state)
{
    int file = memfd_create("test", 0);

    (void)state;
    assert_int_equal(fcntl(file, F_GETFD), 0);
    assert_int_equal(descriptor_cloexec_from((unsigned int)file), 0);
    assert_int_equal(fcntl(file, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(2, F_GETFD), 0);
    descriptor_close(&file);
}

static void missing_standard_descriptors_are_filled(void **state)
{
    int saved = fcntl(0, F_DUPFD_CLOEXEC, 100);

    (void)state;
    assert_true(saved >= 0);
    close(0);
    assert_int_equal(descriptor_ensure_standard(), 0);
    assert_int_equal(fcntl(0, F_GETFD), 0);
    assert_int_equal(fcntl(0, F_GETFL) & O_ACCMODE, O_RDWR);
    assert_int_equal(dup2(saved, 0), 0);
    descriptor_close(&saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_file_up_to_the_limit),
        cmocka_unit_test(reads_a_pipe),
        cmocka_unit_test(kernel_files_are_written_once_and_never_made),
        cmocka_unit_test(descriptors_cross_a_socket),
        cmocka_unit_test(sending_to_a_closed_socket_is_an_error_not_a_signal),
        cmocka_unit_test(ownership),
        cmocka_unit_test(everything_above_becomes_close_on_exec),
        cmocka_unit_test(missing_standard_descriptors_are_filled),
    };

    return cmocka_run_group_tests_name("base_descriptor", tests, NULL, NULL);
}
