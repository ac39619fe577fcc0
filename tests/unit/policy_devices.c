/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devices.allow: nodes, devices that are bound, rules of the cgroup. */
#include "policy_rows.h"

#define ALLOW(list)   "'devices': {'allow': [" list "]}"
#define NARROW(list)  "'devices': {'allow': {'value': [" list "], 'otherwise': 'narrow'}}"
#define RULES(list)   "'resources': {'devices': [" list "]}"
#define DENY_ALL      "{'allow': false, 'access': 'rwm'}"
#define NODES(list)   "'devices': [" list "], " RULES(DENY_ALL)
#define FUSE          "{'path': '/dev/fuse', 'type': 'c', 'major': 10, 'minor': 229}"
#define RULE(n, what) "refused TW0502 /linux/resources/devices/" n " " what "\n"

static void nodes(void **state)
{
    static const struct policy_path_fact facts[] = {
        {.path = "/dev/own",
         .exists = true,
         .resolved = "/dev/own",
         .is_device = true,
         .device_type = 'b',
         .device_major = 240,
         .device_minor = 1},
        {.path = "/dev/plain", .exists = true, .resolved = "/dev/plain"},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct fixture_row rows[] = {
        {.policy = ALLOW(""),
         .linux_part = NODES(FUSE),
         .findings = "refused TW0501 /linux/devices/0 /dev/fuse\n"},
        {.policy = ALLOW("'/dev/fuse'"), .linux_part = NODES(FUSE), .findings = ""},
        {.policy = ALLOW("'fuse'"), .linux_part = NODES(FUSE), .findings = ""},
        {.policy = ALLOW("{'type': 'c', 'major': 10, 'minor': 229, 'access': 'rw'}"),
         .linux_part = NODES(FUSE),
         .findings = ""},
        {.policy = ALLOW("{'type': 'c', 'major': 10, 'minor': '*', 'access': 'r'}"),
         .linux_part = NODES(FUSE),
         .findings = ""},
        {.policy = ALLOW("{'type': 'b', 'major': 10, 'minor': 229, 'access': 'rw'}"),
         .linux_part = NODES(FUSE),
         .findings = "refused TW0501 /linux/devices/0 /dev/fuse\n"},
        /* A name is a word: numbers are the device. */
        {.policy = ALLOW("'/dev/fuse'"),
         .linux_part = NODES("{'path': '/dev/fuse', 'type': 'b', 'major': 8, 'minor': 0}"),
         .findings = "refused TW0501 /linux/devices/0 /dev/fuse\n"},
        {.policy = ALLOW("'/dev/own'"),
         .linux_part = NODES("{'path': '/dev/x', 'type': 'b', 'major': 240, 'minor': 1}"),
         .observed = &observed,
         .findings = ""},
        {.policy = ALLOW("'/dev/own'"),
         .linux_part = NODES("{'path': '/dev/own', 'type': 'b', 'major': 240, 'minor': 1}"),
         .findings = "refused TW0501 /linux/devices/0 /dev/own\n"},
        {.policy = ALLOW("'/dev/plain'"),
         .linux_part = NODES("{'path': '/dev/plain', 'type': 'c', 'major': 1, 'minor': 1}"),
         .observed = &observed,
         .findings = "refused TW0501 /linux/devices/0 /dev/plain\n"},
        /* What every container has, under any name; and a FIFO is no device. */
        {.policy = ALLOW(""),
         .linux_part = NODES("{'path': '/dev/mynull', 'type': 'u', 'major': 1, 'minor': 3}, {'path': '/f', "
                             "'type': 'p'}, {'path': '/dev/console', 'type': 'c', 'major': 5, 'minor': 1}"),
         .findings = ""},
        {.policy = NARROW("'/dev/kvm'"),
         .linux_part = NODES(FUSE ", {'path': '/dev/kvm', 'type': 'c', 'major': 10, 'minor': 232}"),
         .findings = "narrowed TW0501 /linux/devices/0 /dev/fuse -> no such node\n",
         .granted = "'devices':[{'path':'/dev/kvm'"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void rules(void **state)
{
    static const struct policy_observed rootless = {.host = {.known = true, .rootless = true}};
    static const struct policy_observed without_program = {.host = {.known = true}};
    static const struct policy_observed without_cgroup = {.cgroup_disabled = true};
    static const struct fixture_row rows[] = {
        {.policy = ALLOW(""), .linux_part = RULES(DENY_ALL), .findings = ""},
        /* What Docker sends: the default devices, and a device denied. */
        {.policy = ALLOW(""),
         .linux_part =
             RULES(DENY_ALL ", {'allow': true, 'type': 'c', 'major': 1, 'minor': 5, 'access': 'rwm'}, "
                            "{'allow': true, 'type': 'c', 'major': 136, 'access': 'rwm'}, {'allow': false, "
                            "'type': 'c', 'major': 10, 'minor': 229, 'access': 'rwm'}"),
         .findings = ""},
        /* To make a node is not to use it. */
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL ", {'allow': true, 'type': 'c', 'access': 'm'}, {'allow': true, "
                                      "'type': 'b', 'major': -1, 'minor': -1, 'access': 'm'}"),
         .findings = ""},
        {.policy = ALLOW(""),
         .linux_part =
             RULES(DENY_ALL ", {'allow': true, 'type': 'b', 'major': 8, 'minor': 0, 'access': 'r'}"),
         .findings = RULE("1", "b 8:0 r")},
        {.policy = ALLOW("{'type': 'b', 'major': 8, 'minor': '*', 'access': 'r'}"),
         .linux_part =
             RULES(DENY_ALL ", {'allow': true, 'type': 'b', 'major': 8, 'minor': 0, 'access': 'r'}"),
         .findings = ""},
        {.policy = ALLOW("{'type': 'b', 'major': 8, 'minor': '*', 'access': 'r'}"),
         .linux_part = RULES(DENY_ALL ", {'allow': true, 'type': 'b', 'major': 8, 'access': 'rw'}"),
         .findings = RULE("1", "b 8:* rw")},
        {.policy = ALLOW("{'type': 'b', 'major': 8, 'minor': 0, 'access': 'rwm'}"),
         .linux_part = RULES(DENY_ALL ", {'allow': true, 'type': 'b', 'major': 8, 'access': 'r'}"),
         .findings = RULE("1", "b 8:* r")},
        {.policy = ALLOW("{'type': 'b', 'major': 8, 'minor': 0, 'access': 'r'}, {'type': 'b', 'major': 8, "
                         "'minor': 0, 'access': 'w'}"),
         .linux_part =
             RULES(DENY_ALL ", {'allow': true, 'type': 'b', 'major': 8, 'minor': 0, 'access': 'rw'}"),
         .findings = ""},
        /* Of both types. */
        {.policy = ALLOW("{'type': 'b', 'major': '*', 'minor': '*', 'access': 'rwm'}"),
         .linux_part = RULES(DENY_ALL ", {'allow': true, 'major': 8, 'minor': 0, 'access': 'r'}"),
         .findings = RULE("1", "a 8:0 r")},
        {.policy = ALLOW("{'type': 'b', 'major': '*', 'minor': '*', 'access': 'rwm'}, {'type': 'c', 'major': "
                         "'*', 'minor': '*', 'access': 'rwm'}"),
         .linux_part = RULES(DENY_ALL ", {'allow': true, 'major': 8, 'minor': 0, 'access': 'r'}"),
         .findings = ""},
        /* Everything. */
        {.policy = ALLOW(""),
         .linux_part = RULES("{'allow': true, 'access': 'rwm'}"),
         .findings = RULE("0", "a *:* rwm")},
        {.policy = NARROW(""),
         .linux_part = RULES("{'allow': true, 'access': 'rwm'}"),
         .findings = "narrowed TW0502 /linux/resources/devices/0 a *:* rwm -> no such rule\n",
         .granted = "'devices':[{'allow':false,'access':'rwm'}]"},
        /* What no device gets to is nothing. */
        {.policy = ALLOW(""),
         .linux_part = RULES("{'allow': true, 'type': 'b', 'major': 8, 'minor': 0, 'access': 'r'}, {'allow': "
                             "true, 'access': 'rwm'}, " DENY_ALL),
         .findings = ""},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL ", {'allow': true, 'type': 'a', 'access': 'rw'}"),
         .findings = RULE("1", "a *:* rw")},
        /* No rules are all devices. */
        {.policy = ALLOW(""),
         .findings = "narrowed TW0502 /linux/resources/devices -> the default devices and what is listed\n",
         .granted = "'devices':[{'allow':false,'access':'rwm'}]"},
        {.policy = "'devices': {'allow': {'value': [], 'otherwise': 'refuse'}}",
         .findings = "refused TW0502 /linux/resources/devices\n"},
        {.policy = ALLOW(""), .observed = &rootless, .findings = ""},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .observed = &without_program,
         .findings = "refused TW0005 /linux/resources/devices devices.allow\n"},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .observed = &without_cgroup,
         .findings = "refused TW0005 /linux/resources/devices devices.allow\n"},
        {.policy = "'devices': {'allow': {'value': [], 'ifUnsupported': 'note'}}",
         .linux_part = RULES(DENY_ALL),
         .observed = &without_cgroup,
         .findings = "granted TW0005 /linux/resources/devices devices.allow\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void bound_devices(void **state)
{
#define SOURCE_REFUSED(path) "refused TW0501 /mounts/0/source " path "\n"
    static const struct policy_path_fact facts[] = {
        {.path = "/srv/disk",
         .exists = true,
         .resolved = "/srv/disk",
         .is_device = true,
         .device_type = 'b',
         .device_major = 8},
        {.path = "/srv/null",
         .exists = true,
         .resolved = "/srv/null",
         .is_device = true,
         .device_type = 'c',
         .device_major = 1,
         .device_minor = 3},
        {.path = "/dev", .exists = true, .resolved = "/dev", .is_directory = true},
        {.path = "/srv/dev", .exists = true, .resolved = "/dev", .is_directory = true},
        {.path = "/dev/log", .exists = true, .resolved = "/run/systemd/journal/dev-log", .is_socket = true},
        {.path = "/dev/shm", .exists = true, .resolved = "/dev/shm", .is_directory = true},
    };
    static const struct policy_observed observed = {.paths = facts, .path_count = ARRAY_LENGTH(facts)};
    static const struct fixture_row rows[] = {
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/srv/disk", "'bind'")),
         .observed = &observed,
         .findings = SOURCE_REFUSED("/srv/disk")},
        {.policy = ALLOW("{'type': 'b', 'major': 8, 'minor': 0, 'access': 'r'}"),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/srv/disk", "'bind'")),
         .observed = &observed,
         .findings = ""},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/srv/null", "'bind'")),
         .observed = &observed,
         .findings = ""},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/dev", "'rbind'")),
         .observed = &observed,
         .findings = SOURCE_REFUSED("/dev")},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/srv/dev", "'rbind'")),
         .observed = &observed,
         .findings = SOURCE_REFUSED("/srv/dev")},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/dev/log", "'bind'")),
         .observed = &observed,
         .findings = ""},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/dev/shm", "'rbind'")),
         .observed = &observed,
         .findings = ""},
        /* By words alone. */
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/dev/sda", "'bind'")),
         .findings = SOURCE_REFUSED("/dev/sda")},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/dev/../dev/fuse", "'bind'")),
         .findings = SOURCE_REFUSED("/dev/../dev/fuse")},
        {.policy = ALLOW("'fuse'"),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/dev/fuse", "'bind'")),
         .findings = ""},
        {.policy = ALLOW(""),
         .linux_part = RULES(DENY_ALL),
         .rest = MOUNTS(BIND("/dev/null", "'bind'") ", " BIND("/srv/x", "'bind'")),
         .findings = ""},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes),
        cmocka_unit_test(rules),
        cmocka_unit_test(bound_devices),
    };

    return cmocka_run_group_tests_name("policy_devices", tests, NULL, NULL);
}
