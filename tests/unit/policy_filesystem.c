/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filesystem: the root, forced options, masked and read-only paths, propagation. And the default lists
 * against what engines send. usage: policy_filesystem DIRECTORY_OF_BUNDLES */
#include "policy_rows.h"

#include <dirent.h>
#include <fcntl.h>
#include "base/descriptor.h"
#include "policy/default_paths.h"

#define OWN      "'namespaces': [{'type': 'mount'}]"
#define ROOT     "'filesystem': {'rootReadonly': true}"
#define FORCE(w) "'filesystem': {'options': [" w "]}"

static const char *samples;

static void root(void **state)
{
    static const struct fixture_row rows[] = {
        {.policy = ROOT,
         .linux_part = OWN,
         .findings = "narrowed TW0401 /root/readonly -> read-only\n",
         .granted = "'readonly':true"},
        {.policy = "'filesystem': {'rootReadonly': {'value': true, 'otherwise': 'refuse'}}",
         .linux_part = OWN,
         .findings = "refused TW0401 /root/readonly\n"},
        {.policy = "'filesystem': {'rootReadonly': {'value': true, 'mode': 'audit'}}",
         .linux_part = OWN,
         .findings = "would-narrow TW0401 /root/readonly\n"},
        /* Nothing could be made read-only there. */
        {.policy = ROOT, .findings = "refused TW0401 /root/readonly\n"},
        {.policy = ROOT,
         .linux_part = "'namespaces': [{'type': 'mount', 'path': '/proc/1/ns/mnt'}]",
         .findings = "refused TW0401 /root/readonly\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

#define TMPFS(place, options)                                                                                \
    "{'destination': '" place "', 'type': 'tmpfs', 'source': 'tmpfs', 'options': [" options "]}"
#define FORCED(n, word, options) "narrowed TW0406 /mounts/" n "/options " word " -> " options "\n"

static void forced_options(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/dev/fuse", .exists = true, .resolved = "/dev/fuse", .is_device = true, .device_type = 'c'},
        {.path = "/srv/file", .exists = true, .resolved = "/srv/file"},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct fixture_row rows[] = {
        {.policy = FORCE("'nosuid'"),
         .rest = MOUNTS(TMPFS("/tmp", "'suid', 'mode=755'")),
         .findings = FORCED("0", "nosuid", "mode=755,nosuid"),
         .granted = "'options':['mode=755','nosuid']"},
        {.policy = FORCE("'nosuid'"), .rest = MOUNTS(TMPFS("/tmp", "'mode=755,nosuid'")), .findings = ""},
        {.policy = FORCE("'nosuid'"),
         .rest = MOUNTS(TMPFS("/tmp", "'nosuid', 'suid'")),
         .findings = FORCED("0", "nosuid", "nosuid,nosuid")},
        {.policy = FORCE("'nosuid'"),
         .rest = MOUNTS(TMPFS("/tmp", "'nosuid', 'rsuid'")),
         .findings = FORCED("0", "nosuid", "nosuid,rnosuid")},
        {.policy = FORCE("'nosuid', 'nodev', 'noexec'"),
         .rest = MOUNTS(TMPFS("/tmp", "'user'")),
         .findings = ""},
        /* What cannot be written to is left alone; what is mounted below a source can be. */
        {.policy = FORCE("'nosuid'"), .rest = MOUNTS(TMPFS("/tmp", "'ro'")), .findings = ""},
        {.policy = FORCE("'nosuid'"), .rest = MOUNTS(BIND("/srv/d", "'bind', 'ro'")), .findings = ""},
        {.policy = FORCE("'nosuid'"), .rest = MOUNTS(BIND("/srv/d", "'rbind', 'rro'")), .findings = ""},
        {.policy = FORCE("'nosuid'"),
         .rest = MOUNTS(BIND("/srv/d", "'rbind', 'ro'")),
         .findings = FORCED("0", "nosuid", "rbind,ro,rnosuid")},
        {.policy = FORCE("'nosuid'"),
         .rest = MOUNTS(BIND("/srv/d", "'rbind', 'nosuid'")),
         .findings = FORCED("0", "nosuid", "rbind,nosuid,rnosuid")},
        {.policy = FORCE("'nosuid'"),
         .rest = MOUNTS(BIND("/srv/file", "'rbind', 'nosuid'")),
         .observed = &observed,
         .findings = ""},
        /* /dev would be no /dev. */
        {.policy = FORCE("'nodev', 'nosuid'"),
         .rest = MOUNTS(TMPFS("/dev", "'nosuid'") ", " TMPFS("/dev/pts/", "'nosuid'")),
         .findings = ""},
        {.policy = FORCE("'nodev'"),
         .rest = MOUNTS(TMPFS("/dev/shm", "'nosuid'")),
         .findings = FORCED("0", "nodev", "nosuid,nodev")},
        {.policy = FORCE("'nodev'"),
         .rest = MOUNTS(BIND("/dev/fuse", "'bind'")),
         .observed = &observed,
         .findings = ""},
        /* A remount may not take it back. */
        {.policy = FORCE("'nosuid'"),
         .rest = MOUNTS("{'destination': '/tmp', 'options': ['remount', 'suid']}"),
         .findings = FORCED("0", "nosuid", "remount,rnosuid")},
        {.policy = FORCE("'nosuid'"),
         .rest = MOUNTS("{'destination': '/tmp', 'options': ['remount', 'nodev']}"),
         .findings = ""},
        {.policy = "'filesystem': {'options': {'value': ['nosuid'], 'otherwise': 'refuse'}}",
         .rest = MOUNTS(TMPFS("/tmp", "'mode=755'")),
         .findings = "refused TW0406 /mounts/0/options nosuid\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

#define MASKED(path)   "narrowed TW0407 /linux/maskedPaths " path " -> masked\n"
#define READONLY(path) "narrowed TW0408 /linux/readonlyPaths " path " -> read-only\n"

static void masks(void **state)
{
    static const struct fixture_row rows[] = {
        {.policy = "'filesystem': {'maskedPaths': ['/proc/kcore', '/proc/keys']}",
         .linux_part = OWN ", 'maskedPaths': ['/proc/keys', '/x']",
         .findings = MASKED("/proc/kcore"),
         .granted = "'maskedPaths':['/proc/keys','/x','/proc/kcore']"},
        /* By meaning. */
        {.policy = "'filesystem': {'maskedPaths': ['/proc/kcore']}",
         .linux_part = OWN ", 'maskedPaths': ['//proc/./kcore/']",
         .findings = ""},
        {.policy = "'filesystem': {'maskedPaths': ['/sys/firmware']}",
         .linux_part = OWN ", 'maskedPaths': ['/sys']",
         .findings = ""},
        {.policy = "'filesystem': {'maskedPaths': ['/sys']}",
         .linux_part = OWN ", 'maskedPaths': ['/sys/firmware']",
         .findings = MASKED("/sys")},
        {.policy = "'filesystem': {'maskedPaths': ['/proc/kcore']}",
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcor'], 'readonlyPaths': ['/proc/kcore']",
         .findings = MASKED("/proc/kcore")},
        {.policy = "'filesystem': {'readonlyPaths': ['/proc/sys', '/proc/bus']}",
         .linux_part = OWN ", 'maskedPaths': ['/proc/sys'], 'readonlyPaths': ['/proc/irq']",
         .findings = READONLY("/proc/bus"),
         .granted = "'readonlyPaths':['/proc/irq','/proc/bus']"},
        {.policy = "'filesystem': {'maskedPaths': ['/proc/kcore']}",
         .findings = "refused TW0407 /linux/maskedPaths /proc/kcore\n"},
        {.policy = "'filesystem': {'readonlyPaths': ['/proc/sys']}",
         .linux_part = "'maskedPaths': []",
         .findings = "refused TW0408 /linux/readonlyPaths /proc/sys\n"},
        /* A second procfs shows what the mask of the first hides. */
        {.policy = "'filesystem': {'maskedPaths': ['/proc/kcore']}",
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS("{'destination': '/proc', 'type': 'proc', 'source': 'proc'}, {'destination': "
                        "'/opt//p', 'type': 'proc', 'source': 'proc'}"),
         .findings = MASKED("/opt/p/kcore")},
        {.policy = "'filesystem': {'readonlyPaths': ['/sys/power']}",
         .linux_part = OWN ", 'readonlyPaths': ['/sys/power']",
         .rest = MOUNTS("{'destination': '/s', 'type': 'sysfs', 'source': 'sysfs'}"),
         .findings = READONLY("/s/power")},
        /* The root covers nothing. */
        {.policy = "'filesystem': {'maskedPaths': ['/proc/kcore']}",
         .linux_part = OWN ", 'maskedPaths': ['//', '/proc/kcore']",
         .findings = "refused TW0407 /linux/maskedPaths /\n"},
        {.policy = "'filesystem': {'readonlyPaths': ['/proc/sys']}",
         .linux_part = OWN ", 'readonlyPaths': ['/']",
         .findings = READONLY("/proc/sys")},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

#define MASK(path) "'filesystem': {'maskedPaths': ['" path "']}"

/* Other names that a bind gives to the kernel's files. */
static void masks_of_binds(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/", .exists = true, .resolved = "/", .is_directory = true},
        {.path = "/link", .exists = true, .resolved = "/proc", .is_directory = true, .is_proc_or_sys = true},
        {.path = "/lost", .exists = true, .is_directory = true, .is_proc_or_sys = true},
        {.path = "/srv", .exists = true, .resolved = "/srv", .is_directory = true},
        {.path = "/srv/p/sys", .exists = true, .resolved = "/srv/p/sys", .is_proc_or_sys = true},
        {.path = "/strange", .exists = true, .resolved = "/strange", .is_proc_or_sys = true},
    };
    static const struct policy_mount_fact mounts[] = {
        {"sysfs", "/", "/sys"},
        {"proc", "/", "/proc"},
        {"debugfs", "/", "/srv/d"},
        {"proc", "/sys", "/srv/p"},
    };
    static const struct policy_observed observed = {.paths = facts,
                                                    .path_count = ARRAY_LENGTH(facts),
                                                    .kernel_mounts = mounts,
                                                    .kernel_mount_count = ARRAY_LENGTH(mounts),
                                                    .kernel_mounts_known = true};
    static const struct fixture_row rows[] = {
        /* By words. */
        {.policy = MASK("/proc/kcore"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS(BIND("/proc", "'rbind'")),
         .findings = MASKED("/to/kcore")},
        {.policy = MASK("/proc/kcore"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS(BIND("/proc/kcore", "'bind'")),
         .findings = MASKED("/to")},
        {.policy = MASK("/proc/sys"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/sys']",
         .rest = MOUNTS(BIND("//proc/./sys/kernel", "'bind'")),
         .findings = MASKED("/to")},
        {.policy = MASK("/proc/kcore"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS(BIND("/", "'rbind'")),
         .findings = MASKED("/to/proc/kcore")},
        {.policy = MASK("/proc/kcore"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS(BIND("/", "'bind'") ", " BIND("/proc/version", "'bind'")),
         .findings = ""},
        {.policy = MASK("/etc/shadow"), /* a path of the container, no file of the kernel */
         .linux_part = OWN ", 'maskedPaths': ['/etc/shadow']",
         .rest = MOUNTS(BIND("/etc", "'bind'")),
         .findings = ""},
        {.policy = "'filesystem': {'readonlyPaths': ['/proc/sys']}",
         .linux_part = OWN ", 'readonlyPaths': ['/proc/sys']",
         .rest = MOUNTS(BIND("/proc", "'bind', 'ro'")),
         .findings = ""},
        {.policy = "'filesystem': {'readonlyPaths': ['/proc/sys']}",
         .linux_part = OWN ", 'readonlyPaths': ['/proc/sys']",
         .rest =
             MOUNTS(BIND("/proc", "'bind', 'ro'") ", {'destination': '/to', 'options': ['remount', 'rw']}"),
         .findings = READONLY("/to/sys")},
        /* By what was observed. */
        {.policy = MASK("/proc/kcore"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS(BIND("/link", "'bind'")),
         .observed = &observed,
         .findings = MASKED("/to/kcore")},
        {.policy = MASK("/proc/sys/kernel"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/sys/kernel']",
         .rest = MOUNTS(BIND("/srv", "'rbind'")),
         .observed = &observed,
         .findings = MASKED("/to/p/kernel")},
        {.policy = MASK("/sys/kernel/debug"),
         .linux_part = OWN ", 'maskedPaths': ['/sys/kernel/debug']",
         .rest = MOUNTS(BIND("/srv", "'rbind'")),
         .observed = &observed,
         .findings = MASKED("/to/d")},
        {.policy = MASK("/proc/sys/sys/x"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/sys/sys/x']",
         .rest = MOUNTS(BIND("/srv/p/sys", "'bind'")),
         .observed = &observed,
         .findings = MASKED("/to/x")},
        {.policy = MASK("/proc/kcore"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS(BIND("/srv", "'bind'")),
         .observed = &observed,
         .findings = ""},
        {.policy = MASK("/proc/kcore"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS(BIND("/lost", "'bind'")),
         .observed = &observed,
         .findings = "refused TW0407 /mounts/0/source /to\n"},
        {.policy = MASK("/proc/kcore"),
         .linux_part = OWN ", 'maskedPaths': ['/proc/kcore']",
         .rest = MOUNTS(BIND("/strange", "'bind'")),
         .observed = &observed,
         .findings = "refused TW0407 /mounts/0/source /to\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

/* What is enforced wherever the files turn out to be: each once, in one order, and nothing of audit mode. */
static void masks_wherever_they_are(void **state)
{
    static const char *const policies[] = {
        "'filesystem': {'maskedPaths': ['/proc/kcore', '/srv/x'], 'readonlyPaths': ['/sys/kernel/debug']}",
        "'filesystem': {'maskedPaths': ['/proc/kcore'], 'readonlyPaths': {'value': ['/proc/sys'], 'mode': "
        "'audit'}}",
    };
    static const struct policy_kernel_mask expected[] = {
        {"debugfs", "/", true}, {"proc", "/kcore", false}, {"sysfs", "/kernel/debug", true}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture fixture = {0};

        for (size_t j = 0; j < 2; j++)
            fixture_policy(&fixture, policies[i ^ j]);
        fixture_request(&fixture, "", OWN, "");
        fixture_decide(&fixture);
        assert_int_equal(fixture.decision.layers.kernel_mask_count, ARRAY_LENGTH(expected));
        for (size_t j = 0; j < ARRAY_LENGTH(expected); j++) {
            const struct policy_kernel_mask *mask = &fixture.decision.layers.kernel_masks[j];

            assert_string_equal(mask->type, expected[j].type);
            assert_string_equal(mask->path, expected[j].path);
            assert_int_equal(mask->read_only, expected[j].read_only);
        }
        fixture_end(&fixture);
    }
}

#define PROPAGATION(words) "'filesystem': {'propagation': [" words "]}"

static void propagation(void **state)
{
    static const struct fixture_row rows[] = {
        {.policy = PROPAGATION("'private'"), .rest = MOUNTS(BIND("/x", "'rbind'")), .findings = ""},
        {.policy = PROPAGATION("'private'"),
         .linux_part = "'rootfsPropagation': 'rprivate'",
         .rest = MOUNTS(BIND("/x", "'rbind', 'runbindable'")),
         .findings = ""},
        {.policy = PROPAGATION("'slave'"), /* private is less */
         .linux_part = "'rootfsPropagation': 'private'",
         .rest = MOUNTS(BIND("/x", "'rbind', 'rslave'")),
         .findings = ""},
        {.policy = PROPAGATION("'private'"),
         .linux_part = "'rootfsPropagation': 'rslave'",
         .findings = "refused TW0409 /linux/rootfsPropagation rslave\n"},
        {.policy = PROPAGATION("'private', 'slave'"),
         .linux_part = "'rootfsPropagation': 'shared'",
         .rest = MOUNTS(BIND("/x", "'rbind', 'nosuid,rshared'")),
         .findings = "refused TW0409 /linux/rootfsPropagation shared\n"
                     "refused TW0409 /mounts/0/options rshared\n"},
        {.policy = PROPAGATION("'private', 'shared'"),
         .linux_part = "'rootfsPropagation': 'shared'",
         .findings = ""},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

/* What engines mask by default is the default: none of their containers is touched by it. */
static void defaults_are_what_engines_send(void **state)
{
    static const char *const others[] = {"privileged", "umoci-unpack", "seccomp-unconfined"};
    DIR *directory = opendir(samples);
    const struct dirent *entry;
    size_t looked_at = 0, touched = 0;

    (void)state;
    assert_non_null(directory);
    assert_true(policy_default_masked_count > 5 && policy_default_readonly_count > 3);
    while ((entry = readdir(directory)) != NULL) {
        struct fixture fixture = {0};
        cleanup_fd int file = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
        char *bytes;
        size_t length;
        bool other = false;

        if (strstr(entry->d_name, ".json") == NULL)
            continue;
        assert_true(file >= 0);
        for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
            other |= strstr(entry->d_name, others[i]) != NULL;
        assert_int_equal(descriptor_read_all(file, 1 << 20, entry->d_name, &fixture.arena, &bytes, &length,
                                             &fixture.error),
                         0);
        fixture_policy(&fixture, "'filesystem': {'maskedPaths': 'default', 'readonlyPaths': 'default'}");
        fixture_config(&fixture, bytes);
        fixture_decide(&fixture);
        if (!other && fixture.decision.finding_count > 0)
            fail_msg("%s:\n%s", entry->d_name, fixture_findings(&fixture));
        touched += other && fixture.decision.finding_count > 0;
        looked_at++;
        fixture_end(&fixture);
    }
    closedir(directory);
    assert_true(looked_at > 30);
    assert_true(touched >= 5);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root),
        cmocka_unit_test(forced_options),
        cmocka_unit_test(masks),
        cmocka_unit_test(masks_of_binds),
        cmocka_unit_test(masks_wherever_they_are),
        cmocka_unit_test(propagation),
        cmocka_unit_test(defaults_are_what_engines_send),
    };

    samples = argc > 1 ? argv[1] : ".";
    return cmocka_run_group_tests_name("policy_filesystem", tests, NULL, NULL);
}
