/* SPDX-License-Identifier: GPL-2.0-or-later */
/* container/features.c: the document is JSON, says what is not supported, and tells of missing interfaces one
 * by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/memory.h"
#include "config.h"
#include "container/features.h"
#include "json/json.h"
#include "spec/mount_options.h"

static const struct json_value *features_of(struct arena *arena, const struct host_facts *facts)
{
    cleanup_text struct text text = text_growing(1 << 20);
    struct json_value *root = NULL;
    struct error error = {0};

    features_encode(&text, facts, 0);
    if (json_read(text.bytes, text.length, "features", NULL, arena, &root, &error) < 0)
        fail_msg("%s", error.message);
    return root;
}

static bool lists(const struct json_value *list, const char *word)
{
    assert_non_null(list);
    assert_int_equal(list->type, JSON_ARRAY);
    for (size_t i = 0; i < list->array.count; i++) {
        if (strcmp(list->array.items[i]->string.bytes, word) == 0)
            return true;
    }
    return false;
}

/* All interfaces are there. */
static struct host_facts complete_facts(void)
{
    return (struct host_facts){
        .has_clone3 = true,
        .has_clone_into_cgroup = true,
        .has_openat2 = true,
        .has_mount_api = true,
        .has_mount_setattr = true,
        .has_idmapped_mounts = true,
        .has_close_range = true,
        .has_pidfd = true,
        .has_cgroup_kill = true,
        .has_time_namespace = true,
        .has_seccomp_notify = true,
        .has_seccomp_wait_killable = true,
        .has_cgroup_device_bpf = true,
        .has_procfs_subset = true,
    };
}

static size_t missing_count(const struct json_value *root)
{
    const struct json_value *annotations = json_member(root, "annotations");
    size_t count = 0;

    assert_non_null(annotations);
    for (size_t i = 0; i < annotations->object.count; i++)
        count += strncmp(annotations->object.members[i].key, "io.thwart.missing.", 18) == 0;
    return count;
}

static void test_document(void **state)
{
    static const char *const managers[] = {"systemd", "systemdUser"};
    cleanup_arena struct arena arena = {0};
    const struct host_facts facts = complete_facts();
    const struct json_value *root = features_of(&arena, &facts), *linux_part, *cgroup;

    (void)state;
    assert_string_equal(json_member(root, "ociVersionMin")->string.bytes, "1.0.0");
    assert_string_equal(json_member(root, "ociVersionMax")->string.bytes, "1.3.0");
    assert_int_equal(json_member(root, "hooks")->array.count, 6);
    for (size_t i = 0; mount_option_word(i) != NULL; i++)
        assert_true(lists(json_member(root, "mountOptions"), mount_option_word(i)));
    assert_true(lists(json_member(root, "mountOptions"), "rro"));
    assert_int_equal(json_member(root, "potentiallyUnsafeConfigAnnotations")->array.count,
                     THWART_SYSTEMD ? 2 : 1);
    linux_part = json_member(root, "linux");
    assert_true(lists(json_member(linux_part, "namespaces"), "time"));
    assert_true(lists(json_member(linux_part, "capabilities"), "CAP_CHECKPOINT_RESTORE"));
    cgroup = json_member(linux_part, "cgroup");
    assert_true(json_member(cgroup, "v2")->boolean);
    assert_false(json_member(cgroup, "v1")->boolean);
    for (size_t i = 0; i < ARRAY_LENGTH(managers); i++) {
        assert_non_null(json_member(cgroup, managers[i]));
        assert_int_equal(json_member(cgroup, managers[i])->boolean, THWART_SYSTEMD);
    }
    assert_int_equal(missing_count(root), 0);
}

/* Take the interfaces away one at a time: each is told, and only it. */
static void test_missing_interfaces(void **state)
{
    const struct host_facts complete = complete_facts();
    const size_t first = offsetof(struct host_facts, has_clone3);
    size_t taken = 0;

    (void)state;
    for (size_t offset = first; offset <= offsetof(struct host_facts, has_procfs_subset);
         offset += sizeof(bool)) {
        cleanup_arena struct arena arena = {0};
        struct host_facts facts = complete;

        *(bool *)((char *)&facts + offset) = false;
        assert_int_equal(missing_count(features_of(&arena, &facts)), 1);
        taken++;
    }
    assert_int_equal(taken, 14);
}

static void test_supported_flags(void **state)
{
    static const char flag[] = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";
    cleanup_arena struct arena arena = {0};
    struct host_facts facts = complete_facts();
    const struct json_value *seccomp;

    (void)state;
    seccomp = json_member(json_member(features_of(&arena, &facts), "linux"), "seccomp");
    assert_true(lists(json_member(seccomp, "supportedFlags"), flag));
    facts.has_seccomp_wait_killable = false;
    seccomp = json_member(json_member(features_of(&arena, &facts), "linux"), "seccomp");
    assert_true(lists(json_member(seccomp, "knownFlags"), flag));
    assert_false(lists(json_member(seccomp, "supportedFlags"), flag));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_missing_interfaces),
        cmocka_unit_test(test_supported_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
