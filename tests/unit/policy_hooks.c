/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hooks.allow: programs by path, arguments and contents. */
#include "policy_rows.h"

#define ALLOW(list)         "'hooks': {'allow': [" list "]}"
#define HOOK(list, what)    "'hooks': {'" list "': [" what "]}"
#define REFUSED(list, path) "refused TW1001 /hooks/" list "/0 " path "\n"

static void paths(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/opt/hook", .exists = true, .resolved = "/tmp/evil", .inode = 1},
        {.path = "/bin/true", .exists = true, .resolved = "/usr/bin/true", .inode = 2},
        {.path = "/bin", .exists = true, .resolved = "/usr/bin", .is_directory = true, .inode = 3},
        {.path = "/proc/7/exe", .exists = true, .resolved = "/usr/bin/dockerd", .inode = 4},
        {.path = "/proc/8/exe", .exists = true, .resolved = "/tmp/evil", .inode = 1},
        {.path = "/proc/9/exe", .exists = true, .inode = 5},
        {.path = "/proc/11/exe", .resolved = "/proc/11/exe"},
        {.path = "/usr", .exists = true, .resolved = "/usr", .is_directory = true, .inode = 9},
        {.path = "/c/rootfs", .exists = true, .resolved = "/d/rootfs", .is_directory = true, .inode = 6},
        {.path = "/c/root", .exists = true, .resolved = "/d/root", .is_directory = true, .inode = 7},
        {.path = "/c/rootfs/dockerd", .exists = true, .resolved = "/d/rootfs/dockerd", .inode = 8},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct policy_observed in_bundle = {
        .bundle = "/c", .paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct fixture_row rows[] = {
        {.policy = ALLOW(""),
         .rest = HOOK("prestart", "{'path': '/a'}"),
         .findings = REFUSED("prestart", "/a")},
        {.policy = ALLOW(""),
         .rest = HOOK("createRuntime", "{'path': '/a'}"),
         .findings = REFUSED("createRuntime", "/a")},
        {.policy = ALLOW(""),
         .rest = HOOK("createContainer", "{'path': '/a'}"),
         .findings = REFUSED("createContainer", "/a")},
        {.policy = ALLOW(""),
         .rest = HOOK("startContainer", "{'path': '/a'}"),
         .findings = REFUSED("startContainer", "/a")},
        {.policy = ALLOW(""),
         .rest = HOOK("poststart", "{'path': '/a'}"),
         .findings = REFUSED("poststart", "/a")},
        {.policy = ALLOW(""),
         .rest = HOOK("poststop", "{'path': '/a'}"),
         .findings = REFUSED("poststop", "/a")},
        {.policy = ALLOW(""), .findings = ""},
        {.policy = ALLOW("{'path': '/a'}"), .rest = HOOK("poststop", "{'path': '/a'}"), .findings = ""},
        {.policy = ALLOW("{'path': '/usr/libexec/oci/*'}"),
         .rest = HOOK("poststop", "{'path': '/usr/libexec/oci/x'}"),
         .findings = ""},
        /* A directory's name allows nothing in it; ".." leads out of a pattern. */
        {.policy = ALLOW("{'path': '/usr/libexec'}"),
         .rest = HOOK("poststop", "{'path': '/usr/libexec/x'}"),
         .findings = REFUSED("poststop", "/usr/libexec/x")},
        {.policy = ALLOW("{'path': '/usr/libexec/**'}"),
         .rest = HOOK("poststop", "{'path': '/usr/libexec/../../tmp/x'}"),
         .findings = REFUSED("poststop", "/usr/libexec/../../tmp/x")},
        /* Links. */
        {.policy = ALLOW("{'path': '/opt/hook'}"),
         .rest = HOOK("prestart", "{'path': '/opt/hook'}"),
         .observed = &observed,
         .findings = REFUSED("prestart", "/opt/hook")},
        {.policy = ALLOW("{'path': '/tmp/evil'}"),
         .rest = HOOK("prestart", "{'path': '/opt/hook'}"),
         .observed = &observed,
         .findings = REFUSED("prestart", "/opt/hook")},
        {.policy = ALLOW("{'path': '/bin/true'}"),
         .rest = HOOK("prestart", "{'path': '/bin/true'}"),
         .observed = &observed,
         .findings = ""},
        /* Docker's is dockerd itself, by the kernel's link. */
        {.policy = ALLOW("{'path': '/usr/bin/dockerd'}"),
         .rest = HOOK("prestart", "{'path': '/proc/7/exe'}"),
         .observed = &observed,
         .findings = ""},
        {.policy = ALLOW("{'path': '/usr/bin/dockerd'}, {'path': '/proc/[0-9]*/exe'}"),
         .rest = HOOK("prestart", "{'path': '/proc/8/exe'}"),
         .observed = &observed,
         .findings = REFUSED("prestart", "/proc/8/exe")},
        {.policy = ALLOW("{'path': '**'}"),
         .rest = HOOK("prestart", "{'path': '/proc/9/exe'}"),
         .observed = &observed,
         .findings = REFUSED("prestart", "/proc/9/exe")},
        {.policy = ALLOW("{'path': '/proc/[0-9]*/exe'}"),
         .rest = HOOK("prestart", "{'path': '/proc/10/exe'}"),
         .observed = &observed,
         .findings = ""},
        /* What is not there is nobody's; what the container writes to is its own. */
        {.policy = ALLOW("{'path': '/proc/[0-9]*/exe'}"),
         .rest = HOOK("prestart", "{'path': '/proc/11/exe'}"),
         .observed = &observed,
         .findings = REFUSED("prestart", "/proc/11/exe")},
        {.policy = ALLOW("{'path': '/**/dockerd'}"),
         .rest = HOOK("prestart", "{'path': '/c/rootfs/dockerd'}"),
         .observed = &in_bundle,
         .findings = REFUSED("prestart", "/c/rootfs/dockerd")},
        {.policy = ALLOW("{'path': '/**/dockerd'}"),
         .rest = HOOK("prestart", "{'path': '/c/rootfs/dockerd'}"),
         .observed = &observed,
         .findings = ""},
        {.policy = ALLOW("{'path': '/**/dockerd'}"),
         .rest = MOUNTS(BIND("/c/rootfs", "'bind'")) ", " HOOK("prestart", "{'path': '/c/rootfs/dockerd'}"),
         .observed = &observed,
         .findings = REFUSED("prestart", "/c/rootfs/dockerd")},
        {.policy = ALLOW("{'path': '/**/dockerd'}"),
         .rest =
             MOUNTS(BIND("/c/rootfs", "'bind', 'ro'")) ", " HOOK("prestart", "{'path': '/c/rootfs/dockerd'}"),
         .observed = &observed,
         .findings = ""},
        /* Whoever writes to the host's programs needs no hook. */
        {.policy = ALLOW("{'path': '/usr/**'}"),
         .rest = MOUNTS(BIND("/usr", "'bind'")) ", " HOOK("prestart", "{'path': '/proc/7/exe'}"),
         .observed = &observed,
         .findings = ""},
        /* The host's /opt/hook is another file than the container's. */
        {.policy = ALLOW("{'path': '/opt/hook'}"),
         .rest = HOOK("startContainer", "{'path': '/opt/hook'}"),
         .observed = &observed,
         .findings = ""},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void arguments(void **state)
{
#define WITH(args) ALLOW("{'path': '/a', 'args': [" args "]}")
#define CALL(args) HOOK("poststop", "{'path': '/a', 'args': [" args "]}")
#define NOT_SO     REFUSED("poststop", "/a")
    static const struct fixture_row rows[] = {
        {.policy = WITH(""), .rest = CALL("'a'"), .findings = ""},
        {.policy = WITH(""), .rest = HOOK("poststop", "{'path': '/a'}"), .findings = ""},
        {.policy = WITH(""), .rest = CALL("'a', 'x'"), .findings = NOT_SO},
        {.policy = WITH("'x', '-*'"), .rest = CALL("'a', 'x', '-y'"), .findings = ""},
        {.policy = WITH("'x', '-*'"), .rest = CALL("'a', 'x'"), .findings = NOT_SO},
        {.policy = WITH("'x', '-*'"), .rest = CALL("'a', 'x', 'y'"), .findings = NOT_SO},
        {.policy = WITH("'x'"), .rest = CALL("'a', 'x', 'y'"), .findings = NOT_SO},
        {.policy = WITH("'x', '**'"), .rest = CALL("'a', 'x', 'y', 'z'"), .findings = ""},
        {.policy = WITH("'x', '**'"), .rest = CALL("'a', 'x'"), .findings = ""},
        {.policy = WITH("'x', '**'"), .rest = CALL("'a'"), .findings = NOT_SO},
        {.policy = WITH("'**', 'x'"), .rest = CALL("'a', 'y', 'x'"), .findings = ""},
        {.policy = WITH("'**', 'x'"), .rest = CALL("'a', 'y', 'y', 'x'"), .findings = NOT_SO},
        {.policy = ALLOW("{'path': '/a', 'args': ['x']}, {'path': '/a', 'args': ['y']}"),
         .rest = CALL("'a', 'y'"),
         .findings = ""},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void environment(void **state)
{
#define WITH_ENV(list) ALLOW("{'path': '/a', 'env': [" list "]}")
#define ENV(list)      HOOK("poststop", "{'path': '/a', 'env': [" list "]}")
#define ANY            ALLOW("{'path': '/a'}")
    static const struct fixture_row rows[] = {
        {.policy = ANY, .rest = ENV("'A=b', 'DEBUG=1', 'LANG=C', 'PATHS=/tmp'"), .findings = ""},
        {.policy = ANY, .rest = ENV("'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'"), .findings = ""},
        {.policy = ANY, .rest = ENV("'PATH=/usr/bin:/tmp'"), .findings = NOT_SO},
        {.policy = ANY, .rest = ENV("'PATH=/usr/bin:'"), .findings = NOT_SO}, /* the bundle */
        {.policy = ANY, .rest = ENV("'PATH='"), .findings = NOT_SO},
        {.policy = ANY, .rest = ENV("'PATH=/usr/bin/../../tmp'"), .findings = NOT_SO},
        {.policy = ANY, .rest = ENV("'HOME=/tmp'"), .findings = NOT_SO},
        {.policy = ANY, .rest = ENV("'A=b', 'LD_PRELOAD=/tmp/x.so'"), .findings = NOT_SO},
        {.policy = ANY, .rest = ENV("'LD_PRELOAD='"), .findings = NOT_SO},
        {.policy = ANY, .rest = ENV("'BASH_FUNC_true%%=() { evil; }'"), .findings = NOT_SO},
        {.policy = WITH_ENV("'LD_PRELOAD=/usr/lib/*', 'A=?'"),
         .rest = ENV("'A=b', 'LD_PRELOAD=/usr/lib/x.so'"),
         .findings = ""},
        {.policy = WITH_ENV("'A=?'"), .rest = ENV("'A=b', 'DEBUG=1'"), .findings = NOT_SO},
        {.policy = WITH_ENV(""), .rest = ENV("'A=b'"), .findings = NOT_SO},
        {.policy = WITH_ENV(""), .rest = HOOK("poststop", "{'path': '/a'}"), .findings = ""},
        /* One element must allow all of it. */
        {.policy = ALLOW("{'path': '/a', 'args': ['x'], 'env': ['PATH=*']}, {'path': '/a', 'args': ['y']}"),
         .rest = HOOK("poststop", "{'path': '/a', 'args': ['a', 'y'], 'env': ['PATH=/tmp']}"),
         .findings = NOT_SO},
        /* The container's own program: whoever made the image chooses for it. */
        {.policy = ANY, .rest = HOOK("startContainer", "{'path': '/a', 'env': ['PATH=/x']}"), .findings = ""},
        {.policy = WITH_ENV(""),
         .rest = HOOK("startContainer", "{'path': '/a', 'env': ['PATH=/x']}"),
         .findings = REFUSED("startContainer", "/a")},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

/* SHA-256 of nothing. */
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000000"

static void contents(void **state)
{
    struct policy_path_fact facts[] = {
        {.path = "/a", .exists = true, .resolved = "/a", .has_digest = true, .digest = digest_of("", 0)},
        {.path = "/b", .exists = true, .resolved = "/b"},
    };
    const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    const struct fixture_row rows[] = {
        {.policy = ALLOW("{'path': '/a', 'sha256': '" EMPTY "'}"),
         .rest = HOOK("prestart", "{'path': '/a'}"),
         .observed = &observed,
         .findings = ""},
        {.policy = ALLOW("{'path': '/a', 'sha256': '" OTHER "'}"),
         .rest = HOOK("prestart", "{'path': '/a'}"),
         .observed = &observed,
         .findings = "refused TW1002 /hooks/prestart/0 /a\n"},
        {.policy = ALLOW("{'path': '/a', 'sha256': '" OTHER "'}, {'path': '/*'}"),
         .rest = HOOK("prestart", "{'path': '/a'}"),
         .observed = &observed,
         .findings = ""},
        /* Nobody could look. */
        {.policy = ALLOW("{'path': '/b', 'sha256': '" EMPTY "'}"),
         .rest = HOOK("prestart", "{'path': '/b'}"),
         .observed = &observed,
         .findings = "refused TW1002 /hooks/prestart/0 /b\n"},
        {.policy = ALLOW("{'path': '/c', 'sha256': '" EMPTY "'}"),
         .rest = HOOK("prestart", "{'path': '/c'}"),
         .observed = &observed,
         .findings = "refused TW1002 /hooks/prestart/0 /c\n"},
        {.policy = ALLOW("{'path': '/a', 'sha256': '" EMPTY "'}"),
         .rest = HOOK("startContainer", "{'path': '/a'}"),
         .observed = &observed,
         .findings = "refused TW1002 /hooks/startContainer/0 /a\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(arguments),
        cmocka_unit_test(environment),
        cmocka_unit_test(contents),
    };

    return cmocka_run_group_tests_name("policy_hooks", tests, NULL, NULL);
}
