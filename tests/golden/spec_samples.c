/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real documents, as engines wrote them (tests/samples): each decodes without a note, its encoding says
 * exactly what the document said, and decodes to the same again. The default configuration is compared with
 * golden/spec/, byte for byte.
 *
 * Usage: spec_samples SAMPLES GOLDEN. The environment's THWART_UPDATE_GOLDEN=1 writes the golden files anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "json/place.h"
#include "spec/spec.h"

static const char *samples_directory, *golden_directory;

/* One kind of document, with what reads and writes it. */
struct kind {
    const char *directory, *suffix;
    size_t at_least; /* files: an empty directory would prove nothing */
    int (*round_trip)(const char *bytes, size_t length, const char *name, struct arena *arena,
                      struct text *text, struct error *error);
};

static char *read_file(const char *path, struct arena *arena, size_t *length)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    struct error error;
    char *bytes = NULL;

    if (file < 0)
        fail_msg("%s: %s", path, strerror(errno));
    if (descriptor_read_all(file, 1 << 24, path, arena, &bytes, length, &error) < 0)
        fail_msg("%s", error.message);
    return bytes;
}

static int refuse_notes(const struct json_notes *notes, const char *name, struct error *error)
{
    if (notes->count == 0)
        return 0;
    return error_set(error, ERROR_INVALID, "%s:%u: %s: %s", name, notes->items[0].line,
                     notes->items[0].pointer, notes->items[0].text);
}

static int round_trip_spec(const char *bytes, size_t length, const char *name, struct arena *arena,
                           struct text *text, struct error *error)
{
    struct json_notes notes = {0};
    const struct spec *spec;

    if (spec_parse(bytes, length, name, arena, &notes, &spec, error) < 0)
        return -1;
    spec_encode(text, spec, 2);
    /* The one thing to say about a real one: crun's rootless default leaves the mappings to the runtime. */
    if (notes.count == 1 && strcmp(notes.items[0].pointer, "/linux/uidMappings") == 0)
        return 0;
    return refuse_notes(&notes, name, error);
}

static int round_trip_process(const char *bytes, size_t length, const char *name, struct arena *arena,
                              struct text *text, struct error *error)
{
    struct json_notes notes = {0};
    const struct spec_process *process;

    if (spec_parse_process(bytes, length, name, arena, &notes, &process, error) < 0)
        return -1;
    spec_encode_process(text, process, 0);
    return refuse_notes(&notes, name, error);
}

static int round_trip_resources(const char *bytes, size_t length, const char *name, struct arena *arena,
                                struct text *text, struct error *error)
{
    struct json_notes notes = {0};
    const struct spec_resources *resources;

    if (spec_parse_resources(bytes, length, name, arena, &notes, &resources, error) < 0)
        return -1;
    json_encode(text, &spec_resources_table, resources, 4);
    return refuse_notes(&notes, name, error);
}

static const struct kind kinds[] = {
    {"bundles", ".json", 60, round_trip_spec},
    {"exec", "-process.json", 8, round_trip_process},
    {"exec", "-resources.json", 3, round_trip_resources},
};

/* Equal as JSON: members in any order. place: for the message. */
static void assert_equal_trees(const struct json_value *one, const struct json_value *other,
                               const struct json_place *place)
{
    char buffer[256];
    struct text pointer = text_over(buffer, sizeof(buffer));
    bool same = one->type == other->type;

    json_place_append(&pointer, place);
    if (same && one->type == JSON_BOOLEAN)
        same = one->boolean == other->boolean;
    if (same && one->type == JSON_NUMBER)
        same = strcmp(one->number.text, other->number.text) == 0;
    if (same && one->type == JSON_STRING)
        same = strcmp(one->string.bytes, other->string.bytes) == 0;
    if (same && one->type == JSON_ARRAY)
        same = one->array.count == other->array.count;
    if (same && one->type == JSON_OBJECT)
        same = one->object.count == other->object.count;
    if (!same)
        fail_msg("%s changed on its way", pointer.bytes);
    for (size_t i = 0; one->type == JSON_ARRAY && i < one->array.count; i++) {
        const struct json_place here = {.parent = place, .index = i};
        assert_equal_trees(one->array.items[i], other->array.items[i], &here);
    }
    for (size_t i = 0; one->type == JSON_OBJECT && i < one->object.count; i++) {
        const struct json_place here = {.parent = place, .key = one->object.members[i].key};
        const struct json_value *counterpart = json_member(other, one->object.members[i].key);

        if (counterpart == NULL)
            fail_msg("%s/%s was lost on its way", pointer.bytes, one->object.members[i].key);
        assert_equal_trees(one->object.members[i].value, counterpart, &here);
    }
}

static void check_sample(const struct kind *kind, const char *path)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text first = text_growing(1 << 24), second = text_growing(1 << 24);
    struct json_value *original, *encoded;
    struct error error;
    size_t length;
    char *bytes = read_file(path, &arena, &length);

    if (kind->round_trip(bytes, length, path, &arena, &first, &error) < 0 ||
        kind->round_trip(first.bytes, first.length, path, &arena, &second, &error) < 0 ||
        json_read(bytes, length, path, NULL, &arena, &original, &error) < 0 ||
        json_read(first.bytes, first.length, path, NULL, &arena, &encoded, &error) < 0)
        fail_msg("%s", error.message);
    assert_equal_trees(original, encoded, NULL);
    assert_string_equal(first.bytes, second.bytes);
}

static void check_kind(const struct kind *kind)
{
    cleanup_arena struct arena arena = {0};
    char *directory_path = arena_format(&arena, "%s/%s", samples_directory, kind->directory);
    DIR *directory = opendir(directory_path);
    const struct dirent *entry;
    size_t count = 0;

    if (directory == NULL)
        fail_msg("%s: %s", directory_path, strerror(errno));
    while ((entry = readdir(directory)) != NULL) {
        if (!text_ends_with(entry->d_name, kind->suffix))
            continue;
        check_sample(kind, arena_format(&arena, "%s/%s", directory_path, entry->d_name));
        count++;
    }
    closedir(directory);
    assert_in_range(count, kind->at_least, 100000);
}

static void bundles_survive(void **state)
{
    (void)state;
    check_kind(&kinds[0]);
}

static void processes_survive(void **state)
{
    (void)state;
    check_kind(&kinds[1]);
}

static void resources_survive(void **state)
{
    (void)state;
    check_kind(&kinds[2]);
}

static void compare_with_golden(const char *name, bool rootless)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text text = text_growing(1 << 20);
    char *path = arena_format(&arena, "%s/%s", golden_directory, name);
    size_t length;

    spec_encode(&text, spec_default(&arena, rootless, 1000, 1001), 4);
    text_append_character(&text, '\n');
    if (getenv("THWART_UPDATE_GOLDEN") != NULL) {
        cleanup_fd int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_int_equal(descriptor_write_all(file, text.bytes, text.length), 0);
    }
    assert_string_equal(text.bytes, read_file(path, &arena, &length));
}

static void the_default_is_as_recorded(void **state)
{
    (void)state;
    compare_with_golden("default.json", false);
    compare_with_golden("default-rootless.json", true);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundles_survive),
        cmocka_unit_test(processes_survive),
        cmocka_unit_test(resources_survive),
        cmocka_unit_test(the_default_is_as_recorded),
    };

    if (argc != 3) {
        fprintf(stderr, "usage: spec_samples SAMPLES GOLDEN\n");
        return 2;
    }
    samples_directory = argv[1];
    golden_directory = argv[2];
    return cmocka_run_group_tests_name("spec_samples", tests, NULL, NULL);
}
