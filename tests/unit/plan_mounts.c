/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Option words of mounts: what each sets, and how they combine. */
#include "plan_fixture.h"

#include <sys/mount.h>
#include "spec/mount_options.h"

enum { RDONLY = MOUNT_ATTR_RDONLY, ATIME = MOUNT_ATTR__ATIME };

/* Words on a bind mount, and the four masks that come of it. */
static const struct {
    const char *words;
    uint64_t set, clear, recursive_set, recursive_clear;
} words_on_binds[] = {
    {"'bind'", 0, 0, 0, 0},
    {"'ro'", RDONLY, 0, 0, 0},
    {"'rw'", 0, RDONLY, 0, 0},
    {"'ro','rw'", 0, RDONLY, 0, 0},
    {"'rw','ro'", RDONLY, 0, 0, 0},
    {"'nosuid','nodev','noexec'", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, 0, 0},
    {"'suid','dev','exec'", 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, 0},
    {"'nodiratime','nosymfollow'", MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW, 0, 0, 0},
    {"'diratime','symfollow'", 0, MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW, 0, 0},
    {"'noatime'", MOUNT_ATTR_NOATIME, ATIME, 0, 0},
    {"'strictatime'", MOUNT_ATTR_STRICTATIME, ATIME, 0, 0},
    {"'relatime'", 0, ATIME, 0, 0},
    {"'atime'", 0, ATIME, 0, 0},
    {"'noatime','relatime'", 0, ATIME, 0, 0},
    {"'noatime','atime'", 0, ATIME, 0, 0},
    {"'strictatime','atime'", MOUNT_ATTR_STRICTATIME, ATIME, 0, 0},
    {"'strictatime','nostrictatime'", 0, ATIME, 0, 0},
    {"'noatime','nostrictatime'", MOUNT_ATTR_NOATIME, ATIME, 0, 0},
    {"'norelatime'", 0, 0, 0, 0},
    {"'relatime','norelatime'", 0, 0, 0, 0},
    {"'noatime','norelatime'", MOUNT_ATTR_NOATIME, ATIME, 0, 0},
    {"'rro'", 0, 0, RDONLY, 0},
    {"'rrw'", 0, 0, 0, RDONLY},
    {"'ro','rrw'", RDONLY, 0, 0, RDONLY},
    {"'rnosuid','rnodev','rnoexec'", 0, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0},
    {"'rsuid','rdev','rexec'", 0, 0, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC},
    {"'rnoatime'", 0, 0, MOUNT_ATTR_NOATIME, ATIME},
    {"'ratime'", 0, 0, 0, ATIME},
    {"'rrelatime'", 0, 0, 0, ATIME},
    {"'rnorelatime'", 0, 0, 0, 0},
    {"'rstrictatime'", 0, 0, MOUNT_ATTR_STRICTATIME, ATIME},
    {"'rnostrictatime'", 0, 0, 0, ATIME},
    {"'rnodiratime','rnosymfollow'", 0, 0, MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"'rdiratime','rsymfollow'", 0, 0, 0, MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW},
    {"'defaults','x-any=thing','X-mount.mkdir','comment=c','auto','nofail','_netdev','loud','silent'", 0, 0,
     0, 0},
    {"'user','exec'", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC, 0, 0},
};

static void attributes_of_binds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(words_on_binds); i++) {
        struct fixture fixture;
        const struct plan_mount *mount;

        fixture_begin(&fixture);
        fixture_must_build(
            &fixture,
            arena_format(&fixture.arena,
                         "'mounts':[{'destination':'/d','type':'bind','source':'/s','options':[%s]}]",
                         words_on_binds[i].words),
            "", FIXTURE_NAMESPACES);
        mount = &fixture.plan->rootfs.mounts[0];
        if (mount->attributes_set != words_on_binds[i].set ||
            mount->attributes_clear != words_on_binds[i].clear ||
            mount->recursive_set != words_on_binds[i].recursive_set ||
            mount->recursive_clear != words_on_binds[i].recursive_clear)
            fail_msg("%s: set %#lx clear %#lx recursive set %#lx clear %#lx", words_on_binds[i].words,
                     (unsigned long)mount->attributes_set, (unsigned long)mount->attributes_clear,
                     (unsigned long)mount->recursive_set, (unsigned long)mount->recursive_clear);
        fixture_end(&fixture);
    }
}

/* Every MUST and SHOULD of the specification's table is known by its name, and none becomes data of a file
 * system. */
static void no_word_of_the_specification_is_data(void **state)
{
    static const char *const words[] = {
        "async",          "atime",      "bind",         "defaults",    "dev",
        "diratime",       "dirsync",    "exec",         "iversion",    "lazytime",
        "loud",           "mand",       "noatime",      "nodev",       "nodiratime",
        "noexec",         "noiversion", "nolazytime",   "nomand",      "norelatime",
        "nostrictatime",  "nosuid",     "nosymfollow",  "private",     "ratime",
        "rbind",          "rdev",       "rdiratime",    "relatime",    "remount",
        "rexec",          "rnoatime",   "rnodiratime",  "rnoexec",     "rnorelatime",
        "rnostrictatime", "rnosuid",    "rnosymfollow", "ro",          "rprivate",
        "rrelatime",      "rro",        "rrw",          "rshared",     "rslave",
        "rstrictatime",   "rsuid",      "rsymfollow",   "runbindable", "rw",
        "shared",         "silent",     "slave",        "strictatime", "suid",
        "symfollow",      "sync",       "tmpcopyup",    "unbindable",  "idmap",
        "ridmap",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        cleanup_arena struct arena arena = {0};
        const char *items[] = {words[i]};
        const struct json_strings options = {items, 1, true};
        struct mount_words read;
        struct error error;
        bool listed = false;

        assert_int_equal(mount_words_read(&options, 0, &arena, &read, &error), 0);
        if (read.data_count != 0)
            fail_msg("%s is taken for data", words[i]);
        for (size_t j = 0; mount_option_word(j) != NULL; j++)
            listed |= strcmp(mount_option_word(j), words[i]) == 0;
        if (!listed)
            fail_msg("%s is not listed", words[i]);
    }
}

static void data_is_split_at_commas(void **state)
{
    cleanup_arena struct arena arena = {0};
    const char *items[] = {"mode=755,size=64k,ro",
                           "context=\"u:r:t:s0:c1,c2\"",
                           "lowerdir=/a\\,b:/c",
                           "newinstance",
                           "a=b=c",
                           "e="};
    const struct json_strings options = {items, ARRAY_LENGTH(items), true};
    static const char *const expected[][2] = {{"mode", "755"},
                                              {"size", "64k"},
                                              {"context", "u:r:t:s0:c1,c2"},
                                              {"lowerdir", "/a\\,b:/c"},
                                              {"newinstance", NULL},
                                              {"a", "b=c"},
                                              {"e", ""}};
    struct mount_words words;
    struct error error;

    (void)state;
    assert_int_equal(mount_words_read(&options, 0, &arena, &words, &error), 0);
    assert_int_equal(words.set, RDONLY);
    assert_int_equal(words.data_count, ARRAY_LENGTH(expected));
    for (size_t i = 0; i < words.data_count; i++) {
        assert_string_equal(words.data[i].key, expected[i][0]);
        if (expected[i][1] == NULL)
            assert_null(words.data[i].value);
        else
            assert_string_equal(words.data[i].value, expected[i][1]);
    }
}

/* Which file systems are told "ro" themselves. */
static void read_only_layers(void **state)
{
    static const struct {
        const char *type;
        bool told;
    } cases[] = {{"proc", false}, {"sysfs", false}, {"mqueue", false}, {"tmpfs", false},  {"devpts", false},
                 {"ext4", true},  {"xfs", true},    {"overlay", true}, {"squashfs", true}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture;
        const struct plan_mount *mount;
        bool told;

        fixture_begin(&fixture);
        fixture_must_build(
            &fixture,
            arena_format(&fixture.arena,
                         "'mounts':[{'destination':'/d','type':'%s','source':'/dev/x','options':['ro']}]",
                         cases[i].type),
            "", FIXTURE_NAMESPACES);
        mount = &fixture.plan->rootfs.mounts[0];
        told = mount->option_count == 1 && strcmp(mount->options[0].key, "ro") == 0;
        if (told != cases[i].told || mount->attributes_set != RDONLY || !mount->read_only)
            fail_msg("%s", cases[i].type);
        fixture_end(&fixture);
    }
}

/* A read-only tmpfs waits for what is made beneath it, and only then. */
static void read_only_waits(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_begin(&fixture);
    fixture_must_build(&fixture,
                       "'mounts':[{'destination':'/run','type':'tmpfs','options':['ro']},"
                       "{'destination':'/runner','type':'tmpfs','options':['ro']},"
                       "{'destination':'/run/lock','type':'tmpfs','options':['ro']},"
                       "{'destination':'/dev','type':'tmpfs','options':['ro']},"
                       "{'destination':'/sys','type':'sysfs','options':['ro']},"
                       "{'destination':'/sys/fs/cgroup','type':'cgroup','options':['ro']}]",
                       "", FIXTURE_NAMESPACES);
    assert_true(fixture.plan->rootfs.mounts[0].read_only_late);
    assert_false(fixture.plan->rootfs.mounts[1].read_only_late);
    assert_false(fixture.plan->rootfs.mounts[2].read_only_late);
    assert_true(fixture.plan->rootfs.mounts[3].read_only_late);
    assert_false(fixture.plan->rootfs.mounts[4].read_only_late);
    assert_true(fixture.plan->rootfs.mounts[0].attributes_set & RDONLY);
    fixture_end(&fixture);
}

static void sources_and_destinations(void **state)
{
    struct fixture fixture;
    const struct plan_mount *mounts;

    (void)state;
    fixture_begin(&fixture);
    fixture_must_build(
        &fixture,
        "'mounts':[{'destination':'//a/./b/','type':'none','source':'data','options':['rbind']},"
        "{'destination':'/a/b','source':'/abs','options':['bind']},"
        "{'destination':'rel','type':'proc','source':'proc'},"
        "{'destination':'/c','type':'cgroup2','source':'cgroup'}]",
        "", FIXTURE_NAMESPACES);
    mounts = fixture.plan->rootfs.mounts;
    assert_int_equal(fixture.plan->rootfs.mount_count, 4);
    assert_int_equal(mounts[0].kind, PLAN_MOUNT_BIND);
    assert_true(mounts[0].recursive);
    assert_string_equal(mounts[0].source_path.text, "/bundle/data");
    assert_string_equal(mounts[0].destination.text, "/a/b");
    assert_int_equal(mounts[1].kind, PLAN_MOUNT_BIND);
    assert_false(mounts[1].recursive);
    assert_string_equal(mounts[1].source_path.text, "/abs");
    assert_int_equal(mounts[2].kind, PLAN_MOUNT_FILESYSTEM);
    assert_string_equal(mounts[2].destination.text, "/rel");
    assert_int_equal(mounts[3].kind, PLAN_MOUNT_CGROUP);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_of_binds),     cmocka_unit_test(no_word_of_the_specification_is_data),
        cmocka_unit_test(data_is_split_at_commas), cmocka_unit_test(read_only_layers),
        cmocka_unit_test(read_only_waits),         cmocka_unit_test(sources_and_destinations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
