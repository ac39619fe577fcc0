/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/message.c: what is put in comes out, and what is no message is refused. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/message.h"

static struct message sent, received;

static void make_pair(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

static void close_pair(int pair[2])
{
    descriptor_close(&pair[0]);
    descriptor_close(&pair[1]);
}

static void members_in_order(void **state)
{
    char name[16];
    const char *value;
    size_t cursor = 0;
    int64_t number;
    int pair[2];

    (void)state;
    make_pair(pair);
    message_begin(&sent, "start-scope");
    message_add(&sent, "slice", "machine.slice");
    message_add(&sent, "value", "a=b");
    message_add(&sent, "left-out", NULL);
    message_add(&sent, "value", "");
    message_add_number(&sent, "pid", -7);
    assert_int_equal(message_send(pair[0], &sent, NULL, 0), 0);
    assert_int_equal(message_receive(pair[1], 1000, &received, NULL, NULL), 1);

    assert_string_equal(message_kind(&received), "start-scope");
    assert_string_equal(message_get(&received, "value"), "a=b");
    assert_null(message_get(&received, "left-out"));
    assert_null(message_get(&received, "sli"));
    assert_true(message_get_number(&received, "pid", -10, 10, &number));
    assert_int_equal(number, -7);
    assert_false(message_get_number(&received, "pid", 0, 10, &number));
    assert_false(message_get_number(&received, "slice", 0, 10, &number));
    assert_false(message_get_number(&received, "absent", 0, 10, &number));

    assert_true(message_next(&received, &cursor, name, sizeof(name), &value));
    assert_string_equal(name, "slice");
    assert_true(message_next(&received, &cursor, name, sizeof(name), &value));
    assert_string_equal(value, "a=b");
    assert_true(message_next(&received, &cursor, name, sizeof(name), &value));
    assert_string_equal(name, "value");
    assert_string_equal(value, "");
    assert_true(message_next(&received, &cursor, name, sizeof(name), &value));
    assert_string_equal(value, "-7");
    assert_false(message_next(&received, &cursor, name, sizeof(name), &value));
    close_pair(pair);
}

/* A name that does not fit its buffer names nothing. */
static void long_names(void **state)
{
    char name[4];
    const char *value;
    size_t cursor = 0;

    (void)state;
    message_begin(&sent, "k");
    message_add(&sent, "longer", "1");
    message_add(&sent, "abc", "2");
    assert_true(message_next(&sent, &cursor, name, sizeof(name), &value));
    assert_string_equal(name, "");
    assert_true(message_next(&sent, &cursor, name, sizeof(name), &value));
    assert_string_equal(name, "abc");
}

static void failures_cross(void **state)
{
    struct error error = {0}, crossed = {0};

    (void)state;
    error_system(&error, EACCES, "opening the thing");
    message_begin_failed(&sent, &error);
    assert_int_equal(message_failure(&sent, &crossed), -1);
    assert_int_equal(crossed.kind, ERROR_SYSTEM);
    assert_int_equal(crossed.system_errno, EACCES);
    assert_string_equal(crossed.message, error.message);
    error_set(&error, ERROR_EXISTS, "a unit of that name");
    message_begin_failed(&sent, &error);
    assert_int_equal(message_failure(&sent, &crossed), -1);
    assert_int_equal(crossed.kind, ERROR_EXISTS);
    assert_int_equal(crossed.system_errno, 0);
    assert_int_equal(message_failure(&sent, NULL), -1);

    message_begin(&sent, "done");
    assert_int_equal(message_failure(&sent, &crossed), 0);
    /* A kind of error that is none of ours stays a failure. */
    message_begin(&sent, "failed");
    message_add(&sent, "kind", "4711");
    assert_int_equal(message_failure(&sent, &crossed), -1);
    assert_int_equal(crossed.kind, ERROR_SYSTEM);
}

static void too_much(void **state)
{
    static char large[MESSAGE_BYTES_MAX];
    int pair[2];

    (void)state;
    make_pair(pair);
    memset(large, 'x', sizeof(large) - 1);
    message_begin(&sent, "kind");
    message_add(&sent, "large", large);
    assert_true(sent.overflow);
    message_add(&sent, "small", "1");
    assert_int_equal(message_send(pair[0], &sent, NULL, 0), -1);
    assert_int_equal(errno, EMSGSIZE);
    message_begin(&sent, "kind");
    assert_int_equal(message_send(pair[0], &sent, NULL, 0), 0);
    close_pair(pair);
}

static void no_messages(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        {"", 1},               /* no kind */
        {"k", 1},              /* no end */
        {"\0a=b", 5},          /* an empty kind */
        {"kind\0a=b", 8},      /* a member without an end */
        {"kind\0ab", 8},       /* a member without a value */
        {"kind\0a=b\0\0", 10}, /* an empty member */
    };
    int pair[2];

    (void)state;
    make_pair(pair);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(send(pair[0], cases[i].bytes, cases[i].length, 0), (ssize_t)cases[i].length);
        assert_int_equal(message_receive(pair[1], 1000, &received, NULL, NULL), -1);
        assert_int_equal(errno, EPROTO);
    }
    close_pair(pair);
}

static int count_descriptors(void)
{
    int count = 0;

    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

static void descriptors_go_along(void **state)
{
    int pair[2], sent_files[2], files[2], before;
    size_t count = 2;
    char text[8];

    (void)state;
    make_pair(pair);
    make_pair(sent_files);
    message_begin(&sent, "files");
    assert_int_equal(message_send(pair[0], &sent, sent_files, 2), 0);
    assert_int_equal(message_receive(pair[1], 1000, &received, files, &count), 1);
    assert_int_equal(count, 2);
    assert_int_equal(send(files[0], "x", 1, 0), 1);
    assert_int_equal(recv(sent_files[1], text, sizeof(text), 0), 1);
    close_pair(files);

    /* Those that come with what is no message do not stay open. */
    before = count_descriptors();
    assert_int_equal(descriptor_send(pair[0], "x", 1, sent_files, 2), 0);
    count = 2;
    assert_int_equal(message_receive(pair[1], 1000, &received, files, &count), -1);
    assert_int_equal(errno, EPROTO);
    assert_int_equal(count_descriptors(), before);
    close_pair(sent_files);
    close_pair(pair);
}

static void waiting_ends(void **state)
{
    int pair[2];

    (void)state;
    make_pair(pair);
    assert_int_equal(message_receive(pair[1], 20, &received, NULL, NULL), -1);
    assert_int_equal(errno, ETIMEDOUT);
    descriptor_close(&pair[0]);
    assert_int_equal(message_receive(pair[1], -1, &received, NULL, NULL), 0);
    message_begin(&sent, "kind");
    assert_int_equal(message_send(pair[1], &sent, NULL, 0), -1);
    assert_int_equal(errno, EPIPE);
    close_pair(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_in_order), cmocka_unit_test(long_names),
        cmocka_unit_test(failures_cross),   cmocka_unit_test(too_much),
        cmocka_unit_test(no_messages),      cmocka_unit_test(descriptors_go_along),
        cmocka_unit_test(waiting_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
