/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The short form of a proof: what is in it, what of it `state` shows, and that nobody else can say so. */
#include "unit.h"

#include "base/memory.h"
#include "container/image_record.h"
#include "container/policies.h"

#define KEY_1    "0123456789ABCDEF0123456789ABCDEF01234567"
#define KEY_2    "89ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define MANIFEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct trust_requirement requirement = {.name = "policy web"};

static const struct trust_signature signatures[] = {
    {.where = "signature-1", .good = true, .fingerprint = KEY_1},
    {.where = "signature-2", .good = true, .reason = "too old", .fingerprint = KEY_2},
    {.where = "signature-3", .reason = "its data was changed", .fingerprint = KEY_2},
    {.where = "signature-4", .good = true, .fingerprint = KEY_1},
};
static const struct trust_name names[] = {
    {"docker.io/library/web:1", &requirement},
    {"docker.io/library/web:1", &requirement},
    {"docker.io/library/web:2", &requirement},
};
static const struct trust_verdict verdicts[] = {{.requirement = &requirement, .met = true}};

static struct trust proven(void)
{
    struct trust trust = trust_of_nothing();

    trust.level = TRUST_MANIFEST_ONLY;
    trust.found = "bundle image " MANIFEST;
    trust.manifest_digest = MANIFEST;
    trust.signatures = signatures;
    trust.signature_count = ARRAY_LENGTH(signatures);
    trust.names = names;
    trust.name_count = ARRAY_LENGTH(names);
    trust.verdicts = verdicts;
    trust.verdict_count = ARRAY_LENGTH(verdicts);
    return trust;
}

/* Only keys that counted, and each once. */
static void what_is_in_it(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct trust trust = proven(), nothing = trust_of_nothing();
    const struct record_image *image = image_record_of(&trust, &arena);

    (void)state;
    assert_null(image_record_of(&nothing, &arena));
    assert_non_null(image);
    assert_string_equal(image->manifest, MANIFEST);
    assert_int_equal(image->keys.count, 1);
    assert_string_equal(image->keys.items[0], KEY_1);
    assert_int_equal(image->names.count, 2);
    assert_null(image->reason);
}

/* That somebody asked and nothing was found is an answer. */
static void nothing_found(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct trust trust = trust_of_nothing();
    const struct record_image *image;

    (void)state;
    trust.level_reason = "the root is of no store";
    image = image_record_of(&trust, &arena);
    assert_non_null(image);
    assert_null(image->found);
    assert_string_equal(image->reason, "the root is of no store");
}

static const char *value_of(const struct json_string_map *map, const char *key)
{
    const char *value = NULL;

    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->items[i].key, key) == 0) {
            assert_null(value);
            value = map->items[i].value;
        }
    return value;
}

static void annotations(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct json_pair forged[] = {
        {TRUST_ANNOTATION, "bound-verity"},      {"org.example", "kept"},
        {IMAGE_MANIFEST_ANNOTATION, "sha256:0"}, {IMAGE_NAMES_ANNOTATION, "docker.io/library/web:3"},
        {IMAGE_KEYS_ANNOTATION, KEY_2},          {POLICIES_ANNOTATION, "unrestricted@sha256:0"},
    };
    const struct json_string_map granted = {forged, ARRAY_LENGTH(forged), true};
    const struct json_strings none = {0};
    const struct trust trust = proven();
    const struct record_image *image = image_record_of(&trust, &arena);
    struct json_string_map map = image_record_annotations(&granted, &none, "none", NULL, &arena);

    (void)state;
    assert_int_equal(map.count, 1);
    assert_string_equal(value_of(&map, "org.example"), "kept");
    map = image_record_annotations(&granted, &none, "manifest-only", image, &arena);
    assert_int_equal(map.count, 5);
    assert_string_equal(value_of(&map, TRUST_ANNOTATION), "manifest-only");
    assert_string_equal(value_of(&map, IMAGE_MANIFEST_ANNOTATION), MANIFEST);
    assert_string_equal(value_of(&map, IMAGE_NAMES_ANNOTATION),
                        "docker.io/library/web:1,docker.io/library/web:2");
    assert_string_equal(value_of(&map, IMAGE_KEYS_ANNOTATION), KEY_1);
    map = image_record_annotations(&(struct json_string_map){0}, &none, "none", NULL, &arena);
    assert_false(map.present);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_it),
        cmocka_unit_test(nothing_found),
        cmocka_unit_test(annotations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
