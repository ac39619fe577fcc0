/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filesystem.mounts: what may be mounted from the host, by words and by what was observed. */
#include "policy_rows.h"

#define SOURCES(list)      "'filesystem': {'mounts': {'sources': [" list "]}}"
#define SOURCE(path, kind) "{'path': '" path "', 'access': '" kind "'}"
#define DENY(list)         "'filesystem': {'mounts': {'deny': [" list "]}}"
#define REFUSED(path)      "refused TW0403 /mounts/0/source " path "\n"

static void words_alone(void **state)
{
    static const struct fixture_row rows[] = {
        {.policy = SOURCES(SOURCE("/srv/data", "rw")),
         .rest = MOUNTS(BIND("/srv/data", "'rbind'")),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv/data", "rw")),
         .rest = MOUNTS(BIND("/srv/data/x/y", "'bind'")),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv/data", "rw")),
         .rest = MOUNTS(BIND("/srv/database", "'bind'")),
         .findings = REFUSED("/srv/database")},
        {.policy = SOURCES(SOURCE("/srv/data", "rw")),
         .rest = MOUNTS(BIND("/srv/data/../../etc", "'bind'")),
         .findings = REFUSED("/srv/data/../../etc")},
        {.policy = SOURCES(SOURCE("/srv/data", "rw")),
         .rest = MOUNTS(BIND("//srv/./data//x/", "'bind'")),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv/data", "rw")),
         .rest = MOUNTS(BIND("/srv", "'bind'")),
         .findings = REFUSED("/srv")},
        {.policy = SOURCES(""),
         .rest = MOUNTS(BIND("/srv/data", "'bind'")),
         .findings = REFUSED("/srv/data")},
        {.policy = SOURCES(SOURCE("/srv/*/public", "rw")),
         .rest = MOUNTS(BIND("/srv/a/public/x", "'bind'")),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv/*/public", "rw")),
         .rest = MOUNTS(BIND("/srv/a/b/public", "'bind'")),
         .findings = REFUSED("/srv/a/b/public")},
        /* The type of a bind says nothing; the option does. */
        {.policy = SOURCES(""),
         .rest =
             MOUNTS("{'destination': '/to', 'type': 'none', 'source': '/etc', 'options': ['rbind', 'ro']}"),
         .findings = REFUSED("/etc")},
        {.policy = SOURCES(""),
         .rest = MOUNTS("{'destination': '/to', 'type': 'tmpfs', 'source': '/etc', 'options': ['bind']}"),
         .findings = REFUSED("/etc")},
        {.policy = SOURCES(""),
         .rest =
             MOUNTS("{'destination': '/to', 'type': 'tmpfs', 'source': '/etc', 'options': ['size=1m,bind']}"),
         .findings = REFUSED("/etc")},
        {.policy = SOURCES(""),
         .rest = MOUNTS("{'destination': '/to', 'type': 'rbind', 'source': '/etc'}"),
         .findings = REFUSED("/etc")},
        /* Nothing of the host. */
        {.policy = SOURCES(""),
         .rest = MOUNTS("{'destination': '/to', 'type': 'tmpfs', 'source': '/etc', 'options': ['mode=755']}"),
         .findings = ""},
        {.policy = SOURCES(""), .findings = ""},
        {.policy = "'filesystem': {'mounts': {'types': ['proc'], 'mode': 'audit'}}",
         .rest = MOUNTS(BIND("/etc", "'bind'")),
         .findings = "would-refuse TW0402 /mounts/0/type bind\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void relative_to_the_bundle(void **state)
{
    static const struct policy_observed in_bundle = {.bundle = "/b"};
    static const struct fixture_row rows[] = {
        {.policy = SOURCES(SOURCE("/b/data", "rw")),
         .rest = MOUNTS(BIND("data", "'bind'")),
         .observed = &in_bundle,
         .findings = ""},
        {.policy = SOURCES(SOURCE("/b/data", "rw")),
         .rest = MOUNTS(BIND("../data", "'bind'")),
         .observed = &in_bundle,
         .findings = REFUSED("/b/../data")},
        /* Nobody knows where it is: no pattern can mean it. */
        {.policy = SOURCES(SOURCE("/data", "rw")),
         .rest = MOUNTS(BIND("data", "'bind'")),
         .findings = REFUSED("data")},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void links_are_followed(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/srv/data/link", .exists = true, .resolved = "/etc", .is_directory = true, .inode = 1},
        {.path = "/srv/data/inside",
         .exists = true,
         .resolved = "/srv/data/x",
         .is_directory = true,
         .inode = 2},
        {.path = "/srv/lost", .exists = true, .is_directory = true, .inode = 3},
        {.path = "/var/run", .exists = true, .resolved = "/run", .is_directory = true, .inode = 4},
        {.path = "/var/run/app", .exists = true, .resolved = "/run/app", .is_directory = true, .inode = 5},
        {.path = "/run/app", .exists = true, .resolved = "/run/app", .is_directory = true, .inode = 5},
        {.path = "/home/user/share", .exists = true, .resolved = "/", .is_directory = true, .inode = 6},
        {.path = "/home/user", .exists = true, .resolved = "/home/user", .is_directory = true, .inode = 7},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct fixture_row rows[] = {
        {.policy = SOURCES(SOURCE("/srv/data", "rw")),
         .rest = MOUNTS(BIND("/srv/data/link", "'bind'")),
         .observed = &observed,
         .findings = REFUSED("/srv/data/link")},
        {.policy =
             SOURCES(SOURCE("/srv/data", "rw") ", " SOURCE("/etc", "rw")), /* one pattern covers both names */
         .rest = MOUNTS(BIND("/srv/data/link", "'bind'")),
         .observed = &observed,
         .findings = REFUSED("/srv/data/link")},
        {.policy = SOURCES(SOURCE("/etc", "rw")),
         .rest = MOUNTS(BIND("/srv/data/link", "'bind'")),
         .observed = &observed,
         .findings = REFUSED("/srv/data/link")},
        {.policy = SOURCES(SOURCE("/srv/data", "rw")),
         .rest = MOUNTS(BIND("/srv/data/inside", "'bind'")),
         .observed = &observed,
         .findings = ""},
        /* In another mount namespace, or deleted. */
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = MOUNTS(BIND("/srv/lost", "'bind'")),
         .observed = &observed,
         .findings = REFUSED("/srv/lost")},
        /* A pattern's own directory may be a link … */
        {.policy = SOURCES(SOURCE("/var/run/app", "rw")),
         .rest = MOUNTS(BIND("/var/run/app", "'bind'")),
         .observed = &observed,
         .findings = ""},
        {.policy = SOURCES(SOURCE("/var/run/app", "rw")),
         .rest = MOUNTS(BIND("/run/app", "'bind'")),
         .observed = &observed,
         .findings = ""},
        /* … but not what it names: its owner could make it a link to anything. */
        {.policy = SOURCES(SOURCE("/home/user/share", "rw")),
         .rest = MOUNTS(BIND("/home/user/share", "'bind'")),
         .observed = &observed,
         .findings = REFUSED("/home/user/share")},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void what_is_denied(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/", .exists = true, .resolved = "/", .is_directory = true, .device = 1, .inode = 2},
        {.path = "/run", .exists = true, .resolved = "/run", .is_directory = true, .device = 2, .inode = 1},
        {.path = "/run/docker.sock",
         .exists = true,
         .resolved = "/run/docker.sock",
         .is_socket = true,
         .device = 2,
         .inode = 9},
        {.path = "/var/run/docker.sock",
         .exists = true,
         .resolved = "/run/docker.sock",
         .is_socket = true,
         .device = 2,
         .inode = 9},
        {.path = "/srv/hard",
         .exists = true,
         .resolved = "/srv/hard",
         .is_socket = true,
         .device = 2,
         .inode = 9},
        {.path = "/srv/alias",
         .exists = true,
         .resolved = "/srv/alias",
         .is_directory = true,
         .device = 2,
         .inode = 1},
        {.path = "/srv/root",
         .exists = true,
         .resolved = "/srv/root",
         .is_directory = true,
         .device = 1,
         .inode = 2},
        {.path = "/srv/other",
         .exists = true,
         .resolved = "/srv/other",
         .is_directory = true,
         .device = 3,
         .inode = 1},
        {.path = "/srv/link",
         .exists = true,
         .resolved = "/run/docker.sock",
         .is_socket = true,
         .device = 2,
         .inode = 9},
        {.path = "/proc/1/root",
         .exists = true,
         .resolved = "/",
         .is_directory = true,
         .device = 1,
         .inode = 2},
        {.path = "/proc/self/fd/3",
         .exists = true,
         .resolved = "/run",
         .is_directory = true,
         .device = 2,
         .inode = 1},
        {.path = "/var/run",
         .exists = true,
         .resolved = "/run",
         .is_directory = true,
         .device = 2,
         .inode = 1},
        {.path = "/run/other.file", .exists = true, .resolved = "/run/other.file", .device = 2, .inode = 10},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const char *const refused[] = {
        "/run/docker.sock",
        "/var/run/docker.sock",
        "/srv/hard",
        "/srv/link",
        "/",
        "/run",
        "/var/run",
        "/srv/alias",
        "/srv/root",
        "/proc/1/root",
        "/proc/self/fd/3",
        "/srv/../run",
        "/run/docker.sock/x",
    };
    static const char *const allowed[] = {"/srv/other", "/srv", "/run/other.file", "/run/unknown"};
    static const char *const denies[] = {"'/run/docker.sock'", "'/var/run/docker.sock'"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refused) + ARRAY_LENGTH(allowed); i++) {
        for (size_t j = 0; j < ARRAY_LENGTH(denies); j++) {
            bool is_refused = i < ARRAY_LENGTH(refused);
            const char *path = is_refused ? refused[i] : allowed[i - ARRAY_LENGTH(refused)];
            struct fixture fixture = {.observed = observed};

            fixture_policy(
                &fixture,
                arena_format(&fixture.arena,
                             "'filesystem': {'mounts': {'deny': [%s], 'sources': "
                             "[{'path': '**', 'access': 'rw'}, {'path': '/proc/**', 'access': 'rw'}]}}",
                             denies[j]));
            fixture_request(&fixture, "", "",
                            arena_format(&fixture.arena, MOUNTS(BIND("%s", "'rbind'")), path));
            fixture_decide(&fixture);
            if (fixture.decision.refused != is_refused)
                fail_msg("%s, denied is %s: %s", path, denies[j], fixture_findings(&fixture));
            fixture_end(&fixture);
        }
    }
}

static void denied_by_pattern(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/run/user/7/x", .exists = true, .resolved = "/run/user/7/x", .is_directory = true},
        {.path = "/run/user/7/file", .exists = true, .resolved = "/run/user/7/file"},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct fixture_row rows[] = {
        {.policy = DENY("'**/docker.sock'"),
         .rest = MOUNTS(BIND("/a/docker.sock", "'bind'")),
         .findings = REFUSED("/a/docker.sock")},
        {.policy = DENY("'**/docker.sock'"), .rest = MOUNTS(BIND("/a", "'bind'")), .findings = ""},
        {.policy = DENY("'/run/user/*/podman/podman.sock'"),
         .rest = MOUNTS(BIND("/run/user", "'bind'")),
         .findings = REFUSED("/run/user")},
        {.policy = DENY("'/run/user/*/podman/podman.sock'"),
         .rest = MOUNTS(BIND("/run/user/7", "'bind'")),
         .findings = REFUSED("/run/user/7")},
        {.policy = DENY("'/run/user/*/podman/podman.sock'"),
         .rest = MOUNTS(BIND("/run/user/7/containers/x", "'bind'")),
         .findings = ""},
        {.policy = DENY("'/run/user/**/x'"),
         .rest = MOUNTS(BIND("/run/user/7/file", "'bind'")),
         .observed = &observed,
         .findings = ""},
        {.policy = DENY("'/run/user/**/y'"),
         .rest = MOUNTS(BIND("/run/user/7/x", "'bind'")),
         .observed = &observed,
         .findings = REFUSED("/run/user/7/x")},
        {.policy = DENY("'/etc'"),
         .rest = MOUNTS(BIND("/etc/ssl", "'bind'")),
         .findings = REFUSED("/etc/ssl")},
        {.policy = DENY("'/'"), .rest = MOUNTS(BIND("/etc", "'bind'")), .findings = REFUSED("/etc")},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

/* The root may lie anywhere, but not be what is denied with an image's name. */
static void a_root_that_holds_what_is_denied(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/", .exists = true, .resolved = "/", .is_directory = true, .device = 1, .inode = 2},
        {.path = "/run", .exists = true, .resolved = "/run", .is_directory = true, .device = 2, .inode = 1},
        {.path = "/b/rootfs",
         .exists = true,
         .resolved = "/b/rootfs",
         .is_directory = true,
         .device = 1,
         .inode = 2},
        {.path = "/c/rootfs",
         .exists = true,
         .resolved = "/c/rootfs",
         .is_directory = true,
         .device = 1,
         .inode = 3},
        {.path = "/d/rootfs", .exists = true, .resolved = "/", .is_directory = true, .device = 1, .inode = 2},
    };
    static const struct policy_observed
        alias = {.bundle = "/b", .paths = facts, .path_count = ARRAY_LENGTH(facts)},
        image = {.bundle = "/c", .paths = facts, .path_count = ARRAY_LENGTH(facts)},
        link = {.bundle = "/d", .paths = facts, .path_count = ARRAY_LENGTH(facts)},
        unknown = {.bundle = "/run/x"};
    static const struct fixture_row rows[] = {
        {.policy = DENY("'/run/docker.sock'"),
         .observed = &alias,
         .findings = "refused TW0403 /root/path /b/rootfs\n"},
        {.policy = DENY("'/run/docker.sock'"),
         .observed = &link,
         .findings = "refused TW0403 /root/path /d/rootfs\n"},
        {.policy = DENY("'/run/docker.sock'"), .observed = &image, .findings = ""},
        {.policy = DENY("'/c'"), .observed = &image, .findings = ""}, /* it lies there: no harm */
        {.policy = DENY("'/run/docker.sock'"), .observed = &unknown, .findings = ""},
        {.policy = DENY("'/run/x/rootfs/etc'"),
         .observed = &unknown,
         .findings = "refused TW0403 /root/path /run/x/rootfs\n"},
        /* Sources alone say as well that the host's files are none of the container's. */
        {.policy = SOURCES(""), .observed = &alias, .findings = "refused TW0403 /root/path /b/rootfs\n"},
        {.policy = SOURCES(""), .observed = &image, .findings = ""},
        {.policy = "'filesystem': {'mounts': {'types': ['proc']}}", .observed = &alias, .findings = ""},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

/* The root file system is rootfs in the bundle: bundles are what differs. */
static void roots_of_the_hosts_own_system(void **state)
{
    static const char *const refused[] = {"/usr",   "/etc/x",     "/proc/1",  "/home",
                                          "/run",   "/run/user",  "/var/lib", "/var",
                                          "/lib64", "/var/cache", "/var/log"};
    static const char *const allowed[] = {"/",          "/root",  "/srv",           "/opt",
                                          "/home/user", "/run/x", "/var/lib/x",     "/libraries",
                                          "/mnt",       "/tmp",   "/run/user/1000", "/var/tmp"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refused) + ARRAY_LENGTH(allowed); i++) {
        bool is_refused = i < ARRAY_LENGTH(refused);
        const char *bundle = is_refused ? refused[i] : allowed[i - ARRAY_LENGTH(refused)];
        struct fixture fixture = {.observed = {.bundle = bundle}};

        fixture_policy(&fixture, SOURCES(""));
        fixture_request(&fixture, "", "", "");
        fixture_decide(&fixture);
        if (fixture.decision.refused != is_refused)
            fail_msg("%s/rootfs: %s", bundle, fixture_findings(&fixture));
        fixture_end(&fixture);
    }
}

#define KERNEL(type, options)                                                                                \
    MOUNTS("{'destination': '/to', 'type': '" type "', 'source': 'x', 'options': [" options "]}")

static void kernel_file_systems_without_a_source(void **state)
{
    static const struct fixture_row rows[] = {
        {.policy = SOURCES(""), .rest = KERNEL("sysfs", "'ro'"), .findings = ""},
        {.policy = SOURCES(""),
         .rest = KERNEL("sysfs", "'rw'"),
         .findings = "narrowed TW0404 /mounts/0/options /sys -> ro\n",
         .granted = "'options':['ro']"},
        {.policy = SOURCES(SOURCE("/**", "rw")),
         .rest = KERNEL("sysfs", ""),
         .findings = "narrowed TW0404 /mounts/0/options /sys -> ro\n"},
        {.policy = SOURCES(SOURCE("/sys", "rw")), .rest = KERNEL("sysfs", ""), .findings = ""},
        {.policy = SOURCES(""), .rest = KERNEL("proc", ""), .findings = ""},
        {.policy = DENY("'/sys', '/proc'"), .rest = KERNEL("sysfs", ""), .findings = ""},
        {.policy = SOURCES(""),
         .rest = KERNEL("cgroup2", ""),
         .findings = "narrowed TW0404 /mounts/0/options /sys/fs/cgroup -> ro\n"},
        {.policy = SOURCES(""),
         .linux_part = "'namespaces': [{'type': 'cgroup'}]",
         .rest = KERNEL("cgroup", ""),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/**", "rw")),
         .rest = KERNEL("debugfs", "'ro'"),
         .findings = "refused TW0403 /mounts/0/type /sys/kernel/debug\n"},
        {.policy = SOURCES(SOURCE("/sys/kernel/debug", "ro")),
         .rest = KERNEL("debugfs", "'ro'"),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/sys/kernel/debug", "ro")),
         .rest = KERNEL("debugfs", ""),
         .findings = "narrowed TW0404 /mounts/0/options /sys/kernel/debug -> ro\n"},
        {.policy = "'filesystem': {'mounts': {'types': ['bpf'], 'sources': []}}",
         .rest = KERNEL("bpf", ""),
         .findings = "narrowed TW0404 /mounts/0/options /sys/fs/bpf -> ro\n"},
        {.policy = DENY("'/dev/mem'"),
         .rest = KERNEL("devtmpfs", "'ro'"),
         .findings = "refused TW0403 /mounts/0/type /dev\n"},
        {.policy = "'filesystem': {'mounts': {'types': ['debugfs']}}",
         .rest = KERNEL("debugfs", ""),
         .findings = ""},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void kernel_files_are_named(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/mnt/p",
         .exists = true,
         .resolved = "/mnt/p",
         .is_directory = true,
         .is_proc_or_sys = true},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct fixture_row rows[] = {
        {.policy = SOURCES(SOURCE("**", "rw")),
         .rest = MOUNTS(BIND("/sys", "'rbind'")),
         .findings = REFUSED("/sys")},
        {.policy = SOURCES(SOURCE("/**", "rw")),
         .rest = MOUNTS(BIND("/proc/sys", "'rbind'")),
         .findings = REFUSED("/proc/sys")},
        {.policy = SOURCES(SOURCE("/sys", "ro")),
         .rest = MOUNTS(BIND("/sys", "'rbind', 'rro'")),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/**", "rw")), .rest = MOUNTS(BIND("/system", "'rbind'")), .findings = ""},
        {.policy = SOURCES(SOURCE("/**", "rw")),
         .rest = MOUNTS(BIND("/mnt/p", "'rbind'")),
         .observed = &observed,
         .findings = REFUSED("/mnt/p")},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void read_only_sources(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/srv/file", .exists = true, .resolved = "/srv/file"},
        {.path = "/srv/dir", .exists = true, .resolved = "/srv/dir", .is_directory = true},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
#define NARROWED(path, options) "narrowed TW0404 /mounts/0/options " path " -> " options "\n"
    static const struct fixture_row rows[] = {
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/dir", "'bind', 'rw', 'nosuid'")),
         .observed = &observed,
         .findings = NARROWED("/srv/dir", "bind,nosuid,ro"),
         .granted = "'options':['bind','nosuid','ro']"},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/dir", "'rbind'")),
         .observed = &observed,
         .findings = NARROWED("/srv/dir", "rbind,rro")},
        /* What is mounted below would stay writable. */
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/dir", "'rbind', 'ro'")),
         .observed = &observed,
         .findings = NARROWED("/srv/dir", "rbind,ro,rro")},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/dir", "'rbind', 'rro'")),
         .observed = &observed,
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/dir", "'bind', 'ro'")),
         .observed = &observed,
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/file", "'rbind', 'ro'")),
         .observed = &observed,
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/file", "'rbind'")),
         .observed = &observed,
         .findings = NARROWED("/srv/file", "rbind,ro")},
        /* Words that undo it, wherever they stand. */
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/dir", "'bind', 'ro', 'rw'")),
         .observed = &observed,
         .findings = NARROWED("/srv/dir", "bind,ro,ro")},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/dir", "'bind', 'ro', 'rrw'")),
         .observed = &observed,
         .findings = NARROWED("/srv/dir", "bind,ro,rro")},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(BIND("/srv/dir", "'bind', 'ro', 'nosuid,rrw'")),
         .observed = &observed,
         .findings = NARROWED("/srv/dir", "bind,ro,nosuid,rrw,rro")},
        {.policy = "'filesystem': {'mounts': {'sources': [" SOURCE("/srv", "ro") "], 'otherwise': 'refuse'}}",
         .rest = MOUNTS(BIND("/srv/dir", "'bind'")),
         .observed = &observed,
         .findings = "refused TW0404 /mounts/0/options /srv/dir\n"},
        /* The widest of what covers it. */
        {.policy = SOURCES(SOURCE("/srv", "ro") ", " SOURCE("/srv/dir", "rw")),
         .rest = MOUNTS(BIND("/srv/dir", "'bind'")),
         .observed = &observed,
         .findings = ""},
        /* A remount would give it back. */
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS(
             BIND("/srv/dir", "'bind', 'ro'") ", {'destination': '/to', 'options': ['remount', 'rw']}"),
         .observed = &observed,
         .findings = "narrowed TW0404 /mounts/1/options /to -> remount,rro\n"},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = MOUNTS("{'destination': '/to', 'options': ['remount', 'nosuid']}"),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = MOUNTS("{'destination': '/to', 'options': ['remount', 'errors=panic']}"),
         .findings = "refused TW0403 /mounts/0/options /to\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void types(void **state)
{
#define TYPES              "'filesystem': {'mounts': {'types': ['proc', 'cgroup', 'fuse.sshfs', 'bind']}}"
#define OF_TYPE(type)      MOUNTS("{'destination': '/to', 'type': '" type "', 'source': 'x'}")
#define REFUSED_TYPE(type) "refused TW0402 /mounts/0/type " type "\n"
    static const struct fixture_row rows[] = {
        {.policy = TYPES, .rest = OF_TYPE("proc"), .findings = ""},
        {.policy = TYPES, .rest = OF_TYPE("cgroup"), .findings = ""},
        {.policy = TYPES, .rest = OF_TYPE("cgroup2"), .findings = ""},
        {.policy = TYPES, .rest = OF_TYPE("fuse.sshfs"), .findings = ""},
        {.policy = TYPES, .rest = OF_TYPE("fuse"), .findings = REFUSED_TYPE("fuse")},
        {.policy = TYPES, .rest = OF_TYPE("PROC"), .findings = REFUSED_TYPE("PROC")},
        {.policy = TYPES, .rest = OF_TYPE("nfs"), .findings = REFUSED_TYPE("nfs")},
        {.policy = TYPES,
         .rest = MOUNTS("{'destination': '/to', 'type': 'none', 'source': '/x', 'options': ['bind']}"),
         .findings = ""},
        {.policy = TYPES,
         .rest = MOUNTS("{'destination': '/to', 'type': 'proc', 'options': ['remount', 'dev']}"),
         .findings = REFUSED_TYPE("remount")},
        /* A case of the option is no option: then it is a file system that is called so. */
        {.policy = TYPES,
         .rest = MOUNTS("{'destination': '/to', 'type': 'tmpfs', 'source': '/x', 'options': ['BIND']}"),
         .findings = REFUSED_TYPE("tmpfs")},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void file_systems_that_name_paths(void **state)
{
#define OVERLAY(options)                                                                                     \
    MOUNTS("{'destination': '/to', 'type': 'overlay', 'source': 'overlay', 'options': [" options "]}")
#define OPTIONS(path) "refused TW0403 /mounts/0/options " path "\n"
    static const struct policy_path_fact facts[] = {
        {.path = "/srv/link", .exists = true, .resolved = "/", .is_directory = true},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct fixture_row rows[] = {
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = OVERLAY("'lowerdir=/srv/a:/srv/b', 'upperdir=/srv/u', 'workdir=/srv/w'"),
         .findings = ""},
        {.policy = SOURCES(SOURCE("/srv", "rw")), .rest = OVERLAY("'lowerdir=/'"), .findings = OPTIONS("/")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = OVERLAY("'lowerdir=/srv/a:/etc'"),
         .findings = OPTIONS("/etc")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = OVERLAY("'lowerdir=/srv/a::/etc'"),
         .findings = OPTIONS("/etc")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = OVERLAY("'ro,lowerdir+=/etc,datadir+=/srv'"),
         .findings = OPTIONS("/etc")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = OVERLAY("'lowerdir=/srv/link'"),
         .observed = &observed,
         .findings = OPTIONS("/srv/link")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = OVERLAY("'lowerdir=/srv/a','upperdir=/root/u'"),
         .findings = OPTIONS("/root/u")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = OVERLAY("'lowerdir=/srv/a\\\\:b'"),
         .findings = OPTIONS("/srv/a\\:b")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = OVERLAY("'lowerdir=srv'"),
         .findings = OPTIONS("srv")},
        {.policy = SOURCES(SOURCE("/srv", "ro")), .rest = OVERLAY("'lowerdir=/srv/a'"), .findings = ""},
        {.policy = SOURCES(SOURCE("/srv", "ro")),
         .rest = OVERLAY("'lowerdir=/srv/a', 'upperdir=/srv/u', 'workdir=/srv/u'"),
         .findings = "narrowed TW0404 /mounts/0/options /srv/u -> "
                     "lowerdir=/srv/a,upperdir=/srv/u,workdir=/srv/u,ro\n"},
        {.policy = DENY("'/etc/shadow'"), .rest = OVERLAY("'lowerdir=/etc'"), .findings = OPTIONS("/etc")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = MOUNTS("{'destination': '/to', 'type': 'ext4', 'source': '/dev/sda1'}"),
         .findings = REFUSED("/dev/sda1")},
        {.policy = SOURCES(SOURCE("/srv", "rw")),
         .rest = MOUNTS(
             "{'destination': '/to', 'type': 'ext4', 'source': 'none', 'options': ['source=/dev/sda1']}"),
         .findings = OPTIONS("/dev/sda1")},
        {.policy = SOURCES(SOURCE("/dev/sdb1", "ro")),
         .rest = MOUNTS("{'destination': '/to', 'type': 'ext4', 'source': '/dev/sdb1'}"),
         .findings = "narrowed TW0404 /mounts/0/options /dev/sdb1 -> ro\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

/* Two policies: each is asked; what they narrow is one grant, whatever their order. */
static void order_shows_nowhere(void **state)
{
    static const char *const policies[] = {
        SOURCES(SOURCE("/srv", "ro")),
        "'filesystem': {'options': ['noexec', 'nosuid'], 'maskedPaths': ['/x', '/a']}",
        "'filesystem': {'options': ['nodev'], 'maskedPaths': ['/b', '/x']}, 'devices': {'allow': []}",
    };
    const char *first = NULL;
    struct fixture fixtures[2] = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < ARRAY_LENGTH(policies); j++)
            fixture_policy(&fixtures[i], policies[i == 0 ? j : ARRAY_LENGTH(policies) - 1 - j]);
        fixture_request(&fixtures[i], "", "'namespaces': [{'type': 'mount'}], 'maskedPaths': ['/m']",
                        MOUNTS(BIND("/srv/x", "'bind', 'suid'")));
        fixture_decide(&fixtures[i]);
        fixture_expect_grant(&fixtures[i], "'options':['bind','nosuid','nodev','noexec','ro']");
        fixture_expect_grant(&fixtures[i], "'maskedPaths':['/m','/a','/b','/x']");
        if (first == NULL)
            first = fixture_grant(&fixtures[i]);
        else
            assert_string_equal(first, fixture_grant(&fixtures[i]));
    }
    fixture_end(&fixtures[0]);
    fixture_end(&fixtures[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_alone),
        cmocka_unit_test(relative_to_the_bundle),
        cmocka_unit_test(links_are_followed),
        cmocka_unit_test(what_is_denied),
        cmocka_unit_test(denied_by_pattern),
        cmocka_unit_test(kernel_files_are_named),
        cmocka_unit_test(a_root_that_holds_what_is_denied),
        cmocka_unit_test(roots_of_the_hosts_own_system),
        cmocka_unit_test(kernel_file_systems_without_a_source),
        cmocka_unit_test(read_only_sources),
        cmocka_unit_test(types),
        cmocka_unit_test(file_systems_that_name_paths),
        cmocka_unit_test(order_shows_nowhere),
    };

    return cmocka_run_group_tests_name("policy_mounts", tests, NULL, NULL);
}
