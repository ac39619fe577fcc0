/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tars of every dialect that engines unpack, in pieces of every size; and such as nobody should have made. */
#include "base/arena.h"
#include "base/memory.h"
#include "tar_writer.h"
#include "trust/tar_reader.h"
#include "trust/tar_split.h"
#include "unit.h"

static struct arena arena;
static struct tar_writer writer;

/* What a reading saw, as text. */
static struct text seen;

static int see_entry(void *context, const struct tar_entry *entry, struct error *error)
{
    (void)context;
    (void)error;
    text_append_format(&seen, "%c %s", entry->type, entry->name);
    if (entry->link[0] != '\0')
        text_append_format(&seen, " -> %s", entry->link);
    text_append_format(&seen, " %04o %llu:%llu", entry->mode, (unsigned long long)entry->user,
                       (unsigned long long)entry->group);
    if (entry->type == TAR_FILE)
        text_append_format(&seen, " %llu", (unsigned long long)entry->size);
    if (entry->type == TAR_CHARACTER || entry->type == TAR_BLOCK_DEVICE)
        text_append_format(&seen, " %llu:%llu", (unsigned long long)entry->major,
                           (unsigned long long)entry->minor);
    for (size_t i = 0; i < entry->xattr_count; i++)
        text_append_format(&seen, " %s=%.*s", entry->xattrs[i].name, (int)entry->xattrs[i].length,
                           (const char *)entry->xattrs[i].value);
    text_append(&seen, "\n");
    return 0;
}

static int see_contents(void *context, const void *bytes, size_t length, struct error *error)
{
    (void)context;
    (void)error;
    text_append_bytes(&seen, bytes, length);
    return 0;
}

static const char *read_pieces(const void *bytes, size_t length, size_t piece)
{
    const struct tar_visitor visitor = {.entry = see_entry, .contents = see_contents};
    static struct tar_reader reader;
    struct error error = {0};
    int status = 0;

    text_reset(&seen);
    tar_reader_begin(&reader, &visitor);
    for (size_t at = 0; at < length && status == 0; at += piece)
        status = tar_reader_feed(&reader, (const char *)bytes + at, length - at < piece ? length - at : piece,
                                 &error);
    if (status == 0)
        status = tar_reader_end(&reader, &error);
    tar_reader_free(&reader);
    return status == 0 ? arena_string(&arena, seen.bytes != NULL ? seen.bytes : "")
                       : arena_format(&arena, "fault: %s", error.message);
}

/* The same whatever the pieces are. */
static void expect(const char *what)
{
    static const size_t pieces[] = {1, 7, 511, 512, 513, 1 << 20};

    for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++)
        assert_string_equal(read_pieces(writer.tar.bytes, writer.tar.length, pieces[i]), what);
}

static int begin(void **state)
{
    (void)state;
    writer = tar_writer_begin();
    seen = text_growing(1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tar_writer_free(&writer);
    text_free(&seen);
    arena_free(&arena);
    return 0;
}

static void add(struct tar_fields fields)
{
    tar_writer_add(&writer, &fields);
}

static void all_types_are_read(void **state)
{
    (void)state;
    writer.user = 1000;
    writer.group = 100;
    add((struct tar_fields){.name = "./", .type = TAR_DIRECTORY, .mode = 0755});
    add((struct tar_fields){.name = "./etc//./motd", .mode = 0644, .contents = "hello\n"});
    add((struct tar_fields){.name = "/abs", .type = TAR_HARD_LINK, .link = "./etc/motd", .mode = 0644});
    add((struct tar_fields){.name = "l", .type = TAR_SYMLINK, .link = "../etc/./x", .mode = 0777});
    add((struct tar_fields){.name = "c", .type = TAR_CHARACTER, .mode = 0666, .major = 1, .minor = 3});
    add((struct tar_fields){.name = "b", .type = TAR_BLOCK_DEVICE, .mode = 0600, .major = 8});
    add((struct tar_fields){.name = "p", .type = TAR_FIFO, .mode = 0600});
    add((struct tar_fields){.name = "contiguous", .type = '7', .mode = 04711});
    tar_writer_end(&writer);
    expect(
        "5 . 0755 1000:100\n0 etc/motd 0644 1000:100 6\nhello\n1 abs -> etc/motd 0644 1000:100\n"
        "2 l -> ../etc/./x 0777 1000:100\n3 c 0666 1000:100 1:3\n4 b 0600 1000:100 8:0\n6 p 0600 1000:100\n"
        "0 contiguous 4711 1000:100 0\n");
}

static void pax_overrides_the_header(void **state)
{
    (void)state;
    add((struct tar_fields){.name = "a", .mode = 0644, .contents = "12345", .pax = "path=b/../c"});
    tar_writer_end(&writer);
    expect("fault: a name in the tar leads upwards with \"..\"");
    tar_writer_reset(&writer);
    add((struct tar_fields){.name = "a", .mode = 0644, .contents = "12345", .pax = "path=x/y"});
    add((struct tar_fields){.name = "a", .mode = 0644, .contents = "1", .pax = "uid=4000000"});
    add((struct tar_fields){
        .name = "a", .mode = 0644, .contents = "12", .has_size = true, .size = 0, .pax = "size=2"});
    add((struct tar_fields){.name = "a", .mode = 0644, .pax = "SCHILY.xattr.user.x=a=b"});
    add((struct tar_fields){.name = "a", .type = TAR_SYMLINK, .mode = 0777, .pax = "linkpath=to"});
    /* Of one entry only. */
    add((struct tar_fields){.name = "b", .mode = 0644});
    tar_writer_end(&writer);
    expect("0 x/y 0644 0:0 5\n123450 a 0644 4000000:0 1\n10 a 0644 0:0 2\n120 a 0644 0:0 0 user.x=a=b\n"
           "2 a -> to 0777 0:0\n0 b 0644 0:0 0\n");
}

/* What is left out of a pax header that says nothing of what the next one is. */
static void put_extended(char type, const char *bytes, size_t length)
{
    tar_writer_header(&writer, type, "extended", "", 0644, length, 0, 0);
    tar_writer_bytes(&writer, bytes, length);
}

static void gnus_names_and_global_headers(void **state)
{
    char name[300];

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    put_extended('g', "15 path=global\n", 15);
    put_extended('L', name, sizeof(name));
    put_extended('K', "target", 7);
    add((struct tar_fields){.name = "short", .type = TAR_SYMLINK, .link = "t", .mode = 0777});
    tar_writer_end(&writer);
    expect(arena_format(&arena, "2 %s -> target 0777 0:0\n", name));
}

static void faulty_headers_are_told(void **state)
{
    static const struct {
        const char *record, *fault;
    } cases[] = {
        {"path=", "0 a 0644 0:0 0\n"},
        {"size=-1", "fault: the tar's size is \"-1\""},
        {"size=99999999999999999999", "fault: the tar's size is \"99999999999999999999\""},
        {"size=9223372036854775807", "fault: a has an impossible size in the tar"},
        {"uid=0x10", "fault: the tar's uid is \"0x10\""},
        {"SCHILY.xattr.=x", "fault: the tar has a file with a nameless attribute"},
        {"GNU.sparse.major=1", "fault: a sparse file is in the tar, which is not read"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        tar_writer_reset(&writer);
        add((struct tar_fields){.name = "a", .mode = 0644, .pax = cases[i].record});
        tar_writer_end(&writer);
        expect(cases[i].fault);
    }
}

static void faulty_records_are_told(void **state)
{
    static const char *const records[] = {
        "12 path=abcd", "99 path=abcd\n", "6 path\n",    "0 path=a\n", "path=a\n",
        "5 =ab\n",      "9 path=a\nx",    "-1 path=a\n", "9 path=aX",  "999999999 p=a\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
        tar_writer_reset(&writer);
        put_extended('x', records[i], strlen(records[i]));
        add((struct tar_fields){.name = "a", .mode = 0644});
        tar_writer_end(&writer);
        expect("fault: a pax record in the tar is broken");
    }
    tar_writer_reset(&writer);
    put_extended('x', "10 path=a\0\n", 11);
    expect("fault: a pax record in the tar is broken");
    tar_writer_reset(&writer);
    put_extended('x', "11 path=a\0\n", 11);
    expect("fault: the tar's path has a NUL");
    tar_writer_reset(&writer);
    tar_writer_header(&writer, 'x', "bomb", "", 0644, UINT64_C(8589934591), 0, 0);
    expect("fault: an extended tar header of 8589934591 bytes");
}

static void faulty_blocks_are_told(void **state)
{
    (void)state;
    tar_writer_header(&writer, 'S', "sparse", "", 0644, 0, 0, 0);
    expect("fault: sparse is a sparse file in the tar, which is not read");
    tar_writer_reset(&writer);
    tar_writer_header(&writer, 'V', "volume", "", 0644, 0, 0, 0);
    expect("fault: volume has the unknown type 86 in the tar");
    tar_writer_reset(&writer);
    tar_writer_header(&writer, TAR_FILE, "../x", "", 0644, 0, 0, 0);
    expect("fault: a name in the tar leads upwards with \"..\"");
    tar_writer_reset(&writer);
    tar_writer_header(&writer, TAR_HARD_LINK, "x", "a/../../x", 0644, 0, 0, 0);
    expect("fault: a name in the tar leads upwards with \"..\"");
    tar_writer_reset(&writer);
    tar_writer_header(&writer, TAR_FILE, "x", "", 0644, 0, 0, 0);
    writer.tar.bytes[0] = 'y';
    expect("fault: the checksum of a tar header is wrong");
    tar_writer_reset(&writer);
    tar_writer_header(&writer, TAR_FILE, "x", "", 0644, 5, 0, 0);
    expect("fault: the tar ends in the middle");
    tar_writer_reset(&writer);
    put_extended('L', "name without an entry", 22);
    expect("fault: the tar ends in the middle");
    tar_writer_reset(&writer);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        text_append_character(&writer.tar, '\0');
    tar_writer_header(&writer, TAR_FILE, "x", "", 0644, 0, 0, 0);
    expect("fault: a single empty block between tar headers");
    tar_writer_reset(&writer);
    expect("");
}

/* What stands behind the end is of the digest, and nothing else. */
static void the_end_is_the_end(void **state)
{
    (void)state;
    add((struct tar_fields){.name = "a", .mode = 0644});
    tar_writer_end(&writer);
    text_append(&writer.tar, "anything");
    expect("0 a 0644 0:0 0\n");
}

/* Directories of V7, numbers of GNU, names of ustar in two fields. */
static void old_dialects(void **state)
{
    static const uint8_t big[12] = {0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3};
    unsigned int sum = 8 * ' ';
    char *block;

    (void)state;
    tar_writer_header(&writer, '\0', "directory/", "", 0755, 0, 0, 0);
    tar_writer_header(&writer, TAR_FILE, "name", "", 0644, 3, 0, 0);
    block = writer.tar.bytes + TAR_BLOCK;
    memcpy(block + 124, big, sizeof(big));
    memcpy(block + 345, "prefix", 6);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= 148 && i < 156 ? 0 : (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    tar_writer_bytes(&writer, "abc", 3);
    expect("5 directory 0755 0:0\n0 prefix/name 0644 0:0 3\nabc");
}

/* Records of tar-split. */
static int see_segment(void *context, const void *bytes, size_t length, struct error *error)
{
    return see_contents(context, bytes, length, error);
}

static int see_file(void *context, uint64_t size, const uint8_t *checksum, struct error *error)
{
    (void)context;
    (void)error;
    text_append_format(&seen, "[%llu%s]", (unsigned long long)size, checksum != NULL ? "+" : "");
    return 0;
}

static const char *read_record(const char *text, size_t piece)
{
    const struct tar_split_visitor visitor = {.segment = see_segment, .file = see_file};
    static struct tar_split_reader reader;
    struct error error = {0};
    size_t length = strlen(text);
    int status = 0;

    text_reset(&seen);
    tar_split_begin(&reader, &visitor);
    for (size_t at = 0; at < length && status == 0; at += piece)
        status = tar_split_feed(&reader, text + at, length - at < piece ? length - at : piece, &error);
    if (status == 0)
        status = tar_split_end(&reader, &error);
    return status == 0 ? arena_string(&arena, seen.bytes != NULL ? seen.bytes : "")
                       : arena_format(&arena, "fault: %s", error.message);
}

#define MALFORMED "fault: its record of the tar is malformed"

static void records_are_read(void **state)
{
    static const struct {
        const char *text, *seen;
    } cases[] = {
        {"", ""},
        {"\n\n", ""},
        {"{\"type\":2,\"payload\":\"YWJj\",\"position\":0}\n", "abc"},
        {"{\"type\":2,\"payload\":\"YWI=\",\"position\":0}\n{\"type\":2,\"payload\":\"Yw==\",\"position\":1}",
         "abc"},
        {"{\"type\":1,\"name\":\"a\",\"size\":12,\"payload\":\"AAAAAAAAAAA=\",\"position\":0}", "[12+]"},
        {"{\"type\":1,\"name\":\"a\\\"}\",\"payload\":null,\"position\":0}", "[0]"},
        {"{\"type\":1,\"name_raw\":\"/w==\",\"position\":0}", "[0]"},
        {"{\"type\":1,\"size\":999999999999999999,\"position\":0}", "[999999999999999999]"},
        {"{\"type\":1,\"size\":9999999999999999999,\"position\":0}", MALFORMED},
        {"{\"type\":1,\"size\":-1,\"position\":0}", MALFORMED},
        {"{\"type\":1,\"size\":01,\"position\":0}", MALFORMED},
        {"{\"type\":1,\"size\":1.5,\"position\":0}", MALFORMED},
        {"{\"type\":1,\"size\":1,\"size\":2}", MALFORMED},
        {"{\"type\":1,\"payload\":\"AAAA\"}", MALFORMED},
        {"{\"type\":1,\"payload\":\"AAAAAAAAAAAAAAAA\"}", MALFORMED},
        {"{\"type\":3}", MALFORMED},
        {"{\"payload\":\"YWJj\",\"type\":2}", MALFORMED},
        {"{\"type\":2,\"payload\":\"YW\"}", MALFORMED},
        {"{\"type\":2,\"payload\":\"YW=j\"}", MALFORMED},
        {"{\"type\":2,\"payload\":\"YWI=YWJj\"}", MALFORMED},
        {"{\"type\":2,\"payload\":\"Y*Jj\"}", MALFORMED},
        {"{\"type\":2,\"payload\":nil}", MALFORMED},
        {"{\"other\":2}", MALFORMED},
        {"{\"a-key-that-is-longer-than-any\":2}", MALFORMED},
        {"{}", MALFORMED},
        {"[]", MALFORMED},
        {"{\"type\":2,\"payload\":\"YWJj\"", "fault: its record of the tar is cut off"},
        {"{\"type\":2,\"payload\":\"YW", "fault: its record of the tar is cut off"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        for (size_t piece = 1; piece < 70; piece++)
            assert_string_equal(read_record(cases[i].text, piece), cases[i].seen);
}

/* A segment longer than any buffer. */
static void long_segments_are_read(void **state)
{
    struct text record = text_growing(1 << 20);

    (void)state;
    text_append(&record, "{\"type\":2,\"payload\":\"");
    for (size_t i = 0; i < 100000; i++)
        text_append(&record, "YWJj");
    text_append(&record, "\",\"position\":0}\n");
    for (size_t piece = 997; piece < 300000; piece *= 7) {
        const char *bytes = read_record(record.bytes, piece);

        assert_int_equal(strlen(bytes), 300000);
        for (size_t i = 0; i < 300000; i++)
            if (bytes[i] != "abc"[i % 3])
                fail_msg("byte %zu", i);
    }
    text_free(&record);
}

/* CRC-64/GO-ISO of "123456789". */
static void the_checksum_is_gos(void **state)
{
    (void)state;
    assert_int_equal(tar_split_checksum(0, "123456789", 9), UINT64_C(0xb90956c775a41001));
    assert_int_equal(tar_split_checksum(tar_split_checksum(0, "1234", 4), "56789", 5),
                     UINT64_C(0xb90956c775a41001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_types_are_read, begin, end),
        cmocka_unit_test_setup_teardown(pax_overrides_the_header, begin, end),
        cmocka_unit_test_setup_teardown(gnus_names_and_global_headers, begin, end),
        cmocka_unit_test_setup_teardown(faulty_headers_are_told, begin, end),
        cmocka_unit_test_setup_teardown(faulty_records_are_told, begin, end),
        cmocka_unit_test_setup_teardown(faulty_blocks_are_told, begin, end),
        cmocka_unit_test_setup_teardown(the_end_is_the_end, begin, end),
        cmocka_unit_test_setup_teardown(old_dialects, begin, end),
        cmocka_unit_test_setup_teardown(records_are_read, begin, end),
        cmocka_unit_test_setup_teardown(long_segments_are_read, begin, end),
        cmocka_unit_test_setup_teardown(the_checksum_is_gos, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
