/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default configuration: valid, and the same after being written and read. */
#include "spec_cases.h"

static void check_default(bool rootless, const char *system_mount, bool user_namespace)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text first = text_growing(1 << 20), second = text_growing(1 << 20);
    struct json_notes notes = {0};
    const struct spec *spec = spec_default(&arena, rootless, 1000, 1001), *again;
    struct error error;
    bool found = false;

    if (spec_validate(spec, "the default", &error) < 0)
        fail_msg("%s", error.message);
    spec_encode(&first, spec, 4);
    if (spec_parse(first.bytes, first.length, "config.json", &arena, &notes, &again, &error) < 0)
        fail_msg("%s", error.message);
    assert_int_equal(notes.count, 0);
    spec_encode(&second, again, 4);
    assert_string_equal(first.bytes, second.bytes);

    assert_true(again->root->readonly && again->process->terminal && again->process->no_new_privileges);
    assert_string_equal(again->process->args.items[0], "sh");
    assert_int_equal(again->process->capabilities->bounding.count, 3);
    assert_int_equal(again->process->capabilities->ambient.count, 0);
    assert_int_equal(again->mounts.count, 7);
    for (size_t i = 0; i < again->mounts.count; i++) {
        const struct spec_mount *mount = &SPEC_ITEMS(again->mounts, struct spec_mount)[i];
        if (strcmp(mount->destination, "/sys") == 0) {
            assert_string_equal(mount->type, system_mount);
            found = true;
        }
        for (size_t j = 0; rootless && j < mount->options.count; j++)
            assert_string_not_equal(mount->options.items[j], "gid=5");
    }
    assert_true(found);
    assert_int_equal(again->linux_part->uid_mappings.count, user_namespace);
    if (user_namespace) {
        assert_int_equal(SPEC_ITEMS(again->linux_part->uid_mappings, struct spec_id_mapping)[0].host_id,
                         1000);
        assert_int_equal(SPEC_ITEMS(again->linux_part->gid_mappings, struct spec_id_mapping)[0].host_id,
                         1001);
        assert_null(again->linux_part->resources);
    }
}

static void default_for_root(void **state)
{
    (void)state;
    check_default(false, "sysfs", false);
}

static void default_for_a_user(void **state)
{
    (void)state;
    check_default(true, "none", true);
}

static void refusals_without_a_document_name_the_member(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct spec spec = *spec_default(&arena, false, 0, 0);
    struct spec_process process = *spec.process;
    struct error error;

    (void)state;
    process.cwd = "relative";
    spec.process = &process;
    assert_int_equal(spec_validate(&spec, "the request", &error), -1);
    assert_string_equal(error.message,
                        "the request: /process/cwd: expected an absolute path, found \"relative\"");
    assert_int_equal(spec_validate_process(&process, "the process", &error), -1);
    assert_string_equal(error.message, "the process: /cwd: expected an absolute path, found \"relative\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_for_root),
        cmocka_unit_test(default_for_a_user),
        cmocka_unit_test(refusals_without_a_document_name_the_member),
    };

    return cmocka_run_group_tests_name("spec_default", tests, NULL, NULL);
}
