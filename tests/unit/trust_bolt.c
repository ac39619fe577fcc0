/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bolt files: what a writer wrote is found again, and what is torn is refused with a reason. */
#include "trust/bolt.h"

#include <sys/mman.h>
#include "base/descriptor.h"
#include "bolt_writer.h"
#include "unit.h"

enum { PAIRS = 300 };

static char names[PAIRS][16];
static struct bolt_item pairs[PAIRS];

/* v1/{few: {a, b}, many: {…300…}, empty: {}, word} */
static uint8_t *write_sample(const struct bolt_shape *shape, size_t *length)
{
    static struct bolt_item none[1];
    struct bolt_item few[] = {BOLT_TEXT("b", "second"), BOLT_TEXT("a", "first")};

    for (size_t i = 0; i < PAIRS; i++) {
        snprintf(names[i], sizeof(names[i]), "key-%03zu", (i * 7) % PAIRS);
        pairs[i] = (struct bolt_item)BOLT_TEXT(names[i], names[i] + 4);
    }
    struct bolt_item inside[] = {
        BOLT_BUCKET("few", few),
        BOLT_BUCKET("many", pairs),
        {.key = "empty", .items = none, .count = 0},
        BOLT_TEXT("word", "plain"),
    };
    struct bolt_item root[] = {BOLT_BUCKET("v1", inside)};
    return bolt_write(root, 1, shape, length);
}

static const struct bolt_shape shapes[] = {
    {.page_size = 4096, .leaf_entries = 1000, .branch_entries = 1000, .inline_bytes = 1024, .transaction = 7},
    {.page_size = 1024, .leaf_entries = 5, .branch_entries = 3, .inline_bytes = 0, .transaction = 8},
    {.page_size = 65536, .leaf_entries = 20, .branch_entries = 100, .inline_bytes = 100, .transaction = 1000},
    /* Pages with overflow. */
    {.page_size = 1024, .leaf_entries = 1000, .branch_entries = 2, .inline_bytes = 0, .transaction = 9},
};

static int file_of(const uint8_t *bytes, size_t length)
{
    int file = memfd_create("bolt", MFD_CLOEXEC);

    assert_true(file >= 0);
    assert_int_equal(descriptor_write_all(file, bytes, length), 0);
    return file;
}

static int count_entry(void *context, const struct bolt_entry *entry, struct error *error)
{
    size_t *count = context;

    (void)error;
    assert_true(entry->key_length == 7 && entry->value_length == 3 && !entry->is_bucket);
    assert_memory_equal(entry->key + 4, entry->value, 3);
    char number[4] = {0}; /* in the order of the keys */
    memcpy(number, entry->value, 3);
    assert_int_equal(strtoul(number, NULL, 10), *count);
    *count += 1;
    return *count == PAIRS + 1 ? 1 : 0;
}

static void check_contents(struct bolt *bolt)
{
    struct bolt_bucket v1, bucket;
    struct error error = {0};
    const uint8_t *value;
    size_t length, count = 0;

    assert_int_equal(bolt_find_bucket(bolt, &bolt->root, "v1", &v1, &error), 1);
    assert_int_equal(bolt_find_value(bolt, &v1, "word", &value, &length, &error), 1);
    assert_true(length == 5 && memcmp(value, "plain", 5) == 0);
    assert_int_equal(bolt_find_value(bolt, &v1, "few", &value, &length, &error), 0);
    assert_int_equal(bolt_find_bucket(bolt, &v1, "word", &bucket, &error), 0);
    assert_int_equal(bolt_find_bucket(bolt, &v1, "nothing", &bucket, &error), 0);
    assert_int_equal(bolt_find_bucket(bolt, &v1, "", &bucket, &error), 0);
    assert_int_equal(bolt_find_bucket(bolt, &v1, "empty", &bucket, &error), 1);
    assert_int_equal(bolt_find_value(bolt, &bucket, "a", &value, &length, &error), 0);
    assert_int_equal(bolt_find_bucket(bolt, &v1, "few", &bucket, &error), 1);
    assert_int_equal(bolt_find_value(bolt, &bucket, "b", &value, &length, &error), 1);
    assert_true(length == 6 && memcmp(value, "second", 6) == 0);
    assert_int_equal(bolt_find_bucket(bolt, &v1, "many", &bucket, &error), 1);
    for (size_t i = 0; i < PAIRS; i++)
        assert_int_equal(bolt_find_value(bolt, &bucket, pairs[i].key, &value, &length, &error), 1);
    assert_int_equal(bolt_find_value(bolt, &bucket, "key-1505", &value, &length, &error), 0);
    assert_int_equal(bolt_each(bolt, &bucket, count_entry, &count, &error), 0);
    assert_int_equal(count, PAIRS);
}

static void test_finds_what_was_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct error error = {0};
        struct bolt bolt;
        size_t length;
        uint8_t *bytes = write_sample(&shapes[i], &length);
        cleanup_fd int file = file_of(bytes, length);

        assert_int_equal(bolt_open(&bolt, file, &error), 0);
        assert_int_equal(bolt.transaction, shapes[i].transaction);
        check_contents(&bolt);
        assert_true(bolt_is_settled(&bolt));
        bolt_close(&bolt);
        free(bytes);
    }
}

/* A torn head leaves the other one; a later transaction is noticed. */
static void test_chooses_the_last_whole_head(void **state)
{
    (void)state;
    const struct bolt_shape *shape = &shapes[1];
    struct error error = {0};
    struct bolt bolt;
    size_t length;
    uint8_t *bytes = write_sample(shape, &length);

    bytes[16] ^= 1; /* page 0: transaction 8 */
    cleanup_fd int file = file_of(bytes, length);
    assert_int_equal(bolt_open(&bolt, file, &error), 0);
    assert_int_equal(bolt.transaction, 7);
    check_contents(&bolt);

    bytes[16] ^= 1;
    assert_int_equal(pwrite(file, bytes, shape->page_size, 0), shape->page_size);
    assert_false(bolt_is_settled(&bolt));
    bolt_close(&bolt);

    bytes[16 + 56] ^= 1;
    bytes[shape->page_size + 16 + 8] ^= 1;
    assert_int_equal(pwrite(file, bytes, 2 * shape->page_size, 0), 2 * shape->page_size);
    assert_int_equal(bolt_open(&bolt, file, &error), -1);
    assert_non_null(strstr(error.message, "no bolt file"));
    free(bytes);
}

static int never(void *context, const struct bolt_entry *entry, struct error *error)
{
    (void)context;
    (void)entry;
    (void)error;
    return 0;
}

/* Every byte of the file changed, and every length: answers, never a crash or an endless walk. */
static void test_survives_any_damage(void **state)
{
    (void)state;
    const struct bolt_shape *shape = &shapes[1];
    size_t length, refused = 0;
    uint8_t *bytes = write_sample(shape, &length);
    cleanup_fd int file = file_of(bytes, length);

    for (size_t at = 0; at < length; at += at < 8192 ? 1 : 13) {
        const uint8_t changed = bytes[at] ^ 0xff;
        struct bolt_bucket v1, bucket;
        struct error error = {0};
        struct bolt bolt;

        assert_int_equal(pwrite(file, &changed, 1, (off_t)at), 1);
        if (bolt_open(&bolt, file, &error) < 0 ||
            bolt_find_bucket(&bolt, &bolt.root, "v1", &v1, &error) < 0 ||
            bolt_find_bucket(&bolt, &v1, "many", &bucket, &error) < 0) {
            assert_true(error.message[0] != '\0');
            refused++;
        } else if (bolt_each(&bolt, &bucket, never, NULL, &error) < 0) {
            assert_true(error.message[0] != '\0');
            refused++;
        }
        bolt_close(&bolt);
        assert_int_equal(pwrite(file, bytes + at, 1, (off_t)at), 1);
    }
    assert_true(refused > 100);
    for (size_t cut = 0; cut < length; cut += 512) {
        struct error error = {0};
        struct bolt_bucket v1;
        struct bolt bolt;

        assert_int_equal(ftruncate(file, (off_t)cut), 0);
        if (bolt_open(&bolt, file, &error) == 0)
            assert_int_equal(bolt_find_bucket(&bolt, &bolt.root, "v1", &v1, &error), -1);
        bolt_close(&bolt);
        assert_int_equal(ftruncate(file, 0), 0);
        assert_int_equal(pwrite(file, bytes, length, 0), (ssize_t)length);
    }
    free(bytes);
}

/* The root's branch points to itself, many times. */
static void test_ends_where_pages_make_a_circle(void **state)
{
    (void)state;
    const struct bolt_shape *shape = &shapes[1];
    size_t length;
    uint8_t *bytes = write_sample(shape, &length);
    struct error error = {0};
    struct bolt bolt;
    cleanup_fd int file = file_of(bytes, length);
    struct bolt_bucket v1, many;

    assert_int_equal(bolt_open(&bolt, file, &error), 0);
    assert_int_equal(bolt_find_bucket(&bolt, &bolt.root, "v1", &v1, &error), 1);
    assert_int_equal(bolt_find_bucket(&bolt, &v1, "many", &many, &error), 1);
    bolt_close(&bolt);
    for (size_t i = 0; i < 2; i++)
        memcpy(bytes + many.page * shape->page_size + 16 + 16 * i + 8, &many.page, sizeof(many.page));
    assert_int_equal(pwrite(file, bytes, length, 0), (ssize_t)length);

    const uint8_t *value;
    size_t value_length;
    assert_int_equal(bolt_open(&bolt, file, &error), 0);
    assert_int_equal(bolt_find_value(&bolt, &many, "key-000", &value, &value_length, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_int_equal(bolt_each(&bolt, &many, never, NULL, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    bolt_close(&bolt);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_written),
        cmocka_unit_test(test_chooses_the_last_whole_head),
        cmocka_unit_test(test_survives_any_damage),
        cmocka_unit_test(test_ends_where_pages_make_a_circle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
