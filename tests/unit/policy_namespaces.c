/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces, the kernel parameters that belong to them, annotations, what is not enforced, fields that
 * nobody knows. */
#include "policy_fixture.h"

#define PODMAN "/run/netns/netns-be5e"
#define DOCKER "/var/run/docker/netns/default"

static void namespaces(void **state)
{
    static const struct policy_namespace_fact facts[] = {
        {"network", DOCKER, .exists = true, .is_host = true, .is_of_type = true},
        {"network", PODMAN, .exists = true, .is_of_type = true},
        {"network", "/proc/77/ns/net", .exists = true, .is_of_type = true},
        {"pid", "/proc/1/ns/pid", .exists = true, .is_of_type = true}, /* of a container that we are in */
    };
    static const struct policy_observed seen = {.namespaces = facts, .namespace_count = ARRAY_LENGTH(facts)};
    static const char private[] = "'namespaces': {'private': ['network', 'pid']}";
    static const char both[] =
        "'namespaces': {'private': ['network', 'pid'], 'join': {'allow': ['/run/netns/netns-*']}}";
    static const char join[] = "'namespaces': {'join': {'allow': ['/proc/*/ns/*']}}";
    static const struct fixture_row rows[] = {
        {private, NULL, "'namespaces': [{'type': 'pid'}, {'type': 'network'}]", .findings = ""},
        {private, NULL, "'namespaces': [{'type': 'network', 'path': ''}, {'type': 'pid'}]", .findings = ""},
        {private, NULL, "",
         .findings = "refused TW0301 /linux/namespaces network\nrefused TW0301 /linux/namespaces pid\n"},
        /* A private network that is made of the host's devices is none. */
        {private, NULL,
         "'namespaces': [{'type': 'pid'}, {'type': 'network'}], 'netDevices': {'eth0': {}, 'b~c': {'name': "
         "'d'}}",
         .findings = "refused TW0301 /linux/netDevices/b~0c network\n"
                     "refused TW0301 /linux/netDevices/eth0 network\n"},
        {"'namespaces': {'private': ['pid']}", NULL,
         "'namespaces': [{'type': 'pid'}, {'type': 'network'}], 'netDevices': {'eth0': {}}", .findings = ""},
        /* By inode, whatever the path says. */
        {private, NULL, "'namespaces': [{'type': 'pid'}, {'type': 'network', 'path': '" DOCKER "'}]",
         .findings = "refused TW0301 /linux/namespaces/1 network\n", .observed = &seen},
        {"'namespaces': {'private': ['network'], 'join': {'allow': ['**']}}", NULL,
         "'namespaces': [{'type': 'network', 'path': '" DOCKER "'}]",
         .findings = "refused TW0301 /linux/namespaces/0 network\n", .observed = &seen},
        /* Joined is not private, unless `join` says so. */
        {private, NULL, "'namespaces': [{'type': 'pid'}, {'type': 'network', 'path': '" PODMAN "'}]",
         .findings = "refused TW0301 /linux/namespaces/1 network\n", .observed = &seen},
        {both, NULL, "'namespaces': [{'type': 'pid'}, {'type': 'network', 'path': '" PODMAN "'}]",
         .findings = "", .observed = &seen},
        {both, NULL, "'namespaces': [{'type': 'pid'}, {'type': 'network', 'path': '/proc/77/ns/net'}]",
         .findings = "refused TW0302 /linux/namespaces/1 network\n", .observed = &seen},
        {both, NULL,
         "'namespaces': [{'type': 'network'}, {'type': 'pid'}, {'type': 'ipc', 'path': '/run/ipcns/x'}]",
         .findings = "refused TW0302 /linux/namespaces/2 ipc\n"},
        /* join alone bounds what is joined, not what is left out. */
        {join, NULL, "'namespaces': [{'type': 'network', 'path': '/proc/77/ns/net'}]", .findings = ""},
        {join, NULL, "", .findings = ""},
        {"'namespaces': {'join': {'allow': []}}", NULL,
         "'namespaces': [{'type': 'network', 'path': '/proc/77/ns/net'}, {'type': 'pid'}]",
         .findings = "refused TW0302 /linux/namespaces/0 network\n"},
        {"'namespaces': {'join': {'allow': ['/run/netns/**']}}", NULL,
         "'namespaces': [{'type': 'network', 'path': '/run/netns/./x'}]",
         .findings = "refused TW0302 /linux/namespaces/0 network\n"},
        /* Not observed: by words. */
        {private, NULL,
         "'namespaces': [{'type': 'pid', 'path': '/proc/1/ns/pid'}, {'type': 'network', 'path': "
         "'/proc/self/ns/net'}]",
         .findings = "refused TW0301 /linux/namespaces/0 pid\nrefused TW0301 /linux/namespaces/1 network\n"},
        {"'namespaces': {'private': ['pid'], 'join': {'allow': ['/proc/*/ns/pid']}}", NULL,
         "'namespaces': [{'type': 'pid', 'path': '/proc/1/ns/pid'}]", .findings = "", .observed = &seen},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void sysctls(void **state)
{
    static const struct policy_namespace_fact facts[] = {
        {"network", DOCKER, .exists = true, .is_host = true, .is_of_type = true}};
    static const struct policy_observed seen = {.namespaces = facts, .namespace_count = 1};
    static const char own[] = "'namespaces': [{'type': 'network'}, {'type': 'ipc'}], 'sysctl': {%s}";
    static const char allow[] =
        "'sysctls': {'allow': ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', "
        "'net/ipv4/conf/*/forwarding']}";
    static const struct {
        const char *sysctl, *findings;
    } cases[] = {
        {"'net.ipv4.ip_local_port_range': '1 2'", ""},
        {"'net/ipv4/ip_local_port_range': '1 2'", ""}, /* the same parameter */
        {"'kernel/shm_rmid_forced': '1'", ""},
        {"'net.ipv4.conf.eth0/100.forwarding': '1'", ""},
        {"'net/ipv4/conf/eth0.100/forwarding': '1'", ""},
        {"'net.ipv4.ip_forward': '1'", "refused TW0701 /linux/sysctl/net.ipv4.ip_forward\n"},
        {"'kernel/msgmax': '1'", "refused TW0701 /linux/sysctl/kernel~1msgmax\n"},
        {"'net.ipv4.ip_local_port_range_': '1'",
         "refused TW0701 /linux/sysctl/net.ipv4.ip_local_port_range_\n"},
    };
    static const struct fixture_row hosts[] = {
        {"'sysctls': {'allow': ['net.*']}", NULL,
         "'namespaces': [{'type': 'network', 'path': '" DOCKER "'}], 'sysctl': {'net.ipv4.ip_forward': '1'}",
         .findings = "refused TW0702 /linux/sysctl/net.ipv4.ip_forward\n", .observed = &seen},
        {"'sysctls': {'allow': ['kernel.*']}", NULL,
         "'namespaces': [{'type': 'ipc', 'path': '/proc/1/ns/ipc'}], 'sysctl': {'kernel.shmmax': '1', "
         "'fs.mqueue.msg_max': '9'}",
         .findings = "refused TW0701 /linux/sysctl/fs.mqueue.msg_max\n"
                     "refused TW0702 /linux/sysctl/fs.mqueue.msg_max\n"
                     "refused TW0702 /linux/sysctl/kernel.shmmax\n"},
        {"'sysctls': {'allow': ['**']}", NULL,
         "'namespaces': [{'type': 'uts', 'path': '/proc/self/ns/uts'}], 'sysctl': {'kernel.domainname': 'x'}",
         .findings = "refused TW0702 /linux/sysctl/kernel.domainname\n"},
        /* A pod's namespace is not the host's. */
        {"'sysctls': {'allow': ['**']}", NULL,
         "'namespaces': [{'type': 'network', 'path': '/proc/77/ns/net'}], 'sysctl': {'net.core.somaxconn': "
         "'9'}",
         .findings = ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture = {0};
        char linux_part[512];

        assert_int_equal(text_print(linux_part, sizeof(linux_part), "%.*s%s}", (int)(strstr(own, "%s") - own),
                                    own, cases[i].sysctl),
                         0);
        fixture_policy(&fixture, allow);
        fixture_request(&fixture, "", linux_part, "");
        fixture_decide(&fixture);
        fixture_expect(&fixture, cases[i].findings);
        fixture_end(&fixture);
    }
    fixture_rows(hosts, ARRAY_LENGTH(hosts));
}

static void annotations(void **state)
{
    static const struct fixture_row rows[] = {
        {"'annotations': {'acting': {'allow': []}}",
         .rest = "'annotations': {'run.oci.keep_original_groups': '1', 'org.systemd.property.KillSignal': "
                 "'2', 'org.opencontainers.image.title': 'x', 'io.thwart.policy': 'web'}",
         .findings = "refused TW1101 /annotations/org.systemd.property.KillSignal\n"
                     "refused TW1101 /annotations/run.oci.keep_original_groups\n"},
        {"'annotations': {'acting': {'allow': ['org.systemd.property.*']}}",
         .rest = "'annotations': {'org.systemd.property.KillSignal': '2'}", .findings = ""},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void what_is_not_enforced(void **state)
{
    static const struct fixture_row rows[] = {
        {"'network': {'none': true}", .findings = "refused TW0003 / network\n"},
        {"'network': {'none': true, 'ifUnsupported': 'note'}", .findings = "granted TW0003 / network\n"},
        {"'network': {'none': true, 'mode': 'audit'}", .findings = "would-refuse TW0003 / network\n"},
        {"'drift': {'executables': 'image'}, 'onViolation': ['log'], 'lifecycle': {'maxLifetime': '7d'}",
         .findings = "refused TW0003 / drift\nrefused TW0003 / lifecycle.maxLifetime\nrefused TW0003 / "
                     "onViolation\n"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

static void unknown_fields(void **state)
{
    static const char asked[] = "'sparkle': 1, 'hostname': 'h', 'windows': {}, 'mounts': null";
    static const struct fixture_row rows[] = {
        {"'unknownFields': 'refuse'", "'glitter': true", "'namespaces': [{'type': 'uts'}]", asked,
         .findings = "refused TW0002 /process/glitter\nrefused TW0002 /sparkle\n"},
        {"'unknownFields': 'note', 'sysctls': {'allow': []}", "'glitter': true",
         "'namespaces': [{'type': 'uts'}]", asked,
         .findings = "granted TW0002 /process/glitter\ngranted TW0002 /sparkle\n"},
        {"'sysctls': {'allow': []}", "'glitter': true", "'namespaces': [{'type': 'uts'}]", asked,
         .findings = ""},
        {"'unknownFields': 'refuse'", .findings = "refused TW0002 /linux/intelRdt\n",
         .linux_part = "'intelRdt': {'closID': 'of-others'}"},
        {"'unknownFields': 'refuse'", .findings = "refused TW0002 /linux/seccomp/listenerPath\n",
         .linux_part = "'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW', 'listenerPath': '/run/x', 'syscalls': "
                       "[{'names': ['mount'], 'action': 'SCMP_ACT_NOTIFY'}]}"},
    };

    (void)state;
    fixture_rows(rows, ARRAY_LENGTH(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespaces),     cmocka_unit_test(sysctls),
        cmocka_unit_test(annotations),    cmocka_unit_test(what_is_not_enforced),
        cmocka_unit_test(unknown_fields),
    };

    return cmocka_run_group_tests_name("policy_namespaces", tests, NULL, NULL);
}
